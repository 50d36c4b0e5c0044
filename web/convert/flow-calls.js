// What the functions and methods of PyTorch make of a value that is followed. What is not here is
// not understood, and whatever a network's program calls between its layers must be here.

import { activation, clipped, hardSigmoid, line, TORCH } from "./activations.js";
import { isFollowed } from "./flow-values.js";

/** @typedef {import("./flow-values.js").Value} Value */

const SAME = new RegExp(
  "^(contiguous|detach|clone|float|double|half|bfloat16|long|int|to|type|type_as|cuda|cpu|numpy|" +
    "requires_grad_|view|reshape|squeeze|unsqueeze|flatten|unflatten|expand|one_hot|" +
    "(\\w*_)?dropout(\\dd)?_?|pack_padded_sequence|pack_sequence|variable|tensor|as_tensor|" +
    "floattensor|longtensor|from_numpy|embedded_dropout|identity|view_as|reshape_as)$",
);
const MOVED = /^(transpose|permute|t|swapaxes|movedim|transpose_)$/;
// What takes values apart, joins them or adds them up, and bends none.
const CUTS = new RegExp(
  "^(gather|select|index|index_select|narrow|take|sum|mean|max|amax|slice|split|chunk|unbind|repeat|" +
    "masked_fill|add|sub|subtract|mul|multiply|div|divide|(adaptive_)?(max|avg)_pool1d|flip|roll)$",
);
const FLIPPED = /^(flip|fliplr)$/;
const SOFTMAX = /^(log_?softmax|softmax)$/;

// What they may be given besides a value without being something else; inplace and such.
const HARMLESS = /^(inplace|dim|dtype)$/;

export class Calls {
  /**
   * @param {import("./flow-values.js").Values} values
   * @param {import("./flow-modules.js").Layers} layers
   */
  constructor(values, layers) {
    this.values = values;
    this.layers = layers;
  }

  /**
   * @param {string} called the function's or method's name, without what it stands in
   * @param {Value[]} args @param {Map<string, Value>} keys @param {string} text of the call
   * @returns {Value}
   */
  apply(called, args, keys, text) {
    const name = called.toLowerCase();
    if (args[0]?.op === "list" && name === "append") return this.appended(args[0], args[1]);
    if (args[0]?.op === "tensor" && /^(t|transpose|numpy_t)$/.test(name))
      return this.turned(args[0]);
    const value = args.find(isFollowed) ?? [...keys.values()].find(isFollowed);
    const rest = args.filter((one) => one !== value);
    const more = { rest, keys, text };
    if (!value)
      return [...args, ...keys.values()].find((one) => one.hides) ?? this.plain(name, args, text);
    if (/^(cat|concat|concatenate|stack|hstack)$/.test(name)) return this.joined(value, text);
    if (value.op === "list" || value.op === "tuple") return this.ofSeveral(name, args, text);
    if (value.op === "state" && value.index === "" && !this.isPlainState(name, value, rest))
      return this.values.other(text, [value]);
    if (SAME.test(name)) return this.moved(value, false);
    if (FLIPPED.test(name)) return this.flipped(value, more);
    if (name === "linear" || name === "matmul" || name === "mm")
      return this.matrix(value, rest, name !== "linear") ?? this.values.other(text, args);
    if (name === "zeros_like") return this.values.number(0);
    if (MOVED.test(name)) return this.moved(value, true);
    if (SOFTMAX.test(name)) return this.values.make("softmax", { arg: value });
    if (/^(slice|split|chunk|unbind)$/.test(name)) return this.inTime(name, value, more);
    if (name === "pad_packed_sequence")
      return this.values.make("tuple", {
        items: [this.moved(value, false), this.values.other(text)],
      });
    return (
      this.activation(name, value, more) ??
      this.arithmetic(name, value, args, more) ??
      this.pooled(name, value, more) ??
      this.values.other(text, [value], CUTS.test(name))
    );
  }

  /** Is that which is done to all states of a module nothing, or taking one of them? */
  isPlainState(name, { arg }, rest) {
    const axes = rest.flatMap((one) => one.items ?? one).map(({ value }) => value);
    if (/^(view|reshape|flatten|unflatten|squeeze)$/.test(name))
      return name === "squeeze" || this.layers.statesOf(arg.path) === 1;
    if (MOVED.test(name)) return /^(1,0(,2)?|0,1)$/.test(String(axes));
    return SAME.test(name) || name === "select" || /^(slice|split|chunk|unbind)$/.test(name);
  }

  /** Steps from their end, in front of the recurrent layers. */
  flipped(arg, { rest, keys, text }) {
    const given = rest[0] ?? keys.get("dims") ?? keys.get("axis");
    const axes = given ? (given.items ?? [given]).map(({ value }) => value) : [1];
    const isIds = arg.op === "input" || (arg.op === "moved" && arg.arg.op === "input");
    const isTime = axes.length === 1 && (isIds ? [0, 1, -1] : [0, 1]).includes(axes[0]);
    return isTime ? this.values.make("flip", { arg }) : this.values.other(text, [arg]);
  }

  /**
   * A product with a tensor of the file, x Wᵀ + b or x W, `turned` where its rows are what comes
   * of it; null: with something else.
   */
  matrix(arg, [weight, bias], turns) {
    if (weight?.op !== "tensor" || (bias && !/^(tensor|none)$/.test(bias.op))) return null;
    return this.values.make("matrix", {
      weight: weight.name,
      bias: bias?.name ?? null,
      turned: weight.turned === turns,
      arg,
    });
  }

  /** A matrix of the file on its other side. */
  turned({ name, turned }) {
    return this.values.make("tensor", { name, turned: !turned });
  }

  /** A part of the steps, or all of them, each alone. */
  inTime(name, value, { rest, keys, text }) {
    const axis = (name === "slice" || name === "unbind" ? rest[0] : rest[1]) ?? keys.get("dim");
    if (![0, 1, undefined].includes(axis?.value)) return this.values.other(text, [value]);
    const moved = this.moved(value, false);
    return name === "slice" ? moved : this.values.list([moved]);
  }

  moved(arg, turns) {
    if (arg.op === "moved" && (arg.turns || !turns)) return arg;
    return this.values.make("moved", { arg, turns });
  }

  /** Of what is not followed: numbers, and nothing else. */
  plain(name, args, text) {
    const [first, second] = args.map((one) => (one.op === "number" ? one.value : NaN));
    const same = { float: first, tensor: first, full_like: first, zeros: 0, zeros_like: 0 };
    const found = { sqrt: Math.sqrt(first), int: Math.trunc(first), ...same }[name];
    const power = name === "pow" ? first ** second : undefined;
    const number = found ?? power;
    return Number.isFinite(number) ? this.values.number(number) : this.values.other(text, args);
  }

  /** The activation of a name on a value; null: it is none that is known. */
  activation(name, arg, { rest, keys }) {
    const number = (place, key) => (rest[place] ?? keys.get(key))?.value;
    if (/^leaky_?relu_?$/.test(name)) {
      const given = rest[0] ?? keys.get("negative_slope");
      if (given && given.op !== "number") return null;
      const slope = given?.value ?? 0.01;
      return this.values.make("activation", { activation: "leaky", slope, arg });
    }
    const plain = name.replace(/_$/, "");
    if (plain === "hardsigmoid") return this.stepped(arg, hardSigmoid(1 / 6));
    if (/^(hardtanh|clamp|clip|clamp_min|maximum)$/.test(plain))
      return this.clipped(plain, arg, { rest, number, keys });
    if (name === "logsigmoid") {
      return this.stepped(arg, [line(-1), activation("softplus"), line(-1)]);
    }
    const known = Object.hasOwn(TORCH, plain) ? TORCH[plain] : null;
    const given = [...keys].filter(([key, { value }]) => !HARMLESS.test(key) && value !== 1);
    const isPlain =
      given.length === 0 && rest.every(({ op, value }) => op !== "number" || value === 1);
    return known && isPlain ? this.stepped(arg, [activation(known)]) : null;
  }

  /** What steps make of a value one behind another. */
  stepped(arg, steps) {
    return steps.reduce(
      (value, { kind, activation: own, scale, shift }) =>
        kind === "affine"
          ? this.affine(value, scale.data[0], shift.data[0])
          : this.values.make("activation", { activation: own, arg: value }),
      arg,
    );
  }

  /** What is held between two numbers: max(x, 0), and between 0 and 6, -1 and 1. */
  clipped(name, arg, { rest, number, keys }) {
    if (name === "maximum" && (rest.length !== 1 || keys.size > 0)) return null;
    const end = (place, key, otherwise) =>
      number(place, key) ?? number(place, `${key}_val`) ?? (name === "hardtanh" ? otherwise : null);
    const [least, most] = [end(0, "min", -1), end(1, "max", 1)];
    const isOpen = rest.length > 1 || keys.has("max") ? most !== null : true;
    const steps = isOpen ? clipped(least, most) : null;
    return steps && this.stepped(arg, steps);
  }

  /** scale · x + shift */
  affine(arg, scale, shift) {
    if (scale === 1 && shift === 0) return arg;
    return this.values.make("affine", { scale, shift, arg });
  }

  arithmetic(name, value, args, { text }) {
    const signs = {
      mul: "*",
      multiply: "*",
      div: "/",
      divide: "/",
      add: "+",
      sub: "-",
      subtract: "-",
    };
    const sign = signs[name.replace(/_$/, "")];
    return sign && args.length === 2 ? this.sign(sign, args[0], args[1], text) : null;
  }

  /** Two values with a sign between them. @returns {Value} */
  sign(sign, a, b, text) {
    const [x, y] = [a, b].map((one) => (one.op === "number" ? one.value : NaN));
    // Beside what is made of the tokens alone, a mask, what a layer gives is a part of itself.
    const isPart = [a, b].some((one) => isFollowed(one) && one.touches);
    const isMasked = isPart && [a, b].some((one) => one.hides && !one.touches);
    if (isMasked) return this.values.other(text, [a, b], /^[*/]$/.test(sign));
    if (a.hides || b.hides) return a.hides ? a : b;
    const ofTensor = this.withTensor(sign, a, b);
    if (ofTensor) return ofTensor;
    if (a.op === "number" && b.op === "number") {
      const found = {
        "+": x + y,
        "-": x - y,
        "*": x * y,
        "/": x / y,
        "**": x ** y,
        "//": Math.floor(x / y),
      };
      return Number.isFinite(found[sign])
        ? this.values.number(found[sign])
        : this.values.other(text);
    }
    if (isFollowed(a) && b.op === "number" && !/^(tuple|list)$/.test(a.op)) {
      if (sign === "*") return this.affine(a, y, 0);
      if (sign === "/" && y !== 0) return this.affine(a, 1 / y, 0);
      if (sign === "+" || sign === "-") return this.affine(a, 1, sign === "+" ? y : -y);
    }
    if (isFollowed(b) && a.op === "number" && !/^(tuple|list)$/.test(b.op)) {
      if (sign === "*") return this.affine(b, x, 0);
      if (sign === "+" || sign === "-") return this.affine(b, sign === "+" ? 1 : -1, x);
    }
    if (a.op === "list" && sign === "*") return this.values.list(Array(MANY).fill(a.items[0] ?? a));
    return this.values.other(text, [a, b], /^[-+*/]$/.test(sign));
  }

  /** x @ W, and x + b behind it. */
  withTensor(sign, a, b) {
    if (sign === "@" && isFollowed(a)) return this.matrix(a, [b], true);
    const [value, bias] = a.op === "tensor" ? [b, a] : [a, b];
    const isBias = sign === "+" && value.op === "matrix" && bias.op === "tensor" && !value.bias;
    if (!isBias) return null;
    const { weight, turned, arg } = value;
    return this.values.make("matrix", { weight, bias: bias.name, turned, arg });
  }

  /** The mean or the largest over the steps, by an axis that is theirs. */
  pooled(name, value, { rest, keys, text }) {
    const axis = rest[0] ?? keys.get("dim") ?? keys.get("axis");
    const number = axis?.op === "list" ? axis.items[0]?.value : axis?.value;
    const turns = value.op === "moved" && value.turns;
    if (name === "select" && value.op === "state" && number === 0)
      return this.stateAt(value, rest[1]?.value);
    const isTime = turns ? [2, -1].includes(number) : [0, 1, -2].includes(number);
    if (name === "select" || name === "index_select") {
      const [, place] = rest;
      if (isTime && place?.value === -1) return this.pool(value, "last");
      return this.values.other(text, [value]);
    }
    if (/^(adaptive_)?(max|avg)_pool1d$/.test(name))
      return turns ? this.pool(value, /max/.test(name) ? "max" : "mean") : null;
    if (!isTime) return null;
    if (name === "mean") return this.pool(value, "mean");
    if (name === "amax") return this.pool(value, "max");
    return name === "max" ? this.values.make("largest", { arg: value }) : null;
  }

  /** A state of one layer or direction, by its place. */
  stateAt({ part, arg, index }, place) {
    const isWhole = index === "" && Number.isInteger(place);
    if (!isWhole) return this.values.other(`${part}[…]`, [arg]);
    return this.values.make("state", { part, index: String(place), arg });
  }

  pool(arg, pool) {
    return this.values.make("pool", { pool, arg });
  }

  /** Several values, one behind another: the same of every step, or a state's two ends. */
  joined(value, text) {
    const items = (value.items ?? [value]).filter((one) => one.op !== "none");
    if (new Set(items).size === 1) return this.moved(items[0], false);
    const states = items.map((one) => (one.op === "moved" ? one.arg : one));
    const isEnds =
      states.length === 2 &&
      states.every(({ op, part, arg }) => op === "state" && part === "h" && arg === states[0].arg);
    if (!isEnds) return this.values.other(text, items);
    return this.values.make("state", {
      part: "h",
      index: `${states[0].index},${states[1].index}`,
      arg: states[0].arg,
    });
  }

  appended(list, value) {
    if (value) list.items.push(value);
    return list;
  }

  /** A function of several values. */
  ofSeveral(name, args, text) {
    return /^(list|tuple)$/.test(name) ? args[0] : this.values.other(text, args, CUTS.test(name));
  }
}

const MANY = 64; // of the states of layers, [h] * n
