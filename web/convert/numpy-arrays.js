// The arrays in NumPy's own files, .npy and .npz.

import { Reader, decodeText, startsWith } from "./bytes.js";
import { NumpyArray } from "./numpy.js";
import { readPickle } from "./pickle.js";
import { refusal } from "./refuse.js";

export const MAGIC = "\x93NUMPY";

/** The array in a .npy file, or what was pickled in it. @param {Uint8Array} bytes */
export function readArray(bytes) {
  if (!startsWith(bytes, MAGIC)) throw refusal("a NumPy file without its magic: it is damaged");
  const r = new Reader(bytes, "the NumPy file");
  r.skip(MAGIC.length);
  const version = r.u8();
  r.skip(1);
  const header = decodeText(r.take(version === 1 ? r.u16() : r.u32()));
  const find = (pattern) => pattern.exec(header)?.[1];
  const type = find(/'descr':\s*'([^']+)'/);
  const sides = find(/'shape':\s*\(([\d,\sL]*)\)/);
  if (!type || sides === undefined) throw refusal("the NumPy file's header is damaged");
  const data = r.take(r.left);
  if (type === "|O") {
    const { data: objects } = readPickle(data) ?? {};
    if (!Array.isArray(objects)) throw refusal("the NumPy file's objects are damaged");
    return objects.length === 1 ? objects[0] : objects;
  }
  const shape = sides.match(/\d+/g)?.map(Number) ?? [];
  const isFortran = find(/'fortran_order':\s*(\w+)/) === "True";
  return new NumpyArray().fill(shape, { dtype: type.slice(1), order: type[0] }, isFortran, data);
}

/** The arrays of an archive by their names. @param {import("./zip.js").Zip} zip */
export function arraysIn(zip) {
  const names = zip.names.filter((name) => /\.npy$/.test(name));
  const entry = (name) => [
    name.replace(/\.npy$/, "").replace(/^arr_/, ""),
    readArray(zip.read(name)),
  ];
  return new Map(names.map(entry));
}
