// Step 8: temperatures side by side. One prompt and one seed; only the temperature differs. How
// surprised the network itself is by what it wrote stands under each.

import { button, element, nextFrame } from "../dom.js";
import { Newest } from "../newest.js";
import { numeral } from "./fill.js";
import { decimal, field, isStill, known, lackingNote, newSeed } from "./parts.js";

const TEMPERATURES = [0.3, 0.6, 0.9, 1.2, 1.5, 1.8];
const LENGTH = 160;
const PACE_MS = 24; // a character
const OPTIONS = [0, 2, 4]; // of TEMPERATURES, for the question

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let prompt = step.text("text", "KING ", 40);
  let seed = Math.floor(step.number("seed", { min: 0, max: 2 ** 32 - 1, value: 3 }));
  const model = await step.model("shakespeare-int8");
  const newest = new Newest(); // of the writings of all lanes
  const { note, readable } = lackingNote(step);

  const lanes = TEMPERATURES.map((temperature) => {
    const output = element("p", { className: "lane-text", translate: false });
    const bits = element("p", { className: "hint bits" });
    const title = element("h3", { textContent: fill(texts.at, { temperature }) });
    return { temperature, output, bits, box: element("section", {}, title, output, bits) };
  });

  /** The text of a lane and the mean surprise of its characters, in bits. */
  async function write(text, temperature, from, signal) {
    const { text: written, tokens } = await model.complete(text, {
      ...{ temperature, seed: from, length: LENGTH, signal },
      logProbabilities: true,
    });
    const nats = tokens.reduce((sum, { logProbability }) => sum - logProbability, 0);
    return { text: written, bits: nats / Math.LN2 / tokens.length };
  }

  /** Shows what was written as it would come, all lanes in step. */
  async function stream(all, signal) {
    const begun = performance.now();
    for (let shown = 0; shown < LENGTH && !signal.aborted && !isStill();) {
      await nextFrame();
      shown = Math.floor((performance.now() - begun) / PACE_MS);
      lanes.forEach(({ output }, i) => (output.textContent = all[i].text.slice(0, shown)));
    }
    if (signal.aborted) return;
    lanes.forEach(({ output, bits }, i) => {
      output.textContent = all[i].text;
      bits.textContent = fill(texts.bits, { bits: decimal(all[i].bits) });
    });
    step.say(texts.written);
  }

  async function start() {
    const signal = newest.begin();
    const text = readable(prompt, model);
    step.keep({ text: prompt, seed });
    try {
      for (const { output, bits } of lanes) output.textContent = bits.textContent = "";
      const writing = lanes.map(({ temperature }) => write(text, temperature, seed, signal));
      await stream(await Promise.all(writing), signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async function askBlindly() {
    // Another seed than the lanes', so that the text stands in none of them.
    const right = (seed >>> 2) % OPTIONS.length;
    const temperature = TEMPERATURES[OPTIONS[right]];
    const { text: from } = known(prompt, model.info.vocabulary);
    const { text, bits } = await write(from, temperature, seed + 1, step.signal);
    blind.textContent = text.slice(0, 120);
    step.ask({
      about: text,
      options: OPTIONS.map((i) => numeral(TEMPERATURES[i])),
      right,
      values: { bits: decimal(bits) },
    });
  }

  const blind = element("blockquote", { className: "blind", translate: false });
  const typing = field({
    label: texts.field,
    value: prompt,
    longest: 40,
    onInput: (now) => (prompt = now),
  });
  const writeAnew = () => work(() => Promise.all([start(), askBlindly()]));
  typing.input.addEventListener("change", writeAnew);
  step.signal.addEventListener("abort", () => newest.abort());
  place.append(
    element(
      "div",
      { className: "row top" },
      typing,
      button(
        texts.another,
        () => {
          seed = newSeed(1_000_000);
          writeAnew();
        },
        { className: "primary" },
      ),
    ),
    note,
    element("p", { className: "hint", textContent: texts.blind }),
    blind,
    element("div", { className: "side-by-side" }, ...lanes.map(({ box }) => box)),
  );
  await writeAnew();
}
