// Which bytes are a model file, and what becomes of those that are none.

/** @import { NamedFile, Source } from "./inkling.js" */
/** @import { ReadOptions } from "./source.js" */

import { headerOf, readSource } from "./source.js";

/**
 * @typedef {object} ModelBytes
 * @property {Uint8Array} bytes of a model file
 * @property {boolean} theirs whether they are the caller's own memory
 * @property {string[]} [vocabulary] in place of the file's own
 * @property {string} [understood] what was read, of another program's files
 */

/**
 * Reads a model file; what is none of ours, or several files, by way of the converters.
 *
 * @param {Source | (Source | NamedFile)[]} source
 * @param {ReadOptions & { vocabulary?: any, vocabularyOf?: string, labels?: string[] }} options
 * @returns {Promise<ModelBytes>}
 */
export async function readModel(source, options) {
  const { vocabulary, vocabularyOf, labels } = options;
  const read = Array.isArray(source) ? undefined : await readSource(source, options);
  const isGiven = vocabularyOf !== undefined || labels !== undefined;
  const isPlain = (!vocabulary || Array.isArray(vocabulary)) && !isGiven;
  if (read && isPlain && isOurs(read.bytes)) return { ...read, vocabulary };
  return (await import("./foreign.js")).readForeign(source, options, read);
}

/** Where PyTorch names the tensors as we do, a file opens as it is. @param {Uint8Array} bytes */
function isOurs(bytes) {
  const { text, metadata } = headerOf(bytes);
  if (metadata.format === "inkling") return true;
  return /"fc\./.test(text) && /"(encoder\.)?rnn\.weight_hh_l0"/.test(text);
}
