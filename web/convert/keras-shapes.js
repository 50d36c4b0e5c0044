// Weights as a list without names, as Keras's model.get_weights() gives them, and as the programs
// of the book Deep Learning from Scratch 2 save theirs: what each is, only the shapes tell.

import { readKeras } from "./keras.js";
import { programIn } from "./program.js";
import { refusal } from "./refuse.js";
import { reorder, transpose } from "./tensor.js";

/**
 * @typedef {{ shape: number[], kind?: string, tensor: () => import("./tensor.js").Tensor }} Listed
 */

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

/** The book's gates f g i o, which stand beside one another in a matrix or a bias, as Keras's. */
function asKeras(weight) {
  const gates = (whole) => reorder(whole, [2, 0, 1, 3]);
  const tensor = () => {
    const whole = weight.tensor();
    return whole.shape.length === 1 ? gates(whole) : transpose(gates(transpose(whole)));
  };
  return { ...weight, tensor };
}

/** Layers of the book: of its LSTM, Keras's. */
function fromBook({ name, weights }) {
  if (weights.length < 3) return { name, weights };
  const [, { shape }] = weights.map(({ tensor }) => tensor());
  if (shape[1] === 3 * shape[0])
    throw refusal(
      "arrays without names, of a GRU: its gates are in an order that only its program says",
    );
  return { name, weights: shape[1] === shape[0] ? weights : weights.map(asKeras) };
}

/**
 * The network of the list, or null.
 * @param {Listed[]} list
 * @param {string} format
 * @param {import("./convert.js").NamedFile[]} files in which its program may be
 */
export function readKerasShapes(list, format, files = []) {
  const found = layersOfShapes(list);
  if (!found) return null;
  const isTold = /\bTimeLSTM\b/.test(programIn(files));
  const isBooks = isTold || list.every(({ kind }) => kind === "f2");
  const network = readKeras({
    topology: null,
    layers: isBooks ? found.map(fromBook) : found,
    version: "2.4.0-tf",
    program: "",
    files: [],
  });
  network.format = `${format} of ${isBooks ? "Deep Learning from Scratch 2" : "Keras"}`;
  if (!isBooks)
    network.notes.push(
      "its gates are taken to be true sigmoids in the order i f g o, as Keras has them from 2.3 on",
    );
  else if (!isTold)
    network.notes.push(
      "its numbers are of 16 bits, and its gates taken to be f g i o, as that book saves them",
    );
  return network;
}
