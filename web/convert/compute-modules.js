// The modules of a network whose program is computed: which class each is of, which tensors it has,
// and the sizes that its class was made with, as far as the tensors' shapes tell them.

import { NotKnown } from "./compute-arrays.js";
import { called, isFunction } from "./compute-calls.js";
import { assignedTo, methodOf, statementsIn } from "./python.js";

/**
 * @typedef {{ module: true, path: string, made: any, above: any,
 *   sizes: Map<string, number | boolean> | null }} Module made: the call in its program that makes
 *   it, or null
 * @typedef {{ input: number, hidden: number, layers: number, both: boolean }} Sizes
 */

export const isModule = (x) => x?.module === true;

// A constant of what was scripted.
const FINAL = /batch_first : Final\[bool\] = (True|False)/;

const under = (path, name) => (path ? `${path}.${name}` : name);

const lastName = (node) => (node?.kind === "attribute" ? node.name : (node?.name ?? ""));

export class Network {
  /**
   * @param {{ classes: Map<string, any>, tensorOf: (name: string) => any, names: string[],
   *   modules: Map<string, any>, sizesAt?: (path: string) => Sizes | null, arrays?: any }} found
   *   classes of the program, the tensors with their names, modules of a whole saved module by
   *   their paths, and the sizes of a recurrent module
   */
  constructor(found) {
    const none = { sizesAt: () => null, recurrentAt: () => null, arrays: null };
    Object.assign(this, none, found);
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
    const isOf = (found) => own.every((name) => [...assignedTo(found, name)].length > 0);
    return [...this.classes.values()].find(isOf)?.name ?? "";
  }

  classOf(module) {
    const whole = module.type ? null : this.modules.get(module.path)?.type?.path;
    return this.classes.get(whole) ?? this.classes.get(this.typeOf(module)) ?? null;
  }

  /** Is a module one of PyTorch's own in TorchScript? */
  isScript({ path }) {
    return /^__torch__\.torch\.nn\./.test(this.modules.get(path)?.type?.path ?? "");
  }

  /** Is it one that was traced: which its program alone says what is given to, and its numbers? */
  isTraced(module) {
    return this.isScript(module) && !/ : Final\[/.test(this.classOf(module)?.text ?? "");
  }

  /** Is a module in TorchScript one that is known, whatever its program? */
  isPlain(module) {
    const { path } = module;
    if (!this.isScript(module) || this.isTraced(module)) return false;
    return this.recurrentAt(path) !== null || this.tensorOf(`${path}.weight`) !== null;
  }

  methodOf(found, name) {
    return methodOf(this.classes, found, name);
  }

  hasBelow(path) {
    return this.names.some((name) => name.startsWith(`${path}.`));
  }

  /** The module, the tensor or the number that an attribute is; undefined: none of them. */
  member(module, name) {
    const path = under(module.path, name);
    const tensor = this.tensorOf(path);
    if (tensor) return tensor;
    const makers = [...assignedTo(this.classOf(module), name)];
    const calls = makers.filter(({ kind }) => kind === "call");
    const call =
      calls.find(({ of }) => /^([A-Z]|from_pretrained$)/.test(lastName(of))) ??
      (this.sizesAt(path) ? calls[0] : undefined);
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
      if (/^(number|boolean)$/.test(typeof value)) sizes.set(`self.${key}`, value);
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
    const recurrent = this.sizesAt(path);
    if (recurrent) {
      const { input, hidden, layers, both } = recurrent;
      const given = [input, hidden, layers];
      ["input_size", "hidden_size", "num_layers"].forEach((key, i) => {
        const node = value.args[i] ?? value.keys.get(key);
        if (node) solve(node, given[i], sizes);
      });
      const node = value.keys.get("bidirectional");
      if (/^(name|attribute)$/.test(node?.kind ?? "")) solve(node, both, sizes);
      return;
    }
    const bare = this.tensorOf(path);
    const weight = bare ?? this.tensorOf(`${path}.weight`);
    if (!weight) return;
    const made = bare && value.args[0]?.kind === "call" ? value.args[0] : value;
    const args = made.args.length === 1 && made.args[0].items ? made.args[0].items : made.args;
    const isLinear = !bare && /^(Lazy)?Linear$/.test(lastName(value.of));
    const keys = isLinear ? ["in_features", "out_features"] : ["num_embeddings", "embedding_dim"];
    const given = isLinear ? [weight.shape[1], weight.shape[0]] : weight.shape;
    keys.forEach((key, i) => {
      const node = args[i] ?? made.keys?.get(key);
      if (node) solve(node, given[i], sizes);
    });
  }

  /** Do the linear layers that a module's class makes read as many values as the file's do? */
  isOfSizes(module) {
    const sizes = this.sizesOf(module);
    const init = this.classOf(module)?.methods.get("__init__");
    return [...statementsIn(init?.body)].every(({ kind, targets, value }) => {
      const [, own] = /^self\.(\w+)$/.exec(targets?.[0]?.text ?? "") ?? [];
      if (kind !== "assign" || value.kind !== "call" || !/^Linear$/.test(lastName(value.of)))
        return true;
      const node = value.args[0] ?? value.keys.get("in_features");
      const wanted = node && valueOf(node, sizes);
      const reads = this.tensorOf(`${under(module.path, own)}.weight`)?.shape[1];
      return wanted === undefined || reads === undefined || wanted === reads;
    });
  }

  /** What a module's own attributes say: rnn.bidirectional, fc.out_features; undefined: no more. */
  factOf({ path }, name) {
    const sizes = this.sizesAt(path);
    if (sizes) {
      const { input, hidden, layers, both } = sizes;
      const facts = { input_size: input, hidden_size: hidden, num_layers: layers };
      return { ...facts, bidirectional: both, num_directions: both ? 2 : 1 }[name];
    }
    const [first, second] = this.tensorOf(`${path}.weight`)?.shape ?? [];
    const facts = { in_features: second, out_features: first };
    return { ...facts, num_embeddings: first, embedding_dim: second }[name];
  }

  /** Does a recurrent module read the texts of a batch first, and then their steps? */
  isBatchFirst({ path, made }) {
    const told = this.modules.get(path)?.state?.get("batch_first");
    if (typeof told === "boolean") return told;
    const [, final] = FINAL.exec(this.classOf({ path })?.text ?? "") ?? [];
    if (final) return final === "True";
    if (made?.kind !== "call" || made.args.some(({ spreads }) => spreads))
      throw new NotKnown("which axis is time");
    return this.isTrue(made.keys.get("batch_first") ?? made.args[4]);
  }

  /** A word of True or False, or a name that some __init__ has it for where nothing is given. */
  isTrue(node, depth = 0) {
    if (!node || node.text === "False") return false;
    if (node.text === "True") return true;
    const inits = [...this.classes.values()].map(({ methods }) => methods.get("__init__"));
    const own = node.text.replace(/^self\./, "");
    const params = inits.flatMap((init) => init?.params ?? []);
    const param = params.find(({ name, fallback }) => name === own && fallback);
    if (!param || depth > 4) throw new NotKnown(node.text);
    return this.isTrue(param.fallback, depth + 1);
  }

  /** What a module of PyTorch's own makes of a value. */
  apply(module, args) {
    const { arrays } = this;
    const { path } = module;
    const type = this.typeOf(module);
    const [x] = args;
    const get = (part) => this.tensorOf(`${path}.${part}`);
    const weight = get("weight");
    if (/^(Embedding|from_pretrained)$/.test(type) && weight) return arrays.rows(weight, x);
    if (/^(Lazy)?Linear$/.test(type) && weight) return arrays.linear(x, weight, get("bias"));
    if (type === "LayerNorm" && weight) return this.layerNorm(x, weight, get("bias"));
    if (/^(Lazy)?BatchNorm1d$/.test(type) && get("running_mean")) return this.batchNorm(x, get);
    if (type === "PReLU" && weight?.data.length === 1)
      return arrays.map(x, (value) => (value > 0 ? value : weight.data[0] * value));
    if (type === "" && weight?.shape.length === 2 && get("bias"))
      return arrays.linear(x, weight, get("bias"));
    if (/Dropout|^Identity$/.test(type)) return x;
    if (!weight && /^[A-Z]/.test(type) && isFunction(type)) return this.function(module, type, x);
    if (/^(Log)?Softmax$/.test(type))
      return called(arrays, type === "Softmax" ? "softmax" : "log_softmax", [x], new Map());
    throw new NotKnown(type || path);
  }

  function({ made, path }, type, x) {
    const slope = made?.args?.[0] ?? made?.keys?.get("negative_slope");
    const own = this.modules.get(path)?.state?.get("negative_slope");
    const approximate = made?.keys?.get("approximate")?.value;
    const keys = new Map(approximate ? [["approximate", approximate]] : []);
    const given = type === "LeakyReLU" ? [own ?? (slope ? valueOf(slope, new Map()) : 0.01)] : [];
    return called(this.arrays, type, [x, ...given], keys);
  }

  layerNorm(x, weight, bias) {
    const { arrays } = this;
    const mean = arrays.reduced(x, -1, true, meanOf);
    const centred = arrays.both(x, mean, (a, b) => a - b);
    const deviation = arrays.reduced(centred, -1, true, (row) =>
      Math.sqrt(row.reduce((a, b) => a + b * b, 0) / row.length + 1e-5),
    );
    const even = arrays.both(centred, deviation, (a, b) => a / b);
    const scaled = arrays.both(even, weight, (a, b) => a * b);
    return bias ? arrays.both(scaled, bias, (a, b) => a + b) : scaled;
  }

  /** With running statistics, of units that stand in the second axis. */
  batchNorm(x, get) {
    const [mean, variance] = [get("running_mean").data, get("running_var").data];
    const [gamma, beta] = [get("weight")?.data, get("bias")?.data];
    const inner = x.shape.slice(2).reduce((a, b) => a * b, 1);
    if (x.shape.length < 2 || x.shape[1] !== mean.length) throw new NotKnown("what is normalised");
    return this.arrays.arr(
      x.shape,
      Float64Array.from(x.data, (value, at) => {
        const i = Math.floor(at / inner) % mean.length;
        const even = (value - mean[i]) / Math.sqrt(variance[i] + 1e-5);
        return even * (gamma?.[i] ?? 1) + (beta?.[i] ?? 0);
      }),
    );
  }
}

const meanOf = (row) => row.reduce((a, b) => a + b, 0) / row.length;

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
