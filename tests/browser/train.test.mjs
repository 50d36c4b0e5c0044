// The training panel: it learns before one's eyes, is held and goes on, also after a reload, and
// never holds up the page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAnswers, button, dropFile, field, generate, openPage } from "./helpers.mjs";

const TEXT = "she sells sea shells by the sea shore\n".repeat(150);

async function openPanel(page) {
  await page.getByRole("tab", { name: "Train" }).click();
  await page.locator("#train .samples .choice").first().waitFor();
}

/** Drops a file of 21 characters so many times over. */
const dropText = (page, times) => dropFile(page, "play.txt", "all work and no play ".repeat(times));

/** Opens the panel and fills it in: a text of one's own, or a dropped one, and a small network. */
async function prepareRun(page, { cells = ["GRU"], text = TEXT, dropped, ...fields } = {}) {
  await openPanel(page);
  if (dropped) {
    await dropText(page, dropped);
  } else {
    await page.getByLabel("A text of your own").check();
    await field(page, "Text to learn").fill(text);
  }
  await page.locator(".more > summary").click();
  for (const cell of ["RNN", "GRU", "LSTM"])
    await field(page, cell).setChecked(cells.includes(cell));
  await page.getByText("Learning rate, batch and samples").click();
  const all = {
    "Workers each": 1,
    "Units a layer": 24,
    Window: 20,
    Epochs: 100_000,
    "Learning rate": 0.01,
    "Streams (batch)": 4,
    "Held out": 0.1,
    "Seconds between samples": 1,
    ...fields,
  };
  for (const [name, value] of Object.entries(all)) await field(page, name).fill(String(value));
}

const start = (page) => page.locator("#train .start").click();
const hold = (page) => page.locator("#train .pause");
const shown = (page) => page.getByLabel("What it wrote", { exact: true });
const lane = (page, name = "GRU") => page.locator(".lane").filter({ hasText: name });

async function stepOf(of) {
  const text = await of.locator(".figures dd").first().textContent();
  return Number(text.split(" ")[0].replaceAll(",", ""));
}

async function reach(of, step) {
  const until = Date.now() + 20_000;
  while ((await stepOf(of)) < step) {
    assert.ok(Date.now() < until, `step ${step} is not reached`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function isKept(page) {
  await hold(page).filter({ hasText: "Resume" }).waitFor();
  await saidKept(page);
}

const saidKept = (page) =>
  page.locator(".kept").filter({ hasText: "Kept in this browser" }).waitFor();

/** Holds the run at a step or soon after, waits until it is kept, and gives the step. */
async function holdAt(page, step) {
  await reach(lane(page), step);
  await hold(page).click();
  await isKept(page);
  return stepOf(lane(page));
}

/** Opens the panel of a page that was left, and gives the step of the run that was kept. */
async function keptStep(page) {
  await openPanel(page);
  await page.locator(".kept").filter({ hasText: "This is the run on" }).waitFor();
  return stepOf(lane(page));
}

/** How many pixels of the chart are drawn on. */
const drawn = (page) =>
  page.locator("#progress canvas").evaluate((canvas) => {
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    return data.filter((value, i) => i % 4 === 3 && value > 0).length;
  });

test("it learns: curves, figures and samples, of which the earlier ones stay", async (t) => {
  const page = await openPage(t);
  // Few enough epochs that a validation comes soon, and so large a network that they take a while.
  await prepareRun(page, { Epochs: 200, "Units a layer": 320 });
  await start(page);
  const gru = lane(page);
  await reach(gru, 30);
  const early = await drawn(page);
  await page.waitForFunction(() => document.querySelector(".scroll input").max >= 2);
  await page.waitForFunction(() =>
    document.querySelector(".figures").textContent.match(/held out\d\.\d{3}/),
  );
  assert.ok(early > 500 && (await drawn(page)) > 500, "something is drawn");
  assert.match(await page.locator("#progress .ngram").textContent(), /Dashed: \d\.\d{3} /);
  const at = page.locator(".scroll output");
  const last = await at.textContent();
  await field(page, "Samples so far").fill("0");
  assert.notEqual(await at.textContent(), last);
  assert.equal(await shown(page).textContent(), await page.locator(".sample.early").textContent());
  assert.match(await at.textContent(), /at step \d+/);
  assert.match(await gru.textContent(), /parameters/);
  assert.match(await gru.textContent(), /left/);

  await hold(page).click();
  const held = await stepOf(gru);
  assert.equal(await hold(page).textContent(), "Resume");
  await page.waitForTimeout(300);
  assert.equal(await stepOf(gru), held);
  await hold(page).click();
  await reach(gru, held + 5);
  await button(page, "Stop").last().click();
  await page.locator('.lane[data-state="stopped"]').waitFor();
  const download = page.waitForEvent("download");
  await button(page, "Download").click();
  assert.match((await download).suggestedFilename(), /^[\p{L}-]+-gru-320\.safetensors$/u);
});

test("the page answers within 50 ms while it learns a megabyte", async (t) => {
  const page = await openPage(t);
  const wide = { "Units a layer": 128, "Streams (batch)": 32, Window: 100, Epochs: 1000 };
  await prepareRun(page, { cells: ["LSTM"], dropped: 50_000, ...wide });
  await start(page);
  const lstm = lane(page, "LSTM");
  await assertAnswers(t, page, async (watch) => {
    await page.getByRole("tab", { name: "Train" }).click();
    const from = await stepOf(lstm);
    await reach(lstm, from + 5);
    await watch(async () => {
      const slider = field(page, "Samples so far");
      await slider.focus();
      for (const key of ["ArrowLeft", "ArrowRight", "Home", "End"]) await slider.press(key);
      await page.getByRole("tab", { name: "Write" }).click();
      await field(page, "Prompt").click();
      for (const key of "thequickfox") await page.keyboard.press(key);
      await page.getByRole("tab", { name: "Train" }).click();
    });
    await reach(lstm, from + 10);
  });
});

test("its model writes while it goes on learning", async (t) => {
  const page = await openPage(t);
  await prepareRun(page, { "Units a layer": 96, "Streams (batch)": 16 });
  await start(page);
  const gru = lane(page);
  await reach(gru, 5);
  await button(page, "Write with it").click();
  await page
    .locator("#models .facts")
    .filter({ hasText: "trained on she sells sea shells by…" })
    .waitFor();
  assert.equal(await field(page, "Prompt").inputValue(), "", "not another model's example");
  assert.equal(await field(page, "Temperature").inputValue(), "0.8", "as everywhere");
  assert.equal(await page.evaluate(() => scrollY), 0);
  await page.locator(".take > summary").click();
  // A name as an address has it.
  const named = { hasText: '"she-sells-sea-shells-by.html"' };
  await page.locator(".take .snippet").filter(named).waitFor();
  await field(page, "Prompt").fill("she");
  await field(page, "Length").fill("60");
  await button(page, "Generate").click();
  await page.waitForFunction(() => document.querySelector(".log").textContent.length >= 63);
  const before = await stepOf(gru);
  assert.match(await page.title(), /^\d+% · Write: /);
  assert.match(await page.locator(".tabs .busy").getAttribute("title"), /^training: \d+% done$/);
  await page.getByRole("tab", { name: "Train" }).click();
  await reach(gru, before + 5);
  await hold(page).click();
  await isKept(page);
  await page.getByRole("tab", { name: "Write" }).click();
  await page.reload();
  await page.getByText("Your own model “she sells sea shells by…” is under Train").waitFor();
  await button(page, "Go to Train").click();
  await page.locator(".kept").filter({ hasText: "This is the run on" }).waitFor();
});

test("after a reload it goes on where it was", async (t) => {
  const page = await openPage(t);
  await prepareRun(page);
  await start(page);
  const held = await holdAt(page, 40);
  const sample = await shown(page).textContent();
  await page.reload();
  const kept = await keptStep(page);
  assert.ok(kept >= held && kept <= held + 2, `${held}, then ${kept}`);
  assert.equal(await lane(page).locator(".left").textContent(), "paused");
  assert.equal(await field(page, "Text to learn").inputValue(), TEXT, "what it learns is shown");
  assert.equal(await field(page, "Units a layer").inputValue(), "24");
  assert.equal(await shown(page).textContent(), sample);
  assert.ok((await drawn(page)) > 500);
  assert.equal(await hold(page).textContent(), "Resume");
  await hold(page).click();
  await reach(lane(page), kept + 10);
});

/** Has every worker end by itself as soon as it is told anything. */
const endWorkers = (page) =>
  page.evaluate(() => {
    Worker.prototype.postMessage = function () {
      setTimeout(() => this.dispatchEvent(new ErrorEvent("error", { message: "no memory" })));
    };
  });

test("a run whose worker ends, or does not begin again, stays as it was kept", async (t) => {
  const page = await openPage(t);
  await prepareRun(page);
  await start(page);
  await page.locator("#progress .ngram").filter({ hasText: "Dashed" }).waitFor();
  const held = await holdAt(page, 40);
  // First it is paused, then stopped.
  for (let i = 0; i < 2; i++) {
    await endWorkers(page);
    await hold(page).click();
    await page.locator('.lane[data-state="failed"]').waitFor();
    await page.locator(".lane .alert").filter({ hasText: "no memory" }).waitFor();
    await saidKept(page);
    await page.reload();
    const kept = await keptStep(page);
    await page.locator("#train .pause:enabled").filter({ hasText: "Resume" }).waitFor();
    assert.ok(kept >= held && kept <= held + 2, `${held}, then ${kept}`);
  }
  await hold(page).click();
  await reach(lane(page), held + 10);
});

test("the page may close in the middle of keeping a run", async (t) => {
  const page = await openPage(t);
  await prepareRun(page);
  await start(page);
  const kept = await holdAt(page, 10);
  await hold(page).click();
  await reach(lane(page), kept + 10);
  const address = page.url();
  // Away in the very task that asks for the next state to be put.
  await page.evaluate(() => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (...given) {
      const request = put.apply(this, given);
      if (this.name === "states") location.replace("about:blank");
      return request;
    };
  });
  await hold(page).click();
  await page.waitForURL("about:blank");
  await page.goto(address);
  const found = await keptStep(page);
  assert.ok(found >= kept, `${kept}, then ${found}`);
  await hold(page).click();
  await reach(lane(page), found + 10);
});

test("what was taught writes by itself, without a text that was beside the model before", async (t) => {
  const page = await openPage(t);
  await dropFile(page, "sea.txt", Buffer.from(TEXT.replaceAll(" ", "\n")));
  await page.locator("#beside .beside-facts").getByText("sea.txt: ").waitFor();
  await prepareRun(page);
  await start(page);
  await reach(lane(page), 20);
  await button(page, "Write with it").click();
  await page.getByText("sea.txt is not in use with what you have taught.").waitFor();
  assert.equal(await page.locator("#candidates td.counts:visible").count(), 0);
  assert.ok((await generate(page)).length > 0);
  await page.locator(".copies").getByText("The longest piece that your text has too").waitFor();
  await page.locator("#models .choose").click();
  await page.locator("#models .choice").getByText("First names", { exact: true }).click();
  await page.locator("#models .facts").getByText("179,643 parameters").waitFor();
  await generate(page);
  assert.equal(await page.locator(".copies").textContent(), "", "it was not taught here");
});

test("it learns word by word when asked to, and writes so", async (t) => {
  const page = await openPage(t);
  await prepareRun(page, { Window: 10 });
  await page.getByLabel("Words", { exact: true }).check();
  await start(page);
  const gru = lane(page);
  await reach(gru, 20);
  assert.match(await gru.textContent(), /per second[\d,]+ words/);
  assert.match(await gru.textContent(), / parameters, 8 words/); // seven, and the end of the line
  assert.match(await page.locator("#progress").textContent(), /in nats per\s+word/);
  await page
    .locator("#progress .ngram")
    .filter({ hasText: /of \d words/ })
    .waitFor();
  await button(page, "Write with it").click();
  await page
    .locator("#models .facts")
    .filter({ hasText: "trained on she sells sea shells by…" })
    .waitFor();
  await field(page, "Prompt").fill("she sells");
  await field(page, "Length").fill("7");
  const text = await generate(page);
  assert.match(text, /^( ?(she|sells|sea|shells|by|the|shore)|\n)+$/);
});

test("a race: networks on one text, side by side", async (t) => {
  const page = await openPage(t);
  await prepareRun(page, { cells: ["RNN", "LSTM"] });
  await start(page);
  await reach(lane(page, "RNN"), 10);
  await reach(lane(page, "LSTM"), 10);
  assert.equal(await page.locator(".lane").count(), 2);
  await button(page, "Stop").last().click();
  await page.locator('.lane[data-state="stopped"]').nth(1).waitFor();
  await lane(page, "RNN").getByText("what you are handed").waitFor();
  for (const width of [390, 768, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const words = lane(page, "RNN").locator(".scroll label, .scroll output");
    const [label, caption] = await words.evaluateAll((both) =>
      both.map((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getBoundingClientRect().toJSON();
      }),
    );
    assert.ok(label.right <= caption.left, `one lies over the other at ${width}`);
  }
});

test("what cannot be trained is said, and what runs away keeps its good weights", async (t) => {
  const page = await openPage(t);
  await prepareRun(page, { text: "twenty characters !!" });
  await start(page);
  await page
    .locator("#train > .alert")
    .filter({ hasText: "lower the window or the streams" })
    .waitFor();
  await field(page, "Text to learn").fill("");
  await start(page);
  await page.locator("#train > .alert").filter({ hasText: "no text" }).waitFor();
  await field(page, "Text to learn").fill(TEXT);
  await field(page, "Learning rate").fill("10");
  await start(page);
  await page
    .locator(".lane .alert")
    .filter({ hasText: "The last good weights are kept" })
    .waitFor();
  await button(page, "Write with it").click();
  await page.locator("#models .facts").filter({ hasText: "GRU, 1 layer of 24" }).waitFor();
});

test("without room to keep it, that is said and training goes on", async (t) => {
  const page = await openPage(t, {
    prepare: (page) =>
      page.addInitScript(() => {
        IDBObjectStore.prototype.put = function () {
          throw new DOMException("full", "QuotaExceededError");
        };
      }),
  });
  await prepareRun(page);
  await start(page);
  await reach(lane(page), 20);
  await hold(page).click();
  await page.locator(".kept").filter({ hasText: "no more room" }).waitFor();
  const held = await stepOf(lane(page));
  await hold(page).click();
  await reach(lane(page), held + 10);
});

test("a dropped text file is the text, whatever its size", async (t) => {
  const page = await openPage(t);
  await openPanel(page);
  await dropText(page, 300);
  const text = field(page, "Text to learn");
  await dropText(page, 10_000);
  await page.getByPlaceholder("play.txt is too long to be shown here.").waitFor();
  assert.equal(await text.inputValue(), "");
  await dropText(page, 300);
  await page.locator("#train .facts").filter({ hasText: "play.txt, 7 kB" }).waitFor();
  await page.waitForFunction(() => document.querySelector("#train-text").value !== "");
  assert.equal(await text.inputValue(), "all work and no play ".repeat(300), "it is shown");
  assert.equal(await text.getAttribute("placeholder"), "");
  await text.evaluate((one) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", "She sells sea shells, by the sea shore. ".repeat(9000));
    one.dispatchEvent(new ClipboardEvent("paste", { clipboardData, cancelable: true }));
  });
  await page.getByPlaceholder("She sells sea shells, by… is too long to be shown here.").waitFor();
  await dropText(page, 300);
  // Epochs enough that the training is still going on when it is stopped.
  await page.locator(".more > summary").click();
  for (const [name, value] of [
    ["Units a layer", 8],
    ["Window", 10],
    ["Epochs", 100_000],
  ])
    await field(page, name).fill(String(value));
  await start(page);
  await reach(page.locator(".lane"), 5);
  await button(page, "Stop").last().click();
});

for (const [what, prepare] of Object.entries({
  "has no place to keep anything": () =>
    Object.defineProperty(window, "indexedDB", { value: undefined }),
  "lets nothing be kept": () =>
    (IDBFactory.prototype.open = () => {
      throw new DOMException("denied", "SecurityError");
    }),
}))
  test(`where a browser ${what}, it learns all the same, and that is said with what to do`, async (t) => {
    const why = "the browser lets a page keep nothing here, as in a private window";
    const page = await openPage(t, { prepare: (page) => page.addInitScript(prepare) });
    await prepareRun(page);
    await page
      .locator(".kept")
      .filter({ hasText: `cannot be read: ${why}.` })
      .waitFor();
    await start(page);
    await reach(lane(page), 20);
    await hold(page).click();
    const kept = page.locator(".kept").filter({ hasText: `for another visit (${why}): download` });
    await kept.waitFor();
    assert.equal(await page.locator("#train .alert").first().textContent(), "");
    assert.ok(await button(page, "Download").isEnabled());
  });
