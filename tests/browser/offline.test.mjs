// Without a network: after one visit the page, the models that were used and the samples work; and
// a new version comes whole, when the reader says so.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";
import { writeServiceWorker } from "../../scripts/offline.mjs";
import { dist } from "../node/helpers.mjs";
import { button, generate, newPage } from "./helpers.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });

/** Waits until the service worker has kept a file that was used. */
async function kept(page, path) {
  for (let i = 0; i < 200; i++) {
    const has = await page.evaluate(async (path) => {
      const cache = await caches.open("inkling-large");
      return (await cache.keys()).some(({ url }) => new URL(url).pathname.endsWith(path));
    }, path);
    if (has) return;
    await page.waitForTimeout(100);
  }
  assert.fail(`${path} is not kept`);
}

test("after one visit it writes, translates and trains without a network", async (t) => {
  const page = await newPage(t, { offline: true, mayFail: /ERR_INTERNET_DISCONNECTED|ERR_FAILED/ });
  await page.start("");
  await page.locator("#generate:enabled").waitFor();
  const text = await generate(page);
  await kept(page, "/models/names.safetensors");
  await tab(page, "Translate").click();
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  await kept(page, "/models/dates.safetensors");
  await page.context().setOffline(true);
  await page.goto("about:blank");
  await page.start("");
  assert.equal(await generate(page), text);
  await tab(page, "Translate").click();
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  await tab(page, "Classify").click();
  await page
    .getByText("You are offline, and Languages of names has not been used here before")
    .waitFor();
  assert.equal(await page.getByRole("heading", { name: "Its shape" }).count(), 0);
  await page.evaluate(() => (location.hash = "#tab=learn&step=12&language=de"));
  await page
    .locator(".live > .alert")
    .getByText(/^Du bist offline, und was diese Abb/)
    .waitFor();
  await tab(page, "Train").click();
  await page.getByRole("radio", { name: /^First names/ }).check();
  await page.locator("#train .start").click();
  await page.locator('.lane[data-state="running"] button:enabled').first().waitFor();
  await page.locator("#train .end").click();
  await tab(page, "Classify").click();
  await page.context().setOffline(false);
  await page.locator(".verdict", { hasText: /^Polish: / }).waitFor(); // by itself
  await tab(page, "Learn").click();
  await page.locator(".step-12 .bars-of tbody tr").first().waitFor();
});

test("a new version is offered, and comes whole", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "inkling-site-"));
  t.after(() => rm(folder, { recursive: true }));
  await cp(dist, folder, {
    recursive: true,
    filter: (path) =>
      !/bench|-int8|shakespeare|french|alice\.safe|topics|\.(gz|br)$/.test(path.slice(dist.length)),
  });
  writeServiceWorker(folder);
  const server = await serve(folder);
  t.after(() => server.close());
  const page = await newPage(t, { offline: true, mayFail: /a request: / });
  await page.goto(server.url);
  await page.locator("#generate:enabled").waitFor();
  await kept(page, "/models/names.safetensors");
  for (const name of ["index.html", "page/main.js"]) {
    const path = join(folder, name);
    const source = await readFile(path, "utf8");
    await writeFile(
      path,
      name === "index.html"
        ? source.replace("Inkling\n      </h1>", "Inkling 2\n      </h1>")
        : `${source}\ndocument.documentElement.dataset.version = "2";\n`,
    );
  }
  writeServiceWorker(folder);
  await page.reload();
  await page.getByText("A new version is here.").waitFor();
  const version = () =>
    page.evaluate(() => [
      document.querySelector("h1").textContent.trim(),
      document.documentElement.dataset.version,
    ]);
  assert.deepEqual(await version(), ["Inkling", undefined], "nothing of it is there yet");
  await Promise.all([page.waitForEvent("load"), button(page, "Load it").click()]);
  await page.locator("#generate:enabled").waitFor();
  assert.deepEqual(await version(), ["Inkling 2", "2"]);
  const [names, caches_] = await page.evaluate(async () => {
    const cache = await caches.open("inkling-large");
    return [(await cache.keys()).length, await caches.keys()];
  });
  assert.ok(names >= 1, "a model that is the same is kept");
  assert.equal(caches_.filter((name) => name.startsWith("inkling-page-")).length, 1);
});
