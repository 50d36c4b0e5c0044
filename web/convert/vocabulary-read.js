// The vocabularies that a file or a value holds, in every form that people keep them in: a list of
// tokens by id, a map either way round, one string of characters, a token a line, a table; as JSON,
// a pickle, NumPy's array, torch.save()'s file, or a literal in a program.

import { decodeText, isPickle, parseJson, parseText, startsWith } from "./bytes.js";
import { isTextKey, literalsIn, quotedText } from "./literal.js";
import { textIn } from "./program.js";
import { isRefusal } from "./refuse.js";
import { shifted } from "./usual.js";
import { Zip } from "./zip.js";

const isInteger = (value) => Number.isInteger(value) && value >= 0;
const asInteger = (key) =>
  typeof key === "string" && /^\d{1,9}$/.test(key) ? Number(key) : isInteger(key) ? key : -1;

/** A token as text; bytes are what Python 2 pickled for a string. */
function tokenText(value) {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return decodeText(value);
  return undefined;
}

/** A vocabulary by id, as it stands. */
export const plain = (entries) => ({ entries, lower: false, kind: "plain" });

const byCodePoint = (a, b) => a.codePointAt(0) - b.codePointAt(0);

/**
 * The vocabulary of a text: its distinct characters in the order that Python's sorted() gives, or
 * `asTheyCome`.
 */
export function ofText(text, lower = false, asTheyCome = false) {
  const characters = [...new Set(lower ? text.toLowerCase() : text)];
  if (!asTheyCome) characters.sort(byCodePoint);
  const notes = asTheyCome ? [AS_THEY_COME] : [];
  return { ...plain(new Map(characters.entries())), lower, level: "char", ofText: true, notes };
}

const AS_THEY_COME =
  "its ids are taken to be the characters' in the order in which the text has them first, as in " +
  "TF.js's example";

/** A list as id → token, or null. */
function fromList(list) {
  if (list.length < 2) return null;
  const texts = list.map(tokenText);
  if (texts.every((text) => text !== undefined)) return plain(new Map(texts.entries()));
  const pairs = list.map((item) => (Array.isArray(item) ? item : pairOf(item)));
  return pairs.every((item) => item?.length === 2) ? fromMap(pairs) : null;
}

/** The token and the id of an object like { token: "a", id: 0 }, or null. */
function pairOf(item) {
  if (item === null || typeof item !== "object" || item instanceof Uint8Array) return null;
  const id = Object.entries(item).find(
    ([key, value]) => /^(id|idx|index)$/i.test(key) && isInteger(value),
  );
  const token = Object.values(item).find((value) => typeof value === "string");
  return id && token !== undefined ? [token, id[1]] : null;
}

/** [key, value] pairs as id → token, whichever of the two is the id, or null. */
function fromMap(pairs) {
  if (pairs.length < 2) return null;
  const entries = new Map();
  if (pairs.every(([key, value]) => tokenText(key) !== undefined && isInteger(value))) {
    for (const [key, value] of pairs) {
      if (entries.has(value)) return null; // counts, not ids
      entries.set(value, tokenText(key));
    }
    return plain(entries);
  }
  if (pairs.every(([key, value]) => asInteger(key) >= 0 && tokenText(value) !== undefined)) {
    for (const [key, value] of pairs) entries.set(asInteger(key), tokenText(value));
    return entries.size === pairs.length ? plain(entries) : null;
  }
  return null;
}

/** What a Keras Tokenizer keeps, as to_json() or pickle wrote it, or null. */
function fromTokenizer(get) {
  let index = get("word_index");
  if (typeof index === "string") index = parseText(index);
  const pairs = pairsOf(index);
  const found = pairs && fromMap(pairs);
  if (!found) return null;
  const from = get("index_from"); // of TF.js's example of reviews: what is added to each rank
  if (isInteger(from))
    return { ...found, entries: shifted(found.entries, from), kind: "tokenizer", lower: true };
  const level = get("char_level") === true ? "char" : get("char_level") === false ? "word" : null;
  return { ...found, kind: "tokenizer", lower: get("lower") === true, level };
}

export function pairsOf(value) {
  if (value instanceof Map) return [...value];
  if (value?.state instanceof Map) return [...value.state]; // an object from a pickle
  if (value?.items instanceof Map) return [...value.items];
  const isPlain = value && typeof value === "object" && !Array.isArray(value);
  return isPlain && !(value instanceof Uint8Array) ? Object.entries(value) : null;
}

const LOOKED_AT = 5000; // values inside one file

/** The items of a list, of an object of a pickle, or of a NumPy array of text; else null. */
function listOf(value) {
  if (Array.isArray(value)) return value;
  if (value.list?.length > 0 && !value.state) return value.list;
  return value.shape && typeof value.values === "function" ? value.values() : null;
}

/** A value as a vocabulary if it is one itself, or null. */
export function asVocabulary(value) {
  const list = listOf(value);
  if (list) return fromList(list);
  // A set has no order of its own: programs sort it.
  if (Array.isArray(value.set)) {
    const sorted = fromList([...value.set].sort());
    return sorted && { ...sorted, notes: ["it is a set, and taken to be sorted"] };
  }
  const pairs = pairsOf(value);
  if (!pairs) return null;
  const map = new Map(pairs.filter(([key]) => typeof key === "string"));
  return (map.has("word_index") && fromTokenizer((key) => map.get(key))) || fromMap(pairs);
}

/** Where programs keep the names of classes, and what else is no vocabulary. */
export const NAMES_OF_CLASSES =
  /^(id2?label|label2?id|labels?|label_(names|map|encoder|list)|classes|class_?names|categories|all_categories|target_names|idx2?class|class_?to_?idx|idx_?to_?class|languages)$/i;
const OTHER =
  /^(metrics|history|callbacks|optimi[sz]er\w*|mode|cell|device|nonlinearity|rnn_?type)$/i;

/** May a vocabulary be under a key? */
export const mayHold = (key) =>
  typeof key !== "string" || !(NAMES_OF_CLASSES.test(key) || OTHER.test(key));

/** The values of a list or a map in which a vocabulary may be. */
function insideOf(value) {
  const pairs = (pairsOf(value) ?? []).filter(([key]) => mayHold(key));
  return (listOf(value) ?? pairs.map(withKey)).slice(0, 200);
}

/** A value by its key, which may say that it is a text and not one string of characters. */
export const withKey = ([key, value]) =>
  isText(value) && isTextKey(String(key)) ? { textOf: value } : value;

const isText = (value) => typeof value === "string" && new Set(value).size < [...value].length;

const SORTED = "its tokens are taken to be the sorted characters of a text that it has";

/** Every vocabulary that a value is or holds, nearest first; no value is looked at twice. */
export function* candidatesIn(value) {
  const seen = new Set();
  const queue = [value];
  while (queue.length > 0 && seen.size < LOOKED_AT) {
    const one = queue.shift();
    if (typeof one === "string") {
      const inner = /^\s*[[{]/.test(one) ? parseText(one) : undefined;
      if (typeof inner === "object") queue.push(inner); // JSON that was written twice
      const characters = [...one];
      if (new Set(characters).size === characters.length) yield fromList(characters);
      continue;
    }
    if (one === null || typeof one !== "object" || one instanceof Uint8Array || seen.has(one))
      continue;
    seen.add(one);
    const found =
      typeof one.textOf === "string"
        ? { ...ofText(one.textOf), notes: [SORTED] }
        : asVocabulary(one);
    if (found) yield found;
    else queue.push(...insideOf(one));
  }
}

const ESCAPES = { n: "\n", t: "\t", r: "\r", "\\": "\\", 0: "\0", s: " " };

const unescaped = (line) =>
  line.replace(/\\(?:u([0-9a-fA-F]{4})|([ntr0s\\]))/g, (_, hex, one) =>
    hex ? String.fromCharCode(parseInt(hex, 16)) : ESCAPES[one],
  );

/** As a program quotes a text, or a table does: " for one. */
const unquoted = (text) =>
  quotedText(text) ??
  (/^".+"$/s.test(text) ? text.slice(1, -1).replaceAll('""', '"') : unescaped(text));

const LONGEST = 256; // characters of a row
const ROWS = [
  /^(?<token>.+?)\s*[\t,:; ]\s?(?<id>\d{1,9}),?$/,
  /^(?<id>\d{1,9})\s?[\t,:; ]\s?(?<token>.+?),?$/,
];

const DELIMITERS = [",", "\t", ";"];

/** The rows of a table in which a quoted cell may have line breaks; null: it is none. */
function rowsOf(text, delimiter) {
  const cell = new RegExp(
    `"((?:[^"]|"")*)"(?=[${delimiter}\\r\\n]|$)|([^"${delimiter}\\r\\n]*)`,
    "y",
  );
  const rows = [[]];
  for (let at = 0; at <= text.length && rows.length < MOST_ROWS;) {
    cell.lastIndex = at;
    const found = cell.exec(text);
    rows.at(-1).push(found[1]?.replaceAll('""', '"') ?? unescaped(found[2]));
    at += found[0].length;
    const [end] = /^(?:\r?\n|[\s\S])?/.exec(text.slice(at, at + 2));
    if (end === "") break;
    if (end !== delimiter && !/\n$/.test(end)) return null;
    if (end !== delimiter) rows.push([]);
    at += end.length;
  }
  if (rows.at(-1).join("") === "") rows.pop();
  return rows;
}

const MOST_ROWS = 200_000;

/** A table as pandas and csv write it: tokens and ids, or tokens behind the rows' numbers. */
function* fromTableOf(rows) {
  const width = rows[0]?.length;
  if (width > 3 || rows.length < 2 || rows.some((row) => row.length !== width)) return;
  const column = (from, c) => from.map((row) => row[c]);
  const isNumbers = (list) => list.every((one) => asInteger(one) >= 0);
  for (const body of [rows, rows.slice(1)]) {
    const columns = rows[0].map((_, c) => column(body, c));
    const texts = columns.filter((list) => !isNumbers(list));
    const ids = columns.filter(isNumbers);
    if (texts.length !== 1 || ids.length !== width - 1) continue;
    const last = ids.at(-1); // the rows' own numbers come first
    const pairs = texts[0].map((token, i) => [token, last ? Number(last[i]) : i]);
    yield fromMap(pairs);
  }
}

/** A token and its id a line, either first, behind a line of names if there is one; or null. */
function fromTable(lines) {
  if (lines.some((line) => line.length > LONGEST)) return null;
  for (const all of [lines, lines.slice(1)]) {
    for (const pattern of ROWS) {
      const rows = all.map((line) => pattern.exec(line)?.groups);
      if (rows.every(Boolean))
        return fromMap(rows.map(({ token, id }) => [unquoted(token), Number(id)]));
    }
  }
  return null;
}

const SCORED = /^(.+)[\t ]-?\d+(?:\.\d+)?(?:e[-+]?\d+)?$/i;

/** Tokens in their order, with how often each is there or what it is worth behind it; or null. */
function fromScores(lines) {
  const tokens = lines.map((line) => SCORED.exec(line)?.[1]);
  return tokens.length > 3 && tokens.every((token) => token !== undefined)
    ? fromList(tokens)
    : null;
}

/**
 * A token a line, quoted, in a list of YAML's, or with \n \t \r \\ and \uXXXX written out; the
 * same with a line end among the tokens, which makes two empty lines; tokens with their ids; and
 * one character behind another.
 */
function* fromLines(text) {
  const tables = text.includes('"') ? DELIMITERS : [];
  for (const delimiter of tables) yield* fromTableOf(rowsOf(text, delimiter) ?? []);
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const filled = lines.filter(Boolean);
  const scored = fromTable(filled) ?? fromScores(filled);
  yield scored;
  if (scored) return;
  const isYaml = lines.every((line) => /^- ./.test(line));
  const quoted = lines.map((line) => quotedText(isYaml ? line.slice(2) : line));
  if (quoted.every((token) => token !== undefined)) yield fromList(quoted);
  yield fromList(lines.map(unescaped));
  const end = lines.findIndex((line, i) => line === "" && lines[i + 1] === "");
  if (end >= 0) {
    const [before, behind] = [lines.slice(0, end), lines.slice(end + 2)];
    yield fromList([...before.map(unescaped), "\n", ...behind.map(unescaped)]);
  }
  for (const one of [text, text.replace(/\r?\n$/, "")]) {
    const characters = one.length < 2 ** 16 ? [...one] : [];
    if (new Set(characters).size === characters.length) yield fromList(characters);
  }
}

const looksPickled = (bytes) =>
  isPickle(bytes) ||
  (/^[(\]}clVS]/.test(decodeText(bytes.subarray(0, 1))) && bytes.at(-1) === 0x2e);

/** What a program saved: a pickle, NumPy's array, torch.save()'s file; undefined: none of them. */
async function savedValue(bytes) {
  if (startsWith(bytes, "\x93NUMPY")) return (await import("./numpy-arrays.js")).readArray(bytes);
  const isZip = startsWith(bytes, "PK\x03\x04");
  if (isZip && new Zip(bytes).names.every((name) => /\.npy$/.test(name)))
    return (await import("./numpy-arrays.js")).arraysIn(new Zip(bytes));
  if (isZip || isPickle(bytes)) return (await import("./pytorch.js")).valueIn(bytes);
  if (looksPickled(bytes)) return (await import("./pickle.js")).readPickle(bytes);
  return undefined;
}

/** Text, in UTF-16 where its first bytes say so, as PowerShell writes it. */
const textOf = (bytes) =>
  startsWith(bytes, "\xff\xfe")
    ? new TextDecoder("utf-16le").decode(bytes)
    : decodeText(bytes).replace(/^\uFEFF/, "");

/** The values that a file holds: as JSON, what a program saved, or literals in a program. */
async function valuesOf(bytes, lenient) {
  const json = parseJson(bytes);
  if (Array.isArray(json?.cells)) return textIn(json).flatMap(literalsIn);
  if (json !== undefined) return [json];
  try {
    const saved = await savedValue(bytes);
    if (saved !== undefined) return [saved];
  } catch (error) {
    if (!isRefusal(error) || !lenient) throw error;
  }
  const text = textOf(bytes);
  return [parseText(text), ...literalsIn(text)].filter((value) => value !== undefined);
}

/** The vocabularies in the bytes of a file; `lines`: text may be a token a line. */
export async function readVocabularies(bytes, { lines = false } = {}) {
  const values = await valuesOf(bytes, lines);
  const found = values.flatMap((value) => [...candidatesIn(value)]).filter(Boolean);
  if (lines && found.length === 0) found.push(...fromLines(textOf(bytes)));
  return found.filter(Boolean);
}

/** The values in the bytes of a file; `lines`: text is a list of its lines. */
export async function readValues(bytes, lines) {
  const values = await valuesOf(bytes, lines);
  if (!lines || values.length > 0) return values;
  return [textOf(bytes).trim().split(/\r?\n/)];
}
