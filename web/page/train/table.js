// Rows of fields from what people have: tab-separated lines, or CSV with commas or semicolons, as
// spreadsheets write it (RFC 4180: fields in quotes may hold separators, breaks, doubled quotes).

import { asUtf8 } from "../parts/encoding.js";
import { ankiOf } from "./anki.js";

const QUOTED = /"((?:[^"]|"")*)"/y;
const BOM = /^\uFEFF/;

/** The separator that stands in most lines of the beginning. */
function separatorOf(text) {
  const lines = text.slice(0, 20_000).split(/\r\n?|\n/, 50);
  const count = (separator) => lines.filter((line) => line.includes(separator)).length;
  const separators = ["\t", ";", ","];
  const counts = separators.map(count);
  return separators[counts.indexOf(Math.max(...counts))];
}

/** The rows of a text, each an array of fields without outer spaces; empty rows are left out. */
export function readTable(text, separator) {
  const all = text.replace(BOM, "");
  const anki = ankiOf(all);
  if (anki) return readRows(anki.rows, anki.separator, true).map(anki.fieldsOf);
  const between = separator ?? separatorOf(all);
  return readRows(all, between, between !== "\t");
}

/** `quotes`: whether fields may be in quotes. */
function readRows(all, separator, quotes) {
  const rest = new RegExp(`[${separator}\\r\\n]|$`, "g");
  const rows = [];
  let row = [];
  const endRow = () => {
    if (row.some((field) => field !== "")) rows.push(row);
    row = [];
  };
  for (let at = 0; at <= all.length;) {
    let field;
    QUOTED.lastIndex = at;
    const quoted = quotes && QUOTED.exec(all);
    rest.lastIndex = quoted ? QUOTED.lastIndex : at;
    const end = rest.exec(all).index;
    field = quoted ? quoted[1].replaceAll('""', '"') : all.slice(at, end);
    row.push(field.trim());
    if (all[end] !== separator) endRow();
    at = end + (all.startsWith("\r\n", end) ? 2 : 1);
  }
  return rows;
}

/** The same of a file; undefined when it is no text, which has been said then. */
export async function readTableFile(file, complain) {
  const text = await asUtf8(file, complain);
  return text && readTable(await text.text());
}

/** A field as a line of training text can have it. */
export const asField = (text) => text.replace(/\s+/g, " ").trim();

export const encodeRows = (rows) =>
  new TextEncoder().encode(rows.map((row) => `${row.map(asField).join("\t")}\n`).join(""));

/** The rows of what encodeRows gave. */
export const decodeRows = (bytes) =>
  new TextDecoder()
    .decode(bytes)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
