// How large a network and how many updates there is time for: what `minutes` of train() means. The
// core does not ask the clock; updates are timed here.

import { Trainer } from "./trainer.js";

const GAIN = 0.9; // of each worker after the first: they wait for each other

/** A trainer's host, which does nothing but plan: its info is the options that were found. */
export class Plan {
  /**
   * `settings` are a Trainer's. Gives `hidden` and `steps` as texts, with which the same run can be
   * made again; what is found out takes about a fifteenth of the time.
   */
  static async open(text, { minutes, ...settings }) {
    const began = performance.now();
    const left = () => Math.max(60 * minutes - (performance.now() - began) / 1000, 0);
    const several = 1 + GAIN * (settings.parts - 1);
    const alone = { ...settings, part: 0, parts: 1, ports: [] };
    const share = Math.min(2, 2 * minutes);

    const first = await Trainer.open(text, alone);
    const { seconds, work } = first.time(share);
    first.free();
    const speed = (several * work) / seconds;
    const second = await Trainer.open(text, { ...alone, work: speed * left() });
    const steps = second.stepsIn(second.time(share).seconds / several, left());
    second.free();
    const plan = new Plan();
    plan.info = { hidden: second.info.metadata.hidden, steps: String(steps) };
    return plan;
  }

  free() {}
}
