// What the lesson of the page reckons with, apart from its page: the networks that learn before the
// reader's eyes, loops, counts, and the texts of both languages.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { dist, root, temporaryFolder } from "./helpers.mjs";
import { bundleOfPage } from "./page.mjs";
import { loopOf } from "../../web/page/learn/loop.js";
import de from "../../web/page/learn/texts.de.js";
import teachersDe from "../../web/page/learn/teachers.de.js";
import teachersEn from "../../web/page/learn/teachers.en.js";
import en from "../../web/page/learn/texts.en.js";
import { percent } from "../../web/page/parts/tokens.js";

/** A module of the lesson, with the built package. */
async function part(t, name) {
  const inkling = pathToFileURL(join(dist, "inkling.js")).href;
  const path = join(await temporaryFolder(t), "part.mjs");
  await writeFile(path, await bundleOfPage(`learn/${name}`, inkling));
  return import(pathToFileURL(path).href);
}

test("HELLO is learnt with each of twenty seeds", async (t) => {
  const { listen, spell, tensorsOf } = await part(t, "spelling");
  for (let seed = 1; seed <= 20; seed++) {
    const run = spell(seed);
    for await (const _ of run);
    const model = await run.model({ best: false });
    const heard = await listen(model);
    assert.equal(heard.map(({ said }) => said).join(""), "ello", `seed ${seed}`);
    for (const { said, p } of heard) assert.ok(p.get(said) > 0.8, `seed ${seed}, ${said}`);
    if (seed === 1) {
      const tensors = tensorsOf(await run.save({ best: false }));
      assert.deepEqual(tensors["rnn.weight_hh_l0"].shape, [4, 4]);
      assert.equal(tensors["fc.bias"].values.length, 4);
    }
    model.free();
  }
});

test("of the brackets an LSTM learns those that a plain RNN does not, and its gradient reaches further", async (t) => {
  const { fits, influence, learn } = await part(t, "brackets");
  const found = {};
  for (const cell of ["rnn", "lstm"]) {
    const run = learn(cell, 1);
    for await (const { step } of run) {
      if (step > 1) continue;
      const model = await run.model({ best: false, trace: true });
      found[`${cell} reaches`] = await influence(model);
      model.free();
    }
    const model = await run.model({ best: false });
    found[cell] = await fits(model);
    model.free();
  }
  assert.ok(found.rnn < 0.7, `${found.rnn}`);
  assert.ok(found.lstm > 0.9, `${found.lstm}`);
  assert.equal(found["rnn reaches"][0], 1);
  assert.equal(found["rnn reaches"].length, 21);
  assert.ok(found["lstm reaches"][15] > 5 * found["rnn reaches"][15]);
});

test("the loop in which a text ends is found, with where it begins", () => {
  assert.deepEqual(loopOf(`well ${"upon a time ".repeat(5)}`), { from: 4, length: 12 });
  assert.deepEqual(loopOf(`ab${"c".repeat(20)}`), { from: 2, length: 1 });
  assert.equal(loopOf("every word of this line is another one, so nothing comes again"), undefined);
  assert.equal(loopOf(""), undefined);
});

test("what is nearly none or nearly all of the probability is not said to be it", () => {
  const said = {
    ...{ "0%": 0, "<0.1%": 0.0004, "0.1%": 0.0005, "9.9%": 0.0994, "10%": 0.0995, "98%": 0.98 },
    ...{ "99.0%": 0.99, "99.8%": 0.998, "99.9%": 0.9994, ">99.9%": 0.99999, "100%": 1 },
  };
  for (const [text, p] of Object.entries(said)) assert.equal(percent(p), text);
});

/** The keys of texts with the {places} in each, and the numbers. */
function shapeOf(texts, path = "") {
  if (typeof texts === "number") return [`${path} = ${texts}`];
  if (typeof texts === "string") {
    const places = [...texts.matchAll(/\{\w+\}/g)].map(([place]) => place);
    return [`${path} ${[...new Set(places)].sort().join(" ")}`];
  }
  return Object.entries(texts).flatMap(([key, value]) => shapeOf(value, `${path}.${key}`));
}

test("the languages have the same texts, with the same places in each", () => {
  assert.deepEqual(shapeOf(de), shapeOf(en));
  assert.equal(en.steps.length, 12);
  assert.equal(en.quiz.questions.length, 5);
  for (const texts of [en, de]) {
    for (const { sentences } of texts.steps) assert.ok(sentences.length >= 1);
    const all = shapeOf(texts).length;
    assert.ok(all > 250, `${all} texts`);
  }
});

test("teachers are told the same in both languages: a lesson of 45 minutes, and the sheet's answers", () => {
  assert.deepEqual(shapeOf(teachersDe), shapeOf(teachersEn));
  for (const { plan, notes } of [teachersDe, teachersEn]) {
    assert.equal(
      plan.reduce((sum, { minutes }) => sum + Number(minutes), 0),
      45,
    );
    for (const { step, address } of plan) assert.ok(address ?? (step >= 0 && step <= 13));
    for (let i = 1; i <= en.steps.length; i++) assert.match(notes.at(-1), new RegExp(`\\b${i} `));
  }
});

test("a style that comes with its tab names nothing that another tab's does", async () => {
  const leading = async (path) => {
    const css = await readFile(join(root, "web/page", path), "utf8");
    return [...css.matchAll(/^\s*\.([\w-]+)/gm)].map(([, name]) => name);
  };
  const lesson = new Set(await leading("learn/learn.css"));
  const lens = await leading("write/lens.css");
  assert.ok(lesson.has("question") && lens.includes("strip"));
  assert.deepEqual([...new Set(lens.filter((name) => lesson.has(name)))], []);
});
