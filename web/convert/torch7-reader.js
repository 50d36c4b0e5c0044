// Torch7's files as data. Lua's values follow one another, each with a number for its kind; tables
// and objects have an index, by which they are met again. Nothing is run: a function is passed
// over.

import { Reader } from "./bytes.js";
import { refusal, shown } from "./refuse.js";
import { bytesOf, readStrided } from "./tensor.js";

const DEPTH = 2500; // char-rnn's graphs are chains of objects
const VALUES = 3e6;

const KINDS = {
  Float: "f32",
  Cuda: "f32",
  Cl: "f32",
  Double: "f64",
  CudaDouble: "f64",
  CudaHalf: "f16",
  Half: "f16",
  Long: "i64",
  CudaLong: "i64",
  Int: "i32",
  CudaInt: "i32",
  Short: "i16",
  Char: "i8",
  CudaChar: "i8",
  Byte: "u8",
  CudaByte: "u8",
};

/** An object of a Torch class: `value` holds its fields. */
export class TorchObject {
  constructor(type) {
    this.type = type;
    this.value = null;
  }

  get(name) {
    return this.value instanceof Map ? this.value.get(name) : undefined;
  }
}

class Torch7Tensor {
  constructor(kind, shape, strides, offset) {
    this.kind = kind;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    /** @type {?{ kind: string, bytes: Uint8Array }} */
    this.storage = null;
  }

  read(name) {
    if (!this.storage) throw refusal(`the tensor ${shown(name)} is empty`);
    return readStrided(this.storage.bytes, this, name);
  }
}

/**
 * The same calls over a file in text, where every value stands alone between spaces and line ends.
 */
class TextReader extends Reader {
  word() {
    const { bytes } = this;
    while (bytes[this.at] <= 0x20) this.at++;
    const from = this.at;
    while (bytes[this.at] > 0x20) this.at++;
    if (from === this.at) this.skip(1);
    return String.fromCharCode(...bytes.subarray(from, Math.min(this.at, from + 40)));
  }

  number() {
    const number = Number(
      this.word()
        .replace(/^-?nan$/, "NaN")
        .replace(/^(-?)inf$/, "$1Infinity"),
    );
    return number;
  }

  i32() {
    return this.number();
  }

  i64() {
    return this.number();
  }

  f64() {
    return this.number();
  }

  string(size) {
    this.skip(1);
    return this.text(size);
  }
}

class Torch7Reader {
  constructor(bytes, isText) {
    /** @type {any} */
    this.r = isText
      ? new TextReader(bytes, "the Torch7 file")
      : new Reader(bytes, "the Torch7 file");
    this.isText = isText;
    this.objects = new Map();
    this.left = VALUES;
  }

  string() {
    const size = this.r.i32();
    return this.isText ? this.r.string(size) : this.r.text(size);
  }

  value(depth = 0) {
    if (depth > DEPTH || --this.left < 0)
      throw refusal("the Torch7 file holds more than any model: it is damaged");
    const kind = this.r.i32();
    switch (kind) {
      case 0:
        return null;
      case 1:
        return this.r.f64();
      case 2:
        return this.string();
      case 3:
        return this.table(depth);
      case 4:
        return this.object(depth);
      case 5:
        return this.r.i32() === 1;
      case 6:
      case 7:
      case 8:
        return this.program(depth, kind);
      default:
        throw refusal("the Torch7 file is damaged, or is none");
    }
  }

  table(depth) {
    const index = this.r.i32();
    if (this.objects.has(index)) return this.objects.get(index);
    const size = this.r.i32();
    const table = new Map();
    this.objects.set(index, table);
    for (let i = 0; i < size; i++) {
      const key = this.value(depth + 1);
      table.set(key, this.value(depth + 1));
    }
    return table;
  }

  /** A Lua function: its bytecode is passed over, and what it encloses is read as data. */
  program(depth, kind) {
    const isShared = kind !== 6;
    const index = isShared ? this.r.i32() : 0;
    if (isShared && this.objects.has(index)) return this.objects.get(index);
    const held = { program: true };
    if (isShared) this.objects.set(index, held);
    this.r.skip(this.r.i32() + (this.isText ? 1 : 0));
    this.value(depth + 1);
    return held;
  }

  object(depth) {
    const index = this.r.i32();
    if (this.objects.has(index)) return this.objects.get(index);
    let type = this.string();
    if (/^V \d+$/.test(type)) type = this.string();
    const tensor = /^torch\.(\w+)Tensor$/.exec(type);
    if (tensor) return this.tensor(index, KINDS[tensor[1]], depth);
    const storage = /^torch\.(\w+)Storage$/.exec(type);
    if (storage) return this.storage(index, KINDS[storage[1]]);
    const object = new TorchObject(type);
    this.objects.set(index, object);
    object.value = this.value(depth + 1);
    return object;
  }

  tensor(index, kind, depth) {
    const axes = this.r.i32();
    if (!(axes >= 0 && axes <= 16))
      throw refusal("the Torch7 file is damaged: a tensor has too many sides");
    const sides = () => Array.from({ length: axes }, () => this.r.i64());
    const shape = sides();
    const strides = sides();
    const tensor = new Torch7Tensor(kind, shape, strides, this.r.i64() - 1);
    this.objects.set(index, tensor);
    const storage = this.value(depth + 1);
    tensor.storage = storage?.bytes ? storage : null;
    if (tensor.storage) tensor.kind = storage.kind;
    return tensor;
  }

  storage(index, kind) {
    if (!kind) throw refusal("the Torch7 file has numbers of a type that is unknown here");
    const count = this.r.i64();
    const storage = this.isText
      ? this.textStorage(count)
      : { kind, bytes: this.r.take(count * bytesOf(kind)) };
    this.objects.set(index, storage);
    return storage;
  }

  textStorage(count) {
    if (!(count >= 0 && count <= this.r.left)) throw refusal("the Torch7 file ends too early");
    const data = Float32Array.from({ length: count }, () => this.r.number());
    return { kind: "f32", bytes: new Uint8Array(data.buffer) };
  }
}

/** The value in a Torch7 file, binary or in text. @param {Uint8Array} bytes */
export function readTorch7(bytes) {
  const isText = bytes[0] >= 0x30 && bytes[0] <= 0x39;
  return new Torch7Reader(bytes, isText).value();
}
