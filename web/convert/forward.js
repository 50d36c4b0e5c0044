// Which way a network's program leads from what it is given to its logits: the modules with weights
// in their order, and what is done between them. The program lies beside the weights, in a legacy
// file of PyTorch, or in TorchScript.

import { Network } from "./compute-modules.js";
import { Flow } from "./flow.js";
import { isFollowed } from "./flow-values.js";
import { readings } from "./pools.js";
import { classesIn } from "./python.js";
import { refusal, shown } from "./refuse.js";

/**
 * @typedef {{ kind: string, [part: string]: any }} Item layer { path }, rnn { path },
 *   pool { pool }, activation { activation, slope }, affine { scale, shift }, softmax, flip,
 *   matrix { weight, bias, turned }, unclear { text }
 * @typedef {{ items: Item[], rest: string | null, from: string[], name: string, root: string
 *   }} Chain rest: what it leads to that is not understood; from: modules that give a state to
 *   begin with; name: the class that it is in, and root where that has its tensors
 *
 * @typedef Shape of a recurrent module
 * @property {boolean} lstm
 * @property {boolean} cell     one step at a time
 * @property {boolean} both     it reads from both ends
 * @property {number} layers
 * @property {string} type      "RNN", "LSTM" or "GRU"
 * @property {number} [input]   values that it reads
 * @property {number} [hidden]  units
 */

const MOST = 64; // ways through a program

/** The ways that lead to a value, from its end. @returns {Chain[]} */
function chainsTo(value, shapes) {
  const done = [];
  const open = [{ value, items: [], from: [] }];
  while (open.length > 0 && done.length < MOST) {
    const { value: at, items, from } = open.pop();
    if (at.op === "either") {
      open.push(...at.options.map((one) => ({ value: one, items: [...items], from })));
      continue;
    }
    const step = stepOf(at, shapes);
    if (step.rest !== undefined)
      done.push({ items: items.reverse(), rest: step.rest, from: [...new Set(from)] });
    else
      open.push({ value: at.arg, items: [...items, ...step.items], from: [...from, ...step.from] });
  }
  return done;
}

/** What a value adds to the way, or where it ends. */
function stepOf(value, shapes) {
  const add = (...items) => ({ items, from: [] });
  const { op, path, pool, activation, slope, scale, shift } = value;
  if (op === "input") return { rest: null };
  if (op === "moved" || op === "out") return add();
  if (op === "layer") return add({ kind: "layer", path });
  if (op === "rnn") {
    const from = value.begins.flatMap((one) => modulesIn(one)).filter((one) => one !== path);
    return { items: [{ kind: "rnn", path, by: value.by }], from };
  }
  if (op === "pool") return add({ kind: "pool", pool });
  if (op === "activation") return add({ kind: "activation", activation, slope });
  if (op === "affine") return add({ kind: "affine", scale, shift });
  if (op === "softmax") return add({ kind: "softmax" });
  if (op === "flip") return add({ kind: "flip" });
  if (op === "unclear") return add({ kind: "unclear", text: value.text });
  if (op === "matrix") {
    const { weight, bias, turned } = value;
    return add({ kind: "matrix", weight, bias, turned });
  }
  if (op === "state") {
    const found = endOf(value, shapes.get(value.arg.path));
    return add(
      found
        ? { kind: "pool", pool: found }
        : { kind: "unclear", text: `a part of ${value.arg.path}'s state` },
    );
  }
  return { rest: value.text ?? "what it leads to" };
}

/** Which outputs a state is: the last one's, or each direction's at its end; null: neither. */
function endOf({ part, index }, shape) {
  if (part !== "h" || !shape) return null;
  const { layers, both } = shape;
  if (!both)
    return ["-1", String(layers - 1), ...(layers === 1 ? [""] : [])].includes(index)
      ? "last"
      : null;
  const ends = ["-2,-1", `${2 * layers - 2},${2 * layers - 1}`, ...(layers === 1 ? [""] : [])];
  return ends.includes(index) ? "ends" : null;
}

/** Recurrent modules that a value is made of. */
function modulesIn(value, found = [], depth = 0) {
  if (!value || depth > 200) return found;
  if (value.op === "rnn") found.push(value.path);
  for (const one of [value.arg, ...(value.items ?? []), ...(value.options ?? [])])
    if (one) modulesIn(one, found, depth + 1);
  return found;
}

/** What a forward() may give, of which one is the logits. */
const givenBy = (value) =>
  value.op === "tuple" || value.op === "either"
    ? (value.items ?? value.options).flatMap(givenBy).slice(0, MOST)
    : [value];

const DECLARED = /^(RNN|LSTM|GRU)(Cell)?$/;

export class Program {
  /**
   * @param {string} source @param {Map<string, string>} code of TorchScript, by its module
   * @param {Map<string, any>} modules of a whole saved module
   * @param {Map<string, Shape>} recurrent @param {string[]} weights paths of all other modules
   * @param {Map<string, { shape: number[] }>} [tensors]
   */
  constructor(source, code, modules, recurrent, weights, tensors = new Map()) {
    this.tensors = tensors;
    this.recurrent = recurrent;
    this.weights = weights;
    this.modules = modules;
    this.isScript = code.size > 0;
    this.classes = new Map(classesIn(source).map((one) => [one.name, one]));
    for (const [name, text] of code)
      for (const one of classesIn(text)) this.classes.set(`${name}.${one.name}`, one);
    const paths = [...recurrent.keys(), ...weights, ...modules.keys()];
    this.children = new Map();
    this.sizes = new Map(); // of classes, by their names and roots
    for (const path of paths) this.#note(path);
  }

  #note(path) {
    for (let end = path.length; end >= 0; end = path.lastIndexOf(".", end - 1)) {
      const whole = path.slice(0, end);
      const dot = whole.lastIndexOf(".");
      const above = dot < 0 ? "" : whole.slice(0, dot);
      if (!this.children.has(above)) this.children.set(above, new Set());
      if (whole) this.children.get(above).add(whole.slice(dot + 1));
      if (dot < 0) break;
    }
  }

  /** @returns {import("./flow.js").Layers} */
  layers() {
    return {
      kindOf: (path) => {
        const shape = this.recurrent.get(path);
        if (shape) return shape.cell ? "cell" : "recurrent";
        return this.weights.includes(path) ? "weights" : null;
      },
      statesOf: (path) => {
        const { layers, both } = this.recurrent.get(path) ?? { layers: 1, both: false };
        return layers * (both ? 2 : 1);
      },
      hasTensor: (name) => this.tensors.has(name),
      numberOf: (top, root, name) => this.numberOf(top, root, name),
      isLstm: (path) => this.recurrent.get(path)?.lstm === true,
      typeOf: (path) => {
        const module = this.modules.get(path);
        const { name, path: whole } = module?.type ?? {};
        const slope = module?.state?.get("negative_slope");
        return name ? { name, path: whole, slope } : null;
      },
      below: (path) => {
        const names = [...(this.children.get(path) ?? [])];
        const isCounted = names.every((name) => /^\d+$/.test(name));
        return isCounted ? names.sort((a, b) => Number(a) - Number(b)) : names;
      },
    };
  }

  /** The number that an attribute of a class is, by the shapes of the tensors below `root`. */
  numberOf(top, root, name) {
    const { network, module } = this.#topOf(top, root);
    return network.sizesOf(module).get(`self.${name}`);
  }

  /** The module that a class makes of the tensors below `root`. */
  #topOf(top, root) {
    const key = JSON.stringify([top, root]);
    if (!this.sizes.has(key)) {
      const network = new Network({
        classes: this.classes,
        tensorOf: (one) => this.tensors.get(one) ?? null,
        names: [...this.tensors.keys()],
        modules: this.modules,
        sizesAt: (path) => this.recurrent.get(path) ?? null,
      });
      this.sizes.set(key, { network, module: { ...network.module(root), type: top } });
    }
    return this.sizes.get(key);
  }

  /** Classes that may be the network, with where its tensors are. @returns {[string, string][]} */
  *candidates() {
    const whole = this.modules.get("")?.type;
    const own = [whole?.path, whole?.name].find((name) => this.classes.has(name));
    if (own !== undefined) return yield [own, ""];
    const roots = new Set([""]);
    for (const path of this.recurrent.keys()) {
      const parts = path.split(".").slice(0, -1);
      parts.forEach((_, i) => roots.add(parts.slice(0, i + 1).join(".")));
    }
    for (const root of [...roots].slice(0, 6))
      for (const name of [...this.classes.keys()].slice(0, MOST)) yield [name, root];
  }

  /** The ways through the class that has all recurrent modules, and whether it names them. */
  chainsOf(name, root) {
    const flow = new Flow(this.classes, this.layers());
    const value = flow.of(name, root);
    if (!value || !this.declares(flow, name, root)) return [];
    const given = givenBy(value).filter((one) => isFollowed(one) || one.hides);
    const isNamed = [...this.recurrent.keys()].some((path) => this.isMade(flow, name, root, path));
    return given.flatMap((one) => {
      const isNear = isNamed || one.touches || this.isScript;
      return chainsTo(one, this.recurrent).map((chain) => ({ ...chain, isNear, name, root }));
    });
  }

  /** Does a class make the module at a path? */
  isMade(flow, name, root, path) {
    const [own] = (root ? path.slice(root.length + 1) : path).split(".");
    return flow.madeOf(this.classes.get(name), null, own) !== null;
  }

  /** Does a class make its recurrent modules, if it makes them, of the kinds that they are? */
  declares(flow, name, root) {
    return [...this.recurrent].every(([path, { type }]) => {
      const own = root && path.startsWith(`${root}.`) ? path.slice(root.length + 1) : path;
      if (own.includes(".")) return true;
      const made = flow.madeOf(this.classes.get(name), null, own);
      return !DECLARED.test(made?.name ?? "") || made.name.replace(/Cell$/, "") === type;
    });
  }

  /** The class that the program makes the module at a path of, where it says so. */
  kindOf(path) {
    const name = path.split(".").at(-1);
    const flow = new Flow(this.classes, this.layers());
    const made = [...this.classes.values()].map((one) => flow.madeOf(one, null, name)?.name);
    return made.find((one) => /^(Embedding|Linear|PReLU)/.test(one ?? "")) ?? null;
  }

  /**
   * The way of the program from ids to logits; null: it has none that is this network's.
   * @param {(ways: Chain[]) => Chain | null} [choose] of several, or of one on which something is
   *   not understood
   */
  chain(choose = () => null) {
    const all = [...this.candidates()].flatMap(([name, root]) => this.chainsOf(name, root));
    const paths = (chain) => chain.items.filter(({ path }) => path).map(({ path }) => path);
    const isWhole = (chain) =>
      [...this.recurrent.keys()].every((path) => paths(chain).includes(path));
    const whole = all.filter((chain) => isWhole(chain) && endsInLayer(chain) && isClear(chain));
    const keyOf = (chain) =>
      JSON.stringify([plainItems(chain), isOpen(chain) ? [chain.name, chain.root] : null]);
    const kinds = [...new Map(whole.map((chain) => [keyOf(chain), chain])).values()];
    const fitting = kinds.filter((chain) => this.fits(chain));
    // Where a class reads all layers of the file, one that leaves some unread is another's.
    const unread = (chain) =>
      this.weights.filter((weight) => !paths(chain).includes(weight)).length;
    const some = fitting.length > 0 ? fitting : kinds;
    const least = Math.min(...some.map(unread));
    const ways = some.filter((chain) => unread(chain) === least);
    if (ways.length === 1 && !isOpen(ways[0])) return ways[0];
    const chosen = ways.length > 0 ? choose(ways) : null;
    if (chosen) return chosen;
    if (ways.length > 1)
      throw refusal(
        `its program can be read in ${ways.length} ways: leave in it only what was used`,
      );
    const near = all.filter((chain) => chain.isNear);
    if (near.length === 0) return null;
    // What a forward() gives beside its logits, as a state, may be understood.
    const open = near.filter((chain) => isOpen(chain) && endsInLayer(chain));
    const [best] = (open.length > 0 ? open : near).sort(
      (a, b) => paths(b).length - paths(a).length,
    );
    throw notUnderstood(best);
  }

  /**
   * Are its class's linear layers those of the file, and does what stands behind the last recurrent
   * module read as many values as that gives?
   */
  fits({ items, name, root }) {
    const { network, module } = this.#topOf(name, root);
    if (!network.isOfSizes(module)) return false;
    const from = items.findLastIndex(({ kind }) => kind === "rnn");
    const next = items.slice(from).find(({ kind }) => kind === "layer" || kind === "matrix");
    const { shape } = this.tensors.get(`${next?.path}.weight`) ?? { shape: [] };
    const { hidden, both } = this.recurrent.get(items[from].path);
    if (shape.length !== 2 || !hidden) return true;
    const isUnclear = items.slice(from).some(({ kind }) => kind === "unclear");
    const width = shape[1];
    if (isUnclear) return readings({ hidden, reverse: both }, width).length > 0;
    return width === (both ? 2 : 1) * hidden;
  }

  /** The way from a read-out back to what is no linear layer: of cells of one's own. */
  chainOfLayers(paths) {
    const all = [...this.candidates()].flatMap(([name, root]) => this.chainsOf(name, root));
    return (
      all.find(({ items }) =>
        paths.every((path) => items.some((item) => item.kind === "layer" && item.path === path)),
      ) ?? null
    );
  }
}

/** Is what is not understood on a way one thing, behind its last recurrent layer, or nothing? */
function isClear({ items }) {
  const at = (kind) => items.findLastIndex((item) => item.kind === kind);
  const first = items.findIndex(({ kind }) => kind === "unclear");
  return first < 0 || (first === at("unclear") && first > at("rnn"));
}

/** What is not understood on a way; or undefined. */
const unclearIn = ({ items }) => items.find(({ kind }) => kind === "unclear")?.text;

// What is known by its words, and is no part of any network here.
const NO_PARTS = {
  "attention over what its layers give": /att(n|en)|\b(bmm|einsum|context|ctx)\b|\*.*\.sum\(/i,
  "a sum over time": /\.sum\(/,
  "layer normalisation": /layer_?norm|\bln\w?\b/i,
  "an activation that no layer here has": /\b(gelu|mish|hard_?swish|rrelu|tanhshrink|glu)\b/i,
  "a cell's state, or states of several layers":
    / state$|^[hc]\[…\]$|\b(h\w?|hidden|state)\.mean\(/,
  "a sum of what several layers give": /^[\w.[\]():, -]+ ?\+ ?[\w.[\]():, -]+$/,
};

/** Is something not understood on a way, or in front of it? */
const isOpen = (chain) => chain.rest !== null || unclearIn(chain) !== undefined;

/** What of a way is not understood. @param {Chain} chain */
export function notUnderstood(chain) {
  const rest = chain.rest ?? unclearIn(chain) ?? null;
  const part = Object.keys(NO_PARTS).find((name) => NO_PARTS[name].test(rest ?? ""));
  if (part !== undefined)
    return refusal(
      `its program has ${shown(rest)}: ${part}, which is no part of the networks here`,
    );
  return refusal(
    rest === null
      ? "its program does not lead through all of its recurrent layers: which way it goes is not " +
          "understood here, so export it as ONNX instead (torch.onnx.export)"
      : `its program has ${shown(rest)}, which is not understood here: export it as ONNX ` +
          "instead (torch.onnx.export)",
  );
}

/** Does a way lead through a layer behind the recurrent ones? */
function endsInLayer({ items }) {
  const last = items.findLastIndex(({ kind }) => kind === "rnn");
  return items.slice(last + 1).some(({ kind }) => kind === "layer" || kind === "matrix");
}

/** A way without what makes no difference to what it computes. */
const plainItems = ({ items, from }) => ({
  items: items.filter(({ kind }) => kind !== "softmax"),
  from,
});
