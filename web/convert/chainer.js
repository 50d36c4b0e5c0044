// Chainer's models, as save_npz() and its snapshots name their arrays: "predictor/l1/upward/W".
// Here they get the names that PyTorch has.
//
// Its LSTM has the gates a i f o unit by unit, a being the candidate: row 4 j + g. Its GRU reads
// r·h, and z says how much of the new state is new: h' = (1 - z) h + z tanh(W x + U (r·h)). The
// cells of NStepLSTM, NStepGRU and NStepRNN are PyTorch's, an array a gate: "encoder/0/w0".

import { refusal, shown } from "./refuse.js";
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

const STEPS = { 8: "lstm", 6: "gru", 2: "rnn" }; // by how many matrices a layer has

/** Takes the layers of an NStep link out of those that are left, and says which cell they have. */
function addSteps(left, prefix, renamed) {
  const get = (k, part) => left.get(`${prefix}${k}/${part}`);
  const countOf = (has) => {
    let count = 0;
    while (count < 64 && has(count)) count++;
    return count;
  };
  const count = countOf((k) => get(k, "w0"));
  const size = countOf((i) => get(0, `w${i}`));
  const end = isBoth(left, get, count)
    ? (k) => `_l${k >> 1}${k % 2 === 1 ? "_reverse" : ""}`
    : (k) => `_l${k}`;
  const places = { weight_ih: ["w", 0], weight_hh: ["w", 1], bias_ih: ["b", 0], bias_hh: ["b", 1] };
  const added = Array.from({ length: count }, (_, k) =>
    Object.entries(places).map(([part, [letter, half]]) => {
      const gates = Array.from({ length: size / 2 }, (_, g) => `${letter}${g + (half * size) / 2}`);
      return [
        part + end(k),
        stacked(
          gates.map((gate) => get(k, gate)),
          `${prefix}${k}`,
        ),
      ];
    }),
  );
  for (const [part, one] of added.flat()) renamed.set(dotted(prefix) + part, one);
  for (const name of [...left.keys()]) if (name.startsWith(prefix)) left.delete(name);
  return STEPS[size];
}

function stacked(gates, name) {
  if (!gates.every(Boolean)) throw refusal(`${shown(name)} has not all of its gates`);
  const [{ shape }] = gates;
  return {
    shape: [gates.length * shape[0], ...shape.slice(1)],
    read: () => stack(gates.map((one) => expect(one.read(name), shape, name))),
  };
}

/** Are layers in pairs, one from each end? What the second reads says so, or what is behind. */
function isBoth(left, get, count) {
  if (count % 2 === 1) return false;
  const [[hidden, input], [, second]] = [0, 1].map((k) => get(k, "w0").shape);
  if (input !== hidden) return second === input;
  const third = count > 2 && get(2, "w0").shape[1];
  const isRead = [...left].some(
    ([name, { shape }]) => /\/W$/.test(name) && shape[1] === 2 * hidden,
  );
  return third ? third === 2 * hidden : isRead;
}

/**
 * The tensors under PyTorch's names and their cell, if the names are Chainer's; or null.
 * @param {Map<string, any>} tensors
 * @returns {{ tensors: Map<string, any>, cell: string, format: string, notes?: string[] } | null}
 */
export function fromChainer(tensors) {
  const left = new Map([...tensors].filter(([name]) => !/(^|\/)optimizer:/.test(name)));
  const names = [...left.keys()];
  const isLstm = names.some((name) => /(^|\/)lateral\/W$/.test(name));
  const firsts = names.filter((name) => /(^|\/)U_r\/W$/.test(name));
  const steps = names.filter((name) => /\/0\/w0$/.test(name)).map((name) => name.slice(0, -4));
  if (!isLstm && firsts.length === 0 && steps.length === 0) return null;
  const renamed = new Map();
  const [cell] = steps.map((prefix) => addSteps(left, prefix, renamed));
  for (const first of firsts) addGru(left, first.replace(/U_r\/W$/, ""), renamed);
  for (const [name, one] of left) {
    const [, prefix, part] = /^(.*?)((?:upward|lateral)\/[Wb])$/.exec(name) ?? [];
    if (part && one.shape[0] % 4 === 0)
      renamed.set(dotted(prefix) + LSTM[part], { ...one, read: () => byGates(one.read(name)) });
    else if (/\/[Wb]$/.test(name))
      renamed.set(dotted(name).replace(/W$/, "weight").replace(/b$/, "bias"), one);
  }
  const notes = cell === "rnn" ? ["its activation is taken to be tanh"] : [];
  return {
    tensors: renamed,
    cell: cell ?? (isLstm ? "lstm" : "gru-before"),
    format: "Chainer",
    notes,
  };
}
