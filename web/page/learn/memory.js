// Step 3: the state. The same letter after two histories, with the state carried, and with the
// state cleared before it; and what clearing costs over a whole list.

import { element } from "../dom.js";
import {
  after,
  createBars,
  decimal,
  distance,
  entriesOf,
  field,
  known,
  lackingNote,
  segments,
} from "./parts.js";

const NAMES = ["emma", "olivia", "sophia", "william", "theodore", "penelope", "sebastian"];
const SAMPLE = `${NAMES.join("\n")}\n`;
const LONGEST = 16;

/** What a character of the sample costs in the mean when only the one before it was read. */
async function bitsOfPairs(model) {
  const session = await model.session();
  const costs = [...SAMPLE].slice(1).map(async (next, i) => {
    const candidates = await after(session, SAMPLE[i]);
    return -Math.log2(candidates.find(({ token }) => token === next).modelProbability);
  });
  const bits = (await Promise.all(costs)).reduce((sum, cost) => sum + cost, 0);
  session.free();
  return bits / costs.length;
}

export async function createFigure(place, step) {
  const { texts, common, fill, work } = step;
  const histories = [step.text("a", "lau", LONGEST), step.text("b", "lou", LONGEST)];
  let letter = step.text("letter", "r", 1);
  let state = step.choice("state", ["carried", "cleared"]);
  const model = await step.model("names");
  const session = await step.holds(model.session());
  const sides = [];
  const { note, readable } = lackingNote(step);
  const apart = element("p", { className: "finding", role: "status" });
  const cost = element("p", { className: "hint" });

  /** What may come after each history, or none, and the letter. */
  async function both(clears) {
    const texts = histories.map((history) => `${clears ? "" : history}${letter}`);
    const read = texts.map((text) => known(text, model.info.vocabulary).text);
    return Promise.all(read.map((text) => after(session, text)));
  }

  async function grant() {
    const found = await both(state === "cleared");
    if (step.signal.aborted) return true;
    readable([...histories, letter].join(""), model);
    sides.forEach(({ read, show }, i) => {
      read.textContent = "";
      const gone = element(state === "cleared" ? "del" : "span", { textContent: histories[i] });
      read.append(gone, element("strong", { textContent: letter }));
      show(entriesOf(found[i], 5));
    });
    const percent = `${decimal(distance(...found) * 100, 1)}%`;
    apart.textContent = fill(texts.apart, { percent });
    step.keep({ a: histories[0], b: histories[1], letter, state });
    step.ask({
      async right() {
        return work(async () => {
          const cleared = distance(...(await both(true)));
          const carried = distance(...(await both(false)));
          const values = {
            cleared: `${decimal(cleared * 100, 1)}%`,
            carried: `${decimal(carried * 100, 1)}%`,
          };
          return { right: cleared === 0 ? 0 : cleared < carried ? 1 : 2, values };
        });
      },
      reveal: () => clearing("cleared"),
    });
    return true;
  }
  const wishes = step.latest(grant);

  const switching = segments({
    label: texts.stateIs,
    options: ["carried", "cleared"].map((value) => ({ value, label: texts[value] })),
    value: state,
    onChange: (next) => clearing(next),
  });
  function clearing(next) {
    state = next;
    switching.set(next);
    wishes.ask(state);
  }

  for (const side of [0, 1]) {
    const read = element("p", { className: "read", translate: false });
    const table = element("table");
    const show = createBars(table, {
      what: common.character,
      caption: fill(texts.bars, { n: side + 1 }),
    });
    const typing = field({
      label: fill(texts.history, { n: side + 1 }),
      value: histories[side],
      longest: LONGEST,
      onInput(now) {
        histories[side] = now;
        wishes.ask(now);
      },
    });
    sides.push({ read, show, box: element("div", { className: "side" }, typing, read, table) });
  }
  const letterField = field({
    label: texts.letter,
    value: letter,
    longest: 1,
    onInput(now) {
      letter = now;
      wishes.ask(now);
    },
  });
  letterField.classList.add("short");
  place.append(
    element("div", { className: "row top" }, letterField, switching),
    element("div", { className: "sides" }, ...sides.map(({ box }) => box)),
    note,
    apart,
    cost,
  );
  wishes.ask(state);
  const { tokens, bits } = await model.evaluate(SAMPLE);
  cost.textContent = fill(texts.cost, {
    carried: decimal(bits, 3),
    cleared: decimal(await bitsOfPairs(model), 3),
    n: tokens,
  });
}
