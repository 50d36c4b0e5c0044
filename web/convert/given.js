// What convert() is given: files with bytes, and options of their names and kinds. All else is a
// mistake of the program that calls it, not of a file.

import { InklingError } from "../platform.js";

const argument = (message) => new InklingError("argument", message);

/** What a value is, for a message. */
const kindOf = (value) =>
  value === null ? "null" : Array.isArray(value) ? "an array" : `of type ${typeof value}`;

/** Bytes as they are read here; an ArrayBuffer and other views of one are taken, too. */
function bytesOf(bytes, name) {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  if (ArrayBuffer.isView(bytes))
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw argument(`the bytes of ${JSON.stringify(name)} are ${kindOf(bytes)}, not a Uint8Array`);
}

/** @returns {import("./convert.js").NamedFile[]} */
export function filesOf(files) {
  if (!Array.isArray(files))
    throw argument(`files are an array of { name, bytes }, and what is given is ${kindOf(files)}`);
  return files.map((file) => {
    if (file === null || typeof file !== "object" || typeof file.name !== "string")
      throw argument("each file is an object with a name and bytes: { name, bytes }");
    const bytes = bytesOf(file.bytes, file.name);
    return bytes === file.bytes ? file : { name: file.name, bytes };
  });
}

const isText = (value) => typeof value === "string";
const isList = (value) => Array.isArray(value) && value.every(isText);

/** @type {Record<string, [(value: any) => boolean, string]>} */
const OPTIONS = {
  vocabulary: [
    (value) => value !== null && typeof value === "object",
    "a list of tokens, a map of them, or the bytes of a file",
  ],
  vocabularyOf: [isText, "a text"],
  lower: [(value) => typeof value === "boolean", "true or false"],
  labels: [isList, "a list of texts"],
  window: [
    (value) => Number.isInteger(value) && value >= 1 && value <= 4096,
    "a whole number from 1 to 4096",
  ],
};

/** Names and kinds of options; what is undefined was not given. */
export function checkOptions(options) {
  if (options === null || typeof options !== "object" || Array.isArray(options))
    throw argument(`options are an object, and what is given is ${kindOf(options)}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(OPTIONS, name)) throw argument(`unknown option ${JSON.stringify(name)}`);
    const [isRight, what] = OPTIONS[name];
    if (value !== undefined && !isRight(value)) throw argument(`${name} must be ${what}`);
  }
}
