// A slider with its label and its value.

import { element } from "../dom.js";

let made = 0; // so far, for ids

const asText = (/** @type {number} */ value) => String(value);

/** A slider with its label and its value; `onInput(value)` hears of it, `set(value)` moves it. */
export function slider({ label, min, max, step, value, show = asText, onInput }) {
  const id = `slider-${++made}`;
  const output = element("output", { textContent: show(value) });
  output.setAttribute("for", id);
  const input = element("input", { type: "range", id, min, max, step, "aria-valuetext": "" });
  input.value = value; // once its bounds are set
  input.setAttribute("aria-valuetext", show(value));
  input.addEventListener("input", () => {
    const now = input.valueAsNumber;
    output.textContent = show(now);
    input.setAttribute("aria-valuetext", show(now));
    onInput(now);
  });
  const name = element("label", { htmlFor: id, textContent: label });
  const all = element("div", { className: "slider" }, name, output, input);
  return Object.assign(all, {
    set(next) {
      input.value = next;
      output.textContent = show(next);
      input.setAttribute("aria-valuetext", show(next));
    },
    input,
  });
}
