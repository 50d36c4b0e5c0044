// Which build of the core trains: the one with relaxed SIMD where the engine has it, which fuses
// multiplying and adding. So it rounds otherwise than the others; what its models then write is the
// same on all.

/** @import { Build } from "./assets.js" */

import { InklingError } from "./platform.js";
import { chooseBuild } from "./wasm.js";

/** A module whose one function multiplies three i8x16.splat(0) and adds, by f32x4.relaxed_madd. */
export const RELAXED_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03,
  0x02, 0x01, 0x00, 0x0a, 0x13, 0x01, 0x11, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f,
  0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x85, 0x02, 0x0b,
]);

/**
 * @param {"auto" | "relaxed" | "simd" | "scalar"} kernel
 * @returns {Build}
 */
export function chooseTraining(kernel) {
  if (kernel === "simd" || kernel === "scalar") return chooseBuild(kernel, "train");
  if (WebAssembly.validate(RELAXED_MODULE)) return "train-relaxed";
  if (kernel === "auto") return chooseBuild(kernel, "train");
  throw new InklingError("argument", 'kernel "relaxed" needs relaxed SIMD, which is not here');
}
