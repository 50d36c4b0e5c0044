// The YAML that Keras's to_yaml() writes: maps and lists by their indentation or in brackets, plain
// and quoted scalars, Python's tuples. Anchors, texts of several lines and the rest of YAML are
// none of it.

const DEPTH = 64;

/** The text as a value, or undefined. */
export function parseYaml(text) {
  try {
    const parser = new Parser(text);
    const value = parser.block(0, 0);
    return parser.at === parser.lines.length ? value : undefined;
  } catch {
    return undefined; // whoever asks decides what that means
  }
}

const fail = (what) => {
  throw new Error(what);
};

/** Lines with what stands in them, a list in brackets that goes on in the next ones as one. */
function linesOf(text) {
  const lines = [];
  let parts = null; // of a line whose brackets are open
  let open = 0;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (!parts && (line === "" || /^#|^---$/.test(line))) continue;
    if (!parts) lines.push({ indent: raw.search(/\S/), text: line });
    open += count(line, "[{") - count(line, "]}");
    if (parts) parts.push(line);
    else if (open > 0 && /(^|[:\s])[[{]/.test(line)) parts = [line];
    else open = 0;
    if (parts && open <= 0) {
      lines.at(-1).text = parts.join(" ");
      parts = null;
      open = 0;
    }
  }
  return lines;
}

const count = (text, characters) => [...text].filter((c) => characters.includes(c)).length;

const KEY = /^("[^"]*"|'[^']*'|[^\s:#[\]{},][^:[\]{},]*):(?:\s+(.*))?$/;
const ITEM = /^-(?:\s+|$)/;

class Parser {
  constructor(text) {
    this.lines = linesOf(text);
    this.at = 0;
  }

  /** A list or a map whose lines begin at `indent`. */
  block(indent, depth) {
    const line = this.lines[this.at];
    if (!line || line.indent < indent || depth > DEPTH) fail("nothing there");
    return ITEM.test(line.text) ? this.list(line.indent, depth) : this.map(line.indent, depth);
  }

  list(indent, depth) {
    const items = [];
    for (let line; (line = this.lines[this.at]);) {
      if (line.indent !== indent || !ITEM.test(line.text)) break;
      const rest = line.text.replace(ITEM, "");
      if (ITEM.test(rest) || KEY.test(rest)) {
        // What stands behind the dash is the first line of a block of its own.
        this.lines[this.at] = { indent: indent + line.text.length - rest.length, text: rest };
        items.push(this.block(indent + 1, depth + 1));
      } else {
        this.at++;
        items.push(this.value(rest, indent + 1, depth));
      }
    }
    return items;
  }

  map(indent, depth) {
    const entries = [];
    for (let line; (line = this.lines[this.at]) && line.indent === indent;) {
      const [, key, rest = ""] = KEY.exec(line.text) ?? fail("no key");
      this.at++;
      entries.push([String(scalar(key)), this.value(rest, indent, depth)]);
    }
    return Object.fromEntries(entries);
  }

  /** What stands behind a key or a dash: in its line, or in the block below. */
  value(rest, indent, depth) {
    const text = rest.replace(/^!!\S+\s*/, "");
    if (text !== "") return new Flow(text).whole();
    const next = this.lines[this.at];
    const isBlock =
      next && (next.indent > indent || (next.indent === indent && ITEM.test(next.text)));
    return isBlock ? this.block(indent, depth + 1) : null;
  }
}

const WORDS = { null: null, "~": null, true: true, false: false };

function scalar(text) {
  if (/^[&*|>%@`]/.test(text)) fail("more than is read here");
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  if (/^".*"$/.test(text)) return JSON.parse(text);
  if (Object.hasOwn(WORDS, text)) return WORDS[text];
  return /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text;
}

const TOKEN = /\s+|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[[\]{},]|:(?=\s)|[^\s[\]{},:][^[\]{},:]*|:/g;

/** A value in one line: [null, 40], {seed: null}, or a scalar. */
class Flow {
  constructor(text) {
    this.tokens = text.match(TOKEN) ?? [];
    this.text = text;
    this.at = 0;
  }

  whole() {
    if (!/^[[{]/.test(this.text)) return scalar(this.text);
    const value = this.value(0);
    return this.next() === undefined ? value : fail("more behind it");
  }

  /** The next token, without spaces around it. */
  next() {
    let token = this.tokens[this.at++];
    while (token !== undefined && token.trim() === "") token = this.tokens[this.at++];
    return token?.trim().replace(/^!!\S+\s*/, "");
  }

  value(depth) {
    const token = this.next();
    if (token === undefined || depth > DEPTH) fail("cut short");
    if (token === "") return this.value(depth); // a tag in front of a list
    if (token === "[") return this.items("]", () => this.value(depth + 1));
    if (token === "{") return Object.fromEntries(this.items("}", () => this.entry(depth + 1)));
    return scalar(token);
  }

  entry(depth) {
    const key = this.next();
    if (this.next() !== ":") fail("no value");
    return [key, this.value(depth)];
  }

  items(end, read) {
    const items = [];
    for (;;) {
      const before = this.at;
      const token = this.next();
      if (token === end) return items;
      if (token === undefined) fail("no end");
      if (token !== ",") {
        this.at = before;
        items.push(read());
      }
    }
  }
}
