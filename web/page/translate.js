// The translating panel: a text, what the network writes for it, and where it looked meanwhile.

import { button, element } from "./dom.js";
import { taskOf } from "../tasks.js";
import { asSaid, leftOut, strangers, takes } from "./link.js";
import { Newest } from "./newest.js";
import { showExamples, suggestExample } from "./parts/examples.js";
import { createHeatMap } from "./parts/heat.js";
import { createModels } from "./parts/models.js";
import { createShape } from "./parts/shape.js";
import { percent } from "./parts/tokens.js";
import { named, unknownIn } from "./parts/unknown.js";
import { sentence } from "./parts/words.js";

const LENGTH = 400; // tokens at most

// Below these it hardly has read the like: the mean of a word, and all of a text of characters.
const UNSURE = { word: 0.6, char: 0.5 };

/** How sure a network is of what it has written, by the log-probabilities of its tokens. */
function howSure(level, logs) {
  if (logs.length === 0) return "";
  const sum = logs.reduce((a, b) => a + b, 0);
  const isWords = level === "word";
  const share = Math.exp(isWords ? sum / logs.length : sum);
  const what = `${percent(share)} sure of ${isWords ? "a word, on average" : "all of it"}`;
  if (share >= UNSURE[level])
    return `It is ${what}: it knows texts like this well, which does not make it right.`;
  return `It guesses, and is only ${what}: it has hardly learnt from texts like this.`;
}

export const html = /* HTML */ `
  <div class="column">
    <section id="translators" class="models" data-part="model"></section>
    <form id="translate">
      <label for="translate-text">Text to translate</label>
      <textarea
        id="translate-text"
        rows="2"
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        dir="auto"
        aria-describedby="translate-problem"
      ></textarea>
      <p id="translate-problem" class="alert" role="alert"></p>
      <div class="examples row"></div>
      <div class="row">
        <button type="submit" class="primary" disabled>Translate</button>
        <button type="button" class="stop" disabled>Stop</button>
        <span class="pair" data-part="options">
          <label for="translate-beam">Beam width</label>
          <input
            type="number"
            id="translate-beam"
            min="1"
            max="8"
            step="1"
            value="1"
            required
            aria-describedby="translate-beam-hint"
          />
        </span>
      </div>
    </form>
    <section aria-labelledby="translation-title">
      <h2 id="translation-title">Translation</h2>
      <p class="translation" role="status" dir="auto" translate="no"></p>
      <p class="sure hint" role="status"></p>
      <table class="hypotheses" hidden>
        <caption class="unseen">
          The best that the beam has found
        </caption>
        <thead>
          <tr>
            <th scope="col">Found</th>
            <th scope="col">log-probability</th>
          </tr>
        </thead>
        <tbody></tbody>
      </table>
      <p id="translate-beam-hint" class="hint" data-part="options">
        With a beam of 1 it takes the likeliest each time. A wider beam follows several beginnings
        at once and keeps the best of them.
      </p>
    </section>
    <section class="own-task" data-part="train"></section>
  </div>
  <div class="column">
    <section aria-labelledby="attention-title" data-part="attention">
      <h2 id="attention-title">Attention</h2>
      <div class="map" tabindex="0" role="region" aria-label="Where it looked"></div>
      <p class="looked hint" role="status"></p>
      <p class="hint">
        Each row is what it wrote, each column what it read: the stronger the colour, the more it
        looked there while writing. A row adds up to 100%. Point at a square, or go with the arrow
        keys.
      </p>
    </section>
    <section class="its-shape" data-part="shape"></section>
  </div>
`;

export function createPanel(root, page) {
  const find = (selector) => root.querySelector(selector);
  const form = find("form");
  const field = find("textarea");
  const beam = find("#translate-beam");
  const problem = find("#translate-problem");
  const translation = find(".translation");
  const hypotheses = find(".hypotheses");
  const sure = find(".sure");
  const looked = find(".looked");
  const startButton = find("[type=submit]");
  const stopButton = find(".stop");
  const drawShape = createShape(find(".its-shape"));
  const map = createHeatMap(find(".map"), { onCell: (text) => (looked.textContent = text) });
  const newest = new Newest(); // the translation under way
  let model;
  let taught; // of the model that comes next, some of the sources that it learnt

  function keep() {
    const { name } = models.current;
    const width = beam.checkValidity() ? beam.value : 1;
    page.keep({ model: name, text: field.value, beam: width }, models.unlinked);
  }

  function complain(error) {
    problem.textContent = error ? sentence(error) : "";
    field.setAttribute("aria-invalid", String(error !== undefined));
  }

  function showHypotheses(found) {
    hypotheses.hidden = found.length < 2;
    hypotheses.tBodies[0].replaceChildren(
      ...found.map(({ text, logProbability }) => {
        const name = element("th", {
          scope: "row",
          textContent: text,
          dir: "auto",
          translate: false,
        });
        const value = element("td", { textContent: logProbability.toFixed(2) });
        return element("tr", {}, name, value);
      }),
    );
  }

  /** The options that the beam's width makes: of 1, the text streams. */
  function options() {
    const width = beam.valueAsNumber;
    return width > 1 ? { beam: width, samples: width } : { logProbabilities: true };
  }

  function clear() {
    complain(undefined);
    keep();
    for (const place of [translation, sure, looked]) place.textContent = "";
    translation.removeAttribute("aria-busy");
    stopButton.disabled = true;
    map.clear();
    showHypotheses([]);
  }

  async function translate() {
    const signal = newest.begin();
    clear();
    stopButton.disabled = false;
    translation.setAttribute("aria-busy", "true"); // read out once it is whole
    const text = field.value;
    const written = [];
    const found = [];
    const logs = [];
    let wrong;
    try {
      const { tokens } = await model.lacks(text);
      const strange = await unknownIn(model, text);
      if (tokens === 0 && strange.length > 0)
        throw new Error(`it does not know ${named(strange)}, so nothing is left to translate`);
      const source = await model.sourceTokens(text, { skipUnknown: true });
      signal.throwIfAborted();
      map.begin(source);
      const given = { length: LENGTH, attention: true, skipUnknown: true, signal, ...options() };
      for await (const piece of model.translate(text, given)) {
        if (piece.score !== undefined) found.push(piece);
        if (piece.index > 0) continue;
        translation.textContent += piece.text;
        for (const { token, attention, logProbability } of piece.tokens) {
          map.add(token, attention);
          written.push(token);
          if (logProbability !== undefined) logs.push(logProbability);
        }
      }
      const ignored = strange.length > 0 ? `It does not know ${named(strange)}. ` : "";
      sure.textContent = ignored + howSure(model.info.level, logs);
      showHypotheses(found);
      drawShape(model.info, { read: source, written });
    } catch (error) {
      if (!signal.aborted) wrong = error;
    }
    if (!newest.end(signal)) return; // another one has begun, or the model is another
    translation.removeAttribute("aria-busy");
    if (document.activeElement === stopButton) startButton.focus();
    stopButton.disabled = true;
    complain(wrong);
  }

  /** What nobody has asked for says nothing of a text that is not there yet. */
  const show = () => (field.value.trim() === "" ? clear() : form.requestSubmit());

  function use(newModel, { examples = taught ?? [] }) {
    taught = undefined;
    newest.forget();
    model?.free();
    model = newModel;
    startButton.disabled = false;
    drawShape(model.info);
    suggestExample(field, examples);
    showExamples(find(".examples"), examples, { field, onPick: () => form.requestSubmit() });
    show();
  }

  const models = createModels(find(".models"), "translator", { page, onModel: use });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (model) translate();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey) return; // a line is a text here
    event.preventDefault();
    form.requestSubmit();
  });
  beam.addEventListener("change", () => form.requestSubmit());
  stopButton.addEventListener("click", () => newest.abort());
  root.addEventListener("keydown", ({ key }) => key === "Escape" && newest.abort());

  find(".own-task").append(
    button("Teach it pairs of your own…", () =>
      page.goTo("train", { fields: { task: "translator" } }),
    ),
  );

  return {
    async openLink({ model: name, text, beam: width, ...others }) {
      const wrong = strangers(others, []);
      if (text !== undefined) field.value = text;
      if (width !== undefined) {
        if (takes(beam, width)) beam.value = width;
        else wrong.push(asSaid("beam", width));
      }
      if ((await models.openNamed(name)) === "already") show();
      models.complain(leftOut(wrong));
    },
    seeTaught({ bytes }) {
      taught = taskOf("translator").samples({ text: bytes });
    },
    openFile: models.openFile,
    drops: { model: "Drop a model’s files to translate with it" },
  };
}
