// Checking what callers pass: unknown names and wrong types end here; ranges are the core's to
// judge.

import { InklingError } from "./wasm.js";

export const argument = (message) => new InklingError("argument", message);
export const show = (value) => {
  if (typeof value === "string") return JSON.stringify(value);
  return value === Object(value) ? typeof value : String(value);
};
export const isText = (value) => typeof value === "string" && !value.includes("\0");
export const isTexts = (value) => Array.isArray(value) && value.every(isText);
const wholeTo = (most) => [
  (value) => Number.isInteger(value) && value >= 0 && value <= most,
  `a whole number from 0 to ${most}`,
];
export const wholeFrom1 = (most) => [
  (value) => Number.isInteger(value) && value >= 1 && value <= most,
  `a whole number from 1 to ${most}`,
];
export const NUMBER = [(value) => typeof value === "number", "a number"];
export const WHOLE = wholeTo(2 ** 32 - 1);
export const SEED = wholeTo(Number.MAX_SAFE_INTEGER);
export const YES_NO = [(value) => typeof value === "boolean", "true or false"];
export const SIGNAL = [(value) => typeof value?.throwIfAborted === "function", "an AbortSignal"];
export const FUNCTION = [(value) => typeof value === "function", "a function"];
export const KERNEL = [
  (value) => ["auto", "simd", "scalar"].includes(value),
  '"auto", "simd" or "scalar"',
];

/** The options that are set, over their defaults. */
export function check(options, known, defaults = {}) {
  if (typeof options !== "object" || options === null) throw argument("options must be an object");
  const checked = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(known, name)) throw argument(`unknown option ${show(name)}`);
    if (value === undefined) continue;
    const [test, needed] = known[name];
    if (!test(value)) throw argument(`${name} must be ${needed}, not ${show(value)}`);
    checked[name] = value;
  }
  return checked;
}

export function checkText(text, name) {
  if (typeof text !== "string") throw argument(`the ${name} must be a string, not ${show(text)}`);
}
