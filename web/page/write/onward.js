// Changing the state by hand after some token, and writing on from there. What is written on from
// the changed state stands beside what is written on from the state as it was, with where the two
// part; with nothing changed, two seeds part them.

import { element, nextFrame } from "../dom.js";
import { Newest, Wishes } from "../newest.js";
import { createBars, distance, entriesOf } from "../parts/bars.js";
import { named, percent, spoken } from "../parts/tokens.js";
import { sentence } from "../parts/words.js";
import { changed, draw } from "./drawing.js";
import { nameOf } from "./rows.js";
import { joined } from "./strip.js";
import { signed, titleOf } from "./telling.js";

const SHOWN = 7; // bars
const BEFORE = 40; // tokens shown before what is written on
const LONGEST = 300; // tokens written on
const FARTHEST = 100; // from zero, of what has no bound of its own

const html = `
  <p class="hint where"></p>
  <div class="by-hand row">
    <span>
      <label for="lens-set">Set</label>
      <select id="lens-set">
        <option value="unit">the unit chosen above</option>
        <option value="layer">all units of its layer</option>
      </select>
    </span>
    <span><label for="lens-value">to</label>
      <input id="lens-value" class="value" type="number" step="any" disabled /></span>
    <input class="sweep" type="range" step="0.01" disabled
      aria-label="The value, from least to most" />
    <button type="button" class="undo" disabled>As it was</button>
  </div>
  <p class="hint wrong" role="status"></p>
  <table></table>
  <p class="hint moved" role="status"></p>
  <div class="row"><button type="button" class="primary write-on">Write on from here</button></div>
  <div class="both"></div>
  <p class="apart" role="status"></p>`;

/** `lens` gives what is looked into, see lens.js. */
export function createOnward(root, lens) {
  root.insertAdjacentHTML("beforeend", html);
  const find = (selector) => root.querySelector(selector);
  const [set, value, sweep] = ["#lens-set", "#lens-value", ".sweep"].map(find);
  const showBars = createBars(find("table"), {
    what: "Next",
    caption: "The likeliest to come next: now, and before the change",
  });
  const writing = new Newest();
  let held; // { model, trace, place, session, own, most, before }: what is after a token
  const edits = new Map(); // by name, [{ layer, unit, state }, value]; unit undefined: all

  /** What was refused, and why. */
  const note = (message) => (find(".wrong").textContent = message);

  /** Which units are set: the chosen one, or all of its layer. */
  const target = () => ({ ...lens.chosen, ...(set.value === "layer" ? { unit: undefined } : {}) });

  /** How far from zero a state may be: a hidden state that never leaves −1 to 1 is bound to it. */
  function boundOf({ state }) {
    const most = held.most[state];
    if (state === "hidden" && most <= 1) return { typed: 1, swept: 1 };
    return { typed: FARTHEST, swept: Math.max(3, Math.ceil(1.2 * most)) };
  }

  /** The state with the edits. Of an LSTM the hidden state follows a cell state that was set. */
  function edited() {
    const { trace, place, own } = held;
    const { layers, units, gates } = trace;
    const all = [...edits.values()];
    const state = changed(own, all, units);
    if (lens.model.info.cell !== "lstm") return state;
    for (const [{ layer, unit, state: kind }] of all.filter(([one]) => one.state === "cell")) {
      for (let u = unit ?? 0; u < (unit === undefined ? units : unit + 1); u++) {
        const at = layer * units + u;
        const output = gates.output[place * layers * units + at];
        state.hidden[at] = output * Math.tanh(state[kind][at]);
      }
    }
    const byHand = all.filter(([one]) => one.state === "hidden");
    return { ...state, hidden: changed({ hidden: state.hidden }, byHand, units).hidden };
  }

  const rowOf = ({ trace, place }, values) => {
    const width = trace.layers * trace.units;
    return values.slice(place * width, (place + 1) * width);
  };

  /** A session that has read the text up to a token. */
  async function hold(trace, place) {
    const { model } = lens;
    const largest = (values) => values.reduce((so, one) => Math.max(so, Math.abs(one)), 0);
    const kinds = trace.cell ? ["hidden", "cell"] : ["hidden"];
    const ofText = () => Object.fromEntries(kinds.map((kind) => [kind, largest(trace[kind])]));
    const most = held?.trace === trace ? held.most : ofText();
    held?.session.free();
    held = undefined;
    edits.clear();
    const session = await model.session();
    const own = { hidden: rowOf({ trace, place }, trace.hidden) };
    if (trace.cell) own.cell = rowOf({ trace, place }, trace.cell);
    const calls = [session.feed(lens.upTo(place), { skipUnknown: true }), session.setState(own)];
    const answers = await Promise.all([...calls, session.distribution(lens.weighing)]);
    held = { model, trace, place, session, own, most, before: answers.at(-1) };
    find(".both").replaceChildren();
    find(".apart").textContent = "";
  }

  /** The fields stand at what is set, or was there. */
  function showFields() {
    const one = target();
    const { trace, own } = held;
    const { typed, swept } = boundOf(one);
    const was = one.unit === undefined ? NaN : own[one.state][one.layer * trace.units + one.unit];
    const now = edits.get(nameOf(one))?.[1] ?? was;
    Object.assign(value, { min: -typed, max: typed, disabled: false });
    Object.assign(sweep, { min: -swept, max: swept, disabled: false });
    if (document.activeElement !== value) value.value = Number.isNaN(now) ? "" : now.toFixed(4);
    sweep.value = Number.isNaN(now) ? 0 : now;
    find(".undo").disabled = edits.size === 0;
  }

  const titleOfEdit = (one) => {
    if (one.unit !== undefined) return titleOf(held.trace, one);
    const where = held.trace.layers > 1 ? ` of layer ${one.layer}` : "";
    return `all units${where}, ${one.state}`;
  };

  /** What is shown of a distribution: what led before is among it. */
  function likeliest(found, leader) {
    const shown = found.slice(0, SHOWN);
    if (shown.some(({ token }) => token === leader)) return shown;
    return [...shown.slice(0, -1), found.find(({ token }) => token === leader)];
  }

  function showEdits(found) {
    const all = [...edits.values()].map(([one, to]) => `${titleOfEdit(one)} to ${signed(to, 4)}`);
    const { place, trace, before } = held;
    const at = `${lens.token} ${place + 1} of ${trace.tokens.length}`;
    find(".where").textContent =
      `After “${spoken(trace.tokens[place])}”, ${at}; pick another place in the text above. ` +
      (all.length > 0 ? `Changed: ${all.join("; ")}.` : "Nothing is changed yet.");
    const was = new Map(before.map(({ token, probability }) => [token, probability]));
    const shown = likeliest(found, before[0].token);
    const entries = entriesOf(shown, SHOWN, before[0].token);
    const withOld = entries.map((one, i) => ({ ...one, was: was.get(shown[i].token) }));
    showBars(edits.size > 0 ? withOld : entries);
    find(".moved").textContent =
      edits.size > 0
        ? `The change moved ${percent(distance(found, before))} of the probability. ` +
          "Below each bar is a thin one: how it was."
        : "";
  }

  const wishes = new Wishes(
    async () => {
      const { trace, place } = lens;
      const isHeld = held?.model === lens.model && held.trace === trace && held.place === place;
      if (!isHeld) await hold(trace, place);
      const { session } = held;
      const calls = [session.setState(edited()), session.distribution(lens.weighing)];
      const [, found] = await Promise.all(calls);
      if (lens.trace !== trace) return false;
      showFields();
      showEdits(found);
      return true;
    },
    (error) => note(sentence(error)),
  );

  function setTo(to) {
    const one = target();
    const bound = boundOf(one).typed;
    value.setAttribute("aria-invalid", "false");
    const refuse = (why) => {
      value.setAttribute("aria-invalid", "true");
      note(why);
    };
    if (Number.isNaN(to)) return refuse("That is not a number.");
    if (Math.abs(to) > bound) {
      const whose = one.state === "cell" ? "A cell state" : "A hidden state";
      return refuse(`${whose} is from −${bound} to ${bound} here, and ${signed(to, 2)} is not.`);
    }
    note("");
    edits.set(nameOf(one), [one, to]);
    wishes.ask(undefined);
    return undefined;
  }

  // ---- Writing on ----

  /** What is written on from a state: its tokens, and a session that stands where they began. */
  async function writeFrom(state, seed, signal) {
    const { session } = held;
    const [begun, drawn] = await Promise.all([session.fork(), session.fork()]);
    await Promise.all([begun.setState(state), drawn.setState(state)]);
    const { length, ...options } = lens.options;
    const end = lens.model.info.metadata.end;
    const how = { sampling: options.sampling, seed, length: Math.min(length, LONGEST), end };
    const tokens = await draw(drawn, how, signal);
    drawn.free();
    return { begun, tokens };
  }

  /** The probabilities of two tokens after what is common to both texts. */
  async function chancesAt({ begun }, common, tokens) {
    if (common !== "") await begun.feed(common, { skipUnknown: true });
    const found = await begun.distribution(lens.options.sampling);
    return tokens.map((token) => found.find((one) => one.token === token)?.probability);
  }

  async function tellParting(sides) {
    const [a, b] = sides.map(({ tokens }) => tokens);
    const at = a.findIndex((token, i) => token !== b[i]);
    const from = at < 0 ? a.length : at;
    if (from === a.length && from === b.length) {
      return { from, said: "Both are the same to the end." };
    }
    const pair = [a[from], b[from]].map((token) => token ?? lens.model.info.metadata.end);
    const common = joined(a.slice(0, from), lens.words, held.trace.tokens[held.place]);
    const chances = await Promise.all(sides.map((side) => chancesAt(side, common, pair)));
    const [one, other] = pair.map((token) => `“${named(token)}”`);
    const same = from === 0 ? "They part at once" : `After ${from} that are the same they part`;
    const say = ([p, q]) => `${one} had ${percent(p)} and ${other} ${percent(q)}`;
    if (edits.size === 0) {
      return { from, said: `${same}: ${say(chances[0])}, and the draw chose.` };
    }
    const [was, is] = chances.map(say);
    return { from, said: `${same}: as it was, ${was}; with the change, ${is}.` };
  }

  function show(sides, from) {
    const { trace, place } = held;
    const read = trace.tokens.slice(Math.max(0, place + 1 - BEFORE), place + 1);
    const before = joined(read, lens.words);
    find(".both").replaceChildren(
      ...sides.map(({ title, tokens }) => {
        const [same, own] = [tokens.slice(0, from), tokens.slice(from)];
        const after = same.at(-1) ?? read.at(-1);
        const text = element(
          "p",
          { className: "text", translate: false },
          element("span", { className: "so-far", textContent: before }),
          element("span", { textContent: joined(same, lens.words, read.at(-1)) }),
          element("mark", { textContent: joined(own, lens.words, after) }),
        );
        return element("section", {}, element("h3", { textContent: title }), text);
      }),
    );
  }

  async function writeOn(signal) {
    while (!wishes.idle) await nextFrame(); // until the state is that of the place
    const { own } = held;
    const { seed } = lens.options;
    const isEdited = edits.size > 0;
    const plan = isEdited
      ? [
          { title: "As it was", state: own, seed },
          { title: "With the change", state: edited(), seed },
        ]
      : [seed, seed + 1].map((one) => ({ title: `With seed ${one}`, state: own, seed: one }));
    const sides = [];
    for (const { title, ...how } of plan) {
      sides.push({ title, ...(await writeFrom(how.state, how.seed, signal)) });
    }
    signal.throwIfAborted();
    const { from, said } = await tellParting(sides);
    for (const { begun } of sides) begun.free();
    if (signal.aborted) return;
    show(sides, from);
    find(".apart").textContent = said;
  }

  find(".write-on").addEventListener("click", async () => {
    const signal = writing.begin();
    try {
      await writeOn(signal);
    } catch (error) {
      if (!signal.aborted && writing.is(signal)) note(sentence(error));
    }
    writing.end(signal);
  });
  set.addEventListener("change", () => held && showFields());
  value.addEventListener("change", () => held && setTo(value.valueAsNumber));
  sweep.addEventListener("input", () => {
    value.value = sweep.value;
    if (held) setTo(sweep.valueAsNumber);
  });
  find(".undo").addEventListener("click", () => {
    edits.clear();
    note("");
    wishes.ask(undefined);
  });

  return {
    /** Another place, unit or text is looked at. */
    look() {
      writing.forget();
      note("");
      wishes.ask(undefined);
    },
  };
}
