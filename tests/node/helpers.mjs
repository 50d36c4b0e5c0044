// What several tests need: where the built files are, and the native command.

import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { RELAXED_MODULE } from "../../web/builds.js";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const dist = join(root, "dist");
export const inkling = join(root, "build/native/inkling"); // the native command
export const run = promisify(execFile);

/** The native command, which reads `input`: as it ends, as it must succeed, and as it must not. */
export function commandWith(input = "") {
  const call = (...args) => spawnSync(inkling, args, { encoding: "utf8", input });
  return {
    call,
    succeed(...args) {
      const { status, stdout, stderr } = call(...args);
      assert.equal(status, 0, stderr);
      return stdout;
    },
    /** Nothing on stdout, and one line on stderr that matches. */
    fail(status, pattern, ...args) {
      const result = call(...args);
      assert.equal(result.status, status, result.stderr);
      assert.equal(result.stdout, "");
      assert.match(result.stderr, pattern);
      assert.equal(result.stderr.trimEnd().split("\n").length, 1, result.stderr);
    },
  };
}

/** Arguments with these options, which take a value each, in place of those of the same name. */
export function replaced(args, ...options) {
  const isNamed = (name) => name?.startsWith("--") && options.includes(name);
  return [...args.filter((one, i) => !isNamed(one) && !isNamed(args[i - 1])), ...options];
}

/** Runs a program in a folder, however it ends. */
export async function runIn(cwd, program, ...args) {
  try {
    return { status: 0, ...(await run(program, args, { cwd })) };
  } catch ({ code, stdout, stderr }) {
    return { status: code, stdout, stderr };
  }
}

/** Runs what npx runs. */
export const npx = (cwd, ...args) =>
  runIn(cwd, process.execPath, join(root, "bin/inkling.js"), ...args);

/** A folder for one test, gone when the test is. */
export async function temporaryFolder(t) {
  const folder = await mkdtemp(join(tmpdir(), "inkling-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** What the native command writes, with options by their JavaScript names. */
export async function generateNatively(folder, bytes, prompt, options) {
  const path = join(folder, "model.safetensors");
  await writeFile(path, bytes);
  const words = Object.entries(options).flatMap(([name, value]) => [
    `--${name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`,
    String(value),
  ]);
  const { stdout } = await run(inkling, ["generate", path, "--prompt", prompt, ...words]);
  return stdout;
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Milliseconds of processor time that this process, with its workers, takes in `ms`. */
export async function workDuring(ms) {
  const before = process.cpuUsage();
  await pause(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** For this process and its workers: Node 20 has relaxed SIMD behind a flag. */
export function haveRelaxed() {
  if (!WebAssembly.validate(RELAXED_MODULE)) setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/**
 * The files of dist/ that a module loads at once, itself among them: those of its name, which may
 * have a hash behind it, and what they import.
 */
export function modulesOf(...names) {
  const all = readdirSync(dist);
  const isOne = (file) => names.some((name) => file.match(`^${name}(-[A-Z0-9]+)?\\.js$`));
  const found = new Set(all.filter(isOne));
  for (const file of found) {
    const text = readFileSync(join(dist, file), "utf8");
    for (const [, name] of text.matchAll(/\b(?:from|import)"\.\/([^"]+)"/g)) found.add(name);
  }
  return [...found];
}
