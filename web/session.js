// A session as callers have it. Options are checked here; the host (model.js) does the work.

/** @import * as Public from "./inkling.js" */
/** @import { Remote } from "./host.js" */
/** @import { Rule } from "./options.js" */
/** @import { Task } from "./tasks.js" */

import { forgotten, newId } from "./host.js";
import {
  NUMBER,
  READING_OPTIONS,
  SAMPLING_OPTIONS,
  SEED,
  TEMPERATURE,
  WHOLE,
  YES_NO,
  argument,
  check,
  checkText,
  needSource,
} from "./options.js";
import { InklingError, bytesOf } from "./platform.js";

const DRAWING_OPTIONS = { ...SAMPLING_OPTIONS, countsWeight: NUMBER };

export const TRACE_OPTIONS = {
  gates: YES_NO,
  logits: YES_NO,
  layerLogits: YES_NO,
  ...READING_OPTIONS,
};

/** @param {any} values */
const areFinite = (values) => values.every?.(Number.isFinite);

/** @type {Rule} */
const FINITE = [
  (value) => (Array.isArray(value) || ArrayBuffer.isView(value)) && areFinite(value),
  "an array of finite numbers",
];
const STATE = { hidden: FINITE, cell: FINITE };

/** @implements {Public.Session} */
export class Session {
  /** @type {Remote<"model"> | undefined} */
  #host;
  #id;
  #task;

  /** @param {Remote<"model">} host @param {number} id @param {Task | undefined} task */
  constructor(host, id, task) {
    this.#host = host;
    this.#id = id;
    this.#task = task;
    forgotten.register(this, { host, id }, this);
  }
  #alive() {
    if (!this.#host) throw new InklingError("freed", "the session was freed");
    return this.#host;
  }
  /** @param {string} text @param {{ skipUnknown?: boolean }} [options] */
  async feed(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, READING_OPTIONS);
    return this.#alive().call("feed", this.#id, text, skipUnknown);
  }
  /** @param {Public.TextOrPicture} source @param {{ skipUnknown?: boolean }} [options] */
  async start(source, options = {}) {
    const { skipUnknown } = check(options, READING_OPTIONS);
    const task = needSource(this.#task);
    if (!task.source) throw argument(task.instead);
    return this.#alive().call("start", this.#id, task.source(source), skipUnknown);
  }
  async attention() {
    return this.#alive().call("attention", this.#id);
  }
  /** @param {Public.SamplingOptions & { count?: number, countsWeight?: number }} [options] */
  async distribution(options = {}) {
    const checked = check(options, { ...DRAWING_OPTIONS, count: WHOLE });
    const { count, countsWeight, ...sampling } = checked;
    return this.#alive().call("distribution", this.#id, sampling, { count, countsWeight });
  }
  /** @param {Public.SamplingOptions & { seed?: number, countsWeight?: number }} [options] */
  async sample(options = {}) {
    const checked = check(options, { ...DRAWING_OPTIONS, seed: SEED });
    const { seed, countsWeight, ...drawing } = checked;
    const sampling = { temperature: TEMPERATURE, ...drawing };
    return this.#alive().call("sample", this.#id, sampling, { seed, countsWeight });
  }
  /**
   * @param {string} text
   * @param {Public.TraceOptions} [options]
   * @returns {Promise<Public.Trace>}
   */
  async trace(text, options = {}) {
    checkText(text, "text");
    const checked = check(options, TRACE_OPTIONS);
    return this.#alive().call("inside", "trace", this.#id, text, checked);
  }
  async state() {
    return this.#alive().call("inside", "state", this.#id);
  }
  /** @param {Public.UnitsState} state */
  async setState(state) {
    const checked = check(state, STATE);
    return this.#alive().call("inside", "setState", this.#id, checked);
  }
  async fork() {
    const id = newId();
    const host = this.#alive();
    await host.call("fork", id, this.#id);
    return new Session(host, id, this.#task);
  }
  async save() {
    return this.#alive().call("save", this.#id);
  }
  /** @param {Uint8Array} state */
  async restore(state) {
    const bytes = bytesOf(state);
    if (!bytes) throw argument("the state must be a Uint8Array");
    return this.#alive().call("restore", this.#id, bytes);
  }
  async reset() {
    return this.#alive().call("reset", this.#id);
  }
  free() {
    this.#host?.release(this.#id);
    this.#host = undefined;
    forgotten.unregister(this);
  }
}
