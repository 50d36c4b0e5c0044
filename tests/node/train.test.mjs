// train(): it learns, it goes on exactly, it is held, split and ended, and what is wrong is said.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { InklingError, load, train } from "../../dist/inkling.js";
import { TimeLeft } from "../../web/page/train/left.js";
import { aheadSince, verdictOf } from "../../web/page/train/verdict.js";
import { generateNatively, pause, root, run, temporaryFolder } from "./helpers.mjs";

const TEXT = "the quick brown fox jumps over the lazy dog\n".repeat(120);
const SMALL = {
  hidden: 24,
  batch: 6,
  nchars: 22,
  steps: 40,
  learningRate: 0.01,
  seed: 3,
  sampleEvery: 0,
};

/** Runs to the end: { losses, last, run }. */
async function finish(options, text = TEXT) {
  const training = train(text, { ...SMALL, ...options });
  const losses = [];
  let last;
  for await (const progress of training) {
    losses.push(progress.loss);
    last = progress;
  }
  return { losses, last, run: training };
}

for (const cell of ["rnn", "gru", "lstm"]) {
  test(`a small text is learnt by heart: ${cell}`, async () => {
    const held = { validation: 0.1, validateEvery: 100 };
    const options = { cell, hidden: 48, steps: 400, learningRate: 0.02, ...held };
    const { losses, last, run: training } = await finish(options);
    assert.equal(losses.length, 400);
    assert.ok(losses[0] > 3 && last.loss < 0.05, `${losses[0]} to ${last.loss}`);
    assert.ok(last.validationLoss < 0.2 && last.bestLoss <= last.validationLoss);
    assert.equal(last.epoch > 1 && last.step === last.steps && last.tokensPerSecond > 0, true);
    assert.match(last.sample, /quick brown fox/); // one comes with the last validation
    const model = await training.model();
    assert.equal(model.info.cell, cell);
    assert.equal(Number(model.info.metadata.validation_loss), Number(last.bestLoss.toFixed(4)));
    assert.match(
      await model.complete("the quick", { temperature: 0, length: 40 }),
      /brown fox jumps/,
    );
    model.free();
  });
}

test("every build, with a worker or without, trains the same to rounding; twice the same exactly", async () => {
  const simd = await finish({ kernel: "simd" });
  const scalar = await finish({ kernel: "scalar" });
  const worker = await finish({ kernel: "simd", worker: true });
  assert.deepEqual(worker.losses, simd.losses);
  simd.losses.forEach((loss, i) =>
    assert.ok(Math.abs(loss / scalar.losses[i] - 1) < 1e-4, `step ${i + 1}`),
  );
});

test("words are learnt as they are written, the rare ones as one", async (t) => {
  const text = "“Is this,” he said, “the quick--brown fox?”\n\n".repeat(80) + "Nobody else.\n";
  const options = {
    level: "word",
    minCount: 2,
    steps: 200,
    learningRate: 0.02,
    validation: 0.1,
    validateEvery: 100,
  };
  const { last, run: training } = await finish(options, text);
  assert.ok(last.loss < 0.1 && last.sample.includes("quick--brown"), last.sample);
  const bytes = await training.save();
  const model = await load(bytes);
  assert.equal(model.info.level, "word");
  assert.ok(model.info.vocabulary.includes("<unk>") && !model.info.vocabulary.includes("Nobody"));
  const written = { temperature: 0, length: 20 };
  assert.equal(
    await model.complete("“Is this,", { ...written, stop: "\n" }),
    "” he said, “the quick--brown fox?”",
  );
  assert.equal(
    await model.complete("IS", written),
    await generateNatively(await temporaryFolder(t), bytes, "IS", written),
  );
  assert.ok((await model.evaluate("“Is this,” nobody said.")).tokens === 7);
  model.free();
  const limited = await finish({ level: "word", maxVocabulary: 6, steps: 1 }, text);
  assert.equal((await limited.run.info()).vocabulary.length, 6);
});

test("samples show how noise becomes words, where nothing is held out, too", async () => {
  const run = train(TEXT, { ...SMALL, steps: 31, validation: 0, sampleEvery: 1000 });
  const at = [];
  for await (const { step, sample } of run) if (sample?.length > 100) at.push(step);
  assert.deepEqual(at, [1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31]);
  const { last } = await finish({ steps: 3, validation: 0 });
  assert.equal(last.sample, undefined); // with validations only
});

test("items end by themselves, and a sample shows several", async () => {
  const { last, run: training } = await finish(
    { lines: true, steps: 100, validation: 0.1, validateEvery: 100 },
    "anna\nbert\ncarla\n".repeat(90),
  );
  assert.ok(last.sample.split("\n").length > 5, last.sample);
  const model = await training.model();
  assert.equal(model.info.metadata.end, "\n");
  assert.ok(!(await model.complete("", { length: 500 })).includes("\n"));
  model.free();
});

test("the losses are those of the command", async (t) => {
  const folder = await temporaryFolder(t);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(folder, "text.txt"), TEXT);
  const words = [
    "--hidden",
    "24",
    "--batch",
    "6",
    "--nchars",
    "22",
    "--steps",
    "40",
    "--learning-rate",
    "0.01",
  ];
  const files = ["--text", join(folder, "text.txt"), "--out", join(folder, "model.safetensors")];
  const command = join(root, "build/native/inkling");
  const { stdout } = await run(command, [
    "train",
    ...files,
    ...words,
    "--seed",
    "3",
    "--threads",
    "1",
    "--json",
  ]);
  const native = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const { losses, last } = await finish({});
  native.forEach(({ loss }, i) =>
    assert.ok(Math.abs(losses[i] / loss - 1) < 1e-4, `step ${i + 1}`),
  );
  const keys = ({ sample, ngramLoss, ngramOrder, ...rest }) => Object.keys(rest).sort();
  for (const key of keys(last)) assert.ok(keys(native.at(-1)).includes(key), key);
});

for (const workers of [1, 2]) {
  test(`a checkpoint goes on exactly: ${workers} worker(s)`, async () => {
    const options = { cell: "gru", layers: 2, embed: 5, dropout: 0.2, average: 0.9, workers };
    const whole = await finish(options);
    const first = train(TEXT, { ...SMALL, ...options });
    let checkpoint;
    for await (const { step } of first) {
      if (step < 17) continue;
      checkpoint = await first.checkpoint();
      break;
    }
    const rest = await finish({ ...options, resume: checkpoint });
    assert.equal(rest.last.step, 40);
    assert.deepEqual(rest.losses, whole.losses.slice(17));
    assert.deepEqual(await rest.run.save(), await whole.run.save());
    const opened = await load(checkpoint); // a checkpoint is a model, too
    assert.equal(opened.info.metadata.step, "17");
    opened.free();
    // Another length is allowed, another network or text is not.
    assert.equal((await finish({ ...options, resume: checkpoint, steps: 20 })).losses.length, 3);
    const wrong = finish({ ...options, resume: checkpoint, hidden: 25 });
    await assert.rejects(wrong, { code: "argument", message: /hidden is 25.*24/ });
    const other = finish({ ...options, resume: checkpoint }, TEXT.replaceAll("fox", "ox "));
    await assert.rejects(other, { code: "text" });
  });
}

test("two workers reach what one reaches, to rounding, and each time the same bits", async () => {
  for (const options of [
    { cell: "lstm", batch: 7 },
    { cell: "rnn", dropout: 0.3 },
  ]) {
    const one = await finish(options);
    const two = await finish({ ...options, workers: 2 });
    const again = await finish({ ...options, workers: 2 });
    assert.deepEqual(again.losses, two.losses);
    assert.deepEqual(await again.run.save({ best: false }), await two.run.save({ best: false }));
    two.losses.forEach((loss, i) =>
      assert.ok(Math.abs(loss - one.losses[i]) < 1e-5, `step ${i + 1}`),
    );
  }
  await assert.rejects(finish({ workers: 9 }), { code: "argument", message: /9 parts/ });
  await assert.rejects(finish({ workers: 2, worker: false }), { code: "argument" });
});

for (const worker of [false, true]) {
  test(`it pauses, shows its model, and stops: worker ${worker}`, async () => {
    const training = train(TEXT, { ...SMALL, worker, steps: 100_000 });
    const steps = [];
    const loop = (async () => {
      for await (const { step } of training) steps.push(step);
    })();
    while (steps.length < 5) await pause(5);
    training.pause();
    await pause(50);
    const held = steps.length;
    const early = await training.model({ best: false });
    const text = await early.complete("the", { seed: 1, length: 30 });
    await pause(100);
    assert.equal(steps.length, held, "no step while it is paused");
    training.resume();
    while (steps.length < held + 20) await pause(5);
    assert.equal(
      await early.complete("the", { seed: 1, length: 30 }),
      text,
      "a model is a picture of its time",
    );
    early.free();
    training.stop();
    await loop;
    assert.deepEqual(
      steps,
      steps.map((_, i) => i + 1),
    );
    assert.deepEqual(await training.next(), { value: undefined, done: true });
    const model = await training.model({ best: false }); // after the end
    assert.equal(model.info.metadata.step, String(steps.length));
    model.free();
    training.stop();
  });
}

test("stopped while it writes a sample, it ends as anywhere else, with the step's figures", async () => {
  for (let i = 0; i < 6; i++) {
    const options = { ...SMALL, sampleEvery: 0.001, sampleLength: 3000, worker: true };
    const training = train(TEXT, options);
    await training.next();
    const second = training.next();
    await pause(8 * i); // it is learning, or writing
    training.stop();
    const { value, done } = await second;
    assert.deepEqual([value?.step, done], [2, false]);
    assert.equal((await training.next()).done, true);
    const again = train(TEXT, { ...SMALL, resume: await training.checkpoint() });
    assert.equal((await again.next()).value.step, 3);
    again.stop();
  }
});

test("stopped while it is paused, and left by break", async () => {
  const paused = train(TEXT, SMALL);
  await paused.next();
  paused.pause();
  const waiting = paused.next();
  paused.stop();
  assert.equal((await waiting).done, true);
  const left = train(TEXT, { ...SMALL, worker: true });
  for await (const { step } of left) if (step === 3) break;
  assert.equal((await left.info()).cell, "lstm");
  const model = await left.model();
  model.free();
});

test("a signal ends it with its reason, before and in the middle", async () => {
  const reason = new Error("enough");
  await assert.rejects(finish({ signal: AbortSignal.abort(reason) }), reason);
  const controller = new AbortController();
  const training = train(TEXT, { ...SMALL, signal: controller.signal });
  const loop = (async () => {
    for await (const { step } of training) if (step === 4) controller.abort(reason);
  })();
  await assert.rejects(loop, reason);
  const model = await training.model({ best: false });
  assert.equal(model.info.metadata.step, "4");
  model.free();
});

for (const workers of [1, 2]) {
  test(`a loss that runs away is noticed, and good weights are kept: ${workers} worker(s)`, async () => {
    const wild = { steps: 500, learningRate: 10, warmup: 40, dropout: 0, weightDrop: 0 };
    const training = train(TEXT, { ...SMALL, ...wild, workers });
    let first;
    const loop = (async () => {
      for await (const { loss } of training) first ??= loss;
    })();
    await assert.rejects(loop, {
      name: "InklingError",
      code: "diverged",
      message: /learning rate/,
    });
    const model = await training.model();
    const { nats } = await model.evaluate(TEXT.slice(0, 500));
    assert.ok(nats < first + 0.1, `${nats} nats, ${first} at first`);
    model.free();
  });
}

test("what is wrong with options or text is said", async () => {
  const wrong = [
    [{ hiden: 3 }, "argument", /hiden/],
    [{ "learning-rate": 3 }, "argument", /learning-rate/],
    [{ learningRate: 1e9 }, "argument", /learningRate is 1e\+09/],
    [{ steps: 0 }, "argument", /steps is 0/],
    [{ steps: undefined, epochs: 0 }, "argument", /nothing to train/],
    [{ learningRate: 0 }, "argument", /learningRate is 0/],
    [{ cell: "tree" }, "argument", /rnn, gru, lstm/],
    [{ hidden: 2.5 }, "argument", /whole number/],
    [{ hidden: [3] }, "argument", /hidden/],
    [{ worker: 1 }, "argument", /worker must be true or false/],
    [{ resume: "x" }, "argument", /checkpoint/],
    [{ resume: new Uint8Array(9) }, "format", /./],
    [{ sampleEvery: -1 }, "argument", /sampleEvery/],
    [{ batch: 65536 }, "text", /lower nchars or batch/],
  ];
  for (const [options, code, message] of wrong) {
    await assert.rejects(finish(options), (error) => {
      assert.ok(error instanceof InklingError, error.stack);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  }
  await assert.rejects(finish({}, "twenty characters !!"), { code: "text", message: /20|18/ });
  await assert.rejects(finish({}, ""), { code: "text" });
  await assert.rejects(finish({}, new Uint8Array([0xff, 0xfe]).buffer), { code: "text" });
  await assert.rejects(finish({}, 3), { code: "argument" });
  await assert.rejects(train(TEXT, { hiden: 3 }).model(), { code: "argument" });
});

test("one character over and over, and thousands of them", async () => {
  const same = await finish({ steps: 20 }, "a".repeat(3000));
  assert.ok(same.last.loss < 1e-6);
  const many = Array.from({ length: 5000 }, (_, i) => String.fromCodePoint(0x4e00 + i))
    .join("")
    .repeat(2);
  const { losses, run: training } = await finish({ steps: 3, batch: 4 }, many);
  assert.ok(Math.abs(losses[0] - Math.log(5000)) < 0.5);
  assert.equal((await training.info()).vocabulary.length, 5000);
});

test("a long text is composed whole, while what else waits goes on", async () => {
  const text = "cafe\u0301 Dvor\u030ca\u0301k\n".repeat(100_000);
  let turns = 0;
  let timer = setImmediate(function count() {
    turns++;
    timer = setImmediate(count);
  });
  const { vocabulary } = await train(text, SMALL).info();
  clearImmediate(timer);
  assert.deepEqual([...vocabulary].sort(), [...new Set(text.normalize())].sort());
  assert.ok(turns > 5, `${turns} turns of the event loop`);
});

test("an n-gram of the same text, to compare", async () => {
  const training = train(TEXT, { ...SMALL, validation: 0.1 });
  const best = await training.ngram();
  assert.ok(best.order >= 2 && best.nats < 0.2, JSON.stringify(best));
  const { nats } = await training.ngram({ order: 1 });
  assert.ok(nats > 2.5 && nats < 3.2, `${nats}`);
  training.stop();
  await assert.rejects(train(TEXT, { ...SMALL, validation: 0 }).ngram(), { code: "text" });
});

test("a name, a licence and the text's name go into the file, and every build writes from it alike", async (t) => {
  const { run: training } = await finish({
    name: "Foxes",
    license: "MIT",
    trainedOn: "a pangram",
    lines: true,
  });
  const bytes = await training.save();
  const model = await load(bytes);
  const { name, license, trained_on: trainedOn, start } = model.info.metadata;
  assert.deepEqual([name, license, trainedOn, start], ["Foxes", "MIT", "a pangram", "\n"]);
  const options = { length: 50, seed: 4 };
  const text = await model.complete("the", options);
  assert.equal(await generateNatively(await temporaryFolder(t), bytes, "the", options), text);
  model.free();
});

test("the time left that the page tells goes down with the clock, whatever one step takes", () => {
  const left = new TimeLeft(1);
  left.goOn(0);
  let now = 4000; // the run is being prepared
  const told = [];
  for (let step = 0; step < 4000 && now < 60_000; step++, now += step % 300 === 0 ? 2000 : 12) {
    left.step(now);
    if (step % 20 === 0) told.push([now / 1000, left.seconds(4000 - step, now)]);
  }
  assert.ok(told.length > 100);
  for (const [i, [at, seconds]] of told.entries()) {
    assert.ok(seconds <= 60 - at + 1e-9, `${seconds} s are told after ${at} s of a minute`);
    if (i > 0) assert.ok(seconds < told[i - 1][1] + 1, `it jumps to ${seconds} after ${at} s`);
  }
  left.hold(now);
  const held = left.seconds(100, now);
  left.goOn(now + 3_600_000);
  assert.ok(Math.abs(left.seconds(100, now + 3_600_000) - held) < 1, "a pause takes none of it");
  assert.equal(new TimeLeft().seconds(10, 0), undefined);
});

test("the page praises no guessing, and takes back what is true no longer", () => {
  const network = { task: "generator", token: "character", alphabet: 64, ahead: 1 };
  const verdict = (own, counted, order, more) =>
    verdictOf({
      ...network,
      best: Math.log(own),
      ngram: { order, nats: Math.log(counted) },
      ...more,
    });
  assert.match(
    verdict(64, 65.2, 2),
    /64\.0 equally likely ones, which is no better than guessing\.$/,
  );
  // By how often each character comes.
  assert.match(verdict(19.8, 20, 1), /no better than guessing/);
  assert.match(verdict(15, 20, 1), /15\.0 .* it has been better than the 1-gram table \(20\.0\)/);
  assert.match(verdict(5.2, 5.9, 5), /better than the 5-gram table \(5\.9\) since epoch 1\.0/);
  assert.match(verdict(5.9, 5.2, 5), /the 5-gram table is still better, with 5\.2/);
  const ngram = { order: 5, nats: 2 };
  let ahead;
  const measured = (loss, epoch) => (ahead = aheadSince(ahead, { loss, ngram, epoch }));
  assert.deepEqual(
    [measured(2.1, 1), measured(1.9, 2), measured(1.8, 3), measured(2.2, 4), measured(1.7, 5)],
    [undefined, 2, 2, undefined, 5],
  );
  assert.match(
    verdict(5.2, 5.9, 5, { ahead: undefined }),
    /at its best; meanwhile the 5-gram table is better again, with 5\.9\.$/,
  );
});

test("the options are the core's, by name, in the types as well", async () => {
  const options = readFileSync(join(root, "src/train/options.c"), "utf8");
  const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  const known = [...options.matchAll(/OPTION_(?:COUNT|NUMBER|CHOICE)\("([\w-]+)"/g)]
    .map(([, name]) => camel(name))
    .filter((name) => name !== "threads"); // which are workers here
  const types = readFileSync(join(root, "web/inkling.d.ts"), "utf8");
  const [, declared] = types.match(/interface TrainOptions \{([^]*?)\/\*\* As for load/);
  const names = [...declared.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  const ofModule = ["pictures", "from", "minutes", "replan"];
  assert.deepEqual(names.sort(), [...known, ...ofModule].sort());
});
