// The other tasks, by the models that ship with their examples: how many texts the module
// classifies and translates, and pictures it captions, in a second, greedily and one after another.

import { rateOf, takeTurns } from "./measure.mjs";

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

function subject(examples, doExample) {
  let next = 0;
  const one = async () => {
    await doExample(examples[next++ % examples.length]);
    return 1;
  };
  return { run: (seconds) => rateOf(one, seconds) };
}

/** The row of one of tasksOf(). `source` is its model file, for the module's `load`. */
export async function benchTask({ name, task, examples }, { load, source, rounds, seconds }) {
  const model = await load(source, { worker: true });
  const session = await model.session();
  const whole = {
    classify: (text) => model.classify(text),
    translate: (source) => model.complete("", { source, temperature: 0 }),
    caption: (source) => model.complete("", { source, temperature: 0 }),
  };
  const subjects = [subject(examples, whole[task])];
  if (task !== "classify") subjects.push(subject(examples, (source) => session.start(source)));
  const [examplesPerSecond, encodedPerSecond] = await takeTurns(subjects, { rounds, seconds });
  session.free();
  model.free();
  const row = {
    task,
    network: name,
    program: "inkling",
    weights: "int8",
    streams: 1,
    examplesPerSecond,
  };
  return encodedPerSecond ? { ...row, encoder: examplesPerSecond / encodedPerSecond } : row;
}
