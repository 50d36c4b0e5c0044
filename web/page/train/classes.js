// What to tell apart: a box of examples for each class, or a file of labelled lines or CSV.

import { button, element, onFilesChosen } from "../dom.js";
import { counted } from "../parts/words.js";
import {
  columnsOf,
  createColumns,
  html as columnsHtml,
  labelColumns,
  pairColumns,
  pick,
  textColumn,
} from "./columns.js";
import { createExample, sentences } from "./examples.js";
import { asField, decodeRows, encodeRows, readTable, readTableFile } from "./table.js";

const EXAMPLE = "Example sentences";
const FEWEST_EACH = 3; // texts of a label on average: else what stands there are pairs
const MOST_BOXES = 12;
const MOST_SHOWN = 400; // examples; of more a file is kept beside the boxes, which then stay empty

export const html = /* HTML */ `
  <p class="hint">Type a few examples of each class, one a line. Ten of each make a good start.</p>
  <div class="boxes"></div>
  <div class="row">
    <button type="button" class="add">Add a class</button>
    <button type="button" class="example"></button>
    <button type="button" class="open-text">Open lines or CSV…</button>
    <input
      type="file"
      accept=".txt,.csv,.tsv,.zip,text/*"
      aria-label="A file of labelled lines"
      hidden
    />
  </div>
  <p class="facts" role="status"></p>
  ${columnsHtml}
`;

/**
 * [label, text] of rows with two columns: the label is in the column with fewer different values,
 * and of equals in the first. A first row that only names the columns is left out.
 */
function labelled(rows) {
  const full = rows.filter(([one, other]) => one && other);
  const kinds = [0, 1].map((column) => new Set(full.map((row) => row[column])).size);
  const label = kinds[1] < kinds[0] ? 1 : 0;
  const pairs = full.map((row) => [asField(row[label]), asField(row[1 - label])]);
  const [first, ...rest] = pairs;
  const isHead = rest.length >= 4 && !rest.some(([one]) => one === first[0]);
  return isHead && kindsOf(rest) <= rest.length / 2 ? rest : pairs;
}

/** How many different labels there are. */
const kindsOf = (pairs) => new Set(pairs.map(([label]) => label)).size;

/**
 * Of a text most of whose lines are rows, of tabs or of CSV, { task, column, name }: as what they
 * are learnt, if that is clear, the column whose texts may be wanted alone, if there is one, and
 * how that is called. Undefined of other texts.
 */
export function readingOfRows(text, { isCsv }) {
  const table = columnsOf(readTable(text, isCsv ? undefined : "\t"));
  const full = table.rows.filter((row) => row.filter((field) => field !== "").length >= 2);
  if (full.length < 2 || 2 * full.length <= table.rows.length) return undefined;
  const task = taskOfRows(table, full);
  const column = textColumn(table);
  if (task === undefined && column === undefined) return undefined;
  return { task, column, name: table.names[column] };
}

function taskOfRows(table, full) {
  const pairs = labelled(full);
  const isLabelled =
    table.names.length > 2
      ? labelColumns(table).isSure
      : FEWEST_EACH * kindsOf(pairs) <= pairs.length;
  if (isLabelled) return "classifier";
  return pairColumns(table).isSure ? "translator" : undefined;
}

export function createMaterial(root, { onChange, onLost, complain, hand }) {
  const find = (selector) => root.querySelector(selector);
  const boxes = find(".boxes");
  const facts = find(".facts");
  let given; // { name, rows }, in place of what is in the boxes
  let made = 0; // boxes so far, for ids

  function addBox(label = "", texts = []) {
    const id = `class-${++made}`;
    const name = element("input", {
      type: "text",
      id,
      value: label,
      placeholder: `Class ${boxes.children.length + 1}`,
      "aria-label": "Name of the class",
    });
    const examples = element("textarea", {
      rows: 4,
      dir: "auto",
      spellcheck: false,
      value: texts.join("\n"),
      "aria-label": "Its examples, one a line",
    });
    const box = element("div", { className: "box", role: "group" }, name, examples);
    const remove = button("✕", () => removeBox(box), { className: "quiet", title: "Remove it" });
    remove.setAttribute("aria-label", "Remove the class");
    box.setAttribute("aria-label", `Class ${boxes.children.length + 1}`);
    box.append(remove);
    boxes.append(box);
    return name;
  }

  function changed() {
    facts.textContent = "";
    columns.hide();
    example.shown = false;
    onChange();
  }

  /** What is there of one's own, undefined when nothing is. */
  function draftNow() {
    if (example.shown) return undefined;
    if (given) return { given };
    const all = [...boxes.children].map((box) => [
      box.querySelector("input").value,
      box.querySelector("textarea").value,
    ]);
    return all.flat().some((text) => text.trim() !== "") ? { boxes: all } : undefined;
  }

  function lost(message) {
    const draft = draftNow();
    if (draft) onLost(draft, message);
  }
  const replaced = (name) => lost(`${name} took the place of your examples.`);

  function removeBox(box) {
    const [name, examples] = ["input", "textarea"].map((part) => box.querySelector(part).value);
    if ((name + examples).trim() !== "") lost(`The class ${name && `“${name}” `}is removed.`);
    box.remove();
    find(".add").focus();
    changed();
  }

  /** Fills the boxes with [label, text] of each row; gives false when there are too few classes. */
  function take(name, rows, cut = "") {
    const texts = new Map();
    for (const [label, text] of rows) {
      if (!texts.has(label)) texts.set(label, []);
      texts.get(label).push(text);
    }
    const classes = counted(texts.size, "class", "classes");
    if (texts.size < 2) {
      const how = "it needs lines with a label and an example, with a tab or a comma between them";
      complain(`${name} has ${classes} of labelled examples: ${how}.`);
      return false;
    }
    columns.hide();
    example.shown = false;
    const shown = rows.length <= MOST_SHOWN && texts.size <= MOST_BOXES;
    given = shown ? undefined : { name, rows };
    boxes.replaceChildren();
    if (shown) for (const [label, all] of texts) addBox(label, all);
    facts.textContent = `${name}: ${counted(rows.length, "example")} of ${classes}`;
    onChange();
    complain(cut);
    return true;
  }

  /** Takes the columns of a table, of texts and of labels. */
  function takeColumns(table, [text, label]) {
    const isTaken = take(table.name, pick(table, [label, text]), table.cut);
    if (isTaken) columns.show(table, [text, label]);
    return isTaken;
  }

  const columns = createColumns(find(".columns"), {
    titles: ["Column of texts", "Column of classes"],
    onChoose: takeColumns,
  });

  const example = createExample(find(".example"), {
    show() {
      replaced("The example");
      take(EXAMPLE, sentences());
    },
    clear() {
      boxes.replaceChildren();
      for (let i = 0; i < 3; i++) addBox();
      changed();
    },
    onChange,
  });

  async function openFiles([file]) {
    const rows = await readTableFile(file, complain);
    if (!rows) return;
    const table = { name: file.name, ...columnsOf(rows) };
    const draft = draftNow();
    if (!takeTable(table)) return;
    if (draft) onLost(draft, `${file.name} took the place of your examples.`);
    const pairs = labelled(table.rows);
    const areTwo = table.names.length === 2 && !table.cut; // which has been said
    if (areTwo && pairs.length < 2 * kindsOf(pairs)) advisePairs(file);
  }

  function advisePairs(file) {
    const message = `Most classes of ${file.name} have one example, which tells little of others.`;
    complain(
      `${message} Pairs learns to turn the one column into the other.`,
      button("Open it under Pairs", () => hand("translator", file)),
    );
  }

  function takeTable(table) {
    if (table.names.length <= 2) return take(table.name, labelled(table.rows), table.cut);
    const { text, label } = labelColumns(table);
    return takeColumns(table, [text, label]);
  }

  boxes.addEventListener("input", changed);
  find(".add").addEventListener("click", () => {
    if (given) replaced("A class of your own");
    given = undefined;
    addBox().focus();
    changed();
  });
  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);

  return {
    openLink() {
      if (boxes.children.length === 0 && !given) example.show();
    },
    openFiles,
    show({ name, bytes }) {
      replaced(name);
      take(name, decodeRows(bytes));
      example.shown = name === EXAMPLE;
    },
    get draft() {
      return draftNow();
    },
    restore({ given: its, boxes: all }) {
      if (its) return void take(its.name, its.rows);
      given = undefined;
      boxes.replaceChildren();
      for (const [label, text] of all) addBox(label, text.split("\n"));
      return changed();
    },
    fields: {},
    get missing() {
      return example.shown ? "" : "Examples of your own stay on this device: they are not in it.";
    },
    async read() {
      if (given) return { name: given.name, bytes: encodeRows(given.rows) };
      const rows = [];
      for (const [i, box] of [...boxes.children].entries()) {
        const label = asField(box.querySelector("input").value) || `Class ${i + 1}`;
        const lines = box.querySelector("textarea").value.split("\n").map(asField);
        rows.push(...lines.filter((line) => line !== "").map((line) => [label, line]));
      }
      const labels = new Set(rows.map(([label]) => label));
      if (labels.size < 2)
        throw new Error("There must be examples of two classes at least, one a line");
      return {
        name: example.shown ? EXAMPLE : [...labels].join(", "),
        bytes: encodeRows(rows),
      };
    },
  };
}
