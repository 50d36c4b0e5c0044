// The networks that are measured, and what one character costs in them at least.

import { layOut, makeTensors, writeFile } from "./random-model.mjs";

const network = (cell, layers, hidden, size, training, embed = 0) => ({
  name: `${cell.toUpperCase()} ${layers}x${hidden} V=${size}`,
  cell,
  layers,
  hidden,
  vocabulary: Array.from({ length: size }, (_, i) => String.fromCharCode(0x21 + i)),
  training, // { batch, nchars, … } when it is also trained
  embed, // 0: one-hot, as characters are; peers are not measured with words, which are embedded
});

/** As the recipe trains a book. */
const RECIPE = { batch: 8, nchars: 50, dropout: 0.3, weightDrop: 0.2, average: 0.99, embed: 64 };

export const NETWORKS = [
  network("lstm", 1, 128, 84, { batch: 32, nchars: 100 }),
  network("gru", 1, 256, 84),
  network("gru", 1, 192, 84, RECIPE),
  network("lstm", 1, 192, 84, RECIPE),
  network("lstm", 1, 512, 65, { batch: 50, nchars: 100 }),
  network("lstm", 2, 512, 65, { batch: 50, nchars: 100 }),
  network("lstm", 1, 1024, 96),
  network("lstm", 1, 256, 10000, undefined, 128), // as of words
];

/** Those whose generation is measured. */
export const GENERATORS = NETWORKS.filter(({ name }) => !/ 1x(192|512) /.test(name));

const GATES = { gru: 3, lstm: 4 };

/**
 * Weights that are multiplied for one token. The first layer's input is a table, but not that of
 * words.
 */
export function weightsPerCharacter({ cell, layers, hidden, vocabulary, embed }) {
  const rows = GATES[cell] * hidden;
  return rows * (hidden * (2 * layers - 1) + embed) + vocabulary.length * hidden;
}

/** The same weights in every program: { name: { dtype, shape, data } }. */
export function tensorsOf({ cell, layers, hidden, vocabulary, embed }) {
  // About what PyTorch begins with (uniform to 1/sqrt(hidden)), so that no rounding is blown up.
  return makeTensors({
    cell,
    layers,
    hidden,
    vocabulary,
    embed,
    seed: 1,
    spread: 1 / Math.sqrt(hidden),
  });
}

export function modelFile(tensors) {
  const { header, data } = layOut(tensors, { format: "inkling", task: "generator", level: "char" });
  return writeFile(header, data);
}

/** The floats of a tensor. */
export function floatsOf({ data }) {
  return new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}
