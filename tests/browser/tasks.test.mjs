// The tabs of the other shapes: a text is classified as it is typed, translated with its attention,
// and a picture captioned; each with an example of its own, its picture, and a link.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load, train } from "../../dist/inkling.js";
import { dist } from "../node/helpers.mjs";
import { makeModel } from "../node/make-model.mjs";
import { percent } from "../../web/page/parts/tokens.js";
import {
  assertFits,
  button,
  dropFile,
  dropFiles,
  field,
  openPage,
  readability,
} from "./helpers.mjs";

const tab = (page, name) => page.getByRole("tab", { name, exact: true });
const panel = (page, id) => page.locator(`#${id}`);

async function open(t, hash, options = {}) {
  return openPage(t, { ready: false, hash, ...options });
}

async function inNode(t, source) {
  const model = await load(source);
  t.after(() => model.free());
  return model;
}

// ---- Small models, trained here -----------------------------------------------------------------

async function trained(text, options) {
  const run = train(text, { sampleEvery: 0, learningRate: 0.02, ...options });
  for await (const progress of run) void progress;
  return run.save();
}

// Words of vowels, and of consonants; or numbers, of which each digit has a class.
function wordsOf(classes) {
  const names = Object.keys(classes);
  return Array.from({ length: 60 * names.length }, (_, i) => {
    const letters = classes[names[i % names.length]];
    const word = [...(i * 7919 + 77).toString(letters.length)]
      .map((digit) => letters[parseInt(digit, 36)])
      .join("");
    return `${names[i % names.length]}\t${word}\n`;
  }).join("");
}
const FEW = { vowels: "aeiou", consonants: "bcdfg" };
const MANY = Object.fromEntries(
  [..."abcdefghijkl"].map((letter, i) => [`class ${i}`, `${letter}${"mnopqrstuvwx"[i]}`]),
);
const SMALL = { task: "classifier", cell: "lstm", hidden: 12, batch: 12, steps: 60 };
const few = trained(wordsOf(FEW), SMALL);
const many = trained(wordsOf(MANY), SMALL);
const ofWords = trained(
  Array.from({ length: 60 }, (_, i) =>
    i % 2 ? `sports\tthe late goal of match ${i}\n` : `money\tthe low price of oil ${i}\n`,
  ).join(""),
  { ...SMALL, level: "word" },
);

const COLOURS = { red: [223, 47, 58], green: [63, 154, 72], white: [255, 255, 255] };
const names = Object.keys(COLOURS);
const PICTURES = Array.from({ length: 60 }, (_, i) => {
  const pixel = COLOURS[names[i % 3]].map((c) => Math.min(255, c + (i % 7)));
  return Buffer.concat([Buffer.from("P6\n8 8\n255\n"), Buffer.from(Array(64).fill(pixel).flat())]);
});
const captioner = trained(Array.from({ length: 60 }, (_, i) => `all ${names[i % 3]}\n`).join(""), {
  task: "captioner",
  cell: "lstm",
  level: "word",
  pictures: Buffer.concat(PICTURES),
  picture: 8,
  blocks: 2,
  channels: 4,
  hidden: 16,
  embed: 8,
  batch: 10,
  steps: 120,
});

// ---- Tabs and shapes ----------------------------------------------------------------------------

test("each tab opens with its shape drawn from its model, by keyboard too, and the address follows", async (t) => {
  const page = await open(t, "");
  await page.locator("#generate:enabled").waitFor();
  await tab(page, "Write").focus();
  const shapes = { writing: "One to one, in step" };
  for (const [name, id] of [
    ["Classify", "classifying"],
    ["Translate", "translating"],
    ["Caption", "captioning"],
    ["Train", "training"],
  ]) {
    await page.keyboard.press("ArrowRight");
    assert.equal(await tab(page, name).getAttribute("aria-selected"), "true");
    assert.ok(await panel(page, id).isVisible());
    assert.equal(await page.getByRole("tabpanel").count(), 1);
    await page.waitForURL((url) => url.hash.startsWith(`#tab=${name.toLowerCase()}`));
  }
  await page.keyboard.press("Home");
  assert.ok(await panel(page, "learning").isVisible());
  await page.keyboard.press("ArrowRight");
  assert.ok(await panel(page, "writing").isVisible());
  await page.waitForURL((url) => url.hash.startsWith("#model=names&prompt=em"));

  await tab(page, "Classify").click();
  await dropFile(page, "few.safetensors", await few);
  await tab(page, "Caption").click();
  await dropFile(page, "colours.safetensors", await captioner);
  Object.assign(shapes, {
    classifying: "Many to one",
    captioning: "One to many",
    translating: "Many to many, after reading all",
  });
  const info = {
    writing: /LSTM states of 192/,
    classifying: /LSTM states of 12 .*of 2 classes/,
    captioning: /2 blocks of convolutions.*LSTM states of 16/,
    translating: /GRU states of 96.*2 rows/,
  };
  const boxes = { writing: 5, classifying: 5, captioning: 4 + 1, translating: 2 * 8 };
  for (const [id, title] of Object.entries(shapes)) {
    const svg = panel(page, id).locator(".shape svg");
    // A file that was dropped may follow a model that ships.
    await svg
      .filter({ has: page.locator("desc", { hasText: info[id] }) })
      .waitFor({ state: "attached" });
    assert.equal(await svg.locator("title").textContent(), title);
    assert.match(await svg.locator("desc").textContent(), info[id]);
    assert.equal(await svg.locator("rect.state").count(), boxes[id], `the states of ${id}`);
  }
});

test("a file of another task, or of none, is refused with where it belongs", async (t) => {
  const page = await open(t, "#tab=classify");
  const alert = panel(page, "classifiers").locator(".alert");
  await dropFile(page, "write.safetensors", makeModel());
  await alert
    .getByText(
      "write.safetensors cannot be opened: it is a generator, which goes with the tab “Write”.",
    )
    .waitFor();
  await dropFile(page, "letter.txt", Buffer.from("Dear reader, this is no model at all."));
  await alert.getByText("letter.txt is a text.").waitFor();
  await dropFile(page, "few.safetensors", await few);
  await page.getByText("LSTM, 1 layer of 12").waitFor();
  assert.equal(await alert.textContent(), "");

  await tab(page, "Write").click();
  await page.locator("#generate:enabled").waitFor();
  await dropFile(page, "few.safetensors", await few);
  await page
    .locator("#models .alert")
    .getByText("it is a classifier, which goes with the tab “Classify”. First names stays in use.")
    .waitFor();

  await tab(page, "Caption").click();
  await dropFile(page, "letter.txt", Buffer.from("Dear reader, this is no picture."));
  await page.getByText("letter.txt is a text.").waitFor();
});

// ---- Classifying --------------------------------------------------------------------------------

/** The bars of a panel, as [name, figure], once they are `wanted`. */
async function bars(page, id, wanted) {
  const read = () =>
    panel(page, id)
      .locator(".bars-of tbody tr:visible")
      .evaluateAll((all) => all.map((row) => [row.cells[0].textContent, row.cells[2].textContent]));
  for (let i = 0; i < 200; i++) {
    if (JSON.stringify(await read()) === JSON.stringify(wanted)) return;
    await page.waitForTimeout(50);
  }
  assert.deepEqual(await read(), wanted);
}

test("of several files it is said which is opened, and of a link's model where it is", async (t) => {
  const page = await openPage(t, { ready: false, hash: "#tab=classify&model=dates" });
  const alert = page.locator("#classifiers .alert");
  await alert.getByText("The link’s model “dates” is under Translate; this is another.").waitFor();
  const texts = ["poem.txt", "song.txt"].map((name) => ({ name, bytes: Buffer.from("la la") }));
  await dropFiles(page, texts);
  await alert
    .getByText("poem.txt is a text. Open it under Train One is opened at a time: song.txt")
    .waitFor();
  await page.evaluate(() => (location.hash = "#tab=classify&model=dates"));
  await button(page, "Open it under Translate").click();
  await page.locator("#translators .choose").getByText("Dates").waitFor();
  await page.getByRole("tab", { name: "Train" }).click();
  await page.locator("#train .samples .choice").first().waitFor();
  await dropFiles(page, texts);
  await page.locator("#train").getByText("poem and 1 more, ").waitFor();
  await dropFiles(page, [texts[0], { name: "x.csv", bytes: Buffer.from("a,b") }]);
  await page.locator("#train > .alert").getByText("x.csv is left out").waitFor();
  await page.getByRole("tab", { name: "Caption" }).click();
  await page.locator("#captioners .facts").getByText("parameters").waitFor();
  const picture = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    return canvas.toDataURL().split(",")[1];
  });
  const bytes = Buffer.from(picture, "base64");
  await dropFiles(
    page,
    ["a.png", "b.png", "c.png"].map((name) => ({ name, bytes })),
  );
  await page.locator(".choosing-picture > .alert").getByText("2 others are left out").waitFor();
});

test("the classes are weighed after every character, of few in their places", async (t) => {
  const bytes = await few;
  const model = await inNode(t, bytes);
  const page = await open(t, "#tab=classify");
  await dropFile(page, "few.safetensors", bytes);
  const wanted = async (text) => {
    const classes = await model.classify(text, { skipUnknown: true });
    return model.info.labels.map((label) => [
      label,
      percent(classes.find((one) => one.label === label).probability),
    ]);
  };
  const text = field(page, "Text to classify");
  await text.fill("");
  await text.focus();
  let typed = "";
  for (const key of "ao-cdi") {
    await page.keyboard.press(key);
    typed += key;
    await bars(page, "classifying", await wanted(typed));
  }
  const verdict = panel(page, "classifying").locator(".verdict");
  await verdict.getByText("It has never seen “-”, which it leaves out.").waitFor();
  await page.keyboard.press("Home"); // an edit in the middle
  await page.keyboard.press("b");
  await bars(page, "classifying", await wanted(`b${typed}`));
  await page.keyboard.press("End");
  await page.keyboard.press("Backspace");
  await bars(page, "classifying", await wanted(`b${typed.slice(0, -1)}`));
  const [best] = await model.classify("bao-cd", { skipUnknown: true });
  await verdict.getByText(`${best.label}: ${percent(best.probability)}.`).waitFor();
  await text.fill("ao漢字");
  await verdict.getByText("It has never seen “漢” and “字”, which it leaves out.").waitFor();
  await text.fill("漢");
  await verdict.getByText("It has never seen “漢”, and nothing else is there").waitFor();
});

test("what was typed comes back after an example", async (t) => {
  const page = await openPage(t, { ready: false, hash: "#tab=classify" });
  const text = field(page, "Text to classify");
  await button(page, "Nakamura").waitFor();
  await button(page, "Nakamura").click();
  assert.ok(await button(page, "What you typed").isHidden());
  await text.fill("Miller");
  await button(page, "Kowalczyk").click();
  await button(page, "Nakamura").click();
  assert.equal(await text.inputValue(), "Nakamura");
  await button(page, "What you typed").click();
  assert.equal(await text.inputValue(), "Miller");
  assert.ok(await button(page, "What you typed").isHidden());
});

test("of many classes the likeliest are shown, the others together", async (t) => {
  const bytes = await many;
  const model = await inNode(t, bytes);
  const page = await open(t, "#tab=classify");
  await dropFile(page, "many.safetensors", bytes);
  await field(page, "Text to classify").fill("cocoo");
  const classes = await model.classify("cocoo");
  const rest = classes.slice(8).reduce((sum, { probability }) => sum + probability, 0);
  await bars(page, "classifying", [
    ...classes.slice(0, 8).map(({ label, probability }) => [label, percent(probability)]),
    ["4 others", percent(rest)],
  ]);
});

test("words are read whole, while they are typed", async (t) => {
  const bytes = await ofWords;
  const model = await inNode(t, bytes);
  const page = await open(t, "#tab=classify");
  await dropFile(page, "words.safetensors", bytes);
  const text = field(page, "Text to classify");
  await text.fill("");
  await text.pressSequentially("the late go");
  for (const next of ["a", "l", " of"]) {
    await text.pressSequentially(next);
    const classes = await model.classify(await text.inputValue(), { skipUnknown: true });
    await bars(
      page,
      "classifying",
      model.info.labels.map((label) => [
        label,
        percent(classes.find((one) => one.label === label).probability),
      ]),
    );
  }
});

// ---- Translating --------------------------------------------------------------------------------

const dates = join(dist, "models/dates.safetensors");
const translation = (page) => panel(page, "translating").locator(".translation:not([aria-busy])");

test("the example is translated, with a heat map of a row for each token written", async (t) => {
  const page = await open(t, "#tab=translate");
  await translation(page).getByText("1979-05-03", { exact: true }).waitFor();
  const source = await field(page, "Text to translate").inputValue();
  const model = await inNode(t, dates);
  const { tokens } = await model.complete("", { source, attention: true });
  const shares = await page
    .locator(".heat tbody tr")
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll("td")].map((cell) =>
          Number(cell.style.getPropertyValue("--share")),
        ),
      ),
    );
  assert.equal(shares.length, 11, "ten characters and the end");
  shares.forEach((row, i) => {
    assert.equal(row.length, source.length);
    row.forEach((share, j) => assert.ok(Math.abs(share - tokens[i].attention[j]) < 0.001));
  });
  assert.deepEqual(await page.locator(".heat thead th").allTextContents(), [
    ...source.replaceAll(" ", "␣"),
  ]);
  await page.locator(".map").focus();
  for (const key of ["ArrowDown", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await panel(page, "translating")
    .locator(".looked")
    .getByText(/^“9” looked at “.+” with .+%\.$/)
    .waitFor();
});

test("an example of another model's goes with it, and of nothing nothing is said", async (t) => {
  const page = await open(t, "#tab=translate");
  const text = field(page, "Text to translate");
  const translation = page.locator(".translation:not([aria-busy])");
  await translation.getByText("1979-05-03").waitFor();
  const own = await readFile(join(dist, "models/dates.safetensors"));
  await dropFile(page, "own.safetensors", own);
  await page.waitForFunction(() => document.querySelector("#translate-text").value === "");
  assert.equal(await translation.textContent(), "");
  assert.equal(await page.locator("#translate-problem").textContent(), "");
  await text.fill("4 May 1979");
  await dropFile(page, "mine.safetensors", own);
  await translation.getByText("1979-05-04").waitFor();
  await button(page, "Translate").click();
  await text.fill("");
  await button(page, "Translate").click();
  await page.getByText("There is no text to translate.").waitFor();
});

test("a beam finds several, and a link restores text and beam", async (t) => {
  const source = "the 21st of June 2004";
  const page = await open(
    t,
    `#tab=translate&model=dates&text=${encodeURIComponent(source)}&beam=3`,
  );
  await translation(page).getByText("2004-06-21", { exact: true }).waitFor();
  assert.equal(await field(page, "Text to translate").inputValue(), source);
  assert.equal(await field(page, "Beam width").inputValue(), "3");
  const model = await inNode(t, dates);
  const found = await model.beam("", { source, beam: 3 });
  const rows = page.locator(".hypotheses tbody tr");
  await rows.first().waitFor();
  assert.deepEqual(
    await rows.evaluateAll((all) =>
      all.map((row) => [row.cells[0].textContent, row.cells[1].textContent]),
    ),
    found.map(({ text, logProbability }) => [text, logProbability.toFixed(2)]),
  );
  await field(page, "Text to translate").fill("7.11.88");
  await field(page, "Beam width").fill("1");
  await page.keyboard.press("Enter");
  await translation(page).getByText("1988-11-07", { exact: true }).waitFor();
  assert.ok(await page.locator(".hypotheses").isHidden());
  await page.waitForURL((url) => url.hash === "#tab=translate&model=dates&text=7.11.88&beam=1");
  await button(page, "Sat 1 Mar 2025").click();
  await translation(page).getByText("2025-03-01", { exact: true }).waitFor();
});

test("what cannot be translated is said, and what is unknown left out", async (t) => {
  const page = await open(t, "#tab=translate");
  await translation(page).getByText("1979-05-03").waitFor();
  const text = field(page, "Text to translate");
  await text.fill("");
  await button(page, "Translate").click();
  await page.locator("#translate-problem:not(:empty)").waitFor();
  assert.equal(await text.getAttribute("aria-invalid"), "true");
  await text.fill("漢3 May 1979");
  await button(page, "Translate").click();
  await translation(page).getByText("1979-05-03", { exact: true }).waitFor();
  assert.equal(await page.locator("#translate-problem").textContent(), "");
  await page.getByText("It does not know “漢”.").waitFor();
  assert.equal(await page.locator(".heat thead th").count(), 10);
  await text.fill("漢字");
  await button(page, "Translate").click();
  const problem = "It does not know “漢” and “字”, so nothing is left to translate.";
  await page.locator("#translate-problem").getByText(problem).waitFor();
  const odd = await open(t, "#tab=translate&model=nowhere&text=3%20May%201979");
  await odd
    .getByText("The link asks for a model “nowhere”, which is not here; this is another.")
    .waitFor();
});

// ---- Captioning ---------------------------------------------------------------------------------

const words = (page) => panel(page, "captioning").locator(".written button");

/** Waits for a caption, and gives what the picture shown has in Node. */
async function captioned(page, model) {
  await words(page).getByText("■").waitFor();
  const { data, width, height } = await page.locator("canvas.picture").evaluate((canvas) => {
    const { data, width, height } = canvas
      .getContext("2d")
      .getImageData(0, 0, canvas.width, canvas.height);
    return { data: [...data], width, height };
  });
  const source = { data: Uint8ClampedArray.from(data), width, height };
  return (await model.complete("", { source, attention: true })).tokens;
}

test("a picture that is chosen, drawn or dropped is captioned word by word", async (t) => {
  const bytes = await captioner;
  const model = await inNode(t, bytes);
  const page = await open(t, "#tab=caption&picture=sun");
  assert.equal(await button(page, "sun").getAttribute("aria-pressed"), "true");
  await dropFile(page, "colours.safetensors", bytes);
  const check = async () => {
    const tokens = await captioned(page, model);
    const wanted = tokens.map(({ token }) => (token === "\n" ? "■" : token));
    // What is there at first may be the end of the caption before.
    await page
      .waitForFunction((all) => {
        const buttons = [...document.querySelectorAll("#captioning .written button")];
        return buttons.map(({ textContent }) => textContent).join("\n") === all;
      }, wanted.join("\n"))
      .catch(() => {}); // the comparison says what there is instead
    assert.deepEqual(await words(page).allTextContents(), wanted);
    return tokens;
  };
  const tokens = await check();
  await button(page, "tree").click();
  await check();

  await words(page).first().focus();
  await page.locator(".overlay:visible").waitFor();
  const side = Math.sqrt(tokens[0].attention.length);
  assert.deepEqual(
    await page.locator(".overlay").evaluate(({ width, height }) => [width, height]),
    [side, side],
  );
  assert.equal(
    await panel(page, "captioning").locator(".bars-of tbody .written th").textContent(),
    "all",
  );

  await page.locator(".draw summary").click();
  await field(page, "red").check();
  await field(page, "Pen").selectOption("4 squares");
  const pad = page.locator(".surface canvas");
  const { x, y, width } = await pad.boundingBox();
  const step = width / 32;
  await page.mouse.move(x + step, y + step);
  await page.mouse.down();
  for (let row = 0; row < 8; row++) {
    await page.mouse.move(x + (row % 2 ? 1 : 31) * step, y + (4 * row + 1.5) * step);
    await page.mouse.move(x + (row % 2 ? 1 : 31) * step, y + Math.min(31, 4 * row + 5) * step);
  }
  await page.mouse.up();
  await check();
  assert.match(
    await words(page)
      .allTextContents()
      .then((all) => all.join(" ")),
    /^all red/,
  );

  // By keyboard, a square at a time.
  await button(page, "Clear").click();
  await check();
  await field(page, "green").focus();
  await page.keyboard.press("Space");
  await pad.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Space");
  await page.locator("#captioning .draw-where").getByText("Column 16, row 17: green").waitFor();
  await check();

  const png = await page
    .locator("canvas.picture")
    .evaluate((canvas) => canvas.toDataURL().split(",")[1]);
  await dropFile(page, "drawn.png", Buffer.from(png, "base64"));
  await check();
});

test("a drawing comes back with its link", async (t) => {
  const page = await open(t, "#tab=caption&drawing=c512e512");
  await page.locator("canvas.picture.small").waitFor(); // once something has been painted
  const colours = await page
    .locator("canvas.picture")
    .evaluate((canvas) =>
      [1, 30].map((y) => [...canvas.getContext("2d").getImageData(16, y, 1, 1).data]),
    );
  assert.deepEqual(colours, [
    [223, 47, 58, 255],
    [252, 194, 27, 255],
  ]);
});

// ---- For everyone -------------------------------------------------------------------------------

for (const colorScheme of ["light", "dark"]) {
  test(`on a phone every tab fits and can be read, in the ${colorScheme}`, async (t) => {
    const page = await open(t, "#tab=translate", {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      colorScheme,
    });
    await translation(page).getByText("1979-05-03").waitFor();
    const looks = async (what) => {
      await assertFits(page, 360, what);
      assert.deepEqual((await readability(page)).poor, [], what);
    };
    await looks("Translate");
    await field(page, "Beam width").fill("8");
    await field(page, "Text to translate").fill(
      "the third of May in the year 1979, a Thursday, ".repeat(3),
    );
    await button(page, "Translate").tap();
    await page.locator(".hypotheses:visible").waitFor();
    await looks("Translate, of long texts");
    await tab(page, "Classify").tap();
    await dropFile(page, "many.safetensors", await many);
    await field(page, "Text to classify").fill("coco".repeat(100));
    await page.getByText(/^class \d+: \d/).waitFor();
    await looks("Classify");
    await tab(page, "Caption").tap();
    await dropFile(page, "colours.safetensors", await captioner);
    await page.locator(".draw summary").tap();
    await words(page).getByText("■").waitFor();
    await words(page).first().tap();
    await looks("Caption");
  });
}

test("a translation says how sure the network is of it, and when it guesses", async (t) => {
  const page = await openPage(t, { ready: false, hash: "#tab=translate&model=dates" });
  const sure = page.locator("#translating .sure");
  const text = field(page, "Text to translate");
  await sure
    .getByText(
      /^It is (>99\.9|100|99\.9)% sure of all of it: it knows .* does not make it right\.$/,
    )
    .waitFor();
  await text.fill("hello");
  await button(page, "Translate").click();
  await sure.getByText(/^It guesses, and is only [1-4]\d% sure of all of it/).waitFor();
  await page.goto(new URL("#tab=translate&model=english-french&text=Hello!", page.url()).href);
  await sure.getByText(/^It guesses, and is only \d\d% sure of a word, on average/).waitFor();
  await text.fill("Where is the station?");
  await button(page, "Translate").click();
  await sure.getByText(/^It is \d\d% sure of a word, on average: it knows .*\.$/).waitFor();
  await field(page, "Beam width").fill("3");
  await field(page, "Beam width").press("Enter");
  await page.locator(".hypotheses:visible").waitFor();
  await sure.getByText(/^It is \d\d% sure of a word, on average: it knows .*\.$/).waitFor();
});
