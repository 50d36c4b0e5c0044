// From named tensors, as a state_dict has them, to a network. A prefix is anybody's choice; what a
// tensor is for is told by the end of its name and its shape.

import { fromChainer } from "./chainer.js";
import { compose, makeLayer, normalised, rereads, widthOf } from "./network.js";
import { natural, refusal, shown } from "./refuse.js";
import { withUsualNames } from "./own-cells.js";
import { plainSteps } from "./plain-network.js";
import { activationBetween, programIn } from "./program.js";
import { expect, sizeOf, tensor, transpose } from "./tensor.js";
import { tutorialSteps } from "./tutorials.js";

const RECURRENT = /^(.*?)(weight_ih|weight_hh|bias_ih|bias_hh|weight_hr)(?:_l(\d+))?(_reverse)?$/;
const CELLS = { 1: "rnn", 3: "gru", 4: "lstm" };

// What no network computes with: counters, masks, a loss's weights, fastai's second embedding.
const IGNORED = new RegExp(
  [
    "(^|\\.)(num_batches_tracked|position_ids|(attn_|attention_|causal_|src_|tgt_)?mask)$",
    "\\._flat_weights",
    "(^|\\.)(crit|criterion|loss|loss_fn|loss_function)\\.",
    "(^|\\.)encoder_dp\\.",
  ].join("|"),
);

// A state that was learned to begin with, [layers, 1, H].
const INITIAL = {
  initialH: /(^|\.)(h_?0|h_?init|init_?h(idden)?|hidden_?init|initial_?h(idden)?)$/i,
  initialC: /(^|\.)(c_?0|c_?init|init_?c(ell)?|cell_?init|initial_?c(ell)?)$/i,
};

/**
 * @param {{ tensors: Map<string, { shape: number[], read: (name: string) =>
 *  import("./tensor.js").Tensor }>,
 *   modules: Map<string, object>, rest: Map<string, unknown>, format: string,
 *   window?: number, files?: import("./convert.js").NamedFile[], cell?: string,
 *   notes?: string[] }} found files: in which its program may be; cell: of tensors that were named
 *   here
 * @returns {import("./network.js").Network}
 */
export function networkOfTensors(found) {
  found = { ...found, ...fromChainer(found.tensors) };
  let reader = new TensorReader(found);
  const vocabulary = found.rest.size > 0 ? [...found.rest.values()] : null;
  const isPlain = reader.recurrent.size === 0;
  let steps = isPlain ? tutorialSteps(reader) : null;
  const own = isPlain && !steps ? withUsualNames(reader) : null;
  if (own) reader = new TensorReader({ ...found, ...own, notes: reader.notes });
  else if (isPlain) steps ??= plainSteps(reader);
  const facts = { format: found.format, vocabulary, notes: reader.notes };
  const network = compose(steps || reader.steps(), { ...facts, ...reader.facts });
  network.usual = usualVocabulary(network, reader);
  // Of what carries a state it says nothing: some train on windows, some on a whole text.
  if (rereads(network) && found.window) network.window = found.window;
  if (network.layers.at(-1).reverse) chooseEnds(network);
  return network;
}

/** Which outputs of a layer that reads from both ends are read only the program says. */
function chooseEnds(network) {
  const writes = network.task === "generator";
  network.pool = writes ? "last" : "ends";
  network.notes.push(
    writes
      ? "its read-out is taken to read both directions at the last token (out[:, -1])"
      : "its read-out is taken to read the end of each direction (hidden[-2] and hidden[-1])",
  );
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const PRINTABLE = `0123456789${LETTERS}!"#$%&'()*+,-./:;<=>?@[\\]^_\`{|}~ \t\n\r\v\f`;

/** The vocabulary of a program that always has the same, if the network is that program's. */
function usualVocabulary({ inputs, outputs, start }, { others, isTutorial, categories }) {
  const isCharRnn = ["encoder.weight", "decoder.weight", "decoder.bias"].every((end) =>
    others.some((name) => name.endsWith(end)),
  );
  if (isCharRnn && inputs === 100 && outputs === 100) {
    return { tokens: [...PRINTABLE], from: "char-rnn.pytorch's own, Python's string.printable" };
  }
  if (start === 0 && inputs === 27)
    return { tokens: [".", ...LETTERS.slice(0, 26)], from: "makemore's names, a to z" };
  if (isTutorial && inputs === 57)
    return { tokens: [...LETTERS, ..." .,;'"], from: "PyTorch's tutorial on names" };
  if (categories > 0 && categories <= 20 && inputs - categories === 59) {
    const circled = Array.from({ length: categories }, (_, k) => String.fromCodePoint(0x2460 + k));
    const tokens = [...LETTERS, ..." .,;'-", "<EOS>", ...circled];
    return { tokens, from: "PyTorch's tutorial on names, with ① for its first category" };
  }
  return null;
}

/** v with its rows scaled to the lengths g, or all of it to the length g. */
function scaledTo(g, v) {
  const width = v.data.length / g.data.length;
  const lengths = g.data.map((_, r) =>
    Math.sqrt(v.data.subarray(r * width, (r + 1) * width).reduce((sum, x) => sum + x * x, 0)),
  );
  const factor = (i) => g.data[Math.floor(i / width)] / lengths[Math.floor(i / width)];
  return tensor(
    v.shape,
    v.data.map((x, i) => x * factor(i)),
  );
}

/**
 * Weights in two parts as the network has them when it runs: weight_norm's g · v / |v|, under
 * either of PyTorch's names for them; and a weight that was dropped at random from what is _raw.
 */
function wholeWeights(tensors) {
  const whole = new Map(tensors);
  for (const name of tensors.keys()) {
    const [, old] = /^(.*weight\w*)_g$/.exec(name) ?? [];
    const [, path, part] = /^(.*\.)parametrizations\.(\w+)\.original0$/.exec(name) ?? [];
    const [, outer, inner = "", raw] = /^(.*?)(module\.)?(weight_hh_l\d+)_raw$/.exec(name) ?? [];
    const [g, v] = [name, old ? `${old}_v` : name.replace(/0$/, "1")];
    const isPair = (old || part) && whole.has(v);
    const { shape } = isPair ? tensors.get(v) : tensors.get(name);
    if (isPair) {
      const read = () => scaledTo(tensors.get(g).read(g), tensors.get(v).read(v));
      [g, v].forEach((one) => whole.delete(one));
      whole.set(old ?? path + part, { shape, read });
    } else if (raw) {
      whole.delete(name);
      const beside = tensors.has(`${outer}module.weight_ih_l0`) ? "module." : inner;
      whole.set(outer + beside + raw, { shape, read: () => tensors.get(name).read(name) });
    }
  }
  return whole;
}

class TensorReader {
  constructor({ tensors, modules, files = [], cell, notes = [] }) {
    this.tensors = wholeWeights(tensors);
    this.modules = modules;
    const sources = [...modules.values()].map((module) => module.type?.source ?? "");
    this.program = [...sources, programIn(files)].join("\n").trim();
    this.cell = cell;
    this.notes = notes;
    this.facts = {}; // of a program that is known
    this.isTutorial = false;
    this.categories = 0; // of the tutorial's, tokens that begin a text
    this.recurrent = new Map(); // prefix → layer and direction → part → name
    this.others = [];
    for (const name of this.tensors.keys()) this.#sort(name);
    this.#keepOneModel();
  }

  #sort(name) {
    const match = RECURRENT.exec(name);
    if (!match) {
      if (!IGNORED.test(name)) this.others.push(name);
      return;
    }
    const [, prefix, part, layer = "0", reverse = ""] = match;
    if (part === "weight_hr")
      throw refusal("an LSTM with a projection (proj_size) is no model of ours");
    if (!this.recurrent.has(prefix)) this.recurrent.set(prefix, new Map());
    const layers = this.recurrent.get(prefix);
    const key = Number(layer) + (reverse ? 0.5 : 0);
    if (!layers.has(key)) layers.set(key, new Map());
    layers.get(key).set(part, name);
  }

  /** A checkpoint may hold the same network twice, as "model" and "best": the first is taken. */
  #keepOneModel() {
    const prefixes = [...this.recurrent.keys()];
    const roots = [...new Set(prefixes.map((prefix) => prefix.split(".")[0]))];
    const under = (root) =>
      prefixes
        .filter((prefix) => prefix.startsWith(`${root}.`))
        .map((prefix) => prefix.slice(root.length))
        .join();
    const isTwin =
      roots.length > 1 &&
      roots.every((root) => under(root) === under(roots[0]) && under(root).length > 1);
    if (!isTwin || roots.some((root) => /enc|dec/i.test(root))) return;
    this.notes.push(`of several networks in the file, ${shown(roots[0])}`);
    const isFirst = (name) => name.startsWith(`${roots[0]}.`);
    for (const prefix of prefixes) if (!isFirst(prefix)) this.recurrent.delete(prefix);
    this.others = this.others.filter(isFirst);
  }

  note(text) {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  read(name) {
    return this.tensors.get(name).read(name);
  }

  /** The attributes of the module at a path, of a whole saved module. */
  module(path) {
    return this.modules.get(path.replace(/\.$/, "")) ?? null;
  }

  /** The layers of every recurrent module, in their order. */
  layers() {
    const prefixes = [...this.recurrent.keys()];
    const roles = prefixes.map(
      (prefix) => Number(/enc/i.test(prefix)) + 2 * Number(/dec/i.test(prefix)),
    );
    if (roles.includes(1) && roles.includes(2)) {
      throw refusal(
        "an encoder and a decoder, trained on pairs: only networks that go on with a text open here",
      );
    }
    if (prefixes.every((prefix) => /\d/.test(prefix))) prefixes.sort(natural);
    return prefixes.flatMap((prefix) => this.stackOf(prefix, this.recurrent.get(prefix)));
  }

  stackOf(prefix, parts) {
    const module = this.module(prefix);
    const keys = [...parts.keys()].sort((a, b) => a - b);
    const one = (key) => this.layer(`${prefix}l${key}`, parts.get(key), module);
    return keys
      .filter(Number.isInteger)
      .map((key) => (parts.has(key + 0.5) ? { ...one(key), reverse: one(key + 0.5) } : one(key)));
  }

  layer(name, parts, module) {
    const get = (part) => (parts.has(part) ? this.read(parts.get(part)) : null);
    const weightHh = expect(get("weight_hh"), [-1, -1], `${name}.weight_hh`);
    const cell = this.cell ?? CELLS[weightHh.shape[0] / weightHh.shape[1]];
    if (!cell)
      throw refusal(
        `the recurrent weights ${shown(name)} are ${shown(weightHh.shape.join("×"))}: of no cell known here`,
      );
    const isAsked = /nonlinearity\s?=\s?\\?["']relu/.test(this.program);
    const isRelu =
      cell === "rnn" &&
      !this.cell &&
      (module
        ? module.state?.get("nonlinearity") === "relu" || module.state?.get("mode") === "RNN_RELU"
        : isAsked);
    if (cell === "rnn" && !module && !this.cell && !isAsked)
      this.note("its activation is taken to be tanh");
    const weightIh = expect(get("weight_ih"), [-1, -1], `${name}.weight_ih`);
    const [biasIh, biasHh] = [get("bias_ih"), get("bias_hh")];
    return makeLayer(name, {
      cell: isRelu ? "rnn-relu" : cell,
      weightIh,
      weightHh,
      biasIh,
      biasHh,
    });
  }

  steps() {
    if (this.recurrent.size === 0) throw this.noRecurrent();
    const layers = this.withInitial(this.layers());
    const last = layers.at(-1);
    const groups = this.groups();
    /** @type {object[]} */
    const steps = [];
    const table = this.takeTable(groups, layers[0].input);
    if (table) steps.push({ kind: "input", fed: "ids" }, { kind: "embedding", table });
    else if (layers[0].input === 1) steps.push({ kind: "input", fed: "scalar" });
    layers.forEach((layer, i) =>
      steps.push({ kind: "recurrent", layer, sequences: i < layers.length - 1 }),
    );
    return steps.concat(this.headSteps(groups, widthOf(last)));
  }

  /** Layers that begin in a learned state, where the file has one. */
  withInitial(layers) {
    for (const [part, pattern] of Object.entries(INITIAL)) {
      const name = this.others.find((one) => pattern.test(one));
      const { hidden } = layers[0];
      if (!name || sizeOf(this.tensors.get(name).shape, name) !== layers.length * hidden) continue;
      this.others = this.others.filter((one) => one !== name);
      const { data } = this.read(name);
      layers = layers.map((layer, l) => {
        const own = data.subarray(l * hidden, (l + 1) * hidden);
        return { ...layer, [part]: expect(tensor([own.length], own), [layer.hidden], name) };
      });
    }
    return layers;
  }

  noRecurrent() {
    const names = [...this.tensors.keys()];
    const others = {
      RWKV: /time_decay|time_mix|time_maa/,
      Mamba: /A_log|mixer\.|ssm/,
      minGRU: /to_hidden_and_gate|to_gate\./,
      SRU: /rnn_lst\.\d|\.weight_c$/,
    };
    const other = Object.keys(others).find((kind) => names.some((name) => others[kind].test(name)));
    if (other)
      return refusal(`the layers of ${other}, which no cell here is: RNN, GRU and LSTM run`);
    if (names.some((name) => /attn|attention|\.h\.\d|transformer/i.test(name))) {
      return refusal(
        "a transformer, with nothing recurrent in it: only recurrent networks run here",
      );
    }
    const shownNames = names.slice(0, 3).map(shown).join(", ") || "none has a name";
    return refusal(
      `no recurrent weights are among its tensors (${shownNames} …): expected names like rnn.weight_ih_l0`,
    );
  }

  /** What is left, by module: prefix → { weight, bias, running_mean ... } in the file's order. */
  groups() {
    const groups = new Map();
    for (const name of this.others) {
      const dot = name.lastIndexOf(".");
      const prefix = name.slice(0, dot + 1);
      if (!groups.has(prefix)) groups.set(prefix, new Map());
      groups.get(prefix).set(name.slice(dot + 1), name);
    }
    return groups;
  }

  shapeOf(group, part) {
    return group.has(part) ? this.tensors.get(group.get(part)).shape : null;
  }

  /** The embedding: a matrix as wide as the first layer reads, without a bias or called so. */
  takeTable(groups, width) {
    const found = [...groups].filter(([, group]) => {
      const shape = this.shapeOf(group, "weight");
      return group.size === 1 && shape?.length === 2 && shape[1] === width;
    });
    const named =
      found.find(([prefix]) => /emb|enc|lookup|wte|vec|i2e/i.test(prefix)) ??
      (found.length === 1 ? found[0] : null);
    const own = named?.[0].replace(/.*?([^.]*)\.$/, "$1");
    if (named && (/emb/i.test(own) || !/fc|linear|out|dec/i.test(own))) {
      groups.delete(named[0]);
      return this.read(named[1].get("weight"));
    }
    return this.takeLinearTable(groups, width);
  }

  /**
   * A linear layer in front of the recurrent ones, on one-hot rows: its columns are an embedding.
   */
  takeLinearTable(groups, width) {
    const linear = [...groups].filter(([, group]) => this.shapeOf(group, "weight")?.length === 2);
    const fits = linear.filter(([, group]) => this.shapeOf(group, "weight")[0] === width);
    const front =
      fits.find(([prefix]) => /(^|\.)(enc|emb|i2e|in|input)[^.]*\.$/i.test(prefix)) ??
      fits.find((one) => this.isInFront(one, linear));
    if (!front || groups.size < 2) return null;
    const [prefix, group] = front;
    groups.delete(prefix);
    const weight = transpose(this.read(group.get("weight")));
    const bias = group.has("bias") ? this.read(group.get("bias")).data : null;
    if (bias) weight.data.forEach((x, i) => (weight.data[i] = x + bias[i % width]));
    return weight;
  }

  /** Does a layer read as many tokens as another writes, and nothing that stands behind the state? */
  isInFront([prefix, group], linear) {
    const [, reads] = this.shapeOf(group, "weight");
    const others = linear.filter(([other]) => other !== prefix);
    const given = others.map(([, other]) => this.shapeOf(other, "weight"));
    const isNone = given.some(([rows, columns]) => rows === reads && columns !== reads);
    const isBehind = [...this.recurrent.values()].some((parts) =>
      [...parts.values()].some(
        (part) => this.tensors.get(part.get("weight_hh"))?.shape[1] === reads,
      ),
    );
    if (!isNone || isBehind) return false;
    this.note(
      `${shown(prefix.replace(/\.$/, ""))} is taken to stand in front, with nothing behind it`,
    );
    return true;
  }

  /** The linear layers behind, each reading what the one before it gives. */
  headSteps(groups, width) {
    const steps = [];
    const linear = [];
    for (const [prefix, group] of groups) {
      const shape = this.shapeOf(group, "weight");
      if (shape?.length === 2) linear.push({ prefix, group, shape });
      else if (group.has("running_mean")) steps.push(this.normalisation(group, width));
      else throw this.unknown(prefix, group);
    }
    const chain = [];
    for (let reads = width; linear.length > 0; reads = chain.at(-1).shape[0]) {
      const at = linear.findIndex(({ shape }) => shape[1] === reads);
      const attention = linear.find(({ prefix }) => /att/i.test(prefix));
      if (attention)
        throw refusal(
          `it has attention (${shown(attention.prefix.replace(/\.$/, ""))}), whose working only its ` +
            "program has: no such network opens here",
        );
      if (at < 0) throw this.misfit(linear[0], reads, chain.length === 0);
      chain.push(...linear.splice(at, 1));
    }
    chain.forEach(({ prefix, group }, i) => {
      const weight = this.read(group.get("weight"));
      const bias = group.has("bias")
        ? expect(this.read(group.get("bias")), [weight.shape[0]], prefix)
        : null;
      const { slope, activation } = i < chain.length - 1 ? this.activationAfter(prefix) : LINEAR;
      steps.push({ kind: "dense", weight, bias, activation });
      if (slope) steps.push({ kind: "leaky", slope });
    });
    const last = chain.at(-1);
    if (last && last.shape[0] === 1) steps.push({ kind: "activation", activation: "sigmoid" });
    return steps;
  }

  /** A linear layer that reads another number of values than come. */
  misfit({ prefix, group, shape }, reads, isFirst) {
    const both = [...this.recurrent.values()].some((parts) => [...parts.keys()].includes(0.5));
    if (!isFirst || !both || shape[1] * 2 !== reads) return this.unknown(prefix, group);
    return refusal(
      `its read-out reads ${shape[1]} values, and the two directions give ${reads}: how they are ` +
        "joined only the program says, so export it as ONNX instead (torch.onnx.export)",
    );
  }

  unknown(prefix, group) {
    const name = prefix.replace(/\.$/, "") || [...group.keys()][0];
    const shape = shown(this.tensors.get([...group.values()][0]).shape.join("×"));
    if (/emb|wte|lookup/i.test(name) && group.size === 1) {
      return refusal(
        `something stands between its embedding (${shown(name)}, ${shape}) and its recurrent layers, ` +
          "and what that is only the program says: export it as ONNX instead (torch.onnx.export)",
      );
    }
    const sides = this.shapeOf(group, "weight")?.length; // of a norm: one number a unit
    const norm = !group.has("running_mean") && (sides === 1 || /norm|ln/i.test(prefix));
    if (norm)
      return refusal(
        `it has layer normalisation (${shown(name)}), which is no part of the models here`,
      );
    return refusal(
      `the tensors of ${shown(name)} (${shape}) are no part of a recurrent text model that is known here`,
    );
  }

  /** Between two linear layers, what the module says, or its program. */
  activationAfter(prefix) {
    const [, parent, own] = /^(.*?)([^.]+)\.$/.exec(prefix) ?? [];
    const siblings = this.module(parent ?? "")?.state?.get("_modules");
    const list = siblings instanceof Map ? [...siblings] : [];
    const isSequential = list.every(([name], i) => name === String(i));
    const found = isSequential ? nextIn(list, own) : this.onlyOneOf(list);
    if (found) return found;
    const called = activationBetween(this.program, this.cell !== undefined);
    if (called) {
      this.note(`between its linear layers stands ${called.kind}, by its program`);
      return called;
    }
    throw refusal(
      "it has several linear layers, and what is between them is only in the program that trained it: " +
        "add that (.py or .ipynb), or export it as ONNX (torch.onnx.export)",
    );
  }

  /** A module with one activation among its layers has it between them, whatever its order. */
  onlyOneOf(list) {
    const found = list.map(([, module]) => betweenOf(module)).filter((one) => one?.activation);
    const others = found.filter(({ activation, slope }) => activation !== "linear" || slope);
    const kinds = new Set(others.map((one) => JSON.stringify(one)));
    if (kinds.size !== 1) return null;
    const name = others[0].slope ? "a leaky ReLU" : others[0].activation;
    this.note(`${name} is taken to stand between its linear layers`);
    return others[0];
  }

  normalisation(group, width) {
    const get = (part) => this.read(group.get(part)).data;
    const [mean, variance] = [get("running_mean"), get("running_var")];
    if (mean.length !== width)
      throw refusal("batch normalisation of something else than the last layer's output");
    const [gamma, beta] = ["weight", "bias"].map((part) => group.has(part) && get(part));
    const scale = mean.map((_, i) => (gamma ? gamma[i] : 1) / Math.sqrt(variance[i] + 1e-5));
    return normalised(mean, scale, beta);
  }
}

const LINEAR = { activation: "linear" };

const BETWEEN = {
  ReLU: "relu",
  ReLU6: "relu6",
  Tanh: "tanh",
  Sigmoid: "sigmoid",
  ELU: "elu",
  SELU: "selu",
  SiLU: "swish",
  Softplus: "softplus",
  Softsign: "softsign",
  Identity: "linear",
  Dropout: "linear",
};

/** What a module between linear ones does: { activation, slope }, or null. */
function betweenOf(module) {
  const kind = module?.type?.name;
  if (kind === "LeakyReLU")
    return { ...LINEAR, slope: Number(module.state?.get("negative_slope") ?? 0.01) };
  return BETWEEN[kind] ? { activation: BETWEEN[kind] } : null;
}

/** Behind layer `own` of a Sequential, up to its next linear layer; null where it is none. */
function nextIn(list, own) {
  const from = list.findIndex(([name]) => name === own);
  if (from < 0) return null;
  for (const [, module] of list.slice(from + 1)) {
    const kind = module?.type?.name;
    if (kind === "Linear") return LINEAR;
    const found = betweenOf(module);
    if (!found) throw refusal(`a layer ${shown(kind)} between linear ones is no model of ours`);
    if (found.activation !== "linear" || found.slope) return found;
  }
  return LINEAR;
}
