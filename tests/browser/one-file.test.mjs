// The page that is one file, opened as a double click opens it: from the disk, without a server.

import assert from "node:assert/strict";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { dist } from "../node/helpers.mjs";
import { button, completeInNode, field, generate, newPage, openPage, written } from "./helpers.mjs";

const tab = (page, name) => page.getByRole("tab", { name });

/** Opens it where nothing lies beside it. */
async function openAlone(t, hash = "") {
  const folder = await mkdtemp(join(tmpdir(), "inkling-one-file-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "lesson 1.html");
  await copyFile(join(dist, "inkling-in-one-file.html"), path);
  const page = await newPage(t);
  await page.goto(pathToFileURL(path).href + hash);
  return page;
}

test("the page that is one file writes what the other does", async (t) => {
  const page = await openAlone(t, "#model=shakespeare-counts&prompt=ROMEO:&length=60&seed=3");
  await page.locator("#generate:enabled").waitFor();
  await generate(page);
  const options = { length: 60, temperature: 0.8, seed: 3 };
  const expected = await completeInNode("shakespeare-counts.safetensors", "ROMEO:", options);
  assert.ok((await written(page)).endsWith(expected));
});

test("every tab of it has its example, and an answer", async (t) => {
  const page = await openAlone(t);
  await tab(page, "Translate").click();
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  await tab(page, "Classify").click();
  await page.locator("#classifying").getByText("Polish").first().waitFor();
  await tab(page, "Caption").click();
  await page.locator("#captioning").getByText("parameters").waitFor();
  await tab(page, "Learn").click();
  await page.locator("#learning h2").first().waitFor();
  assert.match(page.url(), /#tab=learn/);
});

test("it trains, and makes a page of what it has trained", async (t) => {
  const page = await openAlone(t, "#tab=train&sample=names");
  await button(page, "Train").click();
  await page.locator('.lane[data-state="running"]').waitFor();
  await page.locator("button:enabled").filter({ hasText: "Write with it" }).waitFor();
  await button(page, "Stop").click();
  await button(page, "Write with it").click();
  await page.locator("#generate:enabled").waitFor();
  await field(page, "Prompt").fill("ma");
  await page.locator("summary", { hasText: "Use it in your page" }).click();
  const saved = page.waitForEvent("download");
  await button(page, "Save as a page").click();
  const html = await readFile(await (await saved).path(), "utf8");
  assert.match(html, /<title>/);
  assert.ok(html.length > 100_000);
});

test("the foot of the page has it to take away, and it has not itself", async (t) => {
  const name = "the whole page in one file";
  const page = await openPage(t);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name }).click();
  assert.equal((await download).suggestedFilename(), "inkling-in-one-file.html");
  const alone = await openAlone(t);
  await alone.locator("#generate:enabled").waitFor();
  assert.equal(await alone.getByRole("link", { name }).count(), 0);
});
