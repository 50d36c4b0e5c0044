// Lists, maps and texts as they stand in a program, or as Python prints them: {'\n': 0, 'a': 1},
// behind `export default` or `chars =`. They are read as data; what is anything but text, whole
// numbers and brackets is no vocabulary.

const BEGINNING =
  /^(\s*(#|\/\/)[^\n]*\n)*\s*((export\s+default|module\.exports\s*=)\s*)?([\w.]+\()?(?=[[{(])/;
const ASSIGNED = new RegExp(
  [
    /^[ \t]*(?:export\s+)?(?:(?:const|let|var)\s+)?(?<name>[\w.]+)/,
    /\s*(?::\s*[\w[\]]+\s*)?=\s*(?:(?<call>[\w.]+)\()?(?=[[{("']|string\.)/, // behind its type
  ]
    .map(({ source }) => source)
    .join(""),
  "gm",
);
const LONGEST = 2 ** 22; // characters of a program
const HEAD = 2 ** 12; // of them, before the first value
const MOST = 64; // values in it
const SPACE = /\s+|#[^\n]*|\/\/[^\n]*/y; // a comment too
const NUMBER = /-?\d+(?![\w.])/y;
const NAME = /[A-Za-z_$][\w$]*(?=\s*:)/y;
const OF_STRING = /string\.(\w+)/y;
const QUOTED = String.raw`("(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')`;
const TEXT = new RegExp(String.raw`np\.str_\(${QUOTED}\)|[ub]?${QUOTED}`, "iy");
const ESCAPE = /\\(?:x([\da-fA-F]{2})|u\{?([\da-fA-F]{4,6})\}?|U([\da-fA-F]{8})|([\s\S]))/g;
const ESCAPES = {
  n: "\n",
  t: "\t",
  r: "\r",
  0: "\0",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
};
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const LETTERS = LOWER + LOWER.toUpperCase();
const PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
/** What Python's module string has. */
export const STRINGS = {
  ascii_lowercase: LOWER,
  ascii_uppercase: LOWER.toUpperCase(),
  ascii_letters: LETTERS,
  digits: "0123456789",
  punctuation: PUNCTUATION,
  printable: `0123456789${LETTERS}${PUNCTUATION} \t\n\r\v\f`,
};
// What programs call the text that they were trained on.
const TEXTS = /^(raw_?|train(ing)?_?|full_?|input_?)?(text|data|corpus|content)s?$/i;
const CLOSING = { "[": "]", "{": "}", "(": ")" };
const DEPTH = 8;

/** What stands between quotation marks, as Python writes it. */
export const plainText = (quoted) =>
  quoted.slice(1, -1).replace(ESCAPE, (_, x, u, long, one) => {
    if (one !== undefined) return ESCAPES[one] ?? one;
    const code = parseInt(x ?? u ?? long, 16);
    return code > 0x10ffff ? "\ufffd" : String.fromCodePoint(code);
  });

class Literal {
  constructor(text, at) {
    this.text = text;
    this.at = at;
  }

  /** What a pattern matches here, passed over; or null. */
  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found;
  }

  skip() {
    while (this.take(SPACE));
  }

  /** A value, or undefined where there is none. */
  value(depth = 0) {
    this.skip();
    const first = this.text[this.at];
    if (first in CLOSING) return depth < DEPTH ? this.items(CLOSING[first], depth) : undefined;
    const text = this.quoted();
    if (text !== undefined) return this.sum(text);
    const number = this.take(NUMBER);
    return number ? Number(number[0]) : this.take(NAME)?.[0];
  }

  quoted() {
    const found = this.take(TEXT);
    if (found) return plainText(found[1] ?? found[2]);
    return STRINGS[this.take(OF_STRING)?.[1]];
  }

  /** A text, and those that are added to it. */
  sum(text) {
    for (;;) {
      this.skip();
      if (!this.take(/\+/y)) return text;
      this.skip();
      const more = this.quoted();
      if (more === undefined) return undefined;
      text += more;
    }
  }

  /** What stands in brackets: a list, or a Map of what colons join. */
  items(closing, depth) {
    const list = [];
    const map = new Map();
    this.at++;
    for (;;) {
      this.skip();
      if (this.text[this.at] === closing) break;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      this.skip();
      if (this.take(/:/y)) {
        const inner = this.value(depth + 1);
        if (inner === undefined) return undefined;
        map.set(value, inner);
        this.skip();
      } else list.push(value);
      if (!this.take(/,/y) && this.text[this.at] !== closing) return undefined;
    }
    this.at++;
    if (map.size > 0) return list.length > 0 ? undefined : map;
    return list;
  }
}

/** The text of one line, if that is nothing but quoted text; or undefined. */
export function quotedText(line) {
  const literal = new Literal(line, 0);
  literal.skip();
  const found = literal.take(TEXT);
  literal.take(/,?\s*/y);
  return found && literal.at === line.length ? plainText(found[1] ?? found[2]) : undefined;
}

const characters = (value) => (typeof value === "string" ? [...value] : value);

/** A value as its program has it: in order, in no order, or as the text that it is trained on. */
function named(value, { name, call = "" }, isSorted) {
  const own = name.split(".").at(-1);
  if (/^sorted$/.test(call)) return { set: characters(value) };
  if (/^set$/.test(call)) return undefined; // in another order in every run
  return typeof value === "string" && TEXTS.test(own) && isSorted ? { textOf: value } : value;
}

/** May the value under a key of a checkpoint be the text that a network was trained on? */
export const isTextKey = (key) => TEXTS.test(key.split(".").at(-1));

/** The values of a program's text: what it begins with, and what it gives names to. */
export function literalsIn(whole) {
  const text = whole.slice(0, LONGEST);
  const isSorted = /\bsorted\(|\.sort\(/.test(text);
  const first = BEGINNING.exec(text.slice(0, HEAD))?.[0].length;
  const values = first === undefined ? [] : [new Literal(text, first).value()];
  for (const { 0: found, index, groups } of text.matchAll(ASSIGNED)) {
    if (values.length === MOST) break;
    values.push(named(new Literal(text, index + found.length).value(), groups, isSorted));
  }
  return values.filter((value) => value !== undefined && typeof value !== "number");
}
