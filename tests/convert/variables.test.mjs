// TensorFlow 1's variables: the cells are known by their names, and what else is there is a layer
// that no name tells of.

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOfVariables } from "../../web/convert/variables.js";

/** A network of 6 tokens, an embedding of 3 and one LSTM of 4, with more variables. */
function network(more, cell = "rnn/basic_lstm_cell", program = "") {
  const shapes = {
    embedding: [6, 3],
    [`${cell}/kernel`]: [7, 16],
    [`${cell}/bias`]: [16],
    "softmax/kernel": [4, 6],
    "softmax/bias": [6],
    ...more,
  };
  const variable = (shape) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return { shape, read: () => ({ shape, data: new Float32Array(size).fill(0.1) }) };
  };
  const variables = Object.entries(shapes).map(([name, shape]) => [name, variable(shape)]);
  return networkOfVariables(new Map(variables), "a test", {
    files: [{ name: "model.py", bytes: new TextEncoder().encode(program) }],
  });
}

test("layers that have no part in the network are refused, and named", () => {
  const refused = (name, shape) =>
    assert.throws(() => network({ [name]: shape }), {
      code: "format",
      message: new RegExp(`has ${name} \\(.*beside its recurrent layers`),
    });
  refused("hidden/kernel", [4, 4]);
  refused("dense_in/weights", [3, 3]);
  refused("conv1d/kernel", [3, 3, 3]);
  refused("attention/W", [4, 4]);
  refused("LayerNorm/gamma", [4]);
  refused("batch_normalization/moving_mean", [4]);
});

test("counters, slots of optimisers and vectors beside it are none", () => {
  const more = { "hidden/Adam": [4, 4], global_step: [], Variable: [1, 1], beta1_power: [] };
  assert.equal(network(more).task, "generator");
});

test("what its cells are told is read in the program", () => {
  const of = (program) => {
    const { layers, notes } = network({}, undefined, program);
    return [layers[0].cell, layers[0].biasIh.data[4].toFixed(1), notes.length];
  };
  assert.deepEqual(of(""), ["lstm", "1.1", 1]);
  assert.deepEqual(of("rnn.BasicLSTMCell(4, forget_bias=0.0)"), ["lstm", "0.1", 0]);
  const both = "cell = LSTMCell(size, forget_bias = 2, activation=tf.nn.relu)";
  assert.deepEqual(of(both), ["lstm-relu", "2.1", 0]);
  assert.throws(() => of("LSTMCell(4, activation=tf.nn.softsign)"), /activation softsign/);
});

test("a block of fused cells is an LSTM whose forget gate has 1 added", () => {
  const [{ biasIh, cell }] = network({}, "rnn/lstm_fused_cell").layers;
  assert.equal(cell, "lstm");
  assert.deepEqual(
    Array.from(biasIh.data.slice(3, 5), (x) => x.toFixed(1)),
    ["0.1", "1.1"],
  );
});
