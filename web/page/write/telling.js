// What the lens says in words of a token: what it cost, and how the units stand after it.

import { spoken } from "../parts/tokens.js";

const BITS = Math.log2(Math.E);

export const bitsOf = (/** @type {number} */ nats) => nats * BITS;

export const signed = (/** @type {number} */ value, /** @type {number} */ digits) =>
  value.toFixed(digits).replace("-", "−");

/** A unit's value after token t, by its hidden or its cell state. */
export const valueAt = (trace, t, { layer, unit, state }) =>
  trace[state][(t * trace.layers + layer) * trace.units + unit];

/** Whether a model, as it is listed, reads a text as the same tokens. */
export const readsSo = ({ characters }, { tokens }, words) =>
  words ? !characters : tokens.every((token) => characters?.includes(token));

/** "unit 7, layer 1, cell": as much of it as there is to tell apart. */
export function titleOf({ layers, cell }, { layer, unit, state }) {
  const parts = [`unit ${unit}`];
  if (layers > 1) parts.push(`layer ${layer}`);
  if (cell) parts.push(state);
  return parts.join(", ");
}

/** What spoke for the token that was asked about. */
function reason({ why, trace }, t, what) {
  const one = `“${spoken(trace.tokens[why.place])}”`;
  if (t === why.place) return `${what}: asked about. Blue spoke for it, orange against it.`;
  if (t > why.place) return `${what}: comes after ${one}, so it had no say.`;
  const value = why.values[t];
  const side = value < 0 ? "against" : "for";
  return `${what}: spoke ${side} ${one} with ${signed(value, 4)}.`;
}

/**
 * Of token t. `colouring` says what the text is coloured by; `rows` are the units kept besides the
 * chosen one; `rival` and `why` are there once they have been asked for.
 */
export function sentenceOf({ trace, chosen, rows, colouring, rival, why, token }, t) {
  const { tokens, layers, units, nats } = trace;
  const at = (t * layers + chosen.layer) * units + chosen.unit;
  const what = `“${spoken(tokens[t])}”, ${token} ${t + 1} of ${tokens.length}`;
  if (colouring === "why") return reason({ why, trace }, t, what);
  const states = [`hidden ${signed(trace.hidden[at], 4)}`];
  if (trace.cell) states.push(`cell ${signed(trace.cell[at], 4)}`);
  const opened = Object.entries(trace.gates).map(
    ([name, values]) => `${name} ${signed(values[at], 2)}`,
  );
  const cost = Number.isNaN(nats[t]) ? [] : [`cost ${signed(bitsOf(nats[t]), 2)} bits`];
  if (rival && cost.length > 0) cost.push(`${rival.title} ${signed(bitsOf(rival.nats[t]), 2)}`);
  const own = [states.join(", "), opened.join(", ")].filter(Boolean).join("; ");
  const kept = rows.map((row) => `${titleOf(trace, row)} ${signed(valueAt(trace, t, row), 4)}`);
  const below = kept.length > 0 ? ` Rows: ${kept.join("; ")}.` : "";
  return `${[what, ...cost].join(", ")}. Unit ${chosen.unit}: ${own}.${below}`;
}
