// axe-core over every tab, in its states: nothing at all to complain of, of whatever rank, in the
// light, in the dark and on a phone.

import { test } from "node:test";
import { readFolder } from "../convert/helpers.mjs";
import {
  LOOKS,
  assertAccessible,
  button,
  dropFile,
  field,
  finished,
  openCards,
  openPage,
} from "./helpers.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });

const STATES = {
  async Learn(page) {
    for (let step = 0; step <= 13; step++) {
      await page.locator(".steps a").nth(step).click();
      await page.waitForURL((url) => url.hash.startsWith(`#tab=learn&step=${step}`));
      if (step === 0 || step === 13) await page.locator(".quiz").waitFor();
      else await page.locator(`.step-${step} > *`).first().waitFor();
      await assertAccessible(page, `Learn, step ${step}`);
    }
  },
  async Write(page) {
    await assertAccessible(page, "Write, at first");
    await openCards(page);
    await assertAccessible(page, "Write, choosing a model");
    await page.keyboard.press("Escape");
    await button(page, "Generate").click();
    await finished(page);
    await page.locator("#controls summary").click();
    await page.locator(".log").press("ArrowLeft");
    await page.getByRole("heading", { name: "What could have come" }).waitFor();
    await assertAccessible(page, "Write, looking at a character");
    await page
      .locator(".undock")
      .click({ timeout: 1000 })
      .catch(() => {}); // there on a phone
    await field(page, "Prompt").fill("漢");
    await page.locator("#generate").click();
    await page.locator("#prompt-problem button").first().waitFor();
    await dropFile(page, "none.safetensors", new Uint8Array(30));
    await page.locator("#models .alert:not(:empty)").waitFor();
    await assertAccessible(page, "Write, with problems");
    const { files } = readFolder("pytorch-zip-state-dict");
    const { name, bytes } = files.find(({ name }) => name.endsWith(".pth"));
    await dropFile(page, name, bytes);
    await button(page, "Open with this").waitFor();
    await assertAccessible(page, "Write, asked for a vocabulary");
  },
  async Classify(page) {
    await page.locator(".verdict", { hasText: /^Polish: / }).waitFor();
    await assertAccessible(page, "Classify");
  },
  async Translate(page) {
    await page.locator(".translation:not([aria-busy])").getByText("1979").waitFor();
    await field(page, "Beam width").fill("3");
    await page.keyboard.press("Enter");
    await page.locator(".hypotheses:visible").waitFor();
    await assertAccessible(page, "Translate, with a beam");
  },
  async Caption(page) {
    await page.locator(".written button").getByText("■").waitFor();
    await page.locator("#captioning summary").click();
    await assertAccessible(page, "Caption, drawing");
  },
  async Train(page) {
    await page.locator("#train .samples .choice").first().waitFor();
    await page.locator(".more > summary").click();
    await page.locator(".more details > summary").click();
    for (const task of ["Classes", "Pairs", "Pictures", "Writing"]) {
      await page.locator(".segments").getByText(task, { exact: true }).click();
      await assertAccessible(page, `Train, ${task}`);
    }
    await page.getByLabel("A text of your own").check();
    await field(page, "Text to learn").fill("she sells sea shells\n".repeat(40));
    for (const [name, value] of [
      ["Units a layer", 8],
      ["Epochs", 100_000],
      ["Seconds between samples", 1],
    ])
      await field(page, name).fill(String(value));
    await page.locator("#train .start").click();
    await page.locator('.lane[data-state="running"] button:enabled').first().waitFor();
    await page.locator(".sample.early:not(:empty)").waitFor();
    await assertAccessible(page, "Train, training");
    await page.locator("#train .end").click();
    await page.locator('.lane[data-state="stopped"]').waitFor();
    await assertAccessible(page, "Train, stopped");
  },
};

for (const [look, options] of Object.entries(LOOKS)) {
  for (const [name, go] of Object.entries(STATES)) {
    test(`${name} has nothing that axe-core objects to, ${look}`, async (t) => {
      const page = await openPage(t, options);
      await tab(page, name).click();
      await go(page);
    });
  }
}
