// The shipped models for the figures: each is loaded once for all steps that use it, and those that
// few steps use are freed when such a step is left.

import { load } from "../../inkling.js";

const KEPT = ["names", "names to look into", "shakespeare-int8"]; // most steps use them

/** `page` is the page of a panel, see main.js. */
export function createLibrary(page) {
  const opened = new Map(); // what was asked for, to a promise of { model, entry }
  page.models().catch(() => {}); // the document has begun to fetch the list; it is said when needed

  async function open(name, trace, onProgress) {
    const entry = (await page.models()).find((one) => one.name === name);
    if (!entry) throw new Error(`the model “${name}” is not here`);
    const total = entry.bytes ?? 0;
    const model = await load(entry.source, {
      trace,
      onProgress: (loaded, size) => onProgress(loaded, size || total),
    });
    return { model, entry };
  }

  return {
    /** A model by name, with its entry in models/index.json; with `trace` one to look into. */
    async model(name, { trace = false, onProgress = (/** @type {number[]} */ ..._) => {} } = {}) {
      const key = trace ? `${name} to look into` : name;
      if (!opened.has(key)) opened.set(key, open(name, trace, onProgress));
      try {
        return await opened.get(key);
      } catch (error) {
        opened.delete(key); // it may come the next time
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
