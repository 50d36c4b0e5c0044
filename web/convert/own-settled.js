// Networks whose program is there: what it gives is worked out for a few tokens, and that way of
// reading its tensors is taken which gives the same.

import { Arrays, NotKnown } from "./compute-arrays.js";
import { computed } from "./compute-ways.js";
import { agrees, logitsOf } from "./compute-network.js";
import { classesIn } from "./python.js";
import { isRefusal, refusal } from "./refuse.js";

const IDS = [1, 0, 2, 2, 1];
const WORK = 2 ** 30; // values that may be computed for it
const MOST = 400; // ways that are tried

/** Every answer to every question. @param {Map<string, any[]>} asked @returns {object[]} */
function waysOf(asked) {
  let ways = [{}];
  for (const [question, options] of asked)
    ways = ways
      .flatMap((way) => options.map((one) => ({ ...way, [question]: one })))
      .slice(0, MOST);
  return ways;
}

/** What all names of tensors begin with, up to a dot. */
function rootOf(names) {
  const [first = ""] = names;
  const parts = first.split(".").slice(0, -1);
  while (parts.length > 0 && !names.every((name) => name.startsWith(`${parts.join(".")}.`)))
    parts.pop();
  return parts.join(".");
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
    return [...this].length === 0;
  }
}

/** What a program's computing needs of a file: its classes, its tensors and its modules. */
function programOf(reader, { inputs, layers }) {
  const classes = new Map(
    classesIn(reader.text)
      .filter(({ methods }) => methods.size > 0)
      .map((one) => [one.name, one]),
  );
  // A legacy file has the programs of PyTorch's own classes, too.
  for (const { type } of reader.modules.values())
    if (/^torch\./.test(type?.path ?? "")) classes.delete(type.name);
  const known = new Map();
  const once = (key, read) => {
    if (!known.has(key)) known.set(key, read());
    return known.get(key);
  };
  const shapes = reader.shapes();
  const states = [...shapes.values()].map((shape) => shape.layers * (shape.both ? 2 : 1));
  return {
    classes,
    tensorOf: (name) =>
      reader.tensors.has(name) ? once(`tensor ${name}`, () => reader.read(name)) : null,
    names: [...reader.tensors.keys()],
    modules: reader.modules,
    sizesAt: (path) => shapes.get(path) ?? null,
    recurrentAt: (path) => {
      const shape = shapes.get(path);
      if (!shape) return null;
      const stack = once(`layers ${path}`, () => reader.stackAt(path));
      return { layers: stack, isCell: shape.cell, isLstm: shape.lstm };
    },
    inputs,
    hidden: layers[0].hidden,
    states: [...new Set(states)],
    arrays: new Arrays(WORK),
  };
}

/** What the classes of a program give for the tokens; of a chain, that which it was found in. */
function* rowsOf(reader, { network, reader: { chain } }) {
  const found = programOf(reader, network);
  const whole = reader.modules.get("")?.type?.name;
  const own = found.classes.has(whole) ? [whole] : [...found.classes.keys()];
  const roots = [...new Set([rootOf(found.names), ""])];
  const ids = IDS.map((id) => id % network.inputs);
  const places = chain
    ? [[chain.name, chain.root]]
    : own.flatMap((name) => roots.map((root) => [name, root]));
  for (const outputs of network.outputs === 2 ? [2, 1] : [network.outputs])
    for (const [name, root] of places) yield* computed({ ...found, outputs }, name, root, ids);
}

/**
 * The network of tensors whose program is there, as that has it.
 * @template {{ network: any, reader: any }} T
 * @param {(answers: object, asked: Map<string, any[]>) => T} make by the answers to what the
 *   tensors do not say, or where there are none as the program's words have it
 * @param {any} reader of the tensors as they are
 * @returns {T}
 */
export function settledByProgram(make, reader) {
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
  const some = usual ?? firstOf(make, ways, reader.recurrent.size > 0);
  const rows = new Kept(some ? rowsOf(reader, some) : [].values());
  const arrays = new Arrays(2 * WORK);
  const told = usual && isTold(usual, rows, arrays);
  if (told) return withoutGuesses(usual);
  if (rows.isEmpty) {
    if (refused) throw refused;
    if (!usual.reader.isLayers)
      usual.reader.note("its program's words were searched, and its sum not followed");
    return usual;
  }
  if (usual && told === null) return usual;
  for (const way of ways) {
    const found = arrays.left > 0 ? made(make, way) : null;
    if (found && isTold(found, rows, arrays)) return withoutGuesses(found);
  }
  // Of a program whose classes are other networks' nothing follows.
  if (usual?.reader.isLayers && !usual.reader.chain) return usual;
  throw (
    refused ??
    refusal(
      "its program computes something else than the cells here do, or more behind them: " +
        "export it as ONNX instead (torch.onnx.export)",
    )
  );
}

/** Does a network give what its program gives? null: it is too large to say. */
function isTold({ network }, rows, arrays) {
  try {
    const ids = IDS.map((id) => id % network.inputs);
    const given = [logitsOf(arrays, network, ids)];
    // Some programs take what they are trained on: x[:, :-1].
    if (network.task === "generator") given.push(logitsOf(arrays, network, ids.slice(0, -1)));
    for (const row of rows)
      if (given.some((logits) => agrees(logits, row, network.head))) return true;
    return false;
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
