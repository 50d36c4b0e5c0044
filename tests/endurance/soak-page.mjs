// An hour of use of the page by script: it generates, gives up, changes models and tabs, opens
// files and trains, round after round, and looks whether memory stays flat.
//
//   node tests/endurance/soak-page.mjs [--minutes N] [--site dist]

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findProgram } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const ARGUMENTS = [...CHROMIUM_ARGUMENTS, "--js-flags=--expose-gc"];
const MODELS = [
  { model: "alice", title: "Alice and the whale", prompt: "Alice" },
  { model: "shakespeare-int8", title: "Shakespeare, int8", prompt: "ROMEO:" },
  { model: "names", title: "First names", prompt: "em" },
];
const WARM = 3; // rounds before memory is expected to be flat

const tab = (page, name) => page.getByRole("tab", { name, exact: true }).click();

/** Chooses a model by a link, and has it write. */
async function write(page, url, { model, title, prompt }) {
  await page.waitForTimeout(500); // the address is kept meanwhile
  await page.goto(
    `${url}#model=${model}&prompt=${prompt}&length=400&seed=${Math.floor(Math.random() * 1e6)}`,
  );
  await tab(page, "Write");
  await page.locator("#models .choose").getByText(title, { exact: true }).waitFor();
  await page.locator("#models .loading").waitFor({ state: "hidden" });
  await page.locator("#generate:enabled").click();
  // To one model in some hundred draws the prompt is a whole name, and it writes nothing.
  await page.locator(".log samp, #stop:disabled").first().waitFor();
}

/** What a person does in a few minutes. */
async function round(page, url) {
  for (const model of MODELS) {
    await write(page, url, model);
    await page.keyboard.press("Escape"); // gives it up
    await page.locator("#another").click();
    await page.locator("#stop:disabled").waitFor();
  }
  for (const name of ["languages", "dates"]) {
    const file = { name: `${name}.safetensors`, mimeType: "", buffer: page.models[name] };
    await tab(page, name === "dates" ? "Translate" : "Classify");
    const panel = page.locator("[role=tabpanel]:visible");
    await panel.locator(".choose").click();
    await panel.getByLabel("A model’s file").setInputFiles(file);
    await panel.locator(".choose").getByText(name).waitFor();
  }
  await tab(page, "Caption");
  await page.locator("[role=tabpanel]:visible .facts").getByText("parameters").waitFor();
  await tab(page, "Train");
  await page.getByRole("radio", { name: /^First names/ }).check();
  await page.locator("#train .start").click();
  await page.locator('.lane[data-state="running"]').waitFor();
  await page.waitForTimeout(4000);
  await page.locator("#train .end").click();
  await page.locator('.lane:not([data-state="running"])').waitFor();
}

/** Megabytes that the browser's processes hold for themselves, of all that this program started. */
function heldBy(pid) {
  const parents = new Map();
  for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      continue; // it has ended meanwhile
    }
  }
  const isOurs = (id) => id === pid || (parents.has(id) && isOurs(parents.get(id)));
  let kilobytes = 0;
  for (const id of [...parents.keys()].filter((id) => id !== pid && isOurs(id))) {
    try {
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      kilobytes += Number(/^Private_Dirty: +(\d+)/m.exec(rollup)[1]);
    } catch {
      continue;
    }
  }
  return kilobytes / 1000;
}

/** Megabytes of the page's heap, which performance.memory tells in steps, and late. */
async function heapOf(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value / 1e6;
}

/**
 * Megabytes of them that the page's process holds for this program and not for the page: the bodies
 * of answers, which a browser keeps, up to 200 MB, for who drives it. They are all but a few of the
 * partition that Chromium calls "buffer", where the page has neither ArrayBuffers nor its heap.
 */
async function keptForDriver(session) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  session.on("Tracing.dataCollected", collect);
  const traceConfig = {
    includedCategories: ["disabled-by-default-memory-infra"],
    excludedCategories: ["*"],
    memoryDumpConfig: { triggers: [] },
  };
  await session.send("Tracing.start", { traceConfig });
  await session.send("Tracing.requestMemoryDump", { levelOfDetail: "light" });
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  await session.send("Tracing.end");
  await complete;
  session.off("Tracing.dataCollected", collect);
  const sizes = events.map(
    ({ args }) => args?.dumps?.allocators?.["partition_alloc/partitions/buffer"]?.attrs.size.value,
  );
  return Math.max(...sizes.filter(Boolean).map((hex) => Number.parseInt(hex, 16))) / 1e6;
}

/**
 * Uses the page for so many minutes; gives { held, heap } in megabytes after each round, without
 * what is held for this program.
 */
export async function soakPage({ minutes, site = dist, say = () => {} }) {
  const server = await serve(site);
  const executablePath = findProgram("chromium");
  assert.ok(executablePath, "chromium is on the PATH");
  // A profile on the disk: without one Chromium keeps in memory what the page keeps of its runs.
  const profile = await mkdtemp(join(tmpdir(), "inkling-soak-"));
  const browser = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: ARGUMENTS,
  });
  try {
    const [page] = browser.pages();
    page.setDefaultTimeout(120_000);
    page.models = Object.fromEntries(
      ["languages", "dates"].map((name) => [
        name,
        readFileSync(join(site, `models/${name}.safetensors`)),
      ]),
    );
    const session = await browser.newCDPSession(page);
    await session.send("Performance.enable");
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(error.stack));
    await page.goto(server.url);
    const held = [];
    const heap = [];
    const end = performance.now() + minutes * 60_000;
    while (performance.now() < end || held.length < WARM + 2) {
      await round(page, server.url);
      await page.evaluate(() => globalThis.gc?.());
      heap.push(await heapOf(session));
      const kept = await keptForDriver(session);
      held.push(heldBy(process.pid) - kept);
      const [all, own] = [held.at(-1), heap.at(-1)].map((size) => size.toFixed(1));
      say(
        `round ${held.length}: ${all} MB, heap ${own} MB; ${kept.toFixed(1)} MB for this program`,
      );
      assert.deepEqual(wrong, []);
    }
    return { held, heap };
  } finally {
    await browser.close();
    await server.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 9 });
  }
}

const mean = (numbers) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

/** By how much a figure grew from the first half to the second, once it is warm. */
export function growth(figures) {
  const warm = figures.slice(WARM);
  const half = warm.length >> 1;
  return mean(warm.slice(half)) / mean(warm.slice(0, half)) - 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = (value) => ({ type: "string", default: value });
  const { minutes, site } = parseArgs({
    options: { minutes: text("60"), site: text(dist) },
  }).values;
  const { held, heap } = await soakPage({ minutes: Number(minutes), site, say: console.log });
  const grown = [held, heap].map((figures) => `${(100 * growth(figures)).toFixed(1)} %`);
  console.log(`${held.length} rounds; memory grew by ${grown[0]}, the page's heap by ${grown[1]}`);
  process.exitCode = growth(held) < 0.1 && growth(heap) < 0.1 ? 0 : 1;
}
