// A model of one's own is not in the address, so a page that is loaded anew writes with another
// one: that is said, with where one's own is. So is a training that was interrupted.

import { button, element, tell } from "../dom.js";
import { interruptedRun } from "../train/interrupted.js";
import { claimRun, keptRuns } from "../train/store.js";

const KEY = "inkling-own-model"; // its title, for as long as this window is open
const stem = (name) => name.replace(/\.\w+$/, "");

/** What is kept as long as this window is open; undefined where nothing may be. */
export function storage() {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** Whether it was learnt under Train and is kept there. */
async function isKept(title) {
  const runs = await keptRuns().catch(() => []); // Train says what is wrong with them
  return runs.some(({ name, task }) => task === "generator" && stem(name) === stem(title));
}

/** The run that was interrupted and can go on: it is kept, and no other window has it. */
async function interrupted() {
  const run = interruptedRun();
  if (!run) return undefined;
  const isKept = (await keptRuns().catch(() => [])).some(({ id }) => id === run.id);
  const release = isKept && (await claimRun(run.id));
  if (!release) return undefined;
  release();
  return run;
}

export function createLost(place, { goToTrain }) {
  const notice = element("p", { className: "notice", role: "status", hidden: true });
  let isFirst = true;
  place.append(notice);

  async function tellInterrupted() {
    const run = await interrupted();
    if (!run) return;
    const done = `${Math.max(1, Math.floor(100 * run.share))}%`;
    tell(
      notice,
      `The training on “${stem(run.name)}” was interrupted. ${done} of it is done and kept.`,
      button("Go on under Train", goToTrain, { className: "quiet" }),
    );
    notice.hidden = false;
  }

  return {
    /**
     * Says what became of the model that was in use before the page was loaded, unless another one
     * is asked for by name; or of the run that was interrupted.
     */
    async tell(named) {
      const title = named === undefined ? storage()?.getItem(KEY) : undefined;
      if (!title) return tellInterrupted();
      if (await isKept(title))
        tell(
          notice,
          `Your own model “${stem(title)}” is under Train, where it is kept.`,
          button("Go to Train", goToTrain, { className: "quiet" }),
        );
      else
        tell(notice, `“${title}” was a file of your own: to go on with it, open or drop it again.`);
      notice.hidden = false;
    },
    /** Another model is in use. */
    used({ own, title }) {
      if (own) storage()?.setItem(KEY, title);
      else if (!isFirst) storage()?.removeItem(KEY);
      if (own || !isFirst) notice.hidden = true;
      isFirst = false;
    },
  };
}
