// One training run over the WebAssembly core that trains. Synchronous where it computes, as Host is; a
// page's worker and the page itself run this same class.

import { Host } from "./model.mjs";
import { Core, InklingError, chooseBuild, encode, instantiate } from "./wasm.mjs";

// ink_progress: two counts, six doubles, two counts.
const PROGRESS_BYTES = 64;
const PROGRESS_DOUBLES = ["epoch", "loss", "validationLoss", "bestLoss", "learningRate", "gradientNorm"];

const RATE_MS = 2000; // the speed is that of about the last two seconds of work

const SAMPLE = 1; // id of the generation that writes a sample

async function newCore(kernel) {
  const url =
    chooseBuild(kernel) === "simd"
      ? new URL("./inkling-train-simd.wasm", import.meta.url)
      : new URL("./inkling-train-scalar.wasm", import.meta.url);
  return new Core(await instantiate(url)); // an instance each, so that its memory ends with the run
}

/** An option's name as the core knows it: learningRate is learning-rate. */
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Whether two texts of an option's value mean the same; the core keeps fractions as floats. */
function sameValue(a, b) {
  if (a === b) return true;
  const [left, right] = [Number(a), Number(b)];
  if (Number.isInteger(left) && Number.isInteger(right)) return left === right;
  return Math.fround(left) === Math.fround(right);
}

export class Trainer {
  #core;
  #trainer = 0;
  #progress; // ink_progress
  #bestLoss = null; // by validation
  #metadata; // strings for the model file
  #sample; // { every, temperature, length }: seconds, 0 for validations only
  #sampled; // when, in ms of the clock
  #tokens = 0; // of the last steps, with the older ones fading
  #ms = 0; // that they took

  /** `text` is UTF-8, `options` are the core's, by name and as text, `resume` a checkpoint or undefined. */
  static async open(text, { kernel, options, resume, metadata, sample }) {
    return new Trainer(await newCore(kernel), text, options, resume, metadata, sample);
  }

  constructor(core, text, options, resume, metadata, sample) {
    this.#core = core;
    this.#progress = core.allocate(PROGRESS_BYTES);
    this.#metadata = metadata;
    this.#sample = sample;
    this.#sampled = performance.now();
    const checkpoint = resume ? core.put(resume) : 0;
    const address = core.put(text);
    const struct = core.allocate(core.c.ink_train_options_size());
    try {
      this.#fill(struct, options, resume);
      this.#trainer = resume
        ? core.make("ink_trainer_resume", checkpoint, resume.length, address, text.length, struct)
        : core.make("ink_trainer_new", struct, address, text.length);
      this.info = this.#readInfo();
      if (resume) this.#compare(options);
    } finally {
      for (const memory of [checkpoint, address, struct]) core.c.ink_release(memory);
    }
  }

  // ink_train_options from the names and values: over the defaults, or over zeros, which change nothing
  // of a checkpoint's.
  #fill(struct, options, resume) {
    const { c } = this.#core;
    c.ink_train_options_default(struct);
    if (resume) this.#core.bytes.fill(0, struct, struct + c.ink_train_options_size());
    for (const [name, value] of Object.entries(options)) {
      const texts = [dashed(name), value].map((text) => this.#core.put(encode(`${text}\0`)));
      try {
        this.#core.call("ink_train_options_set", struct, ...texts);
      } catch (error) {
        throw new InklingError(error.code, error.message.replaceAll(dashed(name), name));
      } finally {
        for (const text of texts) c.ink_release(text);
      }
    }
  }

  // A resumed run keeps its options, except for how long it lasts.
  #compare(options) {
    for (const [name, value] of Object.entries(options)) {
      if (name === "steps" || name === "epochs") continue;
      const kept = this.info.metadata[dashed(name)];
      if (sameValue(kept, value)) continue;
      throw new InklingError("argument", `${name} is ${value}, but the checkpoint's is ${kept}`);
    }
  }

  #readInfo() {
    const host = new Host(this.#core, this.save());
    const { info } = host;
    host.free();
    return info;
  }

  /** One window; gives the progress, or undefined when all steps are made. */
  step() {
    const { c } = this.#core;
    if (c.ink_trainer_done(this.#trainer)) return undefined;
    const started = performance.now();
    this.#core.call("ink_trainer_step", this.#trainer, this.#progress);
    return this.#report(started);
  }

  #report(started) {
    const view = new DataView(this.#core.c.memory.buffer, this.#progress, PROGRESS_BYTES);
    const progress = { step: view.getUint32(0, true), steps: view.getUint32(4, true) };
    PROGRESS_DOUBLES.forEach((name, i) => {
      const value = view.getFloat64(8 + 8 * i, true);
      progress[name] = Number.isNaN(value) ? null : value;
    });
    this.#bestLoss = progress.bestLoss;
    const [tokens, validated] = [view.getUint32(56, true), view.getUint32(60, true) === 1];
    const now = performance.now();
    const fade = Math.exp((started - now) / RATE_MS);
    this.#tokens = this.#tokens * fade + tokens;
    this.#ms = this.#ms * fade + Math.max(now - started, 1e-3);
    progress.tokensPerSecond = (1000 * this.#tokens) / this.#ms;
    const { every } = this.#sample;
    if (validated || (every > 0 && now - this.#sampled >= 1000 * every)) {
      const sample = this.#write(progress.step);
      if (sample !== undefined) progress.sample = sample;
      this.#sampled = performance.now();
    }
    return progress;
  }

  // What the present weights write. Nothing when memory is short: a sample is not worth a run.
  #write(seed) {
    let host;
    try {
      host = new Host(this.#core, this.save());
      const { length, temperature } = this.#sample;
      host.generate(SAMPLE, "", { length, temperature, seed, stop: [] });
      let text = "";
      for (let piece; !piece?.done; text += piece.text) piece = host.next(SAMPLE);
      return text;
    } catch (error) {
      if (error.code === "memory") return undefined;
      throw error;
    } finally {
      host?.free();
    }
  }

  // The bytes that a function gives through its last two out-parameters.
  #take(name, ...values) {
    const core = this.#core;
    const out = core.allocate(8);
    try {
      core.call(name, ...values, out, out + 4);
      const [address, size] = [core.view.getUint32(out, true), core.view.getUint32(out + 4, true)];
      const bytes = core.bytes.slice(address, address + size);
      core.c.ink_release(address);
      return bytes;
    } finally {
      core.c.ink_release(out);
    }
  }

  /** The model file, of the present weights or of the best. */
  save(best = false) {
    const strings = { ...this.#metadata };
    if (best && this.#bestLoss !== null) strings.validation_loss = this.#bestLoss.toFixed(4);
    const metadata = encode(Object.entries(strings).flat().map((text) => `${text}\0`).join(""));
    const address = this.#core.put(metadata);
    try {
      return this.#take("ink_trainer_model", this.#trainer, best ? 1 : 0, address, metadata.length);
    } finally {
      this.#core.c.ink_release(address);
    }
  }

  checkpoint() {
    return this.#take("ink_trainer_checkpoint", this.#trainer);
  }

  free() {
    this.#core.c.ink_trainer_free(this.#trainer);
    this.#trainer = 0;
  }
}
