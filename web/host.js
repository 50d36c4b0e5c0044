// Where work is done: on this thread or in a worker. A host there is a Host (model.js), a TaskHost
// (tasks.js) or a Trainer (trainer.js), and does what it is called for in the order of the calls.

import { Host } from "./model.js";
import { InklingError, inNode, nodeModule } from "./wasm.js";

/** Makes a host of a kind. Only who needs more than a generator pays for the code. */
export async function openHost(kind, args) {
  if (kind === "generator") return Host.open(...args);
  if (kind === "trainer") return (await import("./trainer.js")).Trainer.open(...args);
  return (await import("./tasks.js")).TaskHost.open(...args);
}

/** A new task of the event loop, so that what else waits there comes first. */
const nextTask = inNode
  ? () => new Promise((resolve) => setImmediate(resolve))
  : () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          resolve();
        };
        port2.postMessage(0);
      });

/** Whether a worker is the default. */
export const IN_WORKER = !inNode && typeof Worker === "function";

/** A host on this thread. */
class Here {
  #host;
  #freed = false;

  async open(kind, args) {
    this.#host = await openHost(kind, args);
    if (this.#freed) this.free(); // given up meanwhile
    return this.#host.info;
  }
  async call(name, ...args) {
    await nextTask();
    return this.#host[name](...args);
  }
  release(id) {
    this.#host.release(id);
  }
  free() {
    this.#freed = true;
    this.#host?.free();
  }
}

async function startWorker() {
  if (!inNode) return new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  const { Worker: Thread } = await nodeModule("worker_threads");
  // The options of this process, such as --input-type, are not for the worker.
  return new Thread(new URL("./worker.js", import.meta.url), { execArgv: [] });
}

/** A host in a worker of its own; `onGone` is called when that ends by itself. */
class Elsewhere {
  #worker;
  #calls = 0;
  #pending = new Map(); // call → { resolve, reject }
  #onGone;
  #gone; // the error of every call once the worker has ended

  constructor(worker, onGone) {
    this.#worker = worker;
    this.#onGone = onGone;
    if (inNode) {
      worker.on("message", (reply) => this.#settle(reply));
      worker.on("error", (error) => this.#crash(error.message));
      worker.on("exit", () => this.#crash("it exited"));
    } else {
      worker.onmessage = ({ data }) => this.#settle(data);
      worker.onerror = ({ message }) => this.#crash(message ?? "its script did not load");
    }
  }
  async open(kind, args, transfer) {
    return this.#send(transfer, "open", kind, args);
  }
  call(name, ...args) {
    return this.#send([], name, ...args);
  }
  release(id) {
    if (!this.#gone) this.#worker.postMessage({ name: "release", args: [id] });
  }
  free() {
    this.#end(new InklingError("freed", "the model was freed"));
  }

  #send(transfer, name, ...args) {
    return new Promise((resolve, reject) => {
      if (this.#gone) throw this.#gone;
      const call = ++this.#calls;
      this.#worker.postMessage({ call, name, args }, transfer);
      this.#pending.set(call, { resolve, reject });
      this.#worker.ref?.(); // Node ends when nothing but idle workers is left
    });
  }
  #settle({ call, result, error }) {
    const pending = this.#pending.get(call);
    if (!pending) return;
    this.#pending.delete(call);
    if (this.#pending.size === 0) this.#worker.unref?.();
    if (!error) pending.resolve(result);
    else if (error.code) pending.reject(new InklingError(error.code, error.message));
    else pending.reject(new Error(error.message));
  }
  #crash(why) {
    if (this.#gone) return;
    this.#end(new InklingError("freed", `the model's worker has ended: ${why}`));
    this.#onGone?.();
  }
  #end(error) {
    this.#gone ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
    this.#worker.terminate();
  }
}

export async function startHost(worker, onGone) {
  return worker ? new Elsewhere(await startWorker(), onGone) : new Here();
}

/** `promise`, or the signal's reason as soon as it aborts. */
export function unlessAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
