// Between the states that two beginnings leave: (1 - share) a + share b, what the network would say
// there, and what it writes on from it.

import { Wishes } from "../newest.js";
import { createBars, entriesOf } from "../parts/bars.js";
import { slider } from "../parts/slider.js";
import { sentence } from "../parts/words.js";
import { draw } from "./drawing.js";
import { joined } from "./strip.js";

const SHOWN = 7; // bars
const WRITTEN = 80; // tokens
const FIRST = 12; // characters of the text that are a beginning until there is another

const html = `
  <div class="fields">
    <div class="field"><label for="lens-one">One beginning</label>
      <input id="lens-one" type="text" maxlength="200" /></div>
    <div class="field"><label for="lens-other">Another</label>
      <input id="lens-other" type="text" maxlength="200" /></div>
  </div>
  <div class="share"></div>
  <table></table>
  <p class="text" translate="no"></p>
  <p class="hint wrong" role="status"></p>`;

/** `lens` gives what is looked into, see lens.js. */
export function createBetween(root, lens) {
  root.insertAdjacentHTML("beforeend", html);
  const find = (selector) => root.querySelector(selector);
  const fields = ["#lens-one", "#lens-other"].map(find);
  const showBars = createBars(find("table"), {
    what: "Next",
    caption: "The likeliest to come next, between the two",
  });
  let ends; // { model, trace, texts, session, states }: what each beginning leaves
  let share = 0.5;

  const sharing = slider({
    label: "From the one to the other",
    ...{ min: 0, max: 1, step: 0.05, value: share },
    show: (value) => `${Math.round(100 * value)}%`,
    onInput(value) {
      share = value;
      wishes.ask(undefined);
    },
  });
  find(".share").replaceWith(sharing);

  /** Until there is something else, the text's first line and a later one. */
  function fillIn() {
    const lines = lens.text.split("\n").filter((line) => line.trim() !== "");
    const other = lines.findLast((line) => line !== lines[0]) ?? lens.text.slice(FIRST);
    [lines[0] ?? "", other].forEach((line, i) => {
      if (!fields[i].dataset.typed) fields[i].value = line.slice(0, FIRST).trimEnd();
    });
  }

  async function read(trace, texts) {
    const { model } = lens;
    ends?.session.free();
    ends = undefined;
    const session = await model.session();
    const states = [];
    for (const text of texts) {
      const calls = [session.reset(), session.feed(text, { skipUnknown: true }), session.state()];
      states.push((await Promise.all(calls)).at(-1));
    }
    ends = { model, trace, texts, session, states };
  }

  function blended() {
    const [a, b] = ends.states;
    return Object.fromEntries(
      Object.keys(a).map((kind) => [
        kind,
        a[kind].map((value, at) => (1 - share) * value + share * b[kind][at]),
      ]),
    );
  }

  const wishes = new Wishes(
    async () => {
      const { trace } = lens;
      const texts = fields.map(({ value }) => value);
      if (texts.some((text) => text === "")) {
        find(".wrong").textContent = "Write two beginnings.";
        return true;
      }
      const isRead = ends?.model === lens.model && texts.every((text, i) => text === ends.texts[i]);
      if (!isRead) await read(trace, texts);
      const { session } = ends;
      const state = blended();
      const [, found] = await Promise.all([
        session.setState(state),
        session.distribution({ ...lens.weighing, count: SHOWN }),
      ]);
      if (lens.trace !== trace) return false;
      showBars(entriesOf(found, SHOWN));
      const { sampling, seed, length } = lens.options;
      const how = { sampling, seed, length: Math.min(WRITTEN, length) };
      const { end } = lens.model.info.metadata;
      const writer = await session.fork();
      const tokens = await draw(writer, { ...how, end }, new AbortController().signal);
      writer.free();
      find(".text").textContent = `… ${joined(tokens, lens.words).trimStart()}`;
      find(".wrong").textContent = "";
      return true;
    },
    (error) => (find(".wrong").textContent = sentence(error)),
  );

  for (const field of fields) {
    field.addEventListener("input", () => {
      field.dataset.typed = "yes";
      wishes.ask(undefined);
    });
  }
  return {
    /** Another text is looked into, or the panel is opened. */
    look() {
      if (ends?.trace === lens.trace) return;
      fillIn();
      wishes.ask(undefined);
    },
  };
}
