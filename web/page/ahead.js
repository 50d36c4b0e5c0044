// Has the model with which the page will begin set out before most of the page's code has come: of
// all that is fetched first it is by far the largest.

import { element } from "./dom.js";
import { readLink } from "./link.js";
import { shippedModels } from "./listing.js";
import { PANELS, TAB_OF_TASK } from "./panels.js";

const { tab = PANELS[0].name, model } = readLink(location.hash);

function setOut(all) {
  const those = all.filter(({ task }) => TAB_OF_TASK[task] === tab);
  const entry = those.find(({ name }) => name === model) ?? those[0];
  if (!entry) return;
  const link = { rel: "preload", as: "fetch", crossOrigin: "anonymous", href: entry.source };
  document.head.append(element("link", link));
}

shippedModels().then(setOut, () => {}); // who needs the list says why it did not come
