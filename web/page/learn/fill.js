// Texts with {places}, and numbers, in the language of the lesson.

let mark = "."; // before decimals

/** Has numbers written as a language does. */
export const writeNumbersIn = (language) => (mark = (0.5).toLocaleString(language).at(1));

/** A number, or its digits, as it is written. */
export const numeral = (/** @type {number | string} */ number) =>
  String(number).replace(/\.(?=\d)/, mark);

const shown = (value) => (typeof value === "number" ? numeral(value) : value);

/** Puts `values` into the {places} of a text. */
export const fill = (text, values = {}) =>
  text.replaceAll(/\{(\w+)\}/g, (place, name) => shown(values[name]) ?? place);
