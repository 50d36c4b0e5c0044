// Generation through the module and by its peers, in Node and in browsers: same weights, in turns,
// each checked to agree with the module before it is measured. And how fast the module reads
// prompts.

import { logProbabilities, makeSampler, readingSubject, rateOf, takeTurns } from "./measure.mjs";
import { modelFile, tensorsOf, weightsPerCharacter } from "./networks.mjs";
import { quantised, randomNumbers } from "./random-model.mjs";

const TEMPERATURE = 0.8;
const AGREEMENT = 1e-5; // of log-probabilities
const READ_BEFORE = 40; // characters, before it is compared: the window of tfjs's usual way
const PROMPT = 1000; // characters that are read at once
const AHEAD = 4; // pieces of text that may have been made before they are asked for

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The module's own generation of so many texts at once, in a worker, streamed as anyone gets it.
 */
function moduleSubject(model, prompt, streams) {
  const options = { temperature: TEMPERATURE, length: 2 ** 32 - 1, seed: 1, samples: streams };
  const pieces = model.generate(prompt, options);
  // The pieces of all streams come together, so they are counted together.
  const next = async () => {
    let characters = 0;
    for (let i = 0; i < streams; i++) characters += (await pieces.next()).value.text.length;
    return characters;
  };
  return {
    async run(seconds) {
      for (let i = 0; i < AHEAD; i++) await next();
      const rate = await rateOf(next, seconds);
      await pause(50); // until the worker has made what it may ahead, and rests
      return rate;
    },
    close: () => pieces.return(),
  };
}

/** Reading a prompt, in characters. */
async function readingPrompts(model, vocabulary) {
  const prompt = Array.from({ length: PROMPT }, (_, i) => vocabulary[i % vocabulary.length]).join(
    "",
  );
  const session = await model.session();
  const read = async () => {
    await session.reset();
    await session.feed(prompt);
    return PROMPT;
  };
  return { run: (seconds) => rateOf(read, seconds), close: () => session.free() };
}

function peerSubject(peer) {
  const sample = makeSampler(randomNumbers(2), TEMPERATURE);
  let id = 0;
  return {
    run: (seconds) =>
      rateOf(async () => {
        id = sample(await peer.step(id));
        return 1;
      }, seconds),
    close: () => peer.close(),
  };
}

/** The largest difference of log-probabilities after the same text. */
async function compare(model, network, peer) {
  const random = randomNumbers(3);
  const { vocabulary } = network;
  const ids = Array.from({ length: READ_BEFORE }, () => random() % vocabulary.length);
  let logits;
  for (const id of ids) logits = await peer.step(id);
  const theirs = logProbabilities(logits);
  const session = await model.session();
  await session.feed(ids.map((id) => vocabulary[id]).join(""));
  const distribution = await session.distribution({ count: vocabulary.length });
  session.free();
  const differences = distribution.map(({ token, modelProbability }) =>
    Math.abs(Math.log(modelProbability) - theirs[vocabulary.indexOf(token)]),
  );
  return Math.max(...differences);
}

/**
 * The rows of one network. `load` is the module's; `roofline` is the bytes of roofline.wasm;
 * `peers` are of peers/; `rounds` and `seconds` say how long to measure.
 */
export async function benchGeneration(network, { load, roofline, peers, rounds, seconds }) {
  const tensors = tensorsOf(network);
  const subjects = [];
  const rows = [];
  const add = (subject, row, task = "generate") => {
    subjects.push(subject);
    rows.push({ task, network: network.name, ...row });
  };
  const models = [];
  const bounds = [];
  const formats = { f32: [tensors, 4], int8: [quantised(tensors), 1] }; // and the bytes of a weight
  for (const [weights, [stored, size]] of Object.entries(formats)) {
    const model = await load(modelFile(stored), { worker: true });
    models.push(model);
    bounds.push(await readingSubject(roofline, weightsPerCharacter(network) * size));
    const row = { program: "inkling", weights, bound: bounds.length - 1 };
    for (const streams of [1, 8]) {
      add(moduleSubject(model, network.vocabulary[0], streams), { ...row, streams });
    }
    add(await readingPrompts(model, network.vocabulary), { ...row, streams: 1 }, "read");
  }
  const [model] = models;
  for (const { name, open } of network.embed ? [] : peers) {
    const peer = await open(network, tensors);
    if (!peer) continue;
    const difference = await compare(model, network, peer);
    if (!(difference <= AGREEMENT)) {
      throw new Error(`${name} and the module differ by ${difference} for ${network.name}`);
    }
    add(peerSubject(peer), { program: name, weights: "f32", streams: 1, difference });
  }

  const rates = await takeTurns([...subjects, ...bounds], { rounds, seconds });
  const reads = rates.slice(subjects.length);
  for (const subject of subjects) await subject.close();
  for (const each of models) each.free();
  return rows.map(({ bound, ...row }, i) => ({
    ...row,
    charactersPerSecond: rates[i],
    ...(bound !== undefined && { share: rates[i] / reads[bound] }),
  }));
}
