// A network's program is followed from what it is given to its logits: what stands between its
// layers, in which order they are, and which outputs are read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Program } from "../../web/convert/forward.js";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { newState, readOut, step } from "./reference.mjs";

const LSTM = { type: "LSTM", lstm: true, cell: false, both: false, layers: 1 };

/** What a program's way leads through, in words. */
function way(text, { recurrent = { rnn: LSTM }, weights = ["emb", "fc", "fc1", "fc2"] } = {}) {
  const shapes = new Map(Object.entries(recurrent));
  const chain = new Program(text, new Map(), new Map(), shapes, weights).chain();
  const word = ({ kind, path, pool, activation, scale, shift }) =>
    path ?? pool ?? activation ?? (kind === "affine" ? `${scale}x+${shift}` : kind);
  return chain && chain.items.map(word).join(" ");
}

const indented = (lines) => lines.map((line) => `        ${line}\n`).join("");

/** A module with an embedding, a recurrent module and these lines in its two methods. */
const program = (forward, init = []) => `
import torch.nn as nn  # what else: F.gelu(x)
class Net(nn.Module):
    """A network."""
    def __init__(self, vocab, size=8):
        super(Net, self).__init__()
        self.emb = nn.Embedding(vocab, size)
        self.rnn = nn.LSTM(size, 12, batch_first=True)
        self.drop = nn.Dropout(0.5)
${indented(init)}
    def forward(self, x, hidden=None):
${indented(forward)}
    def init_hidden(self, size):
        return torch.zeros(1, size, 12)
`;

const wayOf = (forward, init, net) => way(program(forward, init), net);
const behind = (expression, init) =>
  wayOf(["out, hidden = self.rnn(self.emb(x), hidden)", `return ${expression}`], init);

test("what makes no difference is passed over", () => {
  for (const lines of [
    ["e = self.emb(x)", "out, hidden = self.rnn(e, hidden)", "return self.fc(out), hidden"],
    ["return self.fc(self.drop(self.rnn(self.emb(x))[0]))"],
    ["x = self.drop(self.emb(x.long()))", "y, _ = self.rnn(x)", "return self.fc(y.contiguous())"],
    ["r, _ = self.rnn(self.emb(x))", "r = r.reshape(-1, r.size(2))", "return self.fc(r)"],
    [
      "if hidden is None: hidden = self.init_hidden(1)",
      "y, h = self.rnn(self.emb(x), hidden)",
      "return self.fc(y), h",
    ],
    [
      "e = self.emb(x).view(1, 1, -1)",
      "o, (h, c) = self.rnn(e, hidden)",
      "return self.fc(o[0]), (h, c)",
    ],
    [
      "p = nn.utils.rnn.pack_padded_sequence(self.emb(x), lengths)",
      "p, h = self.rnn(p)",
      "o, _ = nn.utils.rnn.pad_packed_sequence(p)",
      "return self.fc(o)",
    ],
    [
      "embeds = self.emb(x)",
      "self.rnn.flatten_parameters()",
      "o, s = self.rnn(embeds.permute(1, 0, 2))",
      "if self.training:",
      "    o = self.drop(o)",
      "return self.fc(o.transpose(0, 1))",
    ],
    [
      "outputs = []",
      "for t in range(x.size(1)):",
      "    o, hidden = self.rnn(self.emb(x[:, t]).unsqueeze(1), hidden)",
      "    outputs.append(self.fc(o.squeeze(1)))",
      "return torch.stack(outputs, dim=1), hidden",
    ],
    [
      "emb = self.emb(x)",
      "output, hidden = self.rnn(emb, hidden)",
      "decoded = self.fc(output.view(output.size(0) * output.size(1), output.size(2)))",
      "return decoded.view(output.size(0), output.size(1), decoded.size(1)), hidden",
    ],
    [
      "hidden = (h.detach(), c.data) if hidden else None",
      "o = self.rnn(self.emb(x), hidden)[0]",
      "assert o is not None",
      "logits = self.fc(o[:, -1, :])",
      "loss = F.cross_entropy(logits, y) if y else None",
      "return logits, loss",
    ],
    [
      "try:",
      "    x = self.emb(x)",
      "except RuntimeError:",
      "    raise",
      "return self.fc(self.rnn(x)[0])",
    ],
  ]) {
    const found = wayOf(lines).replace(/ last/, "");
    assert.equal(found, "emb rnn fc", lines.join("\n"));
  }
  assert.equal(behind("F.log_softmax(self.fc(out), dim=-1), hidden"), "emb rnn fc softmax");
  assert.equal(
    behind("self.sm(self.fc(out))", ["self.sm = nn.LogSoftmax(dim=1)"]),
    "emb rnn fc softmax",
  );
});

test("an activation between linear layers is known in its usual spellings", () => {
  const between = (expression, init) => behind(`self.fc2(${expression})`, init);
  for (const expression of [
    "F.relu(self.fc1(out))",
    "torch.relu(self.fc1(out))",
    "torch.nn.functional.relu(self.fc1(out), inplace=True)",
    "relu(self.fc1(out))",
    "self.fc1(out).relu()",
    "self.fc1(out).clamp(min=0)",
    "torch.clamp(self.fc1(out), 0)",
    "torch.maximum(self.fc1(out), torch.tensor(0.))",
    "nn.ReLU()(self.fc1(out))",
    "self.drop(F.relu(self.fc1(self.drop(out))))",
  ])
    assert.equal(between(expression), "emb rnn fc1 relu fc2", expression);
  for (const made of ["nn.ReLU()", "ReLU(inplace=True)", "torch.nn.ReLU()", "F.relu", "torch.relu"])
    assert.equal(
      between("self.act(self.fc1(out))", [`self.act = ${made}`]),
      "emb rnn fc1 relu fc2",
    );
  const others = {
    "torch.sigmoid(self.fc1(out))": "sigmoid",
    "torch.tanh(self.fc1(out))": "tanh",
    "F.softsign(self.fc1(out))": "softsign",
    "F.silu(self.fc1(out))": "swish",
    "F.celu(self.fc1(out))": "elu",
    "F.leaky_relu(self.fc1(out), 0.2)": "leaky",
    "F.hardtanh(self.fc1(out))": "2.5x+0 hard_sigmoid 2x+-1",
    "self.fc1(out) * 0.5": "0.5x+0",
  };
  for (const [expression, word] of Object.entries(others))
    assert.equal(between(expression), `emb rnn fc1 ${word} fc2`, expression);
  const list = ["self.head = nn.Sequential(nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 5))"];
  const net = { weights: ["emb", "head.0", "head.2"] };
  const lines = ["return self.head(self.rnn(self.emb(x))[0])"];
  assert.equal(wayOf(lines, list, net), "emb rnn head.0 relu head.2");
});

test("what is not understood between the layers is refused, and named", () => {
  for (const [expression, what, init] of [
    ["self.fc2(F.gelu(self.fc1(out)))", /has F\.gelu\(self\.fc1\(out\)\): an activation/],
    ["self.fc2(self.act(self.fc1(out)))", /has GELU in self\.act/, ["self.act = nn.GELU()"]],
    ["self.fc2(act(self.fc1(out)))", /has act\(self\.fc1/],
    ["self.fc(out + self.emb(x))", /has out \+ self\.emb\(x\): a sum of what several/],
    ["self.fc(torch.cat((out, self.emb(x)), 2))", /has torch\.cat/],
    ["self.fc(out * self.scale)", /has out \* self\.scale/, ["self.scale = nn.Parameter(one)"]],
    ["self.fc(out) / self.heat", /has self\.fc\(out\) \/ self\.heat/],
    ["self.fc(out[:, :, :6] + out[:, :, 6:])", /has out\[:, :, :6\]/],
    ["self.fc(torch.einsum('bth,hk->btk', out, self.w))", /has torch\.einsum.*: attention/],
    ["self.fc(F.elu(out, alpha=0.5))", /has F\.elu/],
    ["self.fc(out.cumsum(1))", /has out\.cumsum/],
    ["self.fc2(F.relu(self.fc1(out)) if wide else self.fc1(out))", /2 ways/],
    ["self.fc(hidden[1])", /a part of rnn's state/],
  ])
    assert.throws(() => behind(expression, init), { code: "format", message: what }, expression);
  const both = ["out, h = self.rnn(self.emb(x), hidden)", "return self.fc2(F.gelu(out)), h"];
  assert.throws(() => wayOf(both), { message: /has F\.gelu\(out\): an activation/ });
});

test("other classes in the file, and programs of other networks, say nothing", () => {
  const other = "class Old(nn.Module):\n    def __init__(self):\n        self.act = nn.ReLU()\n";
  const plain = program(["return self.fc2(self.fc1(self.rnn(self.emb(x))[0]))"]);
  assert.equal(way(other + plain), "emb rnn fc1 fc2");
  assert.equal(way("x = F.relu(y)\ndef train():\n    pass\n"), null);
  const cnn = "class C(nn.Module):\n    def forward(self, x):\n        return self.dense(x) + x\n";
  assert.equal(way(cnn + plain), "emb rnn fc1 fc2");
  const gru = program(["return self.fc(F.relu(self.rnn(self.emb(x))[0]))"]).replace("LSTM", "GRU");
  assert.equal(
    way(gru.replace("Net", "Other") + program(["return self.fc(self.rnn(self.emb(x))[0])"])),
    "emb rnn fc",
  );
  const inner =
    "class Lit(L.LightningModule):\n    def __init__(self):\n        self.net = Net(9)\n" +
    "    def forward(self, x):\n        return self.net(x) * 2\n";
  const net = { recurrent: { "net.rnn": LSTM }, weights: ["net.emb", "net.fc1", "net.fc2"] };
  assert.throws(() => way(plain + inner, net), /2 ways/);
  assert.equal(way(plain, net), "net.emb net.rnn net.fc1 net.fc2");
});

test("several recurrent modules are in the order in which they are called", () => {
  const recurrent = { top: LSTM, bottom: LSTM };
  const two = { recurrent };
  const lines = ["a, _ = self.bottom(self.emb(x))", "b, _ = self.top(a)", "return self.fc(b)"];
  assert.equal(wayOf(lines, [], two), "emb bottom top fc");
  const beside = ["e = self.emb(x)", "return self.fc(self.top(e)[0] + self.bottom(e)[0])"];
  assert.throws(() => wayOf(beside, [], two), /has self\.top\(e\)\[0\] \+/);
  const cells = {
    recurrent: { "cells.0": { ...LSTM, cell: true }, "cells.1": { ...LSTM, cell: true } },
  };
  const loop = [
    "for i, cell in enumerate(self.cells):",
    "    h[i], c[i] = cell(y, (h[i], c[i]))",
    "    y = h[i]",
  ];
  const listed = ["y = self.emb(x)", "h = [zeros] * 2", ...loop, "return self.fc(y)"];
  assert.equal(wayOf(listed, [], cells), "emb cells.0 cells.1 fc");
  const counted = ["for i in range(2):", "    y, _ = self.cells[i](y)", "return self.fc(y)"];
  const stacked = { recurrent: { "cells.0": LSTM, "cells.1": LSTM } };
  assert.equal(wayOf(["y = self.emb(x)", ...counted], [], stacked), "emb cells.0 cells.1 fc");
  const residual = [
    "y = self.emb(x)",
    "for cell in self.cells:",
    "    y = y + cell(y)[0]",
    "return self.fc(y)",
  ];
  assert.throws(() => wayOf(residual, [], stacked), /has y \+ cell\(y\)\[0\]/);
});

test("which outputs a classifier reads", () => {
  const both = { ...LSTM, both: true };
  const read = (expression, shape = LSTM) =>
    wayOf(["out, (h, c) = self.rnn(self.emb(x))", `return self.fc(${expression})`], [], {
      recurrent: { rnn: shape },
    });
  for (const [expression, pool, shape] of [
    ["out[:, -1, :]", "last"],
    ["out[-1]", "last"],
    ["h[-1]", "last"],
    ["h.squeeze(0)", "last"],
    ["self.drop(h[-1, :, :])", "last"],
    ["out.mean(dim=1)", "mean"],
    ["torch.mean(out, 1)", "mean"],
    ["out.max(1)[0]", "max"],
    ["torch.max(out, dim=1).values", "max"],
    ["F.adaptive_max_pool1d(out.permute(0, 2, 1), 1).squeeze(2)", "max"],
    ["torch.cat((h[-2], h[-1]), dim=1)", "ends", both],
    ["torch.cat([h[-2, :, :], h[-1, :, :]], 1)", "ends", both],
    ["torch.cat((h[0], h[1]), 1)", "ends", both],
  ])
    assert.equal(read(expression, shape), `emb rnn ${pool} fc`, expression);
  for (const [expression, shape] of [
    ["c[-1]"],
    ["h[0]", { ...LSTM, layers: 2 }],
    ["h[-1]", both],
    ["out.sum(1)"],
    ["out[:, 0]"],
  ])
    assert.throws(() => read(expression, shape), { code: "format" }, expression);
});

test("a program that would take long to follow is followed quickly", () => {
  const from = process.cpuUsage();
  const deep = "        x = x + x\n".repeat(20000);
  const split = "        x = self.a(x) if y else self.b(x)\n".repeat(5000);
  for (const lines of [deep, split, "        for a in b:\n".repeat(10), "cat([".repeat(1e5)]) {
    const text = `class N:\n    def forward(self, x):\n${lines}        return x\n`;
    try {
      way(text);
    } catch (error) {
      assert.equal(error.code, "format");
    }
  }
  const itself =
    "class N:\n    def forward(self, x):\n        return self.forward(self.f(x))\n    def f(self, x):\n        return self.f(self.f(x))\n";
  assert.equal(way(itself), null);
  const { user, system } = process.cpuUsage(from);
  assert.ok(user + system < 10e6, `${(user + system) / 1e6} s`);
});

// Small tensors with other numbers in each.
const tensorsOf = (shapes) =>
  new Map(
    Object.entries(shapes).map(([name, shape], n) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: size }, (_, i) => Math.sin(7 * n + 3 * i));
      return [name, { shape, read: () => ({ shape, data: data.slice() }) }];
    }),
  );

const SHAPES = {
  "emb.weight": [5, 3],
  "rnn.weight_ih_l0": [4, 3],
  "rnn.weight_hh_l0": [4, 4],
  "rnn.bias_ih_l0": [4],
  "fc.weight": [5, 4],
  "fc.bias": [5],
};

/** The network of these tensors with a program beside them, and its logits after three tokens. */
function networkWith(text, { shapes = SHAPES, modules = new Map(), code = new Map() } = {}) {
  const bytes = new TextEncoder().encode(text);
  const files = text ? [{ name: "model.py", bytes }] : [];
  const found = { tensors: tensorsOf(shapes), modules, rest: new Map(), format: "PyTorch" };
  const network = networkOfTensors({ ...found, files, code, notes: [] });
  const state = newState(network);
  const outputs = [1, 4, 2].map((id) => step(network, state, id)).at(-1);
  return { network, outputs, logits: readOut(network, outputs) };
}

const near = (a, b) =>
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 1e-5, `${i}: ${x} for ${b[i]}`));

test("what a program does between its layers is computed", () => {
  const rnn = (lines) => networkWith(program(lines).replace("LSTM", "RNN"));
  const plain = rnn(["return self.fc(self.rnn(self.emb(x))[0])"]);
  assert.doesNotMatch(plain.network.notes.join(), /stand between/);
  const none = networkWith("");
  assert.match(none.network.notes.join(), /nothing is taken to stand between its layers/);
  near(none.logits, plain.logits);
  const halved = rnn(["return self.fc(self.rnn(self.emb(x))[0]) * 0.5"]);
  near(
    halved.logits,
    plain.logits.map((x) => x / 2),
  );
  const relu = rnn(["return self.fc(F.relu(self.rnn(self.emb(x))[0]))"]);
  const held = plain.outputs.map((x) => Math.max(x, 0));
  near(relu.logits, readOut(plain.network, held));
  const moved = rnn(["return self.fc(self.rnn(self.emb(x))[0] * 2 - 1)"]);
  near(
    moved.logits,
    readOut(
      plain.network,
      plain.outputs.map((x) => 2 * x - 1),
    ),
  );
  const scaled = rnn(["return self.fc(self.rnn(self.emb(x) * (9 ** 0.5))[0])"]).network;
  near(
    scaled.table.data,
    plain.network.table.data.map((x) => 3 * x),
  );
  const squashed = rnn(["e = torch.tanh(self.emb(x))", "return self.fc(self.rnn(e)[0])"]).network;
  near(squashed.table.data, plain.network.table.data.map(Math.tanh));
});

test("a layer that a program does not read is left out, and one that it reads is computed", () => {
  const shapes = { ...SHAPES, "aux.weight": [4, 4], "value.weight": [1, 4] };
  const lines = ["return self.fc(self.aux(self.rnn(self.emb(x))[0]))"];
  const { network } = networkWith(program(lines).replace("LSTM", "RNN"), { shapes });
  assert.match(network.notes.join(), /value has no part in what its program gives/);
  assert.equal(network.dense.length, 0); // folded into the read-out
  assert.throws(() => networkWith("", { shapes }), { code: "format" });
});

test("layers that stand beside one another by their names are refused", () => {
  const { "rnn.weight_ih_l0": ih, "rnn.weight_hh_l0": hh, ...rest } = SHAPES;
  for (const [a, b] of [
    ["fwd", "bwd"],
    ["left", "right"],
    ["rnn_forward", "rnn_backward"],
  ]) {
    const shapes = { ...rest };
    for (const name of [a, b]) {
      shapes[`${name}.weight_ih_l0`] = ih;
      shapes[`${name}.weight_hh_l0`] = hh;
    }
    delete shapes["rnn.bias_ih_l0"];
    const message = new RegExp(`${a} and ${b} stand beside one another`);
    assert.throws(() => networkWith("", { shapes }), { message });
  }
  const shapes = { ...SHAPES, "top.weight_ih_l0": [4, 4], "top.weight_hh_l0": [4, 4] };
  assert.match(networkWith("", { shapes }).network.notes.join(), /one behind the other: rnn, top/);
});

// What torch.jit.trace() writes.
const ROOT = `class Net(Module):
  __parameters__ = []
  emb : __torch__.torch.nn.modules.sparse.Embedding
  rnn : __torch__.torch.nn.modules.rnn.RNN
  def forward(self: __torch__.Net,
    x: Tensor) -> Tensor:
    fc = self.fc
    rnn = self.rnn
    emb = self.emb
    _0 = (fc).forward((rnn).forward((emb).forward(x, ), ), )
    return _0
`;
const RECURRENT = `class RNN(Module):
  def forward(self: __torch__.torch.nn.modules.rnn.RNN,
    argument_1: Tensor) -> Tensor:
    weight_ih_l0 = self.weight_ih_l0
    hx = torch.zeros([1, int(torch.size(argument_1, 0)), 4], dtype=6, layout=None)
    _0 = [weight_ih_l0]
    input, _1 = torch.rnn_relu(argument_1, hx, _0, True, 1, 0., False, False, True)
    return input
`;

test("TorchScript carries its program", () => {
  const typed = (path, name) => ({ type: { name, path: `${path}.${name}` }, state: new Map() });
  const modules = new Map([
    ["", typed("__torch__", "Net")],
    ["emb", typed("__torch__.torch.nn.modules.sparse", "Embedding")],
    ["rnn", typed("__torch__.torch.nn.modules.rnn", "RNN")],
    ["fc", typed("__torch__.torch.nn.modules.linear", "Linear")],
  ]);
  const traced = (root, recurrent = RECURRENT) => {
    const code = new Map([
      ["__torch__", root],
      ["__torch__.torch.nn.modules.rnn", recurrent],
    ]);
    return networkWith("", { modules, code }).network;
  };
  const network = traced(ROOT);
  assert.equal(network.layers[0].cell, "rnn-relu");
  assert.deepEqual(network.notes, []);
  assert.equal(traced(ROOT, RECURRENT.replace("relu", "tanh")).layers[0].cell, "rnn");
  const relu = ROOT.replace("return _0", "return torch.tanh(_0)")
    .replace("(rnn).forward", "torch.relu((rnn).forward")
    .replace("x, ), ), )", "x, ), )), )");
  assert.throws(() => traced(relu), /ends in tanh/);
  assert.equal(traced(relu.replace("torch.tanh(_0)", "_0")).dense[0].activation, "relu");
  const scaled = ROOT.replace("return _0", "return torch.mul(_0, CONSTANTS.c0)");
  assert.throws(() => traced(scaled), /has torch\.mul\(_0, CONSTANTS\.c0\)/);
});

const OWN = { "emb.weight": [5, 3], "out.weight": [5, 4], "out.bias": [5] };
const gates = (names) =>
  Object.fromEntries(
    names.flatMap((n) => [
      [`${n}.weight`, [4, 7]],
      [`${n}.bias`, [4]],
    ]),
  );

test("a matrix a gate over [x, h] is known beside a read-out called out", () => {
  for (const names of ["W_i W_f W_g W_o", "W_i W_f W_c W_o", "Wi Wf Wc Wo"]) {
    const { network } = networkWith("", { shapes: { ...OWN, ...gates(names.split(" ")) } });
    assert.equal(network.layers[0].cell, "lstm", names);
    assert.equal(network.outputs, 5);
  }
});

test("gates in one matrix are in the order in which their program cuts them", () => {
  const shapes = { ...OWN, "x2h.weight": [16, 3], "h2h.weight": [16, 4] };
  const program = (names) =>
    `def forward(self, x, h):\n    ${names} = (self.x2h(x) + self.h2h(h)).chunk(4, 1)\n`;
  const { network: usual } = networkWith("", { shapes });
  assert.match(usual.notes.join(), /gates are taken to stand in the order i f g o/);
  const blocks = ({ network }) => network.layers[0].weightHh.data;
  const part = (data, from, to) => [...data.subarray(16 * from, 16 * to)];
  const whole = usual.layers[0].weightHh.data;
  const told = networkWith(program("i, f, g, o"), { shapes });
  assert.deepEqual(blocks(told), whole);
  assert.doesNotMatch(told.network.notes.join(), /in the order/);
  for (const names of [
    "i, o, f, g",
    "ingate, outgate, forgetgate, cellgate",
    "i_t, o_t, f_t, c_hat",
  ]) {
    const other = blocks(networkWith(program(names), { shapes }));
    const wanted = [...part(whole, 0, 1), ...part(whole, 2, 4), ...part(whole, 1, 2)];
    assert.deepEqual([...other], wanted, names);
  }
  const unnamed = program("a1, a2, a3, a4");
  assert.throws(() => networkWith(unnamed, { shapes }), { message: /which is which/ });
});

test("a weight that pruning or spectral_norm keeps in parts is whole, and others are named", () => {
  const read = (extra) => networkWith("", { shapes: { ...SHAPES, ...extra } });
  const plain = networkWith("");
  const { "fc.weight": weight, ...rest } = SHAPES;
  const of = (parts) => networkWith("", { shapes: { ...rest, ...parts } }).network.head.weight.data;
  const pruned = { "fc.weight_orig": weight, "fc.weight_mask": weight };
  const tensors = tensorsOf({ ...rest, ...pruned });
  const [original, mask] = ["fc.weight_orig", "fc.weight_mask"].map(
    (n) => tensors.get(n).read().data,
  );
  near(
    of(pruned),
    original.map((x, i) => x * mask[i]),
  );
  const normed = { "fc.weight_orig": weight, "fc.weight_u": [5], "fc.weight_v": [4] };
  const parts = tensorsOf({ ...rest, ...normed });
  const [w, u, v] = ["orig", "u", "v"].map((n) => parts.get(`fc.weight_${n}`).read().data);
  const norm = w.reduce((sum, x, i) => sum + u[Math.floor(i / 4)] * x * v[i % 4], 0);
  near(
    of(normed),
    w.map((x) => x / norm),
  );
  const made = { "fc.parametrizations.weight.original": weight };
  assert.throws(() => of(made), { message: /kept in parts.*remove_parametrizations/ });
  assert.equal(plain.network.outputs, read({}).network.outputs);
});

test("a token more than is written is for padding where its row says so", () => {
  const shapes = { ...SHAPES, "emb.weight": [6, 3] };
  const tensors = tensorsOf(shapes);
  const { read } = tensors.get("emb.weight");
  const found = { tensors, modules: new Map(), rest: new Map(), format: "PyTorch", files: [] };
  const unclear = networkOfTensors({ ...found, notes: [] });
  assert.ok(unclear.task === "classifier" && unclear.isUnclear);
  for (const padding of [0, 5]) {
    const whole = read();
    whole.data.fill(0, padding * 3, padding * 3 + 3);
    tensors.set("emb.weight", { shape: [6, 3], read: () => whole });
    const network = networkOfTensors({ ...found, notes: [] });
    assert.equal(network.task, "generator");
    const from = padding === 0 ? 3 : 0;
    assert.deepEqual([...network.table.data], [...whole.data.subarray(from, from + 15)]);
    assert.match(network.notes.join(), new RegExp(`row ${padding}, which is zero`));
  }
});

test("an RNN of bare matrices is squashed as its program says, and what is not told is said", () => {
  const shapes = { Wxh: [4, 5], Whh: [4, 4], Why: [5, 4], bh: [4, 1], by: [5, 1] };
  assert.equal(networkWith("", { shapes }).network.layers[0].cell, "rnn");
  const line = "hs[t] = np.maximum(0, Wxh @ xs[t] + Whh @ hs[t - 1] + bh)";
  assert.equal(networkWith(line, { shapes }).network.layers[0].cell, "rnn-relu");
  const square = { Wxh: [5, 5], Whh: [5, 5], Why: [5, 5], bh: [5], by: [5] };
  assert.match(networkWith("", { shapes: square }).network.notes.join(), /as many units/);
  const columns = { ...square, bh: [5, 1], by: [5, 1] };
  assert.doesNotMatch(networkWith("", { shapes: columns }).network.notes.join(), /as many units/);
});
