// Other programs' models in a models panel: made into one of ours, with a sentence on what was
// understood of them, and a form that asks for the vocabulary where no file has it.

import { button, element, onFilesChosen } from "../dom.js";
import { isModel } from "./kinds.js";

/** A file as the converters take it. @param {File} file */
const read = async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });

const isMapOrList = (bytes) => [0x5b, 0x7b, 0x80].includes(bytes[0]); // JSON or a pickle

/**
 * Converts with what was given as the vocabulary: a file of tokens, or the training text. What is
 * wrong is said of what it looks like.
 *
 * @param {() => Promise<typeof import("../../convert/convert.js")>} module
 * @param {import("../../inkling.js").NamedFile[]} files
 * @param {Uint8Array} [given]
 */
async function convertWith(module, files, given) {
  const { convert } = await module();
  if (!given) return convert(files);
  const text = new TextDecoder().decode(given);
  const ways = [{ vocabulary: given }, { vocabularyOf: text }];
  const errors = [];
  for (const options of ways) {
    try {
      return await convert(files, options);
    } catch (error) {
      if (error.code !== "vocabulary") throw error;
      errors.push(error);
    }
  }
  throw errors[isMapOrList(given) ? 0 : 1];
}

function createForm(alert, { onGiven, onGivenUp }) {
  const text = element("textarea", { rows: 3, required: true, spellcheck: false, dir: "auto" });
  const opener = button("Choose its file…", () => {});
  const input = element("input", { type: "file", hidden: true, "aria-label": "A vocabulary" });
  const form = element(
    "form",
    { className: "asking vocabulary", hidden: true },
    element("label", {}, "Its vocabulary, or the text that it was trained on", text),
    element(
      "div",
      { className: "row" },
      element("button", { textContent: "Open with this" }),
      opener,
      button("Cancel", onGivenUp, { className: "quiet" }),
      input,
    ),
    element("p", { className: "hint", textContent: "or drop it anywhere" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onGiven(new TextEncoder().encode(text.value));
  });
  onFilesChosen(opener, input, async ([file]) => onGiven((await read(file)).bytes));
  alert.after(form);
  return { form, text };
}

/** `onGiven(files, given)` is called when a vocabulary for files came, which were refused. */
export function createForeign(alert, { onGiven }) {
  const said = element("p", { className: "understood hint", role: "status", hidden: true });
  alert.before(said);
  let waiting; // the files that lack one
  /** @type {File | undefined} The last one that came alone and was no model. */
  let kept;
  const { form, text } = createForm(alert, {
    onGiven: (given) => onGiven(waiting, given),
    onGivenUp() {
      form.hidden = true;
      alert.textContent = "";
    },
  });
  const module = () => import("../../convert/convert.js");

  function ask(files) {
    if (waiting !== files) text.value = "";
    waiting = files;
    form.hidden = false;
  }

  function takeKept() {
    const file = kept;
    kept = undefined;
    return file;
  }

  return {
    ask,
    /** What came alone and is no model may be the vocabulary of the next. @param {File} file */
    keep(file) {
      kept = file;
    },
    takeKept,
    /** Whether a vocabulary is asked for. */
    get asks() {
      return !form.hidden;
    },
    /**
     * Takes a file, unless it is a model, for the vocabulary asked for; tells whether it did.
     *
     * @param {File} file
     */
    async answer(file) {
      if (form.hidden || isModel(file)) return false;
      const [{ nameOfModel }, given] = await Promise.all([module(), read(file)]);
      if (nameOfModel([given]) !== null) return false;
      await onGiven(waiting, given.bytes);
      return true;
    },
    /** A model has opened: says what was understood of it, if it is another program's. */
    opened(understood) {
      form.hidden = true;
      said.hidden = !understood;
      said.textContent = understood ? `Understood: ${understood}.` : "";
    },
    /**
     * One file of ours for those chosen: { file, title, understood? }. Those that hold none, load()
     * refuses. An error has the `title` of the file that holds the model.
     *
     * @param {File[]} files
     * @param {Uint8Array | File} [given] a vocabulary, or a file kept that may be it
     */
    async ours(files, given) {
      if (!given) form.hidden = true;
      const own = files.find(isModel);
      const first = own ?? files[0];
      if (own && files.length === 1 && !given) return { file: own, title: own.name };
      const { nameOfModel } = await module();
      const all = await Promise.all(files.map(read));
      const name = nameOfModel(all);
      if (name === null) {
        if (files.length === 1) kept = first;
        return { file: first, title: first.name };
      }
      const isKept = given instanceof File;
      try {
        const vocabulary = isKept ? (await read(given)).bytes : given;
        const { bytes, understood } = await convertWith(module, all, vocabulary);
        const file = new File([bytes], name.replace(/(\.\w+)?$/, ".safetensors"));
        const from = isKept ? `, with ${given.name} for its vocabulary` : "";
        return { file, title: name, understood: `${understood}${from}` };
      } catch (error) {
        if (isKept) return this.ours(files); // it is not of this model
        if (error.code === "vocabulary" && kept) return this.ours(files, takeKept());
        if (error.code === "vocabulary") ask(files);
        throw Object.assign(error, { title: name });
      }
    },
  };
}
