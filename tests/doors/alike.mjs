// What people type and what looks like it, with small models that know only the one of both.

import assert from "node:assert/strict";
import { doors, file } from "./doors.mjs";

const [command] = doors;
const small = {
  hidden: 12,
  batch: 4,
  nchars: 12,
  layers: 1,
  learningRate: 0.02,
  threads: 1,
  seed: 1,
};
const straight = `don't go, said the fox - "no way"... été.\n`.repeat(60);
const curly = straight
  .replaceAll("'", "’")
  .replaceAll('"', "“")
  .replaceAll("-", "–")
  .replaceAll("...", "…");
const names = ["polish\tkowalska", "italian\trossini", "polish\tlewanska", "italian\tferrano"];
const pairs = ["don't go.\tne pars pas.", "i run.\tje cours.", "we sing.\tnous chantons."];
const prose = { task: "generator", lines: false, steps: 60 };

const READERS = {
  straight: [straight, prose],
  curly: [curly, prose],
  words: [straight, { ...prose, level: "word", embed: 8 }],
  classes: [`${names.join("\n")}\n`.repeat(20), { task: "classifier", steps: 60 }],
  translations: [
    `${pairs.join("\n")}\n`.repeat(20),
    { task: "translator", level: "word", embed: 8, steps: 300 },
  ],
};

/** Small models that show as what a text is read: the path of each, by name. */
export async function makeReaders() {
  const paths = {};
  for (const [name, [text, options]] of Object.entries(READERS)) {
    const { answer, error } = await command.train(Buffer.from(text), { ...small, ...options });
    assert.ok(answer, error);
    paths[name] = file(answer, ".safetensors");
  }
  return paths;
}

/** Each: the model, what it is, what is typed, and what it is read as. */
export const ALIKE = [
  ["straight", "a typographic apostrophe", "don’t go", "don't go"],
  ["straight", "a modifier letter apostrophe", "donʼt go", "don't go"],
  ["straight", "a prime", "don′t go", "don't go"],
  ["straight", "a grave accent", "don`t go", "don't go"],
  ["straight", "an acute accent alone", "don´t go", "don't go"],
  ["straight", "high quotation marks", "“no way”", '"no way"'],
  ["straight", "low quotation marks", "„no way“", '"no way"'],
  ["straight", "guillemets", "«no way»", '"no way"'],
  ["straight", "an en dash", "fox – no", "fox - no"],
  ["straight", "an em dash", "fox—no", "fox--no"],
  ["straight", "a minus sign", "fox − no", "fox - no"],
  ["straight", "a hyphen that does not break", "fox‑no", "fox-no"],
  ["straight", "an ellipsis", "no way…", "no way..."],
  ["straight", "a no-break space", "don't\u00a0go", "don't go"],
  ["straight", "a narrow no-break space", "don't\u202fgo", "don't go"],
  ["straight", "an ideographic space", "don't\u3000go", "don't go"],
  ["straight", "a tab", "don't\tgo", "don't go"],
  ["straight", "full-width letters", "ｆｏｘ", "fox"],
  ["straight", "full-width capitals", "ＦＯＸ", "fox"],
  ["straight", "capitals", "DON'T GO", "don't go"],
  ["straight", "capitals beyond ASCII", "ÉTÉ", "été"],
  ["straight", "a byte order mark", "\ufeffdon't go", "don't go"],
  ["straight", "CR LF", "fox\r\ndon't", "fox\ndon't"],
  ["straight", "CR alone", "fox\rdon't", "fox\ndon't"],
  ["curly", "a straight apostrophe", "don't go", "don’t go"],
  ["curly", "straight quotation marks", '"no way', "“no way"],
  ["curly", "a hyphen", "fox - no", "fox – no"],
  ["words", "a typographic apostrophe", "don’t go", "don't go"],
  ["words", "capitals and a typographic apostrophe", "DON’T GO", "don't go"],
  ["words", "an ellipsis", "no way…", "no way..."],
  ["words", "an en dash", "fox – no", "fox - no"],
  ["words", "no-break spaces", "don't\u00a0go", "don't go"],
];
