// One network in training: its figures, its samples so far, and what can be done with it meanwhile.

import { train } from "../inkling.js";
import { Curve } from "./train-chart.js";

const number = (value) => Math.round(value).toLocaleString("en");
const nats = (value) => (value === null ? "–" : value.toFixed(3));

function duration(seconds) {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s left`;
  if (whole < 3600)
    return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s left`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min left`;
}

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

let lanes = 0; // made so far, for ids

/**
 * `options` are train()'s. A lane that was kept goes on from `kept`, which is what `plain` gave.
 * `onChange` is called when it begins or ends, `onModel(file)` when its model is wanted for
 * writing.
 */
export class Lane {
  #options;
  #text; // { name, bytes }
  #on;
  #run;
  #curve;
  #samples; // [{ step, text }]
  #progress; // the last
  #checkpoint; // bytes, while there is no run
  #seconds = null; // left
  #state = "waiting"; // waiting, running, paused, stopped, done, failed
  #parts; // of the page

  constructor(text, options, { onChange, onModel }, kept = {}) {
    this.#text = text;
    this.#options = options;
    this.#on = { onChange, onModel };
    this.#curve = new Curve(kept.curve);
    this.#samples = kept.samples ?? [];
    this.#progress = kept.progress;
    this.#checkpoint = kept.checkpoint;
    if (kept.checkpoint) this.#state = kept.done ? "done" : "stopped";
    this.#build();
    const { slider } = this.#parts;
    slider.max = Math.max(this.#samples.length - 1, 0);
    slider.value = slider.max;
    this.show();
  }

  get name() {
    return this.#options.cell;
  }
  /** What its losses are per: "character" or "word". */
  get token() {
    return this.#options.level === "word" ? "word" : "character";
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

  #build() {
    const { cell, hidden, layers } = this.#options;
    const id = `lane-${++lanes}`;
    const title = element("h2", { id, className: cell });
    title.textContent = `${cell.toUpperCase()}, ${layers} ${layers === 1 ? "layer" : "layers"} of ${hidden}`;
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
    const label = element("label", { htmlFor: slider.id, textContent: "Samples so far" });
    const caption = element("output", { className: "hint" });
    caption.htmlFor = slider.id;
    const write = element("button", {
      type: "button",
      textContent: "Write with it",
      disabled: true,
    });
    write.addEventListener("click", () =>
      this.#hand((file) => this.#on.onModel(file), { best: false }),
    );
    const download = element("button", { type: "button", textContent: "Download", disabled: true });
    download.addEventListener("click", () => this.#hand(save, { best: true }));
    this.#parts = {
      root: element("section", { className: "lane" }),
      status: element("p", { className: "hint", role: "status" }),
      progress: element("progress", { max: 1, value: 0 }),
      step: figure("step"),
      epoch: figure("epoch"),
      loss: figure("loss"),
      validation: figure("held out"),
      speed: figure(`${this.token}s a second`),
      left: figure("time"),
      slider,
      caption,
      sample: element("pre", { className: "sample", tabIndex: 0 }),
      alert: element("p", { className: "alert", role: "alert" }),
      write,
      download,
    };
    this.#parts.progress.setAttribute("aria-labelledby", id);
    this.#parts.sample.setAttribute("aria-label", "What it wrote");
    const { root, status, progress, sample, alert } = this.#parts;
    root.setAttribute("aria-labelledby", id);
    root.append(
      element("div", { className: "bar" }, title, status),
      progress,
      figures,
      alert,
      element("div", { className: "scroll" }, label, slider, caption),
      sample,
      element("div", { className: "row" }, write, download),
    );
  }

  /** The loss of the best n-gram on the text that is held out: { order, nats }. */
  async ngram() {
    const { order, nats } = await this.#run.ngram();
    return { order, nats };
  }

  /** Trains until the end, a stop or a failure. */
  async train() {
    const parts = this.#parts;
    parts.alert.textContent = "";
    this.#run = train(this.#text.bytes, { ...this.#options, resume: this.#checkpoint });
    this.#checkpoint = undefined;
    this.#become("running");
    const run = this.#run;
    try {
      const { parameters, vocabulary } = await run.info();
      parts.status.textContent = `${number(parameters)} parameters, ${number(vocabulary.length)} ${this.token}s`;
      for await (const progress of run) this.#take(progress);
      const done = this.#progress?.step === this.#progress?.steps;
      this.#checkpoint = await run.checkpoint();
      this.#become(done ? "done" : "stopped");
    } catch (error) {
      parts.alert.textContent = `${error.message}.`;
      if (error.code === "diverged") parts.alert.textContent += " The last good weights are kept.";
      // There is none when it never began.
      this.#checkpoint = await run.checkpoint().catch(() => undefined);
      this.#become("failed");
    }
  }

  #take(progress) {
    const isNew =
      progress.validationLoss !== null &&
      progress.validationLoss !== this.#progress?.validationLoss;
    this.#curve.add(progress, isNew ? progress.validationLoss : null);
    if (progress.sample !== undefined) {
      const { slider } = this.#parts;
      const follows = slider.valueAsNumber === Number(slider.max);
      this.#samples.push({ step: progress.step, text: progress.sample });
      slider.max = this.#samples.length - 1;
      if (follows) slider.value = slider.max;
      this.#showSample();
    }
    const { batch, nchars } = this.#options;
    this.#seconds = ((progress.steps - progress.step) * batch * nchars) / progress.tokensPerSecond;
    this.#progress = progress;
  }

  #become(state) {
    this.#state = state;
    this.show();
    this.#on.onChange(this);
  }

  /** Shows the figures; the page calls it now and then. */
  show() {
    const parts = this.#parts;
    parts.root.dataset.state = this.#state;
    parts.slider.max = Math.max(this.#samples.length - 1, 0);
    parts.write.disabled = parts.download.disabled = !this.#run && !this.#checkpoint;
    if (this.#progress) {
      const { step, steps, epoch, loss, validationLoss, bestLoss, tokensPerSecond } =
        this.#progress;
      parts.progress.value = step / steps;
      parts.step.textContent = `${number(step)} of ${number(steps)}`;
      parts.epoch.textContent = epoch.toFixed(2);
      parts.loss.textContent = nats(loss);
      parts.validation.textContent =
        validationLoss === bestLoss
          ? nats(validationLoss)
          : `${nats(validationLoss)}, best ${nats(bestLoss)}`;
      parts.speed.textContent = number(tokensPerSecond);
    }
    parts.left.textContent = {
      waiting: "",
      running: this.#progress ? duration(this.#seconds) : "reading the text…",
      paused: "paused",
      stopped: "stopped",
      done: "finished",
      failed: "ended",
    }[this.#state];
    this.#showSample();
  }

  #showSample() {
    const { slider, caption, sample } = this.#parts;
    slider.disabled = this.#samples.length < 2;
    if (this.#samples.length === 0) {
      caption.textContent = "none yet";
      return;
    }
    const { step, text } = this.#samples[slider.valueAsNumber];
    caption.textContent = `at step ${number(step)}`;
    slider.setAttribute("aria-valuetext", caption.textContent);
    if (sample.textContent !== text) sample.textContent = text;
  }

  // The model as a file, of a run or of what was kept of one.
  async #hand(use, { best }) {
    try {
      const bytes = this.#run ? await this.#run.save({ best }) : this.#checkpoint;
      const step = this.#progress?.step ?? 0;
      use(
        new File([bytes], `${this.#options.cell}-${this.#options.hidden}-step-${step}.safetensors`),
      );
    } catch (error) {
      this.#parts.alert.textContent = `${error.message}.`;
    }
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
    this.#run?.stop();
  }

  /** All that is needed to go on in another visit. */
  async plain() {
    const live = ["running", "paused"].includes(this.#state);
    return {
      options: this.#options,
      checkpoint: live ? await this.#run.checkpoint() : this.#checkpoint,
      curve: this.#curve.plain,
      samples: this.#samples,
      progress: this.#progress,
      done: this.#state === "done" || this.#state === "failed",
    };
  }
}

function save(file) {
  const link = element("a", { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
