// The modules of a program that is followed: what its classes make of their attributes, and what a
// module gives when it is called.

import { Calls } from "./flow-calls.js";
import { assignedTo, methodOf } from "./python.js";
import { isFollowed, Values } from "./flow-values.js";

/**
 * @typedef {import("./flow-values.js").Value} Value
 * @typedef {import("./python.js").Class} Class
 * @typedef {{ kindOf: (path: string) => string | null, isLstm: (path: string) => boolean,
 *   statesOf: (path: string) => number, hasTensor: (name: string) => boolean,
 *   numberOf: (top: string, root: string, name: string) => number | undefined,
 *   typeOf: (path: string) => { name: string, path: string } | null,
 *   below: (path: string) => string[] }} Layers what is known of the modules at paths: recurrent,
 *   cell, weights, or null; how many states one has; whether a tensor is there; the number that an
 *   attribute of a class is, by the tensors' shapes; the class of a module; the names below it
 */

export const TYPED = /^[A-Z]/; // the names of classes

const joined = (path, name) => (path ? `${path}.${name}` : name);

/** What reads expressions, of which Flow has the rest. */
export class Modules {
  /** @param {Map<string, Class>} classes @param {Layers} layers */
  constructor(classes, layers) {
    this.classes = classes;
    this.layers = layers;
    this.values = new Values();
    this.calls = new Calls(this.values, layers);
    this.definitions = new Map();
    this.steps = 0;
    this.depth = 0;
  }

  methodOf(found, name) {
    return methodOf(this.classes, found, name);
  }

  /** The class of the module at a path, if the program has it. @returns {Class | undefined} */
  classOf(path, maker) {
    if (path === this.root) return this.classes.get(this.top);
    const type = this.layers.typeOf(path);
    return this.classes.get(type?.path) ?? this.classes.get(type?.name ?? maker?.name);
  }

  /** self.name: a module, a method, or what the program makes of it. */
  member(module, name, text) {
    const path = joined(module.path, name);
    const found = this.classOf(module.path, module.maker);
    if (/^(forward|__call__)(__\d+)?$/.test(name)) return module;
    const method = this.methodOf(found, name);
    if (method) return this.values.make("method", { module, name });
    const made = this.madeOf(found, module, name);
    if (this.layers.hasTensor(path))
      return this.values.make("tensor", { name: path, turned: false });
    const isThere = this.layers.kindOf(path) || this.layers.typeOf(path);
    const maker = made?.op === "maker" ? made : null;
    if (isThere || maker || this.layers.below(path).length > 0)
      return this.values.make("module", { path, maker });
    if (!made && /drop/i.test(name)) return this.values.make("global", { name: "dropout" });
    const number = made?.op === "number" ? undefined : this.numberIn(module, name);
    return number ?? made ?? this.values.other(text);
  }

  /** The number that an attribute of the network itself is, by the shapes of its tensors. */
  numberIn({ path }, name) {
    if (path !== this.root) return undefined;
    const value = this.layers.numberOf(this.top, this.root, name);
    return typeof value === "number" ? this.values.number(value) : undefined;
  }

  /** What a class makes of an attribute outside forward(), if that is one thing. */
  madeOf(found, module, name) {
    const key = `${found?.name} ${name}`;
    if (!this.definitions.has(key)) {
      const nodes = [];
      for (let one = found, n = 0; one && n < 8; one = this.classes.get(one.bases.at(-1)), n++)
        nodes.push(...assignedTo(one, name));
      const values = nodes.map((node) => this.made(node));
      const isOne = values.length > 0 && values.every((one) => one === values[0]);
      this.definitions.set(key, isOne ? values[0] : null);
    }
    return this.definitions.get(key);
  }

  /** The value of an attribute: a module that a call makes, a function, a number. */
  made(node) {
    if (node.kind === "call") {
      const name = node.of.kind === "attribute" ? node.of.name : node.of.name;
      if (name && TYPED.test(name)) return this.makerOf(name, node);
    }
    const scope = { self: null, vars: new Map(), returns: [] };
    const value = this.evaluate(node, scope);
    return /^(number|text|global|maker)$/.test(value.op) ? value : this.values.other(node.text);
  }

  makerOf(name, node) {
    const value = this.values.make("maker", { name, text: node.text });
    value.node ??= node;
    return value;
  }

  /** The modules in a list or a sequence. @returns {Value[]} */
  childrenOf({ path, maker }) {
    const args = maker?.node?.args ?? [];
    const pairs = args[0]?.kind === "call" ? (args[0].args[0]?.items ?? []) : [];
    const isNamed = /OrderedDict$/.test(args[0]?.of?.text ?? "");
    const listed = args[0]?.kind === "list" ? args[0].items : args;
    const own = isNamed
      ? pairs.map(({ items }) => [items?.[0]?.value ?? "", items?.[1]])
      : listed.map((one, i) => [String(i), one]);
    const isLiteral = own.every(([, one]) => one?.kind === "call" && one.of.kind !== "call");
    const names = this.layers.below(path);
    const makers = new Map(isLiteral ? own : []);
    const all = this.layers.typeOf(path) || makers.size === 0 ? names : [...makers.keys()];
    return all.map((name) => {
      const made = makers.get(name);
      const of = made ? this.made(made) : null;
      return this.values.make("module", {
        path: joined(path, name),
        maker: of?.op === "maker" ? of : null,
      });
    });
  }

  /** What a module makes of what it is called with. @returns {Value} */
  module(module, args, keys, text) {
    const { path, maker } = module;
    const all = [...args, ...keys.values()];
    const arg = followedOf(all);
    if (!arg) return this.values.other(text, all);
    const kind = this.layers.kindOf(path);
    const isRecurrent = kind === "recurrent" || kind === "cell";
    const found = this.classOf(path, maker);
    const method = this.methodOf(found, "forward");
    const isTheirs = /^__torch__\.torch\.nn\./.test(this.layers.typeOf(path)?.path ?? "");
    // Of what was traced, only its own program says which of its outputs it gives.
    if (method && isTheirs === isRecurrent && (isRecurrent || !kind))
      return this.enter(module, method, args, keys, text);
    if (isRecurrent) return this.recurrent(path, all);
    if (kind) return this.values.make("layer", { path, arg });
    // What was traced keeps the numbers of an activation in its program alone.
    const traced = method && isTheirs ? this.enter(module, method, args, keys, text) : null;
    if (traced && /^(activation|affine)$/.test(traced.op)) return traced;
    return this.plainModule(module, arg, text);
  }

  /** What a recurrent module gives; `by`: the function that TorchScript calls for it. */
  recurrent(path, args, by = null) {
    const arg = followedOf(args);
    const begins = args.filter((one) => one !== arg);
    return this.values.make("rnn", { path, by, kind: this.layers.kindOf(path), arg, begins });
  }

  /** A module without weights of its own, by its class's name. */
  plainModule({ path, maker }, arg, text) {
    const name = this.layers.typeOf(path)?.name ?? maker?.name;
    const inside = this.layers.below(path);
    if (/^Sequential$/.test(name ?? "")) {
      const children = this.childrenOf({ path, maker });
      return children.reduce((value, child) => this.module(child, [value], new Map(), text), arg);
    }
    if (!name || (inside.length === 1 && !this.classes.has(name))) {
      const only = inside.length === 1 ? joined(path, inside[0]) : null;
      const wrapped = only && this.values.make("module", { path: only, maker: null });
      return wrapped
        ? this.module(wrapped, [arg], new Map(), text)
        : this.values.other(text, [arg]);
    }
    const node = maker?.node;
    const scope = { self: null, vars: new Map(), returns: [] };
    const evaluate = (one) => this.evaluate(one, scope);
    const given = (node?.args ?? []).map(evaluate);
    const keys = new Map([...(node?.keys ?? [])].map(([key, one]) => [key, evaluate(one)]));
    const slope = this.layers.typeOf(path)?.slope;
    if (slope !== undefined) keys.set("negative_slope", this.values.number(slope));
    const isBare =
      /^(dropout|identity|flatten|(log_?)?softmax)/i.test(name) || /Dropout$/.test(name);
    const called = /Dropout$/.test(name) ? "dropout" : name;
    const what = `${name} in ${text}`;
    return this.calls.apply(called, [arg, ...(isBare ? [] : given)], keys, what);
  }
}

/** What a module reads of what it is called with: what most has happened to. */
export const followedOf = (all) =>
  all.find((one) => isFollowed(one) && one.op !== "input") ??
  all.find((one) => one.hides) ??
  all.find(isFollowed);
