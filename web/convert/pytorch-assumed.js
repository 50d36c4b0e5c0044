// What is taken of a network whose tensors do not say it, and that it is.

import { decodeText } from "./bytes.js";
import { tensor } from "./tensor.js";
import { pairsOf } from "./vocabulary-read.js";

// As word_language_model and its many heirs name it, or under the name that nn.RNN has for it.
const NOTED = /(?:\brnn_|non_?lin\w{0,12}\W{1,6})(relu|tanh)\b/i;
const SETTINGS = /\.(json|ya?ml|toml|cfg|ini)$/i;

/**
 * By what an nn.RNN squashes, as the settings say that were saved with its weights (`rest`) or lie
 * beside them: "tanh", "relu", or null.
 * @param {Map<string, unknown>} rest @param {{ name: string, bytes: Uint8Array }[]} files
 */
export function notedNonlinearity(rest, files) {
  const open = [{ key: "", value: /** @type {unknown} */ (rest), depth: 0 }];
  while (open.length > 0) {
    const { key, value, depth } = open.pop();
    const found = typeof value === "string" && NOTED.exec(`${key} ${value}`.slice(-60));
    if (found) return found[1].toLowerCase();
    const pairs = typeof value === "object" && depth < 5 ? (pairsOf(value) ?? []) : [];
    if (pairs.length < 500)
      for (const [inner, one] of pairs) open.push({ key: inner, value: one, depth: depth + 1 });
  }
  const isSettings = ({ name, bytes }) => SETTINGS.test(name) && bytes.length <= 2 ** 20;
  const texts = files.filter(isSettings).map(({ bytes }) => decodeText(bytes));
  return texts.map((text) => NOTED.exec(text)?.[1].toLowerCase()).find(Boolean) ?? null;
}

/**
 * A generator may read one token more than it writes: what fills a batch, whose row of the
 * embedding stays zero. Its own tokens are the others.
 */
export function settlePadding(network) {
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
export function sayAssumed(network, reader) {
  const isBoth = network.layers.at(-1).reverse;
  if (reader.isLayers && !reader.chain)
    reader.note("nothing is taken to stand between its layers, which only its program would say");
  if (isBoth && !reader.chain) chooseEnds(network);
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

/**
 * The modules' tensors, of a network that is without its embedding or its read-out because both are
 * one matrix, of which one name was written: what is as wide as the first layer reads and the last
 * one gives.
 */
export function withTied(reader, groups, input, width) {
  const matrices = [...groups].filter(([, group]) => reader.shapeOf(group, "weight")?.length === 2);
  const [[prefix, group] = []] = matrices;
  const [rows, columns] = (group && reader.shapeOf(group, "weight")) ?? [];
  const isEmbedding = /emb|wte|lookup/i.test(prefix ?? "");
  if (matrices.length !== 1 || columns !== width || input !== width) return groups;
  if (!isEmbedding && rows <= input) return groups; // it may read one-hot rows
  const bias = [...groups].find(
    ([other, one]) =>
      other !== prefix && one.size === 1 && reader.shapeOf(one, "bias")?.[0] === rows,
  );
  if (isEmbedding && !bias) return groups; // it may be an encoder
  reader.note("its embedding and its read-out are taken to be one matrix, which stands there once");
  const [at, beside] = bias ?? ["embedding.", new Map()];
  return new Map(groups).set(at, new Map([["weight", group.get("weight")], ...beside]));
}
