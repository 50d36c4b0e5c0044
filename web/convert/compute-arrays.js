// Arrays as PyTorch and NumPy have them, of few axes, for the sums that a program writes out: rows
// one behind another, in 64-bit floats.

import { transpose } from "./tensor.js";

/** @typedef {{ shape: number[], data: Float64Array | Float32Array }} Arr */

/** What a program does that is not known here. */
export class NotKnown extends Error {}

export const isArr = (x) =>
  x !== null &&
  typeof x === "object" &&
  (x.data instanceof Float64Array || x.data instanceof Float32Array);

const sizeOf = (shape) => shape.reduce((a, b) => a * b, 1);

export const axisOf = (axis, rank) => {
  const at = axis < 0 ? axis + rank : axis;
  if (!(Number.isInteger(at) && at >= 0 && at < rank)) throw new NotKnown("an axis");
  return at;
};

/** Where a slice of so many begins and ends. */
export function endsOf(side, from, to, by) {
  if (!((by ?? 1) > 0)) throw new NotKnown("a slice");
  return [from ?? 0, to ?? side].map((place) => {
    if (!Number.isInteger(place)) throw new NotKnown("a slice");
    return Math.min(Math.max(place < 0 ? place + side : place, 0), side);
  });
}

const stridesOf = (shape) => shape.map((_, i) => sizeOf(shape.slice(i + 1)));
const split = (shape) => [sizeOf(shape.slice(0, -1)), shape.at(-1)];

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

/** What makes arrays of arrays, until it has made as many values as it may. */
export class Arrays {
  /**
   * @param {number} left how many values may still be computed: a program must end
   * @param {number} [most] values of one array
   */
  constructor(left, most = 2 ** 22) {
    this.left = left;
    this.most = most;
  }

  spend(count) {
    this.left -= count;
    if (this.left < 0) throw new NotKnown("a long program");
  }

  /** @returns {Arr} */
  arr(shape, data = new Float64Array(this.sized(shape))) {
    this.spend(data.length);
    return { shape, data };
  }

  sized(shape) {
    const size = sizeOf(shape);
    if (!shape.every((side) => Number.isInteger(side) && side >= 0) || size > this.most)
      throw new NotKnown("an array of no size");
    this.spend(size);
    return size;
  }

  full(shape, value) {
    return this.arr(shape, new Float64Array(this.sized(shape)).fill(value));
  }

  taken({ data }, shape, strides, start = 0) {
    this.sized(shape);
    return this.arr(
      shape,
      Float64Array.from(offsets(shape, strides, start), (at) => data[at]),
    );
  }

  map(a, f) {
    return this.arr(a.shape, Float64Array.from(a.data, f));
  }

  /** a and b of shapes that spread over one another. */
  both(a, b, f) {
    if (!isArr(a) && !isArr(b)) return f(a, b);
    const [x, y] = [a, b].map((one) => (isArr(one) ? one : this.arr([], Float64Array.of(one))));
    const rank = Math.max(x.shape.length, y.shape.length);
    const wide = (one) => [...new Array(rank - one.shape.length).fill(1), ...one.shape];
    const [first, second] = [wide(x), wide(y)];
    const shape = first.map((side, i) => (side === 1 ? second[i] : side));
    if (shape.some((side, i) => second[i] !== 1 && second[i] !== side))
      throw new NotKnown("shapes that do not fit");
    this.sized(shape);
    const places = [first, second].map((own) => {
      const strides = stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride));
      return offsets(shape, strides);
    });
    return this.arr(
      shape,
      Float64Array.from(places[0], (at, i) => f(x.data[at], y.data[places[1][i]])),
    );
  }

  /** Rows of a times b [k, m]; b [k] alone is a column. */
  product(a, b) {
    if (!isArr(a) || !isArr(b)) throw new NotKnown("a product");
    const [rows, inner] = a.shape.length === 1 ? [1, a.shape[0]] : split(a.shape);
    const [height, width] = b.shape.length === 1 ? [b.shape[0], 1] : b.shape;
    if (b.shape.length > 2 || inner !== height) throw new NotKnown("a product");
    this.spend(rows * inner * width);
    const out = this.arr([rows, width]);
    for (let r = 0; r < rows; r++)
      for (let k = 0; k < inner; k++) {
        const x = a.data[r * inner + k];
        if (x !== 0)
          for (let c = 0; c < width; c++) out.data[r * width + c] += x * b.data[k * width + c];
      }
    const before = a.shape.slice(0, -1);
    return this.arr(b.shape.length === 1 ? before : [...before, width], out.data);
  }

  /** x Wᵀ + b */
  linear(x, weight, bias) {
    if (!isArr(x) || weight.shape.length !== 2) throw new NotKnown("a linear layer");
    const [height, width] = weight.shape;
    const [count, inner] = split(x.shape);
    if (inner !== width) throw new NotKnown("a linear layer");
    this.spend(count * height * width);
    const out = this.arr([...x.shape.slice(0, -1), height]);
    for (let r = 0; r < count; r++)
      for (let j = 0; j < height; j++) {
        let sum = bias ? bias.data[j] : 0;
        for (let k = 0; k < width; k++) sum += x.data[r * width + k] * weight.data[j * width + k];
        out.data[r * height + j] = sum;
      }
    return out;
  }

  permuted(a, order) {
    const { length } = a.shape;
    if (order.length !== length) throw new NotKnown("an order of axes");
    if (String(order) === "1,0" && a.data instanceof Float32Array)
      return this.arr([...a.shape].reverse(), transpose(a).data);
    return this.taken(
      a,
      order.map((i) => a.shape[axisOf(i, length)]),
      order.map((i) => stridesOf(a.shape)[axisOf(i, length)]),
    );
  }

  swapped(a, i, j) {
    const order = a.shape.map((_, k) => k);
    const [x, y] = [axisOf(i, order.length), axisOf(j, order.length)];
    [order[x], order[y]] = [y, x];
    return this.permuted(a, order);
  }

  reshaped(a, sides) {
    const shape = [...sides];
    const open = shape.indexOf(-1);
    const known = sizeOf(shape.filter((side) => side !== -1));
    if (open >= 0) shape[open] = a.data.length / known;
    if (this.sized(shape) !== a.data.length) throw new NotKnown("a shape");
    return this.arr(shape, a.data);
  }

  joined(list, axis) {
    if (list.length === 0 || !list.every(isArr)) throw new NotKnown("what is joined");
    const at = axisOf(axis, list[0].shape.length);
    const shape = [...list[0].shape];
    if (list.some((one) => one.shape.some((side, i) => i !== at && side !== shape[i])))
      throw new NotKnown("shapes that do not fit");
    shape[at] = list.reduce((sum, one) => sum + one.shape[at], 0);
    const out = this.arr(shape);
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
  cut(a, axis, from, to, by = 1) {
    const at = axisOf(axis, a.shape.length);
    const count = Math.max(Math.ceil((to - from) / by), 0);
    const out = this.arr(a.shape.map((side, i) => (i === at ? count : side)));
    const after = stridesOf(a.shape)[at];
    for (let i = 0, k = 0; k < out.data.length; i += a.shape[at])
      for (let j = 0; j < count; j++, k += after) {
        const start = (i + from + j * by) * after;
        out.data.set(a.data.subarray(start, start + after), k);
      }
    return out;
  }

  /** The same as a program writes it: from the end where a place is negative, and null where open. */
  sliced(a, axis, from, to, by) {
    const place = axisOf(axis, a.shape.length);
    const [start, end] = endsOf(a.shape[place], from, to, by);
    return this.cut(a, place, start, end, by ?? 1);
  }

  /** An axis from its end. */
  flipped(a, axis) {
    const at = axisOf(axis, a.shape.length);
    const strides = stridesOf(a.shape).map((stride, i) => (i === at ? -stride : stride));
    return this.taken(a, a.shape, strides, (a.shape[at] - 1) * -strides[at]);
  }

  /** One place of an axis, which is gone then. */
  at(a, axis, index) {
    const place = axisOf(axis, a.shape.length);
    const side = a.shape[place];
    const own = index < 0 ? index + side : index;
    if (!(Number.isInteger(own) && own >= 0 && own < side)) throw new NotKnown("an index");
    const one = this.cut(a, place, own, own + 1);
    return this.arr(
      one.shape.filter((_, i) => i !== place),
      one.data,
    );
  }

  parted(a, sizes, axis) {
    let from = 0;
    return sizes.map((size) => this.cut(a, axis, from, (from += size)));
  }

  /** A sum, a mean or a largest over an axis. */
  reduced(a, axis, keeps, f) {
    const place = axisOf(axis, a.shape.length);
    const last = this.permuted(a, [...a.shape.keys()].filter((i) => i !== place).concat(place));
    const side = a.shape[place];
    const rows = Array.from({ length: last.data.length / side }, (_, r) =>
      f(last.data.subarray(r * side, (r + 1) * side)),
    );
    const shape = keeps
      ? a.shape.map((own, i) => (i === place ? 1 : own))
      : a.shape.filter((_, i) => i !== place);
    return this.arr(shape, Float64Array.from(rows));
  }

  /** Rows of a table by their ids. */
  rows(table, ids) {
    const [count, width] = table.shape;
    const out = this.arr([...ids.shape, width]);
    ids.data.forEach((id, i) => {
      if (!(Number.isInteger(id) && id >= 0 && id < count)) throw new NotKnown("an id");
      out.data.set(table.data.subarray(id * width, (id + 1) * width), i * width);
    });
    return out;
  }

  /** The values at places along an axis, which stand in an array of as many axes. */
  gathered(a, axis, places) {
    const at = axisOf(axis, a.shape.length);
    const strides = stridesOf(a.shape);
    const own = strides.map((stride, i) => (i === at ? 0 : stride));
    const found = offsets(places.shape, own).map((from, i) => from + places.data[i] * strides[at]);
    if (places.shape.length !== a.shape.length || found.some((i) => !(i in a.data)))
      throw new NotKnown("places of an array");
    return this.arr(
      places.shape,
      Float64Array.from(found, (i) => a.data[i]),
    );
  }

  oneHot(ids, count) {
    const out = this.arr([...ids.shape, count]);
    ids.data.forEach((id, i) => (out.data[i * count + id] = 1));
    return out;
  }
}
