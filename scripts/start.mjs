// `npm start`: install what is missing, build, serve the page on this machine and print its
// address.

import { join } from "node:path";
import { build } from "./build.mjs";
import { root } from "./run.mjs";
import { serve } from "./serve.mjs";
import { setup } from "./setup.mjs";

const FIRST_PORT = 8080;
const LAST_PORT = 8099;

// The port that the environment asks for, else the first free one.
async function open(directory) {
  if (process.env.PORT) return serve(directory, Number(process.env.PORT));
  for (let port = FIRST_PORT; ; port++) {
    try {
      return await serve(directory, port);
    } catch (error) {
      if (error.code !== "EADDRINUSE" || port === LAST_PORT) throw error;
    }
  }
}

setup();
await build();
try {
  const { url } = await open(join(root, "dist"));
  console.log(`\nInkling is at ${url} (Ctrl-C ends it)`);
} catch (error) {
  console.error(`cannot serve the page: ${error.message}`);
  process.exit(1);
}
