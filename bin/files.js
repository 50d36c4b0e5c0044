// What the verbs read and write.

import { readFile, realpath, rename, rm, writeFile } from "node:fs/promises";

/** The bytes of a file. */
export async function open(path) {
  try {
    return new Uint8Array(await readFile(path));
  } catch (error) {
    const [, reason = error.message] = /^\w+: ([^,]*)/.exec(error.message) ?? [];
    throw new Error(`cannot open ${path}: ${reason}`, { cause: error });
  }
}

/** Throws where one of the files that are read would be overwritten. */
export async function checkOut(out, paths) {
  if (out === "-") return;
  const target = await realpath(out).catch(() => undefined); // that it is not there is fine
  for (const path of paths) {
    if (target !== undefined && target === (await realpath(path).catch(() => undefined)))
      throw new Error(`${out} is read, and would be overwritten: choose another name to write`);
  }
}

/**
 * Writes beside the file and renames, so that the old one or the new one is there; "-" is standard
 * output.
 */
export async function write(out, bytes) {
  if (out === "-") {
    await new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
    return;
  }
  const aside = `${out}.${process.pid}.part`;
  try {
    await writeFile(aside, bytes);
    await rename(aside, out);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
