// The browser engines, all with one face. open() gives a browser; its page() gives a page with a
// store of its own:
//
//   goto(url), reload(), close()
//   run(function, ...values)    what the function gives there; all goes as JSON
//   click(selector)             by the pointer
//   type(selector, text)        by keys
//   choose(selector, path)      a file, in a field for files
//
// Chromium and Firefox are driven by Puppeteer, Firefox by the protocol WebDriver BiDi.

import puppeteer from "puppeteer-core";
import { findProgram } from "../../scripts/run.mjs";
import { missingForWebKit, openWebKit } from "./webdriver.mjs";

class PuppeteerPage {
  constructor(context, page) {
    this.context = context;
    this.page = page;
  }
  goto(url) {
    return this.page.goto(url);
  }
  reload() {
    return this.page.reload();
  }
  run(work, ...values) {
    return this.page.evaluate(work, ...values);
  }
  click(selector) {
    return this.page.click(selector);
  }
  type(selector, text) {
    return this.page.type(selector, text);
  }
  async choose(selector, path) {
    const field = await this.page.$(selector);
    await field.uploadFile(path);
  }
  close() {
    return this.context.close();
  }
}

function byPuppeteer(program, options) {
  return async () => {
    const executablePath = findProgram(program);
    const browser = await puppeteer.launch({ executablePath, headless: true, ...options });
    return {
      async page() {
        const context = await browser.createBrowserContext();
        return new PuppeteerPage(context, await context.newPage());
      },
      close: () => browser.close(),
    };
  };
}

const absent = (program) => (findProgram(program) ? [] : [program]);

export const ENGINES = {
  Chromium: {
    missing: () => absent("chromium"),
    open: byPuppeteer("chromium", {
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic"],
    }),
  },
  Firefox: {
    missing: () => absent("firefox-esr"),
    open: byPuppeteer("firefox-esr", { browser: "firefox" }),
  },
  WebKit: { missing: missingForWebKit, open: openWebKit },
};
