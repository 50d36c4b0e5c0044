// A generation under way: prompts are read and texts written, side by side, in steps so short that
// a page which shares its thread with them keeps answering.

/** @import { ModelInfo, Piece, SamplingOptions, TextOrPicture, Token } from "./inkling.js" */
/** @import { Source } from "./encoded.js" */
/** @import { Core } from "./wasm.js" */
/** @import { search } from "./beam.js" */

import { withSampling } from "./options.js";
import { InklingError, encodeComposed } from "./platform.js";
import { joined } from "./wasm.js";

const PIECE_MS = 10; // how long one call of next() works

/**
 * What a generation needs of its model.
 *
 * @typedef {object} Writer
 * @property {Core} core
 * @property {ModelInfo} info
 * @property {() => number} newSession
 * @property {() => void} [leave] is called once nothing is written any more
 * @property {(source: TextOrPicture) => Source} encode
 * @property {typeof search} [search]
 */

/**
 * @typedef {object} OwnOptions
 * @property {number} samples texts after each prompt
 * @property {number} length
 * @property {number} seed of the first; stream i has the seed `seed` + i
 * @property {string[]} stop
 * @property {TextOrPicture[]} [sources] one for each prompt
 * @property {number} [beam] searches, and gives the best `samples` of each prompt, each as a piece
 * @property {number} [lengthPenalty]
 * @property {boolean} [skipUnknown]
 * @property {boolean} [logProbabilities]
 * @property {boolean} [attention]
 *
 * @typedef {SamplingOptions & OwnOptions} Written
 */

/** The amount of work that comes near PIECE_MS, after `amount` took `ms`. */
function pace(/** @type {number} */ amount, /** @type {number} */ ms) {
  if (ms < PIECE_MS / 2) return amount * 2;
  return ms > PIECE_MS ? Math.max(1, amount >> 1) : amount;
}

/** @param {number} byte */
const isSpace = (byte) => byte === 0x20 || byte === 0x0a;
/** @param {number} byte */
const isWithinCharacter = (byte) => (byte & 0xc0) === 0x80;

export class Writing {
  #writer;
  #core;
  #prompts;
  #options;
  #sampling;
  /** @type {[number, number]} Address and size. */
  #stops;
  /** @type {Source[]} */
  #sources = [];
  /** @type {number[]} Handles, one for each text; of a search one for each prompt. */
  #sessions = [];
  /** @type {number[]} */
  #generations = [];
  #handles = 0; // room for those of a call, and behind them for its texts and sizes
  #work;
  #done = false;

  /** @param {Writer} writer @param {string[]} prompts @param {Written} options */
  constructor(writer, prompts, options) {
    const { samples, length, seed, stop, sources, beam, lengthPenalty, ...more } = options;
    const { skipUnknown, logProbabilities, attention, ...sampling } = more;
    this.#writer = writer;
    this.#core = writer.core;
    this.#prompts = prompts;
    this.#options = options;
    this.#sampling = sampling;
    withSampling(writer.core, sampling, () => {}); // says what is wrong before a prompt is read
    if (beam && !writer.search) {
      throw new InklingError("argument", "a beam needs load(source, { beam: true })");
    }
    const stops = joined(stop);
    this.#stops = [this.#core.put(stops), stops.length];
    this.#work = beam ? this.#searchAll() : this.#writeAll();
  }

  /** Works for about PIECE_MS, or until there is text. */
  next() {
    const end = performance.now() + PIECE_MS;
    /** @type {Piece[]} */
    let pieces = [];
    while (!this.#done && pieces.length === 0 && performance.now() < end) {
      const { value, done } = this.#work.next();
      if (value) pieces = value;
      if (done) this.#done = true;
    }
    return { pieces, done: this.#done };
  }

  free() {
    const { c } = this.#core;
    for (const generation of this.#generations) c.ink_generation_free(generation);
    for (const session of this.#sessions) c.ink_session_free(session);
    for (const source of this.#sources) source.free();
    c.ink_release(this.#stops[0]);
    c.ink_release(this.#handles);
    this.#writer.leave?.();
    this.#done = true;
    this.#generations = this.#sessions = this.#sources = [];
    this.#stops = [0, 0];
    this.#handles = 0;
  }

  // ---- The work, in steps: each yields the pieces that it gave, mostly none ----

  /** Reads a prompt: gives the session that has, which is also kept to be freed. */
  *#read(/** @type {string} */ prompt, /** @type {number} */ index) {
    const core = this.#core;
    const bytes = encodeComposed(prompt);
    const skip = this.#options.skipUnknown ? 1 : 0;
    const session = this.#writer.newSession();
    this.#sessions.push(session);
    const from = this.#options.sources?.[index];
    if (from !== undefined) {
      const source = this.#writer.encode(from);
      this.#sources.push(source);
      source.start(session);
      yield [];
    }
    for (let read = 0, atOnce = 256; read < bytes.length || read === 0;) {
      const started = performance.now();
      const slice = bytes.subarray(read, this.#endOfSlice(bytes, read + atOnce));
      core.with([slice], (address) =>
        core.call("ink_session_feed", session, address, slice.length, skip),
      );
      read += slice.length;
      if (read >= bytes.length) break;
      atOnce = pace(atOnce, performance.now() - started);
      yield [];
    }
    return session;
  }

  // A slice ends where a character does, and of words before white space, so that none is cut.
  #endOfSlice(/** @type {Uint8Array} */ bytes, /** @type {number} */ end) {
    const words = this.#writer.info.level === "word";
    const cuts = words ? (/** @type {number} */ byte) => !isSpace(byte) : isWithinCharacter;
    while (end < bytes.length && cuts(bytes[end])) end++;
    return Math.min(end, bytes.length);
  }

  /** @returns {Generator<Piece[], Piece[] | void>} */
  *#searchAll() {
    const { search } = this.#writer;
    const { beam = 1, samples, length, lengthPenalty, attention } = this.#options;
    const options = { beam, samples, length, lengthPenalty, attention };
    for (const [i, prompt] of this.#prompts.entries()) {
      const session = yield* this.#read(prompt, i);
      yield [];
      const named = (/** @type {[number, number][]} */ tokens) => this.#named(tokens);
      const found = search?.(this.#core, session, options, this.#stops, named) ?? [];
      const pieces = found.map((text, j) => ({ index: i * samples + j, ...text }));
      if (i === this.#prompts.length - 1) return pieces;
      yield pieces;
    }
  }

  /** @returns {Generator<Piece[], Piece[] | void>} */
  *#writeAll() {
    const core = this.#core;
    const { samples, attention } = this.#options;
    for (const [i, prompt] of this.#prompts.entries()) {
      const read = yield* this.#read(prompt, i);
      // All samples of a prompt begin as copies of the session that has read it.
      for (let copy = 1; copy < samples; copy++) {
        this.#sessions.push(core.make("ink_session_fork", read));
        if (copy % 64 === 0) yield [];
      }
    }
    for (const session of this.#sessions) {
      this.#begin(session);
      if (this.#generations.length % 64 === 0) yield [];
    }
    this.#handles = core.allocate(12 * this.#generations.length);
    let left = [...this.#generations.keys()];
    // One token of each at first, so that the first character comes at once.
    for (let tokens = 1, streams = 64, at = 0; left.length > 0;) {
      const started = performance.now();
      streams = Math.min(streams, left.length);
      const indexes = left.slice(at, at + streams);
      const pieces = this.#write(indexes, attention ? 1 : tokens);
      const ended = new Set(
        indexes.filter((i) => core.c.ink_generation_done(this.#generations[i]) !== 0),
      );
      if (ended.size > 0) left = left.filter((i) => !ended.has(i));
      at += indexes.length - ended.size;
      if (at >= left.length) at = 0;
      const ms = performance.now() - started;
      if (tokens === 1 && ms > PIECE_MS) streams = pace(streams, ms);
      else if (streams < left.length) streams = pace(streams, ms);
      else tokens = pace(tokens, ms);
      if (left.length === 0) return pieces;
      yield pieces;
    }
  }

  #begin(/** @type {number} */ session) {
    const core = this.#core;
    const { seed, length, logProbabilities } = this.#options;
    const own = BigInt.asUintN(64, BigInt(seed) + BigInt(this.#generations.length));
    core.c.ink_session_seed(session, own);
    const generation = withSampling(core, this.#sampling, (sampling) =>
      core.make("ink_generation_new", session, sampling, length, ...this.#stops),
    );
    this.#generations.push(generation);
    if (logProbabilities) core.call("ink_generation_keep_tokens", generation);
  }

  /** Up to `tokens` more of these streams. @returns {Piece[]} */
  #write(/** @type {number[]} */ indexes, /** @type {number} */ tokens) {
    const core = this.#core;
    const count = indexes.length;
    const { attention, logProbabilities } = this.#options;
    // The attention of a token is there before it is written, and only then.
    const looked = attention && indexes.map((i) => core.attention(this.#sessions[i]) ?? undefined);
    let { view } = core;
    indexes.forEach((i, at) => view.setUint32(this.#handles + 4 * at, this.#generations[i], true));
    const texts = this.#handles + 4 * count;
    const sizes = texts + 4 * count;
    core.call("ink_generations_next", this.#handles, count, tokens, texts, sizes);
    ({ view } = core);
    const pieces = [];
    for (const [at, index] of indexes.entries()) {
      const size = view.getUint32(sizes + 4 * at, true);
      /** @type {Piece} */
      const piece = { index, text: core.text(view.getUint32(texts + 4 * at, true), size) };
      if (logProbabilities) {
        piece.tokens = this.#named(core.generationTokens(this.#generations[index]));
        if (looked) for (const token of piece.tokens) token.attention = looked[at];
      }
      if (size > 0 || (piece.tokens ?? []).length > 0) pieces.push(piece);
    }
    return pieces;
  }

  /** Tokens as callers see them. @returns {Token[]} */
  #named(/** @type {[number, number][]} */ tokens) {
    const { vocabulary } = this.#writer.info;
    return tokens.map(([id, logProbability]) => ({ token: vocabulary[id], logProbability }));
  }
}
