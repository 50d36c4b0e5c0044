// What the tasks add to a generator, a row each; and what only models of other tasks, beam search
// and looking inside need, which a generator never downloads.

/** @import { Class, GenerateOptions, Picture, TextOrPicture } from "./inkling.js" */
/** @import { Host } from "./model.js" */

import { search } from "./beam.js";
import { Source } from "./encoded.js";
import { Shared } from "./handle.js";
import { saliency, setState, state, trace } from "./inside.js";
import { countText, mixModels, reading } from "./mixture.js";
import { argument, checkText, show } from "./options.js";
import { InklingError, kindOf } from "./platform.js";

/**
 * @typedef {object} Row
 * @property {string} instead how its models are called, for whoever calls them otherwise
 * @property {(source: any) => TextOrPicture} [source] checks what it writes from, which a host then
 *   encodes (encoded.js); one without writes nothing
 * @property {(material: Material) => TextOrPicture[]} samples what a run's samples are written from
 * @property {(source: any, text: string) => string} [sample] shows one
 *
 * @typedef {{ text: Uint8Array, pictures?: Uint8Array }} Material what a run learns from
 *
 * @typedef {Row & { prepare: Prepare }} Task
 */

/** @type {Record<string, Row>} */
const TASKS = {
  classifier: {
    instead: "a classifier does not write: classify() a text",
    samples: () => [],
  },
  translator: {
    instead: "a translator needs a source: translate() a text",
    source: textOf,
    samples: lastSources,
    sample: (source, text) => `${source} → ${text}`,
  },
  captioner: {
    instead: "a captioner needs a source: caption() a picture",
    source: pictureOf,
    samples: lastPicture,
  },
};

/**
 * A task by its name; undefined of a generator.
 *
 * @param {string} name
 * @returns {Task | undefined}
 */
export function taskOf(name) {
  if (!Object.hasOwn(TASKS, name)) return undefined;
  const row = TASKS[name];
  return { ...row, prepare: (...values) => prepare(row, ...values) };
}

/** All that a host takes from here, by name: bundled, a namespace would take more. */
export const tasks = {
  ...{ Source, Shared, classify, countText, mixModels, search, taskOf },
  inside: { reading, saliency, setState, state, trace },
};

/**
 * The classes of a text, likeliest first. A model without line breaks has learnt texts of tables,
 * where those, and what is blank around them, were a space each.
 *
 * @param {Host} host
 * @param {string} text
 * @returns {Class[]}
 */
function classify(host, text) {
  const { info } = host;
  const joined = info.vocabulary.includes("\n") ? text : text.replace(/\s*[\n\r]\s*/g, " ");
  const read = joined.trim();
  const { tokens, note } = host.lacks(read);
  if (tokens === 0) throw new InklingError("text", note || "there is no text");
  const once = 0; // an id; those of callers are above
  host.session(once);
  try {
    // What is said of a text without a character of it is better than nothing; unknown words are
    // read as in training.
    host.feed(once, read, info.level === "char");
    const classes = host.distribution(once, {});
    return classes.map(({ token, probability }) => ({ label: token, probability }));
  } finally {
    host.release(once);
  }
}

// ---- What is written from -----------------------------------------------------------------------

const SIDE_MAX = 10_000; // pixels

/** @param {any} value */
const isSide = (value) => Number.isInteger(value) && value >= 1 && value <= SIDE_MAX;

/** @param {unknown} data @returns {data is Uint8Array} */
const isBytes = (data) => ArrayBuffer.isView(data) && /^Uint8/.test(kindOf(data));

/** Of an ImageData, or of another object of that shape, what matters. @param {any} picture */
function pictureOf(picture) {
  const { data, width, height } = picture ?? {};
  if (!isBytes(data)) {
    throw argument("the source must be a picture: { data, width, height }, as ImageData is");
  }
  if (!isSide(width) || !isSide(height)) {
    const sides = `${show(width)} × ${show(height)}`;
    throw argument(`a picture must have 1 to ${SIDE_MAX} pixels each way, not ${sides}`);
  }
  const pixels = width * height;
  if (data.length !== 3 * pixels && data.length !== 4 * pixels) {
    const needed = `${3 * pixels} (RGB) or ${4 * pixels} (RGBA) bytes`;
    throw argument(`a picture of ${width} × ${height} has ${needed}, not ${data.length}`);
  }
  return { data, width, height };
}

/** @param {string} text */
function textOf(text) {
  checkText(text, "source");
  return text;
}

/**
 * The options of a generation with the sources of its prompts, as many of one as of the other.
 *
 * @typedef {<T extends GenerateOptions>(prompt: string | string[], options: T,
 *   fromSource?: boolean) =>
 *   Omit<T, "source"> & { prompts: string[], sources: TextOrPicture[] }} Prepare
 */

/**
 * @template {GenerateOptions} T
 * @param {Row} task
 * @param {string | string[]} prompt
 * @param {T} options
 * @param {boolean} [fromSource] whether the caller meant to give one
 */
function prepare(task, prompt, { source, ...options }, fromSource) {
  if (!task.source || (source === undefined && !fromSource)) throw argument(task.instead);
  const given = [source].flat().map(task.source);
  const prompts = [prompt].flat();
  const count = Array.isArray(source) ? given.length : prompts.length;
  if (Array.isArray(prompt) && prompts.length !== count) {
    throw argument(`${prompts.length} prompts do not go with ${count} sources`);
  }
  /** @template T @param {T[]} all */
  const each = (all) => (all.length > 1 ? all : Array(count).fill(all[0]));
  const { beam, attention, logProbabilities = attention, temperature = 0 } = options;
  const greedy = beam === undefined ? { temperature } : {};
  return {
    ...options,
    ...greedy,
    logProbabilities,
    prompts: /** @type {string[]} */ (each(prompts)),
    sources: /** @type {TextOrPicture[]} */ (each(given)),
  };
}

// ---- What samples are written from --------------------------------------------------------------

const TRANSLATED = 6; // texts in a sample
const TAIL_BYTES = 1 << 16; // in which so many lines are

/**
 * The texts of the last lines, before their tabs. They are held out, if any are, where the lines
 * keep their order.
 */
function lastSources(/** @type {Material} */ { text }) {
  const lines = new TextDecoder().decode(text.subarray(-TAIL_BYTES)).split("\n");
  if (text.length > TAIL_BYTES) lines.shift(); // cut
  const pairs = lines.map((line) => line.split("\t")).filter((pair) => pair.length > 1);
  return pairs.slice(-TRANSLATED).map(([source]) => source);
}

/**
 * The last of binary PPM pictures, which are all of one size; none when the header is a long one.
 *
 * @param {Material} material
 * @returns {Picture[]}
 */
function lastPicture({ pictures = new Uint8Array() }) {
  const header = new TextDecoder("latin1").decode(pictures.subarray(0, 1000));
  // A comment is white space.
  const size = header.match(/^P6(?:#.*[\n\r]|\s)+(\d+)(?:#.*[\n\r]|\s)+(\d+)\s/);
  if (!size) return [];
  const [, width, height] = size.map(Number);
  return [{ data: pictures.slice(-3 * width * height), width, height }];
}
