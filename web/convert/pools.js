// What a read-out sees of a last recurrent layer's outputs over a text: the ends of its directions,
// their mean and the largest over time, alone or one behind another.

import { zeros } from "./tensor.js";

/**
 * @typedef {"last" | "ends" | "mean" | "max"} Part
 * @typedef {{ parts: Part[], merge: Merge | null }} Reading
 * @typedef {"sum" | "ave" | "forward" | "back"} Merge what both directions become
 */

const WHOLE = ["ends", "mean", "max"];
const MERGES = { sum: [1, 1], ave: [0.5, 0.5], forward: [1, 0], back: [0, 1] };

/** Lists of so many different ones, in every order. */
const orders = (list, count) =>
  count === 0
    ? [[]]
    : list.flatMap((one) =>
        orders(
          list.filter((other) => other !== one),
          count - 1,
        ).map((rest) => [one, ...rest]),
      );

/**
 * The ways in which as many values can be read of a layer.
 * @param {{ hidden: number, reverse: any }} layer @param {number} width of what is read
 * @returns {Reading[]}
 */
export function readings({ hidden, reverse }, width) {
  const found = [];
  const add = (size, merges) => {
    const count = width / size;
    if (!Number.isInteger(count) || count < 1 || count > WHOLE.length) return;
    const alone = count === 1 && reverse ? [["last"]] : [];
    for (const parts of [...orders(WHOLE, count), ...alone])
      for (const merge of merges) found.push({ parts, merge });
  };
  add(reverse ? 2 * hidden : hidden, [null]);
  if (reverse) add(hidden, Object.keys(MERGES));
  return found;
}

/** Both directions of so many parts as one, by a dense layer. @param {Merge} merge */
export function mergedBy(merge, hidden, count = 1) {
  const weight = zeros(count * hidden, 2 * count * hidden);
  for (let r = 0; r < count * hidden; r++) {
    const at = Math.floor(r / hidden) * 2 * hidden + (r % hidden);
    MERGES[merge].forEach((factor, k) => {
      weight.data[r * 2 * count * hidden + at + k * hidden] = factor;
    });
  }
  return { kind: "dense", weight, bias: null, activation: "linear" };
}

/** Of the ends, the mean and the largest those parts that are read, in their order. */
export function selection(parts, width) {
  const weight = zeros(parts.length * width, WHOLE.length * width);
  parts.forEach((part, k) => {
    const from = Math.max(WHOLE.indexOf(part), 0) * width; // of one direction the last is its end
    for (let i = 0; i < width; i++)
      weight.data[(k * width + i) * WHOLE.length * width + from + i] = 1;
  });
  return weight;
}
