// Which axis of a value in an ONNX graph is time, from the recurrent nodes on: a step that is
// picked, a slice or a mean is of time, of a text in a batch, or of units.

import { refusal, shown } from "./refuse.js";

/**
 * The axes of a value by letters: t(ime), d(irections), b(atch), h (units), 1 (a single one), and
 * * (several in one). Null: unknown.
 * @typedef {string[] | null} Labels
 */

const RECURRENT = /^(LSTM|GRU|RNN)$/;
const SAME = new RegExp(
  "^(Identity|Cast|CastLike|Dropout|Add|Sub|Mul|Div|MatMul|Gemm|FusedMatMul|BatchNormalization|" +
    "Relu|LeakyRelu|Tanh|Sigmoid|Elu|Selu|Softplus|Softsign|Clip|HardSigmoid|Softmax|LogSoftmax|" +
    "Slice)$",
);
const DEPTH = 64;

export class Axes {
  constructor({ constants }) {
    this.constants = constants;
    this.found = new Map();
  }

  /** @returns {Labels} */
  of(name, depth = 0) {
    if (depth > DEPTH) return null;
    if (!this.found.has(name)) {
      this.found.set(name, null); // of a circle
      this.found.set(name, this.#make(name, depth));
    }
    return this.found.get(name);
  }

  #make(name, depth) {
    const node = this.constants.makers.get(name);
    if (!node) return null;
    const { type, inputs, outputs, attributes } = node;
    if (RECURRENT.test(type)) {
      const isBatchFirst = attributes.get("layout")?.i === 1;
      if (name !== outputs[0]) return isBatchFirst ? ["b", "d", "h"] : ["d", "b", "h"];
      return isBatchFirst ? ["b", "t", "d", "h"] : ["t", "d", "b", "h"];
    }
    // What changes is not always the first: 2 + x.
    const changing = inputs.find((input) => input && !this.constants.get(input)) ?? "";
    const labels = this.of(changing, depth + 1);
    if (!labels) return null;
    if (SAME.test(type)) return labels;
    return Object.hasOwn(SHAPES, type) ? SHAPES[type](labels, node, this.constants) : null;
  }
}

const numbers = ({ inputs, attributes }, constants, name, place) => {
  const list = attributes.get(name)?.ints;
  if (list?.length > 0) return list;
  const found = inputs[place] ? constants.get(inputs[place]) : null;
  return found ? [...found.data] : null;
};

const axesOf = (labels, node, constants, rank = labels.length) =>
  numbers(node, constants, "axes", 1)?.map((axis) => (axis < 0 ? axis + rank : axis)) ?? null;

const axisOf = (labels, { attributes }) => {
  const axis = attributes.get("axis")?.i ?? 0;
  return axis < 0 ? axis + labels.length : axis;
};

const reduced = (labels, node, constants) => {
  const axes = axesOf(labels, node, constants);
  if (!axes) return null;
  const keeps = (node.attributes.get("keepdims")?.i ?? 1) !== 0;
  return labels.flatMap((one, i) => (!axes.includes(i) ? [one] : keeps ? ["1"] : []));
};

const SHAPES = {
  Transpose: (labels, { attributes }) => {
    const order = attributes.get("perm")?.ints ?? [];
    return order.length > 0 ? order.map((i) => labels[i]) : [...labels].reverse();
  },
  Squeeze: (labels, node, constants) => {
    const axes = axesOf(labels, node, constants);
    return axes ? labels.filter((_, i) => !axes.includes(i)) : null;
  },
  Unsqueeze: (labels, node, constants) => {
    const more = numbers(node, constants, "axes", 1);
    if (!more) return null;
    const rank = labels.length + more.length;
    const out = labels.slice();
    for (const axis of more.map((a) => (a < 0 ? a + rank : a)).sort((a, b) => a - b))
      out.splice(axis, 0, "1");
    return out;
  },
  Reshape: (labels, { inputs }, constants) => {
    const rank = constants.get(inputs[1])?.data.length;
    if (rank === labels.length) return labels;
    const [last, before] = [labels.at(-1), labels.at(-2)];
    if (last !== "h" || !rank) return null;
    if (rank === labels.length - 1 && before === "d") return [...labels.slice(0, -2), "h"];
    return rank === 2 ? ["*", "h"] : null; // the units that are read are as many as they were
  },
  Gather: (labels, node, constants) => {
    const index = constants.get(node.inputs[1]);
    const axis = axisOf(labels, node);
    if (!index || index.shape.length > 1) return null;
    return labels.flatMap((one, i) => (i !== axis ? [one] : index.shape.length > 0 ? ["1"] : []));
  },
  ReduceMean: reduced,
  ReduceMax: reduced,
  // The states of several layers, one behind another.
  Concat: (labels, node) => (labels[axisOf(labels, node)] === "d" ? labels : null),
};

const FAR = 2 ** 31 - 1; // what exporters write for the end

const cannot = (what) => refusal(`the ONNX graph ${what}, which no text model here does`);

/**
 * What a Gather of one index picks: "last" step, "state" of a direction or a layer, or "text" of a
 * batch.
 */
export function picked(node, labels, index) {
  const label = labels ? labels[axisOf(labels, node)] : "?";
  if (label === "t" || label === "?") {
    if (index === -1) return "last";
    throw cannot(`reads step ${shown(index)} of a text alone`);
  }
  if (label === "d") return "state";
  if (label === "b" || label === "1") return "text";
  throw cannot("picks one unit out of a layer");
}

/** Does a Slice leave the last step alone? Else it leaves all, or is refused. */
export function isLastSlice(node, labels, constants) {
  const of = (name, place) => numbers(node, constants, name, place);
  const [starts, ends] = [of("starts", 1), of("ends", 2)];
  if (!starts || !ends) throw refusal("the ONNX graph slices by something that changes");
  const axes = of("axes", 3) ?? starts.map((_, i) => i);
  const steps = of("steps", 4) ?? starts.map(() => 1);
  const kinds = starts.map((start, k) => {
    const axis = axes[k] < 0 && labels ? axes[k] + labels.length : axes[k];
    const label = labels?.[axis] ?? "?";
    const isOpen = ends[k] >= FAR || ends[k] > 1e8;
    if (start === 0 && isOpen && steps[k] === 1) return "all";
    if (label === "b" || label === "1") return "all";
    if (start === -1 && isOpen && steps[k] === 1 && label !== "h" && label !== "d") return "last";
    throw cannot(label === "h" ? "reads some units of a layer alone" : "reads some steps alone");
  });
  return kinds.includes("last");
}

/** Does a Slice turn one axis round? */
export function isFlip(node, constants) {
  const of = (name, place) => numbers(node, constants, name, place) ?? [];
  const [[start, ...more], [end], [step]] = [of("starts", 1), of("ends", 2), of("steps", 4)];
  return more.length === 0 && start === -1 && end < -1e8 && step === -1;
}

/** A soft-max over what is not the last axis is none of tokens. */
export function checkSoftmax(node, labels) {
  const axis = node.attributes.get("axis")?.i;
  if (axis === undefined || axis === -1 || !labels || axis === labels.length - 1) return;
  throw cannot("has a soft-max over another axis than its outputs'");
}

/** A mean or a maximum is over time. */
export function checkPool(node, labels, constants) {
  const axes = labels && axesOf(labels, node, constants);
  if (axes && !(axes.length === 1 && labels[axes[0]] === "t"))
    throw cannot(`has a ${shown(node.type)} over another axis than time`);
}
