// A models panel, of which each tab has one: which network works there, in one line, and all that
// there are while another one is chosen. It lists the shipped ones of its task, opens files of the
// reader's own, by button or dropped anywhere, and keeps the model in use until another has opened.

import { load } from "../../inkling.js";
import { button, element, onFilesChosen, tell, tellInView } from "../dom.js";
import { Newest } from "../newest.js";
import { createForeign } from "./foreign.js";
import { isModel, notOpened, PLAIN_TEXT, placeOf, wayWith } from "./kinds.js";
import { counted, size } from "./words.js";

const isPlainText = async (file) => (await import("./encoding.js")).isPlainText(file);

const LARGEST = 2 ** 31; // WebAssembly's memory has to hold it
// A browser says that there is a network somewhat before it can be used.
const SETTLED_MS = 10_000;
const AGAIN_MS = 1000;

/** What a file of a model is called, by its title. */
export const fileNameOf = (title) =>
  title
    .replace(/…(?=\.\w+$)/, "")
    .split(/[\s…/\\:*?"<>|]+/)
    .filter(Boolean)
    .join("-");

/** What a model is called where there is little room. */
export const nameOf = ({ title }) => title.replace(/\.safetensors$/i, "");

/** What a file says of itself, which may be anything. */
const brief = (text) => (text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** @param {import("../../inkling.js").ModelInfo} info */
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
    counted(parameters, "parameter"),
    counted(vocabulary.length, level === "word" ? "word" : "character"),
    size(bytes),
  ];
  if (labels) parts.splice(2, 0, counted(labels.length, "class", "classes"));
  if (metadata.trained_on) parts.push(`trained on ${brief(metadata.trained_on)}`);
  if (metadata.license) parts.push(`licence: ${brief(metadata.license)}`);
  return parts.join(" · ");
}

function fill(panel) {
  const template = /** @type {HTMLTemplateElement} */ (document.querySelector("#models-template"));
  panel.append(template.content.cloneNode(true));
  const name = (selector, what) => (panel.querySelector(selector).id = `${panel.id}-${what}`);
  const title = name("h2", "title");
  const choose = panel.querySelector(".choose");
  panel.setAttribute("aria-labelledby", title);
  panel.querySelector(".shipped").setAttribute("aria-labelledby", title);
  choose.setAttribute("aria-labelledby", `${title} ${name(".choose", "choose")}`);
  choose.setAttribute("aria-controls", name(".choosing", "choosing"));
  panel.querySelector(".open").setAttribute("aria-describedby", name(".open-hint", "hint"));
}

/**
 * Makes the panel of a task. `onModel(model, entry)` is called for every model that opens; it is
 * the caller's to free. `onOpening(is)` tells whether one is being opened, false just before that.
 */
export function createModels(panel, task, { page, onModel, onOpening = (is) => {} }) {
  fill(panel);
  const find = (selector) => panel.querySelector(selector);
  const shipped = find(".shipped");
  const choose = find(".choose");
  const choosing = find(".choosing");
  const loading = find(".loading");
  const progress = find("progress");
  const facts = find(".facts");
  const alert = find(".alert");
  const newest = new Newest();
  let entries = []; // { name, title, about, bytes, prompt?, options?, examples?, source, own? }
  let current; // the entry in use
  let wishes = 0; // so far; a link's gives way to one that came while the models were listed
  let waiting; // the entry that opens once there is a network
  let backAt = -Infinity; // when one was last said to be there, in ms of the clock
  let listed; // a promise that the shipped ones are among the entries

  const foreign = createForeign(alert, {
    onGiven: (files, given) => openFile(files[0], files, given),
  });

  // ---- Choosing ----

  function openCards(open) {
    choosing.hidden = !open;
    choose.setAttribute("aria-expanded", String(open));
    panel.classList.toggle("open", open);
  }

  function closeCards() {
    if (choosing.contains(document.activeElement)) choose.focus();
    openCards(false);
  }

  function addChoice(entry) {
    const radio = element("input", { type: "radio", name: panel.id, value: entry.name });
    radio.addEventListener("change", () => openAnother(entry));
    const choice = element(
      "label",
      { className: "choice" },
      radio,
      element("span", { className: "title", textContent: entry.title }),
      element("span", { className: "about", textContent: entry.about }),
    );
    // By keyboard one looks at several.
    choice.addEventListener("click", ({ detail }) => detail > 0 && closeCards());
    shipped.append(choice);
    entries.push(Object.assign(entry, { radio }));
  }

  function removeChoice(entry) {
    entry.radio.closest(".choice").remove();
    entries = entries.filter((other) => other !== entry);
  }

  function showCurrent() {
    choose.textContent = current ? nameOf(current) : "Choose…";
    if (current) current.radio.checked = true;
    showLoading(false);
  }

  function showLoading(is) {
    loading.hidden = !is;
    facts.hidden = is;
    onOpening(is);
  }

  choose.addEventListener("click", () => openCards(choosing.hidden));
  panel.addEventListener("keydown", (event) => {
    const closes =
      event.key === "Escape" || (event.key === "Enter" && event.target.type === "radio");
    if (!closes || choosing.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    closeCards();
  });

  // ---- Opening ----

  function showProgress(bytes, total) {
    showLoading(true);
    if (total > 0) Object.assign(progress, { max: total, value: Math.min(bytes, total) });
    else progress.removeAttribute("value");
    find(".bytes").textContent = total > 0 ? `${size(bytes)} of ${size(total)}` : size(bytes);
  }

  async function loadEntry(entry, signal) {
    if (entry.bytes > LARGEST) throw new Error(`${size(entry.bytes)} is more than a page can hold`);
    const model = await load(entry.source, {
      signal,
      onProgress: (bytes, total) => showProgress(bytes, total || entry.bytes),
    });
    if (model.info.task === task && !signal.aborted) return model;
    model.free();
    signal.throwIfAborted();
    const tab = page.tabOf(model.info.task);
    const why = `it is a ${model.info.task}, which goes with the tab “${page.titleOf(tab)}”`;
    throw Object.assign(new Error(why), { tab });
  }

  /** What can be done about a model that did not open. */
  function waysOn(error, entry) {
    if (error.tab && entry.own) {
      const goThere = () => {
        alert.textContent = "";
        return page.goTo(error.tab, { file: entry.source });
      };
      return [button("Open it there", goThere)];
    }
    return error.code === "network" ? [button("Try again", () => openAnother(entry))] : [];
  }

  /** Opens another model, and no longer says what was said before. */
  function openAnother(entry) {
    alert.textContent = "";
    return open(entry);
  }

  /** Gives true when the model is in use, false when that failed or was given up. */
  async function open(entry) {
    const signal = newest.begin();
    waiting = undefined;
    entry.radio.checked = true;
    choose.textContent = nameOf(entry);
    showProgress(0, entry.bytes);
    try {
      const model = await loadEntry(entry, signal);
      newest.end(signal);
      if (current?.own && current !== entry) removeChoice(current);
      current = entry;
      facts.textContent = facts.title = describe(model.info);
      showCurrent();
      foreign.opened(model.info.understood ?? entry.understood);
      onModel(model, entry);
      return true;
    } catch (error) {
      const isNewest = newest.end(signal);
      if (entry.own && entry !== current && !entry.radio.checked) removeChoice(entry);
      if (!isNewest) return false; // another one was chosen meanwhile
      showCurrent();
      if (entry.own && entry !== current) removeChoice(entry);
      if (signal.aborted) return false;
      if (entry.own && error.code === "vocabulary") {
        const kept = foreign.takeKept();
        if (kept) return openFile(entry.source, [entry.source], kept);
        foreign.ask([entry.source]);
      }
      if (error.code === "network" && isWithoutNetwork()) waitForNetwork(entry);
      else complainOf(entry.title, error, ...waysOn(error, entry));
      return false;
    }
  }

  const isWithoutNetwork = () => !navigator.onLine || performance.now() - backAt < SETTLED_MS;

  function waitForNetwork(entry) {
    const still = current ? ` ${current.title} stays in use until then.` : "";
    waiting = entry;
    alert.textContent =
      `You are offline, and ${entry.title} has not been used here before: ` +
      `it opens by itself once there is a network.${still}`;
    if (navigator.onLine) setTimeout(openWaiting, AGAIN_MS);
  }

  function openWaiting() {
    if (waiting) openAnother(waiting);
  }

  function complainOf(title, error, ...ways) {
    const still = current ? ` ${current.title} stays in use.` : "";
    const isNone = /^not a safetensors file/.test(error.message) && !isModel({ name: title });
    const why = isNone ? "is neither a model nor a text" : `cannot be opened: ${error.message}`;
    tellInView(alert, `${title} ${why}.${still}`, ...ways);
  }

  /** A button that opens something in another tab. */
  const wayTo = (tab, handed) =>
    button(`Open it under ${page.titleOf(tab)}`, () => {
      alert.textContent = "";
      return page.goTo(tab, handed);
    });

  /** Says of a file that is no model where it can be used. */
  function sendOn(file, { what, tab }, more) {
    tellInView(alert, `${file.name} is ${what}.`, wayTo(tab, { file }), more);
  }

  /** Opens a file, or several that make one model, with a vocabulary that they may lack. */
  async function openFile(file, files = [file], given = undefined) {
    if (!file) return tellInView(alert, "What was dropped holds no file.");
    if (!given && files.length === 1 && (await foreign.answer(file))) return undefined;
    const place = files.every(placeOf) && placeOf(file); // beside a model a text is its vocabulary
    if (place && files.length === 1) foreign.keep(file);
    if (place && place.tab !== page.tabOf(task)) return sendOn(file, place, notOpened(files));
    const way = files.length === 1 && wayWith(file);
    if (way) return tellInView(alert, way);
    const wish = ++wishes;
    newest.abort();
    waiting = undefined;
    alert.textContent = "";
    closeCards();
    showProgress(0, 0);
    let own;
    try {
      own = await foreign.ours(files, given);
    } catch (error) {
      if (wish !== wishes) return false;
      showCurrent();
      complainOf(error.title ?? file.name, error);
      return false;
    }
    const isNone = own.file === file && !isModel(file) && (await isPlainText(file));
    if (wish !== wishes) return false;
    const { title, understood, file: source } = own;
    if (isNone) {
      showCurrent();
      return sendOn(file, PLAIN_TEXT, notOpened(files));
    }
    const entry = { name: "", title, about: "A file of your own.", own: true };
    addChoice(Object.assign(entry, { bytes: source.size, source, understood }));
    return open(entry);
  }

  find(".cancel").addEventListener("click", () => newest.abort());
  onFilesChosen(find(".open"), find("input[type=file]"), (files) => openFile(files[0], files));

  // ---- The shipped ones ----

  async function list() {
    const all = await page.models();
    for (const entry of all.filter((entry) => entry.task === task)) addChoice({ ...entry });
    openCards(entries.length === 0);
  }

  /** Says that a link's model is another tab's, or none that there is. */
  async function sayOther(name) {
    const there = (await page.models()).find((entry) => entry.name === name);
    if (!there)
      return tell(
        alert,
        `The link asks for a model “${name}”, which is not here; this is another.`,
      );
    const tab = page.tabOf(there.task);
    const message = `The link’s model “${name}” is under ${page.titleOf(tab)}; this is another.`;
    return tell(alert, message, wayTo(tab, { fields: { model: name } }));
  }

  /** Opens a shipped model by name, or the first one, and says when the name is of none. */
  async function openNamed(name) {
    const wish = ++wishes;
    if (current) alert.textContent = ""; // else it is of a file dropped before the first model came
    try {
      await (listed ??= list());
    } catch (error) {
      listed = undefined;
      openCards(true);
      tell(
        alert,
        `The shipped models cannot be listed: ${error.message}. A file can still be opened.`,
        button("Try again", () => openNamed(name)),
      );
      return false;
    }
    if (wish !== wishes) return false;
    const named = entries.find((entry) => !entry.own && entry.name === name);
    const entry = named ?? entries.find((entry) => !entry.own);
    if (!entry) {
      facts.textContent = `No ${task} is shipped here: open a file.`;
      return false;
    }
    const isIn = current === entry && !newest.running;
    const opened = isIn || (await open(entry));
    if (opened && name !== undefined && !named) await sayOther(name);
    return opened && (isIn ? "already" : "now");
  }

  // Without a network nothing came; now something may.
  addEventListener("online", () => {
    backAt = performance.now();
    if (waiting) openWaiting();
    else if (alert.querySelector("button") && !current) openNamed();
  });

  showCurrent();
  return {
    /** Gives "now" when it has opened, "already" when it was in use, and false when it did not. */
    openNamed,
    openFile,
    /** Says something of a file, in place of what was said of one before. */
    say: (message, ...ways) => tellInView(alert, message, ...ways),
    /** Forgets what was said. */
    quiet() {
      alert.textContent = "";
    },
    /** Says something more about the link that was followed, if there is something. */
    complain(message) {
      if (message) alert.append(alert.textContent ? ` ${message}` : message);
    },
    get current() {
      return current;
    },
    /** Whether the vocabulary of a model is asked for. */
    get asks() {
      return foreign.asks;
    },
    keep: foreign.keep,
    /** Why a link cannot carry what is in use, else undefined. */
    get unlinked() {
      if (current && !current.own) return undefined;
      return "A file of your own stays on this device, so no link can carry it.";
    },
  };
}
