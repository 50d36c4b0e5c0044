// Labelled texts in the columns that people have them in, through the command: nothing but the file
// is given, and it is trained on, scored and gone on with as lines of a label, a tab and a text.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { file, folder, inkling, run } from "./doors.mjs";

const LABELS = ["sport", "food", "weather"];
const WORDS = { sport: "goal ball", food: "salt bread", weather: "rain wind" };
const ROWS = Array.from({ length: 60 }, (_, i) => {
  const label = LABELS[(i * 7) % 3];
  const [one, other] = WORDS[label].split(" ");
  return [label, `the ${i % 2 ? one : other}, said "N${i}", is late`];
});
const quoted = (field) => `"${field.replaceAll('"', '""')}"`;
const lines = (row, head = "") => head + ROWS.map((fields) => `${row(...fields)}\n`).join("");
const PLAIN = lines((label, text) => `${label}\t${text}`);

const UNDER = ", under a line that names them";
const KINDS = [
  ["label, tab, text", PLAIN, "label, a tab and a text"],
  [
    "label, tab, text under a header",
    lines((label, text) => `${label}\t${text}`, "label\ttext\n"),
    "label, a tab and a text" + UNDER,
  ],
  ["text, tab, label", lines((label, text) => `${text}\t${label}`), "text, a tab and a label"],
  [
    "text, tab, label under a header",
    lines((label, text) => `${text}\t${label}`, "name\tlanguage\n"),
    "text, a tab and a label" + UNDER,
  ],
  [
    "label,text as CSV",
    lines((label, text) => `${label},${quoted(text)}`),
    "label, a comma and a text",
  ],
  [
    "text,label as CSV under a header",
    lines((label, text) => `${quoted(text)},${quoted(label)}`, "text,label\n").replaceAll(
      "\n",
      "\r\n",
    ),
    "text, a comma and a label" + UNDER,
  ],
  [
    "CSV with breaks in its fields",
    lines((label, text) => `${quoted(text.replace(", ", ",\n"))},${label}`),
    "text, a comma and a label",
  ],
  [
    "CSV with semicolons",
    lines((label, text) => `${label};${quoted(text)}`, "\ufeffKlasse;Text\n"),
    "label, a semicolon and a text" + UNDER,
  ],
  [
    "CSV with more columns than two",
    lines((label, text) => `${quoted(text)},${label},2026-01-01,x`, "text,label,date,who\n"),
    "text, a comma and a label" + UNDER,
    /in other columns of 60 lines is left out/,
  ],
  [
    "CSV with numbered rows",
    lines(
      (label, text) => `${text.match(/N(\d+)/)[1]},${label},${quoted(text)},x`,
      ",label,text,by\n",
    ),
    "table, with the label in column 2 (label) and the text in column 3 (text)",
    /in other columns of 60 lines is left out/,
  ],
  [
    "CSV of which the label is behind the text, and not with the fewest values",
    lines(
      (label, text) => `${text.length},${text.length % 2 ? "ann" : "bob"},${quoted(text)},${label}`,
      "id,from,body,category\n",
    ),
    "table, with the label in column 4 (category) and the text in column 3 (body)",
    /in other columns of 60 lines is left out/,
  ],
  [
    "CSV with a row that lacks its text",
    lines((label, text) => `${label},${quoted(text)}`) + "food,\n",
    "label, a comma and a text",
    /without a label or without a text are left out: 1/,
  ],
];

const QUICK = ["--steps", "3", "--hidden", "6", "--threads", "1", "--trained-on", "x"];
function train(text, ...more) {
  const out = file("");
  const args = ["train", "--text", file(text), "--out", out, "--overwrite", ...QUICK, ...more];
  const { status, stderr } = run(args);
  return { out, status, stderr };
}
const info = (path) => JSON.parse(run(["info", path, "--json"]).stdout);
const score = (model, text) => run(["evaluate", model, "--text", file(text), "--json"]);

let plain;
before(() => {
  plain = train(PLAIN).out;
});

for (const [kind, text, what, says] of KINDS) {
  test(`${kind}: read as examples for a classifier, and scored`, () => {
    const { out, status, stderr } = train(text);
    assert.equal(status, 0, stderr);
    const note = `60 lines of a ${what}, with 3 labels: read as examples for a classifier`;
    assert.ok(stderr.startsWith(`inkling: ${note}; --task generator`), stderr);
    if (says) assert.match(stderr, says);
    assert.deepEqual(info(out).labels, [...LABELS].sort());
    assert.equal(info(out).metadata.read_as, note);
    const wanted = score(plain, PLAIN).stdout.toString();
    assert.match(wanted, /"items":60}/);
    assert.equal(score(out, PLAIN).stdout.toString(), wanted, "the same model");
    assert.equal(score(plain, text).stdout.toString(), wanted, "the same text");
    const rest = text.split("\n").slice(0, 4).join("\n");
    assert.equal(score(plain, rest).status, 0, "a few lines, by the model's labels");
  });
}

test("with --task classifier the label is the column with fewer values, however many", () => {
  const few = ROWS.slice(0, 8).map(([label, text]) => `${text}\t${label}\n`);
  assert.equal(info(train(few.join("")).out).task, "translator");
  const { out, stderr } = train(few.join(""), "--task", "classifier");
  assert.match(stderr, /^inkling: 8 lines of a text, a tab and a label, with 3 labels: read as/);
  assert.doesNotMatch(stderr, /; --task/);
  assert.deepEqual(info(out).labels, [...LABELS].sort());
});

test("a label that the model lacks is named, whatever column it is in", () => {
  const text = 'text,label\n"a goal",sport\n"a ball",sport\n"a moon",space\n';
  const { status, stderr } = score(plain, text);
  assert.equal(status, 1);
  assert.match(stderr, /the model knows no class space\n$/);
});

const FIRST = ["Ann", "Bob", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo"];
const many = (make) => Array.from({ length: 90 }, (_, i) => make(i)).join("");
const OTHERS = {
  "surnames and first names": [
    many((i) => `Smith${i}, ${FIRST[(i * 3) % 10]}\n`),
    "generator",
    /if its lines are a text, a comma and a label, with 10 labels, --task classifier learns/,
  ],
  "names with commas": [many((i) => `${FIRST[i % 10]}, N${i}, ${FIRST[i % 7]}\n`), "generator"],
  "prose with commas": [
    many(
      (i) => `In the year ${i}, as ${FIRST[i % 10]} says,${i % 3 ? "" : " at last,"} it rained.\n`,
    ),
    "generator",
  ],
  "pairs of translations": [
    many((i) => `${FIRST[i % 10]} has ${i}.\tIl y en a ${i}.\n`),
    "translator",
  ],
  "sums and results": [many((i) => `${i}+${i % 9}\t${i + (i % 9)}\n`), "translator"],
  "names and counts": [many((i) => `N${i}\t${1000 + (i % 25)}\n`), "translator"],
  "names and small counts": [
    many((i) => `N${i}\t${i % 6}\n`),
    "translator",
    /if its lines are a text, a tab and a label, with 6 labels, --task classifier learns/,
  ],
  "names and counts as CSV": [many((i) => `N${i},${1000 + (i % 25)}\n`), "generator"],
  "a table of people": [
    many((i) => `${FIRST[i % 10]}${i},${"mf"[i % 2]},n${i}@example.org\n`),
    "generator",
    /with the label in column 2 and the text in column 3, with 2 labels, --task classifier learns/,
  ],
  "songs by their singers": [
    "singer,song,words\n" +
      many((i) => `${FIRST[i % 5]},Song ${i % 9},"oh ${i}\nand oh, ${i + 1}"\n`),
    "generator",
    /label in column 1 \(singer\) and the text in column 3 \(words\), with 5 labels, --task/,
  ],
  "a chat with its times": [
    many((i) => `0${i % 9}:${10 + (i % 50)}\t${FIRST[i % 3]}\tI say so ${i}\n`),
    "generator",
    /the label in column 2 and the text in column 3, with 3 labels, --task classifier learns/,
  ],
  "four chords a line": [many((i) => `${"CDEF"[i % 4]}\tAm\t${"FGA"[i % 3]}\tC\n`), "generator"],
  "two chords a line": [many((i) => `${"CDEF"[i % 4]}\t${"FGA"[i % 3]}\n`), "generator"],
  "a table of many things": [
    many((i) => `${i},${FIRST[i % 10]} ${i},n${i}@example.org,${i * 3}\n`),
    "generator",
  ],
};
for (const [what, [text, task, doubt]] of Object.entries(OTHERS)) {
  test(`${what}: no labelled texts`, () => {
    const { out, status, stderr } = train(text);
    assert.equal(status, 0, stderr);
    assert.equal(info(out).task, task);
    assert.doesNotMatch(stderr, /read as examples/);
    if (doubt) assert.match(stderr, doubt);
    else assert.doesNotMatch(stderr, /if its lines/);
  });
}

test("a run on such a file goes on from its checkpoint as if it had not stopped", async () => {
  const [, text] = KINDS.find(([kind]) => kind.startsWith("CSV with semicolons"));
  const out = join(folder, "columns");
  const given = ["--trained-on", "x", "--threads", "1"];
  const long = ["--hidden", "6", "--steps", "30000", "--patience", "0"];
  const first = ["train", "--text", file(text), ...given, ...long, "--out", out];
  const args = [...first, "--checkpoint-every", "0.05"];
  const child = spawn(inkling, args, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("close", resolve));
  for (let i = 0; i < 400 && !existsSync(`${out}.checkpoint`); i++) await sleep(25);
  child.kill("SIGINT");
  assert.equal(await ended, 1);
  const checkpoint = file(readFileSync(`${out}.checkpoint`));
  const steps = `${Number(info(checkpoint).metadata.step) + 20}`;
  const goOn = (path) => {
    const to = file("");
    const more = ["--text", path, "--out", to, "--resume", checkpoint, "--steps", steps];
    const { status, stderr } = run(["train", ...given, ...more]);
    assert.equal(status, 0, stderr);
    return { stderr, model: readFileSync(to) };
  };
  const on = goOn(file(text));
  assert.match(on.stderr, /60 lines of a label, a semicolon and a text, under a line/);
  assert.ok(on.model.equals(goOn(file(PLAIN)).model));
});

test("what was held out is scored at the end of training, and again afterwards", () => {
  const words = { red: ["rose", "brick", "blood"], blue: ["sea", "sky", "ink"] };
  const lines = Array.from({ length: 120 }, (_, i) => {
    const label = i < 60 ? "red" : "blue";
    return `${label}\ta ${words[label][i % 3]} of ${i} shades`;
  });
  const [text, out] = [file(`${lines.join("\n")}\n`), file("")];
  const { status, stderr } = run(["train", "--text", text, "--out", out, "--seed", "2"]);
  assert.equal(status, 0, stderr);
  const [, loss] = stderr.match(/best weights, of validation loss ([\d.]+)/);
  const [, right] = stderr.match(/of the texts held out it classifies (\d+) of 12 right/);
  assert.ok(Number(right) > 10, stderr);
  const scored = run(["evaluate", out, "--text", text, "--held-out", "--json"]);
  const { accuracy, nats, items, naiveBayes } = JSON.parse(scored.stdout.toString());
  assert.equal(items, 12);
  assert.equal(Math.round(accuracy * 12), Number(right));
  assert.ok(Math.abs(nats - Number(loss)) < 1e-3);
  assert.ok(naiveBayes.accuracy > 0.9);
});

// ---- Columns of a table, as a text ----

const SONGS = [
  ["Ann", "Up", 'oh, "up"\n\nand up'],
  ["Bob", "Down", "down\nwe go"],
  ["Ann", "Left", ""],
  ["Bob", "Right", "right"],
  ["Ann", "Back", "back;\tback"],
];
const TABLE =
  "singer;song;words\r\n" + SONGS.map((row) => `${row.map(quoted).join(";")}\r\n`).join("");
const columns = (text, ...more) => run(["columns", file(text), ...more]);

test("columns lists what a table has in each", () => {
  const { stdout, status } = columns(TABLE);
  assert.equal(status, 0);
  assert.match(
    stdout.toString(),
    /^5 rows, and a first one that names the columns\n {2}1 {2}singer/,
  );
  const listed = JSON.parse(columns(TABLE, "--json").stdout);
  assert.deepEqual([listed.rows, listed.header], [5, true]);
  assert.deepEqual(listed.columns[0], {
    ...{ column: 1, name: "singer", values: 5, different: 2, bytes: 15 },
  });
  assert.deepEqual(listed.columns[2], {
    ...{ column: 3, name: "words", values: 4, different: 4, bytes: 40 },
  });
});

test("columns makes a text of one column, with its breaks, and lines of several", () => {
  const words = columns(TABLE, "words");
  assert.match(words.stderr, /rows that lack one are left out: 1 of them/);
  const texts = ['oh, "up"\n\nand up', "down\nwe go", "right", "back; back"];
  assert.equal(words.stdout.toString(), texts.map((text) => `${text}\n\n`).join(""));
  const two = columns(TABLE, "song", "1");
  assert.equal(two.stdout.toString(), SONGS.map(([a, b]) => `${b}\t${a}\n`).join(""));
  const out = file("");
  assert.equal(columns(TABLE, "2", "--out", out).status, 0);
  assert.equal(readFileSync(out, "utf8"), SONGS.map(([, song]) => `${song}\n`).join(""));
});

test("columns refuses what is no table, and columns that are not there", () => {
  const prose = columns(many((i) => `It rained,${i % 2 ? " and," : ""} in ${i}, again.\n`));
  assert.equal(prose.status, 1);
  assert.match(prose.stderr, /not rows of as many columns each/);
  const json = columns(many((i) => `{"user": "a", "text": "It rained ${i} times"}\n`));
  assert.equal(json.status, 1);
  assert.match(json.stderr, /an object of JSON a line, and no columns; .* jq -r '\.text' /);
  for (const wanted of ["words ", "4", "0", "-1"].slice(0, 3)) {
    const { status, stderr, stdout } = columns(TABLE, wanted);
    assert.deepEqual([status, stdout.length], [2, 0]);
    assert.match(stderr, /there is no column "/);
  }
  const same = file(TABLE);
  assert.match(run(["columns", same, "1", "--out", same]).stderr, /is also|the same|read/);
  assert.equal(readFileSync(same, "utf8"), TABLE);
});

test("labelled texts as other programs have them: a line says what makes lines with tabs of them", () => {
  const json = train(many((i) => `{"text": "${FIRST[i % 10]} ${i}", "label": "${i % 2}"}\n`));
  assert.match(
    json.stderr,
    /an object of JSON a line, .* jq -r '\.text' .* jq -r '\[\.label, \.text\] \| @tsv' /,
  );
  const row = (i) => ({ id: `x${i}`, spam: i % 2, more: [1], said: `It rained "${i}" times` });
  const rows = many((i) => `${JSON.stringify(row(i))}\n`);
  const told =
    /jq -r '\.said' \S+, and with labels, or as pairs, by jq -r '\[\.spam, \.said\] \| @tsv' /;
  assert.match(train(rows).stderr, told);
  const pairs = many(
    (i) => `{"ask": "How many of ${i}?", "reply": "I do not know ${i} of them"}\n`,
  );
  assert.match(train(pairs).stderr, /by jq -r '\[\.ask, \.reply\] \| @tsv' /);
  const turned = many(
    (i) => `{"reply": "I do not know ${i} of them", "ask": "How many of ${i}?"}\n`,
  );
  assert.match(train(turned).stderr, /by jq -r '\[\.reply, \.ask\] \| @tsv' /);
  const strings = JSON.stringify(FIRST.map((name, i) => `${name} ${i} times again and again`));
  assert.match(train(strings).stderr, /an array of JSON, .* jq -r '\.\[\]' /);
  for (const mark of [" ||| ", " = ", " -> ", " | ", "|"]) {
    const sides = train(many((i) => `${FIRST[i % 10]} ${i}${mark}it rained, ${i}\n`));
    assert.match(sides.stderr, /between the sides of its lines, .* sed 's\/.*\/g' \S+ puts tabs/);
  }
  const chords = train(many((i) => `${"CFGA"[i % 4]} | ${"ACD"[i % 3]}m | G${i} | C\n`));
  assert.doesNotMatch(chords.stderr, /the sides/);
  const fast = train(many((i) => `__label__${i % 2} ${FIRST[i % 10]} ${i}\n`));
  assert.match(fast.stderr, /as fastText has them, .* sed 's\/\^__label__/);
  assert.doesNotMatch(train(many((i) => `${FIRST[i % 10]}\n`)).stderr, /JSON|fastText/);
});

test("a training that takes the lines of a table as they stand says how to take columns", () => {
  const table = "name,iso\n" + many((i) => `${FIRST[i % 10]} ${i},1979-01-${10 + (i % 20)}\n`);
  const told = /is a table of name, iso, .* inkling columns \S+ COLUMN \.\.\. --out TEXT/;
  assert.match(train(table).stderr, told);
  const { status, stderr } = train(table, "--task", "translator");
  assert.equal(status, 1);
  assert.match(stderr, told);
  assert.match(stderr, /line 1 has no tab/);
  const languages = train("English;Deutsch\n" + many((i) => `${FIRST[i % 10]}${i};Wort${i}\n`));
  assert.match(languages.stderr, /is a table of English, Deutsch, .* inkling columns/);
  const three = train(many((i) => `${i}\t${FIRST[i % 10]}${i}\tWort${i}\n`));
  assert.match(three.stderr, /is a table, of which .* inkling columns/);
  const sentences = many((i) => `${FIRST[i % 10]} is late, they said ${i} times.\tNon${i}.\n`);
  assert.doesNotMatch(train(`Go.\tVa !\n${sentences}`).stderr, /is a table/);
  const numbered = train(many((i) => `${i}\t${FIRST[i % 10]}${i}\n`));
  assert.match(numbered.stderr, /first column has numbers alone: .* inkling columns \S+ 2 --out/);
  const numbers = train(many((i) => `${i % 97}.5\t${i * i}\n`));
  assert.match(numbers.stderr, /both columns have numbers alone, of which characters are learnt/);
  const counted = train(many((i) => `${FIRST[i % 10]}${i}\t${i * i}\n`));
  assert.match(counted.stderr, /second column has numbers alone: .* inkling columns \S+ 1 --out/);
});

test("names with their counts, and rows with gaps, are called a table; what is quoted is not", () => {
  const told = /is a table, of which the lines are read as they stand/;
  const counted = many((i) => `${FIRST[i % 10]}${i},${"FM"[i % 2]},${(i * 7919) % 997}\n`);
  assert.match(train(counted).stderr, told);
  const gaps = many((i) => `${i % 3 ? "good" : ""}\t${i % 4 ? `It rained ${i} times` : ""}\n`);
  assert.match(train(gaps).stderr, told);
  const quotes = many((i) => `"It rained ${i} times" - ${FIRST[i % 10]}\n`);
  assert.doesNotMatch(train(quotes).stderr, told);
  assert.match(train(quotes.replace(/ - .*/g, "")).stderr, told);
  const dated = many((i) => `${i}, ${FIRST[i % 10]} said\n`);
  assert.doesNotMatch(train(dated).stderr, told);
});
