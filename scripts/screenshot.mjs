// `node scripts/screenshot.mjs`: makes docs/page.png, the picture in the README, from what `npm run
// build` built.

import { mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { chromium } from "playwright-core";
import { findProgram, root } from "./run.mjs";
import { serve } from "./serve.mjs";

const FILE = join(root, "docs/page.png");
const LINK = "#model=names&prompt=em&temperature=0.8&samples=10&seed=1";

const server = await serve(join(root, "dist"));
const browser = await chromium.launch({
  executablePath: findProgram("chromium"),
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"],
});
try {
  const page = await browser.newPage({
    viewport: { width: 1280, height: 860 },
    colorScheme: "light",
  });
  await page.goto(server.url + LINK);
  await page.locator("#generate:enabled").click();
  await page.locator("#stop:disabled").waitFor();
  await page.locator(".log").press("Home");
  for (let i = 0; i < 4; i++) await page.locator(".log").press("ArrowRight");
  await page.locator("#candidates tr.written").waitFor();
  await page.evaluate(() => {
    document.activeElement.blur();
    scrollTo(0, 0);
  });
  mkdirSync(dirname(FILE), { recursive: true });
  await page.screenshot({ path: FILE });
  console.log(`${FILE}: ${statSync(FILE).size} bytes`);
} finally {
  await browser.close();
  await server.close();
}
