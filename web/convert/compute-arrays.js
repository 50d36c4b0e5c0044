// Arrays as PyTorch and NumPy have them, of few axes, for the sums that a program writes out: rows
// one behind another, in 64-bit floats.

/** @typedef {{ shape: number[], data: Float64Array | Float32Array }} Arr */

/** What a program does that is not known here. */
export class NotKnown extends Error {}

export const isArr = (x) =>
  x !== null &&
  typeof x === "object" &&
  (x.data instanceof Float64Array || x.data instanceof Float32Array);

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);
const MOST = 2 ** 22; // values of one array

/** How many values may still be computed: a program must end. */
export const budget = { left: 0 };

export function spend(count) {
  budget.left -= count;
  if (budget.left < 0) throw new NotKnown("a long program");
}

/** @returns {Arr} */
export function arr(shape, data = new Float64Array(sized(shape))) {
  spend(data.length);
  return { shape, data };
}

function sized(shape) {
  const size = sizeOf(shape);
  if (!shape.every((side) => Number.isInteger(side) && side >= 0) || size > MOST)
    throw new NotKnown("an array of no size");
  spend(size);
  return size;
}

export const full = (shape, value) => arr(shape, new Float64Array(sized(shape)).fill(value));

export const axisOf = (axis, rank) => {
  const at = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < rank)) throw new NotKnown("an axis");
  return at;
};

const stridesOf = (shape) => shape.map((_, i) => sizeOf(shape.slice(i + 1)));

/** Every place of a shape as the offset that other strides give it. */
function offsets(shape, strides, start = 0) {
  let list = [start];
  shape.forEach((side, i) => {
    const next = new Array(list.length * side);
    let k = 0;
    for (const at of list) for (let j = 0; j < side; j++) next[k++] = at + j * strides[i];
    list = next;
  });
  return list;
}

const taken = ({ data }, shape, strides, start = 0) =>
  arr(
    shape,
    Float64Array.from(offsets(shape, strides, start), (at) => data[at]),
  );

export const map = (a, f) => arr(a.shape, Float64Array.from(a.data, f));

/** a and b of shapes that spread over one another. */
export function both(a, b, f) {
  if (!isArr(a) && !isArr(b)) return f(a, b);
  const [x, y] = [a, b].map((one) => (isArr(one) ? one : arr([], Float64Array.of(one))));
  const rank = Math.max(x.shape.length, y.shape.length);
  const wide = (one) => [...new Array(rank - one.shape.length).fill(1), ...one.shape];
  const [first, second] = [wide(x), wide(y)];
  const shape = first.map((side, i) => (side === 1 ? second[i] : side));
  if (shape.some((side, i) => second[i] !== 1 && second[i] !== side))
    throw new NotKnown("shapes that do not fit");
  sized(shape);
  const places = [first, second].map((own) => {
    const strides = stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride));
    return offsets(shape, strides);
  });
  return arr(
    shape,
    Float64Array.from(places[0], (at, i) => f(x.data[at], y.data[places[1][i]])),
  );
}

/** Rows of a times b [k, m]; b [k] alone is a column. */
export function product(a, b) {
  if (!isArr(a) || !isArr(b)) throw new NotKnown("a product");
  const [rows, inner] = a.shape.length === 1 ? [1, a.shape[0]] : split(a.shape);
  const [height, width] = b.shape.length === 1 ? [b.shape[0], 1] : b.shape;
  if (b.shape.length > 2 || inner !== height) throw new NotKnown("a product");
  spend(rows * inner * width);
  const out = arr([rows, width]);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < inner; k++) {
      const x = a.data[r * inner + k];
      if (x !== 0)
        for (let c = 0; c < width; c++) out.data[r * width + c] += x * b.data[k * width + c];
    }
  const before = a.shape.slice(0, -1);
  return arr(b.shape.length === 1 ? before : [...before, width], out.data);
}

const split = (shape) => [sizeOf(shape.slice(0, -1)), shape.at(-1)];

/** x Wᵀ + b */
export function linear(x, weight, bias) {
  if (!isArr(x) || weight.shape.length !== 2) throw new NotKnown("a linear layer");
  const [height, width] = weight.shape;
  const [count, inner] = split(x.shape);
  if (inner !== width) throw new NotKnown("a linear layer");
  spend(count * height * width);
  const out = arr([...x.shape.slice(0, -1), height]);
  for (let r = 0; r < count; r++)
    for (let j = 0; j < height; j++) {
      let sum = bias ? bias.data[j] : 0;
      for (let k = 0; k < width; k++) sum += x.data[r * width + k] * weight.data[j * width + k];
      out.data[r * height + j] = sum;
    }
  return out;
}

export const permuted = (a, order) =>
  taken(
    a,
    order.map((i) => a.shape[axisOf(i, a.shape.length)]),
    order.map((i) => stridesOf(a.shape)[axisOf(i, a.shape.length)]),
  );

export function swapped(a, i, j) {
  const order = a.shape.map((_, k) => k);
  const [x, y] = [axisOf(i, order.length), axisOf(j, order.length)];
  [order[x], order[y]] = [y, x];
  return permuted(a, order);
}

export function reshaped(a, sides) {
  const shape = [...sides];
  const open = shape.indexOf(-1);
  const known = sizeOf(shape.filter((side) => side !== -1));
  if (open >= 0) shape[open] = a.data.length / known;
  if (sized(shape) !== a.data.length) throw new NotKnown("a shape");
  return arr(shape, a.data);
}

export function joined(list, axis) {
  if (list.length === 0 || !list.every(isArr)) throw new NotKnown("what is joined");
  const at = axisOf(axis, list[0].shape.length);
  const shape = [...list[0].shape];
  if (list.some((one) => one.shape.some((side, i) => i !== at && side !== shape[i])))
    throw new NotKnown("shapes that do not fit");
  shape[at] = list.reduce((sum, one) => sum + one.shape[at], 0);
  const out = arr(shape);
  const after = sizeOf(shape.slice(at + 1));
  const before = sizeOf(shape.slice(0, at));
  for (let i = 0, k = 0; i < before; i++)
    for (const { shape: own, data } of list) {
      const size = own[at] * after;
      out.data.set(data.subarray(i * size, (i + 1) * size), k);
      k += size;
    }
  return out;
}

/** A part of an axis, from, to and by steps. */
export function cut(a, axis, from, to, by = 1) {
  const at = axisOf(axis, a.shape.length);
  const count = Math.max(Math.ceil((to - from) / by), 0);
  const strides = stridesOf(a.shape);
  const start = from * strides[at];
  const shape = a.shape.map((side, i) => (i === at ? count : side));
  return taken(
    a,
    shape,
    strides.map((stride, i) => (i === at ? stride * by : stride)),
    start,
  );
}

/** One place of an axis, which is gone then. */
export function at(a, axis, index) {
  const place = axisOf(axis, a.shape.length);
  const side = a.shape[place];
  const own = index < 0 ? index + side : index;
  if (!(Number.isInteger(own) && own >= 0 && own < side)) throw new NotKnown("an index");
  const one = cut(a, place, own, own + 1);
  return arr(
    one.shape.filter((_, i) => i !== place),
    one.data,
  );
}

export const parted = (a, sizes, axis) => {
  let from = 0;
  return sizes.map((size) => cut(a, axis, from, (from += size)));
};

/** A sum, a mean or a largest over an axis. */
export function reduced(a, axis, keeps, f) {
  const place = axisOf(axis, a.shape.length);
  const last = permuted(a, [...a.shape.keys()].filter((i) => i !== place).concat(place));
  const side = a.shape[place];
  const rows = Array.from({ length: last.data.length / side }, (_, r) =>
    f(last.data.subarray(r * side, (r + 1) * side)),
  );
  const shape = keeps
    ? a.shape.map((own, i) => (i === place ? 1 : own))
    : a.shape.filter((_, i) => i !== place);
  return arr(shape, Float64Array.from(rows));
}

/** Rows of a table by their ids. */
export function rows(table, ids) {
  const [count, width] = table.shape;
  const out = arr([...ids.shape, width]);
  ids.data.forEach((id, i) => {
    if (!(Number.isInteger(id) && id >= 0 && id < count)) throw new NotKnown("an id");
    out.data.set(table.data.subarray(id * width, (id + 1) * width), i * width);
  });
  return out;
}

export function oneHot(ids, count) {
  const out = arr([...ids.shape, count]);
  ids.data.forEach((id, i) => (out.data[i * count + id] = 1));
  return out;
}
