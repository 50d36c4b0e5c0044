// Other programs' model files through load(): alone, with what lies beside them, by path and by
// address; what was understood, and what is refused.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { InklingError, load } from "../../dist/inkling.js";
import { convert } from "../../dist/convert/convert.js";
import { filesFolder, folders, readFolder } from "../convert/helpers.mjs";
import { makeModel } from "./make-model.mjs";

const at = (...path) => join(filesFolder, ...path);
const blobs = (files) => files.map(({ name, bytes }) => new File([bytes], name));

/** A server of a folder of the small files. */
async function serve(t, folder) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://127.0.0.1");
    readFile(at(folder, decodeURI(pathname))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${server.address().port}`;
}

async function refuses(source, options, code, message) {
  await assert.rejects(load(source, options), (error) => {
    assert.ok(error instanceof InklingError, `${error.stack}`);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\n/);
    return true;
  });
}

/** What a model of ours, made of the same files beforehand, writes. */
async function writtenBy(files, options) {
  const { bytes } = await convert(files, options);
  const model = await load(bytes);
  const text = await model.complete("", { length: 40, seed: 3 });
  model.free();
  return text;
}

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused !== undefined) continue;
  test(`${name}: opened and written with, or refused by name`, async () => {
    const given = blobs(files);
    const model = await load(given, expected.options);
    const { understood } = await convert(files, expected.options);
    assert.equal(model.info.understood, understood);
    if (expected.metadata?.cell) assert.equal(model.info.cell, expected.metadata.cell);
    if (model.info.task === "generator") {
      const text = await model.complete("", { length: 40, seed: 3 });
      assert.equal(text, await writtenBy(files, expected.options));
    } else {
      const { length } = await model.classify(model.info.vocabulary[1]);
      assert.equal(length, model.info.labels.length);
    }
    model.free();
  });
}

test("a file that holds everything opens by its path, and from its bytes", async () => {
  const path = at("torch7-char-rnn-gru", "lm_gru.t7");
  for (const source of [path, await readFile(path), [path], [new Blob([await readFile(path)])]]) {
    const model = await load(source);
    assert.match(model.info.understood, /GRU/);
    assert.equal(model.info.cell, "gru-before");
    model.free();
  }
});

test("what a manifest refers to is fetched from beside it", async (t) => {
  const files = readFolder("ml5-charrnn").files;
  const expected = await writtenBy(files);
  const url = await serve(t, "ml5-charrnn");
  for (const source of [at("ml5-charrnn", "manifest.json"), `${url}/manifest.json?download=true`]) {
    const model = await load(source);
    assert.equal(await model.complete("", { length: 40, seed: 3 }), expected);
    model.free();
  }
});

test("what is not there beside a manifest is named", async (t) => {
  const server = await serve(t, "tfjs-gru");
  const manifest = JSON.parse(await readFile(at("tfjs-gru", "model.json"), "utf8"));
  manifest.weightsManifest[0].paths = ["gone.bin"];
  const url = `data:application/json,${encodeURIComponent(JSON.stringify(manifest))}`;
  await refuses(url, {}, "format", /gone\.bin/);
  await refuses(`${server}/model.json`, {}, "vocabulary", /vocabulary/);
});

test("a vocabulary is given as a list, a map, a file's bytes or the training text", async () => {
  const [model] = readFolder("pytorch-zip-state-dict").files.filter(({ name }) => /pth/.test(name));
  const bytes = await readFile(at("pytorch-zip-state-dict", "vocab.json"));
  const good = await load([model], { vocabulary: bytes });
  const tokens = good.info.vocabulary;
  const map = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const text = `${tokens.join("")}${tokens.join("")}`;
  const sorted = await load([model], { vocabularyOf: text });
  assert.deepEqual(sorted.info.vocabulary, [...tokens].sort());
  for (const vocabulary of [tokens, map]) {
    const { info } = await load(blobs([model])[0], { vocabulary });
    assert.deepEqual(info.vocabulary, tokens);
  }
  await refuses([model], {}, "vocabulary", /reads 9 tokens/);
  await refuses([model], { vocabularyOf: "abc" }, "vocabulary", /3 different.*9/);
  await refuses([model], { vocabulary: "abc" }, "argument", /vocabulary/);
});

test("our own model among several files is opened; other files are refused", async () => {
  const own = makeModel({ hidden: 8 });
  const files = [new File(["a note"], "note.txt"), { name: "mine.safetensors", bytes: own }];
  const model = await load(files);
  assert.equal(model.info.understood, undefined);
  const note = { name: "note.txt", bytes: new TextEncoder().encode("a note") };
  await refuses([note], {}, "format", /note\.txt: not a model of a kind/);
  await refuses([], {}, "format", /no file is given/);
  await refuses([note], { integrity: "sha256-AAAA" }, "argument", /integrity/);
  await refuses([3], {}, "argument", /not a URL/);
  await refuses(own, { vocabularyOf: "abc" }, "argument", /array of its tokens/);
});

test("what reads every window anew goes on, forks and is saved, and has no units", async () => {
  for (const folder of ["textgenrnn-both", "keras-2-both-then-one", "pytorch-both"]) {
    const { files } = readFolder(folder);
    const model = await load(blobs(files), { trace: true, beam: true });
    const session = await model.session();
    await session.feed("hello ");
    const [bytes, fork] = [await session.save(), await session.fork()];
    const after = await session.distribution();
    await session.feed("old");
    assert.notDeepEqual(await session.distribution(), after);
    const restored = await model.session();
    await restored.restore(bytes);
    for (const other of [fork, restored]) assert.deepEqual(await other.distribution(), after);
    const { tokens, layers, nats } = await (await model.session()).trace("hello", {});
    assert.equal(layers, 0);
    assert.ok(tokens.length === 5 && nats.subarray(1).every((cost) => cost > 0));
    const texts = await Promise.all(
      ["scalar", "simd"].map(async (kernel) => {
        const one = await load(blobs(files), { kernel, beam: true });
        const beam = await one.complete("he", { length: 12, beam: 3 });
        const together = await one.complete("he", { length: 20, seed: 5, samples: 3 });
        one.free();
        return [beam, together];
      }),
    );
    assert.deepEqual(texts[0], texts[1]);
    model.free();
  }
});

test("with a window asked for, a network that carries a state reads anew instead", async () => {
  const { files } = readFolder("keras-2-functional");
  const carried = await load(blobs(files));
  const anew = await load(blobs(files), { window: 3 });
  assert.match(anew.info.understood, /windows of 3, read anew for every token/);
  const last = async (model, text) => {
    const session = await model.session();
    await session.feed(text);
    return session.distribution();
  };
  assert.deepEqual(await last(anew, "hello"), await last(carried, "llo"));
  assert.notDeepEqual(await last(carried, "hello"), await last(carried, "llo"));
  carried.free();
  anew.free();
});

test("load() takes the names of another program's classes, and of no model of ours", async () => {
  const { files } = readFolder("pytorch-bidirectional-classifier");
  const rest = blobs(files.filter(({ name }) => name !== "labels.json"));
  const labels = ["hello", "bye", "neither"];
  const model = await load(rest, { labels });
  assert.deepEqual(model.info.labels, labels);
  model.free();
  await refuses(rest, { labels: [1] }, "argument", /labels must be an array of strings/);
  await refuses(makeModel(), { labels }, "argument", /a model file of ours has the names/);
});
