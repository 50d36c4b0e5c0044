// `node scripts/screenshot.mjs`: makes docs/page.png, lens.png and learn.png, the README's pictures,
// from what `npm run build` built.

import { statSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findProgram, root } from "./run.mjs";
import { serve } from "./serve.mjs";

const server = await serve(join(root, "dist"));
const browser = await chromium.launch({
  executablePath: findProgram("chromium"),
  args: CHROMIUM_ARGUMENTS,
});

/** The page of a link. */
async function opened(link, height) {
  const viewport = { width: 1280, height };
  const page = await browser.newPage({ viewport, colorScheme: "light" });
  await page.goto(server.url + link);
  return page;
}

/** The same with its text written. */
async function written(link) {
  const page = await opened(link, 860);
  await page.locator("#generate:enabled").click();
  await page.locator("#stop:disabled").waitFor();
  return page;
}

async function press(page, place, count) {
  await place.press("Home");
  for (let i = 0; i < count; i++) await place.press("ArrowRight");
  await page.evaluate(() => document.activeElement.blur());
}

async function save(page, name, options) {
  const path = join(root, "docs", name);
  await page.screenshot({ path, ...options });
  console.log(`${path}: ${statSync(path).size} bytes`);
}

/** Writing, with what could have come in place of a character. */
async function takePage() {
  const page = await written("#model=names&prompt=em&temperature=0.8&samples=10&seed=1");
  await press(page, page.locator(".log"), 4);
  await page.locator("#candidates tr.written").waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await save(page, "page.png");
}

/** Looking inside, from its beginning to the buttons below the text. */
async function takeLens() {
  const text = "#model=shakespeare&prompt=ROMEO:&length=594&temperature=0.8&seed=1";
  const page = await written(`${text}&rows=hidden-0-357,hidden-0-223`);
  await page.locator(".lens .inside:visible").waitFor();
  await press(page, page.locator(".strip"), 30);
  const margin = 12;
  const clip = await page.evaluate((margin) => {
    const { left, top, width } = document.querySelector(".lens").getBoundingClientRect();
    const { bottom } = document.querySelector(".lens .keep").getBoundingClientRect();
    const [x, y] = [left - margin, top - margin + scrollY];
    return { x, y, width: width + 2 * margin, height: bottom - top + 2 * margin };
  }, margin);
  await save(page, "lens.png", { fullPage: true, clip });
}

/** The lesson's second step, with the formula of one number. */
async function takeLesson() {
  const page = await opened("#tab=learn&step=2&seed=1&number=state-3-1&language=en", 760);
  await page.locator(".step-2 .finding").getByText("Learnt after").waitFor();
  await save(page, "learn.png");
}

try {
  await takePage();
  await takeLens();
  await takeLesson();
} finally {
  await browser.close();
  await server.close();
}
