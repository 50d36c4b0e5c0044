// The task of step 9: a line opens with ( or [, then come four to twenty letters of no meaning, and
// it must close with the bracket that fits. What is to be known at the end was read at the
// beginning, and only the state can have carried it there.

import { train } from "../../inkling.js";
import { after, randomsOf } from "./parts.js";
import { PLAIN } from "./plain.js";

const LINES = 800;
const SHORTEST = 4;
export const LONGEST = 20; // letters between the brackets
export const STEPS = 1500;
export const CELLS = ["rnn", "lstm"];
const NUDGE = 0.01; // the length of the little change to a state
const DIRECTIONS = 8; // random ones, of which the mean is taken

const PAIRS = { "(": ")", "[": "]" };

function filler(random, length) {
  return Array.from({ length }, () => "abc"[Math.floor(3 * random())]).join("");
}

function linesOf(seed) {
  const random = randomsOf(seed);
  return Array.from({ length: LINES }, () => {
    const open = random() < 0.5 ? "(" : "[";
    const length = SHORTEST + Math.floor(random() * (LONGEST - SHORTEST + 1));
    return `${open}${filler(random, length)}${PAIRS[open]}\n`;
  }).join("");
}

/** A run of 16 units on the task. */
export const learn = (cell, seed) =>
  train(linesOf(seed), {
    ...PLAIN,
    cell,
    hidden: 16,
    batch: 16,
    nchars: 48,
    steps: STEPS,
    learningRate: 0.02,
    seed,
  });

/** The probability that the fitting bracket has among both, after the longest filler: the mean. */
export async function fits(model) {
  const session = await model.session();
  const random = randomsOf(1);
  let sum = 0;
  let count = 0;
  for (const [open, close] of Object.entries(PAIRS)) {
    for (let i = 0; i < 4; i++) {
      const candidates = await after(session, `\n${open}${filler(random, LONGEST)}`);
      const p = (bracket) => candidates.find(({ token }) => token === bracket).modelProbability;
      sum += p(close) / (p(")") + p("]"));
      count++;
    }
  }
  session.free();
  return sum / count;
}

/** A state a little beside another, NUDGE away in a random direction of all its units. */
function nudge(/** @type {Record<string, Float32Array>} */ state, random) {
  // Nearly normal, so that no direction is preferred.
  const normal = () => random() + random() + random() + random() - 2;
  const names = Object.keys(state);
  const steps = names.map((name) => Array.from(state[name], normal));
  const scale = NUDGE / Math.hypot(...steps.flat());
  return Object.fromEntries(
    names.map((name, k) => [name, state[name].map((x, i) => x + scale * steps[k][i])]),
  );
}

/**
 * How much a nudge to the state, so many letters back, still moves the last prediction: the length
 * of the gradient, measured. An array over the distance, 1 for the state at the end.
 */
export async function influence(model) {
  const session = await model.session();
  const random = randomsOf(2);
  const text = `(${filler(random, LONGEST)}`;
  const states = [];
  await session.feed("\n");
  for (const letter of text) {
    await session.feed(letter);
    states.push(await session.state());
  }
  const probabilities = async () => {
    const found = await session.distribution();
    return new Map(found.map(({ token, modelProbability }) => [token, modelProbability]));
  };
  const own = await probabilities();
  const moves = [];
  for (let back = 0; back <= LONGEST; back++) {
    const rest = text.slice(text.length - back);
    let sum = 0;
    for (let i = 0; i < DIRECTIONS; i++) {
      await session.setState(nudge(states[states.length - 1 - back], random));
      if (rest) await session.feed(rest);
      const now = await probabilities();
      sum += Math.hypot(...[...now].map(([token, p]) => p - own.get(token)));
    }
    moves.push(sum);
  }
  session.free();
  return moves.map((move) => move / moves[0]);
}
