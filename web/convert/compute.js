// What a program's forward() computes, number by number: the arithmetic of a network that somebody
// wrote by hand, by which it is told whether a cell here does the same. Only arrays, numbers and
// lists are known, so a program can do nothing but this sum, and it ends after so many steps; what
// is not known ends it, too.

import {
  NotKnown,
  arr,
  at,
  both,
  cut,
  full,
  isArr,
  map,
  oneHot,
  permuted,
  product,
} from "./compute-arrays.js";
import { called } from "./compute-calls.js";
import { isModule, Network } from "./compute-modules.js";

const STEPS = 50000; // expressions that are looked at
const DEEPEST = 24;

const SIGNS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
  "**": (a, b) => a ** b,
};
const TESTS = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  is: (a, b) => a === b,
  "is not": (a, b) => a !== b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};
const CONSTANTS = { None: null, True: true, False: false };

class Machine {
  /** @param {Network} network */
  constructor(network) {
    this.network = network;
    this.steps = 0;
    this.depth = 0;
  }

  enter(self, { params, body }, args, keys) {
    if ((this.depth += 1) > DEEPEST) throw new NotKnown("a deep program");
    const scope = new Map();
    const [own, ...others] = params;
    if (own) scope.set(own.name, self);
    others.forEach(({ name, fallback }, i) => {
      if (args[i] !== undefined) scope.set(name, args[i]);
      else if (keys.has(name)) scope.set(name, keys.get(name));
      else if (fallback) scope.set(name, this.evaluate(fallback, scope));
    });
    const found = this.run(body, scope);
    this.depth -= 1;
    return found ? found.value : null;
  }

  /** { value } of a return, or undefined. */
  run(body, scope) {
    for (const one of body) {
      const found = this.statement(one, scope);
      if (found) return found;
    }
    return undefined;
  }

  statement(one, scope) {
    switch (one.kind) {
      case "return":
        return { value: one.value ? this.evaluate(one.value, scope) : null };
      case "value":
        if (one.value.kind !== "text") this.evaluate(one.value, scope);
        return undefined;
      case "assign": {
        const value = this.evaluate(one.value, scope);
        for (const target of one.targets) this.assign(target, value, scope);
        return undefined;
      }
      case "change": {
        const { target, sign, value } = one;
        const [a, b] = [this.evaluate(target, scope), this.evaluate(value, scope)];
        this.assign(target, this.sign(sign, a, b), scope);
        return undefined;
      }
      case "if":
        return this.run(this.isTrue(one.test, scope) ? one.body : one.other, scope);
      case "for":
        return this.loop(one, scope);
      case "block":
        if (!/^(with|try|else|finally)$/.test(one.word ?? "else")) throw new NotKnown(one.word);
        return this.run(one.body, scope);
      default:
        throw new NotKnown(one.kind);
    }
  }

  loop({ target, over, body }, scope) {
    for (const item of this.itemsOf(over, scope)) {
      this.assign(target, item, scope);
      const found = this.run(body, scope);
      if (found) return found;
    }
    return undefined;
  }

  itemsOf(node, scope) {
    const name = node.kind === "call" && node.of.kind === "name" ? node.of.name : "";
    if (name === "enumerate") return this.itemsOf(node.args[0], scope).map((one, i) => [i, one]);
    if (name === "zip") {
      const lists = node.args.map((one) => this.itemsOf(one, scope));
      return lists[0].map((_, i) => lists.map((list) => list[i]));
    }
    if (name === "reversed") return [...this.itemsOf(node.args[0], scope)].reverse();
    return this.listOf(this.evaluate(node, scope));
  }

  listOf(value) {
    if (Array.isArray(value)) return value;
    if (isArr(value)) return Array.from({ length: value.shape[0] }, (_, i) => at(value, 0, i));
    if (isModule(value)) return this.network.childrenOf(value);
    throw new NotKnown("a list");
  }

  isTrue(node, scope) {
    const value = this.evaluate(node, scope);
    if (isArr(value)) throw new NotKnown("a question to an array");
    return Array.isArray(value) ? value.length > 0 : Boolean(value);
  }

  assign(target, value, scope) {
    if (target.kind === "tuple" || target.kind === "list") {
      const list = this.listOf(value);
      if (list.length !== target.items.length) throw new NotKnown("several values");
      target.items.forEach((one, i) => this.assign(one, list[i], scope));
    } else if (target.kind === "item") {
      const [whole, index] = [this.evaluate(target.of, scope), this.evaluate(target.index, scope)];
      if (!Array.isArray(whole) || !Number.isInteger(index)) throw new NotKnown(target.text);
      whole[index < 0 ? index + whole.length : index] = value;
    } else scope.set(target.text, value);
  }

  evaluate(node, scope) {
    if ((this.steps += 1) > STEPS) throw new NotKnown("a long program");
    if (scope.has(node.text)) return scope.get(node.text);
    const one = (inner) => this.evaluate(inner, scope);
    switch (node.kind) {
      case "name":
        if (Object.hasOwn(CONSTANTS, node.name)) return CONSTANTS[node.name];
        return { global: node.name };
      case "number":
      case "text":
        return node.value;
      case "tuple":
      case "list":
        return node.items.map(one);
      case "map":
        return new Map(node.pairs.map((pair) => pair.map(one)));
      case "each":
        return this.each(node, scope);
      case "minus": {
        const a = one(node.a);
        return isArr(a) ? map(a, (x) => -x) : -a;
      }
      case "not":
        return !this.isTrue(node.a, scope);
      case "choice":
        return one(this.isTrue(node.test, scope) ? node.a : node.b);
      case "sign":
        return this.signOf(node, scope);
      case "attribute":
        return this.attribute(one(node.of), node.name);
      case "item":
        return this.item(one(node.of), node.index, scope);
      case "call":
        return this.call(node, scope);
      default:
        throw new NotKnown(node.text);
    }
  }

  each({ item, target, over }, scope) {
    const inner = new Map(scope);
    return this.itemsOf(over, scope).map((value) => {
      this.assign(target, value, inner);
      return this.evaluate(item, inner);
    });
  }

  signOf({ sign, a, b }, scope) {
    if (sign === "and") return this.isTrue(a, scope) && this.isTrue(b, scope);
    if (sign === "or") return this.isTrue(a, scope) || this.isTrue(b, scope);
    return this.sign(sign, this.evaluate(a, scope), this.evaluate(b, scope));
  }

  sign(sign, a, b) {
    if (Object.hasOwn(TESTS, sign)) {
      if (!/^is/.test(sign) && (isArr(a) || isArr(b))) throw new NotKnown("arrays in a question");
      return TESTS[sign](a, b);
    }
    if (sign === "@") return product(a, b);
    if (sign === "*" && Array.isArray(a)) return several(a, b);
    if (sign === "+" && Array.isArray(a) && Array.isArray(b)) return several(a.concat(b), 1);
    const isNumber = (x) => isArr(x) || typeof x === "number";
    if (!Object.hasOwn(SIGNS, sign) || !isNumber(a) || !isNumber(b)) throw new NotKnown(sign);
    return both(a, b, SIGNS[sign]);
  }

  attribute(of, name) {
    if (of?.global !== undefined) return { global: `${of.global}.${name}` };
    if (isModule(of)) return this.member(of, name);
    if (isArr(of)) {
      if (name === "T" || name === "mT") return permuted(of, [...of.shape.keys()].reverse());
      if (name === "shape") return [...of.shape];
      if (name === "data") return of;
      if (/^(device|dtype|requires_grad|is_cuda)$/.test(name)) return null;
    }
    return { bound: of, name };
  }

  member(module, name) {
    const { network } = this;
    const method = network.methodOf(network.classOf(module), name);
    if (method) return { method, self: module };
    if (name === "forward" || name === "__call__") return module;
    if (name === "training") return false;
    if (/^(device|dtype)$/.test(name)) return null;
    const found = network.member(module, name);
    if (found === undefined && name === "bias") return null;
    if (found === undefined) throw new NotKnown(`self.${name}`);
    // What its __init__ makes it of, by the sizes that are known there.
    return found?.kind === undefined ? found : this.evaluate(found, network.sizesOf(module));
  }

  call(node, scope) {
    const callee = this.evaluate(node.of, scope);
    const args = node.args.map((one) => this.evaluate(one, scope));
    const keys = new Map([...node.keys].map(([name, one]) => [name, this.evaluate(one, scope)]));
    if (isModule(callee)) return this.apply(callee, args, keys);
    if (callee?.method) return this.enter(callee.self, callee.method, args, keys);
    if (callee?.bound !== undefined) return called(callee.name, [callee.bound, ...args], keys);
    if (callee?.global === undefined) throw new NotKnown(node.text);
    const name = callee.global.split(".").at(-1);
    if (/^[A-Z]\w*[a-z]/.test(name) && !/^(Parameter|Variable|Tensor)$/.test(name))
      return this.network.module("?", node);
    return called(name, args, keys);
  }

  apply(module, args, keys) {
    const { network } = this;
    const method = network.methodOf(network.classOf(module), "forward");
    if (method) return this.enter(module, method, args, keys);
    const type = network.typeOf(module);
    if (type === "Sequential")
      return network
        .childrenOf(module)
        .reduce((x, one) => this.apply(one, [x], new Map()), args[0]);
    return network.apply(module, args);
  }

  item(of, node, scope) {
    if (isModule(of)) {
      const list = this.network.childrenOf(of);
      return node.kind === "slice" ? list : element(list, this.evaluate(node, scope));
    }
    if (of instanceof Map) return of.get(this.evaluate(node, scope));
    if (Array.isArray(of)) {
      if (node.kind !== "slice") return element(of, this.evaluate(node, scope));
      const [from, to] = this.ends(node, of.length, scope);
      return of.slice(from, to);
    }
    if (!isArr(of)) throw new NotKnown("an item");
    return this.part(of, node.kind === "tuple" ? node.items : [node], scope);
  }

  /** Places and parts of an array's axes. */
  part(of, places, scope) {
    let axis = 0;
    let value = of;
    for (const place of places) {
      if (place.text === "None") {
        value = arr([...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)], value.data);
        axis += 1;
      } else if (place.text === "...") {
        axis = value.shape.length - (places.length - places.indexOf(place) - 1);
      } else if (place.kind === "slice") {
        const [from, to, by] = this.ends(place, value.shape[axis], scope);
        value = cut(value, axis, from, to, by);
        axis += 1;
      } else {
        const index = this.evaluate(place, scope);
        if (typeof index !== "number") throw new NotKnown("an index");
        value = at(value, axis, index);
      }
    }
    return value;
  }

  /** Where a slice of so many begins and ends, and its steps. */
  ends({ parts }, side, scope) {
    const [from, to, by] = parts.map((one) => (one ? this.evaluate(one, scope) : null));
    if (by !== null && by !== undefined && !(by > 0)) throw new NotKnown("a slice");
    const place = (value, otherwise) => {
      const own = value ?? otherwise;
      if (!Number.isInteger(own)) throw new NotKnown("a slice");
      return Math.min(Math.max(own < 0 ? own + side : own, 0), side);
    };
    return [place(from, 0), place(to, side), by ?? 1];
  }
}

const LONGEST = 4096; // items of a list

/** A list so many times. */
function several(list, times) {
  if (!(times >= 0 && times * list.length <= LONGEST)) throw new NotKnown("a long list");
  return Array.from({ length: times }, () => list).flat();
}

function element(list, index) {
  const found = Number.isInteger(index) ? list.at(index) : undefined;
  if (found === undefined) throw new NotKnown("an index");
  return found;
}

/** The last row of what a network gives, if it is as wide as its outputs. */
function lastRow(value, outputs) {
  const list = value instanceof Map ? [...value.values()] : value;
  const whole = Array.isArray(list) ? list.find(isArr) : list;
  if (!isArr(whole) || whole.shape.at(-1) !== outputs) return null;
  return whole.data.slice(-outputs);
}

const STATES = ["init_hidden", "initHidden", "init_state", "init_zero_hidden", "begin_state"];

/**
 * The logits that programs give of some tokens, in every way in which a network of that class can
 * be called: with all tokens, or one by one with the state that it gives.
 * @param {{ classes: Map<string, any>, tensorOf: (name: string) => any, names: string[],
 *   modules: Map<string, any>, inputs: number, outputs: number, hidden: number }} found
 * @param {string} name of the class @param {string} root where its tensors are
 * @param {number[]} ids
 * @returns {Float64Array[]}
 */
export function computed(found, name, root, ids) {
  const network = new Network(found.classes, found.tensorOf, found.names, found.modules);
  const method = network.methodOf(found.classes.get(name), "forward");
  if (!method) return [];
  const count = method.params.slice(1).filter(({ fallback }) => !fallback).length;
  const ways = waysOf(ids, found);
  const top = () => ({ ...network.module(root), type: name });
  return ways.flatMap(({ all, each }) => {
    try {
      const machine = new Machine(network);
      const self = top();
      const begin = () => statesOf(machine, self, method, count, found);
      const value = all
        ? machine.enter(self, method, [all, ...begin()], new Map())
        : stepped(machine, self, method, each, begin());
      const row = lastRow(value, found.outputs);
      return row ? [row] : [];
    } catch (error) {
      // An expression that is none here, or what its author would have been told by an error.
      if (error instanceof NotKnown || error instanceof TypeError || error instanceof RangeError)
        return [];
      throw error;
    }
  });
}

/** Tokens as a network may be given them. */
function waysOf(ids, { inputs }) {
  const list = arr([ids.length], Float64Array.from(ids));
  const rows = oneHot(list, inputs);
  const shaped = (one, ...shape) => arr(shape, one.data);
  const T = ids.length;
  const single = ids.map((id) => arr([1], Float64Array.of(id)));
  return [
    { all: shaped(list, 1, T) },
    { all: shaped(list, T, 1) },
    { all: list },
    { all: shaped(rows, 1, T, inputs) },
    { all: shaped(rows, T, 1, inputs) },
    { all: rows },
    { each: single },
    { each: single.map((one) => shaped(one, 1, 1)) },
    { each: single.map((one) => oneHot(one, inputs)) },
    { each: single.map((one) => shaped(oneHot(one, inputs), 1, 1, inputs)) },
  ];
}

function stepped(machine, self, method, each, begin) {
  let states = begin;
  let value = null;
  for (const one of each) {
    value = machine.enter(self, method, [one, ...states], new Map());
    const rest = Array.isArray(value) ? value.slice(1) : [];
    if (rest.length === 0) throw new NotKnown("no state");
    states = rest;
  }
  return value;
}

/** The states that a network is given at first: its own, or zeros. */
function statesOf(machine, self, method, count, { hidden }) {
  if (count < 2 && method.params.length < 3) return [];
  const { network } = machine;
  const own = STATES.map((name) => network.methodOf(network.classOf(self), name)).find(Boolean);
  if (own) {
    const args = own.params.length > 1 ? [1] : [];
    return [machine.enter(self, own, args, new Map())];
  }
  const zeros = full([1, hidden], 0);
  return count < 2 ? [] : Array.from({ length: count - 1 }, () => zeros);
}
