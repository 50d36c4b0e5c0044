// Files of text: UTF-8 as a rule, UTF-16 that says so, and anything else only after asking.

import { button } from "../dom.js";
import { isText, wayWith } from "./kinds.js";

const LOOKED_AT = 1 << 20; // bytes, by which a file's encoding is told
const WEIGHED = 1 << 16; // characters, by which encodings are compared
const OFFERED = 4; // encodings at most
const PREVIEW = 40; // characters

/**
 * What text files are in that are not UTF-8: the name that TextDecoder knows, one for the reader,
 * the commonest letters beyond ASCII of what is written in it, and their usual share of all such.
 *
 * @type {[string, string, string, number][]}
 */
const ENCODINGS = [
  ["windows-1252", "Latin-1 (Windows-1252)", "éèêàâçäöüßáíóúñåøæôîãõëïûùì", 0.9],
  ["windows-1250", "Central European (Windows-1250)", "ąćęłńóśźżáčďéěíňřšťúůýžőűäöü", 0.9],
  ["windows-1254", "Turkish (Windows-1254)", "ışğçöüİŞâ", 0.9],
  ["windows-1251", "Cyrillic (Windows-1251)", "оеаинтсрвл", 0.65],
  ["koi8-r", "Cyrillic (KOI8-R)", "оеаинтсрвл", 0.65],
  ["ibm866", "Cyrillic (DOS)", "оеаинтсрвл", 0.65],
  ["windows-1253", "Greek (Windows-1253)", "αοιετσνηυρ", 0.65],
  ["windows-1255", "Hebrew (Windows-1255)", "יוהלארתשמב", 0.65],
  ["windows-1256", "Arabic (Windows-1256)", "اليمنرتوهب", 0.65],
  ["shift_jis", "Japanese (Shift JIS)", "のにはをたがでてとしれさいるな", 0.3],
  ["euc-jp", "Japanese (EUC-JP)", "のにはをたがでてとしれさいるな", 0.3],
  ["gb18030", "Chinese, simplified (GB 18030)", "的一是不了在人有我他这中大来上个国们到说", 0.15],
  ["big5", "Chinese, traditional (Big5)", "的一是不了在人有我他這中大來上個國們到說", 0.15],
  ["euc-kr", "Korean (EUC-KR)", "이다는에의가을고하지은를한", 0.25],
];
const WIDE = { "utf-16le": "UTF-16 (little-endian)", "utf-16be": "UTF-16 (big-endian)" };

const isZero = (byte) => byte === 0;

/** By its mark. */
function markOf([first, second]) {
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : undefined;
}

/** By its mark, or by the zeros that stand in every other place. */
function utf16Of(bytes) {
  const mark = markOf(bytes);
  if (mark) return mark;
  const zeros = [0, 1].map(
    (odd) => bytes.filter((byte, i) => i % 2 === odd && isZero(byte)).length,
  );
  const many = bytes.length / 5; // of the half of all bytes
  if (zeros[1] > many && zeros[0] < many / 10) return "utf-16le";
  if (zeros[0] > many && zeros[1] < many / 10) return "utf-16be";
  return undefined;
}

/** What the beginning of a text is in an encoding; undefined where it is none in that. */
function decoded(bytes, encoding) {
  try {
    const more = { stream: true }; // it may go on
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, more);
  } catch {
    return undefined;
  }
}

// A letter beyond ASCII, as it stands in Latin script and in others: not in one word with ASCII's.
const AMONG_LATIN = /(?<![^\x00-\x7f])[^\x00-\x7f]/gu;
const ALONE = /(?<![A-Za-z])[^\x00-\x7f](?![A-Za-z])/gu;
const BEYOND = /[^\x00-\x7f\p{P}\p{Z}]/gu;

/** How far a text has the letters that are common in what is written in its encoding, 0 to 1. */
function likeness(text, common, usual) {
  const part = text.slice(0, WEIGHED);
  const letters = part.match(/\p{Script=Latin}/u.test(common) ? AMONG_LATIN : ALONE) ?? [];
  const found = letters.filter((letter) => common.includes(letter)).length;
  return Math.min(1, found / (part.match(BEYOND)?.length ?? Infinity) / usual);
}

/** The first words beyond ASCII, by which a reader tells whether they are read right. */
function preview(text) {
  const at = Math.max(0, text.search(/[^\x00-\x7f]/));
  const from = Math.max(text.lastIndexOf("\n", at) + 1, at - PREVIEW / 2);
  const words = text
    .slice(from, from + PREVIEW)
    .split(/[\r\n]/)[0]
    .trim();
  return `“${words}…”`;
}

/** What bytes may be: [{ encoding, title, text }], the likeliest first; none of what is no text. */
function readingsOf(bytes) {
  const wide = utf16Of(bytes);
  if (wide) {
    const text = new TextDecoder(wide).decode(bytes, { stream: true });
    return [{ encoding: wide, title: WIDE[wide], text }];
  }
  if (bytes.some(isZero)) return [];
  return ENCODINGS.map(([encoding, title, common, usual]) => {
    const text = decoded(bytes, encoding);
    return { encoding, title, text, likeness: text ? likeness(text, common, usual) : -1 };
  })
    .filter(({ likeness }) => likeness >= 0)
    .sort((a, b) => b.likeness - a.likeness)
    .filter(({ likeness }, i) => i < 2 || likeness > 0.1)
    .slice(0, OFFERED);
}

const beginningOf = async (file) => new Uint8Array(await file.slice(0, LOOKED_AT).arrayBuffer());

const isUtf8 = (bytes) =>
  !utf16Of(bytes) && !bytes.some(isZero) && decoded(bytes, "utf-8") !== undefined;

/** The encoding that a file says it is in, where that reads as a text. */
function saidBy(bytes) {
  const mark = markOf(bytes);
  const text = mark && decoded(bytes, mark);
  return text && !/[\0-\x08]/.test(text) ? mark : undefined;
}

const PACKED = /\.(zip|gz|tgz|7z|rar|tar|xz|bz2)$/i;

/** Whether a file is a text, whatever it is called. */
export async function isPlainText(file) {
  const bytes = await beginningOf(file);
  return bytes.length > 0 && isUtf8(bytes) && !bytes.some((byte) => byte < 9);
}

/**
 * A file as one of UTF-8: itself, or what it says, if need be once the reader has agreed on its
 * encoding; or undefined, after `complain(message, ...ways)` has said what is wrong with it.
 */
export async function asUtf8(file, complain) {
  if (file.size === 0) return complain(`${file.name} is empty.`);
  const instead = wayWith(file);
  if (instead) return complain(instead);
  const bytes = await beginningOf(file);
  if (isUtf8(bytes)) return file;
  const encoding = saidBy(bytes) ?? (await agreedOn(file, bytes, complain));
  if (!encoding) return undefined;
  complain("");
  return new Blob([new TextDecoder(encoding).decode(await file.arrayBuffer())]);
}

/** The encoding that the reader has agreed on; undefined of what is no text, which has been said. */
async function agreedOn(file, bytes, complain) {
  const readings = readingsOf(bytes);
  const way = PACKED.test(file.name) ? ": unpack it first" : "";
  if (readings.length === 0) return complain(`${file.name} is no text${way}.`);
  return new Promise((agree) => {
    const ways = readings.map(({ encoding, title, text }) =>
      button(`${title}: ${preview(text)}`, () => agree(encoding), { dir: "auto" }),
    );
    complain(`${file.name} is not UTF-8. Which of these reads right?`, ...ways);
  });
}

/**
 * { name, source } of a file as asUtf8() gives it, or of several texts, one after the other; of
 * other files only the first is taken.
 */
export async function asOneText(files, complain) {
  const [first, ...others] = files.every(isText) ? files : files.slice(0, 1);
  const source = await asUtf8(first, complain);
  if (!source || others.length === 0) return source && { name: first.name, source };
  const all = [source];
  for (const file of others) {
    const text = await asUtf8(file, complain);
    if (!text) return undefined;
    all.push("\n", text);
  }
  const name = `${first.name.replace(/\.\w+$/, "")} and ${others.length} more`;
  return { name, source: new Blob(all) };
}
