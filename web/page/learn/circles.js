// Step 7: greedy circles. The likeliest character each time, until the text repeats itself; the
// loop is found and marked, and looked for at higher temperatures.

import { button, element } from "../dom.js";
import { loopOf } from "./loop.js";
import { decimal, field, known, lackingNote, slider } from "./parts.js";

const LENGTH = 600;
const LADDER = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1];
const SEED = 1;

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let prompt = step.text("text", "JULIET:", 40);
  let temperature = step.number("temperature", { min: 0, max: 1.2, value: 0 });
  const model = await step.model("shakespeare-int8");
  let ladder; // a promise of temperatures with the loop that was found at each

  const output = element("div", {
    className: "sample loop",
    translate: false,
    tabIndex: 0,
    role: "region",
    "aria-label": texts.text,
  });
  const found = element("p", { className: "finding", role: "status" });
  const rungs = element("ol", { className: "rungs" });
  const { note, readable } = lackingNote(step);

  async function write(text, at) {
    const written = await model.complete(text, {
      length: LENGTH,
      temperature: at,
      seed: SEED,
      signal: step.signal,
    });
    return { written, loop: loopOf(written), text };
  }

  function show({ written, loop, text }) {
    const kbd = element("kbd", { textContent: text });
    if (loop) {
      const { from, length } = loop;
      const parts = [written.slice(0, from)];
      for (let i = from; i < written.length; i += length) {
        const turn = written.slice(i, i + length);
        parts.push(
          element("mark", { textContent: turn, className: parts.length % 2 ? "" : "odd" }),
        );
      }
      output.replaceChildren(kbd, ...parts);
    } else output.replaceChildren(kbd, written);
    const values = { from: loop?.from, length: loop?.length, n: LENGTH };
    if (loop) values.times = Math.floor((written.length - loop.from) / loop.length);
    found.textContent = fill(loop ? texts.loop : texts.noLoop, values);
  }

  async function climb() {
    const all = [];
    const { text } = known(prompt, model.info.vocabulary);
    for (const at of LADDER) {
      const { loop } = await write(text, at);
      all.push({ at, loop });
    }
    return all;
  }

  function showRungs(all) {
    rungs.replaceChildren(
      ...all.map(({ at, loop }) =>
        element(
          "li",
          {},
          button(
            fill(loop ? texts.rungLoop : texts.rungFree, { at, length: loop?.length }),
            () => {
              heat.set((temperature = at));
              wishes.ask(at);
            },
            { className: loop ? "quiet bound" : "quiet" },
          ),
        ),
      ),
    );
  }

  async function grant() {
    const written = await write(readable(prompt, model), temperature);
    if (step.signal.aborted) return true;
    show(written);
    step.keep({ text: prompt, temperature });
    return true;
  }
  const wishes = step.latest(grant);

  const heat = slider({
    label: texts.temperature,
    min: 0,
    max: 1.2,
    step: 0.05,
    value: temperature,
    show: (value) => (value === 0 ? texts.greedy : decimal(value)),
    onInput: (value) => wishes.ask((temperature = value)),
  });
  const typing = field({
    label: texts.field,
    value: prompt,
    longest: 40,
    onInput(now) {
      prompt = now;
      ladder = undefined;
      rungs.replaceChildren();
      wishes.ask(now);
    },
  });
  place.append(element("div", { className: "row top" }, typing, heat), note, output, found, rungs);
  step.ask({
    right: () =>
      work(async () => {
        const all = await (ladder ??= climb());
        const first = all.find(({ loop }) => !loop)?.at ?? 2;
        // At once, by 0.2, by 0.5, later or never.
        const right = first === 0 ? 0 : first <= 0.2 ? 1 : first <= 0.5 ? 2 : 3;
        return { right, values: { first: first === 2 ? texts.never : first } };
      }),
    reveal: () => ladder?.then(showRungs),
  });
  wishes.ask(temperature);
}
