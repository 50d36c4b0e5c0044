// Files of text: UTF-8 as a rule, and anything else only after asking.

import { button } from "../dom.js";

const LOOKED_AT = 1 << 20; // bytes, by which a file's encoding is told
const TITLES = {
  "utf-16le": "UTF-16 (little-endian)",
  "utf-16be": "UTF-16 (big-endian)",
  "windows-1252": "Latin-1 (Windows-1252)",
};

const isZero = (byte) => byte === 0;

/** By its mark, or by the zeros that stand in every other place. */
function utf16Of(bytes) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const zeros = [0, 1].map(
    (odd) => bytes.filter((byte, i) => i % 2 === odd && isZero(byte)).length,
  );
  const many = bytes.length / 5; // of the half of all bytes
  if (zeros[1] > many && zeros[0] < many / 10) return "utf-16le";
  if (zeros[0] > many && zeros[1] < many / 10) return "utf-16be";
  return undefined;
}

/** The name of an encoding as TextDecoder knows it; undefined of what is no text. */
function encodingOf(bytes) {
  const wide = utf16Of(bytes);
  if (wide) return wide;
  if (bytes.some(isZero)) return undefined;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true }); // it may go on
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}

/**
 * A file as one of UTF-8: itself, or what it says once the reader has agreed on its encoding; or
 * undefined, after `complain(message, ...ways)` has said what is wrong with it.
 */
export async function asUtf8(file, complain) {
  if (file.size === 0) return complain(`${file.name} is empty.`);
  const encoding = encodingOf(new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer()));
  if (encoding === "utf-8") return file;
  if (!encoding) return complain(`${file.name} has NUL bytes, so it is no text.`);
  await new Promise((agree) => {
    const title = TITLES[encoding];
    const read = button(`Read it as ${title}`, agree);
    complain(`${file.name} is not UTF-8; it looks like ${title}.`, read);
  });
  complain("");
  return new Blob([new TextDecoder(encoding).decode(await file.arrayBuffer())]);
}
