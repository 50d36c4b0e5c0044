// The layers of a Keras model whose weights alone were saved, as the program beside them makes
// them: model.add(LSTM(128)), Sequential([…]), Dense(5)(x). It is read, never run.

import { programIn } from "./program.js";
import { bodyOf, statementsIn } from "./python.js";

const RECURRENT = /^((CuDNN)?(LSTM|GRU)|SimpleRNN)$/;
const WRAPPER = /^(Bidirectional|TimeDistributed)$/;
const LAYER = new RegExp(
  `${RECURRENT.source}|${WRAPPER.source}|1D$|^(Embedding|Dense|Activation|Softmax|BatchNormalization|` +
    "(Leaky|P)?ReLU|ELU|Dropout|Masking|Flatten|Reshape|Permute|Lambda|RepeatVector|Attention|Dot|" +
    "MultiHeadAttention|AdditiveAttention|LayerNormalization|Multiply|Add|Average|Concatenate)$",
);

// What stands first in a call, and second.
const FIRST = { Activation: "activation", LeakyReLU: "alpha", Masking: "mask_value" };
const SECOND = /^(Dense|(CuDNN)?(LSTM|GRU)|SimpleRNN)$/;

const nameOf = ({ kind, name }) => (kind === "name" || kind === "attribute" ? name : undefined);

/** A value as a configuration has it; undefined: only a run of the program says it. */
function valueOf(one) {
  if (one.kind === "number" || one.kind === "text") return one.value;
  if (one.kind === "name") return { True: true, False: false, None: null }[one.name];
  return one.kind === "attribute" ? one.name : undefined; // tf.nn.relu
}

/** A call as a layer of a configuration. @returns {{ class_name: string, config: any }} */
function layerOf({ of, args, keys }) {
  const kind = nameOf(of);
  const config = {};
  if (WRAPPER.test(kind) && args[0]?.kind === "call") config.layer = layerOf(args[0]);
  if (FIRST[kind] && args[0]) config[FIRST[kind]] = valueOf(args[0]);
  if (SECOND.test(kind) && args[1]) config.activation = valueOf(args[1]);
  for (const [key, value] of keys) config[key] = valueOf(value);
  return { class_name: kind, config };
}

/** The calls of layers in an expression, in the order in which a text goes through them. */
function* layersIn(one) {
  if (one?.kind !== "call") {
    for (const item of one?.items ?? []) yield* layersIn(item);
    return;
  }
  const isLayer = LAYER.test(nameOf(one.of) ?? "");
  if (!isLayer) for (const part of one.args) yield* layersIn(part);
  if (isLayer) yield layerOf(one);
  else if (one.of.kind === "call") yield* layersIn(one.of);
}

const kindOf = ({ class_name: kind, config: { layer } }) => {
  const own = kind === "TimeDistributed" ? layer?.class_name : kind;
  if (RECURRENT.test(own) || own === "Bidirectional") return "recurrent";
  return { Embedding: "embedding", Dense: "dense", BatchNormalization: "normalisation" }[own];
};

const TELLS = /activation|^(return_sequences|go_backwards|merge_mode|mask_zero|alpha|axis)$/;

const isKnown = ({ config }) =>
  Object.entries(config).every(([key, value]) => value !== undefined || !TELLS.test(key)) &&
  (!config.layer || isKnown(config.layer));

/**
 * The layers in a program beside the weights whose weights are of these kinds, in their order;
 * null: there are none, or they may be any of several.
 * @param {import("./convert.js").NamedFile[]} files @param {string[]} kinds
 */
export function layersInProgram(files, kinds) {
  const all = [...statementsIn(bodyOf(programIn(files)))].flatMap(({ value }) => [
    ...layersIn(value),
  ]);
  const found = new Map();
  for (let from = 0; from < all.length; from++) {
    const list = [];
    const left = [...kinds];
    for (const layer of all.slice(from)) {
      const kind = kindOf(layer);
      if (kind && kind !== left.shift()) break;
      list.push(layer);
    }
    if (left.length === 0 && kindOf(list[0])) found.set(JSON.stringify(list), list);
  }
  const [only] = found.values();
  return found.size === 1 && only.every(isKnown) ? only : null;
}
