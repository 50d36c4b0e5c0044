// Keras's weights alone: the layers that their names and shapes tell of.

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

/** Layers as a configuration would list them, from weights alone. */
export function layersOfWeights(layers, version, settings, notes) {
  const used = layers.filter(({ weights }) => weights.length > 0);
  const kinds = used.map(({ name, weights }) => kindOfWeights(name, weights));
  const lastRecurrent = kinds.lastIndexOf("recurrent");
  const averages = kinds.includes("average") || settings !== null;
  const isHard = !averages && hasHardGates(version);
  if (!averages && version === "2.2.4-tf")
    notes.push("its gates are taken to be true sigmoids, as of TensorFlow 2.0: 1.15 had hard ones");
  const recurrent = isHard ? "hard_sigmoid" : "sigmoid";
  const dense = kinds.filter((kind) => kind === "dense").length;
  if (dense > 1) {
    throw refusal(
      "the weights have several dense layers, and what is between them only the configuration tells: " +
        "add the model's JSON (model.to_json()), or save the whole model",
    );
  }
  return used.map(({ name, weights }, i) => {
    const config = { name, activation: "tanh", recurrent_activation: recurrent };
    if (kinds[i] === "recurrent") {
      const sequences = i < lastRecurrent || averages;
      const both =
        weights.length >= 4 && weights.length % 2 === 0 && /backward/.test(weights.at(-1).name);
      const layer = { class_name: "?", config: { ...config, return_sequences: sequences } };
      if (!both) return { class_name: "LSTM", config: { ...layer.config, any: true }, from: null };
      return {
        class_name: "Bidirectional",
        config: {
          name,
          layer: { ...layer, class_name: "LSTM", config: { ...layer.config, any: true } },
        },
        from: null,
      };
    }
    const end = { activation: "softmax" };
    const names = {
      embedding: "Embedding",
      dense: "Dense",
      average: "AttentionWeightedAverage",
      normalisation: "BatchNormalization",
    };
    if (kinds[i] === "dense") end.activation = denseEnd(weights);
    return {
      class_name: names[kinds[i]],
      config: { name, activation: end.activation },
      from: null,
    };
  });
}

const denseEnd = (weights) => (weights[0].tensor().shape[1] === 1 ? "sigmoid" : "softmax");

function kindOfWeights(name, weights) {
  const names = weights.map((w) => w.name).join(" ");
  if (/attention_W/.test(names)) return "average";
  if (/moving_|running_/.test(names)) return "normalisation";
  if (/recurrent_kernel|_U(_|:|$| )/.test(names) || weights.length >= 3) return "recurrent";
  if (/embedding/.test(names) || /embedding/.test(name)) return "embedding";
  if (weights.length <= 2) return "dense";
  throw refusal(`the Keras weights ${shown(name)} belong to no layer known here`);
}
