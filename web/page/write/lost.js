// A model of one's own is not in the address, so a page that is loaded anew writes with another
// one: that is said, with where one's own is.

import { button, element, tell } from "../dom.js";
import { keptRuns } from "../train/store.js";

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

export function createLost(place, { goToTrain }) {
  const notice = element("p", { className: "notice", role: "status", hidden: true });
  let isFirst = true;
  place.append(notice);

  return {
    /** Says what became of the model that was in use before the page was loaded. */
    async tell() {
      const title = storage()?.getItem(KEY);
      if (!title) return;
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
