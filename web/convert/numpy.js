// NumPy's arrays, as pickles describe them.

import { decodeText } from "./bytes.js";
import { refusal, shown } from "./refuse.js";
import { halfToFloat } from "./tensor.js";

/** Bytes, of what Python 2 pickled as text. */
export const asBytes = (value) =>
  value instanceof Uint8Array
    ? value
    : Uint8Array.from(String(value), (c) => c.charCodeAt(0) & 255);

/** A NumPy array; its values are made when somebody asks. */
export class NumpyArray {
  /** @type {number[]} */
  shape = [];
  /** @type {any} */
  type = null;
  /** @type {any} */
  data = null;
  isFortran = false;

  fill(shape, type, isFortran, data) {
    Object.assign(this, { shape, type, isFortran, data });
    return this;
  }

  get size() {
    return this.shape.reduce((product, side) => product * side, 1);
  }

  /** Its values row by row: numbers, strings, or whatever objects it holds. */
  values() {
    const { type, data, size } = this;
    if (Array.isArray(data)) return data;
    const match = /^[<>|=]?([a-zA-Z])(\d*)$/.exec(type?.dtype ?? "");
    if (!match || !data) throw refusal("a NumPy array of a kind that no model needs");
    const width = Number(match[2] || 1);
    const bytes = asBytes(data);
    const kind = match[1];
    const step = kind === "U" ? width * 4 : width;
    if (!(size >= 0 && size * step <= bytes.length)) throw refusal("a NumPy array is cut short");
    const isBig = type.order === ">" || type.dtype[0] === ">";
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = READERS[kind + (kind === "U" || kind === "S" ? "" : width)];
    if (!read) throw refusal(`a NumPy array of the type ${shown(type.dtype)}`);
    const values = Array.from({ length: size }, (_, i) => read(view, i * step, !isBig, width));
    return this.isFortran ? byRows(values, this.shape) : values;
  }
}

/** Values that lie column by column, row by row. Lists of objects never lie so. */
function byRows(values, shape) {
  if (shape.length < 2) return values;
  if (shape.length > 2) throw refusal("a NumPy array of Fortran's order with more than two sides");
  const [rows, columns] = shape;
  return values.map((_, i) => values[(i % columns) * rows + Math.floor(i / columns)]);
}

function readUnicode(view, at, little, width) {
  let text = "";
  for (let i = 0; i < width; i++) {
    const code = view.getUint32(at + 4 * i, little);
    if (code === 0 || code > 0x10ffff) break;
    text += String.fromCodePoint(code);
  }
  return text;
}

function readBytesText(view, at, _, width) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, width);
  return decodeText(bytes).replace(/\0+$/, "");
}

const READERS = {
  U: readUnicode,
  S: readBytesText,
  f2: (view, at, little) => halfToFloat(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
};
