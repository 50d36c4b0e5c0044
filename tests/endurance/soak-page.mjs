// An hour of use of the page by script: it generates, gives up, changes models and tabs, opens
// files and trains, round after round, and looks whether memory stays flat.
//
//   node tests/endurance/soak-page.mjs [--minutes N] [--site dist]

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import puppeteer from "puppeteer-core";
import { CHROMIUM_ARGUMENTS, findProgram } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const MODELS = [
  { model: "alice", title: "Alice and the whale", prompt: "Alice" },
  { model: "shakespeare-int8", title: "Shakespeare, int8", prompt: "ROMEO:" },
  { model: "names", title: "First names", prompt: "em" },
];
const WARM = 3; // rounds before memory is expected to be flat

const PANEL = "[role=tabpanel]:not([hidden])";

/** Waits for an element; what is done with it is done before it is let go, or it would stay. */
async function see(page, selector, use = () => {}, options = { visible: true }) {
  const found = await page.waitForSelector(selector, options);
  await use(found);
  await found?.dispose();
}
const press = (page, selector) => see(page, selector, (found) => found.click());
// Not by ::-p-aria, which makes the browser keep an accessibility tree, with all its changes.
const tab = (page, name) => press(page, `[role=tab]::-p-text(${name})`);

/** Chooses a model by a link, and has it write. */
async function write(page, url, { model, title, prompt }) {
  await setTimeout(500); // the address is kept meanwhile
  await page.goto(
    `${url}#model=${model}&prompt=${prompt}&length=400&seed=${Math.floor(Math.random() * 1e6)}`,
  );
  await tab(page, "Write");
  await see(page, `#models .choose ::-p-text(${title})`);
  await see(page, "#models .loading", () => {}, { hidden: true });
  await press(page, "#generate:enabled");
  // To one model in some hundred draws the prompt is a whole name, and it writes nothing.
  await see(page, ".log samp, #stop:disabled");
}

/** What a person does in a few minutes. */
async function round(page, url, site) {
  for (const model of MODELS) {
    await write(page, url, model);
    await page.keyboard.press("Escape"); // gives it up
    await press(page, "#another:enabled");
    await see(page, "#stop:disabled");
  }
  for (const name of ["languages", "dates"]) {
    await tab(page, name === "dates" ? "Translate" : "Classify");
    await press(page, `${PANEL} .choose`);
    const path = join(site, `models/${name}.safetensors`);
    await see(page, `${PANEL} .choosing input[type=file]`, (field) => field.uploadFile(path), {});
    await see(page, `${PANEL} .choose ::-p-text(${name})`);
  }
  await tab(page, "Caption");
  await see(page, `${PANEL} .facts ::-p-text(parameters)`);
  await tab(page, "Train");
  await press(page, "#train ::-p-text(First names)");
  await press(page, "#train .start");
  await see(page, '.lane[data-state="running"]');
  await setTimeout(4000);
  await press(page, "#train .end");
  await see(page, '.lane:not([data-state="running"])');
}

/**
 * Megabytes that the browser's processes hold for themselves, of all that this program started but
 * the one of its own address bar.
 */
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
      if (readFileSync(`/proc/${id}/cmdline`, "latin1").includes("--top-chrome-webui")) continue;
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      kilobytes += Number(/^Private_Dirty: +(\d+)/m.exec(rollup)[1]);
    } catch {
      continue;
    }
  }
  return kilobytes / 1000;
}

/**
 * Has the browser give back what it merely keeps for later use, as it does when memory is short:
 * else it counts pages of its heap that hold next to nothing.
 */
async function giveBack(session) {
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Memory.simulatePressureNotification", { level: "critical" });
  await setTimeout(500);
}

/** Megabytes of the page's heap, which performance.memory tells in steps, and late. */
async function heapOf(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "JSHeapUsedSize").value / 1e6;
}

/** Uses the page for so many minutes; gives { held, heap } in megabytes after each round. */
export async function soakPage({ minutes, site = dist, say = () => {} }) {
  const server = await serve(site);
  const executablePath = findProgram("chromium");
  assert.ok(executablePath, "chromium is on the PATH");
  // A profile on the disk: without one Chromium keeps in memory what the page keeps of its runs.
  const userDataDir = await mkdtemp(join(tmpdir(), "inkling-soak-"));
  const browser = await puppeteer.launch({
    executablePath,
    userDataDir,
    args: CHROMIUM_ARGUMENTS,
    // Whoever watches the network makes the browser keep the answers' bodies.
    networkEnabled: false,
  });
  try {
    const [page] = await browser.pages();
    page.setDefaultTimeout(120_000);
    const session = await page.createCDPSession();
    await session.send("Performance.enable");
    const wrong = [];
    page.on("pageerror", (error) => wrong.push(error.stack));
    await page.goto(server.url);
    const held = [];
    const heap = [];
    const end = performance.now() + minutes * 60_000;
    while (performance.now() < end || held.length < WARM + 2) {
      await round(page, server.url, site);
      await giveBack(session);
      heap.push(await heapOf(session));
      held.push(heldBy(process.pid));
      const [all, own] = [held.at(-1), heap.at(-1)].map((size) => size.toFixed(1));
      say(`round ${held.length}: ${all} MB, heap ${own} MB`);
      assert.deepEqual(wrong, []);
    }
    return { held, heap };
  } finally {
    await browser.close();
    await server.close();
    await rm(userDataDir, { recursive: true, force: true, maxRetries: 9 });
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
