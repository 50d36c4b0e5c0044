// Counts beside a network, from outside: the command that makes them, and a model with them in
// every build.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { load } from "../../dist/inkling.js";
import {
  commandWith,
  generateNatively,
  haveRelaxed,
  inkling,
  root,
  temporaryFolder,
} from "./helpers.mjs";

haveRelaxed();

const folder = mkdtempSync(join(tmpdir(), "inkling-counts-"));
const at = (name) => join(folder, name);
const text = "The wolf saw the fox.\nThe fox saw the lazy dog.\nThe dog saw it too.\n".repeat(30);
const other = "A mouse, a mouse! the fox had it; a mouse it was too.\n".repeat(30);

const { call, succeed, fail } = commandWith();

const evaluate = (model, ...args) =>
  JSON.parse(succeed("evaluate", at(model), "--text", at("text.txt"), "--json", ...args));

before(() => {
  writeFileSync(at("text.txt"), text + other); // the other text's characters are known, too
  writeFileSync(at("own.txt"), text);
  writeFileSync(at("other.txt"), other);
  writeFileSync(at("greek.txt"), "αβγδ");
  const small = ["--hidden", "16", "--batch", "4", "--nchars", "20", "--steps", "60"];
  const common = ["--text", at("text.txt"), ...small, "--validation", "0.1", "--threads", "1"];
  succeed("train", ...common, "--seed", "1", "--out", at("plain.safetensors"));
  succeed("train", ...common, "--seed", "1", "--counts", "4", "--out", at("counted.safetensors"));
});
after(() => rmSync(folder, { recursive: true }));

test("a model trained with counts is the network of one without, and better", () => {
  const plain = evaluate("plain.safetensors", "--held-out");
  const counted = evaluate("counted.safetensors", "--held-out");
  assert.ok(Math.abs(counted.networkNats - plain.nats) < 1e-5);
  assert.ok(counted.nats < counted.networkNats - 0.1);
  assert.ok(counted.nats <= counted.countsNats + 1e-6);
  assert.equal(plain.networkNats, undefined);
  const info = JSON.parse(succeed("info", at("counted.safetensors"), "--json"));
  assert.equal(info.counts.order, 4);
  assert.equal(info.metadata.counts_order, "4");
  assert.match(succeed("info", at("counted.safetensors")), /counts +of n-grams of up to 4 tokens/);
  const without = evaluate("counted.safetensors", "--held-out", "--counts-weight", "0");
  assert.ok(Math.abs(without.nats - plain.nats) < 1e-5);
});

test("a model on standard input is read once, whatever is made of it", () => {
  const input = readFileSync(at("plain.safetensors"));
  const piped = (...args) => {
    const { status, stdout, stderr } = spawnSync(inkling, args, { input });
    assert.equal(status, 0, `${stderr}`);
    return stdout;
  };
  const held = ["--text", at("text.txt"), "--held-out", "--out", at("piped.safetensors"), "--json"];
  const { order } = JSON.parse(piped("count", "-", ...held));
  assert.ok(order >= 1);
  const dynamic = ["--text", at("text.txt"), "--dynamic", "--json"];
  assert.deepEqual(
    JSON.parse(piped("evaluate", "-", ...dynamic)),
    evaluate("plain.safetensors", "--dynamic"),
  );
  const prompt = ["--prompt", text.slice(0, 200), "--dynamic", "--length", "5"];
  assert.ok(piped("generate", "-", ...prompt).length >= 5);
});

test("counts are put beside a network afterwards, of any text, in place of those before", () => {
  const out = ["--out", at("made.safetensors"), "--json"];
  const held = ["--text", at("text.txt"), "--held-out"];
  const made = JSON.parse(succeed("count", at("plain.safetensors"), ...held, ...out));
  assert.ok(made.order >= 2 && made.weight > 0 && made.weight <= 1);
  assert.equal(made.bytes, statSync(at("made.safetensors")).size);
  assert.ok(
    evaluate("made.safetensors", "--held-out").nats <=
      1e-3 + evaluate("counted.safetensors", "--held-out").nats,
  );

  // Another's manner: what the network alone does not write.
  const mouse = ["--text", at("other.txt"), "--order", "6", "--weight", "0.95"];
  succeed("count", at("made.safetensors"), ...mouse, "--out", at("mouse.safetensors"));
  const written = succeed("generate", at("mouse.safetensors"), "--seed", "1", "--length", "400");
  assert.match(written, /a mouse/);
  const again = JSON.parse(succeed("info", at("mouse.safetensors"), "--json"));
  assert.equal(again.metadata.counts_weight, "0.950");
  assert.equal(again.counts.order, 6);

  // Smaller, with fewer counts; and int8 beside counts that stay what they are.
  const pruned = [...mouse, "--prune", "0.001", ...out];
  assert.ok(JSON.parse(succeed("count", at("plain.safetensors"), ...pruned)).bytes < again.bytes);
  succeed("quantize", at("counted.safetensors"), "--out", at("int8.safetensors"));
  const [small, large] = ["int8", "counted"].map((name) => evaluate(`${name}.safetensors`));
  assert.equal(small.countsNats, large.countsNats);
});

test("what the model lacks of a text that is counted is said", () => {
  writeFileSync(at("partly.txt"), "THE ß".repeat(50));
  const files = ["--text", at("partly.txt"), "--out", at("partly.safetensors")];
  const { status, stderr } = call(
    ...["count", at("plain.safetensors"), ...files, "--order", "2", "--weight", "0.5"],
  );
  assert.equal(status, 0);
  assert.match(stderr, /^inkling: read .* as .* never seen ß .*; 50 of 250 characters left out\n$/);
});

test("what does not fit is refused in one line", () => {
  const plain = at("plain.safetensors");
  const out = ["--out", at("refused.safetensors")];
  fail(2, /--text FILE is missing/, "count", plain, ...out);
  fail(2, /--out MODEL is missing/, "count", plain, "--text", at("own.txt"));
  fail(2, /MODEL is missing/, "count", "--text", at("own.txt"), ...out);
  const own = ["count", plain, "--text", at("own.txt"), ...out];
  fail(2, /--order must be from 1 to 8/, ...own, "--order", "9");
  fail(2, /--weight must be from 0 to 1/, ...own, "--weight", "1.5");
  fail(2, /--prune must be 0 or more/, ...own, "--prune", "-1");
  fail(1, /no token that the model knows/, "count", plain, "--text", at("greek.txt"), ...out);
  writeFileSync(at("mostly.txt"), "αβγδε ζηθικ\n".repeat(50));
  const foreign = ["count", plain, "--text", at("mostly.txt"), "--order", "2", "--weight", "0.5"];
  fail(1, /mostly\.txt: the model knows too little of it to count\n/, ...foreign, ...out);
  fail(2, /no counts/, "generate", plain, "--counts-weight", "0.5");
  fail(2, /0 to 1/, "generate", at("counted.safetensors"), "--counts-weight", "2");
  fail(2, /no counts: inkling count makes some/, "generate", plain, "--max-copy", "5");
  fail(
    2,
    /--counts must be from 0 to 8/,
    "train",
    "--text",
    at("own.txt"),
    ...out,
    "--counts",
    "9",
  );
  writeFileSync(at("classes.tsv"), "mammal\tfox\nmammal\telk\nbird\towl\nbird\tjay\n".repeat(9));
  const classes = ["train", "--text", at("classes.tsv"), ...out, "--steps", "1", "--hidden", "8"];
  fail(2, /--counts is for a generator, not a classifier/, ...classes, "--counts", "3");
  const damaged = readFileSync(at("counted.safetensors"));
  damaged[damaged.length - 40] ^= 255; // in the counts, which the file ends with
  writeFileSync(at("damaged.safetensors"), damaged);
  fail(1, /damaged/, "info", at("damaged.safetensors"));
});

test("every build writes the same text with counts", async (t) => {
  const bytes = readFileSync(at("counted.safetensors"));
  const options = { length: 300, temperature: 0.9, seed: 5, maxCopy: 9 };
  const texts = await Promise.all(
    ["scalar", "simd", "relaxed"].map(async (kernel) => {
      const model = await load(bytes, { kernel });
      assert.equal(model.info.counts.order, 4);
      const { nats, networkNats, countsNats } = await model.evaluate(text);
      assert.ok(nats < networkNats && countsNats > 0);
      const complete = await model.complete("The ", options);
      const together = await model.complete("The ", { ...options, samples: 3 });
      assert.equal(together[0], complete);
      model.free();
      return complete;
    }),
  );
  const natively = await generateNatively(await temporaryFolder(t), bytes, "The ", options);
  assert.equal(texts[0], texts[1]);
  assert.equal(texts[0], natively);
});
