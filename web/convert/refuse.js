// How a file is refused: one line that says what it is, what is missing, and what to do.

import { InklingError } from "../platform.js";

/** What a file is, or what in it no text model of ours can mean. */
export const refusal = (message, options) => new InklingError("format", message, options);

/** The network is understood, but which characters its ids stand for is in no file given. */
export const vocabularyRefusal = (message) => new InklingError("vocabulary", message);

/** For text from a file in a message: one line, short, nothing that a terminal obeys. */
export function shown(text) {
  const plain = String(text)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return plain.length > 60 ? `${plain.slice(0, 57)}…` : plain;
}

/** Does a path stay in its folder? */
export const isInside = (path) => !/^[/\\]|^[a-z]+:|(^|[/\\])\.\.([/\\]|$)/i.test(String(path));

/** The last part of a path. */
export const fileName = (path) => String(path).split(/[\\/]/).at(-1);

/** The order of names in which 2 comes before 10. */
export const natural = (a, b) => a.localeCompare(b, "en", { numeric: true });

export const isRefusal = (error) => error instanceof InklingError;
