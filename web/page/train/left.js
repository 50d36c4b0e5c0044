// How long a run still takes, as one is told it: it goes down with the clock and does not jump.

const KNOWN_MS = 1000; // of work after which the speed says something
const SMOOTH_MS = 5000; // within about so long it goes over to what is known now

/** Times are in ms of any clock. A run of so many `minutes` ends by then; without them steps count. */
export class TimeLeft {
  #whole; // that it may take
  #spent = 0; // without pauses
  #mark; // up to when that is counted; undefined while it stands still
  #worked = 0; // on steps after the first, before which it was being prepared
  #steps = -1; // that these were
  #shown; // { left, at }, what was told last

  constructor(minutes = Infinity) {
    this.#whole = minutes * 60_000;
  }

  goOn(now) {
    this.#mark = now;
    this.#shown = undefined;
  }

  hold(now) {
    this.#count(now);
    this.#mark = undefined;
  }

  #count(now) {
    if (this.#mark === undefined) return 0;
    const took = now - this.#mark;
    this.#spent += took;
    this.#mark = now;
    return took;
  }

  /** A step has been made. */
  step(now) {
    const took = this.#count(now);
    if (++this.#steps > 0) this.#worked += took;
  }

  /** Seconds until `steps` more are made; undefined while nothing can be said. */
  seconds(steps, now) {
    const speed = this.#worked >= KNOWN_MS ? this.#worked / this.#steps : Infinity;
    const clock = this.#whole - this.#spent - (now - (this.#mark ?? now));
    const known = Math.max(Math.min(steps * speed, clock), 0);
    if (!Number.isFinite(known)) return undefined;
    const passed = now - (this.#shown?.at ?? now);
    const before = (this.#shown?.left ?? known) - passed;
    const left = known + (before - known) * Math.exp(-passed / SMOOTH_MS);
    this.#shown = { left: Math.max(Math.min(left, clock), 0), at: now };
    return this.#shown.left / 1000;
  }
}
