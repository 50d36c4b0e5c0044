// Reading bytes that nobody vouches for: every read is checked against the end of what it reads.

import { refusal } from "./refuse.js";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const decodeText = (bytes) => decoder.decode(bytes);

/** A place in bytes that moves on with each read. Multi-byte numbers are little-endian. */
export class Reader {
  /** @param {Uint8Array} bytes @param {string} what the file's kind, for the message */
  constructor(bytes, what) {
    this.bytes = bytes;
    this.what = what;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left() {
    return this.bytes.length - this.at;
  }

  /** Moves on by `size` bytes and returns where they begin. */
  skip(size) {
    if (!(size >= 0 && size <= this.left)) {
      throw refusal(`${this.what} ends too early: it is cut short or damaged`);
    }
    const from = this.at;
    this.at += size;
    return from;
  }

  u8() {
    return this.bytes[this.skip(1)];
  }

  u16() {
    return this.view.getUint16(this.skip(2), true);
  }

  u32() {
    return this.view.getUint32(this.skip(4), true);
  }

  i32() {
    return this.view.getInt32(this.skip(4), true);
  }

  /**
   * A 64-bit integer as a number; beyond 2^53 it is no size of anything and only near its value.
   */
  i64() {
    return Number(this.view.getBigInt64(this.skip(8), true));
  }

  f64() {
    return this.view.getFloat64(this.skip(8), true);
  }

  /** The next bytes, not copied. */
  take(size) {
    const from = this.skip(size);
    return this.bytes.subarray(from, from + size);
  }

  text(size) {
    return decodeText(this.take(size));
  }
}

/** The text as JSON, or undefined. */
export function parseText(text) {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined; // whoever asks decides what that means
  }
}

const ASSIGNED = /^\s*(?:export\s+default|(?:export\s+)?(?:const|let|var)\s+\w+\s*=|[\w.]+\s*=)\s*/;

/** May bytes be JSON, as a value or as a program assigns it to a name? */
export const looksJson = (bytes) =>
  /^\uFEFF?\s*["{]/.test(decodeText(bytes.subarray(0, 256)).replace(ASSIGNED, ""));

/** The value that a program assigns, as JSON. @param {string} text */
function parseAssigned(text) {
  const [begin] = ASSIGNED.exec(text.slice(0, 256)) ?? [""];
  return begin ? parseText(text.slice(begin.length).trimEnd().replace(/;$/, "")) : undefined;
}

/** The bytes as JSON, which may be in a program, or written twice; or undefined. */
export function parseJson(bytes) {
  try {
    const text = decodeText(bytes);
    const value = parseText(text) ?? parseAssigned(text);
    const inner = typeof value === "string" && /^\s*[[{]/.test(value) ? parseText(value) : value;
    return inner ?? value;
  } catch {
    return undefined; // more bytes than a text may have
  }
}

export const startsWith = (bytes, text, from = 0) =>
  bytes.length >= from + text.length &&
  Array.from(text).every((c, i) => bytes[from + i] === c.charCodeAt(0));

/** A pickle of protocol 1 to 5 says so in its first two bytes. */
export const isPickle = (bytes) => bytes[0] === 0x80 && bytes[1] >= 1 && bytes[1] <= 5;

/** A pickle of protocol 0, which is text: what it begins with, and the full stop at its end. */
export const isOldPickle = (bytes) =>
  /^(\((dp|lp|c|i)|c[\w.]+\n|\]q|\}q)/.test(decodeText(bytes.subarray(0, 64))) &&
  (bytes.at(-1) === 0x2e || (bytes.at(-1) === 0x0a && bytes.at(-2) === 0x2e));
