// What kind of file was opened or dropped, by its name and what the browser says of it.

/** Whether a file is called as our models are. @param {{ name: string }} file */
export const isModel = ({ name }) => /\.safetensors$/i.test(name);

/** Whether a file is a text to write like, and no model. @param {File} file */
export const isText = ({ name, type }) =>
  /\.(txt|md|text|markdown)$/i.test(name) || (/^text\//.test(type) && !/\.[a-z0-9]+$/i.test(name));

/** @param {File} file */
export const isPicture = ({ name, type }) =>
  /^image\//.test(type) || /\.(png|jpe?g|gif|webp|avif|bmp)$/i.test(name);

/** What is said of further files where one is opened at a time. @param {File[]} files */
export function notOpened([, ...others]) {
  if (others.length === 0) return "";
  const which = others.length === 1 ? `${others[0].name} is` : `${others.length} others are`;
  return `One is opened at a time: ${which} left out.`;
}

/**
 * What a file is that is no model, and the tab where it can be used; undefined of any other.
 *
 * @param {File} file
 */
export function placeOf(file) {
  if (isPicture(file)) return { what: "a picture", tab: "caption" };
  if (isText(file)) return { what: "a text", tab: "train" };
  if (/\.[ct]sv$/i.test(file.name)) return { what: "a table", tab: "train" };
  return undefined;
}
