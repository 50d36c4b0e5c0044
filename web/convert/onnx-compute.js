// What an ONNX graph gives for some tokens, number by number, by which it is told whether the
// network that is read of it gives the same.

import { parseText } from "./bytes.js";
import { Arrays, isArr, NotKnown } from "./compute-arrays.js";
import { recurrent } from "./compute-recurrent.js";
import { outputsOf } from "./onnx-nodes.js";
import { recurrentLayer } from "./onnx-recurrent.js";
import { isRefusal } from "./refuse.js";
import { tableOf, WORK } from "./settled.js";
import { tensor } from "./tensor.js";

/** @typedef {import("./compute-arrays.js").Arr} Arr */

const NODES = 20000;
const LONGEST = 512; // tokens of an input whose length the graph says

class Graph {
  constructor(graph, arrays, given) {
    this.graph = graph;
    this.arrays = arrays;
    this.known = new Map(given);
    this.left = NODES;
  }

  /** @returns {Arr} */
  value(name, depth = 0) {
    if (this.known.has(name)) return this.known.get(name);
    const constant = this.graph.constants.get(name);
    if (constant) return constant;
    const node = this.graph.constants.makers.get(name);
    if (!node || depth > 400 || --this.left < 0) throw new NotKnown(name);
    const inputs = node.inputs.map((one) => (one ? this.value(one, depth + 1) : null));
    const found = /^(LSTM|GRU|RNN)$/.test(node.type)
      ? this.recurrent(node, inputs)
      : outputsOf(this.arrays, node, inputs, this.graph.constants);
    node.outputs.forEach((one, i) => this.known.set(one, found[i]));
    if (!isArr(this.known.get(name))) throw new NotKnown(name);
    return this.known.get(name);
  }

  /** A recurrent node over every text of a batch: its outputs, and its states at their ends. */
  recurrent(node, [given, , , , lengths, ...begins]) {
    const a = this.arrays;
    if (given.shape.length !== 3) throw new NotKnown("which axis is time");
    const isBatchFirst = node.attributes.get("layout")?.i === 1;
    const turned = (one) => (one && isBatchFirst ? a.swapped(one, 0, 1) : one);
    const [x, h0, c0] = [given, ...begins.slice(0, 2)].map(turned);
    const [steps, batch] = x.shape;
    if (lengths?.data.some((length) => length !== steps))
      throw new NotKnown("texts that are short");
    const { layer, isReversed } = recurrentLayer(
      { ...node, inputs: node.inputs.map((one, i) => (i > 3 && i < 7 ? "" : one)) },
      (name) => (name ? this.graph.constants.get(name) : null),
      () => true,
    );
    const sides = [layer.reverse ? 2 : 1, layer.hidden];
    const isLstm = node.type === "LSTM";
    const zeros = () => a.full([sides[0], batch, sides[1]], 0);
    const from = [h0 ?? zeros(), c0 ?? zeros()];
    const inOrder = (one) => (isReversed ? a.flipped(one, 0) : one);
    const cells = { layers: [layer], isCell: false, isLstm, isBatchFirst: false };
    const [out, states] = recurrent(a, cells, inOrder(x), isLstm ? from : from[0]);
    const y = a.permuted(a.reshaped(inOrder(out), [steps, batch, ...sides]), [0, 2, 1, 3]);
    const all = isBatchFirst ? a.permuted(y, [2, 0, 1, 3]) : y;
    return [all, ...[states].flat().map(turned)];
  }
}

/** The tokens in the forms in which an input may want them: of its sides, as far as it says them. */
function* tokensFor({ shape }, inputs, ids, arrays) {
  const T = ids.length;
  const list = arrays.arr([T], Float64Array.from(ids));
  const rows = arrays.oneHot(list, inputs);
  const forms = [
    [list, [1, T]],
    [list, [T, 1]],
    [list, [T]],
    [rows, [1, T, inputs]],
    [rows, [T, 1, inputs]],
    [rows, [T, inputs]],
  ];
  for (const [one, own] of forms) {
    const fits = own.every((side, i) => (shape[i] ?? -1) < 1 || shape[i] === side);
    if (shape.length === 0 || (shape.length === own.length && fits))
      yield arrays.arr(own, one.data);
  }
}

/** How many tokens an input wants, where its sides say it. */
function lengthOf({ shape }, otherwise) {
  const sides = shape.filter((side) => side > 1);
  if (shape.length > 0 && shape.length < 3 && shape.every((side) => side === 1)) return 1;
  const length = shape.length > 0 && shape.length < 3 && sides.length === 1 ? sides[0] : otherwise;
  return length <= LONGEST ? length : otherwise;
}

/**
 * What to-onnx.js notes of an input: the state in which a text begins; or null.
 * @returns {?import("./tensor.js").Tensor}
 */
export function beginning(graph, name) {
  if (!/^[hc]\d+$/.test(name)) return null;
  const list = parseText(graph.metadata.get(name) ?? "");
  const isState = Array.isArray(list) && list.every(Number.isFinite);
  return isState ? tensor([list.length], Float32Array.from(list)) : null;
}

/** What else the graph is given: lengths, and states, which are zero unless it notes others. */
function others(graph, tokens, T, arrays) {
  return graph.inputs
    .filter(({ name }) => name !== tokens && !graph.constants.found.has(name))
    .map(({ name, isInteger, shape }) => {
      const own = shape.map((side) => (side > 0 ? side : 1));
      const given = arrays.full(own, isInteger ? T : 0);
      const noted = beginning(graph, name)?.data;
      if (noted) given.data.forEach((_, i) => (given.data[i] = noted[i % noted.length]));
      return [name, given];
    });
}

/** So many tokens, the ones that are given again and again. */
export const repeated = (ids, count) =>
  Array.from({ length: count }, (_, i) => ids[i % ids.length]);

/**
 * The rows of logits that a graph gives of some tokens.
 * @param {any} graph @param {string} output @param {string} tokens the input that they go into
 * @param {import("./network.js").Network} network
 */
export function* graphRows(graph, output, tokens, network, ids) {
  const arrays = new Arrays(WORK);
  const input = graph.inputs.find(({ name }) => name === tokens);
  if (!input || ids.length < 3) return; // of so few all that is read of them is alike
  for (const form of tokensFor(input, network.inputs, ids, arrays)) {
    try {
      const given = [[tokens, form], ...others(graph, tokens, ids.length, arrays)];
      const { shape, data } = new Graph(graph, arrays, given).value(output);
      for (const width of network.outputs === 2 ? [2, 1] : [network.outputs])
        if ((shape.at(-1) ?? 1) === width && data.length > 0)
          yield Float64Array.from(data.slice(-width));
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
}

/** How many tokens are asked for. */
export const tokensAsked = (graph, tokens, ids) => {
  const input = graph.inputs.find(({ name }) => name === tokens);
  return input ? repeated(ids, lengthOf(input, ids.length)) : ids;
};

/** What a value is of every token, as an embedding; or null. @param {number} count of tokens */
export function embeddingOf(graph, name, input, count) {
  const arrays = new Arrays(4 * WORK);
  return tableOf(count, (ids) => valueFor(graph, name, input, ids, arrays)?.data ?? null);
}

/** A value of the graph for some tokens, in the first form in which they may be given; or null. */
function valueFor(graph, name, input, ids, arrays) {
  const width = input.shape.length === 3 ? Math.max(input.shape[2], 2) : 2;
  for (const form of tokensFor(input, width, ids, arrays)) {
    try {
      const given = [[input.name, form], ...others(graph, input.name, ids.length, arrays)];
      return new Graph(graph, arrays, given).value(name);
    } catch (error) {
      if (!isUnknown(error)) throw error;
    }
  }
  return null;
}

/** Is it an expression that is none here, or what its author would have been told by an error? */
const isUnknown = (error) =>
  error instanceof NotKnown || error instanceof TypeError || isRefusal(error);

/**
 * A value that does not change with the tokens, only with how many there are; or null.
 * @returns {?import("./tensor.js").Tensor}
 */
export function unchanging(graph, name) {
  const arrays = new Arrays(WORK / 64);
  for (const input of graph.inputs) {
    const [first, second] = [
      [0, 1],
      [1, 0],
    ].map((ids) => valueFor(graph, name, input, ids, arrays));
    if (first && second && first.data.every((x, i) => x === second.data[i]))
      return tensor(first.shape, Float32Array.from(first.data));
  }
  return null;
}
