// What training makes of a text when nothing else is given: from outside, in the command and in the
// module.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { load, train } from "../../dist/inkling.js";
import { commandWith } from "./helpers.mjs";

const folder = mkdtempSync(join(tmpdir(), "inkling-recipe-"));
after(() => rmSync(folder, { recursive: true }));
const at = (name) => join(folder, name);
const { call } = commandWith();

/** Numbers from 0 up to below n, the same every time. */
function drawing(seed) {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Sentences whose last verb depends on their first word. */
function prose(characters) {
  const draw = drawing(3);
  const one = (...list) => list[draw(list.length)];
  let text = "";
  while (text.length < characters) {
    const [who, verb] = one(
      ["the grey cat", "sleeps"],
      ["an old man", "wakes"],
      ["my tall sister", "sings"],
    );
    const does = one("looks at", "walks round", "asks for");
    text += `${who} ${does} ${one("a red apple", "the cold river", "the moon")} and ${verb}. `;
    if (draw(6) === 0) text = `${text.trimEnd()}\n\n`;
  }
  return text.slice(0, characters);
}

function words(count) {
  const draw = drawing(5);
  const syllables = ["ka", "lo", "mi", "ren", "tas", "u", "ven"];
  const word = () =>
    Array.from({ length: 2 + draw(2) }, () => syllables[draw(syllables.length)]).join("");
  return Array.from({ length: count }, () => `${word()}\n`).join("");
}

function command(text, ...options) {
  writeFileSync(at("text"), text);
  const args = ["train", "--text", at("text"), "--out", at("model"), ...options];
  return call(...args);
}

function refused(status, pattern, text, ...options) {
  const result = command(text, ...options);
  assert.equal(result.status, status, result.stderr);
  const lines = result.stderr.trimEnd().split("\n");
  assert.equal(lines.length, 1, result.stderr);
  assert.match(lines[0], pattern);
}

const metadata = async () => (await load(readFileSync(at("model")))).info.metadata;

test("with a part held out alone: better than the n-gram, and it repeats", async () => {
  const text = prose(8000);
  const { status, stderr } = command(text, "--validation", "0.1");
  assert.equal(status, 0, stderr);
  const [, table] = stderr.match(/n-gram of order \d has a validation loss of ([\d.]+)/);
  const [, own] = stderr.match(/best weights, of validation loss ([\d.]+), [\d.]+ better than/);
  assert.ok(Number(own) < Number(table), stderr);
  assert.match(stderr, /better than the \d-gram table since epoch [\d.]+/);
  assert.match(stderr, /for comparison, what it wrote after/);
  assert.match(stderr, /\ninkling: to use it, .* --seed: inkling generate \S*model\n/);
  const [, chosen] = stderr.match(/chosen: ([^]*?)\ninkling/);
  assert.match(chosen, /--cell lstm .*--batch 2 .*--epochs \d+\s+--learning-rate 0\.003/);
  const first = readFileSync(at("model"));
  const again = command(text, "--validation", "0.1", ...chosen.trim().split(/\s+/));
  assert.doesNotMatch(again.stderr, /chosen/);
  assert.deepEqual(readFileSync(at("model")), first);
  assert.equal((await metadata()).patience, chosen.match(/--patience (\d+)/)[1]);
});

test("phrases, of which words come again, have the passes to learn them", async () => {
  const draw = drawing(7);
  const known = words(300).trim().split("\n");
  const phrase = () => Array.from({ length: 3 }, () => known[draw(known.length)]).join(" ");
  const run = train(Array.from({ length: 2200 }, () => `${phrase()}\n`).join(""), { lines: true });
  const { metadata: chosen } = await run.info();
  run.stop();
  assert.deepEqual([chosen.hidden, chosen.epochs], ["192", "40"]);
});

test("lists, labelled lines and pairs are noticed", async () => {
  const list = command(words(400), "--steps", "5");
  assert.match(list.stderr, /400 lines of \d characters: read as a list; --no-lines reads on/);
  assert.equal((await metadata()).lines, "on");
  assert.match((await metadata()).read_as, /^400 lines/);
  const on = command(words(400), "--steps", "5", "--no-lines");
  assert.doesNotMatch(on.stderr, /read as/);
  assert.equal((await metadata()).lines, "off");

  const draw = drawing(1);
  const lines = words(60).trim().split("\n");
  const label = () => ["cat", "dog", "cow"][draw(3)];
  const labelled = command(lines.map((line) => `${label()}\t${line}\n`).join(""), "--steps", "5");
  assert.match(labelled.stderr, /60 lines of a label.*3 labels: read as examples for a classifier/);
  assert.match(labelled.stderr, /--task generator/);
  assert.equal((await metadata()).task, "classifier");
  const pairs = command(lines.map((line, i) => `${i}\t${line}\n`).join(""), "--steps", "5");
  assert.match(pairs.stderr, /60 lines of a text, a tab and a text: read as pairs/);
  assert.equal((await metadata()).task, "translator");

  const run = train(words(400), { steps: 2, sampleEvery: 0 });
  for await (const { step } of run) assert.ok(step <= 2);
  assert.match((await run.info()).metadata.read_as, /^400 lines/);
});

test("many pairs of sentences are learnt by words, all other pairs by characters", () => {
  const draw = drawing(7);
  const one = (...list) => list[draw(list.length)];
  const pair = (length) => {
    const line = Array.from({ length }, () => one("red", "old", "tall", "grey", "wise"));
    return `${draw(9999)} ${line.join(" ")}\t${line.toReversed().join(" ")}!\n`;
  };
  const level = (count, length, ...options) => {
    const text = Array.from({ length: count }, () => pair(length)).join("");
    const { chosen } = JSON.parse(
      command(text, "--steps", "1", "--json", ...options).stdout.split("\n", 1)[0],
    );
    return /--level (\w+)/.exec(chosen)?.[1] ?? "char"; // which needs no word
  };
  assert.equal(level(2000, 5), "word");
  assert.equal(level(2000, 3), "word");
  assert.equal(level(1900, 5), "char");
  assert.equal(level(2000, 2), "char");
  assert.equal(level(2000, 5, "--level", "char"), "char");
});

test("captions of two words and more are learnt by words, shorter ones by characters", () => {
  const pictures = at("pictures.ppm");
  writeFileSync(pictures, "P6 8 8 255\n".padEnd(203, "a").repeat(60));
  const chosen = (...captions) => {
    const text = Array.from({ length: 60 }, (_, i) => `${captions[i % captions.length]}\n`).join(
      "",
    );
    const small = ["--picture", "8", "--blocks", "1", "--channels", "4", "--steps", "1"];
    return command(text, "--task", "captioner", "--pictures", pictures, ...small).stderr;
  };
  assert.match(chosen("red apple", "green leaf", "the sun"), /--level word/);
  assert.match(chosen("red green apple", "leaf", "the sun"), /--level word/);
  assert.doesNotMatch(chosen("apple", "green leaf", "sun"), /--level/);
});

test("of a list of fewer than 500 lines none is held out", () => {
  const ended = (count, ...options) => command(words(count), "--steps", "2", ...options).stderr;
  assert.match(ended(499), /weights of the last step; nothing was held out; /);
  assert.match(ended(499, "--counts", "3"), /weights of the last step; nothing was held out; /);
  assert.match(ended(500), /of validation loss/);
  assert.match(ended(499, "--validation", "0.1"), /of validation loss/);
});

test("a run for a time says which size and steps, with which it repeats", async () => {
  const text = prose(20000);
  const { status, stderr } = command(text, "--minutes", "0.05", "--threads", "1");
  assert.equal(status, 0, stderr);
  const first = readFileSync(at("model"));
  const [, chosen] = stderr.match(/chosen: ([^]*?)\ninkling/);
  assert.match(chosen, /--hidden \d+ /);
  assert.match(chosen, /--steps \d+\s/);
  const changes = stderr.match(/--replan [\d:,]+/)?.[0].split(" ") ?? [];
  command(text, ...chosen.trim().split(/\s+/), ...changes, "--threads", "1");
  assert.deepEqual(readFileSync(at("model")), first);

  const run = train(text, { minutes: 0.05, sampleEvery: 0 });
  let steps;
  for await (const progress of run) steps ??= progress.steps;
  assert.ok(steps > 0);
  assert.equal((await run.info()).metadata.steps, String(steps));
  for (const options of [{ steps: 3 }, { epochs: 3 }, { resume: new Uint8Array(9) }]) {
    await assert.rejects(train(text, { minutes: 1, ...options }).next(), { code: "argument" });
  }
  await assert.rejects(train(text, { minutes: 0 }).next(), /minutes must be a number above 0/);
});

test("a run for a time makes fewer steps when it becomes slow, and can be repeated", async () => {
  const text = prose(20000);
  const minutes = 0.1;
  const slow = train(text, { minutes, workers: 2, sampleEvery: 0 });
  const totals = [];
  for await (const { steps: all } of slow) {
    totals.push(all);
    // Several times as slow as planned.
    await new Promise((resolve) => setTimeout(resolve, (6 * 60000 * minutes) / totals[0]));
  }
  assert.ok(totals.at(-1) < 0.7 * totals[0], `${totals[0]} steps, then ${totals.at(-1)}`);
  assert.equal(totals.length, totals.at(-1));
  const bytes = await slow.save();
  const model = await load(bytes);
  const { steps, hidden, replan } = model.info.metadata;
  model.free();
  assert.match(replan, /^\d+:\d+/);
  const options = { steps: Number(steps), hidden: Number(hidden), replan };
  const again = train(text, { ...options, workers: 2, sampleEvery: 0 });
  for await (const { steps } of again) assert.ok(steps > 0);
  assert.deepEqual(await again.save(), bytes);
  await assert.rejects(train(text, { steps: 9, replan: "9" }).next(), /replan is "9"; it must be/);
  await assert.rejects(train(text, { minutes: 1, replan: "5:9" }).next(), { code: "argument" });
  const wrong = command(text, "--steps", "9", "--replan", "12:20");
  assert.match(wrong.stderr, /replan is "12:20"/);
  assert.equal(command(text, "--minutes", "1", "--replan", "5:9").status, 2);
});

test("a run whose loss has turned ends, in one line", () => {
  const draw = drawing(9);
  const noise = Array.from({ length: 600 }, () => "abcdefghij"[draw(10)]).join("");
  const options = ["--dropout", "0", "--weight-drop", "0", "--validation", "0.1"];
  const { status, stderr } = command(noise, ...options);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /ended at step \d+ of \d+: in \d+ validations the loss has not fallen/);
});

test("--json: what was chosen comes once, the validation loss on the step that measured it", () => {
  const when = ["--validation", "0.1", "--validate-every", "4", "--patience", "0"];
  const { stdout } = command(prose(3000), "--steps", "9", ...when, "--json");
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const measured = lines.filter(({ validationLoss }) => validationLoss !== null);
  assert.deepEqual(
    measured.map(({ step }) => step),
    [4, 8, 9],
  );
  assert.match(lines[0].chosen, /--cell lstm/);
  assert.ok(lines.slice(1).every((line) => !("chosen" in line)));
});

test("what cannot be learnt from is refused in one line", () => {
  refused(1, /text is empty/, "");
  refused(1, /one character, again and again/, "a");
  refused(1, /one character, again and again/, "a".repeat(500));
  refused(1, /has 50 characters; a network learns nothing from fewer than 100/, prose(50));
  refused(1, /every line has the label cat/, words(9).replaceAll(/^/gm, "cat\t").slice(0, -4));
  refused(1, /line 1 has nothing on one side of its tab/, "cat\t\ndog\t\n", "--task", "classifier");
  refused(1, /line 3 has no tab/, "cat\tmiaow\ndog\twoof\nmoo\n", "--task", "classifier");
  refused(2, /--steps is 0: nothing to train/, prose(500), "--steps", "0");
  refused(2, /--learning-rate is 0; it must be/, prose(500), "--learning-rate", "0");
  refused(2, /--minutes is 0; it must be above 0/, prose(500), "--minutes", "0");
  refused(2, /--minutes chooses the steps/, prose(500), "--minutes", "1", "--steps", "3");
  assert.equal(command(prose(300), "--steps", "4").status, 0);
});

test("a text that is too short to learn words from is called so", () => {
  const said = (text, ...options) => command(text, "--steps", "2", ...options).stderr;
  const few = /the text has ([\d]+) characters: of so few a network learns little/;
  assert.equal(said(prose(2400)).match(few)?.[1], "2400");
  assert.equal(said(prose(2400).replaceAll("e", "é")).match(few)?.[1], "2400");
  for (const text of [prose(3000), words(200)]) assert.doesNotMatch(said(text), few);
  assert.doesNotMatch(said(prose(2400), "--level", "word"), few);
  assert.match(said(words(30)), /the list has \d+ characters: of so few a network learns little/);
});

test("a generator is gone on with in another vocabulary, but not in another script", async () => {
  assert.equal(command(prose(8000), "--steps", "150", "--hidden", "48").status, 0);
  const base = at("base");
  writeFileSync(base, readFileSync(at("model")));
  const other = prose(3000)
    .replaceAll("moon", "Mond")
    .replaceAll("cat", "Kätzchen")
    .replaceAll(".", ",");
  const json = (...options) =>
    command(other, "--steps", "4", "--json", ...options)
      .stdout.trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  const begun = json("--from", base);
  assert.match(begun[0].chosen, /--hidden 48 .*--learning-rate 0\.001/);
  // Much dropped would cost it what it knows; and it can be stopped before it knows too much.
  for (const chosen of [/--weight-drop 0\.2/, /--validation 0\.1/]) {
    assert.match(begun[0].chosen, chosen);
    assert.doesNotMatch(json()[0].chosen, chosen);
  }
  assert.ok(begun[0].loss < json()[0].loss - 0.5);
  assert.ok((await metadata()).hidden !== "48");
  const cyrillic = prose(3000).replaceAll(/[a-z]/g, (c) =>
    String.fromCharCode(c.charCodeAt(0) + 0x3cf),
  );
  refused(1, /knows \d+: it was trained on another script/, cyrillic, "--from", base);
  refused(2, /level must be char/, prose(3000), "--from", base, "--level", "word");
  refused(
    2,
    /no layer of the model to start from has this cell and size/,
    other,
    "--from",
    base,
    "--hidden",
    "32",
  );
  const classifier = new URL("../../models/languages.safetensors", import.meta.url).pathname;
  refused(2, /a classifier is nothing to start from/, other, "--from", classifier);
  // What it could read it reads on, though the text has less.
  assert.equal(command(other, "--from", base, "--steps", "9", "--validate-every", "0").status, 0);
  for (const wanted of [".", "ä"]) {
    const written = call("generate", at("model"), "--prompt", `the man${wanted}`);
    assert.equal(written.status, 0, written.stderr);
  }
  const run = train(other, { from: readFileSync(base), steps: 2, sampleEvery: 0 });
  const { value } = await run.next();
  assert.ok(Math.abs(value.loss - begun[0].loss) < 0.05);
  run.stop();
  const { vocabulary } = (await run.model()).info;
  assert.ok(vocabulary.includes(".") && vocabulary.includes("ä"));
  const on = train(other, { resume: await run.checkpoint() });
  assert.deepEqual((await on.info()).vocabulary, vocabulary);
  on.stop();
});

test("of a text with blank lines a paragraph is written", async () => {
  const paragraphs = Array.from({ length: 40 }, (_, i) => `Once ${prose(80 + i).slice(0, 80 + i)}`);
  const { status, stderr } = command(paragraphs.join("\n\n"), "--steps", "300", "--seed", "1");
  assert.equal(status, 0, stderr);
  const model = await load(readFileSync(at("model")));
  assert.equal(model.info.metadata.start, "\n\n");
  assert.equal(model.info.metadata.end, undefined);
  for (const seed of [1, 2, 3])
    assert.match(await model.complete("", { length: 8, seed, temperature: 0.3 }), /^Once/);
  model.free();
});
