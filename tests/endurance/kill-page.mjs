// Kills the browser, as a power cut does, at random moments of a training in the page, and looks at
// what was kept: how old it is, and whether the run ends as one that was never killed.
//
//   node tests/endurance/kill-page.mjs [--kills N] [--seed N] [--epochs N] [--site dist]

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as after } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findProgram } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const ARGUMENTS = [...CHROMIUM_ARGUMENTS, "--remote-debugging-port=0"];
// One worker, so that the losses of every run are the same.
const LESSON = "#tab=train&sample=names&cell=gru&units=48&batch=16&workers=1&seed=1&epochs=";

const WATCH_MS = 20;

/** Chromium with a profile that stays, in a process group of its own. */
async function startBrowser(profile) {
  const program = findProgram("chromium");
  assert.ok(program, "chromium is on the PATH");
  const child = spawn(program, [...ARGUMENTS, `--user-data-dir=${profile}`], {
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const address = await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (part) => {
      said += part;
      const found = /DevTools listening on (\S+)/.exec(said);
      if (found) resolve(found[1]);
    });
    gone.then(() => reject(new Error(`chromium did not start: ${said}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const [context] = browser.contexts();
  return {
    page: await context.newPage(),
    async kill() {
      process.kill(-child.pid, "SIGKILL");
      await gone;
      await browser.close().catch(() => {});
    },
  };
}

/** In the page: writes down when it was at which step. */
function watch(every) {
  window.seen = [];
  setInterval(() => {
    const text = document.querySelector(".lane .figures dd")?.textContent ?? "";
    const step = Number(text.split(" ")[0].replaceAll(",", ""));
    if (step > (window.seen.at(-1)?.step ?? 0)) window.seen.push({ step, at: performance.now() });
  }, every);
}

const laneState = (page) => page.locator(".lane").first().getAttribute("data-state");
const figure = (page, index) => page.locator(".lane .figures dd").nth(index).textContent();
const stepOf = async (page) => Number((await figure(page, 0)).split(" ")[0].replaceAll(",", ""));

/** What a run ended with, in words. */
async function endOf(page) {
  await page.locator('.lane[data-state="done"]').waitFor({ timeout: 600_000 });
  const [step, , loss, heldOut] = await page.locator(".lane .figures dd").allTextContents();
  return `step ${step}, loss ${loss}, held out ${heldOut}`;
}

/** Opens the lesson, and begins a run or goes on with the one kept. Gives the step kept, or 0. */
async function openLesson(page, lesson) {
  page.setDefaultTimeout(120_000);
  await page.addInitScript(watch, WATCH_MS);
  await page.goto(lesson);
  await page.locator("#train .samples .choice").first().waitFor();
  await page.locator("#train .start:enabled").waitFor();
  if ((await page.locator(".lane").count()) === 0) {
    await page.locator("#train .start").click();
    return 0;
  }
  const kept = await stepOf(page);
  if ((await laneState(page)) === "stopped") await page.locator("#train .pause").click();
  return kept;
}

/** A number in [0, 1) from a seed (mulberry32). */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Kills so many times. Gives what was seen: of every kill the step at which the page was, the step
 * that was there afterwards, and how many seconds before the kill the page was at that one; and how
 * many runs ended, all as the one that was never killed, or this throws.
 */
export async function killPage({ kills, seed, epochs, longest = 8, site = dist, say = () => {} }) {
  const random = randomNumbers(seed);
  const server = await serve(site);
  const lesson = server.url + LESSON + epochs;
  const profile = () => mkdtemp(join(tmpdir(), "inkling-killed-"));
  const folders = [await profile()];
  let browser;
  try {
    browser = await startBrowser(folders[0]);
    await openLesson(browser.page, lesson);
    const whole = await endOf(browser.page);
    await browser.kill();
    say(`never killed: ${whole}`);
    const seen = [];
    let ended = 0;
    while (seen.length < kills) {
      folders.push(await profile());
      let before; // of the last kill
      for (let done = false; !done;) {
        browser = await startBrowser(folders.at(-1));
        const { page } = browser;
        const kept = await openLesson(page, lesson);
        if (before) {
          const { steps, killed } = before;
          const last = steps.findLast(({ step }) => step <= kept)?.at ?? steps[0]?.at ?? killed;
          const next = steps.find(({ step }) => step > kept)?.at ?? killed;
          const lost = Math.max(0, killed - next) / 1000;
          seen.push({ at: steps.at(-1)?.step ?? before.kept, kept, lost });
          say(`killed at step ${seen.at(-1).at}: ${kept} is there, ${lost.toFixed(1)} s older`);
          assert.ok(kept > 0 || before.kept === 0, "a run that was kept is not there");
          assert.ok(last <= killed);
        }
        if (seen.length >= kills) {
          done = true;
        } else {
          await after(random() * longest * 1000);
          done = (await laneState(page)) === "done";
        }
        if (done) {
          assert.equal(await endOf(page), whole);
          ended++;
        } else {
          const steps = await page.evaluate(() => window.seen);
          before = { steps, kept, killed: await page.evaluate(() => performance.now()) };
        }
        await browser.kill();
      }
    }
    return { seen, ended, whole };
  } finally {
    await browser?.kill().catch(() => {});
    await server.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 9 });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const text = (value) => ({ type: "string", default: value });
  const options = { kills: text("100"), seed: text("1"), epochs: text("30"), site: text(dist) };
  const { kills, seed, epochs, site } = parseArgs({ options }).values;
  const numbers = { kills: Number(kills), seed: Number(seed), epochs: Number(epochs) };
  const { seen, ended } = await killPage({ ...numbers, site, say: console.log });
  const lost = seen.map((kill) => kill.lost).sort((a, b) => a - b);
  const [median, most] = [lost[lost.length >> 1], lost.at(-1)].map((time) => time.toFixed(1));
  console.log(`${kills} kills; ${ended} runs ended, all as the one that was never killed`);
  console.log(`lost: ${median} s at the median, ${most} s at most`);
}
