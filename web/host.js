// Where work is done: on this thread or in a worker. A host there is a Host (model.js) or a Trainer
// (trainer.js), and does what it is called for in the order of the calls.

/** @import { Build } from "./assets.js" */
/** @import { Kernel } from "./inkling.js" */
/** @import { Port } from "./platform.js" */
/** @import { Hosts, Making, Reply } from "./serve.js" */

import { InklingError, inNode, nextTask, reasonOf, warnOnce } from "./platform.js";
import { callHost, openHost } from "./serve.js";
import { newWorker } from "./workers.js";

/**
 * The names of a host's methods.
 *
 * @template H
 * @typedef {{ [Name in keyof H]: H[Name] extends (...args: never[]) => unknown ? Name : never
 *   }[keyof H] & string} Calls
 */

/**
 * @template H
 * @template {keyof H} Name
 * @typedef {H[Name] extends (...args: infer A) => unknown ? A : never} Arguments
 */

/**
 * @template H
 * @template {keyof H} Name
 * @typedef {H[Name] extends (...args: never[]) => infer R ? Awaited<R> : never} Result
 */

let lastId = 0;

/** Of what is open in a host: sessions, generations and further models, in all hosts. */
export const newId = () => ++lastId;

/**
 * What is left to the garbage collector takes its memory in the core along, after a call that may
 * be on its way: who only waits for that call need not hold on to the session.
 *
 * @type {FinalizationRegistry<{ host: Remote<"model">, id: number }>}
 */
export const forgotten = new FinalizationRegistry(({ host, id }) => {
  nextTask().then(() => host.release(id));
});

/**
 * What a model is to those that mix it with others.
 *
 * @typedef {object} Inside
 * @property {Remote<"model">} host
 * @property {{ kernel: Kernel, build: Build, worker?: boolean,
 *   workerURL?: string | URL, wasmURL?: string | URL }} opening
 * @property {Promise<Remote<"model">>} [larger] the same model where models are mixed
 * @property {Map<Remote<"model">, { id: number, opened: Promise<void> }>} copies beside others
 */

/** @type {WeakMap<object, Inside>} By model. */
export const insides = new WeakMap();

/** Whether a worker is the default. */
const IN_WORKER = !inNode && typeof Worker === "function";

/**
 * A host as whoever uses it sees it.
 *
 * @template {keyof Hosts} Kind
 * @typedef {object} Remote
 * @property {(args: Making<Kind>, transfer: Transferable[]) =>
 *   Promise<Hosts[Kind]["info"]>} open
 * @property {<Name extends Calls<Hosts[Kind]>>(name: Name,
 *   ...args: Arguments<Hosts[Kind], Name>) => Promise<Result<Hosts[Kind], Name>>} call
 * @property {(id: number) => void} release what is open under an id; nobody waits for it
 * @property {(reason?: InklingError) => void} free
 * @property {boolean} isElsewhere in a worker
 */

/**
 * A host on this thread.
 *
 * @template {keyof Hosts} Kind
 */
class Here {
  isElsewhere = false;
  #kind;
  /** @type {Hosts[Kind] | undefined} */
  #host;
  /** @type {InklingError | undefined} */
  #gone;

  /** @param {Kind} kind */
  constructor(kind) {
    this.#kind = kind;
  }
  /** @param {Making<Kind>} args */
  async open(args) {
    const host = await openHost(this.#kind, args);
    if (!this.#gone) this.#host = host;
    else host.free(); // given up meanwhile
    return host.info;
  }
  /** @param {string} name @param {unknown[]} args */
  async call(name, ...args) {
    await nextTask();
    if (this.#gone || !this.#host) throw this.#gone;
    return callHost(this.#host, name, args);
  }
  /** @param {number} id */
  release(id) {
    this.#host?.release(id);
  }
  free(reason = new InklingError("freed", "the model was freed")) {
    if (this.#gone) return;
    this.#gone = reason;
    this.#host?.free();
    this.#host = undefined; // and the file that it has
  }
}

/**
 * A host in a worker of its own; `onGone` is called when that ends by itself.
 *
 * @template {keyof Hosts} Kind
 */
class Elsewhere {
  isElsewhere = true;
  #port;
  #kind;
  #calls = 0;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: unknown) => void }>} */
  #pending = new Map();
  #onGone;
  /** @type {InklingError | undefined} The error of every call once the worker has ended. */
  #gone;

  /** @param {Port} port @param {Kind} kind @param {(error: InklingError) => void} [onGone] */
  constructor(port, kind, onGone) {
    this.#port = port;
    this.#kind = kind;
    this.#onGone = onGone;
    port.listen(
      (reply) => this.#settle(reply),
      (why) => this.#crash(why),
    );
  }
  /** @param {Making<Kind>} args @param {Transferable[]} transfer */
  open(args, transfer) {
    return this.#send(transfer, "open", [this.#kind, args]);
  }
  /** @param {string} name @param {unknown[]} args */
  call(name, ...args) {
    return this.#send([], name, args);
  }
  /** @param {number} id */
  release(id) {
    if (!this.#gone) this.#port.post({ name: "release", args: [id] }, []);
  }
  free(reason = new InklingError("freed", "the model was freed")) {
    this.#end(reason);
  }

  /**
   * @param {Transferable[]} transfer
   * @param {string} name
   * @param {unknown[]} args
   * @returns {Promise<any>}
   */
  #send(transfer, name, args) {
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      const call = ++this.#calls;
      this.#port.post({ call, name, args }, transfer);
      this.#pending.set(call, { resolve, reject });
      this.#port.hold();
    });
  }
  #settle(/** @type {Reply} */ { call, result, error }) {
    const pending = this.#pending.get(call);
    if (!pending) return;
    this.#pending.delete(call);
    if (this.#pending.size === 0) this.#port.rest();
    if (!error) pending.resolve(result);
    else if (error.code) pending.reject(new InklingError(error.code, error.message));
    else pending.reject(new Error(error.message));
  }
  #crash(/** @type {string} */ why) {
    if (this.#gone) return;
    const what = this.#kind === "trainer" ? "the run's worker" : "the model's worker";
    const error = new InklingError("freed", `${what} has ended: ${why}`);
    this.#end(error);
    this.#onGone?.(error);
  }
  #end(/** @type {InklingError} */ error) {
    if (this.#gone) return;
    this.#gone = error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#port.terminate();
  }
}

/** A worker that runs. */
async function startWorker(/** @type {string | URL | undefined} */ workerURL) {
  const port = await newWorker(workerURL);
  return new Promise((resolve, reject) => {
    port.listen(
      () => (port.rest(), resolve(port)),
      (why) => (port.terminate(), reject(new Error(why))),
    );
  });
}

/**
 * Starts a host: in a worker when `worker` is true, and when it is undefined where that is the
 * default and can be done.
 *
 * @template {keyof Hosts} Kind
 * @param {Kind} kind
 * @param {object} options
 * @param {boolean} [options.worker]
 * @param {string | URL} [options.workerURL]
 * @param {(error: InklingError) => void} [options.onGone] is called when it ends by itself
 * @returns {Promise<Remote<Kind>>}
 */
export async function startHost(kind, { worker, workerURL, onGone }) {
  if (worker ?? IN_WORKER) {
    try {
      return new Elsewhere(await startWorker(workerURL), kind, onGone);
    } catch (error) {
      const why = reasonOf(error);
      if (worker || workerURL) {
        const message = `the worker cannot be started: ${why}; worker: false does without one`;
        throw new InklingError("network", message, { cause: error });
      }
      warnOnce(`works on the page's own thread, since no worker can be started: ${why}`);
    }
  }
  return new Here(kind);
}
