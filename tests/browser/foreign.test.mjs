// Other programs' models on the page: dropped as they lie in their folder, one file or several, and
// asked for the vocabulary where none of the files has it.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { filesFolder, readFolder } from "../convert/helpers.mjs";
import { button, dropFiles, dropPath, field, generate, openPage } from "./helpers.mjs";

const understoodOf = (page) => page.locator("#models .understood");
const alertOf = (page) => page.locator("#models .alert");
const asking = (page) => page.locator("#models form.vocabulary");

/** What Node writes with the same model from the page's own settings. */
async function writtenInNode(files, options, prompt) {
  const model = await load(files, options);
  const text = await model.complete(prompt, { temperature: 0.8, length: 60, seed: 1 });
  const { understood } = model.info;
  model.free();
  return { text, understood };
}

async function assertWrites(page, files, options) {
  const { text, understood } = await writtenInNode(files, options, "he");
  await understoodOf(page).getByText(understood).waitFor();
  assert.equal(await alertOf(page).textContent(), "");
  assert.ok(await asking(page).isHidden());
  await page.locator("#controls details").evaluate((details) => (details.open = true));
  for (const [name, value] of Object.entries({ Temperature: 0.8, Length: 60, Seed: 1, Texts: 1 }))
    await field(page, name).fill(String(value));
  await field(page, "Prompt").fill("he");
  assert.equal(await generate(page), text);
}

test("a Keras file dropped with its vocabulary writes", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("keras-1-per-gate");
  await dropFiles(page, files);
  await assertWrites(page, files);
  assert.match(await page.locator("#models .choose").textContent(), /^model\.h5$/);
});

test("textgenrnn's weights write, with the average of a window that it reads", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("textgenrnn");
  await dropFiles(page, files);
  await assertWrites(page, files);
});

test("a network that reads from both ends writes, and has no units to look at", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("keras-2-both-then-one");
  await dropFiles(page, files);
  await assertWrites(page, files);
  await page.getByText("Look inside").first().click();
  await page.getByText("carries no state whose units could be looked at").waitFor();
});

test("an ml5 folder writes, and a shipped model takes its place", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("ml5-charrnn");
  await dropPath(page, join(filesFolder, "ml5-charrnn"));
  await assertWrites(page, files);
  await page.locator("#models .choose").click();
  await page.locator("#models .choice").first().click();
  await understoodOf(page).waitFor({ state: "hidden" });
});

test("a SavedModel's folder writes, and an empty one holds no file", async (t) => {
  const page = await openPage(t);
  const from = join(filesFolder, "tensorflow2-tutorial");
  const { files } = readFolder("tensorflow2-tutorial");
  const folder = await mkdtemp(join(tmpdir(), "inkling-folder-"));
  t.after(() => rm(folder, { recursive: true }));
  await dropPath(page, folder);
  await alertOf(page).getByText("What was dropped holds no file.").waitFor();
  await mkdir(join(folder, "variables"));
  for (const { name } of files)
    await cp(join(from, name), join(folder, /saved/.test(name) ? "" : "variables", name));
  await dropPath(page, folder);
  await assertWrites(page, files);
});

test("a vocabulary that no file has is asked for in place: as a file, or as text", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("pytorch-zip-state-dict");
  const model = files.filter(({ name }) => !/vocab/.test(name));
  const [vocabulary] = files.filter(({ name }) => /vocab/.test(name));
  const buffer = Buffer.from(vocabulary.bytes);
  await page
    .locator("#models input[multiple]")
    .setInputFiles(
      model.map(({ name, bytes }) => ({ name, mimeType: "", buffer: Buffer.from(bytes) })),
    );
  await alertOf(page).getByText("reads 9 tokens").waitFor();
  await asking(page).getByRole("textbox").fill("abc");
  await button(page, "Open with this").click();
  await alertOf(page).getByText("3 different characters").waitFor();
  await asking(page)
    .locator("input[type=file]")
    .setInputFiles({ name: "vocab.json", mimeType: "", buffer });
  await assertWrites(page, model, { vocabulary: vocabulary.bytes });

  await dropFiles(page, model);
  const text = "hello, world";
  await asking(page).getByRole("textbox").fill(text);
  await button(page, "Open with this").click();
  await assertWrites(page, model, { vocabularyOf: text });
});

test("a vocabulary, or the text that was learnt, that came before its model goes with it", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("pytorch-zip-state-dict");
  const model = files.filter(({ name }) => !/vocab/.test(name));
  const [vocabulary] = files.filter(({ name }) => /vocab/.test(name));
  await dropFiles(page, [vocabulary]);
  await alertOf(page).getByText("is a text").waitFor();
  await dropFiles(page, model);
  await assertWrites(page, model, { vocabulary: vocabulary.bytes });
  await understoodOf(page).getByText(`with ${vocabulary.name} for its vocabulary`).waitFor();

  await dropFiles(page, [{ name: "learnt.txt", bytes: Buffer.from("hello, world") }]);
  await alertOf(page).getByText("too little").waitFor();
  await dropFiles(page, model);
  await assertWrites(page, model, { vocabularyOf: "hello, world" });

  await dropFiles(page, [{ name: "other.txt", bytes: Buffer.from("hello") }]);
  await alertOf(page).getByText("too little").waitFor();
  await dropFiles(page, model);
  await alertOf(page).getByText("reads 9 tokens").waitFor(); // as if nothing had come before
  assert.ok(await asking(page).isVisible());
});

test("what is dropped while a vocabulary is asked for is taken for it, until that is given up", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("pytorch-zip-state-dict");
  const model = files.filter(({ name }) => !/vocab/.test(name));
  const [vocabulary] = files.filter(({ name }) => /vocab/.test(name));
  await dropFiles(page, model);
  await asking(page).waitFor();
  await dropFiles(page, [vocabulary]);
  await assertWrites(page, model, { vocabulary: vocabulary.bytes });

  await dropFiles(page, model);
  await asking(page).waitFor();
  const text = "hello, world";
  await dropFiles(page, [{ name: "learnt.txt", bytes: Buffer.from(text) }]);
  await assertWrites(page, model, { vocabularyOf: text });

  await dropFiles(page, model);
  await button(asking(page), "Cancel").click();
  await asking(page).waitFor({ state: "hidden" });
  assert.equal(await alertOf(page).textContent(), "");
  await dropFiles(page, [{ name: "mine.txt", bytes: Buffer.from("hello\n".repeat(40)) }]);
  await page.locator(".beside-facts").getByText("mine.txt").waitFor();
});

test("a text dropped with a model is what the model was trained on", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("keras-2-leaky");
  assert.equal(files[0].name, "input.txt");
  await dropFiles(page, files);
  await assertWrites(page, files);
  await dropFiles(page, files.slice(1));
  await alertOf(page).getByText("model.h5 cannot be opened: the model reads 9 tokens").waitFor();
});

test("what cannot be opened is named by the file that holds the model", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("tfjs-gru");
  await dropFiles(
    page,
    files.filter(({ name }) => !/vocab/.test(name)),
  );
  await alertOf(page).getByText("model.json cannot be opened").waitFor();
});

test("a network that is not computed here is refused by name, and the page goes on", async (t) => {
  const page = await openPage(t);
  const { files } = readFolder("onnx-fixed-lengths");
  await dropFiles(page, files);
  await alertOf(page).getByText("fixed sequence_lens").waitFor();
  assert.ok(await button(page, "Generate").isEnabled());
});
