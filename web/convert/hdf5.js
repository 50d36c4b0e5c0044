// HDF5 files by way of jsfive, with everything counted that a hostile file could make endless: the
// structures read, the bytes of strings, the parts of a data set. Weights are read here, in place.

import { BTreeV1RawDataChunks } from "../vendor/jsfive/btree.js";
import { struct } from "../vendor/jsfive/core.js";
import { DataObjects } from "../vendor/jsfive/dataobjects.js";
import { Filters } from "../vendor/jsfive/filters.js";
import { File, Group } from "../vendor/jsfive/high-level.js";
import { isRefusal, refusal, shown } from "./refuse.js";
import { bytesOf, readFloats, sizeOf } from "./tensor.js";
import { inflateZlib } from "./zip.js";

const READS = 400000; // a model of 40 layers takes some 20,000
const ITEMS = 65536; // of an attribute
const DEPTH = 64; // groups in groups

// What the file that is being read may still use. jsfive reads at once, so one file at a time.
let left = { reads: 0, bytes: 0 };

const tooMuch = () => refusal("the HDF5 file refers to itself, or to more than it can hold");

function spend(kind, amount) {
  left[kind] -= amount;
  if (left[kind] < 0) throw tooMuch();
}

const unpack = struct.unpack_from;
struct.unpack_from = function (format, buffer, offset) {
  spend("reads", 1);
  return unpack.call(this, format, buffer, offset);
};

const attributeValue = DataObjects.prototype._attr_value;
DataObjects.prototype._attr_value = function (type, buffer, count, offset) {
  if (!(count <= ITEMS)) throw tooMuch();
  return attributeValue.call(this, type, buffer, count, offset);
};

const variableLength = DataObjects.prototype._vlen_size_and_data;
DataObjects.prototype._vlen_size_and_data = function (buffer, offset) {
  const found = variableLength.call(this, buffer, offset);
  if (!found[1]) throw refusal("the HDF5 file is damaged: a string is missing");
  spend("bytes", found[1].byteLength);
  return found;
};

const fromChunks = BTreeV1RawDataChunks.prototype.construct_data_from_chunks;
BTreeV1RawDataChunks.prototype.construct_data_from_chunks = function (chunk, shape, ...more) {
  const parts = (this.all_nodes.get(0) ?? []).reduce(
    (sum, node) => sum + node.get("keys").length,
    0,
  );
  const values = parts * sizeOf(chunk, "chunk");
  if (values > 4 * sizeOf(shape, "data") + ITEMS) throw tooMuch();
  inflated = sizeOf(chunk, "chunk") * 16;
  return fromChunks.call(this, chunk, shape, ...more);
};

let inflated = 0; // bytes that one part may inflate to
Filters.set(1, (buffer) => inflateZlib(new Uint8Array(buffer), inflated).buffer);

const KINDS = {
  "<f4": "f32",
  "<f8": "f64",
  "<f2": "f16",
  "<i4": "i32",
  "<i8": "i64",
  "<u4": "u32",
  "|u1": "u8",
  "<u1": "u8",
  "<i1": "i8",
};

const trimmed = (value) => (typeof value === "string" ? value.replace(/\0+$/, "") : value);

/** The object of a name in a group, or null; no soft link is followed, nor one to another file. */
function inGroup(group, name) {
  if (!(group instanceof Group) || !Object.hasOwn(group._links, name)) return null;
  return (typeof group._links[name] === "number" && group.get(name)) || null;
}

/** An open HDF5 file. Paths are "group/group/name". */
export class Hdf5 {
  #found = new Map(); // path → the object there, and
  #attributes = new Map(); // object → its attributes: jsfive reads them anew whenever one asks

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
    this.buffer =
      whole && bytes.buffer instanceof ArrayBuffer ? bytes.buffer : bytes.slice().buffer;
    left = { reads: READS, bytes: 4 * bytes.length + 2 ** 20 };
    this.root = this.#guarded(() => new File(this.buffer, "model"));
  }

  /** jsfive throws strings and what DataView throws; all of it means a damaged file. */
  #guarded(read) {
    try {
      return read();
    } catch (error) {
      if (isRefusal(error)) throw error;
      const why = typeof error === "string" ? ` (${shown(error)})` : "";
      const message = `the HDF5 file is damaged, or has what no model needs, as links to other files${why}`;
      throw refusal(message, { cause: error });
    }
  }

  /** The object at a path, or null. */
  get(path) {
    const parts = path.split("/").filter(Boolean);
    if (parts.length > DEPTH) return null;
    return this.#guarded(() => {
      let at = this.root;
      for (let i = 0; i < parts.length && at; i++) {
        const here = parts.slice(0, i + 1).join("/");
        if (!this.#found.has(here)) this.#found.set(here, inGroup(at, parts[i]));
        at = this.#found.get(here);
      }
      return at;
    });
  }

  /** The names in a group. */
  names(path) {
    const group = this.get(path);
    return group instanceof Group ? group.keys : [];
  }

  isGroup(path) {
    return this.get(path) instanceof Group;
  }

  /** An attribute: a string, a list of strings, a number; undefined where there is none. */
  attribute(path, name) {
    const at = this.get(path);
    if (!at) return undefined;
    if (!this.#attributes.has(at))
      this.#attributes.set(
        at,
        this.#guarded(() => at.attrs),
      );
    const value = this.#attributes.get(at)[name];
    return Array.isArray(value) ? value.map(trimmed) : trimmed(value);
  }

  /** A data set as floats. @returns {import("./tensor.js").Tensor} */
  tensor(path) {
    const set = this.get(path);
    if (!set || set instanceof Group) throw refusal(`the weights ${shown(path)} are missing`);
    return this.#guarded(() => {
      const { shape, dtype } = set;
      const kind = KINDS[dtype];
      if (!kind) throw refusal(`the weights ${shown(path)} are of type ${shown(dtype)}`);
      if (bytesOf(kind) === 1 && shape.length > 1)
        throw refusal(
          `the weights ${shown(path)} are quantised, to 8 bits: save the model before that`,
        );
      const count = sizeOf(shape, path);
      if (count * bytesOf(kind) > 4 * this.buffer.byteLength + 2 ** 20) throw tooMuch();
      return { shape, data: this.#values(set._dataobjects, kind, count, path) };
    });
  }

  #values(objects, kind, count, path) {
    const [message] = objects.find_msg_type(8);
    const head = new Uint8Array(this.buffer, message.get("offset_to_message"));
    if (head[0] === 4 && head[1] === 2)
      throw refusal(
        "the HDF5 file has its weights in chunks of the latest kind (libver), which are not read " +
          "here: write them anew with h5repack -f NONE -l CONTI",
      );
    const [version, , layout, at] = objects._get_data_message_properties(
      message.get("offset_to_message"),
    );
    const view = new DataView(this.buffer);
    if (layout === 2) {
      const data = objects.get_data();
      return Float32Array.from({ length: count }, (_, i) => Number(data[i] ?? 0));
    }
    const compact = layout === 0 && version === 3;
    const from = compact ? at + 2 : Number(view.getBigUint64(at, true));
    const isStored = compact || view.getBigUint64(at, true) !== 0xffffffffffffffffn;
    if (!isStored) throw refusal(`the weights ${shown(path)} were never written`);
    if (!(from <= this.buffer.byteLength)) throw refusal("the HDF5 file is cut short or damaged");
    return readFloats(new Uint8Array(this.buffer, from), kind, count, path);
  }
}
