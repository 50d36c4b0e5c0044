// What a host does with models beside its own: it mixes them, and counts texts; and what else only
// the build for that has.

/** @import { CountOptions } from "./inkling.js" */
/** @import { Core } from "./wasm.js" */

import { Shared } from "./handle.js";
import { encodeComposed } from "./platform.js";
import { struct } from "./structs.js";

/** ink_count_options. */
const COUNT_OPTIONS = struct({ order: "u32", weight: "f32", threshold: "f32" });

/** @typedef {{ model: Shared, weight: number }} Part of a mixture */

/**
 * The mixture of a model with others, which it keeps from being freed.
 *
 * @param {Core} core
 * @param {number} first
 * @param {Part[]} parts
 */
export function mixModels(core, first, parts) {
  const models = [first, ...parts.map(({ model }) => model.handle)];
  const sum = parts.reduce((all, { weight }) => all + weight, 0);
  const weights = [Math.max(0, 1 - sum), ...parts.map(({ weight }) => weight)];
  const handles = new Uint8Array(new Uint32Array(models).buffer);
  const floats = new Uint8Array(new Float32Array(weights).buffer);
  const handle = core.with([handles, floats], (addresses, shares) =>
    core.make("ink_model_mix", addresses, shares, models.length),
  );
  const used = parts.map(({ model }) => model.share());
  return new Shared(handle, () => {
    core.c.ink_model_free(handle);
    for (const model of used) model.free();
  });
}

/**
 * The file of a model with counts of a text beside its network.
 *
 * @param {Core} core
 * @param {Uint8Array} file
 * @param {string} text
 * @param {CountOptions} options
 */
export function countText(core, file, text, { heldOut, prune = 0, ...options }) {
  const bytes = encodeComposed(text);
  const held = heldOut === undefined ? undefined : encodeComposed(heldOut);
  const chosen = { order: 0, weight: -1, ...options, threshold: prune };
  return core.given(COUNT_OPTIONS, chosen, (given) =>
    core.with([file, bytes, held], (model, counted, choosing) => {
      const sizes = [bytes.length, held?.length ?? 0];
      const values = [model, file.length, counted, sizes[0], choosing, sizes[1], given];
      return core.take(...core.pair("ink_count", ...values));
    }),
  );
}

/**
 * A text without what a model lacks of it.
 *
 * @param {{ core: Core, model: number }} place
 * @param {string} text
 */
export function reading({ core, model }, text) {
  const bytes = encodeComposed(text);
  return core.with([bytes], (address) => {
    const read = core.take(...core.pair("ink_model_reading", model, address, bytes.length));
    return new TextDecoder().decode(read);
  });
}
