// Has the panel and the model with which the page will begin set out before most of the page's code
// has come: of all that is fetched first the model is by far the largest. Where that is not the
// panel which comes with the page, this one is not seen meanwhile.

import { element } from "./dom.js";
import { readLink } from "./link.js";
import { shippedModels } from "./listing.js";
import { FIRST, PANELS, TAB_OF_TASK } from "./panels.js";

const { tab, ...fields } = readLink(location.hash);
const panel = PANELS.find(({ name }) => name === tab) ?? PANELS.find(({ name }) => name === FIRST);

/** The entry of the model that is needed at once, if one is. */
function firstOf(all) {
  if (panel.begins) return all.find(({ name }) => name === panel.begins(fields));
  const those = all.filter(({ task }) => TAB_OF_TASK[task] === panel.name);
  return those.find(({ name }) => name === fields.model) ?? those[0];
}

function setOut(all) {
  const entry = firstOf(all);
  if (!entry) return;
  const link = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: entry.source };
  document.head.append(element("link", link));
}

if (panel.name !== FIRST) {
  const hasBegun = document.querySelector("[role=tab]") !== null; // this came late
  document.documentElement.classList.toggle("begins-elsewhere", !hasBegun);
  panel.open().catch(() => {}); // who shows it says why it did not come
}
shippedModels().then(setOut, () => {}); // who needs the list says so, likewise
