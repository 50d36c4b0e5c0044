// Cells that people write themselves in PyTorch or NumPy, of linear layers or of bare matrices: a
// matrix a gate, or one for what is read and one for the state, or all in one. Names are split
// into letters (W_xi, input_gate.x, linear_i2h, Wix0 → x or i, i or f …), and where a whole set of
// them is there, the tensors are given the names that PyTorch's own layers have.

import { firstJoined, gateOrder, resetsState, squashing, updateKeeps } from "./program.js";
import { SQUASHED } from "./layers.js";
import { natural, refusal } from "./refuse.js";
import { columnsOf, expect, mapped, reorder, stack, tensor, transpose, zeros } from "./tensor.js";

// Gates in PyTorch's order under the letters that programs give them; the candidate is the third.
const LSTM = ["ifgo", "ifco", "ifao", "ufco"];
const GRU = ["rzn", "rzh", "rzc", "rzg", "ruc", "run", "ruh", "rug"];
// What is read, and the state; one where a matrix reads both.
const SIDES = ["x h", "i h", "xh hh", "ih hh", "w u", "u w", "u v", "v u", "w r", "", "i", "x"].map(
  (sides) => sides.split(" "),
);

const WORDS = {
  forget: "f",
  input: "i",
  inp: "i",
  output: "o",
  out: "o",
  cell: "c",
  candidate: "c",
  cand: "c",
  memory: "c",
  mem: "c",
  tilde: "c",
  new: "n",
  update: "z",
  reset: "r",
  hidden: "h",
  hid: "h",
  state: "h",
  rec: "h",
  recurrent: "h",
  bias: "b",
};
const FILLERS =
  /^(weights?|linear|lin|fc|layers?|gates?|mat|matrix|dense|kernel|params?|to|l|lstm|gru|rnn)$/;

/** The letters of a name and the digits in it, { code: "xi", digits: "0" }; null: of other words. */
function codeOf(name) {
  const split = name
    .replace(/([a-z])2([a-z])/gi, "$1_$2")
    .replace(/([a-z])([A-Z][a-z])/g, "$1_$2")
    .replace(/(gates?|linear|layers?)/gi, "_$1_")
    .replace(/(^|_)in(?=_[a-z]{2})/gi, "$1input")
    .toLowerCase();
  let code = "";
  for (const part of split.split(/[^a-z]+/).filter(Boolean)) {
    if (FILLERS.test(part)) continue;
    if (!WORDS[part] && part.length > 3) return null;
    code += WORDS[part] ?? part;
  }
  code = code.replace(/^([wb])cc$/, "$1c"); // the candidate of the cell
  return { code, digits: name.replace(/([a-z])2([a-z])/gi, "").replace(/\D/g, "") };
}

/** Is a tensor a row or a column, or one value? */
const isVector = ({ shape }) => shape.filter((side) => side !== 1).length < 2;

/** Matrices of a module by their letters, each with its own biases, and biases that stand alone. */
class Letters {
  constructor(reader, names, depth) {
    this.reader = reader;
    this.matrices = new Map(); // code → { weight, biases }, names of tensors
    this.biases = new Map(); // code → names
    for (const name of names) this.#add(name, depth);
  }

  #add(name, depth) {
    const stem = name.replace(/\.(weight|bias)$/, "");
    const own = stem.split(".").slice(-depth).join(".");
    const code = codeOf(own)?.code ?? null;
    if (code === null || /\.bias$/.test(name)) return;
    const tensor = this.reader.tensors.get(name);
    if (stem === name && isVector(tensor)) {
      const bare = code.replace(/^b/, "");
      this.biases.set(bare, [...(this.biases.get(bare) ?? []), name]);
    } else if (tensor.shape.length === 2) {
      const key = code === "" && /gate/i.test(own) ? "gates" : code;
      const isTaken = this.matrices.has(key) && !/gate/i.test(own);
      const bias = stem === name ? "" : `${stem}.bias`;
      const biases = this.reader.tensors.has(bias) ? [bias] : [];
      if (!isTaken) this.matrices.set(key, { weight: name, biases });
    }
  }

  /**
   * The matrix with these letters and every bias that has them; `w`: of those alone that are called
   * so, W_xi, beside which "out" is no gate.
   */
  get(letters, w = false) {
    const named = this.matrices.get(`w${letters}`);
    const found = w ? named : (this.matrices.get(letters) ?? named);
    if (!found) return null;
    return { ...found, biases: [...found.biases, ...this.biasesOf(letters)] };
  }

  biasesOf(letters) {
    return this.biases.get(letters) ?? [];
  }
}

/** The matrices of every gate and side of a cell, or null: [side][gate] → entry. */
function setOf(letters, gates, sides) {
  const ways = [(gate, side) => side + gate, (gate, side) => gate + side];
  for (const w of [true, false])
    for (const way of ways) {
      const found = sides.map((side) => [...gates].map((gate) => letters.get(way(gate, side), w)));
      if (found.flat().every(Boolean)) return found;
    }
  return null;
}

// Of matrices that hold all gates: what is read and the state.
const STACKED = ["xh,hh", "ih,hh", "x,h", "w,u"];

/** A cell in one module: { kind, gates, matrices }, the kind null where its height says it. */
function cellIn(letters) {
  const isFit = (matrices) => matrices && fits(letters.reader, matrices);
  for (const [kind, sets] of Object.entries({ lstm: LSTM, gru: GRU }))
    for (const gates of sets)
      for (const sides of SIDES) {
        const matrices = setOf(letters, gates, sides);
        if (isFit(matrices)) return { kind, gates, matrices };
      }
  for (const sides of STACKED) {
    const matrices = sides.split(",").map((code) => [letters.get(code)]);
    if (matrices.flat().every(Boolean) && isFit(matrices))
      return { kind: null, gates: "h", matrices };
  }
  const all = letters.get("gates");
  const [rows, columns] = all ? shapeOf(letters.reader, all) : [1, 0];
  return rows % 4 === 0 && columns > rows / 4
    ? { kind: null, gates: "h", matrices: [[all]] }
    : null;
}

const shapeOf = (reader, { weight }) => reader.tensors.get(weight).shape;

/** Are the state's matrices square, each gate's of one shape, and a joint one wider than high? */
function fits(reader, matrices) {
  const alike = matrices.every((side) =>
    side.every((one) => String(shapeOf(reader, one)) === String(shapeOf(reader, side[0]))),
  );
  const [rows, columns] = shapeOf(reader, matrices.at(-1)[0]);
  if (matrices.length === 1) return alike && rows !== columns;
  const sides = [rows / columns, columns / rows];
  return alike && sides.some((n) => (matrices[0].length > 1 ? n === 1 : [1, 3, 4].includes(n)));
}

/**
 * The tensors under the names of PyTorch's layers, and the cell that they are of; or null.
 * @param {any} reader of pytorch-network.js
 * @returns {{ tensors: Map<string, any>, cell: string } | null}
 */
export function withUsualNames(reader) {
  const names = [...reader.tensors.keys()].filter((name) => !/embedding/i.test(name));
  const found = [1, 2, 3].map((depth) => cellsIn(reader, names, depth));
  // "forget_gate.xh" and "forget_gate.hh" are no layer of their own, but a gate.
  const cells =
    found.find((list) => list.some(({ cell }) => cell.kind)) ??
    found.find((list) => list.length > 0);
  return cells ? new Renamed(reader, cells).result() : null;
}

/** The cells of every module, of names whose letters are in so many of their last parts. */
function cellsIn(reader, names, depth) {
  const modules = new Map();
  for (const name of names) {
    const path = name.replace(/\.(weight|bias)$/, "").split(".");
    const { digits } = codeOf(path.slice(-depth).join(".")) ?? { digits: "" };
    const key = `${path.slice(0, -depth).join(".")} ${digits}`;
    modules.set(key, [...(modules.get(key) ?? []), name]);
  }
  return [...modules]
    .sort(([a], [b]) => natural(a, b))
    .map(([, own]) => ({ letters: new Letters(reader, own, depth) }))
    .map((one) => ({ ...one, cell: cellIn(one.letters) }))
    .filter(({ cell }) => cell);
}

class Renamed {
  constructor(reader, cells) {
    this.reader = reader;
    this.cells = cells;
    this.tensors = new Map(reader.tensors);
    this.turned = false; // of x W, where the input stands in front of its matrix
  }

  result() {
    const layers = this.cells.map(({ letters, cell }) => this.layer(letters, cell));
    const rest = [...this.tensors.keys()];
    layers.forEach((parts, l) => {
      for (const [part, value] of Object.entries(parts.tensors))
        if (value) this.tensors.set(`own.${part}_l${l}`, { shape: value.shape, read: () => value });
    });
    this.nameRest(rest, layers.at(-1).hidden);
    return { tensors: this.tensors, cell: layers[0].cell };
  }

  take(name) {
    this.tensors.delete(name);
    const { shape, data } = this.reader.read(name);
    return shape.length > 1 && shape.some((side) => side === 1)
      ? { shape: [data.length], data }
      : { shape, data };
  }

  /** A matrix as W of W x; without a layer's ".weight" it may be of x W. */
  matrix({ weight }, isTurned) {
    const whole = this.tensors.has(weight) ? this.take(weight) : this.reader.read(weight);
    return isTurned ? transpose(whole) : whole;
  }

  layer(letters, { kind, gates, matrices }) {
    const [first, second] = matrices;
    const joint = !second;
    const hidden = this.hiddenOf(matrices, kind);
    const isLayer = /\.weight$/.test(first[0].weight);
    this.turned = this.isTurned(matrices, hidden, isLayer);
    const biases = this.biases(letters, gates, matrices);
    const read = (side, turn) => stack(side.map((one) => this.matrix(one, turn)));
    const whole = read(first, this.turned);
    const [ih, hh] = joint
      ? this.cut(whole, hidden, isLayer)
      : [whole, read(second, this.turned && !isLayer)];
    const cell = kind ?? { 1: "rnn", 3: "gru", 4: "lstm" }[hh.shape[0] / hh.shape[1]];
    const made = {
      weight_ih: ih,
      weight_hh: hh,
      bias_ih: this.summed(biases[0], hidden),
      bias_hh: this.summed(biases[1], hidden),
    };
    return { hidden, ...this.convention(cell, made, { gates, joint, stacked: !kind }) };
  }

  hiddenOf(matrices, kind) {
    const [rows, columns] = shapeOf(this.reader, matrices.at(-1)[0]);
    return matrices.length === 1 && !kind ? rows / 4 : Math.min(rows, columns);
  }

  /** Does the first matrix stand behind what it multiplies, as in x W? */
  isTurned(matrices, hidden, isLayer) {
    const [rows, columns] = shapeOf(this.reader, matrices[0][0]);
    const [height, width] = shapeOf(this.reader, matrices.at(-1)[0]);
    if (matrices.length === 1 && matrices[0].length === 1) return false;
    if (matrices.length === 2 && height !== width) return height < width;
    if (rows !== columns) return rows !== hidden;
    if (isLayer || this.hasColumns()) return false;
    if (!this.reader.answer("turned", [true, false], () => true)) return false;
    this.reader.note(
      "it has as many units as it reads values, so its matrices are taken to stand behind what " +
        "they multiply, x W: their shapes do not tell",
    );
    return true;
  }

  /** Are vectors columns, as W x has them? */
  hasColumns() {
    return [...this.reader.tensors.values()].some(({ shape }) => shape[0] > 1 && shape[1] === 1);
  }

  /** Of every gate the biases of what it reads, with those of its letter alone; of its state. */
  biases(letters, gates, matrices) {
    const own = matrices.map((side) => side.map(({ biases }) => biases));
    const more = [...gates].map((gate) => letters.biasesOf(gate));
    if (own[0].length === 1) more[0] = [...more[0], ...letters.biasesOf("")];
    const both = own[0].map((list, g) => [...new Set([...list, ...more[g]])]);
    return [both, own[1] ?? own[0].map(() => [])];
  }

  /** One bias of the gates' sums; null where there is none. */
  summed(lists, hidden) {
    if (lists.every((list) => list.length === 0)) return null;
    const one = (list) => {
      const [first, ...rest] = list.map((name) => this.take(name));
      if (!first) return zeros(hidden);
      const data = Float32Array.from(first.data, (x, i) =>
        rest.reduce((sum, other) => sum + expect(other, first.shape, list[0]).data[i], x),
      );
      return tensor([data.length], data);
    };
    return stack(lists.map(one));
  }

  /** Columns of a matrix that reads both; which stands first no weight says. */
  cut(whole, hidden, isLayer) {
    const inputs = whole.shape[1] - hidden;
    const { reader } = this;
    const found = reader.answer("first", ["input", "state"], () => firstJoined(reader.text));
    const first = found ?? (isLayer ? "input" : "state");
    const order = first === "input" ? "[x, h]" : "[h, x]";
    if (!found) this.reader.note(`its gates are taken to read ${order}, ${BESIDE}`);
    const [input, state] = first === "input" ? [0, inputs] : [hidden, 0];
    return [columnsOf(whole, input, input + inputs), columnsOf(whole, state, state + hidden)];
  }

  /** The cell, as its program has it. */
  convention(cell, made, { gates, joint, stacked }) {
    const { reader } = this;
    const program = reader.text;
    if (cell === "rnn") {
      const found = reader.answer("squash", Object.keys(SQUASHED), () => squashing(program));
      if (!found) reader.note("its activation is taken to be tanh");
      return { cell: SQUASHED[found ?? "tanh"], tensors: made };
    }
    const inner = reader.answer("inner", ["", "-relu"], () => "");
    const tensors = stacked ? this.inOrder(made, cell === "lstm" ? "ifgo" : "rzn") : made;
    if (cell === "lstm") return { cell: cell + inner, tensors: this.withForget(tensors) };
    const told = reader.answer("keeps", [true, false], () => updateKeeps(program));
    const keeps = told ?? (stacked || !(joint || gates[1] === "u"));
    const resets = () => resetsState(program);
    const before =
      !stacked && (joint || (reader.answer("before", [true, false], resets) ?? gates[2] !== "n"));
    if (!program && !stacked) {
      const update = keeps ? "z h + (1 - z) n" : "(1 - z) h + z n";
      reader.note(`its new state is taken to be ${update}, ${BESIDE}`);
    }
    return {
      cell: (before ? "gru-before" : "gru") + inner,
      tensors: keeps ? tensors : withNegatedUpdate(tensors),
    };
  }

  /** What its program adds to the forget gate when it runs. */
  withForget(tensors) {
    const more = this.reader.answer("forget", [0, 1], () => 0);
    if (more === 0) return tensors;
    const hidden = tensors.weight_hh.shape[1];
    const bias = tensors.bias_ih ?? zeros(4 * hidden);
    const isForget = (i) => i >= hidden && i < 2 * hidden;
    const data = bias.data.map((x, i) => (isForget(i) ? x + more : x));
    return { ...tensors, bias_ih: tensor(bias.shape, data) };
  }

  /** Gates that stand in one matrix in the order that their program cuts them in. */
  inOrder(made, usual) {
    const { reader } = this;
    const usualOrder = () => gateOrder(reader.text, usual.length);
    const found = reader.answer("order", ordersOf(usual), usualOrder);
    if (found === "")
      throw refusal(
        "its program cuts its gates apart under names that do not say which is which: call them " +
          `${[...usual].join(", ")} there`,
      );
    if (found === null) {
      const order = [...usual].join(" ");
      this.reader.note(`its gates are taken to stand in the order ${order}, ${BESIDE}`);
    }
    const places = [...usual].map((gate) => (found ?? usual).indexOf(gate));
    return each(made, (whole) => reorder(whole, places));
  }

  /** Bare matrices behind the cells get a layer's names, the way round that reads its state. */
  nameRest(names, hidden) {
    const bare = names.filter((name) => this.tensors.has(name) && !/\.(weight|bias)$/.test(name));
    const shape = (name) => this.tensors.get(name).shape;
    const matrices = bare.filter((name) => shape(name).filter((side) => side > 1).length === 2);
    const vectors = bare.filter((name) => !matrices.includes(name));
    for (const name of matrices) {
      const [rows, columns] = shape(name);
      const turn = this.turned && rows === hidden ? true : columns !== hidden && rows === hidden;
      const value = turn ? transpose(this.take(name)) : this.take(name);
      this.tensors.set(`${name}.weight`, { shape: value.shape, read: () => value });
      const bias = vectors.find((one) => shape(one).includes(value.shape[0]));
      if (!bias) continue;
      vectors.splice(vectors.indexOf(bias), 1);
      const own = this.take(bias);
      this.tensors.set(`${name}.bias`, { shape: own.shape, read: () => own });
    }
  }
}

/** Every order of some letters. @returns {string[]} */
const ordersOf = (letters) =>
  letters.length < 2
    ? [letters]
    : [...letters].flatMap((one) => ordersOf(letters.replace(one, "")).map((rest) => one + rest));

const BESIDE = "which its program beside it (.py) would say";

/** What becomes of every tensor that is there. */
const each = (tensors, change) =>
  Object.fromEntries(Object.entries(tensors).map(([part, one]) => [part, one && change(one)]));

/** σ(-x) = 1 - σ(x): the gate that says what is new, as one that says what stays. */
const withNegatedUpdate = (tensors) =>
  each(tensors, (whole) => {
    const third = whole.data.length / 3;
    return mapped(whole, (x, i) => (i >= third && i < 2 * third ? -x : x));
  });
