// One network in training: how far it is, in words and figures, its samples so far, and what can be
// done with it meanwhile.

import { train } from "../../inkling.js";
import { button, element, save } from "../dom.js";
import { sentence } from "../parts/words.js";
import { Curve } from "./curve.js";
import { TimeLeft } from "./left.js";

const USES = {
  generator: "Write with it",
  classifier: "Classify with it",
  translator: "Translate with it",
  captioner: "Caption with it",
};

const LITTLE = 3000; // characters

const number = (value) => Math.round(value).toLocaleString("en");
const nats = (value) => (value === null ? "–" : value.toFixed(3));

function duration(seconds) {
  if (seconds === undefined) return "";
  const whole = Math.max(1, Math.ceil(seconds));
  if (whole < 60) return `${whole} s left`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s left`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min left`;
}

/** Among how many equal choices one would be as unsure, with as many decimals as tell losses apart. */
function choices(...losses) {
  const shown = (digits) => losses.map((loss) => Math.exp(loss).toFixed(digits));
  return [1, 2, 3].map(shown).find((texts) => new Set(texts).size === losses.length) ?? shown(3);
}

let lanes = 0; // made so far, for ids

/**
 * `options` are train()'s, of a run on `material`, { name, bytes, pictures }. A lane that was kept
 * goes on from `kept`, which is what `plain` gave. `onInfo` is called when it is known what network
 * it is, `onChange` when it begins or ends, `onRefused(error)` when it cannot begin, `onStep`
 * between two steps, when a checkpoint needs to wait for nothing, and `onModel(file, task)` when
 * its model is wanted.
 */
export class Lane {
  #options;
  #shape; // { cell, hidden, layers, level } of its network, as far as it is known
  #material;
  #on;
  #run;
  #curve;
  #samples; // [{ step, text }]
  #progress; // the last
  #validation; // the last loss on what was held out; null before there is one
  #measures = 0; // that loss, every so many steps; 0: at the end of every epoch
  #best; // the lowest
  #ngram; // { order, nats }, once it has been counted
  #ahead; // the epoch since which it is better than that
  #checkpoint; // bytes, while there is no run
  #kept; // what plain() gave last, with a checkpoint
  #timeLeft = new TimeLeft();
  #stopping = false;
  #held = false; // while it learnt, when it was kept
  #state = "waiting"; // waiting, running, paused, stopped, done, failed
  #parts; // of the page

  constructor(material, options, on, kept = {}) {
    this.#material = material;
    this.#options = { task: "generator", ...options };
    this.#shape = kept.shape ?? options;
    this.#on = on;
    this.#curve = new Curve(kept.curve);
    this.#samples = [...(kept.samples ?? [])];
    this.#progress = kept.progress;
    this.#validation = kept.validation ?? kept.progress?.validationLoss ?? null;
    this.#best = kept.best ?? kept.progress?.bestLoss ?? null;
    this.#ahead = kept.ahead;
    this.#checkpoint = kept.checkpoint;
    if (kept.checkpoint) {
      this.#kept = { ...kept, options: this.#options };
      this.#state = kept.done ? "done" : "stopped";
      this.#held = !kept.done && !kept.stopped;
    }
    this.#build();
    const { slider } = this.#parts;
    slider.max = Math.max(this.#samples.length - 1, 0);
    slider.value = slider.max;
    this.show();
  }

  get name() {
    return this.#shape.cell ?? "gru";
  }
  get task() {
    return this.#options.task;
  }
  /** What its losses are per: "character", "word" or, of a classifier, "example". */
  get token() {
    if (this.task === "classifier") return "example";
    return this.#shape.level === "word" ? "word" : "character";
  }
  /** What it reads: "characters" or "words". */
  get #tokens() {
    return this.#shape.level === "word" ? "words" : "characters";
  }
  get curve() {
    return this.#curve;
  }
  get state() {
    return this.#state;
  }
  get element() {
    return this.#parts.root;
  }
  get canGoOn() {
    return this.#state === "stopped" && this.#checkpoint !== undefined;
  }
  /** How much of it is done, from 0 to 1. */
  get share() {
    return this.#progress ? this.#progress.step / this.#progress.steps : 0;
  }
  /** Whether it has learnt anything yet that could be used. */
  get hasModel() {
    return this.#progress !== undefined && (this.#run ?? this.#checkpoint) !== undefined;
  }

  #build() {
    const id = `lane-${++lanes}`;
    const figures = element("dl", { className: "figures" });
    const figure = (name) => {
      const value = element("dd");
      figures.append(element("div", {}, element("dt", { textContent: name }), value));
      return value;
    };
    const slider = element("input", {
      type: "range",
      id: `${id}-sample`,
      min: 0,
      max: 0,
      value: 0,
    });
    slider.addEventListener("input", () => this.#showSample());
    const sample = (className, label) =>
      element("pre", { className, tabIndex: 0, role: "group", "aria-label": label });
    const parts = {
      title: element("h2", { id }),
      status: element("p", { className: "hint", role: "status" }),
      progress: element("progress", { max: 1, value: 0, "aria-labelledby": id }),
      left: element("p", { className: "left" }),
      note: element("p", { className: "hint", role: "status", hidden: true }),
      verdict: element("p", { className: "verdict", role: "status" }),
      figures,
      alert: element("p", { className: "alert", role: "alert" }),
      step: figure("step"),
      epoch: figure("epoch"),
      loss: figure("loss"),
      validation: figure("held out"),
      speed: figure("per second"),
      slider,
      caption: element("output", { className: "hint", htmlFor: slider.id }),
      early: sample("sample early", "What it wrote first"),
      earlyStep: element("span", { className: "hint" }),
      sample: sample("sample", "What it wrote"),
      write: button(USES[this.task], () => this.#use(), { disabled: true }),
      download: button("Download", () => this.#download(), { disabled: true }),
    };
    const label = element("label", { htmlFor: slider.id, textContent: "Samples so far" });
    parts.samples = element(
      "div",
      { className: "samples-so-far", hidden: this.task === "classifier" },
      element("div", { className: "first" }, parts.earlyStep, parts.early),
      element(
        "div",
        {},
        element("div", { className: "scroll" }, label, slider, parts.caption),
        parts.sample,
      ),
    );
    parts.root = element(
      "section",
      { className: "lane", "aria-labelledby": id },
      element("div", { className: "bar" }, parts.title, parts.status),
      element("div", { className: "going" }, parts.progress, parts.left),
      parts.note,
      parts.verdict,
      parts.alert,
      parts.samples,
      element("div", { className: "row" }, parts.write, parts.download),
      figures,
    );
    this.#parts = parts;
  }

  /**
   * The loss of the best n-gram on the text that is held out: { order, nats }. A worker of its own
   * counts, so that the network need not wait.
   */
  async countNgram() {
    const least = { hidden: 1, layers: 1, embed: 1, workers: 1, epochs: 1, minutes: undefined };
    const counter = train(this.#material.bytes, { ...this.#options, ...least });
    try {
      const { order, nats } = await counter.ngram();
      return { order, nats };
    } finally {
      counter.stop();
    }
  }

  /** What it is compared with, or undefined when there is nothing. */
  set ngram(ngram) {
    this.#ngram = ngram;
    this.#compare();
    this.show();
  }

  /** Trains until the end, a stop or a failure. */
  async train() {
    const parts = this.#parts;
    parts.alert.textContent = "";
    const { bytes, pictures, from } = this.#material;
    const resume = this.#checkpoint;
    const { minutes, ...options } = this.#options;
    const begins = resume ? { resume } : { from, minutes };
    this.#run = train(bytes, { ...options, pictures, ...begins });
    this.#checkpoint = undefined;
    this.#stopping = false;
    this.#held = false;
    this.#timeLeft = new TimeLeft(resume ? undefined : minutes);
    this.#become("running");
    const run = this.#run;
    try {
      const { cell, hidden, layers, level, parameters, vocabulary, metadata } = await run.info();
      this.#shape = { cell, hidden, layers, level };
      this.#measures = Number(metadata["validate-every"]);
      const count = number(vocabulary.length);
      const read = metadata.read_as ? `; ${metadata.read_as}` : "";
      parts.status.textContent = `${number(parameters)} parameters, ${count} ${this.#tokens}${read}`;
      if (!from && metadata.end === undefined) this.#noteLittleText();
      this.#on.onInfo(this);
      for await (const progress of run) {
        this.#take(progress);
        this.#on.onStep();
      }
      this.#curve.flush();
      this.#checkpoint = await run.checkpoint();
      this.#become(this.#stopping ? "stopped" : "done");
    } catch (error) {
      parts.alert.textContent = sentence(error);
      if (error.code === "diverged") parts.alert.textContent += " The last good weights are kept.";
      this.#curve.flush();
      // There is none when it never began, or its worker has ended.
      this.#checkpoint = await run.checkpoint().catch(() => undefined);
      this.#become("failed");
      if (!this.#progress) this.#on.onRefused(error);
    }
  }

  /** Whatever the network, of very little text hardly more than letters is learnt. */
  #noteLittleText() {
    const { bytes } = this.#material;
    if (this.task !== "generator" || this.token !== "character" || bytes.length > 4 * LITTLE)
      return;
    const count = [...new TextDecoder().decode(bytes)].length;
    if (count >= LITTLE) return;
    this.#parts.note.hidden = false;
    this.#parts.note.textContent =
      `The text has ${number(count)} characters: of so few a network learns little but what they ` +
      "repeat; it begins to write words after some 10,000.";
  }

  #take(progress) {
    const { step, epoch, validationLoss, bestLoss, sample } = progress;
    const measured = validationLoss !== null && this.#isNew(progress);
    this.#curve.add(progress, measured ? validationLoss : null);
    this.#timeLeft.step(performance.now());
    const first = this.#progress === undefined;
    this.#progress = progress;
    if (measured) {
      this.#validation = validationLoss;
      this.#best = bestLoss ?? Math.min(this.#best ?? Infinity, validationLoss);
      this.#compare(epoch);
    }
    if (sample !== undefined) {
      const { slider } = this.#parts;
      const follows = slider.valueAsNumber === Number(slider.max);
      this.#samples.push({ step, text: sample });
      slider.max = this.#samples.length - 1;
      if (follows) slider.value = slider.max;
      this.#showSample();
    }
    if (first) this.#on.onChange(this);
  }

  /** Whether the loss on what was held out was measured in this step, be it the same as before. */
  #isNew({ step, steps, epoch, validationLoss }) {
    const ends = Math.floor(epoch) > Math.floor(this.#progress?.epoch ?? 0);
    const isDue = this.#measures > 0 ? step % this.#measures === 0 : ends;
    return isDue || step === steps || validationLoss !== this.#validation;
  }

  #compare(epoch = this.#progress?.epoch) {
    if (this.#ngram && this.#best !== null && this.#best < this.#ngram.nats) this.#ahead ??= epoch;
  }

  #become(state) {
    this.#state = state;
    if (state === "running") this.#timeLeft.goOn(performance.now());
    else this.#timeLeft.hold(performance.now());
    this.show();
    this.#on.onChange(this);
  }

  /** How good it is, in words. */
  #verdict() {
    if (this.#best === null) {
      return this.#state === "done"
        ? "It has learnt all examples; none were held out to test it on."
        : "";
    }
    const token = this.token;
    if (this.task === "classifier")
      return `On examples that it has not learnt, the right class has a probability of ${Math.round(100 * Math.exp(-this.#best))}%, on average.`;
    const losses = this.#ngram ? [this.#best, this.#ngram.nats] : [this.#best];
    const [own, counted] = choices(...losses);
    const unsure = `On average it is as unsure of the next ${token} as if it chose among ${own} equally likely ones`;
    if (!this.#ngram) return `${unsure}.`;
    const table = `the ${this.#ngram.order}-gram table`;
    return this.#ahead === undefined
      ? `${unsure}; ${table} is still better, with ${counted}.`
      : `${unsure}; it has been better than ${table} (${counted}) since epoch ${this.#ahead.toFixed(1)}.`;
  }

  #left() {
    const { step, steps } = this.#progress ?? {};
    // It ends by itself when the loss on what was held out has turned.
    const done = step < steps ? "finished early: it no longer improved" : "finished";
    if (this.#held) return "paused";
    if (this.#state !== "running")
      return { waiting: "", done, failed: "ended" }[this.#state] ?? this.#state;
    if (!this.#progress)
      return this.#options.minutes ? "finding out how fast it learns here…" : "reading…";
    return duration(this.#timeLeft.seconds(steps - step, performance.now()));
  }

  /** Shows how far it is; the page calls it now and then. */
  show() {
    const parts = this.#parts;
    parts.root.dataset.state = this.#state;
    parts.root.hidden = this.#state === "failed" && !this.#progress; // it never began
    const { cell, hidden, layers = 1 } = this.#shape;
    parts.title.className = cell ?? "";
    parts.title.textContent =
      cell && hidden
        ? `${cell.toUpperCase()}, ${layers} ${layers === 1 ? "layer" : "layers"} of ${hidden}`
        : (cell?.toUpperCase() ?? "Network");
    parts.write.disabled = parts.download.disabled = !this.hasModel;
    if (this.#progress) {
      const { step, steps, epoch, loss, tokensPerSecond } = this.#progress;
      const [last, best] = [this.#validation, this.#best];
      parts.progress.value = this.share;
      parts.step.textContent = `${number(step)} of ${number(steps)}`;
      parts.epoch.textContent = epoch.toFixed(2);
      parts.loss.textContent = nats(loss);
      parts.validation.textContent =
        last === best ? nats(last) : `${nats(last)}, best ${nats(best)}`;
      parts.speed.textContent = `${number(tokensPerSecond)} ${this.#tokens}`;
    }
    const verdict = this.#verdict();
    if (parts.verdict.textContent !== verdict) parts.verdict.textContent = verdict;
    parts.left.textContent = this.#left();
    this.#showSample();
  }

  #showSample() {
    const { slider, caption, sample, early, earlyStep } = this.#parts;
    slider.disabled = this.#samples.length < 2;
    if (this.#samples.length === 0) {
      caption.textContent = "none yet";
      return;
    }
    const [first] = this.#samples;
    const { step, text } = this.#samples[slider.valueAsNumber];
    early.textContent = first.text;
    earlyStep.textContent = `At first, at step ${number(first.step)}`;
    caption.textContent = `at step ${number(step)}`;
    slider.setAttribute("aria-valuetext", caption.textContent);
    if (sample.textContent !== text) sample.textContent = text;
  }

  // The best model as a file, of a run or of what was kept of one.
  async #hand(use, name) {
    try {
      const bytes = this.#run ? await this.#run.save() : this.#checkpoint;
      await use(new File([bytes], `${name}.safetensors`));
    } catch (error) {
      this.#parts.alert.textContent = sentence(error);
    }
  }
  get #learnt() {
    return this.#material.name.replace(/\.\w+$/, ""); // what it is called in the other tab
  }
  #use() {
    return this.#hand((file) => this.#on.onModel(file, this.task), this.#learnt);
  }
  #download() {
    const { cell, hidden } = this.#shape;
    return this.#hand(
      save,
      [this.#learnt.replace(/\P{Alphabetic}+/gu, "-"), cell, hidden].join("-"),
    );
  }

  pause() {
    this.#run?.pause();
    if (this.#state === "running") this.#become("paused");
  }
  resume() {
    this.#run?.resume();
    if (this.#state === "paused") this.#become("running");
  }
  stop() {
    this.#stopping = true;
    this.#run?.stop();
  }

  /**
   * All that is needed to go on in another visit, or undefined while there is nothing. A run that
   * has failed without a checkpoint gives what it gave last, so that this is not lost.
   */
  async plain() {
    if (!this.hasModel) return undefined;
    const live = ["running", "paused"].includes(this.#state);
    const checkpoint = live ? await this.#run.checkpoint() : this.#checkpoint;
    if (checkpoint) this.#kept = this.#recordOf(checkpoint);
    return this.#kept;
  }

  #recordOf(checkpoint) {
    return {
      options: this.#options,
      shape: this.#shape,
      checkpoint,
      curve: this.#curve.plain,
      samples: [...this.#samples],
      progress: this.#progress,
      validation: this.#validation,
      best: this.#best,
      ahead: this.#ahead,
      stopped: this.#state === "stopped" && !this.#held,
      done: this.#state === "done" || this.#state === "failed",
    };
  }
}
