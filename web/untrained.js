// Stands in for train.js and trainer.js in the single file that has no training.

import { argument } from "./options.js";

/** @returns {never} */
const missing = () => {
  throw argument("training is in inkling-train.iife.js");
};

export const Run = { open: async () => missing() };
export const Trainer = { open: async () => missing() };
