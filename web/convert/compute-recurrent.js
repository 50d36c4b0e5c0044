// What PyTorch's own recurrent modules make of values, in a program that is computed.

import { NotKnown, isArr } from "./compute-arrays.js";
import { layerOver, stepOf } from "./compute-network.js";

/**
 * @typedef {import("./compute-arrays.js").Arr} Arr
 * @typedef {{ packed: Arr }} Packed steps first, as pack_padded_sequence() makes them
 * @typedef {{ layers: import("./layers.js").Layer[], isCell: boolean, isLstm: boolean,
 *   isBatchFirst: boolean }} Recurrent
 */

/** The rows of an array whose last axis is what is read. */
const rowsOf = ({ shape, data }) => {
  const width = shape.at(-1);
  return Array.from({ length: data.length / width }, (_, r) =>
    Float64Array.from(data.subarray(r * width, (r + 1) * width)),
  );
};

/** Rows one behind another, as an array of a shape and their width. */
const arrayOf = (arrays, rows, shape) =>
  arrays.arr([...shape, rows[0].length], Float64Array.from(rows.flatMap((row) => [...row])));

/** The states that are given, or zeros: [module's layer and direction][text of the batch] */
function statesIn(given, { layers, isLstm }, batch) {
  const directions = layers.flatMap((layer) => [layer, layer.reverse].filter(Boolean));
  const parts = given === null || given === undefined ? [] : isLstm ? given : [given];
  if (!Array.isArray(parts) || !parts.every(isArr)) throw new NotKnown("a state");
  const rows = parts.map(rowsOf);
  if (rows.some((list) => list.length !== directions.length * batch))
    throw new NotKnown("a state of another size");
  return directions.map(({ hidden }, i) =>
    Array.from({ length: batch }, (_, b) => {
      const [h, c] = rows.map((list) => list[i * batch + b]);
      if (h && h.length !== hidden) throw new NotKnown("a state of another size");
      return { h: h ?? new Float64Array(hidden), c: c ?? new Float64Array(hidden) };
    }),
  );
}

/** nn.LSTMCell and its like: one step. */
function cell(arrays, recurrent, x, state) {
  const rows = rowsOf(x);
  const [from] = statesIn(state, recurrent, rows.length);
  const next = rows.map((row, b) => stepOf(arrays, recurrent.layers[0], row, from[b]));
  const shape = x.shape.slice(0, -1);
  const [h, c] = ["h", "c"].map((part) =>
    arrayOf(
      arrays,
      next.map((one) => one[part]),
      shape,
    ),
  );
  return recurrent.isLstm ? [h, c] : h;
}

/**
 * What a recurrent module gives: its outputs and its state; a cell, its state alone.
 * @param {import("./compute-arrays.js").Arrays} arrays @param {Recurrent} recurrent
 * @param {any} given an array, or what was packed @param {any} [state]
 */
export function recurrent(arrays, recurrent, given, state) {
  const { layers, isCell, isLstm, isBatchFirst } = recurrent;
  const x = given?.packed ?? given;
  if (!isArr(x) || x.shape.at(-1) !== layers[0].input) throw new NotKnown("what a layer reads");
  if (isCell) return cell(arrays, recurrent, x, state);
  const isOne = x.shape.length === 2;
  const turns = isBatchFirst && !isOne && !given.packed;
  const whole = turns ? arrays.swapped(x, 0, 1) : x; // steps first
  const [steps, batch] = isOne ? [whole.shape[0], 1] : whole.shape;
  if (whole.shape.length > 3 || steps === 0) throw new NotKnown("what a layer reads");
  const from = statesIn(state, recurrent, batch);
  const all = rowsOf(whole);
  const outputs = new Array(steps * batch);
  const last = from.map(() => new Array(batch));
  for (let b = 0; b < batch; b++) {
    let rows = Array.from({ length: steps }, (_, t) => all[t * batch + b]);
    let at = 0;
    for (const layer of layers) {
      const begins = from.slice(at, at + (layer.reverse ? 2 : 1)).map((list) => list[b]);
      const found = layerOver(arrays, layer, rows, begins);
      for (const one of found.states) last[at++][b] = one;
      rows = found.outputs;
    }
    rows.forEach((row, t) => (outputs[t * batch + b] = row));
  }
  const out = arrayOf(arrays, outputs, isOne ? [steps] : [steps, batch]);
  const stateOf = (part) =>
    arrayOf(
      arrays,
      last.flatMap((list) => list.map((one) => one[part])),
      isOne ? [last.length] : [last.length, batch],
    );
  const states = isLstm ? [stateOf("h"), stateOf("c")] : stateOf("h");
  if (given.packed) return [{ packed: out }, states];
  return [turns ? arrays.swapped(out, 0, 1) : out, states];
}

/** pack_padded_sequence(), of texts that fill all their steps. @returns {Packed} */
export function packed(arrays, [x, , first], keys) {
  const isFirst = first ?? keys.get("batch_first") ?? false;
  return { packed: isFirst ? arrays.swapped(x, 0, 1) : x };
}

/** pad_packed_sequence(): the steps, and how many there are of each text. */
export function unpacked(arrays, [given, first], keys) {
  const x = given?.packed;
  if (!x) throw new NotKnown("what was not packed");
  const [steps, batch] = x.shape;
  const isFirst = first ?? keys.get("batch_first") ?? false;
  return [isFirst ? arrays.swapped(x, 0, 1) : x, arrays.full([batch], steps)];
}
