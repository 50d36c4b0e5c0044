// brain.js's files, written by brain.js itself after a little training:
//   npm install --no-save --ignore-scripts brain.js@1.6.1 && node tests/convert/make/brainjs.mjs

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import brain from "brain.js";

const lines = ["hello", "world", "row old"];

/** The logits of brain.js's own equations after token 0 and these ids. */
function logitsOf(net, ids) {
  const { model } = net;
  while (model.equations.length <= ids.length) net.bindEquation();
  const output = [0, ...ids].map((id, i) => model.equations[i].runIndex(id)).at(-1);
  return Array.from(output.weights);
}

for (const kind of ["RNN", "GRU", "LSTM"]) {
  const net = new brain.recurrent[kind]({ hiddenLayers: [5, 4] });
  net.train(lines, { iterations: 60, learningRate: 0.05 });
  const json = net.toJSON();
  const folder = fileURLToPath(new URL(`../files/brainjs-${kind.toLowerCase()}`, import.meta.url));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}/network.json`, `${JSON.stringify(json)}\n`);
  const table = json.options.dataFormatter.indexTable;
  const ids = [..."hello"].map((c) => table[c] + 1);
  const logits = logitsOf(net, ids).map((x) => Number(x.toFixed(6)));
  const expected = { ids: [0, ...ids], logits, network: kind };
  writeFileSync(`${folder}/expected.json`, `${JSON.stringify(expected)}\n`);
}
