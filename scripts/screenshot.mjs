// `node scripts/screenshot.mjs`: makes docs/page.png and docs/learn.png, the pictures in the README,
// from what `npm run build` built.

import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { findProgram, root } from "./run.mjs";
import { serve } from "./serve.mjs";

const WRITE = "#model=names&prompt=em&temperature=0.8&samples=10&seed=1";
const LEARN = "#tab=learn&step=2&seed=1&number=state-3-1&language=en";

const server = await serve(join(root, "dist"));
const browser = await chromium.launch({
  executablePath: findProgram("chromium"),
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
});
async function save(page, name) {
  const path = join(root, "docs", name);
  mkdirSync(dirname(path), { recursive: true });
  await page.screenshot({ path });
  console.log(`${path}: ${statSync(path).size} bytes`);
}

const open = (height) =>
  browser.newPage({ viewport: { width: 1280, height }, colorScheme: "light" });

async function write() {
  const page = await open(860);
  await page.goto(server.url + WRITE);
  await page.locator("#generate:enabled").click();
  await page.locator("#stop:disabled").waitFor();
  await page.locator(".log").press("Home");
  for (let i = 0; i < 4; i++) await page.locator(".log").press("ArrowRight");
  await page.locator("#candidates tr.written").waitFor();
  await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
  });
  await save(page, "page.png");
}

async function learn() {
  const page = await open(760);
  await page.goto(server.url + LEARN);
  await page.getByText("Learnt after").waitFor();
  await save(page, "learn.png");
}

try {
  await write();
  await learn();
} finally {
  await browser.close();
  await server.close();
}
