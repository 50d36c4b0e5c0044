// One recurrent layer of Keras, of any version, as a layer of ours.
//
// Keras has matrices [in, G·H] and the gates i f c o or z r h; version 1 had a matrix a gate.
// CuDNN's layers keep each gate's input matrix row by row as [H, in] and the recurrent one as it
// multiplies.

import { activationName } from "./keras-activations.js";
import { cellName, makeLayer, withGates } from "./layers.js";
import { refusal, shown } from "./refuse.js";
import { columnsOf, expect, reorder, rowsOf, stack, tensor, transpose } from "./tensor.js";

/** @typedef {import("./tensor.js").Tensor & { name: string }} Weight */

// Which of Keras's blocks each of PyTorch's gates is.
const ORDER = { 1: [0], 3: [1, 0, 2], 4: [0, 1, 2, 3] };
const KINDS = { 1: "rnn", 3: "gru", 4: "lstm" };

// Version 1's gates in the order of its files, and in that of the matrices of version 2.
const OLD = { 9: ["z", "r", "h"], 12: ["i", "c", "f", "o"] };
const NEW = { 9: ["z", "r", "h"], 12: ["i", "f", "c", "o"] };

/** Version 1's matrix a gate as version 2's three tensors. */
function joined(weights) {
  const gates = OLD[weights.length];
  const find = (letter, gate, index) =>
    weights.find(({ name }) => new RegExp(`_${letter}_${gate}$`).test(name)) ?? weights[index];
  return ["W", "U", "b"].map((letter, k) => {
    const parts = NEW[weights.length].map((gate) =>
      find(letter, gate, gates.indexOf(gate) * 3 + k),
    );
    return letter === "b"
      ? stack(parts)
      : transpose(stack(parts.map((part) => transpose(expect(part, [-1, -1], part.name)))));
  });
}

/**
 * @param {string} kind Keras's class name
 * @param {object} config its configuration; `any`: the number of gates tells the kind
 * @param {Weight[]} found its weights in their order
 * @param {{ keras: number }} style the major version
 */
export function recurrentLayer(kind, config, found, style) {
  const name = config.name ?? kind;
  const weights = found.length in OLD ? joined(found) : found;
  const [kernel, recurrent, bias] = weights;
  expect(kernel, [-1, -1], `${name}/kernel`);
  expect(recurrent, [-1, -1], `${name}/recurrent_kernel`);
  const [hidden, columns] = recurrent.shape;
  const gates = columns / hidden;
  const base = KINDS[gates];
  const named = { SimpleRNN: "rnn", GRU: "gru", LSTM: "lstm" }[
    kind.replace(/^CuDNN|V\d$|Cell$/g, "")
  ];
  if (!base || (!config.any && base !== named)) {
    throw refusal(
      `the recurrent weights of ${shown(name)} are ${hidden}×${columns}, which no ${shown(kind)} has`,
    );
  }
  const size = bias ? bias.data.length : 0;
  const isCudnn =
    /^CuDNN/.test(kind) || (config.any && bias?.shape.length === 1 && size === 2 * columns);
  const cell = cellOf(base, config, isCudnn, size === 2 * columns);
  const order = ORDER[gates];
  const turned = isCudnn
    ? fromCudnn(kernel, recurrent, gates)
    : [transpose(kernel), transpose(recurrent)];
  const [biasIh, biasHh] = biases(bias, columns, order, name);
  const [weightIh, weightHh] = turned.map((matrix) => reorder(matrix, order));
  const layer = makeLayer(name, { cell, weightIh, weightHh, biasIh, biasHh });
  return style.keras >= 3 && /-hard/.test(cell) ? softened(layer) : layer;
}

function cellOf(base, config, isCudnn, hasTwoBiases) {
  const activation = activationName(config.activation, "tanh");
  if (base === "rnn") return cellName("rnn", { activation });
  const inner = config.recurrent_activation ?? config.inner_activation;
  const recurrent = isCudnn ? "sigmoid" : activationName(inner, "hard_sigmoid");
  const after = isCudnn || hasTwoBiases || config.reset_after === true;
  return cellName(base, {
    activation: isCudnn ? "tanh" : activation,
    recurrent,
    before: base === "gru" && !after,
  });
}

/** One bias, or two: [2, G·H], and CuDNN's one behind the other. */
function biases(bias, columns, order, name) {
  if (!bias) return [null, null];
  const flat = tensor([bias.data.length], bias.data);
  if (flat.shape[0] === columns) return [reorder(flat, order), null];
  if (flat.shape[0] !== 2 * columns)
    throw refusal(`the bias of ${shown(name)} has ${flat.shape[0]} values`);
  return [rowsOf(flat, 0, columns), rowsOf(flat, columns, 2 * columns)].map((part) =>
    reorder(part, order),
  );
}

/** [G·H, in] and [G·H, H] from CuDNN's matrices. */
function fromCudnn(kernel, recurrent, gates) {
  const [input, columns] = kernel.shape;
  const hidden = columns / gates;
  const blocks = (matrix) =>
    Array.from({ length: gates }, (_, g) => columnsOf(matrix, g * hidden, (g + 1) * hidden));
  return [
    stack(blocks(kernel).map(({ data }) => tensor([hidden, input], data))),
    stack(blocks(recurrent)),
  ];
}

/**
 * Keras 3's hard sigmoid is clip(x/6 + 1/2), the older one clip(x/5 + 1/2): the same if what comes
 * into the gates is 5/6 of what it was.
 */
const softened = (layer) => withGates(layer, (x) => (x * 5) / 6);
