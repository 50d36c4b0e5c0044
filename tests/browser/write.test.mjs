// Writing: text streams in, stops, is the same for the same link, and is what Node writes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { makeModel } from "../node/make-model.mjs";
import { pause } from "../node/helpers.mjs";
import {
  button,
  completeInNode,
  field,
  finished,
  generate,
  openFile,
  openPage,
  typed,
  written,
} from "./helpers.mjs";

// The page's fields, and the module's names for them.
const FIELDS = {
  temperature: "Temperature",
  length: "Length",
  samples: "Texts",
  seed: "Seed",
  topK: "Top-k",
  topP: "Top-p",
  minP: "Min-p",
  repetitionPenalty: "Repetition penalty",
};

async function setOptions(page, options) {
  await page.locator("#controls details").evaluate((details) => (details.open = true));
  for (const [name, value] of Object.entries(options)) {
    await field(page, FIELDS[name]).fill(String(value));
  }
}

test("a typed prompt is written on, and typed and written differ in more than colour", async (t) => {
  const page = await openPage(t);
  await field(page, "Prompt").fill("");
  await field(page, "Prompt").pressSequentially("oli");
  const options = { temperature: 0.8, samples: 20 };
  const text = await generate(page);
  assert.equal(
    text,
    await completeInNode("names.safetensors", "oli", options),
    "a list of names that end by themselves",
  );
  assert.equal(await typed(page), "oli".repeat(20));
  const look = (name) =>
    page
      .locator(`.log ${name}`)
      .first()
      .evaluate((element) => getComputedStyle(element).textDecorationLine);
  assert.notEqual(await look("kbd"), await look("samp"));
  assert.match(await page.locator(".speed").textContent(), /^\d+ characters · [\d,]+ a second$/);
});

test("a model that has nothing to add to the prompt says so", async (t) => {
  const options = { temperature: 1, length: 400 };
  let seed = 0;
  while ((await completeInNode("names.safetensors", "em", { ...options, seed })) !== "") seed++;
  const page = await openPage(t, { hash: `#model=names&prompt=em&seed=${seed}&temperature=1` });
  assert.equal(await generate(page), "");
  await page.locator(".speed").getByText("It ended at once: it has nothing to add.").waitFor();
});

test("text streams in, and Stop stops it", async (t) => {
  const page = await openPage(t, { hash: "#model=shakespeare-int8&prompt=ROMEO:" });
  const options = { temperature: 0.9, length: 100_000, seed: 5 };
  await setOptions(page, options);
  await button(page, "Generate").click();
  const lengths = [];
  while (lengths.length < 3) {
    const seen = lengths.at(-1) ?? 0;
    const hasMore = (seen) =>
      [...document.querySelectorAll(".log samp")].reduce(
        (sum, part) => sum + part.textContent.length,
        0,
      ) > seen;
    await page.waitForFunction(hasMore, seen);
    lengths.push((await written(page)).length);
  }
  await button(page, "Stop").click();
  assert.ok(await button(page, "Stop").isDisabled(), "Stop stops at once");
  assert.equal(
    await page.evaluate(() => document.activeElement.id),
    "generate",
    "the focus goes on",
  );
  const text = await written(page);
  await pause(300);
  assert.equal(await written(page), text, "nothing comes after Stop");
  assert.ok(lengths[0] < lengths[1] && lengths[1] < lengths[2] && lengths[2] <= text.length);
  assert.ok(text.length < options.length, "it stopped in the middle");
  const expected = await completeInNode("shakespeare-int8.safetensors", "ROMEO:", {
    ...options,
    length: text.length,
  });
  assert.equal(text, expected, "what there is is right");
});

test("printed, a text is there in full, and nothing else", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=em&length=2000&samples=20" });
  await generate(page);
  const scrolls = () =>
    page.locator(".log").evaluate((log) => log.scrollHeight > log.clientHeight + 1);
  assert.ok(await scrolls());
  await page.emulateMedia({ media: "print" });
  assert.ok(!(await scrolls()));
  for (const other of [".masthead", "#models", "#write", "#candidates", "#copy", ".lens", ".foot"])
    assert.ok(await page.locator(other).first().isHidden(), other);
});

test("page and Node write the same text for the same options", async (t) => {
  const page = await openPage(t);
  for (const options of [
    { temperature: 0.8, length: 300, seed: 7, samples: 20 },
    { temperature: 0, length: 50, seed: 0, samples: 1 },
    {
      temperature: 1.3,
      length: 200,
      seed: 9007199254740991,
      topK: 12,
      topP: 0.9,
      minP: 0.02,
      repetitionPenalty: 1.2,
    },
  ]) {
    await setOptions(page, options);
    await field(page, "Prompt").fill("ka");
    assert.equal(await generate(page), await completeInNode("names.safetensors", "ka", options));
  }
});

test("two layers, an embedding and characters beyond ASCII are written as in Node", async (t) => {
  const vocabulary = [..."\n abcé—漢😀"];
  const bytes = makeModel({ cell: "gru", layers: 2, hidden: 40, embed: 8, vocabulary });
  const page = await openPage(t);
  await openFile(page, "signs.safetensors", bytes);
  await page.getByText("GRU, 2 layers of 40").waitFor();
  const options = { temperature: 1, length: 500, seed: 3 };
  await setOptions(page, options);
  await field(page, "Prompt").fill("é😀");
  assert.equal(await generate(page), await completeInNode(bytes, "é😀", options));
  assert.equal(await typed(page), "é😀");
});

test("a shared link gives the same text in a fresh browser", async (t) => {
  const page = await openPage(t, { permissions: ["clipboard-read", "clipboard-write"] });
  const options = { temperature: 1.2, length: 150, samples: 3, seed: 41, topK: 9 };
  await setOptions(page, options);
  await field(page, "Prompt").fill("zo\nan");
  const text = await generate(page);
  await button(page, "Share").click();
  await page.getByText("Link copied").waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(
    link,
    /#model=names&prompt=zo%0Aan&temperature=1.2&topK=9&length=150&samples=3&seed=41$/,
  );

  const fresh = await openPage(t, { hash: new URL(link).hash });
  assert.equal(await field(fresh, "Prompt").inputValue(), "zo\nan");
  for (const [name, value] of Object.entries(options)) {
    assert.equal(await fresh.locator(`#${name}`).inputValue(), String(value), name);
  }
  assert.equal(await generate(fresh), text);

  await button(page, "Copy").click();
  await page.getByText("Text copied").waitFor();
  const lines = text.split("\n").map((line) => `zo\nan${line}`);
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), lines.join("\n"));
});

test("every press writes another text, whose seed is in the link, until it is to be the same", async (t) => {
  const page = await openPage(t);
  const seed = field(page, "Seed");
  const same = page.getByLabel("Same text again");
  const first = await generate(page);
  assert.equal(await seed.inputValue(), "0", "the first text of a visit is always the same one");
  const second = await generate(page);
  assert.notEqual(second, first);
  const its = await seed.inputValue();
  await page.waitForURL((url) => url.hash.endsWith(`seed=${its}`));
  await page.reload();
  await page.locator("#generate:enabled").waitFor();
  assert.equal(await same.isChecked(), false, "what nobody chose is not kept");
  assert.equal(await generate(page), second);
  await same.check();
  assert.equal(await generate(page), second);
  await same.uncheck();
  assert.notEqual(await generate(page), second);
  await page.getByText("Use it in your page").click();
  await page.locator(".take select").selectOption("an element");
  const code = page.locator(".snippet");
  await code.getByText('length="200"').waitFor();
  assert.doesNotMatch(await code.textContent(), /seed/, "nor in code of one's own");
  await seed.fill("0");
  await code.getByText('seed="0"').waitFor();
  assert.ok(await same.isChecked(), "a seed that was set is kept");
  assert.equal(await generate(page), first);
  assert.equal(await generate(page), first);
  await page.reload();
  await page.locator("#generate:enabled").waitFor();
  assert.ok(await same.isChecked());
});

test("a link followed while the page is open fills it in", async (t) => {
  const page = await openPage(t);
  await page.evaluate(() => (location.hash = "#model=names&prompt=ti&temperature=0.5&seed=2"));
  await page.waitForFunction(() => document.querySelector("#prompt").value === "ti");
  await page.locator("#generate:enabled").waitFor();
  assert.equal(await field(page, "Temperature").inputValue(), "0.5");
  const expected = await completeInNode("names.safetensors", "ti", { temperature: 0.5, seed: 2 });
  assert.ok(await page.getByLabel("Same text again").isChecked(), "so says the link");
  assert.equal(await generate(page), expected);
  assert.equal(await generate(page), expected);
});

test("a link can ask for nothing but text in a field", async (t) => {
  const attack = '"><img src=x onerror=alert(1)><script>alert(2)</script>';
  const evil = encodeURIComponent(attack);
  const page = await openPage(t, {
    hash: `#model=${evil}&prompt=${evil}&temperature=${evil}&length=1e9`,
  });
  await page.getByText(/^The link asks for a model “"><img/).waitFor();
  assert.equal(await field(page, "Prompt").inputValue(), attack);
  await page.getByText(/length=1e9, which is not possible here and left out/).waitFor();
  assert.equal(await field(page, "Length").inputValue(), "200", "an absurd length is not taken");
  assert.equal(await page.locator("body img, body script, main [onerror]").count(), 0);
});

test("what a link says and cannot be is said, and all else of it is taken", async (t) => {
  const hash = "#tab=foo&model=names&prompt=em&temprature=0.2&temperature=hot&samples=-3&topK=5";
  const page = await openPage(t, { hash: `${hash}&countsWeight=2` });
  const wrong = "tab=foo, temprature=0.2, temperature=hot, samples=-3, countsWeight=2";
  await page
    .getByText(`The link says ${wrong}, which is not possible here and left out.`)
    .waitFor();
  assert.equal(await page.locator("#topK").inputValue(), "5");
  assert.equal(await field(page, "Texts").inputValue(), "1");
  assert.ok((await generate(page)).length > 0);
  const follow = (link) => page.evaluate((link) => (location.hash = link), link);
  const said = (text) => page.getByText(`The link says ${text}, which is not possible`).waitFor();
  await follow("#tab=classify&texts=Kowalczyk");
  await said("texts=Kowalczyk");
  await follow("#tab=translate&model=dates&beam=99");
  await said("beam=99");
  await follow("#tab=caption&model=emoji&pictures=cat");
  await said("pictures=cat");
  await follow("#model=names&prompt=em&temperature=0.5&length=40&samples=2&seed=3&mix=shakespeare");
  await page.waitForFunction(() => document.querySelector("#seed").value === "3");
  await page.locator("#generate:enabled").waitFor();
  assert.doesNotMatch(await page.locator("#models .alert").textContent(), /The link/);
});

test("the page takes no script and no address but its own", async (t) => {
  const page = await openPage(t);
  const policy = await page
    .locator("meta[http-equiv=Content-Security-Policy]")
    .getAttribute("content");
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*|https?:/);
  assert.match(policy, /default-src 'self'/);
  // Violations are told to the console, where openPage() would see them; so this page is not one of
  // its.
  const victim = await page.context().newPage();
  await victim.goto(page.url());
  const blocked = await victim.evaluate(async () => {
    const blocked = [];
    addEventListener("securitypolicyviolation", ({ blockedURI }) => blocked.push(blockedURI));
    const script = document.createElement("script");
    script.textContent = "window.hacked = true";
    document.body.append(script);
    await fetch("https://example.invalid/").catch(() => {});
    while (blocked.length < 2) await new Promise(requestAnimationFrame);
    return [...blocked, window.hacked];
  });
  assert.deepEqual(blocked, ["inline", "https://example.invalid/", undefined]);
});

test("characters that the model does not know are named, and there are ways on", async (t) => {
  const page = await openPage(t);
  const before = await generate(page);
  await field(page, "Prompt").fill("Zoë & 漢");
  await button(page, "Generate").click();
  const alert = page.locator("#prompt-problem");
  await alert.getByText("First names does not know “ë”, the space, “&” and “漢”").waitFor();
  assert.match(await alert.textContent(), /with small letters\./);
  assert.equal(await field(page, "Prompt").getAttribute("aria-invalid"), "true");
  assert.equal(await written(page), before, "what has been written stays");
  assert.deepEqual(await alert.locator("button").allTextContents(), ["Leave them out"]);
  await button(page, "Leave them out").click();
  await page.waitForFunction(() => document.querySelector("#prompt").value === "Zoe");
  assert.ok((await generate(page)).length > 20);
  assert.equal(await alert.textContent(), "");
  await field(page, "Prompt").fill("Once upon a time!");
  await button(page, "Generate").click();
  await button(page, "Write with Shakespeare").click();
  await page.locator(".log").getByText("Once upon a time!").waitFor();
  await finished(page);
  assert.ok((await written(page)).length > 20);
});

test("words that the model does not know are named beside what it writes", async (t) => {
  const page = await openPage(t, { hash: "#model=alice&prompt=The%20xyzzy%20said&length=20" });
  assert.ok((await generate(page)).length > 20);
  await page.getByText("It does not know “xyzzy”.").waitFor();
  await field(page, "Prompt").fill("The cat said");
  await generate(page);
  assert.equal(await page.locator("#prompt-note").textContent(), "");
});

test("the candidates are those of the last of several texts, which is the one in view", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=&samples=20&seed=3&length=30" });
  const last = (await generate(page)).split("\n").at(-1);
  await page.locator("#candidates .context").getByText(`${last}?`, { exact: true }).waitFor();
  await page.locator(".log.scrolled").waitFor();
});

const candidate = (page, name) =>
  page.locator("#candidates tbody").getByRole("button", { name, exact: true });

test("another candidate is chosen, before a text or within it, and the text goes on with it", async (t) => {
  const page = await openPage(t, {
    hash: "#model=shakespeare-counts&prompt=ROMEO:&length=80&seed=3",
  });
  const text = "ROMEO:" + (await generate(page));
  await page.locator(".log").press("Home");
  for (let i = 0; i < 8; i++) await page.locator(".log").press("ArrowRight");
  const other = page.locator("#candidates tbody tr:not(.written)").first();
  // What stood there for the characters before it may still be seen.
  await page
    .locator("#candidates tr.written .glyph", { hasText: new RegExp(`^${text[8]}$`) })
    .waitFor();
  const glyph = (await other.locator(".glyph").textContent()).replace("␣", " ");
  await other.click();
  await finished(page);
  const beginning = text.slice(0, 8) + glyph;
  assert.equal(await field(page, "Prompt").inputValue(), beginning);
  const options = { temperature: 0.8, length: 80, seed: 3 };
  const expected = await completeInNode("shakespeare-counts.safetensors", beginning, options);
  assert.equal(await written(page), expected);
});

test("a candidate is chosen by keyboard, but for what ends a text, and words are put apart", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=em&samples=20&seed=3&length=30" });
  await candidate(page, "i").press("Enter");
  await finished(page);
  const all = await page.locator(".log").innerText();
  for (const line of all.trim().split("\n")) assert.match(line, /^emi/);
  assert.ok(await candidate(page, "line break").isDisabled());
  await page.start("#model=alice&prompt=Alice%20was&length=20&seed=1");
  await candidate(page, "now").click();
  await finished(page);
  assert.equal(await field(page, "Prompt").inputValue(), "Alice was now");
  await field(page, "Prompt").fill("Alice");
  await candidate(page, ",").click();
  await finished(page);
  assert.equal(await field(page, "Prompt").inputValue(), "Alice,");
});
