// How fast a text comes: no faster than is asked for, and as fast as is shown beside it.

import { nextFrame } from "../dom.js";
import { counted } from "../parts/words.js";

/** Hands a piece on no faster than the pace allows; it may be changed meanwhile. */
export async function paced(piece, { signal, hand, controls }) {
  const characters = [...piece];
  let due = performance.now();
  while (characters.length > 0) {
    const { pace } = controls;
    if (pace === 0) return hand(characters.splice(0).join(""));
    if (performance.now() < due) await nextFrame();
    signal.throwIfAborted();
    if (performance.now() < due) continue;
    hand(characters.shift());
    due += 1000 / pace;
  }
}

export function createMeter(speed) {
  const began = performance.now();
  let count = 0;
  let shown = -Infinity;
  return {
    count(piece) {
      count += [...piece].length;
      if (performance.now() - shown > 200) this.show();
    },
    show() {
      shown = performance.now();
      const perSecond = Math.round(count / Math.max((shown - began) / 1000, 0.001));
      const pace = perSecond.toLocaleString("en");
      speed.textContent = `${counted(count, "character")} · ${pace} a second`;
    },
  };
}
