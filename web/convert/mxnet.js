// MXNet's .params, of Gluon and of the Module before it: a list of arrays and a list of their names
// (src/ndarray/ndarray.cc). Here they get the names that PyTorch has; gates and formulas of its
// cells are PyTorch's, but for those of its first example, "l0_i2h_weight", whose order is i g f o.

import { Reader, decodeText } from "./bytes.js";
import { networkOfTensors } from "./pytorch-network.js";
import { refusal, shown } from "./refuse.js";
import { bytesOf, readFloats, reorder, sizeOf } from "./tensor.js";

const KINDS = ["f32", "f64", "f16", "u8", "i32", "i8", "i64"];
const [V1, V2, V3] = [0xf993fac8, 0xf993fac9, 0xf993faca];
const MOST = 4096; // arrays, and of an array sides

/** One array: { shape, read }. @param {Reader} r */
function arrayIn(r) {
  const magic = r.u32();
  const isNew = magic === V2 || magic === V3;
  if (isNew && r.u32() !== 0) throw refusal("the MXNet file has sparse arrays: save them dense");
  const isWide = isNew || magic === V1;
  const sides = isWide ? r.u32() : magic; // before version 1 the number of sides stood there
  if (sides > 32) throw refusal("the MXNet file is damaged");
  const shape = Array.from({ length: sides }, () => (isWide ? r.i64() : r.u32()));
  if (sides === 0) return { shape, read: () => null };
  r.skip(8); // where it lay
  const kind = KINDS[r.u32()];
  if (!kind) throw refusal("the MXNet file has an array of a type that no model here has");
  const count = sizeOf(shape, "array");
  const bytes = r.take(count * bytesOf(kind));
  return { shape, read: (name) => ({ shape, data: readFloats(bytes, kind, count, name) }) };
}

function arraysIn(bytes) {
  const r = new Reader(bytes, "the MXNet file");
  r.skip(16);
  const count = r.i64();
  if (!(count <= MOST)) throw refusal("the MXNet file is damaged");
  const arrays = Array.from({ length: count }, () => arrayIn(r));
  if (r.i64() !== count)
    throw refusal("the MXNet file has no names for its arrays: save them as a dictionary");
  return new Map(arrays.map((array) => [decodeText(r.take(r.i64())), array]));
}

const CELL = /^(.*?)(?:([lr])(\d+)_)?(i2h|h2h)_(weight|bias)$/;

/** "lstm0_l0_i2h_weight" → "lstm0.weight_ih_l0" */
function usualName(name) {
  const [, prefix, side, layer = "0", matrix, part] = CELL.exec(name) ?? [];
  if (!part) return name.replace(/_(weight|bias|gamma|beta|running_mean|running_var)$/, ".$1");
  const outer = prefix.replace(/[_.]?$/, ".");
  const end = side === "r" ? "_reverse" : "";
  return `${outer}${part}_${matrix === "i2h" ? "ih" : "hh"}_l${layer}${end}`;
}

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const arrays = [...arraysIn(bytes)].map(
    ([name, array]) => /** @type {[string, any]} */ ([name.replace(/^(arg|aux):/, ""), array]),
  );
  const fused = arrays.find(([name, { shape }]) => /parameters$/.test(name) && shape.length === 1);
  if (fused)
    throw refusal(
      `its recurrent weights are the one list ${shown(fused[0])} of a fused cell: take it apart in ` +
        "MXNet (FusedRNNCell.unpack_weights)",
    );
  const isFirst = arrays.some(([name]) => /^l0_i2h_weight$/.test(name));
  const tensors = new Map();
  for (const [name, array] of arrays) {
    if (array.shape.length === 0) continue;
    const own = isFirst && /^l\d+_[ih]2h_/.test(name);
    const read = own ? () => reorder(array.read(name), [0, 2, 1, 3]) : () => array.read(name);
    tensors.set(usualName(name), { ...array, read });
  }
  const hasRelu = arrays.some(
    ([name, { shape }]) => /[_.]?l0_h2h_weight$/.test(name) && shape[0] === shape[1],
  );
  const activation = hasRelu
    ? { cell: "rnn-relu", notes: ["its activation is taken to be ReLU, as Gluon's RNN has it"] }
    : {};
  const format = `MXNet${arrays.some(([name]) => /\./.test(name)) ? " (Gluon)" : ""}`;
  const [modules, rest] = [new Map(), new Map()];
  return networkOfTensors({ tensors, modules, rest, format, files, ...activation });
}
