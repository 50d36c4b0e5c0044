// What exportOnnx() writes: onnxruntime computes the logits that the core does, and the converters
// open the file again as the network that it was.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { makeTensors, layOut, writeFile } from "../../bench/page/random-model.mjs";
import { exportOnnx, load } from "../../dist/inkling.js";
import { convert, describe } from "../../web/convert/convert.js";
import { readGraph } from "../../web/convert/onnx-graph.js";
import { folders, fourBits, readFolder } from "./helpers.mjs";
import { rereads } from "../../web/convert/network.js";
import { newState, readOut, step } from "./reference.mjs";

const runtime = new URL(
  "../../bench/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs",
  import.meta.url,
);
const isMissing = !existsSync(runtime);
assert.ok(!isMissing || !process.env.CI, "npm ci --prefix bench is to install onnxruntime-web");
const skip = isMissing ? "onnxruntime-web is not installed: npm ci --prefix bench" : false;

/** Runs a file over ids, `each` at a time: the logits after every one. */
async function run(bytes, ids, { hidden, each = 1, begins = {} }) {
  const ort = await import(runtime);
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const next = session.outputNames.filter((name) => name !== "logits");
  const states = next.map((name) => name.replace("_next", ""));
  const feeds = {};
  for (const name of states) {
    feeds[name] = new ort.Tensor("float32", new Float32Array(hidden), [1, 1, hidden]);
    feeds[name].data.set(begins[name] ?? []);
  }
  const logits = [];
  for (let t = 0; t < ids.length; t += each) {
    const some = ids.slice(t, t + each);
    feeds.id = new ort.Tensor("int32", Int32Array.from(some), [some.length, 1]);
    const results = await session.run(feeds);
    for (const name of states) feeds[name] = results[`${name}_next`];
    const width = results.logits.dims[2];
    for (let i = 0; i < some.length; i++)
      logits.push([...results.logits.data.subarray(i * width, (i + 1) * width)]);
  }
  await session.release();
  return logits;
}

function near(found, wanted, tolerance = 1e-5) {
  assert.equal(found.length, wanted.length);
  found.forEach((x, i) => {
    const difference = Math.abs(x - wanted[i]);
    assert.ok(difference <= tolerance * Math.max(1, Math.abs(wanted[i])), `${x}: ${wanted[i]}`);
  });
}

const softmax = (logits) => {
  const e = logits.map((x) => Math.exp(x - Math.max(...logits)));
  return e.map((x) => x / e.reduce((a, b) => a + b));
};

const METADATA = { format: "inkling", task: "generator", level: "char", name: "made" };
const vocabulary = [..."\n abcdefghij"];
const ids = [2, 5, 3, 11, 0, 7, 7, 1, 4, 9];

function made(options, { cell } = options) {
  const tensors = makeTensors({ ...options, vocabulary });
  if (options.tied) delete tensors["fc.weight"];
  const { header, data } = layOut(tensors, { ...METADATA, cell });
  return writeFile(header, data);
}

for (const [name, options] of Object.entries({
  "an LSTM of two layers": { cell: "lstm", layers: 2 },
  "a GRU": { cell: "gru", embed: 5 },
  "an RNN of three layers": { cell: "rnn", layers: 3, embed: 7 },
  "an LSTM whose read-out is the embedding": { cell: "lstm", hidden: 6, embed: 6, tied: true },
})) {
  test(`onnxruntime gives what the core gives: ${name}`, { skip }, async () => {
    const bytes = made(options);
    const file = await exportOnnx(bytes);
    const { hidden = 12 } = options;
    const found = await run(file, ids, { hidden });
    const model = await load(bytes);
    const session = await model.session();
    for (const [t, id] of ids.entries()) {
      await session.feed(vocabulary[id]);
      const given = new Map((await session.distribution()).map((c) => [c.token, c.probability]));
      near(
        softmax(found[t]),
        vocabulary.map((token) => given.get(token)),
      );
    }
    model.free();
    near((await run(file, ids, { hidden, each: 4 })).flat(), found.flat());
  });
}

/** Why a file of other projects has no ONNX that goes on token by token, or undefined. */
function refusalOf(n) {
  if (n.task !== "generator") return /is a classifier: ONNX files are made of generators/;
  if (n.layers[0].cell === "brain-lstm") return /brain-lstm, for which ONNX has no operator/;
  return rereads(n) ? /reads a window anew/ : undefined;
}

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused !== undefined) continue;
  const options = expected.options ?? {};
  test(`${name} leaves as ONNX, or why not is said`, { skip }, async () => {
    const { network, vocabulary: own } = await describe(files, options);
    const { bytes } = await convert(files, options);
    const refused = refusalOf(network);
    if (refused) return assert.rejects(exportOnnx(bytes), { message: refused });
    const file = await exportOnnx(bytes);
    const hidden = Math.max(...network.layers.map((layer) => layer.hidden));
    const state = newState(network);
    const wanted = expected.ids.map((id) => readOut(network, step(network, state, id)));
    // Where a text does not begin at zeros, the file's metadata says so.
    const { metadata } = readGraph(file);
    const noted = [...metadata].filter(([key]) => /^[hc]\d$/.test(key));
    const begins = Object.fromEntries(noted.map(([key, value]) => [key, JSON.parse(value)]));
    near((await run(file, expected.ids, { hidden, begins })).flat(), wanted.flat());

    const again = await describe([{ name: "model.onnx", bytes: file }]);
    assert.deepEqual(again.vocabulary.tokens, own.tokens);
    assert.equal(again.network.level, own.level);
    assert.equal(again.network.layers[0].cell, network.layers[0].cell);
    const other = newState(again.network);
    const read = expected.ids.map((id) => readOut(again.network, step(again.network, other, id)));
    near(read.flat(), wanted.flat());
    const saved = await load(file); // and by load(), with the vocabulary that is in it
    assert.equal(saved.info.cell, network.layers[0].cell);
    saved.free();
  });
}

test("shipped weights become floats, and what begins and ends a text stays", async () => {
  const names = new URL("../../models/names.safetensors", import.meta.url);
  const [model, bytes] = [await load(names), await exportOnnx(names)];
  assert.equal(model.info.dtype, "I4");
  const again = await load(bytes);
  assert.equal(again.info.dtype, "F32");
  assert.deepEqual(again.info.vocabulary, model.info.vocabulary);
  const { start } = model.info.metadata;
  assert.equal(again.info.metadata.start, start);
  const text = "emma\nolivia\nava\n";
  const [a, b] = [await model.evaluate(text), await again.evaluate(text)];
  assert.ok(Math.abs(a.bits - b.bits) < 0.02, `${a.bits} and ${b.bits} bits`);
  model.free();
  again.free();
});

test("weights of 4 bits become floats", async () => {
  const bytes = fourBits();
  const [model, again] = [await load(bytes), await load(await exportOnnx(bytes))];
  assert.equal(model.info.dtype, "I4");
  const text = "abcdefghijklmnopponmlkjihgfedcba";
  const [a, b] = [await model.evaluate(text), await again.evaluate(text)];
  assert.ok(Math.abs(a.bits - b.bits) < 0.01 * b.bits, `${a.bits} and ${b.bits} bits`);
  model.free();
  again.free();
});

test("what is no generator of a network alone is refused by what it is", async () => {
  const model = (name) => new URL(`../../models/${name}.safetensors`, import.meta.url);
  await assert.rejects(exportOnnx(model("languages")), { code: "argument", message: /classifier/ });
  await assert.rejects(exportOnnx(model("dates")), { code: "argument", message: /translator/ });
  await assert.rejects(exportOnnx(new Uint8Array(100)), { code: "format" });
});
