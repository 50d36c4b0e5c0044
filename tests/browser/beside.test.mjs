// A text of one's own beside a shipped model, and another model blended in.

import assert from "node:assert/strict";
import { test } from "node:test";
import { completeInNode, dropFile, generate, openPage } from "./helpers.mjs";

const names = "Zuzanna\nZbigniew\nKrzysztof\nKatarzyna\nWawrzyniec\nSzczepan\n".repeat(20);

const lines = async (page) => (await page.locator("#output .log").innerText()).trim().split("\n");

async function addText(page, text, name = "polish.txt") {
  const file = { name, mimeType: "text/plain", buffer: Buffer.from(text) };
  await page.locator("#beside input[type=file]").setInputFiles(file);
}

const open = (page) => page.locator("#beside summary").click();
const written = (page) => page.locator("#stop:disabled").waitFor();

test("a text of one's own is counted and written like at once, as much as its slider says", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=&samples=20&temperature=0.8" });
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
  await code('model="in-my-manner.safetensors"');
  await remove.click();
  await code('model="names.safetensors"');
  await page.locator("#countsWeight").waitFor({ state: "hidden" });
  await page.locator("#generate").click();
  await written(page);
  assert.deepEqual(await lines(page), alone);
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
  await wrong.locator("#models .alert").getByText("maxCopy=six: not a number").waitFor();
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
  await alert.getByText("greek.txt cannot be written like: the text has no token").waitFor();
  await addText(page, "a text, but\0 no text", "binary.txt");
  await alert.getByText("binary.txt has NUL bytes, so it is no text.").waitFor();
  await page.locator("#own-text").fill(names.toLowerCase());
  await page.getByRole("button", { name: "Write in its manner" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).waitFor();
  assert.equal(await alert.innerText(), "");
  await written(page);

  // What was taken before stays when another one is refused, and can still be taken away.
  const counted = await page.locator("#beside .beside-facts").innerText();
  assert.match(counted, /^Your text: .*Remove/s);
  await addText(page, "αβγδ ".repeat(50), "greek.txt");
  await alert.getByText("greek.txt cannot be written like").waitFor();
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
  await page.locator("#beside .alert").getByText("there is no model yet").waitFor();
  release();
  await page.locator("#generate:enabled").waitFor();
  assert.equal(await page.locator("#models .alert").innerText(), "");
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

  // A model of words does not mix with one of characters.
  await page.locator("#mix").selectOption("alice");
  const refused = page.locator("#beside .alert").getByText(/cannot be blended in: .*of words/);
  await refused.waitFor();
  assert.equal(await page.locator("#mix").inputValue(), "");
});

test("a text of another encoding is read in it, after asking", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare&prompt=&length=40&temperature=0.8" });
  const facts = page.locator("#beside .beside-facts");
  const text = "Ça été ".repeat(40);
  await addText(page, text, "été.txt");
  await facts.getByText("été.txt: ").waitFor();
  await written(page);
  const plain = await facts.innerText();
  for (const [encoding, title] of [
    ["utf16le", "UTF-16 (little-endian)"],
    ["latin1", "Latin-1 (Windows-1252)"],
  ]) {
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await addText(page, Buffer.from(text, encoding), "été.txt");
    await page.getByRole("button", { name: `Read it as ${title}` }).click();
    await facts.getByText("été.txt: ").waitFor();
    await written(page);
    assert.equal(await facts.innerText(), plain, encoding);
  }
});
