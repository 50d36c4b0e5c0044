// What to write like: a text that the page ships, one typed or pasted, or a file. Large ones are
// kept as bytes and never shown, since a page is slow with a text field of megabytes.

import { button, element, onFilesChosen, tell } from "../dom.js";
import { fetchOk } from "../files.js";
import { size } from "../parts/words.js";
import { asOneText } from "../parts/encoding.js";
import { readingOfRows } from "./classes.js";
import { columnsOf } from "./columns.js";
import { readTable } from "./table.js";

const SHOWN = 200_000; // characters of a pasted text that the field still takes
const OWN = "pasted"; // the value of one's own text
const OWN_NAME = "A text of your own";
const NAMING = 24; // characters of a text, of which it has its name
const LINES = { true: true, false: false }; // train()'s `lines`; without it the text decides
const LARGEST = 500e6; // bytes; training holds every character as four
// What a text of rows is better learnt by.
const ROWS = {
  classifier: {
    title: "Classes",
    about: "a label and a text. Classes learns which label a text has",
  },
  translator: {
    title: "Pairs",
    about: "a text and another. Pairs learns to turn the one into the other",
  },
};

// Of so little a network hardly learns to spell, unless it begins with one that has learnt English.
const LITTLE = { least: 500, most: 60_000 }; // characters
const BEGINNING = "shakespeare-int8";
const COMMON = new Set("the and of to in a is that it with for my i he was".split(" "));
const ENGLISH = 0.2; // of the words, the share that these are: of other languages it is below 0.05

function isEnglish(text) {
  const words = text.toLowerCase().match(/\p{L}+/gu) ?? [];
  return words.filter((word) => COMMON.has(word)).length >= ENGLISH * Math.max(words.length, 1);
}

/** What a text without a name is called, as none that comes along is: its beginning. */
function named(text) {
  const line = text.split("\n").find((one) => /[\p{L}\p{N}]/u.test(one));
  if (line === undefined) return OWN_NAME;
  const whole = line
    .trim()
    .slice(0, 8 * NAMING)
    .replace(/\s+/g, " ");
  const cut = [...whole].slice(0, NAMING + 1).join("");
  const blank = cut.lastIndexOf(" ");
  const words = cut === whole || blank < NAMING / 3 ? cut : cut.slice(0, blank);
  return `${words.replace(/[.,;:!?\s]+$/, "")}…`;
}

const nameOf = ({ file }) => file.replace(/\.[^.]*$/, "");

async function listSamples() {
  const response = await fetchOk("samples/index.json");
  return response.json();
}

export const html = /* HTML */ `
  <div class="samples"></div>
  <label class="choice">
    <input type="radio" name="text" value="pasted" />
    <span class="title">A text of your own</span>
    <span class="about">Type, paste, open or drop it. It stays on this device.</span>
  </label>
  <div class="own" hidden>
    <label for="train-text">Text to learn</label>
    <textarea id="train-text" rows="5" spellcheck="false" autocomplete="off" dir="auto"></textarea>
    <div class="field">
      <label for="train-lines">Read it as</label>
      <select id="train-lines">
        <option value="">what it looks like</option>
        <option value="true">a list: every line is a text of its own</option>
        <option value="false">one running text</option>
      </select>
    </div>
    <div class="row">
      <button type="button" class="open-text">Open text files…</button>
      <input
        type="file"
        accept="text/*,.txt,.md,.docx,.odt,.epub,.html,.csv,.json,.abc,.zip"
        aria-label="Text files"
        multiple
        hidden
      />
    </div>
  </div>
  <p class="facts" role="status"></p>
  <p class="notice" role="status" hidden></p>
`;

/**
 * A material of the training panel, as all of them are: `onChange()` is called when something else
 * was chosen, `onLost(draft, message)` when that took the place of one's own, which restore(draft)
 * brings back, `complain(message)` with what is wrong with it, and `hand(task, file)` when it is to
 * be learnt as another one. `beginning` has the name of the shipped model that a network begins with.
 */
export function createMaterial(root, { onChange, onLost, complain, hand, beginning }) {
  const find = (selector) => root.querySelector(selector);
  const own = find(".own");
  const field = find("#train-text");
  const facts = find(".facts");
  const notice = find(".notice");
  const list = find("#train-lines");
  const samples = new Map(); // by name
  let given; // { name, source: a Blob }, in place of what is in the field
  let listing; // a promise of the samples

  const chosen = () => find("[name=text]:checked")?.value ?? OWN;

  function choose(value) {
    const radio = [...root.querySelectorAll("[name=text]")].find((one) => one.value === value);
    if (radio) radio.checked = true;
    changed();
  }

  function changed() {
    own.hidden = samples.has(chosen());
    const isGiven = given && !own.hidden;
    facts.textContent = isGiven ? `${given.name}, ${size(given.source.size)}` : "";
    showAdvice();
    onChange();
  }

  /** Says of one's own text, by its beginning, what it is better learnt as, or from. */
  async function showAdvice() {
    const its = given;
    const name = its?.name ?? OWN_NAME;
    const text = its ? await its.source.slice(0, SHOWN).text() : field.value;
    const isLittle = text.length >= LITTLE.least && text.length <= LITTLE.most;
    const gains = isLittle && !beginning.name && isEnglish(text);
    const title = gains ? await beginning.titleOf(BEGINNING) : undefined;
    if (its !== given) return; // another one has come meanwhile
    const isCsv = /\.csv$/i.test(name);
    const rows = own.hidden ? undefined : readingOfRows(text, { isCsv });
    notice.hidden = true;
    if (rows) adviseRows(rows, new File([its?.source ?? field.value], name));
    else if (title && !own.hidden) adviseBeginning(title);
  }

  function advise(message, ...ways) {
    notice.hidden = false;
    tell(notice, message, ...ways);
  }

  const quiet = (way, onPressed) => button(way, onPressed, { className: "quiet" });

  /** `column` is that of texts, and `name` how it is called. */
  function adviseRows({ task, column, name }, file) {
    const { title, about } = ROWS[task] ?? {};
    const message = task
      ? `Most of its lines are ${about}; Writing, only to write such lines.`
      : "Most of its lines are rows of a table: Writing learns to write such rows.";
    const toTask = task && quiet(`Open it under ${title}`, () => hand(task, file));
    const alone =
      column !== undefined && quiet(`Learn only “${name}”`, () => takeColumn(file, column, name));
    advise(message, ...[toTask, alone].filter(Boolean));
  }

  /** Of a table one column alone; texts of several lines then have blank ones between them. */
  async function takeColumn(file, column, name) {
    const isCsv = /\.csv$/i.test(file.name);
    const { body } = columnsOf(readTable(await file.text(), isCsv ? undefined : "\t"));
    const texts = body.map((row) => row[column]).filter((text) => text !== "");
    const between = texts.some((text) => /[\n\r]/.test(text)) ? "\n\n" : "\n";
    take(`${file.name.replace(/\.\w+$/, "")}, ${name}.txt`, new Blob([texts.join(between), "\n"]));
  }

  function adviseBeginning(title) {
    const message =
      "So short a text hardly teaches a new network to spell. One that knows English already " +
      "writes better.";
    const begin = async () => {
      await beginning.choose(BEGINNING);
      tell(notice, `It begins with what ${title} knows, and learns your text from there.`);
      onChange();
    };
    advise(message, quiet(`Begin with ${title}`, begin));
  }

  /** Takes what stands in a file, and shows it where it is not too long. */
  async function give(name, source) {
    const its = (given = { name, source });
    const isShown = source.size <= SHOWN;
    field.value = "";
    field.placeholder = isShown ? "" : `${name} is too long to be shown here.`;
    choose(OWN);
    if (!isShown) return;
    const text = await source.text();
    if (its === given) field.value = text;
  }

  function take(name, source) {
    if (source.size > LARGEST)
      return complain(`${name} has ${size(source.size)}, which is more than a page can train on.`);
    replaced(name);
    return give(name, source);
  }

  /** What is there of one's own, undefined when nothing is. */
  function draftNow() {
    if (given) return { given, list: list.value };
    return field.value.trim() === "" ? undefined : { text: field.value, list: list.value };
  }

  function replaced(name) {
    const draft = draftNow();
    if (draft) onLost(draft, `${name} has taken the place of your text.`);
  }

  async function fillSamples() {
    const all = await listSamples();
    const choices = all.map((sample) => {
      samples.set(nameOf(sample), sample);
      return element(
        "label",
        { className: "choice" },
        element("input", { type: "radio", name: "text", value: nameOf(sample) }),
        element("span", { className: "title", textContent: sample.title }),
        element("span", { className: "about", textContent: sample.about }),
      );
    });
    find(".samples").replaceChildren(...choices);
  }

  /** Lists the texts that come along, unless that is done; a failure is said in their place. */
  async function listed() {
    try {
      await (listing ??= fillSamples());
    } catch (error) {
      listing = undefined;
      const alert = element("p", { className: "alert", role: "alert" });
      const again = button("Try again", async () => {
        await listed();
        if (chosen() === OWN && field.value === "") choose([...samples.keys()][0]);
      });
      tell(alert, `The texts that come along cannot be listed: ${error.message}.`, again);
      find(".samples").replaceChildren(alert);
    }
  }

  root.addEventListener("change", ({ target }) => target.name === "text" && changed());
  field.addEventListener("input", () => {
    given = undefined;
    field.placeholder = facts.textContent = "";
    showAdvice();
  });
  field.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (text.length <= SHOWN) return;
    event.preventDefault();
    take(named(text), new Blob([text]));
  });

  async function openFiles(files) {
    const text = await asOneText(files, complain);
    if (text) take(text.name, text.source);
  }

  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);

  return {
    /** Fills in what a link asks for. */
    async openLink({ sample }) {
      await listed();
      if (sample !== undefined || !find("[name=text]:checked"))
        choose(samples.has(sample) ? sample : ([...samples.keys()][0] ?? OWN));
      if (sample !== undefined && !samples.has(sample))
        complain(`The link asks for a text “${sample}”, which is not here; this is another.`);
    },
    openFiles,
    /** Fills in what read() gave for a run that was kept. */
    async show({ name, bytes, lines }) {
      await listed();
      const sample = [...samples].find(([, { title }]) => title === name);
      if (sample) return choose(sample[0]);
      replaced(name);
      list.value = String(lines ?? "");
      return give(name, new Blob([bytes]));
    },
    get draft() {
      return draftNow();
    },
    async restore({ given: its, text, list: readAs }) {
      await listed();
      list.value = readAs;
      if (its) return give(its.name, its.source);
      given = undefined;
      field.placeholder = "";
      field.value = text;
      return choose(OWN);
    },
    /** What a link can say of it. */
    get fields() {
      return { sample: samples.has(chosen()) ? chosen() : undefined };
    },
    /** What a link cannot. */
    get missing() {
      return samples.has(chosen())
        ? ""
        : "A text of your own stays on this device: it is not in it.";
    },
    /** { name, bytes, lines } of the text chosen. */
    async read() {
      const sample = samples.get(chosen());
      if (sample) {
        const answer = await fetchOk(`samples/${sample.file}`);
        const bytes = new Uint8Array(await answer.arrayBuffer());
        return { name: sample.title, bytes, lines: sample.lines };
      }
      const { name, source } = given ?? {
        name: named(field.value),
        source: new Blob([field.value]),
      };
      if (!given && field.value.trim() === "") throw new Error("There is no text to learn yet");
      const bytes = new Uint8Array(await source.arrayBuffer());
      return { name, bytes, lines: LINES[list.value] };
    },
  };
}
