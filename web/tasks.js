// Models of every task over the builds that have them all: what a Host (model.js) does not do for a
// generator, beam search among it. Translators and captioners write from a source, a text or a
// picture that their encoder has read; a session borrows its own, and shares it with its forks.

import { Host } from "./model.js";
import { argument, checkText } from "./options.js";

// ---- What callers pass --------------------------------------------------------------------------

const SIDE_MAX = 10_000; // pixels

const isSide = (value) => Number.isInteger(value) && value >= 1 && value <= SIDE_MAX;

/**
 * A picture as a host takes it: of an ImageData, or of another object of that shape, what matters.
 */
function pictureOf(picture) {
  const { data, width, height } = picture ?? {};
  if (!(data instanceof Uint8ClampedArray || data instanceof Uint8Array)) {
    throw argument("the source must be a picture: { data, width, height }, as ImageData is");
  }
  if (!isSide(width) || !isSide(height)) {
    throw argument(
      `a picture must have 1 to ${SIDE_MAX} pixels each way, not ${width} × ${height}`,
    );
  }
  const pixels = width * height;
  if (data.length !== 3 * pixels && data.length !== 4 * pixels) {
    throw argument(
      `a picture of ${width} × ${height} has ${3 * pixels} (RGB) or ${4 * pixels} (RGBA) bytes, not ${data.length}`,
    );
  }
  return { data, width, height };
}

function textOf(text) {
  checkText(text, "source");
  return text;
}

/** The checks of what a model of a task writes from. */
export function sourcesOf(task) {
  const check = (source) => {
    if (task === "classifier") throw argument("a classifier does not write: classify() a text");
    return task === "captioner" ? pictureOf(source) : textOf(source);
  };
  /** The options of a generation with `sources`, one for each of the prompts. */
  const prepare = (prompt, source, options) => {
    if (source === undefined && task !== "classifier") {
      throw argument(
        `a ${task} needs a source: ${task === "captioner" ? "caption() a picture" : "translate() a text"}`,
      );
    }
    const given = [source].flat().map(check);
    const prompts = [prompt].flat();
    const count = Array.isArray(source) ? given.length : prompts.length;
    if (Array.isArray(prompt) && prompts.length !== count) {
      throw argument(`${prompts.length} prompts do not go with ${count} sources`);
    }
    const each = ([first, ...more]) =>
      more.length > 0 ? [first, ...more] : Array(count).fill(first);
    const { beam, attention, logProbabilities = attention, temperature = 0 } = options;
    const greedy = beam === undefined ? { temperature } : {};
    return {
      ...options,
      ...greedy,
      logProbabilities,
      prompts: each(prompts),
      sources: each(given),
    };
  };
  return { check, prepare };
}

// ---- The host -----------------------------------------------------------------------------------

const HYPOTHESIS_BYTES = 40; // ink_hypothesis: five 4-byte members, a gap, two doubles

const SINGLE = 0; // id of a session of one call; those of callers are above

export class TaskHost extends Host {
  /** Encodes a text, or a picture { data, width, height }: { handle, users }, with one user. */
  #encode(source, skipUnknown) {
    const { core } = this;
    if (typeof source === "string") {
      const handle = this.withText(source, (address, size) =>
        core.make("ink_source_text", this.alive(), address, size, skipUnknown ? 1 : 0),
      );
      return { handle, users: 1 };
    }
    const { data, width, height } = source;
    const channels = data.length / (width * height);
    const pixels = core.put(data);
    try {
      const picture = [pixels, width, height, channels];
      return { handle: core.make("ink_source_picture", this.alive(), ...picture), users: 1 };
    } finally {
      core.c.ink_release(pixels);
    }
  }

  #leave(source) {
    if (source && --source.users === 0) this.core.c.ink_source_free(source.handle);
  }

  start(id, from, skipUnknown) {
    const entry = this.get(id);
    const source = this.#encode(from, skipUnknown);
    try {
      this.core.call("ink_session_start", entry.session, source.handle);
    } catch (error) {
      this.#leave(source);
      throw error;
    }
    this.#leave(entry.source);
    entry.source = source;
  }

  fork(id, from) {
    super.fork(id, from);
    const { source } = this.get(from);
    if (source) source.users++;
    this.get(id).source = source;
  }

  reset(id) {
    const { session, source } = this.get(id);
    if (source) this.core.call("ink_session_start", session, source.handle);
    else super.reset(id);
  }

  release(id) {
    const entry = this.open.get(id);
    super.release(id);
    this.#leave(entry?.source);
    entry?.begun?.forEach((source) => this.#leave(source));
  }

  #attention(session) {
    const { core } = this;
    const address = core.c.ink_session_attention(session, core.out);
    if (address === 0) return null;
    const positions = core.view.getUint32(core.out, true);
    return new Float32Array(core.c.memory.buffer, address, positions).slice();
  }

  attention(id) {
    return this.#attention(this.get(id).session);
  }

  sourceTokens(text, skipUnknown) {
    const source = this.#encode(text, skipUnknown);
    const tokens = [];
    for (let token; (token = this.core.c.ink_source_token(source.handle, tokens.length)) !== 0;) {
      tokens.push(this.core.string(token));
    }
    this.#leave(source);
    return tokens;
  }

  classify(text, skipUnknown) {
    this.session(SINGLE);
    try {
      this.feed(SINGLE, text, skipUnknown);
      return this.distribution(SINGLE, {}).map(({ token, probability }) => ({
        label: token,
        probability,
      }));
    } finally {
      this.release(SINGLE);
    }
  }

  // ---- Generations ----

  /** Puts the session that is to read the next prompt into the state that its source leaves. */
  startFrom(entry) {
    const source = this.#encode(entry.sources.shift(), entry.skipUnknown);
    (entry.begun ??= []).push(source);
    this.core.call("ink_session_start", entry.sessions.at(-1), source.handle);
  }

  // The attention of a token is there before it is written, and only then.
  write(entry) {
    if (!entry.attention) return super.write(entry);
    const attention = entry.sessions.map((session) => this.#attention(session));
    entry.tokensAtOnce = 1;
    const pieces = super.write(entry);
    for (const { index, tokens } of pieces) {
      for (const token of tokens) token.attention = attention[index];
    }
    return pieces;
  }

  // The best texts that a beam search finds after a session.
  #hypotheses(session, { beam, length, lengthPenalty, samples, stops, stopsSize }) {
    const { core } = this;
    const { out } = core;
    const options = core.options("beam_options", { beam, length, lengthPenalty });
    core.call("ink_beam_search", session, options, stops, stopsSize, out, out + 4);
    const { view } = core;
    const best = view.getUint32(out, true);
    const count = Math.min(samples, view.getUint32(out + 4, true));
    const found = Array.from({ length: count }, (_, i) => {
      const at = best + HYPOTHESIS_BYTES * i;
      const [text, bytes, ids, logProbabilities, tokens] = new Uint32Array(view.buffer, at, 5);
      const [logProbability, score] = new Float64Array(view.buffer, at + 24, 2);
      return {
        text: core.text(text, bytes),
        score,
        logProbability,
        tokens: core.tokens(ids, logProbabilities, tokens),
      };
    });
    core.c.ink_release(best);
    return found;
  }

  /** Searches for the texts after one of the prompts that have been read. */
  search(entry) {
    const searched = (entry.searched ??= 0);
    const session = entry.sessions[entry.searched++];
    entry.done = entry.searched >= entry.sessions.length;
    const found = session ? this.#hypotheses(session, entry) : [];
    const pieces = found.map(({ tokens, ...text }, i) => ({
      index: searched * entry.samples + i,
      ...text,
      tokens: this.named(tokens, entry, session),
    }));
    return { pieces, done: entry.done };
  }

  // The tokens of a search, all that were written after its session, are written once more for
  // their attention.
  named(tokens, entry, session) {
    const named = super.named(tokens);
    if (!session || !entry.attention) return named;
    const { core } = this;
    const again = core.make("ink_session_fork", session);
    try {
      tokens.forEach(([id], i) => {
        named[i].attention = this.#attention(again);
        core.call("ink_session_feed_token", again, id);
      });
    } finally {
      core.c.ink_session_free(again);
    }
    return named;
  }
}
