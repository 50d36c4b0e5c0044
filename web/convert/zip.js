// Zip archives: the list at the end is read here, fflate inflates. Nothing is written anywhere, so
// a name is only a name; sizes are not believed.

import { Gunzip, Inflate, Unzlib } from "../vendor/fflate.js";
import { joinBytes } from "../platform.js";
import { Reader, decodeText } from "./bytes.js";
import { refusal, shown } from "./refuse.js";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
const PIECE = 2 ** 14;

/** Inflates at most `limit` bytes. @param {Uint8Array} packed */
function inflateWith(Stream, packed, limit) {
  const parts = [];
  let size = 0;
  const stream = new Stream((part) => {
    size += part.length;
    if (size > limit) throw refusal("the file unpacks to far more than it holds: it is no model");
    parts.push(part.slice());
  });
  for (let at = 0; at < packed.length; at += PIECE) {
    stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  }
  return joinBytes(parts);
}

export const inflateZlib = (packed, limit) => inflateWith(Unzlib, packed, limit);

/** Bytes that may come out of so many. */
const mostOf = ({ length }) => 4 * length + 2 ** 22;

export const inflateGzip = (packed) => inflateWith(Gunzip, packed, mostOf(packed));

/** Where the list of entries is: the last signature of an end that fits. */
function findEnd(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = bytes.length - 22; at >= Math.max(0, bytes.length - 22 - 65535); at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw refusal("the zip archive has no end: it is cut short");
}

const isSafe = (name) =>
  name !== "" && !/^[/\\]|^[a-z]:|\\|\0/i.test(name) && !name.split("/").includes("..");

/** The files in an archive; each is unpacked when it is asked for. */
export class Zip {
  /**
   * @param {Uint8Array} bytes
   * @param {number} [most] bytes that may come out of it
   */
  constructor(bytes, most = mostOf(bytes)) {
    this.bytes = bytes;
    this.left = most;
    this.entries = new Map();
    const r = new Reader(bytes, "the zip archive");
    r.at = findEnd(bytes) + 10;
    const count = r.u16();
    const size = r.u32();
    const from = r.u32();
    if (from === 0xffffffff || count === 0xffff)
      throw refusal("the zip archive is larger than any model");
    if (from + size > bytes.length)
      throw refusal("the zip archive's list lies outside it: it is damaged");
    r.at = from;
    for (let i = 0; i < count; i++) this.#readEntry(r);
  }

  #readEntry(r) {
    if (r.u32() !== ENTRY) throw refusal("the zip archive's list is damaged");
    r.skip(4);
    const flags = r.u16();
    const method = r.u16();
    r.skip(8);
    const packed = r.u32();
    const size = r.u32();
    const [nameSize, extra, comment] = [r.u16(), r.u16(), r.u16()];
    r.skip(8);
    const at = r.u32();
    const name = r.text(nameSize);
    r.skip(extra + comment);
    if (name.endsWith("/")) return;
    if (!isSafe(name))
      throw refusal(`the zip archive has a file named ${shown(name)}: no model does`);
    if (this.entries.has(name)) throw refusal(`the zip archive has ${shown(name)} twice`);
    if (flags & 1) throw refusal("the zip archive is encrypted: unpack it first");
    this.entries.set(name, { method, packed, size, at });
  }

  get names() {
    return [...this.entries.keys()];
  }

  /** The bytes of an entry. Stored ones are not copied. */
  read(name) {
    const entry = this.entries.get(name);
    if (!entry) throw refusal(`the zip archive has no ${shown(name)}`);
    const r = new Reader(this.bytes, "the zip archive");
    r.skip(entry.at);
    if (r.u32() !== LOCAL) throw refusal(`${shown(name)} in the zip archive is damaged`);
    r.skip(22);
    r.skip(r.u16() + r.u16());
    const packed = r.take(entry.packed);
    if (entry.method === 0) return packed;
    if (entry.method !== 8) {
      throw refusal(`${shown(name)} is packed in a way (${entry.method}) that this cannot unpack`);
    }
    const out = inflateWith(Inflate, packed, Math.min(this.left, entry.size));
    this.left -= out.length;
    if (out.length !== entry.size) throw refusal(`${shown(name)} in the zip archive is damaged`);
    return out;
  }

  /** The text of an entry, or null where there is none. */
  text(name) {
    return this.entries.has(name) ? decodeText(this.read(name)) : null;
  }
}
