// Models mixed, and counts made and weighed in JavaScript, from outside: the command and the module
// give the same text, sums are those of single models, and what does not fit is refused.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { load, train } from "../../dist/inkling.js";
import { chooseBuild, openCore } from "../../dist/shared.js";
import { commandWith, haveRelaxed, root } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

haveRelaxed();

const folder = mkdtempSync(join(tmpdir(), "inkling-mix-"));
const at = (name) => join(folder, name);
const fox = "the wolf saw the fox. the fox saw the lazy dog. the dog saw it too. ".repeat(30);
const mouse = "A mouse, a mouse! the fox had it; a mouse it was too. ".repeat(30);
const { call: run, fail } = commandWith();

let first; // small letters
let second; // capitals and more, too

async function trained(text, name) {
  const small = { hidden: 12, batch: 4, nchars: 20, steps: 40, seed: 1, lines: false };
  const training = train(text, { ...small, sampleEvery: 0 });
  for await (const step of training) assert.ok(step.loss > 0);
  const bytes = await training.save();
  writeFileSync(at(name), bytes);
  return load(bytes);
}

before(async () => {
  first = await trained(fox, "first.safetensors");
  second = await trained(mouse, "second.safetensors");
});
after(() => {
  first.free();
  second.free();
  rmSync(folder, { recursive: true });
});

async function probabilities(model, text, options) {
  const session = await model.session(options);
  await session.feed(text, { skipUnknown: true });
  const all = await session.distribution();
  session.free();
  return new Map(all.map(({ token, probability }) => [token, probability]));
}

const sum = (values) => [...values].reduce((all, value) => all + value, 0);

test("a mixture is the weighted sum of what its models say, over the tokens of the first", async () => {
  const text = "the fox had";
  const one = await probabilities(first, text);
  const other = await probabilities(second, text);
  const mix = [{ model: second, weight: 0.3 }];
  const both = await probabilities(first, text, { mix });
  const shared = [...one.keys()].filter((token) => other.has(token));
  assert.ok(shared.length > 5 && shared.length < one.size && shared.length < other.size);
  const scale = sum(shared.map((token) => one.get(token))) / sum(shared.map((t) => other.get(t)));
  for (const [token, p] of one) {
    const says = other.has(token) ? other.get(token) * scale : p;
    assert.ok(Math.abs(both.get(token) - (0.7 * p + 0.3 * says)) < 1e-6, token);
  }
  assert.deepEqual([...both.keys()].sort(), [...one.keys()].sort());
  assert.ok(Math.abs(sum(both.values()) - 1) < 1e-5);
});

test("the command and every build write the same mixture", async () => {
  const options = { length: 200, temperature: 0.8, seed: 7 };
  const prompt = ["--prompt", "the ", "--length", "200", "--temperature", "0.8", "--seed", "7"];
  const weighed = `${at("second.safetensors")}:0.4`;
  const natively = run("generate", at("first.safetensors"), ...prompt, "--mix", weighed);
  assert.equal(natively.status, 0, natively.stderr);
  for (const kernel of ["relaxed", "simd", "scalar"]) {
    for (const worker of [false, true]) {
      const model = await load(at("first.safetensors"), { kernel, worker });
      const mix = [{ model: second, weight: 0.4 }];
      assert.equal(await model.complete("the ", { ...options, mix }), natively.stdout);
      const texts = await model.complete("the ", { ...options, mix, samples: 3 });
      assert.equal(texts[0], natively.stdout);
      model.free();
    }
  }
  // A weight that is not given is an equal share.
  const halves = ["--mix", at("second.safetensors")];
  const half = run("generate", at("first.safetensors"), ...prompt, ...halves);
  assert.equal(await first.complete("the ", { ...options, mix: [{ model: second }] }), half.stdout);
});

test("a mixture is evaluated, searched, forked, saved and restored as a model is", async () => {
  const mix = [{ model: second, weight: 0.4 }];
  const text = "the fox saw it. the dog had it too.";
  const { nats } = await first.evaluate(text, { mix });
  writeFileSync(at("text.txt"), text);
  const given = ["--text", at("text.txt"), "--json", "--mix", `${at("second.safetensors")}:0.4`];
  const { stdout, stderr } = run("evaluate", at("first.safetensors"), ...given);
  assert.ok(Math.abs(JSON.parse(stdout || stderr).nats - nats) < 1e-6);
  const alone = (await first.evaluate(text)).nats;
  const itself = await first.evaluate(text, { mix: [{ model: first, weight: 0.4 }] });
  assert.ok(Math.abs(itself.nats - alone) < 1e-6 && Math.abs(nats - alone) > 1e-3);

  const [best] = await first.beam("the ", { beam: 3, length: 20, mix });
  assert.ok(best.text.length === 20 && best.logProbability < 0);

  const session = await first.session({ mix });
  await session.feed("the ");
  const fork = await session.fork();
  const restored = await first.session({ mix });
  await restored.restore(await session.save());
  const written = [];
  for (const one of [session, fork, restored]) {
    let own = await one.sample({ seed: 3 });
    for (let i = 0; i < 20; i++) own += await one.sample();
    written.push(own);
    one.free();
  }
  assert.equal(written[0], written[1]);
  assert.equal(written[0], written[2]);
});

test("a model that is freed stays with what mixes it, and is mixed no more", async () => {
  const other = await load(at("second.safetensors"));
  const mix = [{ model: other, weight: 0.5 }];
  const session = await first.session({ mix });
  await session.feed("the ");
  other.free();
  assert.equal(typeof (await session.sample({ seed: 1 })), "string");
  session.free();
  await assert.rejects(first.complete("a", { mix }), { code: "freed" });
  const model = await load(at("first.safetensors"));
  await model.complete("the ", { mix: [{ model: second }], length: 5 });
  model.free();
  await assert.rejects(model.complete("a", { mix: [{ model: second }] }), { code: "freed" });
});

test("a model that is freed while it is put beside another leaves nothing there", async () => {
  const bytes = makeModel({ hidden: 300 });
  const own = await load(makeModel({ hidden: 8 }));
  const round = async (turns) => {
    const other = await load(bytes);
    const writing = own.complete("a", { mix: [{ model: other }], length: 1 });
    writing.catch(() => {});
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    other.free();
    await writing.catch((error) => assert.equal(error.code, "freed"));
  };
  await round(20); // written before
  const core = await openCore(chooseBuild("auto", "train"));
  const before = core.c.memory.buffer.byteLength;
  for (let turns = 0; turns < 8; turns++) for (let i = 0; i < 5; i++) await round(turns);
  assert.equal(core.c.memory.buffer.byteLength, before);
  own.free();
});

test("a text is counted beside a model, and its weight chosen for each call", async () => {
  const counted = await load(await first.count(mouse, { order: 5, weight: 0.25 }));
  const { counts } = counted.info;
  assert.deepEqual([counts.order, counts.weight], [5, 0.25]);
  assert.ok(counts.pairs > 50);
  const prompt = "the fox had it; a mouse";
  const session = await counted.session();
  await session.feed(prompt, { skipUnknown: true });
  for (const weight of [0.25, 0.75, 0, 1]) {
    for (const candidate of await session.distribution({ countsWeight: weight })) {
      const { modelProbability, networkProbability, countsProbability } = candidate;
      const expected = (1 - weight) * networkProbability + weight * countsProbability;
      assert.ok(Math.abs(modelProbability - expected) < 1e-6);
    }
  }
  session.free();
  const { nats, networkNats, countsNats } = await counted.evaluate(fox.slice(0, 300));
  const only = await counted.evaluate(fox.slice(0, 300), { countsWeight: 1 });
  assert.ok(Math.abs(only.nats - countsNats) < 1e-5 && nats < countsNats);
  assert.equal((await counted.evaluate(fox.slice(0, 300))).nats, nats); // as before
  const alone = await counted.evaluate(fox.slice(0, 300), { countsWeight: 0 });
  assert.ok(Math.abs(alone.nats - networkNats) < 1e-5);

  // Two generations at once, each with its own weight; the command has the same texts.
  writeFileSync(at("mouse.txt"), mouse);
  const made = ["--text", at("mouse.txt"), "--order", "5", "--weight", "0.25"];
  const { status } = run("count", at("first.safetensors"), ...made, "--out", at("c.safetensors"));
  assert.equal(status, 0);
  const options = { length: 80, seed: 2 };
  const texts = await Promise.all(
    [0.1, 0.9].map((countsWeight) => counted.complete("the ", { ...options, countsWeight })),
  );
  [0.1, 0.9].forEach((weight, i) => {
    const given = ["--prompt", "the ", "--length", "80", "--seed", "2"];
    const weighed = ["--counts-weight", String(weight)];
    const { stdout } = run("generate", at("c.safetensors"), ...given, ...weighed);
    assert.equal(texts[i], stdout);
  });
  // In a mixture the first model's counts are weighed.
  const mix = [{ model: second, weight: 0 }];
  const same = await counted.complete("the ", { ...options, countsWeight: 0.9, mix });
  assert.equal(same, texts[1]);
  counted.free();
});

test("a text is scored without what a model lacks, as the command scores it", async () => {
  const words = await load(join(root, "models/alice.safetensors"));
  const text = "the fox 日 saw Zaphod, the ₤dog,\u0301 and Trillian too. ".repeat(5);
  writeFileSync(at("strange.txt"), text);
  const options = { skipUnknown: true, reset: 20 };
  for (const [model, file] of [
    [first, at("first.safetensors")],
    [words, join(root, "models/alice.safetensors")],
  ]) {
    const args = ["--text", at("strange.txt"), "--skip-unknown", "--reset", "20", "--json"];
    const { nats, tokens } = JSON.parse(run("evaluate", file, ...args).stdout);
    const known = await model.evaluate(text, options);
    assert.equal(known.tokens, tokens);
    assert.ok(Math.abs(known.nats - nats) < 1e-5, `${known.nats}, not ${nats}`);
  }
  await assert.rejects(first.evaluate(text, { reset: 20 }), { code: "vocabulary" });
  const mix = [{ model: second, weight: 0.3 }];
  assert.ok((await first.evaluate(text, { skipUnknown: true, mix })).tokens > 100);
  words.free();
});

test("mixes and counts that do not fit are refused in one line", async () => {
  const classifier = await load(join(root, "models/topics.safetensors"));
  const words = await load(join(root, "models/alice.safetensors"));
  const refuse = async (options, code, message) => {
    await assert.rejects(first.complete("the ", options), (error) => {
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      return !error.message.includes("\n");
    });
  };
  await refuse({ mix: [] }, "argument", /mix must be an array/);
  await refuse({ mix: [{ weight: 1 }] }, "argument", /mix must be an array/);
  await refuse({ mix: [{ model: second, weight: 1.5 }] }, "argument", /from 0 to 1, not 1.5/);
  await refuse({ mix: [{ model: second, weight: NaN }] }, "argument", /from 0 to 1/);
  const much = [0.6, 0.6].map((weight) => ({ model: second, weight }));
  await refuse({ mix: much }, "argument", /sum to more than 1/);
  await refuse({ mix: [{ model: classifier }] }, "argument", /only generators mix/);
  await refuse({ mix: [{ model: words }] }, "vocabulary", /does not mix with one of words/);
  await refuse({ countsWeight: 0.5 }, "argument", /no counts/);
  await assert.rejects(first.count("αβγ"), { code: "text", message: /no token that the model/ });
  await assert.rejects(first.count(mouse, { order: 9 }), { code: "argument" });
  await assert.rejects(first.count(mouse, { weight: 2 }), { code: "argument" });
  await assert.rejects(classifier.count(mouse), { code: "argument" });
  const counted = await load(await first.count(mouse, { order: 3, weight: 0.5 }));
  await assert.rejects(counted.complete("the ", { countsWeight: 2 }), { code: "argument" });
  for (const model of [classifier, words, counted]) model.free();

  const refuseCommand = (status, pattern, ...args) =>
    fail(status, pattern, "generate", at("first.safetensors"), ...args);
  const other = at("second.safetensors");
  refuseCommand(2, /from 0 to 1/, "--mix", `${other}:2`);
  refuseCommand(2, /sum to more than 1/, "--mix", `${other}:0.6`, "--mix", `${other}:0.6`);
  refuseCommand(1, /none/, "--mix", at("none.safetensors"));
  refuseCommand(2, /only generators mix/, "--mix", join(root, "models/topics.safetensors"));
  refuseCommand(1, /words/, "--mix", join(root, "models/alice.safetensors"));
  refuseCommand(2, /--mix needs a value/, "--mix");
});
