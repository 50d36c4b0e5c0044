// What the functions and methods that programs of recurrent cells call make of arrays.

import {
  NotKnown,
  axisOf,
  both,
  full,
  isArr,
  joined,
  linear,
  map,
  oneHot,
  parted,
  permuted,
  product,
  reduced,
  reshaped,
  swapped,
} from "./compute-arrays.js";

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const clip = (x, from, to) => Math.min(Math.max(x, from), to);

/** Functions of one value, by PyTorch's and NumPy's names in small letters without underscores. */
const OF_ONE = {
  sigmoid,
  logistic: sigmoid,
  expit: sigmoid,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  abs: Math.abs,
  square: (x) => x * x,
  neg: (x) => -x,
  relu6: (x) => clip(x, 0, 6),
  silu: (x) => x * sigmoid(x),
  softplus: (x) => Math.log1p(Math.exp(x)),
  softsign: (x) => x / (1 + Math.abs(x)),
  hardsigmoid: (x) => clip(x / 6 + 0.5, 0, 1),
  hardtanh: (x) => clip(x, -1, 1),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
};

const OF_TWO = {
  mul: (a, b) => a * b,
  multiply: (a, b) => a * b,
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

const SAME = new RegExp(
  "^(contiguous|detach|clone|float|double|half|long|int|to|type|type_as|cuda|cpu|data|copy|astype|" +
    "requires_grad_?|(alpha_)?dropout|variable|tensor|parameter|asarray|array|list|tuple|float\\d+)$",
);
const ZEROS = /^(zeros|new_zeros|zeros_like|ones|new_ones|ones_like|empty|new_empty)$/;

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

const softmaxed = (x, axis, isLog) => {
  const most = reduced(x, axis, true, (row) => Math.max(...row));
  const shifted = both(x, most, (a, b) => a - b);
  const sums = reduced(shifted, axis, true, (row) =>
    row.reduce((sum, one) => sum + Math.exp(one), 0),
  );
  return both(shifted, sums, (a, sum) => (isLog ? a - Math.log(sum) : Math.exp(a) / sum));
};

const squeezed = (x, axis) => {
  if (axis === undefined)
    return reshaped(
      x,
      x.shape.filter((side) => side !== 1),
    );
  const place = axisOf(axis, x.shape.length);
  if (x.shape[place] !== 1) return x;
  return reshaped(
    x,
    x.shape.filter((_, i) => i !== place),
  );
};

const unsqueezed = (x, axis) => {
  const place = axis < 0 ? axis + x.shape.length + 1 : axis;
  return reshaped(x, [...x.shape.slice(0, place), 1, ...x.shape.slice(place)]);
};

const flattened = (x, from = 0) => {
  const at = axisOf(from, x.shape.length);
  return reshaped(x, [...x.shape.slice(0, at), -1]);
};

const cutEqual = (x, count, axis) => {
  const side = Math.ceil(x.shape[axisOf(axis, x.shape.length)] / count);
  return cutBy(x, side, axis);
};

const cutBy = (x, sizes, axis) => {
  const side = x.shape[axisOf(axis, x.shape.length)];
  if (Array.isArray(sizes)) return parted(x, sizes, axis);
  const all = [];
  for (let left = side; left > 0; left -= sizes) all.push(Math.min(left, sizes));
  return parted(x, all, axis);
};

const number = (value, otherwise) => (typeof value === "number" ? value : otherwise);

/** With their first value x, others behind it, and those by name. */
const CALLS = {
  cat: ([list, axis], keys) => joined(list, number(axis ?? keys.get("dim") ?? keys.get("axis"), 0)),
  stack: ([list, axis], keys) => {
    const place = number(axis ?? keys.get("dim") ?? keys.get("axis"), 0);
    return joined(
      list.map((one) => unsqueezed(one, place)),
      place,
    );
  },
  hstack: ([list]) => joined(list, list[0].shape.length > 1 ? 1 : 0),
  vstack: ([list]) => joined(list, 0),
  chunk: ([x, count, axis], keys) => cutEqual(x, count, number(axis ?? keys.get("dim"), 0)),
  split: ([x, sizes, axis], keys) => cutBy(x, sizes, number(axis ?? keys.get("dim"), 0)),
  matmul: ([a, b]) => product(a, b),
  linear: ([x, weight, bias]) => linear(x, weight, bias),
  view: ([x, ...shape]) => reshaped(x, sides(shape)),
  flatten: ([x, from], keys) => flattened(x, number(from ?? keys.get("start_dim"), 0)),
  squeeze: ([x, axis], keys) => squeezed(x, axis ?? keys.get("dim")),
  unsqueeze: ([x, axis], keys) => unsqueezed(x, number(axis ?? keys.get("dim"), 0)),
  transpose: ([x, a, b]) => (a === undefined ? CALLS.t([x]) : swapped(x, a, b)),
  permute: ([x, ...order]) => permuted(x, sides(order)),
  t: ([x]) => permuted(x, [...x.shape.keys()].reverse()),
  size: ([x, axis]) => (axis === undefined ? [...x.shape] : x.shape[axisOf(axis, x.shape.length)]),
  dim: ([x]) => x.shape.length,
  len: ([x]) => (isArr(x) ? x.shape[0] : x.length),
  softmax: ([x, axis], keys) => softmaxed(x, number(axis ?? keys.get("dim"), -1), false),
  log_softmax: ([x, axis], keys) => softmaxed(x, number(axis ?? keys.get("dim"), -1), true),
  one_hot: ([ids, count], keys) => oneHot(ids, count ?? keys.get("num_classes")),
  lerp: ([a, b, w]) => both(a, both(w, both(b, a, OF_TWO.sub), OF_TWO.mul), OF_TWO.add),
  expand: ([x, ...shape]) => spread(x, sides(shape)),
  leakyrelu: ([x, slope], keys) => {
    const own = number(slope ?? keys.get("negative_slope"), 0.01);
    return map(x, (value) => (value > 0 ? value : own * value));
  },
  clamp: ([x, least, most], keys) => {
    const from = number(least ?? keys.get("min"), -Infinity);
    return map(x, (value) => clip(value, from, number(most ?? keys.get("max"), Infinity)));
  },
  append: ([list, value]) => {
    list.push(value);
    return null;
  },
  dict: () => new Map(),
  is_available: () => false,
  device: () => null,
};

const spread = (x, shape) =>
  both(
    x,
    full(
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
  expand_as: "expand",
  clip: "clamp",
};

/**
 * What a function or a method gives: of the value x first, if it is a method.
 * @param {string} name @param {any[]} args @param {Map<string, any>} keys @returns {any}
 */
export function called(name, args, keys) {
  const own = plain(name);
  const [x, y] = args;
  if (ZEROS.test(own)) return zeros(own, args);
  if (/^(list|tuple)$/.test(own) && args.length === 0) return [];
  if (SAME.test(own)) return x;
  const known = ALIKE[own] ?? own;
  if (known === "range") return range(args);
  if (Object.hasOwn(CALLS, known)) return CALLS[known](args, keys);
  if (Object.hasOwn(OF_TWO, own) && args.length === 2) return both(x, y, OF_TWO[own]);
  if (Object.hasOwn(OF_ONE, own) && args.length === 1)
    return isArr(x) ? map(x, OF_ONE[own]) : OF_ONE[own](x);
  throw new NotKnown(name);
}

function zeros(name, args) {
  const value = /^(new)?_?ones/.test(name) ? 1 : 0;
  if (/_like$/.test(name)) return full(args[0].shape, value);
  const own = /^new_/.test(name) ? args.slice(1) : args;
  return full(sides(own), value);
}

const MOST = 4096;

function range(args) {
  const [from, to, by = 1] = args.length === 1 ? [0, args[0]] : args;
  const count = Math.ceil((to - from) / by);
  if (!(count >= 0 && count < MOST)) throw new NotKnown("a range");
  return Array.from({ length: count }, (_, i) => from + i * by);
}

export const isFunction = (name) =>
  Object.hasOwn(OF_ONE, plain(name)) || /^(leaky_?relu|(log_)?softmax|dropout)$/i.test(name);
