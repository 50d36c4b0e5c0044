// ONNX's LSTM, GRU and RNN nodes as layers of ours.

import { cellName, makeLayer, withGates } from "./layers.js";
import { OPERATORS, PEEPHOLES } from "./onnx-cells.js";
import { refusal, shown } from "./refuse.js";
import { expect, reorder, rowsOf, sizeOf, tensor } from "./tensor.js";

/**
 * @param {object} node
 * @param {(name: string) => ?import("./tensor.js").Tensor} constant
 * @param {(name: string) => boolean} isOutside whether a state is fed from outside, or zero
 * @returns {{ layer: import("./network.js").Layer, isReversed: boolean }}
 */
export function recurrentLayer(node, constant, isOutside) {
  const { type, inputs, attributes } = node;
  const direction = attributes.get("direction")?.s || "forward";
  const two = direction === "bidirectional";
  const [, w, r, b, lengths, h0, c0, p] = inputs;
  const directions = two ? 2 : 1;
  const weights = (name, what) => {
    const found = constant(name);
    if (!found)
      throw refusal(
        `the ${what} of the ONNX ${type} are no constant of the graph: the file has no weights for them`,
      );
    return found;
  };
  const parts = {
    w: weights(w, "input weights"),
    r: weights(r, "recurrent weights"),
    b: b ? weights(b, "biases") : null,
    p: p ? weights(p, "peepholes") : null,
  };
  if (lengths && constant(lengths)) {
    throw refusal(
      `the ONNX ${type} has fixed sequence_lens: a text model reads every token of a text`,
    );
  }
  const states = [h0, c0].map((name) => initialState(name, type, constant, isOutside));
  /** @type {any} */
  const both = states;
  const one = (k) => oneDirection(node, parts, k, directions, both);
  const layer = two ? { ...one(0), reverse: one(1) } : one(0);
  return { layer, isReversed: direction === "reverse" };
}

/** Zero or fed from outside: null. Else the constant that every text begins with. */
function initialState(name, type, constant, isOutside) {
  if (!name) return null;
  const found = constant(name);
  if (found) return found.data.every((x) => x === 0) ? null : found;
  if (isOutside(name)) return null;
  throw refusal(
    `the ONNX ${type} begins in a state that the graph computes: an encoder's, so it is no text generator`,
  );
}

function oneDirection({ type, attributes }, { w, r, b, p }, k, directions, [h0, c0]) {
  const { order } = OPERATORS[type];
  const gates = order.length;
  const hidden = attributes.get("hidden_size")?.i ?? r.shape.at(-1);
  expect(w, [directions, gates * hidden, -1], `${type} W`);
  expect(r, [directions, gates * hidden, hidden], `${type} R`);
  const of = ({ shape, data }) => {
    const size = sizeOf(shape.slice(1), type);
    return tensor(shape.slice(1), data.subarray(k * size, (k + 1) * size));
  };
  const sorted = (whole) => reorder(whole, order);
  const bias = b ? of(expect(b, [directions, 2 * gates * hidden], `${type} B`)) : null;
  const half = gates * hidden;
  const peephole = p
    ? reorder(of(expect(p, [directions, 3 * hidden], `${type} P`)), PEEPHOLES)
    : null;
  const { name, slope } = cellOf(
    type,
    attributes,
    k,
    peephole?.data.some((x) => x !== 0),
  );
  let layer = makeLayer(type, {
    cell: name,
    weightIh: sorted(of(w)),
    weightHh: sorted(of(r)),
    biasIh: bias && sorted(rowsOf(bias, 0, half)),
    biasHh: bias && sorted(rowsOf(bias, half, 2 * half)),
    peephole: /peephole/.test(name) ? peephole : null,
    initialH: stateRow(h0, hidden, type),
    initialC: stateRow(c0, hidden, type),
  });
  // A steeper hard sigmoid is the standard one of more.
  const steeper = slope / Math.fround(0.2);
  if (slope !== Math.fround(0.2)) layer = withGates(layer, (x) => x * steeper);
  return attributes.get("input_forget")?.i ? coupled(layer) : layer;
}

function stateRow(state, hidden, type) {
  if (!state) return null;
  const rows = state.data.length / hidden;
  const first = state.data.slice(0, hidden);
  if (!Number.isInteger(rows) || state.data.some((x, i) => x !== first[i % hidden])) {
    throw refusal(`the ONNX ${type} begins in another state for every text of a batch`);
  }
  return tensor([hidden], first);
}

/** The cell's name, and the slope of a hard sigmoid. */
function cellOf(type, attributes, k, hasPeepholes) {
  const { standard } = OPERATORS[type];
  if (attributes.get("clip")?.f)
    throw refusal(`the ONNX ${type} clips what goes into its gates, which no cell here does`);
  const list = attributes.get("activations")?.strings ?? [];
  const own =
    list.length > 0 ? list.slice(k * standard.length, (k + 1) * standard.length) : standard;
  const names = own.map((name) => name.toLowerCase());
  const [gate, candidate] = type === "RNN" ? ["sigmoid", names[0]] : names;
  const activation = candidate === "affine" && isIdentity(attributes) ? "linear" : candidate;
  const recurrent = gate === "hardsigmoid" ? "hard_sigmoid" : gate;
  const before = type === "GRU" && !attributes.get("linear_before_reset")?.i;
  let name = null;
  if (names.slice(2).every((other) => other === candidate)) {
    /** @type {any} */
    const kind = type.toLowerCase();
    name = cellName(kind, { activation, recurrent, before });
  }
  if (name === null)
    throw refusal(`an ONNX ${type} with the activations ${shown(own.join(", "))} is no cell here`);
  const isHard = gate === "hardsigmoid";
  const alpha = (isHard && attributes.get("activation_alpha")?.floats[0]) || Math.fround(0.2);
  const beta = isHard ? (attributes.get("activation_beta")?.floats[0] ?? 0.5) : 0.5;
  if (beta !== 0.5)
    throw refusal(`an ONNX ${type} whose hard sigmoid is ${shown(beta)} at 0 is no cell here`);
  return { name: name + (hasPeepholes ? "-peephole" : ""), slope: alpha };
}

/** Is its Affine, alpha x + beta, x alone? */
const isIdentity = (attributes) =>
  (attributes.get("activation_alpha")?.floats[0] ?? 1) === 1 &&
  (attributes.get("activation_beta")?.floats[0] ?? 0) === 0;

/** A forget gate of 1 - i is a gate of its own with the input gate's weights negated. */
function coupled(layer) {
  const couple = (whole, gates = 4) => {
    if (!whole) return null;
    const data = whole.data.slice();
    const height = data.length / gates;
    for (let i = 0; i < height; i++) data[height + i] = -data[i];
    return tensor(whole.shape, data);
  };
  return {
    ...layer,
    weightIh: couple(layer.weightIh),
    weightHh: couple(layer.weightHh),
    biasIh: couple(layer.biasIh),
    biasHh: couple(layer.biasHh),
    peephole: couple(layer.peephole, 3),
  };
}
