// Stands in for what trains, mixes, counts and writes ONNX in the single file that does none of it.

import { argument } from "./options.js";

/** @returns {never} */
const missing = () => {
  throw argument("training, mixing, counting and ONNX are in inkling-train.iife.js");
};

export const Run = { open: async () => missing() };
export const Trainer = { open: async () => missing() };
export const mixed = async () => missing();
export const exportOnnx = async () => missing();
export const count = async () => missing();
export const mixModels = missing;
export const reading = missing;
export const countText = missing;
