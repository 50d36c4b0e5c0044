// The shipped models for the figures: each is loaded once for all steps that use it, and those that
// few steps use are freed when such a step is left.

import { load } from "../../inkling.js";

const KEPT = ["names", "shakespeare-int8"]; // most steps use them

/** `page` is the page of a panel, see main.js. */
export function createLibrary(page) {
  const opened = new Map(); // name to a promise of { model, entry }

  async function open(name, onProgress) {
    const entry = (await page.models()).find((one) => one.name === name);
    if (!entry) throw new Error(`the model “${name}” is not here`);
    const total = entry.bytes ?? 0;
    const model = await load(entry.source, {
      onProgress: (loaded, size) => onProgress(loaded, size || total),
    });
    return { model, entry };
  }

  return {
    /** A model by name, with its entry in models/index.json. */
    async model(name, onProgress = (/** @type {number[]} */ ..._) => {}) {
      if (!opened.has(name)) opened.set(name, open(name, onProgress));
      try {
        return await opened.get(name);
      } catch (error) {
        opened.delete(name); // it may come the next time
        throw error;
      }
    },
    /** Frees what a step has used that others hardly do. */
    tidy() {
      for (const [name, promise] of opened) {
        if (KEPT.includes(name)) continue;
        opened.delete(name);
        promise.then(({ model }) => model.free()).catch(() => {});
      }
    },
  };
}
