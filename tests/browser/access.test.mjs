// axe-core over every tab, in its states: nothing at all to complain of, of whatever rank, in the
// light, in the dark and on a phone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../node/helpers.mjs";
import { readFolder } from "../convert/helpers.mjs";
import { button, dropFile, field, finished, openCards, openPage } from "./helpers.mjs";

const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

async function check(page, when) {
  // The page's policy lets no script in; a test gets one in beside it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  const found = violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 150)).join(" | ")}`;
  });
  assert.deepEqual(found, [], when);
}

const tab = (page, name) => page.getByRole("tab", { name, exact: true });

const STATES = {
  async Learn(page) {
    for (let step = 0; step <= 13; step++) {
      await page.locator(".steps a").nth(step).click();
      await page.waitForURL((url) => url.hash.startsWith(`#tab=learn&step=${step}`));
      if (step === 0 || step === 13) await page.locator(".quiz").waitFor();
      else await page.locator(`.step-${step} > *`).first().waitFor();
      await check(page, `Learn, step ${step}`);
    }
  },
  async Write(page) {
    await check(page, "Write, at first");
    await openCards(page);
    await check(page, "Write, choosing a model");
    await page.keyboard.press("Escape");
    await button(page, "Generate").click();
    await finished(page);
    await page.locator("#controls summary").click();
    await page.locator(".log").press("ArrowLeft");
    await page.getByRole("heading", { name: "What could have come" }).waitFor();
    await check(page, "Write, looking at a character");
    await page
      .locator(".undock")
      .click({ timeout: 1000 })
      .catch(() => {}); // there on a phone
    await field(page, "Prompt").fill("漢");
    await page.locator("#generate").click();
    await page.locator("#prompt-problem button").waitFor();
    await dropFile(page, "none.safetensors", new Uint8Array(30));
    await page.locator("#models .alert:not(:empty)").waitFor();
    await check(page, "Write, with problems");
    const { files } = readFolder("pytorch-zip-state-dict");
    const { name, bytes } = files.find(({ name }) => name.endsWith(".pth"));
    await dropFile(page, name, bytes);
    await button(page, "Open with this").waitFor();
    await check(page, "Write, asked for a vocabulary");
  },
  async Classify(page) {
    await page.getByText(/^Polish: /).waitFor();
    await check(page, "Classify");
  },
  async Translate(page) {
    await page.locator(".translation:not([aria-busy])").getByText("1979").waitFor();
    await field(page, "Beam width").fill("3");
    await page.keyboard.press("Enter");
    await page.locator(".hypotheses:visible").waitFor();
    await check(page, "Translate, with a beam");
  },
  async Caption(page) {
    await page.locator(".written button").getByText("■").waitFor();
    await page.locator("#captioning summary").click();
    await check(page, "Caption, drawing");
  },
  async Train(page) {
    await page.locator("#train .samples .choice").first().waitFor();
    await page.locator(".more > summary").click();
    await page.locator(".more details > summary").click();
    for (const task of ["Classes", "Pairs", "Pictures", "Writing"]) {
      await page.locator(".segments").getByText(task, { exact: true }).click();
      await check(page, `Train, ${task}`);
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
    await check(page, "Train, training");
    await page.locator("#train .end").click();
    await page.locator('.lane[data-state="stopped"]').waitFor();
    await check(page, "Train, stopped");
  },
};

for (const [look, options] of Object.entries({
  "on a desk in the light": { colorScheme: "light" },
  "on a phone in the dark": {
    colorScheme: "dark",
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  },
})) {
  for (const [name, go] of Object.entries(STATES)) {
    test(`${name} has nothing that axe-core objects to, ${look}`, async (t) => {
      const page = await openPage(t, options);
      await tab(page, name).click();
      await go(page);
    });
  }
}
