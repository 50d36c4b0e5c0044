// Writes dist/offline.js, the service worker (web/page/offline/worker.js) with what it keeps: all
// that the page is made of, and by need what is large.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { root } from "./run.mjs";
import { RELAXED_MODULE } from "../web/builds.js";

// What the page does not ask for; and what it may ask for, but not at once.
const NOT_OF_THE_PAGE = new RegExp(
  "^(bench|offline\\.js|package\\.json|element|inkling-command)" +
    "|^inkling(-train)?\\.(iife|single)|^inkling-in-one-file|\\.(d\\.ts|md|gz|br)$|^vendor/.*LICENSE$",
);
const LARGE = /\.safetensors$|-scalar\.wasm$|^inkling-page\.html$|^models\/.*\.png$/;

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);

/** Gives the paths of what the page is made of, and of the service worker. */
export function writeServiceWorker(dist) {
  const paths = readdirSync(dist, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .map((path) => path.slice(dist.length + 1).replaceAll(sep, "/"))
    .filter((path) => !NOT_OF_THE_PAGE.test(path))
    .sort();
  const digests = Object.fromEntries(
    paths.map((path) => [path, digest(readFileSync(join(dist, path)))]),
  );
  const those = (isWanted) =>
    Object.fromEntries(Object.entries(digests).filter(([path]) => isWanted(path)));
  const source = readFileSync(join(root, "web/page/offline/worker.js"), "utf8");
  const values = {
    VERSION: digest(source + JSON.stringify(digests)),
    PAGE: those((path) => !LARGE.test(path)),
    LARGE: those((path) => LARGE.test(path)),
  };
  const lines = Object.entries(values).map(
    ([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`,
  );
  lines.push(`const RELAXED_MODULE = new Uint8Array([${RELAXED_MODULE}]);\n`);
  writeFileSync(join(dist, "offline.js"), lines.join("") + source);
  return [...paths, "offline.js"];
}
