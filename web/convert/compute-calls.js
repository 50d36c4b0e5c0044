// What the functions and methods that programs of recurrent cells call make of arrays.

import { ACTIVATIONS, TORCH } from "./activations.js";
import { NotKnown, axisOf, isArr } from "./compute-arrays.js";
import { packed, unpacked } from "./compute-recurrent.js";

const clip = (x, from, to) => Math.min(Math.max(x, from), to);

/** By its series, and where that ends by what is left of 1. */
export function erf(x) {
  if (Math.abs(x) > 4) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const gelu = (x) => 0.5 * x * (1 + erf(x / Math.SQRT2));
const geluByTanh = (x) =>
  0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Functions of one value, by PyTorch's and NumPy's names in small letters without underscores. */
const OF_ONE = {
  ...Object.fromEntries(Object.entries(TORCH).map(([name, own]) => [name, ACTIVATIONS[own]])),
  logistic: ACTIVATIONS.sigmoid,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  square: (x) => x * x,
  neg: (x) => -x,
  erf,
  mish: (x) => x * Math.tanh(ACTIVATIONS.softplus(x)),
  hardswish: (x) => x * clip(x / 6 + 0.5, 0, 1),
  hardsigmoid: (x) => clip(x / 6 + 0.5, 0, 1),
  hardtanh: (x) => clip(x, -1, 1),
};

const OF_TWO = {
  mul: (a, b) => a * b,
  multiply: (a, b) => a * b,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  div: (a, b) => a / b,
  maximum: Math.max,
  rsub: (a, b) => b - a,
  eq: (a, b) => Number(a === b),
  ne: (a, b) => Number(a !== b),
  minimum: Math.min,
};

const SAME = new RegExp(
  "^(contiguous|detach|clone|float|double|half|long|int|to|type|type_as|cuda|cpu|data|copy|astype|" +
    "requires_grad_?|(alpha_)?dropout|variable|tensor|parameter|asarray|array|list|tuple|float\\d+|" +
    "(locked|variational)_?dropout|dropout\\dd|bool)$",
);
const ZEROS = /^(zeros|new_zeros|zeros_like|ones|new_ones|ones_like|empty|new_empty|new)$/;

/** A name in small letters; leaky_relu_ is leakyrelu, log_softmax stays. */
const plain = (name) => {
  const own = name.toLowerCase().replace(/_$/, "");
  return Object.hasOwn(CALLS, own) || ZEROS.test(own) || SAME.test(own)
    ? own
    : own.replaceAll("_", "");
};

/** Numbers behind one another or in a list. */
const sides = (args) => {
  const list = args.length === 1 && Array.isArray(args[0]) ? args[0] : args;
  if (!list.every((one) => typeof one === "number")) throw new NotKnown("a shape");
  return list;
};

const softmaxed = (a, x, axis, isLog) => {
  const most = a.reduced(x, axis, true, largest);
  const shifted = a.both(x, most, OF_TWO.sub);
  const sums = a.reduced(shifted, axis, true, (row) =>
    row.reduce((sum, one) => sum + Math.exp(one), 0),
  );
  return a.both(shifted, sums, (one, sum) => (isLog ? one - Math.log(sum) : Math.exp(one) / sum));
};

const squeezed = (a, x, axis) => {
  const place = axis === undefined ? -1 : axisOf(axis, x.shape.length);
  return a.reshaped(
    x,
    x.shape.filter((side, i) => side !== 1 || (place >= 0 && i !== place)),
  );
};

const unsqueezed = (a, x, axis) => {
  const place = axis < 0 ? axis + x.shape.length + 1 : axis;
  return a.reshaped(x, [...x.shape.slice(0, place), 1, ...x.shape.slice(place)]);
};

const flattened = (a, x, from, to) => {
  const [first, last] = [from, to].map((axis) => axisOf(axis, x.shape.length));
  return a.reshaped(x, [...x.shape.slice(0, first), -1, ...x.shape.slice(last + 1)]);
};

const cutEqual = (a, x, count, axis) =>
  cutBy(a, x, Math.ceil(x.shape[axisOf(axis, x.shape.length)] / count), axis);

const cutBy = (a, x, sizes, axis) => {
  const side = x.shape[axisOf(axis, x.shape.length)];
  if (Array.isArray(sizes)) return a.parted(x, sizes, axis);
  const all = [];
  for (let left = side; left > 0; left -= sizes) all.push(Math.min(left, sizes));
  return a.parted(x, all, axis);
};

const number = (value, otherwise) => (typeof value === "number" ? value : otherwise);
const axisIn = (axis, keys, otherwise) =>
  number(axis ?? keys.get("dim") ?? keys.get("axis"), otherwise);

/** Over an axis, or over all of them. */
const over =
  (f) =>
  (a, [x, axis, keeps], keys) => {
    const own = [axis ?? keys.get("dim") ?? keys.get("axis")].flat();
    const isKept = (keeps ?? keys.get("keepdim") ?? keys.get("keepdims")) === true;
    if (own.length !== 1) throw new NotKnown("several axes");
    if (own[0] === undefined) return f(x.data);
    return a.reduced(x, own[0], isKept, f);
  };

const total = (row) => row.reduce((sum, one) => sum + one, 0);
const mean = (row) => total(row) / row.length;
const largest = (row) => row.reduce((most, one) => Math.max(most, one), -Infinity);

/** The largest over an axis with their places, as torch.max(x, 1) gives them. */
const withPlaces = (a, [x, axis, keeps], keys) => {
  if (isArr(axis)) return a.both(x, axis, Math.max);
  const find = (f) => over(f)(a, [x, axis, keeps], keys);
  const values = find(largest);
  if (!isArr(values)) return values;
  return [values, find((row) => row.indexOf(largest(row)))];
};

/** Over all of the last axis, which stays as one place: a pool that is as long as the text. */
const pooled =
  (f, isAdaptive) =>
  (a, [x, size], keys) => {
    const length = [size ?? keys.get("kernel_size") ?? keys.get("output_size")].flat();
    if (length.length !== 1 || length[0] !== (isAdaptive ? 1 : x.shape.at(-1)))
      throw new NotKnown("a pool of some steps");
    return a.reduced(x, -1, true, f);
  };

/** With what makes arrays, their first value x, others behind it, and those by name. */
const CALLS = {
  cat: (a, [list, axis], keys) => a.joined(list, axisIn(axis, keys, 0)),
  stack: (a, [list, axis], keys) => {
    const place = axisIn(axis, keys, 0);
    return a.joined(
      list.map((one) => unsqueezed(a, one, place)),
      place,
    );
  },
  hstack: (a, [list]) => a.joined(list, list[0].shape.length > 1 ? 1 : 0),
  vstack: (a, [list]) => a.joined(list, 0),
  chunk: (a, [x, count, axis], keys) => cutEqual(a, x, count, axisIn(axis, keys, 0)),
  split: (a, [x, sizes, axis], keys) => cutBy(a, x, sizes, axisIn(axis, keys, 0)),
  unbind: (a, [x, axis], keys) => {
    const own = axisIn(axis, keys, 0);
    const count = x.shape[axisOf(own, x.shape.length)];
    return Array.from({ length: count }, (_, i) => a.at(x, own, i));
  },
  select: (a, [x, axis, index]) => a.at(x, axis, index),
  matmul: (a, [x, y]) => a.product(x, y),
  linear: (a, [x, weight, bias]) => a.linear(x, weight, bias),
  view: (a, [x, ...shape]) => a.reshaped(x, sides(shape)),
  flatten: (a, [x, from, to], keys) =>
    flattened(
      a,
      x,
      number(from ?? keys.get("start_dim"), 0),
      number(to ?? keys.get("end_dim"), -1),
    ),
  squeeze: (a, [x, axis], keys) => squeezed(a, x, axis ?? keys.get("dim")),
  unsqueeze: (a, [x, axis], keys) => unsqueezed(a, x, axisIn(axis, keys, 0)),
  transpose: (a, [x, i, j]) => (i === undefined ? CALLS.t(a, [x]) : a.swapped(x, i, j)),
  permute: (a, [x, ...order]) => a.permuted(x, sides(order)),
  t: (a, [x]) => a.permuted(x, [...x.shape.keys()].reverse()),
  flip: (a, [x, ...axes], keys) => {
    const list = sides(axes.length > 0 ? axes : [keys.get("dims") ?? keys.get("axis")]);
    return list.reduce((one, axis) => a.flipped(one, axis), x);
  },
  size: (_, [x, axis]) =>
    axis === undefined ? [...x.shape] : x.shape[axisOf(axis, x.shape.length)],
  dim: (_, [x]) => x.shape.length,
  len: (_, [x]) => (isArr(x) ? x.shape[0] : x.length),
  sum: over(total),
  mean: over(mean),
  amax: over(largest),
  max: withPlaces,
  max_pool1d: pooled(largest, false),
  avg_pool1d: pooled(mean, false),
  adaptive_max_pool1d: pooled(largest, true),
  adaptive_avg_pool1d: pooled(mean, true),
  softmax: (a, [x, axis], keys) => softmaxed(a, x, axisIn(axis, keys, -1), false),
  log_softmax: (a, [x, axis], keys) => softmaxed(a, x, axisIn(axis, keys, -1), true),
  one_hot: (a, [ids, count], keys) => a.oneHot(ids, count ?? keys.get("num_classes")),
  gather: (a, [x, axis, places]) => a.gathered(x, axis, places),
  arange: (a, args) => a.arr([range(args).length], Float64Array.from(range(args))),
  lerp: (a, [x, y, w]) => a.both(x, a.both(w, a.both(y, x, OF_TWO.sub), OF_TWO.mul), OF_TWO.add),
  expand: (a, [x, ...shape]) => spread(a, x, sides(shape)),
  expand_as: (a, [x, like]) => spread(a, x, like.shape),
  leakyrelu: (a, [x, slope], keys) => {
    const own = number(slope ?? keys.get("negative_slope"), 0.01);
    return a.map(x, (value) => (value > 0 ? value : own * value));
  },
  gelu: (a, [x, own], keys) =>
    a.map(x, (own ?? keys.get("approximate")) === "tanh" ? geluByTanh : gelu),
  clamp: (a, [x, least, most], keys) => {
    const from = number(least ?? keys.get("min"), -Infinity);
    return a.map(x, (value) => clip(value, from, number(most ?? keys.get("max"), Infinity)));
  },
  append: (_, [list, value]) => {
    list.push(value);
    return null;
  },
  masked_fill: (a, [x, mask, value]) => {
    const held = a.both(x, mask, (v, m) => (m ? NaN : v));
    return a.map(held, (v) => (Number.isNaN(v) ? value : v));
  },
  // As TorchScript writes them; torch.embedding(weight, x) is F.embedding(x, weight).
  embedding: (a, [x, y]) => (x.data instanceof Float32Array ? a.rows(x, y) : a.rows(y, x)),
  slice: (a, [x, axis = 0, from, to, by], keys) =>
    a.sliced(x, axis, from ?? keys.get("start"), to ?? keys.get("end"), by),
  index: (a, [x, places]) => {
    if (places.length !== 2 || !places.every(isArr)) throw new NotKnown("an index");
    const rows = [...places[0].data].map((row, i) => a.at(a.at(x, 0, row), 0, places[1].data[i]));
    return CALLS.stack(a, [rows, 0], new Map());
  },
  numtotensor: (_, [x]) => x,
  getattr: () => {
    throw new NotKnown("an attribute");
  },
  __is__: (_, [x, y]) => x === y,
  __isnot__: (_, [x, y]) => x !== y,
  __not__: (_, [x]) => !x,
  __getitem__: (_, [list, i]) => list.at(i),
  // As in `weight = next(self.parameters()).data; weight.new(1, 1, 9).zero_()`.
  next: (_, [list]) => list[0],
  parameters: (a) => [a.full([], 0)],
  zero: (a, [x]) => a.full(x.shape, 0),
  fill: (a, [x, value]) => a.full(x.shape, value),
  dict: (_, __, keys) => new Map(keys),
  pack_padded_sequence: packed,
  pad_packed_sequence: unpacked,
  is_available: () => false,
  flatten_parameters: () => null,
  device: () => null,
  isinstance: () => {
    throw new NotKnown("a type");
  },
};

const spread = (a, x, shape) =>
  a.both(
    x,
    a.full(
      shape.map((side, i) => (side === -1 ? x.shape[i - shape.length + x.shape.length] : side)),
      0,
    ),
    OF_TWO.add,
  );

const ALIKE = {
  concat: "cat",
  concatenate: "cat",
  mm: "matmul",
  bmm: "matmul",
  dot: "matmul",
  reshape: "view",
  swapaxes: "transpose",
  clip: "clamp",
};
// What functions of one value may be told without being others.
const HARMLESS = /^(inplace|dtype|device|out)$/;

/**
 * What a function or a method gives: of the value x first, if it is a method.
 * @param {import("./compute-arrays.js").Arrays} arrays @param {string} name
 * @param {any[]} args @param {Map<string, any>} keys @returns {any}
 */
export function called(arrays, name, args, keys) {
  const own = plain(name);
  const [x, y] = args;
  if (ZEROS.test(own)) return zeros(arrays, own, args);
  if (/^(list|tuple)$/.test(own) && args.length === 0) return [];
  if (SAME.test(own)) return x;
  const known = ALIKE[own] ?? own;
  if (known === "range") return range(args);
  if (Object.hasOwn(CALLS, known)) return CALLS[known](arrays, args, keys);
  if (Object.hasOwn(OF_TWO, own) && args.length === 2) return arrays.both(x, y, OF_TWO[own]);
  const isSaid = args.slice(1).every((one) => typeof one === "boolean"); // inplace
  const isPlain = isSaid && [...keys.keys()].every((key) => HARMLESS.test(key));
  if (Object.hasOwn(OF_ONE, own) && isPlain)
    return isArr(x) ? arrays.map(x, OF_ONE[own]) : OF_ONE[own](x);
  throw new NotKnown(name);
}

function zeros(arrays, name, args) {
  const value = /^(new)?_?ones/.test(name) ? 1 : 0;
  if (/_like$/.test(name)) return arrays.full(args[0].shape, value);
  const own = /^new(_|$)/.test(name) ? args.slice(1) : args;
  return arrays.full(sides(own), value);
}

const MOST = 4096;

function range(args) {
  const [from, to, by = 1] = args.length === 1 ? [0, args[0]] : args;
  const count = Math.ceil((to - from) / by);
  if (!(count >= 0 && count < MOST)) throw new NotKnown("a range");
  return Array.from({ length: count }, (_, i) => from + i * by);
}

export const isFunction = (name) =>
  Object.hasOwn(OF_ONE, plain(name)) || /^(leaky_?relu|gelu|(log_)?softmax|dropout)$/i.test(name);
