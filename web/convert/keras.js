// What a Keras model says of itself, from wherever its configuration and weights were read: an
// HDF5 file, a .keras archive, TF.js. Without a configuration the weights' shapes and names tell
// as much.

import { parseJson } from "./bytes.js";
import { activationSteps, kindSteps } from "./keras-activations.js";
import { lookedUp } from "./keras-names.js";
import { recurrentLayer } from "./keras-recurrent.js";
import { layersOfWeights } from "./keras-weights.js";
import { branchIn, inboundOf, pooledBy, withoutStates, withPools } from "./keras-branches.js";
import { leaky, line, normalised } from "./activations.js";
import { compose } from "./network.js";
import { mergedBy } from "./pools.js";
import { programIn } from "./program.js";
import { refusal, shown } from "./refuse.js";
import { expect, tensor, transpose } from "./tensor.js";

/**
 * @typedef {{ name: string, tensor: () => import("./tensor.js").Tensor }} Weight
 * @typedef {{ name: string, weights: Weight[] }} LayerWeights
 */

const WITHOUT_EFFECT = new RegExp(
  "^(InputLayer|(Spatial)?Dropout(1D)?|Gaussian(Noise|Dropout)|AlphaDropout|ActivityRegularization|" +
    "Concatenate|Masking|Identity)$",
);

// Why a model with such a layer cannot be run, what says most of it first.
const WHY_NOT = {
  Attention: "it has an attention layer",
  AdditiveAttention: "it has an attention layer",
  MultiHeadAttention: "it has layers of attention, as a transformer",
  Dot: "it attends over what its layers give, by products of them (Dot)",
  Multiply: "it multiplies what several layers give, as attention and gates do",
  Add: "it adds what several layers give, a residual connection",
  Average: "it averages what several layers give",
  LayerNormalization: "it has layer normalisation",
  Conv1D: "it has a convolution over the text",
  RepeatVector: "it is an encoder and decoder, trained on pairs",
  Permute: "it attends over time with a permuted layer",
  Lambda: "it has a Lambda layer, whose Python code this cannot know",
  Flatten: "its dense layer reads a whole window of outputs at once",
};

// padding="post" and padding_type = 'post'
const FILLS_BEHIND = /\bpadding(_type)?\s*=\s*["']post["']/;

/** The first reason why some of the layers cannot be run, or undefined. */
const whyNot = (layers) =>
  Object.entries(WHY_NOT).find(([kind]) => layers.some((one) => one.class_name === kind))?.[1];

/** Is a layer a model of its own? */
export const isModel = ({ class_name: kind }) =>
  ["Sequential", "Model", "Functional"].includes(kind);

/** The layers that a model lists, models among them. */
export function listedLayers(topology) {
  const root = topology.model_config ?? topology;
  const inner = Array.isArray(root.config) ? root.config : root.config?.layers;
  if (!Array.isArray(inner) || inner.length > 1000)
    throw refusal("the Keras configuration lists no layers");
  for (const layer of inner)
    if (!layer?.class_name || !layer.config) throw refusal("the Keras configuration is damaged");
  return inner;
}

/** Layers of a model inside a model in its place; names are unique in Keras. */
function layerConfigs(topology) {
  return listedLayers(topology).flatMap((layer) => {
    if (isModel(layer)) return layerConfigs(layer);
    const name = layer.config.name ?? layer.name;
    return [
      {
        class_name: layer.class_name,
        config: { ...layer.config, name },
        from: inboundOf(layer),
        nodes: layer.inbound_nodes,
        built: builtWith(layer),
      },
    ];
  });
}

/** What Keras 3 notes that a layer was built with, if a length is in it: [batch, length, units]. */
function builtWith({ class_name: kind, build_config: config }) {
  const shape = config?.input_shape;
  return Array.isArray(shape) && (kind === "Embedding" || shape.length === 3) ? shape : null;
}

/** Is a number that a configuration gives a length that a window may have? */
const isWindow = (length) => Number.isInteger(length) && length > 0 && length <= 65536;

const major = (version) => Number(version.match(/^(\d+)/)?.[1] ?? 1);

/**
 * The network of a Keras model.
 * @param {{ topology: ?object, layers: LayerWeights[], version: string, program: string,
 *   files: import("./convert.js").NamedFile[] }} source version "": before 1.0 or unknown
 */
export function readKeras({ topology, layers, version, program, files }) {
  const settings = textgenrnnSettings(files);
  const facts = { format: formatName(program, version, topology, settings), notes: [] };
  const list = topology
    ? withPools(withoutStates(layerConfigs(topology), facts.notes, isRecurrent))
    : layersOfWeights(layers, version, settings, facts.notes, files);
  const odd = topology ? branchIn(list) : null;
  const why = odd && whyNot(list);
  if (odd) throw why ? cannot(why) : odd;
  const reader = new KerasReader(list, layers, version, facts);
  const steps = list.flatMap((layer, i) => reader.step(layer, i));
  if (settings) Object.assign(facts, settings.facts);
  const network = compose(steps, facts);
  if (network.padsLeft && (reader.fillsBehind || FILLS_BEHIND.test(programIn(files)))) {
    network.padsLeft = false;
    network.notes.push(
      "its short texts were filled behind (padding='post'), which is not done here: they are read as " +
        "they are",
    );
  }
  if (network.fed === "scalar")
    network.notes.push("its input is taken to be id ÷ size of the vocabulary");
  return network;
}

function formatName(program, version, topology, settings) {
  if (settings) return `textgenrnn${version ? ` (Keras ${version})` : ""}`;
  if (!program) return version;
  const isTf = /-tf$/.test(version);
  const numbered = version.replace(/-tf$/, "");
  const name = program === "Keras" && isTf ? "tf.keras" : program;
  return `${name}${numbered ? ` ${numbered}` : ""}${topology ? "" : " weights"}`;
}

/** textgenrnn keeps sizes in NAME_config.json; its standard is in its own source. */
function textgenrnnSettings(files) {
  for (const { name, bytes } of files) {
    const json =
      /config[^/]*\.json$/i.test(name) && bytes.length < 2 ** 20 ? parseJson(bytes) : null;
    if (!json || json.rnn_layers === undefined) continue;
    return {
      facts: {
        window: isWindow(json.max_length) ? json.max_length : 40,
        level: json.word_level ? "word" : "char",
        padsLeft: true,
        onlyStartsAndEnds: true,
      },
    };
  }
  return null;
}

const cannot = (why) => refusal(`the Keras model cannot be run here: ${why}`);

class KerasReader {
  constructor(list, layers, version, facts) {
    this.list = list;
    this.layers = layers;
    this.version = version;
    this.facts = facts;
    this.ended = false; // does only a last output come, no sequence?
    this.length = 0; // of the windows that it was built for
    this.fillsBehind = false; // short texts, by a layer of its own
  }

  weightsOf(name) {
    const own = this.layers.find((layer) => layer.name === name);
    if (own) return own.weights;
    // Of a model inside the model: its group holds the weights of all its layers.
    return this.layers
      .flatMap(({ weights }) => weights)
      .filter((w) => w.name.startsWith(`${name}/`));
  }

  tensors(name) {
    const found = this.weightsOf(name).filter(
      (w) => !/seed_generator|count(er)?(:0)?$/.test(w.name),
    );
    return found.map((w) => ({ name: w.name.replace(/:0$/, ""), ...w.tensor() }));
  }

  step(layer, i) {
    const { class_name: kind, config } = layer;
    this.noteShape(config, kind, layer.built);
    if (WITHOUT_EFFECT.test(kind)) {
      if (kind === "Masking") this.facts.masksZero = false; // no token is fed as nothing
      return [];
    }
    if (kind === "TimeDistributed" || kind === "TimeDistributedDense")
      return this.timeDistributed(layer, i);
    const make = this[KINDS[kind]];
    if (!make || !Object.hasOwn(KINDS, kind)) {
      throw cannot(WHY_NOT[kind] ?? `its layer ${shown(kind)} is none of a recurrent text model`);
    }
    return make.call(this, config, kind, i);
  }

  noteShape(config, kind, built) {
    const shape = config.batch_input_shape ?? config.batch_shape ?? config.batch_shape_ ?? built;
    if (Array.isArray(shape?.[0])) return; // several inputs, which the chain has refused
    const length = shape?.[1] ?? config.input_length;
    if (isWindow(length) && !this.length && kind !== "Dense") this.length = length;
  }

  timeDistributed({ class_name: kind, config }, i) {
    if (kind === "TimeDistributedDense") return this.dense(config);
    const inner = config.layer;
    if (!inner?.class_name) throw refusal("the Keras configuration is damaged");
    return this.step(
      { class_name: inner.class_name, config: { ...inner.config, name: config.name } },
      i,
    );
  }

  embedding(config) {
    const [table] = this.tensors(config.name);
    this.facts.masksZero = config.mask_zero === true;
    this.isTokens = true;
    return [{ kind: "embedding", table: expect(table, [-1, -1], config.name) }];
  }

  recurrent(config, kind, i) {
    const weights = this.tensors(config.name);
    const layer = recurrentLayer(kind, config, weights, this.style);
    return this.recurrentStep(layer, config, i);
  }

  get style() {
    return { keras: major(this.version) };
  }

  recurrentStep(layer, config, i) {
    const sequences = config.return_sequences === true;
    this.ended = !sequences;
    if (config.go_backwards) {
      if (sequences || i !== this.firstRecurrent)
        throw refusal("only a single recurrent layer may go backwards");
      this.facts.reversed = true;
    }
    if (!sequences && !config.stateful) this.noteWindow();
    return [{ kind: "recurrent", layer, sequences }];
  }

  noteWindow() {
    this.facts.padsLeft = this.isTokens === true;
    if (this.length > 1) this.facts.window = this.length;
  }

  get firstRecurrent() {
    return this.list.findIndex(({ class_name: kind }) => isRecurrent(kind));
  }

  bidirectional(config, _, i) {
    const { config: inner } = config.layer;
    const weights = this.tensors(config.name);
    const half = weights.length / 2;
    const one = (list, { class_name: kind, config: own } = config.layer) =>
      recurrentLayer(kind, own, list, this.style);
    const mode = config.merge_mode === undefined ? "concat" : config.merge_mode;
    if (!["concat", "sum", "ave"].includes(mode)) {
      const why =
        mode === "mul" ? "multiplied, which is no dense layer" : `joined by ${shown(mode)}`;
      throw refusal(`the ends of a bidirectional layer are ${why}`);
    }
    const reverse = one(weights.slice(half), config.backward_layer ?? undefined);
    const layer = { ...one(weights.slice(0, half)), reverse };
    if (layer.cell !== reverse.cell) throw cannot("its two directions are different cells");
    if (inner.go_backwards) throw cannot("the first of its two directions goes backwards");
    const steps = this.recurrentStep(layer, inner, i);
    if (this.length > 1) this.facts.window = this.length;
    return mode === "concat" ? steps : [...steps, mergedBy(mode, layer.hidden)];
  }

  /** RNN(cell) and RNN([cell, cell]) */
  cells(config, _, i) {
    const { class_name: kind, config: inner } = config.cell ?? {};
    const cells = kind === "StackedRNNCells" ? inner.cells : [config.cell];
    const weights = this.tensors(config.name);
    const each = weights.length / cells.length;
    return cells.flatMap(({ class_name: cell, config: own }, k) => {
      const layer = recurrentLayer(
        cell.replace(/Cell$/, ""),
        own,
        weights.slice(k * each, (k + 1) * each),
        this.style,
      );
      const sequences = k < cells.length - 1 || config.return_sequences;
      return this.recurrentStep(layer, { ...config, return_sequences: sequences }, i);
    });
  }

  dense(config) {
    const [kernel, bias] = this.tensors(config.name);
    expect(kernel, [-1, -1], `${config.name}/kernel`);
    if (bias) expect(bias, [kernel.shape[1]], `${config.name}/bias`);
    const step = { kind: "dense", weight: transpose(kernel), bias: bias ?? null };
    return [step, ...activationSteps(config.activation, this.style)];
  }

  activation(config, kind) {
    if (kind === "Activation") return activationSteps(config.activation, this.style);
    return kindSteps(kind, config, this.style);
  }

  /** What only turns the shape of a layer's last output, [n], leaves it as it is. */
  shape({ target_shape: target }, kind) {
    if (this.ended && (target ?? [0]).length === 1) return [];
    throw cannot(WHY_NOT[kind] ?? `its layer ${kind} cuts a window of outputs up`);
  }

  rescaling({ scale = 1, offset = 0 }) {
    if (![scale, offset].every(Number.isFinite)) throw cannot("its layer Rescaling has no number");
    return [line(scale, offset)];
  }

  /** With its running statistics, normalisation is a scale and a shift. */
  normalisation(config) {
    const found = this.tensors(config.name);
    const stats = found.slice(-2);
    if (stats.length < 2) throw refusal("the weights of a BatchNormalization are missing");
    const own = found.slice(0, -2);
    const gamma = config.scale === false ? null : own.shift();
    const beta = config.center === false ? null : own.shift();
    const [mean, variance] = stats;
    const epsilon = config.epsilon ?? 1e-3;
    const scale = mean.data.map(
      (_, i) => (gamma ? gamma.data[i] : 1) / Math.sqrt(variance.data[i] + epsilon),
    );
    return [normalised(mean.data, scale, beta?.data)];
  }

  pooling(config, kind, i) {
    const parts = config.parts ?? [pooledBy(this.list[i])];
    if (!parts[0]) throw cannot(`its layer ${shown(kind)} takes other steps than the last`);
    this.ended = true;
    this.noteWindow();
    return [{ kind: "pools", parts }];
  }

  /** One slope below 0 a unit, for all steps. */
  slopes(config) {
    const [alpha] = this.tensors(config.name);
    if (alpha?.data.length !== alpha?.shape.at(-1))
      throw cannot("its layer PReLU has other slopes at every step");
    return [leaky([...alpha.data])];
  }

  average(config) {
    const [weight] = this.tensors(config.name);
    expect(weight, [-1, 1], "attention");
    Object.assign(this.facts, { padsLeft: true, onlyStartsAndEnds: true });
    this.facts.window ||= this.length || 40;
    return [{ kind: "attention", weight: tensor([weight.shape[0]], weight.data) }];
  }

  vectorization(config, kind) {
    this.facts.vocabulary ??= lookedUp(kind, config) ?? undefined;
    this.fillsBehind ||= isWindow(config.output_sequence_length);
    return [];
  }
}

const isRecurrent = (kind) => KINDS[kind] === "recurrent";

/** The methods that read Keras's layers, by the names of their classes. */
const METHODS = {
  embedding: "Embedding",
  recurrent: "SimpleRNN GRU LSTM CuDNNGRU CuDNNLSTM GRUV2 LSTMV2",
  bidirectional: "Bidirectional",
  cells: "RNN",
  dense: "Dense",
  activation: "Activation Softmax ReLU ELU LeakyReLU",
  shape: "Flatten Reshape",
  rescaling: "Rescaling",
  normalisation: "BatchNormalization BatchNormalizationV1",
  pooling:
    "GlobalMaxPooling1D GlobalAveragePooling1D GlobalMaxPool1D GlobalAveragePool1D Pools GetItem " +
    "SlicingOpLambda",
  slopes: "PReLU",
  average: "AttentionWeightedAverage",
  vectorization: "TextVectorization StringLookup",
};
const KINDS = Object.fromEntries(
  Object.entries(METHODS).flatMap(([method, kinds]) => kinds.split(" ").map((k) => [k, method])),
);
