// What is tried everywhere: generation in this thread and in a worker, and training. Gives what
// came out of each, or what was wrong with it.

import { load, train } from "inkling";

async function generate(source, worker) {
  const model = await load(source, { worker });
  const text = await model.complete("em", { temperature: 0.8, seed: 5, samples: 3 });
  model.free();
  return text.join(" ");
}

async function learn() {
  const text = "she sells sea shells by the sea shore\n".repeat(50);
  const options = { hidden: 24, nchars: 20, batch: 4, learningRate: 0.02, steps: 200 };
  const run = train(text, { ...options, sampleEvery: 0 });
  let steps = 0;
  for await (const { step } of run) steps = step;
  const model = await run.model();
  const written = await model.complete("she sells", { temperature: 0, length: 10 });
  model.free();
  return `${steps} steps,${written}`;
}

export async function use(source) {
  const result = {};
  const tries = {
    generation: () => generate(source, false),
    worker: () => generate(source, true),
    training: learn,
  };
  for (const [name, attempt] of Object.entries(tries)) {
    try {
      result[name] = await attempt();
    } catch (error) {
      result[name] = `${error.name}: ${error.message}`;
    }
  }
  return result;
}
