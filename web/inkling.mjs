// Inkling for browsers and Node: what `import … from "inkling"` gets. See inkling.d.ts for the types
// and the words. Options are checked here; the work is done by a Host (model.mjs), on this thread or
// in a worker, and the classes below differ in nothing between the two.

import { Host } from "./model.mjs";
import { readSource } from "./source.mjs";
import { InklingError, inNode, nodeModule } from "./wasm.mjs";

export { InklingError };
export const version = "0.1.0";

// ---- Options: unknown names and wrong types end here; ranges are the core's to judge --------------

const argument = (message) => new InklingError("argument", message);
const show = (value) => {
  if (typeof value === "string") return JSON.stringify(value);
  return value === Object(value) ? typeof value : String(value);
};
const isText = (value) => typeof value === "string" && !value.includes("\0");
const isTexts = (value) => Array.isArray(value) && value.every(isText);
const wholeTo = (most) => [
  (value) => Number.isInteger(value) && value >= 0 && value <= most,
  `a whole number from 0 to ${most}`,
];
const NUMBER = [(value) => typeof value === "number", "a number"];
const WHOLE = wholeTo(2 ** 32 - 1);
const SEED = wholeTo(Number.MAX_SAFE_INTEGER);
const YES_NO = [(value) => typeof value === "boolean", "true or false"];
const SIGNAL = [(value) => typeof value?.throwIfAborted === "function", "an AbortSignal"];
const FUNCTION = [(value) => typeof value === "function", "a function"];

const SAMPLING = {
  repetitionPenalty: NUMBER,
  repetitionWindow: WHOLE,
  temperature: NUMBER,
  topK: WHOLE,
  topP: NUMBER,
  minP: NUMBER,
};
const GENERATE = {
  ...SAMPLING,
  length: WHOLE,
  seed: SEED,
  stop: [
    (value) => [value].flat().every((text) => isText(text) && text !== ""),
    "a string or strings, none of them empty or with U+0000",
  ],
  skipUnknown: YES_NO,
  signal: SIGNAL,
};
const LOAD = {
  worker: YES_NO,
  kernel: [(value) => ["auto", "simd", "scalar"].includes(value), '"auto", "simd" or "scalar"'],
  vocabulary: [isTexts, "an array of strings without U+0000"],
  onProgress: FUNCTION,
  signal: SIGNAL,
};

/** The options that are set, over their defaults. */
function check(options, known, defaults = {}) {
  if (typeof options !== "object" || options === null) throw argument("options must be an object");
  const checked = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) throw argument(`unknown option ${show(name)}`);
    if (value === undefined) continue;
    const [test, needed] = known[name];
    if (!test(value)) throw argument(`${name} must be ${needed}, not ${show(value)}`);
    checked[name] = value;
  }
  return checked;
}

function checkText(text, name) {
  if (typeof text !== "string") throw argument(`the ${name} must be a string, not ${show(text)}`);
}

// ---- Two ways to a Host: both run what they are called for in the order of the calls --------------

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

/** A Host on this thread. */
class Here {
  #host;
  #freed = false;

  async open(bytes, vocabulary, kernel) {
    this.#host = await Host.open(bytes, vocabulary, kernel);
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
  if (!inNode) return new Worker(new URL("./worker.mjs", import.meta.url), { type: "module" });
  const { Worker: Thread } = await nodeModule("worker_threads");
  // The options of this process, such as --input-type, are not for the worker.
  return new Thread(new URL("./worker.mjs", import.meta.url), { execArgv: [] });
}

/** A Host in a worker of its own. */
class Elsewhere {
  #worker;
  #calls = 0;
  #pending = new Map(); // call → { resolve, reject }
  #gone; // the error of every call once the worker has ended

  constructor(worker) {
    this.#worker = worker;
    if (inNode) {
      worker.on("message", (reply) => this.#settle(reply));
      worker.on("error", (error) => this.#crash(error.message));
      worker.on("exit", () => this.#crash("it exited"));
    } else {
      worker.onmessage = ({ data }) => this.#settle(data);
      worker.onerror = ({ message }) => this.#crash(message ?? "its script did not load");
    }
  }
  async open(bytes, vocabulary, kernel) {
    return this.#send([bytes.buffer], "open", bytes, vocabulary, kernel);
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
    this.#end(new InklingError("freed", `the model's worker has ended: ${why}`));
  }
  #end(error) {
    this.#gone ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#gone);
    this.#pending.clear();
    this.#worker.terminate();
  }
}

// ---- The public classes ---------------------------------------------------------------------------

// Pieces asked for before they are wanted, so that a worker has work while its last piece is used.
// A reader that pauses leaves the writer waiting after as many.
const LOOK_AHEAD = 2;

let lastId = 0; // of sessions and generations, in all models

/** `promise`, or the signal's reason as soon as it aborts. */
function unlessAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

class Session {
  #host;
  #id;

  constructor(host, id) {
    this.#host = host;
    this.#id = id;
  }
  async #call(name, ...args) {
    if (!this.#host) throw new InklingError("freed", "the session was freed");
    return this.#host.call(name, this.#id, ...args);
  }
  async feed(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, { skipUnknown: YES_NO });
    return this.#call("feed", text, skipUnknown);
  }
  async distribution(options = {}) {
    const { count, ...sampling } = check(options, { ...SAMPLING, count: WHOLE });
    return this.#call("distribution", sampling, count);
  }
  async sample(options = {}) {
    const { seed, ...sampling } = check(options, { ...SAMPLING, seed: SEED });
    return this.#call("sample", sampling, seed);
  }
  async fork() {
    const id = ++lastId;
    const host = this.#host;
    if (!host) throw new InklingError("freed", "the session was freed");
    await host.call("fork", id, this.#id);
    return new Session(host, id);
  }
  async save() {
    return this.#call("save");
  }
  async restore(state) {
    if (!(state instanceof Uint8Array)) throw argument("the state must be a Uint8Array");
    return this.#call("restore", state);
  }
  async reset() {
    return this.#call("reset");
  }
  free() {
    this.#host?.release(this.#id);
    this.#host = undefined;
  }
}

class Model {
  #host;

  constructor(host, info) {
    this.#host = host;
    this.info = info;
  }

  async *generate(prompt, options = {}) {
    checkText(prompt, "prompt");
    const { signal, ...rest } = check(options, GENERATE, { length: 200, seed: 0, stop: [] });
    signal?.throwIfAborted();
    const host = this.#host;
    const id = ++lastId;
    const asked = [];
    const ask = (...call) => {
      const answer = host.call(...call);
      answer.catch(() => {}); // seen below, unless the loop was left before
      asked.push(answer);
    };
    try {
      ask("generate", id, prompt, { ...rest, stop: [rest.stop].flat() });
      for (let piece; !piece?.done;) {
        while (asked.length < LOOK_AHEAD) ask("next", id);
        piece = await unlessAborted(asked.shift(), signal);
        signal?.throwIfAborted();
        if (piece?.text) yield piece.text;
        signal?.throwIfAborted();
      }
    } finally {
      host.release(id);
    }
  }

  async complete(prompt, options) {
    let text = "";
    for await (const piece of this.generate(prompt, options)) text += piece;
    return text;
  }

  async evaluate(text, options = {}) {
    checkText(text, "text");
    const { reset } = check(options, { reset: WHOLE }, { reset: 0 });
    return this.#host.call("evaluate", text, reset);
  }

  async session() {
    const id = ++lastId;
    await this.#host.call("session", id);
    return new Session(this.#host, id);
  }

  free() {
    this.#host.free();
  }
}

export async function load(source, options = {}) {
  const { worker, kernel, vocabulary, onProgress, signal } = check(options, LOAD, {
    worker: !inNode && typeof Worker === "function",
    kernel: "auto",
  });
  const host = worker ? new Elsewhere(await startWorker()) : new Here();
  try {
    const bytes = await readSource(source, { onProgress, signal });
    // A worker is handed the bytes themselves, which must not be the caller's.
    const theirs = bytes.buffer === source || bytes.buffer === source.buffer;
    const opening = host.open(worker && theirs ? bytes.slice() : bytes, vocabulary, kernel);
    return new Model(host, await unlessAborted(opening, signal));
  } catch (error) {
    host.free();
    throw error;
  }
}
