// Inkling for browsers and Node: what `import … from "inkling"` gets. See inkling.d.ts for the
// types and the words. Options are checked here; the work is done by a Host (model.js), on this
// thread or in a worker, and the classes below differ in nothing between the two.

/** @import * as Public from "./inkling.js" */
/** @import { Inside, Remote } from "./host.js" */
/** @import { Task } from "./tasks.js" */

import { chooseBuild } from "./builds.js";
import { forgotten, insides, newId, startHost } from "./host.js";
import {
  BEAM_OPTIONS,
  GENERATE_OPTIONS,
  LOAD_OPTIONS,
  PREDICTING_OPTIONS,
  READING_OPTIONS,
  TEMPERATURE,
  TEXTS_MAX,
  argument,
  check,
  checkText,
  checkTogether,
  needSource,
  needTask,
} from "./options.js";
import { InklingError, ownBytes, unlessAborted } from "./platform.js";
import { kindNeeded } from "./source.js";
import { readModel } from "./opening.js";
import { compileBuild } from "./wasm.js";

export { InklingError };
export const version = "0.1.0";

// Pieces asked for before they are wanted, so that a worker has work while its last piece is used.
const LOOK_AHEAD = 2;

const looking = () => import("./looking.js");

/**
 * Whether a generation is of many streams: its pieces then say of which one they are.
 *
 * @param {unknown} prompt
 * @param {Public.GenerateOptions} options
 */
const isMany = (prompt, options) =>
  options?.samples !== undefined || [prompt, options?.source].some(Array.isArray);

/** @implements {Public.Model} */
class Model {
  #host;
  #task;

  /**
   * @param {Remote<"model">} host
   * @param {Public.ModelInfo} info
   * @param {Inside["opening"]} opening
   * @param {Task} [task] of more than a generator
   */
  constructor(host, info, opening, task) {
    this.#host = host;
    this.info = info;
    this.#task = task;
    insides.set(this, { host, opening, copies: new Map() });
  }

  /**
   * Where to predict with these options, of which a mix becomes one of what is open there.
   *
   * @template {{ mix?: Public.Mixed[] }} T
   * @param {T} options
   */
  async #where({ mix, ...options }) {
    if (mix === undefined) return { host: this.#host, options };
    const { parts, host } = await (await import("./mixing.js")).mixed(this, mix);
    return { host, options: { ...options, mix: parts } };
  }

  /**
   * @param {{ host: Remote<"model">, id: number }} held where the generation is, which this says
   * @param {string | string[]} prompt
   * @param {Public.GenerateOptions} options
   * @param {boolean} [fromSource] whether there must be one
   */
  async *#write(held, prompt, options, fromSource) {
    for (const text of [prompt].flat()) checkText(text, "prompt");
    const checked = check(options, GENERATE_OPTIONS, { length: 200, samples: 1, seed: 0 });
    checkTogether(options);
    const { signal, stop = [], source, attention, ...rest } = checked;
    const needed = this.#task || fromSource || source !== undefined || attention;
    const { prompts, ...more } = needed
      ? needSource(this.#task).prepare(prompt, { source, attention, ...rest }, fromSource)
      : { prompts: [prompt].flat(), temperature: TEMPERATURE, ...rest };
    if (prompts.length * rest.samples > TEXTS_MAX) {
      const texts = `${prompts.length} prompts × ${rest.samples} samples`;
      throw argument(`${texts} are more than ${TEXTS_MAX} texts at once`);
    }
    signal?.throwIfAborted();
    const { host, options: written } = await this.#where(more);
    const { id } = Object.assign(held, { host });
    signal?.throwIfAborted();
    /** @type {ReturnType<typeof next>[]} */
    const asked = [];
    const next = () => host.call("next", id);
    const begun = host.call("generate", id, prompts, { ...written, stop: [stop].flat() });
    begun.catch(() => {}); // seen below, unless the loop was left before
    try {
      for (let done = false; !done;) {
        while (asked.length < LOOK_AHEAD) {
          const answer = next();
          answer.catch(() => {}); // likewise
          asked.push(answer);
        }
        await unlessAborted(begun, signal);
        const [first] = asked.splice(0, 1);
        const answer = await unlessAborted(first, signal);
        ({ done } = answer);
        signal?.throwIfAborted();
        for (const piece of answer.pieces) {
          yield piece;
          signal?.throwIfAborted();
        }
      }
    } finally {
      host.release(id);
    }
  }

  /**
   * @param {string | string[]} prompt
   * @param {Public.GenerateOptions} [options]
   * @returns {any} see inkling.d.ts
   */
  generate(prompt, options = {}) {
    return this.#iterate(prompt, options);
  }

  /**
   * @param {string | string[]} prompt
   * @param {Public.GenerateOptions} options
   * @param {boolean} [fromSource]
   */
  #iterate(prompt, options, fromSource) {
    const held = this.#hold();
    const pieces = this.#write(held, prompt, options, fromSource);
    const plain = !isMany(prompt, options) && !options?.logProbabilities && !options?.attention;
    const iterator = plain ? textsOf(pieces) : pieces;
    forgotten.register(iterator, held);
    return iterator;
  }

  #hold() {
    return { host: this.#host, id: newId() };
  }

  /**
   * @param {string | string[]} prompt
   * @param {Public.GenerateOptions} [options]
   * @returns {Promise<any>} see inkling.d.ts
   */
  async complete(prompt, options = {}) {
    /** @type {Public.Completion[]} */
    const written = [];
    for await (const { index, text, tokens = [] } of this.#write(this.#hold(), prompt, options)) {
      const all = (written[index] ??= { text: "", tokens: [] });
      all.text += text;
      for (const token of tokens) all.tokens.push(token);
    }
    const { source, samples = 1, logProbabilities, attention } = options;
    const count = (Array.isArray(source) ? source : [prompt].flat()).length * samples;
    const all = Array.from({ length: count }, (_, i) => written[i] ?? { text: "", tokens: [] });
    const one = !isMany(prompt, options);
    if (logProbabilities || attention) return one ? all[0] : all;
    return one ? all[0].text : all.map(({ text }) => text);
  }

  /** @param {string} prompt @param {Public.BeamOptions} [options] */
  async beam(prompt, options = {}) {
    checkText(prompt, "prompt");
    const { beam, ...rest } = check(options, BEAM_OPTIONS, { beam: 4 });
    if (Array.isArray(rest.source)) throw argument("a search writes from one source");
    /** @type {Public.Hypothesis[]} */
    const found = [];
    const pieces = this.#write(this.#hold(), prompt, { ...rest, beam, samples: beam });
    for await (const { index, text, tokens = [], score = 0, logProbability = 0 } of pieces) {
      found[index] = { text, score, logProbability, tokens };
    }
    return found;
  }

  /**
   * @param {string | string[]} text
   * @param {Omit<Public.GenerateOptions, "source">} [options]
   * @returns {any} see inkling.d.ts
   */
  translate(text, options = {}) {
    return this.#iterate("", { ...options, source: text }, true);
  }

  /**
   * @param {Public.Picture | Public.Picture[]} picture
   * @param {Omit<Public.GenerateOptions, "source">} [options]
   * @returns {any} see inkling.d.ts
   */
  caption(picture, options = {}) {
    return this.#iterate("", { ...options, source: picture }, true);
  }

  /** @param {string} text */
  async classify(text) {
    checkText(text, "text");
    needTask(this.info, "classifier");
    return this.#host.call("classify", text);
  }

  /** @param {string} text @param {{ skipUnknown?: boolean }} [options] */
  async sourceTokens(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, READING_OPTIONS);
    needTask(this.info, "translator");
    return this.#host.call("sourceTokens", text, skipUnknown);
  }

  /** @type {Public.Model["trace"]} */
  async trace(...args) {
    return (await looking()).trace(this.#host, this.info, ...args);
  }

  /** @type {Public.Model["saliency"]} */
  async saliency(...args) {
    return (await looking()).saliency(this.#host, this.info, ...args);
  }

  /** @type {Public.Model["units"]} */
  async units(...args) {
    return (await looking()).units(this.#host, this.info, ...args);
  }

  /** @param {string} text */
  async lacks(text) {
    checkText(text, "text");
    return this.#host.call("lacks", text);
  }

  /** @type {Public.Model["evaluate"]} */
  async evaluate(...args) {
    return (await looking()).evaluate(this.#host, this.info, this, ...args);
  }

  /** @param {Public.PredictingOptions} [options] */
  async session(options = {}) {
    const where = this.#where(check(options, PREDICTING_OPTIONS));
    const { Session } = await import("./session.js");
    const { host, options: predicting } = await where;
    const id = newId();
    await host.call("session", id, predicting);
    return new Session(host, id, this.#task);
  }

  /** @param {string} text @param {Public.CountOptions} [options] */
  async count(text, options = {}) {
    return (await import("./mixing.js")).count(this, this.info, text, options);
  }

  free() {
    this.#host.free();
    const { larger, copies } = /** @type {Inside} */ (insides.get(this));
    larger?.then(
      (host) => host.free(),
      () => {},
    );
    for (const [host, { id }] of copies) host.release(id);
    copies.clear();
  }
}

/**
 * The texts of pieces, which are all of one stream.
 *
 * @param {AsyncIterable<Public.Piece>} pieces
 */
async function* textsOf(pieces) {
  for await (const { text } of pieces) if (text !== "") yield text;
}

/** @type {typeof Public.load} */
export async function load(source, options = {}) {
  const checked = check(options, LOAD_OPTIONS);
  const { kernel = "auto", beam, trace, saliency, workerURL, wasmURL, signal } = checked;
  // Compiled while a worker starts and the model arrives: the core of a generator, as most are.
  const needed = saliency ? "train" : beam || trace ? "tasks" : "";
  const likely = chooseBuild(kernel, needed);
  compileBuild(likely, wasmURL).catch(() => {}); // seen below, unless something else fails first
  const starting = startHost("model", { worker: checked.worker, workerURL });
  starting.catch(() => {}); // likewise
  try {
    /** The build that a model needs, as the first bytes of its file tell. */
    const buildFor = (/** @type {Uint8Array} */ file) => {
      const build = chooseBuild(kernel, needed || kindNeeded(file));
      return { build, compiling: compileBuild(build, wasmURL) };
    };
    // Another build is fetched as soon as the first bytes tell, while the others arrive.
    const onFirst = (/** @type {Uint8Array} */ first) => {
      buildFor(first).compiling.catch(() => {}); // likewise
    };
    const reading = readModel(source, { ...checked, onFirst });
    const { bytes, theirs, vocabulary, understood } = await reading;
    const { build, compiling } = buildFor(bytes);
    const compiled = await unlessAborted(compiling, signal);
    const host = await unlessAborted(starting, signal);
    const own = ownBytes(bytes, theirs);
    const opening = host.open([{ bytes: own, vocabulary, build, compiled }], [own.buffer]);
    const info = await unlessAborted(opening, signal);
    if (understood) info.understood = understood;
    const { task } = info;
    const row = task === "generator" ? undefined : (await import("./tasks.js")).taskOf(task);
    const how = { kernel, build, worker: checked.worker, workerURL, wasmURL };
    return new Model(host, info, how, row);
  } catch (error) {
    starting.then(
      (host) => host.free(),
      () => {},
    );
    throw error;
  }
}

// What only some callers need comes with their first call.

/** @type {typeof Public.train} */
export function train(text, options = {}) {
  const opened = import("./train.js").then(({ Run }) => Run.open(text, options, load));
  opened.catch(() => {}); // whoever waits for the run is told
  const tell = (/** @type {"pause" | "resume" | "stop"} */ name) => () =>
    void opened.then(
      (run) => run[name](),
      () => {},
    );
  return {
    info: async () => (await opened).info,
    next: async () => (await opened).next(),
    return: async () => (await opened).return(),
    model: async (given) => (await opened).model(given),
    save: async (given) => (await opened).save(given),
    checkpoint: async () => (await opened).checkpoint(),
    ngram: async (given) => (await opened).ngram(given),
    pause: tell("pause"),
    resume: tell("resume"),
    stop: tell("stop"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** @type {typeof Public.cache} */
export const cache = {
  list: async () => (await import("./cache.js")).list(),
  clear: async (url) => (await import("./cache.js")).clear(url),
};

/** @type {typeof Public.exportPage} */
export async function exportPage(source, options) {
  return (await import("./export.js")).exportPage(source, options, load);
}

/** @type {typeof Public.exportOnnx} */
export async function exportOnnx(source) {
  return (await import("./convert/to-onnx.js")).exportOnnx(source, load);
}

// All of it is what inkling.d.ts declares: for the type checker alone.
/** @satisfies {typeof Public} */
({ InklingError, cache, exportOnnx, exportPage, load, train, version });
