// ml5's charRNN: manifest.json names a file a variable, each of plain 32-bit floats.

import { parseJson } from "./bytes.js";
import { fileName, refusal, shown } from "./refuse.js";
import { readFloats, sizeOf } from "./tensor.js";
import { networkOfVariables } from "./variables.js";

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const variables = new Map();
  for (const [name, { filename, shape }] of Object.entries(parseJson(bytes))) {
    if (!Array.isArray(shape) || shape.length === 0) continue; // a counter
    if (/[\\/]|^\.\.?$/.test(filename))
      throw refusal(`manifest.json names a file outside its folder, ${shown(filename)}`);
    const read = () => {
      const found = files.find((one) => fileName(one.name) === filename);
      if (!found)
        throw refusal(`the file ${shown(filename)}, which manifest.json names, is missing: add it`);
      return { shape, data: readFloats(found.bytes, "f32", sizeOf(shape, name), name) };
    };
    variables.set(name, { shape, read });
  }
  return networkOfVariables(variables, "ml5 charRNN");
}
