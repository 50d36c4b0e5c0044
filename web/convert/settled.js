// What a file leaves open of a network is settled by numbers: of all answers to the questions that
// are asked while it is read, those are taken with which it gives what its program, or its graph,
// gives for a few tokens.

import { Arrays, NotKnown } from "./compute-arrays.js";
import { agrees, logitsOf } from "./compute-network.js";
import { isRefusal, refusal } from "./refuse.js";
import { stack, tensor } from "./tensor.js";

/**
 * @typedef {{ network: import("./network.js").Network, reader: any }} Found
 * @typedef {object} Source
 * @property {(answers: object, asked: Map<string, any[]>) => Found} make by the answers to what is
 *   open, or where there are none as is usual; what is asked goes into `asked`
 * @property {(found: Found, ids: number[]) => Iterator<ArrayLike<number>>} rowsOf rows of logits
 * @property {boolean} tells   where no way is one, why the first is none, not what was open
 * @property {(found: Found) => boolean} isBound whether what gives other rows is refused
 * @property {string} [differs] and in which words
 * @property {(found: Found) => void} [unsettled] what is said where there are no rows
 * @property {(found: Found, ids: number[]) => number[]} [tokens] which tokens are given
 */

// Two texts: of one alone the largest over time, say, may be what another step has.
const TEXTS = [
  [1, 0, 2, 2, 1],
  [2, 1, 1, 0, 2, 0, 1],
];
export const WORK = 2 ** 28; // values that may be computed of a text
const MOST = 400; // ways that are tried

const AT_ONCE = 128; // tokens whose rows are made together

/**
 * What stands in front of the recurrent layers as an embedding, [tokens, width], where it makes
 * something of each token by itself; or null.
 * @param {number} count of tokens
 * @param {(ids: number[]) => ArrayLike<number> | null} given what the first layer is given of some
 */
export function tableOf(count, given) {
  const rowsOf = (ids) => {
    const data = Float32Array.from(given(ids) ?? []);
    const width = data.length / ids.length;
    const row = (i) => tensor([1, width], data.subarray(i * width, (i + 1) * width));
    return Number.isInteger(width) && width > 0 ? ids.map((_, i) => row(i)) : null;
  };
  if (!rowsOf([count - 1, 0])) return null;
  const rows = [];
  for (let from = 0; from < count; from += AT_ONCE) {
    const ids = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => from + i);
    // In another order, and with more behind them.
    const others = [...ids].reverse().concat(ids.map(() => from));
    const [there, back] = [rowsOf(ids), rowsOf(others)?.slice(0, ids.length).reverse()];
    const isSame = ({ data }, i) => data.every((x, k) => x === back?.[i].data[k]);
    const isAlone = there && there.every(isSame);
    if (!isAlone) return null;
    rows.push(...there);
  }
  return stack(rows);
}

/** Every answer to every question. @param {Map<string, any[]>} asked @returns {object[]} */
function waysOf(asked) {
  let ways = [{}];
  for (const [question, options] of asked)
    ways = ways
      .flatMap((way) => options.map((one) => ({ ...way, [question]: one })))
      .slice(0, MOST);
  return ways;
}

/** What is found one by one, and kept for whoever asks again. */
class Kept {
  constructor(source) {
    this.source = source;
    this.known = [];
  }

  *[Symbol.iterator]() {
    for (let i = 0; ; i++) {
      if (i === this.known.length) {
        const { done, value } = this.source.next();
        if (done) return;
        this.known.push(value);
      }
      yield this.known[i];
    }
  }

  get isEmpty() {
    return this[Symbol.iterator]().next().done;
  }
}

const OTHERS =
  "its program computes something else than the cells here do, or more behind them: " +
  "export it as ONNX instead (torch.onnx.export)";

/** The network of a source, as its rows have it. @param {Source} source @returns {Found} */
export function settled({ make, rowsOf, tells, isBound, differs, unsettled, tokens }) {
  const asked = new Map();
  let usual = null;
  let refused = null;
  try {
    usual = make({}, asked);
  } catch (error) {
    if (!isRefusal(error) || asked.size === 0) throw error;
    refused = error;
  }
  const ways = waysOf(asked);
  const some = usual ?? firstOf(make, ways, tells);
  const probes = some ? TEXTS.map((text) => probeOf(some, text, { rowsOf, tokens })) : [];
  const arrays = new Arrays(2 * WORK);
  const told = usual && isTold(usual, probes, arrays);
  if (told) return withoutGuesses(usual);
  if (probes.every(({ rows }) => rows.isEmpty)) {
    if (refused) throw refused;
    unsettled?.(usual);
    return usual;
  }
  if (usual && told === null) return usual;
  const firstTold = (given) => {
    for (const way of ways) {
      const found = arrays.left > 0 ? made(make, way) : null;
      if (found && isTold(found, given, arrays)) return withoutGuesses(found);
    }
    return null;
  };
  const found = firstTold(probes);
  if (found) return found;
  if (usual && !isBound(usual)) return usual;
  // A mean that leaves out what fills a batch: token 0, which texts do not have.
  const filled = TEXTS.map((text) => text.map((id) => id || 1));
  const without = filled.map((text) => probeOf(some, text, { rowsOf, tokens }));
  const masked = ways.length > 1 && some.network.inputs > 2 ? firstTold(without) : null;
  if (!masked) throw refused ?? refusal(differs ?? OTHERS);
  masked.network.masksZero = true;
  masked.network.notes.push("what it reads over time leaves out token 0, which fills texts");
  return masked;
}

/** A text's tokens, and what the source gives for them. */
function probeOf(found, text, { rowsOf, tokens }) {
  const ids = text.map((id) => id % found.network.inputs);
  const own = tokens ? tokens(found, ids) : ids;
  return { ids: own, rows: new Kept(rowsOf(found, own)) };
}

/** Does a network give what its source gives? null: it is too large to say. */
function isTold({ network }, probes, arrays) {
  if (probes.every(({ rows }) => rows.isEmpty)) return false;
  try {
    return probes.every(({ ids, rows }) => {
      const given = [logitsOf(arrays, network, ids)];
      // Some programs take what they are trained on: x[:, :-1].
      if (network.task === "generator") given.push(logitsOf(arrays, network, ids.slice(0, -1)));
      for (const row of rows)
        if (given.some((logits) => agrees(logits, row, network.head))) return true;
      return rows.isEmpty;
    });
  } catch (error) {
    if (error instanceof NotKnown) return null;
    throw error;
  }
}

function made(make, way) {
  try {
    return make(way, new Map());
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** What the first way that is one gives; `tells`: where none is, why the first is none. */
function firstOf(make, ways, tells) {
  for (const way of ways) {
    const found = made(make, way);
    if (found) return found;
  }
  if (tells && ways.length > 0) make(ways[0], new Map());
  return null;
}

/** Nothing is taken any more where the program agrees. */
function withoutGuesses(found) {
  const { notes } = found.reader;
  const told = notes.filter((note) => !/\b(is|are) taken to\b/.test(note));
  notes.splice(0, notes.length, ...told);
  return found;
}
