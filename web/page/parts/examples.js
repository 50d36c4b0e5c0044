// Buttons that fill a field with an example, and one that brings back what was typed there.

import { button } from "../dom.js";

const isTyped = ({ value, dataset }) => value.trim() !== "" && value !== dataset.example;

/** Fills a field with the first example, if there is one, unless something was typed there. */
export function suggestExample(field, texts) {
  if (!isTyped(field)) field.value = field.dataset.example = texts[0] ?? "";
}

/** `onPick()` is called when the field has another text. */
export function showExamples(container, texts, { field, onPick }) {
  let typed;
  const back = button("What you typed", () => {
    field.value = typed;
    back.hidden = true;
    onPick();
  });
  back.hidden = true;
  const pick = (text) => {
    if (isTyped(field)) [typed, back.hidden] = [field.value, false];
    field.value = field.dataset.example = text;
    onPick();
  };
  container.replaceChildren(
    ...texts.map((text) => button(text, () => pick(text), { translate: false })),
    back,
  );
  if (texts.length > 0) container.prepend("Try ");
}
