// Step 5: the gates of one unit by hand. Its memory and state follow from them by the cell's own
// formulas; the rest of the state stays as the core left it, and the core says what comes next.

import { button, element } from "../dom.js";
import {
  GATES,
  createBars,
  decimal,
  distance,
  entriesOf,
  field,
  lackingNote,
  named,
  percent,
  slider,
} from "./parts.js";

const LONGEST = 16;
const SHOWN = 7; // bars
const MOST = 10; // units to choose from
const BOUNDS = { f: [0, 1], i: [0, 1], g: [-1, 1], o: [0, 1], h: [-1, 1] };

export async function createFigure(place, step) {
  const { texts, common, fill, work } = step;
  let typed = step.text("text", "ma", LONGEST);
  const model = await step.model("names", { trace: true });
  const session = await step.holds(model.session());
  const { hidden: units } = model.info;
  let unit = Math.floor(step.number("unit", { min: 0, max: units - 1, value: -1 }));
  let own; // as the core left it: { state, gates, before, distribution }, arrays over the units
  let ranking = []; // the units that matter most: { unit, moves }
  let mine = {}; // what the reader has set, of the unit: f, i, g, o, or h

  // A link may say where the sliders stand.
  for (const [name, [min, max]] of Object.entries(BOUNDS)) {
    const value = step.number(name, { min, max, value: NaN });
    if (!Number.isNaN(value)) mine[name] = value;
  }

  const table = element("table");
  const showBars = createBars(table, { what: common.character, caption: texts.bars });
  const moved = element("p", { className: "finding", role: "status" });
  const values = element("p", { className: "hint" });
  const { note, readable } = lackingNote(step);
  const finding = element("p", { className: "hint", textContent: texts.finding });
  const id = "learn-edit-unit";
  const choosing = element("select", { id });
  const sliders = Object.fromEntries(
    Object.entries(BOUNDS).map(([name, [min, max]]) => [
      name,
      slider({
        label: name === "h" ? texts.state : texts.gates[name],
        min,
        max,
        step: 0.01,
        value: 0,
        show: (value) => decimal(value),
        onInput(value) {
          // A state that was set by hand gives way to the gates, and the gates to it.
          if (name === "h") mine = { h: value };
          else mine = { ...mine, h: undefined, [name]: value };
          wishes.ask({});
        },
      }),
    ]),
  );

  /** Gates, memory and state of the unit, the reader's before the network's. */
  function now() {
    const entries = Object.keys(GATES).map((name) => [name, mine[name] ?? own.gates[name][unit]]);
    const { f, i, g, o } = Object.fromEntries(entries);
    const untouched = Object.values(mine).every((value) => value === undefined);
    if (untouched) return { f, i, g, o, c: own.state.cell[unit], h: own.state.hidden[unit] };
    if (mine.h !== undefined) return { f, i, g, o, c: own.state.cell[unit], h: mine.h };
    const c = f * own.before[unit] + i * g;
    return { f, i, g, o, c, h: o * Math.tanh(c) };
  }

  /** What comes next when a unit has another state, and another memory if that is given. */
  async function withUnit(which, h, c = own.state.cell[which]) {
    const hidden = own.state.hidden.slice();
    const cell = own.state.cell.slice();
    hidden[which] = h;
    cell[which] = c;
    const [, found] = await Promise.all([
      session.setState({ hidden, cell }),
      session.distribution(),
    ]);
    return found;
  }

  async function read(text) {
    const [, trace, state, distribution] = await Promise.all([
      session.reset(),
      session.trace(text, { gates: true }),
      session.state(),
      session.distribution(),
    ]);
    const last = (all, back = 1) =>
      all.slice(all.length - back * units, all.length - (back - 1) * units);
    const entries = Object.entries(GATES).map(([name, gate]) => [name, last(trace.gates[gate])]);
    const before = trace.tokens.length > 1 ? last(trace.cell, 2) : new Float32Array(units);
    return { text, state, distribution, before, gates: Object.fromEntries(entries) };
  }

  /** The units by how far their turned sign moves the prediction. */
  async function rank() {
    const all = Array.from({ length: units }, (_, i) => i);
    const found = await Promise.all(all.map((i) => withUnit(i, -own.state.hidden[i])));
    return found
      .map((distribution, i) => ({ unit: i, moves: distance(distribution, own.distribution) }))
      .sort((a, b) => b.moves - a.moves);
  }

  function offer() {
    const best = ranking.slice(0, MOST);
    if (!best.some((one) => one.unit === unit)) best.push(ranking.find((one) => one.unit === unit));
    choosing.replaceChildren(
      ...best.map((one) => {
        const label = fill(texts.unitOption, { unit: one.unit, percent: percent(one.moves) });
        return new Option(label, String(one.unit), false, one.unit === unit);
      }),
    );
  }

  function ask() {
    step.ask({
      about: own.text,
      right: () =>
        work(async () => {
          const [{ unit: strongest }] = ranking;
          const turned = await withUnit(strongest, -own.state.hidden[strongest]);
          const [[before], [after]] = [own.distribution, turned];
          const values = {
            before: named(before.token),
            p: percent(before.modelProbability),
            after: named(after.token),
            q: percent(after.modelProbability),
          };
          return { right: before.token === after.token ? 0 : 1, values };
        }),
      reveal() {
        [{ unit }] = ranking;
        mine = { h: -own.state.hidden[unit] };
        offer();
        wishes.ask({});
      },
    });
  }

  async function grant() {
    const text = readable(typed, model);
    if (text === "") return true; // what was there stays
    if (own?.text !== text) {
      finding.hidden = false;
      own = await read(text);
      ranking = await rank();
      if (step.signal.aborted) return true;
      if (unit < 0) [{ unit }] = ranking;
      offer();
      ask();
      finding.hidden = true;
    }
    const set = now();
    const found = await withUnit(unit, set.h, set.c);
    if (step.signal.aborted) return true;
    for (const [name, one] of Object.entries(sliders)) one.set(set[name]);
    values.textContent = fill(texts.memory, { c: decimal(set.c), h: decimal(set.h) });
    moved.textContent = fill(texts.moved, { percent: percent(distance(found, own.distribution)) });
    showBars(entriesOf(found, SHOWN, own.distribution[0].token));
    const kept = Object.entries(mine).filter(([, value]) => value !== undefined);
    const given = kept.map(([name, value]) => [name, value.toFixed(2)]);
    step.keep({ text: typed, unit, ...Object.fromEntries(given) });
    return true;
  }
  const wishes = step.latest(grant);

  choosing.addEventListener("change", () => {
    unit = Number(choosing.value);
    mine = {};
    wishes.ask({});
  });
  const typing = field({
    label: texts.field,
    value: typed,
    longest: LONGEST,
    onInput(now) {
      typed = now;
      mine = {};
      unit = -1;
      wishes.ask({});
    },
  });
  const reset = button(texts.reset, () => {
    mine = {};
    wishes.ask({});
  });
  const units10 = element(
    "div",
    { className: "field" },
    element("label", { htmlFor: id, textContent: texts.units }),
    choosing,
  );
  place.append(
    element("div", { className: "row top" }, typing, units10),
    note,
    finding,
    element("div", { className: "valves" }, ...Object.values(sliders)),
    element("div", { className: "row" }, reset, values),
    table,
    moved,
  );
  wishes.ask({});
}
