// What stands between the recurrent nodes of an ONNX graph and what reads them.

import { activation } from "./activations.js";

const RECURRENT = /^(LSTM|GRU|RNN)$/;
// What takes values apart, joins them or adds them up, and neither bends nor weighs them.
const CUTS = new RegExp(
  "^(LSTM|GRU|RNN|Identity|Cast|Dropout|Concat|Split|Slice|Gather|GatherElements|Reshape|Flatten|" +
    "Squeeze|Unsqueeze|Transpose|Expand|Tile|Add|Sub|Mul|Div|ReduceMean|ReduceSum|ReduceMax|Shape|" +
    "GlobalMaxPool|GlobalAveragePool|MaxPool|AveragePool|Constant|ConstantOfShape|Range|Where|" +
    "Equal|Less|Greater|Not)$",
);
const MOST = 1000; // nodes that are looked at

/** @typedef {Map<string, any>} Makers the node that makes a value, by its name */

/** Nodes from which a value is made, up to those at which `stops` is true. @param {Makers} makers */
function* nodesBehind(makers, name, stops) {
  const seen = new Set();
  const open = [name];
  while (open.length > 0 && seen.size < MOST) {
    const node = makers.get(open.pop());
    if (!node || seen.has(node)) continue;
    seen.add(node);
    yield node;
    if (!stops(node)) open.push(...node.inputs);
  }
}

/**
 * The last recurrent node of those of which a value is made by nodes that cut and join; null: it
 * is made of others, too, or of several that stand beside one another.
 * @param {Makers} makers
 */
export function topBehind(makers, name) {
  const isRecurrent = ({ type }) => RECURRENT.test(type);
  const stops = (node) => isRecurrent(node) || node.type === "Shape";
  const nodes = [...nodesBehind(makers, name, stops)];
  const found = nodes.filter(isRecurrent);
  if (nodes.length >= MOST || nodes.some(({ type }) => !CUTS.test(type))) return null;
  const reads = (one, other) =>
    [...nodesBehind(makers, one.inputs[0], () => false)].includes(other);
  const isTop = (one) => found.every((other) => other === one || reads(one, other));
  return found.find(isTop) ?? null;
}

/** The nodes of which a value is made behind the recurrent ones. @param {Makers} makers */
export const nodesBetween = (makers, name) =>
  [...nodesBehind(makers, name, ({ type }) => RECURRENT.test(type) || type === "Shape")].filter(
    ({ type }) => !RECURRENT.test(type) && type !== "Constant",
  );

/** What takes some steps of what a read-out gives, or makes one of them. */
export const CUT = /^(Gather|Slice|ReduceMean|ReduceMax|ReduceSum)$/;

/** Does a Slice turn one axis round? @param {import("./onnx-constants.js").Constants} constants */
export function isFlip({ inputs, attributes }, constants) {
  const of = (name, place) => {
    const list = attributes.get(name)?.ints;
    return list?.length > 0 ? list : [...(constants.get(inputs[place])?.data ?? [])];
  };
  const [[start, ...more], [end], [step]] = [of("starts", 1), of("ends", 2), of("steps", 4)];
  return more.length === 0 && start === -1 && end < -1e8 && step === -1;
}

/** One number behind everything is a logit of two classes, which a loss takes as it is. */
export function withSigmoid(steps, notes) {
  const last = steps.findLast(({ kind }) => kind === "dense");
  const isOne =
    last?.weight.shape[0] === 1 && steps.at(-1) === last && steps[0].kind === "embedding";
  if (!isOne) return steps;
  notes.push("its one number is read as the logit of the second of two classes");
  return [...steps, activation("sigmoid")];
}
