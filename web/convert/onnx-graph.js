// The graph in an ONNX file: nodes, constants, inputs and outputs.

import { decodeText, parseText } from "./bytes.js";
import { Constants } from "./onnx-constants.js";
import { all, integersOf, numberOf, one, readMessage, textOf } from "./protobuf.js";
import { refusal, shown } from "./refuse.js";

const WHAT = "the ONNX file";
const NODES = 100000;

/** A node with its attributes by name. */
function readNode(bytes) {
  const message = readMessage(bytes, WHAT);
  const names = (field) => all(message, field).map((value) => decodeText(value));
  const attributes = new Map();
  for (const value of all(message, 5)) {
    const attribute = readMessage(value, WHAT);
    attributes.set(textOf(attribute, 1), attributeValue(attribute));
  }
  return {
    type: textOf(message, 4),
    domain: textOf(message, 7),
    inputs: names(1),
    outputs: names(2),
    attributes,
  };
}

/** The nodes of a graph inside a node. @param {any} bytes */
export const readBranch = (bytes) =>
  bytes instanceof Uint8Array ? all(readMessage(bytes, WHAT), 1).slice(0, 8).map(readNode) : null;

function floatsOf(message, field) {
  return all(message, field).flatMap((value) => {
    if (!(value instanceof Uint8Array)) return [];
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    return Array.from({ length: value.length >> 2 }, (_, i) => view.getFloat32(4 * i, true));
  });
}

function attributeValue(attribute) {
  const strings = all(attribute, 9).map((value) => decodeText(value));
  return {
    f: floatsOf(attribute, 2)[0],
    i: numberOf(attribute, 3, undefined),
    s: textOf(attribute, 4),
    t: one(attribute, 5),
    graph: one(attribute, 6),
    floats: floatsOf(attribute, 7),
    ints: integersOf(attribute, 8, WHAT),
    strings,
  };
}

/**
 * The graph of a model.
 * @param {Uint8Array} bytes
 * @param {import("./convert.js").NamedFile[]} [files] what lies beside it
 */
export function readGraph(bytes, files = []) {
  const model = readMessage(bytes, WHAT);
  const graph = one(model, 7);
  if (!(graph instanceof Uint8Array))
    throw refusal("the ONNX file has no graph: it is damaged, or no ONNX");
  const message = readMessage(graph, WHAT);
  if (all(message, 1).length > NODES)
    throw refusal("the ONNX graph is larger than any recurrent model's");
  const nodes = all(message, 1).map(readNode);
  const valueName = (value) => textOf(readMessage(value, WHAT), 1);
  const producer = [textOf(model, 2), textOf(model, 3)].filter(Boolean).map(shown).join(" ");
  return {
    nodes,
    producer,
    constants: new Constants(all(message, 5), nodes, files),
    inputs: all(message, 11).map((value) => ({ name: valueName(value), ...typeOf(value) })),
    outputs: all(message, 12).map(valueName),
    metadata: new Map(all(model, 14).map(readEntry)),
  };
}

/** StringStringEntryProto */
function readEntry(bytes) {
  const entry = readMessage(bytes, WHAT);
  return [textOf(entry, 1), textOf(entry, 2)];
}

/** What to-onnx.js wrote beside the graph. @param {Map<string, string>} metadata */
export function factsOf(metadata) {
  const vocabulary = parseText(metadata.get("vocabulary") ?? "");
  if (!Array.isArray(vocabulary)) return {};
  const facts = { vocabulary };
  const level = metadata.get("level");
  if (level === "char" || level === "word") facts.level = level;
  for (const role of ["start", "end"]) {
    const id = vocabulary.indexOf(metadata.get(role));
    if (id >= 0) facts[role] = id;
  }
  return facts;
}

/** ValueInfoProto's type: whether its elements are integers, and its sides (-1: any). */
function typeOf(value) {
  const path = [2, 1];
  let message = readMessage(value, WHAT);
  for (const field of path) {
    const inner = one(message, field);
    if (!(inner instanceof Uint8Array)) return { isInteger: false, shape: [] };
    message = readMessage(inner, WHAT);
  }
  const shape = one(message, 2);
  const sides = shape instanceof Uint8Array ? all(readMessage(shape, WHAT), 1) : [];
  return {
    isInteger: [6, 7].includes(numberOf(message, 1)),
    shape: sides.map((side) => numberOf(readMessage(side, WHAT), 1, -1)),
  };
}

/** The output that a matrix product made: states come out of recurrent nodes beside it. */
export function logitsOf({ nodes, outputs, constants }) {
  const { makers } = constants;
  const recurrent = nodes.find(({ type }) => /^(LSTM|GRU|RNN)$/.test(type));
  const quantised = nodes.find(({ type }) => /quantize|^QLinear|Integer$/i.test(type));
  const other = quantised ?? nodes.find(({ type }) => /^(Loop|Scan|Attention)$/.test(type));
  if (!recurrent || quantised) {
    throw refusal(
      other
        ? `the ONNX graph has a ${shown(other.type)}: export it with plain LSTM, GRU or RNN nodes, not quantised`
        : "the ONNX graph has no LSTM, GRU or RNN node: only recurrent text models run here",
    );
  }
  if (!constants.get(recurrent.inputs[1])) {
    throw refusal(
      `the ONNX graph's ${recurrent.type} has its weights as inputs of the graph: they are not in the file, ` +
        "so export the model with them",
    );
  }
  const isLogits = (name) => {
    for (
      let node = makers.get(name), i = 0;
      node && i < 64;
      node = makers.get(node.inputs.find((input) => !constants.get(input)) ?? ""), i++
    ) {
      if (/^(Gemm|MatMul|FusedMatMul|Softmax|LogSoftmax|ArgMax)$/.test(node.type))
        return node.type !== "ArgMax";
      if (/^(LSTM|GRU|RNN)$/.test(node.type)) return false;
    }
    return false;
  };
  const found = outputs.find(isLogits);
  if (!found)
    throw refusal(
      "no output of the ONNX graph comes from a matrix product behind the recurrent layers: no logits",
    );
  return found;
}
