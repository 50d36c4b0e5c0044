// Texts with {places}, and numbers, in the language of the lesson.

let mark = "."; // before decimals
/** @type {any} */
let common = {}; // the texts of the lesson that its parts share

/** Has numbers and tokens written as in a language, of which these are the texts. */
export function writeIn(language, texts) {
  mark = (0.5).toLocaleString(language).at(1);
  ({ common } = texts);
}

/** The words of the language by which tokens are named: `blanks`, `quoted`, `probability`. */
export const words = () => common;

/** A number, or its digits, as it is written. */
export const numeral = (/** @type {number | string} */ number) =>
  String(number).replace(/\.(?=\d)/, mark);

const shown = (value) => (typeof value === "number" ? numeral(value) : value);

/** Puts `values` into the {places} of a text. */
export const fill = (text, values = {}) =>
  text.replaceAll(/\{(\w+)\}/g, (place, name) => shown(values[name]) ?? place);
