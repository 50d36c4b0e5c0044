// What is typed under Train and not learnt yet, for the next visit: of each task the last.

import { keepDraft } from "./store.js";

const KEEP_MS = 300; // after the last change

/** `materials` are those of the tasks, by name. */
export class Drafts {
  #materials;
  #timers = new Map(); // by task

  constructor(materials) {
    this.#materials = materials;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden")
        for (const task of this.#timers.keys()) this.#keep(task);
    });
  }

  /** Something of a task has changed. */
  changed(task) {
    clearTimeout(this.#timers.get(task));
    this.#timers.set(
      task,
      setTimeout(() => this.#keep(task), KEEP_MS),
    );
  }

  /** What is there is a run's, which is kept by itself. */
  forget(task) {
    this.#stop(task);
    return keepDraft(task, undefined).catch(() => {}); // then it was not kept either
  }

  /** Fills in what was kept, [task, draft] of each. */
  async fill(all) {
    for (const [task, draft] of all) await this.#materials[task]?.restore(draft);
  }

  #stop(task) {
    clearTimeout(this.#timers.get(task));
    this.#timers.delete(task);
  }

  /** A file that is too long to be shown is still where it was opened from. */
  #keep(task) {
    this.#stop(task);
    const { draft } = this.#materials[task];
    // Where there is no room, that is said of a run.
    keepDraft(task, draft?.given ? undefined : draft).catch(() => {});
  }
}
