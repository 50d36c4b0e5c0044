// The structs of src/inkling.h that all need; what only some need stands with them. Each is written
// down once: its members in the order of declaration.
// Where they lie follows by C's rules for a 32-bit machine; nothing is counted by hand.

/** @typedef {"u32" | "f32" | "f64"} Type of a member; addresses and sizes are u32. */

/** @type {Record<Type, number>} */
const BYTES = { u32: 4, f32: 4, f64: 8 };

/**
 * @template {string} Name
 * @typedef {object} Struct
 * @property {number} bytes
 * @property {(view: DataView, address: number) => Record<Name, number>} read
 * @property {(view: DataView, address: number, values: Partial<Record<Name, number>>) => void
 *   } write what is given; the other members stay
 */

/**
 * @template {string} Name
 * @param {Record<Name, Type>} members
 * @returns {Struct<Name>}
 */
export function struct(members) {
  let end = 0;
  let alignment = 1;
  const placed = /** @type {[Name, Type][]} */ (Object.entries(members)).map(([name, type]) => {
    const size = BYTES[type];
    const at = Math.ceil(end / size) * size;
    end = at + size;
    alignment = Math.max(alignment, size);
    return { name, type, at };
  });
  /** @param {DataView} view @param {Type} type @param {number} at */
  const get = (view, type, at) => {
    if (type === "u32") return view.getUint32(at, true);
    return type === "f32" ? view.getFloat32(at, true) : view.getFloat64(at, true);
  };
  /** @param {DataView} view @param {Type} type @param {number} at @param {number} value */
  const set = (view, type, at, value) => {
    if (type === "u32") view.setUint32(at, value, true);
    else if (type === "f32") view.setFloat32(at, value, true);
    else view.setFloat64(at, value, true);
  };
  return {
    bytes: Math.ceil(end / alignment) * alignment,
    read: (view, address) => {
      const values = placed.map(({ name, type, at }) => [name, get(view, type, address + at)]);
      return Object.fromEntries(values);
    },
    write: (view, address, values) => {
      for (const { name, type, at } of placed) {
        const value = values[name];
        if (value !== undefined) set(view, type, address + at, value);
      }
    },
  };
}

/** ink_evaluation. */
export const EVALUATION = struct({
  nats: "f64",
  bits: "f64",
  perplexity: "f64",
  tokens: "f64",
  networkNats: "f64",
  countsNats: "f64",
});

/** ink_lacks, up to its note, and the room that the note has. */
export const LACKS = struct({ tokens: "u32", folded: "u32", unknown: "u32" });
export const NOTE_BYTES = 244;

/** Out-parameters: two addresses, sizes or ids. */
export const PAIR = struct({ first: "u32", second: "u32" });
