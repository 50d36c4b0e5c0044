// What a reader has done of the lesson, kept in this browser; where nothing may be kept, it lasts
// until the page is left.

const KEY = "inkling.learn";

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return kept !== null && typeof kept === "object" ? kept : {};
  } catch {
    return {}; // forbidden, or something else's
  }
}

const progress = { done: {}, ...read() };
if (typeof progress.done !== "object" || progress.done === null) progress.done = {};

/** `done`: by step, whether its question was answered; `before`, `after`: the quiz's scores. */
export const kept = () => progress;

export function keep(changes) {
  Object.assign(progress, changes);
  try {
    localStorage.setItem(KEY, JSON.stringify(progress));
  } catch {
    // then it is not kept
  }
}
