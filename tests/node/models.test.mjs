// The shipped models: every build writes the same text from them, and they are as small as
// promised.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { dist, haveRelaxed, root, run } from "./helpers.mjs";

haveRelaxed();

const models = JSON.parse(await readFile(join(root, "models/index.json"), "utf8"));

const isGenerator = ({ task = "generator" }) => task === "generator";

// A picture that no one has seen: a disc on a ground that changes from corner to corner.
const [width, height] = [48, 40];
const data = new Uint8Array(3 * width * height);
for (let y = 0; y < height; y++) {
  for (let x = 0; x < width; x++) {
    const inside = (x - 24) ** 2 + (y - 20) ** 2 < 200;
    data.set(inside ? [230, 180, 20] : [200 + x, 255 - y, 220], 3 * (y * width + x));
  }
}
const picture = { data, width, height };

/** What the command makes of an example, in the form of the module's answer. */
async function natively(task, path, example, kernel) {
  const inkling = async (...args) =>
    (await run(join(root, "build/native/inkling"), [...args, "--kernel", kernel])).stdout;
  if (task === "classifier") {
    const listed = JSON.parse(await inkling("classify", path, example, "--top", "99", "--json"));
    return listed.map(({ label, probability }) => ({
      label,
      probability: Math.fround(probability),
    }));
  }
  if (task === "translator")
    return (await inkling("translate", path, example, "--beam", "1")).slice(0, -1);
  const folder = await mkdtemp(join(tmpdir(), "inkling-"));
  const ppm = join(folder, "picture.ppm");
  await writeFile(ppm, Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), data]));
  const caption = await inkling("caption", path, ppm);
  await rm(folder, { recursive: true });
  return caption.slice(0, -1);
}

for (const { file, task, examples = [picture] } of models.filter((entry) => !isGenerator(entry))) {
  test(`${file} is a ${task}, and does its examples alike on every build`, async (t) => {
    const answers = [];
    for (const kernel of ["scalar", "simd", "relaxed"]) {
      const model = await load(join(root, "models", file), { kernel });
      t.after(() => model.free());
      assert.equal(model.info.task, task);
      const answer = (text) =>
        task === "classifier" ? model.classify(text) : model.complete("", { source: text });
      answers.push(await Promise.all(examples.map(answer)));
    }
    assert.deepEqual(answers[1], answers[0]);
    const path = join(root, "models", file);
    for (const kernel of ["scalar", "simd", "auto"]) {
      for (const [i, example] of examples.entries()) {
        assert.deepEqual(
          await natively(task, path, example, kernel),
          answers[0][i],
          `${kernel}: ${example}`,
        );
      }
    }
  });
}

for (const { file, prompt } of models.filter(isGenerator)) {
  test(`every build writes the same text from ${file}`, async (t) => {
    const path = join(root, "models", file);
    const options = { length: 300, temperature: 0.8, seed: 1, samples: 30 };
    const texts = [];
    let ends;
    let words;
    for (const kernel of ["scalar", "simd", "relaxed"]) {
      const model = await load(path, { kernel });
      t.after(() => model.free());
      ends = model.info.metadata.end !== undefined;
      words = model.info.level === "word";
      if (!ends) options.samples = 1;
      texts.push((await model.complete(prompt, options)).join("\n"));
    }
    for (const kernel of ["scalar", "simd", "auto"]) {
      const args = Object.entries({ ...options, prompt, kernel }).flatMap(([name, value]) => [
        `--${name}`,
        `${value}`,
      ]);
      const { stdout } = await run(join(root, "build/native/inkling"), ["generate", path, ...args]);
      texts.push(stdout.slice(0, -1));
    }
    if (ends)
      assert.ok(
        texts[0].split("\n").every((name) => name.length < 15),
        "names, a line each",
      );
    else if (words) assert.ok(texts[0].split(/\s+/).length > 150, "words");
    else assert.equal([...texts[0]].length, 300);
    assert.ok(new Set(texts[0]).size > 10, "a text of some variety");
    for (const text of texts) assert.equal(text, texts[0]);
  });
}

test("the names open at once, and the build lists all models with their sizes", async () => {
  assert.ok((await stat(join(root, "models/names.safetensors"))).size < 400_000);
  const listed = JSON.parse(await readFile(join(dist, "models/index.json"), "utf8"));
  assert.deepEqual(
    listed.map(({ file }) => file),
    models.map(({ file }) => file),
  );
});
