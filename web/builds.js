// Which build of the core serves: the fastest that this engine can run, for what is to be done.

/** @import { Build } from "./assets.js" */
/** @import { Kernel } from "./inkling.js" */
/** @import { Kind } from "./wasm.js" */

import { argument } from "./options.js";

// Modules of one function that are valid only where there is WebAssembly SIMD, and relaxed SIMD: it
// returns i8x16.splat(0), or multiplies three of them and adds, by f32x4.relaxed_madd.
const SIMD_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03,
  0x02, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b,
]);
export const RELAXED_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03,
  0x02, 0x01, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f,
  0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x85, 0x02, 0x0b,
]);

/**
 * Which build that is: "auto" takes the fastest kernels that are here; of kinds there are one of
 * generators alone, one of those with counts, one of all tasks with beam search and traces, and one
 * that trains, mixes and counts.
 *
 * @param {Kernel} kernel
 * @param {Kind} [kind]
 * @returns {Build}
 */
export function chooseBuild(kernel, kind = "") {
  /** @type {Exclude<Kernel, "auto">[]} */
  const isas = kernel === "auto" ? ["relaxed", "simd", "scalar"] : [kernel];
  const needed = { relaxed: RELAXED_MODULE, simd: SIMD_MODULE, scalar: undefined };
  const isa = isas.find((one) => !needed[one] || WebAssembly.validate(needed[one]));
  if (isa) return kind === "" ? isa : `${kind}-${isa}`;
  const what = kernel === "simd" ? "WebAssembly" : kernel;
  throw argument(`kernel "${kernel}" needs ${what} SIMD, which is not here`);
}
