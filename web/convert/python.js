// The classes of a program in Python and their methods, as statements. It is read, never run.

import { expressionOf } from "./python-expression.js";
import { linesOf } from "./python-tokens.js";

/**
 * @typedef {import("./python-expression.js").Expression} Expression
 * @typedef {{ kind: string, [part: string]: any }} Statement Its kinds: assign { targets, value },
 *   change { target, sign, value }, return { value }, value { value }, if { test, body, other },
 *   for { target, over, body }, block { body, word }, class { name, bases, body, text },
 *   def { name, params, body }
 */

const CHANGES = /^(\+|-|\*|\/|\/\/|\*\*|%|@|&|\||\^|<<|>>)=$/;
const DEEPEST = 40;
const LONGEST = 20000; // tokens of a line
const HEADS = /^(class|def|if|elif|else|for|while|with|try|except|finally|async|match|case)$/;

/** The index of a sign that stands in no brackets, or -1. */
function outside(tokens, isOne) {
  let depth = 0;
  for (const [i, { type, value }] of tokens.entries()) {
    if (type === "text") continue;
    if (depth === 0 && isOne(value)) return i;
    if (type === "sign" && /^[([{]$/.test(value)) depth += 1;
    if (type === "sign" && /^[)\]}]$/.test(value)) depth -= 1;
  }
  return -1;
}

/** Parts between signs that stand in no brackets. */
function parts(tokens, sign) {
  const found = [];
  let rest = tokens;
  for (let at = 0; at >= 0 && found.length < 200;) {
    at = outside(rest, (value) => value === sign);
    found.push(at < 0 ? rest : rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return found;
}

class Reader {
  constructor(source) {
    this.source = source;
    this.lines = linesOf(source);
    this.at = 0;
  }

  expression(tokens) {
    return expressionOf(tokens, this.source);
  }

  /** Statements that are moved in further than `indent`. @returns {Statement[]} */
  block(indent, depth = 0) {
    const body = [];
    while (this.at < this.lines.length && this.lines[this.at].indent > indent) {
      const line = this.lines[this.at++];
      if (line.tokens.length > LONGEST) continue; // data, not a program
      const found = this.statement(line, depth);
      if (found?.kind === "other") {
        const before = body.at(-1);
        if (before?.kind === "if") lastIf(before).other = found.body;
        else body.push({ kind: "block", body: found.body });
      } else if (found) body.push(...[found].flat());
    }
    return body;
  }

  statement({ indent, tokens }, depth) {
    const [{ type, value: word }] = tokens;
    if (type !== "name" || !HEADS.test(word)) return this.simple(tokens);
    if (word === "async") return this.statement({ indent, tokens: tokens.slice(1) }, depth);
    const colon = outside(tokens, (value) => value === ":");
    if (colon < 0 || tokens.length < 2) return this.simple(tokens);
    const head = tokens.slice(1, colon);
    const inline = tokens.slice(colon + 1);
    const from = this.at;
    const below = depth < DEEPEST ? this.block(indent, depth + 1) : [];
    const body = inline.length > 0 ? [...this.simple(inline), ...below] : below;
    return this.compound(word, head, body, from);
  }

  compound(word, head, body, from) {
    if (word === "class") return this.classOf(head, body, from);
    if (word === "def") return this.def(head, body);
    if (word === "if") return { kind: "if", test: this.expression(head), body, other: [] };
    if (word === "elif") {
      const test = this.expression(head);
      return { kind: "other", body: [{ kind: "if", test, body, other: [] }] };
    }
    if (word === "else" || word === "finally") return { kind: "other", body };
    if (word === "except" || word === "case") return null;
    if (word !== "for") return { kind: "block", body, word };
    const at = outside(head, (value) => value === "in");
    if (at < 0) return null;
    const [target, over] = [head.slice(0, at), head.slice(at + 1)];
    return { kind: "for", target: this.expression(target), over: this.expression(over), body };
  }

  classOf([name, ...head], body, from) {
    const bases = head.filter((token) => token.type === "name").map(({ value }) => value);
    const [first, last] = [this.lines[from], this.lines[this.at - 1]];
    const text = first ? this.source.slice(first.tokens[0].at, last.tokens.at(-1).end) : "";
    return { kind: "class", name: name?.value ?? "", bases, body, text };
  }

  def([name, , ...head], body) {
    const end = outside(head, (value) => value === ")");
    const list = parts(head.slice(0, end < 0 ? head.length : end), ",");
    const params = list.flatMap((tokens) => {
      const at = outside(tokens, (value) => value === "=");
      const fallback = at < 0 ? null : this.expression(tokens.slice(at + 1));
      const [own] = tokens.filter(({ type }) => type === "name");
      return own ? [{ name: own.value, fallback }] : [];
    });
    return { kind: "def", name: name?.value ?? "", params, body };
  }

  simple(tokens) {
    return parts(tokens, ";").flatMap((one) => (one.length > 0 ? this.plain(one) : []));
  }

  plain(tokens) {
    const [{ type, value: word }] = tokens;
    if (type === "name" && word === "return") {
      const isBare = tokens.length === 1;
      return [{ kind: "return", value: isBare ? null : this.expression(tokens.slice(1)) }];
    }
    if (type === "name" && /^(import|from|pass|raise|assert|del|global|print)$/.test(word))
      return [];
    const change = outside(tokens, (value) => CHANGES.test(value));
    if (change > 0) {
      const [target, value] = [tokens.slice(0, change), tokens.slice(change + 1)];
      const sign = tokens[change].value.slice(0, -1);
      const read = (one) => this.expression(one);
      return [{ kind: "change", target: read(target), sign, value: read(value) }];
    }
    const sides = parts(tokens, "=");
    if (sides.length === 1) return [{ kind: "value", value: this.expression(tokens) }];
    const value = this.expression(sides.at(-1));
    const targets = sides.slice(0, -1).map((side) => this.expression(untyped(side)));
    return [{ kind: "assign", targets, value }];
  }
}

/** A name without its type, "x: Tensor". */
function untyped(tokens) {
  const colon = outside(tokens, (value) => value === ":");
  return colon > 0 ? tokens.slice(0, colon) : tokens;
}

/** The innermost if of a chain of elif. */
function lastIf(statement) {
  const [only] = statement.other;
  return statement.other.length === 1 && only.kind === "if" ? lastIf(only) : statement;
}

/** @typedef {{ name: string, bases: string[], text: string, methods: Map<string, any> }} Class */

/** Statements in a body and in those inside it. @returns {Generator<Statement>} */
export function* statementsIn(body) {
  for (const one of body ?? []) {
    yield one;
    for (const inner of [one.body, one.other]) if (Array.isArray(inner)) yield* statementsIn(inner);
  }
}

/** What a class's methods but forward() assign to an attribute: expressions. */
export function* assignedTo(found, name) {
  for (const [method, { body }] of found?.methods ?? [])
    if (method !== "forward")
      for (const { kind, targets, value } of statementsIn(body))
        if (kind === "assign" && targets.some(({ text }) => text === `self.${name}`)) yield value;
}

/** A method of a class or of those that it is made from; null: none has it. */
export function methodOf(classes, found, name, depth = 0) {
  if (!found || depth > 8) return null;
  const inherited = () =>
    found.bases.map((base) => methodOf(classes, classes.get(base), name, depth + 1));
  return found.methods.get(name) ?? inherited().find(Boolean) ?? null;
}

/** The statements of a program. @param {string} source */
export const bodyOf = (source) => new Reader(source).block(-1);

/** The classes of a program, those in classes and functions too. @returns {Class[]} */
export function classesIn(source) {
  const found = [];
  const methodsOf = (body) => {
    const methods = body.filter(({ kind }) => kind === "def");
    return new Map(methods.map((method) => [method.name, method]));
  };
  const body = bodyOf(source);
  for (const one of statementsIn(body))
    if (one.kind === "class") found.push({ ...one, methods: methodsOf(one.body) });
  const alone = methodsOf(body); // of a class of which only that was kept
  if (alone.has("forward")) found.push({ name: "", bases: [], text: source, methods: alone });
  return found;
}
