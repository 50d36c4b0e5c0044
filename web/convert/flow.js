// What a network's program does to what it is given: its forward() is followed, statement by
// statement, with values that only say what they are made of. Nothing of it is run.

import { followedOf, Modules, TYPED } from "./flow-modules.js";
import { isFollowed } from "./flow-values.js";

/**
 * @typedef {import("./flow-values.js").Value} Value
 * @typedef {{ self: Value | null, vars: Map<string, Value>, returns: Value[] }} Scope
 */

const STEPS = 50000; // expressions and statements that are looked at
const DEEPEST = 24; // methods in one another
const RECURRENT = /^(lstm|gru|rnn_tanh|rnn_relu)(_cell)?$/;

export class Flow extends Modules {
  /** What forward() of a class gives, its tensors being below `root`. @returns {Value | null} */
  of(name, root) {
    this.root = root;
    this.top = name;
    const self = this.values.make("module", { path: root });
    const method = this.methodOf(this.classes.get(name), "forward");
    if (!method) return null;
    const given = method.params.slice(1).map(({ fallback }) => !fallback);
    const args = given.map((isGiven) => (isGiven ? this.values.make("input") : undefined));
    return this.enter(self, method, args, new Map(), "");
  }

  enter(self, { params, body }, args, keys, text) {
    if (this.depth >= DEEPEST) return this.values.other(text, args);
    this.depth += 1;
    const scope = { self, vars: new Map(), returns: [] };
    const [own, ...others] = params;
    if (own) scope.vars.set(own.name, self);
    others.forEach(({ name, fallback }, i) => {
      const given = args[i] ?? keys.get(name);
      const missing = () => (fallback ? this.evaluate(fallback, scope) : this.values.other(name));
      scope.vars.set(name, given ?? missing());
    });
    this.run(body, scope);
    this.depth -= 1;
    return scope.returns.reduce((a, b) => this.values.either(a, b), this.values.make("none"));
  }

  /** Follows statements; true where all ways end in a return. */
  run(body, scope) {
    for (const one of body) {
      if ((this.steps += 1) > STEPS) return true;
      if (this.statement(one, scope)) return true;
    }
    return false;
  }

  statement(one, scope) {
    if (one.kind === "return") {
      if (one.value) scope.returns.push(this.evaluate(one.value, scope));
      return true;
    }
    if (one.kind === "value") this.evaluate(one.value, scope);
    if (one.kind === "assign") {
      const value = this.evaluate(one.value, scope);
      for (const target of one.targets) this.assign(target, value, scope);
    }
    if (one.kind === "change") {
      const { target, sign, value } = one;
      const [a, b] = [this.evaluate(target, scope), this.evaluate(value, scope)];
      this.assign(
        target,
        this.calls.sign(sign, a, b, `${target.text} ${sign} ${value.text}`),
        scope,
      );
    }
    if (one.kind === "block") return this.run(one.body, scope);
    if (one.kind === "if") return this.branch(one, scope);
    if (one.kind === "for") this.loop(one, scope);
    return false;
  }

  branch({ body, other }, scope) {
    const before = new Map(scope.vars);
    const ends = this.run(body, scope);
    const after = scope.vars;
    scope.vars = before;
    const endsToo = this.run(other, scope);
    if (ends || endsToo) {
      if (endsToo) scope.vars = after;
      return ends && endsToo;
    }
    for (const [name, value] of after)
      scope.vars.set(name, this.values.either(value, scope.vars.get(name)));
    return false;
  }

  loop({ target, over, body }, scope) {
    for (const item of this.itemsOf(over, target, body, scope)) {
      this.assign(target, item, scope);
      this.run(body, scope);
    }
  }

  /** What a loop goes over: modules, each once; of steps and all else one. @returns {Value[]} */
  itemsOf(over, target, body, scope) {
    const called = over.kind === "call" && over.of.kind === "name" ? over.of.name : "";
    const args = called ? over.args : [];
    const tuple = (items) => this.values.make("tuple", { items });
    if (called === "enumerate" || called === "zip") {
      const lists = args.map((arg) => this.itemsOf(arg, target, body, scope));
      const count = Math.max(0, ...lists.map((list) => list.length));
      return Array.from({ length: count }, (_, i) => {
        const items = lists.map((list) => list[i] ?? list[0] ?? this.values.other(over.text));
        return tuple(called === "zip" ? items : [this.values.number(i), ...items]);
      });
    }
    if (called === "range") {
      const count = this.countOf(body, target, scope);
      return Array.from({ length: count }, (_, i) =>
        count > 1 ? this.values.number(i) : this.values.other(target.text),
      );
    }
    const value = this.evaluate(over, scope);
    if (value.op === "list" || value.op === "tuple") return [...value.items];
    if (value.op === "module") return this.childrenOf(value);
    return [isFollowed(value) ? this.calls.moved(value, false) : this.values.other(over.text)];
  }

  /** How often a loop by numbers goes: over the modules of a list that it takes by them, or once. */
  countOf(body, target, scope) {
    let count = 1;
    const look = (part, depth) => {
      if (part === null || typeof part !== "object" || depth > 30) return;
      if (part.kind === "item" && part.index.text === target.text) {
        const list = this.evaluate(part.of, scope);
        if (list.op === "module") count = Math.max(count, this.childrenOf(list).length);
      }
      for (const inner of part instanceof Map ? part.values() : Object.values(part))
        look(inner, depth + 1);
    };
    look(body, 0);
    return count;
  }

  assign(target, value, scope) {
    if (target.kind === "tuple" || target.kind === "list") {
      target.items.forEach((one, i) => this.assign(one, this.part(value, i, target), scope));
      return;
    }
    scope.vars.set(target.kind === "name" ? target.name : target.text, value);
    if (target.kind !== "item") return;
    const whole = this.evaluate(target.of, scope);
    const index = this.evaluate(target.index, scope);
    if (whole.op === "list") {
      if (index.op === "number") whole.items[index.value] = value;
      else whole.items.push(value);
    } else if (isFollowed(value) && target.of.kind === "name")
      scope.vars.set(target.of.name, value);
  }

  /** The value at a place of what gives several. */
  part(value, i, { items, text }) {
    if (value.op === "rnn" && items?.length === 3 && i > 0)
      return this.values.make("state", { part: " hc"[i], index: "", arg: value });
    if (value.op === "rnn") return this.partOf(value, i, text);
    if (value.op === "state" && value.part === "both" && i < 2)
      return this.values.make("state", { part: "hc"[i], index: "", arg: value.arg });
    if (value.op === "largest" && i === 0) return this.calls.pool(value.arg, "max");
    if (value.op === "either") {
      const options = value.options.map((one) => this.part(one, i, { items, text }));
      return options.reduce((a, b) => this.values.either(a, b));
    }
    if (value.op !== "tuple" && value.op !== "list") return this.values.other(text, [value]);
    const fits = value.items.length === (items ?? value.items).length;
    return (fits && value.items.at(i)) || this.values.other(text, [value]);
  }

  /** What a recurrent module gives: its outputs and its state; a cell, its state alone. */
  partOf(value, i, text) {
    const { kind, path } = value;
    const isLstm = this.layers.isLstm(path);
    if (kind === "cell" && !isLstm) return this.calls.moved(value, false);
    if (i === 0) return this.values.make("out", { arg: value });
    if (i !== 1) return this.values.other(text, [value]);
    const part = kind === "cell" ? "c" : isLstm ? "both" : "h";
    return this.values.make("state", { part, index: "", arg: value });
  }

  /** @returns {Value} */
  evaluate(node, scope) {
    if ((this.steps += 1) > STEPS) return this.values.other("a long program");
    const told = scope.vars.get(node.kind === "name" ? node.name : node.text);
    if (told) return told;
    const all = (nodes) => nodes.map((one) => this.evaluate(one, scope));
    switch (node.kind) {
      case "name":
        return /^None$/.test(node.name)
          ? this.values.make("none")
          : this.values.make("global", { name: node.name });
      case "number":
      case "text":
        return this.values.make(node.kind, { value: node.value });
      case "tuple":
        return this.values.make("tuple", { items: all(node.items) });
      case "list":
        return this.values.list(all(node.items));
      case "map":
        return this.values.make("tuple", { items: all(node.pairs.map(([, one]) => one)) });
      case "each":
        return this.each(node, scope);
      case "minus":
        return this.calls.sign(
          "*",
          this.evaluate(node.a, scope),
          this.values.number(-1),
          node.text,
        );
      case "not":
        return this.evaluate(node.a, scope);
      case "choice":
        return this.values.either(this.evaluate(node.a, scope), this.evaluate(node.b, scope));
      case "sign":
        return this.calls.sign(node.sign, ...all([node.a, node.b]), node.text);
      case "attribute":
        return this.attribute(this.evaluate(node.of, scope), node.name, node.text);
      case "item":
        return this.item(node, scope);
      case "call":
        return this.call(node, scope);
      default:
        return this.values.other(node.text, [...scope.vars].flatMap(isNamedIn(node.text)), false);
    }
  }

  /** [item for target in over] */
  each({ item, target, over }, scope) {
    const inner = { ...scope, vars: new Map(scope.vars) };
    const items = this.itemsOf(over, target, [item], inner).map((one) => {
      this.assign(target, one, inner);
      return this.evaluate(item, inner);
    });
    return this.values.list(items);
  }

  attribute(of, name, text) {
    if (of.op === "module") return this.member(of, name, text);
    if (of.op === "global") return this.values.make("global", { name: `${of.name}.${name}` });
    if (of.op === "largest" && name === "values") return this.calls.pool(of.arg, "max");
    if (of.op === "tensor" && /^(T|mT)$/.test(name)) return this.calls.turned(of);
    if (of.op === "tensor" && name === "data") return of;
    if (isFollowed(of) && /^(T|mT)$/.test(name)) return this.calls.moved(of, true);
    if (isFollowed(of) && name === "data") return of;
    if (/^(shape|device|dtype)$/.test(name)) return this.values.other(text);
    return of.op === "list" || of.op === "tensor" || isFollowed(of)
      ? this.values.make("bound", { of, name })
      : this.values.other(text, [of]);
  }

  item(node, scope) {
    const of = this.evaluate(node.of, scope);
    const index = this.evaluate(node.index, scope);
    const number = index.op === "number" ? index.value : NaN;
    // A row a token of a matrix is what rows of one-hot times it are.
    if (of.op === "tensor" && isFollowed(index))
      return this.calls.matrix(index, [of], true) ?? this.values.other(node.text, [index], false);
    if (of.op === "module") {
      if (node.index.kind === "slice") return of;
      const child = this.childrenOf(of).at(Number.isNaN(number) ? Infinity : number);
      return child ?? this.values.other(node.text);
    }
    if (of.op === "list" && node.index.kind === "slice") return of;
    const isSeveral = /^(tuple|list|rnn|largest|either)$/.test(of.op) || of.part === "both";
    if (isSeveral && of.op !== "either") {
      if (of.op === "rnn" && of.kind === "cell" && !this.layers.isLstm(of.path))
        return this.calls.moved(of, false);
      return Number.isNaN(number)
        ? this.values.other(node.text, [of])
        : this.part(of, number, node);
    }
    if (of.op === "either") return this.itemOfEither(of, node, number);
    if (of.op === "state") return this.calls.stateAt(of, this.firstOf(node.index));
    if (isFollowed(of)) return this.stepOf(of, node);
    return this.values.other(node.text, [of]);
  }

  itemOfEither({ options }, node, number) {
    const parts = options.map((one) =>
      /^(tuple|list|rnn)$/.test(one.op) && !Number.isNaN(number)
        ? this.part(one, number, node)
        : this.values.other(node.text, [one]),
    );
    return parts.reduce((a, b) => this.values.either(a, b));
  }

  /** The whole number in front of an index, h[-1, :, :]. */
  firstOf(index) {
    const [first, ...rest] = index.kind === "tuple" ? index.items : [index];
    if (rest.some(({ kind, text }) => kind !== "slice" || text !== ":")) return NaN;
    return numberOf(first);
  }

  /** Steps of what is followed: the last, or some; not some of its units. */
  stepOf(of, { index, text }) {
    const places = index.kind === "tuple" ? index.items : [index];
    const isAll = ({ kind, text: own }) => kind === "slice" && own === ":";
    const last = places.slice(0, 2).findIndex((one) => numberOf(one) === -1);
    const others = places.filter((_, i) => i !== last);
    if (last >= 0 && others.every(isAll)) return this.calls.pool(of, "last");
    const isFirst = places.some((one, i) => numberOf(one) >= 0 && i > 0);
    if (places.slice(2).every(isAll) && !isFirst) return this.calls.moved(of, false);
    return this.values.other(text, [of]);
  }

  call(node, scope) {
    const callee = this.evaluate(node.of, scope);
    const args = node.args.map((one) => this.evaluate(one, scope));
    const keys = new Map([...node.keys].map(([name, one]) => [name, this.evaluate(one, scope)]));
    if (callee.op === "bound")
      return this.calls.apply(callee.name, [callee.of, ...args], keys, node.text);
    if (callee.op === "module") return this.module(callee, args, keys, node.text);
    if (callee.op === "maker")
      return this.module({ path: "?", maker: callee }, args, keys, node.text);
    if (callee.op === "method") {
      const found = this.classOf(callee.module.path, callee.module.maker);
      const method = this.methodOf(found, callee.name);
      return this.enter(callee.module, method, args, keys, node.text);
    }
    if (callee.op === "either") {
      const results = callee.options.map((one) =>
        one.op === "module"
          ? this.module(one, args, keys, node.text)
          : this.values.other(node.text, args),
      );
      return results.reduce((a, b) => this.values.either(a, b));
    }
    if (callee.op !== "global") return this.values.other(node.text, [callee, ...args], false);
    const name = callee.name.split(".").at(-1);
    if (RECURRENT.test(name) && scope.self && followedOf(args))
      return this.recurrent(scope.self.path, args, name);
    if (name === "getattr" && args[1]?.op === "text")
      return this.attribute(args[0], args[1].value, node.text);
    if (name === "dict") return this.values.make("tuple", { items: [...args, ...keys.values()] });
    if (TYPED.test(name) && !args.some(isFollowed)) return this.makerOf(name, node);
    return this.calls.apply(name, args, keys, node.text);
  }
}

/** The values of an expression's text that names a variable. */
const isNamedIn =
  (text) =>
  ([name, value]) =>
    text.includes(name) ? [value] : [];

const numberOf = ({ kind, value, a }) =>
  kind === "number" ? value : kind === "minus" && a.kind === "number" ? -a.value : NaN;
