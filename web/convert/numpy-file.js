// Networks in NumPy's own files, .npy and .npz: arrays with names or numbers. What network they
// belong to only the names tell, of programs that are read everywhere (plain-network.js).

import { startsWith } from "./bytes.js";
import { MAGIC, arraysIn, readArray } from "./numpy-arrays.js";
import { networkOfValue } from "./pytorch.js";
import { fileName } from "./refuse.js";

/** @param {import("./zip.js").Zip} zip @param {import("./convert.js").NamedFile[]} files */
export const readArchive = (zip, files) => networkOfValue(arraysIn(zip), "NumPy arrays", files);

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read(file, files) {
  const isArray = ({ bytes }) => startsWith(bytes, MAGIC);
  const arrays = files.filter(isArray);
  if (arrays.length === 1) return networkOfValue(readArray(file.bytes), "NumPy array", files);
  const entry = ({ name, bytes }) => [fileName(name).replace(/\.npy$/i, ""), readArray(bytes)];
  const network = networkOfValue(new Map(arrays.map(entry)), "NumPy arrays", files);
  network.neighbours = files.filter((one) => !isArray(one));
  return network;
}
