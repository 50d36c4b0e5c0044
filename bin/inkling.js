#!/usr/bin/env node
// `npx inkling VERB …`: the command of src/cli, compiled to WebAssembly and run by Node's WASI;
// and verbs in JavaScript, `convert`, `export` and `serve`.

import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const COMMAND = new URL("../dist/inkling-command.wasm", import.meta.url);

// Verbs that the command itself does not have: HELP says how each is called, readArguments() gives
// what run() takes, or throws what is wrong with them, and run() gives an exit status.
const VERBS = {
  convert: () => import("./convert.js"),
  export: () => import("./export.js"),
  serve: () => import("./serve.js"),
};
/** Node 18 has WASI only when told so. */
function runAgain() {
  const flags = ["--no-warnings", "--experimental-wasi-unstable-preview1"];
  const args = [...flags, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
}

/**
 * Node 20 and 22 crash now and then when WebAssembly calls these without JavaScript in between
 * (nodejs/node#53087).
 */
const calledSlowly = (functions) =>
  Object.fromEntries(
    Object.entries(functions).map(([name, call]) => [name, (...values) => call(...values)]),
  );

/** What src/cli/wasi/utf8proc.c asks for. */
function normalize(memory, form, text, bytes, to, capacity) {
  const all = new Uint8Array(memory.buffer);
  const given = new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    all.subarray(text, text + bytes),
  );
  const written = new TextEncoder().encode(given.normalize(`NF${String.fromCharCode(form)}`));
  if (written.length <= capacity) all.set(written, to);
  return written.length;
}

async function runCommand(args) {
  // Node says on standard error, which is the command's, that its WASI may change.
  process.removeAllListeners("warning");
  const { WASI } = await import("node:wasi");
  const wasi = new WASI({
    version: "preview1",
    args: ["inkling", ...args],
    env: { PWD: process.cwd(), INKLING_PID: String(process.pid) },
    preopens: { "/": "/" },
    returnOnExit: true,
  });
  const module = await WebAssembly.compile(await readFile(COMMAND));
  const imports = {
    wasi_snapshot_preview1: calledSlowly(wasi.wasiImport),
    inkling: { normalize: (...values) => normalize(instance.exports.memory, ...values) },
  };
  const instance = await WebAssembly.instantiate(module, imports);
  return wasi.start(instance);
}

async function runVerb(verb, args) {
  const { HELP, readArguments, run } = await VERBS[verb]();
  if (args.some((argument) => ["--help", "-h"].includes(argument))) {
    process.stdout.write(HELP);
    return 0;
  }
  let read;
  try {
    read = readArguments(args);
  } catch (error) {
    console.error(`inkling ${verb}: ${error.message}; see npx inkling ${verb} --help`);
    return 2;
  }
  return run(read);
}

async function main([verb, ...args]) {
  if (verb === "help" && Object.hasOwn(VERBS, args[0] ?? "")) return runVerb(args[0], ["--help"]);
  if (Object.hasOwn(VERBS, verb ?? "")) return runVerb(verb, args);
  const [major] = process.versions.node.split(".");
  if (Number(major) < 20 && process.execArgv.length === 0) return runAgain();
  const status = await runCommand(process.argv.slice(2));
  if ([undefined, "--help", "-h", "help"].includes(verb) && args.length === 0) {
    for (const { HELP } of await Promise.all(Object.values(VERBS).map((verb) => verb())))
      console.log(HELP.split("\n")[0]);
  }
  return status;
}

// Whoever read standard output may have gone, as head does: nobody is left to be told.
const unread = (error) => error.code === "EPIPE";
process.stdout.on("error", (error) => {
  if (unread(error)) process.exit(1);
  throw error;
});
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!unread(error)) console.error(`inkling: ${error.message}`);
  process.exitCode = 1;
}
