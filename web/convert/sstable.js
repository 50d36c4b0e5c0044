// The sorted table of LevelDB's kind in which TensorFlow 1 keeps a checkpoint: blocks of keys that
// share beginnings, an index block, and a footer that says where that is.

import { Reader, decodeText } from "./bytes.js";
import { readVarint } from "./protobuf.js";
import { refusal } from "./refuse.js";

const FOOTER = 48;
const WHAT = "the checkpoint's table";

/**
 * What is left of an uncompressed block may be as large as a tensor; nothing that it refers to
 * twice.
 */
const LIMIT = 4;

/**
 * Every [key, value] of a table. Values of raw blocks are not copied.
 * @param {Uint8Array} bytes
 * @returns {Generator<[string, Uint8Array]>}
 */
export function* readTable(bytes) {
  if (bytes.length < FOOTER) throw refusal(`${WHAT} is cut short`);
  const footer = new Reader(bytes.subarray(bytes.length - FOOTER), WHAT);
  readHandle(footer); // of filters and statistics
  const budget = { left: LIMIT * bytes.length };
  for (const [, value] of readBlock(bytes, readHandle(footer), budget)) {
    yield* readBlock(bytes, readHandle(new Reader(value, WHAT)), budget);
  }
}

const readHandle = (r) => ({ at: readVarint(r), size: readVarint(r) });

/** @returns {Generator<[string, Uint8Array]>} */
function* readBlock(bytes, { at, size }, budget) {
  const r = new Reader(bytes, WHAT);
  r.skip(at);
  const stored = r.take(size);
  const kind = r.u8();
  if (kind > 1) throw refusal(`${WHAT} is packed in a way that is unknown here`);
  const block = kind === 1 ? unsnap(stored, budget.left) : stored;
  budget.left -= block.length;
  if (budget.left < 0) throw refusal(`${WHAT} refers to one part again and again: it is damaged`);
  yield* entriesOf(block);
}

/** @returns {Generator<[string, Uint8Array]>} */
function* entriesOf(block) {
  if (block.length < 4) throw refusal(`${WHAT} is damaged`);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const restarts = view.getUint32(block.length - 4, true);
  const end = block.length - 4 - 4 * restarts;
  if (end < 0) throw refusal(`${WHAT} is damaged`);
  const r = new Reader(block.subarray(0, end), WHAT);
  let key = new Uint8Array(0);
  while (r.left > 0) {
    const [shared, own, size] = [readVarint(r), readVarint(r), readVarint(r)];
    if (!(shared >= 0 && shared <= key.length && own <= 4096)) throw refusal(`${WHAT} is damaged`);
    const next = new Uint8Array(shared + own);
    next.set(key.subarray(0, shared));
    next.set(r.take(own), shared);
    key = next;
    yield [decodeText(key), r.take(size)];
  }
}

/** Snappy's format: pieces as they are, and pieces met before. */
function unsnap(packed, limit) {
  const r = new Reader(packed, WHAT);
  const size = readVarint(r);
  if (!(size >= 0 && size <= limit)) throw refusal(`${WHAT} unpacks to more than it can hold`);
  const out = new Uint8Array(size);
  let at = 0;
  while (r.left > 0) {
    const tag = r.u8();
    if ((tag & 3) === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60)
        length =
          Array.from(r.take(length - 60)).reduceRight((sum, byte) => sum * 256 + byte, 0) + 1;
      if (at + length > size) throw refusal(`${WHAT} is damaged`);
      out.set(r.take(length), at);
      at += length;
      continue;
    }
    const length = (tag & 3) === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const back = (tag & 3) === 1 ? ((tag >> 5) << 8) | r.u8() : (tag & 3) === 2 ? r.u16() : r.u32();
    if (back === 0 || back > at || at + length > size) throw refusal(`${WHAT} is damaged`);
    for (let i = 0; i < length; i++, at++) out[at] = out[at - back];
  }
  return out;
}
