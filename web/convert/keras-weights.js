// Keras's weights alone: the layers that their names and shapes tell of.

import { layersInProgram } from "./keras-program.js";
import { refusal, shown } from "./refuse.js";

/**
 * Were hard sigmoids the standard gates? Keras changed to true ones with 2.3, TensorFlow with its
 * 2.0, which calls Keras 2.2.4-tf as 1.13 to 1.15 did.
 */
function hasHardGates(version) {
  const [main, minor, patch = 0] = version.split(/[.-]/).map(Number);
  const isBefore = main < 2 || (main === 2 && minor < 3);
  if (!/-tf$/.test(version)) return version === "" || isBefore;
  return isBefore && (minor < 2 || patch < 4);
}

/** A layer of a program with the name of its weights, and the gates that its version has. */
function withNames(list, used, recurrent) {
  const names = used.map(({ name }) => name);
  const gated = (config) => ({ recurrent_activation: recurrent, ...config });
  const isWeighted = ({ class_name: kind }) =>
    /^(Embedding|Dense|BatchNormalization|Bidirectional|TimeDistributed|.*(LSTM|GRU|RNN))$/.test(
      kind,
    );
  return list.map((layer) => {
    const { class_name: kind, config } = layer;
    const inner = config.layer && { ...config.layer, config: gated(config.layer.config) };
    const name = isWeighted(layer) ? names.shift() : kind;
    const own = inner ? { ...config, layer: inner } : gated(config);
    return { class_name: kind, config: { ...own, name }, from: null };
  });
}

/** Layers as a configuration would list them, from weights alone, or their program beside them. */
export function layersOfWeights(layers, version, settings, notes, files) {
  const used = layers.filter(({ weights }) => weights.length > 0);
  const kinds = used.map(({ name, weights }) => kindOfWeights(name, weights));
  const lastRecurrent = kinds.lastIndexOf("recurrent");
  const averages = kinds.includes("average") || settings !== null;
  const isHard = !averages && hasHardGates(version);
  if (!averages && version === "2.2.4-tf")
    notes.push("its gates are taken to be true sigmoids, as of TensorFlow 2.0: 1.15 had hard ones");
  const recurrent = isHard ? "hard_sigmoid" : "sigmoid";
  const told = averages ? null : layersInProgram(files, kinds);
  if (told) return withNames(told, used, recurrent);
  if (!averages) notes.push("the activations of its layers are taken to be the usual ones");
  const dense = kinds.filter((kind) => kind === "dense").length;
  if (dense > 1) {
    throw refusal(
      "the weights have several dense layers, and what is between them only the configuration tells: " +
        "add the model's JSON (model.to_json()) or its program (.py or .ipynb), or save the whole model",
    );
  }
  const layerOf = ({ name, weights }, i) => {
    if (kinds[i] !== "recurrent") {
      const activation = kinds[i] === "dense" && isOneWide(weights) ? "sigmoid" : "softmax";
      return { class_name: CLASSES[kinds[i]], config: { name, activation } };
    }
    const sequences = i < lastRecurrent || averages;
    const inner = { activation: "tanh", recurrent_activation: recurrent, any: true };
    const layer = { class_name: "LSTM", config: { ...inner, name, return_sequences: sequences } };
    const isBoth =
      weights.length >= 4 && weights.length % 2 === 0 && /backward/.test(weights.at(-1).name);
    return isBoth ? { class_name: "Bidirectional", config: { name, layer } } : layer;
  };
  return used.map((layer, i) => ({ ...layerOf(layer, i), from: null }));
}

const CLASSES = {
  embedding: "Embedding",
  dense: "Dense",
  average: "AttentionWeightedAverage",
  normalisation: "BatchNormalization",
};

const isOneWide = (weights) => weights[0].tensor().shape[1] === 1;

function kindOfWeights(name, weights) {
  const names = weights.map((w) => w.name).join(" ");
  if (/attention_W/.test(names)) return "average";
  if (/moving_|running_/.test(names)) return "normalisation";
  if (/recurrent_kernel|_U(_|:|$| )/.test(names) || weights.length >= 3) return "recurrent";
  if (/embedding/.test(names) || /embedding/.test(name)) return "embedding";
  if (weights.length <= 2) return "dense";
  throw refusal(`the Keras weights ${shown(name)} belong to no layer known here`);
}
