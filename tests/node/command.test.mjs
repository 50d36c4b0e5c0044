// The command, from outside: its verbs, its JSON, its exit statuses, its files.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { commandWith, inkling, replaced } from "./helpers.mjs";

const folder = mkdtempSync(join(tmpdir(), "inkling-command-"));
const at = (name) => join(folder, name);
const text = "Naïve café — the quick brown fox jumps over the lazy dog.\n".repeat(80);
const story =
  "The fox didn’t wait--it ran (quickly) over 1,000 lazy dogs.\n" +
  "“Why?” asked a dog; “I’m the lazy one.”\n\n";
const small = [
  "--hidden",
  "24",
  "--batch",
  "4",
  "--nchars",
  "25",
  "--learning-rate",
  "0.01",
  "--validation",
  "0.1",
  "--threads",
  "2",
];

const { call: run, succeed } = commandWith(text);

// One line on stderr that matches, nothing on stdout.
function fail(status, pattern, ...args) {
  const result = run(...args);
  assert.equal(result.status, status, result.stderr);
  assert.equal(result.stdout, "");
  const lines = result.stderr
    .trimEnd()
    .split("\n")
    .filter((line) => !line.includes("training takes"));
  assert.equal(lines.length, 1, result.stderr);
  assert.match(lines[0], /^inkling/);
  assert.match(lines[0], pattern);
}

before(() => {
  writeFileSync(at("text.txt"), text);
  writeFileSync(at("empty.txt"), "");
  writeFileSync(at("story.txt"), story.repeat(60) + "Nobody hears twice.\n");
  writeFileSync(at("strange.txt"), "The wolf didn’t wait.\n");
  succeed(
    "train",
    "--text",
    at("text.txt"),
    "--out",
    at("fox.safetensors"),
    ...small,
    "--steps",
    "400",
    "--name",
    "Fox",
    "--license",
    "CC0-1.0",
    "--json",
  );
});
after(() => rmSync(folder, { recursive: true }));

test("train prints progress as JSON lines with JavaScript's keys", () => {
  const lines = succeed(
    "train",
    "--text",
    "-",
    "--out",
    at("lines.safetensors"),
    ...small,
    "--steps",
    "6",
    "--validate-every",
    "3",
    "--json",
  )
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ step }) => step),
    [1, 2, 3, 4, 5, 6],
  );
  for (const key of ["step", "epoch", "loss", "validationLoss", "tokensPerSecond"])
    assert.ok(key in lines[0], key);
  assert.equal(lines[0].validationLoss, null);
  assert.ok(lines[0].ngramLoss > 0 && lines[0].ngramLoss < 0.2);
  assert.ok(lines[2].validationLoss > 0 && typeof lines[2].sample === "string");
  assert.ok(!existsSync(at("lines.safetensors.checkpoint")));
});

test("training without --json shows a line and samples on stderr and keeps stdout clean", () => {
  const { status, stdout, stderr } = run(
    "train",
    "--text",
    at("text.txt"),
    "--out",
    at("shown.safetensors"),
    ...small,
    "--steps",
    "5",
  );
  assert.equal(status, 0);
  assert.equal(stdout, "");
  assert.match(stderr, /training takes about \d+ MB/);
  assert.match(stderr, /n-gram of order \d has a validation loss of 0\.\d/);
  assert.match(stderr, /step 5\/5 .* loss \d.* validation \d.* chars\/s .* left/);
});

test("generate gives the continuation only, the same for a seed, and --echo the prompt first", () => {
  const args = [
    "generate",
    at("fox.safetensors"),
    "--prompt",
    "the quick",
    "--length",
    "80",
    "--seed",
    "7",
  ];
  const written = succeed(...args);
  assert.equal([...written].length, 80);
  assert.equal(succeed(...args), written);
  assert.notEqual(succeed(...args.slice(0, -1), "8"), written);
  assert.equal(succeed(...args, "--echo"), "the quick" + written);
  assert.deepEqual(JSON.parse(succeed(...args, "--json")), {
    prompt: "the quick",
    text: written,
    seed: 7,
  });
  for (const kernel of ["scalar", "simd"])
    assert.equal(succeed(...args, "--kernel", kernel), written);
  assert.equal(succeed(...replaced(args, "--length", "0")), "");
});

test("a trained model continues its text greedily and stops where told", () => {
  const args = [
    "generate",
    at("fox.safetensors"),
    "--prompt",
    "the quick brown fox ",
    "--temperature",
    "0",
  ];
  assert.ok(succeed(...args).startsWith("jumps over the lazy dog.\nNaïve café — the"));
  assert.equal(succeed(...args, "--stop", "xyz", "--stop", " lazy"), "jumps over the");
});

test("generate finds the likeliest texts by beam search", () => {
  const args = [
    "generate",
    at("fox.safetensors"),
    "--prompt",
    "the quick brown fox ",
    "--stop",
    ".",
  ];
  const json = (...more) => JSON.parse(succeed(...args, "--json", ...more));
  assert.equal(succeed(...args, "--beam", "1"), succeed(...args, "--temperature", "0"));
  assert.equal(succeed(...args, "--beam", "4"), "jumps over the lazy dog");
  const { prompt, texts } = json("--beam", "4", "--length-penalty", "0.6", "--samples", "3");
  assert.equal(prompt, "the quick brown fox ");
  assert.equal(texts.length, 3);
  for (const { text, score, logProbability, tokens } of texts) {
    assert.ok(
      tokens
        .map(({ token }) => token)
        .join("")
        .startsWith(text),
    );
    const sum = tokens.reduce((all, token) => all + token.logProbability, 0);
    assert.ok(Math.abs(sum - logProbability) < 1e-6);
    assert.ok(Math.abs(score - sum / ((5 + tokens.length) / 6) ** 0.6) < 1e-6);
  }
  assert.ok(texts[0].score > texts[1].score && texts[1].score > texts[2].score);
  const plain = texts.map(({ text }) => `${text}\n`).join("");
  assert.equal(succeed(...args, "--beam=4", "--length-penalty=0.6", "--samples=3"), plain);
  assert.deepEqual(json("--beam", "4", "--length-penalty", "0.6"), { prompt, ...texts[0] });
  assert.equal(
    succeed(...args, "--beam", "4", "--echo"),
    "the quick brown fox jumps over the lazy dog",
  );
});

test("samples come as they are written, however many are asked for", async () => {
  const args = ["generate", at("fox.safetensors"), "--length", "5", "--seed", "7", "--samples"];
  const few = succeed(...args, "200");
  assert.ok(few.split("\n").length > 200); // and there may be line breaks within
  const child = spawn(inkling, [...args, "4294967295"], { stdio: ["ignore", "pipe", "inherit"] });
  let came = "";
  for await (const piece of child.stdout) {
    came += piece;
    if (came.length > few.length) break; // which closes the pipe
  }
  assert.ok(came.startsWith(few));
});

test("generate tells the log-probabilities of what it draws", () => {
  const args = [
    "generate",
    at("fox.safetensors"),
    "--prompt",
    "the quick",
    "--length",
    "9",
    "--temperature",
    "1.5",
    "--json",
  ];
  const plain = JSON.parse(succeed(...args, "--samples", "2"));
  const { texts } = JSON.parse(succeed(...args, "--samples", "2", "--log-probabilities"));
  assert.deepEqual(
    texts.map(({ text }) => text),
    plain.texts,
  );
  const { tokens, ...one } = JSON.parse(succeed(...args, "--log-probabilities"));
  assert.deepEqual(one, JSON.parse(succeed(...args)));
  assert.deepEqual({ text: one.text, tokens }, texts[0]);
  assert.equal(tokens.map(({ token }) => token).join(""), one.text);
  // The nats of an evaluation are the mean of the same numbers.
  writeFileSync(at("scored.txt"), "the quick" + one.text);
  const score = (file) =>
    JSON.parse(succeed("evaluate", at("fox.safetensors"), "--text", at(file), "--json"));
  const whole = score("scored.txt");
  writeFileSync(at("scored.txt"), "the quick");
  const first = score("scored.txt");
  const sum = tokens.reduce((all, { logProbability }) => all + logProbability, 0);
  assert.ok(Math.abs(first.nats * first.tokens - whole.nats * whole.tokens - sum) < 1e-5);
});

test("unknown characters are named, or left out when asked", () => {
  fail(
    1,
    /never seen 日 \(U\+65E5\), ß \(U\+00DF\); --skip-unknown/,
    "generate",
    at("fox.safetensors"),
    "--prompt",
    "日ß",
  );
  succeed("generate", at("fox.safetensors"), "--prompt", "Qß the", "--skip-unknown");
  fail(1, /looks like no text at all/, "evaluate", at("fox.safetensors"), "--text", inkling);
});

test("evaluate prints nats, bits, perplexity and tokens that fit each other", () => {
  const score = (...more) =>
    JSON.parse(
      succeed("evaluate", at("fox.safetensors"), "--text", at("text.txt"), "--json", ...more),
    );
  const whole = score();
  assert.deepEqual(Object.keys(whole), ["nats", "bits", "perplexity", "tokens"]);
  assert.equal(whole.tokens, [...text].length - 1);
  assert.ok(Math.abs(whole.bits - whole.nats / Math.LN2) < 1e-6);
  assert.ok(Math.abs(whole.perplexity - Math.exp(whole.nats)) < 1e-6);
  assert.ok(whole.nats < 0.5);
  assert.ok(score("--reset", "10").nats > whole.nats);
  const heldOut = score("--held-out");
  assert.equal(heldOut.tokens, Math.floor([...text].length * 0.1) - 1);
  assert.deepEqual(Object.keys(heldOut), ["nats", "bits", "perplexity", "tokens", "ngram"]);
  assert.match(
    succeed("evaluate", at("fox.safetensors"), "--text", at("text.txt")),
    /nats, .* bits, perplexity/,
  );
});

test("evaluate shows an n-gram beside the model", () => {
  const score = (...more) =>
    JSON.parse(succeed("evaluate", at("fox.safetensors"), "--json", ...more));
  const characters = [...text],
    cut = characters.length - Math.floor(characters.length * 0.1);
  writeFileSync(at("first.txt"), characters.slice(0, cut).join(""));
  writeFileSync(at("last.txt"), characters.slice(cut).join(""));
  const { ngram } = score("--text", at("text.txt"), "--held-out");
  assert.deepEqual(Object.keys(ngram), ["order", "nats", "bits", "perplexity"]);
  assert.ok(Math.abs(ngram.bits - ngram.nats / Math.LN2) < 1e-6);
  assert.ok(Math.abs(ngram.perplexity - Math.exp(ngram.nats)) < 1e-6);
  assert.deepEqual(score("--text", at("last.txt"), "--ngram", at("first.txt")).ngram, ngram);
  // The best of all orders, each of which can be asked for.
  const orders = [1, 2, 3, 4, 5, 6, 7, 8].map(
    (order) => score("--text", at("text.txt"), "--held-out", "--order", String(order)).ngram,
  );
  assert.deepEqual(
    orders.map(({ order }) => order),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
  assert.equal(Math.min(...orders.map(({ nats }) => nats)), ngram.nats);
  assert.ok(orders[0].nats > 2 && ngram.nats < 0.2);
  const beside = (name) =>
    run("evaluate", at("fox.safetensors"), "--text", at("last.txt"), "--ngram", at(name)).stderr;
  assert.equal(beside("first.txt"), "");
  assert.match(beside("last.txt"), /^inkling: --ngram is the very text that is scored.*\n$/);
  const reset = score("--text", at("last.txt"), "--ngram", at("first.txt"), "--reset", "3");
  assert.ok(reset.ngram.nats > ngram.nats);
  fail(
    1,
    /n-gram: there is no text/,
    "evaluate",
    at("fox.safetensors"),
    "--text",
    at("text.txt"),
    "--ngram",
    at("empty.txt"),
  );
  assert.match(
    succeed("evaluate", at("fox.safetensors"), "--text", at("text.txt"), "--held-out"),
    /n-gram, order \d/,
  );
  writeFileSync(at("other.txt"), [...text].reverse().join(""));
  const doubts = (name) =>
    run("evaluate", at("fox.safetensors"), "--text", at(name), "--held-out").stderr;
  assert.equal(doubts("text.txt"), "");
  assert.match(
    doubts("other.txt"),
    /loss is .* and was .* in training: is this its text, text.txt\?/,
  );
  const whole = fileURLToPath(
    new URL("../../models/shakespeare-counts.safetensors", import.meta.url), // nothing held out
  );
  fail(1, /trained on all of its text/, "evaluate", whole, "--text", at("text.txt"), "--held-out");
});

test("evaluate tells how much of a text is copied", () => {
  writeFileSync(at("written.txt"), "Mon café — the quick brown cat.");
  const novelty = (...more) =>
    succeed("evaluate", "--novelty", at("written.txt"), "--text", at("text.txt"), ...more);
  assert.deepEqual(JSON.parse(novelty("--json")), {
    longest: 24,
    longestText: " café — the quick brown ",
    spans: 24,
    spansFound: 17,
    share: 0.708333333,
  });
  assert.match(novelty(), /24 characters, " café — the quick brown "\n.* 17 of 24 \(70\.8 %\)/);
  writeFileSync(at("written.txt"), "fox");
  assert.equal(JSON.parse(novelty("--json")).share, null);
});

// ---- Words ----

const words = [
  "--level",
  "word",
  "--min-count",
  "2",
  ...replaced(small, "--threads", "1", "--nchars", "20"),
  "--steps",
  "250",
];

test("a model of words writes its text with its white space, and never <unk>", () => {
  const lines = succeed(
    "train",
    "--text",
    at("story.txt"),
    "--out",
    at("story.safetensors"),
    ...words,
    "--json",
  )
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.ok(lines.at(-1).loss < 0.5 && lines.at(-1).ngramLoss < 0.5);
  const info = JSON.parse(succeed("info", at("story.safetensors"), "--json"));
  assert.equal(info.level, "word");
  assert.equal(info.metadata["min-count"], "2");
  for (const token of ["\n", "didn’t", "--", "1,000", "“", "I’m", "<unk>"])
    assert.ok(info.vocabulary.includes(token), token);
  assert.ok(!info.vocabulary.includes("Nobody") && !info.vocabulary.includes(" "));
  assert.match(succeed("info", at("story.safetensors")), /word level/);

  const write = (prompt, ...more) =>
    succeed(
      "generate",
      at("story.safetensors"),
      "--prompt",
      prompt,
      ...replaced(["--temperature", "0", "--length", "60"], ...more),
    );
  assert.ok((story + story).startsWith("The fox" + write("The fox").slice(0, story.length)));
  assert.ok(write("The fox ").startsWith("didn’t wait--it ran (quickly) over"), "no second space");
  assert.ok(write("THE fox didn’t wait").startsWith("--it ran"), "a form that it knows");
  assert.equal(write("The fox", "--stop", "quick"), " didn’t wait--it ran (");
  for (const seed of ["1", "2", "3"]) {
    const wild = write("Whatever Zyx said", "--temperature", "5", "--seed", seed);
    assert.ok(wild.length > 60 && !wild.includes("<unk>"), wild);
  }
});

test("evaluate scores words, unknown ones as one token, beside an n-gram of words", () => {
  const score = (file, ...more) =>
    JSON.parse(succeed("evaluate", at("story.safetensors"), "--text", at(file), "--json", ...more));
  const perStory = 33; // tokens
  const whole = score("story.txt");
  assert.equal(whole.tokens, 60 * perStory + 5 - 1);
  assert.ok(whole.nats < 0.5);
  const heldOut = score("story.txt", "--held-out");
  assert.equal(heldOut.tokens, Math.floor((60 * perStory + 5) * 0.1) - 1);
  assert.ok(heldOut.ngram.nats > 0 && heldOut.ngram.nats < 0.5);
  assert.equal(score("strange.txt").tokens, 5);
  const { stderr } = run("evaluate", at("story.safetensors"), "--text", at("strange.txt"));
  assert.match(stderr, /^inkling: \d of 6 words are unknown to the model: read as <unk>\n$/);
});

test("a limit keeps the most frequent words, and words that cannot be are refused", () => {
  const args = [
    "train",
    "--text",
    at("story.txt"),
    "--out",
    at("few.safetensors"),
    ...words.slice(0, 2),
    ...replaced(words.slice(4), "--steps", "2"),
  ];
  succeed(...args, "--max-vocabulary", "12", "--json");
  assert.equal(JSON.parse(succeed("info", at("few.safetensors"), "--json")).vocabulary.length, 12);
  const { status, stderr } = run(...args);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /training takes/);
  assert.match(stderr, /words\/s/);
  // Nothing is left out.
  fail(1, /never seen wolf/, "evaluate", at("few.safetensors"), "--text", at("strange.txt"));
  fail(
    2,
    /level must be word/,
    "train",
    "--text",
    at("story.txt"),
    "--out",
    at("x"),
    "--min-count",
    "2",
  );
  fail(
    2,
    /level is "byte"/,
    "train",
    "--text",
    at("story.txt"),
    "--out",
    at("x"),
    "--level",
    "byte",
  );
  fail(2, /max-vocabulary is 1/, ...args, "--max-vocabulary", "1");
  fail(1, /no token but <unk>/, ...args, "--min-count", "100000");
});

test("items end by themselves: one text each", () => {
  writeFileSync(at("items.txt"), "anna\nbert\ncarla\ndora\n".repeat(60));
  succeed(
    "train",
    "--text",
    at("items.txt"),
    "--lines",
    "--out",
    at("items.safetensors"),
    ...small,
    "--steps",
    "500",
    "--json",
  );
  const { metadata } = JSON.parse(succeed("info", at("items.safetensors"), "--json"));
  assert.deepEqual([metadata.start, metadata.end], ["\n", "\n"]);
  const names = succeed(
    "generate",
    at("items.safetensors"),
    "--samples",
    "30",
    "--temperature",
    "0.3",
  )
    .trimEnd()
    .split("\n");
  assert.equal(names.length, 30);
  assert.deepEqual([...new Set(names)].sort(), ["anna", "bert", "carla", "dora"]);
  assert.equal(
    succeed("generate", at("items.safetensors"), "--prompt", "ca", "--temperature", "0"),
    "rla",
  );
});

test("generate writes from the n-gram of a text", () => {
  const args = [
    "generate",
    "--ngram",
    at("text.txt"),
    "--prompt",
    "the quick",
    "--length",
    "80",
    "--seed",
    "7",
  ];
  const written = succeed(...args);
  assert.equal([...written].length, 80);
  assert.equal(succeed(...args), written);
  assert.notEqual(succeed(...args, "--order", "1"), written);
  assert.ok(
    succeed(...args, "--temperature", "0").startsWith(" brown fox jumps over the lazy dog.\nNaïve"),
  );
  assert.equal(succeed(...args, "--temperature", "0", "--stop", " jumps"), " brown fox");
  // Of a list it writes items, each from its beginning to its end.
  const items = ["ash", "beech", "birch", "elm", "larch", "oak", "pine", "yew"];
  writeFileSync(at("trees.txt"), items.map((tree) => `${tree}\n`.repeat(9)).join(""));
  const trees = ["generate", "--ngram", at("trees.txt"), "--samples", "30", "--temperature", "0.1"];
  const { texts } = JSON.parse(succeed(...trees, "--json"));
  for (const tree of texts) assert.ok(items.includes(tree), tree);
  const rest = JSON.parse(succeed(...trees, "--json", "--prompt", "la")).texts;
  assert.deepEqual([...new Set(rest)], ["rch"]);
  fail(1, /never seen ß/, "generate", "--ngram", at("text.txt"), "--prompt", "ß");
  fail(1, /empty/, "generate", "--ngram", at("empty.txt"), "--prompt", "");
});

test("info tells what a model is", () => {
  const info = JSON.parse(succeed("info", at("fox.safetensors"), "--json"));
  assert.equal(info.task, "generator");
  assert.equal(info.cell, "lstm");
  assert.equal(info.hidden, 24);
  assert.equal(info.vocabulary.length, new Set(text).size);
  assert.equal(info.metadata.name, "Fox");
  assert.equal(info.metadata.license, "CC0-1.0");
  assert.equal(info.metadata["learning-rate"], "0.01");
  assert.match(succeed("info", at("fox.safetensors")), /lstm, 1 layer of 24 units/);
});

test("a model straight from PyTorch opens with its vocabulary in a file", () => {
  const dump = fileURLToPath(new URL("../parity/gru-2.safetensors", import.meta.url));
  writeFileSync(at("vocabulary.txt"), "αβcdefghijk");
  const written = succeed("generate", dump, "--vocabulary", at("vocabulary.txt"), "--length", "30");
  assert.match(written, /^[αβc-k]{30}$/);
  writeFileSync(at("short.txt"), "abc");
  fail(1, /3.*11|11.*3/, "generate", dump, "--vocabulary", at("short.txt"));
});

for (const level of [[], ["--level", "word", "--max-vocabulary", "9", "--nchars", "10"]]) {
  const name = `Ctrl-C leaves a checkpoint, from which a run ends exactly as an uninterrupted one ${level.join(" ")}`;
  test(name, () => interrupt(level));
}

async function interrupt(level) {
  const args = (out) => [
    "train",
    "--text",
    at("text.txt"),
    "--out",
    at(out),
    ...replaced(small, ...level),
    "--steps",
    "400",
    "--validate-every",
    "100",
    "--dropout",
    "0.1",
    "--json",
  ];
  const losses = (output) =>
    output
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).loss);
  const straight = losses(succeed(...args("straight.safetensors")));

  const child = spawn(inkling, args("resumed.safetensors"), { stdio: ["ignore", "pipe", "pipe"] });
  let output = "",
    complaint = "",
    interrupted = false; // a second signal would end it at once
  child.stdout.on("data", (data) => {
    output += data;
    if (!interrupted && output.includes('"step":20,')) interrupted = child.kill("SIGINT");
  });
  child.stderr.on("data", (data) => (complaint += data));
  const status = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(status, 1);
  assert.match(complaint, /go on with --resume .*resumed\.safetensors\.checkpoint/);
  const first = losses(output);
  assert.ok(first.length >= 20 && first.length < 400);

  const checkpoint = at("resumed.safetensors.checkpoint");
  const rest = losses(succeed(...args("resumed.safetensors"), "--resume", checkpoint));
  assert.deepEqual([...first, ...rest], straight);
  assert.deepEqual(
    readFileSync(at("resumed.safetensors")),
    readFileSync(at("straight.safetensors")),
  );
  assert.ok(!existsSync(checkpoint), "a finished run removes its checkpoint");
}

test("help is a line of every verb, or all of one", () => {
  const all = succeed("--help");
  for (const args of [["-h"], ["help"]]) assert.equal(succeed(...args), all);
  assert.match(all, /^inkling train .*\ninkling generate [^]*inkling train --text poems.txt/m);
  assert.ok(all.split("\n").length < 24, all); // on a terminal as it comes
  const one = succeed("help", "classify");
  assert.match(one, /^inkling classify MODEL .*\n[^]*--top N[^]*--kernel/);
  assert.ok(!/inkling (train|generate|evaluate)/.test(one) && one.split("\n").length < 10);
  assert.equal(succeed("classify", "-h"), one);
  assert.equal(succeed("classify", at("fox.safetensors"), "--top", "1", "--help"), one);
  fail(2, /unknown verb "wrte"/, "help", "wrte");
});

test("the order of a list is not learnt by heart", () => {
  // 64 items of two letters: whoever knows all but their order expects ln(64) / 3 nats a token.
  const letters = [..."abcdefgh"];
  const items = letters.flatMap((first) => letters.map((second) => first + second));
  writeFileSync(at("items.txt"), items.join("\n"));
  const list = ["train", "--text", at("items.txt"), "--lines", "--validation", "0", "--json"];
  const size = ["--hidden", "64", "--embed", "8", "--batch", "2", "--nchars", "16"];
  const rate = ["--dropout", "0", "--weight-drop", "0", "--learning-rate", "0.01"];
  const learn = (out, ...more) =>
    succeed(...list, "--out", at(out), ...size, ...rate, "--threads", "1", ...more)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  const losses = learn("items.safetensors", "--epochs", "150").map(({ loss }) => loss ?? NaN);
  const last = losses.filter((loss) => loss > 0).slice(-30);
  const mean = last.reduce((sum, loss) => sum + loss) / last.length;
  assert.ok(mean > 1.3 && mean < 1.5, `${mean} nats`);
});

test("tuned weights of four bits are better, and the same part stays held out", () => {
  const names = ["anna", "bert", "clara", "dora", "emil", "fritz", "gerda", "hans", "ida", "jakob"];
  const list = names.flatMap((name) => names.map((other) => `${name} ${other}`)).join("\n");
  writeFileSync(at("names.txt"), list);
  const from = ["--text", at("names.txt"), "--out", at("tall.safetensors"), "--hidden", "64"];
  const held = ["--validation", "0.2", "--seed", "5", "--steps", "150", "--threads", "1"];
  succeed("train", "--lines", ...from, ...held);
  const rounded = (out, ...more) => {
    succeed("quantize", at("tall.safetensors"), "--bits", "4", "--out", at(out), ...more);
    const { metadata, dtype } = JSON.parse(succeed("info", at(out), "--json"));
    assert.equal(dtype, "I4");
    assert.equal(metadata.seed, "5");
    const score = ["evaluate", at(out), "--text", at("names.txt"), "--held-out", "--json"];
    return JSON.parse(succeed(...score)).nats;
  };
  const [plain, tuned] = [rounded("plain"), rounded("tuned", "--tune", at("names.txt"))];
  assert.ok(tuned < plain, `${tuned} and ${plain} nats`);
});

test("a model that nobody gives a place for has its text's name", () => {
  const here = mkdtempSync(join(folder, "here-"));
  const train = (...more) =>
    spawnSync(inkling, ["train", "--text", "../text.txt", "--steps", "2", ...small, ...more], {
      cwd: here,
      encoding: "utf8",
    });
  const first = train();
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /inkling generate text.safetensors/);
  assert.deepEqual(readdirSync(here), ["text.safetensors"]);
  const second = train();
  assert.equal(second.status, 1);
  const says = "text.safetensors is there already: --out text.safetensors replaces it";
  assert.equal(second.stderr, `inkling train: ${says}\n`);
  assert.equal(train("--out", "text.safetensors").status, 0);
  fail(2, /train: --out is missing/, "train", "--text", "-");
});

test("bad usage ends with status 2 and one line", () => {
  const nothing = spawnSync(inkling);
  assert.deepEqual([nothing.status, String(nothing.stdout)], [2, succeed("--help")]);
  fail(2, /unknown verb "wrte"; see inkling --help/, "wrte");
  fail(2, /unknown verb "trian": is it train\?/, "trian");
  fail(2, /unknown verb "exprt": is it export\?/, "exprt");
  const fox = ["generate", at("fox.safetensors")];
  for (const typed of ["temprature", "temp", "tempertaure"])
    fail(
      2,
      RegExp(`unknown option "--${typed}": is it --temperature\\?`),
      ...fox,
      `--${typed}`,
      "1",
    );
  fail(2, /unknown option "--warmth"; see inkling generate --help/, ...fox, "--warmth", "1");
  fail(2, /unknown option "-t"; see inkling generate --help/, ...fox, "-t", "1");
  fail(2, /"ROMEO:" is one argument too many: is it --prompt "ROMEO:"\?/, ...fox, "ROMEO:");
  fail(2, /"and" .* too many; several words are one in quotes/, ...fox, "--prompt", "I", "and");
  fail(2, /"text.txt" .* too many: is it --text "text.txt"\?/, "train", "text.txt");
  fail(2, /--seed needs a value/, "generate", at("fox.safetensors"), "--seed");
  fail(
    2,
    /--seed is "-1", .* whole number from 0 to \d+$/,
    "generate",
    at("fox.safetensors"),
    "--seed",
    "-1",
  );
  fail(2, /--top-k is "2.5"/, "generate", at("fox.safetensors"), "--top-k", "2.5");
  fail(2, /"more" is one argument too many$/, "info", at("fox.safetensors"), "more");
  fail(2, /model file is missing/, "info");
  fail(2, /--text/, "evaluate", at("fox.safetensors"));
  const idle = ["evaluate", at("fox.safetensors"), "--text", at("text.txt")];
  fail(2, /--beam .* for a translator or a captioner/, ...idle, "--beam", "4");
  fail(2, /--references is for a translator/, ...idle, "--references", "4");
  const train = ["train", "--text", at("text.txt"), "--out", at("idle.safetensors")];
  fail(2, /--flip is of pictures/, ...train, "--flip");
  fail(2, /--steps and --epochs both/, ...train, "--steps", "3", "--epochs", "3");
  fail(2, /train: --text is given twice/, ...train, "--text", at("text.txt"));
  fail(2, /train: --steps is given twice/, ...train, "--steps", "3", "--steps=3");
  fail(2, /train: --lines is given twice/, ...train, "--lines", "--no-lines");
  fail(2, /evaluate: --text is given twice/, ...idle, "--text", at("text.txt"));
  const told = ["generate", at("fox.safetensors"), "--prompt", "a"];
  fail(2, /generate: --prompt is given twice/, ...told, "--prompt", "b");
  fail(
    2,
    /temperature must be 0, or from 0.000001 to 100/,
    "generate",
    at("fox.safetensors"),
    "--temperature",
    "-1",
  );
  fail(2, /temperature must be/, "generate", at("fox.safetensors"), "--temperature", "nan");
  fail(2, /width must be from 1 to 16/, "generate", at("fox.safetensors"), "--beam", "0");
  fail(2, /width must be from 1 to 16/, "generate", at("fox.safetensors"), "--beam", "17");
  const long = ["--beam", "16", "--length", "1000000"];
  fail(
    2,
    /length of a beam's texts must be from 0 to 100000/,
    "generate",
    at("fox.safetensors"),
    ...long,
  );
  fail(
    2,
    /length penalty must be from 0 to 10/,
    "generate",
    at("fox.safetensors"),
    "--beam",
    "2",
    "--length-penalty",
    "-1",
  );
  fail(
    2,
    /--length-penalty goes with --beam/,
    "generate",
    at("fox.safetensors"),
    "--length-penalty",
    "1",
  );
  fail(
    2,
    /--samples is more than --beam/,
    "generate",
    at("fox.safetensors"),
    "--beam",
    "2",
    "--samples",
    "3",
  );
  fail(
    2,
    /--log-probabilities goes with --json/,
    "generate",
    at("fox.safetensors"),
    "--log-probabilities",
  );
  for (const option of [
    "seed",
    "temperature",
    "top-k",
    "top-p",
    "min-p",
    "repetition-penalty",
    "repetition-window",
  ]) {
    fail(
      2,
      /--beam draws nothing/,
      "generate",
      at("fox.safetensors"),
      "--beam",
      "2",
      `--${option}`,
      "1",
    );
  }
  fail(2, /cell is "tree"/, "train", "--text", "-", "--out", at("x"), "--cell", "tree");
  fail(2, /order .* 1 to 8/, "train", "--text", at("text.txt"), "--out", at("x"), "--order", "9");
  fail(2, /order .* 1 to 8/, "generate", "--ngram", at("text.txt"), "--order", "0");
  fail(2, /place of a MODEL/, "generate", at("fox.safetensors"), "--ngram", at("text.txt"));
  fail(2, /--order goes with/, "generate", at("fox.safetensors"), "--order", "3");
  fail(
    2,
    /--order goes with/,
    "evaluate",
    at("fox.safetensors"),
    "--text",
    at("text.txt"),
    "--order",
    "3",
  );
  fail(
    2,
    /order .* 1 to 8/,
    "evaluate",
    at("fox.safetensors"),
    "--text",
    at("text.txt"),
    "--held-out",
    "--order",
    "9",
  );
  fail(
    2,
    /leave --ngram out/,
    "evaluate",
    at("fox.safetensors"),
    "--text",
    at("text.txt"),
    "--held-out",
    "--ngram",
    at("text.txt"),
  );
  fail(
    2,
    /takes no MODEL/,
    "evaluate",
    at("fox.safetensors"),
    "--text",
    at("text.txt"),
    "--novelty",
    at("text.txt"),
  );
  fail(2, /kernel is "fast"/, "info", at("fox.safetensors"), "--kernel", "fast");
});

test("files that are missing or not what they should be end with status 1 and one line", () => {
  writeFileSync(at("empty"), "");
  writeFileSync(at("damaged"), readFileSync(at("fox.safetensors")).subarray(0, 5000));
  writeFileSync(at("latin1"), Buffer.from([0x63, 0x61, 0x66, 0xe9]));
  fail(1, /cannot open .*nowhere: No such file/, "info", at("nowhere"));
  fail(1, /text\.txt: /, "info", at("text.txt"));
  fail(1, /empty: /, "info", at("empty"));
  fail(1, /damaged: /, "generate", at("damaged"));
  fail(1, /text is empty/, "train", "--text", at("empty"), "--out", at("x"));
  fail(1, /not UTF-8 at byte 3/, "train", "--text", at("latin1"), "--out", at("x"));
  writeFileSync(at("odd.tsv"), "mammal\tfox\nbird\towl\n".repeat(20) + "no tab\n");
  const odd = ["train", "--text", at("odd.tsv"), "--out", at("x"), "--steps", "1"];
  fail(1, /line 41 is not text, tab and text, .*--task generator/, ...odd);
  const held = ["--text", at("text.txt"), "--out", at("x"), "--validation", "0.1"];
  fail(1, /lower batch/, "train", ...held, "--batch", "512");
  fail(
    1,
    /cannot write .*nowhere/,
    "train",
    "--text",
    at("text.txt"),
    "--out",
    at("nowhere/x"),
    ...small,
    "--steps",
    "1",
  );
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".part") || name === "x"),
    [],
  );
});

test("a text of 1 MB is scored", () => {
  const long = text.repeat(Math.ceil(1e6 / Buffer.byteLength(text)));
  writeFileSync(at("long.txt"), long);
  const { tokens } = JSON.parse(
    succeed("evaluate", at("fox.safetensors"), "--text", at("long.txt"), "--json"),
  );
  assert.equal(tokens, [...long].length - 1);
});
