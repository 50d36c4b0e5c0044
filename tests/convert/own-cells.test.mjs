// Cells of one's own with their program: of the ways in which their tensors can be read that is
// taken in which a cell here computes what the program does, and where there is none they are
// refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { tensorsOf } from "./helpers.mjs";
import { newState, readOut, step } from "./reference.mjs";

const [V, E, H] = [7, 4, 3];
const IDS = [2, 5, 0, 6, 1, 3];

const layer = (name, reads, gives) => ({
  [`${name}.weight`]: [gives, reads],
  [`${name}.bias`]: [gives],
});

/** A program whose forward() reads token by token; `e` is what it reads, h and c its state. */
const program = (init, body) => `
class Net(nn.Module):
    def __init__(self, vocab, e, hidden):
        super().__init__()
        self.hidden = hidden
        self.emb = nn.Embedding(vocab, e)
${init.map((line) => `        ${line}\n`).join("")}
        self.out = nn.Linear(hidden, vocab)

    def forward(self, x, state=None):
        if state is None:
            h = c = torch.zeros(x.size(0), self.hidden)
        else:
            h, c = state
        outputs = []
        for t in range(x.size(1)):
            e = self.emb(x[:, t])
${body.map((line) => `            ${line}\n`).join("")}
            outputs.append(self.out(h))
        return torch.stack(outputs, dim=1), (h, c)
`;

function network(shapes, text) {
  const tensors = tensorsOf({ "emb.weight": [V, E], ...shapes, ...layer("out", H, V) });
  const files = [{ name: "model.py", bytes: new TextEncoder().encode(text) }];
  const found = { tensors, modules: new Map(), rest: new Map(), format: "a test", files };
  return { tensors, network: networkOfTensors(found) };
}

const times = ({ shape: [rows, columns], data }, x, bias) =>
  Array.from({ length: rows }, (_, r) =>
    x.reduce((sum, value, c) => sum + data[r * columns + c] * value, bias ? bias.data[r] : 0),
  );
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const sum = (a, b) => a.map((x, i) => x + b[i]);

/** The logits of a network by hand: next(e, h, c, linear) gives the new [h, c]. */
function byHand(tensors, next) {
  const linear = (name, x) => times(tensors.get(`${name}.weight`), x, tensors.get(`${name}.bias`));
  let [h, c] = [new Array(H).fill(0), new Array(H).fill(0)];
  for (const id of IDS) {
    const e = [...tensors.get("emb.weight").data.subarray(id * E, (id + 1) * E)];
    [h, c] = next(e, h, c, linear);
  }
  return linear("out", h);
}

function checks(shapes, text, next) {
  const { tensors, network: found } = network(shapes, text);
  const state = newState(found);
  const logits = readOut(found, IDS.map((id) => step(found, state, id)).at(-1));
  byHand(tensors, next).forEach((x, i) =>
    assert.ok(Math.abs(logits[i] - x) < 1e-4, `${logits} for logit ${i}, ${x}`),
  );
  assert.doesNotMatch(found.notes.join(), /taken to/);
  return found;
}

const refuses = (shapes, text, message) =>
  assert.throws(() => network(shapes, text), { code: "format", message });

const two = (gates) => ({ ...layer("x2h", E, gates * H), ...layer("h2h", H, gates * H) });
const TWO = (gates) => [
  `self.x2h = nn.Linear(e, ${gates} * hidden)`,
  `self.h2h = nn.Linear(hidden, ${gates} * hidden)`,
];
const END = ["c = f * c + i * g", "h = o * torch.tanh(c)"];
const gate = (all, k) => all.slice(k * H, (k + 1) * H);

/** An LSTM whose gates stand at these places of one matrix. */
const lstm =
  ([i, f, g, o], { more = 0, squash = Math.tanh } = {}) =>
  (e, h, c, linear) => {
    const all = sum(linear("x2h", e), linear("h2h", h));
    const next = c.map(
      (old, j) =>
        sigmoid(gate(all, f)[j] + more) * old + sigmoid(gate(all, i)[j]) * squash(gate(all, g)[j]),
    );
    return [next.map((x, j) => sigmoid(gate(all, o)[j]) * squash(x)), next];
  };

test("gates that are cut out by slices stand where the slices say", () => {
  const cut = ["a = self.x2h(e) + self.h2h(h)", "n = self.hidden"];
  const slices = [
    "o, i = torch.sigmoid(a[:, :n]), torch.sigmoid(a[:, n:2 * n])",
    "f = torch.sigmoid(a[:, 2 * n:-n])",
    "g = torch.tanh(a[:, -n:])",
  ];
  checks(two(4), program(TWO(4), [...cut, ...slices, ...END]), lstm([1, 2, 3, 0]));
});

test("gates under names that say nothing are where the sum has them", () => {
  const body = ["p, q, r, s = (self.x2h(e) + self.h2h(h)).chunk(4, 1)"];
  const names = ["g, f = torch.tanh(p), torch.sigmoid(q)", "i, o = r.sigmoid(), s.sigmoid()"];
  checks(two(4), program(TWO(4), [...body, ...names, ...END]), lstm([2, 1, 0, 3]));
});

test("what is added to the forget gate, and what squashes the candidate, are found", () => {
  const gates = "i, f, g, o = (self.x2h(e) + self.h2h(h)).split(self.hidden, dim=-1)";
  const squashed = (f, g) =>
    `i, f, g, o = torch.sigmoid(i), torch.sigmoid(${f}), ${g}, o.sigmoid()`;
  const of = (f, g, end) => program(TWO(4), [gates, squashed(f, g), ...end]);
  checks(two(4), of("f + 1.0", "torch.tanh(g)", END), lstm([0, 1, 2, 3], { more: 1 }));
  const relu = { squash: (x) => Math.max(x, 0) };
  const rectified = ["c = f * c + i * g", "h = o * F.relu(c)"];
  checks(two(4), of("f", "F.relu(g)", rectified), lstm([0, 1, 2, 3], relu));
  const bare = ["c = f * c + i * g", "h = o * c"];
  refuses(two(4), of("f", "torch.tanh(g)", bare), /computes something else than the cells here/);
});

test("a GRU's update gate, the order of its gates and its reset are its program's", () => {
  const body = [
    "(xz, xr, xn), (hz, hr, hn) = self.x2h(e).chunk(3, 1), self.h2h(h).chunk(3, 1)",
    "z, r = torch.sigmoid(xz + hz), torch.sigmoid(xr + hr)",
    "h = torch.lerp(h, torch.tanh(xn + r * hn), z)",
  ];
  checks(two(3), program(TWO(3), body), (e, h, c, linear) => {
    const [x, s] = [linear("x2h", e), linear("h2h", h)];
    const [z, r] = [0, 1].map((k) => sum(gate(x, k), gate(s, k)).map(sigmoid));
    const n = gate(x, 2).map((a, j) => Math.tanh(a + r[j] * gate(s, 2)[j]));
    return [h.map((old, j) => (1 - z[j]) * old + z[j] * n[j]), c];
  });
});

test("a layer that reads both has them in its program's order, behind an embedding too", () => {
  const init = ["self.i2h = nn.Linear(e + hidden, hidden)"];
  const body = ["h = torch.tanh(self.i2h(torch.cat((h, e), dim=1)))"];
  const found = checks(layer("i2h", E + H, H), program(init, body), (e, h, c, linear) => [
    linear("i2h", [...h, ...e]).map(Math.tanh),
    c,
  ]);
  assert.equal(found.fed, "embedding");
});

test("modules, lists of them and methods of one's own are followed", () => {
  const text = `
class Cell(nn.Module):
    def __init__(self, reads, units):
        super().__init__()
        self.units = units
        self.x2h = nn.Linear(reads, units * 4)
        self.h2h = nn.Linear(units, units * 4)
    def gates(self, x, h):
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        return torch.split(self.x2h(x).to(device) + self.h2h(h), self.units, 1)
    def forward(self, x, state):
        h, c = state
        cut = self.gates(x, h)
        f, i, o, g = [torch.sigmoid(one) for one in cut[:3]] + [torch.tanh(cut[3])]
        c = f * c + i * g
        return o * torch.tanh(c), c

class Net(nn.Module):
    def __init__(self, v, e, units, num_layers=2):
        super().__init__()
        self.units = units
        self.num_layers = num_layers
        self.emb = nn.Embedding(v, e)
        self.cells = nn.ModuleList()
        self.cells.append(Cell(e, units))
        self.cells.append(Cell(units, units))
        self.out = nn.Linear(units, v)
    def init_hidden(self, batch_size):
        return [(torch.zeros(batch_size, self.units),) * 2 for _ in range(self.num_layers)]
    def forward(self, ids, states):
        x = self.emb(ids)
        seen = list()
        for k, cell in enumerate(self.cells):
            states[k] = cell(x, states[k])
            x = states[k][0]
            seen.append(x)
        return self.out(x), states
`;
  const shapes = {};
  for (const [k, reads] of [E, H].entries())
    for (const [name, from] of Object.entries({ x2h: reads, h2h: H }))
      Object.assign(shapes, layer(`cells.${k}.${name}`, from, 4 * H));
  let states = [0, 1].map(() => [new Array(H).fill(0), new Array(H).fill(0)]);
  checks(shapes, text, (e, _, __, linear) => {
    let x = e;
    states = states.map(([h, c], k) => {
      const own = (name, value) => linear(`cells.${k}.${name}`, value);
      const next = lstm([1, 0, 3, 2])(x, h, c, own);
      [x] = next;
      return next;
    });
    return [x, []];
  });
});

test("a program that computes what no cell does is refused", () => {
  const init = ["self.i2h = nn.Linear(e, hidden)", "self.h2h = nn.Linear(hidden, hidden)"];
  const shapes = { ...layer("i2h", E, H), ...layer("h2h", H, H) };
  const inner = "torch.tanh(self.i2h(e) + self.h2h(h))";
  for (const line of [
    `h = 0.5 * h + 0.5 * ${inner}`,
    `h = h + ${inner}`,
    `h = F.softsign(self.i2h(e) + self.h2h(h))`,
  ])
    refuses(shapes, program(init, [line]), /computes something else|softsign/);
  checks(shapes, program(init, [`h = ${inner}`]), (e, h, c, linear) => [
    sum(linear("i2h", e), linear("h2h", h)).map(Math.tanh),
    c,
  ]);
});

test("a program that would not end is given up", () => {
  const init = ["self.i2h = nn.Linear(e, hidden)", "self.h2h = nn.Linear(hidden, hidden)"];
  const shapes = { ...layer("i2h", E, H), ...layer("h2h", H, H) };
  const end = "h = torch.tanh(self.i2h(e) + self.h2h(h))";
  for (const lines of [
    ["for i in range(4000):", "    for j in range(4000):", "        h = h + 0"],
    ["l = [h]", "for i in range(4000):", "    l = l + l"],
    ["h = torch.zeros(4096, 4096) @ torch.zeros(4096, 4096)"],
    ["while True:", "    h = h + 1"],
    ["h = self.forward(x)"],
  ]) {
    const from = process.cpuUsage();
    const { network: found } = network(shapes, program(init, [...lines, end]));
    assert.match(found.notes.join(), /its sum not followed/);
    const { user, system } = process.cpuUsage(from);
    assert.ok(user + system < 2e6, "it took too long");
  }
});
