// The training panel's form: what is to be learnt, for how long, and what else may be said of it.
// A number that is left empty is chosen to suit the text and the time.

import { html as captions } from "./captions.js";
import { html as classes } from "./classes.js";
import { html as pairs } from "./pairs.js";
import { html as text } from "./text.js";

/** A field for a number: { id, label, hint, and attributes of its input }. */
function numberField(/** @type {Record<string, any>} */ { id, label, hint, ...attributes }) {
  const given = Object.entries({ type: "number", step: 1, placeholder: "auto", ...attributes });
  const said = given.map(([name, value]) => `${name}="${value}"`).join(" ");
  const described = hint ? ` aria-describedby="${id}-hint"` : "";
  return /* HTML */ `<div class="field">
    <label for="${id}">${label}</label>
    <input id="${id}" ${said}${described} />
    ${hint ? `<p id="${id}-hint" class="hint">${hint}</p>` : ""}
  </div>`;
}

const SIZES = [
  { id: "hidden", label: "Units a layer", min: 1, max: 2048 },
  { id: "layers", label: "Layers", min: 1, max: 4 },
  {
    id: "nchars",
    label: "Window",
    min: 1,
    max: 1000,
    hint: "how many characters or words back it learns from",
  },
  { id: "epochs", label: "Epochs", min: 1, max: 100000, hint: "instead of minutes" },
];

const DETAILS = [
  { id: "learningRate", label: "Learning rate", min: 0, max: 1000000, step: "any" },
  { id: "batch", label: "Streams (batch)", min: 1, max: 1024 },
  { id: "dropout", label: "Dropout", min: 0, max: 0.9, step: "any" },
  {
    id: "validation",
    label: "Held out",
    min: 0,
    max: 0.5,
    step: "any",
    hint: "the share of the text it is tested on",
  },
  {
    id: "sampleTemperature",
    label: "Sample temperature",
    min: 0,
    max: 100,
    step: "any",
    value: 0.8,
  },
  { id: "sampleEvery", label: "Seconds between samples", min: 1, max: 3600, step: "any", value: 4 },
  {
    id: "workers",
    label: "Workers each",
    min: 1,
    max: 16,
    hint: "processor cores that share the work",
  },
  { id: "trainSeed", label: "Training seed", min: 0, max: 4294967295, value: 0 },
];

/** The numbers that are train()'s options by these names; `trainSeed` is its `seed`. */
export const NUMBERS = [...SIZES, ...DETAILS].map(({ id }) => id);

const radio = (name, value, title, checked = false) =>
  /* HTML */ `<label
    ><input type="radio" name="${name}" value="${value}" ${checked ? "checked" : ""} />
    <span>${title}</span></label
  >`;

export const html = /* HTML */ `
  <form id="train" class="column">
    <fieldset class="tasks">
      <legend>What to learn</legend>
      <div class="segments">
        ${radio("task", "generator", "Writing", true)} ${radio("task", "classifier", "Classes")}
        ${radio("task", "translator", "Pairs")} ${radio("task", "captioner", "Pictures")}
      </div>
    </fieldset>
    <fieldset class="material" data-task="generator">
      <legend class="unseen">Text</legend>
      ${text}
    </fieldset>
    <fieldset class="material" data-task="classifier" hidden>
      <legend class="unseen">Classes</legend>
      ${classes}
    </fieldset>
    <fieldset class="material" data-task="translator" hidden>
      <legend class="unseen">Pairs</legend>
      ${pairs}
    </fieldset>
    <fieldset class="material" data-task="captioner" hidden>
      <legend class="unseen">Pictures</legend>
      ${captions}
    </fieldset>

    <fieldset class="how-long">
      <legend>How long?</legend>
      <div class="segments">
        ${radio("minutes", 1, "1 minute", true)} ${radio("minutes", 5, "5 minutes")}
        ${radio("minutes", 30, "30 minutes")}
      </div>
    </fieldset>

    <div class="row going-on">
      <button type="submit" class="start primary">Train</button>
      <button type="button" class="pause" disabled>Pause</button>
      <button type="button" class="end" disabled>Stop</button>
    </div>
    <p class="alert" role="alert"></p>
    <div class="undoing"></div>
    <p class="kept hint" role="status"></p>
    <details class="earlier" hidden>
      <summary>Earlier runs</summary>
      <ul></ul>
    </details>

    <details class="more" data-part="options">
      <summary>More: network, size, epochs</summary>
      <fieldset>
        <legend class="unseen">Network</legend>
        <div class="field generator-only">
          <label for="from">Begin with</label>
          <select id="from">
            <option value="">an untrained network</option>
          </select>
        </div>
        <div class="cells" role="radiogroup" aria-label="It reads and writes">
          <label><input type="radio" name="level" value="" checked /> What suits</label>
          <label><input type="radio" name="level" value="char" /> Characters</label>
          <label><input type="radio" name="level" value="word" /> Words</label>
        </div>
        <div class="cells" role="group" aria-label="Cell">
          <label><input type="checkbox" name="cell" value="rnn" /> RNN</label>
          <label><input type="checkbox" name="cell" value="gru" /> GRU</label>
          <label><input type="checkbox" name="cell" value="lstm" /> LSTM</label>
        </div>
        <p class="hint">
          Choose several cells to race them. What you leave open is chosen for you.
        </p>
        <div class="fields">${SIZES.map(numberField).join("")}</div>
        <details>
          <summary>Learning rate, batch and samples</summary>
          <div class="fields">${DETAILS.map(numberField).join("")}</div>
        </details>
      </fieldset>
    </details>
  </form>

  <div class="column">
    <section id="progress" aria-labelledby="progress-title">
      <div class="bar">
        <h2 id="progress-title">Loss</h2>
        <p class="hint">
          How surprised it is by <span class="by">what comes next</span>, in nats per
          <span class="token">character</span>: the lower, the better. Thin line: by what it learns
          from. Thick line: by what was held out, if anything was.
        </p>
      </div>
      <div class="chart"><p class="empty">The curves appear here as it learns.</p></div>
      <p class="ngram hint"></p>
    </section>
    <div class="lanes"></div>
  </div>
`;
