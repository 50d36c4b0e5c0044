// A training run as inkling.js hands it out: steps are made one at a time, each when the loop asks
// for it, so that whatever is called in the body of the loop finds the run at that step. The work
// is done by a Trainer (trainer.js), on this thread or in a worker.

import { IN_WORKER, startHost, unlessAborted } from "./host.js";
import { KERNEL, NUMBER, SIGNAL, WHOLE, YES_NO, argument, check, isText, show } from "./options.js";
import { encode } from "./wasm.js";

const bytesOf = (value) => {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
};

const BYTES = (what) => [(value) => bytesOf(value) !== undefined, what];
const TEXT = [isText, "a string without U+0000"];

// The options of this module. All others are the core's, which knows their names and ranges.
const OWN = {
  worker: YES_NO,
  workers: [
    (value) => Number.isInteger(value) && value >= 1 && value <= 64,
    "a whole number from 1 to 64",
  ],
  kernel: KERNEL,
  resume: BYTES("the bytes of a checkpoint"),
  pictures: BYTES("the bytes of binary PPM pictures"),
  from: BYTES("the bytes of a model"),
  signal: SIGNAL,
  sampleEvery: [(value) => value >= 0 && value < Infinity, "a number of seconds, 0 or more"],
  sampleTemperature: NUMBER,
  sampleLength: WHOLE,
  name: TEXT,
  license: TEXT,
  trainedOn: TEXT,
};
const DEFAULTS = {
  worker: IN_WORKER,
  workers: 1,
  kernel: "auto",
  sampleEvery: 10,
  sampleTemperature: 0.8,
  sampleLength: 200,
};

/** An option of the core as text. */
function written(name, value) {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw argument(`unknown option ${show(name)}`);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number" || isText(value)) return String(value);
  throw argument(`${name} must be a number, a string or a boolean, not ${show(value)}`);
}

function sortOptions(options) {
  if (typeof options !== "object" || options === null) throw argument("options must be an object");
  const own = {};
  const core = {};
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(OWN, name)) own[name] = value;
    else if (value !== undefined) core[name] = written(name, value);
  }
  const more = own.workers > 1 ? { worker: true } : {};
  return { own: check(own, OWN, { ...DEFAULTS, ...more }), core };
}

/** Starts a host for every part of the batch; the first answers for all. Gives { hosts, info }. */
async function openTrainers(text, { own, core }) {
  const { worker, workers } = own;
  const metadata = { name: own.name, license: own.license, trained_on: own.trainedOn };
  for (const key of Object.keys(metadata)) if (metadata[key] === undefined) delete metadata[key];
  const settings = {
    kernel: own.kernel,
    options: core,
    resume: own.resume && bytesOf(own.resume),
    pictures: own.pictures && bytesOf(own.pictures),
    from: own.from && bytesOf(own.from),
    metadata,
    sample: {
      every: own.sampleEvery,
      temperature: own.sampleTemperature,
      length: own.sampleLength,
    },
    parts: workers,
  };
  const hosts = [];
  const free = () => hosts.forEach((host) => host.free());
  try {
    // Without one of them the others would wait for ever.
    for (let part = 0; part < workers; part++) hosts.push(await startHost(worker, free));
    const lines = hosts.slice(1).map(() => new MessageChannel());
    const opening = hosts.map((host, part) => {
      const ports = part === 0 ? lines.map(({ port1 }) => port1) : [lines[part - 1].port2];
      return host.open("trainer", [text, { ...settings, part, ports }], ports);
    });
    const [info] = await unlessAborted(Promise.all(opening), own.signal);
    return { host: hosts[0], free, info };
  } catch (error) {
    free();
    throw error;
  }
}

const RATE_MS = 2000; // the speed is that of about the last two seconds

export class Run {
  #host; // of the first trainer
  #free; // ends all of them
  #load;
  #signal;
  #turn = Promise.resolve(); // the last step that was asked for
  #paused; // { promise, resolve } while it waits
  #mark; // when the last step ended, or the pause after it
  #tokens = 0; // of the last steps, with the older ones fading
  #ms = 0; // that they took, waiting for the loop included
  #end; // promise of what is left of an ended run

  static async open(text, options, load) {
    const bytes = typeof text === "string" ? encode(text) : bytesOf(text);
    if (!bytes) throw argument(`the text must be a string or its UTF-8 bytes, not ${show(text)}`);
    const sorted = sortOptions(options);
    const { worker, workers, signal, from, resume } = sorted.own;
    if (from && resume) throw argument("from begins a run, and resume goes on with one");
    if (workers > 1 && !worker) throw argument(`${workers} workers cannot do without a worker`);
    signal?.throwIfAborted();
    return new Run(await openTrainers(bytes, sorted), signal, load);
  }

  constructor({ host, free, info }, signal, load) {
    this.#host = host;
    this.#free = free;
    this.#signal = signal;
    this.#load = load;
    this.info = info;
    signal?.addEventListener("abort", () => this.stop());
  }

  /** The next step's progress; after stop(), after the last step and after an error it is done. */
  next() {
    const step = this.#turn.then(() => this.#step());
    this.#turn = step.catch(() => {}); // told to whoever asked
    return unlessAborted(step, this.#signal);
  }

  async #step() {
    if (this.#paused || this.#mark === undefined) {
      await this.#paused?.promise;
      this.#mark = performance.now();
    }
    if (this.#end) return { value: undefined, done: true };
    try {
      const progress = await this.#host.call("step");
      if (progress) return { value: this.#timed(progress), done: false };
    } catch (error) {
      await this.#finish();
      throw error;
    }
    await this.#finish();
    return { value: undefined, done: true };
  }

  #timed({ tokens, sample, ...progress }) {
    const now = performance.now();
    const fade = Math.exp((this.#mark - now) / RATE_MS);
    this.#tokens = this.#tokens * fade + tokens;
    this.#ms = this.#ms * fade + Math.max(now - this.#mark, 1e-3);
    this.#mark = now;
    progress.tokensPerSecond = (1000 * this.#tokens) / this.#ms;
    return sample === undefined ? progress : { ...progress, sample };
  }

  // What model(), save() and checkpoint() give from now on is fetched, and the memory given back.
  #finish() {
    this.#end ??= this.#collect();
    this.#end.catch(() => {}); // told to whoever asks for it
    return this.#end;
  }
  async #collect() {
    const asked = [
      this.#host.call("save", true),
      this.#host.call("save", false),
      this.#host.call("checkpoint"),
    ];
    try {
      const [best, present, checkpoint] = await Promise.all(asked);
      return { best, present, checkpoint };
    } finally {
      this.#free();
    }
  }

  async return() {
    this.stop();
    await this.#turn;
    return { value: undefined, done: true };
  }

  pause() {
    if (this.#paused || this.#end) return;
    let resolve;
    const promise = new Promise((settle) => (resolve = settle));
    this.#paused = { promise, resolve };
  }

  resume() {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  stop() {
    if (this.#end) return;
    this.#finish();
    this.resume();
  }

  async save({ best = true } = {}) {
    const bytes = this.#end
      ? (await this.#end)[best ? "best" : "present"].slice()
      : await this.#host.call("save", best);
    return bytes;
  }

  async model({ best = true, ...options } = {}) {
    return this.#load(await this.save({ best }), options);
  }

  async ngram(options = {}) {
    const { order } = check(options, { order: WHOLE }, { order: 0 });
    return this.#host.call("ngram", order);
  }

  async checkpoint() {
    return this.#end ? (await this.#end).checkpoint.slice() : this.#host.call("checkpoint");
  }
}
