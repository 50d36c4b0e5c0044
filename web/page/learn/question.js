// A question of the lesson: predict, then look. The answer is what the figure finds, not what the
// text says.

import { element } from "../dom.js";
import { fill } from "./fill.js";

let made = 0; // so far, for names

/** The options of a question, of which one is chosen. */
export const optionsOf = (name, texts) =>
  texts.map((text, i) => {
    const radio = element("input", { type: "radio", name, value: String(i) });
    return element("label", {}, radio, element("span", { textContent: text, dir: "auto" }));
  });

/**
 * Makes the form of a question in `place`. `onAnswered(isRight)` is called at every answer. Gives a
 * function that takes what the figure asks, see steps.js.
 */
export function createQuestion(place, { texts, common, onAnswered }) {
  const name = `question-${++made}`;
  const legend = element("legend", { textContent: texts.ask });
  const choices = element("div", { className: "choices" });
  const submit = element("button", { type: "submit", textContent: common.check });
  const verdict = element("p", { className: "verdict", role: "status" });
  const form = element(
    "form",
    { className: "question" },
    element("fieldset", {}, legend, choices),
    element("div", { className: "row" }, submit),
    verdict,
  );
  form.noValidate = true;
  place.replaceChildren(form);
  /** @type {any} */
  let asked = { options: texts.options ?? [] };
  let shown; // the options that stand there
  let waiting = false; // answered before the figure knew what is right

  function showOptions() {
    shown = asked.options.join("\n");
    verdict.textContent = "";
    choices.replaceChildren(...optionsOf(name, asked.options));
  }

  function mark(right) {
    [...choices.children].forEach((label, i) => label.classList.toggle("right", i === right));
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = /** @type {HTMLInputElement} */ (choices.querySelector(":checked"));
    if (!chosen) return void (verdict.textContent = common.chooseFirst);
    waiting = asked.right === undefined;
    if (waiting) return void (verdict.textContent = common.notYet);
    const { options, values, reveal } = asked;
    verdict.textContent = common.looking;
    const found = typeof asked.right === "function" ? await asked.right() : { right: asked.right };
    if (!found) return void (verdict.textContent = ""); // the figure says why
    const { right } = found;
    const isRight = Number(chosen.value) === right;
    const all = { answer: options[right], ...values, ...found.values };
    const begin = fill(isRight ? common.right : common.wrong, all);
    verdict.textContent = `${begin} ${fill(texts.because, all)}`;
    mark(right);
    verdict.scrollIntoView({ block: "nearest" });
    reveal?.(isRight);
    onAnswered(isRight);
  });
  choices.addEventListener("change", () => {
    mark(-1);
    verdict.textContent = "";
    waiting = false;
  });
  showOptions();

  return (question) => {
    const isAnother = asked.about !== undefined && asked.about !== question.about;
    asked = { ...asked, values: {}, reveal: undefined, ...question };
    if (isAnother || shown !== asked.options.join("\n")) showOptions();
    if (waiting && asked.right !== undefined) form.requestSubmit();
  };
}
