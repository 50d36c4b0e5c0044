// TF.js's files, written by TF.js itself:
//   npm install --no-save @tensorflow/tfjs@4.22.0 && node tests/convert/make/tfjs.mjs

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as tf from "@tensorflow/tfjs";

const characters = [...new Set("hello, old world")].sort();
const ids = [..."hello old row"].map((c) => characters.indexOf(c));
const V = characters.length;

async function write(name, model, input, network, quantised) {
  const folder = fileURLToPath(new URL(`../files/${name}`, import.meta.url));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const logits = Array.from(model.predict(input).dataSync())
    .slice(-V)
    .map((p) => Math.log(p));
  await model.save(
    tf.io.withSaveHandler(
      async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
        const data = new Uint8Array(weightData);
        const cut = quantised ? [data] : [data.subarray(0, 300), data.subarray(300)];
        const paths = cut.map((_, i) => `group1-shard${i + 1}of${cut.length}.bin`);
        cut.forEach((part, i) => writeFileSync(`${folder}/${paths[i]}`, part));
        const manifest = {
          format,
          generatedBy,
          modelTopology,
          weightsManifest: [{ paths, weights: weightSpecs }],
        };
        writeFileSync(`${folder}/model.json`, `${JSON.stringify(manifest)}\n`);
        return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
      },
    ),
  );
  writeFileSync(`${folder}/vocab.json`, `${JSON.stringify(characters)}\n`);
  const expected = {
    ids,
    logits: logits.map((x) => Number(x.toFixed(6))),
    network,
    probabilities: true,
  };
  writeFileSync(`${folder}/expected.json`, `${JSON.stringify(expected)}\n`);
}

// TF.js begins with small weights: larger ones, and biases that are not zero, show mistakes.
function wider(model) {
  model.setWeights(
    model
      .getWeights()
      .map((w, k) => w.mul(2).add(tf.randomUniform(w.shape, -0.4, 0.4, "float32", k + 1))),
  );
  return model;
}

await tf.setBackend("cpu");
const oneHot = tf.oneHot(tf.tensor2d([ids], [1, ids.length], "int32"), V).toFloat();

const lstm = tf.sequential();
lstm.add(
  tf.layers.lstm({
    units: 5,
    returnSequences: true,
    inputShape: [null, V],
    recurrentActivation: "hardSigmoid",
  }),
);
lstm.add(tf.layers.lstm({ units: 4, returnSequences: false }));
lstm.add(tf.layers.dense({ units: V, activation: "softmax" }));
await write("tfjs-lstm", wider(lstm), oneHot, "LSTM of different widths").catch((error) => {
  throw error;
});

const gru = tf.sequential();
gru.add(tf.layers.embedding({ inputDim: V, outputDim: 4 }));
gru.add(tf.layers.gru({ units: 5, returnSequences: true, recurrentActivation: "sigmoid" }));
gru.add(tf.layers.dense({ units: V, activation: "softmax" }));
await write("tfjs-gru", wider(gru), tf.tensor2d([ids]), "GRU", true);
