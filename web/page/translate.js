// The translating tab: a text, what the network writes for it, and where it looked while it wrote.

import { showExamples } from "./examples.js";
import { createHeatMap } from "./heat.js";
import { readTabLink } from "./link.js";
import { createModels } from "./models.js";
import { drawShape } from "./shape.js";

const LENGTH = 400; // tokens at most

const panel = document.querySelector("#translating");
const find = (selector) => panel.querySelector(selector);
const form = find("form");
const field = find("textarea");
const beam = find("#translate-beam");
const problem = find("#translate-problem");
const translation = find(".translation");
const hypotheses = find(".hypotheses");
const looked = find(".looked");
const button = find("[type=submit]");
const stopButton = find(".stop");

/** `onFields(fields)` is told what is filled in, for the address. */
export function createTranslating({ entries, onFields }) {
  const map = createHeatMap(find(".map"), { onCell: (text) => (looked.textContent = text) });
  let model;
  let run; // the AbortController of the translation under way

  function keep() {
    const { own, name } = models.current;
    const width = beam.checkValidity() ? beam.value : 1;
    onFields(own ? null : { model: name, text: field.value, beam: width });
  }

  function complain(error) {
    problem.textContent = error ? `${error.message}.` : "";
    field.setAttribute("aria-invalid", String(error !== undefined));
  }

  function showHypotheses(found) {
    hypotheses.hidden = found.length < 2;
    hypotheses.tBodies[0].replaceChildren(
      ...found.map(({ text, logProbability }) => {
        const row = document.createElement("tr");
        const name = document.createElement("th");
        name.scope = "row";
        name.textContent = text;
        row.append(name);
        row.insertCell().textContent = logProbability.toFixed(2);
        return row;
      }),
    );
  }

  /** The options that the beam's width makes: of 1, the text streams. */
  function options() {
    const width = beam.valueAsNumber;
    return width > 1 ? { beam: width, samples: width } : {};
  }

  async function translate() {
    run?.abort();
    const mine = new AbortController();
    const { signal } = mine;
    run = mine;
    complain(undefined);
    keep();
    stopButton.disabled = false;
    translation.textContent = "";
    translation.setAttribute("aria-busy", "true"); // read out once it is whole
    looked.textContent = "";
    map.clear();
    showHypotheses([]);
    const text = field.value;
    const written = [];
    const found = [];
    let wrong;
    try {
      const source = await model.sourceTokens(text, { skipUnknown: true });
      signal.throwIfAborted();
      map.begin(source);
      const given = { length: LENGTH, attention: true, skipUnknown: true, signal, ...options() };
      for await (const piece of model.translate(text, given)) {
        if (piece.score !== undefined) found.push(piece);
        if (piece.index > 0) continue;
        translation.textContent += piece.text;
        for (const { token, attention } of piece.tokens) {
          map.add(token, attention);
          written.push(token);
        }
      }
      showHypotheses(found);
      drawShape(find(".shape"), model.info, { read: source, written });
    } catch (error) {
      if (!signal.aborted) wrong = error;
    }
    if (run !== mine) return; // another one has begun, or the model is another
    run = undefined;
    translation.removeAttribute("aria-busy");
    if (document.activeElement === stopButton) button.focus();
    stopButton.disabled = true;
    complain(wrong);
  }

  function use(newModel, { examples = [] }) {
    run?.abort();
    model?.free();
    model = newModel;
    button.disabled = false;
    drawShape(find(".shape"), model.info);
    const untouched = field.value === "" || field.value === field.dataset.example;
    if (untouched && examples.length > 0) field.value = field.dataset.example = examples[0];
    showExamples(find(".examples"), examples, (text) => {
      field.value = field.dataset.example = text;
      form.requestSubmit();
    });
    form.requestSubmit();
  }

  const models = createModels(find(".models"), "translator", { onModel: use });
  models.list(entries);

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
  stopButton.addEventListener("click", () => run?.abort());
  panel.addEventListener("keydown", ({ key }) => key === "Escape" && run?.abort());

  return {
    async openLink(hash) {
      const { model: name, text, beam: width } = readTabLink(hash);
      if (text !== undefined) field.value = text;
      if (width !== undefined) beam.value = width;
      if (model && (name === undefined || name === models.current.name)) form.requestSubmit();
      else await models.openNamed(name);
    },
    openFile: models.openFile,
  };
}
