// Buttons that fill a field with an example.

import { button } from "../dom.js";

/** `onPick(text)` is called with the example chosen. */
export function showExamples(container, texts, onPick) {
  container.replaceChildren(...texts.map((text) => button(text, () => onPick(text))));
  if (texts.length > 0) container.prepend("Try ");
}
