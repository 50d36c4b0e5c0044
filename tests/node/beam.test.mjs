// Beam search and log-probabilities as a caller sees them: the same on every build and as the
// command's, and each option where it belongs.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { haveRelaxed, root, run, temporaryFolder } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

haveRelaxed();

const letters = [..."\n abcdefghijklm"];
const manyBytes = [..."\n aé日本語🦑ßñ"];

async function open(t, options = {}, loadOptions = {}) {
  const model = await load(makeModel(options), { beam: true, ...loadOptions });
  t.after(() => model.free());
  return model;
}

const sumOf = (tokens) => tokens.reduce((sum, { logProbability }) => sum + logProbability, 0);
const joined = (tokens) => tokens.map(({ token }) => token).join("");
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-5, `${a} is near ${b}`);

test("every build finds the same texts, which are the command's", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "model.safetensors");
  for (const cell of ["rnn", "gru", "lstm"]) {
    const bytes = makeModel({ cell, layers: 2, hidden: 21, vocabulary: manyBytes });
    await writeFile(path, bytes);
    const words =
      "--prompt a日 --beam 5 --samples 5 --length 40 --length-penalty 0.7 --stop é日 --json";
    const args = ["generate", path, ...words.split(" ")];
    const { stdout } = await run(join(root, "build/native/inkling"), args);
    const expected = JSON.parse(stdout).texts;
    assert.equal(expected.length, 5);
    let first;
    for (const kernel of ["scalar", "simd", "relaxed"]) {
      for (const worker of [false, true]) {
        const model = await load(bytes, { beam: true, kernel, worker });
        const options = { beam: 5, length: 40, lengthPenalty: 0.7, stop: "é日" };
        const found = await model.beam("a日", options);
        assert.deepEqual(
          found.map(({ text }) => text),
          expected.map(({ text }) => text),
        );
        found.forEach(({ score, logProbability, tokens }, i) => {
          near(score, expected[i].score);
          near(logProbability, expected[i].logProbability);
          assert.equal(joined(tokens), joined(expected[i].tokens));
        });
        first ??= found;
        assert.deepEqual(found, first, "to the last bit");
        model.free();
      }
    }
  }
});

test("what is found is scored, ordered, and likelier than what is drawn", async (t) => {
  const model = await open(t, { vocabulary: letters });
  const found = await model.beam("abc", { length: 12, lengthPenalty: 0.6 });
  assert.equal(found.length, 4, "the default beam");
  for (const [i, { text, score, logProbability, tokens }] of found.entries()) {
    assert.equal(text, joined(tokens));
    assert.equal(tokens.length, 12);
    assert.equal(logProbability, sumOf(tokens));
    near(score, logProbability / ((5 + 12) / 6) ** 0.6);
    if (i > 0) assert.ok(score <= found[i - 1].score);
  }
  assert.equal(new Set(found.map(({ text }) => text)).size, 4);
  for (let seed = 0; seed < 20; seed++) {
    const { tokens } = await model.complete("abc", { length: 12, seed, logProbabilities: true });
    assert.ok(sumOf(tokens) < found[0].logProbability);
  }
  const [stopped] = await model.beam("abc", { length: 12, stop: found[0].text.slice(3, 5) });
  assert.ok(joined(stopped.tokens).startsWith(stopped.text));
});

test("a generation by beam is the best text in one piece", async (t) => {
  for (const worker of [false, true]) {
    const model = await open(t, { vocabulary: letters }, { worker });
    const options = { beam: 6, length: 30, lengthPenalty: 1 };
    const found = await model.beam("abc", options);
    const texts = found.map(({ text }) => text);
    assert.equal(await model.complete("abc", options), texts[0]);
    const pieces = [];
    for await (const piece of model.generate("abc", options)) pieces.push(piece);
    assert.deepEqual(pieces, [texts[0]]);
    assert.deepEqual(await model.complete("abc", { ...options, samples: 3 }), texts.slice(0, 3));
    const several = [];
    for await (const piece of model.generate("abc", { ...options, samples: 2 }))
      several.push(piece);
    assert.deepEqual(
      several,
      [0, 1].map((index) => ({ index, ...found[index] })),
    );
    const both = await model.complete(["abc", "jig"], { ...options, samples: 2 });
    assert.deepEqual(both.slice(0, 2), texts.slice(0, 2));
    assert.equal(both[2], await model.complete("jig", options));
    const greedy = await model.complete("abc", { temperature: 0, length: 30 });
    assert.equal(await model.complete("abc", { beam: 1, length: 30 }), greedy);
    assert.deepEqual(await model.complete([], options), []);
    assert.equal(await model.complete("abc", { ...options, length: 0 }), "");
    const session = await model.session();
    await session.feed("abc");
    assert.equal((await session.distribution()).length, letters.length, "the model works on");
  }
});

test("a generation's log-probabilities are its model's, and change nothing else", async (t) => {
  for (const worker of [false, true]) {
    const model = await open(t, { vocabulary: manyBytes, hidden: 24 }, { worker });
    const options = { length: 300, seed: 4, temperature: 0.7, topK: 5, repetitionPenalty: 1.3 };
    const text = await model.complete("aé", options);
    let written = "";
    const tokens = [];
    for await (const piece of model.generate("aé", { ...options, logProbabilities: true })) {
      assert.equal(piece.index, 0);
      written += piece.text;
      tokens.push(...piece.tokens);
      assert.equal(joined(tokens), written);
    }
    assert.equal(written, text);
    assert.deepEqual(await model.complete("aé", { ...options, logProbabilities: true }), {
      text,
      tokens,
    });
    const [before, whole] = [await model.evaluate("aé"), await model.evaluate("aé" + text)];
    near((before.nats * before.tokens - whole.nats * whole.tokens) / 300, sumOf(tokens) / 300);
    const session = await model.session();
    await session.feed("aé");
    const candidates = await session.distribution();
    const first = candidates.find(({ token }) => token === tokens[0].token);
    near(tokens[0].logProbability, Math.log(first.modelProbability));

    // Tokens come when they are written, also those of a stop; the text when it is certain.
    const stop = [...text].slice(20, 23).join("");
    const stopped = await model.complete("aé", { ...options, stop, logProbabilities: true });
    assert.equal(stopped.text, text.slice(0, text.indexOf(stop)));
    assert.equal(joined(stopped.tokens), stopped.text + stop);

    const many = await model.complete(["a", "é"], {
      ...options,
      samples: 2,
      logProbabilities: true,
    });
    assert.deepEqual(
      many.map((one) => one.text),
      await model.complete(["a", "é"], { ...options, samples: 2 }),
    );
    for (const one of many) assert.equal(joined(one.tokens), one.text);
  }
});

test("what has no meaning with a beam, or without, is said", async (t) => {
  const model = await open(t, { vocabulary: letters });
  const wrong = (options, message) =>
    assert.rejects(model.complete("abc", options), { code: "argument", message });
  for (const beam of [0, 17, 1.5, "4", NaN]) await wrong({ beam }, /^beam must be .* 1 to 16/);
  for (const name of [
    "temperature",
    "topK",
    "topP",
    "minP",
    "repetitionPenalty",
    "repetitionWindow",
    "seed",
  ]) {
    await wrong({ beam: 2, [name]: 1 }, new RegExp(`leave ${name} out`));
    await assert.rejects(model.beam("abc", { [name]: 1 }), {
      code: "argument",
      message: /unknown option/,
    });
  }
  await wrong({ lengthPenalty: 1 }, /goes with beam/);
  await wrong({ beam: 2, samples: 3 }, /3 samples/);
  await wrong({ beam: 2, lengthPenalty: -1 }, /length penalty/);
  await wrong({ beam: 2, lengthPenalty: NaN }, /length penalty/);
  await wrong({ beam: 2, lengthPenalty: "1" }, /lengthPenalty must be a number/);
  await wrong({ logProbabilities: 1 }, /logProbabilities must be true or false/);
  await assert.rejects(model.beam("abXc"), { code: "vocabulary" });
  await assert.rejects(model.beam(), { code: "argument", message: /prompt/ });
  await assert.rejects(model.beam("a", { signal: AbortSignal.abort() }), { name: "AbortError" });
  for (const length of [100_001, 2 ** 32 - 1])
    await assert.rejects(model.beam("a", { length }), { code: "argument", message: /to 100000/ });
  assert.equal((await model.beam("aXbc", { skipUnknown: true, length: 5 })).length, 4);
  const freed = await load(makeModel({ vocabulary: letters }), { beam: true });
  freed.free();
  await assert.rejects(freed.beam("a"), { code: "freed" });
});

test("a generator without the larger build says how to have a beam", async () => {
  const model = await load(makeModel({ vocabulary: letters }));
  await assert.rejects(model.beam("a", { beam: 2 }), {
    code: "argument",
    message: /\{ beam: true \}/,
  });
  assert.equal((await model.complete("a", { length: 3, temperature: 0 })).length, 3);
  model.free();
});
