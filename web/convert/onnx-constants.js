// The constants of an ONNX graph: initializers, Constant nodes, and what an exporter left for the
// runtime to fold: turned, cut and joined weights.

import { Arrays, NotKnown } from "./compute-arrays.js";
import { outputsOf } from "./onnx-nodes.js";
import { all, integersOf, numberOf, one, packedOf, readMessage, textOf } from "./protobuf.js";
import { fileName, isInside, refusal, shown } from "./refuse.js";
import { bytesOf, readFloats, sizeOf, tensor } from "./tensor.js";

const WHAT = "the ONNX file";
const KINDS = {
  1: "f32",
  2: "u8",
  3: "i8",
  4: "u16",
  5: "i16",
  6: "i32",
  7: "i64",
  9: "u8",
  10: "f16",
  11: "f64",
  12: "u32",
  16: "bf16",
};
const DEPTH = 32;

/**
 * The bytes of a tensor that lies in a file beside the model.
 * @param {Map<number, any[]>} message
 * @param {import("./convert.js").NamedFile[]} files
 */
function externalBytes(message, files, name, size) {
  const entries = all(message, 13).map((value) => readMessage(value, WHAT));
  const of = (key) => {
    const entry = entries.find((one) => textOf(one, 1) === key);
    return entry ? textOf(entry, 2) : "";
  };
  const location = of("location");
  if (!isInside(location))
    throw refusal(`the ONNX model names a file outside its folder, ${shown(location)}`);
  const found = files.find((file) => fileName(file.name) === fileName(location));
  if (!found) {
    throw refusal(
      `the ONNX model's weights are in a file of their own, ${shown(location)}: add it`,
    );
  }
  const from = Number(of("offset") || 0);
  const to = from + size;
  if (!(from >= 0 && to <= found.bytes.length))
    throw refusal(`${shown(location)} ends before the tensor ${shown(name)}: it is cut short`);
  return found.bytes.subarray(from, to);
}

/**
 * TensorProto.
 * @param {Uint8Array} bytes
 * @param {import("./convert.js").NamedFile[]} [files] what lies beside the model
 * @returns {import("./tensor.js").Tensor & { name: string }}
 */
export function readTensor(bytes, files = []) {
  const message = readMessage(bytes, WHAT);
  const name = textOf(message, 8);
  const shape = integersOf(message, 1, WHAT);
  const kind = KINDS[numberOf(message, 2)];
  if (!kind) throw refusal(`the ONNX tensor ${shown(name)} is of a type that is unknown here`);
  const count = sizeOf(shape, name);
  const isOutside = numberOf(message, 14) === 1;
  const raw = isOutside
    ? externalBytes(message, files, name, count * bytesOf(kind))
    : one(message, 9);
  if (raw instanceof Uint8Array) return { name, shape, data: readFloats(raw, kind, count, name) };
  if (kind === "f32")
    return { name, shape, data: readFloats(packedOf(message, 4), kind, count, name) };
  if (kind === "f64")
    return { name, shape, data: readFloats(packedOf(message, 10), kind, count, name) };
  const integers = integersOf(message, kind === "i64" ? 7 : kind === "u32" ? 11 : 5, WHAT);
  if (integers.length < count) throw refusal(`the ONNX tensor ${shown(name)} is cut short`);
  if (bytesOf(kind) === 2 && /f16$/.test(kind)) {
    const halves = new Uint8Array(Uint16Array.from(integers).buffer);
    return { name, shape, data: readFloats(halves, kind, count, name) };
  }
  return { name, shape, data: Float32Array.from(integers.slice(0, count)) };
}

export class Constants {
  /**
   * @param {Uint8Array[]} initializers
   * @param {object[]} nodes
   * @param {import("./convert.js").NamedFile[]} files
   */
  constructor(initializers, nodes, files) {
    this.found = new Map();
    for (const bytes of initializers)
      this.found.set(textOf(readMessage(bytes, WHAT), 8), () => readTensor(bytes, files));
    // A value's name → the node that makes it.
    this.makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
    this.values = new Map();
    this.left = 10000; // nodes to fold
    // Values that folding may make: a graph must not grow by joining its weights again and again.
    const sum = (list) => list.reduce((total, { length }) => total + length, 0);
    const room = sum(initializers) + sum(files.map(({ bytes }) => bytes)) + 2 ** 16;
    this.arrays = new Arrays(16 * room, Infinity);
  }

  /** A constant, or null where the value changes. @returns {?import("./tensor.js").Tensor} */
  get(name, depth = 0) {
    if (!name || depth > DEPTH) return null;
    if (!this.values.has(name)) this.values.set(name, this.#make(name, depth));
    return this.values.get(name);
  }

  #make(name, depth) {
    if (this.found.has(name)) return this.found.get(name)();
    const node = this.makers.get(name);
    if (node?.type === "Constant") return constantIn(node);
    if (!FOLDED.test(node?.type ?? "") || --this.left < 0) return null;
    const inputs = node.inputs.map((input) => this.get(input, depth + 1));
    if (node.inputs.some((input, i) => input && !inputs[i])) return null;
    try {
      const [{ shape, data }] = outputsOf(this.arrays, node, inputs, this);
      return tensor(shape, Float32Array.from(data));
    } catch (error) {
      if (!(error instanceof NotKnown)) throw error;
      if (this.arrays.left >= 0) return null;
      throw refusal("the ONNX graph makes more of its weights than it has");
    }
  }

  /** The value that a ConstantOfShape fills with. */
  fillOf({ attributes }) {
    const value = attributes.get("value")?.t;
    return value ? readTensor(value).data[0] : 0;
  }
}

/** What a Constant node holds, or null. */
function constantIn({ attributes }) {
  const value = attributes.get("value")?.t;
  if (value) return readTensor(value);
  const ints = attributes.get("value_ints")?.ints ?? [];
  if (ints.length > 0) return tensor([ints.length], Float32Array.from(ints));
  const single = attributes.get("value_int")?.i ?? attributes.get("value_float")?.f;
  return single === undefined ? null : tensor([], Float32Array.of(single));
}

// What exporters put before recurrent weights.
const FOLDED = /^(Identity|Cast|Squeeze|Unsqueeze|Reshape|Transpose|Concat|Slice)$/;
