// Tensors between a file and a model: { shape, data }, row by row, as 32-bit floats.

import { refusal, shown } from "./refuse.js";

/** @typedef {{ shape: number[], data: Float32Array }} Tensor */

/**
 * Bytes of one value, and how it is read; 32-bit floats are copied at once.
 * @type {Record<string, [number, (view: DataView, at: number) => number]>}
 */
const KINDS = {
  f16: [2, (view, at) => halfToFloat(view.getUint16(at, true))],
  bf16: [2, (view, at) => bfloatToFloat(view.getUint16(at, true))],
  f32: [4, (view, at) => view.getFloat32(at, true)],
  f64: [8, (view, at) => view.getFloat64(at, true)],
  i8: [1, (view, at) => view.getInt8(at)],
  u8: [1, (view, at) => view.getUint8(at)],
  u16: [2, (view, at) => view.getUint16(at, true)],
  i16: [2, (view, at) => view.getInt16(at, true)],
  i32: [4, (view, at) => view.getInt32(at, true)],
  u32: [4, (view, at) => view.getUint32(at, true)],
  i64: [8, (view, at) => Number(view.getBigInt64(at, true))],
};

/** @typedef {string} Kind one of KINDS */

/** The kinds by NumPy's names. @type {Record<string, Kind>} */
export const NUMPY_KINDS = {
  float64: "f64",
  float32: "f32",
  float16: "f16",
  int64: "i64",
  int32: "i32",
  int16: "i16",
  int8: "i8",
  uint16: "u16",
  uint8: "u8",
  bool: "u8",
};

export const bytesOf = (kind) => KINDS[kind][0];

export function halfToFloat(half) {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const scratch = new DataView(new ArrayBuffer(4));

function bfloatToFloat(bits) {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

/**
 * The number of values of a shape, or a refusal: sizes are checked before anything is made of
 * them.
 */
export function sizeOf(shape, name) {
  let size = 1;
  for (const side of shape) {
    size *= side;
    if (!Number.isInteger(side) || side < 0 || size > 2 ** 31) {
      throw refusal(`the tensor ${shown(name)} has an impossible shape, ${shown(shape.join("×"))}`);
    }
  }
  return size;
}

/** Little-endian values as floats. @param {Uint8Array} bytes @param {Kind} kind */
export function readFloats(bytes, kind, count, name) {
  const [width, read] = KINDS[kind];
  if (bytes.length < count * width) {
    throw refusal(
      `the tensor ${shown(name)} is cut short: ${bytes.length} of ${count * width} bytes`,
    );
  }
  if (kind === "f32") {
    return new Float32Array(bytes.slice(0, count * 4).buffer);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(count);
  for (let i = 0; i < count; i++) data[i] = read(view, i * width);
  return data;
}

/**
 * A part of a storage with strides, as PyTorch and Torch7 describe a tensor, as floats row by row.
 * @param {Uint8Array} bytes the storage
 * @param {{ shape: number[], strides: number[], offset: number, kind: Kind }} part in values
 */
export function readStrided(bytes, { shape, strides, offset, kind }, name) {
  const isPlain = (list) => Array.isArray(list) && list.every((n) => Number.isInteger(n) && n >= 0);
  if (
    !isPlain(shape) ||
    !isPlain(strides) ||
    strides.length !== shape.length ||
    !isPlain([offset])
  ) {
    throw refusal(`the tensor ${shown(name)} is described wrongly: the file is damaged`);
  }
  const count = sizeOf(shape, name);
  if (count === 0) return { shape, data: new Float32Array(0) };
  const last = shape.reduce((sum, side, i) => sum + (side - 1) * strides[i], offset);
  const width = bytesOf(kind);
  // A stride of 0 would let a small file be a large tensor.
  if ((last + 1) * width > bytes.length || count > bytes.length / width + 4096) {
    throw refusal(
      `the tensor ${shown(name)} reaches beyond its storage: the file is cut short or damaged`,
    );
  }
  const whole = bytes.subarray(offset * width, (last + 1) * width);
  const values = readFloats(whole, kind, last + 1 - offset, name);
  return isDense(shape, strides) ? { shape, data: values } : gather(values, shape, strides);
}

/** Is a tensor of these strides stored row by row? */
function isDense(shape, strides) {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    if (shape[i] !== 1 && strides[i] !== step) return false;
    step *= shape[i];
  }
  return true;
}

function gather(values, shape, strides) {
  const out = zeros(...shape);
  const index = shape.map(() => 0);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = values[index.reduce((sum, at, axis) => sum + at * strides[axis], 0)];
    for (let axis = shape.length - 1; axis >= 0 && ++index[axis] === shape[axis]; axis--)
      index[axis] = 0;
  }
  return out;
}

/** @returns {Tensor} */
export const tensor = (shape, data) => ({ shape, data });

/** @param {Tensor} whole @param {(x: number, i: number) => number} f @returns {Tensor} */
export const mapped = ({ shape, data }, f) => tensor(shape, data.map(f));

/** @param {Tensor} whole */
export const negated = (whole) => mapped(whole, (x) => -x);

export const zeros = (...shape) => tensor(shape, new Float32Array(sizeOf(shape, "zeros")));

/** A matrix on its other side. @param {Tensor} matrix */
export function transpose({ shape: [rows, columns], data }) {
  const out = zeros(columns, rows);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) out.data[c * rows + r] = data[r * columns + c];
  }
  return out;
}

/** Rows `from` to `to` of a matrix, or values of a vector; not copied. @param {Tensor} whole */
export function rowsOf({ shape: [, ...rest], data }, from, to) {
  const width = sizeOf(rest, "rows");
  return tensor([to - from, ...rest], data.subarray(from * width, to * width));
}

/** Columns `from` to `to` of a matrix. @param {Tensor} whole */
export function columnsOf({ shape: [rows, columns], data }, from, to) {
  const out = zeros(rows, to - from);
  for (let r = 0; r < rows; r++) {
    out.data.set(data.subarray(r * columns + from, r * columns + to), r * (to - from));
  }
  return out;
}

/** Matrices one under another, or vectors one after another. @param {Tensor[]} parts */
export function stack(parts) {
  const [, ...rest] = parts[0].shape;
  const out = zeros(
    parts.reduce((sum, { shape }) => sum + shape[0], 0),
    ...rest,
  );
  let at = 0;
  for (const { data } of parts) {
    out.data.set(data, at);
    at += data.length;
  }
  return out;
}

/** Blocks of equal height in another order: gates as PyTorch has them. @param {Tensor} whole */
export function reorder(whole, order) {
  const height = whole.shape[0] / order.length;
  return stack(order.map((block) => rowsOf(whole, block * height, (block + 1) * height)));
}

/** Small files must not become large tensors by what is done to them here. */
function checkGrowth(size, from) {
  if (size > 16 * from + 2 ** 20) {
    throw refusal(
      "the network's layers are of such different widths that it would grow beyond use",
    );
  }
}

/**
 * A larger matrix or vector with this one in its corner and zeros around it.
 * @param {Tensor} small
 */
export function padded(small, rows, columns) {
  checkGrowth(rows * (columns ?? 1), small.data.length);
  if (small.shape.length === 1) {
    const out = zeros(rows);
    out.data.set(small.data);
    return out;
  }
  const [height, width] = small.shape;
  if (height === rows && width === columns) return small;
  const out = zeros(rows, columns);
  for (let r = 0; r < height; r++) {
    out.data.set(small.data.subarray(r * width, (r + 1) * width), r * columns);
  }
  return out;
}

/** matrix · vector + bias, for folding one layer into the next. @param {Tensor} matrix */
export function multiply({ shape: [rows, columns], data }, vector, bias) {
  const out = new Float32Array(rows);
  for (let r = 0; r < rows; r++) {
    let sum = bias ? bias[r] : 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c] * vector[c];
    out[r] = sum;
  }
  return out;
}

/** a · b. @param {Tensor} a @param {Tensor} b */
export function product(a, b) {
  checkGrowth(a.shape[0] * b.shape[1], a.data.length + b.data.length);
  const out = zeros(a.shape[0], b.shape[1]);
  const width = b.shape[1];
  for (let r = 0; r < a.shape[0]; r++) {
    for (let k = 0; k < a.shape[1]; k++) {
      const x = a.data[r * a.shape[1] + k];
      for (let c = 0; c < width; c++) out.data[r * width + c] += x * b.data[k * width + c];
    }
  }
  return out;
}

/** Refuses a tensor that is absent or of another shape; -1 is any size. @returns {Tensor} */
export function expect(found, shape, name) {
  if (!found) throw refusal(`the weights ${shown(name)} are missing`);
  const fits =
    found.shape.length === shape.length &&
    shape.every((side, i) => (side < 0 || found.shape[i] === side) && found.shape[i] > 0);
  if (fits) return found;
  const wanted = shape.map((side) => (side < 0 ? "any" : side)).join("×");
  throw refusal(
    `the tensor ${shown(name)} is ${shown(found.shape.join("×"))} where ${wanted} was expected`,
  );
}
