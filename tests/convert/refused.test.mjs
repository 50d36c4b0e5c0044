// What must be refused, each with one line that says why: files that ask for a program, that
// unpack to far more than they hold, that name other files, that refer to themselves, and models
// that no recurrent text model is. Then a short run of files damaged at random.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canConvert, convert } from "../../web/convert/convert.js";
import { gzipSync } from "node:zlib";
import { zipSync } from "../../web/vendor/fflate.js";
import { fuzz } from "./fuzz.mjs";
import { folders, readFolder } from "./helpers.mjs";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { expect, zeros } from "../../web/convert/tensor.js";

const utf8 = (text) => new TextEncoder().encode(text);
const latin = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const file = (name, bytes) => ({ name, bytes });
const json = (name, value) => file(name, utf8(JSON.stringify(value)));

async function refuses(files, message, options) {
  const from = process.cpuUsage(); // a busy machine is no fault of the file
  await assert.rejects(convert(files, options), (error) => {
    assert.equal(error.name, "InklingError");
    assert.match(error.code, /^(format|vocabulary)$/);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n|undefined|\[object/);
    return true;
  });
  const { user, system } = process.cpuUsage(from);
  assert.ok(user + system < 2e6, "it took too long");
}

test("a tensor of hundreds of axes is refused in one line that is not long", () => {
  const tensor = { shape: new Array(300).fill(0), data: new Float32Array() };
  assert.throws(
    () => expect(tensor, [-1, 4], "embedding"),
    ({ message }) => /embedding is 0×0×.*… where any×4/.test(message) && message.length < 150,
  );
});

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused === undefined) continue;
  test(`${name} is refused`, () => refuses(files, new RegExp(expected.refused)));
}

test("a pickle that names or calls a program is refused, and the program named", async () => {
  const pickles = {
    "protocol 0": latin("\x80\x02cos\nsystem\n(S'echo hello'\ntR."),
    "protocol 2, renamed": latin("\x80\x02cposix\nsystem\nq\0X\x04\0\0\0echo\x85R."),
    "protocol 4": latin("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04echo\x85R."),
    eval: latin("\x80\x02c__builtin__\neval\nX\x03\0\0\x001+1\x85R."),
    subprocess: latin("\x80\x02csubprocess\nPopen\n)R."),
    "by OBJ": latin("\x80\x02(cos\nsystem\nX\x04\0\0\0echoo."),
    "by INST": latin("\x80\x02(X\x04\0\0\0echoios\nsystem\n."),
  };
  for (const [name, bytes] of Object.entries(pickles)) {
    await refuses([file("model.pt", bytes)], /os\.system|posix\.system|eval|Popen/, {}).catch(
      (error) => {
        throw new Error(`${name}: ${error.message}`);
      },
    );
  }
  await refuses([file("model.pt", latin("\x80\x02cmine\nrun\n)R."))], /calls mine\.run/);
  await refuses(
    [file("model.pt", latin("\x80\x02ctorch.hub\nload\n)R."))],
    /calls torch\.hub\.load/,
  );
  const zipped = zipSync({
    "archive/data.pkl": pickles["protocol 2, renamed"],
    "archive/version": utf8("3"),
  });
  await refuses([file("model.pt", zipped)], /posix\.system/);
});

test("what a pickle without a network is, is said", async () => {
  const keras = "\x80\x02ckeras.saving.pickle_utils\nload\n(U\x02PKtR.";
  await refuses([file("model.pkl", latin(keras))], /pickle of a Keras model.*model\.save/);
  const learner = latin("\x80\x02cfastai.learner\nLearner\n)\x81}U\x01ac__builtin__\ngetattr\nsb.");
  const harmful = latin("\x80\x02cfastai.learner\nLearner\n)\x81}U\x01acos\nsystem\nsb.");
  await refuses([file("export.pkl", harmful)], /names os\.system/);
  await refuses([file("export.pkl", learner)], /holds a fastai\.learner\.Learner, and no tensors/);
  const zipped = zipSync({ "export/data.pkl": learner, "export/version": utf8("3") });
  await refuses([file("export.pkl", zipped)], /holds a fastai\.learner\.Learner, and no tensors/);
  const bayes = "\x80\x02csklearn.naive_bayes\nMultinomialNB\n)\x81}U\x05alphaK\x01sb.";
  await refuses([file("model.pkl", latin(bayes))], /holds a sklearn.*MultinomialNB, and no tens/);
  const ids = [..."abcdef"].map((c, i) => `U\x01${c}K${String.fromCharCode(i)}`).join("");
  await refuses([file("chars.pkl", latin(`\x80\x02}(${ids}u.`))], /a vocabulary, it seems/);
});

test("archives of PyTorch's that are programs are named", async () => {
  const zipped = (names) => zipSync(Object.fromEntries(names.map((name) => [name, utf8("x")])));
  const refusedAs = (names, message) => refuses([file("m.pt", zipped(names))], message);
  await refusedAs(["m/.data/extern_modules", "m/model/model.pkl"], /archive of torch\.package/);
  await refusedAs(
    ["m/archive_format", "m/archive_version", "m/models/model.json"],
    /torch\.export/,
  );
  const frozen = latin("\x80\x02c__torch__.___torch_mangle_3\nNet\n)\x81}U\x01aK\x01sb.");
  const script = zipSync({ "m/data.pkl": frozen, "m/version": utf8("3") });
  await refuses([file("m.pt", script)], /weights stand in its program: it was frozen/);
});

test("pickles that grow without end, or nest without end, are refused", async () => {
  let laughs = "\x80\x02]q\0";
  for (let i = 0; i < 60; i++)
    laughs += `](${"h\0".replace("\0", String.fromCharCode(i)).repeat(10)}eq${String.fromCharCode(i + 1)}`;
  await refuses([file("model.pt", latin(`${laughs}.`))], /no tensors|damaged/);
  await refuses([file("model.pt", latin(`\x80\x02${"(".repeat(1e6)}.`))], /damaged/);
  await refuses(
    [file("model.pt", latin(`\x80\x02${"]".repeat(2e5)}${"a".repeat(2e5 - 1)}.`))],
    /no tensors|damaged/,
  );
  await refuses([file("model.pt", latin("\x80\x02\x8b\xff\xff\xff\x7f."))], /too early|larger/);
});

test("zip archives that unpack to far more than they hold are refused", async () => {
  const zeros = new Uint8Array(2 ** 26);
  const bomb = zipSync({
    "metadata.json": utf8("{}"),
    "config.json": zeros,
    "model.weights.h5": zeros,
  });
  assert.ok(bomb.length < 2 ** 18);
  await refuses([file("model.keras", bomb)], /unpacks to far more/);
  const lying = zipSync({
    "config.json": zeros,
    "model.weights.h5": utf8("x"),
    "metadata.json": utf8("{}"),
  });
  const view = new DataView(lying.buffer);
  for (let at = 0; at + 46 < lying.length; at++) {
    if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 16, true);
  }
  await refuses([file("model.keras", lying)], /unpacks to far more/);
});

test("names that lead out of a folder are refused", async () => {
  for (const name of ["../model.h5", "/etc/model.h5", "a/../../b.h5", "C:\\model.h5"]) {
    await refuses([file("model.zip", zipSync({ [name]: utf8("x") }))], /has a file named/);
  }
  const weights = [{ name: "d/kernel", shape: [1], dtype: "float32" }];
  const topology = { class_name: "Sequential", config: [] };
  for (const path of ["../secret.bin", "/etc/passwd", "file:secret", "a/../../b"]) {
    const manifest = { modelTopology: topology, weightsManifest: [{ paths: [path], weights }] };
    await refuses([json("model.json", manifest)], /outside its folder/);
  }
  const ml5 = {
    "rnnlm/multi_rnn_cell/cell_0/basic_lstm_cell/weights": { filename: "../w", shape: [4] },
  };
  await refuses([json("manifest.json", ml5)], /outside its folder/);
});

test("what is missing is named", async () => {
  const { files: tfjs } = readFolder("tfjs-lstm");
  await refuses(
    tfjs.filter(({ name }) => !/shard2/.test(name)),
    /shard group1-shard2of2\.bin.*missing/,
  );
  const { files: tf1 } = readFolder("tensorflow1-v2-lstm");
  await refuses(
    tf1.filter(({ name }) => !/\.data-/.test(name)),
    /data file model\.ckpt-100\.data-00000-of-00001 is missing/,
  );
  const { files: torch } = readFolder("pytorch-zip-state-dict");
  await refuses(
    torch.filter(({ name }) => !/vocab/.test(name)),
    /reads 9 tokens.*add its vocabulary/,
  );
  await refuses(
    tfjs.filter(({ name }) => /shard/.test(name)),
    /holds weights only/,
  );
});

test("files that hold no model of ours say what they are and what to do", async () => {
  const sizes = Int32Array.of(288, 768, 6, 6, 6, 32000, 256, ...new Array(99).fill(0));
  const llama = new Uint8Array(sizes.buffer);
  const dense = { class_name: "Activation", config: { name: "a", activation: "softmax" } };
  const topology = { class_name: "Sequential", config: [dense] };
  const cases = [
    [file("x.gguf", utf8("GGUF\0\0\0\0")), /transformer/],
    [file("stories15M.bin", llama), /transformer.*llama2\.c/],
    [file("model.bin", utf8(`24ka${"\0".repeat(300)}`)), /transformer.*llama2\.c/],
    [file("lstm.caffemodel", utf8("\n\x04lstm")), /runtime.*Keras/],
    [file("openvino.xml", utf8('<?xml version="1.0"?>\n<net name="m">')), /runtime/],
    [file("m.pdmodel", utf8("\n\x10")), /PaddlePaddle.*state_dict/],
    [file("model-00001-of-00002.safetensors", utf8("x")), /parts.*one file/],
    [file("model.eqx", latin("\x93NUMPY\x01\0")), /Equinox.*savez/],
    [file("mymodel.bson", latin("\x20\0\0\0")), /Julia.*savez/],
    [file("net.mat", utf8("MATLAB 5.0 MAT-file")), /MATLAB.*loadmat/],
    [file("model.rda", utf8("RDX3\nX\n")), /R: save a Keras model/],
    [file("lm.txt", utf8("#LookupParameter# /_0 {4,50} 1800 ZERO_GRAD\n")), /DyNet/],
    [file("model", utf8("version: 10\nfile format: 0\n")), /RNNLM.*classes/],
    [file("lm.arpa", utf8("\\data\\\nngram 1=3\n")), /counts.*train one/],
    [file("chain.json", utf8('{"state_size": 2, "chain": "[]"}')), /counts/],
    [file("glove.txt", utf8("400 50\nthe 0.1 -0.2")), /vectors of words/],
    [file("weka.model", latin("\xac\xed\0\x05sr")), /Java/],
    [file("x.pt.gz", gzipSync(gzipSync(utf8("x")))), /twice.*unpack it first/],
    [file("x.pt.gz", gzipSync(new Uint8Array(2 ** 26))), /unpacks to far more/],
    [file("x.tar.gz", gzipSync(latin(`out/model.pt${"\0".repeat(245)}ustar\0`))), /unpack it/],
    [file("x.tar", latin(`out/model.pt${"\0".repeat(245)}ustar\0`)), /unpack it first/],
    [file("x.pt", latin(`sys_info${"\0".repeat(249)}ustar\0`)), /PyTorch file of 2016/],
    [file("x.tflite", latin("\x1c\0\0\0TFL3........")), /TensorFlow Lite/],
    [file("x.mlmodel", utf8("....")), /Core ML/],
    [file("saved_model.pb", latin("\x08\x01\x12")), /SavedModel.*add its folder variables/],
    [file("frozen.pb", latin("\x0a\x01\x12")), /frozen TensorFlow graph/],
    [file("model.ckpt.meta", latin("\x0a\x01\x12")), /\.meta.*\.index/],
    [file("shakespeare.weights", latin("\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0")), /darknet.*apart/],
    [file("model.dnn", utf8("....")), /CNTK.*ONNX/],
    [file("model.mpk", latin("\x82\xa8metadata\x80\xa4item\x80")), /burn.*safetensors/],
    [file("params.msgpack", latin(`\xa6${"\x91".repeat(99)}`)), /no tensors/],
    [file("params.msgpack", latin("\x91".repeat(99))), /nested without end/],
    [file("params.msgpack", latin("\x81\xa6params\xdd\xff\xff\xff\xff")), /damaged/],
    [file("model.zip", zipSync({ "coefficients.bin": utf8("x") })), /Deeplearning4j/],
    [json("model.json", { modelTopology: topology, weightsManifest: [] }), /no recurrent layer/],
    [json("net.json", { neurons: [{}], connections: [{ from: 0, to: 1 }] }), /synaptic.*numbers/],
    [json("net.json", { layers: [{ layer_type: "input" }] }), /convnetjs.*numbers/],
    [file("weights.npy", latin("\x93NUMPY\x01\0\x0e\0{'shape': (2,)}")), /header is damaged/],
    [
      file("model.h5", utf8("version https://git-lfs.github.com/spec/v1\noid sha256:0\n")),
      /Git LFS/,
    ],
    [file("model.h5", utf8("<!DOCTYPE html><html>")), /web page/],
    [file("model.bin", utf8("anything")), /not a model of a kind/],
    [
      json("model.json", {
        format: "graph-model",
        modelTopology: { node: [] },
        weightsManifest: [],
      }),
      /graph model/,
    ],
    [json("net.json", { sizes: [2, 3, 1], layers: [{}] }), /NeuralNetwork works on numbers/],
    [json("net.json", { avgs: { error: 0 }, stats: {}, sets: [{}] }), /CrossValidate works on/],
    [json("net.json", { type: "e", hiddenLayers: [{}], output: {} }), /works on numbers/],
    [json("net.json", { type: "LSTM", options: {}, hiddenLayers: [] }), /no hidden layers/],
  ];
  for (const [one, message] of cases) await refuses([one], message);
  for (const text of ["a text", "10 20\nare numbers", '{"state_size": "big"}', "# Parameter"])
    assert.equal(canConvert([file("a.txt", utf8(text))]), false, text);
});

test("what only a program says of PyTorch's tensors is named", async () => {
  const refused = (shapes, message, rest = new Map()) => {
    const entries = Object.entries(shapes).map(([name, shape]) => [
      name,
      { shape, read: () => zeros(...shape) },
    ]);
    const found = { tensors: new Map(entries), modules: new Map(), rest, format: "?" };
    assert.throws(
      () => networkOfTensors(found),
      ({ message: said }) => message.test(said),
    );
  };
  const lstm = { "rnn.weight_ih_l0": [20, 4], "rnn.weight_hh_l0": [20, 5], "emb.weight": [9, 4] };
  refused({ ...lstm, "attn.weight": [1, 5], "fc.weight": [9, 5] }, /it has attention \(attn\)/);
  const flair = { ...lstm, "decoder.weight": [9, 5], "decoder.bias": [9] };
  refused(flair, /reads and writes a text from its end/, new Map([["is_forward_lm", false]]));
  refused({ 0: [9, 4], 1: [15, 4], 2: [15, 5], 3: [15], 4: [15] }, /no recurrent weights/);
  refused({ "layers.0.to_hidden_and_gate.weight": [12, 4] }, /layers of minGRU/);
});

test("a few thousand files damaged at random are opened or refused", async () => {
  const { failures } = await fuzz(4000, 18);
  assert.deepEqual(failures, []);
});
