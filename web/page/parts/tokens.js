// Where the tokens of a text begin, as a reader sees them: characters, or words with the white
// space before them. The core has the last word on what a word is (src/text/words.h); where this
// says otherwise, only the place shown differs. And how tokens and their probabilities are shown.

import { FROM_THE_RIGHT } from "./words.js";

const WORD = /[^\S\n]*(?:[\p{L}\p{N}\p{M}]+(?:['’.,:&@/‐‑–-][\p{L}\p{N}\p{M}]+)*|--|\.\.\.|.|$)/uy;

/** Whether a position is between the halves of a character. */
export const isLowSurrogate = (text, i) => (text.charCodeAt(i) & 0xfc00) === 0xdc00;

/** The position one character before or behind another. */
export function step(text, position, by) {
  const next = Math.max(0, Math.min(text.length, position + by));
  return isLowSurrogate(text, next) ? next + by : next;
}

/** Whether the line around a position is written from the right, as its first letter says. */
export function isFromTheRight(text, position) {
  const line = text.slice(text.lastIndexOf("\n", position - 1) + 1);
  return FROM_THE_RIGHT.test(/\p{L}/u.exec(line)?.[0] ?? "");
}

/** The token that a position is in, { start, end }; of words, `words` tells whether they are. */
export function tokenAt(text, position, words) {
  if (!words || text[position] === "\n") return { start: position, end: step(text, position, 1) };
  const line = text.lastIndexOf("\n", position - 1) + 1;
  for (let start = line; ; start = WORD.lastIndex) {
    WORD.lastIndex = start;
    WORD.exec(text);
    if (WORD.lastIndex > position || WORD.lastIndex <= start)
      return { start, end: WORD.lastIndex || text.length };
  }
}

/** The tokens of a text, words without the white space before them. */
export function tokensOf(text, words) {
  const tokens = [];
  for (let at = 0; at < text.length;) {
    const { start, end } = tokenAt(text, at, words);
    const token = text.slice(start, end);
    tokens.push(words && token !== "\n" ? token.trim() : token);
    at = Math.max(end, at + 1);
  }
  return tokens;
}

// Characters that leave no ink: a sign for them, and a name.
export const BLANKS = {
  " ": ["␣", "space"],
  "\n": ["↵", "line break"],
  "\t": ["⇥", "tab"],
  "\r": ["␍", "carriage return"],
  "\u00a0": ["⍽", "no-break space"],
  "\u3000": ["␣␣", "wide space"],
  "\u200c": ["ZWNJ", "zero-width non-joiner"],
  "\u200d": ["ZWJ", "zero-width joiner"],
  "\ufe0f": ["VS16", "emoji style"],
};
const codes = (token) =>
  [...token].map((c) => `U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
// A vowel sign or an accent stands on a letter, here on a ring for any of them. What has no shape
// of its own is shown by its number.
function unnamed(token) {
  if (/^\p{M}+$/u.test(token)) return `◌${token}`;
  return /^[\p{C}\p{Z}\p{M}]+$/u.test(token) ? codes(token).join(" ") : token;
}
export const sign = (token) => BLANKS[token]?.[0] ?? unnamed(token);
export const spoken = (token, names = {}) => names[token] ?? BLANKS[token]?.[1] ?? unnamed(token);

/** A token with its name where it has no ink; `names` are those of another language. */
export const named = (token, names = {}) =>
  sign(token) === token ? token : `${sign(token)} ${spoken(token, names)}`;

/** A probability: what is nearly none or nearly all is not said to be it. */
export function percent(p) {
  if (p >= 0.9995 && p < 1) return ">99.9%";
  if (p >= 0.99 && p < 1) return `${(p * 100).toFixed(1)}%`;
  if (p >= 0.0995) return `${Math.round(p * 100)}%`;
  if (p >= 0.0005) return `${(p * 100).toFixed(1)}%`;
  return p > 0 ? "<0.1%" : "0%";
}
