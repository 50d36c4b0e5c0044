// Whoever uses it, on whatever: a page that always answers, by keyboard alone, with a screen
// reader, on a narrow screen, in the light and in the dark.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModel } from "../node/make-model.mjs";
import {
  assertAnswers,
  assertFits,
  button,
  completeInNode,
  dropFile,
  field,
  finished,
  generate,
  openPage,
  readability,
  typed,
  written,
} from "./helpers.mjs";

// As large as the largest that is shipped.
const LARGE = {
  layers: 2,
  hidden: 256,
  vocabulary: Array.from("\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
};

test("the page answers within 50 ms while it writes", async (t) => {
  const page = await openPage(t);
  await dropFile(page, "large.safetensors", makeModel(LARGE));
  await page.getByText("LSTM, 2 layers of 256").waitFor();
  await field(page, "Length").fill("100000");
  await assertAnswers(t, page, async (watch) => {
    await field(page, "Prompt").fill("");
    await button(page, "Generate").click();
    await page.waitForFunction(() => document.querySelector(".log samp")?.textContent.length > 100);
    const from = (await written(page)).length;
    await watch(async () => {
      await field(page, "Prompt").click();
      for (const key of "thequickfox") await page.keyboard.press(key);
      await page.locator("#controls summary").click();
    });
    assert.ok(
      (await written(page)).length > from && (await button(page, "Stop").isEnabled()),
      "it writes",
    );
    await button(page, "Stop").click();
  });
});

test("everything goes by keyboard alone", async (t) => {
  const page = await openPage(t);
  const chosen = page.waitForEvent("filechooser", { timeout: 60_000 });
  const press = (...keys) =>
    keys.reduce((done, key) => done.then(() => page.keyboard.press(key)), Promise.resolve());
  const focused = () =>
    page.evaluate(() => document.activeElement.id || document.activeElement.classList[0] || "");
  const tabTo = async (wanted) => {
    for (let i = 0; i < 40; i++) {
      await press("Tab");
      const outlined = await page.evaluate(() => {
        const element = document.activeElement.closest(".choice") ?? document.activeElement;
        return getComputedStyle(element).outlineStyle;
      });
      assert.notEqual(outlined, "none", `the focus is seen on ${await focused()}`);
      if ((await focused()) === wanted) return;
    }
    assert.fail(`Tab leads to ${wanted}`);
  };
  await tabTo("models-choose");
  await press("Enter", "Tab");
  assert.ok(
    await page
      .getByRole("radio", { name: "First names" })
      .evaluate((e) => e === document.activeElement),
  );
  await press("Escape");
  assert.equal(await focused(), "models-choose");
  await press("Enter");
  await tabTo("open");
  await press("Enter");
  const chooser = await chosen;
  await chooser.setFiles({
    name: "own.safetensors",
    mimeType: "",
    buffer: Buffer.from(makeModel(LARGE)),
  });
  await page.getByText("LSTM, 2 layers of 256").waitFor();

  await tabTo("prompt");
  await press("Control+a");
  await page.keyboard.type("The q");
  await tabTo("length");
  await press("Control+a");
  await page.keyboard.type("100000");
  await press("Enter");
  await page.waitForFunction(() => document.querySelector(".log samp")?.textContent.length > 20);
  await page.getByRole("tab", { name: "Write" }).focus(); // wherever one is
  await press("Escape");
  await finished(page);
  assert.equal(await typed(page), "The q");
  const text = await written(page);
  assert.ok(text.length < 100_000, "Escape stops it");

  await page.locator("#prompt").focus();
  await tabTo("log");
  await press("ArrowLeft", "ArrowLeft");
  await page.getByRole("heading", { name: "What could have come" }).waitFor();
  const length = text.length + 5;
  await page.locator(`#place[aria-valuetext^="${length - 1} of ${length}: "]`).waitFor();
  await press("Home");
  await page.locator(`#place[aria-valuetext="1 of ${length}: T"]`).waitFor();
  await press("End");
  await page.getByRole("heading", { name: "What comes next" }).waitFor();
  await tabTo("temperature-slider");
  await press("Home");
  assert.equal(await field(page, "Temperature").inputValue(), "0");
});

test("screen readers get names, roles, and text in whole words about once a second", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare-int8&prompt=em" });
  const log = page.getByRole("log", { name: "Text" });
  assert.equal(await log.getAttribute("aria-live"), "polite");
  await page.getByRole("main").waitFor();
  const unnamed = await page
    .locator("button, input:not([hidden]), textarea, select, [role], table")
    .evaluateAll((all) =>
      all
        .filter((element) => !["none", "status", "alert"].includes(element.getAttribute("role")))
        .filter((element) => {
          const labels = [...(element.labels ?? [])].map((label) => label.textContent).join("");
          const by = document.getElementById(
            element.getAttribute("aria-labelledby") ?? "",
          )?.textContent;
          return !(
            labels ||
            by ||
            element.getAttribute("aria-label") ||
            element.textContent.trim()
          );
        })
        .map((element) => element.outerHTML),
    );
  assert.deepEqual(unnamed, []);

  await page.evaluate(() => {
    // What a screen reader may say: text that joins the log outside of its hidden tail.
    window.added = [];
    new MutationObserver((records) => {
      for (const { addedNodes, target } of records) {
        if (target.closest?.("[aria-hidden=true]")) continue;
        for (const node of addedNodes) {
          if (node.nodeType === Node.TEXT_NODE) window.added.push([performance.now(), node.data]);
        }
      }
    }).observe(document.querySelector(".log"), { childList: true, subtree: true });
  });
  await field(page, "Pace").selectOption("30 a second");
  await field(page, "Length").fill("100");
  const text = await generate(page);
  const added = await page.evaluate(() => window.added);
  const parts = added.map(([, part]) => part);
  assert.equal(parts.join(""), `em${text}`, "every character once");
  assert.ok(parts.length >= 3 && parts.length <= 8, `${parts.length} announcements in 3 seconds`);
  for (const part of parts.slice(1, -1)) assert.match(part, /\s$/, "a word is not cut");
});

test("360 pixels are wide enough", async (t) => {
  const page = await openPage(t, {
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  });
  const fits = (when) => assertFits(page, 360, when);
  await fits("at first");
  await field(page, "Prompt").fill("m".repeat(300));
  await page.locator("#controls summary").tap();
  await button(page, "Generate").tap();
  await finished(page);
  await fits("with text");
  const seen = await page.locator(".log").evaluate((log) => {
    const { top, bottom } = log.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  assert.ok(seen, "Generate brings the text into view");
  await field(page, "Prompt").fill("漢字".repeat(100));
  await button(page, "Generate").tap();
  await page.locator("#prompt-problem button").first().waitFor();
  await fits("with a problem");
  await dropFile(page, `${"long".repeat(60)}.safetensors`, new Uint8Array(30));
  await page.locator("#models .alert:not(:empty)").waitFor();
  await fits("with a file that is none");
  await dropFile(
    page,
    `${"long".repeat(60)}.safetensors`,
    makeModel({ vocabulary: [..."\n abcdm"] }),
  );
  await page.getByText("LSTM, 1 layer of 12").waitFor();
  await fits("with a long name");
});

test("magnified four times, more of the attention is in view than a row", async (t) => {
  const hash = "#tab=translate&model=dates";
  const page = await openPage(t, { viewport: { width: 320, height: 256 }, ready: false, hash });
  await page.locator(".heat tbody tr").nth(9).waitFor();
  assert.ok((await page.locator(".map").boundingBox()).height > 150);
});

for (const colorScheme of ["light", "dark"]) {
  test(`text is readable in the ${colorScheme}`, async (t) => {
    const page = await openPage(t, { colorScheme });
    await generate(page);
    await page.locator(".log").press("ArrowLeft");
    await field(page, "Prompt").fill("!");
    await page.locator("#controls summary").click();
    await button(page, "Generate").click();
    await page.locator("#prompt-problem button").first().waitFor();
    const { background, poor } = await readability(page);
    assert.deepEqual(poor, []);
    assert.ok(
      colorScheme === "dark" ? background < 0.05 : background > 0.8,
      `the paper is ${background}`,
    );
  });
}

test("where the system forces its colours, what is chosen is told apart", async (t) => {
  const page = await openPage(t, { hash: "#tab=caption", ready: false, forcedColors: "active" });
  await page.locator("#captioning .word").nth(1).waitFor();
  const colours = (selector) =>
    page.locator(selector).evaluateAll((all) =>
      all.map((one) => {
        const { backgroundColor, borderBottomColor } = getComputedStyle(one);
        return `${backgroundColor} ${borderBottomColor}`;
      }),
    );
  const chosen = {
    '[role="tab"]': '[aria-selected="true"]',
    "#captioning .pictures button": '[aria-pressed="true"]',
    "#captioning .word": '[aria-pressed="true"]',
  };
  await page.locator("#captioning .word").first().click();
  for (const [all, one] of Object.entries(chosen)) {
    const [its, others] = [await colours(`${all}${one}`), await colours(`${all}:not(${one})`)];
    assert.equal(its.length, 1, all);
    assert.ok(others.length > 0 && !others.includes(its[0]), `${all}: ${its} ${others}`);
  }
});

test("a prompt of 100 kB neither freezes the page nor is lost", async (t) => {
  const page = await openPage(t);
  const bytes = makeModel({ cell: "rnn", hidden: 4 });
  await dropFile(page, "small.safetensors", bytes);
  await page.getByText("RNN, 1 layer of 4").waitFor();
  const long = "abcdefghi ".repeat(10_000);
  await field(page, "Prompt").fill(long);
  await button(page, "Share").click();
  await page.getByText("no link can carry it").waitFor();
  const options = { temperature: 0.8, length: 200, seed: 0 };
  assert.equal(await generate(page), await completeInNode(bytes, long, options));
  assert.equal((await typed(page)).length, long.length);
});

/** Turns words into capitals wherever a translator may, as browsers do: each text in <font>. */
function translates() {
  const mayNot = "[translate=no], font, textarea, script, style, svg";
  const translate = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(/** @type {Text} */ (walker.currentNode));
    for (const text of texts) {
      if (!text.data.trim() || !text.parentElement || text.parentElement.closest(mayNot)) continue;
      const font = document.createElement("font");
      font.textContent = text.data.toUpperCase();
      text.replaceWith(font);
    }
  };
  const take = ({ addedNodes, target }) =>
    [...addedNodes, target].forEach((node) => node.parentElement && translate(node.parentElement));
  addEventListener("DOMContentLoaded", () => {
    translate(document.body);
    const seen = { childList: true, characterData: true, subtree: true };
    new MutationObserver((changes) => changes.forEach(take)).observe(document.body, seen);
  });
}

test("a browser that translates the page leaves alone what networks read and write", async (t) => {
  const prepare = (page) => page.addInitScript(translates);
  const page = await openPage(t, { hash: "#model=names&prompt=em&seed=1&samples=5", prepare });
  await page.locator("h2").getByText("MODEL", { exact: true }).waitFor();
  const small = async (...selectors) => {
    for (const selector of selectors)
      await page
        .locator(selector)
        .filter({ hasText: /\p{Ll}/u })
        .first()
        .waitFor();
  };
  await page.locator("#generate").click(); // whose name is another now
  await finished(page);
  assert.match(await written(page), /^[a-z\n]+$/);
  await page.locator(".log").press("ArrowLeft");
  await page.locator(".log").press("ArrowLeft");
  await small("#candidates .context b", "#candidates .glyph");
  await page.getByText(/LOOK INSIDE/).click();
  await small(".lens .strip");
  const figures = {
    1: ["#learning .guess .sign", "#learning .bars-of tbody th"],
    2: ["#learning .cells-of"],
    6: ["#learning tbody th", "#learning .interval"],
    7: ["#learning .loop"],
    8: ["#learning .lane-text", "#learning .blind"],
  };
  for (const [step, selectors] of Object.entries(figures)) {
    await page.start(`#tab=learn&language=en&step=${step}`);
    await small(...selectors);
  }
  await page.start("#tab=classify");
  await small("#classifying .examples button");
  await page.start("#tab=caption");
  await small("#captioning .written");
  await page.start("#tab=translate&text=3 May 1979");
  await small("#translating .heat thead");
});
