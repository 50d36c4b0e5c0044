// What kind of file was opened or dropped, by its name and what the browser says of it.

/** Whether a file is called as our models are. @param {{ name: string }} file */
export const isModel = ({ name }) => /\.safetensors$/i.test(name);

/** Whether a file is a text to write like, and no model. @param {File} file */
export const isText = ({ name, type }) =>
  /\.(txt|md|text|markdown|abc|lrc|org|rst|srt|tex)$/i.test(name) ||
  (/^text\//.test(type) && !/\.[a-z0-9]+$/i.test(name));

/** @param {File} file */
const isDocument = ({ name }) => /\.(docx|odt|epub|x?html?)$/i.test(name);

/** @param {File} file */
const isArchive = ({ name }) => /\.zip$/i.test(name);

/**
 * Files as they can be used: of a document its text, and of an archive of texts, tables or pictures
 * what is in it.
 *
 * @param {File[]} files
 */
export async function usable(files) {
  if (!files.some((file) => isDocument(file) || isArchive(file))) return files;
  const { asText, unpacked } = await import("./documents.js");
  const found = files.map(async (file) => (isArchive(file) ? unpacked(file, placeable) : [file]));
  const all = (await Promise.all(found)).flat();
  return Promise.all(all.map((file) => (isDocument(file) ? asText(file) : file)));
}

const isTable = ({ name }) => /\.[ct]sv$/i.test(name);

/**
 * Names in an archive that holds nothing but what placeOf() or a document's reader knows, tables
 * first; none of any other. @param {string[]} names
 */
function placeable(names) {
  const files = names.map((name) => new File([], name));
  if (!files.every((file) => isDocument(file) || placeOf(file))) return [];
  return [...names].sort((a, b) => Number(isTable({ name: b })) - Number(isTable({ name: a })));
}

/**
 * What helps with a file that holds a text, or a table, which nothing here can read.
 *
 * @param {{ name: string }} file
 */
export function wayWith({ name }) {
  if (/\.(xlsx?|ods|numbers)$/i.test(name)) return `Save ${name} as CSV and open that.`;
  if (!/\.(pdf|docx?|rtf|odt|pptx?|odp|epub|mobi|azw3?|pages|wps)$/i.test(name)) return undefined;
  return `The text of ${name} cannot be read here: save it as plain text (.txt), or copy and paste it.`;
}

/** @param {File} file */
export const isPicture = ({ name, type }) =>
  /^image\//.test(type) || /\.(png|jpe?g|gif|webp|avif|bmp|svg|hei[cf]|tiff?)$/i.test(name);

/** What is said of further files where one is opened at a time. @param {File[]} files */
export function notOpened([, ...others]) {
  if (others.length === 0) return "";
  const which = others.length === 1 ? `${others[0].name} is` : `${others.length} others are`;
  return `One is opened at a time: ${which} left out.`;
}

/** Of a text, whatever it is called: what placeOf() gives. */
export const PLAIN_TEXT = { what: "a text", tab: "train" };

/**
 * What a file is that is no model, and the tab where it can be used; undefined of any other.
 *
 * @param {File} file
 */
export function placeOf(file) {
  if (isPicture(file)) return { what: "a picture", tab: "caption" };
  if (isText(file)) return PLAIN_TEXT;
  if (isTable(file)) return { what: "a table", tab: "train" };
  return undefined;
}
