// Keras's activations, by their names or as layers, of any version.

import { activation, clipped, hardSigmoid, leaky } from "./activations.js";
import { refusal, shown } from "./refuse.js";

const ALIKE = { silu: "swish", re_lu: "relu", soft_max: "softmax", softmax_v2: "softmax" };

/** A name of an activation, whichever way it was written. */
export function activationName(value, otherwise = "linear") {
  if (value === undefined) return otherwise;
  if (value === null) return "linear";
  // A function of another module is { class_name: "function", config: its name }.
  const own = value.class_name === "function" ? value.config : value.config?.name;
  const name = typeof value === "string" ? value : (own ?? value.class_name ?? value.name);
  const plain = String(name)
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
  return ALIKE[plain] ?? plain;
}

/**
 * What an activation does, step by step: its name, or a layer in the place of one.
 * @param {any} value
 * @param {{ keras: number }} style the major version
 */
export function activationSteps(value, style) {
  const { class_name: kind, config } = value ?? {};
  if (kind !== undefined && kind !== "function" && Object.hasOwn(LAYERS, kind))
    return kindSteps(kind, config ?? {}, style);
  const name = activationName(value);
  if (name === "linear") return [];
  if (name === "leaky_relu") return [leaky(0.2)];
  if (name === "hard_tanh") return clipped(-1, 1);
  // Keras 3's hard sigmoid is clip(x/6 + 1/2), the older one clip(x/5 + 1/2).
  if (name === "hard_sigmoid" && style.keras >= 3) return hardSigmoid(1 / 6);
  return [activation(name)];
}

/** max(x, 0), cut off at a number, or sloped below 0. */
function relu({ max_value: most = null, negative_slope: slope, alpha, threshold }) {
  const below = slope ?? alpha ?? 0;
  if (threshold || (most !== null && below !== 0))
    throw refusal("the Keras model cannot be run here: its layer ReLU has a threshold or two ends");
  if (most !== null) return clipped(0, most);
  return [below === 0 ? activation("relu") : leaky(below)];
}

function elu({ alpha = 1 }) {
  if (Number(alpha) === 1) return [activation("elu")];
  throw refusal(`the Keras model cannot be run here: its layer ELU has the alpha ${shown(alpha)}`);
}

const LAYERS = {
  ReLU: relu,
  ELU: elu,
  LeakyReLU: ({ alpha, negative_slope: slope }) => [leaky(alpha ?? slope ?? 0.3)],
  Softmax: () => [activation("softmax")],
  Activation: (config, style) => activationSteps(config.activation, style),
};

/** What a layer that is an activation does. */
export const kindSteps = (kind, config, style) => LAYERS[kind](config, style);
