// Stands in for opening.js in the single files, which open our own model files alone: of any other
// the core says what is wrong with it.

/** @import { ModelBytes } from "./opening.js" */
/** @import { ReadOptions } from "./source.js" */

import { argument } from "./options.js";
import { readSource } from "./source.js";

/**
 * @param {any} source
 * @param {ReadOptions & { vocabulary?: any }} options
 * @returns {Promise<ModelBytes>}
 */
export async function readModel(source, options) {
  if (!Array.isArray(source))
    return { ...(await readSource(source, options)), vocabulary: options.vocabulary };
  throw argument("several files are opened by inkling.js, not by this single file");
}
