// The data sets' scripts, on small made-up files of the same form.

import assert from "node:assert/strict";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import agNews, { clean, detokenise } from "../../scripts/data/ag-news.mjs";
import dates, { FORMATS, SLASHED } from "../../scripts/data/dates.mjs";
import tatoeba from "../../scripts/data/tatoeba.mjs";
import { root, run, temporaryFolder } from "./helpers.mjs";

/** Writes files by name into a folder of their own. */
async function folderOf(t, files) {
  const folder = await temporaryFolder(t);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

/** What the command makes: the lines of its files by name, and what it prints. */
async function make(t, ...words) {
  const out = join(await temporaryFolder(t), "made", "here");
  const { stdout } = await run("node", [join(root, "scripts/data.mjs"), ...words, out]);
  const files = {};
  for (const name of await readdir(out)) {
    const bytes = await readFile(join(out, name));
    files[name] = name.endsWith(".ppm") ? bytes : bytes.toString().trimEnd().split("\n");
  }
  return { files, stdout };
}

const sorted = (rows) => [...rows].sort();

test("names: pairs once, files without a last line break, the same split every time", async (t) => {
  const folder = await folderOf(t, {
    "Greek.txt":
      Array.from({ length: 20 }, (_, i) => `Alpha${i}\n`).join("") + "Alpha0\nSee\u00a0\n\nLast",
    "Irish.txt": "See\nO'Neill\r\n",
    "SOURCE.txt": "not a language\n",
  });
  const { files, stdout } = await make(t, "names", folder);
  assert.deepEqual(Object.keys(files), ["test.tsv", "train.tsv", "validation.tsv"]);
  assert.equal(files["test.tsv"].length, 2);
  assert.deepEqual(files["train.tsv"].slice(-2), files["validation.tsv"]);
  const expected = [
    ...Array.from({ length: 20 }, (_, i) => `Greek\tAlpha${i}`),
    ...["Greek\tSee", "Greek\tLast", "Irish\tSee", "Irish\tO'Neill"],
  ];
  assert.deepEqual(sorted([...files["train.tsv"], ...files["test.tsv"]]), sorted(expected));
  assert.match(stdout, /train: 22\nvalidation: 2\ntest: 2\n--validation 0.113636\n/);
  assert.deepEqual((await make(t, "names", folder)).files, files);
});

test("AG News: what collecting and tokenising did to the text is undone", () => {
  const collected =
    "A second\\team isn #39;t  #36;10 richer, AT amp;T said &lt;b&gt;...&lt;/b&gt;  quot;no quot; #151; yes";
  assert.equal(clean(collected), 'A second team isn\'t $10 richer, AT&T said ... "no"\u2014 yes');
  const tokens =
    "LONDON ( Reuters ) - It 's Iraq s $ 8.8 billion , and he did n't .\tYou can t say `` no '' " +
    "or quot ; yes , quot ; he said ; `` No , '' he 'll";
  const text =
    "LONDON (Reuters) - It's Iraq's $8.8 billion, and he didn't. You can't say \"no\" " +
    'or "yes," he said; "No," he\'ll';
  assert.equal(detokenise(tokens), text);
});

test("AG News: the split, and no story of the test among the descriptions", async (t) => {
  const row = (i) => `"${(i % 4) + 1}","Title ""${i}""","Story, number ${i}\\of many"\n`;
  const folder = await folderOf(t, {
    "test.csv": Array.from({ length: 10 }, (_, i) => row(i)).join(""),
    "train4000_descriptions.csv": '0,"A story , told ."\n3,Story - number 9 of many\n2,plain\n',
  });
  const {
    train,
    validation,
    test: tested,
  } = await agNews(folder, { trainRows: 8, validationRows: 2 });
  assert.deepEqual(tested, [
    ["World", 'Title "8" Story, number 8 of many'],
    ["Sports", 'Title "9" Story, number 9 of many'],
  ]);
  assert.equal(validation.length, 2);
  assert.equal(train.length, 8); // 6 rows and 2 descriptions
  const rows = [...train, ...validation].map((fields) => fields.join("\t"));
  assert.ok(rows.includes("World\tA story, told."));
  assert.ok(rows.includes("Business\tplain"));
  for (let i = 0; i < 8; i++) {
    const label = ["World", "Sports", "Business", "Sci/Tech"][i % 4];
    assert.ok(rows.includes(`${label}\tTitle "${i}" Story, number ${i} of many`));
  }
  await writeFile(join(folder, "test.csv"), '1,"never closed\n');
  await assert.rejects(agNews(folder), /no comma-separated values in row 1/);
});

test("dates: every way of writing, no text twice, and the ISO date that other parsers find", async () => {
  const { train, validation, test: tested } = await dates();
  assert.deepEqual([train.length, validation.length, tested.length], [50000, 1000, 10000]);
  const all = [...train, ...validation, ...tested];
  assert.equal(new Set(all.map(([text]) => text)).size, all.length);
  const years = new Set(all.map(([, iso]) => iso.slice(0, 4)));
  assert.equal(years.size, 200);

  let parsed = 0;
  for (const [text, iso] of all) {
    assert.match(iso, /^(19|20)\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
    const [, year, month, day] = iso.match(/^(....)-0?(.+)-0?(.+)$/);
    // JavaScript reads English dates with a year of four digits, and those of slashes month first,
    // which here is the second reading.
    if (!/^\s*([a-z]+,?\s+)?([a-z]+ \d+,? \d{4}|\d+ [a-z]+ \d{4}|\d+\/\d+\/\d{4})\s*$/i.test(text))
      continue;
    const monthFirst = text.replace(/(\d+)\/(\d+)/, (all, first, second) =>
      Number(second) > 12 ? all : `${second}/${first}`,
    );
    const read = new Date(monthFirst);
    if (Number.isNaN(read.getTime())) continue; // French and German
    assert.deepEqual(
      [read.getFullYear(), read.getMonth() + 1, read.getDate()],
      [year, month, day].map(Number),
      text,
    );
    parsed++;
  }
  assert.ok(parsed > 8000, `${parsed} dates were read`);

  const known = new Map(all);
  const shapes = new Set(all.map(([text]) => text.replace(/\d/g, "0")));
  for (const shape of [
    "00.00.00",
    "00000000",
    "0000/00/00",
    "00/00/0000",
    "00. März 0000",
    "le 0 août 0000",
  ]) {
    assert.ok(shapes.has(shape), shape);
  }
  const ends = (pattern) =>
    all.filter(([text]) => pattern.test(text)).map(([, iso]) => Number(iso.slice(0, 4)));
  const short = ends(/'\d\d$/);
  assert.ok(Math.min(...short) === 1969 && Math.max(...short) === 2068);
  const slashes = [...known.keys()].filter((text) => /^\d+\/\d+\/\d{4}$/.test(text));
  const ambiguous = slashes.filter((text) => Math.max(...text.split("/").slice(0, 2)) <= 12);
  assert.ok(ambiguous.length > 100);
  for (const text of ambiguous) {
    const [day, month] = text.split("/").map(Number);
    assert.deepEqual(known.get(text).split("-").slice(1).map(Number), [month, day], "day first");
  }
  assert.equal(new Set([...FORMATS, ...SLASHED]).size, FORMATS.length + SLASHED.length);
});

test("Tatoeba: no English sentence on two sides, all translations of a sentence in the test", async (t) => {
  const lines = Array.from({ length: 40 }, (_, i) => [
    `Sentence ${i}.\tPhrase ${i}.`,
    `Sentence ${i}.\tL’autre\u202fphrase ${i}\u00a0!`,
    `sentence ${i}!\tPhrase ${i} !`,
  ]);
  const folder = await folderOf(t, { "fra.tsv": lines.flat().join("\n") });
  const {
    train,
    validation,
    test: tested,
  } = await tatoeba(folder, { testSize: 10, validationSize: 6 });
  const fold = ([english]) => english.toLowerCase().slice(0, -1);
  assert.deepEqual([tested.length, validation.length, train.length], [10, 9, 40 * 3 - 15 - 9]);
  const sides = [train, validation, tested].map((rows) => new Set(rows.map(fold)));
  assert.equal(
    sides.reduce((sum, side) => sum + side.size, 0),
    40,
  );
  for (const row of tested) {
    const [, number] = row[0].match(/(\d+)/);
    const all = [
      [`Sentence ${number}.`, `Phrase ${number}.`, `L'autre phrase ${number} !`],
      [`sentence ${number}!`, `Phrase ${number} !`],
    ];
    assert.ok(
      all.some((expected) => expected.join("\t") === row.join("\t")),
      row.join("|"),
    );
  }
  await assert.rejects(tatoeba(folder), /too few sentences/);
});

test("Multi30k: the official parts, line by line", async (t) => {
  const folder = await folderOf(t, {
    "train.en": "One  dog.\nTwo dogs.\n",
    "train.de": "Ein Hund. \nZwei Hunde.\n",
    "val.en": "A cat.\n",
    "val.de": "Eine Katze.\n",
    "test_2016_flickr.en": "A bird.\n",
    "test_2016_flickr.de": "Ein Vogel.\n",
  });
  const { files } = await make(t, "multi30k", folder);
  assert.deepEqual(files["train.tsv"], [
    "One dog.\tEin Hund.",
    "Two dogs.\tZwei Hunde.",
    "A cat.\tEine Katze.",
  ]);
  assert.deepEqual(files["test.tsv"], ["A bird.\tEin Vogel."]);
  await writeFile(join(folder, "val.de"), "Eine Katze.\nZwei Katzen.\n");
  await assert.rejects(make(t, "multi30k", folder), /val: the languages differ in lines/);
});

test("emoji: pictures in the order of their captions, OpenMoji only when asked for", async (t) => {
  const bytes = 32 * 32 * 3;
  const splits = ["test", "val_comp", "train", "val", "test_comp"];
  const vendors = ["noto", "twemoji", "fluent", "openmoji"];
  const rows = vendors.flatMap((vendor, v) =>
    splits.map((split, i) => `${vendor}\t${i}\t1f600\tbase\tPeople\tface ${v} ${i}\t${split}\n`),
  );
  const files = {
    "captions.tsv": `vendor\tindex\tcodepoints\tkind\tgroup\tcaption\tsplit\n${rows.join("")}`,
  };
  vendors.forEach((vendor, v) => {
    const pictures = splits.map((_, i) => Buffer.alloc(bytes, 16 * v + i));
    files[`${vendor}.rgb32.gz`] = gzipSync(Buffer.concat(pictures));
  });
  const folder = await folderOf(t, files);
  const { files: made, stdout } = await make(t, "emoji", folder);
  assert.match(stdout, /--validation 0.722222/);
  // train, then val, then val_comp
  const captions = [2, 3, 1].flatMap((i) => [0, 1, 2].map((v) => `face ${v} ${i}`));
  assert.deepEqual(made["train.txt"], captions);
  const parts = ["test", "test_comp", "train", "validation"];
  assert.deepEqual(
    Object.keys(made),
    parts.flatMap((part) => [`${part}.ppm`, `${part}.txt`]),
  );
  for (const part of parts) {
    const header = "P6\n32 32\n255\n";
    const size = header.length + bytes;
    assert.equal(made[`${part}.ppm`].length, made[`${part}.txt`].length * size);
    made[`${part}.txt`].forEach((caption, n) => {
      const picture = made[`${part}.ppm`].subarray(n * size, (n + 1) * size);
      const [, v, i] = caption.split(" ").map(Number);
      assert.equal(picture.toString("latin1", 0, header.length), header);
      assert.ok(
        picture.subarray(header.length).every((byte) => byte === 16 * v + i),
        caption,
      );
    });
  }
  const { files: more } = await make(t, "emoji", folder, "--openmoji");
  assert.equal(more["train.txt"].length, 12);
  await writeFile(join(folder, "noto.rgb32.gz"), gzipSync(Buffer.alloc(bytes)));
  await assert.rejects(make(t, "emoji", folder), /noto has no picture 1/);
});

test("the command says how it is used", async () => {
  for (const words of [
    [],
    ["nothing", "a", "b"],
    ["names", "a"],
    ["dates", "a", "b"],
    ["constructor", "a", "b"],
  ]) {
    await assert.rejects(run("node", [join(root, "scripts/data.mjs"), ...words]), {
      code: 2,
      stderr: /^usage:/,
    });
  }
});
