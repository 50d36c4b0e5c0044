// The text of a word processor's document, a book or a saved web page, a line for each paragraph.

import { Zip } from "../../convert/zip.js";

const BLOCKS =
  /^(p|h[1-6]?|li|div|tr|dt|dd|section|article|blockquote|pre|figcaption|title|table)$/;
// What is not said: looks, notes, and in a document that is revised what was there before.
const LEFT_OUT = new RegExp(
  "^(head|script|style|template|nav|noscript|pPr|rPr|sectPr|Fallback|instrText|delText|" +
    "annotation|note|tracked-changes)$",
);
const MARKS = { br: "\n", cr: "\n", "line-break": "\n", tab: "\t" };
const AS_IT_STANDS = /^(t|pre)$/; // where no blank is only there for the file's looks
const LARGEST = 2 ** 27; // bytes that may come out of an archive
const OF_A_SYSTEM = /(^|\/)(__MACOSX\/|\.|Thumbs\.db$|desktop\.ini$)/i;
const PARTS = ["word/document.xml", "content.xml"]; // of Word, and of LibreOffice

/** @param {Node} node @param {string[]} out @param {boolean} [isExact] */
function collect(node, out, isExact) {
  for (const child of node.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) {
      const { data } = /** @type {Text} */ (child);
      const isLayout = /** @type {Element} */ (node).prefix === "w"; // Word has words in its "t"
      out.push(isExact ? data : isLayout ? "" : data.replace(/\s+/g, " "));
    } else if (child.nodeType === Node.ELEMENT_NODE) {
      const { localName } = /** @type {Element} */ (child);
      if (LEFT_OUT.test(localName)) continue;
      const isBlock = BLOCKS.test(localName);
      if (isBlock) out.push("\n");
      out.push(MARKS[localName] ?? "");
      collect(child, out, isExact || AS_IT_STANDS.test(localName));
      if (isBlock) out.push("\n");
    }
  }
}

/** @param {string} source @param {DOMParserSupportedType} type */
function textIn(source, type) {
  const parsed = new DOMParser().parseFromString(source, type);
  if (parsed.querySelector("parsererror")) throw new Error("it is damaged");
  /** @type {string[]} */
  const out = [];
  collect(parsed.body ?? parsed, out);
  // A paragraph ends where the next one begins; one that is empty stays an empty line.
  const text = out.join("").replace(/[ \t]*\n ?/g, "\n");
  const lines = text.replaceAll("\n\n", "\n");
  return `${lines.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}

/**
 * The names of a book's chapters, in their order.
 *
 * @param {string} list where the book has it
 * @param {string} source
 */
function chaptersOf(list, source) {
  const book = new DOMParser().parseFromString(source, "text/xml");
  const folder = list.replace(/[^/]*$/, "");
  const all = (name) => [...book.getElementsByTagNameNS("*", name)];
  const hrefs = new Map(all("item").map((item) => [item.id, item.getAttribute("href")]));
  return all("itemref").map(
    (item) => folder + decodeURI(hrefs.get(item.getAttribute("idref")) ?? ""),
  );
}

/** @param {File} file */
async function textOf(file) {
  if (/html?$/i.test(file.name)) return textIn(await file.text(), "text/html");
  const zip = new Zip(new Uint8Array(await file.arrayBuffer()), LARGEST);
  const part = PARTS.find((name) => zip.names.includes(name));
  if (part) return textIn(zip.text(part), "text/xml");
  const list = zip.names.find((name) => name.endsWith(".opf"));
  const names = chaptersOf(list, zip.text(list)).filter((name) => zip.names.includes(name));
  return names.map((name) => textIn(zip.text(name), "text/html")).join("\n");
}

/**
 * The files in an archive; itself where it has none that `choose` gives of all their names.
 *
 * @param {File} file
 * @param {(names: string[]) => string[]} choose
 */
export async function unpacked(file, choose) {
  try {
    const zip = new Zip(new Uint8Array(await file.arrayBuffer()), LARGEST);
    const names = choose(zip.names.filter((name) => !OF_A_SYSTEM.test(name)));
    const files = names.map((name) => new File([zip.read(name).slice()], name.replace(/.*\//, "")));
    return files.length > 0 ? files : [file];
  } catch {
    return [file];
  }
}

/** A document as a file of plain text; itself where it cannot be read. @param {File} file */
export async function asText(file) {
  try {
    const text = await textOf(file);
    return text.trim()
      ? new File([text], file.name.replace(/\.\w+$/, ".txt"), { type: "text/plain" })
      : file;
  } catch {
    return file; // whoever takes it says that it is none
  }
}
