// `npm start`: install what is missing, build, serve the page on this machine and print its
// address.

import { join } from "node:path";
import { build } from "./build.mjs";
import { root } from "./run.mjs";
import { serveOnFreePort } from "./serve.mjs";
import { setup } from "./setup.mjs";

setup();
await build();
try {
  const port = process.env.PORT ? Number(process.env.PORT) : undefined;
  const { url } = await serveOnFreePort(join(root, "dist"), { port });
  console.log(`\nInkling is at ${url} (Ctrl-C ends it)`);
} catch (error) {
  console.error(`cannot serve the page: ${error.message}`);
  process.exit(1);
}
