// The logits that a program gives of some tokens, in every way in which its network can be called.

import { NotKnown, isArr } from "./compute-arrays.js";
import { Given, Machine } from "./compute.js";
import { Network } from "./compute-modules.js";

/**
 * @typedef {{ classes: Map<string, any>, tensorOf: (name: string) => any, names: string[],
 *   modules: Map<string, any>, sizesAt: (path: string) => any,
 *   recurrentAt: (path: string, by?: string) => any, arrays: import("./compute-arrays.js").Arrays,
 *   inputs: number, outputs: number, hidden: number, states: number[] }} Found states: how many
 *   its recurrent modules have, of all layers and directions
 */

/** The last rows of what a network gives that are as wide as its outputs. */
function* rowsIn(value, outputs, depth = 0) {
  const list = value instanceof Map ? [...value.values()] : value;
  if (Array.isArray(list)) {
    if (depth < 3) for (const one of list) yield* rowsIn(one, outputs, depth + 1);
    return;
  }
  if (!isArr(list)) return;
  const { shape, data } = list;
  if ((shape.at(-1) ?? 1) === outputs && data.length > 0) yield data.slice(-outputs);
  // Units in the axis in the middle, as a loss over all steps wants them.
  const [, units, steps] = shape;
  if (shape.length === 3 && units === outputs)
    yield Float64Array.from({ length: outputs }, (_, i) => data.at((i - outputs + 1) * steps - 1));
}

/** Tokens as a network may be given them. @param {Found} found */
function* waysOf(ids, { inputs, arrays }) {
  const T = ids.length;
  const shaped = (one, ...shape) => arrays.arr(shape, one.data);
  const list = arrays.arr([T], Float64Array.from(ids));
  for (const shape of [[1, T], [T, 1], [T]]) yield { all: shaped(list, ...shape), steps: T };
  const rows = arrays.oneHot(list, inputs);
  for (const shape of [[1, T], [T, 1], [T]])
    yield { all: shaped(rows, ...shape, inputs), steps: T };
  const single = ids.map((id) => arrays.arr([1], Float64Array.of(id)));
  const alone = single.map((one) => arrays.oneHot(one, inputs));
  yield { each: single, steps: 1 };
  yield { each: single.map((one) => shaped(one, 1, 1)), steps: 1 };
  yield { each: alone, steps: 1 };
  yield { each: alone.map((one) => shaped(one, 1, 1, inputs)), steps: 1 };
  // Twice the same text: some squeeze the axis of a batch of one.
  yield { all: arrays.joined([shaped(list, 1, T), shaped(list, 1, T)], 0), steps: T };
  yield { all: arrays.joined([shaped(list, T, 1), shaped(list, T, 1)], 1), steps: T };
}

const STATES = ["init_hidden", "initHidden", "init_state", "init_zero_hidden", "begin_state"];
const LENGTHS = /len/i;
const MASKS = /mask/i;

/**
 * What a forward() may be given besides its tokens: lengths, masks, and the states that it begins
 * in, which its class makes, or zeros, or nothing. @returns {(() => any[])[]}
 */
function othersOf(machine, self, method, { all: ids, steps }, { hidden, states, arrays }) {
  const { network } = machine;
  const params = method.params.slice(2);
  const needed = params.filter(({ fallback }) => !fallback);
  const isTold = ({ name }) => LENGTHS.test(name) || MASKS.test(name);
  const told = ({ name }) =>
    MASKS.test(name) && ids ? arrays.full(ids.shape, 1) : arrays.full([1], steps);
  const own = STATES.map((name) => network.methodOf(network.classOf(self), name)).find(Boolean);
  const open = needed.filter((one) => !isTold(one)).length;
  const given = (list) => {
    let at = 0;
    return params.map((one) => {
      if (one.fallback && !(own && at === 0 && open === 0)) return undefined;
      return isTold(one) ? told(one) : list[at++];
    });
  };
  const all = (one) => new Array(Math.max(open, 1)).fill(one);
  const ways = [];
  if (own)
    ways.push(() => {
      const made = machine.enter(self, own, own.params.length > 1 ? [1] : [], new Map());
      return given(open > 1 && Array.isArray(made) ? made : all(made));
    });
  if (open === 0) return [...ways, () => given([])];
  const zeros = [[1, hidden], ...states.map((count) => [count, 1, hidden])];
  for (const shape of zeros) ways.push(() => given(all(arrays.full(shape, 0))));
  if (open > 1) return ways;
  for (const shape of zeros) {
    const pair = () => [arrays.full(shape, 0), arrays.full(shape, 0)];
    ways.push(() => given([pair()]));
  }
  return [() => given([null]), ...ways];
}

function stepped(machine, self, method, each, begin) {
  let states = begin;
  let value = null;
  for (const one of each) {
    value = machine.enter(self, method, [one, ...states], new Map());
    const rest = Array.isArray(value) ? value.slice(1) : [];
    if (rest.length === 0) throw new NotKnown("no state");
    states = rest;
  }
  return value;
}

/**
 * What a class gives for tokens that it is given in one way, with each of what else it may get.
 * @param {Found} found @param {string} root where its tensors are
 * @param {string | null} [path] of a recurrent module, whose input is wanted in place of that
 */
function* valuesOf(found, name, root, way, path = null) {
  const network = new Network(found);
  const method = network.methodOf(found.classes.get(name), "forward");
  if (!method) return;
  const { all, each } = way;
  const self = { ...network.module(root), type: name };
  for (const others of othersOf(new Machine(network), self, method, way, found)) {
    try {
      const machine = new Machine(network, path);
      yield all
        ? machine.enter(self, method, [all, ...others()], new Map())
        : stepped(machine, self, method, each, others());
    } catch (error) {
      // An expression that is none here, or what its author would have been told by an error.
      if (error instanceof Given) yield error.value;
      else if (![NotKnown, TypeError, RangeError].some((kind) => error instanceof kind))
        throw error;
    }
  }
}

/**
 * The rows of logits that a class gives of some tokens: with all of them at once, or one by one
 * with the state that it gives.
 * @param {Found} found @param {string} name of the class @param {string} root where its tensors are
 * @param {number[]} ids
 * @returns {Generator<Float64Array>}
 */
export function* computed(found, name, root, ids) {
  for (const way of waysOf(ids, found))
    for (const value of valuesOf(found, name, root, way)) {
      const rows = [...rowsIn(value, found.outputs)];
      yield* rows;
      if (rows.length > 0) break;
    }
}

/** What a recurrent module is given of some tokens, if it reads so many values; or null. */
export function givenTo(found, name, root, ids, { path, width }) {
  try {
    for (const way of waysOf(ids, found))
      for (const value of valuesOf(found, name, root, way, path))
        if (isArr(value) && value.data.length === ids.length * width) return value.data;
  } catch (error) {
    if (!(error instanceof NotKnown)) throw error; // more than may be worked out
  }
  return null;
}
