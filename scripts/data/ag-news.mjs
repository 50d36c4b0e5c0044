// AG's news topics: rows 1 to 6,600 of the official test.csv (title and description) and 4,000
// descriptions of the official training set (train4000_descriptions.csv) to learn from; rows 6,601
// to 7,600 of test.csv are the test. The first 6,600 rows are shuffled with seed 1; 600 of them
// validate.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { shuffled } from "./common.mjs";

const LABELS = ["World", "Sports", "Business", "Sci/Tech"];
const TRAIN_ROWS = 6600;
const VALIDATION_ROWS = 600;

/** The rows of comma-separated values, quoted by " where need be. */
function parseCsv(text) {
  const field = /(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\r?\n|$)/gy;
  const rows = [];
  let row = [];
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    if (match === null) throw new Error(`no comma-separated values in row ${rows.length + 1}`);
    const [, quoted, plain, end] = match;
    row.push(quoted === undefined ? plain : quoted.replace(/""/g, '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

const NAMED = { amp: "&", apos: "'", gt: ">", lt: "<", nbsp: " ", quot: '"' };
// Codes of the Windows character set, which stand there beside those of Unicode.
const WINDOWS = { 145: "'", 146: "'", 147: '"', 148: '"', 150: "\u2013", 151: "\u2014" };

function character(entity) {
  if (!entity.startsWith("#")) return NAMED[entity];
  const code = Number(entity.slice(1));
  return WINDOWS[code] ?? String.fromCodePoint(code);
}

/**
 * Undoes what collecting did to the text: line breaks became \ and the & of most entities a space.
 */
export function clean(text) {
  return text
    .replace(/\\/g, " ")
    .replace(/[ &](#\d+|amp|apos|gt|lt|nbsp|quot);/g, (_, entity) => character(entity))
    .replace(/<[^<>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Puts tokens, which the 4,000 descriptions are, back together as one writes. */
export function detokenise(text) {
  let opens = false;
  const quote = () => ((opens = !opens) ? '"' : '" ');
  return clean(
    ` ${text.replace(/\s+/g, " ")} `
      .replace(/ (amp|apos|gt|lt|nbsp) ;/g, " &$1;")
      .replace(/(?:^| )(``|''|quot ;|") ?/g, (match) => (opens ? "" : " ") + quote())
      .replace(/ ([,.;:?!)%])(?=[ "])/g, "$1")
      .replace(/([($]) /g, "$1")
      .replace(/ n't\b/g, "n't")
      .replace(/n t\b/g, "n't")
      .replace(/ '?(s|ll|re|ve)(?=[ ,.;:?!])/g, "'$1")
      .replace(/ '(m|d)(?=[ ,.;:?!])/g, "'$1"),
  );
}

const fold = (text) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .slice(0, 60);

export default async function agNews(
  folder,
  { trainRows = TRAIN_ROWS, validationRows = VALIDATION_ROWS } = {},
) {
  const read = async (file) => parseCsv(await readFile(join(folder, file), "utf8"));
  const official = (await read("test.csv")).map(([label, title, description]) => ({
    label: LABELS[label - 1],
    text: clean(`${title} ${description}`),
    description: fold(clean(description)),
  }));
  const row = ({ label, text }) => [label, text];
  const mixed = shuffled(official.slice(0, trainRows));
  const validation = mixed.splice(-validationRows);
  const test = official.slice(trainRows);
  const heldOut = new Set([...validation, ...test].map(({ description }) => description));
  const descriptions = (await read("train4000_descriptions.csv"))
    .map(([label, text]) => ({ label: LABELS[label], text: detokenise(text) }))
    .filter(({ text }) => !heldOut.has(fold(text))); // not a story that is held out
  return {
    train: shuffled([...mixed, ...descriptions]).map(row),
    validation: validation.map(row),
    test: test.map(row),
  };
}
