// Protocol buffers without a schema: the fields of a message one after another. What they mean is
// told where they are read (tensorflow1.js, onnx.js) and written (to-onnx.js).

import { joinBytes } from "../platform.js";
import { Reader, decodeText } from "./bytes.js";
import { refusal } from "./refuse.js";

/** A number of 7 bits a byte, least first; beyond 2^53 near its value, negative ones as such. */
export function readVarint(r) {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = r.u8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return Number(BigInt.asIntN(64, value));
  }
  throw refusal("a number in the file has no end: it is damaged");
}

/**
 * The fields of a message: number → its values in order. A value is a number, or the bytes of a
 * string, a message, or a packed list.
 * @param {Uint8Array} bytes
 * @returns {Map<number, (number | Uint8Array)[]>}
 */
export function readMessage(bytes, what) {
  const r = new Reader(bytes, what);
  const fields = new Map();
  while (r.left > 0) {
    const key = readVarint(r);
    const number = Math.floor(key / 8);
    const value = readField(r, key % 8, what);
    if (number < 1) throw refusal(`${what} is damaged`);
    if (!fields.has(number)) fields.set(number, []);
    fields.get(number).push(value);
  }
  return fields;
}

function readField(r, wire, what) {
  if (wire === 0) return readVarint(r);
  if (wire === 1) return r.take(8);
  if (wire === 2) return r.take(readVarint(r));
  if (wire === 5) return r.take(4);
  throw refusal(`${what} is damaged, or is none`);
}

export const one = (message, field) => message.get(field)?.at(-1);
export const all = (message, field) => message.get(field) ?? [];

export const textOf = (message, field) => {
  const value = one(message, field);
  return value instanceof Uint8Array ? decodeText(value) : "";
};

export const numberOf = (message, field, otherwise = 0) => {
  const value = one(message, field);
  return typeof value === "number" ? value : otherwise;
};

/** A repeated number, packed or not. */
export function integersOf(message, field, what) {
  return all(message, field).flatMap((value) => {
    if (typeof value === "number") return [value];
    const r = new Reader(value, what);
    const list = [];
    while (r.left > 0) list.push(readVarint(r));
    return list;
  });
}

/** A repeated float, packed or not, as bytes behind one another. */
export function packedOf(message, field) {
  const parts = all(message, field).filter((value) => value instanceof Uint8Array);
  return parts.length === 1 ? parts[0] : joinBytes(parts);
}

/** @param {number} value whole, from 0 on */
function varintOf(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** @typedef {number | string | Uint8Array} Field a whole number, a text, or bytes: a message, say */

/**
 * The bytes of a message: field number → its value, or its values.
 *
 * @param {Record<number, Field | Field[]>} fields
 */
export function writeMessage(fields) {
  const encoder = new TextEncoder();
  const parts = [];
  for (const [number, values] of Object.entries(fields)) {
    for (const value of Array.isArray(values) ? values : [values]) {
      if (typeof value === "number") {
        parts.push(Uint8Array.from([...varintOf(Number(number) * 8), ...varintOf(value)]));
      } else {
        const bytes = typeof value === "string" ? encoder.encode(value) : value;
        const head = [...varintOf(Number(number) * 8 + 2), ...varintOf(bytes.length)];
        parts.push(Uint8Array.from(head), bytes);
      }
    }
  }
  return joinBytes(parts);
}
