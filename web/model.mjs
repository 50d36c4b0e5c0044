// One model and its sessions over the WebAssembly core, synchronous: a page's worker and the page
// itself run this same class. What is open has an id that the caller chose, so that a caller in
// another thread can ask for several things without waiting for each answer.

import { InklingError, encode, openCore } from "./wasm.mjs";

// How long one call of next() works: short enough for a page that shares its thread with it.
const PIECE_MS = 10;

// The amount of work that comes near PIECE_MS, after `amount` took `ms`.
function pace(amount, ms) {
  if (ms < PIECE_MS / 2) return amount * 2;
  return ms > PIECE_MS ? Math.max(1, amount >> 1) : amount;
}

export class Host {
  #core;
  #model;
  #open = new Map(); // id → { session, … }; a generation has more, see generate()

  static async open(bytes, vocabulary, kernel) {
    return new Host(await openCore(kernel), bytes, vocabulary);
  }

  constructor(core, bytes, vocabulary) {
    this.#core = core;
    const names = vocabulary && encode(vocabulary.map((token) => `${token}\0`).join(""));
    let file = 0;
    let tokens = 0;
    try {
      file = core.put(bytes);
      if (names) tokens = core.put(names);
      const auto = 0; // INK_KERNEL_AUTO: the build decides
      this.#model = core.make(
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
    const { c } = this.#core;
    const info = JSON.parse(this.#core.string(c.ink_model_info_json(this.#model)));
    info.vocabulary = [];
    for (let token; (token = c.ink_model_token(this.#model, info.vocabulary.length)) !== 0;) {
      info.vocabulary.push(this.#core.string(token));
    }
    return info;
  }

  // The model, or what is open under an id; both throw once it has been freed.
  #alive() {
    if (!this.#model) throw new InklingError("freed", "the model was freed");
    return this.#model;
  }
  #get(id) {
    this.#alive();
    const entry = this.#open.get(id);
    if (!entry) throw new InklingError("freed", "the session was freed");
    return entry;
  }

  /** Calls `use` with the address and size of a text in memory. */
  #withText(text, use) {
    const bytes = encode(text);
    const address = this.#core.put(bytes);
    try {
      return use(address, bytes.length);
    } finally {
      this.#core.c.ink_release(address);
    }
  }

  session(id) {
    this.#open.set(id, { session: this.#core.make("ink_session_new", this.#alive()) });
  }

  fork(id, from) {
    this.#open.set(id, { session: this.#core.make("ink_session_fork", this.#get(from).session) });
  }

  feed(id, text, skipUnknown) {
    const { session } = this.#get(id);
    this.#withText(text, (address, size) =>
      this.#core.call("ink_session_feed", session, address, size, skipUnknown ? 1 : 0),
    );
  }

  distribution(id, sampling, count) {
    const { session } = this.#get(id);
    const size = this.info.vocabulary.length;
    const read = (options) => {
      const address = this.#core.make("ink_session_distribution", session, options);
      return new Float32Array(this.#core.c.memory.buffer, address, size).slice();
    };
    const cut = read(this.#core.sampling(sampling));
    const own = read(0);
    return [...own.keys()]
      .sort((a, b) => own[b] - own[a] || a - b)
      .slice(0, count)
      .map((i) => ({
        token: this.info.vocabulary[i],
        probability: cut[i],
        modelProbability: own[i],
      }));
  }

  sample(id, sampling, seed) {
    const { session } = this.#get(id);
    const options = this.#core.sampling(sampling);
    if (seed !== undefined) this.#core.c.ink_session_seed(session, BigInt(seed));
    return this.info.vocabulary[this.#core.make("ink_session_sample", session, options)];
  }

  save(id) {
    const { session } = this.#get(id);
    const size = this.#core.c.ink_session_state_size(session);
    const address = this.#core.allocate(size);
    this.#core.c.ink_session_save(session, address);
    const state = this.#core.bytes.slice(address, address + size);
    this.#core.c.ink_release(address);
    return state;
  }

  restore(id, state) {
    const { session } = this.#get(id);
    const address = this.#core.put(state);
    try {
      this.#core.call("ink_session_restore", session, address, state.length);
    } finally {
      this.#core.c.ink_release(address);
    }
  }

  reset(id) {
    this.#core.c.ink_session_reset(this.#get(id).session);
  }

  /** Prepares a generation, which next() then carries out piece by piece. */
  generate(id, prompt, { length, seed, stop, skipUnknown, ...sampling }) {
    const core = this.#core;
    core.sampling(sampling); // says what is wrong with it before the prompt is read
    this.session(id);
    const entry = this.#get(id);
    core.c.ink_session_seed(entry.session, BigInt(seed));
    Object.assign(entry, { length, sampling, skipUnknown: skipUnknown ? 1 : 0, done: false });

    const promptBytes = encode(prompt);
    entry.prompt = core.put(promptBytes);
    entry.promptSize = promptBytes.length;
    entry.read = 0; // bytes of the prompt, so far
    entry.readAtOnce = 256;

    const stopBytes = encode(stop.map((text) => `${text}\0`).join(""));
    entry.stops = core.put(stopBytes);
    entry.stopsSize = stopBytes.length;
    entry.tokensAtOnce = 1; // so that the first character comes at once
  }

  /** Works for about PIECE_MS; gives the text that was written meanwhile, often none at first. */
  next(id) {
    const entry = this.#get(id);
    if (entry.done) return { text: "", done: true };
    const started = performance.now();
    if (entry.read < entry.promptSize) {
      this.#readPrompt(entry);
      entry.readAtOnce = pace(entry.readAtOnce, performance.now() - started);
      return { text: "", done: false };
    }
    if (!entry.generation) {
      entry.generation = this.#core.make(
        "ink_generation_new",
        entry.session,
        this.#core.sampling(entry.sampling),
        entry.length,
        entry.stops,
        entry.stopsSize,
      );
    }
    const text = this.#core.makeText("ink_generation_next", entry.generation, entry.tokensAtOnce);
    entry.done = this.#core.c.ink_generation_done(entry.generation) !== 0;
    entry.tokensAtOnce = pace(entry.tokensAtOnce, performance.now() - started);
    return { text, done: entry.done };
  }

  // Feeds the next slice of the prompt, which ends where a character does.
  #readPrompt(entry) {
    const { bytes } = this.#core;
    let end = Math.min(entry.read + entry.readAtOnce, entry.promptSize);
    while (end < entry.promptSize && (bytes[entry.prompt + end] & 0xc0) === 0x80) end++;
    this.#core.call(
      "ink_session_feed",
      entry.session,
      entry.prompt + entry.read,
      end - entry.read,
      entry.skipUnknown,
    );
    entry.read = end;
  }

  evaluate(text, reset) {
    const model = this.#alive();
    return this.#withText(text, (address, size) =>
      this.#core.evaluate(model, address, size, reset),
    );
  }

  /** Frees a session or a generation; does nothing when that is done already. */
  release(id) {
    const entry = this.#open.get(id);
    if (!entry) return;
    this.#open.delete(id);
    const { c } = this.#core;
    c.ink_generation_free(entry.generation ?? 0);
    c.ink_session_free(entry.session);
    c.ink_release(entry.prompt ?? 0);
    c.ink_release(entry.stops ?? 0);
  }

  free() {
    for (const id of [...this.#open.keys()]) this.release(id);
    this.#core.c.ink_model_free(this.#model ?? 0);
    this.#model = 0;
  }
}
