// The page in Debian's Chromium without its windows, which opens a page twice as fast as the whole
// one: one server and one browser for a test file, and for each test a context of its own, in which
// nothing may go wrong unnoticed.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findProgram } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";
import { load } from "../../dist/inkling.js";
import { dist, root } from "../node/helpers.mjs";

const ARGUMENTS = [...CHROMIUM_ARGUMENTS, "--disable-background-networking"];

let server;
let browser;

before(async () => {
  const executablePath = findProgram("chromium-headless-shell");
  assert.ok(executablePath, "chromium-headless-shell is on the PATH");
  server = await serve(dist);
  browser = await chromium.launch({ executablePath, args: ARGUMENTS });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/**
 * A page in a context of its own, where `start(hash)` opens ours. The test fails when it reported
 * an error or asked for anything from elsewhere, but for what `mayFail` matches. It is not kept for
 * visits without a network unless it is to be `offline`.
 */
export async function newPage(t, { mayFail = /^$/, offline = false, ...options } = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  // What a service worker keeps is its own tests' alone.
  if (!offline)
    await context.addInitScript(() =>
      Object.defineProperty(navigator, "serviceWorker", { value: undefined }),
    );
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const wrong = [];
  page.on("pageerror", (error) => wrong.push(error.stack));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) wrong.push(message.text());
  });
  page.on("dialog", (dialog) => wrong.push(`a dialog: ${dialog.message()}`));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (!["data:", "file:", "blob:"].includes(protocol) && `${origin}/` !== server.url)
      wrong.push(`a request: ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(
      wrong.filter((what) => !mayFail.test(what)),
      [],
    );
  });
  page.start = (address) => page.goto(server.url + address);
  return page;
}

/** Opens the page in a context of its own and waits for its model. */
export async function openPage(t, { query = "", hash = "", prepare, ready = true, ...rest } = {}) {
  const page = await newPage(t, rest);
  await prepare?.(page);
  await page.start(query + hash);
  if (ready) await page.locator("#generate:enabled").waitFor();
  return page;
}

/** How many times as long things may take here, since the machine has so much other work too. */
export const slowness = () => Math.max(1, loadavg()[0] / cpus().length);

/**
 * That the page answers any input within 50 ms while it works. `round(watch)` makes it work and
 * calls watch(use), and `use` makes 24 inputs or more. The best of some rounds counts, since this
 * machine may do other things too, which only add to it.
 */
export async function assertAnswers(t, page, round) {
  await page.evaluate(() => {
    window.delays = [];
    // From the event to the page's first handler of it; and the work that kept others from running.
    const note = (event) => window.delays.push(performance.now() - event.timeStamp);
    for (const type of ["keydown", "input", "pointerdown", "click"])
      addEventListener(type, note, { capture: true });
    window.longest = 0;
    const watch = ({ duration }) => (window.longest = Math.max(window.longest, duration));
    new PerformanceObserver((list) => list.getEntries().forEach(watch)).observe({
      type: "longtask",
    });
  });
  const limit = 50 * slowness();
  const rounds = [];
  for (let i = 0; i < 5 && !rounds.some((most) => most < limit); i++) {
    await round(async (use) => {
      await page.evaluate(() => ((window.delays = []), (window.longest = 0)));
      await use();
      const { delays, longest } = await page.evaluate(() => ({
        delays: window.delays,
        longest: window.longest,
      }));
      assert.ok(delays.length >= 24, `${delays.length} events`);
      rounds.push(Math.max(...delays, longest));
    });
  }
  t.diagnostic(`slowest answer: ${Math.round(Math.min(...rounds))} ms of ${Math.round(limit)}`);
  assert.ok(Math.min(...rounds) < limit, `${rounds.map(Math.round)} ms`);
}

export const button = (page, name) => page.getByRole("button", { name, exact: true });
export const field = (page, name) => page.getByLabel(name, { exact: true });
export const typed = (page) =>
  page
    .locator(".log kbd")
    .allTextContents()
    .then((all) => all.join(""));
export const written = (page) =>
  page
    .locator(".log samp")
    .allTextContents()
    .then((all) => all.join(""));

/** Waits until the page writes no longer. */
export const finished = (page) => page.locator("#stop:disabled").waitFor();

/** Presses Generate and gives what was written in the end. */
export async function generate(page) {
  await button(page, "Generate").click();
  await finished(page);
  return written(page);
}

/**
 * What Node writes with a shipped model, or with the bytes of one; several texts with a line each.
 */
export async function completeInNode(source, prompt, options) {
  const model = await load(typeof source === "string" ? join(dist, "models", source) : source);
  try {
    return [await model.complete(prompt, options)].flat().join("\n");
  } finally {
    model.free();
  }
}

/** Shows the models there are to choose from, as the button with the present one does. */
export async function openCards(page, panel = "#models") {
  const opener = page.locator(`${panel} .choose`);
  if ((await opener.getAttribute("aria-expanded")) === "false") await opener.click();
}

/** Opens a file as the button does. */
export async function openFile(page, name, bytes) {
  const buffer = Buffer.from(bytes);
  await page.locator("#models input[multiple]").setInputFiles({ name, mimeType: "", buffer });
}

/** Drops a file on the page. */
export const dropFile = (page, name, bytes) => dropFiles(page, [{ name, bytes }]);

/** Drops several files on the page, { name, bytes }, at once. */
export async function dropFiles(page, files) {
  await page.evaluate(
    (files) => {
      const dataTransfer = new DataTransfer();
      for (const [name, base64] of files) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        dataTransfer.items.add(new File([bytes], name));
      }
      for (const type of ["dragenter", "dragover", "drop"]) {
        document.body.dispatchEvent(
          new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
        );
      }
    },
    files.map(({ name, bytes }) => [name, Buffer.from(bytes).toString("base64")]),
  );
}

/** Drops what lies at a path, a folder too, as the system would. Chromium alone can be told to. */
export async function dropPath(page, path) {
  const client = await page.context().newCDPSession(page);
  const data = { items: [], files: [path], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await client.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
  await client.detach();
}

/** Nothing on the page is wider than the screen, but what scrolls in a place of its own. */
export async function assertFits(page, width, when) {
  const widest = await page.evaluate(() => document.scrollingElement.scrollWidth);
  assert.equal(widest, width, when);
  const out = await page.locator("body *").evaluateAll((all) =>
    all
      .filter(
        (e) =>
          e.checkVisibility() &&
          !e.closest(".unseen, .context, .log, .map, .pictures, .tabs, .snippet"),
      )
      .filter(
        (e) =>
          e.getBoundingClientRect().right > innerWidth + 0.5 ||
          e.getBoundingClientRect().left < -0.5,
      )
      .map((e) => e.outerHTML),
  );
  assert.deepEqual(out, [], when);
}

/** How the page may be looked at: options of a context. */
export const LOOKS = {
  "on a desk in the light": { colorScheme: "light" },
  "on a phone in the dark": {
    colorScheme: "dark",
    viewport: { width: 390, height: 844 },
    isMobile: true,
    hasTouch: true,
  },
};

const axe = readFileSync(join(root, "node_modules/axe-core/axe.min.js"), "utf8");

/** axe-core has nothing at all to complain of, of whatever rank. */
export async function assertAccessible(page, when) {
  // The page's policy lets no script in; a test gets one in beside it.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const violations = await page.evaluate(async () => (await window.axe.run()).violations);
  const found = violations.map(({ id, help, nodes }) => {
    return `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 150)).join(" | ")}`;
  });
  assert.deepEqual(found, [], when);
}

/** The luminance of the paper, and what on it is hard to read: { background, poor }. */
export function readability(page) {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const rgba = (color) => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = color;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    // Relative luminance and contrast, as WCAG 2 defines them.
    const linear = (c) =>
      c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (element) => {
      for (let e = element; e; e = e.parentElement) {
        const color = rgba(getComputedStyle(e).backgroundColor);
        if (color[3] === 255) return color;
      }
      return [255, 255, 255];
    };
    const contrast = (element) => {
      const [a, b] = [rgba(getComputedStyle(element).color), behind(element)].map(luminance);
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const poor = [...document.querySelectorAll("body *")]
      .filter((e) => e.checkVisibility() && !e.disabled)
      .filter(
        (e) =>
          e.matches("input:not([type=radio]), textarea, select") ||
          [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()),
      )
      .filter((e) => contrast(e) < 4.5)
      .map((e) => `${contrast(e).toFixed(2)} ${e.outerHTML.slice(0, 200)}`);
    return { background: luminance(behind(document.body)), poor };
  });
}
