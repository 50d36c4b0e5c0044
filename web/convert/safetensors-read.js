// Safetensors of other projects: PyTorch's names under any prefix.

import { parseText } from "./bytes.js";
import { readHeader } from "./safetensors.js";
import { networkOfTensors } from "./pytorch-network.js";
import { refusal, shown } from "./refuse.js";
import { bytesOf, readFloats, sizeOf } from "./tensor.js";

const KINDS = {
  F32: "f32",
  F16: "f16",
  BF16: "bf16",
  F64: "f64",
  I64: "i64",
  I32: "i32",
  U8: "u8",
};

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const { json, at } = readHeader(bytes);
  const tensors = new Map();
  const { __metadata__: metadata, ...list } = json;
  for (const [name, entry] of Object.entries(list)) {
    const { dtype, shape, data_offsets: offsets } = entry ?? {};
    const kind = KINDS[dtype];
    const isPlain =
      Array.isArray(shape) && Array.isArray(offsets) && offsets.every(Number.isInteger);
    if (!isPlain) throw refusal(`the safetensors header is damaged at ${shown(name)}`);
    if (!kind)
      throw refusal(`the tensor ${shown(name)} is of the type ${shown(dtype)}: save it as F32`);
    const read = () => {
      const count = sizeOf(shape, name);
      const [from, to] = offsets.map((offset) => at + offset);
      if (!(from >= at && to <= bytes.length && to - from === count * bytesOf(kind))) {
        throw refusal(`the tensor ${shown(name)} lies outside the file, or is of another size`);
      }
      return { shape, data: readFloats(bytes.subarray(from, to), kind, count, name) };
    };
    if (shape.length > 0) tensors.set(name, { shape, read });
  }
  const rest = new Map();
  for (const [key, value] of Object.entries(metadata ?? {})) {
    // A tensor that is shared stands there once: save_model() notes the other name for it.
    if (tensors.has(value) && !tensors.has(key)) tensors.set(key, tensors.get(value));
    const noted = fromText(value) ?? (CHARACTERS.test(key) ? String(value) : undefined);
    if (noted !== undefined) rest.set(key, noted);
  }
  return networkOfTensors({ tensors, modules: new Map(), rest, format: "safetensors", files });
}

const CHARACTERS = /char|vocab|alphabet|letters|tokens/i; // all in one text

/** Metadata is text; a vocabulary in it is JSON, or its characters. */
const fromText = (value) => parseText(String(value));
