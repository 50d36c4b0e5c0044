// A list or a map as it stands in a program, or as Python prints it: {'\n': 0, 'a': 1}, behind
// `export default` or `chars =`. It is read as data; what is anything but text, whole numbers and
// brackets is no vocabulary.

const BEGINNING = new RegExp(
  [
    /^(\s*(#|\/\/)[^\n]*\n)*\s*/, // comments
    /(export\s+default|(export\s+)?((const|let|var)\s+)?[\w.]+\s*(:\s*[\w[\]]+\s*)?=)?/,
    /\s*(array|OrderedDict|dict|defaultdict|list|set|Counter)?\(?(?=[[{(])/,
  ]
    .map(({ source }) => source)
    .join(""),
);
const SPACE = /(\s+|#[^\n]*|\/\/[^\n]*)*/y;
const NUMBER = /-?\d+(?![\w.])/y;
const NAME = /[A-Za-z_$][\w$]*(?=\s*:)/y;
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
const CLOSING = { "[": "]", "{": "}", "(": ")" };
const DEPTH = 8;

const plainText = (quoted) =>
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

  /** A value, or undefined where there is none. */
  value(depth = 0) {
    this.take(SPACE);
    const first = this.text[this.at];
    if (first in CLOSING) return depth < DEPTH ? this.items(CLOSING[first], depth) : undefined;
    const text = this.take(TEXT);
    if (text) return plainText(text[1] ?? text[2]);
    const number = this.take(NUMBER);
    return number ? Number(number[0]) : this.take(NAME)?.[0];
  }

  /** What stands in brackets: a list, or a Map of what colons join. */
  items(closing, depth) {
    const list = [];
    const map = new Map();
    this.at++;
    for (;;) {
      this.take(SPACE);
      if (this.text[this.at] === closing) break;
      const value = this.value(depth + 1);
      if (value === undefined) return undefined;
      this.take(SPACE);
      if (this.take(/:/y)) {
        const inner = this.value(depth + 1);
        if (inner === undefined) return undefined;
        map.set(value, inner);
        this.take(SPACE);
      } else list.push(value);
      if (!this.take(/,/y) && this.text[this.at] !== closing) return undefined;
    }
    this.at++;
    if (map.size > 0) return list.length > 0 ? undefined : map;
    return list;
  }
}

/** The first list or map of a program's text, or undefined where it does not begin with one. */
export function parseLiteral(text) {
  const beginning = BEGINNING.exec(text.slice(0, 4096));
  return beginning ? new Literal(text, beginning[0].length).value() : undefined;
}
