// Training with relaxed SIMD, which not every engine has and Node 20 has behind a flag.

import assert from "node:assert/strict";
import { test } from "node:test";
import { load, train } from "../../dist/inkling.js";
import { RELAXED_MODULE } from "../../web/builds.js";
import { haveRelaxed } from "./helpers.mjs";

const TEXT = "the quick brown fox jumps over the lazy dog\n".repeat(120);
const OPTIONS = { hidden: 40, embed: 7, batch: 7, nchars: 22, steps: 30, seed: 3, sampleEvery: 0 };
const DROPPED = { dropout: 0.3, weightDrop: 0.2, average: 0.9 };

async function finish(options) {
  const run = train(TEXT, { ...OPTIONS, ...options });
  const losses = [];
  for await (const { loss } of run) losses.push(loss);
  return { losses, run };
}

test("where there is none, it is refused by name, and not missed", async () => {
  if (WebAssembly.validate(RELAXED_MODULE)) return;
  await assert.rejects(finish({ kernel: "relaxed" }), {
    code: "argument",
    message: /relaxed SIMD/,
  });
  const { run } = await finish({ steps: 1 });
  assert.equal((await run.info()).metadata.kernels, "simd");
});

test("it trains as the others do to rounding, and is taken where it is", async () => {
  haveRelaxed();
  for (const options of [
    { cell: "lstm" },
    { cell: "gru", ...DROPPED },
    { cell: "rnn", layers: 2 },
  ]) {
    const relaxed = await finish({ ...options, kernel: "relaxed" });
    const again = await finish({ ...options, worker: true });
    assert.deepEqual(again.losses, relaxed.losses);
    for (const kernel of ["simd", "scalar"]) {
      const other = await finish({ ...options, kernel });
      assert.equal((await other.run.info()).metadata.kernels, kernel);
      relaxed.losses.forEach((loss, i) =>
        assert.ok(Math.abs(loss / other.losses[i] - 1) < 1e-4, `${kernel}, step ${i + 1}`),
      );
    }
    const info = await relaxed.run.info();
    assert.equal(info.kernel, "relaxed");
    assert.equal(info.metadata.kernels, "relaxed");
  }
});

test("a sample while it trains, and its model on every build, are the same text", async () => {
  haveRelaxed();
  const often = { validation: 0.1, validateEvery: 30, steps: 30, sampleLength: 60 };
  const run = train(TEXT, { ...OPTIONS, ...DROPPED, ...often, kernel: "relaxed" });
  let sample;
  for await (const progress of run) sample = progress.sample ?? sample;
  const bytes = await run.save({ best: false });
  const texts = [];
  for (const kernel of ["simd", "scalar"]) {
    const model = await load(bytes, { kernel });
    texts.push(await model.complete("", { temperature: 0.8, seed: 30, length: 60 }));
    model.free();
  }
  assert.deepEqual(texts, [sample, sample]);
});
