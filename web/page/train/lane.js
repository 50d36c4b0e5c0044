// One network in training: how far it is, in words and figures, its samples so far, and what can be
// done with it meanwhile.

import { train } from "../../inkling.js";
import { button, element, save } from "../dom.js";
import { sentence } from "../parts/words.js";
import { Curve } from "./curve.js";
import { modelOf, sampleOf } from "./handing.js";
import { TimeLeft } from "./left.js";
import { Samples } from "./samples.js";
import { aheadSince, duration, nats, number, verdictOf } from "./verdict.js";

const USES = {
  generator: "Write with it",
  classifier: "Classify with it",
  translator: "Translate with it",
  captioner: "Caption with it",
};

const LITTLE = 3000; // characters
const CLOSE = 0.05; // nats by which a network is hardly better than the table
const TOGETHER = " Most often both together write better than either.";

let lanes = 0; // made so far, for ids

/**
 * `options` are train()'s, of a run on `material`, { name, bytes, pictures }. A lane that was kept
 * goes on from `kept`, which is what `plain` gave. `onInfo` is called when it is known what network
 * it is, `onChange` when it begins or ends, `onRefused(error)` when it cannot begin, `onStep`
 * between two steps, when a checkpoint needs to wait for nothing, and `onModel(file, task)` when
 * its model is wanted, with the text as a file where its counts are to write, too.
 */
export class Lane {
  #options;
  #shape; // { cell, hidden, layers, level, alphabet } of its network, as far as it is known
  #material;
  #on;
  #run;
  #curve;
  #samples;
  #progress; // the last
  #validation; // the last loss on what was held out; null before there is one
  #measures = 0; // that loss, every so many steps; 0: at the end of every epoch
  #best; // the lowest
  #bestAt; // the step that it was measured after
  #ngram; // { order, nats }, once it has been counted
  #ahead; // the epoch since which it is better than that, while it is
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
    this.#samples = new Samples(`lane-${++lanes}-sample`, kept.samples);
    this.#progress = kept.progress;
    this.#validation = kept.validation ?? kept.progress?.validationLoss ?? null;
    this.#best = kept.best ?? kept.progress?.bestLoss ?? null;
    this.#bestAt = kept.bestAt ?? kept.progress?.step;
    this.#ahead = kept.ahead;
    this.#checkpoint = kept.checkpoint;
    if (kept.checkpoint) {
      this.#kept = { ...kept, options: this.#options };
      this.#state = kept.done ? "done" : "stopped";
      this.#held = !kept.done && !kept.stopped;
    }
    this.#build(`lane-${lanes}`);
    this.#parts.status.textContent = kept.status ?? "";
    this.#note(kept.note ?? "");
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
  /** Whether it has ended hardly better than the table, if at all: both then write together. */
  get #needsCounts() {
    const [best, ngram] = [this.#best, this.#ngram];
    const hasEnded = ["stopped", "done"].includes(this.#state) && !this.#held;
    return hasEnded && this.hasModel && best !== null && ngram?.nats - best < CLOSE;
  }
  /** Whether it has learnt anything yet that could be used. */
  get hasModel() {
    return this.#progress !== undefined && (this.#run ?? this.#checkpoint) !== undefined;
  }

  #build(id) {
    const figures = element("dl", { className: "figures" });
    const figure = (name) => {
      const value = element("dd");
      figures.append(element("div", {}, element("dt", { textContent: name }), value));
      return value;
    };
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
      write: button(USES[this.task], () => this.#use(), { disabled: true }),
      writeBoth: button("Write with both", () => this.#useBoth(), { hidden: true }),
      download: button("Download", () => this.#download(), { disabled: true }),
    };
    this.#samples.element.hidden = this.task === "classifier";
    parts.root = element(
      "section",
      { className: "lane", "aria-labelledby": id },
      element("div", { className: "bar" }, parts.title, parts.status),
      element("div", { className: "going" }, parts.progress, parts.left),
      parts.note,
      parts.verdict,
      parts.alert,
      this.#samples.element,
      element("div", { className: "row" }, parts.write, parts.writeBoth, parts.download),
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
      this.#shape = { cell, hidden, layers, level, alphabet: vocabulary.length };
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
      const end = this.#stopping ? "stopped" : "done";
      await this.#showHanded();
      this.#checkpoint = await run.checkpoint();
      this.#become(end);
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

  #note(text) {
    this.#parts.note.textContent = text;
    this.#parts.note.hidden = text === "";
  }

  /** Whatever the network, of very little text hardly more than letters is learnt. */
  #noteLittleText() {
    const { bytes } = this.#material;
    if (this.task !== "generator" || this.token !== "character" || bytes.length > 4 * LITTLE)
      return;
    const count = [...new TextDecoder().decode(bytes)].length;
    if (count >= LITTLE) return;
    this.#note(
      `The text has ${number(count)} characters: of so few a network learns little but what they ` +
        "repeat; it begins to write words after some 10,000.",
    );
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
      const best = bestLoss ?? Math.min(this.#best ?? Infinity, validationLoss);
      if (best !== this.#best) this.#bestAt = step;
      this.#best = best;
      this.#compare(epoch);
    }
    if (sample !== undefined) this.#samples.add({ step, text: sample });
    if (first) this.#on.onChange(this);
  }

  /** Whether the loss on what was held out was measured in this step, be it the same as before. */
  #isNew({ step, steps, epoch, validationLoss }) {
    const ends = Math.floor(epoch) > Math.floor(this.#progress?.epoch ?? 0);
    const isDue = this.#measures > 0 ? step % this.#measures === 0 : ends;
    return isDue || step === steps || validationLoss !== this.#validation;
  }

  #compare(epoch = this.#progress?.epoch) {
    const [ngram, loss] = [this.#ngram, this.#validation];
    if (ngram && loss !== null) this.#ahead = aheadSince(this.#ahead, { loss, ngram, epoch });
  }

  /** Shows last what the network writes that is handed over: the samples before are of others. */
  async #showHanded() {
    if (!this.#progress) return;
    const text = await sampleOf(await this.#model(), this.#given);
    if (text === undefined) return;
    const { step } = this.#progress;
    const isBest = this.#best !== null;
    const handed = isBest ? "best" : "last";
    this.#samples.add({ step, text, handed, of: isBest ? this.#bestAt : step });
  }

  #become(state) {
    this.#state = state;
    if (state === "running") this.#timeLeft.goOn(performance.now());
    else this.#timeLeft.hold(performance.now());
    this.show();
    this.#on.onChange(this);
  }

  get #verdict() {
    const [task, token, alphabet] = [this.task, this.token, this.#shape.alphabet];
    const [best, ngram, ahead] = [this.#best, this.#ngram, this.#ahead];
    const isDone = this.#state === "done";
    const verdict = verdictOf({ task, token, alphabet, best, ngram, ahead, isDone });
    return this.#needsCounts ? verdict + TOGETHER : verdict;
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
    parts.writeBoth.hidden = !this.#needsCounts;
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
    const verdict = this.#verdict;
    if (parts.verdict.textContent !== verdict) parts.verdict.textContent = verdict;
    parts.left.textContent = this.#left();
  }

  /** What is known of the run, to have a model of it. */
  get #given() {
    const [run, checkpoint] = [this.#run, this.#checkpoint];
    return { run, checkpoint, material: this.#material, options: this.#options };
  }
  /** The bytes of the network that is handed over. */
  #model() {
    return modelOf(this.#given);
  }
  async #hand(use, name) {
    try {
      await use(new File([await this.#model()], `${name}.safetensors`));
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
  #useBoth() {
    const text = new File([this.#material.bytes], `${this.#learnt}.txt`);
    return this.#hand((file) => this.#on.onModel(file, this.task, text), this.#learnt);
  }
  #download() {
    const { cell, hidden } = this.#shape;
    return this.#hand(
      save,
      [...this.#learnt.split(/\P{Alphabetic}+/u).filter(Boolean), cell, hidden].join("-"),
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
      samples: this.#samples.plain,
      status: this.#parts.status.textContent,
      note: this.#parts.note.textContent,
      progress: this.#progress,
      validation: this.#validation,
      best: this.#best,
      bestAt: this.#bestAt,
      ahead: this.#ahead,
      stopped: this.#state === "stopped" && !this.#held,
      done: this.#state === "done" || this.#state === "failed",
    };
  }
}
