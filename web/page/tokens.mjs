// Where the tokens of a text begin, as a reader sees them: characters, or words with the white space
// before them. The core has the last word on what a word is (src/text/words.h); where this says otherwise,
// only the place shown differs.

const WORD = /[^\S\n]*(?:[\p{L}\p{N}\p{M}]+(?:['’.,:&@/‐‑–-][\p{L}\p{N}\p{M}]+)*|--|\.\.\.|.|$)/uy;

const isLowSurrogate = (text, i) => (text.charCodeAt(i) & 0xfc00) === 0xdc00;

/** The position one character before or behind another. */
export function step(text, position, by) {
  const next = Math.max(0, Math.min(text.length, position + by));
  return isLowSurrogate(text, next) ? next + by : next;
}

/** The token that a position is in, { start, end }; of words, `words` tells whether they are. */
export function tokenAt(text, position, words) {
  if (!words || text[position] === "\n") return { start: position, end: step(text, position, 1) };
  const line = text.lastIndexOf("\n", position - 1) + 1;
  for (let start = line; ; start = WORD.lastIndex) {
    WORD.lastIndex = start;
    WORD.exec(text);
    if (WORD.lastIndex > position || WORD.lastIndex <= start) return { start, end: WORD.lastIndex || text.length };
  }
}
