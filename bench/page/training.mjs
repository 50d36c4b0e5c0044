// Training through the module, in Node and in browsers, in a worker of its own.

import { rateOf, takeTurns } from "./measure.mjs";
import { randomNumbers } from "./random-model.mjs";

const TEXT_CHARACTERS = 20_000;

/** The rows of one network. `train` is the module's. */
export async function benchTraining(network, { train, rounds, seconds }) {
  const { name, cell, layers, hidden, vocabulary, training } = network;
  const random = randomNumbers(1);
  const text = Array.from(
    { length: TEXT_CHARACTERS },
    (_, i) => vocabulary[i < vocabulary.length ? i : random() % vocabulary.length],
  ).join("");
  const run = train(text, {
    ...{ cell, layers, hidden, ...training },
    ...{ steps: 2 ** 31, validation: 0, sampleEvery: 0, worker: true },
  });
  const steps = run[Symbol.asyncIterator]();
  const step = async () => {
    await steps.next();
    return training.batch * training.nchars;
  };
  const [charactersPerSecond] = await takeTurns([{ run: (s) => rateOf(step, s) }], { rounds, seconds });
  run.stop();
  return [{ task: "train", network: name, program: "inkling", threads: 1, charactersPerSecond }];
}
