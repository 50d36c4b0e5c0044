// A text of one's own beside a shipped model, and another model blended in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { button, completeInNode, dropFile, field, generate, openPage } from "./helpers.mjs";

const names = "Zuzanna\nZbigniew\nKrzysztof\nKatarzyna\nWawrzyniec\nSzczepan\n".repeat(20);

const lines = async (page) => (await page.locator("#output .log").innerText()).trim().split("\n");

async function addText(page, text, name = "polish.txt") {
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  await page.locator("#beside input[type=file]").setInputFiles(file);
}

const open = (page) => page.locator("#beside summary").click();
const written = (page) => page.locator("#stop:disabled").waitFor();

test("a text of one's own is counted and written like at once, as much as its slider says", async (t) => {
  const page = await openPage(t, {
    hash: "#model=names&prompt=&samples=20&temperature=0.8&seed=0",
  });
  await open(page);
  await page.locator("#countsWeight").waitFor({ state: "hidden" });
  assert.equal(await page.locator("#candidates td.counts:visible").count(), 0);

  await addText(page, names.toLowerCase());
  const remove = page.getByRole("button", { name: "Remove", exact: true });
  await remove.waitFor();
  await written(page);
  const like = await lines(page);
  const isLike = (name) => names.toLowerCase().includes(name);
  assert.ok(like.filter(isLike).length > like.length / 3, like.join());
  await page
    .locator(".copies")
    .getByText(/^New: \d+ of these 20\. In your list already: /)
    .waitFor();
  assert.ok((await page.locator("#candidates td.counts:visible").count()) > 1);

  await page.locator("#countsWeight").fill("0");
  await page.locator("#generate").click();
  await written(page);
  const alone = await lines(page);
  assert.ok(alone.filter(isLike).length < like.filter(isLike).length);

  await page.locator("#share").click();
  assert.match(await page.locator("#said").innerText(), /text of your own stays on this device/);
  // What is taken along is the model with the text, by the name that it is saved under.
  const code = (text) => page.locator(".snippet").filter({ hasText: text }).waitFor();
  await page.locator(".take summary").click();
  await code('src="in-my-manner.html"');
  await page.locator(".take select").selectOption("an element");
  await code('model="in-my-manner.safetensors"');
  await remove.click();
  await code('model="names.safetensors"');
  await page.locator("#countsWeight").waitFor({ state: "hidden" });
  await page.locator("#generate").click();
  await written(page);
  assert.deepEqual(await lines(page), alone);
});

test("a text of one's own lowers the temperature while it is there, unless one has set it", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare-counts" });
  const temperature = field(page, "Temperature");
  const remove = page.getByRole("button", { name: "Remove", exact: true });
  const verse = "the moon is on the sea,\nand all the ships go home to thee.\n".repeat(40);
  await open(page);
  await addText(page, verse);
  await remove.waitFor();
  await written(page);
  assert.equal(await temperature.inputValue(), "0.5");
  await page.locator(".beside-facts").getByText("A temperature of 0.5").waitFor();
  await remove.click();
  assert.equal(await temperature.inputValue(), "0.8");

  await addText(page, verse);
  await remove.waitFor();
  await written(page);
  await page.locator("#models .choose").click();
  await page.locator("#models .choice").getByText("Shakespeare, int8", { exact: true }).click();
  await page.locator("#models .facts").getByText("GRU, 1 layer of 512").waitFor();
  await page.locator(".beside-facts").getByText(" runs of up to").waitFor();
  assert.equal(await temperature.inputValue(), "0.5");
  await remove.click();
  assert.equal(await temperature.inputValue(), "0.8");

  await temperature.fill("1.1");
  await addText(page, verse);
  await remove.waitFor();
  await written(page);
  assert.equal(await temperature.inputValue(), "1.1");
});

test("no more of the counts' text in a row than the field says, which is there only with counts", async (t) => {
  const shakespeare = "shakespeare-counts.safetensors";
  const setting = { temperature: 0.8, length: 200, seed: 4 };
  const page = await openPage(t, {
    hash: "#model=shakespeare-counts&prompt=ROMEO:&temperature=0.8&length=200&seed=4",
  });
  const longest = page.getByLabel("Longest copy");
  await open(page);
  assert.equal(await generate(page), await completeInNode(shakespeare, "ROMEO:", setting));
  assert.doesNotMatch(page.url(), /countsWeight|maxCopy/, "both are the model's own");
  await page.locator("#prompt").fill("ROMEO:");
  await longest.fill("6");
  await page.locator("#candidates td.chosen-by").getByText("cut").first().waitFor();
  const limited = await generate(page);
  const options = { ...setting, maxCopy: 6 };
  assert.equal(limited, await completeInNode(shakespeare, "ROMEO:", options));
  await page.waitForFunction(() => location.hash.includes("maxCopy=6"));
  await page.locator(".take summary").click();
  await page.locator(".take select").selectOption("a module");
  await page.locator(".snippet").getByText("maxCopy: 6").waitFor();

  const { hash } = new URL(page.url());
  const again = await openPage(t, { hash });
  assert.equal(await generate(again), limited);
  const wrong = await openPage(t, { hash: hash.replace("maxCopy=6", "maxCopy=six") });
  await wrong
    .locator("#models .alert")
    .getByText("The link says maxCopy=six, which is not possible")
    .waitFor();
  assert.equal(await wrong.locator("#maxCopy").inputValue(), "0");

  // What cannot be is said at the field, even in what is folded up.
  await longest.fill("300");
  await page.locator("#beside summary").click();
  await page.locator("#generate").click();
  await longest.waitFor();
  assert.equal(await longest.evaluate((field) => document.activeElement === field), true);

  // Where there are no counts, there is no field, and what was in it stops nothing.
  await page.evaluate(() => (location.hash = "#model=names&prompt=em&length=20&samples=1"));
  await longest.waitFor({ state: "hidden" });
  await generate(page);
  await addText(page, names.toLowerCase());
  await longest.waitFor();
  await written(page);
  assert.equal(await longest.inputValue(), "0");
});

test("a pasted text is taken, and one that does not fit is refused in one line", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=&samples=20&temperature=0.8" });
  await open(page);
  await addText(page, "αβγδ ".repeat(50), "greek.txt");
  const alert = page.locator("#beside .alert");
  await alert.getByText("100% of greek.txt are characters that it has never seen").waitFor();
  assert.deepEqual(await alert.locator("button").allTextContents(), ["Train on it"]);
  await addText(page, "a text, but\0 no text", "binary.txt");
  await alert.getByText("binary.txt is no text.").waitFor();
  await page.locator("#own-text").fill(names.toLowerCase());
  await page.getByRole("button", { name: "Write in its manner" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).waitFor();
  assert.equal(await alert.innerText(), "");
  await written(page);

  // What was taken before stays when another one is refused, and can still be taken away.
  const counted = await page.locator("#beside .beside-facts").innerText();
  assert.match(counted, /^Your text: .*Remove/s);
  await addText(page, "αβγδ ".repeat(50), "greek.txt");
  await alert.getByText("First names knows too little to write like it").waitFor();
  assert.equal(await page.locator("#beside .beside-facts").innerText(), counted);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  assert.equal(await page.locator("#beside .beside-facts").innerText(), "");
});

test("before there is a model, a text that is dropped says so and disturbs nothing", async (t) => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const page = await openPage(t, {
    ready: false,
    prepare: (page) =>
      page.route("**/names.safetensors", (route) => held.then(() => route.continue())),
  });
  await page.locator("#models .loading:visible").waitFor();
  await dropFile(page, "polish.txt", names);
  await page.locator("#models .alert").getByText("there is no model yet").waitFor();
  release();
  await page.locator("#generate:enabled").waitFor();
  assert.equal(await page.locator("#beside .alert").innerText(), "");
});

test("a prompt that keeps a text of one's own from being heard comes into view", async (t) => {
  const viewport = { width: 390, height: 500 };
  const page = await openPage(t, { hash: "#model=names&prompt=Zo%C3%AB", viewport });
  await open(page);
  await page.locator("#own-text").fill(names.toLowerCase());
  await page.getByRole("button", { name: "Write in its manner" }).click();
  const problem = page.locator("#prompt-problem");
  await problem.getByText("does not know “ë”").waitFor();
  const { y } = await problem.boundingBox();
  assert.ok(y >= 0, `${y}`);
});

test("another model is blended in, and a link carries both with their shares", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=em&temperature=1&length=20&seed=3" });
  await open(page);
  const choices = await page.locator("#mix option:not([hidden])").allInnerTexts();
  assert.ok(choices.includes("none") && choices.length > 2);
  await page.locator("#generate").click();
  await written(page);
  const alone = await lines(page);
  await page.locator("#mix").selectOption("shakespeare");
  await page.locator("#mixWeight").waitFor();
  await page.locator("#mixWeight").fill("0.6");
  await page.locator("#generate").click();
  await written(page);
  const blended = await lines(page);
  assert.notDeepEqual(blended, alone);
  await page.waitForFunction(() => location.hash.includes("mixWeight=0.6"));

  const again = await openPage(t, { hash: new URL(page.url()).hash });
  await again.locator("#generate:enabled").waitFor();
  assert.ok(await again.locator("#mixWeight").isVisible(), "nothing is begun before it is there");
  assert.equal(await again.locator("#mix").inputValue(), "shakespeare");
  await again.locator("#generate").click();
  await written(again);
  assert.deepEqual(await lines(again), blended);

  // A link to the same model that says nothing of another one has the model alone.
  const alike = new URL(page.url()).hash.replace(/&mix.*/, "");
  await page.evaluate((hash) => (location.hash = hash), alike);
  await page.locator("#mixWeight").waitFor({ state: "hidden" });
  await page.locator("#generate").click();
  await written(page);
  assert.deepEqual(await lines(page), alone);
  await page.evaluate((hash) => (location.hash = `${hash}&mix=none-such`), alike);
  await page.locator("#beside .alert").getByText("blend in a model “none-such”").waitFor();

  // A model of words does not mix with one of characters, and is not offered.
  assert.equal(await page.locator("#mix option[value=alice]").count(), 0);

  // What a link says in vain is said, also where it blends.
  const wrong = `${alike}&mix=shakespeare&mixWeight=2`;
  await page.evaluate((hash) => (location.hash = hash), wrong);
  await page.locator("#mixWeight").waitFor();
  await page.locator("#models .alert").getByText("The link says mixWeight=2").waitFor();
});

test("what a second model wrote along with is said where it is missing", async (t) => {
  const hash = "#model=names&prompt=em&length=40&samples=1&mix=shakespeare&mixWeight=0.3";
  const page = await openPage(t, { hash });
  await page.locator("#mixWeight").waitFor();
  await generate(page);
  await page.locator(".take > summary").click();
  const lacks = "Shakespeare, large, which is blended in, is left out";
  await page.locator(".take > .hint").getByText(lacks).waitFor();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a page" }).click();
  await download;
  await page.locator(".take [role=status]").getByText(lacks).waitFor();
  await page.locator(".lens > summary").click();
  const alone = page.locator(".lens .said");
  await alone.getByText("the network alone; Shakespeare, large had a say").waitFor();
  await page.locator("#mix").selectOption("");
  await generate(page);
  await alone.filter({ hasNotText: "alone" }).waitFor({ state: "attached" });
});

test("how short a text may be, and which one is in use, is said", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare&prompt=&length=20&samples=1" });
  await open(page);
  const alert = page.locator("#beside .alert");
  const facts = page.locator(".beside-facts");
  await addText(page, "o Romeo", "few.txt");
  await alert.getByText("few.txt cannot be written like: it has 7 characters").waitFor();
  await addText(page, "O Romeo, wherefore art thou? ".repeat(4), "short.txt");
  await facts.locator("strong").getByText("This is little to write like. Take 2,000").waitFor();
  await facts.locator("strong").getByText("have Shakespeare, large learn it").waitFor();
  await written(page);
  await addText(page, "O Romeo, wherefore art thou? ".repeat(100), "long.txt");
  await facts.getByText("long.txt: ").waitFor();
  await written(page);
  assert.equal(await facts.locator("strong").count(), 0);
  await addText(page, "αβγδ ".repeat(50), "greek.txt");
  await alert.getByText("that it has never seen. long.txt stays in use.").waitFor();
  await facts.getByText("long.txt: ").waitFor();
  await addText(page, "o", "few.txt");
  await alert.getByText("it has 1 character, which is too little. long.txt stays in use").waitFor();
});

test("a short list is for the network to learn on, its accents left out where it is counted", async (t) => {
  const page = await openPage(t);
  const elves = ["Lúthien", "Celebrían", "Rúmil", "Ñandor", "Elrond", "Haldir"];
  await dropFile(page, "elves.txt", Buffer.from(elves.join("\n")));
  const facts = page.locator(".beside-facts");
  await facts.getByText("Accents that the model lacks are left out.").waitFor();
  assert.doesNotMatch(await facts.textContent(), /has never seen/);
  await written(page);
  await button(page, "Train on it").click();
  await page.locator("#train").getByText("elves.txt, ").waitFor();
  assert.equal(await page.locator("#from").inputValue(), "names");
  assert.equal(await field(page, "Text to learn").inputValue(), elves.join("\n"));
});

test("what a prompt has that the model lacks is left out, but of a letter only its accent", async (t) => {
  const page = await openPage(t);
  await field(page, "Prompt").fill("zoë漢");
  await button(page, "Generate").click();
  await button(page, "Leave them out").click();
  await page.waitForFunction(() => document.querySelector("#prompt").value === "zoe");
});

test("a text of one's own goes with another model, but not with a link's", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=em&samples=20&temperature=0.8" });
  await open(page);
  await page.locator("#prompt").fill("");
  await page.locator("#own-text").fill(names.toLowerCase());
  await page.getByRole("button", { name: "Write in its manner" }).click();
  const facts = page.locator(".beside-facts");
  await facts.getByText(/^Your text: .* runs of up to 8 characters/).waitFor();
  await written(page);
  await page.locator("#models .choose").click();
  await page
    .locator("#models")
    .getByRole("radio", { name: /^Shakespeare, large/ })
    .check();
  await page.locator("#models .facts").getByText("1 layer of 512").waitFor();
  await facts.getByText(/^Your text: /).waitFor();
  await page.locator("#countsWeight").waitFor();
  await page.evaluate(() => (location.hash = "#model=names&prompt=em"));
  await facts.getByText("Your text is not in use with what the link asks for.").waitFor();
  await page.locator("#countsWeight").waitFor({ state: "hidden" });
});

test("what was typed comes back once a file is removed that took its place", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare&prompt=&length=20&samples=1" });
  await open(page);
  const typed = page.locator("#own-text");
  await typed.fill("my own words");
  await addText(page, "O Romeo, wherefore art thou? ".repeat(4), "romeo.txt");
  await page.waitForFunction(() => document.querySelector("#own-text").value === "");
  assert.match(await typed.getAttribute("placeholder"), /^romeo\.txt is in use\./);
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  assert.equal(await typed.inputValue(), "my own words");
});

test("a prompt that was suggested goes where no item of a list begins so", async (t) => {
  const page = await openPage(t);
  const prompt = page.locator("#prompt");
  await page.waitForFunction(() => document.querySelector("#prompt").value === "em");
  await open(page);
  await addText(page, names.toLowerCase());
  await page.getByRole("button", { name: "Remove", exact: true }).waitFor();
  await written(page);
  assert.equal(await prompt.inputValue(), "");
});

test("a text of another encoding is read in it, after asking", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare&prompt=&length=40&temperature=0.8" });
  const facts = page.locator("#beside .beside-facts");
  const text = "Et puis il a été bien content d'en être là. ".repeat(40);
  await addText(page, text, "été.txt");
  await facts.getByText("été.txt: ").waitFor();
  await written(page);
  const plain = await facts.innerText();
  for (const [encoding, title] of [
    ["utf16le", "UTF-16 (little-endian): “Et puis il a été bien content"],
    ["latin1", "Latin-1 (Windows-1252): “Et puis il a été bien content"],
  ]) {
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await addText(page, Buffer.from(text, encoding), "été.txt");
    await page.getByRole("button", { name: title }).first().click();
    await facts.getByText("été.txt: ").waitFor();
    await written(page);
    assert.equal(await facts.innerText(), plain, encoding);
  }
  // UTF-16 with its mark says itself what it is; of what only begins so it is asked.
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await addText(page, Buffer.from(`\ufeff${text}`, "utf16le"), "été.txt");
  await facts.getByText("été.txt: ").waitFor();
  assert.equal(await facts.innerText(), plain, "with a mark");
  await addText(page, Buffer.from(`\ufeff\0\x01${text}`, "utf16le"), "odd.txt");
  await page.getByText("odd.txt is not UTF-8. Which of these reads right?").waitFor();
});

test("the likeliest encoding of a text comes first, with how it reads in it", async (t) => {
  const page = await openPage(t, { hash: "#model=names" });
  const russian = "Все счастливые семьи похожи друг на друга. ".repeat(5);
  const cyrillic = Uint8Array.from(russian, (letter) => {
    const code = letter.charCodeAt(0);
    return code < 128 ? code : code - 0x350;
  });
  const japanese = [
    0x8c, 0xe1, 0x94, 0x79, 0x82, 0xcd, 0x94, 0x4c, 0x82, 0xc5, 0x82, 0xa0, 0x82, 0xe9,
  ];
  const first = page.locator("#models .alert button").first();
  for (const [bytes, reading] of [
    [cyrillic, "Cyrillic (Windows-1251): “Все счастливые семьи"],
    [new Uint8Array(japanese), "Japanese (Shift JIS): “吾輩は猫である…”"],
  ]) {
    await dropFile(page, "own.txt", bytes);
    await first.getByText(reading).waitFor();
  }
});

test("what is dropped is answered in view, in place of what was said before", async (t) => {
  const page = await openPage(t, {
    hash: "#model=names&prompt=em",
    viewport: { width: 390, height: 700 },
  });
  const said = page.locator("#models .alert");
  const sees = (text) =>
    page.waitForFunction((text) => {
      const alerts = [...document.querySelectorAll("#writing .alert")].filter(
        (one) => one.checkVisibility() && one.textContent,
      );
      const { top, bottom } = alerts[0]?.getBoundingClientRect() ?? {};
      return (
        alerts.length === 1 &&
        alerts[0].textContent.includes(text) &&
        top >= 0 &&
        bottom <= innerHeight
      );
    }, text);
  await page.evaluate(() => scrollTo(0, 9999));
  await dropFile(page, "none.safetensors", new Uint8Array(30));
  await sees("none.safetensors cannot be opened");
  await page.evaluate(() => scrollTo(0, 9999));
  await dropFile(page, "empty.txt", new Uint8Array(0));
  await sees("empty.txt is empty.");
  await page.locator("#beside summary").click();
  await page.evaluate(() => scrollTo(0, 0));
  await dropFile(page, "empty.txt", new Uint8Array(0));
  await sees("empty.txt is empty.");
  await dropFile(page, "song.mp3", new Uint8Array(3000).fill(7));
  await sees("song.mp3 is neither a model nor a text.");
  await dropFile(page, "art.png", new Uint8Array(3000).fill(7));
  await sees("art.png is a picture.");
  await page.getByRole("button", { name: "Open it under Caption" }).click();
  await page.getByText("art.png is no picture that this browser reads").waitFor();
  assert.equal(await said.textContent(), "");
});

test("a text that the model knows too little of is for another one, or to be trained on", async (t) => {
  const page = await openPage(t, { hash: "#model=names" });
  const text = "To be, or not to be: that is the question. ".repeat(40);
  await dropFile(page, "own.txt", Buffer.from(text));
  const said = page.locator("#models .alert");
  await said.getByText(/First names knows too little to write like it: 30% of own\.txt/).waitFor();
  assert.equal(await page.locator("#output .log").innerText(), "");
  await page.getByRole("button", { name: "Write like it with Shakespeare" }).click();
  await page.locator("#beside .beside-facts").getByText("own.txt: ").waitFor();
  await written(page);
  assert.match(await page.locator("#output .log").innerText(), /^To be, .*question/s);
});
