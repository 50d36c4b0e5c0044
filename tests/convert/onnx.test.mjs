// Nodes of ONNX that no exporter's file in files/ has, in graphs that are written here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { neighboursOf, readNetwork } from "../../web/convert/convert.js";
import { joinBytes } from "../../web/platform.js";

const utf8 = (text) => new TextEncoder().encode(text);
const floats = (values) => new Uint8Array(Float32Array.from(values).buffer);

/** A message of [field, value] pairs: a small number, a float as { f }, a string, or bytes. */
function message(...fields) {
  return joinBytes(
    fields.flatMap(([field, value]) => {
      if (typeof value === "number") return [Uint8Array.of(field * 8, value)];
      if (value.f !== undefined) return [Uint8Array.of(field * 8 + 5), floats([value.f])];
      const bytes = typeof value === "string" ? utf8(value) : value;
      const { length } = bytes;
      return [Uint8Array.of(field * 8 + 2, 128 | (length & 127), length >> 7), bytes];
    }),
  );
}

function node(type, inputs, outputs, attributes = {}) {
  const attribute = ([name, value]) =>
    message([1, name], typeof value === "number" ? [3, value] : [2, value]);
  return message(
    ...inputs.map((name) => [1, name]),
    ...outputs.map((name) => [2, name]),
    [4, type],
    ...Object.entries(attributes).map((one) => [5, attribute(one)]),
  );
}

const constant = (name, shape, values) =>
  message(...shape.map((side) => [1, side]), [2, 1], [8, name], [9, floats(values)]);

/** The file of a graph from "ids" to "logits". */
const onnx = (nodes, constants) =>
  message(
    [1, 8],
    [
      7,
      message(
        ...nodes.map((one) => [1, one]),
        ...constants.map((one) => [5, one]),
        [11, message([1, "ids"])],
        [12, message([1, "logits"])],
      ),
    ],
  );

const numbers = (count) => Array.from({ length: count }, (_, i) => Math.sin(i + 1));
const [V, H] = [3, 2];
const constants = [
  constant("table", [V, H], numbers(V * H)),
  constant("w", [1, H, H], numbers(H * H)),
  constant("r", [1, H, H], numbers(H * H).reverse()),
  constant("head", [V, H], numbers(V * H)),
  constant("two", [], [2]),
  constant("three", [], [3]),
  constant("r2", [H, H], numbers(H * H)),
  constant("w1", [1, H, 1], numbers(H)),
  constant("minus", [], [-1]),
];

/** The network of a table, a recurrent layer and the nodes from "steps" to "logits". */
function network(...nodes) {
  const first = [
    node("Gather", ["table", "ids"], ["rows"]),
    node("Mul", ["rows", "two"], ["x"]),
    node("RNN", ["x", "w", "r"], ["steps", "h0"]),
  ];
  const bytes = onnx([...first, ...nodes], constants);
  return readNetwork([{ name: "model.onnx", bytes }]);
}

test("a FusedMatMul is scaled and turned round as it says", async () => {
  const attributes = { alpha: { f: 0.5 }, transB: 1 };
  const { head } = await network(node("FusedMatMul", ["steps", "head"], ["logits"], attributes));
  assert.deepEqual(head.weight.shape, [V, H]);
  const wanted = numbers(V * H).map((x) => Math.fround(0.5 * Math.fround(x)));
  assert.deepEqual([...head.weight.data], wanted);
  const other = node("FusedMatMul", ["steps", "head"], ["logits"], { transA: 1 });
  await assert.rejects(network(other), /FusedMatMul of the other side of its input/);
});

test("a product of two values that change is named", async () => {
  const product = node("MatMul", ["steps", "steps"], ["logits"]);
  await assert.rejects(network(product), /two values that both change/);
});

test("a scalar beside an embedding is for all of its values", async () => {
  const { table } = await network(node("Gemm", ["steps", "head"], ["logits"], { transB: 1 }));
  const wanted = numbers(V * H).map((x) => 2 * Math.fround(x));
  assert.deepEqual([...table.data], wanted);
});

test("weights in a file beside the model are read from there", async () => {
  const entry = (key, value) =>
    utf8(
      `\x0a${String.fromCharCode(key.length)}${key}\x12${String.fromCharCode(value.length)}${value}`,
    );
  const outside = (name, shape, location, offset) =>
    message(
      ...shape.map((side) => [1, side]),
      [2, 1],
      [8, name],
      [13, entry("location", location)],
      [13, entry("offset", `${offset}`)],
      [14, 1],
    );
  const graph = (location, offset = 8) => {
    const head = node("Gemm", ["steps", "head"], ["logits"], { transB: 1 });
    const nodes = [
      node("Gather", ["table", "ids"], ["x"]),
      node("RNN", ["x", "w", "r"], ["steps"]),
    ];
    const inside = constants.filter((_, i) => i !== 3);
    const bytes = onnx([...nodes, head], [...inside, outside("head", [V, H], location, offset)]);
    return { name: "model.onnx", bytes };
  };
  const data = (name) => ({ name, bytes: floats([7, 7, ...numbers(V * H)]) });
  const model = graph("model.onnx.data");
  assert.deepEqual(neighboursOf(model), ["model.onnx.data"]);
  const { head } = await readNetwork([model, data("model.onnx.data")]);
  assert.deepEqual([...head.weight.data], numbers(V * H).map(Math.fround));
  await assert.rejects(readNetwork([model]), /file of their own, model\.onnx\.data: add it/);
  const cut = graph("a", 12);
  await assert.rejects(readNetwork([cut, data("a")]), /a ends before the tensor head/);
  const stray = graph("../a");
  assert.deepEqual(neighboursOf(stray), []);
  await assert.rejects(readNetwork([stray, data("a")]), /outside its folder/);
});

test("a leaky ReLU stands between two products", async () => {
  const { dense } = await network(
    node("Gemm", ["steps", "r2"], ["a"], { transB: 1 }),
    node("LeakyRelu", ["a"], ["b"], { alpha: { f: 0.5 } }),
    node("Gemm", ["b", "head"], ["logits"], { transB: 1 }),
  );
  assert.equal(dense[0].activation, "relu");
  assert.deepEqual(dense[0].weight.shape, [2 * H, H]);
});

test("of the joined states of two layers the last is the last layer's", async () => {
  const { layers } = await network(
    node("RNN", ["steps", "w", "r"], ["more", "h1"]),
    node("Concat", ["h0", "h1"], ["states"], { axis: 0 }),
    node("Gather", ["states", "minus"], ["h"], { axis: 0 }),
    node("Gemm", ["h", "head"], ["logits"], { transB: 1 }),
  );
  assert.equal(layers.length, 2);
});

test("an id that is divided by the number of tokens may be turned before", async () => {
  const nodes = [
    node("Cast", ["ids"], ["float"], { to: 1 }),
    node("Unsqueeze", ["float"], ["column"]),
    node("Div", ["column", "three"], ["x"]),
    node("RNN", ["x", "w1", "r"], ["steps"]),
    node("Gemm", ["steps", "head"], ["logits"], { transB: 1 }),
  ];
  const bytes = onnx(nodes, constants);
  const { fed, inputs } = await readNetwork([{ name: "model.onnx", bytes }]);
  assert.deepEqual({ fed, inputs }, { fed: "scalar", inputs: V });
});
