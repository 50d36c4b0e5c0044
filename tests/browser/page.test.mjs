// The page itself: its address and history, what it does when a part of it does not come, where it
// cannot start at all, what is dropped on it, and that results are seen without scrolling.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "node:test";
import { exportOnnx } from "../../dist/inkling.js";
import { dist, root } from "../node/helpers.mjs";
import { makeModel } from "../node/make-model.mjs";
import {
  assertFits,
  button,
  completeInNode,
  dropFile,
  field,
  finished,
  generate,
  newPage,
  openPage,
  written,
} from "./helpers.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });
const selected = (page, name) =>
  page.locator(`[role=tab][aria-selected=true]`).getByText(name, { exact: true }).waitFor();
const open = (t, hash, options) => openPage(t, { ready: false, hash, ...options });

// ---- The address --------------------------------------------------------------------------------

test("Back and Forward go from tab to tab, and each is as it was left", async (t) => {
  const page = await openPage(t);
  await field(page, "Prompt").fill("zo");
  await tab(page, "Classify").click();
  await page.locator(".verdict", { hasText: /^Polish: / }).waitFor();
  await field(page, "Text to classify").fill("Nakamura");
  await tab(page, "Translate").click();
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  await page.goBack();
  await selected(page, "Classify");
  assert.equal(await field(page, "Text to classify").inputValue(), "Nakamura");
  await page.waitForURL((url) => url.hash.endsWith("text=Nakamura"));
  await page.goBack();
  await selected(page, "Write");
  assert.equal(await field(page, "Prompt").inputValue(), "zo");
  await page.goForward();
  await page.goForward();
  await selected(page, "Translate");
  await page.reload();
  await selected(page, "Translate");
  await page.goBack();
  await selected(page, "Classify");
  assert.equal(await field(page, "Text to classify").inputValue(), "Nakamura", "from its link");
});

test("a model of one's own stays when the tab is left and entered again by Back", async (t) => {
  const page = await openPage(t);
  await dropFile(page, "mine.safetensors", makeModel());
  await page.getByText("LSTM, 1 layer of 12").waitFor();
  await tab(page, "Train").click();
  await page.goBack();
  await selected(page, "Write");
  await button(page, "Model mine").waitFor();
  await button(page, "Share").click();
  await page.getByText("A file of your own stays on this device").waitFor();
  await page.reload();
  await page.getByText("“mine.safetensors” was a file of your own").waitFor();
  await page.locator("#generate:enabled").waitFor();
  await dropFile(page, "mine.safetensors", makeModel());
  await page.getByText("“mine.safetensors” was a file of your own").waitFor({ state: "hidden" });
});

test("a teacher's link fills in the training form, and Share makes one", async (t) => {
  const page = await open(t, "#tab=train&sample=names&cell=gru,lstm&units=64&minutes=2&epochs=3", {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await page.getByRole("radio", { name: /^First names/ }).waitFor();
  assert.ok(await page.getByRole("radio", { name: /^First names/ }).isChecked());
  assert.ok(await page.getByRole("radio", { name: "2 minutes" }).isChecked());
  assert.deepEqual(
    [
      await field(page, "RNN").isChecked(),
      await field(page, "GRU").isChecked(),
      await field(page, "LSTM").isChecked(),
    ],
    [false, true, true],
  );
  assert.equal(await field(page, "Units a layer").inputValue(), "64");
  await field(page, "LSTM").uncheck();
  await field(page, "Layers").fill("2");
  await field(page, "Epochs").fill("");
  await page.getByText("5 minutes").click();
  const top = () => page.locator("main").evaluate((main) => main.offsetTop);
  const above = await top();
  await button(page, "Share").click();
  await page.getByText("Link copied: it opens this tab with these settings.").waitFor();
  assert.equal(await top(), above, "nothing moves");
  const link = new URL(await page.evaluate(() => navigator.clipboard.readText()));
  assert.equal(link.hash, "#tab=train&sample=names&cell=gru&minutes=5&layers=2&units=64");
  await page.getByRole("radio", { name: /^A text of your own/ }).check();
  await button(page, "Share").click();
  await page.getByText("A text of your own stays on this device: it is not in it.").waitFor();
  const fresh = await open(t, "#tab=train&task=classifier&sample=nowhere&minutes=soon&cell=x");
  await fresh.getByText("Type a few examples of each class").waitFor();
  await fresh
    .getByText("The link says cell=x, minutes=soon, sample=nowhere, which is not possible here")
    .waitFor();
  const odd =
    "#tab=train&sample=nosuch&cell=gru,foo&units=9999&held=half&from=none&tempo=2&layers=2";
  const other = await open(t, odd);
  await other.getByText("The link asks for a text “nosuch”, which is not here").waitFor();
  await other
    .getByText("cell=gru,foo, from=none, units=9999, held=half, tempo=2, which is not")
    .waitFor();
  assert.equal(await field(other, "Layers").inputValue(), "2");
  assert.equal(await field(other, "Units a layer").inputValue(), "");
  assert.ok(await field(other, "GRU").isChecked());
});

test("embedded, it leaves out its head and what hide= names", async (t) => {
  const page = await openPage(t, { query: "?embed&hide=tabs,model,options,shape" });
  await generate(page);
  for (const name of ["Inkling", "How it chooses", "Its shape", "Model"])
    assert.ok(await page.getByRole("heading", { name, exact: true }).isHidden(), name);
  assert.ok(await page.getByRole("tablist").isHidden());
  assert.ok(await page.getByRole("heading", { name: "What comes next" }).isVisible());
});

test("every link in docs/page.md opens what it says", async (t) => {
  const text = await readFile(join(root, "docs/page.md"), "utf8");
  const blocks = [...text.matchAll(/^```\n([^]*?)^```$/gm)].map(([, block]) => block);
  const links = blocks.join("").trim().split("\n");
  assert.ok(links.length >= 7);
  for (const link of links) {
    const page = await newPage(t);
    await page.start(link);
    const { tab: name = "write", ...fields } = Object.fromEntries(
      new URLSearchParams(link.replace(/^.*#/, "")),
    );
    const shown = page.locator(`[role=tabpanel][aria-labelledby=tab-${name}]`);
    await shown.waitFor();
    for (const value of Object.values(fields).filter((value) => value.includes(" ")))
      await page.waitForFunction(
        (value) => [...document.querySelectorAll("input, textarea")].some((e) => e.value === value),
        value,
      );
    if (fields.model) await shown.locator(".loading").waitFor({ state: "hidden" });
    const alerts = await page.getByRole("alert").allTextContents();
    assert.deepEqual(alerts.filter(Boolean), [], link);
    await page.context().close();
  }
});

// ---- What does not come -------------------------------------------------------------------------

test("a panel that did not come is said, and comes when it is asked for again", async (t) => {
  const page = await newPage(t, { mayFail: /ERR_FAILED|ERR_INTERNET_DISCONNECTED/ });
  let fails = true;
  await page.route("**/page/classify-*.js", (route) => (fails ? route.abort() : route.continue()));
  await page.start("#tab=classify");
  const alert = page.getByRole("alert").filter({ hasText: "Classify did not start" });
  await alert.waitFor();
  await button(page, "Try again").click();
  await alert.waitFor();
  fails = false;
  await button(page, "Try again").click();
  await page.locator(".verdict", { hasText: /^Polish: / }).waitFor();
  assert.equal(await alert.count(), 0);
});

test("what did not come without a network comes with it, by itself", async (t) => {
  const page = await newPage(t, { mayFail: /ERR_/ });
  await page.start("");
  await page.locator("#generate:enabled").waitFor();
  await page.context().setOffline(true);
  await tab(page, "Translate").click();
  await page.getByRole("alert").filter({ hasText: "Translate did not start" }).waitFor();
  await page.context().setOffline(false);
  await page.locator(".translation").getByText("1979-05-03").waitFor();
});

test("lists and models that did not come can be asked for again, in place", async (t) => {
  const page = await newPage(t, { mayFail: /ERR_FAILED/ });
  const failing = new Set(["models/index.json", "names.safetensors", "samples/index.json"]);
  for (const name of failing)
    await page.route(`**/${name}`, (route) =>
      failing.has(name) ? route.abort() : route.continue(),
    );
  await page.start("");
  const alert = page.locator("#models .alert");
  await alert.getByText("The shipped models cannot be listed").waitFor();
  failing.delete("models/index.json");
  await alert.getByRole("button", { name: "Try again" }).click();
  await alert.getByText("First names cannot be opened").waitFor();
  failing.delete("names.safetensors");
  await alert.getByRole("button", { name: "Try again" }).click();
  await page.locator("#generate:enabled").waitFor();
  await tab(page, "Train").click();
  await page.getByText("The texts that come along cannot be listed").waitFor();
  failing.delete("samples/index.json");
  await button(page, "Try again").click();
  await page.getByRole("radio", { name: /^Alice/ }).waitFor();
  assert.ok(await page.getByRole("radio", { name: /^Alice/ }).isChecked());
});

test("without its chart, or with a language that browsers refuse, it trains", async (t) => {
  const page = await newPage(t, { mayFail: /ERR_FAILED/ });
  await page.addInitScript(() =>
    Object.defineProperty(navigator, "language", { value: "en_US@posix", configurable: true }),
  );
  let fails = true;
  await page.route("**/page/uPlot*.js", (route) => (fails ? route.abort() : route.continue()));
  await page.start("#tab=train&sample=names&units=8&epochs=500");
  await page.getByText("The chart did not start").waitFor();
  await page.locator("#train .start").click();
  await page.locator('.lane[data-state="running"] button:enabled').first().waitFor();
  fails = false;
  await page.locator(".chart").getByRole("button", { name: "Try again" }).click();
  await page.locator(".chart canvas").waitFor();
  await page.locator("#train .end").click();
});

test("neither the pace nor, on a phone, the attention is cut", async (t) => {
  const page = await openPage(t);
  const isWhole = await page.locator("#pace").evaluate((select) => {
    const free = select.cloneNode(true);
    free.style.width = "max-content";
    select.after(free);
    const wanted = free.offsetWidth;
    free.remove();
    return select.offsetWidth >= wanted;
  });
  assert.ok(isWhole, "the pace");
  await page.setViewportSize({ width: 390, height: 844 });
  await tab(page, "Translate").click();
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  const map = page.locator(".map");
  assert.ok(await map.evaluate((map) => map.scrollWidth <= map.clientWidth), "the attention");
  await field(page, "Text to translate").fill("Thursday, the twenty-first of September 2004");
  await button(page, "Translate").click();
  await page.locator(".map.wide").waitFor(); // and that it goes on is seen
});

test("where no script runs it says what to do", async (t) => {
  const page = await newPage(t, { mayFail: /./ });
  const notice = page.getByText("The page has not started.");
  await page.goto(pathToFileURL(join(dist, "index.html")).href);
  await notice.waitFor();
  // A host that does not know what a script is.
  const host = createServer(async (request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url.replace(/[?#].*/, "");
    const type = path.endsWith(".html") ? "text/html" : "text/plain";
    const bytes = await readFile(join(dist, path)).catch(() => "");
    response.writeHead(200, { "content-type": type }).end(bytes);
  });
  await new Promise((resolve) => host.listen(0, "127.0.0.1", resolve));
  t.after(() => host.close());
  await page.goto(`http://127.0.0.1:${host.address().port}/`);
  await notice.waitFor();
  await page.start("");
  await page.locator("#generate:enabled").waitFor();
  assert.equal(await notice.count(), 0);
});

// ---- Files --------------------------------------------------------------------------------------

test("what is dragged is told what becomes of it", async (t) => {
  const page = await openPage(t);
  const dragged = (name, type) =>
    page.evaluate(
      ([name, type]) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(["x"], name, { type }));
        const init = { dataTransfer, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new DragEvent("dragenter", init));
        const said = getComputedStyle(document.body, "::after").content;
        document.body.dispatchEvent(new DragEvent("dragleave", init));
        return said;
      },
      [name, type],
    );
  assert.match(await dragged("m.safetensors", ""), /Drop a model’s files to write with it/);
  await tab(page, "Caption").click();
  await page.locator(".written button").getByText("■").waitFor();
  assert.match(await dragged("cat.png", "image/png"), /Drop a picture to caption it"/);
  await tab(page, "Train").click();
  await page.locator("#train .samples .choice").first().waitFor();
  assert.match(await dragged("play.txt", "text/plain"), /Drop a text to learn it"/);
  await page.locator(".segments").getByText("Pictures", { exact: true }).click();
  assert.match(await dragged("cat.png", "image/png"), /Drop pictures to learn them/);
});

test("a model of another task opens in its tab from the message that says so", async (t) => {
  const page = await open(t, "#tab=classify");
  await page.locator(".verdict", { hasText: /^Polish: / }).waitFor();
  await dropFile(page, "write.safetensors", makeModel());
  await button(page, "Open it there").click();
  await selected(page, "Write");
  await button(page, "Model write").waitFor();
  await page.getByText("LSTM, 1 layer of 12").waitFor();
});

// ---- What is written ----------------------------------------------------------------------------

test("what is written faster than anyone can listen is counted, not read out", async (t) => {
  const page = await openPage(t, {
    hash: "#model=shakespeare-int8&prompt=ROMEO:&length=2000&seed=1",
  });
  await page.evaluate(() => {
    window.said = 0;
    new MutationObserver((records) => {
      for (const { addedNodes, target } of records) {
        if (target.closest?.("[aria-hidden=true]") || target.closest?.("[aria-live=off]")) continue;
        for (const node of addedNodes)
          if (node.nodeType === Node.TEXT_NODE) window.said = Math.max(window.said, node.length);
      }
    }).observe(document.querySelector(".log"), { childList: true, subtree: true });
  });
  await generate(page);
  await page.locator("#announcement").getByText("2,000 characters written.").waitFor();
  assert.ok((await page.evaluate(() => window.said)) <= 300);
  await page.locator('.log[aria-live="polite"]').waitFor();
});

test("Hebrew and Arabic run from right to left, line by line", async (t) => {
  const page = await openPage(t);
  const vocabulary = [..."\n abcאבגד"];
  await dropFile(page, "right.safetensors", makeModel({ vocabulary }));
  await page.getByText("9 characters").waitFor();
  const prompt = field(page, "Prompt");
  await prompt.fill("אבג");
  assert.equal(await prompt.evaluate((e) => getComputedStyle(e).direction), "rtl");
  await prompt.fill("abc\nאבג\nabc");
  await generate(page);
  const sides = await page
    .locator(".log kbd")
    .first()
    .evaluate((typed) => {
      const middle = typed.closest(".log").getBoundingClientRect();
      const sideOf = (at) => {
        const range = document.createRange();
        range.setStart(typed.firstChild, at);
        range.setEnd(typed.firstChild, at + 1);
        const { left } = range.getBoundingClientRect();
        return left > (middle.left + middle.right) / 2 ? "right" : "left";
      };
      return [0, 4, 8].map(sideOf);
    });
  assert.deepEqual(sides, ["left", "right", "left"]);
});

test("of words it speaks as of words, and shows them whole", async (t) => {
  const page = await openPage(t);
  const vocabulary = ["\n", "the", "conversation", "nevertheless", "<unk>"];
  const bytes = makeModel({ vocabulary, metadata: { level: "word" } });
  await dropFile(page, "words.safetensors", bytes);
  await page.getByText("5 words").waitFor();
  await page.getByText("Click any word").waitFor();
  await page.getByText("The likeliest words at this place").waitFor({ state: "attached" });
  const cut = await page
    .locator("#candidates tbody .glyph")
    .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length);
  assert.equal(cut, 0);
});

test("where the system forces its colours, bars and maps are seen", async (t) => {
  const page = await open(t, "#tab=translate", { forcedColors: "active" });
  await page.locator(".translation").getByText("1979-05-03").waitFor();
  const colours = await page
    .locator(".heat tbody td")
    .evaluateAll((all) => [...new Set(all.map((cell) => getComputedStyle(cell).backgroundColor))]);
  assert.ok(colours.length > 3, colours.join());
  await tab(page, "Write").click();
  await page.locator("#generate:enabled").waitFor();
  await page.locator("#candidates tbody tr").first().waitFor();
  const bars = await page
    .locator("#candidates tbody tr")
    .first()
    .locator(".bar")
    .evaluateAll((all) => all.map((bar) => getComputedStyle(bar).backgroundColor));
  const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(new Set([...bars, paper]).size, 4);
});

// ---- Where it is seen ---------------------------------------------------------------------------

const seen = (locator) =>
  locator.evaluate((element) => {
    const { top, bottom, height } = element.getBoundingClientRect();
    return height > 0 && top >= 0 && bottom <= innerHeight + 1;
  });

const SCREENS = {
  "1280×720": { viewport: { width: 1280, height: 720 } },
  "390×844": { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
};

for (const [screen, options] of Object.entries(SCREENS)) {
  test(`at ${screen} every tab shows its result without scrolling by hand`, async (t) => {
    const page = await openPage(t, options);
    await generate(page);
    assert.ok(await seen(page.locator(".log")), "the text");
    await tab(page, "Classify").click();
    await page.locator(".verdict", { hasText: /^Polish: / }).waitFor();
    assert.ok(await seen(page.locator("#classifying tbody tr").first()), "the classes");
    assert.ok(await seen(page.locator("#classifying tbody tr").nth(7)), "all classes");
    await tab(page, "Translate").click();
    await page.locator(".translation").getByText("1979-05-03").waitFor();
    assert.ok(await seen(page.locator(".translation")), "the translation");
    await tab(page, "Caption").click();
    await page.locator(".written button").getByText("■").waitFor();
    assert.ok(await seen(page.locator("p.written")), "the caption");
    assert.ok(await seen(page.locator("canvas.picture")), "the picture");
    await tab(page, "Train").click();
    await page.getByRole("radio", { name: /^First names/ }).check();
    await page.locator("#train .start").click();
    await page.locator(".sample:not(.early):not(:empty)").waitFor();
    assert.ok(await seen(page.locator("#progress .chart")), "the losses");
    assert.ok(await seen(page.locator(".going")), "how far it is");
    await page.locator("#train .end").click();
  });
}

for (const width of [320, 360, 390]) {
  test(`${width} pixels are wide enough for every tab`, async (t) => {
    const page = await openPage(t, {
      viewport: { width, height: 640 },
      isMobile: true,
      hasTouch: true,
    });
    for (const name of ["Learn", "Write", "Classify", "Translate", "Caption", "Train"]) {
      await tab(page, name).tap();
      await page.getByRole("tabpanel").locator("button:visible").first().waitFor();
      await page.waitForTimeout(300);
      for (const summary of await page.getByRole("tabpanel").locator("summary").all())
        if (await summary.isVisible()) await summary.tap();
      await assertFits(page, width, name);
      const cut = await page.getByRole("tab").evaluateAll((tabs) =>
        tabs
          .filter((one) => {
            const { left, right } = one.getBoundingClientRect();
            const strip = one.parentElement.getBoundingClientRect();
            return left < strip.left - 0.5 || right > strip.right + 0.5;
          })
          .map((one) => one.textContent),
      );
      assert.deepEqual(cut, [], "a tab is cut");
    }
    await tab(page, "Write").tap();
    await generate(page);
    const speed = page.locator(".speed");
    assert.match(await speed.innerText(), /^[\d,]+ characters · [\d,]+ a second$/);
    assert.ok(await speed.evaluate((one) => one.scrollWidth <= one.clientWidth), "it is cut");
  });
}

test("names and pieces of texts without blanks, however long, make no tab wider", async (t) => {
  const stem = "name_of_a_file_without_any_blanks".repeat(4);
  for (const width of [390, 1280]) {
    const hash = "#model=shakespeare&prompt=";
    const page = await openPage(t, { hash, viewport: { width, height: 800 } });
    const text = "e".repeat(3000);
    for (const name of ["Classify", "Translate", "Caption", "Train", "Write"]) {
      await tab(page, name).click();
      const list = name === "Train" ? ".samples .choice" : ".choose";
      await page.getByRole("tabpanel").locator(list).first().waitFor();
      for (const [ending, bytes] of Object.entries({ pdf: "%PDF-1.4", txt: text })) {
        await dropFile(page, `${stem}.${ending}`, Buffer.from(bytes));
        const said = page.getByRole("tabpanel").getByText(stem).filter({ visible: true });
        await said.first().waitFor();
        await assertFits(page, width, `${name}, ${ending}, ${width} pixels`);
      }
    }
    await finished(page);
    const copied = page.locator(".copies").filter({ hasText: "eeeeeeeeee" });
    await copied.waitFor();
    await assertFits(page, width, "what is copied");
    const [box, place] = [copied, page.locator("#output")].map((one) => one.boundingBox());
    assert.ok((await box).width <= (await place).width + 0.5);
    assert.ok(await copied.evaluate((one) => one.scrollWidth <= one.clientWidth), "cut");
  }
});

test("on a phone the name of a model that comes is read beside how far it is", async (t) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const prepare = (page) =>
    page.route("**/names.safetensors", async (route) => {
      await held;
      await route.continue();
    });
  for (const width of [360, 390]) {
    const page = await openPage(t, {
      ...{ viewport: { width, height: 640 }, isMobile: true, hasTouch: true },
      ...{ prepare, ready: false },
    });
    const bar = page.locator("#models .loading progress");
    await bar.waitFor();
    const name = page.locator("#models .choose");
    await name.filter({ hasText: "First names" }).waitFor();
    assert.ok(await name.evaluate((one) => one.scrollWidth <= one.clientWidth), "it is cut");
    const [its, bars] = [await name.boundingBox(), await bar.boundingBox()];
    assert.ok(bars.width >= 24 && bars.y < its.y + its.height, `a bar of ${bars.width}`);
  }
  release();
});

test("on a phone a character that is tapped is looked at under the text", async (t) => {
  const page = await openPage(t, SCREENS["390×844"]);
  const text = await generate(page);
  const { x, y } = await page.locator(".log").boundingBox();
  await page.touchscreen.tap(x + 40, y + 60);
  await page.locator("#candidates.docked tr.written").waitFor();
  assert.ok(await seen(page.locator("#candidates")));
  const mark = await page.locator(".mark").boundingBox();
  const panel = await page.locator("#candidates").boundingBox();
  assert.ok(mark.y + mark.height <= panel.y, "what was tapped is seen above it");
  await button(page, "Close").tap();
  assert.equal(await page.locator(".docked").count(), 0);
  assert.equal(await written(page), text);
  await finished(page);
});

// ---- Taking it along ----------------------------------------------------------------------------

test("a model is taken along as a page of its own, and as code with what is set", async (t) => {
  const page = await openPage(t, {
    hash: "#model=names&prompt=%22em&temperature=0.7&length=50&seed=4",
  });
  await page.getByText("Use it in your page").click();
  const code = page.locator(".snippet");
  await code.getByText('<iframe src="names.html" title="First names"').waitFor();
  await page.getByText("“Save as a page” makes names.html: put it beside").waitFor();
  const frame = await code.innerText();
  await field(page, "As").selectOption("an element");
  await code.getByText('model="names.safetensors" prompt="&quot;em"').waitFor();
  await field(page, "Prompt").fill("em");
  await field(page, "As").selectOption("a module");
  await code.getByText('model.generate("em", { temperature: 0.7, length: 50, seed: 4 })').waitFor();
  await field(page, "Texts").fill("3");
  await page.getByText("Top-k, top-p and other cuts").click();
  await field(page, "Top-k").fill("5");
  const download = page.waitForEvent("download");
  await button(page, "Save as a page").click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "names.html");
  const alone = await newPage(t, { mayFail: /^a request: (file|blob):/ });
  const html = join(tmpdir(), `inkling-${process.pid}.html`);
  await saved.saveAs(html);
  t.after(() => rm(html));
  await alone.goto(pathToFileURL(html).href);
  await alone.locator("#candidates li").first().waitFor();
  assert.equal(await alone.locator("#text").innerText(), await threeNames());

  const theirs = await newPage(t);
  const fulfil = (what) => (route) => route.fulfill({ contentType: "text/html", ...what });
  await theirs.route("**/theirs.html", fulfil({ body: `<!doctype html><h1>Mine</h1>${frame}` }));
  await theirs.route("**/names.html", fulfil({ path: html }));
  await theirs.start("theirs.html");
  const inside = theirs.frameLocator("iframe");
  await inside.getByRole("button", { name: "Generate" }).click();
  await inside.locator("#text").getByText("em").first().waitFor();
});

/** Of the settings in these tests, as the page writes them. */
async function threeNames() {
  const options = { temperature: 0.7, length: 50, seed: 4, samples: 3, topK: 5 };
  const texts = await completeInNode("names.safetensors", "em", options);
  return texts.replaceAll(/^/gm, "em");
}

test("the code that is offered shows the texts that the page does, a line each", async (t) => {
  const page = await openPage(t, {
    hash: "#model=names&prompt=em&temperature=0.7&length=50&seed=4&samples=3&topK=5",
  });
  await page.getByText("Use it in your page").click();
  const hook = "document.body.style.whiteSpace = 'pre'; useText('em');";
  const react =
    "export const useEffect = (effect) => effect();" +
    "export const useState = (first) => [first, (text) => (document.body.innerText = text)];";
  const imports = { inkling: "/inkling.js", react: `data:text/javascript,${react}` };
  for (const [kind, markup] of [
    [
      "an element",
      (code) => `${code}<script>customElements.whenDefined("inkling-text").then(() =>
      document.querySelector("inkling-text").generate())</script>`,
    ],
    ["a module", (code) => `<script type="module">${code}</script>`],
    ["a React hook", (code) => `<script type="module">${code}${hook}</script>`],
  ]) {
    await field(page, "As").selectOption(kind);
    const code = await page.locator(".snippet").innerText();
    const theirs = await newPage(t);
    await theirs.route("**/theirs.html", (route) => {
      const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
      const body = `<!doctype html>${map}<body>${markup(code)}`;
      return route.fulfill({ contentType: "text/html", body });
    });
    await theirs.route(/\/names\.safetensors$/, (route) =>
      route.fulfill({ path: join(dist, "models/names.safetensors") }),
    );
    await theirs.start("theirs.html");
    const wanted = await threeNames();
    await theirs.waitForFunction(
      (text) =>
        [
          document.body,
          document.querySelector("inkling-text")?.shadowRoot.querySelector("div"),
        ].some((place) => place?.innerText.trim() === text),
      wanted,
    );
  }
});

test("a generator is taken along as ONNX", async (t) => {
  const page = await openPage(t, { hash: "#model=names" });
  await page.getByText("Use it in your page").click();
  const download = page.waitForEvent("download");
  await button(page, "Save as ONNX").click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "names.onnx");
  const wanted = await exportOnnx(join(dist, "models/names.safetensors"));
  assert.ok((await readFile(await saved.path())).equals(wanted));
  await page.getByText("Saved: one step of the network").waitFor();
});

test("a link to a tab shows no other before it, nothing plain, and the foot out of sight", async (t) => {
  const page = await newPage(t);
  const held = { "main.js": [], "learn.css": [] };
  for (const [name, waiting] of Object.entries(held))
    await page.route(`**/${name}`, (route) => {
      if (!waiting.open) return void waiting.push(route);
      return route.continue();
    });
  const release = async (name) => {
    held[name].open = true;
    await Promise.all(held[name].map((route) => route.continue()));
  };
  const seen = (selector) => page.locator(selector).evaluate((one) => one.checkVisibility());
  const going = page.start("#tab=learn&step=0");
  await page.waitForFunction(() => document.documentElement.className === "begins-elsewhere");
  assert.equal(await seen("#write"), false);
  const top = () => page.locator("main").evaluate((one) => one.getBoundingClientRect().top);
  const before = await top();
  await release("main.js");
  await going;
  await page.locator("#learning .lesson-bar").waitFor({ state: "attached" });
  assert.equal(await seen("#learning select"), false);
  const foot = await page.locator(".foot").evaluate((one) => one.getBoundingClientRect().top);
  assert.ok(foot >= 900, `${foot}`);
  assert.ok(Math.abs((await top()) - before) < 5, "what stands in the page has moved");
  await release("learn.css");
  await page.locator("#learning select").waitFor();
  await page.getByRole("tab", { name: "Write" }).click();
  await page.locator("#write").waitFor();

  // What comes ahead as a rule may come last.
  const late = await newPage(t);
  await late.route("**/ahead.js", async (route) => {
    await late.locator("#learning .lesson-bar").waitFor();
    await route.continue();
  });
  const came = late.waitForEvent("requestfinished", (one) => one.url().endsWith("/ahead.js"));
  await late.start("#tab=learn&step=0");
  await came;
  await late.getByRole("tab", { name: "Write" }).click();
  await late.locator("#write").waitFor();
});
