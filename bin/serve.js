// `npx inkling serve`: the page, as any static host serves it.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { serveOnFreePort } from "../scripts/serve.mjs";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Reads --port; says what is wrong with it and gives nothing then. */
function readPort(args) {
  try {
    const { port } = parseArgs({ args, options: { port: { type: "string" } } }).values;
    if (port === undefined) return {};
    if (/^\d{1,5}$/.test(port) && Number(port) < 65536) return { port: Number(port) };
    console.error(`inkling serve: --port is "${port}", which is not a port from 0 to 65535`);
  } catch (error) {
    console.error(`inkling serve: ${error.message}`);
  }
  return undefined;
}

/** Gives an exit status when it cannot serve; else it serves until it is ended. */
export async function run(args) {
  const options = readPort(args);
  if (!options) return 2;
  const { url } = await serveOnFreePort(DIST, options);
  console.log(`Inkling is at ${url} (Ctrl-C ends it)`);
  return 0;
}
