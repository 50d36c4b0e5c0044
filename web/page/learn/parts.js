// What several figures are made of: fields, choices, and what a session thinks.

import { element } from "../dom.js";
import { createBars as createBarsOf, entriesOf as entriesIn } from "../parts/bars.js";
import {
  named as namedIn,
  percent as percentOf,
  sign,
  spoken as spokenIn,
} from "../parts/tokens.js";
import { fill, numeral, words } from "./fill.js";

export { distance } from "../parts/bars.js";
export { slider } from "../parts/slider.js";

let made = 0; // so far, for ids

/** A field for a line of text. */
export function field({ label, value, longest = 60, onInput }) {
  const id = `learn-field-${++made}`;
  const input = element("input", { type: "text", id, value, maxLength: longest, dir: "auto" });
  Object.assign(input, { spellcheck: false, autocomplete: "off", autocapitalize: "off" });
  input.addEventListener("input", () => onInput(input.value));
  const name = element("label", { htmlFor: id, textContent: label });
  return Object.assign(element("div", { className: "field" }, name, input), { input });
}

/** The gates of an LSTM, by the letters of its formulas. */
export const GATES = { f: "forget", i: "input", g: "candidate", o: "output" };

/** A seed below `bound` that nobody chose. */
export const newSeed = (bound = 2 ** 32) => crypto.getRandomValues(new Uint32Array(1))[0] % bound;

/** Some of which one is chosen, `set(value)` too: `options` are { value, label }. */
export function segments({ label, options, value, onChange }) {
  const name = `learn-segments-${++made}`;
  const labels = options.map((option) => {
    const radio = element("input", { type: "radio", name, value: option.value });
    radio.checked = option.value === value;
    radio.addEventListener("change", () => onChange(option.value));
    return element("label", {}, radio, option.label);
  });
  const legend = element("legend", { className: "unseen", textContent: label });
  const box = element("div", { className: "segments" }, ...labels);
  const all = element("fieldset", {}, legend, box);
  const set = (value) => {
    for (const radio of box.querySelectorAll("input")) radio.checked = radio.value === value;
  };
  return Object.assign(all, { set });
}

/** A table of figures, with a row for each of what `show([[name, …figures], …])` is given. */
export function numbers({ caption, heads }) {
  const body = element("tbody");
  const columns = heads.map((textContent) => element("th", { scope: "col", textContent }));
  const table = element(
    "table",
    { className: "numbers" },
    element("caption", { className: "unseen", textContent: caption }),
    element("thead", {}, element("tr", {}, ...columns)),
    body,
  );
  const cell = (content) => (content instanceof Element ? content : String(content));
  return {
    table,
    show(rows) {
      body.replaceChildren(
        ...rows.map(([name, ...figures]) => {
          const head = element("th", { scope: "row", textContent: name, translate: false });
          const cells = figures.map((figure) => element("td", {}, cell(figure)));
          return element("tr", {}, head, ...cells);
        }),
      );
    },
  };
}

/**
 * What may come after a text that a session reads from the beginning. The calls go out together, so
 * that none of another reading comes between them.
 */
export async function after(session, text, options = {}) {
  const calls = [session.reset(), text ? session.feed(text) : undefined];
  const answers = await Promise.all([...calls, session.distribution(options)]);
  return answers.at(-1);
}

// Tokens as elsewhere, in the words of the lesson's language.
export { sign };
export const spoken = (token) => spokenIn(token, words().blanks);
export const named = (token) => namedIn(token, words().blanks);
export const entriesOf = (candidates, count, chosen = undefined) =>
  entriesIn(candidates, count, chosen, words().blanks);

/** A token in a sentence. */
export const quoted = (token) =>
  sign(token) === token ? fill(words().quoted, { token }) : spoken(token);

/** A probability. */
export const percent = (/** @type {number} */ p) => numeral(percentOf(p));

/** A number with so many places, its sign a minus. */
export const decimal = (/** @type {number} */ value, places = 2) =>
  numeral(value.toFixed(places).replace("-", "−"));

/** A number behind an operator: brackets keep its sign apart from it. */
export const operand = (/** @type {number} */ value, places = 2) =>
  value < 0 ? `(${decimal(value, places)})` : decimal(value, places);

/** Bars as elsewhere, their figures as the lesson writes them. */
export const createBars = (table, given) =>
  createBarsOf(table, { ...given, of: words().probability, show: percent });

/** The characters of a text that a model has; of the others, those that it lacks. */
export function known(text, vocabulary) {
  const has = new Set(vocabulary);
  const all = [...text];
  return {
    text: all.filter((one) => has.has(one)).join(""),
    lacking: [...new Set(all.filter((one) => !has.has(one)))].join(" "),
  };
}

/** A line for what a model lacks of a text: `readable(text, model)` fills it, and gives the rest. */
export function lackingNote({ common, fill }) {
  const note = element("p", { className: "hint note" });
  return {
    note,
    readable(text, { info }) {
      const { text: rest, lacking } = known(text, info.vocabulary);
      note.textContent = lacking ? fill(common.lacking, { characters: lacking }) : "";
      return rest;
    },
  };
}

/** Whether the reader wants nothing to move. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** A sequence of numbers from [0, 1), the same for a seed (Mulberry32, 32 bits of state). */
export function randomsOf(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
