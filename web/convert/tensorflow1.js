// TensorFlow 1's checkpoints, and those of TensorFlow 2 in the same format: V2 (.index and .data
// files) and V1 (one file).

import { all, integersOf, numberOf, one, packedOf, readMessage, textOf } from "./protobuf.js";
import { fileName, refusal, shown } from "./refuse.js";
import { readTable } from "./sstable.js";
import { OBJECT_GRAPH, kerasOf, namesOfObjects } from "./tensorflow-objects.js";
import { bytesOf, readFloats, sizeOf } from "./tensor.js";
import { networkOfVariables } from "./variables.js";

const WHAT = "the checkpoint";
const KINDS = {
  1: "f32",
  2: "f64",
  3: "i32",
  4: "u8",
  5: "i16",
  6: "i8",
  9: "i64",
  10: "u8",
  14: "bf16",
  19: "f16",
};

/** TensorShapeProto: dim { size } */
const shapeOf = (bytes) =>
  bytes ? all(readMessage(bytes, WHAT), 2).map((dim) => numberOf(readMessage(dim, WHAT), 1)) : [];

/**
 * @param {import("./convert.js").NamedFile} file @param {import("./convert.js").NamedFile[]} files
 */
export function read(file, files) {
  const isV2 = /\.index$/i.test(file.name) || [...headOf(file.bytes)].length === 1;
  if (!isV2) return networkOfVariables(readV1(file), "TensorFlow checkpoint (V1)", { files });
  const { variables, names } = readV2(file, files);
  return networkOfVariables(variables, "TensorFlow checkpoint (V2)", {
    names,
    files,
    ...kerasOf(files),
  });
}

/** V2's first entry is a small header without tensors; V1's has the list of them. */
function* headOf(bytes) {
  for (const [key, value] of readTable(bytes)) {
    if (key !== "") return;
    const header = readMessage(value, WHAT);
    if (typeof one(header, 1) === "number") yield header;
    return;
  }
}

// ---- V2 -------------------------------------------------------------------------------------

function readV2(file, files) {
  const variables = new Map();
  let names;
  let shards = 1;
  for (const [name, value] of readTable(file.bytes)) {
    const entry = readMessage(value, WHAT);
    if (name === "") {
      shards = numberOf(entry, 1, 1);
      if (numberOf(entry, 2) === 1) throw refusal("the checkpoint is big-endian: no model here is");
      continue;
    }
    const kind = KINDS[numberOf(entry, 1)];
    if (!kind && name !== OBJECT_GRAPH) continue; // text and the like
    if (one(entry, 7))
      throw refusal(`the checkpoint keeps ${shown(name)} in slices: save it unpartitioned`);
    const shape = shapeOf(one(entry, 2));
    const [shard, at, size] = [3, 4, 5].map((field) => numberOf(entry, field));
    const take = () => {
      const { bytes } = shardOf(file, files, shard, shards);
      if (!(at >= 0 && size >= 0 && at + size <= bytes.length)) {
        throw refusal(
          `the checkpoint's data file ends before ${shown(name)}: it is cut short, or of another checkpoint`,
        );
      }
      return bytes.subarray(at, at + size);
    };
    if (!kind) names = namesOfObjects(take());
    else
      variables.set(name, {
        shape,
        read: () => ({ shape, data: readFloats(take(), kind, sizeOf(shape, name), name) }),
      });
  }
  return { variables, names };
}

function shardOf(file, files, shard, shards) {
  const digits = (n) => String(n).padStart(5, "0");
  const base = file.name.replace(/\.index$/i, "");
  const name = `${base}.data-${digits(shard)}-of-${digits(shards)}`;
  const found =
    files.find((one) => one.name === name) ??
    files.find((one) => fileName(one.name) === fileName(name));
  if (!found)
    throw refusal(`the checkpoint's data file ${shown(fileName(name))} is missing: add it`);
  return found;
}

// ---- V1 -------------------------------------------------------------------------------------

function readV1(file) {
  const variables = new Map();
  for (const [key, value] of readTable(file.bytes)) {
    if (key === "") continue;
    const data = one(readMessage(value, WHAT), 2);
    if (!data) continue;
    const slice = readMessage(data, WHAT);
    const name = textOf(slice, 1);
    const proto = readMessage(one(slice, 3) ?? new Uint8Array(0), WHAT);
    const isPart = all(readMessage(one(slice, 2) ?? new Uint8Array(0), WHAT), 1).some((extent) =>
      readMessage(extent, WHAT).has(2),
    );
    if (isPart)
      throw refusal(`the checkpoint keeps ${shown(name)} in slices: save it unpartitioned`);
    variables.set(name, { shape: null, read: null, proto });
  }
  addShapes(file, variables);
  return variables;
}

/** V1 writes shapes only in the list at its beginning. */
function addShapes(file, variables) {
  for (const [key, value] of readTable(file.bytes)) {
    if (key !== "") return;
    const meta = one(readMessage(value, WHAT), 1);
    for (const tensor of meta ? all(readMessage(meta, WHAT), 1) : []) {
      const entry = readMessage(tensor, WHAT);
      const variable = variables.get(textOf(entry, 1));
      if (!variable) continue;
      const shape = shapeOf(one(entry, 2));
      const { proto } = variable;
      variables.set(textOf(entry, 1), {
        shape,
        read: (name) => valuesOf(proto, numberOf(entry, 3), shape, name),
      });
    }
  }
}

/** TensorProto's values, in the list of their type or as plain bytes. */
function valuesOf(proto, type, shape, name) {
  const count = sizeOf(shape, name);
  const content = one(proto, 4);
  const kind = KINDS[type];
  if (!kind) throw refusal(`the checkpoint's ${shown(name)} is of a type that is unknown here`);
  if (content) return { shape, data: readFloats(content, kind, count, name) };
  if (kind === "f32") return { shape, data: readFloats(packedOf(proto, 5), "f32", count, name) };
  if (kind === "f64") return { shape, data: readFloats(packedOf(proto, 6), "f64", count, name) };
  const integers = integersOf(proto, kind === "i64" ? 10 : 7, WHAT);
  if (integers.length * bytesOf("u8") < count)
    throw refusal(`the checkpoint's ${shown(name)} is cut short`);
  return { shape, data: Float32Array.from(integers.slice(0, count)) };
}
