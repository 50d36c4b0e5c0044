// From named tensors, as a state_dict has them, to a network. A prefix is anybody's choice; what a
// tensor is for is told by the end of its name and its shape.

import { fromChainer } from "./chainer.js";
import { fromJax } from "./jax.js";
import { fromPaddle } from "./paddle.js";
import { makeLayer, widthOf } from "./layers.js";
import { compose, rereads } from "./network.js";
import { natural, refusal, shown } from "./refuse.js";
import { withUsualNames } from "./own-cells.js";
import { settledByProgram } from "./own-settled.js";
import { plainSteps } from "./plain-network.js";
import { headSteps } from "./pytorch-head.js";
import { usualVocabulary } from "./pytorch-usual.js";
import { wholeWeights, withoutMemory } from "./pytorch-weights.js";
import { Program, notUnderstood } from "./forward.js";
import { nonlinearity, programIn } from "./program.js";
import { notedNonlinearity, sayAssumed, settlePadding, withTied } from "./pytorch-assumed.js";
import { stepsOf } from "./pytorch-steps.js";
import { expect, sizeOf, tensor, transpose } from "./tensor.js";
import { tutorialSteps } from "./tutorials.js";
import { mayHold, withKey } from "./vocabulary-read.js";

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

// Classes whose working is known without their program.
const LIBRARY = /^(torch|fastai2?)\./;

// A state that was learned to begin with, [layers, 1, H].
const begins = (words) =>
  new RegExp(`(^|\\.)((${words})_?(0|init|start)|(init(ial)?|start|learned)_?(${words}))$`, "i");
const INITIAL = {
  initialH: begins("h|hx|hidden|(hidden_?)?state"),
  initialC: begins("c|cx|cell(_?state)?"),
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
  const { tensors, rest } = found;
  if (rest.get("is_forward_lm") === false)
    throw refusal(
      "a backward language model of flair's, which reads and writes a text from its end: no model here " +
        "does, so take the forward one",
    );
  const renamed = fromChainer(tensors) ?? fromJax(tensors) ?? fromPaddle(tensors, rest);
  found = { ...found, ...renamed };
  const plain = new TensorReader(found);
  const make = (answers, asked) => made(found, answers, asked);
  const isTold = plain.code.size > 0 || /\bdef forward\b/.test(plain.text);
  const { network, reader } = isTold ? settledByProgram(make, plain) : make({}, new Map());
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
  const vocabulary = [...found.rest].filter(isOne).map(withKey);
  const isPlain = reader.recurrent.size === 0;
  let steps = isPlain ? tutorialSteps(reader) : null;
  const own = isPlain && !steps ? withUsualNames(reader) : null;
  if (own) reader = new TensorReader({ ...found, ...own, notes: reader.notes });
  else if (isPlain) steps ??= plainSteps(reader);
  const facts = { format: found.format, vocabulary, named: found.rest, notes: reader.notes };
  const network = compose(steps || reader.steps(), { ...facts, ...reader.facts });
  return { network, reader };
}

const plainPath = (prefix) => shown(prefix.replace(/\.$/, ""));

// Parts of names of layers that read the same text, each its own way.
const DIRECTION =
  /(^|[._])(fwd?|bwd?|forward|backward|left|right|l2r|r2l|ltr|rtl|reverse)([._]|$)|(forward|backward)$/i;

class TensorReader {
  constructor(found) {
    const { tensors, modules, files = [], code = new Map(), cell, notes = [] } = found;
    this.tensors = wholeWeights(withoutMemory(tensors));
    this.modules = modules;
    const own = [...modules.values()].filter(({ type }) => !LIBRARY.test(type?.path ?? ""));
    const sources = own.map(({ type }) => type?.source ?? "");
    this.text = [...sources, programIn(files)].join("\n").trim();
    this.noted = () => notedNonlinearity(found.rest, files); // by what an nn.RNN squashes
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
          hidden: columns,
          input: this.tensors.get(first.get("weight_ih"))?.shape[1],
        };
        return [prefix.replace(/\.$/, ""), shape];
      }),
    );
  }

  /** Its program, with what its modules with weights are. */
  get program() {
    const weights = [...this.groups().keys()].map((prefix) => prefix.replace(/\.$/, ""));
    const { text, code, modules, tensors } = this;
    this.whole ??= new Program(text, code, modules, this.shapes(), weights, tensors);
    return this.whole;
  }

  /**
   * Of several ways of a program, or of one with something not understood, what was answered; null
   * where they are of several classes, which only the person knows.
   */
  chosenWay(ways) {
    if (ways.some(({ name, root }) => name !== ways[0].name || root !== ways[0].root)) return null;
    const options = [...ways.keys()];
    const usual = () => {
      if (ways.length > 1) return null;
      throw notUnderstood(ways[0]);
    };
    const found = ways.length > 1 ? this.answer("way", options, usual) : 0;
    return found === null ? null : ways[found];
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

  /** Does an nn.RNN squash by ReLU, as its module says, what was saved with it, or its program? */
  isRelu({ module, by }) {
    const own = module?.state?.get("nonlinearity") ?? module?.state?.get("mode");
    const told = own ?? by ?? this.noted();
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
    this.chain = this.isLayers ? this.program.chain((ways) => this.chosenWay(ways)) : null;
    if (this.chain) return stepsOf(this, this.followed(this.chain));
    const layers = this.withInitial(this.layers());
    const last = layers.at(-1);
    const groups = withTied(this, this.groups(), layers[0].input, widthOf(last));
    /** @type {object[]} */
    const steps = [];
    steps.push({ kind: "embedding", table: this.takeTable(groups, layers[0].input) });
    layers.forEach((layer, i) =>
      steps.push({ kind: "recurrent", layer, sequences: i < layers.length - 1 }),
    );
    return steps.concat(headSteps(this, groups, widthOf(last)));
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
      xLSTM: /(^|[._])[ms]lstm/,
      QRNN: /\.layers\.\d+\.linear\.weight$/,
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
}
