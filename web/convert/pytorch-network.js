// From named tensors, as a state_dict has them, to a network. A prefix is anybody's choice; what a
// tensor is for is told by the end of its name and its shape.

import { fromChainer } from "./chainer.js";
import { compose, makeLayer, normalised, rereads, widthOf } from "./network.js";
import { natural, refusal, shown } from "./refuse.js";
import { withUsualNames } from "./own-cells.js";
import { settledByProgram } from "./own-settled.js";
import { plainSteps } from "./plain-network.js";
import { betweenOf, LINEAR, nextIn } from "./pytorch-between.js";
import { usualVocabulary } from "./pytorch-usual.js";
import { wholeWeights } from "./pytorch-weights.js";
import { Program } from "./forward.js";
import { activationBetween, nonlinearity, programIn } from "./program.js";
import { stepsOf } from "./pytorch-steps.js";
import { expect, sizeOf, tensor, transpose } from "./tensor.js";
import { tutorialSteps } from "./tutorials.js";
import { mayHold } from "./vocabulary-read.js";

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
 *   window?: number, code?: Map<string, string>, files?: import("./convert.js").NamedFile[],
 *   cell?: string, notes?: string[] }} found files: in which its program may be; code: of
 *   TorchScript, by its module; cell: of tensors that were named here
 * @returns {import("./network.js").Network}
 */
export function networkOfTensors(found) {
  found = { ...found, ...fromChainer(found.tensors) };
  const plain = new TensorReader(found);
  const make = (answers, asked) => made(found, answers, asked);
  const isOwn = plain.recurrent.size === 0 && /\bdef forward\b/.test(plain.text);
  const { network, reader } = isOwn ? settledByProgram(make, plain) : make({}, new Map());
  settlePadding(network);
  sayAssumed(network, reader);
  network.usual = usualVocabulary(network, reader);
  // Of what carries a state it says nothing: some train on windows, some on a whole text.
  if (rereads(network) && found.window) network.window = found.window;
  return network;
}

/** The network, by the answers to what its tensors do not say; and what was asked. */
function made(found, answers, asked) {
  found = { ...found, answers, asked };
  let reader = new TensorReader(found);
  const isOne = ([path]) => path.split(".").every(mayHold);
  const vocabulary = [...found.rest].filter(isOne).map(([, value]) => value);
  const isPlain = reader.recurrent.size === 0;
  let steps = isPlain ? tutorialSteps(reader) : null;
  const own = isPlain && !steps ? withUsualNames(reader) : null;
  if (own) reader = new TensorReader({ ...found, ...own, notes: reader.notes });
  else if (isPlain) steps ??= plainSteps(reader);
  const facts = { format: found.format, vocabulary, named: found.rest, notes: reader.notes };
  const network = compose(steps || reader.steps(), { ...facts, ...reader.facts });
  return { network, reader };
}

/**
 * A generator may read one token more than it writes: what fills a batch, whose row of the
 * embedding stays zero. Its own tokens are the others.
 */
function settlePadding(network) {
  const { inputs, outputs, table } = network;
  if (network.task !== "classifier" || inputs !== outputs + 1) return;
  const width = table ? table.shape[1] : 0;
  const row = (id) => table?.data.subarray(id * width, (id + 1) * width) ?? [];
  const isZero = (id) => table !== null && row(id).every((x) => x === 0);
  const padding = [0, inputs - 1].filter(isZero);
  if (padding.length !== 1) {
    network.isUnclear = true; // unless as many names of classes are found
    return;
  }
  const from = padding[0] === 0 ? 1 : 0;
  network.table = tensor(
    [outputs, width],
    table.data.slice(from * width, (from + outputs) * width),
  );
  Object.assign(network, { inputs: outputs, task: "generator" });
  network.notes.push(
    `its embedding's row ${padding[0]}, which is zero, is taken to be for padding`,
  );
}

/** What was taken of a network whose program does not say it. */
function sayAssumed(network, reader) {
  const isBoth = network.layers.at(-1).reverse;
  if (reader.isLayers && !reader.chain)
    reader.note("nothing is taken to stand between its layers, which only its program would say");
  if (isBoth && reader.pool) network.pool = reader.pool;
  else if (isBoth) chooseEnds(network);
  else if (network.task === "classifier" && !reader.pool)
    reader.note("its read-out is taken to read the last layer's output at the last token");
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

const plainPath = (prefix) => shown(prefix.replace(/\.$/, ""));

// Parts of names of layers that read the same text, each its own way.
const DIRECTION =
  /(^|[._])(fwd?|bwd?|forward|backward|left|right|l2r|r2l|ltr|rtl|reverse)([._]|$)|(forward|backward)$/i;

/** Tensors without what AdaGrad and Adam keep beside each by its name: mWxh, dWxh. */
function withoutMemory(tensors) {
  const isMemory = (name) => {
    const [, path, own] = /^(.*\.)?(?:d?[mvdg]_?)([WUVEb]\w*)$/.exec(name) ?? [];
    const base = own && tensors.get((path ?? "") + own);
    return base && String(base.shape) === String(tensors.get(name).shape);
  };
  return new Map([...tensors].filter(([name]) => !isMemory(name)));
}

class TensorReader {
  constructor(found) {
    const { tensors, modules, files = [], code = new Map(), cell, notes = [] } = found;
    this.tensors = wholeWeights(withoutMemory(tensors));
    this.modules = modules;
    const sources = [...modules.values()].map((module) => module.type?.source ?? "");
    this.text = [...sources, programIn(files)].join("\n").trim();
    this.code = code;
    this.cell = cell;
    this.notes = [...notes];
    this.answers = found.answers ?? {}; // to questions that the tensors leave open
    this.asked = found.asked ?? new Map(); // those questions, with all answers that there are
    this.facts = {}; // of a program that is known
    this.chain = null; // the way of its program
    this.isLayers = false;
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
    const own = (name, root) => name.slice(root.length).replace(/^(\.(module|_orig_mod))+/, "");
    const under = (root) =>
      prefixes
        .filter((prefix) => prefix.startsWith(`${root}.`))
        .map((prefix) => own(prefix, root))
        .join();
    const isTwin =
      roots.length > 1 &&
      roots.every((root) => under(root) === under(roots[0]) && under(root).length > 1);
    if (!isTwin || roots.some((root) => /enc|dec/i.test(root))) return;
    // An average of many steps, or what was before: the network itself is another.
    const kept = roots.find((root) => !/(^|_)(ema|swa|avg|averaged?|old|prev)(_|$)/i.test(root));
    const root = kept ?? roots[0];
    this.notes.push(`of several networks in the file, ${shown(root)}`);
    const isOf = (name) => name.startsWith(`${root}.`);
    for (const prefix of prefixes) if (!isOf(prefix)) this.recurrent.delete(prefix);
    this.others = this.others.filter(isOf);
  }

  note(text) {
    if (!this.notes.includes(text)) this.notes.push(text);
  }

  /** What was answered to a question, or else what is usual. */
  answer(question, options, usual) {
    this.asked.set(question, options);
    return Object.hasOwn(this.answers, question) ? this.answers[question] : usual();
  }

  read(name) {
    return this.tensors.get(name).read(name);
  }

  /** The attributes of the module at a path, of a whole saved module. */
  module(path) {
    return this.modules.get(path.replace(/\.$/, "")) ?? null;
  }

  /** What is known of the recurrent modules, by their paths. */
  shapes() {
    return new Map(
      [...this.recurrent].map(([prefix, parts]) => {
        const [first] = parts.values();
        const name = first.get("weight_hh") ?? first.get("weight_ih");
        const [rows, columns] = this.tensors.get(name).shape;
        const keys = [...parts.keys()];
        const shape = {
          lstm: rows === 4 * columns,
          type: { 1: "RNN", 3: "GRU", 4: "LSTM" }[rows / columns] ?? "",
          cell: !/_l\d+(_reverse)?$/.test(name),
          both: keys.some((key) => !Number.isInteger(key)),
          layers: keys.filter(Number.isInteger).length,
        };
        return [prefix.replace(/\.$/, ""), shape];
      }),
    );
  }

  /** Its program, with what its modules with weights are. */
  get program() {
    const weights = [...this.groups().keys()].map((prefix) => prefix.replace(/\.$/, ""));
    this.whole ??= new Program(this.text, this.code, this.modules, this.shapes(), weights);
    return this.whole;
  }

  /** The layers of the recurrent module at a path. */
  stackAt(path, by = null) {
    const prefix = this.recurrent.has(`${path}.`) ? `${path}.` : path;
    return this.stackOf(prefix, this.recurrent.get(prefix), by);
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
    const names = prefixes.map(plainPath);
    const beside = names.find((name) => DIRECTION.test(name));
    if (prefixes.length > 1 && beside !== undefined)
      throw refusal(
        `its recurrent layers ${names.join(" and ")} stand beside one another, it seems, and how ` +
          "they are joined only the program says: add that (.py or .ipynb)",
      );
    if (prefixes.every((prefix) => /\d/.test(prefix))) prefixes.sort(natural);
    if (prefixes.length > 1)
      this.note(
        `its recurrent layers are taken one behind the other: ${prefixes.map(plainPath).join(", ")}`,
      );
    return prefixes.flatMap((prefix) => this.stackOf(prefix, this.recurrent.get(prefix)));
  }

  /** The layers of a recurrent module; `by`: the function of PyTorch that its program calls. */
  stackOf(prefix, parts, by = null) {
    const module = this.module(prefix);
    const keys = [...parts.keys()].sort((a, b) => a - b);
    const one = (key) => this.layer(`${prefix}l${key}`, parts.get(key), { module, by });
    return keys
      .filter(Number.isInteger)
      .map((key) => (parts.has(key + 0.5) ? { ...one(key), reverse: one(key + 0.5) } : one(key)));
  }

  layer(name, parts, says) {
    const get = (part) => (parts.has(part) ? this.read(parts.get(part)) : null);
    const weightHh = expect(get("weight_hh"), [-1, -1], `${name}.weight_hh`);
    const cell = this.cell ?? CELLS[weightHh.shape[0] / weightHh.shape[1]];
    if (!cell)
      throw refusal(
        `the recurrent weights ${shown(name)} are ${shown(weightHh.shape.join("×"))}: of no cell known here`,
      );
    const isRelu = cell === "rnn" && !this.cell && this.isRelu(says);
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

  /** Does an nn.RNN squash by ReLU, as its module says, or its program? */
  isRelu({ module, by }) {
    const told = module?.state?.get("nonlinearity") ?? module?.state?.get("mode") ?? by;
    if (told) return /relu/i.test(told);
    const found = nonlinearity(this.text);
    if (found === null) this.note("its activation is taken to be tanh");
    if (found === "open")
      this.note("its program does not say whether its RNN has tanh or ReLU: tanh is taken");
    return found === "relu";
  }

  steps() {
    if (this.recurrent.size === 0) throw this.noRecurrent();
    this.isLayers = this.cell === undefined; // PyTorch's own, not a program's cells
    this.chain = this.isLayers ? this.program.chain() : null;
    if (this.chain) return stepsOf(this, this.followed(this.chain));
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

  /** The way of its program, if no other network gives its state. */
  followed(chain) {
    const [other] = chain.from;
    if (other !== undefined)
      throw refusal(
        `its state begins with what ${shown(other)} gives, as of an encoder and a decoder: only ` +
          "networks that go on with a text open here",
      );
    const pools = chain.items.filter(({ kind }) => kind === "pool");
    this.pool = pools.at(-1)?.pool;
    return chain;
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

  takeTable(groups, width) {
    return this.takeEmbedding(groups, width) ?? this.takeLinearTable(groups, width);
  }

  /** The embedding: a matrix as wide as the first layer reads, without a bias or called so. */
  takeEmbedding(groups, width) {
    const found = [...groups].filter(([, group]) => {
      const shape = this.shapeOf(group, "weight");
      return group.size === 1 && shape?.length === 2 && shape[1] === width;
    });
    const named =
      found.find(([prefix]) => /emb|enc|lookup|wte|vec|i2e/i.test(prefix)) ??
      (found.length === 1 ? found[0] : null);
    const own = named?.[0].replace(/.*?([^.]*)\.$/, "$1");
    if (!named || !(/emb/i.test(own) || !/fc|linear|out|dec/i.test(own))) return null;
    groups.delete(named[0]);
    return this.read(named[1].get("weight"));
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
    const part = [...group.keys()].find((one) => /_orig$|^original\d?$/.test(one));
    const isParted = [...this.tensors.keys()].some((one) =>
      one.startsWith(`${prefix}parametrizations.`),
    );
    if (part !== undefined || isParted || /parametrizations/.test(prefix))
      return refusal(
        `the weight of ${shown(name)} is kept in parts (${shown(part ?? "parametrizations")}), by a ` +
          "parametrization that is not computed here: remove it in PyTorch first " +
          "(torch.nn.utils.parametrize.remove_parametrizations), and save again",
      );
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
    const followed = this.cell === undefined ? null : this.activationByProgram(prefix);
    if (followed) return followed;
    const called = activationBetween(this.text, this.cell !== undefined);
    if (called) {
      this.note(`between its linear layers stands ${called.kind}, by its program`);
      return called;
    }
    throw refusal(
      "it has several linear layers, and what is between them is only in the program that trained it: " +
        "add that (.py or .ipynb), or export it as ONNX (torch.onnx.export)",
    );
  }

  /** What its program does behind a linear layer that stands behind cells of its own; or null. */
  activationByProgram(prefix) {
    const path = prefix.replace(/\.$/, "");
    const chain = this.program.chainOfLayers([path]);
    if (!chain) return null;
    const from = chain.items.findIndex((item) => item.path === path) + 1;
    const to = chain.items.findIndex((item, i) => i >= from && item.path !== undefined);
    const [one, ...more] = chain.items.slice(from, to < 0 ? undefined : to);
    if (!one) return LINEAR;
    if (one.kind !== "activation" || more.length > 0)
      throw refusal(
        `what its program does behind ${shown(path)} is not understood here: export it as ONNX ` +
          "instead (torch.onnx.export)",
      );
    return one.slope ? { ...LINEAR, slope: one.slope } : { activation: one.activation };
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
