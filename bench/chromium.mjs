// The bench in a headless Chromium: page/browser.mjs in the bench's page, and how soon a page that
// has just been navigated to shows its first character: one of five lines, and the page itself, at
// home and over a slow line.

import { cpSync, readFileSync, rmSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { CHROMIUM_ARGUMENTS, findProgram } from "../scripts/run.mjs";
import { serve } from "../scripts/serve.mjs";
import { copyPackages } from "./packages.mjs";
import { median } from "./page/measure.mjs";
import { POOR, slowLine } from "./slow-line.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const TRAINED = ["LSTM 1x128 V=84", "GRU 1x192 V=84", "LSTM 1x512 V=65"];

/** The site with the packages beside it, and a browser; or { missing }. */
export async function openChromium({ withPeers }) {
  const executablePath = findProgram("chromium");
  if (!executablePath) return { missing: "no chromium on the PATH" };
  let chromium;
  try {
    ({ chromium } = await import("playwright-core"));
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
    return { missing: "not driven: npm ci installs playwright-core" };
  }
  const site = join(root, "build/bench-site");
  rmSync(site, { recursive: true, force: true });
  cpSync(join(root, "dist"), site, { recursive: true });
  if (withPeers) copyPackages(join(site, "bench/packages"));
  const server = await serve(site);
  const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { site, url: server.url, browser, version: browser.version(), close };
}

/** Rows of generation, of the other tasks, and of training where the module trains. */
export async function inPage({ browser, url }, { rounds, seconds, withPeers, say }) {
  const page = await browser.newPage();
  await page.goto(new URL("bench/bench.html", url).href);
  const bench = await page.evaluateHandle(() => import(new URL("browser.mjs", location.href)));
  const there = withPeers
    ? await page.evaluateHandle((b) => b.openPeers(), bench)
    : await page.evaluateHandle(() => ({ peers: [], missing: [] }));
  const missing = await there.evaluate((all) => all.missing);
  const rows = missing.map(missingRow);
  const effort = { rounds, seconds };
  for (const name of await bench.evaluate((b) => b.generators)) {
    say(`Chromium: ${name}`);
    const measure = ([b, { peers }, asked, options]) => b.generation(asked, { peers, ...options });
    rows.push(...(await page.evaluate(measure, [bench, there, name, effort])));
  }
  for (const { name } of await bench.evaluate((b) => b.tasks())) {
    say(`Chromium: ${name}`);
    const measure = ([b, asked, options]) => b.task(asked, options);
    rows.push(await page.evaluate(measure, [bench, name, effort]));
  }
  const trains = await bench.evaluate((b) => b.trains);
  for (const name of trains ? TRAINED : []) {
    for (let workers = 1; workers <= Math.min(2, cpus().length); workers++) {
      say(`Chromium: training ${name}, workers: ${workers}`);
      const measure = ([b, asked, options]) => b.training(asked, options);
      rows.push(await page.evaluate(measure, [bench, name, { ...effort, workers }]));
    }
  }
  await page.close();
  return rows;
}

export const missingRow = (program) => ({
  task: "generate",
  program,
  missing: "not installed: npm ci --prefix bench",
});

/**
 * With nothing cached: milliseconds from navigation to the first character of the names model, and
 * to the page's first script, one of no imports, which the browser alone decides; and what was
 * fetched, the page and the model left out.
 */
export async function start({ site, browser, url }, { rounds }) {
  const times = { script: [], character: [] };
  let files;
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const paths = new Set();
    page.on("response", (response) => paths.add(new URL(response.url()).pathname));
    await page.goto(new URL("bench/start.html", url).href);
    const marks = await page.waitForFunction(() => {
      const [script, character] = ["first script", "first character"].map(
        (name) => performance.getEntriesByName(name)[0]?.startTime,
      );
      return character && { script, character };
    });
    const { script, character } = await marks.jsonValue();
    times.script.push(script);
    times.character.push(character);
    files = [...paths].filter((path) => /\.(js|wasm)$/.test(path)).sort();
    await context.close();
  }
  const contents = files.map((path) => readFileSync(join(site, path)));
  const total = (sizes) => sizes.reduce((sum, size) => sum + size, 0);
  return {
    milliseconds: median(times.character),
    scriptMilliseconds: median(times.script),
    files,
    bytes: total(contents.map((content) => content.length)),
    gzipBytes: total(contents.map((content) => gzipSync(content, { level: 9 }).length)),
  };
}

/** In the page: presses Generate as soon as it can be, and marks the first character written. */
function pressGenerate() {
  let pressed = false;
  const look = setInterval(() => {
    const button = document.querySelector("#generate:enabled");
    if (button && !pressed) button.click();
    pressed ||= button !== null;
    if (!document.querySelector(".log samp")?.textContent) return;
    performance.mark("first character");
    clearInterval(look);
  }, 5);
}

/** Of the page at an address: milliseconds from navigation to the first character written. */
async function firstCharacter(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.addInitScript(pressGenerate);
    await page.goto(url, { waitUntil: "commit" });
    const mark = await page.waitForFunction(
      () => performance.getEntriesByName("first character")[0]?.startTime,
    );
    return await mark.jsonValue();
  } finally {
    await context.close();
  }
}

/**
 * The page, with nothing cached, over a line of 1.6 Mbit/s on which every request takes 150 ms, and
 * without one: milliseconds from navigation to the first character, Generate being pressed as soon
 * as it can be, and the bytes that came before.
 */
export async function startPage({ browser, url }, { rounds }) {
  const times = { slow: [], here: [] };
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const line = await slowLine(url, POOR);
    try {
      times.slow.push(await firstCharacter(browser, line.url));
      bytes = Math.max(bytes, line.bytes());
    } finally {
      await line.close();
    }
    times.here.push(await firstCharacter(browser, url));
  }
  return { slowMilliseconds: median(times.slow), bytes, milliseconds: median(times.here) };
}
