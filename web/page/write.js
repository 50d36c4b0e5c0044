// The writing tab: its panels are modules of their own, and here is what happens between them.

import { createCandidates } from "./candidates.js";
import { createControls } from "./controls.js";
import { DEFAULTS, readLink, writeLink } from "./link.js";
import { createModels } from "./models.js";
import { createOutput } from "./output.js";
import { drawShape } from "./shape.js";
import { tokensOf } from "./tokens.js";

const LISTED = 20; // texts to begin with, of a model whose texts end by themselves
const LONGEST_LINK = 30_000; // characters; what is longer gets lost on the way

const find = (selector) => document.querySelector(selector);
const form = find("#write");
const prompt = find("#prompt");
const problem = find("#prompt-problem");
const generateButton = find("#generate");
const anotherButton = find("#another");
const stopButton = find("#stop");
const copyButton = find("#copy");
const speed = find("#output .speed");
const said = find("#said");

let model; // the one in use
let run; // the AbortController of the generation under way
let onSheet = false; // whether the candidates are those of a text on the sheet, or of the prompt
let starts = [0]; // where the texts on the sheet begin, each in a line of its own
let shown = 0; // of them the place of the one whose candidates are shown
const suggested = { prompt: "", options: {} }; // what a model's entry has filled in
let opening; // what a link wants to be filled in once its model has opened

const controls = createControls({
  onChange() {
    candidates.refresh();
    keepLinkSoon();
  },
});
const output = createOutput({
  onPick(position) {
    onSheet = true;
    look(position);
  },
});
const candidates = createCandidates({
  onPick: (position) => look(shown + position),
  sampling: () => controls.sampling,
});
const models = createModels(find("#models"), "generator", { onModel: use });

// ---- Models ----

/** Fills in what the model and its entry suggest, but over nothing that came from elsewhere. */
function suggest({ prompt: text, options = suggested.options }) {
  if (opening?.options) {
    controls.options = opening.options;
    suggested.options = undefined;
  } else if (suggested.options) {
    const now = controls.options;
    const untouched = Object.keys(suggested.options).every(
      (name) => now[name] === suggested.options[name],
    );
    if (untouched) {
      const { seed, ...defaults } = DEFAULTS;
      const ends = model.info.metadata.end !== undefined;
      suggested.options = { ...defaults, ...options, samples: ends ? LISTED : 1 };
      controls.options = suggested.options;
    }
  }
  if (opening?.prompt !== undefined) {
    prompt.value = opening.prompt;
  } else if (text !== undefined && prompt.value === suggested.prompt) {
    suggested.prompt = text;
    prompt.value = text;
  }
  opening = undefined;
}

function use(newModel, entry) {
  if (run) {
    run.abort();
    finish();
  }
  candidates.use(newModel);
  model?.free();
  model = newModel;
  suggest(entry);
  output.clear();
  starts = [0];
  speed.textContent = "";
  generateButton.disabled = false;
  anotherButton.disabled = false;
  copyButton.disabled = true;
  showShape();
  promptChanged();
}

/** With the beginning of the prompt, and of what has been written after it, in its boxes. */
function showShape(written = "") {
  const words = model.info.level === "word";
  const read = tokensOf(prompt.value.slice(-60), words).slice(-3);
  drawShape(find("#writing .shape"), model.info, { read, written: tokensOf(written, words) });
}

// ---- The link ----

/** The hash for what is on the page, or undefined when no link can carry it. */
function link() {
  const { own, name } = models.current ?? { own: true };
  if (own) return undefined;
  const hash = writeLink({ model: name, prompt: prompt.value, options: controls.options });
  return hash.length <= LONGEST_LINK ? hash : undefined;
}

let linkTimer;

function keepLink() {
  clearTimeout(linkTimer);
  // What the address asks for is still to come.
  if (opening || !model || find("#writing").hidden) return;
  history.replaceState(null, "", link() ?? location.pathname + location.search);
}

// Browsers allow only so many changes of the address in a while.
function keepLinkSoon() {
  clearTimeout(linkTimer);
  linkTimer = setTimeout(keepLink, 250);
}

/** Opens what an address asks for: the model and the prompt that its hash names, or the first model. */
export async function openWriting(hash) {
  opening = readLink(hash);
  const { model: name, prompt: text, options, wrong } = opening;
  if (text !== undefined) prompt.value = text;
  if (options) controls.options = options;
  const known = name === undefined || models.has(name);
  if (model && known && name === models.current.name) {
    suggest({}); // it is in use already
    promptChanged();
  } else if (!(await models.open(known ? name : undefined))) {
    if (model) opening = undefined;
    return;
  }
  if (!known)
    models.complain(`The link asks for a model “${name}”, which is not here; this is another.`);
  else if (wrong.length > 0)
    models.complain(`The link says ${wrong.join(", ")}: not a number, so left out.`);
}

// ---- Writing ----

function complain(error) {
  problem.textContent = error ? `${error.message}.` : "";
  prompt.setAttribute("aria-invalid", String(error !== undefined));
  if (error?.code !== "vocabulary") return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Leave them out";
  button.addEventListener("click", () => {
    const known = new Set(model.info.vocabulary);
    prompt.value = [...prompt.value].filter((character) => known.has(character)).join("");
    promptChanged();
    prompt.focus();
  });
  problem.append(" ", button);
}

function promptChanged() {
  complain(undefined);
  keepLinkSoon();
  if (run) return;
  onSheet = false;
  look(prompt.value.length);
}

/** Lets the candidates know the text that they are of, which may have grown. */
function follow() {
  const next = starts[starts.indexOf(shown) + 1] ?? Infinity;
  const text = onSheet ? output.text.slice(shown, next - 1) : prompt.value;
  candidates.follow(text, { isRunning: run !== undefined });
}

/** Looks at a place on the sheet, or in the prompt. */
function look(position) {
  shown = onSheet ? starts.findLast((start) => start <= position) : 0;
  follow();
  candidates.stand(position - shown);
  output.mark(onSheet ? position : -1);
}

const frame = () => new Promise(requestAnimationFrame);

/** Hands a piece on no faster than the pace allows; it may be changed meanwhile. */
async function paced(piece, signal, hand) {
  const characters = [...piece];
  let due = performance.now();
  while (characters.length > 0) {
    const { pace } = controls;
    if (pace === 0) return hand(characters.splice(0).join(""));
    if (performance.now() < due) await frame();
    signal.throwIfAborted();
    if (performance.now() < due) continue;
    hand(characters.shift());
    due += 1000 / pace;
  }
}

function createMeter() {
  const began = performance.now();
  let count = 0;
  let shown = -Infinity;
  return {
    count(piece) {
      count += [...piece].length;
      if (performance.now() - shown > 200) this.show();
    },
    show() {
      shown = performance.now();
      const perSecond = Math.round(count / Math.max((shown - began) / 1000, 0.001));
      const figures = [count, perSecond].map((figure) => figure.toLocaleString("en"));
      speed.textContent = `${figures[0]} characters · ${figures[1]} a second`;
    },
  };
}

async function generate() {
  run?.abort();
  const mine = new AbortController();
  const { signal } = mine;
  run = mine;
  complain(undefined);
  said.textContent = "";
  speed.textContent = "";
  keepLink();
  stopButton.disabled = false;
  copyButton.disabled = false;
  const typed = prompt.value;
  output.begin(typed);
  output.show();
  starts = [0];
  onSheet = true;
  look(output.text.length);
  const meter = createMeter();
  const hand = (characters) => {
    output.write(characters);
    follow();
    meter.count(characters);
  };
  let wrong;
  try {
    // The first text is seen to grow; the others, which are written beside it, come after it.
    const others = Array(controls.options.samples - 1).fill("");
    for await (const { index, text } of model.generate(typed, { ...controls.options, signal })) {
      if (index === 0) await paced(text, signal, hand);
      else others[index - 1] += text;
    }
    for (const text of others) {
      output.beginNext(typed);
      starts.push(output.text.length - typed.length);
      await paced(text, signal, hand);
    }
  } catch (error) {
    if (!signal.aborted) wrong = error;
  }
  if (run !== mine) return; // another one has begun, or the model is another
  meter.show();
  finish(wrong);
}

function finish(wrong) {
  run = undefined;
  output.end();
  showShape(output.text.slice(prompt.value.length, prompt.value.length + 80));
  follow();
  complain(wrong);
  if (document.activeElement === stopButton) generateButton.focus();
  stopButton.disabled = true;
}

// ---- Copying ----

async function copy(text, done, otherwise) {
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = done;
  } catch {
    otherwise();
  }
}

copyButton.addEventListener("click", () => {
  copy(output.text, "Text copied.", () => {
    output.select();
    said.textContent = "The browser does not let this page copy; the text is selected instead.";
  });
});

find("#share").addEventListener("click", () => {
  keepLink();
  if (models.current?.own) {
    said.textContent = "A file of your own stays on this device, so no link can carry it.";
  } else if (link() === undefined) {
    said.textContent = "This is too long for a link.";
  } else {
    const address = "The browser does not let this page copy; the link is in the address bar.";
    copy(
      location.href,
      "Link copied: whoever opens it and presses Generate gets this text.",
      () => (said.textContent = address),
    );
  }
});

// ---- Keys and the rest ----

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (model) generate();
});
anotherButton.addEventListener("click", () => {
  controls.newSeed();
  form.requestSubmit();
});
stopButton.addEventListener("click", () => run?.abort());
prompt.addEventListener("input", promptChanged);
prompt.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit();
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") run?.abort();
});

export const listGenerators = (entries) => models.list(entries);
export const writeWithFile = (file) => models.openFile(file);
export const complainOfWriting = (message) => models.complain(message);
export { keepLink as keepWriting };
