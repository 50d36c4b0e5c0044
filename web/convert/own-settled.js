// Networks whose program is there: what it gives is worked out for a few tokens, and that way of
// reading its tensors is taken which gives the same.

import { Arrays } from "./compute-arrays.js";
import { computed, givenTo } from "./compute-ways.js";
import { settled, tableOf, WORK } from "./settled.js";

/** What all names of tensors begin with, up to a dot. */
function rootOf(names) {
  const [first = ""] = names;
  const parts = first.split(".").slice(0, -1);
  while (parts.length > 0 && !names.every((name) => name.startsWith(`${parts.join(".")}.`)))
    parts.pop();
  return parts.join(".");
}

/** What a program's computing needs of a file: its classes, its tensors and its modules. */
function programOf(reader, { inputs, layers }) {
  const classes = new Map(reader.program.classes);
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
    recurrentAt: (path, by = null) => {
      const shape = shapes.get(path);
      if (!shape) return null;
      const stack = once(`layers ${path} ${by}`, () => reader.stackAt(path, by));
      return { layers: stack, isCell: shape.cell, isLstm: shape.lstm };
    },
    inputs,
    hidden: layers[0].hidden,
    states: [...new Set(states)],
    arrays: new Arrays(WORK),
  };
}

/**
 * What a program does to every token in front of its first recurrent module, as an embedding; null:
 * it is not by each token alone, or cannot be worked out.
 * @param {any} reader @param {import("./forward.js").Chain} chain
 */
export function frontOf(reader, { name, root, items }) {
  const { path } = items.find(({ kind }) => kind === "rnn");
  const [{ input: width, hidden }] = reader.stackAt(path);
  const shapes = reader.others.map((one) => reader.tensors.get(one).shape);
  const sides = shapes.filter(({ length }) => length === 2).flat();
  for (const count of [...new Set(sides)].sort((a, b) => b - a)) {
    const program = programOf(reader, { inputs: count, layers: [{ hidden }] });
    const found = { ...program, arrays: new Arrays(8 * WORK) };
    const table = tableOf(count, (ids) => givenTo(found, name, root, ids, { path, width }));
    if (table) return table;
  }
  return null;
}

/** What the classes of a program give for the tokens; of a chain, that which it was found in. */
function* rowsOf(reader, { network, reader: { chain } }, ids) {
  const found = programOf(reader, network);
  const whole = reader.modules.get("")?.type?.name;
  const own = found.classes.has(whole) ? [whole] : [...found.classes.keys()];
  const roots = [...new Set([rootOf(found.names), ""])];
  const places = chain
    ? [[chain.name, chain.root]]
    : own.flatMap((name) => roots.map((root) => [name, root]));
  for (const outputs of network.outputs === 2 ? [2, 1] : [network.outputs])
    for (const [name, root] of places) yield* computed({ ...found, outputs }, name, root, ids);
}

/**
 * The network of tensors whose program is there, as that has it.
 * @param {import("./settled.js").Source["make"]} make
 * @param {any} reader of the tensors as they are
 * @returns {import("./settled.js").Found}
 */
export const settledByProgram = (make, reader) =>
  settled({
    make,
    rowsOf: (found, ids) => rowsOf(reader, found, ids),
    tells: reader.recurrent.size > 0,
    // Of a program whose classes are other networks' nothing follows.
    isBound: (found) => !found.reader.isLayers || found.reader.chain !== null,
    unsettled: (found) => {
      if (!found.reader.isLayers)
        found.reader.note("its program's words were searched, and its sum not followed");
    },
  });
