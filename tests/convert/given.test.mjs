// What convert() is given by a program: other kinds of values are that program's mistake, and said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { canConvert, convert, describe, nameOfModel } from "../../web/convert/convert.js";
import { modelFile } from "../../web/convert/safetensors.js";
import { readFolder } from "./helpers.mjs";

const { files } = readFolder("pytorch-zip-state-dict");

test("what is no list of files, and no option, is refused as an argument", async () => {
  const refuses = (given, options, message) =>
    assert.rejects(convert(given, options), { name: "InklingError", code: "argument", message });
  await refuses(null, {}, /files are an array of \{ name, bytes \}, and what is given is null/);
  await refuses(files[0], {}, /files are an array/);
  await refuses([files[0].bytes], {}, /an object with a name and bytes/);
  await refuses([{ name: "a.pt", bytes: "text" }], {}, /bytes of "a\.pt" are of type string/);
  await refuses([{ name: "a.pt", bytes: null }], {}, /bytes of "a\.pt" are null/);
  await refuses(files, null, /options are an object, and what is given is null/);
  await refuses(files, { vocabularyOf: 5 }, /vocabularyOf must be a text/);
  await refuses(files, { vocabulary: "abc" }, /vocabulary must be a list of tokens/);
  await refuses(files, { lower: "yes" }, /lower must be true or false/);
  await refuses(files, { labels: [1, 2] }, /labels must be a list of texts/);
  await refuses(files, { window: 0 }, /window must be a whole number from 1 to 4096/);
  await refuses(files, { vocab: [] }, /unknown option "vocab"/);
  for (const ask of [canConvert, nameOfModel])
    assert.throws(() => ask(/** @type {any} */ (null)), { code: "argument" });
  const { bytes } = await convert(files, { vocabularyOf: undefined });
  const buffers = files.map(({ name, bytes: own }) => ({ name, bytes: own.slice().buffer }));
  assert.deepEqual((await convert(/** @type {any} */ (buffers))).bytes, bytes);
});

test("an embedding that masks a token which stands for text is refused when it is written", async () => {
  const { network, vocabulary } = await describe(files);
  const masked = { ...network, masksZero: true };
  assert.throws(() => modelFile(masked, vocabulary), { code: "format", message: /mask_zero=True/ });
  const tokens = ["\ue000", ...vocabulary.tokens.slice(1)]; // no text stands for the first
  assert.ok(modelFile(masked, { ...vocabulary, tokens }).length > 0);
});
