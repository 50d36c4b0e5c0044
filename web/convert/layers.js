// Recurrent layers: their cells' names, their gates and their sizes.

import { refusal, shown } from "./refuse.js";
import { columnsOf, expect, padded, rowsOf, stack, tensor, transpose } from "./tensor.js";

/** @typedef {import("./network.js").Layer} Layer */

const GATES = { rnn: 1, linear: 1, gru: 3, lstm: 4 };

/** The number of gates of a cell, by the first part of its name that counts them. */
export const gatesOf = (cell) => GATES[cell.split("-").find((part) => part in GATES)];

const SIGMOIDS = { sigmoid: "", hard_sigmoid: "-hard" };

/**
 * The name of a cell whose parts have these activations, as Keras names them.
 * @param {"rnn"|"gru"|"lstm"} kind
 */
export function cellName(kind, { activation = "tanh", recurrent = "sigmoid", before = false }) {
  const candidate = { tanh: "", relu: "-relu" }[activation];
  if (kind === "rnn") {
    if (activation === "linear") return "linear";
    if (activation === "sigmoid") return "rnn-sigmoid";
    if (candidate !== undefined) return `rnn${candidate}`;
  } else if (candidate !== undefined && recurrent in SIGMOIDS) {
    return kind + (before ? "-before" : "") + candidate + SIGMOIDS[recurrent];
  }
  const which = kind === "rnn" ? activation : `${activation} and ${recurrent}`;
  throw refusal(`a recurrent layer with the activation ${shown(which)} is none that this can run`);
}

/**
 * A layer whose tensors fit one another.
 * @param {string} name
 * @param {any} parts what a Layer has, but for what follows from its shapes
 * @returns {Layer}
 */
export function makeLayer(name, { cell, weightIh, weightHh, biasIh, biasHh, ...more }) {
  const gates = gatesOf(cell);
  expect(weightHh, [-1, -1], `${name}, recurrent`);
  const hidden = weightHh.shape[1];
  expect(weightHh, [gates * hidden, hidden], `${name}, recurrent`);
  expect(weightIh, [gates * hidden, -1], `${name}, input`);
  for (const bias of [biasIh, biasHh]) if (bias) expect(bias, [gates * hidden], `${name}, bias`);
  if (more.peephole) expect(more.peephole, [3 * hidden], `${name}, peepholes`);
  const input = weightIh.shape[1];
  const none = { peephole: null, initialH: null, initialC: null, reverse: null };
  biasIh ??= null;
  biasHh ??= null;
  return { ...none, ...more, cell, input, hidden, weightIh, weightHh, biasIh, biasHh };
}

/** A layer whose one matrix [G·H, in + H] reads what comes in, and behind that the state. */
export function makeJoint(name, { cell, weight, bias = null, ...more }) {
  const hidden = weight.shape[0] / gatesOf(cell);
  const input = weight.shape[1] - hidden;
  const weightIh = columnsOf(weight, 0, input);
  const weightHh = columnsOf(weight, input, input + hidden);
  return makeLayer(name, { cell, weightIh, weightHh, biasIh: bias, ...more });
}

/** The cells of one gate, by what squashes their state. */
export const SQUASHED = {
  tanh: "rnn",
  relu: "rnn-relu",
  sigmoid: "rnn-sigmoid",
  linear: "linear",
};

/** How many values a layer gives on. */
export const widthOf = (layer) => layer.hidden * (layer.reverse ? 2 : 1);

/**
 * A layer whose gates, without the candidate, are made of `change(weight)`: a hard sigmoid of
 * another slope is the cell's own of more or less.
 */
export function withGates(layer, change) {
  const gates = gatesOf(layer.cell);
  const candidate = gates === 4 ? 2 : gates - 1; // lstm: g is third of four; gru: n is last
  const changed = (whole) => {
    if (!whole) return null;
    const height = whole.data.length / gates;
    const data = whole.data.map((x, i) => (Math.floor(i / height) === candidate ? x : change(x)));
    return tensor(whole.shape, data);
  };
  const { weightIh, weightHh, biasIh, biasHh, peephole } = layer;
  return {
    ...layer,
    weightIh: changed(weightIh),
    weightHh: changed(weightHh),
    biasIh: changed(biasIh),
    biasHh: changed(biasHh),
    peephole: peephole && tensor(peephole.shape, peephole.data.map(change)),
  };
}

/**
 * The same network with layers of one width: units without weights stay zero whatever they read.
 */
export function withEqualLayers(network) {
  const hidden = Math.max(...network.layers.map((layer) => layer.hidden));
  if (network.layers.every((layer) => layer.hidden === hidden)) return network;
  if (network.reads === "all") return network;
  const blocks = (tensor, gates, columns) => {
    if (!tensor) return null;
    const height = tensor.shape[0] / gates;
    const gate = (g) => padded(rowsOf(tensor, g * height, (g + 1) * height), hidden, columns);
    return stack(Array.from({ length: gates }, (_, g) => gate(g)));
  };
  const widened = (layer, below) => {
    const gates = gatesOf(layer.cell);
    const read = below ? spread(layer.weightIh, below, hidden) : layer.weightIh;
    const [, input] = read.shape;
    return {
      ...layer,
      input,
      hidden,
      reverse: layer.reverse && widened(layer.reverse, below),
      weightIh: blocks(read, gates, input),
      weightHh: blocks(layer.weightHh, gates, hidden),
      biasIh: blocks(layer.biasIh, gates),
      biasHh: blocks(layer.biasHh, gates),
      peephole: blocks(layer.peephole, 3),
      initialH: layer.initialH && padded(layer.initialH, hidden),
      initialC: layer.initialC && padded(layer.initialC, hidden),
    };
  };
  const layers = network.layers.map((layer, i) => widened(layer, network.layers[i - 1]));
  const [first, ...rest] = [...network.dense, network.head];
  const wide = { ...first, weight: spread(first.weight, network.layers.at(-1), hidden) };
  const all = [wide, ...rest];
  return { ...network, layers, dense: all.slice(0, -1), head: all.at(-1) };
}

/**
 * The columns that read a layer, every direction of it and everything that is read of that, as they
 * read one with more units.
 */
function spread(weight, below, hidden) {
  const directions = Array.from({ length: weight.shape[1] / below.hidden }, (_, k) =>
    padded(columnsOf(weight, k * below.hidden, (k + 1) * below.hidden), weight.shape[0], hidden),
  );
  return transpose(stack(directions.map(transpose)));
}
