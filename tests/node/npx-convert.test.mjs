// `npx inkling convert`: files of other programs, as they lie in a folder, become a model file that
// the command opens.

import assert from "node:assert/strict";
import { cp, mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { convert } from "../../web/convert/convert.js";
import { filesFolder, readFolder } from "../convert/helpers.mjs";
import { npx, root, temporaryFolder } from "./helpers.mjs";

const names = join(root, "models/names.safetensors");

const at = (folder, name) => join(filesFolder, folder, name);

for (const [folder, file] of [
  ["brainjs-lstm", "network.json"],
  ["ml5-charrnn", "manifest.json"],
  ["pytorch-checkpoint-tokens", "rnn_20_epoch.net"],
]) {
  test(`${file} of ${folder} is converted, with the files that it names`, async (t) => {
    const here = await temporaryFolder(t);
    const args = ["convert", at(folder, file), "--out", "model.safetensors"];
    const { status, stdout, stderr } = await npx(here, ...args);
    assert.equal(status, 0, stderr);
    assert.equal(stdout, "");
    const { bytes, understood } = await convert(readFolder(folder).files);
    assert.equal(stderr, `inkling: ${understood}\n`);
    assert.ok((await readFile(join(here, "model.safetensors"))).equals(bytes));
    assert.deepEqual(await readdir(here), ["model.safetensors"]);
    const written = await npx(here, "generate", "model.safetensors", "--length", "10");
    assert.equal(written.status, 0, written.stderr);
    assert.ok(written.stdout.length > 0);
  });
}

test("a folder stands for its files, and a vocabulary may come from elsewhere", async (t) => {
  const here = await temporaryFolder(t);
  await cp(join(filesFolder, "onnx-pytorch-gru"), join(here, "files"), { recursive: true });
  const whole = await npx(here, "convert", "files", "--out", "whole.safetensors");
  assert.equal(whole.status, 0, whole.stderr);
  const model = ["convert", "files/model.onnx", "--out"];
  const alone = await npx(here, ...model, "alone.safetensors");
  assert.equal(alone.status, 1);
  assert.match(alone.stderr, /^inkling: .*vocabulary.*\(--vocabulary FILE, .*\n$/);
  const vocabulary = ["--vocabulary", "files/vocab.json"];
  const given = await npx(here, ...model, "given.safetensors", ...vocabulary);
  assert.equal(given.status, 0, given.stderr);
  const read = (name) => readFile(join(here, name));
  assert.ok((await read("given.safetensors")).equals(await read("whole.safetensors")));
});

test("a SavedModel is a folder with a folder in it, a checkpoint what its files begin with", async (t) => {
  const here = await temporaryFolder(t);
  const from = join(filesFolder, "tensorflow2-tutorial");
  await mkdir(join(here, "saved/variables"), { recursive: true });
  await cp(join(from, "saved_model.pb"), join(here, "saved/saved_model.pb"));
  for (const name of ["variables.index", "variables.data-00000-of-00001"])
    await cp(join(from, name), join(here, "saved/variables", name));
  for (const path of ["saved", "saved/saved_model.pb"]) {
    const { status, stderr } = await npx(here, "convert", path, "--out", "a.safetensors");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /GRU 1×5.*vocabulary from the file; the activations .*\n$/);
  }
  // Of TensorFlow 2.0 and 2.1 its data is in two files.
  const variables = join(here, "saved/variables/variables");
  const index = await readFile(`${variables}.index`);
  index[4] = 2;
  await writeFile(`${variables}.index`, index);
  await rename(`${variables}.data-00000-of-00001`, `${variables}.data-00000-of-00002`);
  for (const path of ["saved", "saved/saved_model.pb"]) {
    const { status, stderr } = await npx(here, "convert", path, "--out", "c.safetensors");
    assert.equal(status, 0, stderr);
  }
  const model = await load(join(here, "saved/saved_model.pb"));
  assert.equal(model.info.task, "generator");
  model.free();
  const checkpoint = ["convert", at("tensorflow1-v2-lstm", "model.ckpt-100"), "--out"];
  const vocabulary = ["--vocabulary", at("tensorflow1-v2-lstm", "chars_vocab.pkl")];
  const { status, stderr } = await npx(here, ...checkpoint, "b.safetensors", ...vocabulary);
  assert.equal(status, 0, stderr);
});

test("the names of a classifier's classes may come from a file", async (t) => {
  const here = await temporaryFolder(t);
  const of = (name) => at("pytorch-bidirectional-classifier", name);
  const files = ["convert", of("model.pt"), of("vocab.json"), "--out", "a.safetensors"];
  await writeFile(join(here, "names.txt"), "hello\r\nbye\r\nneither\r\n");
  const named = await npx(here, ...files, "--labels", "names.txt");
  assert.equal(named.status, 0, named.stderr);
  const written = (await readFile(join(here, "a.safetensors"))).toString("latin1");
  assert.ok(written.includes("hello\0bye\0neither\0"));
  await writeFile(join(here, "names.txt"), "hello\n");
  const few = await npx(here, ...files, "--labels", "names.txt");
  assert.equal(few.status, 1);
  assert.match(few.stderr, /has 3 classes: labels are to be as many/);
});

test("what is wrong is one line, and nothing is written or overwritten", async (t) => {
  const here = await temporaryFolder(t);
  await writeFile(join(here, "letter.txt"), "Dear reader, this is no model.\n");
  for (const [status, message, ...args] of [
    [2, /file to convert is missing/, "--out", "a"],
    [2, /--out is missing/, "letter.txt"],
    [2, /--there/, "letter.txt", "--there"],
    [2, /--window is a number of tokens/, "letter.txt", "--out", "a", "--window", "0"],
    [2, /go together/, "letter.txt", "--out", "a", "--vocabulary", "b", "--vocabulary-of", "c"],
    [1, /^inkling: cannot open none\.h5: no such file or directory\n/, "none.h5", "--out", "a"],
    [1, /names\.safetensors is a model of Inkling's own/, names, "--out", "a"],
    [1, /letter\.txt: not a model of a kind/, "letter.txt", "--out", "a"],
    [1, /none\.h5/, "none.h5", "--out", "a"],
    [1, /would be overwritten/, "letter.txt", "--out", "./letter.txt"],
  ]) {
    const result = await npx(here, "convert", ...args);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.match(result.stderr, /^inkling.*\n$/);
    assert.deepEqual(await readdir(here), ["letter.txt"]);
  }
});
