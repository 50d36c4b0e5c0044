// Cells of one's own whose program is there: what it gives is worked out for a few tokens, and that
// way of reading its tensors is taken which gives the same.

import { budget, NotKnown } from "./compute-arrays.js";
import { computed } from "./compute.js";
import { agrees, logitsOf } from "./compute-network.js";
import { classesIn } from "./python.js";
import { isRefusal, refusal } from "./refuse.js";

const IDS = [1, 0, 2];
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

/** What the classes of a program give for the tokens. */
function rowsOf(reader, { inputs, outputs, layers }) {
  const classes = new Map(
    classesIn(reader.text)
      .filter(({ methods }) => methods.size > 0)
      .map((one) => [one.name, one]),
  );
  // A legacy file has the programs of PyTorch's own classes, too.
  for (const { type } of reader.modules.values())
    if (/^torch\./.test(type?.path ?? "")) classes.delete(type.name);
  const known = new Map();
  const tensorOf = (name) => {
    if (!reader.tensors.has(name)) return null;
    if (!known.has(name)) {
      known.set(name, reader.read(name));
    }
    return known.get(name);
  };
  const names = [...reader.tensors.keys()];
  const found = { classes, tensorOf, names, modules: reader.modules, inputs };
  const whole = reader.modules.get("")?.type?.name;
  const own = classes.has(whole) ? [whole] : [...classes.keys()];
  const roots = [...new Set([rootOf(names), ""])];
  const ids = IDS.map((id) => id % inputs);
  const sizes = { hidden: layers[0].hidden };
  const wide = outputs === 2 ? [2, 1] : [outputs];
  return wide.flatMap((width) =>
    own.flatMap((name) =>
      roots.flatMap((root) => computed({ ...found, ...sizes, outputs: width }, name, root, ids)),
    ),
  );
}

/**
 * The network of tensors whose cell is not PyTorch's own, as its program has it.
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
  budget.left = WORK;
  const ways = waysOf(asked);
  const some = usual ?? firstOf(make, ways);
  const rows = some && !some.network.layers[0].reverse ? rowsOf(reader, some.network) : [];
  if (rows.length === 0) {
    if (refused) throw refused;
    usual.reader.note("its program's words were searched, and its sum not followed");
    return usual;
  }
  const ids = IDS.map((id) => id % some.network.inputs);
  const isTold = ({ network }) => {
    try {
      const logits = logitsOf(network, ids);
      return rows.some((row) => agrees(logits, row));
    } catch (error) {
      if (error instanceof NotKnown) return false;
      throw error;
    }
  };
  if (usual && isTold(usual)) return withoutGuesses(usual);
  for (const way of ways) {
    const found = budget.left > 0 ? made(make, way) : null;
    if (found && isTold(found)) return withoutGuesses(found);
  }
  throw refusal(
    "its program computes something else than the cells here do, or more behind them: " +
      "export it as ONNX instead (torch.onnx.export)",
  );
}

function made(make, way) {
  try {
    return make(way, new Map());
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function firstOf(make, ways) {
  for (const way of ways) {
    const found = made(make, way);
    if (found) return found;
  }
  return null;
}

/** Nothing is taken any more where the program agrees. */
function withoutGuesses(found) {
  const { notes } = found.reader;
  const told = notes.filter((note) => !/\b(is|are) taken to\b/.test(note));
  notes.splice(0, notes.length, ...told);
  return found;
}
