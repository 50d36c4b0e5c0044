// Keeps the run that is shown for another visit, one state after the other, and says so.

import { Wishes } from "../newest.js";
import { rememberRun } from "./interrupted.js";
import { claimRun, keepRun } from "./store.js";

// No more than the last five seconds are to be lost, so another state is asked for soon enough that
// it is complete by then, even if that takes twice as long as the last time.
const LOST_MS = 5000;
const KEEP_MS = 2000; // between two states, or as long as makes training a fiftieth slower
const COST = 50;

/** Claims a run's place in the store; gives undefined when another window has it. */
export async function claim(id) {
  const release = await claimRun(id);
  return release && { id, release };
}

async function put({ run, material, lanes, ngram }, all) {
  const { name } = material;
  const summary = { name, task: lanes[0].task, at: Date.now() };
  const state = { name, ngram, lanes: all };
  await keepRun(run.id, { summary, state, material });
  const share = Math.min(...lanes.map((lane) => lane.share));
  const goesOn = lanes.some((lane) => ["running", "paused"].includes(lane.state));
  rememberRun({ id: run.id, name, share }, goesOn);
}

/** A failure is said, with what helps; training goes on. */
function whyNot(error) {
  const full = error?.name === "QuotaExceededError";
  const why = full ? "the browser gives no more room" : (error?.message ?? "the browser refuses");
  return `It is not kept for another visit (${why}): download what you want to keep.`;
}

/** A wish is { run, material, lanes, ngram }; `say(text)` is told how it goes. */
export class Keeper {
  #say;
  #wanted; // the last wish, unless it is forgotten
  #again = 0; // when, in ms of the clock
  #wishes = new Wishes(
    (wish) => this.#keep(wish),
    (error) => this.#say(whyNot(error)),
  );

  constructor(say) {
    this.#say = say;
  }

  /** Keeps a state, after what is being kept of an earlier one. */
  ask(wish) {
    this.#wanted = wish;
    this.#wishes.ask(wish);
  }
  /** Keeps what has paused or ended, and says so from now on. */
  askAloud(wish) {
    this.#say("Being kept in this browser…");
    this.ask(wish);
  }
  get idle() {
    return this.#wishes.idle;
  }
  /** Whether it is time to keep a state of a run that goes on. */
  get isDue() {
    return this.idle && performance.now() > this.#again;
  }
  /** What has just begun is kept at once. */
  hurry() {
    this.#again = 0;
  }
  /** Another run is shown: nothing is said of the one before. */
  forget() {
    this.#wanted = undefined;
  }

  async #keep(wish) {
    const began = performance.now();
    const passed = () => performance.now() - began;
    let cost = 0; // in ms that the networks do not learn
    try {
      const all = (await Promise.all(wish.lanes.map((lane) => lane.plain()))).filter(Boolean);
      cost = passed();
      if (all.length > 0) await put(wish, all);
      if (wish !== this.#wanted) return true; // what came since is kept next
      const now = new Date().toLocaleTimeString("en-GB");
      this.#say(all.length > 0 ? `Kept in this browser at ${now}.` : ""); // nothing was learnt
      return true;
    } finally {
      const wait = Math.max(KEEP_MS, COST * cost);
      this.#again = began + Math.min(wait, Math.max(LOST_MS - 2 * passed(), 0));
    }
  }
}
