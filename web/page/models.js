// A models panel, of which each tab has one: which network works there. Lists the shipped ones of
// its task, opens files of the reader's own, by button or dropped anywhere, and keeps the model in
// use until another one has opened.

import { load } from "../inkling.js";

const TABS = {
  generator: "Write",
  classifier: "Classify",
  translator: "Translate",
  captioner: "Caption",
};

const LARGEST = 2 ** 31; // WebAssembly's memory has to hold it

function size(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** What a file says of itself, which may be anything. */
const brief = (text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

function describe({
  level,
  cell,
  layers,
  hidden,
  vocabulary,
  labels,
  parameters,
  bytes,
  metadata,
}) {
  const network = `${cell.toUpperCase()}, ${layers} ${layers === 1 ? "layer" : "layers"} of ${hidden}`;
  const parts = [
    network,
    `${parameters.toLocaleString("en")} parameters`,
    `${vocabulary.length.toLocaleString("en")} ${level === "word" ? "words" : "characters"}`,
    size(bytes),
  ];
  if (labels) parts.splice(2, 0, `${labels.length} classes`);
  if (metadata.trained_on) parts.push(`trained on ${brief(metadata.trained_on)}`);
  if (metadata.license) parts.push(`licence: ${brief(metadata.license)}`);
  return parts.join(" · ");
}

/** The shipped models, as models/index.json lists them. */
export async function listModels() {
  const response = await fetch("models/index.json");
  if (!response.ok) throw new Error(`models/index.json: ${response.status}`);
  return (await response.json()).map((entry) => ({
    task: "generator",
    ...entry,
    name: entry.file.replace(/\.safetensors$/, ""),
    source: new URL(`models/${entry.file}`, document.baseURI),
  }));
}

function fill(panel) {
  panel.append(document.querySelector("#models-template").content.cloneNode(true));
  const name = (selector, what) => (panel.querySelector(selector).id = `${panel.id}-${what}`);
  panel.setAttribute("aria-labelledby", name("h2", "title"));
  panel.querySelector(".shipped").setAttribute("aria-labelledby", name("h2", "title"));
  panel.querySelector(".open").setAttribute("aria-describedby", name(".open-hint", "hint"));
}

/**
 * Makes the panel of a task. `onModel(model, entry)` is called for every model that opens; it is
 * the caller's to free.
 */
export function createModels(panel, task, { onModel }) {
  fill(panel);
  const find = (selector) => panel.querySelector(selector);
  const shipped = find(".shipped");
  const loading = find(".loading");
  const progress = find("progress");
  const facts = find(".facts");
  const alert = find(".alert");
  const fileInput = find("input[type=file]");
  let entries = []; // { name, title, about, bytes, prompt?, options?, examples?, source, own? }
  let current; // the entry in use
  let controller; // of the load under way

  function addChoice(entry) {
    const choice = document.createElement("label");
    choice.className = "choice";
    const radio = document.createElement("input");
    Object.assign(radio, { type: "radio", name: panel.id, value: entry.name });
    radio.addEventListener("change", () => open(entry));
    const title = document.createElement("span");
    title.className = "title";
    title.textContent = entry.title;
    const about = document.createElement("span");
    about.className = "about";
    about.textContent = entry.about;
    choice.append(radio, title, about);
    shipped.append(choice);
    entry.radio = radio;
    entries.push(entry);
  }

  function removeChoice(entry) {
    entry.radio.closest(".choice").remove();
    entries = entries.filter((other) => other !== entry);
  }

  function showProgress(bytes, total) {
    loading.hidden = false;
    if (total > 0) Object.assign(progress, { max: total, value: Math.min(bytes, total) });
    else progress.removeAttribute("value");
    find(".bytes").textContent = total > 0 ? `${size(bytes)} of ${size(total)}` : size(bytes);
  }

  /** Gives true when the model is in use, false when that failed or was given up. */
  async function open(entry) {
    controller?.abort();
    controller = new AbortController();
    const { signal } = controller;
    alert.textContent = "";
    entry.radio.checked = true;
    showProgress(0, entry.bytes);
    try {
      if (entry.bytes > LARGEST)
        throw new Error(`${size(entry.bytes)} is more than a page can hold`);
      const model = await load(entry.source, {
        signal,
        onProgress: (bytes, total) => showProgress(bytes, total || entry.bytes),
      });
      if (model.info.task !== task) {
        model.free();
        throw new Error(
          `it is a ${model.info.task}, which goes with the tab “${TABS[model.info.task]}”`,
        );
      }
      if (signal.aborted) {
        model.free();
        return false;
      }
      if (current?.own && current !== entry) removeChoice(current);
      current = entry;
      facts.textContent = describe(model.info);
      loading.hidden = true;
      onModel(model, entry);
      return true;
    } catch (error) {
      if (entry.own && entry !== current) removeChoice(entry);
      if (controller.signal !== signal) return false; // another one was chosen meanwhile
      loading.hidden = true;
      if (current) current.radio.checked = true;
      if (signal.aborted) return false;
      const still = current ? ` ${current.title} stays in use.` : "";
      alert.textContent = `${entry.title} cannot be opened: ${error.message}.${still}`;
      return false;
    }
  }

  function openFile(file) {
    if (!file) return void (alert.textContent = "What was dropped holds no file.");
    shipped.hidden = false;
    const entry = { name: "", title: file.name, about: "A file of your own.", own: true };
    addChoice(Object.assign(entry, { bytes: file.size, source: file }));
    return open(entry);
  }

  find(".open").addEventListener("click", () => fileInput.click());
  find(".cancel").addEventListener("click", () => controller.abort());
  fileInput.addEventListener("change", () => {
    if (fileInput.files.length > 0) openFile(fileInput.files[0]);
    fileInput.value = ""; // the same file may be chosen again
  });

  return {
    list(all) {
      for (const entry of all.filter((entry) => entry.task === task)) addChoice({ ...entry });
      shipped.hidden = entries.length === 0;
    },
    /** Opens a shipped model by name, or the first one. */
    async open(name) {
      const entry = entries.find((entry) => entry.name === name) ?? entries[0];
      if (entry) return open(entry);
      facts.textContent = `No ${task} is shipped here: open a file.`;
      return false;
    },
    /** The same for what a link names, and says when it is not there. */
    async openNamed(name) {
      const opened = await this.open(name);
      if (opened && name !== undefined && name !== current.name) {
        alert.textContent = `The link asks for a model “${name}”, which is not here; this is another.`;
      }
      return opened;
    },
    openFile,
    has: (name) => entries.some((entry) => !entry.own && entry.name === name),
    complain: (message) => (alert.textContent = message),
    get current() {
      return current;
    },
  };
}
