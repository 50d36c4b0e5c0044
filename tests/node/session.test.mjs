// Sessions: a network in the middle of a text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { makeModel } from "./make-model.mjs";

const sum = (candidates, name) => candidates.reduce((total, each) => total + each[name], 0);
const near = (a, b, tolerance = 1e-5) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} is not ${b}`);

async function write(session, count, options) {
  let text = await session.sample(options);
  while (text.length < count) text += await session.sample();
  return text;
}

for (const worker of [false, true]) {
  const where = worker ? "in a worker" : "in place";

  test(`sampling token by token is generating, ${where}`, async (t) => {
    const model = await load(makeModel(), { worker });
    t.after(() => model.free());
    const session = await model.session();
    await session.feed("abc");
    const text = await write(session, 50, { seed: 9 });
    assert.equal(text, await model.complete("abc", { length: 50, seed: 9 }));
    await session.reset();
    await session.feed("ab");
    await session.feed("c");
    assert.equal(await write(session, 50, { seed: 9 }), text);
  });

  test(`a fork and a saved state go on as the session does, ${where}`, async (t) => {
    for (const cell of ["rnn", "gru", "lstm"]) {
      const model = await load(makeModel({ cell, layers: 2, embed: 4 }), { worker });
      t.after(() => model.free());
      const session = await model.session();
      await session.feed("abcabc");
      await write(session, 10, { seed: 3 });
      const state = await session.save();
      assert.ok(state instanceof Uint8Array && state.length > 0);
      const fork = await session.fork();
      const text = await write(session, 60);
      assert.equal(await write(fork, 60), text, "the fork");
      await fork.free();
      const other = await model.session();
      await other.feed("jjj");
      await other.restore(state);
      assert.equal(await write(other, 60), text, "the restored");
      const again = await load(makeModel({ cell, layers: 2, embed: 4 }), { kernel: "scalar" });
      const elsewhere = await again.session();
      await elsewhere.restore(state);
      assert.equal(await write(elsewhere, 60), text, "restored in another build");
      again.free();
    }
  });
}

test("a state that is damaged or another model's is refused and changes nothing", async (t) => {
  const model = await load(makeModel({ hidden: 12 }));
  const larger = await load(makeModel({ hidden: 13 }));
  t.after(() => (model.free(), larger.free()));
  const session = await model.session();
  await session.feed("abc");
  const state = await session.save();
  const foreign = await (await larger.session()).save();
  for (const bad of [new Uint8Array(0), state.slice(1), state.slice(0, -1), foreign]) {
    await assert.rejects(session.restore(bad), { code: "format" });
  }
  for (let i = 0; i < state.length; i++) {
    const damaged = state.slice();
    damaged[i] ^= 0x80;
    await session.restore(damaged).catch((error) => assert.equal(error.code, "format"));
    await session.distribution();
    await session.restore(state);
  }
  await assert.rejects(session.restore("abc"), { code: "argument" });
  assert.deepEqual(await session.save(), state);
});

test("a failed feed changes nothing", async (t) => {
  const model = await load(makeModel());
  t.after(() => model.free());
  const session = await model.session();
  await session.feed("abc");
  const state = await session.save();
  await assert.rejects(session.feed("abX"), { code: "vocabulary", message: /X/ });
  assert.deepEqual(await session.save(), state);
  await session.feed("aXb", { skipUnknown: true });
  const skipped = await session.distribution();
  await session.restore(state);
  await session.feed("ab");
  assert.deepEqual(await session.distribution(), skipped);
});

test("distributions sum to 1 and show what the options do", async (t) => {
  const vocabulary = [..."\n abcdefghijklmé"];
  const model = await load(makeModel({ vocabulary, hidden: 20 }));
  t.after(() => model.free());
  const session = await model.session();
  await session.feed("abc");

  const plain = await session.distribution();
  assert.deepEqual(plain.map(({ token }) => token).sort(), [...vocabulary].sort());
  near(sum(plain, "probability"), 1);
  near(sum(plain, "modelProbability"), 1);
  for (const each of plain) near(each.probability, each.modelProbability, 1e-6);
  for (let i = 1; i < plain.length; i++) {
    assert.ok(plain[i - 1].modelProbability >= plain[i].modelProbability, "likeliest first");
  }

  // Dividing the logits by T raises every probability to the power 1/T before they are normalised.
  for (const temperature of [0.5, 2]) {
    const seen = await session.distribution({ temperature });
    const powers = plain.map(({ modelProbability }) => modelProbability ** (1 / temperature));
    const total = powers.reduce((a, b) => a + b);
    seen.forEach(({ probability, modelProbability }, i) => {
      near(probability, powers[i] / total, 1e-4);
      assert.equal(modelProbability, plain[i].modelProbability);
    });
  }
  const greedy = await session.distribution({ temperature: 0 });
  near(greedy[0].probability, 1);
  near(sum(greedy, "probability"), 1);
  for (const temperature of [1e-6, 100]) {
    near(sum(await session.distribution({ temperature }), "probability"), 1);
  }

  const kept = (candidates) => candidates.filter(({ probability }) => probability > 0);
  const topK = await session.distribution({ topK: 3 });
  assert.equal(kept(topK).length, 3);
  near(sum(topK, "probability"), 1);
  assert.equal((await session.distribution({ count: 4 })).length, 4);
  assert.deepEqual(await session.distribution({ count: 4 }), plain.slice(0, 4));

  const topP = kept(await session.distribution({ topP: 0.6 }));
  const before = plain.slice(0, topP.length - 1).reduce((a, b) => a + b.modelProbability, 0);
  assert.ok(before < 0.6 && before + plain[topP.length - 1].modelProbability >= 0.6 - 1e-6);

  const minP = kept(await session.distribution({ minP: 0.2 }));
  const limit = 0.2 * plain[0].modelProbability;
  assert.equal(minP.length, plain.filter((each) => each.modelProbability >= limit).length);

  await assert.rejects(session.distribution({ temperature: -1 }), { code: "argument" });
  await assert.rejects(session.distribution({ cuont: 1 }), { message: 'unknown option "cuont"' });
  assert.deepEqual(await session.distribution(), plain, "looking changes nothing");
});

test("a bad option neither draws nor starts the random numbers over", async (t) => {
  const model = await load(makeModel());
  t.after(() => model.free());
  const session = await model.session();
  await session.feed("abc");
  await session.sample({ seed: 6 });
  const state = await session.save();
  await assert.rejects(session.sample({ seed: 7, temperature: -1 }), { code: "argument" });
  assert.deepEqual(await session.save(), state);
});

test("an evaluation agrees with the distributions", async (t) => {
  const model = await load(makeModel());
  t.after(() => model.free());
  const text = "abcabcjij abc\nabd";
  const session = await model.session();
  await session.feed(text[0]);
  let nats = 0;
  for (const character of text.slice(1)) {
    const all = await session.distribution();
    nats -= Math.log(all.find(({ token }) => token === character).modelProbability);
    await session.feed(character);
  }
  const evaluation = await model.evaluate(text);
  assert.equal(evaluation.tokens, text.length - 1);
  near(evaluation.nats, nats / evaluation.tokens, 1e-4);
  near(evaluation.bits, evaluation.nats / Math.LN2);
  near(evaluation.perplexity, Math.exp(evaluation.nats), 1e-3);
  assert.notEqual((await model.evaluate(text, { reset: 4 })).nats, evaluation.nats);
  await assert.rejects(model.evaluate("a"), { code: "text" });
  await assert.rejects(model.evaluate(""), { code: "text" });
  await assert.rejects(model.evaluate("abX"), { code: "vocabulary", message: /X/ });
  assert.deepEqual(await model.evaluate(text), evaluation);
});
