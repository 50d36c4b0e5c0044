// Patterns that a text has, token by token, for units to be compared with: a number each, 0 or 1
// where it is yes or no, NaN where there is nothing to say.

import { argument, show } from "./options.js";

/** @typedef {(tokens: string[]) => number[]} Over */

const CLOSING = /** @type {Record<string, string>} */ ({ "(": ")", "[": "]", "{": "}", "<": ">" });

/** Whether what follows each token is so; of the last one nobody knows. @param {RegExp} what */
const next = (what) => (/** @type {string[]} */ tokens) =>
  tokens.map((_, t) => (t + 1 < tokens.length ? Number(what.test(tokens[t + 1])) : NaN));

/** @type {Record<string, Over>} By name. */
export const PATTERNS = {
  quotes: insideQuotes,
  brackets: insideBrackets,
  "line length": lineLengths,
  word: (tokens) => tokens.map((token) => Number(/^[\p{L}\p{M}'’]+$/u.test(token))),
  "capital next": next(/^\p{Lu}/u),
  "space next": next(/^\s/u),
};

/** Within double quotes, straight or curly; a blank line ends what was left open. */
function insideQuotes(/** @type {string[]} */ tokens) {
  let [open, breaks] = [false, 0];
  return tokens.map((token) => {
    breaks = token === "\n" ? breaks + 1 : 0;
    if (token === "“" || token === "«") open = true;
    else if (token === "”" || token === "»" || breaks > 1) open = false;
    else if (token === '"') open = !open;
    return Number(open);
  });
}

/** How deep in brackets. */
function insideBrackets(/** @type {string[]} */ tokens) {
  /** @type {string[]} */
  const open = [];
  return tokens.map((token) => {
    if (Object.hasOwn(CLOSING, token)) open.push(CLOSING[token]);
    else if (open.includes(token)) open.length = open.lastIndexOf(token);
    return open.length;
  });
}

/** Tokens since the line began. */
function lineLengths(/** @type {string[]} */ tokens) {
  let length = 0;
  return tokens.map((token) => (length = token === "\n" ? 0 : length + 1));
}

/**
 * A pattern over these tokens: one of the list by its name, or the caller's own.
 *
 * @param {string[]} tokens
 * @param {unknown} pattern
 * @returns {number[]}
 */
export function patternOver(tokens, pattern) {
  if (typeof pattern === "string") {
    if (Object.hasOwn(PATTERNS, pattern)) return PATTERNS[pattern](tokens);
    const names = Object.keys(PATTERNS).map(show).join(", ");
    throw argument(`there is no pattern ${show(pattern)}: there are ${names}`);
  }
  if (!Array.isArray(pattern) && !ArrayBuffer.isView(pattern)) {
    throw argument("the pattern must be a name, or a number or true or false for each token");
  }
  const values = Array.from(/** @type {ArrayLike<unknown>} */ (pattern), (value) =>
    typeof value === "boolean" ? Number(value) : value,
  );
  if (values.length !== tokens.length) {
    throw argument(`the pattern is of ${values.length} tokens where the text has ${tokens.length}`);
  }
  if (values.every((value) => Number.isFinite(value))) return /** @type {number[]} */ (values);
  throw argument("the pattern must be finite numbers, or true and false");
}
