// What the core makes of converted models: the same probabilities as the plain forward pass, carried
// from token to token. Models that run in windows or have parts of their own are checked where the core
// runs those.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { convert, describe } from "../../web/convert/convert.js";
import { folders, readFolder } from "./helpers.mjs";
import { logSoftmax, newState, readOut, step } from "./reference.mjs";

/** Does a network go on token by token, with nothing but a table, layers and a read-out? */
const isPlain = (n) =>
  n.task === "generator" &&
  n.reads === "top" &&
  n.dense.length === 0 &&
  !n.padsLeft &&
  n.head.activation === "softmax" &&
  n.layers.every((layer) => !layer.reverse && !layer.initialH && !layer.initialC);

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused !== undefined) continue;
  const { network, vocabulary } = await describe(files, expected.options ?? {});
  if (!isPlain(network)) continue;
  test(`the core gives ${name}'s probabilities (${network.layers[0].cell})`, async () => {
    const model = await load((await convert(files, expected.options ?? {})).bytes);
    try {
      const session = await model.session();
      const hasStart = vocabulary.start !== undefined;
      const ids = hasStart ? expected.ids.slice(1) : expected.ids;
      await session.feed(ids.map((id) => vocabulary.tokens[id]).join(""));
      const state = newState(network);
      const logits = readOut(network, expected.ids.map((id) => step(network, state, id)).at(-1));
      const wanted = logSoftmax(network, logits).map(Math.exp);
      const candidates = await session.distribution({ count: wanted.length });
      const found = new Map(candidates.map(({ token, probability }) => [token, probability]));
      wanted.forEach((p, id) => {
        const token = vocabulary.tokens[id];
        const q = found.get(token);
        assert.ok(Math.abs(p - q) < 1e-5, `${JSON.stringify(token)}: ${q} for ${p}`);
      });
    } finally {
      model.free();
    }
  });
}
