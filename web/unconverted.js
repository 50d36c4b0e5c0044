// Stands in for foreign.js in the single files, which open our own model files alone.

/** @import { ModelBytes, ReadOptions } from "./source.js" */

import { argument } from "./options.js";

/**
 * @param {unknown} _source
 * @param {ReadOptions & { vocabulary?: any }} options
 * @param {ModelBytes} [read]
 */
export async function readForeign(_source, { vocabulary }, read) {
  if (read) return { ...read, vocabulary }; // the core says what is wrong with it
  throw argument("several files are opened by inkling.js, not by this single file");
}
