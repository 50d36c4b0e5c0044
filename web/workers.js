// Starting workers. In a single file (single.js) inline.js stands in for this.

/** @import { Port } from "./platform.js" */
/** @import { Transferable as Handed, Worker as Thread } from "node:worker_threads" */

import { absolute, inNode, nodeModule, reasonOf, webPort } from "./platform.js";

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
