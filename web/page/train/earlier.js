// The runs that this browser keeps besides the one that is shown: each is opened again or deleted.

import { button, element } from "../dom.js";
import { claimRun, keepRun, keptRuns, takeRun } from "./store.js";

const HELD = "Another window has that run open";

/**
 * `shown()` gives the id of the run that is shown, `open(id)` shows another one, `undo` is where
 * what is deleted can be had back, and `complain(message)` is told what cannot be done.
 */
export function createEarlier(place, { shown, open, undo, complain }) {
  async function remove(id, name) {
    const release = await claimRun(id);
    if (!release) return complain(`${HELD}: it is deleted once that is closed.`);
    const taken = await takeRun(id).finally(release);
    await list();
    if (!taken.summary) return undefined; // another window was quicker
    undo.offer(`The run on “${name}” is deleted.`, async () => {
      await keepRun(id, taken);
      await list();
    });
    return undefined;
  }

  function itemOf({ id, name, at }) {
    const when = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
    const labelled = (what, onClick) =>
      button(what, onClick, { "aria-label": `${what} the run on ${name} of ${when}` });
    return element(
      "li",
      {},
      element("span", { textContent: `${name}, ${when}` }),
      labelled("Open", () => open(id)),
      labelled("Delete", () => remove(id, name)),
    );
  }

  /** Where none can be read, none is listed: why is said of the run that is to be kept. */
  async function list() {
    const all = await keptRuns().catch(() => []);
    const runs = all.filter(({ id }) => id !== shown());
    place.hidden = runs.length === 0;
    place.querySelector("summary").textContent = `Earlier runs (${runs.length})`;
    place.querySelector("ul").replaceChildren(...runs.map(itemOf));
  }

  return { list };
}

/** Why a run cannot be shown, by what restoring it gave. */
export const WHY_NOT = {
  held: `${HELD}.`,
  missing: "What that run learns is missing, so it cannot go on.",
};
