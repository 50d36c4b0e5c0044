// How the network of step 2 learns to spell: "hello" by a plain RNN of four units, in windows that
// begin with the zero state, as the diagram does. Also the reading of its weights from its file.

import { train } from "../../inkling.js";
import { PLAIN } from "./plain.js";

export const WORD = "hello";
export const UNITS = 4;
export const STEPS = 300;

const TEXT = WORD.repeat(40);

/** A run; whatever the seed, the network spells the word in the end: a test tries many. */
export const spell = (seed) =>
  train(TEXT, {
    ...PLAIN,
    cell: "rnn",
    hidden: UNITS,
    batch: 4,
    nchars: 2 * WORD.length,
    resetState: true,
    steps: STEPS,
    learningRate: 0.05,
    seed,
  });

/** What it says after each letter, and with which probabilities: of every letter, by its name. */
export async function listen(model) {
  const session = await model.session();
  const heard = [];
  for (const letter of WORD.slice(0, -1)) {
    await session.feed(letter);
    const candidates = await session.distribution();
    const p = new Map(candidates.map((one) => [one.token, one.modelProbability]));
    heard.push({ letter, said: candidates[0].token, p });
  }
  session.free();
  return heard;
}

/** The tensors of a safetensors file of 32-bit floats, by name: { shape, values }. */
export function tensorsOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Number(view.getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + size)));
  const floats = Object.entries(header).filter(([, { dtype }]) => dtype === "F32");
  return Object.fromEntries(
    floats.map(
      ([
        name,
        {
          shape,
          data_offsets: [from, to],
        },
      ]) => {
        const data = bytes.slice(8 + size + from, 8 + size + to);
        return [name, { shape, values: new Float32Array(data.buffer) }];
      },
    ),
  );
}
