// What the neutral description of a network gives for some tokens, and whether a program gives the
// same.

import { spend } from "./compute-arrays.js";
import { ACTIVATIONS } from "./activations.js";
import { gatesOf } from "./layers.js";

const { sigmoid, relu } = ACTIVATIONS;

/** W x + b */
function affine({ shape: [height, width], data }, x, bias) {
  spend(height * width);
  return Float64Array.from({ length: height }, (_, r) => {
    let sum = bias ? bias.data[r] : 0;
    for (let c = 0; c < width; c++) sum += data[r * width + c] * x[c];
    return sum;
  });
}

const begin = (initial, hidden) => Float64Array.from(initial?.data ?? new Float64Array(hidden));

/** One step of a layer: docs/formats.md, "Cells". */
function stepOf(layer, x, { h, c }) {
  const { cell, hidden: H } = layer;
  const words = cell.split("-");
  const squash = words.includes("relu") ? relu : Math.tanh;
  const a = affine(layer.weightIh, x, layer.biasIh);
  const b = affine(layer.weightHh, h, layer.biasHh);
  const gates = gatesOf(cell);
  const gate = (g, j) => sigmoid(a[g * H + j] + b[g * H + j]);
  const each = (f) => Float64Array.from({ length: H }, (_, j) => f(j));
  if (gates === 1) {
    const name = cell === "linear" ? "linear" : (words[1] ?? "tanh");
    return { h: each((j) => ACTIVATIONS[name](a[j] + b[j])), c };
  }
  if (gates === 4) {
    const next = each((j) => gate(1, j) * c[j] + gate(0, j) * squash(a[2 * H + j] + b[2 * H + j]));
    return { h: each((j) => gate(3, j) * squash(next[j])), c: next };
  }
  const r = each((j) => gate(0, j));
  const isBefore = words.includes("before");
  const reset = isBefore
    ? affine(
        layer.weightHh,
        each((j) => r[j] * h[j]),
        layer.biasHh,
      ).subarray(2 * H)
    : each((j) => r[j] * b[2 * H + j]);
  const n = each((j) => squash(a[2 * H + j] + reset[j]));
  return { h: each((j) => n[j] + gate(1, j) * (h[j] - n[j])), c };
}

/** The logits after some tokens. @param {import("./network.js").Network} network */
export function logitsOf(network, ids) {
  const { layers, table } = network;
  const states = layers.map((layer) => ({
    h: begin(layer.initialH, layer.hidden),
    c: begin(layer.initialC, layer.hidden),
  }));
  let x = new Float64Array(0);
  for (const id of ids) {
    const width = table ? table.shape[1] : network.inputs;
    x = table
      ? Float64Array.from(table.data.subarray(id * width, (id + 1) * width))
      : new Float64Array(width).map((_, i) => Number(i === id));
    layers.forEach((layer, l) => {
      states[l] = stepOf(layer, x, states[l]);
      x = states[l].h;
    });
  }
  for (const { weight, bias, activation } of network.dense)
    x = affine(weight, x, bias).map(ACTIVATIONS[activation]);
  return affine(network.head.weight, x, network.head.bias);
}

/** Are two lists the same but for what a soft-max takes no notice of? */
function isShifted(a, b) {
  const apart = a.map((x, i) => x - b[i]);
  const size = b.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  return Math.max(...apart) - Math.min(...apart) < 1e-4 * size;
}

/** Does a row of logits, or of probabilities, say what the logits do? */
export function agrees(logits, row) {
  if (row.length === 1) {
    const [x] = row;
    const z = logits[1] - logits[0];
    return [x, Math.log(x / (1 - x))].some(
      (one) => Math.abs(one - z) < 1e-4 * Math.max(1, Math.abs(z)),
    );
  }
  const sum = row.reduce((a, b) => a + b, 0);
  const isShare = row.every((x) => x > 0) && Math.abs(sum - 1) < 1e-6;
  return isShifted(isShare ? row.map(Math.log) : row, logits);
}
