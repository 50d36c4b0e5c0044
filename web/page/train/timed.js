// How many steps the minutes are that a run may take, found out by a part of it. All of this goes
// once train() takes `minutes` itself.

import { train } from "../../inkling.js";

// By so many ms of steps the speed is measured, after the first few.
const TRIAL_MS = 1000;
const WARMING = 3;
const MOST_TRIED = 2000; // steps

/** The options of a run, with the steps for which `minutes` last in their place. */
export async function timed({ minutes, ...options }, { bytes, pictures, from }) {
  if (options.epochs !== undefined) return options;
  const times = [];
  let wanted;
  const trial = { ...options, pictures, from, sampleEvery: 0 };
  for await (const { step, steps } of train(bytes, trial)) {
    wanted = steps;
    if (step > WARMING) times.push(performance.now());
    if (step >= MOST_TRIED || times.at(-1) - times[0] > TRIAL_MS) break;
  }
  const perMs = (times.length - 1) / Math.max(times.at(-1) - times[0], 1);
  return {
    ...options,
    steps: Math.max(10, Math.min(wanted, Math.floor(57_000 * minutes * perMs))),
  };
}
