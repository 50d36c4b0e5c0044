// Looking inside, below the text that was written: what it shows are the numbers of the core, to
// the digit that is printed.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { readFolder } from "../convert/helpers.mjs";
import { makeModel } from "../node/make-model.mjs";
import { dist } from "../node/helpers.mjs";
import { percent as percentOf } from "../../web/page/parts/tokens.js";
import {
  LOOKS,
  assertAccessible,
  assertFits,
  button,
  dropFiles,
  field,
  generate,
  openFile,
  openPage,
  readability,
  slowness,
  typed,
  written,
} from "./helpers.mjs";

const SHAKESPEARE = "#model=shakespeare&prompt=ROMEO:&length=594&seed=1&temperature=0.8";

const signed = (value, digits) => value.toFixed(digits).replace("-", "−");
const percent = (value) => `${(100 * value).toFixed(1)}%`;

const named = (token) => ({ " ": "␣ space", "\n": "↵ line break" })[token] ?? token;

const readout = (page) => page.locator(".lens .readout").textContent();
const strip = (page) => page.locator(".lens .strip");
const pressed = (page, group) => page.locator(`.lens .${group} [aria-pressed=true]`).textContent();

/** Opens the lens by keyboard, and gives the text that it looks into. */
async function look(page) {
  const text = (await typed(page)) + (await page.locator(".log samp").allTextContents()).join("");
  await page.locator(".lens > summary").press("Enter");
  await page.locator(".lens .inside:not([aria-busy]):visible").waitFor();
  return text;
}

/** The shipped Shakespeare, the text that it has written, and the same model in Node. */
async function lookAtShakespeare(t, options) {
  const page = await openPage(t, { hash: SHAKESPEARE, ...options });
  await generate(page);
  const text = await look(page);
  const model = await load(join(dist, "models/shakespeare.safetensors"), { saliency: true });
  t.after(() => model.free());
  return { page, text, model, trace: await model.trace(text, { gates: true }) };
}

/** What is said of a token while the colours are those of a unit. */
function told(trace, t, { unit }) {
  const at = t * trace.units + unit;
  const { hidden, cell, gates, nats, tokens } = trace;
  const name = { " ": "space", "\n": "line break" }[tokens[t]] ?? tokens[t];
  const cost = t > 0 ? `, cost ${signed(nats[t] * Math.log2(Math.E), 2)} bits` : "";
  const states = `hidden ${signed(hidden[at], 4)}, cell ${signed(cell[at], 4)}`;
  const all = Object.entries(gates).map(([gate, values]) => `${gate} ${signed(values[at], 2)}`);
  const where = `“${name}”, character ${t + 1} of ${tokens.length}${cost}`;
  return `${where}. Unit ${unit}: ${states}; ${all.join(", ")}.`;
}

test("a text that runs from right to left does so here and in What comes next", async (t) => {
  const page = await openPage(t);
  const vocabulary = [..."\nאבגדה"];
  await dropFiles(page, [{ name: "alef.safetensors", bytes: makeModel({ vocabulary }) }]);
  await button(page, "Model alef").waitFor();
  await field(page, "Prompt").fill("אב\nגד");
  const context = page.locator(".context > span").filter({ hasText: "גד" });
  await context.waitFor();
  const middle = async (locator) => {
    const { x, width } = await locator.boundingBox();
    return x + width / 2;
  };
  assert.ok((await middle(context.locator(".slot"))) < (await middle(context)), "the next is left");
  await generate(page);
  await look(page);
  const [letter, end] = [strip(page).locator("span").first(), strip(page).locator("span").nth(2)];
  assert.ok((await middle(end)) < (await middle(letter)), "the line ends left");
  assert.ok((await middle(letter)) > (await middle(strip(page))), "and begins right");
  await strip(page).focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowLeft");
  await strip(page).locator("span:nth-child(2).picked").waitFor();
  await page.keyboard.press("ArrowRight");
  await strip(page).locator("span:nth-child(1).picked").waitFor();
});

test("in a line that runs from right to left the letter that is pressed is looked at", async (t) => {
  const page = await openPage(t);
  const vocabulary = [..."\n אבגדabc"];
  await dropFiles(page, [{ name: "alef.safetensors", bytes: makeModel({ vocabulary }) }]);
  await button(page, "Model alef").waitFor();
  await field(page, "Prompt").fill("אבג abc דא");
  await field(page, "Texts").fill("1"); // of names there are more
  await field(page, "Length").fill("1");
  await generate(page);
  const place = page.locator("#place");
  const middles = await page.locator(".log kbd").evaluate(({ firstChild }) =>
    [...firstChild.data].map((_, i) => {
      const range = document.createRange();
      range.setStart(firstChild, i);
      range.setEnd(firstChild, i + 1);
      const { left, top, width, height } = range.getBoundingClientRect();
      return [0.2, 0.8].map((share) => [left + share * width, top + height / 2]);
    }),
  );
  const standsAt = async (at) =>
    page.waitForFunction(
      ([place, at]) => place.value === at,
      [await place.elementHandle(), String(at)],
    );
  for (const [at, sides] of middles.entries())
    for (const [x, y] of sides) {
      await page.mouse.click(x, y);
      await standsAt(at);
    }
  await page.locator(".log").press("Home");
  await page.keyboard.press("ArrowLeft");
  await standsAt(1);
  await page.keyboard.press("ArrowRight");
  await standsAt(0);
});

test("a vowel sign, an accent and what joins characters can be told apart", async (t) => {
  const page = await openPage(t);
  const vocabulary = ["\n", "क", "ि", "े", "\u200d", "\ufe0f"];
  await dropFiles(page, [{ name: "matra.safetensors", bytes: makeModel({ vocabulary }) }]);
  await button(page, "Model matra").waitFor();
  await field(page, "Prompt").fill("क");
  await page.locator("#candidates .glyph").filter({ hasText: "◌ि" }).waitFor();
  const glyphs = await page.locator("#candidates tr:not(.none) .glyph").allTextContents();
  assert.deepEqual(glyphs.sort(), ["VS16", "ZWJ", "◌ि", "◌े", "↵", "क"].sort());
});

test("units are found by pattern, and each character has the core's numbers", async (t) => {
  const { page, text, model, trace } = await lookAtShakespeare(t);
  assert.equal(text.length, 600);
  const about = await page.locator(".lens .about").textContent();
  assert.match(
    about,
    /^The network has 512 units, small memories that change with every character\./,
  );
  assert.equal(await strip(page).textContent(), text.replaceAll("\n", "↵\n"));
  for (const [name, pattern] of [
    ["the line’s length", "line length"],
    ["words", "word"],
    ["capitals coming", "capital next"],
    ["spaces coming", "space next"],
  ]) {
    const units = await model.units(text, pattern);
    await page.locator(".lens .patterns").getByText(name).click();
    assert.equal(await pressed(page, "patterns"), `${name} (${signed(units[0].correlation, 2)})`);
    const chips = units
      .slice(0, 5)
      .map((one) => `unit ${one.unit}, ${one.state}: ${signed(one.correlation, 2)}`);
    assert.deepEqual(await page.locator(".lens .found button").allTextContents(), chips);
    assert.equal(await pressed(page, "found"), chips[0]);
    await strip(page).press("Home");
    for (let at = 0; at < 20; at++) {
      assert.equal(await readout(page), told(trace, at, units[0]));
      await strip(page).press("ArrowRight");
    }
    const values = units[0].state === "cell" ? trace.cell : trace.hidden;
    const own = trace.tokens.map((_, at) => values[at * trace.units + units[0].unit]);
    const most = Math.max(...own.map(Math.abs));
    assert.equal(await page.locator(".lens .most").textContent(), signed(most, 4));
    const shares = await strip(page)
      .locator("span")
      .evaluateAll((all) =>
        all.map((one) => [one.style.getPropertyValue("--share"), one.classList.contains("below")]),
      );
    assert.deepEqual(
      shares,
      own.map((value) => [Math.min(1, Math.abs(value) / most).toFixed(3), value < 0]),
    );
  }
  // A text without quotation marks or brackets has no unit that follows them.
  assert.equal(await page.locator(".lens .patterns").getByText("quotation").count(), 0);
});

test("the gates of a unit: how often open and shut, and how long it remembers", async (t) => {
  const { page, trace } = await lookAtShakespeare(t);
  await field(page, "Unit").fill("122");
  await field(page, "Unit").press("Enter");
  const count = trace.tokens.length;
  const figures = (values) => [
    (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(3),
    percent(values.filter((value) => value > 0.9).length / values.length),
    percent(values.filter((value) => value < 0.1).length / values.length),
  ];
  const own = (values) => Array.from({ length: count }, (_, at) => values[at * trace.units + 122]);
  const rows = ["input", "forget", "output"].map((name) => [
    name,
    ...figures(own(trace.gates[name])),
    ...figures(trace.gates[name]),
  ]);
  const shown = await page
    .locator(".gates tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.cells].map(({ textContent }) => textContent)));
  assert.deepEqual(shown, rows);
  const mean = own(trace.gates.forget).reduce((sum, value) => sum + value, 0) / count;
  const half = Math.log(0.5) / Math.log(mean);
  const after = half < 10 ? half.toFixed(1) : Math.round(half);
  const said = await page.locator(".standing .hint").textContent();
  assert.ok(said.includes(`keeps ${percent(mean)} a character`), said);
  assert.ok(said.includes(`left after ${after} characters`), said);
  assert.ok(said.includes("input, what is new; forget, what of the old stays; output,"), said);
  await page.locator(".lens .patterns").getByText("remember longest").click();
  assert.match(await pressed(page, "found"), /^unit \d+, cell: half after \d+$/);
  await field(page, "Unit").fill("512");
  await field(page, "Unit").press("Enter");
  assert.equal(await readout(page), "There are units 0 to 511.");
});

test("units that are on exactly at a selection, by keys and by pointer", async (t) => {
  const { page, text, model } = await lookAtShakespeare(t);
  const here = button(page, "Find units that are on exactly here");
  assert.ok(await here.isDisabled());
  await strip(page).press("Home");
  for (let i = 0; i < 5; i++) await strip(page).press("Shift+ArrowRight");
  await here.click();
  const found = async (from, to) => {
    const units = await model.units(
      text,
      [...text].map((_, at) => at >= from && at < to),
    );
    const { unit, state, correlation } = units[0];
    return `unit ${unit}, ${state}: ${signed(correlation, 2)}`;
  };
  const first = await found(0, 6);
  await page.locator(".lens .found [aria-pressed=true]").getByText(first).waitFor();
  await strip(page).evaluate((element) => {
    const spans = element.querySelectorAll("span");
    getSelection().setBaseAndExtent(spans[30].firstChild, 0, spans[39].firstChild, 1);
  });
  await page.locator(".strip .within").nth(9).waitFor();
  await here.click();
  const second = await found(30, 40);
  await page.locator(".lens .found [aria-pressed=true]").getByText(second).waitFor();
});

test("why a character came: what spoke for it, with the core's numbers", async (t) => {
  const { page, text, model } = await lookAtShakespeare(t);
  await strip(page).press("Home");
  assert.ok(await page.locator(".lens .why").isDisabled(), "nothing is before the first");
  for (let i = 0; i < 12; i++) await strip(page).press("ArrowRight");
  await button(page, `Why “${text[12]}”?`).click();
  await page.locator(".readout").getByText("asked about").waitFor();
  const values = await model.saliency(text, 12);
  await strip(page).press("ArrowRight");
  assert.match(await readout(page), /: comes after “.*”, so it had no say\.$/);
  await strip(page).press("ArrowLeft");
  for (let at = 11; at >= 0; at--) {
    await strip(page).press("ArrowLeft");
    const side = values[at] < 0 ? "against" : "for";
    const name = { "\n": "line break", " ": "space" }[text[at]] ?? text[at];
    const number = signed(values[at], 4);
    const where = `“${name}”, character ${at + 1} of 600`;
    assert.equal(await readout(page), `${where}: spoke ${side} “${text[12]}” with ${number}.`);
  }
  await field(page, "Colour by").selectOption("bits");
  assert.match(await readout(page), /Unit \d+/);
});

test("two models are compared on the text, character by character, in bits", async (t) => {
  const { page, text, trace } = await lookAtShakespeare(t);
  await field(page, "Compare with").selectOption("Shakespeare, int8");
  await page.locator(".lens .said").getByText("bits a character").waitFor();
  const other = await load(join(dist, "models/shakespeare-int8.safetensors"), { trace: true });
  t.after(() => other.free());
  const { nats } = await other.trace(text);
  const bits = Math.log2(Math.E);
  const mean = (all) => (all.slice(1).reduce((sum, one) => sum + one, 0) * bits) / (all.length - 1);
  const [own, its] = [trace.nats, nats].map((all) => signed(mean(all), 3));
  const said = await page.locator(".lens .said").textContent();
  assert.equal(said, `${own} bits a character; Shakespeare, int8 ${its}.`);
  await strip(page).press("End");
  const last = nats.length - 1;
  const told = `cost ${signed(trace.nats[last] * bits, 2)} bits, Shakespeare, int8 `;
  assert.ok((await readout(page)).includes(told + signed(nats[last] * bits, 2)));
  // What reads other tokens is not offered.
  const titles = await field(page, "Compare with").locator("option").allTextContents();
  assert.deepEqual(titles, [
    "no other model",
    "Shakespeare",
    "Shakespeare, large",
    "Shakespeare, int8",
  ]);
  await field(page, "Compare with").selectOption("");
  assert.equal(await page.locator(".lens .said").textContent(), "");
});

/** What the row of a unit colours: a share in percent, and a side, for each token. */
const bandsOf = (trace, { unit, state }) => {
  const own = trace.tokens.map((_, at) => trace[state][at * trace.units + unit]);
  const most = Math.max(...own.map(Math.abs));
  return own.map((value) => [((100 * Math.abs(value)) / most).toFixed(0), value < 0]);
};

/** The rows as they are coloured, from the top. */
const bandsShown = (page) =>
  strip(page)
    .locator("span")
    .evaluateAll((all) => {
      const bands = all.map(({ style }) => [
        ...style.backgroundImage.matchAll(/var\(--(above|below)\) (\d+)%/g),
      ]);
      const rows = bands[0].map((_, row) =>
        bands.map((own) => [own[row][2], own[row][1] === "below"]),
      );
      return rows.reverse(); // they are painted from the lowest
    });

test("up to four units are rows below the letters, by keys, and a link keeps them", async (t) => {
  const { page, text, trace } = await lookAtShakespeare(t);
  const keep = button(page, "Keep this unit as a row");
  const listed = page.locator(".lens .rows li");
  const chosen = [
    { unit: 122, state: "cell" },
    { unit: 357, state: "hidden" },
    { unit: 7, state: "hidden" },
    { unit: 8, state: "hidden" },
  ];
  for (const { unit, state } of chosen) {
    await field(page, "State").selectOption(state);
    await field(page, "Unit").fill(String(unit));
    await field(page, "Unit").press("Enter");
    await keep.press("Enter");
    assert.ok(await keep.isDisabled(), "it is a row by now");
  }
  assert.equal(await listed.count(), 4);
  await field(page, "Unit").fill("9");
  await field(page, "Unit").press("Enter");
  assert.ok(await keep.isDisabled(), "four are the most");
  assert.deepEqual(
    await bandsShown(page),
    chosen.map((one) => bandsOf(trace, one)),
  );
  await strip(page).press("End");
  const last = trace.tokens.length - 1;
  const values = chosen.map(({ unit, state }) => {
    const value = signed(trace[state][last * trace.units + unit], 4);
    return `unit ${unit}, ${state} ${value}`;
  });
  assert.ok((await readout(page)).endsWith(` Rows: ${values.join("; ")}.`));
  const remove = page.getByRole("button", { name: "Take away the row of unit 7, hidden" });
  await remove.press("Enter");
  assert.equal(await listed.count(), 3);
  assert.ok(
    await listed
      .nth(2)
      .getByRole("button")
      .last()
      .evaluate((e) => e === e.ownerDocument.activeElement),
  );
  await listed.first().getByRole("button").first().click();
  assert.equal(await field(page, "Unit").inputValue(), "122");

  await page.waitForFunction(
    () => location.hash.includes("hidden-0-8") && !location.hash.includes("hidden-0-7"),
  );
  const { hash } = new URL(page.url());
  const other = await openPage(t, { hash });
  await other.locator(".lens .inside:visible").waitFor();
  await generate(other);
  await other.locator(".strip").getByText("↵").nth(2).waitFor();
  assert.equal((await typed(other)) + (await written(other)), text);
  const again = [chosen[0], chosen[1], chosen[3]];
  await other.locator(".lens .inside:not([aria-busy])").waitFor();
  await other.waitForFunction(
    (length) => document.querySelectorAll(".strip span").length === length,
    text.length,
  );
  assert.deepEqual(
    await bandsShown(other),
    again.map((one) => bandsOf(trace, one)),
  );
  const wrong = await openPage(t, {
    hash: "#model=names&prompt=emma&rows=cell-0-999,hidden-0-3,x",
  });
  await wrong.locator(".lens .said").getByText("link’s cell-0-999, x is no unit").waitFor();
  assert.equal(await wrong.locator(".lens .rows li").count(), 1);
});

/** The bars of a section: [name, percent]. */
const barsOf = (page, section) =>
  page
    .locator(`${section} .bars-of tbody tr:visible`)
    .evaluateAll((all) => all.map((row) => [row.cells[0].textContent, row.cells[2].textContent]));

const shownOf = (found) =>
  found.slice(0, 7).map(({ token, probability }) => [named(token), percentOf(probability)]);

/** Opens a folded section of the lens by keyboard. */
const unfold = (page, section) => page.locator(`.lens ${section} > summary`).press("Enter");

test("a state is edited, the bars follow, and the text goes on from there", async (t) => {
  const { page, text, model, trace } = await lookAtShakespeare(t);
  await field(page, "Unit").fill("122");
  await field(page, "Unit").press("Enter");
  await field(page, "State").selectOption("hidden");
  await strip(page).press("Home");
  for (let i = 0; i < 20; i++) await strip(page).press("ArrowRight");
  await unfold(page, ".onward");
  const session = await model.session();
  await session.feed(text.slice(0, 21));
  const leader = named((await session.distribution())[0].token);
  const waitFor = async (found) => {
    const shown = shownOf(found);
    if (!shown.some(([name]) => name === leader)) {
      const { probability } = found.find(({ token }) => named(token) === leader);
      shown.splice(-1, 1, [leader, percentOf(probability)]); // what led before is among it
    }
    await page.waitForFunction(
      ([name, p]) =>
        document.querySelector(".onward .bars-of tbody th")?.textContent === name &&
        document.querySelector(".onward .bars-of tbody td:last-child")?.textContent === p,
      shownOf(found)[0],
    );
    assert.deepEqual(await barsOf(page, ".onward"), shown);
  };
  const own = await session.state();
  await waitFor(await session.distribution());
  const value = page.locator("#lens-value");
  assert.equal(await value.inputValue(), trace.hidden[20 * trace.units + 122].toFixed(4));

  const wrong = page.locator(".onward .wrong");
  await value.fill("1.5");
  await value.press("Enter");
  await wrong.getByText("A hidden state is from −1 to 1 here, and 1.50 is not.").waitFor();
  await value.fill("");
  await value.press("Enter");
  await wrong.getByText("not a number").waitFor();
  await waitFor(await session.distribution());

  const hidden = own.hidden.slice();
  const setTo = async (number) => {
    await value.fill(String(number));
    await value.press("Enter");
    hidden[122] = number;
    await session.setState({ hidden });
    await page
      .locator(".onward .where")
      .getByText(`to ${signed(number, 4)}.`)
      .waitFor();
  };
  await setTo(-0.9);
  assert.equal(await wrong.textContent(), "");
  await waitFor(await session.distribution());
  await field(page, "Set").selectOption("layer");
  await value.fill("0.25");
  await value.press("Enter");
  await page.locator(".onward .where").getByText("all units, hidden to 0.2500.").waitFor();
  hidden.fill(0.25);
  await session.setState({ hidden });
  await waitFor(await session.distribution());
  const sampling = { temperature: 0.8 };
  const drawn = async () => {
    const tokens = [];
    for (let i = 0; i < 300; i++)
      tokens.push(await session.sample(i === 0 ? { ...sampling, seed: 1 } : sampling));
    return tokens.join("");
  };
  const changed = await drawn();
  await button(page, "Write on from here").click();
  await page.locator(".apart:not(:empty)").waitFor();
  const texts = () => page.locator(".onward .both .text").allTextContents();
  const before = text.slice(0, 21);
  const asItWas = await model.complete(before, { ...sampling, seed: 1, length: 300 });
  assert.deepEqual(await texts(), [before + asItWas, before + changed]);
  assert.match(
    await page.locator(".apart").textContent(),
    /as it was, “.+” had .+; with the chang/,
  );

  // A cell state takes the hidden state along: h = o tanh(c).
  await button(page, "As it was").click();
  await field(page, "Set").selectOption("unit");
  await field(page, "State").selectOption("cell");
  await value.fill("5");
  await value.press("Enter");
  await page.locator(".onward .where").getByText("unit 122, cell to 5.0000.").waitFor();
  hidden.set(own.hidden);
  hidden[122] = trace.gates.output[20 * trace.units + 122] * Math.tanh(5);
  const cell = own.cell.slice();
  cell[122] = 5;
  await session.reset();
  await session.feed(before);
  await session.setState({ hidden, cell });
  await waitFor(await session.distribution());

  // With nothing changed two seeds part, with the probabilities that they parted at.
  await button(page, "As it was").click();
  await page.locator(".onward .where").getByText("Nothing is changed yet").waitFor();
  await button(page, "Write on from here").click();
  await page.locator(".onward h3").getByText("With seed 2").waitFor();
  const others = await Promise.all(
    [1, 2].map((seed) => model.complete(before, { ...sampling, seed, length: 300 })),
  );
  assert.deepEqual(
    await texts(),
    others.map((one) => before + one),
  );
  const [a, b] = others;
  const at = [...a].findIndex((_, i) => a[i] !== b[i]);
  await session.reset();
  await session.feed(before + a.slice(0, at));
  const chances = new Map(
    (await session.distribution(sampling)).map(({ token, probability }) => [token, probability]),
  );
  const said = [a[at], b[at]].map((one) => [named(one), percentOf(chances.get(one))]);
  const [[one, p], [other, q]] = said;
  const told = await page.locator(".apart").textContent();
  assert.ok(told.endsWith(`“${one}” had ${p} and “${other}” ${q}, and the draw chose.`), told);
});

test("between the states of two beginnings there are others", async (t) => {
  const { page, model } = await lookAtShakespeare(t);
  await unfold(page, ".midway");
  await field(page, "One beginning").fill("KING");
  await field(page, "Another").fill("the ");
  const share = page.getByLabel("From the one to the other");
  await share.fill("0.25");
  const session = await model.session();
  const states = [];
  for (const text of ["KING", "the "]) {
    await session.reset();
    await session.feed(text);
    states.push(await session.state());
  }
  const [a, b] = states;
  const mixed = (kind) => a[kind].map((value, at) => 0.75 * value + 0.25 * b[kind][at]);
  await session.setState({ hidden: mixed("hidden"), cell: mixed("cell") });
  const found = await session.distribution();
  await page.waitForFunction(
    ([name, p]) =>
      document.querySelector(".midway .bars-of tbody th")?.textContent === name &&
      document.querySelector(".midway .bars-of tbody td:last-child")?.textContent === p,
    shownOf(found)[0],
  );
  assert.deepEqual(await barsOf(page, ".midway"), shownOf(found));
  assert.ok((await page.locator(".midway .text").textContent()).length > 40);
  await field(page, "Another").fill("");
  await page.locator(".midway .wrong").getByText("Write two beginnings.").waitFor();
});

test("what each layer would say, and that one layer has none before it", async (t) => {
  const page = await openPage(t, { hash: "#length=40&seed=2" });
  const bytes = makeModel({ cell: "gru", layers: 2, hidden: 12 });
  await openFile(page, "two.safetensors", bytes);
  await page.locator("#models .choose").getByText("two").waitFor();
  await field(page, "Prompt").fill("abc");
  await generate(page);
  const text = await look(page);
  await unfold(page, ".each-layer");
  await strip(page).press("Home");
  await strip(page).press("ArrowRight");
  await page.locator(".each-layer").getByText("After “b”").waitFor();
  const model = await load(bytes, { trace: true });
  t.after(() => model.free());
  const { layerLogits } = await model.trace(text, { layerLogits: true });
  const { vocabulary } = model.info;
  const columns = [0, 1].map((layer) => {
    const from = (2 + layer) * vocabulary.length;
    const logits = [...layerLogits.slice(from, from + vocabulary.length)];
    const sum = logits.reduce((total, one) => total + Math.exp(one), 0);
    return logits
      .map((one, id) => ({ token: vocabulary[id], probability: Math.exp(one) / sum }))
      .sort((a, b) => b.probability - a.probability)
      .slice(0, 5)
      .map(({ token, probability }) => `${named(token)} ${percentOf(probability)}`);
  });
  const shown = await page
    .locator(".lens-layers tbody tr")
    .evaluateAll((all) => all.map((row) => [...row.cells].map(({ textContent }) => textContent)));
  assert.deepEqual(
    shown,
    columns[0].map((_, rank) => columns.map((column) => column[rank])),
  );
  await page.locator("#models .choose").click();
  await page.getByText("First names").first().click();
  await page.locator("#models .choose").getByText("First names").waitFor();
  await field(page, "Prompt").fill("em");
  await generate(page);
  await page.locator(".each-layer").getByText("This model has one layer").waitFor();
});

test("where it does not come that is said, until it comes", async (t) => {
  const page = await openPage(t, { mayFail: /ERR_FAILED/, hash: "#model=names&length=40" });
  let fails = true;
  await page.route("**/page/lens-*.js", (route) => (fails ? route.abort() : route.continue()));
  await generate(page);
  const alert = page.getByText("It did not open: ");
  for (let i = 0; i < 2; i++) {
    await page.locator(".lens > summary").click();
    await alert.waitFor();
    await page.locator(".lens:not([open])").waitFor();
    assert.equal(await alert.count(), 1);
  }
  fails = false;
  await page.locator(".lens > summary").click();
  await page.locator(".lens .inside:visible").waitFor();
  assert.equal(await alert.count(), 0);
});

test("it follows a new text and another model, and works for words", async (t) => {
  const page = await openPage(t, { hash: "#model=names&prompt=em&length=40&seed=2" });
  const said = page.locator(".lens .said");
  await field(page, "Prompt").fill("");
  await page.locator(".lens > summary").click();
  await said.getByText("generate one").waitFor();
  await field(page, "Prompt").fill("em");
  await generate(page);
  await strip(page).getByText("m").first().waitFor();
  await page.locator("#models .choose").click();
  await page.getByText("Alice").first().click();
  await page.locator("#models .choose").getByText("Alice").waitFor();
  await field(page, "Length").fill("60");
  await generate(page);
  await page.locator(".lens .readout").getByText("Point at a word").waitFor();
  await strip(page).press("Home");
  assert.match(await readout(page), /, word 1 of \d+(, cost [\d.]+ bits)?\. Unit/);
});

test("another program's model is looked into, too, and one without gates says so", async (t) => {
  const page = await openPage(t, { hash: "#length=40" });
  const { files } = readFolder("keras-1-per-gate");
  await dropFiles(page, files);
  await page.locator("#models .understood:visible").waitFor();
  await field(page, "Prompt").fill("he");
  await generate(page);
  await look(page);
  const { length } = await strip(page).locator("span").all();
  assert.ok(length > 10);
  await openFile(page, "plain.safetensors", makeModel({ cell: "rnn", layers: 2, hidden: 12 }));
  await page.locator("#models .choose").getByText("plain").waitFor();
  await field(page, "Prompt").fill("abc");
  await generate(page);
  await page.getByText("This kind of cell has no gates").waitFor();
  await field(page, "Layer").selectOption("1");
  await page.locator(".lens .found").getByText("layer").first().waitFor();
  assert.equal(await page.locator(".lens .states").isVisible(), false, "it has no cell state");
});

test("of a model that reads a window anew it is said that it carries no state", async (t) => {
  const page = await openPage(t, { hash: "#length=20" });
  await dropFiles(page, readFolder("textgenrnn").files);
  await page.locator("#models .understood:visible").waitFor();
  await field(page, "Prompt").fill("");
  await generate(page);
  await page.locator(".lens > summary").press("Enter");
  await page.locator(".lens .said").getByText("carries no state").waitFor();
  assert.ok(await page.locator(".lens .inside").isHidden());
});

test("a text of 600 characters is read, coloured and searched in short steps", async (t) => {
  const page = await openPage(t, { hash: SHAKESPEARE });
  await generate(page);
  const limit = 50 * slowness();
  const rounds = [];
  for (let round = 0; round < 4 && !rounds.some((most) => most < limit); round++) {
    await page.evaluate(() => {
      window.longest = 0;
      window.watcher ??= new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries())
          window.longest = Math.max(window.longest, duration);
      });
      window.watcher.observe({ type: "longtask" });
    });
    await look(page);
    for (const name of ["words", "spaces coming", "remember longest"])
      await page.locator(".lens .patterns").getByText(name).click();
    await strip(page).press("Home");
    rounds.push(await page.evaluate(() => window.longest));
    await page.locator(".lens > summary").press("Enter");
  }
  t.diagnostic(`longest task: ${Math.round(Math.min(...rounds))} ms of ${Math.round(limit)}`);
  assert.ok(Math.min(...rounds) < limit, `${rounds.map(Math.round)} ms`);
});

for (const [look, options] of Object.entries(LOOKS)) {
  test(`nothing that axe-core objects to, nor hard to read, ${look}`, async (t) => {
    const { page } = await lookAtShakespeare(t, options);
    for (const when of ["a unit", "bits", "why", "rows", "all that is folded up"]) {
      if (when === "bits") await field(page, "Colour by").selectOption("bits");
      if (when === "why") {
        await strip(page).press("End");
        await page.locator(".lens .why").click();
        await page.locator(".readout").getByText("asked about").waitFor();
      }
      if (when === "rows") {
        await button(page, "Keep this unit as a row").click();
        await page.locator(".lens .found button").nth(1).click();
        await button(page, "Keep this unit as a row").click();
      }
      if (when === "all that is folded up") {
        for (const section of [".onward", ".each-layer", ".midway"]) await unfold(page, section);
        await page.getByLabel("The value, from least to most").fill("-1");
        await button(page, "Write on from here").click();
        await page.locator(".apart:not(:empty)").waitFor();
        await page.locator(".midway .text:not(:empty)").waitFor();
      }
      await assertAccessible(page, when);
      assert.deepEqual((await readability(page)).poor, [], when);
    }
    const cut = await page
      .locator(".gates :is(td, th)")
      .evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).length);
    assert.equal(cut, 0, "every figure has its room");
    await assertFits(page, (options.viewport ?? { width: 1280 }).width, "the lens");
  });
}
