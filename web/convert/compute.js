// What a program's forward() computes, number by number: the arithmetic of a network that somebody
// wrote by hand, by which it is told whether a cell here does the same. Only arrays, numbers and
// lists are known, so a program can do nothing but this sum, and it ends after so many steps; what
// is not known ends it, too.

import { NotKnown, endsOf, isArr } from "./compute-arrays.js";
import { called } from "./compute-calls.js";
import { isModule } from "./compute-modules.js";
import { recurrent } from "./compute-recurrent.js";

const STEPS = 50000; // expressions that are looked at
const DEEPEST = 24;
const RECURRENT = /^(lstm|gru|rnn_tanh|rnn_relu)$/;

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

/** What a recurrent module is given, where only that is asked for. */
export class Given extends Error {
  constructor(value) {
    super("a module is reached");
    this.value = value;
  }
}

export class Machine {
  /**
   * @param {import("./compute-modules.js").Network} network
   * @param {string | null} [end] the path of a recurrent module whose input is wanted
   */
  constructor(network, end = null) {
    this.end = end;
    this.network = network;
    this.arrays = network.arrays;
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
    if (isArr(value))
      return Array.from({ length: value.shape[0] }, (_, i) => this.arrays.at(value, 0, i));
    if (isModule(value)) return this.network.childrenOf(value);
    throw new NotKnown("a list");
  }

  isTrue(node, scope) {
    const value = this.evaluate(node, scope);
    if (isArr(value) || value?.global !== undefined) throw new NotKnown("an open question");
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
        return isArr(a) ? this.arrays.map(a, (x) => -x) : -a;
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
      const isOfArrays = !/^is/.test(sign) && (isArr(a) || isArr(b));
      if (isOfArrays) return this.arrays.both(a, b, (x, y) => Number(TESTS[sign](x, y)));
      return TESTS[sign](a, b);
    }
    if (sign === "@") return this.arrays.product(a, b);
    if (sign === "*" && Array.isArray(a)) return several(a, b);
    if (sign === "+" && Array.isArray(a) && Array.isArray(b)) return several(a.concat(b), 1);
    const isNumber = (x) => isArr(x) || typeof x === "number";
    if (!Object.hasOwn(SIGNS, sign) || !isNumber(a) || !isNumber(b)) throw new NotKnown(sign);
    return this.arrays.both(a, b, SIGNS[sign]);
  }

  attribute(of, name) {
    if (of?.global !== undefined) return { global: `${of.global}.${name}` };
    if (isModule(of)) return this.member(of, name);
    if (isArr(of)) {
      if (name === "T" || name === "mT")
        return this.arrays.permuted(of, [...of.shape.keys()].reverse());
      if (name === "shape") return [...of.shape];
      if (name === "data") return of;
      if (name === "ndim") return of.shape.length;
      if (/^(device|dtype|requires_grad|is_cuda)$/.test(name)) return null;
    }
    const place = Array.isArray(of) ? ["values", "indices"].indexOf(name) : -1;
    return place >= 0 ? of[place] : { bound: of, name };
  }

  called(name, args, keys) {
    return called(this.arrays, name, args, keys);
  }

  member(module, name) {
    const { network } = this;
    const isCall = /^(forward|__call__)(__\d+)?$/.test(name);
    if (isCall && network.isPlain(module)) return module;
    const method = network.methodOf(network.classOf(module), name);
    if (method) return { method, self: module };
    if (isCall) return module;
    if (name === "training") return false;
    if (/^(device|dtype)$/.test(name)) return null;
    if (/^(parameters|flatten_parameters)$/.test(name)) return { global: name };
    const found = network.member(module, name) ?? network.factOf(module, name);
    if (found === undefined && name === "bias") return null;
    if (found === undefined) throw new NotKnown(`self.${name}`);
    // What its __init__ makes it of, by the sizes that are known there.
    return found?.kind === undefined ? found : this.evaluate(found, network.sizesOf(module));
  }

  call(node, scope) {
    // What TorchScript says of a value's type.
    if (/^(annotate|unchecked_cast)$/.test(node.of.name)) return this.evaluate(node.args[1], scope);
    const callee = this.evaluate(node.of, scope);
    const args = node.args.map((one) => this.evaluate(one, scope));
    const keys = new Map([...node.keys].map(([name, one]) => [name, this.evaluate(one, scope)]));
    if (isModule(callee)) return this.apply(callee, args, keys);
    if (callee?.method) return this.enter(callee.self, callee.method, args, keys);
    if (callee?.bound !== undefined) return this.called(callee.name, [callee.bound, ...args], keys);
    if (callee?.global === undefined) throw new NotKnown(node.text);
    const name = callee.global.split(".").at(-1);
    const self = scope.get("self");
    if (RECURRENT.test(name) && isModule(self)) return this.recurrentOf(self, name, args);
    if (name === "getattr" && typeof args[1] === "string") return this.attribute(args[0], args[1]);
    if (/^[A-Z]\w*[a-z]/.test(name) && !/^(Parameter|Variable|Tensor|NumToTensor)$/.test(name))
      return this.network.module("?", node);
    return this.called(name, args, keys);
  }

  /** torch.gru(x, state, weights, …, batch_first) in what was traced of a module. */
  recurrentOf(self, name, args) {
    const layers = this.network.recurrentAt(self.path, name);
    const [x, state] = args;
    if (self.path === this.end) throw new Given(x);
    if (!layers || args.length !== 9) throw new NotKnown(name);
    const [out, states] = recurrent(this.arrays, { ...layers, isBatchFirst: args[8] }, x, state);
    return layers.isLstm ? [out, ...states] : [out, states];
  }

  apply(module, args, keys) {
    const { network } = this;
    const layers = network.recurrentAt(module.path);
    if (layers && !network.isTraced(module)) {
      if (module.path === this.end) throw new Given(args[0]);
      const isBatchFirst = !layers.isCell && network.isBatchFirst(module);
      const [x, state] = [...args, ...keys.values()];
      return recurrent(this.arrays, { ...layers, isBatchFirst }, x, state);
    }
    const isPlain = network.isPlain(module);
    const method = isPlain ? null : network.methodOf(network.classOf(module), "forward");
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
      return of.slice(...endsOf(of.length, ...this.slice(node, scope)));
    }
    if (!isArr(of)) throw new NotKnown("an item");
    return this.part(of, node.kind === "tuple" ? node.items : [node], scope);
  }

  /** Places and parts of an array's axes. */
  part(of, places, scope) {
    let axis = 0;
    let value = of;
    const picked = this.picked(of, places, scope);
    if (picked) return picked;
    for (const place of places) {
      if (place.text === "None") {
        value = this.arrays.arr(
          [...value.shape.slice(0, axis), 1, ...value.shape.slice(axis)],
          value.data,
        );
        axis += 1;
      } else if (place.text === "...") {
        axis = value.shape.length - (places.length - places.indexOf(place) - 1);
      } else if (place.kind === "slice") {
        value = this.arrays.sliced(value, axis, ...this.slice(place, scope));
        axis += 1;
      } else {
        const index = this.evaluate(place, scope);
        if (isArr(index) && places.length === 1 && of.shape.length === 2)
          return this.arrays.rows(of, index);
        if (typeof index !== "number") throw new NotKnown("an index");
        value = this.arrays.at(value, axis, index);
      }
    }
    return value;
  }

  /** x[rows, places], by two arrays, or null. */
  picked(of, places, scope) {
    const [first, second] = places.map((one) =>
      one.kind === "slice" ? null : this.evaluate(one, scope),
    );
    if (places.length !== 2 || !isArr(first) || !isArr(second)) return null;
    const rows = [...first.data].map((row, i) =>
      this.arrays.at(this.arrays.at(of, 0, row), 0, second.data[i]),
    );
    return this.called("stack", [rows, 0], new Map());
  }

  /** From where to where a slice goes, and by which steps. */
  slice({ parts }, scope) {
    return parts.map((one) => (one ? this.evaluate(one, scope) : null));
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
