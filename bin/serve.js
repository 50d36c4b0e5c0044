// `npx inkling serve`: the page, as any static host serves it.

import { fileURLToPath } from "node:url";
import { serveOnFreePort } from "../scripts/serve.mjs";
import { readOptions } from "./arguments.js";

const DIST = fileURLToPath(new URL("../dist", import.meta.url));

export const HELP = `inkling serve                    serves the page on this machine, and prints its address
  --port N (the first free one from 8080 on)
`;

export function readArguments(args) {
  const { positionals, values } = readOptions(args, ["port"]);
  if (positionals.length > 0) throw new Error(`"${positionals[0]}" is one argument too many`);
  const { port } = values;
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
