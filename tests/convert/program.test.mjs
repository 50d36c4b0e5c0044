// What a program beside weights says of them, in the ways in which people write it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { describe } from "../../web/convert/convert.js";
import {
  activationBetween,
  firstJoined,
  programIn,
  resetsState,
  squashing,
  updateKeeps,
} from "../../web/convert/program.js";
import { networkOfTensors } from "../../web/convert/pytorch-network.js";
import { zeros } from "../../web/convert/tensor.js";
import { readFolder, tensorsOf } from "./helpers.mjs";

const utf8 = (text) => new TextEncoder().encode(text);

/** What a question says of every line. */
function answers(question, lines) {
  for (const [line, wanted] of Object.entries(lines)) assert.equal(question(line), wanted, line);
}

test("which stands first where the input and the state are joined", () => {
  answers(firstJoined, {
    "combined = torch.cat((h_prev, x_t), dim=1)": "state",
    "combined = torch.cat([hidden, input], 1)": "state",
    "concat = np.concatenate((a_prev, xt)); z = np.vstack([h, x])": "state",
    "z = np.row_stack((hs[t-1], xs[t])); z = np.concatenate((hx, x))": "state",
    "combined = torch.cat((input, hidden), 1)": "input",
    "combined = torch.cat( [x, self.h], -1 )": "input",
    "combined = torch.cat((x_t, r_t * h_prev), dim=1)": "input",
    "out = torch.cat((left, right), 1)": null,
    "a = torch.cat((x, h)); b = torch.cat((h, x))": null,
  });
});

test("what a GRU's update gate keeps", () => {
  answers(updateKeeps, {
    "h = (1 - z) * n + z * h": true,
    "H = Z * H + (1 - Z) * H_tilda": true,
    "h_next = (torch.ones_like(z) - z) * h_hat + z * h_prev": true,
    "hy = newgate + inputgate * (hidden - newgate)": true,
    "h = (1 - z_t) * h_prev + z_t * h_tilde": false,
    "hidden = (1.0 - update) * hidden + update * candidate": false,
    "x = (1 - alpha) * y": null,
  });
});

test("where its reset gate acts", () => {
  answers(resetsState, {
    "n = tanh(W(torch.cat((x, r * h), 1)))": true,
    "n = tanh(x @ W_xh + ((R * H) @ W_hh) + b_h)": true,
    "n = tanh(W(x) + U(h_prev * reset))": true,
    "n = torch.tanh(self.W_in(x) + r * self.W_hn(h))": false,
    "newgate = torch.tanh(i_n + resetgate * h_n)": false,
    "y = x * 2": null,
  });
});

test("what squashes a state, and what stands between linear layers", () => {
  answers(squashing, {
    "h = torch.tanh(self.i2h(x) + self.h2h(h))": "tanh",
    "self.act = nn.Tanh()": "tanh",
    "h = (a + b).relu()": "relu",
    "h = (self.wx(x) + self.wh(h)).clamp(min=0)": "relu",
    "hs[t] = np.maximum(0, Wxh @ xs[t] + Whh @ hs[t - 1] + bh)": "relu",
    "def forward(self, x): return self.i2h(x)": "linear",
    "loss.backward()": null,
  });
  const between = (text) => activationBetween(text, false)?.kind ?? null;
  answers(between, {
    "self.relu = nn.ReLU()": "relu",
    "x = F.relu(self.fc1(x))": "relu",
    "nn.Sequential(nn.Linear(4, 5), nn.LeakyReLU(0.2), nn.Dropout(0.5))": "a leaky ReLU",
    "x = torch.tanh(self.fc1(x))": "tanh",
    "x = F.gelu(self.fc1(x))": null,
    "def forward(self, x): return F.relu(x)": null, // which is followed: forward.test.mjs
    "x = F.relu(a); y = torch.tanh(b)": null,
    "": null,
  });
  assert.throws(() => squashing("h = F.gelu(self.i2h(x))"), /gelu in a cell of its own/);
  assert.equal(activationBetween("F.leaky_relu(x, 0.3)", false).slope, 0.3);
  assert.equal(activationBetween("F.leaky_relu(x)", false).slope, 0.01);
  assert.equal(activationBetween("nn.LeakyReLU(negative_slope=0.3)", false).slope, 0.3);
  assert.equal(activationBetween("torch.tanh(c); F.relu(x)", true).kind, "relu");
});

test("a program's comments say nothing, and a notebook is one", () => {
  const notebook = { cells: [{ source: ["z = cat((h, x))  # not cat((x, h))\n", "# tanh\n"] }] };
  const files = [{ name: "train.ipynb", bytes: utf8(JSON.stringify(notebook, null, 1)) }];
  assert.equal(firstJoined(programIn(files)), "state");
  assert.equal(squashing(programIn(files)), null);
  assert.equal(programIn([{ name: "words.txt", bytes: utf8("tanh(") }]), "");
});

test("a program that would take long to search is searched quickly", () => {
  const from = process.cpuUsage();
  for (const part of ["cat([", "cat([ ", "(1 - ", "a.", "z * ", "F.", "h + ", " ", "#", "ones("])
    for (const question of [firstJoined, updateKeeps, resetsState, squashing, activationBetween])
      question(part.repeat(2 ** 20 / part.length));
  const { user, system } = process.cpuUsage(from);
  assert.ok(user + system < 20e6, `${(user + system) / 1e6} s`);
});

test("with a program the state of the tutorial's network is what it says", async () => {
  const { files } = readFolder("pytorch-own-tutorial");
  const weights = files.filter(({ name }) => !/\.py$/.test(name));
  assert.equal((await describe(files)).network.layers[0].cell, "rnn");
  const { network } = await describe(weights);
  assert.equal(network.layers[0].cell, "linear");
  assert.match(network.notes.join(), /state is taken to be linear.*\.py/);
  const names = readFolder("pytorch-tutorial-names").files;
  const program = { name: "model.py", bytes: utf8("hidden = torch.tanh(self.i2h(combined))") };
  await assert.rejects(describe([...names, program]), /squashes the state beside an output/);
});

test("an RNN of a state_dict has the nonlinearity of its program", () => {
  const shapes = { "rnn.weight_ih_l0": [2, 3], "rnn.weight_hh_l0": [2, 2], "fc.weight": [3, 2] };
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, read: () => zeros(...shape) }]),
  );
  const found = { tensors, modules: new Map(), rest: new Map(), format: "PyTorch" };
  const program = { name: "train.py", bytes: utf8("nn.RNN(3, 2, nonlinearity='relu')") };
  const of = (files) => networkOfTensors({ ...found, notes: [], files });
  assert.equal(of([]).layers[0].cell, "rnn");
  assert.equal(of([program]).layers[0].cell, "rnn-relu");
  for (const [line, cell, note = /stand between/] of [
    ["self.rnn = nn.RNN(8, 12, 1, 'relu', batch_first=True)", "rnn-relu"],
    ['rnn = torch.nn.RNN(input_size=3, hidden_size=(2), nonlinearity = "relu")', "rnn-relu"],
    ["nn.RNN(**{'input_size': 3, 'nonlinearity': 'relu'})", "rnn-relu"],
    ["nn.RNN(3, 2, batch_first=True)", "rnn"],
    [
      "nn.RNN(3, 2, nonlinearity={'RNN_TANH': 'tanh', 'RNN_RELU': 'relu'}[kind])",
      "rnn",
      /ReLU: tanh/,
    ],
    ["nn.RNN(3, 2, nonlinearity=nonlinearity)", "rnn", /does not say whether its RNN/],
  ]) {
    const { layers, notes } = of([{ name: "train.py", bytes: utf8(line) }]);
    assert.equal(layers[0].cell, cell, line);
    assert.match(notes.join("; "), note, line);
  }
});

test("an RNN has the nonlinearity that was saved with it or lies beside it", () => {
  const shapes = { "rnn.weight_ih_l0": [2, 3], "rnn.weight_hh_l0": [2, 2], "fc.weight": [3, 2] };
  const of = (rest, files = []) => {
    const found = { tensors: tensorsOf(shapes), modules: new Map(), format: "PyTorch" };
    return networkOfTensors({ ...found, rest: new Map(rest), files }).layers[0].cell;
  };
  const program = { name: "model.py", bytes: utf8("nn.RNN(3, 2, nonlinearity=kind)") };
  assert.equal(of([["rnn_type", "RNN_RELU"]]), "rnn-relu");
  assert.equal(of([["rnn_type", "RNN_RELU"]], [program]), "rnn-relu");
  assert.equal(of([["args", { state: new Map([["model", "RNN_RELU"]]) }]]), "rnn-relu");
  assert.equal(of([["hyper_parameters", new Map([["nonlinearity", "relu"]])]]), "rnn-relu");
  assert.equal(of([["config", new Map([["activation", "relu"]])]]), "rnn"); // of some layer
  assert.equal(of([["nonlinearity", "tanh"]]), "rnn");
  for (const [name, text] of [
    ["config.json", '{"rnn": {"nonlinearity": "relu"}}'],
    ["hparams.yaml", "hidden: 6\nnonlinearity: relu\n"],
    ["args.json", '{"model": "RNN_RELU"}'],
  ])
    assert.equal(of([], [{ name, bytes: utf8(text) }]), "rnn-relu", name);
  assert.equal(of([], [{ name: "config.json", bytes: utf8('{"activation": "relu"}') }]), "rnn");
});

test("what is between linear layers is asked for", async () => {
  const { files } = readFolder("pytorch-leaky-program");
  const weights = files.filter(({ name }) => !/\.py$/.test(name));
  await assert.rejects(describe(weights), /several linear layers.*add that \(\.py/);
});
