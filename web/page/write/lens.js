// Looking inside of the network that writes: what its units did at each token of the text, which of
// them follow a pattern of it, how their gates stood, and which tokens spoke for another one. It
// works on a model of its own, loaded from the same source with the build that can do it.

import { load } from "../../inkling.js";
import { addStyle, button, element } from "../dom.js";
import { Newest } from "../newest.js";
import { spoken } from "../parts/tokens.js";
import { plain } from "../parts/words.js";
import { count, createGates, halfLife, keeperOf, keepers } from "./gates.js";
import { createStrip } from "./strip.js";

const MOST = 2000; // characters of the text that are looked into
const LISTED = 5; // units of those that follow a pattern

const PATTERNS = {
  "line length": "the line’s length",
  word: "words",
  quotes: "quotation marks",
  brackets: "brackets",
  "capital next": "capitals coming",
  "space next": "spaces coming",
};

const signed = (value, digits) => value.toFixed(digits).replace("-", "−");
const BITS = Math.log2(Math.E);

/** What stands in the panel once it has been opened. */
const html = `
  <p class="said hint" role="status"></p>
  <div class="inside" hidden>
    <fieldset>
      <legend>Find units that follow</legend>
      <div class="patterns row"></div>
    </fieldset>
    <div class="found row" role="group" aria-label="Units found"></div>
    <div class="by-hand row">
      <span class="layers">
        <label for="lens-layer">Layer</label> <select id="lens-layer" class="layer"></select>
      </span>
      <span>
        <label for="lens-unit">Unit</label>
        <input id="lens-unit" class="unit" type="number" min="0" step="1" value="0" />
      </span>
      <span class="states">
        <label for="lens-state">State</label>
        <select id="lens-state" class="state">
          <option value="hidden">hidden</option>
          <option value="cell">cell</option>
        </select>
      </span>
      <span>
        <label for="lens-colouring">Colour by</label>
        <select id="lens-colouring" class="colouring">
          <option value="unit">the unit</option>
          <option value="bits">what each cost, in bits</option>
          <option value="why" hidden disabled>what spoke for one</option>
          <option value="rival" hidden disabled>bits less than the other’s</option>
        </select>
      </span>
      <span>
        <label for="lens-rival">Compare with</label>
        <select id="lens-rival" class="rival"><option value="">no other model</option></select>
      </span>
    </div>
    <div class="strip" tabindex="0" role="group"></div>
    <p class="scale">
      <span class="least"></span><i aria-hidden="true"></i><span class="most"></span>
    </p>
    <p class="readout" role="status"></p>
    <div class="row">
      <button type="button" class="here" disabled>Find units that are on exactly here</button>
      <button type="button" class="why" disabled>Why this one?</button>
    </div>
    <div class="standing"></div>
  </div>`;

/**
 * `given()` gives { source, text, words } of what is in use, and `shipped()` the models that there
 * are besides, { title, source, task }.
 */
export async function createLens(root, { given, shipped }) {
  await addStyle("page/write/lens.css");
  root.insertAdjacentHTML("beforeend", html);
  const find = (selector) => root.querySelector(selector);
  const newest = new Newest();
  const readout = find(".readout");
  const stripElement = find(".strip");
  const fields = Object.fromEntries(
    ["layer", "unit", "state", "colouring", "rival"].map((name) => [name, find(`.${name}`)]),
  );
  let model;
  let loaded = {}; // { source, saliency }: what the model is of, and whether it can tell why
  let words = false;
  let text = ""; // that is looked into
  let trace;
  let rival; // { title, nats }: another model, and what each token cost it
  let why; // { place, values }: what spoke for the token at a place
  let chosen = { layer: 0, unit: 0, state: "hidden" };
  let patterns = []; // the buttons

  const say = (message) => (find(".said").textContent = message);
  const token = () => (words ? "word" : "character");
  const gates = createGates(find(".standing"));
  const strip = createStrip(stripElement, {
    onLook: tell,
    onPick(t) {
      find(".why").disabled = t === 0;
      find(".why").textContent = `Why “${spoken(trace.tokens[t])}”?`;
      tell(t);
    },
    onRange: () => (find(".here").disabled = !strip?.range),
  });

  // ---- What is shown ----

  /** The chosen unit's value after each token. */
  function valuesOf({ layer, unit, state }) {
    const { layers, units } = trace;
    return trace.tokens.map((_, t) => trace[state][(t * layers + layer) * units + unit]);
  }

  const VALUES = {
    unit: () => valuesOf(chosen),
    bits: () => Array.from(trace.nats, (nats) => nats * BITS),
    why: () => [...(why?.values ?? [])],
    rival: () => Array.from(trace.nats, (nats, t) => (rival.nats[t] - nats) * BITS),
  };

  const DIGITS = { unit: 4, bits: 2, why: 4, rival: 2 };

  const TOLD = {
    unit: "the value of the unit",
    bits: "what it cost",
    why: "how much it spoke for the one picked",
    rival: "how much less it cost than the other model",
  };

  function paint() {
    const kind = fields.colouring.value;
    const values = VALUES[kind]();
    const most = values.reduce((so, value) => Math.max(so, Math.abs(value) || 0), 0) || 1;
    strip.colour(values, most);
    stripElement.setAttribute("aria-label", `The text, each ${token()} coloured by ${TOLD[kind]}`);
    find(".least").textContent = kind === "bits" ? "0" : signed(-most, DIGITS[kind]);
    find(".most").textContent = signed(most, DIGITS[kind]);
    find(".scale").classList.toggle("one-sided", kind === "bits");
    if (strip.picked >= 0) tell(strip.picked);
  }

  /** Says in words what the pointer or the focus is on. */
  function tell(t) {
    const { tokens, layers, units, nats } = trace;
    const at = (t * layers + chosen.layer) * units + chosen.unit;
    const what = `“${spoken(tokens[t])}”, ${token()} ${t + 1} of ${tokens.length}`;
    if (fields.colouring.value === "why") {
      const value = why.values[t];
      const one = `“${spoken(tokens[why.place])}”`;
      if (t >= why.place) readout.textContent = `${what}: not before ${one}.`;
      else {
        const side = value < 0 ? "against" : "for";
        readout.textContent = `${what}: spoke ${side} ${one} with ${signed(value, 4)}.`;
      }
      return;
    }
    const states = [`hidden ${signed(trace.hidden[at], 4)}`];
    if (trace.cell) states.push(`cell ${signed(trace.cell[at], 4)}`);
    const opened = Object.entries(trace.gates).map(
      ([name, values]) => `${name} ${signed(values[at], 2)}`,
    );
    const cost = Number.isNaN(nats[t]) ? [] : [`cost ${signed(nats[t] * BITS, 2)} bits`];
    if (rival && cost.length > 0) cost.push(`${rival.title} ${signed(rival.nats[t] * BITS, 2)}`);
    const own = [states.join(", "), opened.join(", ")].filter(Boolean).join("; ");
    readout.textContent = `${[what, ...cost].join(", ")}. Unit ${chosen.unit}: ${own}.`;
  }

  function choose(unit) {
    chosen = unit;
    fields.layer.value = String(unit.layer);
    fields.unit.value = String(unit.unit);
    fields.state.value = unit.state;
    for (const chip of find(".found").children) {
      chip.setAttribute("aria-pressed", String(chip.value === nameOf(unit)));
    }
    gates.show(trace, unit, token());
    fields.colouring.value = "unit";
    paint();
  }

  const nameOf = ({ layer, unit, state }) => `${layer}/${unit}/${state}`;

  /** Lists units, each with a figure. */
  function list(units, figure) {
    const chips = units.slice(0, LISTED).map((unit) => {
      const { layers, cell } = trace;
      const parts = [`unit ${unit.unit}`];
      if (layers > 1) parts.push(`layer ${unit.layer}`);
      if (cell) parts.push(unit.state);
      const chip = button(`${parts.join(", ")}: ${figure(unit)}`, () => choose(unit));
      chip.value = nameOf(unit);
      return chip;
    });
    find(".found").replaceChildren(...chips);
    choose(units[0]);
  }

  const listFound = (units) => list(units, ({ correlation }) => signed(correlation, 2));

  const listKeepers = () =>
    list(
      keepers(trace).map((unit) => ({ ...unit, state: trace.cell ? "cell" : "hidden" })),
      ({ mean }) => `half after ${count(halfLife(mean))}`,
    );

  function press(pressed) {
    for (const one of patterns) one.setAttribute("aria-pressed", String(one === pressed));
  }

  // ---- Reading ----

  /** The model of the source, which is loaded anew when the one there is of another, or too small. */
  async function modelFor(source, { saliency = false }, signal) {
    if (model && loaded.source === source && (loaded.saliency || !saliency)) return model;
    say(saliency ? "Fetching the build that can tell why…" : "Fetching what looks inside…");
    const next = await load(source, { signal, ...(saliency ? { saliency } : { trace: true }) });
    model?.free();
    model = next;
    loaded = { source, saliency };
    return model;
  }

  /** Works at what is asked for, unless something else is meanwhile. */
  async function work(task) {
    const signal = newest.begin();
    try {
      await task(signal);
    } catch (error) {
      if (!signal.aborted && newest.is(signal)) say(`${plain(error)}.`);
    }
    newest.end(signal);
  }

  /** A button for each pattern that the text has. */
  async function findPatterns(own, signal) {
    const found = [];
    for (const [name, title] of Object.entries(PATTERNS)) {
      try {
        found.push([title, await own.units(trace, name)]);
      } catch (error) {
        if (error.code !== "text") throw error; // the text has none of it
      }
      signal.throwIfAborted();
    }
    patterns = found.map(([title, units]) => {
      const shown = `${title} (${signed(units[0].correlation, 2)})`;
      const one = button(shown, () => (press(one), listFound(units)));
      return one;
    });
    if (keeperOf(trace)) {
      const one = button("… or remember longest", () => (press(one), listKeepers()));
      patterns.push(one);
    }
    find(".patterns").replaceChildren(...patterns);
  }

  function setUp() {
    const { layers, units, cell, tokens } = trace;
    const options = Array.from({ length: layers }, (_, l) => element("option", { textContent: l }));
    fields.layer.replaceChildren(...options);
    fields.unit.max = String(units - 1);
    find(".layers").hidden = layers === 1;
    find(".states").hidden = !cell;
    why = rival = undefined;
    fields.rival.value = "";
    offer("why", false);
    offer("rival", false);
    find(".why").disabled = true;
    find(".why").textContent = "Why this one?";
    readout.textContent =
      `Point at a ${token()}, or use the arrow keys, to see its numbers. ` +
      "Select some, with Shift and the arrow keys or by pointer, to find units that are on there.";
    strip.show(tokens, words);
  }

  /** Lets the text be coloured so, which it then is, or no longer. */
  function offer(kind, on) {
    const option = fields.colouring.querySelector(`[value=${kind}]`);
    option.hidden = option.disabled = !on;
    fields.colouring.value = on ? kind : "unit";
  }

  /** What every token of the text costs another model, which must read the same ones. */
  async function compare({ title, source }, signal) {
    say(`Reading with ${title}…`);
    const other = await load(source, { signal, trace: true });
    try {
      const { tokens, nats } = await other.trace(text, { skipUnknown: true });
      signal.throwIfAborted();
      const same = tokens.length === trace.tokens.length;
      if (!same || tokens.some((one, t) => one !== trace.tokens[t])) {
        throw new Error(`${title} reads this text as other ${token()}s, so it does not compare`);
      }
      rival = { title, nats };
    } finally {
      other.free();
    }
    const known = [...trace.nats.keys()].filter((t) => trace.nats[t] >= 0 && rival.nats[t] >= 0);
    const bits = (nats) => (known.reduce((sum, t) => sum + nats[t], 0) * BITS) / known.length;
    const [own, its] = [trace.nats, rival.nats].map((nats) => signed(bits(nats), 3));
    say(`${own} bits a ${token()}; ${title} ${its}.`);
  }

  const read = () =>
    work(async (signal) => {
      const { source, text: all, words: areWords } = given();
      const nothing = (why) => {
        find(".inside").hidden = true;
        say(why);
      };
      if (!source || all === "") {
        return nothing("There is no text to look into yet: generate one.");
      }
      const own = await modelFor(source, {}, signal);
      const characters = [...all];
      const part = characters.slice(0, MOST).join("");
      const next = await own.trace(part, { gates: true, skipUnknown: true });
      signal.throwIfAborted();
      if (next.tokens.length < 2) return nothing("The text is too short to look into.");
      [trace, text, words] = [next, part, areWords];
      setUp();
      await findPatterns(own, signal);
      find(".inside").hidden = false;
      if (patterns.length > 0) patterns[0].click();
      else choose({ layer: 0, unit: 0, state: "hidden" });
      const left = characters.length - MOST;
      say(left > 0 ? `The first ${MOST.toLocaleString("en")} characters of the text.` : "");
    });

  // ---- What can be used ----

  const chooseByHand = () => {
    const unit = fields.unit.valueAsNumber;
    if (!Number.isInteger(unit) || unit < 0 || unit >= trace.units) {
      return void (readout.textContent = `There are units 0 to ${trace.units - 1}.`);
    }
    press(undefined);
    choose({ layer: Number(fields.layer.value), unit, state: fields.state.value });
  };
  for (const name of ["layer", "unit", "state"]) {
    fields[name].addEventListener("change", chooseByHand);
  }
  fields.colouring.addEventListener("change", paint);
  find(".here").addEventListener("click", () =>
    work(async () => {
      const [from, to] = strip.range;
      const mask = trace.tokens.map((_, t) => t >= from && t < to);
      const units = await model.units(trace, mask);
      press(undefined);
      listFound(units);
      say("");
    }),
  );
  find(".why").addEventListener("click", () =>
    work(async (signal) => {
      const place = strip.picked;
      const own = await modelFor(loaded.source, { saliency: true }, signal);
      const values = await own.saliency(text, place, { skipUnknown: true });
      signal.throwIfAborted();
      why = { place, values };
      say("");
      offer("why", true);
      paint();
    }),
  );
  const entries = (await shipped()).filter(({ task }) => task === "generator");
  fields.rival.append(
    ...entries.map(({ title }) => element("option", { value: title, textContent: title })),
  );
  fields.rival.addEventListener("change", () =>
    work(async (signal) => {
      const entry = entries.find(({ title }) => title === fields.rival.value);
      rival = undefined;
      offer("rival", false);
      if (entry) await compare(entry, signal).then(() => offer("rival", true));
      else say("");
      paint();
    }),
  );
  root.addEventListener("toggle", () => root.open && read());

  await read();
  return {
    /** The text or the model is another one. */
    refresh() {
      if (root.open) return read();
      newest.forget();
      if (loaded.source !== given().source) {
        model?.free();
        model = undefined;
      }
      return undefined;
    },
  };
}
