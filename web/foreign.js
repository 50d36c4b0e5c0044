// Other programs' model files: what load() does with what is no model file of ours. This module and
// the converters come with the first of them.

/** @import { NamedFile, Source } from "./inkling.js" */
/** @import { ModelBytes } from "./opening.js" */
/** @import { ReadOptions } from "./source.js" */

import { canConvert, convert, neighboursOf } from "./convert/convert.js";
import { argument } from "./options.js";
import { InklingError, bytesOf, inNode, kindOf, reasonOf } from "./platform.js";
import { addressOf, headerOf, readSource } from "./source.js";

/** @typedef {Source | NamedFile} Piece */

/** Where a source is, or "" where it has no address. @param {any} source */
function placeOf(source) {
  if (typeof source === "string") return addressOf(source);
  const kind = kindOf(source);
  if (kind === "URL") return String(source);
  return kind === "Request" || kind === "Response" ? source.url : "";
}

const isURL = (/** @type {string} */ place) => !inNode || /^[a-z][a-z+.-]+:/i.test(place);

/** The last part of an address or a path, or the file's own name. @param {any} source */
function nameOf(source) {
  const place = placeOf(source);
  if (place === "") return typeof source?.name === "string" ? source.name : "";
  const path = isURL(place) ? place.replace(/[?#].*$/s, "") : place;
  return /** @type {string} */ (path.split(/[\\/]/).at(-1));
}

/** The address of a file beside another one. @param {string} place @param {string} name */
function beside(place, name) {
  if (!isURL(place)) return place.replace(/[^\\/]*$/, name);
  return place.replace(/[?#].*$/s, "").replace(/[^/]*$/, encodeURI(name));
}

/** @param {Piece} source @param {ReadOptions} options @returns {Promise<NamedFile>} */
async function readNamed(source, options) {
  const inner = kindOf(source) === "Object" && bytesOf(/** @type {NamedFile} */ (source).bytes);
  const { bytes } = await readSource(inner || /** @type {Source} */ (source), options);
  return { name: nameOf(source), bytes };
}

/**
 * Those of the files to which a file with an address refers that are there, with those of a
 * SavedModel's index, and why one is not.
 *
 * @param {string} place
 * @param {NamedFile} file
 * @param {ReadOptions} options
 */
async function readNeighbours(place, file, options) {
  /** @type {NamedFile[]} */
  const files = [];
  /** @type {InklingError | undefined} */
  let lacking;
  if (place === "" || /^(data|blob):/i.test(place)) return { files, lacking };
  const isSaved = /(^|\/)saved_model\.pb$/i.test(file.name);
  for (const name of neighboursOf(file)) {
    const there = beside(place, name);
    try {
      const one = { name, bytes: (await readSource(there, options)).bytes };
      files.push(one);
      if (!isSaved || !/\.index$/.test(name)) continue;
      const more = await readNeighbours(there, one, options);
      files.push(...more.files);
      lacking ??= more.lacking;
    } catch (error) {
      if (!(error instanceof InklingError) || error.code !== "network") throw error;
      lacking ??= error; // said if the model cannot be opened without it
    }
  }
  return { files, lacking };
}

/**
 * The model in files that are not simply one of ours.
 *
 * @param {Source | Piece[]} source
 * @param {ReadOptions & { vocabulary?: any, vocabularyOf?: string, lower?: boolean,
 *   labels?: string[], window?: number }} options
 * @param {ModelBytes} [read] what is in a single source
 * @returns {Promise<ModelBytes>}
 */
export async function readForeign(source, options, read) {
  const { vocabulary, vocabularyOf, lower, labels, window, signal } = options;
  if (!read && options.integrity) throw argument("integrity goes with one file, not with several");
  /** @type {NamedFile[]} */
  const files = [];
  if (read) files.push({ name: nameOf(source), bytes: read.bytes });
  else for (const one of /** @type {Piece[]} */ (source)) files.push(await readNamed(one, options));
  const own = files.find(({ bytes }) => headerOf(bytes).metadata.format === "inkling");
  if (own) {
    if (labels !== undefined) throw argument("a model file of ours has the names of its classes");
    if (vocabularyOf === undefined && (!vocabulary || Array.isArray(vocabulary)))
      return { bytes: own.bytes, theirs: true, vocabulary };
    throw argument("to a model file of ours a vocabulary is given as an array of its tokens");
  }
  const rest = { onProgress: undefined, integrity: undefined };
  try {
    // The core says what is wrong with it.
    if (read && !canConvert(files)) return { ...read, vocabulary };
    const { files: more, lacking } = read
      ? await readNeighbours(placeOf(source), files[0], { ...options, ...rest })
      : { files: [], lacking: undefined };
    const given = {
      vocabulary: bytesOf(vocabulary) ?? vocabulary,
      vocabularyOf,
      lower,
      labels,
      window,
    };
    const converted = await convert([...files, ...more], given).catch((error) => {
      if (!lacking || !(error instanceof InklingError)) throw error;
      throw new InklingError(error.code, `${error.message} (${lacking.message})`, { cause: error });
    });
    signal?.throwIfAborted();
    return { ...converted, theirs: false };
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InklingError) throw error;
    throw new InklingError("format", `the file is damaged (${reasonOf(error)})`, { cause: error });
  }
}
