// WebAssembly memory: given back after use, and survived when there is no more.

import assert from "node:assert/strict";
import { test } from "node:test";
import { InklingError, load } from "../../dist/inkling.js";
import { chooseBuild, openCore } from "../../dist/shared.js";
import { root, run } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

// The instance in which every model of this thread lives.
const core = await openCore(chooseBuild("auto"));
const memory = () => core.c.memory.buffer.byteLength;

test("1,000 rounds leave the memory no larger than 20 rounds", async () => {
  const good = makeModel({ hidden: 64, layers: 2 });
  const cut = good.slice(0, -1);
  const round = async () => {
    const model = await load(good);
    await model.complete("abc", { length: 20, stop: ["\n\n", "zz"], temperature: 0.5 });
    for await (const piece of model.generate("abc", { length: 1000 })) if (piece) break;
    await assert.rejects(model.complete("aXc"), { code: "vocabulary" });
    await assert.rejects(model.complete("a", { temperature: 200 }), { code: "argument" });
    await assert.rejects(model.complete("a", { signal: AbortSignal.abort() }));
    const session = await model.session();
    await session.feed("abc");
    const fork = await session.fork();
    await fork.restore(await session.save());
    await fork.distribution({ topK: 3 });
    await model.evaluate("abcabc");
    session.free(); // the fork is left to the model
    model.free();
    await assert.rejects(load(cut), { code: "format" });
    await assert.rejects(load(good, { vocabulary: ["a"] }), { code: "vocabulary" });
  };
  for (let i = 0; i < 20; i++) await round();
  const after20 = memory();
  for (let i = 20; i < 1000; i++) await round();
  assert.equal(memory(), after20);
});

test("no memory is an error, after which everything works", async () => {
  const bytes = makeModel({ hidden: 64 });
  const model = await load(bytes);
  const expected = await model.complete("abc", { length: 50 });
  const taken = [];
  // Only addresses are taken: pages that are never written cost nothing.
  for (const size of [2 ** 27, 2 ** 20, 2 ** 12, 64]) {
    try {
      for (;;) taken.push(core.allocate(size));
    } catch (error) {
      assert.ok(error instanceof InklingError && error.code === "memory", error.stack);
    }
  }
  await assert.rejects(load(bytes), { code: "memory" });
  await assert.rejects(load(new Uint8Array(2 ** 20)), { code: "memory" });
  await assert.rejects(model.complete("abc".repeat(10_000)), { code: "memory" });
  await assert.rejects(model.session(), { code: "memory" });
  for (const address of taken) core.c.ink_release(address);
  assert.equal(await model.complete("abc", { length: 50 }), expected);
  const again = await load(bytes);
  assert.equal(await again.complete("abc", { length: 50 }), expected);
  again.free();
  model.free();
});

test("a model that is freed gives the bytes of its file back, too", async () => {
  const script = `
    import { load } from "./dist/inkling.js";
    import { makeModel } from "./tests/node/make-model.mjs";
    const rest = () => new Promise((resolve) => setTimeout(resolve, 20));
    const held = async () => {
      for (let i = 0; i < 5; i++) { globalThis.gc(); await rest(); }
      return process.memoryUsage().arrayBuffers;
    };
    const models = [];
    const before = await held();
    for (let i = 0; i < 3; i++) models.push(await load(makeModel({ hidden: 1000 })));
    const during = await held();
    for (const model of models) model.free();
    const after = await held();
    console.log(JSON.stringify({ open: during - before, freed: after - before }), models.length);
  `;
  const options = ["--expose-gc", "--input-type=module", "-e", script];
  const { stdout } = await run(process.execPath, options, { cwd: root });
  const { open, freed } = JSON.parse(stdout.split(" ")[0]);
  assert.ok(open > 3e6 && freed < open / 10, stdout);
});
