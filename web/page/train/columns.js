// Which columns of a table are learnt: chosen by what stands in them and by what the first row
// calls them, shown where there are more than two, and changed by hand.

import { element } from "../dom.js";
import { apart, counted } from "../parts/words.js";
import { asField } from "./table.js";

const LONGEST_NAME = 40; // characters of what a column is called
const FEWEST = 4; // rows below the first, to tell by them whether it names the columns
const FIGURE = /^[^a-z\u0080-\uffff]*\d[^a-z\u0080-\uffff]*$/i;
const SENTENCE = /[.!?…。！？]$/;
// What a column of labels is usually called; the surest first.
const USUAL = [
  ...["label", "class", "category", "sentiment", "target", "topic", "intent", "spam", "type"],
  ...["klasse", "kategorie", "thema", "typ"],
  ...["classe", "catégorie", "sujet", "étiquette"],
  ...["clase", "categoría", "tema", "etiqueta", "tipo"],
];

// What stands amid the figures of a date and time, as programs and spreadsheets write them.
const OF_TIMES = /(?<=\d)[tz](?=\d|$)|\b(am|pm|gmt|utc)\b/gi;

/** Whether it is a number or a date or time of figures. */
const isFigure = (value) => FIGURE.test(value.replace(OF_TIMES, ""));

const different = (values) => new Set(values.filter((value) => value !== "")).size;
const lengthOf = (values) => values.reduce((sum, value) => sum + value.length, 0) / values.length;

const REFERENCE = /\p{L}.*\d$/u;

/** Whether a column has places or ids, "John 3:16" or "CHEMBL25": few but for their figures. */
function isOfReferences(values) {
  const places = values.filter((value) => REFERENCE.test(value));
  const kinds = different(places.map((value) => value.replace(/[^\p{L}]+$/u, "")));
  return places.length > 0.9 * values.length && 3 * kinds <= values.length;
}

/**
 * Whether the first row names the columns: what stands in it is short and in no other row, and the
 * others have figures below it, or the same few values again and again, or are longer.
 */
function isHead([first, ...rest]) {
  const names = first.filter((name) => name !== "");
  const columns = first.map((_, column) => rest.map((row) => row[column]));
  const isLikeOthers = (name, column) =>
    columns[column].includes(name) || (REFERENCE.test(name) && isOfReferences(columns[column]));
  const isName = (name, column) =>
    name.length <= LONGEST_NAME && !isFigure(name) && !isLikeOthers(name, column);
  if (rest.length < FEWEST || different(names) < names.length || names.every(isSentence))
    return false;
  if (!first.every((name, column) => name === "" || isName(name, column))) return false;
  const tells = (name, column) =>
    name !== "" &&
    (columns[column].every(isFigure) || different(columns[column]) <= rest.length / 2);
  const longer = columns.reduce((sum, values) => sum + lengthOf(values), 0);
  return first.some(tells) || longer >= 1.5 * names.join("").length;
}

const isSentence = (name) => SENTENCE.test(name);

/**
 * The columns of rows, as many as most of them have, but for those that nothing stands in: { names,
 * rows, body, cut }. `body` is the rows without a first one that names the columns; where none does
 * they are called by their numbers. `cut` says it if some rows have more.
 */
export function columnsOf(all) {
  const lengths = all.map((row) => row.length).sort((a, b) => b - a);
  const width = Math.max(lengths[Math.floor(all.length / 2)] ?? 0, 2);
  const places = [...Array(width).keys()].filter((place) => all.some((row) => row[place]));
  const rows = all.map((row) => places.map((place) => row[place] ?? ""));
  const head = rows.length > 0 && isHead(rows) ? rows[0] : [];
  return {
    names: places.map((place, column) => head[column] || `Column ${place + 1}`),
    rows,
    body: head.length > 0 ? rows.slice(1) : rows,
    cut: cutOf(lengths, width),
  };
}

function cutOf(lengths, width) {
  const count = lengths.filter((length) => length > width).length;
  if (count === 0) return "";
  const which = `${count.toLocaleString("en")} of ${counted(lengths.length, "line")}`;
  return (
    `What stands behind column ${width} is left out: ${which} ${count === 1 ? "has" : "have"} ` +
    "more. If these are no columns, but texts with commas in them, learn them under Writing."
  );
}

/** The columns of a table with more than figures in most rows. */
function ofMoreThanFigures({ names, body }) {
  const isText = (column) => body.filter((row) => isFigure(row[column])).length <= body.length / 2;
  return [...names.keys()].filter(isText);
}

/** The column of labels that is called as these usually are, else the one with the fewest. */
function bestLabel(columns, { names, kinds }) {
  const words = names.map((name) => name.toLowerCase().split(/[^\p{L}]+/u));
  const usual = USUAL.map((word) => columns.find((column) => words[column].includes(word)));
  const fewest = [...columns].sort((a, b) => kinds[a] - kinds[b])[0];
  return usual.find((column) => column !== undefined) ?? fewest;
}

/**
 * { text, label, isSure } of a table: where the longest values are that are more than figures, and
 * of the other columns one that says the same again and again, if `isSure`.
 */
export function labelColumns(table) {
  const { names, body } = table;
  const columns = names.map((_, column) => body.map((row) => row[column]));
  const kinds = columns.map(different);
  // What is the same again and again, as a source, is no text, however long.
  const isVaried = (column) => kinds[column] > body.length / 3;
  const texts = ofMoreThanFigures(table).sort((a, b) => kinds[b] - kinds[a]);
  const [text = texts[0] ?? 0] = texts
    .filter(isVaried)
    .sort((a, b) => lengthOf(columns[b]) - lengthOf(columns[a]));
  const isFilled = (column) =>
    columns[column].filter((value) => value !== "").length > body.length / 2;
  const others = [...names.keys()].filter((column) => column !== text && kinds[column] >= 2);
  const sure = others.filter((column) => kinds[column] <= body.length / 3 && isFilled(column));
  const label = bestLabel(sure.length > 0 ? sure : others, { names, kinds });
  return { text, label: label ?? Number(text === 0), isSure: sure.length > 0 };
}

/** Of a table's two columns, the one beside references to it: no pair, but a text and its place. */
function besideReferences({ names, body }) {
  if (names.length !== 2) return undefined;
  const columns = [0, 1].map((column) => body.map((row) => row[column]));
  const [one, other] = columns.map(isOfReferences);
  const beside = Number(one);
  const isText = (value) => /\p{L}/u.test(value);
  return one !== other && columns[beside].every(isText) ? beside : undefined;
}

/** The column of a table with the longest texts; undefined where there is none. */
export function textColumn(table) {
  const { text } = labelColumns(table);
  const isText = ofMoreThanFigures(table).includes(text);
  return besideReferences(table) ?? (isText ? text : undefined);
}

/**
 * { from, to, isSure } of a table: of more than two columns the first two of more than figures, if
 * there are two.
 */
export function pairColumns(table) {
  const { names } = table;
  const [first = 0, second] = ofMoreThanFigures(table);
  if (names.length > 2 && second !== undefined) return { from: first, to: second, isSure: true };
  const from = Math.min(first, Math.max(names.length - 2, 0));
  const isSure = names.length === 2 && besideReferences(table) === undefined;
  return { from: names.length > 2 ? from : 0, to: from + 1, isSure };
}

/** The rows of two columns that have something in both. */
export const pick = ({ body }, columns) =>
  body.map((row) => columns.map((column) => asField(row[column] ?? ""))).filter(isFull);

const isFull = (row) => row.every((field) => field !== "");

const SHOWN = 80; // characters of a value
const brief = (text) => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);

export const html = /* HTML */ `<div class="columns" hidden></div>`;

/**
 * Shows which two columns of a table are read, and the first that came of it. `titles` are what
 * stands before them, and `onChoose(table, columns)`, when others are asked for, tells if they do.
 */
export function createColumns(place, { titles, onChoose }) {
  let table;
  let columns; // the two that are read
  const first = element("p", { className: "hint" });
  const selects = titles.map((title, i) => {
    const select = element("select", { id: `${place.closest("[data-task]").dataset.task}-${i}` });
    select.addEventListener("change", () => {
      const asked = Number(select.value);
      const other = columns[1 - i] === asked ? columns[i] : columns[1 - i]; // they change places
      const isRead = onChoose(table, i === 0 ? [asked, other] : [other, asked]);
      if (!isRead) select.value = String(columns[i]);
    });
    const label = element("label", { htmlFor: select.id, textContent: title });
    return { select, field: element("div", { className: "field" }, label, select) };
  });
  const fields = element("div", { className: "fields" }, ...selects.map(({ field }) => field));
  place.append(fields, first);
  return {
    show(its, chosen) {
      [table, columns] = [its, chosen];
      for (const [i, { select }] of selects.entries()) {
        const options = table.names.map((name, value) => element("option", { value }, brief(name)));
        select.replaceChildren(...options);
        select.value = String(columns[i]);
      }
      const [one, other] = pick(table, columns)[0].map((text) => `“${apart(brief(text))}”`);
      first.textContent = `The first: ${one} → ${other}`;
      place.hidden = false;
    },
    hide() {
      place.hidden = true;
    },
  };
}
