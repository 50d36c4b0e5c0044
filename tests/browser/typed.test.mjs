// What is typed under Train is not lost: neither by a reload, nor by what takes its place.

import assert from "node:assert/strict";
import { test } from "node:test";
import { button, dropFile, field, openPage } from "./helpers.mjs";

async function openTask(t, task = "generator") {
  const page = await openPage(t, { ready: false, hash: `#tab=train&task=${task}` });
  await page.locator(`#train [data-task=${task}]:visible`).waitFor();
  if (task === "generator") await page.locator("#train .samples .choice").first().waitFor();
  return page;
}

const goTo = (page, title) => page.locator("#train .tasks").getByText(title).click();
const valuesOf = (page, label) =>
  page.getByLabel(label, { exact: true }).evaluateAll((all) => all.map(({ value }) => value));
const undo = (page) => page.locator(".undo");

const countKept = (page) =>
  page.evaluate(async () => {
    const settled = (request) => new Promise((resolve) => (request.onsuccess = resolve));
    const request = indexedDB.open("inkling-training");
    await settled(request);
    const asked = request.result.transaction("drafts").objectStore("drafts").count();
    await settled(asked);
    request.result.close();
    return asked.result;
  });

/** Waits until drafts of so many tasks are kept. */
async function areKept(page, count) {
  for (let i = 0; (await countKept(page)) !== count; i++) {
    assert.ok(i < 100, `not ${count} are kept`);
    await page.waitForTimeout(50);
  }
}

test("what is typed for each task is there after a reload, until it is learnt or cleared", async (t) => {
  const page = await openTask(t);
  await page.getByRole("radio", { name: /^A text of your own/ }).check();
  const text = field(page, "Text to learn");
  await text.fill("she sells sea shells by the sea shore\n".repeat(30));
  await field(page, "Read it as").selectOption("one running text");
  await goTo(page, "Classes");
  await page.getByLabel("Its examples, one a line").first().fill("one line\nanother");
  await goTo(page, "Pairs");
  await button(page, "Clear the example").click();
  await field(page, "Read").fill("one\ntwo");
  await page.locator("#pairs-to").fill("1");
  await goTo(page, "Pictures");
  await page.getByLabel("What it shows", { exact: true }).first().fill("a pea");
  await areKept(page, 4);
  await page.reload();
  await page.locator("#train [data-task=captioner]:visible").waitFor();
  assert.equal((await valuesOf(page, "What it shows"))[0], "a pea");
  await goTo(page, "Pairs");
  assert.deepEqual(await valuesOf(page, "Read"), ["one\ntwo"]);
  assert.equal(await page.locator("#pairs-to").inputValue(), "1");
  await goTo(page, "Classes");
  assert.equal((await valuesOf(page, "Its examples, one a line"))[0], "one line\nanother");
  await goTo(page, "Writing");
  assert.match(await text.inputValue(), /^she sells/);
  assert.equal(await field(page, "Read it as").inputValue(), "false");

  // What is learnt is the run's.
  await page.locator(".more > summary").click();
  await field(page, "Epochs").fill("1");
  await page.locator("#train .start").click();
  await page.locator('.lane[data-state="done"]').waitFor();
  await areKept(page, 3);
  await text.fill("something else");
  await areKept(page, 4);
  await page.reload();
  await page.locator(".kept").filter({ hasText: "This is the run on" }).waitFor();
  await page.waitForFunction(
    () => document.querySelector("#train-text").value === "something else",
  );
});

test("what takes the place of a text is undone", async (t) => {
  const page = await openTask(t);
  await page.getByRole("radio", { name: /^A text of your own/ }).check();
  const text = field(page, "Text to learn");
  await text.fill("my own words");
  await dropFile(page, "poem.txt", Buffer.from("a poem"));
  await undo(page).getByText("poem.txt has taken the place of your text.").waitFor();
  await page.waitForFunction(() => document.querySelector("#train-text").value === "a poem");
  await button(page, "Undo").click();
  await undo(page).getByText("It is back.").waitFor();
  assert.equal(await text.inputValue(), "my own words");
});

test("what takes the place of examples, pairs and pictures is undone, in their task", async (t) => {
  const page = await openTask(t, "classifier");
  const examples = page.getByLabel("Its examples, one a line");
  await examples.first().fill("mine");
  await button(page, "Use the example").click();
  await undo(page).getByText("The example took the place of your examples.").waitFor();
  await goTo(page, "Pairs");
  await button(page, "Undo").click();
  await page.locator("#train [data-task=classifier]:visible").waitFor();
  assert.equal((await valuesOf(page, "Its examples, one a line"))[0], "mine");
  await button(page, "Remove the class").first().click();
  await undo(page).getByText("The class “cooking” is removed.").waitFor();
  await button(page, "Undo").click();
  assert.equal((await valuesOf(page, "Its examples, one a line"))[0], "mine");
  await dropFile(page, "rows.tsv", Buffer.from("a\tone\nb\ttwo\n"));
  await undo(page).getByText("rows.tsv took the place of your examples.").waitFor();
  await dropFile(page, "no.txt", Buffer.from("nothing is labelled here\n"));
  await page.locator("#train > .alert").filter({ hasText: "no.txt has" }).waitFor();
  await button(page, "Undo").click();
  assert.equal((await valuesOf(page, "Its examples, one a line"))[0], "mine");

  await goTo(page, "Pairs");
  await button(page, "Clear the example").click();
  await field(page, "Read").fill("mine");
  await button(page, "Use the example").click();
  await undo(page).getByText("The example took the place of your pairs.").waitFor();
  await button(page, "Undo").click();
  assert.deepEqual(await valuesOf(page, "Read"), ["mine"]);

  await goTo(page, "Pictures");
  const shows = page.getByLabel("What it shows", { exact: true });
  await shows.first().fill("mine");
  await button(page, "Use the example").click();
  await undo(page).getByText("The example took the place of your pictures.").waitFor();
  await button(page, "Undo").click();
  assert.equal(await shows.first().inputValue(), "mine");
  await button(page, "Remove the picture").first().click();
  assert.notEqual(await shows.first().inputValue(), "mine");
  await button(page, "Undo").click();
  assert.equal(await shows.first().inputValue(), "mine");
});
