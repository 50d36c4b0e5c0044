// Looking inside of the network that writes: what its units did at each token of the text, which of
// them follow a pattern of it, how their gates stood, and which tokens spoke for another one. It
// works on a model of its own, loaded from the same source with the build that can do it.

import { load } from "../../inkling.js";
import { button, element } from "../dom.js";
import { addStyle } from "../files.js";
import { Newest } from "../newest.js";
import { spoken } from "../parts/tokens.js";
import { counted, sentence } from "../parts/words.js";
import { endsOf } from "./drawing.js";
import { html } from "./frame.js";
import { count, createGates, halfLife, keeperOf, keepers } from "./gates.js";
import { createRows, nameOf } from "./rows.js";
import { SECTIONS } from "./sections.js";
import { createStrip } from "./strip.js";
import { bitsOf, readsSo, sentenceOf, signed, titleOf, valueAt } from "./telling.js";

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

/**
 * `given()` gives { source, text, words, options, counts, besides } of what is in use, the last in
 * words of what wrote beside the network, and `shipped()`
 * the models that there are besides, { title, source, task }. `rows` are those of a link, and
 * `onKeep()` hears that others have been chosen.
 */
export async function createLens(root, { given, shipped, rows: linked, onKeep }) {
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
  let ends = []; // see endsOf()
  const sections = []; // those that have been opened, { details, look() }

  const say = (message) => (find(".said").textContent = message);
  const token = () => (words ? "word" : "character");
  const gates = createGates(find(".standing"));
  const strip = createStrip(stripElement, {
    onLook: tell,
    onPick(t) {
      find(".why").disabled = t === 0;
      find(".why").textContent = `Why “${spoken(trace.tokens[t])}”?`;
      tell(t);
      lookIntoSections();
    },
    onRange: () => (find(".here").disabled = !strip?.range),
  });

  const rows = createRows(find(".rows"), {
    strip,
    onChoose: (unit) => (press(undefined), choose(unit)),
    onChange() {
      find(".keep").disabled = !rows.canAdd(chosen);
      if (strip.picked >= 0) tell(strip.picked);
      onKeep();
    },
  });
  let lacking = ""; // what of a link's rows is not there
  let pending = linked; // rows that a link asks for, until there is a text

  function forgetRows() {
    rows.clear();
    lacking = "";
  }

  // ---- What is shown ----

  const VALUES = {
    unit: () => trace.tokens.map((_, t) => valueAt(trace, t, chosen)),
    bits: () => Array.from(trace.nats, bitsOf),
    why: () => [...(why?.values ?? [])],
    rival: () => Array.from(trace.nats, (nats, t) => bitsOf(rival.nats[t] - nats)),
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
    const how = { trace, chosen, rival, why, token: token() };
    const colouring = fields.colouring.value;
    readout.textContent = sentenceOf({ ...how, rows: rows.units, colouring }, t);
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
    find(".keep").disabled = !rows.canAdd(unit);
    paint();
    lookIntoSections();
  }

  /** Lists units, each with a figure. */
  function list(units, figure) {
    const chips = units.slice(0, LISTED).map((unit) => {
      const chip = button(`${titleOf(trace, unit)}: ${figure(unit)}`, () => choose(unit));
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

  // ---- Sections ----

  /** What a section is given to look at. */
  const view = {
    get model() {
      return model;
    },
    get trace() {
      return trace;
    },
    get text() {
      return text;
    },
    get words() {
      return words;
    },
    get token() {
      return token();
    },
    get chosen() {
      return chosen;
    },
    /** The token that is picked, else the last. */
    get place() {
      return strip.picked < 0 ? trace.tokens.length - 1 : strip.picked;
    },
    /** The text up to the end of a token. */
    upTo: (t) => text.slice(0, ends[t]),
    /** How much the counts say, where the model has some. */
    get weighing() {
      const { countsWeight } = given().counts;
      return model.info.counts && countsWeight !== undefined ? { countsWeight } : {};
    },
    /** The form's settings: { sampling, seed, length }. */
    get options() {
      const { options, counts } = given();
      const { samples, seed, length, ...sampling } = options;
      return { sampling: { ...sampling, ...(model.info.counts && counts) }, seed, length };
    },
  };

  function lookIntoSections() {
    for (const { details, look } of sections) if (details.open) look();
  }

  for (const details of root.querySelectorAll("[data-section]")) {
    let opened;
    details.addEventListener("toggle", () => {
      if (!details.open) return;
      opened ??= SECTIONS[details.dataset.section](details, view).then(
        (section) => sections.push({ details, ...section }),
        ({ message }) => {
          opened = undefined;
          details.open = false;
          say(`It did not open: ${message}.`);
        },
      );
      opened.then(lookIntoSections);
    });
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
    find(".inside").setAttribute("aria-busy", "true");
    try {
      await task(signal);
    } catch (error) {
      if (!signal.aborted && newest.is(signal)) say(sentence(error));
    }
    if (newest.end(signal)) find(".inside").removeAttribute("aria-busy");
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
      const one = button("units that remember longest", () => (press(one), listKeepers()));
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
    find(".about").textContent =
      `The network has ${counted(units, "unit")}${layers > 1 ? " in each layer" : ""}, small ` +
      `memories that change with every ${token()}. Each ${token()} is coloured by what one unit ` +
      "held just after reading it.";
    listRivals();
    offer("why", false);
    offer("rival", false);
    find(".why").disabled = true;
    find(".why").textContent = "Why this one?";
    readout.textContent =
      `Point at a ${token()}, or use the arrow keys, to see its numbers. ` +
      "Select some, with Shift and the arrow keys or by pointer, to find units that are on there.";
    strip.show(tokens, words);
    ends = endsOf(text, tokens);
    rows.show(trace);
    if (pending !== undefined) {
      const wrong = rows.fill(pending);
      lacking = wrong.length > 0 ? `The link’s ${wrong.join(", ")} is no unit of this model.` : "";
    }
    pending = undefined;
  }

  /** Lists the models that read the text as the same tokens. */
  function listRivals() {
    const options = entries
      .filter((entry) => readsSo(entry, trace, words))
      .map(({ title }) => element("option", { value: title, textContent: title }));
    fields.rival.replaceChildren(fields.rival.options[0], ...options);
    fields.rival.value = "";
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
    const bits = (nats) => bitsOf(known.reduce((sum, t) => sum + nats[t], 0)) / known.length;
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
      const read = characters.slice(0, MOST).join("").normalize("NFC");
      const next = await own.trace(read, { gates: true, skipUnknown: true });
      signal.throwIfAborted();
      if (next.tokens.length < 2) return nothing("The text is too short to look into.");
      if (next.layers === 0) {
        return nothing(
          "This network reads the last tokens anew for every one that it writes: it carries no " +
            "state whose units could be looked at.",
        );
      }
      [trace, text, words] = [next, read, areWords];
      setUp();
      await findPatterns(own, signal);
      find(".inside").hidden = false;
      if (patterns.length > 0) patterns[0].click();
      else choose({ layer: 0, unit: 0, state: "hidden" });
      const left = characters.length - MOST;
      const part = left > 0 ? `The first ${MOST.toLocaleString("en")} characters of the text.` : "";
      const { besides } = given();
      const alone = besides ? `This is the network alone; ${besides} had a say in the text.` : "";
      say([part, lacking, alone].filter(Boolean).join(" "));
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
  find(".keep").addEventListener("click", () => rows.add(chosen));
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
      if (loaded.source !== given().source) forgetRows(); // they are the other one's
      if (root.open) return read();
      newest.forget();
      find(".inside").removeAttribute("aria-busy");
      if (loaded.source !== given().source) {
        model?.free();
        model = undefined;
      }
      return undefined;
    },
    /** Rows of another link. */
    fill(field) {
      pending = field;
      if (root.open) read();
    },
    /** The rows that a link carries. */
    get field() {
      return pending ?? rows.field;
    },
  };
}
