// The losses of one run as curves that never grow beyond MOST points, whatever the number of steps.

const MOST = 2000; // points; beyond, two neighbours become one

const pairs = (list, merge) => {
  const merged = [];
  for (let i = 1; i < list.length; i += 2) merged.push(merge(list[i - 1], list[i]));
  if (list.length % 2 === 1) merged.push(list.at(-1));
  return merged;
};

export class Curve {
  constructor({ every = 1, epochs = [], losses = [], validations = [] } = {}) {
    this.every = every; // steps to a point
    this.epochs = [...epochs];
    this.losses = [...losses];
    this.validations = [...validations];
    this.sum = 0;
    this.count = 0;
    this.validation = null;
    this.epoch = 0;
  }

  /** Takes a step's loss, and the one on what was held out where it was measured, else null. */
  add({ epoch, loss }, validation) {
    this.sum += loss;
    this.count++;
    this.epoch = epoch;
    if (validation !== null) this.validation = validation;
    if (this.count >= this.every) this.flush();
  }

  /** Makes a point of the steps that are not in one yet. */
  flush() {
    if (this.count === 0) return;
    this.epochs.push(this.epoch);
    this.losses.push(this.sum / this.count);
    this.validations.push(this.validation);
    this.sum = this.count = 0;
    this.validation = null;
    if (this.epochs.length < MOST) return;
    this.epochs = pairs(this.epochs, (a, b) => b);
    this.losses = pairs(this.losses, (a, b) => (a + b) / 2);
    this.validations = pairs(this.validations, (a, b) => b ?? a);
    this.every *= 2;
  }

  /** It as it is now, to make another of. */
  get plain() {
    const { every, epochs, losses, validations } = this;
    return {
      every,
      epochs: [...epochs],
      losses: [...losses],
      validations: [...validations],
    };
  }
}
