// Keras's weights as a list without names, model.get_weights(): what each is, only the shapes tell.

import { readKeras } from "./keras.js";

/** @typedef {{ shape: number[], tensor: () => import("./tensor.js").Tensor }} Listed */

const CELLS = [1, 3, 4]; // gates

/** Do three matrices make a recurrent layer: kernel, recurrent kernel, bias? */
function isRecurrent([kernel, recurrent, bias]) {
  if (kernel?.length !== 2 || recurrent?.length !== 2 || !bias) return false;
  const [hidden, columns] = recurrent;
  const isOne = bias.length === 1 && (bias[0] === columns || bias[0] === 2 * columns);
  const isTwo = bias.length === 2 && bias[0] === 2 && bias[1] === columns;
  return kernel[1] === columns && CELLS.includes(columns / hidden) && (isOne || isTwo);
}

/** What the layer at a place is, from the shapes from there on; null: none that is known. */
function layerAt(shapes, isFirst) {
  if (isRecurrent(shapes)) {
    const [[input], [hidden]] = shapes;
    const same =
      isRecurrent(shapes.slice(3)) && [0, 1].every((i) => shapes[3 + i][0] === shapes[i][0]);
    const parts = ["kernel", "recurrent_kernel", "bias"];
    // Both directions read the same, and what follows them reads both.
    if (same && (input !== hidden || shapes[6]?.[0] === 2 * hidden))
      return ["forward", "backward"].flatMap((way) => parts.map((part) => `${way}/${part}`));
    return parts;
  }
  const [first, second] = shapes;
  if (first?.length !== 2) return null;
  if (isFirst && second?.length === 2) return ["embeddings"];
  return second?.length === 1 && second[0] === first[1] ? ["kernel", "bias"] : null;
}

/**
 * The layers of the list, or null where its shapes are none that are known.
 * @param {Listed[]} list
 */
function layersOfShapes(list) {
  const layers = [];
  for (let at = 0; at < list.length;) {
    const parts = layerAt(
      list.slice(at, at + 7).map(({ shape }) => shape),
      at === 0,
    );
    if (!parts) return null;
    const name = `layer_${layers.length}`;
    const weights = parts.map((part, i) => ({
      name: `${name}/${part}`,
      tensor: list[at + i].tensor,
    }));
    layers.push({ name, weights });
    at += parts.length;
  }
  return layers.some(({ weights }) => weights.length > 2) ? layers : null;
}

/**
 * The network of the list, or null.
 * @param {Listed[]} list
 * @param {string} format
 */
export function readKerasShapes(list, format) {
  const layers = layersOfShapes(list);
  if (!layers) return null;
  const network = readKeras({
    topology: null,
    layers,
    version: "2.4.0-tf",
    program: "",
    files: [],
  });
  network.format = format;
  network.notes.push("its gates are taken to be true sigmoids, as Keras has them from 2.3 on");
  return network;
}
