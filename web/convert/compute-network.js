// What the neutral description of a network gives for some tokens, and whether a program gives the
// same; and what one of its layers gives.

import { ACTIVATIONS } from "./activations.js";
import { NotKnown } from "./compute-arrays.js";
import { gatesOf } from "./layers.js";

/**
 * @typedef {import("./compute-arrays.js").Arrays} Arrays
 * @typedef {import("./layers.js").Layer} Layer
 * @typedef {{ h: Float64Array, c: Float64Array }} State
 */

const { sigmoid, relu } = ACTIVATIONS;

/** W x + b @param {Arrays} arrays */
function affine(arrays, { shape: [height, width], data }, x, bias) {
  arrays.spend(height * width);
  return Float64Array.from({ length: height }, (_, r) => {
    let sum = bias ? bias.data[r] : 0;
    for (let c = 0; c < width; c++) sum += data[r * width + c] * x[c];
    return sum;
  });
}

const begin = (initial, hidden) => Float64Array.from(initial?.data ?? new Float64Array(hidden));

/** The state in which a layer begins. @param {Layer} layer @returns {State} */
export const beginning = ({ initialH, initialC, hidden }) => ({
  h: begin(initialH, hidden),
  c: begin(initialC, hidden),
});

/** One step of a layer: docs/formats.md, "Cells". @returns {State} */
export function stepOf(arrays, layer, x, { h, c }) {
  const { cell, hidden: H } = layer;
  const words = cell.split("-");
  const squash = words.includes("relu") ? relu : Math.tanh;
  const squeeze = words.includes("hard") ? ACTIVATIONS.hard_sigmoid : sigmoid;
  if (words.includes("brain")) throw new NotKnown("a cell of brain.js");
  const a = affine(arrays, layer.weightIh, x, layer.biasIh);
  const b = affine(arrays, layer.weightHh, h, layer.biasHh);
  const gates = gatesOf(cell);
  // Peepholes are those of i, f and o.
  const peep = (k, j, cells) => (layer.peephole ? layer.peephole.data[k * H + j] * cells[j] : 0);
  const gate = (g, j, more = 0) => squeeze(a[g * H + j] + b[g * H + j] + more);
  const each = (f) => Float64Array.from({ length: H }, (_, j) => f(j));
  if (gates === 1) {
    const name = cell === "linear" ? "linear" : (words[1] ?? "tanh");
    return { h: each((j) => ACTIVATIONS[name](a[j] + b[j])), c };
  }
  if (gates === 4) {
    const next = each((j) => {
      const kept = gate(1, j, peep(1, j, c)) * c[j];
      return kept + gate(0, j, peep(0, j, c)) * squash(a[2 * H + j] + b[2 * H + j]);
    });
    return { h: each((j) => gate(3, j, peep(2, j, next)) * squash(next[j])), c: next };
  }
  const r = each((j) => gate(0, j));
  const isBefore = words.includes("before");
  const reset = isBefore
    ? affine(
        arrays,
        layer.weightHh,
        each((j) => r[j] * h[j]),
        layer.biasHh,
      ).subarray(2 * H)
    : each((j) => r[j] * b[2 * H + j]);
  const n = each((j) => squash(a[2 * H + j] + reset[j]));
  return { h: each((j) => n[j] + gate(1, j) * (h[j] - n[j])), c };
}

/** A layer over what it reads, from a state on: what it gives at every step, and its last state. */
function over(arrays, layer, inputs, from) {
  let state = from;
  const outputs = inputs.map((x) => (state = stepOf(arrays, layer, x, state)).h);
  return { outputs, state };
}

/**
 * A layer over what it reads, both directions where it has both: what it gives at every step, and
 * the last state of each.
 * @param {Arrays} arrays @param {Layer} layer @param {Float64Array[]} inputs
 * @param {State[]} from of each direction
 */
export function layerOver(arrays, layer, inputs, from) {
  const forward = over(arrays, layer, inputs, from[0]);
  if (!layer.reverse) return { outputs: forward.outputs, states: [forward.state] };
  const back = over(arrays, layer.reverse, [...inputs].reverse(), from[1]);
  const all = back.outputs.reverse();
  return {
    outputs: forward.outputs.map((h, t) => Float64Array.of(...h, ...all[t])),
    states: [forward.state, back.state],
  };
}

/** What a read-out sees of a last layer's outputs: src/parts/reread.h. */
function featuresOf({ pool, layers }, outputs) {
  const { hidden, reverse } = layers.at(-1);
  const [first, last] = [outputs[0], outputs.at(-1)];
  const ends = () =>
    reverse ? Float64Array.of(...last.slice(0, hidden), ...first.slice(hidden)) : last;
  const mean = () => last.map((_, i) => outputs.reduce((sum, y) => sum + y[i], 0) / outputs.length);
  const most = () => last.map((_, i) => Math.max(...outputs.map((y) => y[i])));
  if (pool === "pooled") return Float64Array.of(...ends(), ...mean(), ...most());
  return { last: () => last, ends, mean, max: most }[pool]();
}

/**
 * The logits after some tokens, which are read as one window.
 * @param {Arrays} arrays @param {import("./network.js").Network} network @param {number[]} ids
 */
export function logitsOf(arrays, network, ids) {
  const { layers, table, inputs, reversed } = network;
  const width = table ? table.shape[1] : inputs;
  const row = (id) =>
    table
      ? Float64Array.from(table.data.subarray(id * width, (id + 1) * width))
      : new Float64Array(width).map((_, i) => Number(i === id));
  let outputs = (reversed ? [...ids].reverse() : ids).map(row);
  for (const layer of layers) {
    const from = [layer, layer.reverse].filter(Boolean).map(beginning);
    ({ outputs } = layerOver(arrays, layer, outputs, from));
  }
  let x = featuresOf(network, outputs);
  for (const { weight, bias, activation } of network.dense)
    x = affine(arrays, weight, x, bias).map(ACTIVATIONS[activation]);
  return affine(arrays, network.head.weight, x, network.head.bias);
}

/** Are two lists the same but for what a soft-max takes no notice of? */
function isShifted(a, b) {
  const apart = a.map((x, i) => x - b[i]);
  const size = b.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return Math.max(...apart) - Math.min(...apart) < 1e-4 * size;
}

const logit = (x) => Math.log(x / (1 - x));

/** Does a row of logits, or of probabilities, say what the logits of a network do? */
export function agrees(logits, row, { activation }) {
  const isNear = (one, z) => Math.abs(one - z) < 1e-4 * Math.max(1, Math.abs(z));
  if (row.length === 1) {
    const z = logits[1] - logits[0];
    return [row[0], logit(row[0])].some((one) => isNear(one, z));
  }
  if (activation === "sigmoid" && row.every((x, i) => isNear(logit(x), logits[i]))) return true;
  const sum = row.reduce((a, b) => a + b, 0);
  const isShare = row.every((x) => x > 0) && Math.abs(sum - 1) < 1e-6;
  return isShifted(isShare ? row.map(Math.log) : row, logits);
}
