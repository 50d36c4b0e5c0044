// Stands in for assets.js and workers.js where everything is in one file: scripts/build.mjs wraps
// the code as `inklingStart(wasm, inWorker)`, with the core, gzipped and in base64, as its
// argument.

/** @import { Build } from "./assets.js" */
/** @import { Port } from "./platform.js" */

import { InklingError, absolute, compileAt, reasonOf, webPort } from "./platform.js";

const script = globalThis.document?.currentScript;
const address = script && "src" in script ? script.src : undefined;

/** @param {string} base64 @returns {Promise<ArrayBuffer>} */
export function unpacked(base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * The one build that is inside, which has what every other one has.
 *
 * @param {Build} build
 * @param {string | URL} [wasmURL]
 */
export async function compile(build, wasmURL) {
  if (wasmURL) return compileAt(absolute(wasmURL));
  if (build.endsWith("scalar")) {
    throw new InklingError("argument", "the single file has no core without SIMD: give a wasmURL");
  }
  try {
    return await WebAssembly.compile(await unpacked(inklingWasm));
  } catch (error) {
    const message = `the core cannot be used: ${reasonOf(error)}`;
    throw new InklingError("network", message, { cause: error });
  }
}

/** @type {string | undefined} The address of the code for workers, which goes with the page. */
let code;

/** @param {string | URL} [workerURL] @returns {Promise<Port>} */
export async function newWorker(workerURL) {
  const type = "text/javascript";
  code ??= URL.createObjectURL(new Blob([`(${inklingStart})("", true)`], { type }));
  return webPort(workerURL ? new Worker(workerURL, { type: "module" }) : new Worker(code));
}

/** Only beside the file. */
export async function pageTemplate() {
  const response = address && (await fetch(new URL("inkling-page.html", address)));
  if (response && response.ok) return response.text();
  throw new InklingError("network", "inkling-page.html is not beside this script");
}
