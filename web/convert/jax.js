// JAX's models, as Flax and Haiku name their arrays: "params.LSTMCell_0.hi.kernel",
// "lstm/linear.w". Here they get the names that PyTorch has. Matrices multiply rows, x W.
//
// Flax's cells are PyTorch's, a matrix a gate. Haiku's LSTM reads [x, h] by one matrix, its gates
// stand i g f o, and f gets 1 added; its GRU stands z r n, reads r·h, and its z says how much of
// the new state is new.

import { refusal, shown } from "./refuse.js";
import { columnsOf, expect, mapped, reorder, stack, tensor, transpose } from "./tensor.js";

const partsOf = (gates) => ({
  weight_ih: gates.map((gate) => `i${gate}.kernel`),
  weight_hh: gates.map((gate) => `h${gate}.kernel`),
  bias_ih: gates.map((gate) => `i${gate}.bias`),
  bias_hh: gates.map((gate) => `h${gate}.bias`),
});
const FLAX = { lstm: partsOf([..."ifgo"]), gru: partsOf([..."rzn"]), rnn: partsOf([""]) };

/** Gates one under another, of which some may have no bias. */
function stacked(gates, name) {
  const [first] = gates.filter(Boolean);
  const [units, ...width] = [...first.shape].reverse();
  const read = (one) => expect(one.read(name), first.shape, name);
  const rows = (one) => (width.length > 0 ? transpose(read(one)) : read(one));
  const none = () => tensor([units], new Float32Array(units));
  return {
    shape: [gates.length * units, ...width],
    read: () => stack(gates.map((one) => (one ? rows(one) : none()))),
  };
}

/** Takes Flax's cells out of what is left, and says which they are. */
function takeFlax(left, renamed) {
  const cells = new Set();
  for (const first of [...left.keys()]) {
    const [, prefix] = /^(.*\.)h[ifgorzn]?\.kernel$/.exec(first) ?? [];
    if (prefix === undefined || !left.has(first)) continue;
    const isThere = (part) => left.has(prefix + part);
    const fits = ({ weight_ih, weight_hh }) => [...weight_ih, ...weight_hh].every(isThere);
    const cell = Object.keys(FLAX).find((one) => fits(FLAX[one]));
    if (!cell)
      throw refusal(`${shown(prefix.slice(0, -1))} has the gates of no LSTM, GRU or SimpleCell`);
    cells.add(cell);
    for (const [part, names] of Object.entries(FLAX[cell])) {
      const gates = names.map((name) => left.get(prefix + name));
      names.forEach((name) => left.delete(prefix + name));
      if (gates.some(Boolean)) renamed.set(prefix + part, stacked(gates, prefix + part));
    }
  }
  return cells;
}

/** An array [in, G·H] or [G·H] as PyTorch has it: gates in another order, changed one by one. */
function turned({ shape, read }, order, change) {
  return {
    shape: [...shape].reverse(),
    read: () => {
      const whole = read();
      const sorted = reorder(shape.length > 1 ? transpose(whole) : whole, order);
      const size = sorted.data.length / order.length;
      return mapped(sorted, (x, i) => change(x, Math.floor(i / size)));
    },
  };
}

const asIs = (x) => x;
const minusZ = (x, gate) => (gate === 1 ? -x : x);
const plusForget = (x, gate) => (gate === 1 ? x + 1 : x);
const IGFO = [0, 2, 1, 3];
const ZRN = [1, 0, 2];

/** Columns of what a matrix will be. */
const columns = ({ shape: [rows], read }, from, to) => ({
  shape: [rows, to - from],
  read: () => columnsOf(read(), from, to),
});

const HAIKU = {
  lstm: {
    of: /^(.*lstm\w*)\/linear\.w$/i,
    names: ["/linear.w", "/linear.b"],
    make: ([w, b]) => {
      const whole = turned(w, IGFO, asIs);
      const input = w.shape[0] - w.shape[1] / 4;
      return {
        weight_ih: columns(whole, 0, input),
        weight_hh: columns(whole, input, w.shape[0]),
        bias_ih: turned(b, IGFO, plusForget),
      };
    },
  },
  "gru-before": {
    of: /^(.*)\.w_h$/,
    names: [".w_i", ".w_h", ".b"],
    make: (arrays) => {
      const [weightIh, weightHh, bias] = arrays.map((one) => turned(one, ZRN, minusZ));
      return { weight_ih: weightIh, weight_hh: weightHh, bias_ih: bias };
    },
  },
};

/** Takes Haiku's cells out of what is left, and says which they are. */
function takeHaiku(left, renamed) {
  const cells = new Set();
  for (const [cell, { of, names, make }] of Object.entries(HAIKU)) {
    for (const first of [...left.keys()]) {
      const [, prefix] = of.exec(first) ?? [];
      if (prefix === undefined) continue;
      const arrays = names.map((end) => {
        const { shape, read } = left.get(prefix + end) ?? {};
        if (!shape || shape.length > 2) throw refusal(`${shown(prefix + end)} is missing`);
        left.delete(prefix + end);
        return { shape, read: () => read(prefix + end) };
      });
      cells.add(cell);
      for (const [part, one] of Object.entries(make(arrays)))
        renamed.set(`${prefix.replaceAll("/", ".")}.${part}`, one);
    }
  }
  return cells;
}

const matrix = (name, one) =>
  one.shape.length === 2
    ? { shape: [...one.shape].reverse(), read: () => transpose(one.read(name)) }
    : one;

/** What is no cell: dense layers, embeddings and norms. */
function addOther(renamed, name, one) {
  const dotted = name.replaceAll("/", ".");
  if (/\.(kernel|w)$/.test(name)) renamed.set(dotted.replace(/\w+$/, "weight"), matrix(name, one));
  else if (/\.embeddings?$/.test(name)) renamed.set(`${dotted}.weight`, one);
  else renamed.set(dotted.replace(/\.b$/, ".bias").replace(/\.scale$/, ".weight"), one);
}

/**
 * The tensors under PyTorch's names and their cell, if the names are Flax's or Haiku's; or null.
 * @param {Map<string, any>} tensors
 * @returns {{ tensors: Map<string, any>, cell: string, format: string } | null}
 */
export function fromJax(tensors) {
  const isFlax = [...tensors.keys()].some((name) => /[./,]h[ifgorzn]?[./,]kernel$/.test(name));
  const own = (name) => (isFlax ? name.replace(/[/,]/g, ".") : name);
  const left = new Map([...tensors].map(([name, one]) => [own(name), one]));
  const renamed = new Map();
  const cells = isFlax ? takeFlax(left, renamed) : takeHaiku(left, renamed);
  if (cells.size === 0) return null;
  if (cells.size > 1) throw refusal(`it has cells of several kinds: ${[...cells].join(" and ")}`);
  for (const [name, one] of left) addOther(renamed, name, one);
  const [cell] = cells;
  return { tensors: renamed, cell, format: isFlax ? "Flax" : "Haiku" };
}
