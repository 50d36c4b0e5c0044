// Every kind of text that the command and the module are tried with (tests/doors/), through the
// page: opened to be learnt it means what the plain text means, after asking where it is of another
// encoding, or is refused with a word; and typed as a prompt it is read as what it looks like.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { test } from "node:test";
import { ALIKE, makeReaders } from "../doors/alike.mjs";
import { kinds } from "../doors/kinds.mjs";
import { field, openPage, written } from "./helpers.mjs";

const NAMES = ["Élodie", "Zoë", "Jürgen", "Anna", "Noël", "Ana Lúcia", "Bert", "Çelik"];
const lines = (make) => Array.from({ length: 40 }, (_, i) => make(NAMES[i % 8], i)).join("");

/** Of each task that learns from files of text: a plain one. */
const PLAIN = {
  generator: lines((name) => `${name} aime l'été à Nîmes.\n`),
  classifier: lines((name, i) => `${i % 2 ? "été" : "hiver"}\t${name}\n`),
  translator: lines((name) => `${name}\t${name.toUpperCase()}\n`),
};
const PANEL = { generator: "write", classifier: "classify", translator: "translate" };

/** What stands in the fields of the task shown, as training will read it. */
const inFields = (panel) =>
  panel.evaluate((root) =>
    [...root.querySelectorAll("textarea, .box input")].map(({ value }) => value.normalize()),
  );

/** The first words of the page's alert, once there are any; else what `otherwise` gives first. */
async function firstOf(alert, otherwise) {
  const said = alert.filter({ hasText: /./ }).waitFor();
  said.catch(() => {}); // the other was first
  return Promise.race([said.then(() => alert.textContent()), otherwise()]);
}

/** Opens a file for a task and agrees to what is asked. Gives { error } or { asked }. */
async function openText(page, panel, bytes) {
  const alert = page.locator("#train > .alert");
  await alert.evaluate((place) => place.replaceChildren());
  await panel.locator(".facts").evaluate((place) => (place.textContent = ""));
  const file = { name: "text.txt", mimeType: "text/plain", buffer: bytes };
  await panel.locator('input[type="file"]').setInputFiles(file);
  const facts = panel.locator(".facts").filter({ hasText: "text.txt" });
  const opened = () => facts.waitFor().then(() => undefined);
  const said = await firstOf(alert, opened);
  if (said === undefined) return {};
  const read = alert.locator("button").first();
  if ((await read.count()) === 0) return { error: said };
  await read.click();
  await opened();
  return { asked: said };
}

/** Trains on what was opened to write; gives the model's bytes, or { error }. */
async function learn(page) {
  const alert = page.locator("#train > .alert, .lane .alert").filter({ hasText: /./ });
  // The last run's lane stays until the next one's stands.
  await page
    .locator(".lane")
    .evaluateAll((all) => all.forEach((lane) => (lane.className += " old")));
  await page.locator("#train .start:enabled").click();
  const lane = page.locator(".lane:not(.old)");
  const done = page.locator('.lane:not(.old)[data-state="done"]');
  const failed = alert
    .first()
    .waitFor()
    .then(() => alert.first().textContent());
  const error = await Promise.race([done.waitFor(), failed]);
  failed.catch(() => {});
  if (error) return { error };
  const download = page.waitForEvent("download");
  await lane.getByRole("button", { name: "Download" }).click();
  return { bytes: await readFile(await (await download).path()) };
}

test("every kind of text, opened to be learnt, is what it means or is refused", async (t) => {
  const link = "#tab=train&cell=gru&units=6&epochs=1&batch=2&window=8&workers=1&seed=1&held=0";
  const page = await openPage(t, { hash: link, ready: false });
  await page.locator("#train .samples .choice").first().waitFor();
  await page.getByLabel("A text of your own").check();
  let cases = 0;
  for (const [task, plain] of Object.entries(PLAIN)) {
    await page.locator(`#train label:has([name=task][value=${task}])`).click();
    const panel = page.locator(`#train [data-task=${task}]`);
    const result = async () => (task === "generator" ? learn(page) : inFields(panel));
    let wanted;
    for (const kind of kinds.filter(({ only }) => !only || only.includes(task))) {
      const where = `${PANEL[task]}: ${kind.kind}`;
      cases++;
      const { error, asked } = await openText(page, panel, kind.make(plain));
      if (kind.same || kind.encoding) {
        assert.equal(error, undefined, where);
        const isUnsure = kind.encoding !== undefined && !kind.marked;
        assert.equal(asked !== undefined, isUnsure, `${where}: ${asked}`);
        const got = await result();
        assert.equal(got.error, undefined, where);
        wanted ??= got; // of the first kind, which is the plain one
        assert.deepEqual(got, wanted, where);
        if (kind.says) await panel.locator(".columns select").first().waitFor(); // which are read
      } else {
        assert.match(
          error ?? (await learn(page)).error,
          /empty|no text|no lines|classes|too/,
          where,
        );
      }
    }
  }
  assert.ok(cases >= 45, `${cases}`);
});

test("what is typed is read as what it looks like", async (t) => {
  const paths = await makeReaders();
  const page = await openPage(t);
  const said = async (prompt) => {
    await field(page, "Prompt").fill(prompt);
    await page.locator("#generate").click();
    await page.locator("#stop:disabled").waitFor();
    return written(page);
  };
  await page.goto(`${page.url().split("#")[0]}#temperature=0&length=12&samples=1`);
  let opened;
  for (const [name, what, typed, as] of ALIKE) {
    if (opened !== name) {
      await page.locator("#models .choose").click();
      await page.getByLabel("A model’s file").setInputFiles(paths[name]);
      const file = basename(paths[name], ".safetensors");
      await page.locator("#models .choose").getByText(file, { exact: true }).waitFor();
      await page.locator("#models .loading").waitFor({ state: "hidden" });
      await field(page, "Temperature").fill("0");
      opened = name;
    }
    assert.equal(await said(typed), await said(as), `${name}: ${what}`);
  }
});
