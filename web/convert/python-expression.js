// The expressions of a program in Python, as far as networks are written with them. What is
// anything else (a lambda, a generator) is "opaque": it stands there, and nobody looks into it.

/**
 * @typedef {import("./python-tokens.js").Token} Token
 *
 * @typedef {{ kind: string, text: string, [part: string]: any }} Expression Its kinds:
 *   name { name }, number { value }, text { value }, attribute { of, name },
 *   call { of, args, keys }, item { of, index }, slice { parts }, not { a }, tuple { items },
 *   list { items }, map { pairs }, each { item, target, from }, sign { sign, a, b }, minus { a },
 *   choice { test, a, b }, opaque; `spreads`: what stands behind * or **
 */

// Signs between two values, from what binds least; comparisons give what no network reads on.
const LEVELS = [
  ["or"],
  ["and"],
  ["in", "is", "not", "<", ">", "==", ">=", "<=", "!="],
  ["|"],
  ["^"],
  ["&"],
  ["<<", ">>"],
  ["+", "-"],
  ["*", "/", "//", "%", "@"],
];
const DEEPEST = 60;

class Parser {
  /** @param {Token[]} tokens @param {string} source */
  constructor(tokens, source) {
    this.tokens = tokens;
    this.source = source;
    this.at = 0;
    this.depth = 0;
  }

  peek(value) {
    const token = this.tokens[this.at];
    return token !== undefined && token.type !== "text" && token.value === value;
  }

  take(value) {
    if (!this.peek(value)) return false;
    this.at += 1;
    return true;
  }

  need(value) {
    if (!this.take(value)) throw new SyntaxError(value);
  }

  get isDone() {
    return this.at >= this.tokens.length;
  }

  /** @returns {Expression} */
  node(from, kind, parts = {}) {
    const [first, last] = [this.tokens[from], this.tokens[this.at - 1] ?? this.tokens[from]];
    const text = this.source.slice(first.at, Math.min(last.end, first.at + 200));
    return { kind, text: text.replace(/\s+/g, " "), ...parts };
  }

  /** Values with commas between them are a tuple. */
  all() {
    const from = this.at;
    const first = this.one();
    if (!this.peek(",")) return first;
    const items = [first];
    while (this.take(",") && !this.isDone && !CLOSES.test(this.tokens[this.at].value))
      items.push(this.one());
    return this.node(from, "tuple", { items });
  }

  one() {
    if ((this.depth += 1) > DEEPEST) throw new SyntaxError("too deep");
    const from = this.at;
    if (this.take("*") || this.take("**")) return this.up({ ...this.one(), spreads: true });
    if (this.peek("lambda")) throw new SyntaxError("lambda");
    const a = this.level(0);
    if (this.take(":=")) return this.up(this.one());
    if (!this.take("if")) return this.up(a);
    const test = this.level(0);
    this.need("else");
    return this.up(this.node(from, "choice", { test, a, b: this.one() }));
  }

  up(value) {
    this.depth -= 1;
    return value;
  }

  level(n) {
    if (n === LEVELS.length) return this.unary();
    const from = this.at;
    if (n === 2 && this.take("not")) return this.node(from, "not", { a: this.level(n) });
    let a = this.level(n + 1);
    for (;;) {
      const found = LEVELS[n].find((one) => this.take(one));
      if (!found) return a;
      const more = ["not", "in"].find((one) => this.take(one));
      const sign = more ? `${found} ${more}` : found; // "is not", "not in"
      const b = this.level(n + 1);
      a = this.node(from, "sign", { sign, a, b });
    }
  }

  unary() {
    const from = this.at;
    if ((this.depth += 1) > DEEPEST) throw new SyntaxError("too deep");
    if (this.take("-")) return this.up(this.node(from, "minus", { a: this.unary() }));
    if (this.take("+") || this.take("~") || this.take("await")) return this.up(this.unary());
    const a = this.behind(from, this.atom());
    if (!this.take("**")) return this.up(a);
    return this.up(this.node(from, "sign", { sign: "**", a, b: this.unary() }));
  }

  /** What stands behind a value: .name, (…), […]. */
  behind(from, value) {
    for (;;) {
      if (this.take(".")) {
        const { type, value: name } = this.tokens[this.at++] ?? {};
        if (type !== "name") throw new SyntaxError(".");
        value = this.node(from, "attribute", { of: value, name });
      } else if (this.take("(")) {
        value = this.call(from, value);
      } else if (this.take("[")) {
        const index = this.index();
        value = this.node(from, "item", { of: value, index });
      } else {
        return value;
      }
    }
  }

  call(from, of) {
    const args = [];
    const keys = new Map();
    while (!this.take(")")) {
      const [name, equals] = this.tokens.slice(this.at, this.at + 2);
      if (name?.type === "name" && equals?.type === "sign" && equals.value === "=") {
        this.at += 2;
        keys.set(name.value, this.one());
      } else {
        const item = this.one();
        args.push(this.peek("for") ? this.each(this.at, item) : item);
      }
      if (!this.peek(")")) this.need(",");
    }
    return this.node(from, "call", { of, args, keys });
  }

  index() {
    const from = this.at;
    const items = [];
    while (!this.take("]")) {
      const start = this.at;
      const first = this.peek(":") ? null : this.one();
      if (this.peek(":")) {
        const parts = [first];
        while (this.take(":"))
          parts.push(/^[:,\]]$/.test(this.tokens[this.at]?.value ?? "") ? null : this.one());
        items.push(this.node(start, "slice", { parts }));
      } else items.push(first);
      if (!this.peek("]")) this.need(",");
    }
    return items.length === 1 ? items[0] : this.node(from, "tuple", { items });
  }

  /** item for target in from, with whatever conditions. */
  each(from, item) {
    this.need("for");
    const target = this.targets();
    this.need("in");
    const over = this.level(0);
    while (!this.isDone && !CLOSES.test(this.tokens[this.at].value)) this.at += 1;
    return this.node(from, "each", { item, target, over });
  }

  /** Names in front of "in". */
  targets() {
    const from = this.at;
    const items = [];
    do items.push(this.behind(this.at, this.atom()));
    while (this.take(","));
    return items.length === 1 ? items[0] : this.node(from, "tuple", { items });
  }

  atom() {
    const from = this.at;
    const token = this.tokens[this.at++];
    if (!token) throw new SyntaxError("end");
    if (token.type === "number")
      return this.node(from, "number", { value: Number(token.value.replaceAll("_", "")) });
    if (token.type === "text") {
      while (this.tokens[this.at]?.type === "text") this.at += 1;
      return this.node(from, "text", { value: token.value });
    }
    if (token.type === "name") return this.node(from, "name", { name: token.value });
    if (token.value === "(") return this.group(from, ")", "tuple");
    if (token.value === "[") return this.group(from, "]", "list");
    if (token.value === "{") return this.map(from);
    if (token.value === "." && this.take(".") && this.take("."))
      return this.node(from, "name", { name: "..." });
    throw new SyntaxError(token.value);
  }

  /** (a) is a; (a, b), [a, b] and [a for b in c] are what they are. */
  group(from, end, kind) {
    if (this.take(end)) return this.node(from, kind, { items: [] });
    const item = this.one();
    if (this.peek("for")) {
      const each = this.each(this.at, item);
      this.need(end);
      return each;
    }
    const items = [item];
    while (this.take(",")) if (!this.peek(end)) items.push(this.one());
    const isTuple = items.length > 1 || this.tokens[this.at - 1].value === ",";
    this.need(end);
    return kind === "tuple" && !isTuple ? item : this.node(from, kind, { items });
  }

  map(from) {
    const pairs = [];
    while (!this.take("}")) {
      const key = this.one();
      const value = this.take(":") ? this.one() : null;
      if (this.peek("for")) this.each(this.at, key);
      else pairs.push([key, value]);
      if (!this.peek("}")) this.need(",");
    }
    return this.node(from, "map", { pairs });
  }
}

const CLOSES = /^[)\]}:=]$/;

/** @param {Token[]} tokens @param {string} source @returns {Expression} */
export function expressionOf(tokens, source) {
  const parser = new Parser(tokens, source);
  try {
    const found = parser.all();
    if (parser.isDone) return found;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  parser.at = tokens.length;
  return tokens.length === 0 ? { kind: "opaque", text: "" } : parser.node(0, "opaque");
}
