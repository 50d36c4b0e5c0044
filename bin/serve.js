// `npx inkling serve`: the page, as any static host serves it.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serveOnFreePort } from "../scripts/serve.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

export function readArguments(args) {
  const { port } = parseArgs({ args, options: { port: { type: "string" } } }).values;
  if (port === undefined) return {};
  if (/^\d{1,5}$/.test(port) && Number(port) < 65536) return { port: Number(port) };
  throw new Error(`--port is "${port}", which is not a port from 0 to 65535`);
}

/** Serves until it is ended. */
export async function run(options) {
  const { url } = await serveOnFreePort(DIST, options);
  console.log(`Inkling is at ${url} (Ctrl-C ends it)`);
  return 0;
}
