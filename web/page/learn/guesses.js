// Step 1: a text as a row of guesses. Each character stands with the probability that the network
// gave it before it had read it.

import { button, element } from "../dom.js";
import {
  createBars,
  entriesOf,
  field,
  lackingNote,
  percent,
  quoted,
  segments,
  sign,
  spoken,
} from "./parts.js";

const MODELS = { names: "emma", "shakespeare-int8": "ROMEO: what light" };
const LONGEST = 24;
const OPTIONS = 4; // for the reader to guess from

/** Every character of a text with the distribution before it; the last one is what comes next. */
async function read(session, text) {
  const calls = [session.reset()];
  const guesses = [];
  for (const character of [...text, ""]) {
    guesses.push(session.distribution());
    if (character) calls.push(session.feed(character));
  }
  await Promise.all(calls);
  return Promise.all(guesses);
}

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let name = step.choice("model", Object.keys(MODELS));
  let text = step.text("text", MODELS[name], LONGEST);
  const sessions = {}; // by the name of the model
  let guesses = [];
  let revealed = false;

  const row = element("div", { className: "guesses", role: "group", "aria-label": texts.row });
  const { note, readable } = lackingNote(step);
  const table = element("table");
  const showBars = createBars(table, { what: step.common.character, caption: texts.bars });
  const heading = element("h3", { hidden: true }); // until there are guesses
  const typing = field({
    label: texts.field,
    value: text,
    longest: LONGEST,
    onInput: (now) => wishes.ask((text = now)),
  });

  function look(index) {
    const characters = [...row.dataset.text];
    const next = index === characters.length;
    [...row.children].forEach((one, i) => one.setAttribute("aria-pressed", String(i === index)));
    const hide = next && !revealed;
    table.hidden = hide;
    const before = characters.slice(0, index).join("") || texts.nothing;
    heading.hidden = false;
    heading.textContent = hide ? texts.hidden : fill(texts.after, { before });
    showBars(hide ? [] : entriesOf(guesses[index], 6, characters[index]));
  }

  function draw(read) {
    const characters = [...read];
    row.dataset.text = read;
    const cells = [...characters, undefined].map((character, i) => {
      const candidate = guesses[i].find(({ token }) => token === character);
      const p = candidate?.modelProbability ?? 0;
      const made = button("", () => look(i), { className: "guess" });
      // What has no ink has its name for those who listen.
      const name = character === undefined ? texts.next : spoken(character);
      made.append(
        element("span", {
          className: "sign",
          translate: false,
          textContent: character === undefined ? "?" : sign(character),
          "aria-hidden": "true",
        }),
        element("span", { className: "unseen", textContent: name }),
        element("span", { className: "p", textContent: character === undefined ? "" : percent(p) }),
      );
      made.style.setProperty("--p", String(p));
      return made;
    });
    row.replaceChildren(...cells);
    look(Math.max(0, characters.length - 1));
  }

  function ask() {
    const [best, ...others] = guesses.at(-1);
    const tokens = [best, ...others].slice(0, OPTIONS).map(({ token }) => token);
    tokens.sort();
    step.ask({
      options: tokens.map(spoken),
      right: tokens.indexOf(best.token),
      values: {
        p: percent(best.modelProbability),
        second: quoted(others[0].token),
        q: percent(others[0].modelProbability),
      },
      reveal() {
        revealed = true;
        look([...row.dataset.text].length);
      },
    });
  }

  async function grant() {
    const [asked, given] = [name, text];
    const model = await step.model(asked);
    sessions[asked] ??= await step.holds(model.session());
    const shown = readable(given, model);
    const found = await read(sessions[asked], shown);
    if (step.signal.aborted) return true;
    if (asked !== name) return false; // another network was chosen meanwhile
    guesses = found;
    revealed = false;
    draw(shown);
    ask();
    step.keep({ model: asked, text: given });
    return true;
  }
  const wishes = step.latest(grant);

  /** Another network, unless the next one is chosen before it has come. */
  async function use(next) {
    name = next;
    await step.model(next);
    if (next === name) wishes.ask(text);
  }

  place.append(
    segments({
      label: texts.which,
      options: Object.keys(MODELS).map((value) => ({ value, label: texts.models[value] })),
      value: name,
      onChange(next) {
        text = typing.input.value = MODELS[next];
        work(() => use(next));
      },
    }),
    typing,
    note,
    row,
    heading,
    table,
  );
  await use(name);
}
