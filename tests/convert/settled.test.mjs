// PyTorch's own layers with their program: what it gives of a few tokens is worked out, and a
// network that gives anything else is refused. What a read-out sees of the layers may be written in
// any way that can be worked out.

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { tensorsOf } from "./helpers.mjs";
import { windowLogits, windowOutputs } from "./reference.mjs";

const [V, E, H, C] = [7, 4, 3, 4];
const IDS = [2, 5, 0, 6, 1, 3];

/** The tensors of a GRU. */
function gru({ both = false, layers = 1 } = {}) {
  const shapes = {};
  for (let l = 0; l < layers; l++)
    for (const end of both ? ["", "_reverse"] : [""]) {
      const reads = l === 0 ? E : both ? 2 * H : H;
      shapes[`rnn.weight_ih_l${l}${end}`] = [3 * H, reads];
      shapes[`rnn.weight_hh_l${l}${end}`] = [3 * H, H];
      shapes[`rnn.bias_ih_l${l}${end}`] = [3 * H];
      shapes[`rnn.bias_hh_l${l}${end}`] = [3 * H];
    }
  return shapes;
}

const program = (lines, { init = [], given = "x" } = {}) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden, layers=1, both=False):
        super().__init__()
        self.hidden = hidden
        self.layers = layers
        self.emb = nn.Embedding(vocab, e)
        self.rnn = nn.GRU(e, hidden, layers, batch_first=True, bidirectional=both)
        self.fc = nn.Linear(hidden, 4)
${init.map((line) => `        ${line}\n`).join("")}
    def forward(self, ${given}):
        y, h = self.rnn(self.emb(x))
${lines.map((line) => `        ${line}\n`).join("")}
`;

function network(text, reads, options = {}) {
  const { outputs = C, more = {} } = options;
  const fc = reads ? { "fc.weight": [outputs, reads], "fc.bias": [outputs] } : {};
  const tensors = tensorsOf({ "emb.weight": [V, E], ...gru(options), ...fc, ...more });
  const files = [{ name: "model.py", bytes: new TextEncoder().encode(text) }];
  const found = { tensors, modules: new Map(), rest: new Map(), format: "a test", files };
  return { tensors, network: networkOfTensors(found) };
}

const near = (a, b) =>
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) < 1e-4, `${[...a]} for ${[...b]}`));
const times = ({ shape: [rows, columns], data }, x) =>
  Array.from({ length: rows }, (_, r) =>
    x.reduce((sum, value, c) => sum + data[r * columns + c] * value, 0),
  );

/** Checks the logits of a classifier by what its read-out sees: what(outputs). */
function checks(lines, reads, options, what) {
  const { tensors, network: found } = network(program(lines, options), reads, options);
  const outputs = windowOutputs(found, IDS);
  const wanted = times(tensors.get("fc.weight"), what(outputs));
  near(
    windowLogits(found, IDS),
    wanted.map((x, i) => x + tensors.get("fc.bias").data[i]),
  );
  return found;
}

const refuses = (lines, reads, options, message) =>
  assert.throws(() => network(program(lines, options), reads, options), {
    code: "format",
    message,
  });

const over = (f) => (y) => y[0].map((_, i) => f(y.map((row) => row[i])));
const mean = over((list) => list.reduce((a, b) => a + b) / list.length);
const most = over((list) => Math.max(...list));
const ends = (y) => [...y.at(-1).slice(0, H), ...y[0].slice(H)];
const BOTH = { both: true };

test("several pools one behind another are read in their order", () => {
  const pools = ["a = torch.mean(y, 1)", "b, _ = torch.max(y, 1)"];
  const joined = (list) => [...pools, `return self.fc(torch.cat((${list}), 1))`];
  checks(joined("a, b"), 2 * H, {}, (y) => [...mean(y), ...most(y)]);
  checks(joined("b, a"), 2 * H, {}, (y) => [...most(y), ...mean(y)]);
  const three = checks(joined("h[-1], b, a"), 3 * H, {}, (y) => [
    ...y.at(-1),
    ...most(y),
    ...mean(y),
  ]);
  assert.equal(three.pool, "pooled");
  checks(joined("a, b"), 4 * H, BOTH, (y) => [...mean(y), ...most(y)]);
  const turned = ["t = y.permute(0, 2, 1)", "a = F.adaptive_avg_pool1d(t, 1).squeeze(2)"];
  const lines = ["b = F.max_pool1d(t, t.size(2)).squeeze(-1)", "e = torch.cat((h[-2], h[-1]), 1)"];
  const last = "return self.fc(torch.cat([e, b, a], -1))";
  checks([...turned, ...lines, last], 6 * H, BOTH, (y) => [...ends(y), ...most(y), ...mean(y)]);
});

test("both directions may be cut apart, added up or taken alone", () => {
  const two = { both: true, layers: 2 };
  const view = ["h = h.view(self.layers, 2, x.size(0), self.hidden)[-1]"];
  checks([...view, "return self.fc(torch.cat((h[0], h[1]), dim=1))"], 2 * H, two, ends);
  const sum = (factor) => (y) =>
    ends(y)
      .slice(0, H)
      .map((a, i) => factor * (a + ends(y)[H + i]));
  checks(["return self.fc(h[-2] + h[-1])"], H, two, sum(1));
  checks(["return self.fc(h.mean(dim=0))"], H, BOTH, sum(0.5));
  checks(["return self.fc(h[-1])"], H, two, (y) => ends(y).slice(H));
  const halves = ["y = y[:, :, :self.hidden] + y[:, :, self.hidden:]"];
  checks([...halves, "return self.fc(y.mean(1))"], H, BOTH, (y) =>
    mean(y)
      .slice(0, H)
      .map((a, i) => a + mean(y)[H + i]),
  );
  checks(
    ["z = torch.cat((y[:, -1, :self.hidden], y[:, 0, self.hidden:]), dim=1)", "return self.fc(z)"],
    2 * H,
    BOTH,
    ends,
  );
});

test("a mean that leaves out what fills a batch is a mean where texts have no token 0", () => {
  const masked = "mask = (x != 0).unsqueeze(-1).float()";
  const lines = [masked, "return self.fc((y * mask).sum(1) / mask.sum(1))"];
  const { tensors, network: found } = network(program(lines), H);
  assert.equal(found.masksZero, true);
  const ids = IDS.filter((id) => id > 0);
  const wanted = times(tensors.get("fc.weight"), mean(windowOutputs(found, ids)));
  near(
    windowLogits(found, ids),
    wanted.map((x, i) => x + tensors.get("fc.bias").data[i]),
  );
  const given = { given: "x, attention_mask" };
  const told = ["m = attention_mask.unsqueeze(-1)", "return self.fc((y * m).sum(1) / m.sum(1))"];
  assert.equal(checks(told, H, given, mean).masksZero, false);
  const held = ["y = y.masked_fill((x == 0).unsqueeze(-1), -1e9)", "return self.fc(y.max(1)[0])"];
  assert.equal(network(program(held), H).network.pool, "max");
});

test("the last step may be found by a text's length", () => {
  const given = { given: "x, lengths" };
  const last = (y) => y.at(-1);
  checks(["z = y[torch.arange(y.size(0)), lengths - 1]", "return self.fc(z)"], H, given, last);
  const gathered = [
    "at = (lengths - 1).view(-1, 1).expand(len(lengths), y.size(2)).unsqueeze(1)",
    "return self.fc(y.gather(1, at).squeeze(1))",
  ];
  checks(gathered, H, given, last);
});

test("the last step may be taken behind a read-out and its sigmoid", () => {
  const lines = [
    "out = torch.sigmoid(self.fc(y.contiguous().view(-1, self.hidden)))",
    "return out.view(x.size(0), -1)[:, -1]",
  ];
  const { network: found } = network(program(lines), H, { outputs: 1 });
  const { outputs, dense, pool } = found;
  assert.deepEqual({ outputs, dense, pool }, { outputs: 2, dense: [], pool: "last" });
});

test("what is given by name is worked out, too", () => {
  const lines = ["return dict(logits=self.fc(y[:, -2:].mean(1)), state=h)"];
  refuses(lines, H, {}, /computes something else/);
});

test("what reads anything else of the layers is refused", () => {
  const two = { layers: 2 };
  const turned = ["h = h.permute(1, 2, 0).reshape(x.size(0), -1)", "return self.fc(h)"];
  refuses(turned, 2 * H, BOTH, /has h\.permute\(1, 2, 0\), which is not understood/);
  refuses(["return self.fc(h.mean(0))"], H, two, /has h\.mean\(0\): .*of several layers/);
  refuses(["return self.fc(torch.max(h, 0)[0])"], H, two, /has torch\.max\(h, 0\), which/);
  refuses(["return self.fc(y[:, -3:].mean(1))"], H, {}, /computes something else/);
  refuses(["return self.fc(y.sum(1))"], H, {}, /has y\.sum\(1\): a sum over time/);
});

test("a state that a program begins in and that no tensor is", () => {
  const lines = (h0) => [`y, h = self.rnn(self.emb(x), ${h0})`, "return self.fc(y[:, -1])"];
  const ones = lines("torch.ones(1, x.size(0), self.hidden)");
  refuses(ones, H, {}, /computes something else/);
  checks(lines("torch.zeros(1, x.size(0), self.hidden)"), H, {}, (y) => y.at(-1));
  const learned = lines("self.init_state.expand(-1, x.size(0), -1).contiguous()");
  const options = { more: { init_state: [1, 1, H] } };
  const found = checks(learned, H, options, (y) => y.at(-1));
  assert.equal(found.layers[0].initialH.data.length, H);
});

test("steps from their end are read so, and a list is what it holds", () => {
  const flipped = (line) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden):
        self.emb = nn.Embedding(vocab, e)
        self.rnn = nn.GRU(e, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 4)
    def forward(self, x):
        ${line}
        y, _ = self.rnn(e)
        return dict(logits=self.fc(y[:, -1]), outputs=y)
`;
  for (const line of ["e = self.emb(torch.flip(x, [1]))", "e = self.emb(x).flip(1)"]) {
    const { network: found } = network(flipped(line), H);
    assert.equal(found.reversed, true);
    const plain = network(flipped("e = self.emb(x)"), H).network;
    near(windowLogits(found, IDS), windowLogits(plain, [...IDS].reverse()));
  }
});

test("what is made of every token by itself in front of the layers is an embedding", () => {
  const text = (front) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden):
        super().__init__()
        self.emb = nn.Embedding(vocab, e)
        self.pos = nn.Embedding(9, e)
        self.norm = nn.LayerNorm(e)
        self.up = nn.Linear(e, e)
        self.rnn = nn.GRU(e, hidden, batch_first=True)
        self.fc = nn.Linear(hidden, 4)
    def forward(self, x):
        e = self.emb(x)
        y, _ = self.rnn(${front})
        return self.fc(y[:, -1])
`;
  const more = { "norm.weight": [E], "norm.bias": [E], "up.weight": [E, E], "up.bias": [E] };
  const of = (front, others = {}) => network(text(front), H, { more: { ...more, ...others } });
  const { tensors, network: found } = of("e + F.gelu(self.up(self.norm(e)))");
  const [emb, weight, bias, up, shift] = ["emb.weight", "norm.weight", "norm.bias", "up.weight"]
    .concat("up.bias")
    .map((name) => tensors.get(name));
  const row = [...emb.data.slice(3 * E, 4 * E)];
  const mean = row.reduce((a, b) => a + b) / E;
  const deviation = Math.sqrt(row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / E + 1e-5);
  const even = row.map((x, i) => ((x - mean) / deviation) * weight.data[i] + bias.data[i]);
  const sums = times(up, even).map((x, i) => x + shift.data[i]);
  // Of erf a sum over its bell, which is another way than the converter's.
  const erf = (x) => {
    const at = (i) => Math.exp(-(((i + 0.5) * x) ** 2) / 1e8);
    return (
      (2 / Math.sqrt(Math.PI)) * (x / 1e4) * [...Array(1e4).keys()].reduce((s, i) => s + at(i), 0)
    );
  };
  const wanted = sums.map((x, i) => row[i] + 0.5 * x * (1 + erf(x / Math.SQRT2)));
  near(found.table.data.slice(3 * E, 4 * E), wanted);
  assert.deepEqual(
    found.notes.filter((note) => /no part|taken/.test(note)),
    [],
  );
  const places = "e + self.pos(torch.arange(x.size(1)))";
  assert.throws(() => of(places, { "pos.weight": [9, E] }), /a sum of what several layers give/);
  assert.throws(() => of("e + torch.roll(e, 1, 1)"), { code: "format" });
  assert.throws(() => of("e - e.mean(1, keepdim=True)"), { code: "format" });
});

test("a product with the embedding's own tensor is a read-out", () => {
  const text = (line) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden):
        self.size = e
        self.emb = nn.Embedding(vocab, e)
        self.rnn = nn.GRU(e, hidden, batch_first=True)
        self.proj = nn.Linear(hidden, e)
        self.bias = nn.Parameter(torch.zeros(vocab))
    def forward(self, x, h=None):
        y, h = self.rnn(self.emb(x) * math.sqrt(self.size), h)
        y = self.proj(y)
        return ${line}, h
`;
  const more = { "proj.weight": [E, H], "proj.bias": [E], bias: [V] };
  for (const line of [
    "F.linear(y, self.emb.weight, self.bias)",
    "torch.matmul(y, self.emb.weight.t()) + self.bias",
    "y @ self.emb.weight.T + self.bias",
  ]) {
    const { tensors, network: found } = network(text(line), 0, { more });
    assert.equal(found.task, "generator");
    const at = tensors.get("emb.weight").data;
    near(
      found.table.data,
      at.map((x) => 2 * x),
    );
    const y = times(tensors.get("proj.weight"), windowOutputs(found, IDS).at(-1));
    const inner = y.map((x, i) => x + tensors.get("proj.bias").data[i]);
    const wanted = times({ shape: [V, E], data: at }, inner);
    near(
      windowLogits(found, IDS),
      wanted.map((x, i) => x + tensors.get("bias").data[i]),
    );
  }
});

test("matrices without modules are a table and a read-out", () => {
  const text = (x, out) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden):
        self.C = nn.Parameter(torch.randn(vocab, e))
        self.rnn = nn.GRU(e, hidden, batch_first=True)
        self.W = nn.Parameter(torch.randn(hidden, vocab))
        self.b = nn.Parameter(torch.zeros(vocab))
    def forward(self, x):
        y, _ = self.rnn(${x})
        return ${out}
`;
  const shapes = { C: [V, E], ...gru(), W: [H, V], b: [V] };
  for (const x of ["self.C[x]", "F.one_hot(x, self.C.shape[0]).float() @ self.C"]) {
    const tensors = tensorsOf(shapes);
    const bytes = new TextEncoder().encode(text(x, "torch.matmul(y, self.W) + self.b"));
    const files = [{ name: "model.py", bytes }];
    const found = { tensors, modules: new Map(), rest: new Map(), format: "a test", files };
    const read = networkOfTensors(found);
    assert.deepEqual([...read.table.data], [...tensors.get("C").data]);
    const last = windowOutputs(read, IDS).at(-1);
    const { data } = tensors.get("W");
    const wanted = Array.from({ length: V }, (_, j) =>
      last.reduce((sum, value, i) => sum + value * data[i * V + j], tensors.get("b").data[j]),
    );
    near(windowLogits(read, IDS), wanted);
  }
});

test("a learned slope below 0 is computed, one for all units or one a unit", () => {
  const init = ["self.mid = nn.Linear(hidden, 5)", "self.act = nn.PReLU()"];
  for (const slopes of [1, 5]) {
    const more = { "mid.weight": [5, H], "mid.bias": [5], "act.weight": [slopes] };
    const options = { init, more };
    const lines = ["return self.fc(self.act(self.mid(y[:, -1])))"];
    const { tensors, network: found } = network(program(lines, options), 5, options);
    const slope = tensors.get("act.weight").data;
    const mid = times(tensors.get("mid.weight"), windowOutputs(found, IDS).at(-1));
    const x = mid.map((a, i) => a + tensors.get("mid.bias").data[i]);
    const act = x.map((a, i) => (a > 0 ? a : slope[slopes === 1 ? 0 : i] * a));
    const wanted = times(tensors.get("fc.weight"), act);
    near(
      windowLogits(found, IDS),
      wanted.map((a, i) => a + tensors.get("fc.bias").data[i]),
    );
  }
});

test("of two classes that fit it is asked which, and of two ways of one the numbers tell", () => {
  const last = program(["return self.fc(y[:, -1])"]);
  const pooled = program(["return self.fc(y.mean(1))"]).replace("class Net", "class Other");
  assert.throws(() => network(last + pooled, H), { code: "format", message: /read in 2 ways/ });
  const wide = program(["return self.fc(torch.cat((y.mean(1), y.max(1)[0]), 1))"]);
  const widened = wide.replace("nn.Linear(hidden,", "nn.Linear(2 * hidden,");
  const both = last + widened.replace("class Net", "class Wide");
  near(windowLogits(network(both, H).network, IDS), windowLogits(network(last, H).network, IDS));
  assert.equal(network(both, 2 * H).network.pool, "pooled");
  // A class that reads all layers of the file goes before one that leaves some out.
  const init = ["self.mid = nn.Linear(hidden, hidden)"];
  const bent = program(["return self.fc(self.mid(y[:, -1]))"], { init });
  const more = { "mid.weight": [H, H], "mid.bias": [H] };
  const read = (text) => windowLogits(network(text, H, { more }).network, IDS);
  near(read(pooled + bent), read(bent));
  const lines = [
    "if self.layers > 1:",
    "    return self.fc(y.mean(1))",
    "return self.fc(y[:, -1])",
  ];
  checks(lines, H, { layers: 2 }, mean);
  checks(lines, H, {}, (y) => y.at(-1));
});

test("what is worked out is no longer taken", () => {
  const text = program(["return self.fc(y[:, -1])"], { init: ["self.kind = 'GRU'"] });
  const plain = text.replace("nn.GRU(e, hidden, layers,", "nn.RNN(e, hidden, layers,");
  const more = Object.fromEntries(
    Object.entries(gru()).map(([name, [rows, ...rest]]) => [name, [rows / 3, ...rest]]),
  );
  const { network: found } = network(plain, H, { more });
  assert.equal(found.layers[0].cell, "rnn");
  assert.doesNotMatch(found.notes.join(), /taken to/);
});

// ---- TorchScript, as torch.jit.trace() writes it ------------------------------------------------

const TRACED = {
  "__torch__.torch.nn.modules.sparse": `class Embedding(Module):
  def forward(self: __torch__.torch.nn.modules.sparse.Embedding,
    x: Tensor) -> Tensor:
    weight = self.weight
    return torch.embedding(weight, x)
`,
  "__torch__.torch.nn.modules.rnn": `class GRU(Module):
  def forward(self: __torch__.torch.nn.modules.rnn.GRU,
    argument_1: Tensor) -> Tuple[Tensor, Tensor]:
    weight_ih_l0 = self.weight_ih_l0
    _0 = torch.size(argument_1, 0)
    hx = torch.zeros([1, int(ops.prim.NumToTensor(_0)), 3], dtype=6, layout=None)
    input, _1 = torch.gru(argument_1, hx, [weight_ih_l0], True, 1, 0., False, False, True)
    return (input, _1)
`,
  "__torch__.torch.nn.modules.linear": `class Linear(Module):
  def forward(self: __torch__.torch.nn.modules.linear.Linear,
    other: Tensor,
    argument_2: Tensor) -> Tensor:
    bias = self.bias
    weight = self.weight
    return torch.linear(argument_2, weight, bias)
`,
  "__torch__.torch.nn.modules.activation": `class LeakyReLU(Module):
  def forward(self: __torch__.torch.nn.modules.activation.LeakyReLU,
    argument_1: Tensor) -> Tensor:
    input = torch.leaky_relu(argument_1, 0.25)
    return input
`,
};

function traced(lines, reads) {
  const root = `class Net(Module):
  def forward(self: __torch__.Net,
    x: Tensor) -> Tensor:
    fc = self.fc
    _0, _1, = (self.rnn).forward((self.emb).forward(x, ), )
${lines.map((line) => `    ${line}\n`).join("")}`;
  const typed = (path, name) => ({ type: { name, path: `${path}.${name}` }, state: new Map() });
  const nn = "__torch__.torch.nn.modules";
  const modules = new Map([
    ["", typed("__torch__", "Net")],
    ["emb", typed(`${nn}.sparse`, "Embedding")],
    ["rnn", typed(`${nn}.rnn`, "GRU")],
    ["act", typed(`${nn}.activation`, "LeakyReLU")],
    ["fc", typed(`${nn}.linear`, "Linear")],
  ]);
  const fc = { "fc.weight": [C, reads], "fc.bias": [C] };
  const tensors = tensorsOf({ "emb.weight": [V, E], ...gru(), ...fc });
  const code = new Map([["__torch__", root], ...Object.entries(TRACED)]);
  const found = { tensors, modules, rest: new Map(), format: "a test", code };
  return { tensors, network: networkOfTensors(found) };
}

test("what was traced is worked out, too", () => {
  const told = ({ tensors, network: found }, what) => {
    const wanted = times(tensors.get("fc.weight"), what(windowOutputs(found, IDS)));
    near(
      windowLogits(found, IDS),
      wanted.map((x, i) => x + tensors.get("fc.bias").data[i]),
    );
  };
  const most = "most, _2 = torch.max(_0, 1)";
  const joined = [most, "return (fc).forward(x, torch.cat([torch.mean(_0, [1]), most], 1), )"];
  told(traced(joined, 2 * H), (y) => [...mean(y), ...over((list) => Math.max(...list))(y)]);
  const bent = ["return (fc).forward(x, (self.act).forward(torch.select(_0, 1, -1), ), )"];
  told(traced(bent, H), (y) => y.at(-1).map((x) => (x > 0 ? x : 0.25 * x)));
  const some = ["return (fc).forward(x, torch.mean(torch.slice(_0, 1, -3), [1]), )"];
  assert.throws(() => traced(some, H), { code: "format", message: /computes something else/ });
});
