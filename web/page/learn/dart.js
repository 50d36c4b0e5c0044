// Step 6: soft-max and the draw. The probabilities lie end to end as a strip from 0 to 1; a random
// number is a dart that falls on one of them. Temperature reshapes the strip, and the dart stays.

import { button, element } from "../dom.js";
import { numeral } from "./fill.js";
import {
  after,
  decimal,
  field,
  lackingNote,
  named,
  newSeed,
  numbers,
  percent,
  quoted,
  randomsOf,
  sign,
  slider,
} from "./parts.js";

const MANY = 100;
const SHOWN = 7; // rows; what is less likely is one more
const PLACES = { least: 3, most: 7 }; // of a number on the strip

/** With how many places a dart is seen to be in its part, and not on a border of it. */
export function placesOf(dart, { from, to }) {
  for (let places = PLACES.least; places < PLACES.most; places++) {
    const [begin, at, end] = [from, dart, to].map((value) => Number(value.toFixed(places)));
    if ((begin < at || from === 0) && at < end) return places;
  }
  return PLACES.most;
}

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let temperature = step.number("temperature", { min: 0, max: 3, value: 1 });
  let text = step.text("text", "ma", 24);
  let seed = step.number("seed", { min: 0, max: 2 ** 32 - 1, value: 1 });
  let thrown = Math.floor(step.number("darts", { min: 0, max: MANY, value: 1 }));
  const model = await step.model("names");
  const session = await step.holds(model.session());
  let candidates = [];

  const strip = element("div", { className: "interval", translate: false, "aria-hidden": "true" });
  const said = element("p", { className: "finding", role: "status" });
  const { note, readable } = lackingNote(step);
  const table = numbers({
    caption: texts.table,
    heads: [texts.character, texts.logit, texts.from, texts.p, texts.hits],
  });

  /** The darts of a seed. */
  function darts() {
    const next = randomsOf(seed);
    return Array.from({ length: thrown }, next);
  }

  /** Where each candidate's part of the strip begins and ends. */
  function partsOf(all) {
    let from = 0;
    return all.map(({ token, probability, modelProbability }) => {
      const part = { token, modelProbability, p: probability, from, to: from + probability };
      from = part.to;
      return part;
    });
  }

  const hitBy = (parts, dart) =>
    parts.find(({ to }) => dart < to) ?? parts.findLast(({ p }) => p > 0);

  function draw() {
    const parts = partsOf(candidates);
    const all = darts();
    const dart = all.at(-1); // the one that is told
    const hit = dart === undefined ? undefined : hitBy(parts, dart);
    const places = hit ? placesOf(dart, hit) : PLACES.least;
    const hits = new Map();
    for (const one of all) {
      const { token } = hitBy(parts, one);
      hits.set(token, (hits.get(token) ?? 0) + 1);
    }
    const segments = parts
      .filter(({ p }) => p > 0.0005)
      .map(({ token, from, p }, i) => {
        const one = element("span", { className: `part shade-${i % 2}` });
        one.style.left = `${100 * from}%`;
        one.style.width = `${100 * p}%`;
        if (p > 0.045) one.textContent = sign(token);
        return one;
      });
    const marks = all.map((dart, i) => {
      const mark = element("span", { className: i === all.length - 1 ? "dart last" : "dart" });
      mark.style.left = `${100 * dart}%`;
      return mark;
    });
    strip.replaceChildren(...segments, ...marks);
    table.show(
      parts
        .slice(0, SHOWN)
        .map(({ token, modelProbability, from, to, p }) => [
          named(token),
          decimal(Math.log(modelProbability / parts[0].modelProbability)),
          `${decimal(from, places)}–${decimal(to, places)}`,
          percent(p),
          hits.get(token) ?? 0,
        ]),
    );
    const number = hit && decimal(dart, places);
    said.textContent = hit
      ? fill(texts.fell, { number, character: quoted(hit.token), n: all.length })
      : texts.none;
    step.keep({ text, temperature, seed, darts: thrown });
  }

  /** How many darts of the seed hit the likeliest, at a temperature. */
  async function wins(atTemperature) {
    const parts = partsOf(await session.distribution({ temperature: atTemperature }));
    const next = randomsOf(seed);
    const all = Array.from({ length: MANY }, next);
    return all.filter((dart) => hitBy(parts, dart) === parts[0]).length;
  }

  async function grant() {
    const found = await after(session, readable(text, model), { temperature });
    if (step.signal.aborted) return true;
    candidates = found;
    draw();
    return true;
  }
  const wishes = step.latest(grant);

  const heat = slider({
    label: texts.temperature,
    min: 0,
    max: 3,
    step: 0.05,
    value: temperature,
    show: (value) => decimal(value),
    onInput(value) {
      temperature = value;
      wishes.ask(value);
    },
  });
  const typing = field({
    label: texts.field,
    value: text,
    longest: 24,
    onInput: (now) => wishes.ask((text = now)),
  });
  /** Throws more darts, or from the first one when the strip is full. */
  function throwMore(count) {
    if (thrown + count > MANY) [seed, thrown] = [newSeed(), 0];
    thrown += count;
    wishes.ask(text);
  }
  place.append(
    element("div", { className: "row top" }, typing, heat),
    note,
    strip,
    element(
      "div",
      { className: "scale", "aria-hidden": "true" },
      ...[0, 0.5, 1].map((n) => element("span", { textContent: numeral(n) })),
    ),
    element(
      "div",
      { className: "row" },
      button(texts.throwOne, () => throwMore(1), { className: "primary" }),
      button(fill(texts.throwMany, { n: MANY }), () => throwMore(MANY)),
    ),
    said,
    table.table,
  );
  step.ask({
    right: () =>
      work(async () => {
        const [low, high] = [await wins(0.5), await wins(2)];
        const right = high < low ? 0 : high > low ? 1 : 2;
        return { right, values: { low, high, token: named(candidates[0].token) } };
      }),
    reveal() {
      heat.set((temperature = 2));
      thrown = MANY;
      wishes.ask(temperature);
    },
  });
  wishes.ask(text);
}
