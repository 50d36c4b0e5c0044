// Lasagne's get_all_param_values(), a list without names: what each is, the order and the shapes
// tell. A gate is a matrix for the input, one for the state and a bias, of x W. An LSTM has i f g
// o, its peepholes if it has any, and the states that it begins in; a GRU z r n and one state, and
// its z says how much of the new state is new.

import { makeLayer } from "./layers.js";
import { compose } from "./network.js";
import { negated, stack, tensor, transpose } from "./tensor.js";

/** @typedef {{ shape: number[], tensor: () => import("./tensor.js").Tensor }} Listed */

const is = (one, ...shape) => String(one?.shape) === String(shape);

/** [inputs, units] of the gate that begins at a place, or null. @param {Listed[]} list */
function gateAt(list, at) {
  const [inputs, units] = list[at]?.shape.length === 2 ? list[at].shape : [];
  return units > 1 && is(list[at + 1], units, units) && is(list[at + 2], units)
    ? [inputs, units]
    : null;
}

/** How many gates in a row from a place on are of one shape. */
function gatesAt(list, at) {
  const first = String(gateAt(list, at));
  let count = 0;
  while (count < 4 && String(gateAt(list, at + 3 * count)) === first) count++;
  return count;
}

/** The layer that begins at a place: { layer(), end }, or null. */
function layerAt(list, at) {
  const [, units] = gateAt(list, at) ?? [];
  if (!units) return null;
  const count = gatesAt(list, at);
  if (count === 4) {
    const behind = at + 12;
    const hasPeepholes = [0, 1, 2].every((k) => is(list[behind + k], units));
    const from = behind + (hasPeepholes ? 3 : 0);
    if (is(list[from], 1, units) && is(list[from + 1], 1, units))
      return { layer: () => lstm(list, at, hasPeepholes), end: from + 2 };
  }
  return count >= 3 && is(list[at + 9], 1, units)
    ? { layer: () => gru(list, at), end: at + 10 }
    : null;
}

/** The gates at these places as one: what reads the input, the state, and the bias. */
function joined(list, places, change = (one) => one) {
  const all = (read) => stack(places.map((at, g) => change(read(at), g)));
  return {
    weightIh: all((at) => transpose(list[at].tensor())),
    weightHh: all((at) => transpose(list[at + 1].tensor())),
    biasIh: all((at) => list[at + 2].tensor()),
  };
}

/** The state a text begins in; null where it is zero. */
function initial({ tensor: read }) {
  const { data } = read();
  return data.some((x) => x !== 0) ? tensor([data.length], data) : null;
}

function lstm(list, at, hasPeepholes) {
  const behind = at + 12;
  const from = behind + (hasPeepholes ? 3 : 0);
  const peepholes = [0, 1, 2].map((k) => list[behind + k]);
  return makeLayer("LSTMLayer", {
    cell: hasPeepholes ? "lstm-peephole" : "lstm",
    ...joined(list, [at, at + 3, at + 6, at + 9]),
    peephole: hasPeepholes ? stack(peepholes.map((one) => one.tensor())) : null,
    initialC: initial(list[from]),
    initialH: initial(list[from + 1]),
  });
}

function gru(list, at) {
  const places = [at + 3, at, at + 6]; // r z n
  return makeLayer("GRULayer", {
    cell: "gru",
    ...joined(list, places, (one, g) => (g === 1 ? negated(one) : one)),
    initialH: initial(list[at + 9]),
  });
}

/**
 * The network of the list, or null where it is none of Lasagne's.
 * @param {Listed[]} list
 * @param {string} format
 */
export function readLasagne(list, format) {
  let at = gateAt(list, 0) ? 0 : 1;
  const hasTable = at === 1 && gateAt(list, 1)?.[0] === list[0].shape[1];
  if (at === 1 && !hasTable) return null;
  const layers = [];
  for (let found; (found = layerAt(list, at)); at = found.end) layers.push(found.layer);
  const [out, bias] = list.slice(at);
  const isEnd = list.length === at + 2 && out.shape.length === 2 && is(bias, out.shape[1]);
  if (layers.length === 0 || !isEnd) return null;
  const table = hasTable ? list[0].tensor() : null;
  return compose(
    [
      { kind: "embedding", table },
      ...layers.map((layer) => ({ kind: "recurrent", layer: layer(), sequences: true })),
      { kind: "dense", weight: transpose(out.tensor()), bias: bias.tensor() },
    ],
    { format, notes: ["its layers are taken to have Lasagne's own activations"] },
  );
}
