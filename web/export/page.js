// The page that a model is exported into: a field for a prompt, a text to classify or translate, or
// a picture; what the model makes of it; and what else might have come next.

/** @import { Model, PageOptions, Picture, Piece } from "../inkling.js" */

import { load } from "../inkling.js";
import { unpacked } from "../inline.js";

const SHOWN = 8; // candidates
const LARGEST = 512; // pixels a side, of a picture

/**
 * @template {HTMLElement} E
 * @param {string} id
 * @param {new () => E} type
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (found instanceof type) return found;
  throw new Error(`the page has no ${id}`);
}

const prompt = element("prompt", HTMLTextAreaElement);
const picture = element("picture", HTMLInputElement);
const temperature = element("temperature", HTMLInputElement);
const text = element("text", HTMLElement);
const candidates = element("candidates", HTMLElement);
const alert = element("alert", HTMLElement);
const form = document.forms[0];
const button = form.elements[form.elements.length - 1];

/** @param {string} selector */
const find = (selector) => /** @type {HTMLElement} */ (document.querySelector(selector));

const filledIn = (/** @type {string} */ id) => (element(id, HTMLElement).textContent ?? "").trim();
const isEmpty = filledIn("model").startsWith("<!--"); // the template itself

/** @type {PageOptions} */
const given = JSON.parse(isEmpty ? "{}" : filledIn("settings"));
const { prompt: beginning = "", temperature: heat = 0.8, ...settings } = given;
const { length = 400, samples = 1, seed: firstSeed = 1, ...sampling } = settings;
let seed = firstSeed;
/** @type {AbortController | undefined} Of what is being written. */
let writing;

/** A token as it can be seen, a vowel sign or an accent on a ring. @param {string} token */
function shown(token) {
  if (token === "\n") return "↵";
  return token === " " ? "␣" : token.replace(/^(?=\p{M})/u, "◌");
}

/** @param {{ token: string, probability: number }[]} list */
function showCandidates(list) {
  candidates.replaceChildren(
    ...list
      .slice(0, SHOWN)
      .filter(({ probability }) => probability > 0)
      .map(({ token, probability }) => {
        const row = document.createElement("li");
        const name = document.createElement("span");
        const number = document.createElement("span");
        const bar = document.createElement("i");
        name.textContent = shown(token);
        number.textContent = `${(100 * probability).toFixed(1)} %`;
        bar.style.transform = `scaleX(${probability})`;
        row.append(name, bar, number);
        return row;
      }),
  );
}

/** @returns {Promise<Picture>} */
async function readPicture() {
  const [file] = picture.files ?? [];
  if (!file) throw new Error("Choose a picture first.");
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(scale * bitmap.width));
  canvas.height = Math.max(1, Math.round(scale * bitmap.height));
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser gives no pixels.");
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** Where so many texts are to grow, in a line each behind what was typed. @param {number} count */
function lines(count) {
  text.replaceChildren();
  return Array.from({ length: count }, (_, i) => {
    const start = document.createElement("b");
    const rest = document.createTextNode("");
    start.textContent = prompt.value;
    text.append(...(i > 0 ? ["\n"] : []), start, rest);
    return rest;
  });
}

/** Writes on what was typed, and shows what else might have come first. @param {Model} model */
async function generate(model, /** @type {AbortSignal} */ signal) {
  const chosen = { ...sampling, temperature: temperature.valueAsNumber };
  const options = { ...chosen, signal, skipUnknown: true, length, samples, seed };
  seed += samples;
  const texts = lines(samples);
  /** @type {AsyncIterable<Piece>} */
  const pieces = model.generate(prompt.value, options);
  for await (const { index, text } of pieces) texts[index].data += text;
  const session = await model.session();
  await session.feed(prompt.value, { skipUnknown: true });
  showCandidates(await session.distribution({ ...chosen, count: SHOWN }));
  session.free();
}

/** Says what of the text the model leaves out. Gives whether there is more. @param {Model} model */
async function canRead(model) {
  const { tokens, unknown, note } = await model.lacks(prompt.value);
  if (unknown > 0) alert.textContent = `${note[0].toUpperCase()}${note.slice(1)}.`;
  return tokens > 0;
}

async function classify(/** @type {Model} */ model, /** @type {boolean} */ isRead) {
  const classes = isRead ? await model.classify(prompt.value) : [];
  text.textContent = isRead ? classes[0].label : "";
  if (!isRead && alert.textContent === "") alert.textContent = "There is no text to classify.";
  showCandidates(classes.map(({ label, probability }) => ({ token: label, probability })));
}

/** What the model makes of what is in the form, and shows. @param {Model} model */
async function write(model) {
  const { task } = model.info;
  writing?.abort();
  writing = new AbortController();
  const { signal } = writing;
  const isRead = task === "captioner" || (await canRead(model));
  if (task === "classifier") return classify(model, isRead);
  if (task === "generator") return generate(model, signal);
  text.textContent = "";
  if (!isRead && alert.textContent !== "") return;
  const options = { signal, skipUnknown: true, length, seed: seed++ };
  const pieces =
    task === "translator"
      ? model.translate(prompt.value, options)
      : model.caption(await readPicture(), options);
  for await (const piece of pieces) text.append(piece);
}

/** @param {Model} model */
function begin(model) {
  const { task, metadata } = model.info;
  const { name, license, trained_on: trainedOn } = metadata;
  const generates = task === "generator";
  find(".settings").hidden = !generates;
  find("section").hidden = !generates && task !== "classifier";
  if (task === "captioner") {
    find(".prompt").hidden = prompt.hidden = true;
    find(".drop").hidden = false;
  }
  if (!generates) {
    find(".prompt").textContent = "Text";
    find("h2").textContent = "Classes"; // which only a classifier shows
    const verbs = { classifier: "Classify", translator: "Translate", captioner: "Caption" };
    button.textContent = verbs[task];
  }
  const paragraph = document.createElement("p");
  paragraph.textContent = [
    name && name !== document.title && `${name}.`,
    trainedOn && trainedOn !== document.title && `Trained on ${trainedOn}.`,
    license && `Licence: ${license}.`,
  ]
    .filter((sentence) => sentence)
    .join(" ");
  find("footer").append(paragraph);
}

prompt.value = beginning;
temperature.value = String(heat);
const showHeat = () => (find("output").textContent = temperature.value);
temperature.addEventListener("input", showHeat);
showHeat();

async function open() {
  if (isEmpty)
    throw new Error("No model is in this page yet: exportPage() or “inkling export” puts it in.");
  const model = await load(await unpacked(filledIn("model")));
  begin(model);
  return model;
}

/** @param {unknown} error */
function showError(error) {
  if (error instanceof Error && error.name === "AbortError") return;
  alert.textContent = error instanceof Error ? error.message : String(error);
}

const opening = open();
let isAsked = false; // for a text, by whoever reads the page

// From the first: a form without it would send itself, and open the page anew.
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  alert.textContent = "";
  isAsked = true;
  text.ariaLive = "polite";
  try {
    await write(await opening);
  } catch (error) {
    showError(error);
  }
});

/** Shows at once what the model does, as far as there is something to do it with. */
async function showFirst() {
  const model = await opening;
  const canBegin = model.info.task === "generator" || prompt.value !== "";
  if (canBegin && !isAsked) await write(model);
}

text.ariaLive = "off"; // nobody has asked for what comes first, which would be read out
showFirst().catch(showError);
