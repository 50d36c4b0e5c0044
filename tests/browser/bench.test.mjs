// The bench in Chromium, at a glance: what it says, not how fast.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { openChromium, startPage } from "../../bench/chromium.mjs";
import { dist, root, run } from "../node/helpers.mjs";
import { slowness } from "./helpers.mjs";

const NETWORKS = [
  "LSTM 1x128 V=84",
  "GRU 1x256 V=84",
  "LSTM 2x512 V=65",
  "LSTM 1x1024 V=96",
  "LSTM 1x256 V=10000",
];
const TASKS = ["generate", "read", "classify", "translate", "caption", "train"];
const positive = (value) => Number.isFinite(value) && value > 0;

test("the bench drives Chromium", async () => {
  const options = ["--quick", "--json", "--without-peers", "--only", "chromium", "--only", "start"];
  const { stdout } = await run(process.execPath, [join(root, "bench/bench.mjs"), ...options]);
  const { machine, rows, start } = JSON.parse(stdout);
  assert.match(machine.chromium, /^\d+\./);
  const generated = rows.filter(
    ({ task, streams, weights }) => task === "generate" && streams === 1 && weights === "f32",
  );
  assert.deepEqual(
    generated.map(({ network }) => network),
    NETWORKS,
  );
  assert.deepEqual(new Set(rows.map(({ task }) => task)), new Set(TASKS));
  for (const row of rows) {
    assert.equal(row.where, "Chromium");
    assert.ok(positive(row.charactersPerSecond ?? row.examplesPerSecond), JSON.stringify(row));
  }
  assert.ok(positive(start.scriptMilliseconds) && start.scriptMilliseconds < start.milliseconds);
  assert.ok(start.files.includes("/inkling-relaxed.wasm") && start.files.includes("/worker.js"));
  const sizes = start.files.map(
    (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length,
  );
  assert.equal(
    start.gzipBytes,
    sizes.reduce((sum, size) => sum + size, 0),
  );
});

test("over a slow line the page writes soon, and of few bytes", async (t) => {
  const { slowMilliseconds, bytes } = await startPage(chromium, { rounds: 2 });
  t.diagnostic(`first character after ${Math.round(slowMilliseconds)} ms and ${bytes} bytes`);
  assert.ok(bytes <= 330_000, `${bytes} bytes`);
  assert.ok(slowMilliseconds <= 2500 * slowness(), `${slowMilliseconds} ms`);
});

let chromium;
before(async () => {
  chromium = await openChromium({ withPeers: false });
  assert.equal(chromium.missing, undefined);
});
after(() => chromium?.close?.());

test("the bench's page fills its table, and says what is not beside it", async () => {
  const page = await chromium.browser.newPage();
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error));
  await page.goto(new URL("bench/bench.html#quick", chromium.url).href);
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("Done.").waitFor({ timeout: 120_000 });
  const text = await page.getByRole("table").innerText();
  for (const name of NETWORKS) assert.ok(text.includes(name), name);
  assert.match(text, /onnxruntime-web\s+not beside this page/);
  const { rows } = JSON.parse(await page.locator("#json").textContent());
  assert.ok(
    rows.filter(({ charactersPerSecond }) => positive(charactersPerSecond)).length >=
      NETWORKS.length,
  );
  assert.deepEqual(wrong, []);
});

test("the bench says how soon the lesson lives, and how long the page is held up", async () => {
  const options = ["--quick", "--json", "--without-peers", "--only", "lesson"];
  const { stdout } = await run(process.execPath, [join(root, "bench/bench.mjs"), ...options]);
  const { soon, steady } = JSON.parse(stdout).lesson;
  for (const value of Object.values(soon)) assert.ok(positive(value), JSON.stringify(soon));
  assert.ok(soon.beside < 150_000, `${soon.beside} bytes beside the core`);
  assert.ok(steady.length > 15);
  for (const { name, milliseconds, processor, frames } of steady) {
    assert.ok(positive(milliseconds) && positive(processor), name);
    assert.equal(positive(frames), name.startsWith("zoom"), name);
  }
});
