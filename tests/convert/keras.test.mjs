// Keras 3's weights out of their archive: what its configuration says holds beside them too. And
// what is said of a layer that cannot be run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, readNetwork } from "../../web/convert/convert.js";
import { settleWindow } from "../../web/convert/network.js";
import { modelFile } from "../../web/convert/safetensors.js";
import { readKeras } from "../../web/convert/keras.js";
import { unzipSync, zipSync } from "../../web/vendor/fflate.js";
import { readFolder, readSafetensors } from "./helpers.mjs";
import { readOut } from "./reference.mjs";

const archive = readFolder("keras-3-archive").files.find(({ name }) => /\.keras$/.test(name));
const parts = unzipSync(archive.bytes);
const weights = { name: "model.weights.h5", bytes: parts["model.weights.h5"] };
const config = { name: "config.json", bytes: parts["config.json"] };

test("weights beside their configuration are the network in the archive", async () => {
  const [whole, beside] = [await readNetwork([archive]), await readNetwork([weights, config])];
  assert.equal(whole.layers[0].cell, "gru-hard");
  assert.deepEqual(beside.layers, whole.layers);
  assert.equal(beside.format, "Keras 3");
});

test("what a layer looks up is the vocabulary, in the configuration or in a file of its own", async () => {
  const told = JSON.parse(new TextDecoder().decode(config.bytes));
  const utf8 = (text) => new TextEncoder().encode(text);
  const tokensOf = async (kind, lookup, assets = {}) => {
    const { layers } = told.config;
    const layer = { class_name: kind, config: { name: "lookup", ...lookup } };
    const json = { ...told, config: { ...told.config, layers: [layer, ...layers] } };
    const bytes = zipSync({ ...parts, "config.json": utf8(JSON.stringify(json)), ...assets });
    return (await describe([{ name: "model.keras", bytes }])).vocabulary.tokens;
  };
  const eight = [..."abcdefgh"];
  const list = await tokensOf("StringLookup", { vocabulary: eight, num_oov_indices: 1 });
  assert.deepEqual(list, ["\ue000", ...eight]);
  const two = await tokensOf("StringLookup", { vocabulary: eight.slice(1), num_oov_indices: 2 });
  assert.deepEqual(two, ["\ue000", "\ue001", ...eight.slice(1)]);
  const words = ["ant", "bee", "cow", "dog", "eel", "fox", "gnu"];
  const front = ["\ue000", "<unk>"];
  assert.deepEqual(await tokensOf("TextVectorization", { vocabulary: words }), [
    ...front,
    ...words,
  ]);
  const assets = { "assets/layers/lookup/vocabulary.txt": utf8(`\n[UNK]\n${words.join("\n")}`) };
  assert.deepEqual(await tokensOf("TextVectorization", {}, assets), [...front, ...words]);
});

test("weights alone are called so", async () => {
  assert.equal((await readNetwork([weights])).format, "Keras 3 weights");
});

test("a layer that takes steps is the last step, or refused", async () => {
  const { files } = readFolder("keras-3-last-step");
  const archive = files.find(({ name }) => /keras$/.test(name));
  const inner = unzipSync(archive.bytes);
  const text = new TextDecoder().decode(inner["config.json"]);
  const read = (change) => {
    const told = JSON.parse(text);
    change(told.config.layers[3]);
    const bytes = new TextEncoder().encode(JSON.stringify(told));
    const weights = { name: "model.weights.h5", bytes: inner["model.weights.h5"] };
    return readNetwork([weights, { name: "config.json", bytes }]);
  };
  const whole = await readNetwork([archive]);
  const every = { start: null, stop: null, step: null };
  const tuple = (...items) => ({ class_name: "__tuple__", items });
  const sliced = (spec) => (one) => {
    one.class_name = "SlicingOpLambda";
    one.config.function = "__operators__.getitem";
    one.inbound_nodes = [["lstm", 0, 0, { slice_spec: spec }]];
  };
  for (const spec of [[every, -1], tuple(every, -1, every)])
    assert.deepEqual((await read(sliced(spec))).head, whole.head);
  for (const spec of [
    [every, 0],
    [every, { ...every, start: -2 }],
    [{ ...every, start: 1 }, -1],
  ])
    await assert.rejects(read(sliced(spec)), /takes other steps than the last/);
});

test("pools of different layers, or joined on another axis, are branches", () => {
  const named = (kind, from, more = {}) => ({
    class_name: kind,
    config: { name: more.name ?? kind, ...more },
    inbound_nodes: [from.map((name) => [name, 0, 0, {}])],
  });
  const model = (axis, second) => ({
    topology: {
      config: {
        layers: [
          named("InputLayer", []),
          named("Embedding", ["InputLayer"], { name: "e" }),
          named("GRU", ["e"], { name: "a", return_sequences: true }),
          named("GRU", ["a"], { name: "b", return_sequences: true }),
          named("GlobalMaxPooling1D", ["b"], { name: "max" }),
          named("GlobalAveragePooling1D", [second], { name: "mean" }),
          named("Concatenate", ["max", "mean"], { name: "joined", axis }),
        ],
      },
    },
    layers: [],
    version: "2.2.4",
    program: "Keras",
    files: [],
  });
  assert.throws(() => readKeras(model(-1, "a")), /branches at mean/);
  assert.throws(() => readKeras(model(0, "b")), /branches at/);
});

test("a model that branches is refused by what it has", () => {
  const named = (kind, name, from) => ({
    class_name: kind,
    config: { name },
    inbound_nodes: [from.map((one) => [one, 0, 0, {}])],
  });
  const refuses = (more, message) => {
    const front = [named("InputLayer", "in", []), named("Embedding", "e", ["in"])];
    const layers = [...front, named("GRU", "a", ["e"]), named("GRU", "b", ["a"]), ...more];
    const about = { layers: [], version: "2.2.4", program: "Keras", files: [] };
    assert.throws(() => readKeras({ topology: { config: { layers } }, ...about }), message);
  };
  refuses([named("Attention", "c", ["a", "b"])], /has an attention layer/);
  refuses([named("Dot", "c", ["a", "b"])], /attends over .*\(Dot\)/);
  refuses([named("Add", "c", ["a", "b"])], /adds what several layers give, a residual/);
  const conv = named("Conv1D", "c", ["e"]);
  refuses([conv, named("Concatenate", "d", ["b", "c"])], /has a convolution over the text/);
  refuses([named("Concatenate", "c", ["a", "b"])], /branches at c, which reads a and b/);
});

test("a GRU of another version is named", () => {
  const topology = { config: [{ class_name: "GRUV1", config: { name: "gru" } }] };
  const source = { topology, layers: [], version: "2", program: "Keras", files: [] };
  assert.throws(() => readKeras(source), /cannot be run here: its layer GRUV1 is none/);
});

// ---- Layers of a configuration, with weights made up here ---------------------------------------

const weight = (name, ...shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = Float32Array.from({ length: size }, (_, i) => Math.sin(3 * i + size) * 0.9);
  return { name, tensor: () => ({ shape, data }) };
};
const lstmOf = (name, inputs, units) => [
  weight(`${name}/kernel`, inputs, 4 * units),
  weight(`${name}/recurrent_kernel`, units, 4 * units),
  weight(`${name}/bias`, 4 * units),
];
const layer = (kind, name, more = {}) => ({ class_name: kind, config: { name, ...more } });
const LSTM = { activation: "tanh", recurrent_activation: "sigmoid", return_sequences: false };
const dense = (name, activation) => layer("Dense", name, { activation });

/** An LSTM of 3 tokens, a dense layer of 2 units, these layers, and the logits. */
function withLayers(activation, between = [], version = "2.2.4") {
  const topology = {
    config: [
      layer("LSTM", "lstm", LSTM),
      dense("hidden", activation),
      ...between,
      dense("out", "softmax"),
    ],
  };
  const layers = [
    { name: "lstm", weights: lstmOf("lstm", 3, 4) },
    { name: "hidden", weights: [weight("hidden/kernel", 4, 2), weight("hidden/bias", 2)] },
    { name: "out", weights: [weight("out/kernel", 2, 3), weight("out/bias", 3)] },
  ];
  return readKeras({ topology, layers, version, program: "Keras", files: [] });
}

test("in front of a classifier's short text stands what Keras fills it with", () => {
  const utf8 = (text) => new TextEncoder().encode(text);
  const read = ({ embedding = {}, front = [], behind = [], files = [], window }) => {
    const table = { ...layer("Embedding", "embedding", embedding), ...embedding.layer };
    const topology = {
      config: [...front, table, layer("LSTM", "lstm", LSTM), ...behind, dense("out", "softmax")],
    };
    const layers = [
      { name: "embedding", weights: [weight("embedding/embeddings", 5, 3)] },
      { name: "lstm", weights: lstmOf("lstm", 3, 4) },
      { name: "out", weights: [weight("out/kernel", 4, 2), weight("out/bias", 2)] },
    ];
    const network = readKeras({ topology, layers, version: "3.7.0", program: "Keras", files });
    settleWindow(network, window);
    network.labels = ["a", "b"];
    const tokens = ["\ue000", ..."bcde"];
    const { metadata } = readSafetensors(modelFile(network, { tokens, level: "char" }));
    const { reads, window: length, padding } = metadata;
    return { told: [reads, length, padding], notes: network.notes.join("; ") };
  };
  const known = read({ embedding: { input_length: 30 } });
  assert.deepEqual(known.told, ["last", "30", "\ue000"]);
  assert.match(known.notes, /shorter texts are filled with token 0 in front/);
  const built = read({ embedding: { layer: { build_config: { input_shape: [null, 40] } } } });
  assert.deepEqual(built.told, ["last", "40", "\ue000"]);
  const units = { ...layer("Dropout", "drop"), build_config: { input_shape: [null, 4] } };
  const open = read({ behind: [units] });
  assert.deepEqual(open.told, ["last", "1024", "\ue000"]);
  assert.match(open.notes, /in what windows/);
  assert.deepEqual(read({ window: 20 }).told, ["last", "20", "\ue000"]);
  const none = [undefined, "30", undefined];
  assert.deepEqual(read({ embedding: { input_length: 30, mask_zero: true } }).told, none);
  for (const [name, text] of [
    ["train.py", "x = pad_sequences(x, maxlen=30, padding='post')"],
    [
      "train.ipynb",
      JSON.stringify({ cells: [{ cell_type: "code", source: ['padding_type="post"'] }] }),
    ],
  ]) {
    const told = read({ embedding: { input_length: 30 }, files: [{ name, bytes: utf8(text) }] });
    assert.deepEqual(told.told, none);
    assert.match(told.notes, /filled behind/);
  }
  const front = [layer("TextVectorization", "words", { output_sequence_length: 30 })];
  assert.match(read({ front, embedding: { input_length: 30 } }).notes, /filled behind/);
});

test("weights alone of an encoder and a decoder are called no chain", () => {
  const layers = [
    { name: "lstm_1", weights: lstmOf("lstm_1", 5, 3) },
    { name: "lstm_2", weights: lstmOf("lstm_2", 5, 3) },
    { name: "dense", weights: [weight("dense/kernel", 3, 5), weight("dense/bias", 5)] },
  ];
  const source = { topology: null, layers, version: "2.2.4", program: "Keras", files: [] };
  assert.throws(() => readKeras(source), /reads 5 values where 3 come: .*encoder and a decoder/);
});

/** Does the dense layer squash to what the function does, by the logits of some states? */
function squashes(network, f) {
  const linear = withLayers("linear", [layer("Activation", "a", { activation: "tanh" })]);
  const [hidden, out] = [linear.dense[0], linear.head];
  for (const state of [
    [3, -2, 1, 0.5],
    [-4, 2, -3, 5],
    [0.1, 0.2, -0.1, 0.3],
  ]) {
    const row = (m, x, r) =>
      x.reduce((sum, value, i) => sum + value * m.weight.data[r * x.length + i], m.bias.data[r]);
    const units = [0, 1].map((r) => f(row(hidden, state, r)));
    const wanted = [0, 1, 2].map((r) => row(out, units, r));
    readOut(network, state).forEach((x, i) =>
      assert.ok(Math.abs(x - wanted[i]) < 1e-5, `${x} for ${wanted[i]}`),
    );
  }
}

const clip = (x, from, to) => Math.min(Math.max(x, from), to);
const leaky = (slope) => (x) => (x > 0 ? x : slope * x);

test("an activation is what its version and its layer say", () => {
  const named = (name) => ({ class_name: "function", module: "builtins", config: name });
  squashes(withLayers("hard_sigmoid"), (x) => clip(0.2 * x + 0.5, 0, 1));
  squashes(withLayers("hard_sigmoid", [], "3.7.0"), (x) => clip(x / 6 + 0.5, 0, 1));
  squashes(withLayers("hard_tanh", [], "3.7.0"), (x) => clip(x, -1, 1));
  squashes(withLayers("leaky_relu", [], "3.7.0"), leaky(0.2));
  squashes(withLayers(named("relu")), leaky(0));
  squashes(withLayers(layer("LeakyReLU", "l", { negative_slope: 0.1 })), leaky(0.1));
  for (const [kind, config, f] of [
    ["ReLU", { max_value: null, negative_slope: 0, threshold: 0 }, leaky(0)],
    ["ReLU", { max_value: 1, negative_slope: 0, threshold: 0 }, (x) => clip(x, 0, 1)],
    ["ReLU", { max_value: null, negative_slope: 0.3, threshold: 0 }, leaky(0.3)],
    ["LeakyReLU", { alpha: 0.4 }, leaky(0.4)],
    ["ELU", { alpha: 1 }, (x) => (x > 0 ? x : Math.expm1(x))],
    ["Rescaling", { scale: 0.5, offset: 2 }, (x) => 0.5 * x + 2],
    ["Flatten", {}, (x) => x],
    ["Reshape", { target_shape: [2] }, (x) => x],
    ["Identity", {}, (x) => x],
  ])
    squashes(withLayers("linear", [layer(kind, "own", config)]), f);
});

test("an activation that is none here is refused", () => {
  for (const name of ["gelu", "mish", { class_name: "function", config: "gelu" }])
    assert.throws(() => withLayers(name), /the activation (gelu|mish) is none/);
  assert.throws(() => withLayers("softmax"), /soft-max between its layers/);
  const relu = (config) => withLayers("linear", [layer("ReLU", "r", config)]);
  assert.throws(() => relu({ threshold: 0.5 }), /ReLU has a threshold/);
  assert.throws(() => relu({ max_value: 6, negative_slope: 0.1 }), /two ends/);
  const elu = [layer("ELU", "e", { alpha: 0.5 })];
  assert.throws(() => withLayers("linear", elu), /ELU has the alpha 0\.5/);
});

test("the two directions of a layer are each what the configuration says", () => {
  const both = (own) => {
    const config = { layer: layer("LSTM", "f", LSTM), backward_layer: layer("LSTM", "b", own) };
    const topology = { config: [layer("Bidirectional", "both", config), dense("out", "softmax")] };
    const weights = [...lstmOf("forward", 3, 4), ...lstmOf("backward", 3, 4)];
    const out = [weight("out/kernel", 8, 3), weight("out/bias", 3)];
    const layers = [
      { name: "both", weights },
      { name: "out", weights: out },
    ];
    return readKeras({ topology, layers, version: "2.4", program: "Keras", files: [] });
  };
  assert.equal(both({ ...LSTM, go_backwards: true }).layers[0].reverse.cell, "lstm");
  assert.throws(() => both({ ...LSTM, activation: "relu" }), /two directions are different cells/);
});

const USUAL = "the activations of its layers are taken to be the usual ones";

test("of two directions the first may not go backwards", async () => {
  const { files } = readFolder("keras-3-both");
  const inner = unzipSync(files.find(({ name }) => /keras$/.test(name)).bytes);
  const told = JSON.parse(new TextDecoder().decode(inner["config.json"]));
  const both = told.config.layers.find(({ class_name: kind }) => kind === "Bidirectional");
  both.config.layer.config.go_backwards = true;
  const bytes = new TextEncoder().encode(JSON.stringify(told));
  const changed = { name: "m.keras", bytes: zipSync({ ...inner, "config.json": bytes }) };
  await assert.rejects(readNetwork([changed]), /first of its two directions goes backwards/);
});

test("of weights alone the gates are as their version had them", () => {
  const cellOf = (version) => {
    const layers = [
      { name: "lstm", weights: lstmOf("lstm", 3, 4) },
      { name: "out", weights: [weight("out/kernel", 4, 3), weight("out/bias", 3)] },
    ];
    const network = readKeras({ topology: null, layers, version, program: "Keras", files: [] });
    return [network.layers[0].cell, network.notes.join()];
  };
  for (const version of ["", "1.2.2", "2.2.4", "2.1.6-tf"])
    assert.deepEqual(cellOf(version), ["lstm-hard", USUAL], version);
  for (const version of ["2.3.1", "2.4.0", "2.3.0-tf", "3.7.0"])
    assert.deepEqual(cellOf(version), ["lstm", USUAL], version);
  assert.match(cellOf("2.2.4-tf").join(), /^lstm,.*1\.15 had hard ones/);
});

test("what weights alone do not say is read in their program", () => {
  const layers = [
    { name: "table", weights: [weight("table/embeddings", 3, 3)] },
    { name: "lstm", weights: lstmOf("lstm", 3, 4) },
    { name: "hidden", weights: [weight("hidden/kernel", 4, 2), weight("hidden/bias", 2)] },
    { name: "out", weights: [weight("out/kernel", 2, 3), weight("out/bias", 3)] },
  ];
  const read = (program) => {
    const files = [{ name: "train.py", bytes: new TextEncoder().encode(program) }];
    return readKeras({ topology: null, layers, version: "2.4.0", program: "Keras", files });
  };
  const list = ["Embedding(3, 3)", "LSTM(4, activation='relu')", "Dense(2, 'tanh')", "Dense(3)"];
  const added = list.map((one) => `    model.add(layers.${one})\n`).join("");
  const functional = `x = Embedding(3, 3)(inputs)
x = LSTM(units, activation=tf.nn.relu)(x)
y = Dense(3, activation="softmax")(Activation("tanh")(Dense(2)(Dropout(0.2)(x))))`;
  const said = `Sequential([${list.join(", ")}, Activation("softmax")])`;
  for (const program of [`def make():\n${added}`, functional, `model = ${said}`]) {
    const {
      layers: [{ cell }],
      dense: [{ activation }],
      notes,
    } = read(program);
    assert.deepEqual([cell, activation, notes], ["lstm-relu", "tanh", []], program);
  }
  const unsaid = [
    functional.replace("tf.nn.relu", "args[0]"),
    `model = ${said}\nother = ${said.replace("relu", "tanh")}`,
    said.replace("LSTM(4", "Conv1D(5, 3), LSTM(4").replace("Dense(2, 'tanh'),", ""),
    "for n in sizes:\n    model.add(Dense(n, activation='tanh'))",
  ];
  for (const program of unsaid) assert.throws(() => read(program), /several dense layers/, program);
});
