// What to turn into what: two columns, line by line, or a file with them.

import { onFilesChosen } from "../dom.js";
import { counted } from "../parts/words.js";
import { columnsOf, createColumns, html as columnsHtml, pairColumns, pick } from "./columns.js";
import { createExample, numbers } from "./examples.js";
import { asField, decodeRows, encodeRows, readTable, readTableFile } from "./table.js";

const EXAMPLE = "Example numbers";
const MOST_SHOWN = 2000; // pairs; of more a file is kept beside the fields, which then stay empty

export const html = /* HTML */ `
  <p class="hint">Line by line: what it reads, and what it should write for it.</p>
  <div class="two">
    <div>
      <label for="pairs-from">Read</label>
      <textarea id="pairs-from" rows="6" dir="auto" spellcheck="false" wrap="off"></textarea>
    </div>
    <div>
      <label for="pairs-to">Write</label>
      <textarea id="pairs-to" rows="6" dir="auto" spellcheck="false" wrap="off"></textarea>
    </div>
  </div>
  <div class="row">
    <button type="button" class="open-text">Open two columns…</button>
    <button type="button" class="example"></button>
    <input type="file" accept=".txt,.csv,.tsv,.zip,text/*" aria-label="A file of pairs" hidden />
  </div>
  <p class="facts" role="status"></p>
  ${columnsHtml}
`;

const linesOf = (field) => field.value.split("\n").map(asField);

export function createMaterial(root, { onChange, onLost, complain }) {
  const find = (selector) => root.querySelector(selector);
  const [from, to] = [find("#pairs-from"), find("#pairs-to")];
  const facts = find(".facts");
  let given; // { name, rows }, in place of what is in the fields
  let source; // what those are called that stand there as they came

  /** Fills the fields with pairs; gives false when there are none. */
  function take(name, pairs, cut = "") {
    if (pairs.length === 0) {
      complain(`${name} has no lines of two columns, with a tab or a comma between them.`);
      return false;
    }
    columns.hide();
    example.shown = false;
    const shown = pairs.length <= MOST_SHOWN;
    given = shown ? undefined : { name, rows: pairs };
    source = name;
    from.value = shown ? pairs.map(([text]) => text).join("\n") : "";
    to.value = shown ? pairs.map(([, text]) => text).join("\n") : "";
    facts.textContent = `${name}: ${counted(pairs.length, "pair")}`;
    onChange();
    complain(cut);
    return true;
  }

  function takeColumns(table, chosen) {
    const isTaken = take(table.name, pick(table, chosen), table.cut);
    if (isTaken && table.names.length > 2) columns.show(table, chosen);
    return isTaken;
  }

  /** What is there of one's own, undefined when nothing is. */
  function draftNow() {
    if (example.shown) return undefined;
    if (given) return { given };
    const all = { from: from.value, to: to.value };
    return (all.from + all.to).trim() === "" ? undefined : all;
  }

  function replaced(name, draft = draftNow()) {
    if (draft) onLost(draft, `${name} took the place of your pairs.`);
  }

  function takeTable(name, rows) {
    const table = { name, ...columnsOf(rows) };
    const chosen = pairColumns(table);
    const draft = draftNow();
    if (takeColumns(table, [chosen.from, chosen.to])) replaced(name, draft);
  }

  const columns = createColumns(find(".columns"), {
    titles: ["Column to read", "Column to write"],
    onChoose: takeColumns,
  });

  function changed() {
    if (given) replaced("What you type");
    given = source = undefined;
    columns.hide();
    facts.textContent = "";
    example.shown = false;
    onChange();
  }

  const example = createExample(find(".example"), {
    show() {
      replaced("The example");
      take(EXAMPLE, numbers());
      facts.textContent += "; forty-two and some others are left out, to try it on";
    },
    clear() {
      from.value = to.value = "";
      changed();
    },
    onChange,
  });

  async function openFiles([file]) {
    const rows = await readTableFile(file, complain);
    if (rows) takeTable(file.name, rows);
  }

  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);
  for (const field of [from, to]) {
    field.addEventListener("input", changed);
    // Two columns of a spreadsheet go into both fields.
    field.addEventListener("paste", (event) => {
      const text = event.clipboardData.getData("text");
      if (!/^[^\t\n]+\t[^\t\n]/m.test(text)) return;
      event.preventDefault();
      takeTable("What was pasted", readTable(text));
      source = undefined; // that is no name
    });
  }

  let isNew = true; // what is cleared later stays so
  return {
    openLink() {
      if (isNew && from.value + to.value === "" && !given) example.show();
      isNew = false;
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
    restore({ given: its, from: read, to: write }) {
      if (its) return void take(its.name, its.rows);
      given = undefined;
      [from.value, to.value] = [read, write];
      return changed();
    },
    fields: {},
    get missing() {
      return example.shown ? "" : "Pairs of your own stay on this device: they are not in it.";
    },
    async read() {
      if (given) return { name: given.name, bytes: encodeRows(given.rows) };
      const [read, write] = [linesOf(from), linesOf(to)];
      const rows = read.map((text, i) => [text, write[i] ?? ""]);
      const alone = Math.max(read.length, write.length);
      for (let i = 0; i < alone; i++)
        if ((read[i] ?? "") === "" ? (write[i] ?? "") !== "" : (write[i] ?? "") === "")
          throw new Error(`Line ${i + 1} stands in one column only`);
      const pairs = rows.filter(([text]) => text !== "");
      if (pairs.length < 2) throw new Error("There must be two pairs at least, one a line");
      return {
        name: source ?? "Pairs of your own",
        bytes: encodeRows(pairs),
      };
    },
  };
}
