// The page: its tabs, each a module of its own that comes when it is first looked at, and the
// address, which says which one is open and what is filled in there.

import { readTabLink, writeTabLink } from "./link.js";
import { listModels } from "./models.js";
import {
  complainOfWriting,
  keepWriting,
  listGenerators,
  openWriting,
  writeWithFile,
} from "./write.js";

const find = (selector) => document.querySelector(selector);
const tabs = [...document.querySelectorAll("[role=tab]")];

let shown = "write";
let entries = []; // the shipped models
const open = {}; // tab → a promise of what its module gives

/** What the module of a tab needs to know of the page. */
const surroundings = (tab) => ({
  entries,
  /** Keeps in the address what is filled in; null when no link can carry it. */
  onFields(fields) {
    hashes[tab] = fields ? writeTabLink(tab, fields) : writeTabLink(tab);
    if (shown === tab) keepSoon();
  },
});

// Each gives { openLink(hash), openFile(file), onShow() }, or some of them.
const MODULES = {
  write: async () => {
    listGenerators(entries);
    return { openLink: openWriting, openFile: writeWithFile, onShow: keepWriting };
  },
  classify: async () => (await import("./classify.js")).createClassifying(surroundings("classify")),
  translate: async () =>
    (await import("./translate.js")).createTranslating(surroundings("translate")),
  caption: async () => (await import("./caption.js")).createCaptioning(surroundings("caption")),
  train: async () => {
    const { createTraining } = await import("./train.js");
    const openFile = async (file) => (await show("write", { openLink: false })).openFile(file);
    await createTraining({ onModel: openFile });
    return { openFile };
  },
};

// ---- The address ----

const hashes = {}; // tab → the hash of what is filled in there
let keepTimer;

function keep() {
  clearTimeout(keepTimer);
  if (shown !== "write") history.replaceState(null, "", hashes[shown] ?? writeTabLink(shown));
}

// Browsers allow only so many changes of the address in a while.
function keepSoon() {
  clearTimeout(keepTimer);
  keepTimer = setTimeout(keep, 250);
}

async function openLink() {
  const { hash } = location;
  const { tab } = readTabLink(hash);
  await show(Object.hasOwn(MODULES, tab) ? tab : "write", { hash });
}

// ---- Tabs ----

/**
 * Shows a tab, with what the hash of a link asks for; the first time, without one, with its own
 * example.
 */
async function show(name, { hash, openLink = true } = {}) {
  shown = name;
  for (const tab of tabs) {
    const here = tab.dataset.opens === name;
    find(`#${tab.getAttribute("aria-controls")}`).hidden = !here;
    tab.setAttribute("aria-selected", String(here));
    tab.tabIndex = here ? 0 : -1;
  }
  const first = !open[name];
  open[name] ??= MODULES[name]();
  const tab = await open[name];
  if (!hash) keep();
  if (openLink && (first || hash !== undefined)) await tab.openLink?.(hash ?? "");
  else tab.onShow?.();
  return tab;
}

tabs.forEach((tab, i) => {
  tab.addEventListener("click", () => show(tab.dataset.opens));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabs.at(to % tabs.length);
    show(next.dataset.opens);
    next.focus();
  });
});

// ---- Files that are dropped, wherever ----

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
const mark = (on) => document.body.classList.toggle("dropping", on);
for (const type of ["dragenter", "dragover"]) {
  addEventListener(type, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(true);
  });
}
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) mark(false); // the pointer has left the page
});
addEventListener("drop", async (event) => {
  mark(false);
  if (!hasFiles(event)) return;
  event.preventDefault();
  const [file] = event.dataTransfer.files; // none when a folder was dropped
  (await open[shown]).openFile(file);
});

addEventListener("hashchange", openLink);

try {
  entries = await listModels();
} catch (error) {
  complainOfWriting(
    `The shipped models cannot be listed: ${error.message}. A file can still be opened.`,
  );
}
await openLink();
