// The run that goes on, for whoever opens the page anew when it was closed meanwhile: what is kept
// of it is in the store, which is opened only where there is one.

const KEY = "inkling-interrupted-run";

/** @returns {{ id: string, name: string, share: number } | undefined} */
export function interruptedRun() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null") ?? undefined;
  } catch {
    return undefined; // nothing may be kept, or it is another's
  }
}

/**
 * What is done of a run has just been kept. One that has ended is not interrupted.
 *
 * @param {{ id: string, name: string, share: number }} run
 * @param {boolean} goesOn
 */
export function rememberRun(run, goesOn) {
  try {
    if (goesOn) localStorage.setItem(KEY, JSON.stringify(run));
    else if (interruptedRun()?.id === run.id) localStorage.removeItem(KEY);
  } catch {
    // Nothing may be kept here, or there is no room: the run is kept all the same.
  }
}
