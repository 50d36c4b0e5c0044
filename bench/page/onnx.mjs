// A network as an ONNX file that computes one character: id and states in, logits and states out.
// ONNX is protobuf (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto); of that no more is
// written here than is needed: whole numbers, and fields that carry their length.

import { floatsOf } from "./networks.mjs";

const encoder = new TextEncoder();

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/**
 * A message from [field number, value] pairs: a whole number, a string, bytes, or another message.
 */
function message(...fields) {
  const parts = [];
  for (const [number, value] of fields) {
    if (typeof value === "number") {
      parts.push(Uint8Array.from([...varint(number * 8), ...varint(value)]));
    } else {
      const bytes = typeof value === "string" ? encoder.encode(value) : value;
      parts.push(Uint8Array.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes);
    }
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

const FLOAT = 1;
const INT32 = 6;
const INTEGER_ATTRIBUTE = 2;

/** TensorProto */
function tensor(name, shape, floats) {
  const raw = new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
  return message(...shape.map((size) => [1, size]), [2, FLOAT], [8, name], [9, raw]);
}

/** NodeProto; attributes are whole numbers. */
function node(operation, inputs, outputs, attributes = {}) {
  return message(
    ...inputs.map((name) => [1, name]),
    ...outputs.map((name) => [2, name]),
    [4, operation],
    ...Object.entries(attributes).map(([name, value]) => [
      5,
      message([1, name], [3, value], [20, INTEGER_ATTRIBUTE]),
    ]),
  );
}

/** ValueInfoProto */
function value(name, type, shape) {
  const dimensions = message(...shape.map((size) => [1, message([1, size])]));
  return message([1, name], [2, message([1, message([1, type], [2, dimensions])])]);
}

// Where ONNX's gates (LSTM i o f c, GRU z r h) stand among PyTorch's (i f g o; r z n).
const GATE_ORDER = { lstm: [0, 3, 1, 2], gru: [1, 0, 2] };

/** Blocks of rows, one a gate, in ONNX's order. */
function reorder(cell, floats) {
  const order = GATE_ORDER[cell];
  const size = floats.length / order.length;
  const result = new Float32Array(floats.length);
  order.forEach((from, to) =>
    result.set(floats.subarray(from * size, (from + 1) * size), to * size),
  );
  return result;
}

function transpose(floats, rows, columns) {
  const result = new Float32Array(floats.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = floats[i * columns + j];
  }
  return result;
}

function identity(size) {
  const result = new Float32Array(size * size);
  for (let i = 0; i < size; i++) result[i * size + i] = 1;
  return result;
}

/** The names of a network's states: h0, and c0 for an LSTM, h1, … */
export function stateNames({ cell, layers }) {
  const kinds = cell === "lstm" ? ["h", "c"] : ["h"];
  return Array.from({ length: layers }, (_, i) => kinds.map((kind) => `${kind}${i}`)).flat();
}

export function onnxFile(network, tensors) {
  const { cell, layers, hidden, vocabulary } = network;
  const size = vocabulary.length;
  const gates = GATE_ORDER[cell].length;
  const state = [1, 1, hidden];
  const constants = [tensor("one_hot", [size, size], identity(size))];
  const nodes = [node("Gather", ["one_hot", "id"], ["x0"])]; // [1,1] → [1,1,V]: time, batch, input
  for (let layer = 0; layer < layers; layer++) {
    const get = (name) => reorder(cell, floatsOf(tensors[`rnn.${name}_l${layer}`]));
    const bias = new Float32Array([...get("bias_ih"), ...get("bias_hh")]);
    const width = layer > 0 ? hidden : size;
    constants.push(
      tensor(`W${layer}`, [1, gates * hidden, width], get("weight_ih")),
      tensor(`R${layer}`, [1, gates * hidden, hidden], get("weight_hh")),
      tensor(`B${layer}`, [1, 2 * gates * hidden], bias),
    );
    const [h, c] = cell === "lstm" ? [`h${layer}`, `c${layer}`] : [`h${layer}`];
    const inputs = [`x${layer}`, `W${layer}`, `R${layer}`, `B${layer}`, "", h, ...(c ? [c] : [])];
    const outputs = ["", `${h}_next`, ...(c ? [`${c}_next`] : [])];
    const attributes = { hidden_size: hidden, ...(cell === "gru" && { linear_before_reset: 1 }) };
    nodes.push(node(cell.toUpperCase(), inputs, outputs, attributes));
    // Y_h, [direction, batch, hidden], is as well the next input, [time, batch, hidden].
    nodes.push(node("Identity", [`${h}_next`], [`x${layer + 1}`]));
  }
  constants.push(
    tensor("fc", [hidden, size], transpose(floatsOf(tensors["fc.weight"]), size, hidden)),
    tensor("fc_bias", [size], floatsOf(tensors["fc.bias"])),
  );
  nodes.push(
    node("MatMul", [`x${layers}`, "fc"], ["product"]),
    node("Add", ["product", "fc_bias"], ["logits"]),
  );
  const names = stateNames(network);
  const graph = message(
    ...nodes.map((item) => [1, item]),
    [2, "generator"],
    ...constants.map((item) => [5, item]),
    [11, value("id", INT32, [1, 1])],
    ...names.map((name) => [11, value(name, FLOAT, state)]),
    [12, value("logits", FLOAT, [1, 1, size])],
    ...names.map((name) => [12, value(`${name}_next`, FLOAT, state)]),
  );
  const IR_VERSION = 8;
  const OPERATORS = 14;
  return message([1, IR_VERSION], [2, "inkling bench"], [7, graph], [8, message([2, OPERATORS])]);
}
