// The options of every call: their names, what a caller may pass for them, and how those that are
// the core's cross into it. Unknown names and wrong types end here; ranges are the core's to judge.

/** @import { Core } from "./wasm.js" */
/** @import { Task } from "./tasks.js" */
/** @import { BeamOptions, GenerateOptions, ModelInfo, SamplingOptions } from "./inkling.js" */

import { InklingError, absolute, encode } from "./platform.js";

/** @param {string} message */
export const argument = (message) => new InklingError("argument", message);

/** A value as a message shows it. @param {unknown} value */
export function show(value) {
  if (typeof value === "string") return JSON.stringify(brief(value));
  return value === Object(value) ? typeof value : String(value);
}

/** @param {string} text */
const brief = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

// ---- What a value may be ------------------------------------------------------------------------

/**
 * What an option's value must be, and in words.
 *
 * @typedef {[(value: any) => boolean, string]} Rule
 */

/** @param {unknown} value @returns {value is string} */
export const isText = (value) => typeof value === "string" && !value.includes("\0");

/** @param {number} least @param {number} most @returns {Rule} */
export const wholeFrom = (least, most) => [
  (value) => Number.isInteger(value) && value >= least && value <= most,
  `a whole number from ${least} to ${most}`,
];

/** @type {Rule} */
export const NUMBER = [(value) => typeof value === "number", "a number"];
export const WHOLE = wholeFrom(0, 2 ** 32 - 1);
/** @type {Rule} */
export const YES_NO = [(value) => typeof value === "boolean", "true or false"];
/** @type {Rule} */
export const TEXT = [isText, "a string without U+0000"];
/** @type {Rule} */
export const SIGNAL = [
  (value) => value instanceof AbortSignal || isSignal(value),
  "an AbortSignal",
];
/** @type {Rule} */
export const KERNEL = [
  (value) => ["auto", "relaxed", "simd", "scalar"].includes(value),
  '"auto", "relaxed", "simd" or "scalar"',
];
/** @type {Rule} */
const FUNCTION = [(value) => typeof value === "function", "a function"];
/** @type {Rule} */
const ADDRESS = [
  (value) => (typeof value === "string" || value instanceof URL) && isAddress(value),
  "an address",
];

/** Of another window. @param {any} value */
const isSignal = (value) =>
  typeof value?.throwIfAborted === "function" && typeof value.addEventListener === "function";

/** @param {string | URL} value */
function isAddress(value) {
  try {
    return Boolean(absolute(value));
  } catch {
    return false;
  }
}

// ---- The options of each call -------------------------------------------------------------------

/** Of what is written; what is only looked at is as the model has it, at 1. */
export const TEMPERATURE = 0.8;
export const SAMPLING_OPTIONS = {
  repetitionPenalty: NUMBER,
  repetitionWindow: WHOLE,
  temperature: NUMBER,
  topK: WHOLE,
  topP: NUMBER,
  minP: NUMBER,
  maxCopy: WHOLE,
};
export const SEED = wholeFrom(0, Number.MAX_SAFE_INTEGER);
const DRAWING_OPTIONS = { ...SAMPLING_OPTIONS, seed: SEED };
export const READING_OPTIONS = { skipUnknown: YES_NO };
/** @type {Rule} */
const ANY = [() => true, ""];
/** Of whatever predicts with counts or with other models; mixing.js says what a mix must be. */
export const PREDICTING_OPTIONS = { countsWeight: NUMBER, mix: ANY };

/** @type {Rule} */
const STOP = [
  (value) => [value].flat().every((text) => isText(text) && text !== ""),
  "a string or strings, none of them empty or with U+0000",
];
export const BEAM_OPTIONS = {
  beam: wholeFrom(1, 16),
  lengthPenalty: NUMBER,
  length: WHOLE,
  stop: STOP,
  ...READING_OPTIONS,
  ...PREDICTING_OPTIONS,
  signal: SIGNAL,
  source: ANY, // tasks.js says what it must be
  attention: YES_NO,
};
const WINDOW_MAX = 4096; // tokens that are read anew: src/parts/reread.h
export const TEXTS_MAX = 4096; // that are written at once: each has its state in memory
export const GENERATE_OPTIONS = {
  ...DRAWING_OPTIONS,
  ...BEAM_OPTIONS,
  samples: wholeFrom(1, TEXTS_MAX),
  logProbabilities: YES_NO,
};
export const LOAD_OPTIONS = {
  worker: YES_NO,
  kernel: KERNEL,
  beam: YES_NO,
  trace: YES_NO,
  saliency: YES_NO,
  vocabulary: /** @type {Rule} */ ([
    (value) => (Array.isArray(value) ? value.every(isText) : typeof value === "object" && value),
    "an array of strings without U+0000, a map of tokens to ids, or a file's bytes",
  ]),
  vocabularyOf: TEXT,
  lower: YES_NO,
  labels: /** @type {Rule} */ ([
    (value) => Array.isArray(value) && value.every(isText),
    "an array of strings without U+0000",
  ]),
  window: wholeFrom(1, WINDOW_MAX),
  cache: YES_NO,
  integrity: /** @type {Rule} */ ([
    (value) => typeof value === "string" && /^\s*sha(256|384|512)-[\w+/]+=*\s*$/.test(value),
    'a digest such as "sha256-…", as in HTML',
  ]),
  workerURL: ADDRESS,
  wasmURL: ADDRESS,
  onProgress: FUNCTION,
  signal: SIGNAL,
};

/**
 * The options that are set, over their defaults.
 *
 * @template {object} T
 * @template {Partial<T>} D
 * @param {T} options
 * @param {{ [Name in keyof T]?: Rule }} known
 * @param {D} [defaults]
 * @returns {T & D}
 */
export function check(options, known, defaults) {
  if (typeof options !== "object" || options === null) throw argument("options must be an object");
  /** @type {Record<string, unknown>} */
  const checked = { ...defaults };
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(known, name) && Reflect.get(known, name);
    if (!rule) throw argument(`unknown option ${show(name)}`);
    if (value === undefined) continue;
    const [test, needed] = rule;
    if (!test(value)) throw argument(`${name} must be ${needed}, not ${show(value)}`);
    checked[name] = value;
  }
  return /** @type {T & D} */ (checked);
}

/** @param {unknown} text @param {string} name */
export function checkText(text, name) {
  if (typeof text !== "string") throw argument(`the ${name} must be a string, not ${show(text)}`);
}

/**
 * Options of generation that have no meaning together are refused.
 *
 * @param {GenerateOptions} options
 */
export function checkTogether({ beam, lengthPenalty, samples = 1, ...options }) {
  if (beam === undefined) {
    if (lengthPenalty !== undefined) throw argument("lengthPenalty goes with beam");
    return;
  }
  const drawing = Object.keys(DRAWING_OPTIONS).find(
    (name) => Reflect.get(options, name) !== undefined,
  );
  if (drawing) throw argument(`a beam draws nothing: leave ${drawing} out`);
  if (samples > beam) throw argument(`${samples} samples are more than a beam of ${beam}`);
}

/** @param {ModelInfo} info @param {string} task */
export function needTask(info, task) {
  if (info.task !== task) throw argument(`the model is a ${info.task}, not a ${task}`);
}

/** The task of a model that writes from a source. @param {Task | undefined} task */
export function needSource(task) {
  if (task) return task;
  throw argument("the model is a generator, which writes from no source");
}

// ---- Into the core, by name ---------------------------------------------------------------------

/** An option's name as the core knows it: learningRate is learning-rate. @param {string} name */
export const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Calls `use` with the address of one of the core's structs of options, with these set.
 *
 * @template T
 * @param {Core} core
 * @param {"ink_sampling" | "ink_beam_options" | "ink_train_options"} struct
 * @param {Record<string, number | string | undefined>} options training's as text
 * @param {(address: number) => T} use
 * @param {boolean} [zeros] over zeros and not over the defaults
 */
function withOptions(core, struct, options, use, zeros) {
  const size = core.c[`${struct}_size`]();
  return core.with([new Uint8Array(size)], (address) => {
    if (!zeros) core.c[`${struct}_default`](address);
    for (const [name, value] of Object.entries(options)) {
      if (value === undefined) continue;
      const isText = typeof value === "string";
      const texts = [dashed(name), ...(isText ? [value] : [])].map((text) => encode(`${text}\0`));
      try {
        core.with(texts, (key, text) =>
          core.call(`${struct}_set`, address, key, isText ? text : value),
        );
      } catch (error) {
        if (!(error instanceof InklingError)) throw error;
        throw new InklingError(error.code, error.message.replaceAll(dashed(name), name));
      }
    }
    return use(address);
  });
}

/**
 * @template T
 * @param {Core} core
 * @param {SamplingOptions} options
 * @param {(address: number) => T} use
 */
export const withSampling = (core, options, use) =>
  withOptions(core, "ink_sampling", { ...options }, use);

/**
 * @template T
 * @param {Core} core
 * @param {Pick<BeamOptions, "beam" | "length" | "lengthPenalty">} options
 * @param {(address: number) => T} use
 */
export const withBeam = (core, { beam, length, lengthPenalty }, use) =>
  withOptions(core, "ink_beam_options", { beam, length, lengthPenalty }, use);

/**
 * Training's, by name and as text. To resume they are set over zeros, which change nothing of a
 * checkpoint's.
 *
 * @template T
 * @param {Core} core
 * @param {Record<string, string>} options
 * @param {boolean} resume
 * @param {(address: number) => T} use
 */
export const withTraining = (core, options, resume, use) =>
  withOptions(core, "ink_train_options", options, use, resume);

const STREAMS = 4; // of a worker at least: with fewer its products are too thin to be worth it

/** How many of these workers a batch is split among. @param {number} workers @param {number} batch */
export const fitted = (workers, batch) =>
  Math.max(1, Math.min(workers, Math.floor(batch / STREAMS)));
