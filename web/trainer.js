// One training run over the WebAssembly core that trains; a page's worker and the page itself run
// this same class. Several trainers, each in a worker, can split a batch: each computes the
// gradients of its streams, the first adds them up in the order of the parts and sends the sum
// round, and all make the same update. So the result depends on how many there are and never on
// which is quicker.
//
// Gradients travel as messages. In memory that two workers shared, nothing copied, an exchange of
// those of LSTM 1×128 took Chromium 0.27 ms in place of 0.37, and of 1×512 1.2 in place of 1.7, of
// steps of 35 and more: not worth the headers that a page would need.

import { TaskHost } from "./tasks.js";
import { InklingError, chooseBuild, compileBuild, encode, newCore } from "./wasm.js";

// ink_progress: two counts, six doubles, two counts.
const PROGRESS_BYTES = 64;
const PROGRESS_DOUBLES = [
  "epoch",
  "loss",
  "validationLoss",
  "bestLoss",
  "learningRate",
  "gradientNorm",
];

const OUT_BYTES = 16;

const SAMPLE = 1; // id of the generation that writes a sample
const LISTED = 12; // how many texts a sample has when they end by themselves
const TRANSLATED = 6; // and how many translations
const TAIL_BYTES = 1 << 16; // in which those many lines are

/** An option's name as the core knows it: learningRate is learning-rate. */
const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Whether two texts of an option's value mean the same; the core keeps fractions as floats. */
function sameValue(a, b) {
  if (a === b) return true;
  const [left, right] = [Number(a), Number(b)];
  if (Number.isInteger(left) && Number.isInteger(right)) return left === right;
  return Math.fround(left) === Math.fround(right);
}

/** The first trainer's end of the line to another: answers come in the order of the questions. */
class Peer {
  #port;
  #waiting = [];

  constructor(port) {
    this.#port = port;
    port.onmessage = ({ data }) => {
      const { resolve, reject } = this.#waiting.shift();
      if (data.error) reject(new InklingError(data.error.code, data.error.message));
      else resolve(data);
    };
  }
  ask(question) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#port.postMessage({ question });
    });
  }
  update(gradients, loss) {
    this.#port.postMessage({ question: "update", gradients, loss }, [gradients.buffer]);
  }
}

/** The texts of the last lines, before their tabs. They are held out, if any are. */
function lastSources(text) {
  const lines = new TextDecoder().decode(text.subarray(-TAIL_BYTES)).split("\n");
  if (text.length > TAIL_BYTES) lines.shift(); // cut
  const pairs = lines.map((line) => line.split("\t")).filter((pair) => pair.length > 1);
  return pairs.slice(-TRANSLATED).map(([source]) => source);
}

/**
 * The last of binary PPM pictures, which are all of one size; none when the header is a long one.
 */
function lastPicture(pictures) {
  const header = new TextDecoder("latin1").decode(pictures.subarray(0, 1000));
  const between = String.raw`(?:#.*[\n\r]|\s)+`; // a comment is white space
  const size = header.match(new RegExp(String.raw`^P6${between}(\d+)${between}(\d+)\s`));
  if (!size) return [];
  const [width, height] = [Number(size[1]), Number(size[2])];
  return [{ data: pictures.slice(-3 * width * height), width, height }];
}

function addTo(sum, numbers) {
  for (let i = 0; i < sum.length; i++) sum[i] += numbers[i];
}

export class Trainer {
  #core;
  #trainer = 0;
  #peers = []; // of the first of several
  #turn = Promise.resolve(); // what needs all of several is done one after the other
  #out; // two addresses and a double
  #progress; // ink_progress
  #bestLoss = null; // by validation
  #metadata; // strings for the model file
  #sample; // { every, temperature, length }: seconds, 0 for validations only
  #sampled; // when, in ms of the clock
  #sources; // that samples are written from; undefined of a generator, which needs none

  /**
   * `text` is UTF-8, `options` are the core's, by name and as text, `resume` a checkpoint or
   * undefined, `pictures` those of a captioner, `from` a generator to begin with or undefined.
   * This is part `part` of `parts`: the first has `ports` to each of the others, in their order,
   * and the others have one to the first.
   */
  static async open(text, { kernel, ports, ...settings }) {
    // An instance each, so that its memory ends with the run.
    const core = await newCore(await compileBuild(chooseBuild(kernel, true)));
    const trainer = new Trainer(core, text, settings);
    if (settings.part > 0) trainer.#assist(ports[0]);
    else trainer.#peers = ports.map((port) => new Peer(port));
    return trainer;
  }

  constructor(core, text, { options, resume, from, pictures, metadata, sample, part, parts }) {
    this.#core = core;
    this.#out = core.allocate(OUT_BYTES);
    this.#progress = core.allocate(PROGRESS_BYTES);
    this.#metadata = metadata;
    this.#sample = sample;
    this.#sampled = performance.now();
    const checkpoint = resume ? core.put(resume) : 0;
    // ink_material: text and pictures, each an address and a size.
    const seen = pictures ? core.put(pictures) : 0;
    const read = core.put(text);
    const words = new Uint32Array([read, text.length, seen, pictures?.length ?? 0]);
    const material = core.put(new Uint8Array(words.buffer));
    const struct = core.allocate(core.c.ink_train_options_size());
    try {
      this.#fill(struct, options, resume);
      this.#trainer = resume
        ? core.make("ink_trainer_resume", checkpoint, resume.length, material, struct)
        : core.make("ink_trainer_new", struct, material);
      if (from) this.#begin(from);
      this.info = this.#readInfo();
      this.#sources = {
        classifier: () => [],
        translator: () => lastSources(text),
        captioner: () => lastPicture(pictures),
      }[this.info.task]?.();
      if (resume) this.#compare(options);
      if (parts > 1) core.call("ink_trainer_split", this.#trainer, part, parts);
    } finally {
      for (const memory of [checkpoint, read, seen, material, struct]) {
        core.c.ink_release(memory);
      }
    }
  }

  // ink_train_options from the names and values: over the defaults, or over zeros, which change
  // nothing of a checkpoint's.
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

  // Takes over what a generator has learnt.
  #begin(from) {
    const address = this.#core.put(from);
    try {
      this.#core.call("ink_trainer_pretrained", this.#trainer, address, from.length);
    } finally {
      this.#core.c.ink_release(address);
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
    const host = new TaskHost(this.#core, this.save());
    const { info } = host;
    host.free();
    return info;
  }

  /** One window; gives the progress, or undefined when all steps are made. */
  step() {
    return this.#peers.length === 0 ? this.#stepAlone() : this.#inTurn(() => this.#stepTogether());
  }

  #stepAlone() {
    if (this.#core.c.ink_trainer_done(this.#trainer)) return undefined;
    this.#core.call("ink_trainer_step", this.#trainer, this.#progress);
    return this.#report();
  }

  #inTurn(work) {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {}); // told to whoever asked
    return done;
  }

  // ---- Several trainers ----

  // Gradients of this trainer's streams: { view, loss }. The view is good until memory grows.
  #gradients() {
    const core = this.#core;
    const out = this.#out;
    core.call("ink_trainer_gradients", this.#trainer, out, out + 4, out + 8);
    const [address, count] = [core.view.getUint32(out, true), core.view.getUint32(out + 4, true)];
    const view = () => new Float32Array(core.c.memory.buffer, address, count);
    return { view, loss: core.view.getFloat64(out + 8, true) };
  }

  async #stepTogether() {
    if (this.#core.c.ink_trainer_done(this.#trainer)) return undefined;
    const asked = Promise.all(this.#peers.map((peer) => peer.ask("gradients")));
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
      this.#peers[i].update(gradients, loss);
    });
    this.#core.call("ink_trainer_update", this.#trainer, loss, this.#progress);
    return this.#report();
  }

  /** Answers the first trainer. The gradients travel to and fro in one buffer. */
  #assist(port) {
    let own; // the gradients in the core's memory
    let travelling;
    let failed; // an update; the first trainer's has failed the same way
    const answers = {
      gradients: () => {
        own = this.#gradients();
        travelling ??= new Float32Array(own.view().length);
        travelling.set(own.view());
        return [{ gradients: travelling, loss: own.loss }, [travelling.buffer]];
      },
      state: () => [{ state: this.#state() }],
    };
    port.onmessage = ({ data: { question, gradients, loss } }) => {
      try {
        if (question === "update") {
          travelling = gradients;
          own.view().set(gradients);
          this.#core.call("ink_trainer_update", this.#trainer, loss, this.#progress);
        } else {
          if (failed && question === "gradients") throw failed;
          port.postMessage(...answers[question]());
        }
      } catch (error) {
        if (question === "update") failed = error;
        else port.postMessage({ error: { code: error.code, message: error.message } });
      }
    };
  }

  // The carried state, with zeros for the streams of other trainers.
  #state() {
    const core = this.#core;
    const size = core.c.ink_trainer_state_size(this.#trainer);
    const address = core.allocate(4 * size);
    core.c.ink_trainer_state_get(this.#trainer, address);
    const state = new Float32Array(core.c.memory.buffer, address, size).slice();
    core.c.ink_release(address);
    return state;
  }

  // ---- What comes of it ----

  #report() {
    const view = new DataView(this.#core.c.memory.buffer, this.#progress, PROGRESS_BYTES);
    const progress = { step: view.getUint32(0, true), steps: view.getUint32(4, true) };
    PROGRESS_DOUBLES.forEach((name, i) => {
      const value = view.getFloat64(8 + 8 * i, true);
      progress[name] = Number.isNaN(value) ? null : value;
    });
    this.#bestLoss = progress.bestLoss;
    progress.tokens = view.getUint32(56, true);
    const validated = view.getUint32(60, true) === 1;
    const now = performance.now();
    const { every } = this.#sample;
    if (validated || (every > 0 && now - this.#sampled >= 1000 * every)) {
      const sample = this.#write(progress.step);
      if (sample !== undefined) progress.sample = sample;
      this.#sampled = performance.now();
    }
    return progress;
  }

  // What the present weights write; of texts that end by themselves several, a line each, and
  // translations behind what they are of. A classifier writes nothing, and neither does anyone when
  // memory is short: a sample is not worth a run.
  #write(seed) {
    const sources = this.#sources;
    if (sources?.length === 0) return undefined;
    let host;
    try {
      host = new TaskHost(this.#core, this.save());
      const { length, temperature } = this.#sample;
      const samples = sources || host.info.metadata.end === undefined ? 1 : LISTED;
      const prompts = sources ? sources.map(() => "") : [""];
      const drawing = { temperature: sources ? 0 : temperature, seed };
      const from = sources && [...sources];
      host.generate(SAMPLE, prompts, { samples, length, ...drawing, stop: [], sources: from });
      const texts = Array(prompts.length * samples).fill("");
      for (let answer; !answer?.done;) {
        answer = host.next(SAMPLE);
        for (const { index, text } of answer.pieces) texts[index] += text;
      }
      const translated = this.info.task === "translator";
      return (translated ? texts.map((text, i) => `${sources[i]} → ${text}`) : texts).join("\n");
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
    const out = this.#out;
    core.call(name, ...values, out, out + 4);
    const [address, size] = [core.view.getUint32(out, true), core.view.getUint32(out + 4, true)];
    const bytes = core.bytes.slice(address, address + size);
    core.c.ink_release(address);
    return bytes;
  }

  /** The model file, of the present weights or of the best. */
  save(best = false) {
    const strings = { ...this.#metadata };
    if (best && this.#bestLoss !== null) strings.validation_loss = this.#bestLoss.toFixed(4);
    const metadata = encode(
      Object.entries(strings)
        .flat()
        .map((text) => `${text}\0`)
        .join(""),
    );
    const address = this.#core.put(metadata);
    try {
      return this.#take("ink_trainer_model", this.#trainer, best ? 1 : 0, address, metadata.length);
    } finally {
      this.#core.c.ink_release(address);
    }
  }

  checkpoint() {
    if (this.#peers.length === 0) return this.#take("ink_trainer_checkpoint", this.#trainer, 0);
    return this.#inTurn(async () => {
      const shares = await Promise.all(this.#peers.map((peer) => peer.ask("state")));
      const sum = this.#state();
      for (const { state } of shares) addTo(sum, state);
      const address = this.#core.put(new Uint8Array(sum.buffer));
      try {
        return this.#take("ink_trainer_checkpoint", this.#trainer, address);
      } finally {
        this.#core.c.ink_release(address);
      }
    });
  }

  /** The n-gram's loss on the text that is held out; order 0 takes the best of all orders. */
  ngram(order) {
    if (!this.#trainer) throw new InklingError("freed", "the run has ended");
    const core = this.#core;
    const evaluation = core.allocate(4 * 8);
    try {
      core.view.setUint32(this.#out, order, true);
      core.call("ink_trainer_ngram", this.#trainer, this.#out, evaluation);
      const [nats, bits, perplexity, tokens] = new Float64Array(
        core.c.memory.buffer,
        evaluation,
        4,
      );
      return { order: core.view.getUint32(this.#out, true), nats, bits, perplexity, tokens };
    } finally {
      core.c.ink_release(evaluation);
    }
  }

  free() {
    this.#core.c.ink_trainer_free(this.#trainer);
    this.#trainer = 0;
  }
}
