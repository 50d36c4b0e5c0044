// Chainer's models, as save_npz() and its snapshots name their arrays: "predictor/l1/upward/W".
// Here they get the names that PyTorch has.
//
// Its LSTM has the gates a i f o unit by unit, a being the candidate: row 4 j + g. Its GRU reads
// r·h, and z says how much of the new state is new: h' = (1 - z) h + z tanh(W x + U (r·h)).

import { expect, negated, stack, tensor } from "./tensor.js";

const GATES = [1, 2, 0, 3]; // i f g o among a i f o

/** Rows unit by unit as rows gate by gate. */
function byGates({ shape, data }) {
  const units = shape[0] / 4;
  const width = data.length / shape[0];
  const out = new Float32Array(data.length);
  GATES.forEach((from, g) => {
    for (let j = 0; j < units; j++)
      out.set(
        data.subarray((4 * j + from) * width, (4 * j + from + 1) * width),
        (g * units + j) * width,
      );
  });
  return tensor(shape, out);
}

const LSTM = {
  "upward/W": "weight_ih_l0",
  "upward/b": "bias_ih_l0",
  "lateral/W": "weight_hh_l0",
  "lateral/b": "bias_hh_l0",
};
const GRU = {
  weight_ih_l0: ["W_r/W", "W_z/W", "W/W"],
  weight_hh_l0: ["U_r/W", "U_z/W", "U/W"],
  bias_ih_l0: ["W_r/b", "W_z/b", "W/b"],
  bias_hh_l0: ["U_r/b", "U_z/b", "U/b"],
};

const dotted = (name) => name.replace(/\//g, ".");

/** The arrays of a GRU whose first is `name`, as r z n, taken out of those that are left. */
function addGru(left, prefix, renamed) {
  for (const [part, names] of Object.entries(GRU)) {
    const parts = names.map((name) => left.get(prefix + name));
    if (!parts.every(Boolean)) continue;
    names.forEach((name) => left.delete(prefix + name));
    const [height, ...rest] = parts[0].shape;
    const read = () => {
      const [r, z, n] = parts.map((one, k) =>
        expect(one.read(names[k]), parts[0].shape, prefix + names[k]),
      );
      return stack([r, negated(z), n]);
    };
    renamed.set(dotted(prefix) + part, { shape: [3 * height, ...rest], read });
  }
}

/**
 * The tensors under PyTorch's names and their cell, if the names are Chainer's; or null.
 * @param {Map<string, any>} tensors
 * @returns {{ tensors: Map<string, any>, cell: string, format: string } | null}
 */
export function fromChainer(tensors) {
  const left = new Map([...tensors].filter(([name]) => !/(^|\/)optimizer:/.test(name)));
  const names = [...left.keys()];
  const isLstm = names.some((name) => /(^|\/)lateral\/W$/.test(name));
  const firsts = names.filter((name) => /(^|\/)U_r\/W$/.test(name));
  if (!isLstm && firsts.length === 0) return null;
  const renamed = new Map();
  for (const first of firsts) addGru(left, first.replace(/U_r\/W$/, ""), renamed);
  for (const [name, one] of left) {
    const [, prefix, part] = /^(.*?)((?:upward|lateral)\/[Wb])$/.exec(name) ?? [];
    if (part && one.shape[0] % 4 === 0)
      renamed.set(dotted(prefix) + LSTM[part], { ...one, read: () => byGates(one.read(name)) });
    else if (/\/[Wb]$/.test(name))
      renamed.set(dotted(name).replace(/W$/, "weight").replace(/b$/, "bias"), one);
  }
  return { tensors: renamed, cell: isLstm ? "lstm" : "gru-before", format: "Chainer" };
}
