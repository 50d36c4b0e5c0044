// Step 12: words in place of characters. The same network over a vocabulary of words; and what to
// read next.

import { button, element } from "../dom.js";
import { after, createBars, decimal, entriesOf, field, newSeed, slider } from "./parts.js";

const LENGTH = 40;
const SHOWN = 8; // bars
const SIZES = [50, 500, 5_000, 500_000]; // the options of the question

export async function createFigure(place, step) {
  const { texts, common, fill, work } = step;
  let text = step.text("text", "Alice was beginning to", 80);
  let temperature = step.number("temperature", { min: 0, max: 1.5, value: 0.7 });
  const reading = element("ul", { className: "reading" });
  reading.append(
    ...texts.reading.map(({ title, by, url }) => {
      const link = element("a", {
        href: url,
        textContent: title,
        target: "_blank",
        rel: "noopener",
      });
      return element("li", {}, link, ` ${by}`);
    }),
  );
  const table = element("table");
  const showBars = createBars(table, { what: common.word, caption: texts.bars });
  const written = element("p", { className: "lane-text", role: "status", translate: false });
  const facts = element("p", { className: "hint" });
  const typing = field({
    label: texts.field,
    value: text,
    longest: 80,
    onInput: (now) => wishes.ask((text = now)),
  });
  let model;
  let session;

  const grant = async () => {
    const found = await after(session, text.trim() && text, { temperature, count: SHOWN });
    if (step.signal.aborted) return true;
    showBars(entriesOf(found, SHOWN));
    const characters = [...text].length;
    const { tokens } = await model.lacks(text);
    facts.textContent = fill(texts.facts, { words: tokens, characters });
    step.keep({ text, temperature });
    return true;
  };
  const wishes = step.latest(grant);
  const heat = slider({
    label: texts.temperature,
    min: 0,
    max: 1.5,
    step: 0.05,
    value: temperature,
    show: (value) => decimal(value),
    onInput: (value) => wishes.ask((temperature = value)),
  });
  const write = () =>
    work(async () => {
      const more = await model.complete(text, {
        temperature,
        length: LENGTH,
        seed: newSeed(),
        signal: step.signal,
      });
      written.replaceChildren(element("kbd", { textContent: text }), more);
    });
  const writing = button(texts.write, write, { className: "primary", disabled: true });

  place.append(
    element("div", { className: "row top" }, typing, heat),
    table,
    facts,
    element("div", { className: "row" }, writing),
    written,
    element("h3", { textContent: texts.next }),
    reading,
  );
  step.ask({ options: SIZES.map((n) => n.toLocaleString(step.language)) });
  model = await step.model("alice");
  session = await step.holds(model.session());
  const { length } = model.info.vocabulary;
  const distances = SIZES.map((n) => Math.abs(Math.log(n / length)));
  step.ask({
    right: distances.indexOf(Math.min(...distances)),
    values: { n: length.toLocaleString(step.language) },
  });
  writing.disabled = false;
  wishes.ask(text);
}
