// A generator as an ONNX file: one graph that reads token ids and the states of its layers, and
// gives logits and the states after them. Whoever runs it keeps the states and draws the tokens.
//
//   in   id [steps, batch] int32; h0, h1 … and of an LSTM c0, c1 … [1, batch, H]
//   out  logits [steps, batch, V]; h0_next, c0_next … as the states
//
// Operators: https://onnx.ai/onnx/operators/ ; the file is protobuf, of the messages in onnx.proto.

/** @import { ModelInfo } from "../inkling.js" */

import { readModel } from "../opening.js";
import { argument } from "../options.js";
import { headerOf } from "../source.js";
import { OPERATORS, PEEPHOLES } from "./onnx-cells.js";
import { writeMessage } from "./protobuf.js";
import { mapped, readFloats, reorder, sizeOf, tensor, transpose } from "./tensor.js";

const IR_VERSION = 8;
const OPERATOR_SET = 14;
const FLOAT = 1; // types of elements
const INT32 = 6;
const INT64 = 7;
const INT_ATTRIBUTE = 2;
const FLOATS_ATTRIBUTE = 6;
const STRINGS_ATTRIBUTE = 8;

// ---- Messages -----------------------------------------------------------------------------------

/** TensorProto @param {string} name @param {number[]} shape @param {Float32Array} floats */
function tensorOf(name, shape, floats) {
  const raw = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return writeMessage({ 1: shape, 2: FLOAT, 8: name, 9: raw });
}

/** @typedef {number | string[] | Float32Array} Attribute a whole number, or a list */

/** AttributeProto @param {[string, Attribute]} attribute */
function attributeOf([name, value]) {
  if (typeof value === "number") return writeMessage({ 1: name, 3: value, 20: INT_ATTRIBUTE });
  if (Array.isArray(value)) return writeMessage({ 1: name, 9: value, 20: STRINGS_ATTRIBUTE });
  const packed = new Uint8Array(value.buffer);
  return writeMessage({ 1: name, 7: packed, 20: FLOATS_ATTRIBUTE });
}

/**
 * NodeProto
 *
 * @param {string} operator
 * @param {string[]} inputs
 * @param {string[]} outputs
 * @param {Record<string, Attribute>} [attributes]
 */
function nodeOf(operator, inputs, outputs, attributes = {}) {
  const list = Object.entries(attributes).map(attributeOf);
  return writeMessage({ 1: inputs, 2: outputs, 4: operator, 5: list });
}

/**
 * ValueInfoProto
 *
 * @param {string} name
 * @param {number} type
 * @param {(number | string)[]} shape a side is a size, or a name where any size fits
 */
function valueOf(name, type, shape) {
  const sides = shape.map((side) => writeMessage({ [typeof side === "number" ? 1 : 2]: side }));
  const tensor = writeMessage({ 1: type, 2: writeMessage({ 1: sides }) });
  return writeMessage({ 1: name, 2: writeMessage({ 1: tensor }) });
}

// ---- Weights ------------------------------------------------------------------------------------

const KINDS = { F32: "f32", F16: "f16", BF16: "bf16", I8: "i8", U8: "u8" };

/** The tensors of a model file, as floats. @param {Uint8Array} bytes */
function tensorsOf(bytes) {
  const { text } = headerOf(bytes);
  const start = 8 + new TextEncoder().encode(text).length;
  const list = JSON.parse(text);
  const has = (name) => Object.hasOwn(list, name);
  const read = (name) => {
    const { dtype, shape, data_offsets: offsets } = list[name];
    if (!KINDS[dtype]) throw argument(`the tensor ${name} is ${dtype}, which no ONNX is made of`);
    const own = bytes.subarray(start + offsets[0], start + offsets[1]);
    return tensor(shape, readFloats(own, KINDS[dtype], sizeOf(shape, name), name));
  };
  /** A matrix of four bits: two numbers a byte, the first in the low bits, times their group's. */
  const unpacked = (name) => {
    const { shape, data: bytes } = read(name);
    const factors = read(`${name}.groups`).data;
    const data = Float32Array.from({ length: 2 * bytes.length }, (_, i) => {
      const number = (bytes[i >> 1] >> (4 * (i % 2))) & 15;
      return (number < 8 ? number : number - 16) * factors[i >> 5];
    });
    return tensor([shape[0], 2 * shape[1]], data);
  };
  return {
    hasCounts: Object.keys(list).some((name) => name.startsWith("counts.")),
    has,
    get(name) {
      const { shape, data } = has(`${name}.groups`) ? unpacked(name) : read(name);
      if (!has(`${name}.scale`)) return tensor(shape, data);
      const scales = read(`${name}.scale`).data; // one a row
      const width = data.length / scales.length;
      return mapped({ shape, data }, (x, i) => x * scales[Math.floor(i / width)]);
    },
  };
}

// ---- Layers -------------------------------------------------------------------------------------

/** What the cell of that name (docs/formats.md) is in ONNX. */
function operatorOf(cell) {
  const words = cell.split("-");
  const is = (word) => words.includes(word);
  if (is("brain")) throw argument(`the model's cell is ${cell}, for which ONNX has no operator`);
  const type = is("lstm") ? "LSTM" : is("gru") ? "GRU" : "RNN";
  const { order: read, standard } = OPERATORS[type];
  const order = read.map((_, gate) => read.indexOf(gate)); // where ONNX's stand among ours
  const candidates = { relu: "Relu", sigmoid: "Sigmoid", linear: "Affine" };
  const found = Object.entries(candidates).find(([word]) => is(word));
  const candidate = found ? found[1] : "Tanh";
  const gate = is("hard") ? "HardSigmoid" : "Sigmoid";
  const activations = standard.map((name) => (name === "Sigmoid" ? gate : candidate));
  const attributes = {};
  if (activations.join() !== standard.join()) attributes.activations = activations;
  if (is("hard") || is("linear")) {
    attributes.activation_alpha = Float32Array.of(is("hard") ? 0.2 : 1);
    attributes.activation_beta = Float32Array.of(is("hard") ? 0.5 : 0);
  }
  if (type === "GRU" && !is("before")) attributes.linear_before_reset = 1;
  return { type, order, attributes, peepholes: is("peephole") };
}

/** Collects a graph: what is in it, and what goes in and comes out. */
class Graph {
  /** @type {Uint8Array[]} */ nodes = [];
  /** @type {Uint8Array[]} */ constants = [];
  /** @type {Uint8Array[]} */ inputs = [];
  /** @type {Uint8Array[]} */ outputs = [];

  /** @param {string} name @param {number[]} shape @param {Float32Array} floats */
  constant(name, shape, floats) {
    this.constants.push(tensorOf(name, shape, floats));
    return name;
  }

  /** @param {Parameters<typeof nodeOf>} parts */
  node(...parts) {
    this.nodes.push(nodeOf(...parts));
  }

  /** A state goes in as `name` and comes out as `name`_next. */
  state(name, hidden) {
    this.inputs.push(valueOf(name, FLOAT, [1, "batch", hidden]));
    this.outputs.push(valueOf(`${name}_next`, FLOAT, [1, "batch", hidden]));
  }

  /** GraphProto */
  get message() {
    const { nodes, constants, inputs, outputs } = this;
    return writeMessage({ 1: nodes, 2: "generator", 5: constants, 11: inputs, 12: outputs });
  }
}

/** @typedef {ReturnType<typeof tensorsOf>} Tensors */

/**
 * Layer l, which reads x<l> and makes x<l+1>, both [steps, batch, width].
 *
 * @param {Graph} graph
 * @param {Tensors} tensors
 * @param {ModelInfo} info
 * @param {number} l
 */
function addLayer(graph, tensors, { cell, hidden }, l) {
  const { type, order, attributes, peepholes } = operatorOf(cell);
  const weight = (name) => reorder(tensors.get(`rnn.${name}_l${l}`), order);
  const [w, r] = [weight("weight_ih"), weight("weight_hh")];
  const biases = new Float32Array(2 * w.shape[0]);
  ["bias_ih", "bias_hh"].forEach((name, i) => {
    if (tensors.has(`rnn.${name}_l${l}`)) biases.set(weight(name).data, i * w.shape[0]);
  });
  const states = type === "LSTM" ? [`h${l}`, `c${l}`] : [`h${l}`];
  const inputs = [
    `x${l}`,
    graph.constant(`W${l}`, [1, ...w.shape], w.data),
    graph.constant(`R${l}`, [1, ...r.shape], r.data),
    graph.constant(`B${l}`, [1, biases.length], biases),
    "", // lengths: of all texts the same
    ...states,
  ];
  if (peepholes) {
    const own = reorder(tensors.get(`rnn.peephole_l${l}`), PEEPHOLES);
    inputs.push(graph.constant(`P${l}`, [1, ...own.shape], own.data));
  }
  const next = states.map((name) => `${name}_next`);
  graph.node(type, inputs, [`y${l}`, ...next], { hidden_size: hidden, ...attributes });
  graph.node("Squeeze", [`y${l}`, "one"], [`x${l + 1}`]); // the one direction
  for (const name of states) graph.state(name, hidden);
}

/** The states in which a text begins, where they are not zeros: "h0" → a list, in JSON. */
function beginningOf({ layers }, tensors) {
  const states = Array.from({ length: layers }, (_, l) => [`h${l}`, `c${l}`]).flat();
  const own = (name) => `rnn.${name[0]}0_l${name.slice(1)}`;
  const found = states.filter((name) => tensors.has(own(name)));
  return Object.fromEntries(
    found.map((name) => [name, JSON.stringify([...tensors.get(own(name)).data])]),
  );
}

/** @param {ModelInfo} info @param {Tensors} tensors */
function graphOf(info, tensors) {
  const graph = new Graph();
  const size = info.vocabulary.length;
  graph.inputs.push(valueOf("id", INT32, ["steps", "batch"]));
  graph.outputs.push(valueOf("logits", FLOAT, ["steps", "batch", size]));
  graph.constants.push(writeMessage({ 1: 1, 2: INT64, 8: "one", 7: 1 }));
  const table = tensors.has("embedding.weight") ? tensors.get("embedding.weight") : null;
  if (table) {
    graph.constant("embedding", table.shape, table.data);
    graph.node("Gather", ["embedding", "id"], ["x0"]);
  } else {
    graph.constants.push(writeMessage({ 2: INT32, 8: "tokens", 5: size }));
    graph.constant("off_on", [2], Float32Array.of(0, 1));
    graph.node("OneHot", ["id", "tokens", "off_on"], ["x0"]);
  }
  for (let l = 0; l < info.layers; l++) addLayer(graph, tensors, info, l);
  let reads = `x${info.layers}`;
  const dense = info.metadata.dense?.split(" ") ?? [];
  dense.forEach((activation, i) => {
    const [name, operator] = [`dense.${i}`, ACTIVATIONS[activation]];
    if (!operator) throw argument(`ONNX has no operator for the activation ${activation}`);
    addDense(graph, tensors, reads, `${name}.sum`, name);
    graph.node(operator, [`${name}.sum`], [(reads = name)]);
  });
  // Where there is no matrix of its own, the read-out's is the embedding.
  const head = tensors.has("fc.weight") ? "fc.weight" : "embedding.weight";
  addDense(graph, tensors, reads, "logits", "fc", head);
  return graph.message;
}

/** Of dense layers; by the names of network.js. */
const ACTIVATIONS = {
  linear: "Identity",
  tanh: "Tanh",
  relu: "Relu",
  sigmoid: "Sigmoid",
  elu: "Elu",
  selu: "Selu",
  softplus: "Softplus",
  softsign: "Softsign",
};

/**
 * `to` = W x + b of x, which `reads` has.
 *
 * @param {Graph} graph
 * @param {Tensors} tensors
 * @param {string} reads
 * @param {string} to
 * @param {string} layer whose tensors they are
 * @param {string} [matrix] where its weight is
 */
function addDense(graph, tensors, reads, to, layer, matrix = `${layer}.weight`) {
  const { shape, data } = transpose(tensors.get(matrix));
  const has = tensors.has(`${layer}.bias`);
  const bias = has ? tensors.get(`${layer}.bias`).data : new Float32Array(shape[1]);
  graph.node("MatMul", [reads, graph.constant(`${layer}.W`, shape, data)], [`${layer}.product`]);
  graph.node("Add", [`${layer}.product`, graph.constant(`${layer}.b`, [shape[1]], bias)], [to]);
}

/**
 * What of a model has no place in the graph.
 *
 * @param {ModelInfo} info
 * @param {Tensors} tensors
 */
function check({ task, metadata: { reads, head } }, tensors) {
  if (task !== "generator")
    throw argument(`the model is a ${task}: ONNX files are made of generators alone`);
  if (reads) throw argument("the model reads a window anew for every token, and no step alone");
  if (head)
    throw argument(`the model's probabilities are ${head}s, which no soft-max of logits is`);
  if (tensors.hasCounts)
    throw argument("the model has counts beside its network, for which ONNX has no operator");
}

/** @type {typeof import("./to-onnx.js").exportOnnx} */
export async function exportOnnx(source, open) {
  const { bytes } = await readModel(source, {});
  const model = await open(bytes, { worker: false }); // that it is one
  const { info } = model;
  model.free();
  const tensors = tensorsOf(bytes);
  check(info, tensors);
  const kept = { ...info.metadata, vocabulary: JSON.stringify(info.vocabulary) };
  for (const name of ["digest", "format", "format-version"]) delete kept[name]; // of the file
  Object.assign(kept, beginningOf(info, tensors));
  return writeMessage({
    1: IR_VERSION,
    2: "inkling",
    7: graphOf(info, tensors),
    8: writeMessage({ 2: OPERATOR_SET }),
    14: Object.entries(kept).map(([key, text]) => writeMessage({ 1: key, 2: text })),
  });
}
