// One model and what is open on it over the WebAssembly core, synchronous: a page's worker and the
// page itself run this same class. What is open has an id that the caller chose, so that a caller
// in another thread can ask for several things without waiting for each answer.

/** @import { Candidate, Class, CountOptions, ModelInfo, SamplingOptions } from "./inkling.js" */
/** @import { TextOrPicture } from "./inkling.js" */
/** @import { Shared } from "./handle.js" */
/** @import { Build } from "./assets.js" */
/** @import { Source } from "./encoded.js" */
/** @import { Written } from "./writing.js" */
/** @import { Core } from "./wasm.js" */

import { argument, withSampling } from "./options.js";
import { InklingError, encodeComposed } from "./platform.js";
import { joined, openCore } from "./wasm.js";
import { Writing } from "./writing.js";

/**
 * What more than generators need (tasks.js).
 *
 * @typedef {typeof import("./tasks.js").tasks} Tasks
 */

/**
 * @typedef {object} Opening
 * @property {Uint8Array} bytes a model file
 * @property {string[]} [vocabulary] in place of the file's own
 * @property {Build} build
 * @property {WebAssembly.Module} compiled that build
 */

/**
 * What a generation, a session or an evaluation predicts with beside the model.
 *
 * @typedef {object} Predicting
 * @property {{ id: number, weight: number }[]} [mix] further models that are open here
 * @property {number} [countsWeight]
 */

/** A session that a caller has opened. */
class Opened {
  /**
   * @param {Core} core
   * @param {number} handle
   * @param {{ source?: Source, mixture?: Shared }} [more]
   */
  constructor(core, handle, { source, mixture } = {}) {
    this.core = core;
    this.handle = handle;
    this.source = source;
    this.mixture = mixture;
  }
  /** @param {Source | undefined} source */
  replaceSource(source) {
    this.source?.free();
    this.source = source;
  }
  free() {
    this.core.c.ink_session_free(this.handle);
    this.mixture?.free();
    this.replaceSource(undefined);
  }
}

export class Host {
  #model = 0;
  /** @type {Map<number, Opened | Writing | Shared>} By id. */
  #open = new Map();
  #tasks;
  #file;

  /** @param {Opening} opening */
  static async open({ bytes, vocabulary, build, compiled }) {
    const more = /^(tasks|train)-/.test(build) ? await import("./tasks.js") : undefined;
    const core = await openCore(build, compiled);
    return new Host(core, bytes, { vocabulary, tasks: more?.tasks });
  }

  /**
   * @param {Core} core
   * @param {Uint8Array} bytes
   * @param {{ vocabulary?: string[], tasks?: Tasks }} [more]
   */
  constructor(core, bytes, { vocabulary, tasks } = {}) {
    this.core = core;
    this.#tasks = tasks;
    this.#file = { bytes, vocabulary };
    this.#model = this.#load(this.#file);
    /** @type {ModelInfo} */
    this.info = JSON.parse(core.string(core.c.ink_model_info_json(this.#model)));
    const { counts, metadata } = this.info;
    if (counts) counts.weight = Number(metadata.counts_weight);
  }

  /** @param {{ bytes: Uint8Array, vocabulary?: string[] }} file */
  #load({ bytes, vocabulary }) {
    const tokens = vocabulary && joined(vocabulary);
    const auto = 0; // INK_KERNEL_AUTO: the build decides
    return this.core.with([bytes, tokens], (file, names) =>
      this.core.make("ink_model_load", file, bytes.length, names, tokens?.length ?? 0, auto),
    );
  }

  // The model, or what is open under an id; both throw once it has been freed.
  #alive() {
    if (!this.#model) throw new InklingError("freed", "the model was freed");
    return this.#model;
  }
  #get(/** @type {number} */ id) {
    this.#alive();
    const opened = this.#open.get(id);
    if (opened instanceof Opened) return opened;
    throw new InklingError("freed", "the session was freed");
  }

  // ---- Sessions ----

  /** @param {Shared} [mixture] in place of the model @param {number} [countsWeight] */
  #newSession(mixture, countsWeight) {
    const model = this.#alive();
    const session = this.core.make("ink_session_new", mixture?.handle ?? model);
    try {
      this.#weigh(session, countsWeight);
    } catch (error) {
      this.core.c.ink_session_free(session);
      throw error;
    }
    return session;
  }

  #needCounts() {
    if (!this.info.counts) throw argument("the model has no counts");
  }

  /** @param {number} session @param {number} [countsWeight] */
  #weigh(session, countsWeight) {
    if (countsWeight === undefined) return;
    this.#needCounts();
    this.core.call("ink_session_weigh_counts", session, countsWeight);
  }

  /** @param {Predicting["mix"]} mix */
  #mix(mix) {
    if (!mix) return undefined;
    const parts = mix.map(({ id, weight }) => {
      const model = this.#open.get(id);
      if (model && "share" in model) return { model, weight };
      throw new InklingError("freed", "a model of the mix was freed");
    });
    return this.#needTasks().mixModels(this.core, this.#alive(), parts);
  }

  /** @param {number} id @param {Predicting} [predicting] */
  session(id, { mix, countsWeight } = {}) {
    const mixture = this.#mix(mix);
    try {
      const session = this.#newSession(mixture, countsWeight);
      this.#open.set(id, new Opened(this.core, session, { mixture }));
    } catch (error) {
      mixture?.free();
      throw error;
    }
  }

  /** @param {number} id @param {number} from */
  fork(id, from) {
    const { handle, source, mixture } = this.#get(from);
    const fork = this.core.make("ink_session_fork", handle);
    const more = { source: source?.share(), mixture: mixture?.share() };
    this.#open.set(id, new Opened(this.core, fork, more));
  }

  /** @param {number} id @param {string} text @param {boolean} [skipUnknown] */
  feed(id, text, skipUnknown) {
    const { handle } = this.#get(id);
    const bytes = encodeComposed(text);
    this.core.with([bytes], (address) =>
      this.core.call("ink_session_feed", handle, address, bytes.length, skipUnknown ? 1 : 0),
    );
  }

  /**
   * @param {number} id
   * @param {SamplingOptions} sampling
   * @param {{ count?: number, countsWeight?: number }} [more]
   * @returns {Candidate[]}
   */
  distribution(id, sampling, { count, countsWeight } = {}) {
    const { handle } = this.#get(id);
    this.#weigh(handle, countsWeight);
    const names = this.info.labels ?? this.info.vocabulary;
    const read = (/** @type {number} */ options) =>
      this.core.floats(this.core.make("ink_session_distribution", handle, options), names.length);
    const cut = withSampling(this.core, sampling, read);
    const own = read(0);
    const parts = this.info.counts && this.core.parts(handle, names.length);
    const partsOf = (/** @type {number} */ i) =>
      parts && { networkProbability: parts[0][i], countsProbability: parts[1][i] };
    return [...own.keys()]
      .sort((a, b) => own[b] - own[a] || a - b)
      .slice(0, count)
      .map((i) => ({
        token: names[i],
        probability: cut[i],
        modelProbability: own[i],
        ...partsOf(i),
      }));
  }

  /**
   * @param {number} id
   * @param {SamplingOptions} sampling
   * @param {{ seed?: number, countsWeight?: number }} [more]
   */
  sample(id, sampling, { seed, countsWeight } = {}) {
    const { handle } = this.#get(id);
    this.#weigh(handle, countsWeight);
    return withSampling(this.core, sampling, (options) => {
      if (seed !== undefined) this.core.c.ink_session_seed(handle, BigInt(seed));
      return this.info.vocabulary[this.core.make("ink_session_sample", handle, options)];
    });
  }

  /** @param {number} id */
  save(id) {
    const { handle } = this.#get(id);
    const size = this.core.c.ink_session_state_size(handle);
    const address = this.core.allocate(size);
    this.core.c.ink_session_save(handle, address);
    return this.core.take(address, size);
  }

  /** @param {number} id @param {Uint8Array} state */
  restore(id, state) {
    const { handle } = this.#get(id);
    this.core.with([state], (address) =>
      this.core.call("ink_session_restore", handle, address, state.length),
    );
  }

  /** Back to before the first token; the source stays. @param {number} id */
  reset(id) {
    const { handle, source } = this.#get(id);
    if (source) source.start(handle);
    else this.core.c.ink_session_reset(handle);
  }

  // ---- Sources, of translators and captioners ----

  #encode(/** @type {TextOrPicture} */ source, /** @type {boolean | undefined} */ skipUnknown) {
    const model = this.#alive();
    if (this.#tasks) return new this.#tasks.Source(this.core, model, source, skipUnknown);
    throw argument("the model writes from no source");
  }

  /** @param {number} id @param {TextOrPicture} from @param {boolean} [skipUnknown] */
  start(id, from, skipUnknown) {
    const opened = this.#get(id);
    const source = this.#encode(from, skipUnknown);
    try {
      source.start(opened.handle);
    } catch (error) {
      source.free();
      throw error;
    }
    opened.replaceSource(source);
  }

  /** Where the next token is seen from, in the source; null without one. @param {number} id */
  attention(id) {
    const { handle, source } = this.#get(id);
    return source ? this.core.attention(handle) : null;
  }

  /** @param {string} text @param {boolean} [skipUnknown] */
  sourceTokens(text, skipUnknown) {
    const source = this.#encode(text, skipUnknown);
    try {
      return source.tokens();
    } finally {
      source.free();
    }
  }

  // ---- Looking inside ----

  /**
   * Calls a function of inside.js for a session, or for a new one where there is no id.
   *
   * @param {keyof Tasks["inside"]} name
   * @param {number | undefined} id
   * @param {any[]} args
   * @returns {any}
   */
  inside(name, id = 0, ...args) {
    const model = this.#alive();
    if (!this.#tasks) {
      const option = name === "saliency" ? name : "trace";
      throw argument(`${name} needs load(source, { ${option}: true })`);
    }
    if (id === 0) this.session(id);
    try {
      const { core, info } = this;
      const file = "ink_saliency" in core.c ? this.#file.bytes : undefined;
      const place = { core, model, session: this.#get(id).handle, info, file };
      return Reflect.apply(this.#tasks.inside[name], undefined, [place, ...args]);
    } finally {
      if (id === 0) this.release(id);
    }
  }

  // ---- Whole texts ----

  /** @param {string} text @returns {Class[]} */
  classify(text) {
    return /** @type {Tasks} */ (this.#tasks).classify(this, text);
  }

  /** @param {string} text */
  lacks(text) {
    return this.core.lacks(this.#alive(), text);
  }

  /** @param {string} text @param {Predicting & { reset: number }} options */
  evaluate(text, { reset, mix, countsWeight }) {
    const mixture = this.#mix(mix);
    const model = mixture?.handle ?? this.#alive();
    const weigh = (/** @type {number} */ weight) =>
      this.core.call("ink_model_weigh_counts", model, weight);
    try {
      if (countsWeight === undefined) return this.core.evaluate(model, text, reset);
      this.#needCounts();
      weigh(countsWeight);
      return this.core.evaluate(model, text, reset);
    } finally {
      if (this.info.counts) weigh(this.info.counts.weight);
      mixture?.free();
    }
  }

  // ---- Beside other models ----

  #needTasks() {
    if (this.#tasks) return this.#tasks;
    throw argument("this build neither mixes nor counts");
  }

  /** What another host opens this model from. */
  file() {
    this.#alive();
    return this.#file;
  }

  /** Opens another model here, to be mixed with. @param {number} id @param {ReturnType<Host["file"]>} file */
  beside(id, file) {
    const { core } = this;
    const { Shared } = this.#needTasks();
    const model = this.#load(file);
    this.#open.set(id, new Shared(model, () => core.c.ink_model_free(model)));
  }

  /** The file with counts of a text. @param {string} text @param {CountOptions} options */
  count(text, options) {
    this.#alive();
    return this.#needTasks().countText(this.core, this.#file.bytes, text, options);
  }

  /**
   * Begins to write, which next() then carries out piece by piece.
   *
   * @param {number} id
   * @param {string[]} prompts
   * @param {Written & Predicting} options
   */
  generate(id, prompts, { mix, countsWeight, ...options }) {
    const mixture = this.#mix(mix);
    const writer = {
      core: this.core,
      info: this.info,
      newSession: () => this.#newSession(mixture, countsWeight),
      leave: () => mixture?.free(),
      encode: (/** @type {TextOrPicture} */ source) => this.#encode(source, options.skipUnknown),
      search: this.#tasks?.search,
    };
    try {
      this.#alive();
      this.#open.set(id, new Writing(writer, prompts, options));
    } catch (error) {
      mixture?.free();
      throw error;
    }
  }

  /** Works for a few milliseconds; gives what was written meanwhile. @param {number} id */
  next(id) {
    this.#alive();
    const writing = this.#open.get(id);
    if (writing instanceof Writing) return writing.next();
    throw new InklingError("freed", "the generation was freed");
  }

  /** Frees what is open under an id; does nothing when that is done already. @param {number} id */
  release(id) {
    this.#open.get(id)?.free();
    this.#open.delete(id);
  }

  free() {
    for (const id of this.#open.keys()) this.release(id);
    this.core.c.ink_model_free(this.#model);
    this.#model = 0;
  }
}
