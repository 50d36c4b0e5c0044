// What has to work in every engine: the page loads and writes what Node writes, every task answers
// as in Node, a file is dropped and one is chosen, and a run that was trained is there after a
// reload.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { serve } from "../../scripts/serve.mjs";
import { load } from "../../dist/inkling.js";
import { dist } from "../node/helpers.mjs";
import { makeModel } from "../node/make-model.mjs";
import { ENGINES } from "./engines.mjs";

const PATIENCE_MS = 30_000;

/** Waits until the function gives something true in the page, and gives that. */
async function until(page, work, ...values) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const value = await page.run(work, ...values);
    if (value) return value;
    assert.ok(Date.now() < end, `this did not happen: ${work}, of ${JSON.stringify(values)}`);
    await pause(50);
  }
}

const exists = (selector) => document.querySelector(selector) !== null;
const ends = (selector, end) => document.querySelector(selector)?.textContent.endsWith(end);
const says = (selector, start) => document.querySelector(selector)?.textContent.startsWith(start);

/** Keeps what goes wrong in the page. */
const watch = () => {
  window.wrong = [];
  addEventListener("error", ({ message }) => window.wrong.push(message));
  addEventListener("unhandledrejection", ({ reason }) => window.wrong.push(String(reason)));
};

/** Sets fields as a reader leaves them: the page hears of it. */
const fill = (page, fields) =>
  page.run((fields) => {
    for (const [selector, value] of Object.entries(fields)) {
      const field = document.querySelector(selector);
      if (typeof value === "boolean") field.checked = value;
      else field.value = value;
      for (const type of ["input", "change"])
        field.dispatchEvent(new Event(type, { bubbles: true }));
    }
  }, fields);

async function inNode(t, source) {
  const model = await load(typeof source === "string" ? join(dist, "models", source) : source);
  t.after(() => model.free());
  return model;
}

/** Presses Generate and gives what was written in the end. */
async function generate(page) {
  await until(page, exists, "#generate:enabled");
  await page.click("#generate");
  return until(
    page,
    () =>
      document.querySelector("#stop:disabled") &&
      [...document.querySelectorAll(".log samp")].map((part) => part.textContent).join(""),
  );
}

async function dropFile(page, name, bytes) {
  await page.run(
    (name, base64) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name));
      for (const type of ["dragenter", "dragover", "drop"]) {
        const event = { dataTransfer, bubbles: true, cancelable: true };
        document.body.dispatchEvent(new DragEvent(type, event));
      }
    },
    name,
    Buffer.from(bytes).toString("base64"),
  );
}

/** Of the run that is shown. */
const step = () => {
  const shown = document.querySelector(".lane .figures dd");
  return Number(shown.textContent.split(" ")[0].replaceAll(",", ""));
};
const reached = (step) => {
  const shown = document.querySelector(".lane .figures dd");
  return shown && Number(shown.textContent.split(" ")[0].replaceAll(",", "")) >= step;
};

const pixels = () => {
  const canvas = document.querySelector("#captioning canvas.picture");
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  return { data: [...data], width, height };
};
/** The picture that is shown, as the module takes it. */
async function shownPicture(page) {
  const { data, ...size } = await page.run(pixels);
  return { data: Uint8ClampedArray.from(data), ...size };
}
const captions = (wanted) => {
  const words = [...document.querySelectorAll("#captioning .written button")];
  return words.map((word) => word.textContent).join(" ") === wanted;
};

/** The tests of an engine. Elsewhere than in CI an engine that is not here is skipped. */
export function smoke(name) {
  const { missing, open } = ENGINES[name];
  const absent = missing();
  const skip = absent.length > 0 && !process.env.CI ? `${absent.join(", ")} not here` : false;
  describe(name, { skip }, () => {
    let server;
    let browser;

    before(async () => {
      assert.deepEqual(absent, [], "what the engine needs");
      server = await serve(dist);
      browser = await open();
    });

    after(async () => {
      await browser?.close();
      await server?.close();
    });

    /** A fresh page, in which nothing may go wrong unnoticed from its load on. */
    async function openPage(t, hash) {
      const page = await browser.page();
      t.after(async () => {
        const wrong = await page.run(() => window.wrong);
        await page.close();
        assert.deepEqual(wrong, []);
      });
      await page.goto(server.url + hash);
      await page.run(watch);
      return page;
    }

    test("the same seed writes what it writes in Node", async (t) => {
      const options = { temperature: 0.8, length: 5000, seed: 7 };
      const fields = new URLSearchParams({ model: "shakespeare-int8", prompt: "ROMEO:" });
      for (const [name, value] of Object.entries(options)) fields.set(name, value);
      const page = await openPage(t, `#${fields}`);
      const written = await generate(page);
      const model = await inNode(t, "shakespeare-int8.safetensors");
      assert.ok(written.length >= 5000);
      assert.equal(written, await model.complete("ROMEO:", options));
    });

    test("a dropped file and a chosen one write what they write in Node", async (t) => {
      const page = await openPage(t, "#model=names&prompt=em&temperature=1&length=200&seed=3");
      await until(page, exists, "#generate:enabled");
      const bytes = makeModel({ cell: "gru", hidden: 24, vocabulary: [..."\nabcém"] });
      await dropFile(page, "signs.safetensors", bytes);
      await until(page, () => document.querySelector("#models .facts").textContent.includes("GRU"));
      await fill(page, { "#prompt": "" });
      await page.type("#prompt", "ab");
      const options = { temperature: 1, length: 200, seed: 3 };
      const dropped = await inNode(t, bytes);
      assert.equal(await generate(page), await dropped.complete("ab", options));

      const path = join(dist, "models/names.safetensors");
      await page.choose("#models input[type=file][multiple]", path);
      await until(page, () =>
        document.querySelector("#models .facts").textContent.includes("LSTM"),
      );
      const chosen = await inNode(t, "names.safetensors");
      assert.equal(await generate(page), await chosen.complete("ab", options));
    });

    test("a name is classified, a date translated and a picture captioned", async (t) => {
      const page = await openPage(t, "#tab=classify&model=languages&text=Papadopoulos");
      const classifier = await inNode(t, "languages.safetensors");
      const [{ label }] = await classifier.classify("Papadopoulos");
      await until(page, says, "#classifying .verdict", `${label}: `);

      await page.run(() => (location.hash = "#tab=translate&model=dates&text=7.11.88"));
      await until(page, says, "#translating .translation:not([aria-busy])", "1988-11-07");

      await page.run(() => (location.hash = "#tab=caption&picture=red%20apple"));
      await until(page, exists, "#captioning .pictures [value='red apple'][aria-pressed=true]");
      const captioner = await inNode(t, "emoji.safetensors");
      const source = await shownPicture(page);
      await until(page, captions, `${await captioner.complete("", { source })} ■`);
    });

    test("the lesson's figures live: a network learns a word, a cell is looked into", async (t) => {
      const page = await openPage(t, "#tab=learn&step=2&seed=1&language=en");
      await until(page, says, ".step-2 .finding", "Learnt after 300 steps");
      await page.run(() => (location.hash = "#tab=learn&step=4&text=anna&at=3&unit=9&zoom=cell"));
      const model = await load(join(dist, "models/names.safetensors"), { trace: true });
      t.after(() => model.free());
      const { hidden, units } = await model.trace("anna");
      const state = hidden[2 * units + 9].toFixed(2).replace("-", "−");
      await until(page, ends, ".step-4 .finding", `state ${state}.`);
      await page.run(() => (location.hash = "#tab=learn&step=5&text=ma&unit=9&h=1"));
      await until(page, says, ".step-5 .finding", "The bars have moved by ");
      await page.run(() => (location.hash = "#tab=learn&step=9"));
      await until(page, says, ".step-9 .finding", "Both ");
    });

    test("each of the twelve steps has its figure", async (t) => {
      const page = await openPage(t, "#tab=learn&step=1&language=en");
      for (let step = 1; step <= 12; step++) {
        await page.run((to) => (location.hash = `#tab=learn&step=${to}`), step);
        await until(page, exists, `.figure-place.step-${step} > *`);
      }
    });

    test("the lens: rows under the letters, numbers, gates, why, and another state", async (t) => {
      const options = { temperature: 0.8, length: 120, seed: 7 };
      const fields = new URLSearchParams({ model: "shakespeare-int8", prompt: "ROMEO:" });
      for (const [name, value] of Object.entries(options)) fields.set(name, value);
      fields.set("rows", "hidden-0-122,hidden-0-7");
      const page = await openPage(t, `#${fields}`);
      const text = `ROMEO:${await generate(page)}`;
      const count = text.length;
      await until(page, (n) => document.querySelectorAll(".strip span").length === n, count);
      await until(page, exists, ".lens .inside:not([aria-busy])");
      const bands = await page.run(() => {
        const { backgroundImage } = getComputedStyle(document.querySelector(".strip span"));
        return backgroundImage.split("gradient(").length - 1;
      });
      assert.equal(bands, 2, "a row each");

      await fill(page, { "#lens-unit": "7", "#lens-state": "hidden" });
      await page.click(".strip [data-t='12']");
      const model = await load(join(dist, "models/shakespeare-int8.safetensors"), { trace: true });
      t.after(() => model.free());
      const { hidden, units, tokens } = await model.trace(text);
      assert.equal(tokens.length, count);
      const value = hidden[12 * units + 7].toFixed(4).replace("-", "−");
      await until(page, ends, ".lens .readout", `unit 7 ${value}.`);
      await until(page, says, ".gates tbody th", "reset");

      await page.click(".lens .why");
      await until(
        page,
        ends,
        ".lens .readout",
        "asked about. Blue spoke for it, orange against it.",
      );
      assert.equal(await page.run(() => document.querySelector(".colouring").value), "why");

      await page.click(".onward > summary");
      await until(page, exists, "#lens-value:enabled");
      await fill(page, { "#lens-set": "layer", "#lens-value": "0.5" });
      const session = await model.session();
      await session.feed(text.slice(0, 13));
      await session.setState({ hidden: new Float32Array(units).fill(0.5) });
      const [{ token }] = await session.distribution({ count: 1 });
      const signs = { " ": "␣ space", "\n": "↵ line break" };
      await until(page, says, ".onward .where", "After ");
      await until(page, ends, ".onward .where", "hidden to 0.5000.");
      await until(page, says, ".onward .bars-of tbody th", signs[token] ?? token);
      await page.click(".write-on");
      await until(page, exists, ".onward .both mark");
    });

    test("twenty steps are trained, and after a reload it goes on from them", async (t) => {
      const page = await openPage(t, "#tab=train");
      await until(page, exists, "#train .samples .choice");
      await fill(page, { "#train [value=pasted]": true, "#train [name=cell][value=lstm]": false });
      await fill(page, {
        "#train [name=cell][value=gru]": true,
        "#train-text": "she sells sea shells by the sea shore\n".repeat(150),
        "#hidden": "24",
        "#nchars": "20",
        "#epochs": "100000",
        "#batch": "4",
      });
      await page.click("#train .start");
      await until(page, reached, 20);
      await page.click("#train .pause");
      await until(page, says, "#train .kept", "Kept in this browser");
      const held = await page.run(step);
      await page.reload();
      await page.run(watch);
      await until(page, says, "#train .kept", "This is the run on");
      const kept = await page.run(step);
      assert.ok(kept >= held && kept <= held + 2, `${held}, then ${kept}`); // one was under way
      await page.click("#train .pause"); // which is called Resume now
      await until(page, reached, kept + 20);
    });
  });
}
