// Beam search: the likeliest texts after a session in place of drawn ones.

/** @import { Token } from "./inkling.js" */
/** @import { Core } from "./wasm.js" */

import { withBeam } from "./options.js";
import { struct } from "./structs.js";

/** ink_hypothesis. */
const HYPOTHESIS = struct({
  text: "u32",
  bytes: "u32",
  tokens: "u32",
  logProbabilities: "u32",
  count: "u32",
  logProbability: "f64",
  score: "f64",
});

/**
 * @typedef {object} Search
 * @property {number} beam
 * @property {number} length
 * @property {number} [lengthPenalty]
 * @property {number} samples how many of them are wanted
 * @property {boolean} [attention]
 */

/**
 * The best texts after a session, which stays as it is; the best one first.
 *
 * @param {Core} core
 * @param {number} session
 * @param {Search} options
 * @param {[number, number]} stops address and size of the texts that end one
 * @param {(tokens: [number, number][]) => Token[]} named
 */
export function search(core, session, options, stops, named) {
  const [best, all] = withBeam(core, options, (beam) =>
    core.pair("ink_beam_search", session, beam, ...stops),
  );
  try {
    return Array.from({ length: Math.min(options.samples, all) }, (_, i) => {
      const found = HYPOTHESIS.read(core.view, best + HYPOTHESIS.bytes * i);
      const ids = core.tokens(found.tokens, found.logProbabilities, found.count);
      const tokens = named(ids);
      if (options.attention) addAttention(core, session, ids, tokens);
      const { score, logProbability } = found;
      return { text: core.text(found.text, found.bytes), score, logProbability, tokens };
    });
  } finally {
    core.c.ink_release(best);
  }
}

/**
 * The tokens, all that were written after the session, are written once more for their attention.
 *
 * @param {Core} core
 * @param {number} session
 * @param {[number, number][]} ids
 * @param {Token[]} tokens
 */
function addAttention(core, session, ids, tokens) {
  const again = core.make("ink_session_fork", session);
  try {
    ids.forEach(([id], i) => {
      tokens[i].attention = core.attention(again) ?? undefined;
      core.call("ink_session_feed_token", again, id);
    });
  } finally {
    core.c.ink_session_free(again);
  }
}
