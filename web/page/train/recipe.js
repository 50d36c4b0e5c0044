// What a run is trained with where nothing was asked for: chosen from how much there is to learn
// and how long it may take. Measured on books, names and plays: of these cells the GRU gets
// furthest in a minute; small batches make enough updates; dropout and averaged weights let a
// small text be gone through many times. All of this goes once train() chooses by itself.

import { train } from "../../inkling.js";

const BYTES_A_WORD = 6;
const WORDS = { level: "word", minCount: 2, maxVocabulary: 5000, embed: 64 };
const REGULAR = { variational: true, dropout: 0.3, weightDrop: 0.2, average: 0.99 };
const LONGEST_EPOCH = 500; // steps between validations at most
const FEWEST = 20; // characters
// By so many steps, or ms of them, and a part of a text the speed is measured, after the first few.
const TRIAL_STEPS = 200;
const TRIAL_MS = 1000;
const TRIAL_BYTES = 200_000;
const WARMING = 3;

/** Units by the characters of a text, which more minutes can make use of. */
function unitsFor(bytes, minutes) {
  if (bytes < 3_000) return 48;
  if (bytes < 20_000) return 96;
  if (bytes < 100_000) return 128;
  return minutes >= 20 ? 320 : minutes >= 4 ? 256 : 192;
}

function forText({ bytes, lines }, { level, minutes, batch, nchars }) {
  const tokens = bytes.length / (level === "word" ? BYTES_A_WORD : 1);
  if (bytes.length < FEWEST)
    throw new Error(`${bytes.length} characters are too few to learn from: at least ${FEWEST}`);
  // Windows enough for some updates an epoch, of what is not held out.
  const streams = batch ?? Math.max(1, Math.min(8, Math.floor(tokens / 150)));
  const window = nchars ?? Math.max(4, Math.min(100, Math.floor((0.4 * tokens) / streams)));
  const hidden = unitsFor(bytes.length, minutes);
  return {
    embed: 32,
    hidden,
    batch: streams,
    nchars: window,
    learningRate: 5e-3,
    lines,
    // Below, what is held out would be less than a stream has.
    validation: tokens < 200 ? 0 : 0.1,
    ...(level === "word" ? { ...WORDS, minCount: tokens < 2000 ? 1 : 2 } : {}),
    ...REGULAR,
    mostEpochs: Math.max(10, Math.min(200, Math.round(2e6 / tokens))),
    epochSteps: (0.9 * tokens) / (streams * window),
  };
}

const rowsOf = (bytes) => bytes.reduce((count, byte) => count + (byte === 10), 0);

function forExamples(task, { bytes }) {
  const rows = rowsOf(bytes);
  const few = rows < 100;
  const batch = Math.max(1, Math.min(rows < 2000 ? 10 : 32, rows));
  const all = {
    batch,
    hidden: few ? 32 : rows < 3000 ? 64 : 128,
    embed: few ? 16 : 32,
    learningRate: few ? 1e-2 : 4e-3,
    validation: few ? 0 : 0.1,
    mostEpochs: few ? 60 : rows < 3000 ? 40 : 15,
    epochSteps: rows / batch,
  };
  if (task === "classifier") return { ...all, bag: 4 };
  if (task === "captioner")
    return { ...all, level: "word", shift: 2, brightness: 0.1, contrast: 0.2, channels: 16 };
  return { ...all, hidden: few ? 64 : 96, mostEpochs: few ? 150 : all.mostEpochs };
}

/** Steps a second that a run with these options makes here, once it is warm. */
async function speedOf({ minutes, ...options }, { bytes, pictures, from }) {
  const cut = options.task === "generator" ? bytes.subarray(0, TRIAL_BYTES) : bytes;
  const trial = { ...options, pictures, from, steps: TRIAL_STEPS, sampleEvery: 0, validation: 0 };
  const times = [];
  for await (const { step } of train(cut, trial)) {
    if (step > WARMING) times.push(performance.now());
    if (times.length > 1 && times.at(-1) - times[0] > TRIAL_MS) break;
  }
  return (1000 * (times.length - 1)) / Math.max(times.at(-1) - times[0], 1);
}

/**
 * The options of a run on `material`, { bytes, lines, pictures }: those that are asked for, which
 * stay, and the others as they suit it. In place of `minutes` come the steps for which they last.
 */
export async function suited({ minutes, epochs, ...asked }, material) {
  const { task } = asked;
  const chosen =
    task === "generator" ? forText(material, { minutes, ...asked }) : forExamples(task, material);
  const { mostEpochs, epochSteps, ...options } = { ...chosen, ...asked };
  if (epochSteps > LONGEST_EPOCH) options.validateEvery = LONGEST_EPOCH;
  if (epochs !== undefined) return { ...options, epochs };
  const wanted = Math.ceil(mostEpochs * Math.max(1, epochSteps));
  const perSecond = await speedOf(options, material);
  return {
    ...options,
    steps: Math.max(10, Math.min(wanted, Math.floor(57 * minutes * perSecond))),
  };
}
