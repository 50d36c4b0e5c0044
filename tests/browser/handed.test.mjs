// What a training run hands over, as a file or to the tab that uses it: the network that its last
// sample is of, also after a reload.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { button, field, openPage } from "./helpers.mjs";

const lane = (page) => page.locator(".lane");
const sample = (page) => page.getByLabel("What it wrote", { exact: true });
const isDone = (page) => page.locator('.lane[data-state="done"]').waitFor({ timeout: 60_000 });
const isKept = (page) =>
  page.locator(".kept").filter({ hasText: "Kept in this browser" }).waitFor();
const isBack = (page) => page.locator(".kept").filter({ hasText: "This is the run on" }).waitFor();

/** Begins to learn a text of one's own. */
async function begin(t, text, fields) {
  const page = await openPage(t, { ready: false, hash: "#tab=train" });
  await page.locator("#train .samples .choice").first().waitFor();
  await page.getByRole("radio", { name: /^A text of your own/ }).check();
  await field(page, "Text to learn").fill(text);
  await page.locator(".more").evaluate((more) => {
    for (const details of [more, ...more.querySelectorAll("details")]) details.open = true;
  });
  const all = { Layers: 1, "Learning rate": 0.01, "Streams (batch)": 4, Window: 16, ...fields };
  for (const [name, value] of Object.entries({ ...all, "Workers each": 1 }))
    await field(page, name).fill(String(value));
  await page.locator("#train .start").click();
  return page;
}

/** Learns one to the end. */
async function learn(t, text, fields) {
  const page = await begin(t, text, fields);
  await isDone(page);
  await isKept(page);
  return page;
}

/** What the network writes that Download gives, as its run writes its last sample. */
async function downloaded(page) {
  const waiting = page.waitForEvent("download");
  await button(page, "Download").click();
  const model = await load(readFileSync(await (await waiting).path()));
  const text = await model.complete("", { length: 200, temperature: 0.8, seed: 1 });
  const { bytes } = model.info;
  model.free();
  return { text, bytes };
}

const POEM = `The kettle sings a copper song,
the window holds the rain,
a slow grey cat walks all night long
along the counterpane.
The letters that I never sent
lie folded in the drawer,
and where the winter swallows went
I do not ask them more.
`;

/** All of the line over the last sample is seen, on whatever screen, with its slider. */
async function isReadable(page) {
  const before = page.viewportSize();
  for (const width of [1280, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    const top = (await sample(page).boundingBox()).y;
    for (const part of ["label", "input", "output"]) {
      const box = await lane(page).locator(`.scroll ${part}`).boundingBox();
      assert.ok(box.y + box.height <= top, `${part} at ${width}`);
      assert.ok(part !== "input" || box.width >= 60, `a slider of ${box.width} at ${width}`);
    }
  }
  await page.setViewportSize(before);
}

test("of a short text the last network is handed over, which knows it; that is said", async (t) => {
  const page = await learn(t, POEM, { "Units a layer": 64, Epochs: 500 });
  await lane(page).getByText("what you are handed: the network as it was last").waitFor();
  await isReadable(page);
  assert.ok(await button(page, "Write with both").isHidden(), "there is no table to compare with");
  const shown = await sample(page).textContent();
  const words = new Set(POEM.split(/\W+/));
  const written = shown.split(/\W+/).slice(1, -1);
  const known = written.filter((word) => words.has(word)).length;
  assert.ok(known >= 0.7 * written.length, `${known} of ${written.length}: ${shown}`);
  const { text, bytes } = await downloaded(page);
  assert.equal(text, shown);
  const parameters = await lane(page).locator(".bar .hint").textContent();

  await page.reload();
  await isBack(page);
  assert.deepEqual(await downloaded(page), { text, bytes });
  assert.equal(await lane(page).locator(".bar .hint").textContent(), parameters);
  await lane(page).getByText(`The text has ${POEM.length} characters`).waitFor();
  await lane(page).getByText("what you are handed: the network as it was last").waitFor();
});

test("where some is held out it is the best on that, before a reload and after it", async (t) => {
  // Of no pattern at all, so that what is learnt by heart makes it worse.
  const text = Array.from({ length: 3500 }, (_, i) => "abcdefgh "[(i * i * 7919 + (i % 89)) % 9]);
  const fields = { "Units a layer": 64, Epochs: 30, "Held out": 0.1 };
  const page = await learn(t, text.join(""), fields);
  const caption = lane(page).getByText("what you are handed: the best on what was held out");
  await caption.waitFor();
  const of = Number((await caption.textContent()).match(/step ([\d,]+)$/)[1].replace(",", ""));
  const last = (await lane(page).locator(".figures dd").first().textContent()).split(" ")[0];
  assert.ok(of < Number(last.replace(",", "")), `${of} of ${last}`);
  const before = await downloaded(page);
  assert.equal(before.text, await sample(page).textContent());
  await page.reload();
  await isBack(page);
  const after = await downloaded(page);
  assert.equal(after.text, before.text);
  await button(page, "Write with it").click();
  await page.locator("#models .facts").filter({ hasText: "1 layer of 64" }).waitFor();
});

test("a network that a table is still better than writes together with it, at one press", async (t) => {
  const words = ["春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少", "白日依山尽"];
  const lines = Array.from({ length: 300 }, (_, i) => words[(i * i * 7919 + (i % 89)) % 5]);
  const text = `${"=".repeat(70)}\n${lines.join("，")}`;
  const page = await learn(t, text, { "Units a layer": 4, Epochs: 1, "Held out": 0.1 });
  await lane(page).getByText("Most often both together write better than either.").waitFor();
  await button(page, "Write with both").click();
  await page
    .locator("#beside")
    .getByText(/^春眠不觉晓.*…\.txt: \d/)
    .waitFor();
  await page.locator("#stop:disabled").waitFor();
  // It begins with a few characters, not with the line of signs or as long as words with blanks.
  assert.equal(await field(page, "Prompt").inputValue(), text.slice(71, 75));
  const written = await page.locator(".log samp").allTextContents();
  const known = words.filter((word) => written.join("").includes(word));
  assert.ok(known.length >= 3, written.join(""));
  assert.ok(await page.locator("#countsWeight").isVisible());
});

test("while there is one sample it is shown once", async (t) => {
  const page = await begin(t, POEM.repeat(60), {
    "Units a layer": 16,
    Epochs: 1000,
    "Seconds between samples": 1,
  });
  const one = await page.waitForFunction(() => {
    const caption = document.querySelector(".lane .scroll output")?.textContent ?? "";
    return caption.startsWith("at step") && { hidden: document.querySelector(".first").hidden };
  });
  assert.deepEqual(await one.jsonValue(), { hidden: true });
  await lane(page).getByText("At first, at step").waitFor();
  await page.locator("#train .end").click();
});

test("a run that was interrupted is told of wherever the page is opened anew, until it ends", async (t) => {
  const page = await begin(t, POEM.repeat(20), { Epochs: 4000, "Units a layer": 16 });
  const told = (at) => at.getByText("The training on “The kettle sings a…” was interrupted.");
  await page.waitForFunction(() => localStorage.getItem("inkling-interrupted-run") !== null);
  const other = await page.context().newPage();
  await other.goto(page.url().split("#")[0]);
  await other.locator("#generate:enabled").waitFor();
  assert.equal(await told(other).count(), 0, "it goes on in a window");
  await page.close();
  await other.reload();
  await told(other).waitFor();
  await button(other, "Go on under Train").click();
  await isBack(other);
  assert.match(await button(other, "Resume").getAttribute("class"), /primary/);
  await button(other, "Resume").click();
  await other.locator('.lane[data-state="running"]').waitFor();
  await button(other, "Stop").click();
  await other.waitForFunction(() => localStorage.getItem("inkling-interrupted-run") === null);
});
