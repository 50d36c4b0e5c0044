// The page: its tabs, each a module of its own that comes when it is first looked at; the address,
// which says which one is open and what is filled in there; and files dropped anywhere.

import { button, copyText, element, tell } from "./dom.js";
import { filesDropped } from "./dropped.js";
import { readLink, writeLink } from "./link.js";
import { shippedModels } from "./listing.js";
import { keepForOffline } from "./offline/register.js";
import { FIRST, PANELS, TAB_OF_TASK, titleOf } from "./panels.js";
import { usable } from "./parts/kinds.js";

const LONGEST_LINK = 30_000; // characters; what is longer gets lost on the way

const find = (selector) => document.querySelector(selector);
const said = find("#said");

find("#not-started").remove(); // it says what to do where no script runs

let shown = FIRST;

/**
 * A panel of the list, with what the page knows of it: `opened`, a promise of what its module
 * gives, and `contents`, that itself; `hash`, or why no link can carry what is in it (`unlinked`),
 * and what a link leaves out (`missing`); how far it is with what goes on there (`busy`).
 *
 * @typedef {typeof PANELS[number] & { tab?: HTMLElement, root?: HTMLElement, hash?: string,
 *   unlinked?: string, missing?: string, busy?: number, opened?: Promise<any>,
 *   contents?: any }} Panel
 */
/** @type {Map<string, Panel>} */
const panels = new Map(PANELS.map((panel) => [panel.name, { ...panel }]));

// ---- What the page is for a panel ----

const pageFor = (tab) => ({
  models: shippedModels,
  titleOf,
  /** The tab in which a model of a task is used. */
  tabOf: (task) => TAB_OF_TASK[task],
  /**
   * Keeps in the address what is filled in, unless no link can carry it, and `why` says so.
   * `missing` says what a link leaves out.
   */
  keep(fields, why, missing) {
    const hash = why ? undefined : writeLink(tab, fields);
    const panel = panels.get(tab);
    const tooLong = hash?.length > LONGEST_LINK;
    panel.hash = tooLong ? undefined : hash;
    panel.unlinked = tooLong ? "This is too long for a link." : why;
    panel.missing = missing;
    if (shown === tab) keepSoon();
  },
  /** Leaves a step back to what the tab shows, before it goes on to what `fields` say. */
  step(fields) {
    keep();
    const { hash } = Object.assign(panels.get(tab), { hash: writeLink(tab, fields) });
    history.pushState({ tab }, "", hash);
  },
  /** Shows on the tab, and in the title, that something goes on there: its share that is done. */
  busy(share) {
    panels.get(tab).busy = share;
    showBusy(panels.get(tab));
  },
  /**
   * Shows another tab, and hands it a file, of a model with what it was `taught`, or fields as a
   * link has them.
   *
   * @param {string} name
   * @param {{ file?: File, fields?: object, taught?: object }} [handed]
   */
  async goTo(name, handed = {}) {
    const { file, fields, taught } = handed;
    enter(name);
    scrollTo(0, 0);
    const panel = await show(name, { fields: fields ?? (file ? null : undefined) });
    if (taught) panel?.seeTaught?.(taught);
    if (file) await panel?.openFile(file);
  },
});

// ---- The address ----

let keepTimer;
let keepAgain = false;

const addressOf = (tab) => {
  const { hash } = panels.get(tab);
  if (hash) return hash;
  return tab === "write" ? location.pathname + location.search : writeLink(tab, {});
};

function keep() {
  keepAgain = false;
  history.replaceState({ tab: shown }, "", addressOf(shown));
}

// At once, and then no more often than browsers let an address change.
function keepSoon() {
  keepAgain = true;
  if (keepTimer) return;
  keep();
  keepTimer = setTimeout(() => {
    keepTimer = undefined;
    if (keepAgain) keepSoon();
  }, 250);
}

/** Leaves a step back to the tab shown. */
function enter(name) {
  say("");
  if (name === shown) return;
  keep();
  history.pushState({ tab: name }, "", addressOf(name));
}

/** { tab, fields } of the address; a tab that is not there is one of the fields of the first. */
function readAddress() {
  const { tab, ...fields } = readLink(location.hash);
  return panels.has(tab) ? { tab, fields } : { tab: FIRST, fields: { tab, ...fields } };
}

function openLink() {
  const { tab, fields } = readAddress();
  const isReload = history.state?.tab === tab; // the address is as the tab was left, and no link
  panels.get(tab).hash = location.hash; // until the panel has filled it in
  history.replaceState({ tab }, "", location.href);
  return show(tab, { fields, isReload });
}

// ---- Tabs ----

for (const { name, title, id } of PANELS) {
  const tab = element("button", {
    type: "button",
    role: "tab",
    id: `tab-${name}`,
    textContent: title,
    "aria-controls": id,
  });
  tab.addEventListener("click", () => {
    enter(name);
    show(name);
  });
  find(".tabs").append(tab);
  const root = find(`#${id}`) ?? element("div", { id, className: "panel", hidden: true });
  root.setAttribute("role", "tabpanel");
  root.setAttribute("aria-labelledby", tab.id);
  find("main").append(root);
  Object.assign(panels.get(name), { tab, root });
}

find(".tabs").addEventListener("keydown", (event) => {
  const at = PANELS.findIndex(({ name }) => name === shown);
  const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  const { name } = PANELS.at(to % PANELS.length);
  enter(name);
  show(name);
  panels.get(name).tab.focus();
});

const embedded = new URLSearchParams(location.search);
const hiddenParts = (embedded.get("hide") ?? "").split(",");

/** Leaves out what `?hide=` names. */
function leaveOut(root) {
  for (const part of root.querySelectorAll("[data-part]"))
    if (hiddenParts.includes(part.dataset.part)) part.hidden = true;
}

const percent = (share) => `${Math.floor(100 * share)}%`;

function showTitle() {
  const busy = [...panels.values()].find(({ busy }) => busy !== undefined)?.busy;
  const before = busy === undefined ? "" : `${percent(busy)} · `;
  const title = `${before}${titleOf(shown)}: Inkling, a small network that writes`;
  if (document.title !== title) document.title = title;
}

function showBusy(/** @type {Panel} */ { tab, busy }) {
  tab.classList.toggle("busy", busy !== undefined);
  tab.title = busy === undefined ? "" : `training: ${percent(busy)} done`;
  showTitle();
}

/** Fetches a panel's module. Gives undefined when that failed, and offers to try again. */
async function open(/** @type {Panel} */ panel) {
  const { root, title, name } = panel;
  try {
    const { html, createPanel } = await panel.open();
    if (html) root.innerHTML = html;
    leaveOut(root);
    return await createPanel(root, pageFor(name));
  } catch (error) {
    const alert = element("p", { className: "alert failed", role: "alert" });
    root.prepend(alert);
    tell(
      alert,
      `${title} did not start: ${error.message}.`,
      button("Try again", () => tryAgain(panel)),
      button("Load the page anew", () => location.reload()),
    );
    return undefined;
  }
}

const failureOf = (/** @type {Panel} */ { root }) => root.querySelector(":scope > .failed");

function tryAgain(panel) {
  failureOf(panel).remove();
  panel.opened = undefined;
  return show(panel.name, { fields: readAddress().fields });
}

/**
 * Shows a tab, and fills in what the fields of a link ask for: without any only the first time,
 * with its own example, and not at all when they are null. Gives the panel, or undefined when it
 * did not start.
 */
async function show(
  name,
  /** @type {{ fields?: object, isReload?: boolean }} */ { fields, isReload } = {},
) {
  shown = name;
  for (const panel of panels.values()) {
    const here = panel.name === name;
    panel.root.hidden = !here;
    panel.tab.setAttribute("aria-selected", String(here));
    panel.tab.tabIndex = here ? 0 : -1;
    if (here) panel.tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  showTitle();
  const panel = panels.get(name);
  const first = !panel.opened;
  panel.opened ??= open(panel);
  const opened = await panel.opened;
  if (!opened) return undefined;
  panel.contents = opened;
  if (fields || (first && fields !== null)) await opened.openLink(fields ?? {}, { isReload });
  return opened;
}

// What could not be fetched without a network is fetched once there is one.
addEventListener("online", () => {
  const panel = panels.get(shown);
  if (failureOf(panel)) tryAgain(panel);
});

// ---- Sharing ----

said.addEventListener("click", () => say(""));

const SAID_MS = 10_000;
let saidTimer;

/** Says something for a while. */
function say(text) {
  said.textContent = text;
  clearTimeout(saidTimer);
  if (text) saidTimer = setTimeout(() => say(""), SAID_MS);
}

find("#share").addEventListener("click", async () => {
  const { hash, unlinked, missing = "" } = panels.get(shown);
  keep();
  if (!hash && unlinked) say(unlinked);
  else if (await copyText(location.href))
    say(`Link copied: it opens this tab with these settings. ${missing}`.trim());
  else say("The browser does not let this page copy; the link is in its address bar.");
});

// ---- Files that are dropped, wherever ----

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

/** What is dragged, as far as a browser tells: "picture", "text" or "model". */
function kindOf({ dataTransfer }) {
  const type = [...dataTransfer.items].find(({ kind }) => kind === "file")?.type ?? "";
  if (type.startsWith("image/")) return "picture";
  return type.startsWith("text/") || type === "application/json" ? "text" : "model";
}

function mark(event) {
  const { drops = {} } = panels.get(shown).contents ?? {};
  const other = Object.values(drops)[0] ?? "Drop a file to open it";
  document.body.dataset.drop = drops[kindOf(event)] ?? other;
}

const unmark = () => delete document.body.dataset.drop;

for (const type of ["dragenter", "dragover"]) {
  addEventListener(type, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    mark(event);
  });
}
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) unmark(); // the pointer has left the page
});
addEventListener("drop", async (event) => {
  unmark();
  if (!hasFiles(event)) return;
  event.preventDefault();
  const dropped = filesDropped(event.dataTransfer);
  const panel = await panels.get(shown).opened;
  const files = await usable(await dropped); // none of an empty folder
  await panel?.openFile(files[0], files);
});

// ---- Beginning ----

addEventListener("popstate", ({ state }) => {
  // A step back or forward finds its tab as it was left; the first time it has its link.
  if (!panels.has(state?.tab)) return;
  const panel = panels.get(state.tab);
  const known = panel.opened && !panel.steps;
  if (!known) panel.hash = location.hash;
  show(state.tab, { fields: known ? undefined : readAddress().fields });
});
addEventListener("hashchange", ({ newURL }) => {
  // An address that was typed, or a link followed; a tab may have kept its own meanwhile.
  if (history.state?.tab && newURL === location.href) return;
  history.replaceState(null, "", newURL);
  openLink();
});

if (embedded.has("embed")) document.body.classList.add("embedded");
leaveOut(document);
const opening = openLink();
document.documentElement.classList.remove("begins-elsewhere"); // of the tabs one is shown now
await opening;
await keepForOffline();
