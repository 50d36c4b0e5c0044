// The other tasks, by the models that ship with their examples: how many texts the module
// classifies and translates, and pictures it captions, in a second, greedily and one after another.

import { median } from "./measure.mjs";

const VERBS = { classifier: "classify", translator: "translate", captioner: "caption" };
const SIDE = 32; // pixels, as many as the shipped captioner reads
const COLOURS = [
  [222, 60, 50],
  [70, 160, 70],
  [250, 200, 60],
  [60, 110, 220],
];

/** A disc of a colour on white, as a Picture. */
function disc(colour) {
  const data = new Uint8Array(SIDE * SIDE * 3).fill(255);
  const centre = (SIDE - 1) / 2;
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (Math.hypot(x - centre, y - centre) < 0.4 * SIDE) data.set(colour, 3 * (y * SIDE + x));
    }
  }
  return { data, width: SIDE, height: SIDE };
}

/**
 * Of models/index.json the models that do not generate:
 * { file, name, task (the verb), examples (texts or Pictures) }.
 */
export function tasksOf(index) {
  return index
    .filter(({ task }) => VERBS[task])
    .map(({ file, task, examples }) => ({
      file,
      name: file.replace(/\.safetensors$/, ""),
      task: VERBS[task],
      examples: examples ?? COLOURS.map(disc),
    }));
}

async function secondsOf(work) {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

/**
 * How many examples are done in a second of at least so many; and what share of that their encoding
 * is, which is measured alone, example by example in between.
 */
async function measure(examples, { whole, encode, seconds }) {
  const spent = { whole: 0, encoding: 0 };
  let done = 0;
  for (; spent.whole < seconds; done++) {
    const example = examples[done % examples.length];
    spent.whole += await secondsOf(() => whole(example));
    if (encode) spent.encoding += await secondsOf(() => encode(example));
  }
  return { rate: done / spent.whole, share: spent.encoding / spent.whole };
}

/** The row of one of tasksOf(). `source` is its model file, for the module's `load`. */
export async function benchTask({ name, task, examples }, { load, source, rounds, seconds }) {
  const model = await load(source, { worker: true });
  const session = await model.session();
  const verbs = {
    classify: (text) => model.classify(text),
    translate: (source) => model.complete("", { source, temperature: 0 }),
    caption: (source) => model.complete("", { source, temperature: 0 }),
  };
  const encode = task === "classify" ? undefined : (source) => session.start(source);
  const measured = [];
  for (let round = -1; round < rounds; round++) {
    const one = await measure(examples, { whole: verbs[task], encode, seconds });
    if (round >= 0) measured.push(one);
  }
  session.free();
  model.free();
  const row = {
    task,
    network: name,
    program: "inkling",
    weights: "int8",
    streams: 1,
    examplesPerSecond: median(measured.map(({ rate }) => rate)),
  };
  return encode ? { ...row, encoder: median(measured.map(({ share }) => share)) } : row;
}
