// Kinds of text as people have it. Each makes bytes from a plain text, which has line feeds alone
// and composed characters, some of them beyond ASCII, and says what must come of it.

const utf8 = (text) => Buffer.from(text);
const utf16le = (text) => Buffer.from(text, "utf16le");
const utf16be = (text) => utf16le(text).swap16();
const MARK = "\ufeff";
const eachLine = (text, change) => text.replace(/.+/g, change);

// `same`: what the plain text gives. `refused`: a message. `only`: of these tasks. `encoding`: with
// which it is read, after asking in the page. `marked`: command and page read it without asking;
// the module takes UTF-8 alone.
const LISTS = ["list", "classifier", "translator", "captioner"];
const PAIRS = ["classifier", "translator"];

export const kinds = [
  { kind: "LF", make: utf8, same: true },
  { kind: "CR LF", make: (text) => utf8(text.replaceAll("\n", "\r\n")), same: true },
  { kind: "CR alone", make: (text) => utf8(text.replaceAll("\n", "\r")), same: true },
  { kind: "a byte order mark", make: (text) => utf8(MARK + text), same: true },
  {
    kind: "a byte order mark and CR LF",
    make: (text) => utf8(MARK + text.replaceAll("\n", "\r\n")),
    same: true,
  },
  { kind: "decomposed characters", make: (text) => utf8(text.normalize("NFD")), same: true },
  {
    kind: "decomposed characters and CR LF",
    make: (text) => utf8(text.normalize("NFD").replaceAll("\n", "\r\n")),
    same: true,
  },
  {
    kind: "spaces around fields",
    make: (text) => utf8(eachLine(text, (line) => ` ${line.replaceAll("\t", " \t  ")}\u00a0`)),
    same: true,
    only: LISTS,
  },
  {
    kind: "blank lines",
    make: (text) => utf8(text.replaceAll("\n", "\n \n")),
    same: true,
    only: LISTS,
  },
  { kind: "no last line break", make: (text) => utf8(text.trimEnd()), same: true, only: LISTS },
  {
    kind: "a third column",
    make: (text) => utf8(eachLine(text, (line) => `${line}\tCC-BY (someone) #12`)),
    same: true,
    only: PAIRS,
    says: /second column of \d+ lines is left out/,
  },
  {
    kind: "UTF-16, little-endian",
    make: (text) => utf16le(MARK + text),
    encoding: "UTF-16",
    marked: true,
  },
  {
    kind: "UTF-16, big-endian",
    make: (text) => utf16be(MARK + text),
    encoding: "utf-16",
    marked: true,
  },
  {
    kind: "UTF-16 without a mark",
    make: utf16le,
    refused: /UTF-16LE/,
    encoding: "UTF-16LE",
  },
  {
    kind: "Latin-1",
    make: (text) => Buffer.from(text, "latin1"),
    refused: /WINDOWS-1252/,
    encoding: "latin-1",
  },
  {
    kind: "bytes that are no text",
    make: () => Buffer.from([1, 2, 0, 0xff, 0xfe, 9, 7]),
    refused: /no text at all/,
  },
  { kind: "a NUL byte", make: (text) => utf8(text.replace("a", "\0")), refused: /NUL/ },
  {
    kind: "nothing",
    make: () => Buffer.alloc(0),
    refused: /empty|no example|no text|examples to train|are 0|no captions/,
  },
  { kind: "white space alone", make: () => utf8(" \n\t\r\n "), refused: /./, only: LISTS },
];
