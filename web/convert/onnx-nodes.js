// What ONNX's nodes make of arrays, but for the recurrent ones: in a graph that is worked out, and
// where an exporter left constants for the runtime to fold. Nodes that no text network has are not
// known.

import { ACTIVATIONS } from "./activations.js";
import { axisOf, NotKnown } from "./compute-arrays.js";
import { called, erf } from "./compute-calls.js";

/** @typedef {import("./compute-arrays.js").Arr} Arr */

const none = new Map();

const OF_ONE = {
  Relu: ACTIVATIONS.relu,
  Tanh: Math.tanh,
  Sigmoid: ACTIVATIONS.sigmoid,
  Softplus: ACTIVATIONS.softplus,
  Softsign: ACTIVATIONS.softsign,
  Exp: Math.exp,
  Log: Math.log,
  Sqrt: Math.sqrt,
  Abs: Math.abs,
  Neg: (x) => -x,
  Floor: Math.floor,
  Reciprocal: (x) => 1 / x,
  Not: (x) => Number(!x),
  Erf: erf,
};
const OF_TWO = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Pow: (a, b) => a ** b,
  Max: Math.max,
  Min: Math.min,
  Equal: (a, b) => Number(a === b),
  Less: (a, b) => Number(a < b),
  Greater: (a, b) => Number(a > b),
  And: (a, b) => Number(a && b),
  Or: (a, b) => Number(a || b),
  PRelu: (x, slope) => (x > 0 ? x : slope * x),
};
const REDUCED = {
  ReduceMean: (row) => row.reduce((a, b) => a + b, 0) / row.length,
  ReduceSum: (row) => row.reduce((a, b) => a + b, 0),
  ReduceMax: (row) => row.reduce((a, b) => Math.max(a, b), -Infinity),
};

const listOf = (x) => (x ? [...x.data] : null);

/** A shape whose 0 stands for what there was. */
const shapeOf = (x, wanted) => listOf(wanted).map((side, i) => (side === 0 ? x.shape[i] : side));

/** Everything of an axis at places of any shape. */
function gather(a, [x, places], { number }) {
  const axis = axisOf(number("axis", 0), x.shape.length);
  if (axis === 0 && x.shape.length === 2) {
    const own = a.map(places, (i) => (i < 0 ? i + x.shape[0] : i));
    return a.rows(x, own);
  }
  const parts = [...places.data].map((i) => called(a, "unsqueeze", [a.at(x, axis, i), axis], none));
  const whole = a.joined(parts, axis);
  const shape = [...x.shape.slice(0, axis), ...places.shape, ...x.shape.slice(axis + 1)];
  return a.reshaped(whole, shape);
}

function slice(a, [x], { ints }) {
  const [starts, ends] = [ints("starts", 1), ints("ends", 2)];
  const axes = ints("axes", 3) ?? starts.map((_, i) => i);
  const steps = ints("steps", 4) ?? starts.map(() => 1);
  return starts.reduce((one, start, k) => {
    const axis = axisOf(axes[k], one.shape.length);
    const isTurned = steps[k] === -1 && start === -1 && ends[k] < -one.shape[axis];
    return isTurned ? a.flipped(one, axis) : a.sliced(one, axis, start, ends[k], steps[k]);
  }, x);
}

function squeeze(a, [x], { ints }) {
  const axes = ints("axes", 1)?.map((axis) => axisOf(axis, x.shape.length));
  return a.reshaped(
    x,
    x.shape.filter((side, i) => (axes ? !axes.includes(i) : side !== 1)),
  );
}

function unsqueeze(a, [x], { ints }) {
  const axes = ints("axes", 1);
  const rank = x.shape.length + axes.length;
  const shape = [...x.shape];
  for (const axis of axes.map((i) => axisOf(i, rank)).sort((i, j) => i - j))
    shape.splice(axis, 0, 1);
  return a.reshaped(x, shape);
}

function gemm(a, [x, y, c], { attributes, number }) {
  const turned = (one, name) => (number(name, 0) ? a.swapped(one, 0, 1) : one);
  const [alpha, beta] = ["alpha", "beta"].map((name) => attributes.get(name)?.f ?? 1);
  const found = a.map(a.product(turned(x, "transA"), turned(y, "transB")), (v) => alpha * v);
  return c ? a.both(found, c, (v, w) => v + beta * w) : found;
}

function normalised(a, [x, gamma, beta, mean, variance], { attributes }) {
  const epsilon = attributes.get("epsilon")?.f ?? 1e-5;
  const side = (one) =>
    called(a, "view", [one, ...x.shape.map((_, i) => (i === 1 ? -1 : 1))], none);
  const scale = a.both(gamma, variance, (g, v) => g / Math.sqrt(v + epsilon));
  const even = a.both(x, side(mean), (v, m) => v - m);
  return a.both(
    a.both(even, side(scale), (v, s) => v * s),
    side(beta),
    (v, b) => v + b,
  );
}

/** A pool over all of the last axis. */
const whole =
  (f) =>
  (a, [x], { ints }) => {
    const kernel = ints("kernel_shape", -1);
    if (x.shape.length !== 3 || (kernel && String(kernel) !== String([x.shape[2]])))
      throw new NotKnown("a pool of some steps");
    return a.reduced(x, -1, true, f);
  };

const softmax =
  (name) =>
  (a, [x], { number }) =>
    called(a, name, [x, number("axis", -1)], none);

function split(a, [x], { number, ints, node }) {
  const axis = axisOf(number("axis", 0), x.shape.length);
  const count = node.outputs.length;
  const sizes = ints("split", 1) ?? new Array(count).fill(Math.ceil(x.shape[axis] / count));
  return a.parted(x, sizes, axis);
}

const NODES_KNOWN = {
  Cast: (a, [x], { number }) => ([6, 7].includes(number("to", 1)) ? a.map(x, Math.trunc) : x),
  Shape: (a, [x]) => a.arr([x.shape.length], Float64Array.from(x.shape)),
  ConstantOfShape: (a, [shape], { constants, node }) =>
    a.full(listOf(shape), constants.fillOf(node)),
  Expand: (a, [x, shape]) => a.both(x, a.full(listOf(shape), 0), OF_TWO.Add),
  Range: (a, [from, to, by]) => {
    const count = Math.max(Math.ceil((to.data[0] - from.data[0]) / by.data[0]), 0);
    return a.map(a.full([count], 0), (_, i) => from.data[0] + i * by.data[0]);
  },
  Where: (a, [test, x, y]) => {
    const pair = a.both(test, x, (t, v) => (t ? v : NaN));
    const isFinite = [x, y].every(({ data }) => data.every((v) => !Number.isNaN(v)));
    if (!isFinite) throw new NotKnown("Where");
    return a.both(pair, y, (v, w) => (Number.isNaN(v) ? w : v));
  },
  Gather: gather,
  GatherElements: (a, [x, places], { number }) => a.gathered(x, number("axis", 0), places),
  Reshape: (a, [x, shape]) => a.reshaped(x, shapeOf(x, shape)),
  Flatten: (a, [x], { number }) => {
    const axis = number("axis", 1);
    const rows = x.shape.slice(0, axis).reduce((p, q) => p * q, 1);
    return a.reshaped(x, [rows, -1]);
  },
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: (a, [x], { ints }) => a.permuted(x, ints("perm", -1) ?? [...x.shape.keys()].reverse()),
  Concat: (a, list, { number }) => a.joined(list, number("axis", 0)),
  Slice: slice,
  Split: split,
  MatMul: (a, [x, y]) => a.product(x, y),
  Gemm: gemm,
  BatchNormalization: normalised,
  GlobalMaxPool: whole(REDUCED.ReduceMax),
  GlobalAveragePool: whole(REDUCED.ReduceMean),
  MaxPool: whole(REDUCED.ReduceMax),
  AveragePool: whole(REDUCED.ReduceMean),
  Softmax: softmax("softmax"),
  LogSoftmax: softmax("log_softmax"),
  LeakyRelu: (a, [x], { attributes }) => {
    const slope = attributes.get("alpha")?.f ?? 0.01;
    return a.map(x, (v) => (v > 0 ? v : slope * v));
  },
  Elu: (a, [x], { attributes }) => {
    const alpha = attributes.get("alpha")?.f ?? 1;
    return a.map(x, (v) => (v > 0 ? v : alpha * Math.expm1(v)));
  },
  HardSigmoid: (a, [x], { attributes }) => {
    const [alpha, beta] = [attributes.get("alpha")?.f ?? 0.2, attributes.get("beta")?.f ?? 0.5];
    return a.map(x, (v) => Math.min(Math.max(alpha * v + beta, 0), 1));
  },
  Clip: (a, [x, least, most], { attributes }) => {
    const from = attributes.get("min")?.f ?? least?.data[0] ?? -Infinity;
    const to = attributes.get("max")?.f ?? most?.data[0] ?? Infinity;
    return a.map(x, (v) => Math.min(Math.max(v, from), to));
  },
  OneHot: (a, [ids, depth], { number }) => {
    if (![-1, ids.shape.length].includes(number("axis", -1))) throw new NotKnown("OneHot");
    return a.oneHot(ids, depth.data[0]);
  },
};

function reduced(a, { attributes }, [x, axes], f) {
  const list = attributes.get("axes")?.ints;
  const own = list?.length > 0 ? list : (listOf(axes) ?? [...x.shape.keys()]);
  const keeps = (attributes.get("keepdims")?.i ?? 1) !== 0;
  const places = own.map((axis) => axisOf(axis, x.shape.length)).sort((i, j) => j - i);
  return places.reduce((one, axis) => a.reduced(one, axis, keeps, f), x);
}

/**
 * What a node gives: its outputs.
 * @param {import("./compute-arrays.js").Arrays} a @param {any} node @param {any[]} inputs
 * @param {any} constants of the graph @returns {Arr[]}
 */
export function outputsOf(a, node, inputs, constants) {
  const { type, attributes } = node;
  const [x, y] = inputs;
  if (Object.hasOwn(OF_ONE, type)) return [a.map(x, OF_ONE[type])];
  if (Object.hasOwn(OF_TWO, type) && inputs.length === 2) return [a.both(x, y, OF_TWO[type])];
  if (Object.hasOwn(REDUCED, type)) return [reduced(a, node, inputs, REDUCED[type])];
  if (/^(Identity|Dropout|CastLike)$/.test(type)) return [x];
  const number = (name, otherwise) => attributes.get(name)?.i ?? otherwise;
  const ints = (name, place) => {
    const list = attributes.get(name)?.ints;
    return list?.length > 0 ? list : listOf(inputs[place]);
  };
  const make = Object.hasOwn(NODES_KNOWN, type) ? NODES_KNOWN[type] : null;
  if (!make) throw new NotKnown(type);
  return [make(a, inputs, { attributes, number, ints, constants, node })].flat();
}
