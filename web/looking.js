// Looking inside of a model as callers have it: what a text does to it, and how well it predicts
// one. It comes with the first call of one of these; the host (inside.js) does the work.

/** @import * as Public from "./inkling.js" */
/** @import { Remote } from "./host.js" */

import {
  PREDICTING_OPTIONS,
  READING_OPTIONS,
  WHOLE,
  check,
  checkText,
  needTask,
} from "./options.js";
import { InklingError } from "./platform.js";
import { TRACE_OPTIONS } from "./session.js";
import { patternOver } from "./patterns.js";

/** @typedef {Remote<"model">} Host */

/**
 * How well a model predicts a text. What the model leaves out of it, the build that mixes knows.
 *
 * @param {Host} alone
 * @param {Public.ModelInfo} info
 * @param {object} model
 * @param {string} text
 * @param {Public.EvaluateOptions} [options]
 * @returns {Promise<Public.Evaluation>}
 */
export async function evaluate(alone, info, model, text, options = {}) {
  checkText(text, "text");
  const all = { reset: WHOLE, ...READING_OPTIONS, ...PREDICTING_OPTIONS };
  const { skipUnknown, mix, ...how } = check(options, all, { reset: 0 });
  needTask(info, "generator");
  const isLarger = skipUnknown || mix !== undefined;
  const { host, parts } = isLarger
    ? await (await import("./mixing.js")).mixed(model, mix)
    : { host: alone };
  const known = skipUnknown ? await host.call("inside", "reading", undefined, text) : text;
  return host.call("evaluate", known, { ...how, mix: parts });
}

/**
 * @param {Host} host
 * @param {Public.ModelInfo} info
 * @param {string} text
 * @param {Public.TraceOptions} [options]
 * @returns {Promise<Public.Trace>}
 */
export async function trace(host, info, text, options = {}) {
  checkText(text, "text");
  const checked = check(options, TRACE_OPTIONS);
  needTask(info, "generator");
  return host.call("inside", "trace", undefined, text, checked);
}

/**
 * @param {Host} host
 * @param {Public.ModelInfo} info
 * @param {string} text
 * @param {number} place
 * @param {{ skipUnknown?: boolean }} [options]
 * @returns {Promise<Float32Array>}
 */
export async function saliency(host, info, text, place, options = {}) {
  checkText(text, "text");
  check({ place: place ?? null }, { place: WHOLE });
  const { skipUnknown } = check(options, READING_OPTIONS);
  needTask(info, "generator");
  return host.call("inside", "saliency", undefined, text, place, skipUnknown);
}

/**
 * @param {Host} host
 * @param {Public.ModelInfo} info
 * @param {string | Public.Trace} text
 * @param {Public.Pattern} pattern
 * @param {{ skipUnknown?: boolean }} [options]
 */
export async function units(host, info, text, pattern, options = {}) {
  const { skipUnknown } = check(options, READING_OPTIONS);
  if (isTrace(text)) return unitsOf(text, pattern);
  return unitsOf(await trace(host, info, text, { skipUnknown }), pattern);
}

/** Whether it has what unitsOf() reads. @param {any} value @returns {value is Public.Trace} */
function isTrace(value) {
  const { tokens, layers, units: width, hidden, cell = hidden } = value ?? {};
  const areTexts = tokens?.every?.((/** @type {any} */ token) => typeof token === "string");
  const size = areTexts ? tokens.length * layers * width : NaN;
  const fits = (/** @type {unknown} */ all) => all instanceof Float32Array && all.length === size;
  return fits(hidden) && fits(cell);
}

/**
 * The units of a trace, those that go most with a pattern first.
 *
 * @param {Public.Trace} trace
 * @param {Public.Pattern} pattern
 * @returns {Public.FoundUnit[]}
 */
function unitsOf({ tokens, layers, units: width, hidden, cell }, pattern) {
  const wanted = patternOver(tokens, pattern);
  const known = wanted.filter((value) => !Number.isNaN(value));
  if (known.every((value) => value === known[0]))
    throw new InklingError("text", "the pattern is the same at every token");
  const of = (/** @type {"hidden" | "cell"} */ state, /** @type {Float32Array} */ values) =>
    correlate(values, wanted, layers * width).map(({ at, ...one }) => ({
      layer: Math.floor(at / width),
      unit: at % width,
      state,
      ...one,
    }));
  const found = [...of("hidden", hidden), ...(cell ? of("cell", cell) : [])];
  return found.sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation));
}

/**
 * How each of `count` columns goes with a pattern, where that is known: Pearson's correlation, 0 of
 * what never changes, and the means where the pattern is above its own mean and elsewhere.
 *
 * @param {Float32Array} values [tokens × count]
 * @param {number[]} wanted [tokens]
 * @param {number} count
 */
function correlate(values, wanted, count) {
  const known = wanted.filter((value) => !Number.isNaN(value));
  const middle = known.reduce((sum, value) => sum + value, 0) / known.length;
  const squares = known.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  const ons = known.filter((value) => value > middle).length;
  const sums = () => new Float64Array(count);
  const [all, own, both, on] = [sums(), sums(), sums(), sums()];
  wanted.forEach((value, t) => {
    if (Number.isNaN(value)) return;
    const isOn = value > middle;
    for (let at = 0; at < count; at++) {
      const x = values[t * count + at];
      all[at] += x;
      own[at] += x * x;
      both[at] += x * (value - middle);
      if (isOn) on[at] += x;
    }
  });
  return Array.from({ length: count }, (_, at) => {
    const spread = own[at] - all[at] ** 2 / known.length;
    const changes = spread > 1e-12 * own[at];
    return {
      at,
      correlation: changes ? both[at] / Math.sqrt(spread * squares) : 0,
      on: on[at] / ons,
      off: (all[at] - on[at]) / (known.length - ons),
    };
  });
}
