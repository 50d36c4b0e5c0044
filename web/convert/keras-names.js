// Keras's layers from variables that only have names: "lstm/lstm_cell/kernel".

import { fileName } from "./refuse.js";

/** A layer's weights in Keras's order, by the last part of their names. */
export const WEIGHTS =
  "embeddings kernel recurrent_kernel bias gamma beta moving_mean moving_variance".split(" ");

const lastOf = (name) => fileName(name).replace(/:0$|_\d+$/, "");

/** Keras's order of a layer's weights, since a list may have another: cell by cell. */
export function inOrder(weights) {
  const scopeOf = (name) => name.split("/").slice(0, -1).join("/");
  const scopes = [...new Set(weights.map(({ name }) => scopeOf(name)))];
  const place = (name) => scopes.indexOf(scopeOf(name)) + (/backward/.test(name) ? 1000 : 0);
  const rank = (name) => WEIGHTS.indexOf(lastOf(name));
  return [...weights].sort((a, b) => place(a.name) - place(b.name) || rank(a.name) - rank(b.name));
}

/**
 * Variables by their layers.
 *
 * @template {{ name: string }} T
 * @param {T[]} weights
 * @param {(name: string) => string} layerOf a variable's name → its layer's
 * @returns {{ name: string, weights: T[] }[]}
 */
export function byLayer(weights, layerOf) {
  const layers = new Map();
  for (const weight of weights) {
    const name = layerOf(weight.name);
    if (!layers.has(name)) layers.set(name, []);
    layers.get(name).push(weight);
  }
  return [...layers].map(([name, own]) => ({ name, weights: inOrder(own) }));
}

const WRAPPED = /^(cell|forward_\w+|backward_\w+|\w+_cell(_\d+)?|layer)$/;

/**
 * The layer of a name: the part that a configuration lists, or everything but the cell and the
 * direction.
 *
 * @param {string} name
 * @param {Set<string>} listed
 */
export function layerOfName(name, listed) {
  const scopes = name.split("/").slice(0, -1);
  const own = scopes.find((scope) => listed.has(scope));
  return own ?? scopes.filter((scope, i) => i === 0 || !WRAPPED.test(scope)).join("/");
}

/** The tokens of StringLookup and TextVectorization, with what they put in front; null: none. */
export function lookedUp(kind, config) {
  const { vocabulary, num_oov_indices: unknown = 1, invert } = config ?? {};
  const list = vocabulary?.config ?? vocabulary?.items ?? vocabulary;
  if (!Array.isArray(list) || !list.every((token) => typeof token === "string")) return null;
  const mask = /Vectorization/.test(kind) ? "" : config.mask_token;
  const front = [...(typeof mask === "string" ? [mask] : []), ...new Array(unknown).fill("[UNK]")];
  return invert || list.includes("[UNK]") ? list : [...front, ...list];
}
