// The training panel: a text, a network or several that race, and what is seen of them while they
// learn. Every run has a worker of its own, so this thread does no more than draw.

import { createChart } from "./train-chart.js";
import { Lane } from "./train-lane.js";
import { keepRun, keepState, keptRun } from "./train-store.js";
import { createText } from "./train-text.js";

const form = document.querySelector("#train");
const find = (selector) => form.querySelector(selector);
const startButton = find(".start");
const pauseButton = find(".pause");
const stopButton = find(".end");
const alert = form.querySelector(":scope > .alert");
const kept = find(".kept");
const laneList = document.querySelector("#training .lanes");

const NUMBERS = [
  "hidden",
  "layers",
  "nchars",
  "epochs",
  "learningRate",
  "batch",
  "dropout",
  "validation",
  "sampleTemperature",
  "sampleEvery",
  "workers",
];
const SHOW_MS = 250;
const KEEP_MS = 15_000;
// Bytes of text of which n-grams are counted: seconds, and 45 bytes each.
const LARGEST_COUNTED = 3e6;
const LONGEST_EPOCH = 500; // steps between validations at most
// Of words: rarer ones are one word to the network, so that it knows what to make of those it never
// saw.
const WORDS = { level: "word", minCount: 2, maxVocabulary: 5000, embed: 64 };
const BYTES_A_WORD = 6;

/** `onModel(file)` is called with a model that is wanted for writing. */
export async function createTraining({ onModel }) {
  const chart = createChart();
  let lanes = [];
  let text; // { name, bytes } of the lanes
  let textKept = false; // in the store
  let keeping; // the promise of the last time that the state was kept
  let lines = false;
  let ngram; // { order, nats } of the text, once it has been counted

  const complain = (message) => (alert.textContent = message);
  const source = await createText({
    onChange(chosen) {
      lines = chosen.lines;
      complain("");
    },
    complain,
  });

  const any = (...states) => lanes.some((lane) => states.includes(lane.state));

  function showButtons() {
    const live = any("running", "paused");
    const paused = any("paused");
    startButton.disabled = live;
    stopButton.disabled = !live;
    pauseButton.disabled = !live && !lanes.some((lane) => lane.canGoOn);
    pauseButton.textContent = paused || !live ? "Resume" : "Pause";
    if (lanes.length === 0) pauseButton.textContent = "Pause";
  }

  const on = {
    onChange() {
      showButtons();
      if (!any("running")) keep();
    },
    onModel,
  };

  function setLanes(newLanes) {
    lanes = newLanes;
    laneList.replaceChildren(...lanes.map((lane) => lane.element));
    laneList.classList.toggle("race", lanes.length > 1);
    chart.show(lanes);
    if (lanes.length > 0) document.querySelector("#progress .token").textContent = lanes[0].token;
    showButtons();
  }

  // ---- Keeping it for another visit ----

  /** Puts everything into the store; a failure is said, and training goes on. */
  async function keep() {
    if (keeping) return keeping;
    const mine = lanes;
    keeping = (async () => {
      try {
        const plain = await Promise.all(mine.map((lane) => lane.plain()));
        if (mine !== lanes || plain.some(({ checkpoint }) => !checkpoint)) return;
        const state = { name: text.name, ngram, lanes: plain };
        await (textKept ? keepState(state) : keepRun(text.bytes, state));
        textKept = true;
        kept.textContent = `Kept in this browser at ${new Date().toLocaleTimeString()}.`;
      } catch (error) {
        const full = error?.name === "QuotaExceededError";
        const why = full
          ? "the browser gives no more room"
          : (error?.message ?? "the browser refuses");
        kept.textContent = `It cannot be kept for another visit (${why}). Training goes on.`;
      } finally {
        keeping = undefined;
      }
    })();
    return keeping;
  }

  setInterval(() => any("running") && keep(), KEEP_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && any("running", "paused")) keep();
  });

  async function restore() {
    const found = await keptRun();
    if (!found) return;
    const { state } = found;
    text = { name: state.name, bytes: found.text };
    textKept = true;
    ngram = state.ngram;
    setLanes(state.lanes.map(({ options, ...rest }) => new Lane(text, options, on, rest)));
    showNgram();
    kept.textContent = `This is the run on “${state.name}” that was kept in this browser.`;
  }

  // ---- The n-gram's line ----

  const legend = document.querySelector("#progress .ngram");

  function showNgram() {
    chart.level = ngram?.nats ?? null;
    legend.textContent = ngram
      ? `Dashed: ${ngram.nats.toFixed(3)} on what was held out, which a table of counts reaches without a network (the best n-gram, of ${ngram.order} ${lanes[0].token}s).`
      : "";
  }

  /** Has the first lane's worker count the text, before it begins to train. */
  async function countText() {
    const mine = text;
    if (lanes.length === 0 || text.bytes.length > LARGEST_COUNTED) return;
    try {
      const counted = await lanes[0].ngram();
      if (mine !== text) return;
      ngram = counted;
      showNgram();
    } catch (error) {
      // Nothing is held out, or the run itself has failed and its lane says so.
      if (!["text", "memory", "freed"].includes(error.code)) throw error;
    }
  }

  // ---- Training ----

  function optionsOf(cell) {
    const options = { cell, lines, seed: find("#trainSeed").valueAsNumber };
    for (const name of NUMBERS) options[name] = find(`#${name}`).valueAsNumber;
    const words = find("[name=level]:checked").value === "word";
    if (words) Object.assign(options, WORDS);
    const tokens = text.bytes.length / (words ? BYTES_A_WORD : 1);
    const steps = tokens / (options.batch * options.nchars); // of an epoch, about
    if (steps > LONGEST_EPOCH) options.validateEvery = LONGEST_EPOCH;
    options.trainedOn = text.name;
    return options;
  }

  async function start() {
    const cells = [...form.querySelectorAll("[name=cell]:checked")].map(({ value }) => value);
    if (cells.length === 0) return complain("Choose a cell: RNN, GRU or LSTM.");
    complain("");
    kept.textContent = "";
    startButton.disabled = true;
    try {
      text = await source.read();
      textKept = false;
      setLanes(cells.map((cell) => new Lane(text, optionsOf(cell), on)));
      ngram = undefined;
      showNgram();
      for (const lane of lanes) lane.train();
      await countText();
    } catch (error) {
      complain(`${error.message}.`);
      startButton.disabled = false;
    }
  }

  function pauseOrGoOn() {
    if (any("paused")) for (const lane of lanes) lane.resume();
    else if (any("running")) for (const lane of lanes) lane.pause();
    else for (const lane of lanes) if (lane.canGoOn) lane.train();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start();
  });
  pauseButton.addEventListener("click", pauseOrGoOn);
  stopButton.addEventListener("click", () => {
    for (const lane of lanes) lane.stop();
  });
  for (const input of form.querySelectorAll("details input")) {
    input.addEventListener("invalid", () => (input.closest("details").open = true));
  }
  setInterval(() => {
    if (!any("running") || form.offsetParent === null) return;
    chart.refresh();
    for (const lane of lanes) lane.show();
  }, SHOW_MS);

  try {
    await restore();
  } catch (error) {
    kept.textContent = `What was kept of an earlier run cannot be read: ${error.message}.`;
  }
}
