// The part of a host that a worker needs too: making one, and answering for it. Nothing here starts
// a worker, since a worker that could start itself sends bundlers round in a circle.

/** @import { Host } from "./model.js" */
/** @import { Trainer } from "./trainer.js" */
/** @import { ErrorCode } from "./inkling.js" */

import { InklingError, inNode, nodeModule, reasonOf } from "./platform.js";

/** @typedef {{ model: Host, trainer: Trainer }} Hosts The kinds of them. */

/** Makes a host of a kind; only who trains pays for the code of that. */
const OPEN = {
  model: async (/** @type {Parameters<typeof Host.open>} */ ...args) =>
    (await import("./model.js")).Host.open(...args),
  trainer: async (/** @type {Parameters<typeof Trainer.open>} */ ...args) =>
    (await import("./trainer.js")).Trainer.open(...args),
};

/**
 * What a host of a kind is made of.
 *
 * @template {keyof Hosts} Kind
 * @typedef {Parameters<typeof OPEN[Kind]>} Making
 */

/**
 * @template {keyof Hosts} Kind
 * @param {Kind} kind
 * @param {Making<Kind>} args
 * @returns {Promise<Hosts[Kind]>}
 */
export const openHost = (kind, args) => Reflect.apply(OPEN[kind], undefined, args);

/** Calls a host's method by its name. @param {object} host @param {string} name @param {unknown[]} args */
export const callHost = (host, name, args) => Reflect.apply(Reflect.get(host, name), host, args);

/**
 * What a worker sends.
 *
 * @typedef {object} Reply
 * @property {number} call 0 says that it runs
 * @property {unknown} [result]
 * @property {{ code?: ErrorCode, message: string }} [error]
 */

/** @type {Host | Trainer} */
let host;

/**
 * @param {{ call: number, name: string, args: any[] }} message
 * @param {(reply: Reply) => void} post
 */
async function answer({ call, name, args }, post) {
  try {
    if (name === "open") {
      host = await openHost(args[0], args[1]);
      post({ call, result: host.info });
    } else {
      post({ call, result: await callHost(host, name, args) });
    }
  } catch (error) {
    const code = error instanceof InklingError ? error.code : undefined;
    post({ call, error: { code, message: reasonOf(error) } });
  }
}

/**
 * Serves as a worker from now on: answers { call, name, args } with { call, result } or
 * { call, error }, one message after the other, so that every generation gets its turn between two
 * pieces of another. `atHand` makes hosts without an import.
 */
export async function serve(/** @type {Partial<typeof OPEN>} */ atHand = {}) {
  Object.assign(OPEN, atHand);
  if (inNode) {
    const { parentPort } = await nodeModule("worker_threads");
    const post = (/** @type {Reply} */ reply) => parentPort.postMessage(reply);
    parentPort.on("message", (/** @type {any} */ message) => answer(message, post));
    post({ call: 0 });
  } else {
    const post = (/** @type {Reply} */ reply) => self.postMessage(reply);
    self.onmessage = ({ data }) => answer(data, post);
    post({ call: 0 });
  }
}
