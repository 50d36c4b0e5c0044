// Where the files beside this module are: its builds of the core, its worker, its template of a
// page. In a single file (single.js) there is none beside it, and inline.js stands in for this.

/** @import { Port } from "./platform.js" */

import {
  InklingError,
  absolute,
  compileAt,
  inNode,
  nodeModule,
  reasonOf,
  webPort,
} from "./platform.js";

/** The builds of the core. Written out, so that bundlers find and copy them. */
const ADDRESSES = {
  scalar: new URL("./inkling-scalar.wasm", import.meta.url),
  simd: new URL("./inkling-simd.wasm", import.meta.url),
  "tasks-scalar": new URL("./inkling-tasks-scalar.wasm", import.meta.url),
  "tasks-simd": new URL("./inkling-tasks-simd.wasm", import.meta.url),
  "train-scalar": new URL("./inkling-train-scalar.wasm", import.meta.url),
  "train-simd": new URL("./inkling-train-simd.wasm", import.meta.url),
};

/** @typedef {keyof typeof ADDRESSES} Build */

/**
 * The address of a build: beside this module, or where `wasmURL` says, a folder when it ends in "/".
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

// ---- Workers ------------------------------------------------------------------------------------

/** @import { Transferable as Handed, Worker as Thread } from "node:worker_threads" */

/** @param {Thread} thread @returns {Port} */
const nodePort = (thread) => ({
  post: (message, transfer) => thread.postMessage(message, /** @type {Handed[]} */ (transfer)),
  listen: (onMessage, onGone) => {
    thread.removeAllListeners();
    thread.on("message", onMessage);
    thread.on("error", (error) => onGone(reasonOf(error)));
    thread.on("exit", () => onGone("it exited"));
  },
  terminate: () => void thread.terminate(),
  hold: () => thread.ref(),
  rest: () => thread.unref(),
});

/** A worker whose script another origin has: a module of our own that imports it. */
function workerByImport(/** @type {string} */ address) {
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: "text/javascript" });
  const url = URL.createObjectURL(script);
  return new Worker(url, { type: "module" }); // the address goes with the page
}

/**
 * A worker that has not said yet that it runs.
 *
 * @param {string | URL} [workerURL]
 * @returns {Promise<Port>}
 */
export async function newWorker(workerURL) {
  if (inNode) {
    const { Worker: Thread } = await nodeModule("worker_threads");
    // The options of this process, such as --input-type, are not for the worker.
    const script = workerURL ? new URL(workerURL) : new URL("./worker.js", import.meta.url);
    return nodePort(new Thread(script, { execArgv: [] }));
  }
  if (workerURL) {
    const { href, origin } = absolute(workerURL);
    const isOurs = origin === location.origin || !/^https?:/.test(href);
    return webPort(isOurs ? new Worker(href, { type: "module" }) : workerByImport(href));
  }
  try {
    return webPort(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
  } catch {
    return webPort(workerByImport(new URL(`./${"worker"}.js`, import.meta.url).href));
  }
}

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
