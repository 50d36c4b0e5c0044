// How the layers of a functional Keras model read one another: which each reads, the branches that
// are known, and that all else is a chain.

import { refusal, shown } from "./refuse.js";

/** The names of the layers that a layer of a functional model reads; null in a sequential one. */
export function inboundOf({ inbound_nodes: nodes }) {
  if (!Array.isArray(nodes)) return null;
  const found = new Set();
  const walk = (value, depth) => {
    if (depth > 8 || value === null || typeof value !== "object") return;
    if (Array.isArray(value.keras_history)) found.add(value.keras_history[0]);
    else if (Array.isArray(value) && typeof value[0] === "string" && typeof value[1] === "number")
      found.add(value[0]);
    else for (const inner of Object.values(value)) walk(inner, depth + 1);
  };
  walk(nodes, 0);
  return [...found];
}

/** Layers without the inputs that only give recurrent layers the states that they begin in. */
export function withoutStates(layers, notes, isRecurrent) {
  const isState = ({ class_name: kind, config: { name } }) => {
    const readers = layers.filter(({ from }) => from?.includes(name));
    const isBeside = ({ class_name: reader, from }) =>
      isRecurrent(reader) && from.length > 1 && from[0] !== name;
    return kind === "InputLayer" && readers.length > 0 && readers.every(isBeside);
  };
  const states = new Set(layers.filter(isState).map(({ config }) => config.name));
  if (states.size === 0) return layers;
  notes.push("its states, which are inputs, begin as zeros");
  return layers
    .filter(({ config }) => !states.has(config.name))
    .map((layer) => ({ ...layer, from: layer.from?.filter((name) => !states.has(name)) ?? null }));
}

/**
 * Every layer of a functional model must read the one before it; textgenrnn's average reads all.
 * What is said of the first that does not; null: there is none.
 */
export function branchIn(layers) {
  const averages = layers.some(({ class_name: kind }) => kind === "AttentionWeightedAverage");
  const readsOf = ({ from }) =>
    from.filter((one) => layers.some(({ config }) => config.name === one));
  const at = layers.findIndex((layer, i) => {
    if (layer.from === null || (layer.class_name === "Concatenate" && averages)) return false;
    const [first, ...more] = readsOf(layer);
    return more.length > 0 || first !== (i > 0 ? layers[i - 1].config.name : undefined);
  });
  if (at < 0) return null;
  const reads = readsOf(layers[at]);
  return refusal(
    reads.length === 0
      ? "the Keras model has several inputs, an encoder's and a decoder's it seems: only a chain of layers " +
          "that goes on with a text opens here"
      : `the Keras model branches at ${shown(layers[at].config.name)}, which reads ` +
          `${reads.map(shown).join(" and ")}: it is no chain of layers`,
  );
}

const POOLS = {
  GlobalMaxPooling1D: "max",
  GlobalMaxPool1D: "max",
  GlobalAveragePooling1D: "mean",
  GlobalAveragePool1D: "mean",
};

/**
 * What a layer takes of the steps that it reads: "max", "mean" or "last"; null: something else.
 * @returns {"max" | "mean" | "last" | null}
 */
export function pooledBy({ class_name: kind, config, nodes }) {
  if (Object.hasOwn(POOLS, kind)) return POOLS[kind];
  const isItem =
    kind === "GetItem" ||
    (kind === "SlicingOpLambda" && /getitem/.test(config.function?.config ?? config.function));
  return isItem && isLast(nodes) ? "last" : null;
}

/** Is what a layer is called with, beside the steps, [:, -1] or [:, -1, :]? */
function isLast(nodes) {
  const isAll = (one) =>
    one !== null &&
    typeof one === "object" &&
    ["start", "stop", "step"].every((key) => ((one.config ?? one)[key] ?? null) === null) &&
    (one.class_name === "__slice__" || Object.hasOwn(one, "start"));
  const listOf = (one) => one?.config?.value ?? one?.items ?? one;
  const find = (value, depth = 0) => {
    const list = listOf(value);
    if (Array.isArray(list) && list.length > 1 && isAll(list[0])) return list;
    if (depth > 8 || value === null || typeof value !== "object") return null;
    return Object.values(value).reduce((found, one) => found ?? find(one, depth + 1), null);
  };
  const [, at, ...more] = find(nodes) ?? [];
  return at === -1 && more.length < 2 && more.every(isAll);
}

/** Pools of the same steps that are joined become one layer, "Pools", with their parts. */
export function withPools(layers) {
  const named = new Map(layers.map((layer) => [layer.config.name, layer]));
  const gone = new Set();
  const joined = layers.map((layer) => {
    const parts = (layer.from ?? []).map((name) => named.get(name));
    const [first] = parts;
    const isPools =
      layer.class_name === "Concatenate" &&
      parts.length > 1 &&
      [-1, 1, undefined].includes(layer.config.axis) &&
      parts.every((one) => one && pooledBy(one) && one.from?.length === 1) &&
      parts.every(({ from }) => from[0] === first.from[0]);
    if (!isPools) return layer;
    parts.forEach((one) => gone.add(one));
    const config = { name: layer.config.name, parts: parts.map(pooledBy) };
    return { class_name: "Pools", config, from: first.from, nodes: null };
  });
  return joined.filter((layer) => !gone.has(layer));
}
