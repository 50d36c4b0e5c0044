// The modules of a network whose program is computed: which class each is of, which tensors it has,
// and the sizes that its class was made with, as far as the tensors' shapes tell them.

import { NotKnown, both, linear, reduced, rows } from "./compute-arrays.js";
import { called, isFunction } from "./compute-calls.js";

/**
 * @typedef {{ module: true, path: string, made: any, above: any, sizes: Map<string, number> | null
 *   }} Module made: the call in its program that makes it, or null
 */

export const isModule = (x) => x?.module === true;

const under = (path, name) => (path ? `${path}.${name}` : name);

const lastName = (node) => (node?.kind === "attribute" ? node.name : (node?.name ?? ""));

/** Statements in a body and in those inside it. */
function* statementsIn(body) {
  for (const one of body ?? []) {
    yield one;
    for (const inner of [one.body, one.other]) if (Array.isArray(inner)) yield* statementsIn(inner);
  }
}

export class Network {
  /**
   * @param {Map<string, any>} classes of the program
   * @param {(name: string) => ?{ shape: number[], data: Float64Array }} tensorOf
   * @param {string[]} names of the tensors
   * @param {Map<string, any>} modules of a whole saved module, by their paths
   */
  constructor(classes, tensorOf, names, modules) {
    Object.assign(this, { classes, tensorOf, names, modules });
  }

  /** @returns {Module} */
  module(path, made = null, above = null) {
    return { module: true, path, made, above, sizes: null };
  }

  /** The name of a module's class. */
  typeOf({ path, made, type }) {
    const known = type ?? this.modules.get(path)?.type?.name ?? lastName(made?.of);
    return known || this.typeByParts(path);
  }

  /** The class that makes all that is directly below a path, of what was appended to a list. */
  typeByParts(path) {
    const below = this.names.filter((name) => path && name.startsWith(`${path}.`));
    const own = [...new Set(below.map((name) => name.slice(path.length + 1).split(".")[0]))];
    if (own.length < 2 || own.includes("weight")) return "";
    const isOf = (found) => own.every((name) => this.makersOf(found, name).length > 0);
    return [...this.classes.values()].find(isOf)?.name ?? "";
  }

  classOf(module) {
    return this.classes.get(this.typeOf(module)) ?? null;
  }

  methodOf(found, name, depth = 0) {
    if (!found || depth > 8) return null;
    const inherited = () =>
      found.bases.map((base) => this.methodOf(this.classes.get(base), name, depth + 1));
    return found.methods.get(name) ?? inherited().find(Boolean) ?? null;
  }

  hasBelow(path) {
    return this.names.some((name) => name.startsWith(`${path}.`));
  }

  /** What a class's program makes of an attribute: expressions. */
  makersOf(found, name) {
    const nodes = [];
    for (const [method, { body }] of found?.methods ?? [])
      if (method !== "forward")
        for (const one of statementsIn(body))
          if (one.kind === "assign" && one.targets.some(({ text }) => text === `self.${name}`))
            nodes.push(one.value);
    return nodes;
  }

  /** The module, the tensor or the number that an attribute is; undefined: none of them. */
  member(module, name) {
    const path = under(module.path, name);
    const tensor = this.tensorOf(path);
    if (tensor) return tensor;
    const makers = this.makersOf(this.classOf(module), name);
    const call = makers.find(({ kind, of }) => kind === "call" && /^[A-Z]/.test(lastName(of)));
    const whole = this.modules.get(path);
    if (this.hasBelow(path) || whole) {
      const list = makers.find(({ kind }) => kind === "list" || kind === "each");
      return this.module(path, call ?? list ?? null, module);
    }
    if (call && !/^(Parameter|Tensor|Variable)$/.test(lastName(call.of)))
      return this.module(path, call, module);
    const size = this.sizesOf(module).get(`self.${name}`);
    if (size === undefined && /layers$/i.test(name)) return this.layersBelow(module.path);
    return size ?? (makers.length === 1 ? makers[0] : undefined);
  }

  /** How many layers there are, which no tensor's shape says: by the numbers in their names. */
  layersBelow(path) {
    const own = this.names.filter((name) => path === "" || name.startsWith(`${path}.`));
    const numbers = own.flatMap((name) => [...name.matchAll(/(?:^|\.)(\d+)\./g)].map(([, n]) => n));
    return 1 + Math.max(0, ...numbers.map(Number));
  }

  /** The modules of a list or of a Sequential, in their order. */
  childrenOf(module) {
    const { path, made } = module;
    const items = listed(made);
    const numbers = this.names.flatMap((name) =>
      name.startsWith(`${path}.`) ? [Number(name.slice(path.length + 1).split(".")[0])] : [],
    );
    const whole = [...(this.modules.get(path)?.state?.get("_modules")?.keys() ?? [])];
    const count = Math.max(
      items.each ? 0 : items.length,
      whole.length,
      ...numbers.map((n) => n + 1),
    );
    if (!(count > 0 && count < 100)) throw new NotKnown("a list of modules");
    return Array.from({ length: count }, (_, i) =>
      this.module(under(path, String(i)), items.each ?? items[i] ?? null, module.above),
    );
  }

  /** What the tensors' shapes say of the numbers in the program that makes a module. */
  sizesOf(module) {
    if (module.sizes) return module.sizes;
    const sizes = (module.sizes = new Map());
    for (const [key, value] of this.modules.get(module.path)?.state ?? [])
      if (Number.isInteger(value)) sizes.set(`self.${key}`, value);
    const found = this.classOf(module);
    const init = found?.methods.get("__init__");
    const all = init ? [...statementsIn(init.body)] : [];
    this.#fromArguments(module, init, sizes);
    for (let round = 0; round < 4; round++)
      for (const { kind, targets, value } of all)
        if (kind === "assign")
          for (const target of targets) this.#solve(module, target, value, sizes);
    return sizes;
  }

  #fromArguments({ made, above }, init, sizes) {
    if (made?.kind !== "call" || !above || !init) return;
    const outer = this.sizesOf(above);
    init.params.slice(1).forEach(({ name, fallback }, i) => {
      const node = made.args[i] ?? made.keys.get(name) ?? fallback;
      const value = node ? valueOf(node, outer) : undefined;
      if (value !== undefined) sizes.set(name, value);
    });
  }

  #solve(module, target, value, sizes) {
    const [, own] = /^self\.(\w+)$/.exec(target.text) ?? [];
    const [known, other] = [sizes.get(target.text), valueOf(value, sizes)];
    if (known === undefined && other !== undefined) sizes.set(target.text, other);
    if (known !== undefined && other === undefined) solve(value, known, sizes);
    if (!own || value.kind !== "call") return;
    const path = under(module.path, own);
    const bare = this.tensorOf(path);
    const weight = bare ?? this.tensorOf(`${path}.weight`);
    if (!weight) return;
    const made = bare && value.args[0]?.kind === "call" ? value.args[0] : value;
    const [first, second] =
      made.args.length === 1 && made.args[0].items ? made.args[0].items : made.args;
    const isLinear = !bare && /^(Lazy)?Linear$/.test(lastName(value.of));
    const [a, b] = isLinear ? [weight.shape[1], weight.shape[0]] : weight.shape;
    if (first) solve(first, a, sizes);
    if (second) solve(second, b, sizes);
  }

  /** What a module of PyTorch's own makes of a value. */
  apply(module, args) {
    const { path } = module;
    const type = this.typeOf(module);
    const [x] = args;
    const get = (part) => this.tensorOf(`${path}.${part}`);
    const weight = get("weight");
    if (/^(Embedding)$/.test(type) && weight) return rows(weight, x);
    if (/^(Lazy)?Linear$/.test(type) && weight) return linear(x, weight, get("bias"));
    if (type === "LayerNorm" && weight) return layerNorm(x, weight, get("bias"));
    if (type === "" && weight?.shape.length === 2 && get("bias"))
      return linear(x, weight, get("bias"));
    if (/Dropout|^Identity$/.test(type)) return x;
    if (!weight && /^[A-Z]/.test(type) && isFunction(type)) return this.function(module, type, x);
    if (/^(Log)?Softmax$/.test(type))
      return called(type === "Softmax" ? "softmax" : "log_softmax", [x], new Map());
    throw new NotKnown(type || path);
  }

  function({ made, path }, type, x) {
    const slope = made?.args?.[0] ?? made?.keys?.get("negative_slope");
    const own = this.modules.get(path)?.state?.get("negative_slope");
    const given = type === "LeakyReLU" ? [own ?? (slope ? valueOf(slope, new Map()) : 0.01)] : [];
    return called(type, [x, ...given], new Map());
  }
}

/** The elements that a list of modules is made of; `each`: all alike. */
function listed(made) {
  const list =
    made?.kind === "call"
      ? (made.args.length === 1 && inner(made.args[0])) || made.args
      : inner(made);
  return list ?? [];
}

function inner(node) {
  if (node?.kind === "list" || node?.kind === "tuple") return node.items;
  return node?.kind === "each" ? Object.assign([], { each: node.item }) : null;
}

/** A number that an expression is, by the sizes that are known. */
function valueOf(node, sizes) {
  if (node.kind === "number") return node.value;
  if (sizes.has(node.text)) return sizes.get(node.text);
  if (node.kind !== "sign") return undefined;
  const [a, b] = [valueOf(node.a, sizes), valueOf(node.b, sizes)];
  if (a === undefined || b === undefined) return undefined;
  const signs = { "+": a + b, "-": a - b, "*": a * b, "/": a / b, "//": Math.floor(a / b) };
  return signs[node.sign];
}

/** What must be known of names for an expression to be a number. */
function solve(node, wanted, sizes) {
  if (node.kind === "name" || node.kind === "attribute") {
    if (!sizes.has(node.text)) sizes.set(node.text, wanted);
    return;
  }
  if (node.kind !== "sign") return;
  const [a, b] = [valueOf(node.a, sizes), valueOf(node.b, sizes)];
  const back = { "+": (n) => wanted - n, "*": (n) => wanted / n }[node.sign];
  if (!back || (a === undefined) === (b === undefined)) return;
  const left = back(a ?? b);
  if (Number.isInteger(left)) solve(a === undefined ? node.a : node.b, left, sizes);
}

function layerNorm(x, weight, bias) {
  const mean = reduced(x, -1, true, (row) => row.reduce((a, b) => a + b, 0) / row.length);
  const centred = both(x, mean, (a, b) => a - b);
  const deviation = reduced(centred, -1, true, (row) =>
    Math.sqrt(row.reduce((a, b) => a + b * b, 0) / row.length + 1e-5),
  );
  const scaled = both(
    both(centred, deviation, (a, b) => a / b),
    weight,
    (a, b) => a * b,
  );
  return bias ? both(scaled, bias, (a, b) => a + b) : scaled;
}
