// A handle of something in the core that several use: the last of them takes it along.

export class Shared {
  #free;
  #users = 1;

  /** @param {number} handle @param {() => void} free */
  constructor(handle, free) {
    this.handle = handle;
    this.#free = free;
  }
  share() {
    this.#users++;
    return this;
  }
  free() {
    if (--this.#users === 0) this.#free();
  }
}
