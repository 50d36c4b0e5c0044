// recurrentjs's demo of characters, as its button "save model" writes it: every matrix with its
// rows n, its columns d, and its values, row by row. Its RNN is a ReLU layer, its LSTM the usual
// one.
//
// Token 0 starts and ends a sentence; a letter's id is its place in the list and one.

import { matrixOf } from "./brainjs.js";
import { parseJson } from "./bytes.js";
import { makeLayer } from "./layers.js";
import { compose } from "./network.js";
import { refusal } from "./refuse.js";
import { expect, stack, tensor } from "./tensor.js";

// What reads the input, what the state, and the biases: the gates in PyTorch's order.
const KINDS = {
  LSTM: { cell: "lstm", parts: [..."ifco"].map((g) => [`W${g}x`, `W${g}h`, `b${g}`]) },
  RNN: { cell: "rnn-relu", parts: [["Wxh", "Whh", "bhh"]] },
};

/** @param {import("./convert.js").NamedFile} file */
export function read({ bytes }) {
  const { model, indexToLetter, letterToIndex } = parseJson(bytes);
  const matrix = (name) => {
    const { n: rows, d: columns, w: weights } = model[name] ?? {};
    return matrixOf({ rows, columns, weights }, name, "recurrentjs");
  };
  const vector = (name) => {
    const { data } = matrix(name);
    return tensor([data.length], data);
  };
  const name = Object.keys(KINDS).find((kind) => `${KINDS[kind].parts[0][0]}0` in model);
  if (!name) throw refusal("the recurrentjs network has neither an RNN's matrices nor an LSTM's");
  const { cell, parts } = KINDS[name];
  /** @type {object[]} */
  const steps = [{ kind: "embedding", table: matrix("Wil") }];
  for (let d = 0; parts[0][0] + d in model; d++) {
    const all = (k, read) => stack(parts.map((names) => read(names[k] + d)));
    const weights = { weightIh: all(0, matrix), weightHh: all(1, matrix), biasIh: all(2, vector) };
    steps.push({
      kind: "recurrent",
      layer: makeLayer(`layer ${d}`, { cell, ...weights }),
      sequences: true,
    });
  }
  const weight = expect(matrix("Whd"), [-1, -1], "Whd");
  steps.push({ kind: "dense", weight, bias: vector("bd"), activation: "softmax" });
  return compose(steps, {
    format: `recurrentjs ${name}`,
    vocabulary: vocabularyOf(indexToLetter, letterToIndex),
    start: 0,
    end: 0,
    level: "char",
    notes: [],
  });
}

/** id → letter; token 0 is none. */
function vocabularyOf(letters, ids) {
  const pairs = letters
    ? Object.entries(letters).map(([id, letter]) => [Number(id), letter])
    : Object.entries(ids ?? {}).map(([letter, id]) => [id, letter]);
  return pairs.length > 0 ? new Map([[0, "<end>"], ...pairs]) : null;
}
