// The shipped models: every build writes the same text from them, and they are as small as promised.

import assert from "node:assert/strict";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.mjs";
import { dist, root, run } from "./helpers.mjs";

const models = JSON.parse(await readFile(join(root, "models/index.json"), "utf8"));

const isGenerator = ({ task = "generator" }) => task === "generator";

for (const { file, task, examples } of models.filter((entry) => !isGenerator(entry))) {
  test(`${file} is a ${task}, and does its examples alike on every build`, async (t) => {
    const answers = [];
    for (const kernel of ["scalar", "simd"]) {
      const model = await load(join(root, "models", file), { kernel });
      t.after(() => model.free());
      assert.equal(model.info.task, task);
      const answer = (text) => (task === "classifier" ? model.classify(text) : model.complete("", { source: text }));
      answers.push(await Promise.all((examples ?? []).map(answer)));
    }
    assert.deepEqual(answers[1], answers[0]);
  });
}

for (const { file, prompt } of models.filter(isGenerator)) {
  test(`every build writes the same text from ${file}`, async (t) => {
    const path = join(root, "models", file);
    const options = { length: 300, temperature: 0.8, seed: 1, samples: 30 };
    const texts = [];
    let ends;
    for (const kernel of ["scalar", "simd"]) {
      const model = await load(path, { kernel });
      t.after(() => model.free());
      ends = model.info.metadata.end !== undefined;
      if (!ends) options.samples = 1;
      texts.push((await model.complete(prompt, options)).join("\n"));
    }
    for (const kernel of ["scalar", "simd", "auto"]) {
      const words = Object.entries({ ...options, prompt, kernel }).flatMap(([name, value]) => [`--${name}`, `${value}`]);
      const { stdout } = await run(join(root, "build/native/inkling"), ["generate", path, ...words]);
      texts.push(stdout.slice(0, -1));
    }
    if (ends) assert.ok(texts[0].split("\n").every((name) => name.length < 15), "names, a line each");
    else assert.equal([...texts[0]].length, 300);
    assert.ok(new Set(texts[0]).size > 10, "a text of some variety");
    for (const text of texts) assert.equal(text, texts[0]);
  });
}

test("the names open at once, and the build lists all models with their sizes", async () => {
  assert.ok((await stat(join(root, "models/names.safetensors"))).size < 400_000);
  const listed = JSON.parse(await readFile(join(dist, "models/index.json"), "utf8"));
  assert.deepEqual(listed.map(({ file }) => file), models.map(({ file }) => file));
});
