// Of several things that were asked for, only the newest counts: what came before is given up, and
// what comes of it too late is left alone.

/** Work that is begun again before it has ended: a generation, the loading of a model. */
export class Newest {
  #controller;

  /** Gives up what was begun before. Gives the signal of what begins now. */
  begin() {
    this.abort();
    this.#controller = new AbortController();
    return this.#controller.signal;
  }
  /** Whether the work with this signal is the newest and goes on, or was given up just now. */
  is(signal) {
    return this.#controller?.signal === signal;
  }
  /** The work with this signal has come to its end; false when it was not the newest any more. */
  end(signal) {
    if (!this.is(signal)) return false;
    this.#controller = undefined;
    return true;
  }
  /** Gives up what goes on; it still is the newest until it ends. */
  abort() {
    this.#controller?.abort();
  }
  /** Gives up what goes on and takes no notice of its end. */
  forget() {
    this.abort();
    this.#controller = undefined;
  }
  get running() {
    return this.#controller !== undefined;
  }
}

/** Wishes granted one after the other; of those that come meanwhile, the newest alone. */
export class Wishes {
  #grant;
  #onError;
  #wanted;
  #busy = false;
  #freed = false;

  /**
   * `grant(wish)` works on a wish and tells whether it is done with it, else it is called again
   * unless there is a newer one. What it throws goes to `onError`.
   */
  constructor(grant, onError) {
    this.#grant = grant;
    this.#onError = onError;
  }

  ask(wish) {
    this.#wanted = { wish };
    if (!this.#busy) this.#work();
  }
  get idle() {
    return !this.#busy;
  }
  get freed() {
    return this.#freed;
  }
  /** Nothing is granted or told any more. */
  free() {
    this.#freed = true;
    this.#wanted = undefined;
  }

  async #work() {
    this.#busy = true;
    for (let asked; (asked = this.#wanted) !== undefined;) {
      let done = true;
      try {
        done = await this.#grant(asked.wish);
      } catch (error) {
        if (!this.#freed) this.#onError(error);
      }
      if (done && this.#wanted === asked) this.#wanted = undefined;
    }
    this.#busy = false;
  }
}
