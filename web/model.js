// One model and its sessions over the WebAssembly core, synchronous: a page's worker and the page
// itself run this same class. What is open has an id that the caller chose, so that a caller in
// another thread can ask for several things without waiting for each answer.

import { InklingError, encode, openCore } from "./wasm.js";

// How long one call of next() works: short enough for a page that shares its thread with it.
const PIECE_MS = 10;

// The amount of work that comes near PIECE_MS, after `amount` took `ms`.
function pace(amount, ms) {
  if (ms < PIECE_MS / 2) return amount * 2;
  return ms > PIECE_MS ? Math.max(1, amount >> 1) : amount;
}

const isSpace = (byte) => byte === 0x20 || byte === 0x0a;

/** Of a generator. What models of other tasks do besides is a TaskHost's (tasks.js). */
export class Host {
  open = new Map(); // id → { session }, or a generation: see generate()

  static async open(bytes, vocabulary, build, compiled) {
    return new this(await openCore(build, compiled), bytes, vocabulary);
  }

  constructor(core, bytes, vocabulary) {
    this.core = core;
    const names = vocabulary && encode(vocabulary.map((token) => `${token}\0`).join(""));
    let file = 0;
    let tokens = 0;
    try {
      file = core.put(bytes);
      if (names) tokens = core.put(names);
      const auto = 0; // INK_KERNEL_AUTO: the build decides
      this.model = core.make(
        "ink_model_load",
        file,
        bytes.length,
        tokens,
        names ? names.length : 0,
        auto,
      );
    } finally {
      core.c.ink_release(file);
      core.c.ink_release(tokens);
    }
    this.info = this.#readInfo();
  }

  #readInfo() {
    const { c } = this.core;
    const info = JSON.parse(this.core.string(c.ink_model_info_json(this.model)));
    info.vocabulary = [];
    for (let token; (token = c.ink_model_token(this.model, info.vocabulary.length)) !== 0;) {
      info.vocabulary.push(this.core.string(token));
    }
    return info;
  }

  // The model, or what is open under an id; both throw once it has been freed.
  alive() {
    if (!this.model) throw new InklingError("freed", "the model was freed");
    return this.model;
  }
  get(id) {
    this.alive();
    const entry = this.open.get(id);
    if (!entry) throw new InklingError("freed", "the session was freed");
    return entry;
  }

  /** Calls `use` with the address and size of a text in memory. */
  withText(text, use) {
    const bytes = encode(text);
    const address = this.core.put(bytes);
    try {
      return use(address, bytes.length);
    } finally {
      this.core.c.ink_release(address);
    }
  }

  session(id) {
    this.open.set(id, { session: this.core.make("ink_session_new", this.alive()) });
  }

  fork(id, from) {
    this.open.set(id, { session: this.core.make("ink_session_fork", this.get(from).session) });
  }

  feed(id, text, skipUnknown) {
    const { session } = this.get(id);
    this.withText(text, (address, size) =>
      this.core.call("ink_session_feed", session, address, size, skipUnknown ? 1 : 0),
    );
  }

  distribution(id, sampling, count) {
    const { session } = this.get(id);
    const names = this.info.labels ?? this.info.vocabulary;
    const read = (options) => {
      const address = this.core.make("ink_session_distribution", session, options);
      return new Float32Array(this.core.c.memory.buffer, address, names.length).slice();
    };
    const cut = read(this.core.sampling(sampling));
    const own = read(0);
    return [...own.keys()]
      .sort((a, b) => own[b] - own[a] || a - b)
      .slice(0, count)
      .map((i) => ({ token: names[i], probability: cut[i], modelProbability: own[i] }));
  }

  sample(id, sampling, seed) {
    const { session } = this.get(id);
    const options = this.core.sampling(sampling);
    if (seed !== undefined) this.core.c.ink_session_seed(session, BigInt(seed));
    return this.info.vocabulary[this.core.make("ink_session_sample", session, options)];
  }

  save(id) {
    const { session } = this.get(id);
    const size = this.core.c.ink_session_state_size(session);
    const address = this.core.allocate(size);
    this.core.c.ink_session_save(session, address);
    const state = this.core.bytes.slice(address, address + size);
    this.core.c.ink_release(address);
    return state;
  }

  restore(id, state) {
    const { session } = this.get(id);
    const address = this.core.put(state);
    try {
      this.core.call("ink_session_restore", session, address, state.length);
    } finally {
      this.core.c.ink_release(address);
    }
  }

  // Where the next token is seen from, in a source: nowhere without one.
  attention() {
    return null;
  }

  reset(id) {
    this.core.c.ink_session_reset(this.get(id).session);
  }

  /**
   * Prepares a generation, which next() then carries out piece by piece: every prompt `samples`
   * times, stream i with the seed `seed` + i. With a beam it is the best `samples` of each prompt,
   * each a piece.
   */
  generate(id, prompts, options) {
    const { samples, length, seed, stop, skipUnknown, logProbabilities, ...rest } = options;
    const { beam, lengthPenalty, sources, attention, ...sampling } = rest;
    this.alive();
    this.core.sampling(sampling); // says what is wrong with it before a prompt is read
    const stops = encode(stop.map((text) => `${text}\0`).join(""));
    this.open.set(id, {
      prompts: prompts.map(encode), // those not read yet
      prompt: 0, // the address of the one being read
      read: 0, // bytes of it, so far
      readAtOnce: 256,
      skipUnknown: skipUnknown ? 1 : 0,
      samples,
      length,
      seed: BigInt(seed),
      sampling,
      logProbabilities,
      beam,
      lengthPenalty,
      sources, // of models of other tasks: one for each prompt
      attention,
      stops: this.core.put(stops),
      stopsSize: stops.length,
      sessions: [],
      generations: [],
      handles: 0, // of the generations, in memory; behind them room for texts and sizes
      tokensAtOnce: 1, // so that the first character comes at once
      done: false,
    });
  }

  /**
   * Works for about PIECE_MS; gives the text that each stream wrote meanwhile, at first often none.
   */
  next(id) {
    const entry = this.get(id);
    if (entry.done) return { pieces: [], done: true };
    const started = performance.now();
    if (entry.prompts.length > 0) {
      this.#readPrompt(entry);
      entry.readAtOnce = pace(entry.readAtOnce, performance.now() - started);
      return { pieces: [], done: false };
    }
    if (entry.beam) return this.search(entry);
    if (entry.handles === 0) this.#begin(entry);
    const pieces = this.write(entry);
    entry.tokensAtOnce = pace(entry.tokensAtOnce, performance.now() - started);
    return { pieces, done: entry.done };
  }

  // Feeds the next slice of a prompt, which ends where a character does, and of words before white
  // space, so that none is cut. All samples of a prompt
  // begin as copies of the session that has read it.
  #readPrompt(entry) {
    const core = this.core;
    const prompt = entry.prompts[0];
    if (entry.prompt === 0) {
      entry.prompt = core.put(prompt);
      entry.read = 0;
      entry.sessions.push(core.make("ink_session_new", this.model));
      if (entry.sources) this.startFrom(entry);
    }
    const session = entry.sessions.at(-1);
    let end = Math.min(entry.read + entry.readAtOnce, prompt.length);
    const words = this.info.level === "word";
    const cuts = words ? (byte) => !isSpace(byte) : (byte) => (byte & 0xc0) === 0x80;
    while (end < prompt.length && cuts(prompt[end])) end++;
    const size = end - entry.read;
    core.call("ink_session_feed", session, entry.prompt + entry.read, size, entry.skipUnknown);
    entry.read = end;
    if (end < prompt.length) return;
    core.c.ink_release(entry.prompt);
    entry.prompt = 0;
    entry.prompts.shift();
    for (let i = 1; i < entry.samples && !entry.beam; i++) {
      entry.sessions.push(core.make("ink_session_fork", session));
    }
  }

  // Tokens as callers see them.
  named(tokens) {
    const { vocabulary } = this.info;
    return tokens.map(([id, logProbability]) => ({ token: vocabulary[id], logProbability }));
  }

  search() {
    throw new InklingError("argument", "a beam needs load(source, { beam: true })");
  }

  #begin(entry) {
    const core = this.core;
    entry.sessions.forEach((session, i) => {
      core.c.ink_session_seed(session, BigInt.asUintN(64, entry.seed + BigInt(i)));
      const sampling = core.sampling(entry.sampling);
      const generation = core.make(
        "ink_generation_new",
        session,
        sampling,
        entry.length,
        entry.stops,
        entry.stopsSize,
      );
      entry.generations.push(generation);
      if (entry.logProbabilities) core.call("ink_generation_keep_tokens", generation);
    });
    entry.handles = core.allocate(12 * entry.generations.length);
    entry.generations.forEach((generation, i) => {
      core.view.setUint32(entry.handles + 4 * i, generation, true);
    });
  }

  write(entry) {
    const core = this.core;
    const count = entry.generations.length;
    const texts = entry.handles + 4 * count;
    const sizes = texts + 4 * count;
    core.call("ink_generations_next", entry.handles, count, entry.tokensAtOnce, texts, sizes);
    const { view } = core;
    const pieces = [];
    for (let index = 0; index < count; index++) {
      const size = view.getUint32(sizes + 4 * index, true);
      const address = view.getUint32(texts + 4 * index, true);
      const piece = { index, text: core.text(address, size) };
      if (entry.logProbabilities) {
        piece.tokens = this.named(core.generationTokens(entry.generations[index]));
      }
      if (size > 0 || piece.tokens?.length > 0) pieces.push(piece);
    }
    entry.done = entry.generations.every((g) => core.c.ink_generation_done(g) !== 0);
    return pieces;
  }

  evaluate(text, reset) {
    const model = this.alive();
    return this.withText(text, (address, size) => this.core.evaluate(model, address, size, reset));
  }

  /** Frees a session or a generation; does nothing when that is done already. */
  release(id) {
    const entry = this.open.get(id);
    if (!entry) return;
    this.open.delete(id);
    const { c } = this.core;
    for (const generation of entry.generations ?? []) c.ink_generation_free(generation);
    for (const session of entry.sessions ?? [entry.session]) c.ink_session_free(session);
    for (const memory of [entry.prompt, entry.stops, entry.handles]) c.ink_release(memory ?? 0);
  }

  free() {
    for (const id of [...this.open.keys()]) this.release(id);
    this.core.c.ink_model_free(this.model ?? 0);
    this.model = 0;
  }
}
