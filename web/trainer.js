// One training run over the WebAssembly core that trains; a page's worker and the page itself run
// this same class. Several trainers, each in a worker, can split a batch: each computes the
// gradients of its streams, the first adds them up in the order of the parts and sends the sum
// round, and all make the same update. So the result depends on how many there are and never on
// which is quicker.
//
// Gradients travel as messages. In memory that two workers shared, nothing copied, an exchange of
// those of LSTM 1×128 took Chromium 0.27 ms in place of 0.37, and of 1×512 1.2 in place of 1.7, of
// steps of 35 and more: not worth the headers that a page would need.

/** @import { Bytes, Evaluation, Progress, RunInfo, TextOrPicture } from "./inkling.js" */
/** @import { Build } from "./assets.js" */
/** @import { Task } from "./tasks.js" */
/** @import { Core } from "./wasm.js" */

import { Host } from "./model.js";
import { dashed, fitted, withTraining } from "./options.js";
import { InklingError, nextTask, reasonOf } from "./platform.js";
import { struct } from "./structs.js";
import { tasks } from "./tasks.js";
import { joined, newCore } from "./wasm.js";

/** ink_material. */
const MATERIAL = struct({
  text: "u32",
  bytes: "u32",
  pictures: "u32",
  picturesBytes: "u32",
  from: "u32",
  fromBytes: "u32",
});

/** ink_progress. */
const PROGRESS = struct({
  step: "u32",
  steps: "u32",
  epoch: "f64",
  loss: "f64",
  validationLoss: "f64",
  bestLoss: "f64",
  learningRate: "f64",
  gradientNorm: "f64",
  tokens: "u32",
  validated: "u32",
});

/** Out-parameters: an address or an order, a number, and a double behind them. */
const SUM = struct({ address: "u32", count: "u32", value: "f64" });

const SAMPLE = 1; // id of the generation that writes a sample
const LISTED = 12; // how many texts a sample has when they end by themselves

/**
 * @typedef {object} Settings
 * @property {Build} build
 * @property {WebAssembly.Module} compiled that build
 * @property {Record<string, string>} options the core's, by name and as text
 * @property {Uint8Array} [resume] a checkpoint
 * @property {Uint8Array} [pictures] a captioner's
 * @property {Uint8Array} [from] a generator to begin with
 * @property {number} [work] multiply-adds that there is time for, which decide the size of the
 * network
 * @property {{ whole: number, most: number }} [time] seconds that the run is to take, and the steps
 *   that it makes at most; step() is then told how many have passed
 * @property {string} [replan] how the steps of the run to repeat changed
 * @property {Record<string, unknown>} metadata strings for the model file
 * @property {{ every: number, temperature: number, length: number }} sample every so many seconds,
 *   and after the last step of a run too short for one; 0 is with validations only
 * @property {number} part this is part `part` of `parts`: the first has ports to each of the
 *   others, in their order, and the others have one to the first
 * @property {number} parts
 * @property {boolean} fit there may be fewer parts, as fitted() says
 * @property {MessagePort[]} ports
 */

/**
 * What a step ended with.
 *
 * @typedef {Omit<Progress, "tokensPerSecond"> & { tokens: number }} Step
 */

/** @typedef {{ gradients: Float32Array<ArrayBuffer>, loss: number }} Share Of a batch. */

/** What is not a number in C is not there in JavaScript. @param {number} value */
const orNull = (value) => (Number.isNaN(value) ? null : value);

/**
 * Whether two texts of an option's value mean the same; the core keeps fractions as floats.
 *
 * @param {string} a
 * @param {string} b
 */
function sameValue(a, b) {
  if (a === b) return true;
  const [left, right] = [Number(a), Number(b)];
  if (Number.isInteger(left) && Number.isInteger(right)) return left === right;
  return Math.fround(left) === Math.fround(right);
}

/** The first trainer's end of the line to another: answers come in the order of the questions. */
class Peer {
  #port;
  /** @type {{ resolve: (answer: any) => void, reject: (error: unknown) => void }[]} */
  #waiting = [];

  /** @param {MessagePort} port */
  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      const waiting = this.#waiting.shift();
      if (data.error) waiting?.reject(new InklingError(data.error.code, data.error.message));
      else waiting?.resolve(data);
    };
  }
  /** @param {string} question @returns {Promise<any>} */
  #ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#port.postMessage({ question });
    });
  }
  /** @returns {Promise<Share>} */
  gradients() {
    return this.#ask("gradients");
  }
  /** @returns {Promise<{ state: Float32Array }>} */
  state() {
    return this.#ask("state");
  }
  /** @param {Share} sum */
  update({ gradients, loss }) {
    this.#port.postMessage({ question: "update", gradients, loss }, [gradients.buffer]);
  }
  /** @param {number} steps */
  replan(steps) {
    this.#port.postMessage({ question: "replan", steps });
  }
}

/** @param {Float32Array} sum @param {Float32Array} numbers */
function addTo(sum, numbers) {
  for (let i = 0; i < sum.length; i++) sum[i] += numbers[i];
}

export class Trainer {
  #core;
  #trainer = 0;
  /** @type {Peer[]} Of the first of several. */
  #peers = [];
  /** @type {Promise<unknown>} What needs all of several is done one after the other. */
  #turn = Promise.resolve();
  #sum; // an address, a count and a double
  /** @type {number | null} By validation. */
  #bestLoss = null;
  #metadata;
  #parts; // that share the work
  #sample;
  #sampled; // when, in ms of the clock
  #tenth = 0; // of the run that the last sample came in
  #writing = false; // a sample
  #time;
  #steps = 0; // in all, as the others know it
  /** @type {Task | undefined} Of more than a generator. */
  #task;
  /** @type {TextOrPicture[] | undefined} What samples are written from; a generator needs none. */
  #sources;

  /** @param {Uint8Array} text UTF-8 @param {Settings} settings */
  static async open(text, settings) {
    // An instance each, so that its memory ends with the run.
    const core = await newCore(settings.compiled, settings.build);
    const trainer = new Trainer(core, text, settings);
    const { part, ports } = settings;
    if (part === 0) trainer.#peers = ports.slice(0, trainer.#parts - 1).map((p) => new Peer(p));
    else if (part < trainer.#parts) trainer.#assist(ports[0]);
    return trainer;
  }

  /** @param {Core} core @param {Uint8Array} text @param {Settings} settings */
  constructor(core, text, settings) {
    const { options, resume, from, pictures, metadata, sample, part, parts, work = 0 } = settings;
    const { time, replan } = settings;
    this.#core = core;
    this.#time = time;
    this.#sum = core.allocate(SUM.bytes);
    this.#metadata = metadata;
    this.#sample = sample;
    this.#sampled = performance.now();
    let extra = 0;
    core.with([text, pictures, resume, from], (address, seen, checkpoint, base) =>
      withTraining(core, options, resume !== undefined, (struct) => {
        if (from) core.call("ink_train_options_from", struct, base, from.length);
        const bytes = text.length;
        const material = {
          text: address,
          bytes,
          pictures: seen,
          picturesBytes: pictures?.length,
          from: base,
          fromBytes: from?.length,
        };
        this.#trainer = core.given(MATERIAL, material, (given) => {
          if (work > 0) core.call("ink_train_options_choose", struct, given, work, 0);
          return resume
            ? core.make("ink_trainer_resume", checkpoint, resume.length, given, struct)
            : core.make("ink_trainer_new", struct, given);
        });
        extra = core.c.ink_extra_columns(address, bytes);
      }),
    );
    /** @type {RunInfo} */
    this.info = this.#readInfo();
    if (extra > 0 && ["classifier", "translator"].includes(this.info.task))
      this.info.note = `what stands behind the second column of ${extra} lines is left out`;
    this.#task = tasks.taskOf(this.info.task);
    this.#sources = this.#task?.samples({ text, pictures });
    if (resume) this.#compare(options);
    this.#parts = settings.fit ? fitted(parts, Number(this.info.metadata.batch)) : parts;
    if (this.#parts > 1) this.#metadata = { ...metadata, workers: this.#parts };
    if (this.#parts > 1 && part < this.#parts)
      core.call("ink_trainer_split", this.#trainer, part, this.#parts);
    if (replan !== undefined) {
      core.with([joined([replan])], (plan) => core.call("ink_trainer_follow", this.#trainer, plan));
    }
  }

  /** A resumed run keeps its options, except for how long it lasts. */
  #compare(/** @type {Record<string, string>} */ options) {
    for (const [name, value] of Object.entries(options)) {
      if (name === "steps" || name === "epochs") continue;
      const kept = this.info.metadata[dashed(name)];
      if (sameValue(kept, value)) continue;
      throw new InklingError("argument", `${name} is ${value}, but the checkpoint's is ${kept}`);
    }
  }

  #readInfo() {
    const host = new Host(this.#core, this.save(), { tasks });
    const { info } = host;
    host.free();
    return info;
  }

  #alive() {
    if (this.#trainer) return this.#trainer;
    throw new InklingError("freed", "the run has ended");
  }

  /**
   * Makes updates for about so many seconds, in a run that is given up afterwards:
   * { seconds, work } of one. The first is slow and does not count.
   *
   * @param {number} time
   */
  measure(time) {
    const core = this.#core;
    const update = () => core.call("ink_trainer_step", this.#alive(), 0);
    update();
    const began = performance.now();
    const passed = () => (performance.now() - began) / 1000;
    let steps = 0;
    for (; !core.c.ink_trainer_done(this.#trainer) && (steps === 0 || passed() < time); steps++)
      update();
    return { seconds: passed() / Math.max(steps, 1), work: core.c.ink_trainer_work(this.#trainer) };
  }

  /**
   * How many updates of so many seconds there is time for.
   *
   * @param {number} stepSeconds
   * @param {number} seconds
   */
  stepsIn(stepSeconds, seconds) {
    return this.#core.c.ink_trainer_steps_in(this.#alive(), stepSeconds, seconds) >>> 0;
  }

  /**
   * One window; gives the progress, or undefined when all steps are made.
   *
   * @param {number} [passed] seconds of the time that the run is to take
   * @returns {Promise<Step | undefined>}
   */
  async step(passed) {
    if (this.#time && passed !== undefined) this.#keepTime(passed, this.#time);
    return this.#peers.length === 0 ? this.#stepAlone() : this.#inTurn(() => this.#stepTogether());
  }

  /**
   * Changes the steps, here and in the other trainers, with the speed of the machine.
   *
   * @param {number} passed
   * @param {{ whole: number, most: number }} time
   */
  #keepTime(passed, { whole, most }) {
    const steps = this.#core.c.ink_trainer_keep_time(this.#alive(), passed, whole, most) >>> 0;
    if (this.#steps > 0 && steps !== this.#steps) this.#peers.forEach((peer) => peer.replan(steps));
    this.#steps = steps;
  }

  async #stepAlone() {
    const core = this.#core;
    if (core.c.ink_trainer_done(this.#alive())) return undefined;
    return this.#report(
      core.read(PROGRESS, (progress) => core.call("ink_trainer_step", this.#trainer, progress)),
    );
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // told to whoever asked
    return done;
  }

  // ---- Several trainers ----

  // Gradients of this trainer's streams. The view is good until memory grows.
  #gradients() {
    const core = this.#core;
    const out = this.#sum;
    core.call("ink_trainer_gradients", this.#trainer, out, out + 4, out + 8);
    const { address, count, value: loss } = SUM.read(core.view, out);
    return { view: () => new Float32Array(core.c.memory.buffer, address, count), loss };
  }

  #update(/** @type {number} */ loss) {
    const core = this.#core;
    return core.read(PROGRESS, (progress) =>
      core.call("ink_trainer_update", this.#trainer, loss, progress),
    );
  }

  async #stepTogether() {
    if (this.#core.c.ink_trainer_done(this.#alive())) return undefined;
    const asked = Promise.all(this.#peers.map((peer) => peer.gradients()));
    asked.catch(() => {}); // seen below, unless this trainer's own fail
    const own = this.#gradients();
    const shares = await asked;
    const sum = own.view();
    let { loss } = own;
    for (const share of shares) {
      addTo(sum, share.gradients);
      loss += share.loss;
    }
    shares.forEach(({ gradients }, i) => {
      gradients.set(sum);
      this.#peers[i].update({ gradients, loss });
    });
    return this.#report(this.#update(loss));
  }

  /** Answers the first trainer. The gradients travel to and fro in one buffer. */
  #assist(/** @type {MessagePort} */ port) {
    /** @type {{ view: () => Float32Array, loss: number } | undefined} In the core's memory. */
    let own;
    /** @type {Float32Array<ArrayBuffer> | undefined} */
    let travelling;
    /** @type {unknown} An update; the first trainer's has failed the same way. */
    let failed;
    const answer = (/** @type {string} */ question) => {
      if (question === "state") return port.postMessage({ state: this.#state() });
      if (failed) throw failed;
      own = this.#gradients();
      travelling ??= new Float32Array(own.view().length);
      travelling.set(own.view());
      port.postMessage({ gradients: travelling, loss: own.loss }, [travelling.buffer]);
    };
    port.onmessage = ({ data: { question, gradients, loss, steps } }) => {
      try {
        if (question === "replan") this.#core.call("ink_trainer_replan", this.#trainer, steps);
        else if (question === "update") {
          travelling = gradients;
          own?.view().set(gradients);
          this.#update(loss);
        } else answer(question);
      } catch (error) {
        const code = error instanceof InklingError ? error.code : undefined;
        if (question !== "gradients" && question !== "state") failed = error;
        else port.postMessage({ error: { code, message: reasonOf(error) } });
      }
    };
  }

  // The carried state, with zeros for the streams of other trainers.
  #state() {
    const core = this.#core;
    const size = core.c.ink_trainer_state_size(this.#trainer);
    const address = core.allocate(4 * size);
    core.c.ink_trainer_state_get(this.#trainer, address);
    const state = core.floats(address, size);
    core.c.ink_release(address);
    return state;
  }

  // ---- What comes of it ----

  /** @param {ReturnType<typeof PROGRESS.read>} progress @returns {Promise<Step>} */
  async #report({ validated, ...progress }) {
    const { step, steps } = progress;
    this.#bestLoss = orNull(progress.bestLoss);
    /** @type {Step} */
    const report = {
      ...progress,
      validationLoss: orNull(progress.validationLoss),
      bestLoss: this.#bestLoss,
    };
    const { every } = this.#sample;
    const isLate = performance.now() - this.#sampled >= 1000 * every;
    // The first shows noise; where nothing is held out, ten more show how it becomes words.
    const tenth = Math.floor((10 * step) / steps);
    const isDue = isLate || step === 1 || (this.#bestLoss === null && tenth > this.#tenth);
    if (validated === 1 || (every > 0 && isDue)) {
      const sample = await this.#write(step);
      if (sample !== undefined) report.sample = sample;
      this.#tenth = tenth;
      this.#sampled = performance.now();
    }
    return report;
  }

  /**
   * What the present weights write; of texts that end by themselves several, a line each. A
   * classifier writes nothing, and neither does anyone when memory is short, or the run is stopped
   * meanwhile: a sample is not worth a run.
   *
   * @param {number} seed
   */
  async #write(seed) {
    const sources = this.#sources;
    if (sources?.length === 0) return undefined;
    let host;
    this.#writing = true;
    try {
      host = new Host(this.#core, this.save(), { tasks });
      const { length, temperature } = this.#sample;
      const samples = sources || host.info.metadata.end === undefined ? 1 : LISTED;
      const prompts = sources ? sources.map(() => "") : [""];
      const drawing = { temperature: sources ? 0 : temperature, seed };
      host.generate(SAMPLE, prompts, { samples, length, ...drawing, stop: [], sources });
      /** @type {string[]} */
      const texts = Array(prompts.length * samples).fill("");
      for (let done = false; !done; await nextTask()) {
        if (!this.#writing) return undefined;
        const answer = host.next(SAMPLE);
        ({ done } = answer);
        for (const { index, text } of answer.pieces) texts[index] += text;
      }
      const shown = this.#task?.sample;
      return texts.map((text, i) => (shown ? shown(sources?.[i], text) : text)).join("\n");
    } catch (error) {
      if (error instanceof InklingError && error.code === "memory") return undefined;
      throw error;
    } finally {
      host?.free();
    }
  }

  /** Gives up the sample that is being written, the only thing that is open here. */
  release() {
    this.#writing = false;
  }

  /**
   * The bytes that a function gives through its last two out-parameters.
   *
   * @param {`ink_${string}`} name
   * @param {number[]} values
   * @returns {Bytes}
   */
  #take(name, ...values) {
    return this.#core.take(...this.#core.pair(name, ...values));
  }

  /** The model file, of the present weights or of the best. */
  save(best = false) {
    const strings = { ...this.#metadata };
    if (best && this.#bestLoss !== null) strings.validation_loss = this.#bestLoss.toFixed(4);
    const metadata = joined(Object.entries(strings).flat().map(String));
    const trainer = this.#alive();
    return this.#core.with([metadata], (address) =>
      this.#take("ink_trainer_model", trainer, best ? 1 : 0, address, metadata.length),
    );
  }

  /** @returns {Promise<Bytes>} */
  async checkpoint() {
    if (this.#peers.length === 0) return this.#take("ink_trainer_checkpoint", this.#alive(), 0);
    return this.#inTurn(async () => {
      const shares = await Promise.all(this.#peers.map((peer) => peer.state()));
      const sum = this.#state();
      for (const { state } of shares) addTo(sum, state);
      return this.#core.with([new Uint8Array(sum.buffer)], (address) =>
        this.#take("ink_trainer_checkpoint", this.#trainer, address),
      );
    });
  }

  /**
   * The n-gram's loss on the text that is held out; order 0 takes the best of all orders.
   *
   * @param {number} order
   * @returns {Evaluation & { order: number }}
   */
  ngram(order) {
    const core = this.#core;
    const out = this.#sum;
    const trainer = this.#alive();
    SUM.write(core.view, out, { address: order });
    const evaluation = core.evaluation((address) =>
      core.call("ink_trainer_ngram", trainer, out, address),
    );
    return { order: SUM.read(core.view, out).address, ...evaluation };
  }

  free() {
    this.#core.c.ink_trainer_free(this.#trainer);
    this.#trainer = 0;
  }
}
