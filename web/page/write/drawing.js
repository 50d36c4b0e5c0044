// Sessions of the lens: where each token of a text ends, what a session is told, and writing on
// from where one stands.

/**
 * How many UTF-16 units of a text have been read after each of its tokens. What the model does not
 * know stands in no token, or in one that the text does not have.
 */
export function endsOf(text, tokens) {
  const ends = [];
  let position = 0;
  for (const token of tokens) {
    const found = text.indexOf(token, position);
    ends.push(found < 0 ? undefined : (position = found + token.length));
  }
  // The unknown reaches to the next that is known.
  let next = text.length;
  for (let t = tokens.length - 1; t >= 0; t--) {
    if (ends[t] === undefined) ends[t] = next;
    else next = ends[t] - tokens[t].length;
  }
  return ends;
}

const AT_ONCE = 32; // tokens that are asked for before an answer has come

/** Draws up to `length` tokens in a session, fewer where a text ends; the seed comes first. */
export async function draw(session, { sampling, seed, length, end }, signal) {
  const tokens = [];
  while (tokens.length < length) {
    const count = Math.min(AT_ONCE, length - tokens.length);
    const calls = Array.from({ length: count }, (_, i) =>
      session.sample(tokens.length + i === 0 ? { ...sampling, seed } : sampling),
    );
    tokens.push(...(await Promise.all(calls)));
    signal.throwIfAborted();
    const last = end === undefined ? -1 : tokens.indexOf(end);
    if (last >= 0) return tokens.slice(0, last);
  }
  return tokens;
}

/** A state with some units changed: `edits` are [{ layer, unit, state }, value]. */
export function changed(own, edits, units) {
  const state = Object.fromEntries(Object.entries(own).map(([kind, all]) => [kind, all.slice()]));
  for (const [{ layer, unit, state: kind }, value] of edits) {
    const from = unit === undefined ? 0 : unit;
    const to = unit === undefined ? units : unit + 1;
    state[kind].fill(value, layer * units + from, layer * units + to);
  }
  return state;
}
