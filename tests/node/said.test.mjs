// What the command says where a person would stumble: of classifiers that have learnt nothing, of
// runs that are cut off, of one kind of file in place of another.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { gzipSync } from "node:zlib";
import { commandWith, inkling, root } from "./helpers.mjs";

const folder = mkdtempSync(join(tmpdir(), "inkling-said-"));
const at = (name) => join(folder, name);
const { call, succeed, fail } = commandWith("");

after(() => rmSync(folder, { recursive: true }));

function file(name, content) {
  writeFileSync(at(name), content);
  return at(name);
}

/** What `inkling train` of a text, with these options beside it, says on stderr. */
function trained(text, ...options) {
  const args = ["train", "--text", text, "--out", at("model.safetensors"), ...options];
  const { status, stderr } = call(...args);
  assert.equal(status, 0, stderr);
  return stderr;
}

/** Numbers of chance from 0 to below, the same every time (Mulberry32). */
function chance(seed) {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

// ---- Classifiers --------------------------------------------------------------------------------

/** Lines of a label of so many and a text, both of chance. */
function noise(labels, count) {
  const random = chance(2);
  const word = () => Array.from({ length: 5 }, () => "abcdefghij"[random(10)]).join("");
  const line = () => `L${random(labels)}\t${Array.from({ length: 5 }, word).join(" ")}\n`;
  return Array.from({ length: count }, line).join("");
}

test("a classifier of more labels than it can learn has a loss, and the best weights", () => {
  const text = file("noise.tsv", noise(100, 400));
  const said = trained(text, "--task", "classifier", "--steps", "30", "--hidden", "16");
  assert.doesNotMatch(said, /nan|nothing was held out|chars/);
  assert.match(said, /^step 1\/30 .* texts\/s /m);
  const [, loss] = said.match(/holds the best weights, of validation loss (\d+\.\d+)/) ?? [];
  assert.ok(loss < Math.log(100) + 2, said);
});

test("a classifier is scored where the part held out has a label that the rest lacks", () => {
  const lone = (label, i) => `${label}\t${"xyz"[i % 3].repeat(3 + (i % 5))}\n`;
  const lines = (i) => `${"ab"[i % 2]}\t${"ab"[i % 2].repeat(1 + (i % 7))}\n`;
  const known = Array.from({ length: 100 }, (_, i) => lines(i)).join("");
  const text = file("lone.tsv", known + Array.from("cdefghijkl", lone).join(""));
  trained(text, "--task", "classifier", "--steps", "30", "--hidden", "8", "--batch", "8");
  const model = at("model.safetensors");
  const score = JSON.parse(succeed("evaluate", model, "--text", text, "--held-out", "--json"));
  assert.ok(score.accuracy > 0 && score.accuracy < 1 && score.naiveBayes.accuracy > 0);
});

test("beside a classifier stands what always the commonest label would reach", () => {
  const random = chance(3);
  const label = () => (random(3) > 0 ? "often" : "seldom");
  const word = () => Array.from({ length: 4 }, () => "xyz"[random(3)]).join("");
  const lines = (line) => Array.from({ length: 200 }, line).join("");
  const guess = lines(() => `${label()}\t${word()}\n`);
  const clear = lines(() => label().replace(/^.*$/, `$&\t$& ${word()}\n`));
  const options = ["--task", "classifier", "--steps", "30", "--hidden", "8", "--batch", "8"];
  const beside =
    /classifies \d+ of 20 right; always "often", the commonest label, would be (\d+) of 20(.*)/;
  const [, , guessed] = trained(file("guess.tsv", guess), ...options).match(beside);
  assert.match(guessed, /^: (no|hardly) better than guessing$/);
  const text = file("clear.tsv", clear);
  const [, share, learnt] = trained(text, ...options).match(beside);
  assert.equal(learnt, "");
  const evaluate = ["evaluate", at("model.safetensors"), "--text", text, "--held-out"];
  const { accuracy, commonest } = JSON.parse(succeed(...evaluate, "--json"));
  assert.ok(accuracy > 0.9 && commonest.accuracy > 0.4 && commonest.accuracy < 0.9);
  assert.equal(Math.round(20 * commonest.accuracy), Number(share));
  const counted = /^accuracy \d+ of 20 of always saying "often", the commonest label$/m;
  assert.match(succeed(...evaluate), counted);
  const whole = succeed(...evaluate.slice(0, -1));
  assert.match(whole, /^accuracy \d+\.\d\d %, macro-F1 /, "of 200 texts in percent");
});

test("a classifier says how many classes it has, and what the first are called", () => {
  const languages = succeed("info", join(root, "models/languages.safetensors"));
  assert.match(languages, /^classes {5}18: Arabic, Chinese, .*, Italian and 8 more$/m);
  const few = succeed("info", join(root, "models/topics.safetensors"));
  assert.match(few, /^classes {5}4: Business, .*, World$/m);
  assert.doesNotMatch(succeed("info", join(root, "models/names.safetensors")), /^classes/m);
});

// ---- Runs ---------------------------------------------------------------------------------------

for (const json of ["", "--json"]) {
  test(`a run goes on when nobody reads what it says any more ${json}`, () => {
    const text = file("lines.txt", "one line as the other\n".repeat(40));
    const out = at(`unread${json}.safetensors`);
    const run = `"${inkling}" train --text "${text}" --out "${out}" --steps 30 ${json} 2>&1`;
    spawnSync("sh", ["-c", `${run} | head -1`]);
    assert.match(succeed("info", out), /generator/);
    assert.ok(!existsSync(`${out}.lock`) && !existsSync(`${out}.checkpoint`));
  });
}

test("a network that this machine has no memory for is refused before it is made", (t) => {
  if (totalmem() > 190e9) return t.skip("here is memory enough");
  const text = file("short.txt", "one line as the other\n".repeat(40));
  const run = ["train", "--text", text, "--out", at("vast"), "--cell", "lstm", "--hidden", "8192"];
  const said = /^inkling: training takes at least \d{6} MB, and this machine has \d+ MB: .*\n$/;
  fail(1, said, ...run, "--layers", "16");
  fail(1, said, ...run, "--layers", "16", "--minutes", "0.1");
});

test("a model that cannot be written is lamented at first and at the end", () => {
  const text = file("large.txt", "one line as the other\n".repeat(40));
  const out = at("large.safetensors");
  const args = `train --text "${text}" --out "${out}" --hidden 64 --steps 40 --validation 0.1`;
  const often = "--validate-every 5 --checkpoint-every 0";
  const limited = `trap "" XFSZ; ulimit -f 8; exec "${inkling}" ${args} ${often}`;
  const { status, stderr } = spawnSync("sh", ["-c", limited], { encoding: "utf8" });
  assert.equal(status, 1);
  assert.equal(stderr.match(/cannot write \S+large\.safetensors: /g).length, 2, stderr);
});

test("a run's last lines are of the model that it leaves", () => {
  const random = chance(9);
  const text = Array.from({ length: 3000 }, () => "abcdefgh"[random(8)]).join("");
  const sizes = ["--hidden", "64", "--nchars", "50", "--batch", "4", "--dropout", "0"];
  const held = ["--validation", "0.1", "--validate-every", "60"];
  const options = [...sizes, "--learning-rate", "0.02", ...held];
  const args = ["train", "--text", "-", "--out", "-", "--no-lines", "--weight-drop", "0"];
  const run = [...args, "--steps", "300", "--patience", "3", ...options];
  const { status, stderr } = spawnSync(inkling, run, { input: text });
  const said = String(stderr);
  assert.equal(status, 0, said);
  assert.match(said, /^inkling: the model holds the best weights/m);
  const [, first] = said.match(/validation \S+ \(best (\S+)\)/);
  const [, kept] = said.match(/of validation loss (\d+\.\d+)/);
  assert.equal(first, kept, "of chance the first are the best");
  assert.doesNotMatch(said, /for comparison/, "with themselves");
  assert.doesNotMatch(said, /inkling count - /);
});

// ---- Counts -------------------------------------------------------------------------------------

test("counts that weigh nothing are called that, with what to do", () => {
  const random = chance(5);
  const letters = Array.from({ length: 600 }, () => "abcdefgh"[random(8)]).join("");
  const text = file("known.txt", letters);
  const sizes = ["--hidden", "96", "--nchars", "60", "--batch", "2", "--learning-rate", "0.02"];
  const network = ["--validation", "0", "--no-lines", "--steps", "250", "--dropout", "0"];
  trained(text, "--task", "generator", ...sizes, ...network);
  const count = (...options) =>
    call("count", at("model.safetensors"), "--text", text, "--out", at("counted"), ...options);
  const chosen = count();
  assert.match(chosen.stdout, /weight 0;/);
  assert.match(chosen.stderr, /writes as before.*--held-out counts what training took/);
  assert.equal(count("--order", "3", "--weight", "0").stderr, "", "asked for");
  assert.equal(count("--order", "3", "--weight", "0.5").stderr, "");
});

// ---- Files --------------------------------------------------------------------------------------

test("what is wrong with a line names the file", () => {
  const text = file("tabless.txt", "neither label nor tab\n".repeat(30));
  const wrong = /^inkling: \S*tabless\.txt: line 1 has no tab; lines must be /;
  const model = join(root, "models/languages.safetensors");
  fail(1, wrong, "train", "--task", "classifier", "--text", text, "--out", at("none"));
  fail(1, wrong, "evaluate", model, "--text", text);
  fail(1, wrong, "evaluate", model, "--text", text, "--held-out");
  fail(1, wrong, "evaluate", join(root, "models/dates.safetensors"), "--text", text);
  const labelled = file("labelled.tsv", "French\tBlanc\nGerman\tWeiss\n");
  fail(1, wrong, "evaluate", model, "--text", labelled, "--naive-bayes", text);
});

test("standard input is called that, not -", () => {
  const bad = Buffer.from("caf\xe9 au lait\n", "latin1");
  const model = join(root, "models/names.safetensors");
  const out = ["--out", at("none")];
  for (const args of [
    ["classify", join(root, "models/languages.safetensors")],
    ["evaluate", model, "--text", "-"],
    ["generate", "--ngram", "-"],
    ["generate", "-"],
    ["train", "--text", "-", ...out],
    ["count", model, "--text", "-", ...out],
  ]) {
    const { status, stderr } = spawnSync(inkling, args, { input: bad, encoding: "utf8" });
    assert.equal(status, 1);
    assert.match(stderr, /^inkling: standard input: [^\n]+\n$/, args.join(" "));
  }
});

test("a text in a model's place is called one, and a model in a text's", () => {
  const text = file("prose.txt", "Call me Ishmael. Some years ago, never mind how long.\n");
  const latin = file("latin.txt", Buffer.from("Caf\xe9 au lait, s'il vous pla\xeet.\n", "latin1"));
  const model = join(root, "models/names.safetensors");
  for (const path of [text, latin])
    fail(1, /: this is a text, not a model; inkling train --text \S+ --out MODEL/, "info", path);
  const json = file("model.json", '{"format": "layers-model"}');
  fail(1, /npx inkling convert/, "info", json);
  fail(1, /npx inkling convert/, "info", file("weights", Buffer.alloc(64, "\x80\x02\x00}")));
  const wanted = /names\.safetensors: this is a model, not a text; inkling train --from /;
  fail(1, wanted, "train", "--text", model, "--out", at("none"));
  fail(1, wanted, "evaluate", model, "--text", model);
});

test("subtitles, pages and rich text are read as they stand, and what takes their text is said", () => {
  const many = (line) => Array.from({ length: 40 }, (_, i) => line(i)).join("");
  const time = (i) => `00:00:${10 + i},000`;
  const film = many((i) => `${i + 1}\r\n${time(i)} --> ${time(i + 1)}\r\nIt is ${i}!\r\n\r\n`);
  assert.match(trained(file("film.srt", film), "--steps", "1"), /subtitles.*grep -vE .*film\.srt/);
  const page = `<!DOCTYPE html>\n<body>${many((i) => `<p>It is ${i} of them</p>\n`)}`;
  assert.match(trained(file("page.html", page), "--steps", "1"), /its tags.*pandoc -t plain /);
  const rich = `{\\rtf1\\ansi ${many((i) => `It is ${i} of them\\par\n`)}}`;
  assert.match(trained(file("rich.rtf", rich), "--steps", "1"), /its codes.*pandoc -t plain /);
  const arrows = many((i) => `word${i} --> other${i * i} things of it\n`).slice(0, 90);
  const prose = `${arrows}${many((i) => `The ${i}th time he came, he said so, and went away.\n`)}`;
  assert.doesNotMatch(trained(file("prose.txt", prose), "--steps", "1"), /subtitles/);
});

test("UTF-16 with its mark is read without asking, and what only begins so is not", () => {
  const pairs = Array.from({ length: 90 }, (_, i) => `\u00e4${i}b\tc${i * i}d \u65e5${i}\r\n`);
  const wide = Buffer.from(`\ufeff${pairs.join("")}`, "utf16le");
  const options = ["--steps", "1"];
  for (const bytes of [wide, Buffer.from(wide).swap16()])
    assert.match(trained(file("wide.txt", bytes), ...options), /90 lines of a text, a tab and a t/);
  const odd = file("odd.txt", Buffer.concat([wide.subarray(0, 2), Buffer.from("\0\xdc")]));
  fail(
    1,
    /odd\.txt: it begins like, but is not, UTF-16LE\n$/,
    "train",
    "--text",
    odd,
    "--out",
    at("odd.safetensors"),
  );
});

test("what is packed, or a PDF, is named with what makes a text of it", () => {
  const text = "It rained all day, and nobody came.\n".repeat(9);
  const train = (wanted, name, bytes) => {
    fail(1, wanted, "train", "--text", file(name, bytes), "--out", at("none"));
  };
  train(/this is packed by gzip, not a text; gunzip -k \S+ makes one/, "a.txt.gz", gzipSync(text));
  train(
    /this is a PDF, not a text; pdftotext /,
    "a.pdf",
    Buffer.from(`%PDF-1.4\n%\xe2\xe3\n`, "latin1"),
  );
  train(/this is packed, as documents of Word .* pandoc -t plain /, "a.docx", "PK\x03\x04\0\0");
});

test("a file where a text belongs, and more files than one, are answered with what reads them", () => {
  const poems = file("poems.txt", "It rained all day, and nobody came.\n".repeat(9));
  const more = file("more.txt", "More of the same.\n");
  const joined = /more\.txt" is one argument too many: several files are one text after cat FILE/;
  fail(2, joined, "train", "--text", poems, more);
  const classifier = join(root, "models/topics.safetensors");
  const { stderr } = call("classify", classifier, poems);
  assert.match(stderr, /poems\.txt" is taken for a text; lines of the file .* are read by < \S+/);
  const translator = join(root, "models/dates.safetensors");
  assert.match(call("translate", translator, more).stderr, /more\.txt" is taken for a text; /);
  assert.doesNotMatch(call("translate", translator, "3 May 1979").stderr, /is taken for/);
  const model = join(root, "models/names.safetensors");
  const wanted = /--resume goes on from a checkpoint, and this is a model; --from begins/;
  fail(2, wanted, "train", "--text", poems, "--resume", model, "--out", at("none"));
});

test("the command that uses a list's model writes several of its lines", () => {
  const names = Array.from({ length: 90 }, (_, i) => `${"abcdef"[i % 6]}n${"xyz"[i % 3]}${i}\n`);
  assert.match(
    trained(file("list", names.join("")), "--steps", "1"),
    /every --seed: .* --samples 10\n/,
  );
});

test("a command that is told runs as it stands, whatever the file is called", () => {
  const list = "emma\nolivia\nava\n".repeat(40);
  for (const name of [
    "my names",
    "bob's",
    "\u0438\u043c\u0435\u043d\u0430",
    'a$b"c',
    "a'b$c",
    "-x",
  ]) {
    file(`${name}.txt`, list);
    const options = { cwd: folder, encoding: "utf8" };
    const args = ["train", `--text=${name}.txt`, "--steps", "1"];
    const { stderr } = spawnSync(inkling, args, options);
    const [, next] = stderr.match(/: inkling (generate .*)$/m) ?? assert.fail(stderr);
    const { status, stdout } = spawnSync("sh", ["-c", `"$0" ${next}`, inkling], options);
    assert.equal(status, 0, next);
    assert.equal(stdout.split("\n").length, 11);
    const again = spawnSync(inkling, args, options).stderr;
    const [, out] = again.match(/is there already: (--out .*) replaces it$/m);
    assert.ok(next.includes(out.replace("--out ", "")), out);
  }
});

test("what nothing is done with is refused", () => {
  const translator = join(root, "models/dates.safetensors");
  fail(2, /unknown option "-q"/, "train", "-q", "--text", at("none"), "--out", at("none"));
  fail(2, /--beam must be 1 or more/, "translate", translator, "May 3", "--beam", "0");
  const unread = /--encoding is for standard input/;
  fail(2, unread, "translate", translator, "May 3", "--encoding", "latin1");
  const classifier = join(root, "models/languages.safetensors");
  fail(2, unread, "classify", classifier, "Blanc", "--encoding", "latin1");
  const generator = join(root, "models/names.safetensors");
  const tune = ["--bits", "4", "--tune", at("none"), "--out", at("none")];
  fail(2, /--tune is for a generator, .* a classifier/, "quantize", classifier, ...tune);
  fail(2, /--tune is for a generator, .* a translator/, "quantize", translator, ...tune);
  fail(2, /--encoding goes with --ngram/, "generate", generator, "--encoding", "latin1");
});

// ---- Samples ------------------------------------------------------------------------------------

test("a translator's samples are of lines that it learns from, and stand behind them", () => {
  const numbers = Array.from({ length: 120 }, (_, i) => `${i + 100}\t${"ab"[i % 2]}\t-\n`);
  const text = file("pairs.tsv", numbers.join(""));
  const said = trained(text, "--task", "translator", "--steps", "4", "--hidden", "8");
  assert.match(said, /\n {2}\| 120 → .*\n {2}\| 160 → .*\n {2}\| 200 → /);
});

test("a captioner's samples stand behind what the pictures are called", () => {
  const picture = (i) => `P6 2 2 255\n${String.fromCharCode(i % 2 ? 9 : 99).repeat(12)}`;
  const numbers = Array.from({ length: 60 }, (_, i) => i);
  const text = file(
    "captions.txt",
    numbers.map((i) => `${["dark", "light"][i % 2]} ${i}\n`).join(""),
  );
  const pictures = file("pictures.ppm", numbers.map(picture).join(""));
  const of = ["--pictures", pictures, "--steps", "4", "--picture", "16", "--blocks", "1"];
  const said = trained(text, "--task", "captioner", ...of, "--channels", "4", "--hidden", "8");
  assert.match(said, /\n {2}\| dark 10 → .*\n {2}\| dark 30 → .*\n {2}\| dark 50 → /);
});

test("of what Anki exports the sides of the cards are learnt", () => {
  const numbers = Array.from({ length: 40 }, (_, i) => i);
  const notes = [
    "#separator:tab",
    "#html:true",
    "#guid column:1",
    "#deck column:2",
    "#tags column:5",
  ];
  const row = (i) => `x${i * 7919}\tUnit 1\tword ${i}<br>\t"das ""Wort""&nbsp;${i}"\tnoun\n`;
  const cards = file("cards.txt", `${notes.join("\n")}\n${numbers.map(row).join("")}`);
  assert.match(
    trained(cards, "--steps", "1"),
    /40 lines of a text, a tab and a text: read as pairs/,
  );
  const sides = call("columns", cards, "1", "2").stdout.split("\n");
  assert.equal(sides[39], 'word 39\tdas "Wort" 39');
  const wrong = file("wrong.txt", `${notes[0]}\n${"a\tb\n".repeat(30)}c\n`);
  const { stderr } = call("train", "--text", wrong, "--out", at("none.safetensors"));
  assert.match(stderr, /line 32 is not text, tab and text/);
});

test("neither indented verse nor pairs are called a table, and an array of JSON is named", () => {
  const verse = Array.from({ length: 90 }, (_, i) => `${"\t".repeat(i % 3)}Line ${i * i} of it\n`);
  const pairs = Array.from({ length: 90 }, (_, i) => `a${i}b\tc${i * i}d ${i}\n`);
  for (const lines of [verse, ["English\tFrench\n", ...pairs]])
    assert.doesNotMatch(trained(file("lines.txt", lines.join("")), "--steps", "1"), /is a table/);
  const array = JSON.stringify(
    pairs.map((text) => ({ text, label: "a" })),
    null,
    1,
  );
  const said = trained(file("array.json", array), "--steps", "1");
  assert.match(said, /an array of JSON, .* jq -r '\.\[\] \| \.text' .*array\.json/);
});
