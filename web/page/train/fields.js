// The form's fields, but for what is learnt: filled in by a link or a run, and read for either.

import { load } from "../../inkling.js";
import { element } from "../dom.js";
import { fetchOk } from "../files.js";
import { asSaid, takes } from "../link.js";
import { NUMBERS } from "./form.js";

const MOST_MINUTES = 100_000; // as the module has it
// Fields of a link that are called otherwise in the form.
const LINKED = { units: "hidden", window: "nchars", seed: "trainSeed", held: "validation" };
const FIELD_OF = Object.fromEntries(NUMBERS.map((id) => [id, id]));
for (const [name, id] of Object.entries(LINKED)) {
  delete FIELD_OF[id];
  FIELD_OF[name] = id;
}

/** `page` lists the models that training can begin with. */
export function createFields(form, page) {
  const find = (selector) => form.querySelector(selector);
  const field = (id) => find(`#${id}`);
  const checked = (name) => [...form.querySelectorAll(`[name=${name}]:checked`)];
  const radios = (name) => [...form.querySelectorAll(`[name=${name}]`)];
  const chosen = (name) => checked(name)[0].value;

  /** Checks the radio of a value, if there is one. */
  function check(name, value) {
    const found = radios(name).find((radio) => radio.value === value);
    if (found) found.checked = true;
    return found !== undefined;
  }

  function addMinutes(value) {
    const input = element("input", { type: "radio", name: "minutes", value, checked: true });
    const title = element("span", { textContent: `${Number(value)} minutes` });
    find(".how-long .segments").append(element("label", {}, input, title));
  }

  function fillNumber(id) {
    return (value) => {
      find(".more").open = true;
      const is = takes(field(id), value);
      if (is) field(id).value = value.trim();
      return is;
    };
  }

  /** How a link's fields of these names are filled in; those that cannot be give false. */
  const FILL = {
    task: (value) => check("task", value),
    cell(value) {
      const cells = value.toLowerCase().split(",");
      for (const box of radios("cell")) box.checked = cells.includes(box.value);
      return cells.length === checked("cell").length;
    },
    level: (value) => check("level", value),
    minutes(value) {
      if (check("minutes", value)) return true;
      const is = Number(value) > 0 && Number(value) <= MOST_MINUTES;
      if (is) addMinutes(value);
      return is;
    },
    from: (value) => listBeginnings(value),
    ...Object.fromEntries(Object.entries(FIELD_OF).map(([name, id]) => [name, fillNumber(id)])),
  };

  /** The shipped generators that a text of one's own can begin with. */
  async function listBeginnings(wanted) {
    const select = field("from");
    if (select.options.length === 1) {
      const all = await page.models().catch(() => []); // the other tabs say what is wrong
      const generators = all.filter(({ task }) => task === "generator");
      for (const { name, title, source } of generators) {
        const option = element("option", { value: name, textContent: title });
        option.dataset.source = source;
        select.append(option);
      }
    }
    if (wanted !== undefined) {
      select.value = wanted;
      find(".more").open = true;
      if (select.selectedIndex < 0) select.value = "";
    }
    return wanted === undefined || select.value === wanted;
  }

  /** The shipped generator that training begins with. */
  const beginning = {
    get name() {
      return field("from").value;
    },
    /** What one is called; undefined where it is not shipped. */
    async titleOf(name) {
      await listBeginnings();
      return [...field("from").options].find(({ value }) => value === name)?.textContent;
    },
    choose: (name) => listBeginnings(name),
  };

  return {
    beginning,
    /** Those that a link may fill in. */
    names: Object.keys(FILL),
    get task() {
      return chosen("task");
    },
    set task(task) {
      check("task", task);
    },
    /** The cells that are asked for: undefined is the one that suits the text. */
    get cells() {
      const cells = checked("cell").map(({ value }) => value);
      return cells.length > 0 ? cells : [undefined];
    },
    /** Fills in what a link asks for; gives what of it cannot be. */
    async fill(asked) {
      const wrong = [];
      for (const [name, fillIn] of Object.entries(FILL)) {
        const value = asked[name];
        if (value !== undefined && !(await fillIn(value))) wrong.push(asSaid(name, value));
      }
      await listBeginnings();
      return wrong;
    },
    /** Fills in what the networks of a run were asked to be, but what its material says itself. */
    async show(asked, { options: its = {}, begins = "" }) {
      const [first] = asked;
      for (const box of radios("cell")) box.checked = asked.some(({ cell }) => cell === box.value);
      check("level", first.level ?? "");
      for (const id of NUMBERS) {
        const name = id === "trainSeed" ? "seed" : id;
        const { defaultValue } = field(id);
        field(id).value = name in its ? defaultValue : (first[name] ?? defaultValue);
        if (field(id).value !== defaultValue) find(".more").open = true;
      }
      const minutes = String(first.minutes ?? radios("minutes")[0].value);
      if (!check("minutes", minutes)) addMinutes(minutes);
      field("from").value = "";
      await listBeginnings(begins || undefined);
    },
    /** What a link says of them, `its` of what is learnt among it. */
    linked(its) {
      const numbers = Object.entries(FIELD_OF)
        .map(([name, id]) => [name, field(id)])
        .filter(([, { value, defaultValue }]) => value !== defaultValue)
        .map(([name, { value }]) => [name, value]);
      const task = chosen("task");
      return {
        task: task === "generator" ? undefined : task,
        ...its,
        cell: this.cells.join() || undefined,
        level: chosen("level") || undefined,
        from: field("from").value || undefined,
        minutes: chosen("minutes"),
        ...Object.fromEntries(numbers),
      };
    },
    /** What is asked for: train()'s options, without those that are to be chosen. */
    optionsOf({ options: its, lines, name }, cell) {
      const options = { ...its, task: chosen("task"), cell, lines, trainedOn: name };
      if (chosen("level")) options.level = chosen("level");
      for (const id of NUMBERS) {
        const { value, valueAsNumber } = field(id);
        if (value !== "") options[id === "trainSeed" ? "seed" : id] = valueAsNumber;
      }
      if (options.epochs === undefined) options.minutes = Number(chosen("minutes"));
      return options;
    },
    /**
     * What a shipped model is and has learnt, to begin with: { from, shape, begins }, the last its
     * name; of none { shape }.
     */
    async readBeginning() {
      const { value: begins, selectedOptions } = field("from");
      const { source } = selectedOptions[0].dataset;
      if (!source || chosen("task") !== "generator") return { from: undefined, shape: {}, begins };
      const from = new Uint8Array(await (await fetchOk(source)).arrayBuffer());
      const model = await load(from);
      const { cell, level, hidden, layers, embed } = model.info;
      model.free();
      return { from, shape: { cell, level, hidden, layers, embed }, begins };
    },
  };
}
