// The files of a zip archive, as documents are: names from the list at its end, and what is in them
// once it is asked for. What is damaged throws, whatever.

const [LIST, END] = [0x02014b50, 0x06054b50];
const NAMES = 46; // from the beginning of an entry of the list; LOCAL likewise, of a file
const LOCAL = 30;

/** @param {Uint8Array<ArrayBuffer>} packed */
const inflate = (packed) =>
  new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")));

/** @param {ArrayBuffer} buffer @returns {Map<string, () => Promise<string>>} by name */
export function filesOf(buffer) {
  const view = new DataView(buffer);
  const u16 = (at) => view.getUint16(at, true);
  const u32 = (at) => view.getUint32(at, true);
  const text = (at, length) => new TextDecoder().decode(new Uint8Array(buffer, at, length));
  let end = buffer.byteLength - 22;
  while (u32(end) !== END) end--;
  const files = new Map();
  for (let at = u32(end + 16); u32(at) === LIST;) {
    const [method, size, local] = [u16(at + 10), u32(at + 20), u32(at + 42)];
    const nameSize = u16(at + 28);
    files.set(text(at + NAMES, nameSize), async () => {
      const from = local + LOCAL + u16(local + 26) + u16(local + 28);
      if (method === 0) return text(from, size);
      return inflate(new Uint8Array(buffer, from, size)).text();
    });
    at += NAMES + nameSize + u16(at + 30) + u16(at + 32);
  }
  return files;
}
