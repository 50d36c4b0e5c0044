// A training run as inkling.js hands it out: steps are made one at a time, each when the loop asks
// for it, so that whatever is called in the body of the loop finds the run at that step. The work
// is done by a Trainer (trainer.js), on this thread or in a worker.

/** @import * as Public from "./inkling.js" */
/** @import { Remote } from "./host.js" */
/** @import { Rule } from "./options.js" */
/** @import { Settings, Step } from "./trainer.js" */

import { startHost } from "./host.js";
import {
  KERNEL,
  LOAD_OPTIONS,
  NUMBER,
  SIGNAL,
  TEMPERATURE,
  TEXT,
  WHOLE,
  YES_NO,
  argument,
  check,
  fitted,
  isText,
  show,
  wholeFrom,
} from "./options.js";
import {
  InklingError,
  bytesOf,
  encode,
  encodeComposed,
  joinBytes,
  nextTask,
  onAbort,
  unlessAborted,
} from "./platform.js";
import { chooseBuild } from "./builds.js";
import { compileBuild } from "./wasm.js";

/** @param {string} what @returns {Rule} */
const bytes = (what) => [(value) => bytesOf(value) !== undefined, what];

// The options of this module. All others are the core's, which knows their names and ranges.
const OWN = {
  worker: YES_NO,
  workers: wholeFrom(1, 64),
  workerURL: LOAD_OPTIONS.workerURL,
  wasmURL: LOAD_OPTIONS.wasmURL,
  kernel: KERNEL,
  resume: bytes("the bytes of a checkpoint"),
  pictures: bytes("the bytes of binary PPM pictures"),
  from: bytes("the bytes of a model"),
  minutes: /** @type {Rule} */ ([
    (value) => value > 0 && value <= 100000,
    "a number above 0, at most 100000",
  ]),
  replan: TEXT,
  signal: SIGNAL,
  sampleEvery: /** @type {Rule} */ ([
    (value) => typeof value === "number" && value >= 0 && value < Infinity,
    "a number of seconds, 0 or more",
  ]),
  sampleTemperature: NUMBER,
  sampleLength: WHOLE,
  name: TEXT,
  license: TEXT,
  trainedOn: TEXT,
};

const BEST = { best: YES_NO };

/**
 * An option of the core as text.
 *
 * @param {string} name
 * @param {unknown} value
 */
function written(name, value) {
  if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw argument(`unknown option ${show(name)}`);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number" || isText(value)) return String(value);
  throw argument(`${name} must be a number, a string or a boolean, not ${show(value)}`);
}

/** @param {Public.TrainOptions} options */
function sortOptions(options) {
  if (typeof options !== "object" || options === null) throw argument("options must be an object");
  /** @type {Record<string, unknown>} */
  const own = {};
  /** @type {Record<string, string>} */
  const core = {};
  for (const [name, value] of Object.entries(options)) {
    if (Object.hasOwn(OWN, name)) own[name] = value;
    else if (value !== undefined) core[name] = written(name, value);
  }
  // To the core 0 means that epochs give the length.
  if (core.steps !== undefined && Number(core.steps) === 0)
    throw argument("steps is 0: nothing to train");
  const defaults = {
    kernel: /** @type {const} */ ("auto"),
    sampleEvery: 10,
    sampleTemperature: TEMPERATURE,
    sampleLength: 200,
  };
  /** @type {Public.TrainOptions} */
  const given = own;
  return { own: check(given, OWN, defaults), core };
}

/** `minutes` chooses what these options would give. @param {ReturnType<typeof sortOptions>} sorted */
function checkLength({ own, core }) {
  const given = ["steps", "epochs"].find((name) => name in core);
  if (given) throw argument(`minutes chooses the steps, which ${given} gives`);
  if (own.replan) throw argument("replan repeats a run, in place of minutes");
  if (own.resume) throw argument("minutes is for a new run");
}

const GAIN = 0.9; // of every worker after the first: they wait for each other

/** The cores but one, which the page needs itself; four at most. */
const workersHere = () =>
  Math.max(1, Math.min(4, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));

/**
 * How many parts there are in the end.
 *
 * @param {{ parts: number, fit: boolean }} settings
 * @param {Public.ModelInfo} info
 */
const partsOf = ({ parts, fit }, info) =>
  fit ? fitted(parts, Number(info.metadata.batch)) : parts;

/**
 * What `minutes` mean here: how large a network, and how many updates, with which the same run can
 * be made again. The core does not ask the clock: updates are timed, for a fifteenth of the time at
 * most. Later it is told what has passed, and changes the steps with the speed of the machine.
 *
 * @param {Uint8Array} text
 * @param {number} minutes
 * @param {Omit<Settings, "part" | "ports">} settings
 * @param {() => Promise<Remote<"trainer">>} start
 */
async function plan(text, minutes, settings, start) {
  const began = performance.now();
  const left = () => Math.max(60 * minutes - (performance.now() - began) / 1000, 0);
  const share = Math.min(2, 2 * minutes);
  const alone = { ...settings, part: 0, parts: 1, ports: [] };
  const first = await start();
  const several = 1 + GAIN * (partsOf(settings, await first.open([text, alone], [])) - 1);
  const { seconds, work } = await first.call("measure", share);
  first.free();
  const second = await start();
  const info = await second.open(
    [text, { ...alone, work: ((several * work) / seconds) * left() }],
    [],
  );
  const chosen = await second.call("measure", share);
  const steps = await second.call("stepsIn", chosen.seconds / several, left());
  const most = await second.call("stepsIn", 0, Infinity);
  second.free();
  const options = { hidden: String(info.metadata.hidden), steps: String(steps) };
  return { options, time: { whole: 60 * minutes, most } };
}

/**
 * Starts a host for every part of the batch; the first answers for all.
 *
 * @param {Uint8Array} text
 * @param {ReturnType<typeof sortOptions>} sorted
 */
async function openTrainers(text, { own, core }) {
  const began = performance.now();
  const { workers, signal, workerURL, wasmURL } = own;
  const worker = workers !== undefined && workers > 1 ? true : own.worker;
  const build = chooseBuild(own.kernel, "train");
  const metadata = { name: own.name, license: own.license, trained_on: own.trainedOn };
  /** @type {Omit<Settings, "part" | "ports">} */
  const settings = {
    build,
    compiled: await unlessAborted(compileBuild(build, wasmURL), signal),
    options: core,
    resume: bytesOf(own.resume),
    replan: own.replan,
    pictures: bytesOf(own.pictures),
    from: bytesOf(own.from),
    metadata: Object.fromEntries(
      Object.entries(metadata).filter(([, value]) => value !== undefined),
    ),
    sample: {
      every: own.sampleEvery,
      temperature: own.sampleTemperature,
      length: own.sampleLength,
    },
    parts: workers ?? 1,
    fit: workers === undefined,
  };
  /** @type {Remote<"trainer">[]} */
  const hosts = [];
  const free = (/** @type {Parameters<Remote<"trainer">["free"]>} */ ...reason) =>
    hosts.forEach((host) => host.free(...reason));
  const start = async () => {
    // Without one of them the others would wait for ever.
    const host = await startHost("trainer", { worker, workerURL, onGone: free });
    hosts.push(host);
    if (settings.fit && host.isElsewhere) settings.parts = workersHere();
    return host;
  };
  try {
    if (own.minutes !== undefined) {
      const planning = plan(text, own.minutes, settings, start);
      const { options, time } = await unlessAborted(planning, signal);
      Object.assign(core, options);
      settings.time = time;
      hosts.length = 0;
    }
    while (hosts.length < settings.parts) await start();
    const lines = hosts.slice(1).map(() => new MessageChannel());
    const opening = hosts.map((host, part) => {
      const ports = part === 0 ? lines.map(({ port1 }) => port1) : [lines[part - 1].port2];
      return host.open([text, { ...settings, part, ports }], ports);
    });
    const [info] = await unlessAborted(Promise.all(opening), signal);
    for (const spare of hosts.splice(partsOf(settings, info))) spare.free();
    return { host: hosts[0], free, info, spent: performance.now() - began };
  } catch (error) {
    free();
    throw error;
  }
}

const RATE_MS = 2000; // the speed is that of about the last two seconds

/** @typedef {IteratorResult<Public.Progress, undefined>} Result */
/** @typedef {Record<"best" | "present" | "checkpoint", Public.Bytes>} Left */

const PIECE = 1 << 18; // bytes that are composed at a time: some milliseconds

/** Where a text is cut from `at` on: before an ASCII character, which composes with none before. */
function cutFrom(/** @type {Uint8Array} */ text, /** @type {number} */ at) {
  const further = text.subarray(at).findIndex((byte) => byte < 0x80);
  return further < 0 ? text.length : at + further;
}

/**
 * Bytes of a text with its characters composed, for which none may be needed: the first character
 * that composing changes, U+0300, begins with 0xcc. What is not UTF-8 is left for the core to name.
 * A long text is composed piece by piece, so that the page goes on.
 *
 * @param {Uint8Array} text
 */
async function composed(text) {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** @type {Uint8Array[]} */
  const pieces = [];
  for (let from = 0; from < text.length;) {
    const to = cutFrom(text, from + PIECE);
    const piece = text.subarray(from, to);
    const changes = piece.some((byte) => byte >= 0xcc);
    try {
      pieces.push(changes ? encodeComposed(decoder.decode(piece)) : piece);
    } catch {
      return text;
    }
    from = to;
    await nextTask();
  }
  if (pieces.every(({ buffer }) => buffer === text.buffer)) return text;
  return joinBytes(pieces);
}

export class Run {
  #host; // of the first trainer
  #free; // ends all of them
  #load;
  #signal;
  #turn = Promise.resolve(); // the last step that was asked for
  /** @type {Promise<unknown> | undefined} The step that is being made, or was last. */
  #making;
  /** @type {{ promise: Promise<void>, resolve: () => void } | undefined} While it waits. */
  #paused;
  /** @type {number | undefined} When the last step ended, or the pause after it. */
  #mark;
  #tokens = 0; // of the last steps, with the older ones fading
  #ms = 0; // that they took, waiting for the loop included
  #spent; // ms since it began, without pauses
  /** @type {Promise<Left> | undefined} What is left of an ended run. */
  #end;
  #forget; // the signal

  /**
   * @param {unknown} text
   * @param {Public.TrainOptions} options
   * @param {typeof Public.load} load
   */
  static async open(text, options, load) {
    const given = typeof text === "string" ? encode(text) : bytesOf(text);
    if (!given) throw argument(`the text must be a string or its UTF-8 bytes, not ${show(text)}`);
    const sorted = sortOptions(options);
    const { worker, workers, signal, from, resume } = sorted.own;
    if (from && resume) throw argument("from begins a run, and resume goes on with one");
    if (sorted.own.minutes !== undefined) checkLength(sorted);
    if (workers !== undefined && workers > 1 && worker === false) {
      throw argument(`${workers} workers cannot do without a worker`);
    }
    signal?.throwIfAborted();
    return new Run(await openTrainers(await composed(given), sorted), signal, load);
  }

  /**
   * @param {Awaited<ReturnType<typeof openTrainers>>} trainers
   * @param {AbortSignal | undefined} signal
   * @param {typeof Public.load} load
   */
  constructor({ host, free, info, spent }, signal, load) {
    this.#host = host;
    this.#spent = spent;
    this.#free = free;
    this.#signal = signal;
    this.#load = load;
    this.info = info;
    this.#forget = onAbort(signal, () => this.stop());
  }

  /**
   * The next step's progress; after stop(), after the last step and after an error it is done.
   *
   * @returns {Promise<Result>}
   */
  next() {
    const step = this.#turn.then(() => this.#step());
    this.#turn = step.then(
      () => {},
      () => {}, // told to whoever asked
    );
    return unlessAborted(step, this.#signal);
  }

  /** @returns {Promise<Result>} */
  async #step() {
    if (this.#paused || this.#mark === undefined) {
      await this.#paused?.promise;
      this.#mark = performance.now();
    }
    if (this.#end) return { value: undefined, done: true };
    try {
      const step = this.#host.call("step", this.#spent / 1000);
      this.#making = step.catch(() => {}); // told below
      const progress = await step;
      if (progress) return { value: this.#timed(progress), done: false };
    } catch (error) {
      await this.#finish();
      throw error;
    }
    await this.#finish();
    return { value: undefined, done: true };
  }

  /** @param {Step} step @returns {Public.Progress} */
  #timed({ tokens, sample, ...progress }) {
    const now = performance.now();
    const mark = this.#mark ?? now;
    const fade = Math.exp((mark - now) / RATE_MS);
    this.#tokens = this.#tokens * fade + tokens;
    this.#ms = this.#ms * fade + Math.max(now - mark, 1e-3);
    this.#spent += now - mark;
    this.#mark = now;
    const timed = { ...progress, tokensPerSecond: (1000 * this.#tokens) / this.#ms };
    return sample === undefined ? timed : { ...timed, sample };
  }

  // What model(), save() and checkpoint() give from now on is fetched, and the memory given back.
  #finish() {
    this.#end ??= this.#collect();
    this.#end.catch(() => {}); // told to whoever asks for it
    return this.#end;
  }
  /** @returns {Promise<Left>} */
  async #collect() {
    this.#forget();
    await this.#making; // while it writes a sample other calls are answered
    try {
      const [best, present, checkpoint] = await Promise.all([
        this.#host.call("save", true),
        this.#host.call("save", false),
        this.#host.call("checkpoint"),
      ]);
      return { best, present, checkpoint };
    } finally {
      this.#free(new InklingError("freed", "the run has ended"));
    }
  }

  /** @returns {Promise<Result>} */
  async return() {
    this.stop();
    await this.#turn;
    return { value: undefined, done: true };
  }

  pause() {
    if (this.#paused || this.#end) return;
    let resolve = () => {};
    const promise = new Promise((/** @type {(value: void) => void} */ settle) => {
      resolve = settle;
    });
    this.#paused = { promise, resolve };
  }

  resume() {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  stop() {
    if (this.#end) return;
    this.#host.release(0); // the sample that may be being written
    this.#finish();
    this.resume();
  }

  /** @param {{ best?: boolean }} [options] */
  async save(options = {}) {
    const { best } = check(options, BEST, { best: true });
    return this.#end
      ? (await this.#end)[best ? "best" : "present"].slice()
      : this.#host.call("save", best);
  }

  /** @param {Public.LoadOptions & { best?: boolean }} [options] */
  async model(options = {}) {
    const { best, ...rest } = check(options, { ...LOAD_OPTIONS, ...BEST });
    return this.#load(await this.save({ best }), rest);
  }

  /** @param {{ order?: number }} [options] */
  async ngram(options = {}) {
    const { order } = check(options, { order: WHOLE }, { order: 0 });
    return this.#host.call("ngram", order);
  }

  async checkpoint() {
    return this.#end ? (await this.#end).checkpoint.slice() : this.#host.call("checkpoint");
  }
}
