// NumPy's arrays in a pickle, whichever way round their values lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readNetwork } from "../../web/convert/convert.js";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { joinBytes } from "../../web/platform.js";

const latin = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const size = (n) => new Uint8Array(Uint32Array.of(n).buffer);
const text = (value) => joinBytes([latin("X"), size(value.length), latin(value)]);

/** The pickle of an array: what NumPy's __reduce__ gives, of 32-bit floats. */
function array(shape, values, isFortran) {
  const data = new Uint8Array(Float32Array.from(values).buffer);
  return joinBytes([
    latin("cnumpy.core.multiarray\n_reconstruct\n)R(K\x01("),
    ...shape.map((side) => latin(`K${String.fromCharCode(side)}`)),
    latin("tcnumpy\ndtype\n"),
    text("f4"),
    latin(`\x85R${isFortran ? "\x88" : "\x89"}B`),
    size(data.length),
    data,
    latin("tb"),
  ]);
}

const dict = (entries) =>
  joinBytes([
    latin("}("),
    ...Object.entries(entries).flatMap(([key, value]) => [text(key), value]),
    latin("u"),
  ]);

const numbers = (rows, columns) =>
  Array.from({ length: rows * columns }, (_, i) => Math.sin(rows * i + columns));

const turned = (values, rows, columns) =>
  values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

/** A network of three tokens; its matrices lie row by row or column by column. */
function network(isFortran, more = {}) {
  const matrix = (rows, columns) => {
    const values = numbers(rows, columns);
    const lying = isFortran ? turned(values, rows, columns) : values;
    return array([rows, columns], lying, isFortran);
  };
  const entries = {
    "rnn.weight_ih_l0": matrix(2, 3),
    "rnn.weight_hh_l0": matrix(2, 2),
    "fc.weight": matrix(3, 2),
    "fc.bias": array([3], [1, 2, 3], false),
    ...more,
  };
  const bytes = joinBytes([latin("\x80\x02"), dict(entries), latin(".")]);
  return readNetwork([{ name: "model.pkl", bytes }]);
}

test("an array in Fortran's order is read row by row", async () => {
  const [wanted, found] = [await network(false), await network(true)];
  assert.deepEqual(found.layers, wanted.layers);
  assert.deepEqual(found.head, wanted.head);
});

test("one with more than two sides is refused", async () => {
  const cube = array([2, 3, 1], [1, 2, 3, 4, 5, 6], true);
  await assert.rejects(network(false, { "rnn.weight_ih_l0": cube }), /Fortran's order/);
});

// ---- Networks by the names of their matrices ----------------------------------------------------

const shapes = { Wxh: [2, 3], Whh: [2, 2], Why: [3, 2] };
const named = (names, more = {}) => {
  const tensors = Object.entries({ ...names, ...more }).map(([name, shape]) => {
    const tensor = { shape, data: Float32Array.from(numbers(shape[0], shape[1] ?? 1)) };
    return [name, { shape, read: () => tensor }];
  });
  const found = { tensors: new Map(tensors), modules: new Map(), rest: new Map() };
  return networkOfTensors({ ...found, format: "a test" });
};

test("what an optimiser keeps of each matrix, and a last state, is none of the network", () => {
  const memory = { mWxh: [2, 3], dWhh: [2, 2], vWhy: [3, 2], hprev: [2, 1] };
  assert.deepEqual(named(shapes, memory), named(shapes));
  assert.equal(named(shapes).layers[0].cell, "rnn");
});

test("a matrix that has no part in a network is refused", () => {
  assert.throws(() => named(shapes, { Wz: [4, 4] }), { code: "format" });
});

test("names are the same with lines between their letters", () => {
  const names = { W_ax: [2, 3], W_aa: [2, 2], W_ya: [3, 2] };
  assert.equal(named(names).layers[0].hidden, 2);
  const gates = Object.fromEntries(["Wf", "Wi", "Wcc", "Wo"].map((name) => [name, [2, 5]]));
  assert.equal(named({ ...gates, Wy: [3, 2] }).layers[0].cell, "lstm");
});

test("of arrays without names the program says whose they are, and a map may hold them", async () => {
  const sides = [[9, 3], [3, 8], [2, 8], [8], [2, 9], [9]];
  const list = sides.map((shape) => array(shape, numbers(shape[0], shape[1] ?? 1), false));
  const pickled = (value) => joinBytes([latin("\x80\x02"), value, latin(".")]);
  const listed = joinBytes([latin("]("), ...list, latin("e")]);
  const inMap = dict({ weights: listed, name: text("rnn") });
  const read = (bytes, ...more) => readNetwork([{ name: "weights.pkl", bytes }, ...more]);
  const plain = await read(pickled(listed));
  assert.match(plain.format, /of Keras/);
  assert.match(plain.notes.join(), /in the order i f g o/);
  assert.deepEqual((await read(pickled(inMap))).layers, plain.layers);
  const program = {
    name: "rnnlm.py",
    bytes: latin("layers = [TimeEmbedding(a), TimeLSTM(b, c, d)]"),
  };
  const told = await read(pickled(listed), program);
  assert.match(told.format, /of Deep Learning from Scratch 2/);
  const gate = ({ layers: [{ weightIh }] }, at) => [...weightIh.data.subarray(6 * at, 6 * at + 6)];
  [2, 0, 1, 3].forEach((from, at) => assert.deepEqual(gate(told, at), gate(plain, from)));
});
