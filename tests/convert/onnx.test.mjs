// Nodes of ONNX that no exporter's file in files/ has, in graphs that are written here.

import assert from "node:assert/strict";
import { test } from "node:test";
import { neighboursOf, readNetwork } from "../../web/convert/convert.js";
import { joinBytes } from "../../web/platform.js";
import { readOut } from "./reference.mjs";

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
  constant("axis", [1], [1]),
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

// ---- Which axis of a value is time --------------------------------------------------------------

const integers = (name, ...values) =>
  message(
    [1, values.length],
    [2, 7],
    [8, name],
    [9, new Uint8Array(BigInt64Array.from(values).buffer)],
  );
const FAR = 2n ** 62n;

/** The network of an LSTM whose outputs pass these nodes from "steps" [t, 1, b, h] to "read". */
function reads(nodes, more = [], from = "y") {
  const gates = 4 * H;
  const bytes = onnx(
    [
      node("Gather", ["table", "ids"], ["x"]),
      node("LSTM", ["x", "w4", "r4"], ["y", "h", "c"]),
      ...nodes,
      node("Gemm", [nodes.length > 0 ? "read" : from, "head"], ["logits"], { transB: 1 }),
    ],
    [
      ...constants,
      constant("w4", [1, gates, H], numbers(gates * H)),
      constant("r4", [1, gates, H], numbers(gates * H)),
      integers("one", 1n),
      integers("last", -1n),
      integers("first", 0n),
      integers("far", FAR),
      ...more,
    ],
  );
  return readNetwork([{ name: "model.onnx", bytes }]);
}

const squeezed = node("Squeeze", ["y", "one"], ["s"]); // [t, b, h]
const gather = (index, axis, from = "s") => node("Gather", [from, index], ["read"], { axis });
const slice = (start, end, axis, ...steps) =>
  node("Slice", ["s", start, end, axis, ...steps], ["read"]);

test("the last step may be picked, cut off or a state", async () => {
  for (const nodes of [
    [squeezed, gather("last", 0)],
    [squeezed, slice("last", "far", "first")],
    [squeezed, slice("first", "far", "first")],
    [squeezed, slice("one", "far", "first")], // the last one is still the last
    [squeezed, gather("first", 1)], // the first text of a batch
    [gather("first", 0, "h")],
    [gather("last", 0, "h")],
  ])
    assert.equal((await reads(nodes)).layers[0].cell, "lstm");
});

test("another step, another axis and a cell's state are refused, and their nodes named", async () => {
  for (const [nodes, message] of [
    [[squeezed, gather("first", 0)], /something else of its last layer.*Gather/],
    [[squeezed, gather("one", 0)], /something else of its last layer/],
    [[squeezed, gather("last", 2)], /something else/],
    [[squeezed, slice("first", "one", "first")], /something else .*Slice/],
    [[squeezed, slice("last", "far", "first", "last")], /something else .*Slice/],
    [[squeezed, slice("one", "far", "last")], /something else .*Slice/],
    [[gather("first", 0, "c")], /something else .*Gather/],
    [[squeezed, node("Softmax", ["s"], ["read"], { axis: 0 })], /softmax behind no dense layer/],
    [[squeezed, node("ReduceMean", ["s", "last"], ["read"])], /something else .*ReduceMean/],
  ])
    await assert.rejects(reads(nodes), { code: "format", message });
});

test("an activation's numbers count, and it may stand behind a recurrent layer", async () => {
  const float = (name, value) => constant(name, [], [value]);
  const of = async (nodes, more) => {
    const { dense, head } = await reads(nodes, more);
    const features = [0.7, -0.9];
    return readOut({ dense, head }, features).map((x) => x.toFixed(4));
  };
  const plain = async (f) => {
    const { head } = await reads([squeezed, node("Identity", ["s"], ["read"])]);
    return readOut({ dense: [], head }, [0.7, -0.9].map(f)).map((x) => x.toFixed(4));
  };
  const clip = (x, least, most) => Math.min(Math.max(x, least), most);
  const one = (type, attributes = {}, ...more) => node(type, ["y", ...more], ["read"], attributes);
  const bounds = [float("least", -0.5), float("most", 0.25)];
  const sigmoid = (x) => 1 / (1 + Math.exp(-x));
  const product = [node("Sigmoid", ["y"], ["g"]), node("Mul", ["y", "g"], ["read"])];
  for (const [nodes, f] of [
    [[one("Tanh")], Math.tanh],
    [[one("Elu")], (x) => (x > 0 ? x : Math.expm1(x))],
    [[one("LeakyRelu", { alpha: { f: 0.3 } })], (x) => (x > 0 ? x : 0.3 * x)],
    [[one("Clip", {}, "least", "most")], (x) => clip(x, -0.5, 0.25)],
    [[one("HardSigmoid", { alpha: { f: 0.25 } })], (x) => clip(0.25 * x + 0.5, 0, 1)],
    [product, (x) => x * sigmoid(x)],
  ])
    assert.deepEqual(await of(nodes, bounds), await plain(f));
  await assert.rejects(reads([one("Elu", { alpha: { f: 0.5 } })]), /Elu of 0\.5/);
  await assert.rejects(reads([one("Clip", {}, "least")], bounds), /Clip is of another form/);
});

test("a constant may be taken away, or what it is taken from", async () => {
  const shift = constant("shift", [H], [0.5, -2]);
  const head = (...inputs) => [node("Sub", inputs, ["read"])];
  const logits = async (nodes) => readOut(await reads(nodes, [shift]), [0.7, -0.9]);
  const plain = async (...features) =>
    readOut(await reads([node("Identity", ["y"], ["read"])]), features);
  for (const [nodes, wanted] of [
    [head("y", "shift"), await plain(0.2, 1.1)],
    [head("shift", "y"), await plain(-0.2, -1.1)],
  ])
    (await logits(nodes)).forEach((x, i) => assert.ok(Math.abs(x - wanted[i]) < 1e-6));
});

test("rows of other numbers than 0 and 1 are refused", async () => {
  const graph = (on) =>
    onnx(
      [
        node("OneHot", ["ids", "three", "values"], ["x"]),
        node("RNN", ["x", "w3", "r"], ["y"]),
        node("Gemm", ["y", "head"], ["logits"], { transB: 1 }),
      ],
      [...constants, constant("w3", [1, H, V], numbers(V * H)), constant("values", [2], [0, on])],
    );
  const of = (on) => readNetwork([{ name: "model.onnx", bytes: graph(on) }]);
  assert.equal((await of(1)).fed, "one-hot");
  await assert.rejects(of(2), /OneHot has other numbers/);
});

test("a squeeze that asks whether there is one is passed", async () => {
  const branch = (type) => message([1, node(type, ["s"], ["out"])]);
  const both = (first, second) =>
    message(
      [1, "one"],
      [2, "read"],
      [4, "If"],
      [5, message([1, "then_branch"], [6, branch(first)])],
      [5, message([1, "else_branch"], [6, branch(second)])],
    );
  assert.equal((await reads([squeezed, both("Squeeze", "Identity")])).outputs, V);
  await assert.rejects(reads([squeezed, both("Tanh", "Identity")]), /has a If/);
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
    node("Squeeze", ["steps", "axis"], ["inner"]),
    node("RNN", ["inner", "w", "r"], ["more", "h1"]),
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

test("what is made of every token by itself in front of the layers is an embedding", async () => {
  const read = (...nodes) => {
    const rest = [
      node("RNN", ["x", "w", "r"], ["y", "h"]),
      node("Squeeze", ["y", "one"], ["s"]),
      node("Gemm", ["s", "head"], ["logits"], { transB: 1 }),
    ];
    const all = [...constants, integers("one", 1n), integers("units", -1n)];
    return readNetwork([{ name: "model.onnx", bytes: onnx([...nodes, ...rest], all) }]);
  };
  const rows = node("Gather", ["table", "ids"], ["rows"]);
  const without = (axes) => [
    node("ReduceMean", ["rows", axes], ["mean"]),
    node("Sub", ["rows", "mean"], ["x"]),
  ];
  const { table, inputs } = await read(rows, ...without("units"));
  assert.equal(inputs, V);
  const values = numbers(V * H).map(Math.fround);
  const wanted = values.map((x, i) => x - (values[i - (i % H)] + values[i - (i % H) + 1]) / H);
  table.data.forEach((x, i) => assert.ok(Math.abs(x - wanted[i]) < 1e-6));
  await assert.rejects(read(rows, ...without("one")), /joins two ways by Sub/);
});

test("a part that no network here has is named where the graph does not go on", async () => {
  const bent = (...nodes) => told([...nodes, node("Mul", ["s", "bent"], ["z"]), gemm("z")]);
  await assert.rejects(bent(node("Erf", ["s"], ["bent"])), /has a GELU/);
  await assert.rejects(bent(node("Softmax", ["s"], ["bent"])), /has attention over/);
  await assert.rejects(bent(node("Sqrt", ["s"], ["bent"])), /has layer normalisation/);
});

// ---- What the graph gives is worked out ---------------------------------------------------------

const table2 = [
  node("Gather", ["table", "ids"], ["x"]),
  node("RNN", ["x", "w", "r"], ["y", "h"]),
  node("Squeeze", ["y", "one"], ["s"]),
];
const told = (nodes, more = []) => {
  const bytes = onnx([...table2, ...nodes], [...constants, integers("one", 1n), ...more]);
  return readNetwork([{ name: "model.onnx", bytes }]);
};
const gemm = (from, head = "head") => node("Gemm", [from, head], ["logits"], { transB: 1 });
const wide = (name, width) => constant(name, [V, width], numbers(V * width));

test("what is made of other steps than the last, and of sums, is refused", async () => {
  const more = [integers("time", 0n), wide("head4", 2 * H)];
  const sum = node("ReduceSum", ["s", "time"], ["sum"], { keepdims: 0 });
  const last = node("Gather", ["s", "minus"], ["last"], { axis: 0 });
  const first = node("Gather", ["s", "time"], ["first"], { axis: 0 });
  const join = (...names) => [node("Concat", names, ["both"], { axis: 1 }), gemm("both", "head4")];
  await assert.rejects(
    told([sum, last, ...join("sum", "last")], more),
    /something else of its last.*ReduceSum/,
  );
  await assert.rejects(
    told([first, last, ...join("first", "last")], more),
    /something else of its last.*Concat/,
  );
});

test("tokens that are turned round are read from their end", async () => {
  const ends = [integers("minus1", -1n), integers("begin", -(2n ** 62n)), integers("axis", 0n)];
  const turned = (from, to) => node("Slice", [from, "minus1", "begin", "axis", "minus1"], [to]);
  const ids = [
    turned("ids", "turned"),
    node("Gather", ["table", "turned"], ["x"]),
    node("RNN", ["x", "w", "r"], ["y", "h"]),
    node("Squeeze", ["y", "one"], ["s"]),
    gemm("s"),
  ];
  const read = (nodes) => {
    const bytes = onnx(nodes, [...constants, integers("one", 1n), ...ends]);
    return readNetwork([{ name: "model.onnx", bytes }]);
  };
  assert.equal((await read(ids)).reversed, true);
  const rest = ids.slice(2);
  const behind = [node("Gather", ["table", "ids"], ["rows"]), turned("rows", "x"), ...rest];
  assert.equal((await read(behind)).reversed, true);
});

test("what is bent on its way is not taken for what it is of a few tokens", async () => {
  const wideClip = [constant("far", [], [-40])];
  const nodes = [node("Clip", ["s", "far"], ["held"]), gemm("held")];
  await assert.rejects(told(nodes, wideClip), /Clip is of another form/);
});
