// Keras 3's weights out of their archive: what its configuration says holds beside them too. And
// what is said of a layer that cannot be run.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readNetwork } from "../../web/convert/convert.js";
import { readKeras } from "../../web/convert/keras.js";
import { unzipSync } from "../../web/vendor/fflate.js";
import { readFolder } from "./helpers.mjs";

const archive = readFolder("keras-3-archive").files.find(({ name }) => /\.keras$/.test(name));
const parts = unzipSync(archive.bytes);
const weights = { name: "model.weights.h5", bytes: parts["model.weights.h5"] };
const config = { name: "config.json", bytes: parts["config.json"] };

test("weights beside their configuration are the network in the archive", async () => {
  const [whole, beside] = [await readNetwork([archive]), await readNetwork([weights, config])];
  assert.equal(whole.layers[0].cell, "gru-hard");
  assert.deepEqual(beside.layers, whole.layers);
  assert.equal(beside.format, "Keras 3");
});

test("weights alone are called so", async () => {
  assert.equal((await readNetwork([weights])).format, "Keras 3 weights");
});

test("a GRU of another version is named", () => {
  const topology = { config: [{ class_name: "GRUV1", config: { name: "gru" } }] };
  const source = { topology, layers: [], version: "2", program: "Keras", files: [] };
  assert.throws(() => readKeras(source), /cannot be run here: its layer GRUV1 is none/);
});
