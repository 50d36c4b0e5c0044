// Every file in files/ opens, and gives the logits that its own framework gives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { convert, describe, neighboursOf } from "../../web/convert/convert.js";
import { joinBytes } from "../../web/platform.js";
import { zipSync } from "../../web/vendor/fflate.js";
import { folders, readFolder, readSafetensors, tensorsOf, tokensOf } from "./helpers.mjs";
import { makeTable, tableInPage } from "./table.mjs";
import { newState, readOut, step, windowLogits } from "./reference.mjs";

function logitsAfter(network, ids, asWindow) {
  if (asWindow) return windowLogits(network, ids);
  const state = newState(network);
  return readOut(network, ids.map((id) => step(network, state, id)).at(-1));
}

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused) continue; // refused.test.mjs
  test(`${name} opens with its framework's logits`, async () => {
    const { network, vocabulary } = await describe(files, expected.options ?? {});
    const logits = logitsAfter(network, expected.ids, expected.window === true);
    assert.equal(logits.length, expected.logits.length);
    // Of a soft-max, only the differences count.
    const shift = expected.probabilities ? Math.max(...logits) - Math.max(...expected.logits) : 0;
    logits.forEach((x, i) =>
      assert.ok(
        Math.abs(x - shift - expected.logits[i]) < 1e-4,
        `logit ${i}: ${x} for ${expected.logits[i]}`,
      ),
    );
    const { bytes, understood } = await convert(files, expected.options ?? {});
    const { metadata, tensors } = readSafetensors(bytes);
    assert.equal(metadata.format, "inkling");
    assert.deepEqual(tokensOf(tensors.get("vocab")), vocabulary.tokens);
    assert.match(understood, /^[^\n]{20,400}$/);
    if (expected.vocabulary) assert.deepEqual(vocabulary.tokens, expected.vocabulary);
    for (const [key, value] of Object.entries(expected.metadata ?? {}))
      assert.equal(metadata[key], value, key);
  });
}

test("of several checkpoints the last is taken, and said; an optimiser's is none", async () => {
  for (const [folder, pattern, end] of [
    ["keras-2-weights", /hdf5$/, "hdf5"],
    ["pytorch-zip-state-dict", /pth$/, "pth"],
  ]) {
    const { files } = readFolder(folder);
    const { bytes } = files.find(({ name }) => pattern.test(name));
    const rest = files.filter(({ name }) => !pattern.test(name));
    const epochs = [2, 10, 9].map((epoch) => ({ name: `epoch-${epoch}.${end}`, bytes }));
    const { understood } = await convert([...epochs, ...rest]);
    assert.match(understood, new RegExp(`of 3 such files, epoch-10\\.${end} is taken`));
  }
  const { files } = readFolder("pytorch-zip-state-dict");
  // What it was trained on, in NumPy's archive, may be larger than the network.
  const head = "{'descr': '<i4', 'fortran_order': False, 'shape': (20000,), }".padEnd(117);
  const array = new Uint8Array(128 + 80000);
  array.set(new TextEncoder().encode(`.NUMPY..v.${head}\n`));
  array.set([0x93], 0);
  array.set([1, 0, 118, 0], 6);
  const texts = { name: "texts.npz", bytes: zipSync({ "data.npy": array }, { level: 0 }) };
  assert.match((await convert([texts, ...files])).understood, /^PyTorch, /);
  const { files: other } = readFolder("pytorch-lightning");
  const optimiser = {
    name: "optimizer.pt",
    bytes: other.find(({ name }) => /ckpt/.test(name)).bytes,
  };
  assert.deepEqual(await convert([optimiser, ...files]), await convert(files));
});

test("JSON may be in a program, or written twice; and any file packed by gzip", async () => {
  const utf8 = (text) => new TextEncoder().encode(text);
  for (const name of ["brainjs-lstm", "recurrentjs-lstm", "tfjs-lstm"]) {
    const { files, expected } = readFolder(name);
    const { bytes } = await convert(files, expected.options);
    const text = (file) => new TextDecoder().decode(file.bytes).trim();
    const changed = (change) =>
      files.map((file) => (/vocab|shard/.test(file.name) ? file : change(file)));
    for (const write of [
      (json) => `module.exports = ${json};\n`,
      (json) => `export const net = ${json}`,
      (json) => `export default ${json}`,
      (json) => JSON.stringify(json),
    ]) {
      const other = changed((file) => ({ name: "net.js", bytes: utf8(write(text(file))) }));
      assert.deepEqual((await convert(other, expected.options)).bytes, bytes);
    }
    const packed = changed((file) => ({ name: `${file.name}.gz`, bytes: gzipSync(file.bytes) }));
    assert.deepEqual((await convert(packed, expected.options)).bytes, bytes);
  }
});

/** The bytes of a safetensors file of 32-bit floats. */
function safetensors(tensors, metadata) {
  let at = 0;
  const entries = [...tensors].map(([name, { shape, data }]) => [
    name,
    { dtype: "F32", shape, data_offsets: [at, (at += 4 * data.length)] },
  ]);
  const header = JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) });
  const size = new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  const values = [...tensors.values()].map(({ data }) => new Uint8Array(data.buffer));
  return joinBytes([size, new TextEncoder().encode(header), ...values]);
}

test("of an embedding that is the read-out, too, one of both may be missing", async () => {
  const shapes = { "emb.weight": [9, 5], "rnn.weight_ih_l0": [20, 5], "rnn.weight_hh_l0": [20, 5] };
  const tensors = tensorsOf({ ...shapes, "fc.bias": [9], "rnn.bias_ih_l0": [20] });
  const vocabulary = [..."abcdefghi"];
  const opened = async (list, metadata = {}) => {
    const bytes = safetensors(list, metadata);
    const files = [{ name: "model.safetensors", bytes }];
    const { network } = await describe(files, { vocabulary });
    return { network, ...(await convert(files, { vocabulary })) };
  };
  const both = await opened(new Map(tensors).set("fc.weight", tensors.get("emb.weight")));
  const without = (name) => new Map([...tensors].filter(([one]) => one !== name));
  const onlyRead = without("emb.weight").set("fc.weight", tensors.get("emb.weight"));
  for (const list of [tensors, onlyRead]) {
    const { bytes, understood } = await opened(list);
    assert.deepEqual(bytes, both.bytes);
    assert.match(understood, /taken to be one matrix/);
  }
  const noted = await opened(tensors, { "fc.weight": "emb.weight" });
  assert.deepEqual(noted.bytes, both.bytes);
  assert.doesNotMatch(noted.understood, /one matrix/);
  const bare = without("fc.bias"); // as an encoder has it
  await assert.rejects(opened(bare), /no dense layer/);
  assert.deepEqual((await opened(bare, { "fc.weight": "emb.weight" })).network.outputs, 9);
});

test("weights of TF.js may stand under the name of their model", async () => {
  const { files } = readFolder("tfjs-gru");
  const { bytes } = await convert(files);
  const scoped = files.map((file) => {
    if (file.name !== "model.json") return file;
    const json = JSON.parse(new TextDecoder().decode(file.bytes));
    for (const weight of json.weightsManifest.flatMap(({ weights }) => weights))
      weight.name = `sequential/${weight.name}`;
    return { ...file, bytes: new TextEncoder().encode(JSON.stringify(json)) };
  });
  assert.deepEqual((await convert(scoped)).bytes, bytes);
});

test("brain.js's kinds are told by their matrices, and its words by their length", async () => {
  const { files } = readFolder("brainjs-gru");
  const json = JSON.parse(new TextDecoder().decode(files[0].bytes));
  const as = (changes) => [
    { ...files[0], bytes: new TextEncoder().encode(JSON.stringify({ ...json, ...changes })) },
  ];
  const { bytes } = await convert(files);
  assert.deepEqual((await convert(as({ type: "t" }))).bytes, bytes); // of a minified program
  const { indexTable } = json.options.dataFormatter;
  const words = Object.entries(indexTable).map(([token, id]) => [`${token}${token}`, id]);
  const options = { dataFormatter: { indexTable: Object.fromEntries(words) } };
  const { network, vocabulary } = await describe(as({ options }));
  assert.equal(network.level, "word");
  assert.equal(vocabulary.tokens[indexTable.h + 1], "hh");
});

test("the table in docs/formats.md is what the tests open", async () => {
  assert.equal(tableInPage(), await makeTable(), "run node tests/convert/table.mjs");
});

test("a manifest says which files lie beside it", () => {
  const ofFolder = (name, manifest) => {
    const { files } = readFolder(name);
    return neighboursOf(files.find((file) => manifest.test(file.name)));
  };
  const shards = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
  assert.deepEqual(ofFolder("tfjs-lstm", /model\.json/), shards);
  const ml5 = ofFolder("ml5-charrnn", /manifest/);
  assert.ok(ml5.includes("embedding") && ml5.includes("vocab.json") && ml5.length === 6);
  assert.deepEqual(ofFolder("tensorflow1-v2-lstm", /index/), [
    "model.ckpt-100.data-00000-of-00001",
  ]);
  assert.deepEqual(ofFolder("brainjs-lstm", /json/), []);
  const { files } = readFolder("tensorflow2-checkpoint");
  const { name, bytes } = files.find((file) => /index$/.test(file.name));
  const two = bytes.slice();
  two[4] = 2; // files that its data is in
  const data = ["ckpt_30.data-00000-of-00002", "ckpt_30.data-00001-of-00002"];
  assert.deepEqual(neighboursOf({ name, bytes: two }), data);
});
