// MessagePack as Flax writes it: maps of maps of arrays, each array an extension that holds its
// shape, the name of its type and its values.

import { Reader } from "./bytes.js";
import { networkOfValue, TorchTensor } from "./pytorch.js";
import { refusal, shown } from "./refuse.js";
import { NUMPY_KINDS } from "./tensor.js";

const DEPTH = 64;
const KINDS = { ...NUMPY_KINDS, bfloat16: "bf16" };
const ARRAY = 1; // the extension's number

class Unpacker {
  constructor(bytes) {
    const { buffer, byteOffset, length } = bytes;
    this.r = new Reader(bytes, "the msgpack file");
    this.view = new DataView(buffer, byteOffset, length);
  }

  /** A number of so many bytes, big-endian. @param {string} type of DataView's */
  number(type, size) {
    return Number(this.view[`get${type}`](this.r.skip(size)));
  }

  count(size) {
    return this.number(`Uint${8 * size}`, size);
  }

  list(count, depth) {
    if (count > this.r.left) throw refusal("the msgpack file is damaged");
    return Array.from({ length: count }, () => this.value(depth + 1));
  }

  map(count, depth) {
    const items = this.list(2 * count, depth);
    const pairs = Array.from({ length: count }, (_, i) => [items[2 * i], items[2 * i + 1]]);
    return new Map(/** @type {[unknown, unknown][]} */ (pairs));
  }

  extension(size) {
    const type = this.number("Int8", 1);
    const bytes = this.r.take(size);
    return type === ARRAY ? arrayOf(bytes) : null;
  }

  value(depth = 0) {
    if (depth > DEPTH) throw refusal("the msgpack file is nested without end");
    const type = this.r.u8();
    if (type < 0x80 || type >= 0xe0) return type < 0x80 ? type : type - 256;
    if (type < 0x90) return this.map(type & 15, depth);
    if (type < 0xa0) return this.list(type & 15, depth);
    if (type < 0xc0) return this.r.text(type & 31);
    return this.long(type, depth);
  }

  /** What has its length or its value behind its type. */
  long(type, depth) {
    if (type <= 0xc3) return [null, null, false, true][type & 3];
    if (type <= 0xc6) return this.r.take(this.count(1 << (type - 0xc4)));
    if (type <= 0xc9) return this.extension(this.count(1 << (type - 0xc7)));
    if (type <= 0xcb) return type === 0xca ? this.number("Float32", 4) : this.number("Float64", 8);
    if (type <= 0xd3) {
      const size = 1 << (type & 3);
      const kind = type <= 0xcf ? "Uint" : "Int";
      return this.number(`${size === 8 ? "Big" : ""}${kind}${8 * size}`, size);
    }
    if (type <= 0xd8) return this.extension(1 << (type - 0xd4));
    if (type <= 0xdb) return this.r.text(this.count(1 << (type - 0xd9)));
    if (type <= 0xdd) return this.list(this.count(2 << (type - 0xdc)), depth);
    return this.map(this.count(2 << (type - 0xde)), depth);
  }
}

function arrayOf(bytes) {
  const [shape, type, data] = new Unpacker(bytes).value();
  const kind = KINDS[type];
  if (!Array.isArray(shape) || !(data instanceof Uint8Array))
    throw refusal("an array of the msgpack file is damaged");
  if (!kind) throw refusal(`an array of the type ${shown(type)}, which no model here has`);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((a, b) => a * b, 1));
  return new TorchTensor({ kind, bytes: () => data }, 0, shape, strides);
}

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const value = new Unpacker(bytes).value();
  if (value instanceof Map && value.has("metadata") && value.has("item"))
    throw refusal(
      "a record of burn's: save the model's weights as safetensors (burn-store) under PyTorch's names",
    );
  return networkOfValue(value, "Flax", files);
}
