// Networks that people write by hand, known by what their programs call the matrices: in NumPy the
// hundred lines of min-char-rnn and the courses that follow them, in Theano WildML's GRU, in
// PyTorch makemore. Matrices multiply columns, W [H, in] x.

import { makeJoint, makeLayer, SQUASHED } from "./layers.js";
import { squashing } from "./program.js";
import { expect, negated, reorder, stack, tensor, transpose } from "./tensor.js";

// The input's, the state's and the read-out's matrix, and the biases of state and read-out.
const RNN = [
  ["wxh", "whh", "why", "bh", "by"],
  ["wax", "waa", "wya", "b", "by"],
  ["wax", "waa", "wya", "ba", "by"],
  ["wxh", "whh", "whq", "bh", "bq"],
  ["u", "w", "v", "b", "c"],
  ["0", "1", "2", "3", "4"],
];

/** A name as those are: W_xh is wxh. */
const plain = (name) => name.split(".").at(-1).replaceAll("_", "").toLowerCase();

/** The tensors by the last part of their names, of the list of which most are there. */
function byNames(reader, lists, optional) {
  const names = [...reader.tensors.keys()];
  const ends = new Map(names.map((name) => [plain(name), name]));
  if (ends.size < names.length) return undefined; // of several layers
  const there = (list) => list.filter((name) => ends.has(name)).length;
  const fits = lists.filter(
    (list) => there(list.slice(0, list.length - optional)) === list.length - optional,
  );
  const [list] = fits.sort((a, b) => there(b) - there(a));
  return list?.map((name) => (ends.has(name) ? reader.read(ends.get(name)) : null));
}

const flat = (bias) => bias && tensor([bias.data.length], bias.data);

/** The matrix with so many rows; a program may keep it the other way round. */
function withRows(matrix, rows, what) {
  expect(matrix, [-1, -1], what);
  if (matrix.shape[0] === rows) return matrix;
  return expect(transpose(matrix), [rows, -1], what);
}

/** The steps of such a network, or null. @param {any} reader of pytorch-network.js */
export function plainSteps(reader) {
  return rnn(reader) ?? theanoGru(reader) ?? makemore(reader);
}

function rnn(reader) {
  const found = byNames(reader, RNN, 2);
  if (!found || found.slice(0, 3).some(({ shape }) => shape.length !== 2)) return null;
  const [read, recurrent, out, bias, outBias] = found;
  const hidden = recurrent.shape[0];
  const matrices = [...reader.tensors.values()].filter(({ shape }) => shape.length > 1);
  const others = matrices.filter(({ shape }) => shape.every((side) => side > 1)).length - 3;
  if (recurrent.shape[1] !== hidden || others > 0) return null;
  // x W, as a row, has the matrices the other way round, of which the square one does not tell.
  const turned = read.shape[0] !== hidden && read.shape[1] === hidden;
  const isSquare = read.shape[0] === read.shape[1];
  const isColumn = [bias, outBias].some((one) => one?.shape.length === 2 && one.shape[1] === 1);
  if (isSquare && !isColumn)
    reader.note(
      "it has as many units as tokens, and its matrices are taken to multiply columns, W x",
    );
  const squash = reader.answer("squash", Object.keys(SQUASHED), () => squashing(reader.text));
  const layer = makeLayer("Whh", {
    cell: SQUASHED[squash ?? "tanh"],
    weightIh: withRows(read, hidden, "Wxh"),
    weightHh: turned ? transpose(expect(recurrent, [hidden, hidden], "Whh")) : recurrent,
    biasIh: flat(bias),
  });
  if (!squash) reader.note("its activation is taken to be tanh");
  return steps(null, layer, turned ? transpose(out) : out, outBias);
}

/**
 * WildML's GRU: U and W hold three matrices a layer, of the gates z, r and the candidate; the gates
 * are Theano's hard sigmoids. E [E, V] has a column a word.
 */
function theanoGru(reader) {
  const [embedding, U, W, V, b, c] = byNames(reader, [["e", "u", "w", "v", "b", "c"]], 2) ?? [];
  if (U?.shape.length !== 3 || W.shape.length !== 3) return null;
  const [count, hidden] = W.shape;
  if (count % 3 !== 0 || count > 48) return null;
  const blocks = (whole, l, height) => {
    const from = (3 * l * whole.data.length) / count;
    const data = whole.data.slice(from, from + (3 * whole.data.length) / count);
    const part = tensor([3 * height, data.length / (3 * height)], data);
    return reorder(part, [1, 0, 2]);
  };
  const layers = Array.from({ length: count / 3 }, (_, l) =>
    makeLayer(`U[${3 * l}]`, {
      cell: "gru-before-hard",
      weightIh: blocks(U, l, hidden),
      weightHh: blocks(W, l, hidden),
      biasIh: b && flat(blocks(b, l, hidden)),
    }),
  );
  return [
    { kind: "embedding", table: transpose(expect(embedding, [-1, -1], "E")) },
    ...layers.map((layer) => ({ kind: "recurrent", layer, sequences: true })),
    { kind: "dense", weight: expect(V, [-1, hidden], "V"), bias: flat(c) },
  ];
}

/** makemore's RNN and GRU, which read [x, h], begin in `start`, and end a name with token 0. */
function makemore(reader) {
  const name = (end) => [...reader.tensors.keys()].find((one) => one.endsWith(end));
  const get = (end) => (name(end) ? reader.read(name(end)) : null);
  const table = get("wte.weight");
  const start = get("start");
  const head = get("lm_head.weight");
  const gates = ["h", "r", "z", "hbar"].map((gate) => get(`xh_to_${gate}.weight`));
  const biases = ["h", "r", "z", "hbar"].map((gate) => get(`xh_to_${gate}.bias`));
  const isGru = gates.slice(1).every(Boolean);
  if (!table || !start || !head || !(gates[0] || isGru)) return null;
  expect(table, [-1, -1], "wte");
  const kept = ([h, ...three]) => (isGru ? [three[0], negated(three[1]), three[2]] : [h]);
  const layer = makeJoint("cell", {
    cell: isGru ? "gru-before" : "rnn",
    weight: stack(kept(gates)), // its z is of the new state: σ(-x) = 1 - σ(x)
    bias: stack(kept(biases)),
    initialH: flat(start),
  });
  reader.facts = { start: 0, end: 0, level: "char" };
  return steps(table, layer, head, get("lm_head.bias"));
}

function steps(table, layer, out, bias) {
  const weight = expect(out, [-1, layer.hidden], "the read-out");
  return [
    { kind: "embedding", table },
    { kind: "recurrent", layer, sequences: false },
    { kind: "dense", weight, bias: flat(bias) },
  ];
}
