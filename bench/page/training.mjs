// Training through the module, in workers: the batch is split when there are several.

import { rateOf, takeTurns } from "./measure.mjs";
import { randomNumbers } from "./random-model.mjs";

const TEXT_CHARACTERS = 20_000;

// What is not said of a network it does without.
const PLAIN = { embed: 0, dropout: 0, weightDrop: 0, average: 0 };

/** The row of one network. `train` is the module's. */
export async function benchTraining(network, { train, workers, rounds, seconds }) {
  const { name, cell, layers, hidden, vocabulary, training } = network;
  const random = randomNumbers(1);
  const text = Array.from(
    { length: TEXT_CHARACTERS },
    (_, i) => vocabulary[i < vocabulary.length ? i : random() % vocabulary.length],
  ).join("");
  const run = train(text, {
    ...{ cell, layers, hidden, ...PLAIN, ...training },
    ...{ steps: 2 ** 32 - 1, validation: 0, sampleEvery: 0, worker: true, workers },
  });
  const step = async () => {
    const { done } = await run.next();
    if (done) throw new Error(`${name} has ended`);
    return training.batch * training.nchars;
  };
  const [charactersPerSecond] = await takeTurns([{ run: (s) => rateOf(step, s) }], {
    rounds,
    seconds,
  });
  run.stop();
  return {
    task: "train",
    network: name,
    program: "inkling",
    threads: workers,
    charactersPerSecond,
  };
}
