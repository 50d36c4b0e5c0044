// What a network wrote while it learnt, and at the end what the one writes that is handed over.

import { element } from "../dom.js";
import { apart } from "../parts/words.js";
import { number } from "./verdict.js";

/** By which network the last sample was written. */
const HANDED = {
  best: ({ of }) => `what you are handed: the best on what was held out, of step ${number(of)}`,
  last: ({ of }) => `what you are handed: the network as it was last, of step ${number(of)}`,
};

const captionOf = (sample) =>
  sample.handed ? HANDED[sample.handed](sample) : `at step ${number(sample.step)}`;

/** Lines of what was read and what was written for it, which an arrow leads to. */
const inOrder = (text) =>
  text.replace(/^(.*) → (.*)$/gm, (line, read, written) => {
    const [one, other] = [apart(read), apart(written)];
    return one === read && other === written ? line : `\u200e${one} → ${other}`;
  });

export class Samples {
  #all; // [{ step, text }], of what is handed over also { handed: "best" or "last", of: its step }
  #parts;

  constructor(id, all = []) {
    this.#all = [...all];
    const max = Math.max(all.length - 1, 0);
    const slider = element("input", { type: "range", id, min: 0, max, value: max });
    slider.addEventListener("input", () => this.#show());
    const sheet = (className, label) =>
      element("pre", {
        className,
        tabIndex: 0,
        role: "group",
        translate: false,
        "aria-label": label,
      });
    const parts = {
      slider,
      caption: element("output", { className: "hint", htmlFor: id }),
      early: sheet("sample early", "What it wrote first"),
      earlyStep: element("span", { className: "hint" }),
      sample: sheet("sample", "What it wrote"),
    };
    parts.first = element("div", { className: "first" }, parts.earlyStep, parts.early);
    const label = element("label", { htmlFor: id, textContent: "Samples so far" });
    const scroll = element("div", { className: "scroll" }, label, slider, parts.caption);
    this.element = element(
      "div",
      { className: "samples-so-far" },
      parts.first,
      element("div", {}, scroll, parts.sample),
    );
    this.#parts = parts;
    this.#show();
  }

  /** Takes one more, and shows it where the one before it was shown. */
  add(sample) {
    const { slider } = this.#parts;
    const follows = slider.valueAsNumber === Number(slider.max);
    this.#all.push(sample);
    slider.max = String(this.#all.length - 1);
    if (follows) slider.value = slider.max;
    this.#show();
  }

  /** All of them, to make others of. */
  get plain() {
    return [...this.#all];
  }

  #show() {
    const { slider, caption, sample, first, early, earlyStep } = this.#parts;
    slider.disabled = first.hidden = this.#all.length < 2;
    if (this.#all.length === 0) {
      caption.textContent = "none yet";
      return;
    }
    const [earliest] = this.#all;
    const shown = this.#all[slider.valueAsNumber];
    early.textContent = inOrder(earliest.text);
    earlyStep.textContent = `At first, at step ${number(earliest.step)}`;
    caption.textContent = captionOf(shown);
    slider.setAttribute("aria-valuetext", caption.textContent);
    const text = inOrder(shown.text);
    if (sample.textContent !== text) sample.textContent = text;
  }
}
