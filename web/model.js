// One model and what is open on it over the WebAssembly core, synchronous: a page's worker and the
// page itself run this same class. What is open has an id that the caller chose, so that a caller
// in another thread can ask for several things without waiting for each answer.

/** @import { Candidate, Class, ModelInfo, SamplingOptions, TextOrPicture } from "./inkling.js" */
/** @import { Build } from "./assets.js" */
/** @import { Source } from "./encoded.js" */
/** @import { Written } from "./writing.js" */
/** @import { Core } from "./wasm.js" */

import { withSampling } from "./options.js";
import { InklingError, encodeComposed } from "./platform.js";
import { joined, openCore } from "./wasm.js";
import { Writing } from "./writing.js";

/**
 * What more than generators need (tasks.js).
 *
 * @typedef {typeof import("./tasks.js")} Tasks
 */

/**
 * @typedef {object} Opening
 * @property {Uint8Array} bytes a model file
 * @property {string[]} [vocabulary] in place of the file's own
 * @property {Build} build
 * @property {WebAssembly.Module} compiled that build
 */

/** A session that a caller has opened. */
class Opened {
  /** @param {Core} core @param {number} handle @param {Source} [source] */
  constructor(core, handle, source) {
    this.core = core;
    this.handle = handle;
    this.source = source;
  }
  /** @param {Source | undefined} source */
  replaceSource(source) {
    this.source?.leave();
    this.source = source;
  }
  free() {
    this.core.c.ink_session_free(this.handle);
    this.replaceSource(undefined);
  }
}

export class Host {
  #model = 0;
  /** @type {Map<number, Opened | Writing>} By id. */
  #open = new Map();
  #tasks;
  #file;

  /** @param {Opening} opening */
  static async open({ bytes, vocabulary, build, compiled }) {
    const tasks = build.includes("-") ? await import("./tasks.js") : undefined;
    const file = build.startsWith("train-") ? bytes : undefined;
    return new Host(await openCore(build, compiled), bytes, { vocabulary, tasks, file });
  }

  /**
   * @param {Core} core
   * @param {Uint8Array} bytes
   * @param {{ vocabulary?: string[], tasks?: Tasks, file?: Uint8Array }} [more] `file`: the bytes
   *   again, where they are kept
   */
  constructor(core, bytes, { vocabulary, tasks, file } = {}) {
    this.core = core;
    this.#tasks = tasks;
    this.#file = file;
    const tokens = vocabulary && joined(vocabulary);
    const auto = 0; // INK_KERNEL_AUTO: the build decides
    this.#model = core.with([bytes, tokens], (file, names) =>
      core.make("ink_model_load", file, bytes.length, names, tokens?.length ?? 0, auto),
    );
    /** @type {ModelInfo} */
    this.info = JSON.parse(core.string(core.c.ink_model_info_json(this.#model)));
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

  #newSession() {
    return this.core.make("ink_session_new", this.#alive());
  }

  /** @param {number} id */
  session(id) {
    this.#open.set(id, new Opened(this.core, this.#newSession()));
  }

  /** @param {number} id @param {number} from */
  fork(id, from) {
    const { handle, source } = this.#get(from);
    const fork = this.core.make("ink_session_fork", handle);
    this.#open.set(id, new Opened(this.core, fork, source?.share()));
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
   * @param {number} [count]
   * @returns {Candidate[]}
   */
  distribution(id, sampling, count) {
    const { handle } = this.#get(id);
    const names = this.info.labels ?? this.info.vocabulary;
    const read = (/** @type {number} */ options) =>
      this.core.floats(this.core.make("ink_session_distribution", handle, options), names.length);
    const cut = withSampling(this.core, sampling, read);
    const own = read(0);
    return [...own.keys()]
      .sort((a, b) => own[b] - own[a] || a - b)
      .slice(0, count)
      .map((i) => ({ token: names[i], probability: cut[i], modelProbability: own[i] }));
  }

  /** @param {number} id @param {SamplingOptions} sampling @param {number} [seed] */
  sample(id, sampling, seed) {
    const { handle } = this.#get(id);
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
    const state = this.core.bytes.slice(address, address + size);
    this.core.c.ink_release(address);
    return state;
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
    throw new InklingError("argument", "the model writes from no source");
  }

  /** @param {number} id @param {TextOrPicture} from @param {boolean} [skipUnknown] */
  start(id, from, skipUnknown) {
    const opened = this.#get(id);
    const source = this.#encode(from, skipUnknown);
    try {
      source.start(opened.handle);
    } catch (error) {
      source.leave();
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
      source.leave();
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
      throw new InklingError("argument", "to look inside needs load(source, { trace: true })");
    }
    if (id === 0) this.session(id);
    try {
      const { core, info } = this;
      const place = { core, model, session: this.#get(id).handle, info, file: this.#file };
      return Reflect.apply(this.#tasks.inside[name], undefined, [place, ...args]);
    } finally {
      if (id === 0) this.release(id);
    }
  }

  // ---- Whole texts ----

  /** @param {string} text @param {boolean} [skipUnknown] @returns {Class[]} */
  classify(text, skipUnknown) {
    const once = 0; // an id; those of callers are above
    this.session(once);
    try {
      this.feed(once, text.trim(), skipUnknown);
      const classes = this.distribution(once, {});
      return classes.map(({ token, probability }) => ({ label: token, probability }));
    } finally {
      this.release(once);
    }
  }

  /** @param {string} text */
  lacks(text) {
    return this.core.lacks(this.#alive(), text);
  }

  /** @param {string} text @param {number} reset */
  evaluate(text, reset) {
    return this.core.evaluate(this.#alive(), text, reset);
  }

  /**
   * Begins to write, which next() then carries out piece by piece.
   *
   * @param {number} id
   * @param {string[]} prompts
   * @param {Written} options
   */
  generate(id, prompts, options) {
    const writer = {
      core: this.core,
      info: this.info,
      newSession: () => this.#newSession(),
      encode: (/** @type {TextOrPicture} */ source) => this.#encode(source, options.skipUnknown),
      search: this.#tasks?.search,
    };
    this.#alive();
    this.#open.set(id, new Writing(writer, prompts, options));
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
