// Generation as a caller sees it: the same text on every build, in pieces, stopped when it should
// be.

import assert from "node:assert/strict";
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { InklingError, load } from "../../dist/inkling.js";
import {
  dist,
  generateNatively,
  haveRelaxed,
  pause,
  root,
  run,
  temporaryFolder,
  workDuring,
} from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

haveRelaxed();

const FOREVER = 4_000_000_000; // tokens
const letters = [..."\n abcdefghijklm"];
const manyBytes = [..."\n aé日本語🦑ßñ"];

/** A model that is freed when the test ends. */
async function open(t, options = {}, loadOptions = {}) {
  const model = await load(makeModel(options), loadOptions);
  t.after(() => model.free());
  return model;
}

test("every build writes the same text for the same seed", async (t) => {
  const folder = await temporaryFolder(t);
  const options = { length: 300, temperature: 2, seed: 7 };
  for (const cell of ["rnn", "gru", "lstm"]) {
    for (const shape of [{}, { layers: 2, hidden: 33 }, { layers: 2, hidden: 20, embed: 5 }]) {
      const bytes = makeModel({ cell, vocabulary: manyBytes, ...shape });
      const expected = await generateNatively(folder, bytes, "a日", options);
      assert.equal([...expected].length, 300);
      assert.ok(new Set(expected).size > 3, "a text of some variety");
      for (const kernel of ["scalar", "simd", "relaxed"]) {
        for (const worker of [false, true]) {
          const model = await load(bytes, { kernel, worker });
          assert.equal(model.info.kernel, kernel);
          const where = `${cell} ${JSON.stringify(shape)} ${kernel} worker: ${worker}`;
          assert.equal(await model.complete("a日", options), expected, where);
          model.free();
        }
      }
    }
  }
});

const story = [
  "\n",
  ..."“”,.!",
  "--",
  "Alice",
  "said",
  "the",
  "rabbit-hole",
  "don’t",
  "漢",
  "<unk>",
];
const asWords = (metadata) => ({ vocabulary: story, metadata: { level: "word", ...metadata } });

test("a model of words writes them apart as the native command does, and reads long prompts whole", async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = makeModel(asWords());
  const prompt = "“Alice,” said the strange rabbit-hole--don’t\n".repeat(300);
  for (const kernel of ["scalar", "simd", "relaxed"]) {
    const model = await load(bytes, { kernel });
    t.after(() => model.free());
    assert.equal(model.info.level, "word");
    assert.deepEqual(model.info.vocabulary, story);
    for (const before of ["", "ALICE said", "Alice said ", "nobody", prompt]) {
      const options = { length: 200, temperature: 1.5, seed: 3 };
      const text = await model.complete(before, options);
      assert.equal(text, await generateNatively(folder, bytes, before, options));
      assert.ok(!text.includes("<unk>") && !/ [,.!”]|“ |\n |  /.test(text), text);
      if (before.endsWith(" ")) assert.notEqual(text[0], " ");
    }
    const session = await model.session();
    await session.feed("the strange rabbit-hole");
    const candidates = await session.distribution();
    assert.equal(candidates.find(({ token }) => token === "<unk>").probability, 0);
    assert.ok(
      Math.abs(candidates.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-5,
    );
    session.free();
  }
});

test("a text ends where the model's end token is drawn, each of many by itself", async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = makeModel({ vocabulary: letters, metadata: { start: "\n", end: "\n" } });
  const model = await load(bytes);
  t.after(() => model.free());
  const options = { length: 100, seed: 1 };
  const texts = await model.complete("a", { ...options, samples: 20 });
  assert.ok(
    texts.every((text) => !text.includes("\n")) &&
      new Set(texts.map((text) => text.length)).size > 2,
  );
  assert.equal(texts[0], await model.complete("a", options));
  assert.equal(texts[0], await generateNatively(folder, bytes, "a", options));
});

test("every sampling option does the same here as in the native command", async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = makeModel({ hidden: 16, vocabulary: letters });
  const model = await open(t, { hidden: 16, vocabulary: letters });
  const texts = new Set();
  for (const options of [
    {},
    { temperature: 0 },
    { temperature: 1e-6 },
    { temperature: 100 },
    { topK: 2 },
    { topP: 0.3 },
    { minP: 0.5 },
    { repetitionPenalty: 1.8 },
    { temperature: 0.7, topK: 5, topP: 0.9, minP: 0.05, repetitionPenalty: 1.2 },
    { seed: 2 ** 53 - 1 },
  ]) {
    const all = { length: 120, seed: 3, ...options };
    const text = await model.complete("abc", all);
    assert.equal(text, await generateNatively(folder, bytes, "abc", all), JSON.stringify(options));
    texts.add(text);
  }
  // Temperature 1e-6 is as good as greedy; every other setting writes a text of its own.
  assert.equal(texts.size, 9);
});

test("the defaults are 200 tokens, seed 0, temperature 0.8", async (t) => {
  const model = await open(t);
  const text = await model.complete("abc");
  assert.equal(text.length, 200);
  assert.equal(text, await model.complete("abc", { length: 200, seed: 0, temperature: 0.8 }));
  assert.notEqual(text, await model.complete("abc", { seed: 1 }));
  assert.notEqual(text, await model.complete("abd"));
  assert.equal(await model.complete("abc", { length: 0 }), "");
});

test("a text comes in many pieces, of whole characters", async (t) => {
  const model = await open(t, { vocabulary: manyBytes, hidden: 64 });
  let text = "";
  let pieces = 0;
  for await (const piece of model.generate("é", { length: 5000, seed: 2, temperature: 2 })) {
    assert.ok(piece.length > 0);
    for (const character of piece) assert.ok(manyBytes.includes(character));
    text += piece;
    pieces++;
  }
  assert.equal([...text].length, 5000);
  assert.ok(pieces > 3);
  assert.ok(text.includes("🦑"));
});

for (const worker of [false, true]) {
  const where = worker ? "in a worker" : "in place";

  test(`two generations on one model do not mix, ${where}`, async (t) => {
    const model = await open(t, { hidden: 24 }, { worker });
    const cases = [
      { prompt: "abc", options: { length: 900, seed: 1 } },
      { prompt: "jig", options: { length: 700, seed: 2, temperature: 0.5 } },
      { prompt: "", options: { length: 800, seed: 1, topK: 4 } },
    ];
    const alone = [];
    for (const { prompt, options } of cases) alone.push(await model.complete(prompt, options));
    const together = cases.map(() => "");
    const running = new Map(
      cases.map(({ prompt, options }, i) => [i, model.generate(prompt, options)]),
    );
    while (running.size > 0) {
      for (const [i, iterator] of running) {
        const { value, done } = await iterator.next();
        if (done) running.delete(i);
        else together[i] += value;
      }
    }
    assert.deepEqual(together, alone);
    assert.deepEqual(
      await Promise.all(cases.map(({ prompt, options }) => model.complete(prompt, options))),
      alone,
    );
  });

  test(`leaving the loop ends the work, ${where}`, async (t) => {
    const model = await open(t, { hidden: 64 }, { worker });
    for await (const piece of model.generate("a", { length: FOREVER })) {
      assert.equal(piece.length, 1, "the first character comes alone, at once");
      break;
    }
    await pause(100);
    assert.ok((await workDuring(300)) < 150);
    assert.equal((await model.complete("a", { length: 5 })).length, 5);
  });

  test(`a reader that pauses makes the writer wait, ${where}`, async (t) => {
    const model = await open(t, { hidden: 64 }, { worker });
    const expected = await model.complete("a", { length: 400 });
    const iterator = model.generate("a", { length: FOREVER });
    let text = (await iterator.next()).value;
    await pause(100);
    assert.ok((await workDuring(300)) < 150);
    while (text.length < 400) text += (await iterator.next()).value;
    await iterator.return();
    assert.equal(text.slice(0, 400), expected);
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  });

  test(`a signal stops a generation with its reason, ${where}`, async (t) => {
    const model = await open(t, { hidden: 64 }, { worker });
    const reason = new Error("enough");
    const controller = new AbortController();
    let pieces = 0;
    await assert.rejects(
      async () => {
        for await (const piece of model.generate("a", {
          length: FOREVER,
          signal: controller.signal,
        })) {
          assert.ok(piece);
          if (++pieces === 3) controller.abort(reason);
        }
      },
      (error) => error === reason,
    );
    assert.equal(pieces, 3);

    const later = new AbortController();
    const waiting = model.complete("a", { length: FOREVER, signal: later.signal });
    setTimeout(() => later.abort(), 30);
    await assert.rejects(waiting, { name: "AbortError" });

    const before = model.complete("a", { signal: AbortSignal.abort(reason) });
    await assert.rejects(before, (error) => error === reason);
    await pause(100);
    assert.ok((await workDuring(300)) < 150, "nothing goes on");
    assert.equal((await model.complete("a", { length: 5 })).length, 5);
  });

  test(`a prompt of a million characters is read, and can be given up, ${where}`, async (t) => {
    const model = await open(t, { hidden: 8, cell: "rnn" }, { worker });
    const prompt = "abcdefghi\n".repeat(100_000);
    const text = await model.complete(prompt, { length: 20, seed: 1 });
    assert.equal(text.length, 20);
    const session = await model.session();
    await session.feed(prompt);
    let sampled = await session.sample({ seed: 1 });
    while (sampled.length < 20) sampled += await session.sample();
    assert.equal(sampled, text, "a prompt read in slices gives what one read at once does");

    const big = await open(t, { hidden: 256 }, { worker });
    const started = performance.now();
    await assert.rejects(big.complete(prompt, { signal: AbortSignal.timeout(100) }), {
      name: "TimeoutError",
    });
    assert.ok(performance.now() - started < 2000);
  });

  test(`what was freed says so, ${where}`, async (t) => {
    const model = await open(t, {}, { worker });
    const session = await model.session();
    const kept = await model.session();
    session.free();
    session.free();
    await assert.rejects(session.sample(), { code: "freed", message: "the session was freed" });
    await assert.rejects(session.fork(), { code: "freed" });
    const running = model.complete("a", { length: FOREVER });
    setTimeout(() => model.free(), 20);
    await assert.rejects(running, { code: "freed", message: "the model was freed" });
    for (const use of [
      () => model.complete("a"),
      () => model.evaluate("abc"),
      () => model.session(),
      () => kept.feed("a"),
    ]) {
      await assert.rejects(use, (error) => error instanceof InklingError && error.code === "freed");
    }
    kept.free();
    model.free();
    assert.equal(model.info.cell, "lstm", "what it was can still be read");
  });

  test(`options that are wrong are named, ${where}`, async (t) => {
    const model = await open(t, {}, { worker });
    const good = await model.complete("abc");
    for (const [options, message] of [
      [{ temprature: 1 }, /^unknown option "temprature"$/],
      [{ toString: 1 }, /^unknown option "toString"$/],
      [{ temperature: -1 }, /temperature/],
      [{ temperature: NaN }, /temperature/],
      [{ temperature: Infinity }, /temperature/],
      [{ temperature: 101 }, /temperature/],
      [{ temperature: 1e-7 }, /temperature/],
      [{ temperature: "0.8" }, /^temperature must be a number, not "0.8"$/],
      [{ topK: -1 }, /topK/],
      [{ topK: 1.5 }, /topK/],
      [{ topP: 0 }, /topP/],
      [{ topP: 1.1 }, /topP/],
      [{ minP: -0.1 }, /minP/],
      [{ minP: 2 }, /minP/],
      [{ repetitionPenalty: 0.5 }, /repetition penalty/],
      [{ repetitionWindow: -3 }, /repetition.?[wW]indow/],
      [{ repetitionWindow: 257 }, /repetition.?[wW]indow/],
      [{ length: -1 }, /length/],
      [{ length: 2 ** 32 }, /length/],
      [{ seed: -1 }, /seed/],
      [{ seed: 2 ** 53 }, /seed/],
      [{ seed: 0.5 }, /seed/],
      [{ stop: 3 }, /stop/],
      [{ stop: ["a", ""] }, /stop/],
      [{ stop: "a\0b" }, /stop/],
      [{ skipUnknown: 1 }, /skipUnknown/],
      [{ signal: {} }, /signal/],
      [null, /options/],
      ["abc", /options/],
    ]) {
      await assert.rejects(model.complete("abc", options), (error) => {
        assert.ok(error instanceof InklingError, String(error));
        assert.equal(error.code, "argument");
        assert.match(error.message, message);
        return true;
      });
    }
    await assert.rejects(model.complete(), { code: "argument", message: /prompt/ });
    await assert.rejects(model.evaluate("abc", { rest: 1 }), {
      code: "argument",
      message: /"rest"/,
    });
    assert.equal(await model.complete("abc"), good, "the model is as it was");
    assert.equal(await model.complete("abc", { topK: undefined }), good);
  });
}

test("an unknown character is named, or left out when asked", async (t) => {
  const model = await open(t);
  await assert.rejects(model.complete("abXc日"), (error) => {
    assert.equal(error.code, "vocabulary");
    assert.match(error.message, /X/);
    assert.match(error.message, /日/);
    return true;
  });
  const text = await model.complete("abc", { seed: 4 });
  assert.equal(await model.complete("aXb日c", { seed: 4, skipUnknown: true }), text);
  await assert.rejects(model.complete("a\ud800"), { code: "vocabulary" }); // half a surrogate pair
  const far = "a".repeat(100_000) + "Z";
  await assert.rejects(model.complete(far), { code: "vocabulary", message: /Z/ });
});

test("the text ends before a stop, no part of which is ever shown", async (t) => {
  const model = await open(t, { vocabulary: manyBytes, hidden: 24 });
  const options = { length: 3000, seed: 5, temperature: 1.5 };
  const whole = await model.complete("a", options);
  const characters = [...whole];
  const at = (i, size) => characters.slice(i, i + size).join("");
  for (const stop of [at(40, 1), at(300, 3), at(1000, 5), "🦑日🦑"]) {
    const end = whole.indexOf(stop);
    const expected = end < 0 ? whole : whole.slice(0, end);
    let text = "";
    for await (const piece of model.generate("a", { ...options, stop })) {
      text += piece;
      assert.ok(expected.startsWith(text), "nothing is taken back");
    }
    assert.equal(text, expected, JSON.stringify(stop));
  }
  const [first, second] = [at(500, 4), at(200, 4)];
  const ends = [first, second].map((stop) => whole.indexOf(stop)).filter((end) => end >= 0);
  const several = await model.complete("a", { ...options, stop: [first, second] });
  assert.equal(several, whole.slice(0, Math.min(...ends)));
  // A text that ends in the midst of a possible stop is given whole.
  const tail = characters.slice(-2).join("");
  if (whole.indexOf(tail) === whole.length - tail.length) {
    assert.equal(await model.complete("a", { ...options, stop: `${tail}\u0001` }), whole);
  }
});

test("this thread stays free between pieces when the model runs in place", async (t) => {
  const model = await open(t, { hidden: 128 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 500);
  await assert.rejects(model.complete("a", { length: FOREVER, signal: controller.signal }));
  clearInterval(timer);
  assert.ok(ticks > 10, `${ticks} ticks of a timer in half a second`);
});

test("when a worker crashes, whatever waits for it is told", async (t) => {
  const folder = await temporaryFolder(t);
  await cp(dist, folder, { recursive: true });
  await rename(join(folder, "worker.js"), join(folder, "sound.js"));
  const unsound = `import "./sound.js"; setTimeout(() => { throw new Error("bang"); }, 300);`;
  await writeFile(join(folder, "worker.js"), unsound);
  const copy = await import(pathToFileURL(join(folder, "inkling.js")));
  const model = await copy.load(makeModel(), { worker: true });
  const session = await model.session();
  const ended = { code: "freed", message: "the model's worker has ended: bang" };
  await Promise.all([
    assert.rejects(model.complete("a", { length: FOREVER }), ended),
    assert.rejects(model.complete("b", { length: FOREVER }), ended),
  ]);
  await assert.rejects(session.sample(), ended);
  model.free();

  await writeFile(join(folder, "worker.js"), "this is no JavaScript");
  await assert.rejects(copy.load(makeModel(), { worker: true }), {
    code: "network",
    message: /^the worker cannot be started: .*worker: false/,
  });
});

test("a program ends while a model in a worker is still open", async () => {
  const script = `
    import { load } from "./dist/inkling.js";
    import { makeModel } from "./tests/node/make-model.mjs";
    const model = await load(makeModel(), { worker: true });
    console.log((await model.complete("abc", { length: 7 })).length);
    for await (const piece of model.generate("abc", { length: 4e9 })) break;
  `;
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    timeout: 10_000,
  });
  assert.equal(stdout, "7\n");
});

test("smaller weights write the same text on every build", async (t) => {
  const folder = await temporaryFolder(t);
  const path = join(folder, "model.safetensors");
  const small = join(folder, "small.safetensors");
  const options = { length: 200, temperature: 1.5, seed: 3 };
  for (const [words, dtype, hidden] of [
    [[], "I8", 21],
    [["--f16"], "F16", 21],
    [["--bits", "4"], "I4", 128],
  ]) {
    for (const cell of ["rnn", "gru", "lstm"]) {
      await writeFile(path, makeModel({ cell, layers: 2, hidden, vocabulary: letters }));
      const command = join(root, "build/native/inkling");
      await run(command, ["quantize", path, "--out", small, ...words]);
      const bytes = await readFile(small);
      const expected = await generateNatively(folder, bytes, "abc", options);
      for (const kernel of ["scalar", "simd", "relaxed"]) {
        const model = await load(bytes, { kernel });
        assert.equal(model.info.dtype, dtype);
        assert.equal(await model.complete("abc", options), expected, `${cell} ${kernel} ${dtype}`);
        model.free();
      }
      if (dtype !== "F16") {
        await assert.rejects(run(command, ["quantize", small, "--out", path]), {
          code: 1,
          stderr: /quantised already/,
        });
      }
    }
  }
});

test("many texts at once are what each would be alone", async (t) => {
  const options = { length: 60, temperature: 1.2, seed: 5, stop: "ab" };
  const prompts = ["a", "", "abcabc".repeat(60)];
  for (const worker of [false, true]) {
    const model = await open(t, { layers: 2, vocabulary: letters }, { worker });
    const alone = [];
    for (const prompt of prompts) {
      for (let i = 0; i < 3; i++) {
        const seed = options.seed + alone.length;
        alone.push(await model.complete(prompt, { ...options, seed }));
      }
    }
    assert.deepEqual(await model.complete(prompts, { ...options, samples: 3 }), alone);
    const firsts = await model.complete(prompts, options);
    assert.equal(firsts[0], alone[0]);
    assert.equal(firsts.length, 3);
    const gathered = ["", ""];
    for await (const { index, text } of model.generate("a", { ...options, samples: 2 })) {
      assert.ok(text.length > 0);
      gathered[index] += text;
    }
    assert.deepEqual(gathered, alone.slice(0, 2));
    assert.deepEqual(await model.complete("a", { ...options, samples: 1 }), [alone[0]]);
    assert.deepEqual(await model.complete([], options), []);
  }
});

test("many texts: what is wrong is said, and leaving early ends them all", async (t) => {
  const model = await open(t, { vocabulary: letters });
  for (const samples of [0, 1.5, "2", 5000, NaN]) {
    await assert.rejects(model.complete("a", { samples }), {
      code: "argument",
      message: /samples/,
    });
  }
  await assert.rejects(model.complete(["a", 1]), { code: "argument" });
  await assert.rejects(model.complete(["a", "X"]), { code: "vocabulary" });
  for await (const piece of model.generate(["a", "b"], { length: FOREVER })) {
    assert.ok(piece.index < 2);
    break;
  }
  assert.ok((await workDuring(100)) < 60);
});

test("the command writes samples that are what each would be alone", async (t) => {
  const folder = await temporaryFolder(t);
  const bytes = makeModel({ vocabulary: letters });
  const alone = [];
  for (const seed of [8, 9, 10]) {
    alone.push(await generateNatively(folder, bytes, "abc", { length: 30, seed }));
  }
  const samples = await generateNatively(folder, bytes, "abc", { length: 30, seed: 8, samples: 3 });
  assert.equal(samples, alone.map((text) => `${text}\n`).join(""));
});
