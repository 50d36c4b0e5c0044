// What the verbs write.

import { realpath, rename, rm, writeFile } from "node:fs/promises";

/** Throws where one of the files that are read would be overwritten. */
export async function checkOut(out, paths) {
  const target = await realpath(out).catch(() => undefined); // that it is not there is fine
  for (const path of paths) {
    if (target !== undefined && target === (await realpath(path)))
      throw new Error(`${out} is read, and would be overwritten: choose another name to write`);
  }
}

/** Writes beside the file and renames, so that the old one or the new one is there. */
export async function write(out, bytes) {
  const aside = `${out}.${process.pid}.part`;
  try {
    await writeFile(aside, bytes);
    await rename(aside, out);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
