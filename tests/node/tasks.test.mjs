// Classifying, translating and captioning as a caller sees them: the same on every build and as the
// command's, each call where it belongs, and nothing of it in the download of a generator.

import assert from "node:assert/strict";
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load, train } from "../../dist/inkling.js";
import { chooseBuild, openCore } from "../../dist/shared.js";
import { dist, haveRelaxed, modulesOf, root, run, temporaryFolder } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

haveRelaxed();

const DATES = join(root, "models/dates.safetensors");
const command = (...args) => run(join(root, "build/native/inkling"), args);

/** What fn() of a model gives on every build, on this thread and in a worker: always the same. */
async function everywhere(source, fn) {
  let first;
  for (const kernel of ["scalar", "simd", "relaxed"]) {
    for (const worker of [false, true]) {
      const model = await load(source, { kernel, worker });
      assert.equal(model.info.kernel, kernel);
      const result = await fn(model);
      model.free();
      first ??= result;
      assert.deepEqual(result, first, `${kernel}${worker ? " in a worker" : ""}`);
    }
  }
  return first;
}

async function open(t, source, options) {
  const model = await load(source, options);
  t.after(() => model.free());
  return model;
}

async function piecesOf(iterator) {
  const pieces = [];
  for await (const piece of iterator) pieces.push(piece);
  return pieces;
}

const argument = (promise, message) => assert.rejects(promise, { code: "argument", message });
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-5, `${a} is near ${b}`);
const joined = (tokens) => tokens.map(({ token }) => token).join("");

// ---- Small models of each kind ------------------------------------------------------------------

const drain = async (training) => {
  const samples = [];
  for await (const { sample } of training) if (sample !== undefined) samples.push(sample);
  return { samples, bytes: await training.save() };
};

// Words of vowels, and of consonants.
const CLASSES = Array.from({ length: 120 }, (_, i) => {
  const letters = i % 2 ? "aeiou" : "bcdfg";
  const word = [...(i * 7919 + 77).toString(5)].map((digit) => letters[digit]).join("");
  return `${i % 2 ? "vowels" : "consonants"}\t${word}\n`;
}).join("");
const CLASSIFIER = {
  task: "classifier",
  hidden: 12,
  batch: 12,
  steps: 30,
  learningRate: 0.02,
  sampleEvery: 0,
};
const classifier = drain(train(CLASSES, CLASSIFIER));
const bagged = drain(train(CLASSES, { ...CLASSIFIER, bag: 3 }));
const CLASSIFIERS = { "a classifier": classifier, "a classifier with a bag": bagged };

const COLOURS = {
  "deep red": [200, 10, 0],
  "grass green": [20, 180, 30],
  "sky blue": [60, 90, 255],
};
const NAMES = Object.keys(COLOURS);

/** A picture of one colour, as ImageData is. */
function plainPicture(colour, width, height, channels = 4) {
  const pixel = [...colour, 255].slice(0, channels);
  return {
    data: Uint8ClampedArray.from(
      { length: width * height * channels },
      (_, i) => pixel[i % channels],
    ),
    width,
    height,
  };
}
function ppm(colour, shade = 0) {
  const { data, width, height } = plainPicture(
    colour.map((c) => Math.min(255, c + shade)),
    9,
    6,
    3,
  );
  return Buffer.concat([
    Buffer.from(`P6 # a comment\n${width} ${height}\n255\n`),
    Buffer.from(data),
  ]);
}
const CAPTIONS = Array.from({ length: 60 }, (_, i) => `${NAMES[i % 3]}\n`).join("");
const PICTURES = Buffer.concat(
  Array.from({ length: 60 }, (_, i) => ppm(COLOURS[NAMES[i % 3]], i % 7)),
);
const CAPTIONER = {
  task: "captioner",
  level: "word",
  pictures: PICTURES,
  picture: 8,
  blocks: 2,
  channels: 4,
  hidden: 16,
  embed: 8,
  batch: 10,
  steps: 120,
  learningRate: 0.02,
  validation: 0.1,
  sampleEvery: 0,
};
const captioner = drain(train(CAPTIONS, CAPTIONER));

// ---- Classifiers --------------------------------------------------------------------------------

for (const [name, made] of Object.entries(CLASSIFIERS)) {
  test(`${name} says the same on every build, and as the command`, async (t) => {
    const { bytes, samples } = await made;
    assert.deepEqual(samples, [], "a classifier writes no samples");
    const classes = await everywhere(bytes, (model) => model.classify("aoi"));
    assert.deepEqual(
      classes.map(({ label }) => label),
      ["vowels", "consonants"],
    );
    near(classes[0].probability + classes[1].probability, 1);
    assert.ok(classes[0].probability > 0.9, `${classes[0].probability}`);
    const path = join(await temporaryFolder(t), "model.safetensors");
    await writeFile(path, bytes);
    const { stdout } = await command("classify", path, "aoi", "--json");
    for (const [i, { label, probability }] of JSON.parse(stdout).entries()) {
      assert.equal(label, classes[i].label);
      assert.equal(Math.fround(probability), classes[i].probability);
    }
  });

  test(`${name} has classes after every character, and those of the whole text at its end`, async () => {
    const { bytes } = await made;
    const read = async (model) => {
      assert.deepEqual(model.info.labels, ["consonants", "vowels"]);
      const session = await model.session();
      let fork;
      for (const [i, letter] of [..."bdaei"].entries()) {
        await session.feed(letter);
        const whole = await model.classify("bdaei".slice(0, i + 1));
        const classes = (await session.distribution()).map(({ token, probability }) => ({
          label: token,
          probability,
        }));
        assert.deepEqual(classes, whole);
        if (i === 1) fork = await session.fork();
      }
      await session.restore(await fork.save());
      await session.feed("aei");
      const [best] = await session.distribution({ count: 1 });
      assert.equal(best.token, (await model.classify("bdaei"))[0].label);
      return best;
    };
    await everywhere(bytes, read);
  });
}

test("a bag counts what an untrained network does not know", async (t) => {
  const one = { ...CLASSIFIER, steps: 1, learningRate: 1e-6 };
  const right = async (options) => {
    const model = await open(t, (await drain(train(CLASSES, { ...one, ...options }))).bytes);
    assert.equal(model.info.bag, options.bag);
    const [vowels] = await model.classify("aoiue");
    const [consonants] = await model.classify("bcdfg");
    return (vowels.label === "vowels") + (consonants.label === "consonants");
  };
  assert.equal(await right({ bag: 1 }), 2);
  assert.equal(await right({ bag: 0 }), 1, "one answer to all");
  await argument(drain(train(CLASSES, { ...one, bag: 9 })), /bag is 9/);
  await argument(drain(train(CLASSES, { ...one, task: "generator", bag: 1 })), /bag/);
});

test("words are the same with capitals and without, where a classifier is told so", async (t) => {
  const text = "bird\tThe Owl\nfish\tTHE Eel\nbird\tan OWL\nfish\tan eel\n".repeat(10);
  const options = { ...CLASSIFIER, level: "word", lowerCase: true };
  const model = await open(t, (await drain(train(text, options))).bytes);
  assert.deepEqual([...model.info.vocabulary].sort(), ["an", "eel", "owl", "the"]);
  assert.deepEqual(await model.classify("the OWL"), await model.classify("The owl"));
  await argument(drain(train(text, { ...options, level: "char" })), /lower-case/);
});

test("signs are left out where a vocabulary of words has none, and unknown where it has some", async (t) => {
  const learn = async (sign) => {
    const text =
      `bird\tthe owl${sign}\nfish\tthe eel${sign}\nbird\tdodo\n`.repeat(9) + "fish\tcod\n";
    const options = { ...CLASSIFIER, level: "word", minCount: 2, validation: 0, steps: 9 };
    const model = await open(t, (await drain(train(text, options))).bytes);
    assert.ok(model.info.vocabulary.includes("<unk>"));
    return model;
  };
  const without = await learn("");
  const plain = await without.classify("the owl the eel");
  assert.deepEqual(await without.classify("The owl, the eel...\n"), plain);
  assert.notDeepEqual(await without.classify("the owl heron the eel"), plain);
  assert.equal((await without.lacks("owl, heron!")).unknown, 1);
  const having = await learn(" .");
  assert.notDeepEqual(
    await having.classify("the owl ! the eel"),
    await having.classify("the owl the eel"),
  );
});

test("what a classifier cannot do is said", async (t) => {
  const model = await open(t, (await classifier).bytes);
  const session = await model.session();
  await argument(model.complete("a"), /classifier/);
  await argument(model.beam("a"), /classifier/);
  await argument(model.translate("a").next(), /classifier/);
  await argument(model.evaluate("ab"), /is a classifier, not a generator/);
  await argument(model.sourceTokens("a"), /is a classifier, not a translator/);
  await argument(session.start("a"), /classifier/);
  await argument(session.sample(), /classifier/);
  await argument(model.classify(7), /must be a string/);
});

test("a classifier leaves out what it has never seen, and says nothing of a text without more", async (t) => {
  const model = await open(t, (await classifier).bytes);
  assert.deepEqual(await model.classify("a?"), await model.classify("a"));
  for (const text of ["", " \n"]) {
    await assert.rejects(model.classify(text), { code: "text", message: "there is no text" });
  }
  await assert.rejects(model.classify("??"), { code: "text", message: /never seen \?/ });
});

// ---- Translators --------------------------------------------------------------------------------

test("dates are translated alike on every build, and by the command", async () => {
  const expected = { "3 May 1979": "1979-05-03", "December 24, 1986": "1986-12-24" };
  for (const [source, target] of Object.entries(expected)) {
    const result = await everywhere(DATES, async (model) => {
      assert.equal((await piecesOf(model.translate(source))).join(""), target);
      assert.equal(await model.complete("", { source }), target);
      const seen = await model.complete("", { source, attention: true });
      const best = await model.beam("", { source, beam: 4, lengthPenalty: 0.6, attention: true });
      assert.equal(seen.text, target);
      assert.deepEqual(
        best[0].tokens.map(({ attention }) => attention),
        seen.tokens.map(({ attention }) => attention),
      );
      return { seen, best };
    });
    const { stdout } = await command("translate", DATES, source, "--samples", "4", "--json");
    const { texts } = JSON.parse(stdout);
    assert.deepEqual(
      texts.map(({ text }) => text),
      result.best.map(({ text }) => text),
    );
    texts.forEach(({ score }, i) => near(score, result.best[i].score));
  }
});

test("every token says what it looked at", async (t) => {
  const model = await open(t, DATES);
  const source = "3 May 1979";
  const columns = await model.sourceTokens(source);
  assert.deepEqual(columns, [...source]);
  const pieces = await piecesOf(model.translate(source, { attention: true }));
  const tokens = pieces.flatMap((piece) => piece.tokens);
  assert.equal(joined(tokens), "1979-05-03\n", "the end is a token, which is not part of the text");
  assert.equal(pieces.map(({ text }) => text).join(""), "1979-05-03");
  assert.ok(pieces.every((piece) => piece.index === 0 && piece.tokens.length === 1));
  for (const { attention, logProbability } of tokens) {
    assert.ok(attention instanceof Float32Array && logProbability < 0);
    assert.equal(attention.length, columns.length);
    near(
      attention.reduce((sum, weight) => sum + weight),
      1,
    );
  }
  const looksAt = (i) => tokens[i].attention.indexOf(Math.max(...tokens[i].attention));
  assert.equal(columns[looksAt(9)], "3", "the day is read from the day");
});

test("a sentence that begins small is read as those begin that were learnt", async (t) => {
  const sentences = join(root, "models/english-french.safetensors");
  const of = (source) => (model) => model.complete("", { source });
  const french = await everywhere(sentences, of("where is the cat?"));
  assert.equal(french, await everywhere(sentences, of("Where is the cat?")));
  const model = await open(t, sentences);
  for (const text of ["where is it?", "WHERE is it?", "Where is it?"])
    assert.deepEqual(await model.sourceTokens(text), ["Where", "is", "it", "?"]);
  assert.deepEqual((await model.sourceTokens("it is where?"))[2], "where", "only the first word");
});

test("a source that may begin small is read as it stands", async (t) => {
  const pairs = (word) => Array.from({ length: 40 }, (_, i) => `${word(i)} ${i}\tx${i}\n`).join("");
  const learn = async (word) => {
    const run = train(pairs(word), { task: "translator", steps: 1, hidden: 8 });
    await drain(run);
    const model = await run.model();
    t.after(() => model.free());
    return (await model.sourceTokens("may 1"))[0];
  };
  assert.equal(await learn(() => "May"), "M");
  assert.equal(await learn((i) => (i % 9 ? "May" : "may")), "m");
  assert.equal(await learn(() => "may"), "m");
});

test("a session is started from a source, and goes on as the translation does", async (t) => {
  const model = await open(t, DATES);
  const session = await model.session();
  assert.equal(await session.attention(), null);
  await session.start("3 May 1979");
  const write = async (from) => {
    let text = "";
    for (;;) {
      const token = await from.sample({ temperature: 0 });
      if (token === model.info.metadata.end) return text;
      text += token;
    }
  };
  assert.equal((await session.attention()).length, 10);
  assert.equal((await session.distribution({ count: 1 }))[0].token, "1");
  await session.feed("1979");
  const fork = await session.fork();
  const state = await session.save();
  assert.deepEqual(await fork.attention(), await session.attention());
  assert.equal(await write(session), "-05-03");
  await session.reset();
  assert.equal(await write(session), "1979-05-03");
  await session.start("7 June 2001");
  assert.equal(await write(session), "2001-06-07");
  session.free();
  assert.equal(await write(fork), "-05-03", "the source is still there for the fork");
  const other = await model.session();
  await other.start("3 May 1979");
  await other.restore(state);
  assert.equal(await write(other), "-05-03");
  assert.equal(await model.complete("19", { source: "3 May 1979" }), "79-05-03");
});

test("several are translated at once, and drawn", async (t) => {
  const model = await open(t, DATES);
  const source = ["3 May 1979", "24 December 1986", "7 June 2001"];
  const expected = ["1979-05-03", "1986-12-24", "2001-06-07"];
  const written = ["", "", ""];
  for await (const { index, text } of model.translate(source)) written[index] += text;
  assert.deepEqual(written, expected);
  assert.deepEqual(await model.complete("", { source }), expected);
  assert.deepEqual(await model.complete(["", "19", "2001-"], { source }), [
    "1979-05-03",
    "86-12-24",
    "06-07",
  ]);
  assert.deepEqual(await model.complete(["1", "19"], { source: source[0] }), [
    "979-05-03",
    "79-05-03",
  ]);
  assert.deepEqual(await model.complete("", { source: source[0], samples: 2 }), [
    expected[0],
    expected[0],
  ]);
  const drawn = { source: source[0], samples: 3, temperature: 20, seed: 5 };
  const texts = await model.complete("", drawn);
  assert.deepEqual(await model.complete("", drawn), texts);
  assert.equal(new Set(texts).size, 3);
  const many = await model.complete("", { source, attention: true });
  assert.deepEqual(
    many.map(({ text }) => text),
    expected,
  );
  many.forEach(({ tokens }, i) => assert.equal(tokens[0].attention.length, source[i].length));
  assert.deepEqual(await model.complete("", { source: [] }), []);
});

test("what a translator cannot do is said", async (t) => {
  const model = await open(t, DATES);
  const picture = plainPicture([1, 2, 3], 2, 2);
  await argument(model.complete("1"), /translator needs a source/);
  await argument(model.beam("1"), /translator needs a source/);
  await argument(model.classify("1"), /is a translator, not a classifier/);
  await argument(model.evaluate("12"), /is a translator, not a generator/);
  await argument(model.caption(picture).next(), /must be a string/);
  await argument(model.translate().next(), /must be a string/);
  await argument((await model.session()).start(picture), /must be a string/);
  await argument(model.complete(["", ""], { source: ["3", "4", "5"] }), /2 prompts .* 3 sources/);
  await argument(model.beam("", { source: ["3", "4"] }), /one source/);
  await argument(
    model.complete("", { source: "3", beam: 2, temperature: 1 }),
    /leave temperature out/,
  );
  for (const fails of [
    (source) => model.complete("", { source }),
    (source) => model.sourceTokens(source),
  ]) {
    await assert.rejects(fails(""), { code: "text", message: /no text/ });
    await assert.rejects(fails("3 M€y"), { code: "vocabulary", message: /€/ });
  }
  const known = await model.complete("", { source: "3 May 1979" });
  assert.equal(await model.complete("", { source: "3€ May 1979", skipUnknown: true }), known);
  const aborted = model.translate("3 May 1979", { signal: AbortSignal.abort(new Error("enough")) });
  await assert.rejects(aborted.next(), /enough/);
});

// ---- Captioners ---------------------------------------------------------------------------------

test("pictures are captioned alike on every build, and by the command", async (t) => {
  const { bytes, samples } = await captioner;
  assert.equal(samples.at(-1), "sky blue", "a sample is the last picture's caption");
  const folder = await temporaryFolder(t);
  const [path, pictures] = ["model.safetensors", "pictures.ppm"].map((name) => join(folder, name));
  await writeFile(path, bytes);
  for (const [name, colour] of Object.entries(COLOURS)) {
    await everywhere(bytes, async (model) => {
      const picture = plainPicture(colour, 5, 7);
      assert.equal((await piecesOf(model.caption(picture))).join(""), name);
      const { data, width, height } = plainPicture(colour, 5, 7, 3);
      const bare = { data: new Uint8Array(data), width, height };
      const [rgba, rgb] = await model.complete("", { source: [picture, bare], attention: true });
      assert.equal(rgba.text, name);
      assert.deepEqual(rgb, rgba);
      assert.equal(rgb.tokens[0].attention.length, 16, "two blocks leave 4 by 4 places of 8 by 8");
      near(
        rgb.tokens[0].attention.reduce((sum, weight) => sum + weight),
        1,
      );
      const session = await model.session();
      await session.start(picture);
      const [candidate] = await session.distribution({ count: 1 });
      assert.equal(candidate.token, name.split(" ")[0]);
      assert.equal((await model.beam("", { source: picture, beam: 3 }))[0].text, name);
      return { rgba, candidate };
    });
    await writeFile(pictures, ppm(colour));
    assert.equal((await command("caption", path, pictures)).stdout, `${name}\n`);
  }
});

test("what is no picture is refused", async (t) => {
  const model = await open(t, (await captioner).bytes);
  const { data } = plainPicture([1, 2, 3], 4, 4);
  const cases = [
    [{ data, width: 0, height: 4 }, /1 to 10000 pixels/],
    [{ data, width: 4, height: 10_001 }, /1 to 10000 pixels/],
    [{ data, width: 4.5, height: 4 }, /1 to 10000 pixels/],
    [{ data, width: 4, height: 5 }, /60 \(RGB\) or 80 \(RGBA\) bytes, not 64/],
    [{ data: [...data], width: 4, height: 4 }, /must be a picture/],
    ["a text", /must be a picture/],
    [null, /must be a picture/],
  ];
  for (const [picture, message] of cases) {
    await argument(model.caption(picture).next(), message);
    await argument((await model.session()).start(picture), message);
  }
  await argument(model.complete(""), /captioner needs a source/);
  await argument(model.classify("a"), /is a captioner, not a classifier/);
  await argument(model.sourceTokens("a"), /is a captioner, not a translator/);
});

// ---- Generators, and what they are spared -------------------------------------------------------

test("what a generator cannot do is said", async (t) => {
  const model = await open(t, makeModel());
  const session = await model.session();
  await argument(model.classify("a"), /is a generator, not a classifier/);
  await argument(model.translate("a").next(), /generator/);
  await argument(model.caption(plainPicture([1, 2, 3], 2, 2)).next(), /generator/);
  await argument(model.complete("a", { source: "a" }), /generator/);
  await argument(model.complete("a", { attention: true }), /generator/);
  await argument(session.start("a"), /generator/);
  assert.equal(await session.attention(), null);
  assert.equal(model.info.labels, undefined);
});

test("a generator needs nothing of the larger build, and the others nothing of the small one", async (t) => {
  const folder = await temporaryFolder(t);
  const copy = (name) => copyFile(join(dist, name), join(folder, name));
  for (const name of modulesOf("inkling", "worker", "model")) await copy(name);
  await copy("package.json");
  await writeFile(join(folder, "names.safetensors"), makeModel());
  await copyFile(DATES, join(folder, "dates.safetensors"));
  const script = `
    import { load } from "./inkling.js";
    for (const worker of [false, true]) {
      const model = await load(process.argv[2], { worker, kernel: "scalar" });
      const from = model.info.task === "generator" ? {} : { source: "3 May 1979" };
      console.log((await model.complete("", { length: 20, ...from })).length);
      model.free();
    }`;
  await writeFile(join(folder, "use.mjs"), script);
  const use = (name) => run(process.execPath, ["use.mjs", `${name}.safetensors`], { cwd: folder });
  await copy("inkling-scalar.wasm");
  assert.equal((await use("names")).stdout, "20\n20\n");
  await assert.rejects(use("dates"), /inkling-tasks-scalar\.wasm/);
  for (const name of modulesOf("tasks")) await copy(name);
  await copy("inkling-tasks-scalar.wasm");
  assert.equal((await use("dates")).stdout, "10\n10\n");
});

// ---- Training -----------------------------------------------------------------------------------

test("a translator's samples are translations of the last lines", async () => {
  const lines = Array.from({ length: 80 }, (_, i) => {
    const word = (i * 7919 + 50).toString(4);
    return `${word}\t${word.replaceAll("1", "x")}`;
  });
  const options = {
    task: "translator",
    hidden: 16,
    embed: 8,
    batch: 16,
    steps: 20,
    validation: 0.1,
    validateEvery: 10,
    sampleEvery: 0,
  };
  for (const workers of [1, 2]) {
    const training = train(`${lines.join("\n")}\n`, { ...options, workers });
    const { samples, bytes } = await drain(training);
    assert.equal(samples.length, 2);
    const sources = samples[1].split("\n").map((line) => line.split(" → ")[0]);
    assert.deepEqual(
      sources,
      lines.slice(-6).map((line) => line.split("\t")[0]),
    );
    const model = await training.model({ best: false });
    assert.equal(model.info.task, "translator");
    const greedy = await model.complete("", { source: sources[5] });
    assert.equal(samples[1].split("\n")[5], `${sources[5]} → ${greedy}`);
    model.free();
    assert.ok(bytes.length > 1000);
    await assert.rejects(training.ngram(), { code: "freed" });
  }
});

test("a captioner's run goes on from its checkpoint, and pictures go with captions", async () => {
  const { pictures, ...options } = CAPTIONER;
  const short = train(CAPTIONS, { ...CAPTIONER, steps: 6 });
  const losses = [];
  let checkpoint;
  for await (const { step, loss } of short) {
    losses.push(loss);
    if (step === 3) checkpoint = await short.checkpoint();
  }
  const again = [];
  for await (const { loss } of train(CAPTIONS, { resume: checkpoint, pictures, sampleEvery: 0 }))
    again.push(loss);
  assert.deepEqual(again, losses.slice(3));
  await argument(train(CAPTIONS, options).next(), /pictures/);
  await argument(train(CAPTIONS, { pictures, task: "generator" }).next(), /captioner/);
  await argument(train(CAPTIONS, { resume: checkpoint }).next(), /pictures/);
  await argument(
    train(CAPTIONS, { ...options, pictures: "P6" }).next(),
    /pictures must be the bytes/,
  );
  await assert.rejects(train(CAPTIONS, { ...options, pictures: pictures.subarray(5) }).next(), {
    code: "format",
  });
  await assert.rejects(train(`${CAPTIONS}one more\n`, CAPTIONER).next(), { code: "text" });
  await assert.rejects(train("no tab\n", { task: "translator" }).next(), {
    code: "text",
    message: /no tab/,
  });
});

test("a classifier starts from what a generator has learnt", async () => {
  const text = CLASSES.replaceAll(/^.*\t/gm, "");
  const from = (
    await drain(train(text, { hidden: 12, nchars: 20, batch: 4, steps: 5, sampleEvery: 0 }))
  ).bytes;
  const first = async (options) => {
    const training = train(CLASSES, { ...CLASSIFIER, ...options });
    const { value } = await training.next();
    training.stop();
    return { loss: value.loss, checkpoint: await training.checkpoint() };
  };
  const fresh = await first({});
  const begun = await first({ from });
  assert.notEqual(begun.loss, fresh.loss);
  near((await first({ from, workers: 2 })).loss, begun.loss);
  await argument(first({ from, hidden: 13, embed: 5 }), /no layer/);
  await argument(first({ from, resume: fresh.checkpoint }), /from .* resume/);
  await assert.rejects(first({ from: from.subarray(1) }), { code: "format" });
});

// ---- Memory -------------------------------------------------------------------------------------

test("1,000 translations leave the memory no larger than 20", async () => {
  const core = await openCore(chooseBuild("auto", "tasks"));
  const memory = () => core.c.memory.buffer.byteLength;
  const bytes = await readFile(DATES);
  const round = async () => {
    const model = await load(bytes);
    await model.complete("", { source: ["3 May 1979", "7 June 2001"], attention: true, length: 5 });
    await model.beam("", { source: "3 May 1979", beam: 2, attention: true, length: 3 });
    for await (const piece of model.translate("3 May 1979")) if (piece) break;
    await assert.rejects(model.complete("", { source: "€" }), { code: "vocabulary" });
    await assert.rejects(model.complete("€", { source: "3" }), { code: "vocabulary" });
    await model.sourceTokens("3 May");
    const session = await model.session();
    await session.start("3 May 1979");
    const fork = await session.fork();
    await session.start("4 May 1979");
    await fork.attention();
    await fork.reset();
    await assert.rejects(fork.start(""), { code: "text" });
    session.free(); // the fork is left to the model
    model.free();
  };
  for (let i = 0; i < 20; i++) await round();
  const after20 = memory();
  for (let i = 20; i < 250; i++) await round(); // four of each
  assert.equal(memory(), after20);
});
