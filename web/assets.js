// Where the files beside this module are: its builds of the core and its template of a page. In a
// single file (single.js) there is none beside it, and inline.js stands in for this.

import { InklingError, absolute, compileAt, nodeModule } from "./platform.js";

/** The builds of the core. Written out, so that bundlers find and copy them. */
const ADDRESSES = {
  scalar: new URL("./inkling-scalar.wasm", import.meta.url),
  simd: new URL("./inkling-simd.wasm", import.meta.url),
  relaxed: new URL("./inkling-relaxed.wasm", import.meta.url),
  "counts-scalar": new URL("./inkling-counts-scalar.wasm", import.meta.url),
  "counts-simd": new URL("./inkling-counts-simd.wasm", import.meta.url),
  "counts-relaxed": new URL("./inkling-counts-relaxed.wasm", import.meta.url),
  "tasks-scalar": new URL("./inkling-tasks-scalar.wasm", import.meta.url),
  "tasks-simd": new URL("./inkling-tasks-simd.wasm", import.meta.url),
  "tasks-relaxed": new URL("./inkling-tasks-relaxed.wasm", import.meta.url),
  "train-scalar": new URL("./inkling-train-scalar.wasm", import.meta.url),
  "train-simd": new URL("./inkling-train-simd.wasm", import.meta.url),
  "train-relaxed": new URL("./inkling-train-relaxed.wasm", import.meta.url),
};

/** @typedef {keyof typeof ADDRESSES} Build */

/**
 * The address of a build: beside this module, or where `wasmURL` says, a folder when it ends in
 * "/".
 *
 * @param {Build} build
 * @param {string | URL} [wasmURL]
 */
function addressOf(build, wasmURL) {
  if (wasmURL === undefined) return ADDRESSES[build];
  const given = absolute(wasmURL);
  return given.pathname.endsWith("/") ? new URL(`inkling-${build}.wasm`, given) : given;
}

/**
 * The build, compiled.
 *
 * @param {Build} build
 * @param {string | URL} [wasmURL]
 */
export const compile = async (build, wasmURL) => compileAt(addressOf(build, wasmURL));

/** The page that a model is exported into, see export.js. @returns {Promise<string>} */
export async function pageTemplate() {
  const address = new URL("./inkling-page.html", import.meta.url);
  if (address.protocol === "file:") {
    const { readFile } = await nodeModule("fs/promises");
    return readFile(address, "utf8");
  }
  const response = await fetch(address);
  if (!response.ok) throw new InklingError("network", `${address} answered ${response.status}`);
  return response.text();
}
