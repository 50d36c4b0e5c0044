// The program in docs/leave.md writes on with a model file in PyTorch.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert, describe } from "../../web/convert/convert.js";
import { exportOnnx } from "../../dist/inkling.js";
import { layOut, makeTensors, writeFile } from "../../bench/page/random-model.mjs";
import { fourBits, readFolder } from "./helpers.mjs";
import { newState, readOut, step } from "./reference.mjs";

const python = "/usr/bin/python3"; // Debian's own, which has Debian's PyTorch
const hasTorch = spawnSync(python, ["-c", "import torch"]).status === 0;
const skip = hasTorch ? false : "python3-torch is not installed";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const page = readFileSync(path("docs/leave.md"), "utf8");
const program = page.match(/```python\n(.*?)```/s)[1];

function run(folder, text) {
  writeFileSync(join(folder, "leave.py"), text);
  const options = { cwd: folder, encoding: "utf8" };
  return execFileSync(python, ["leave.py"], options);
}

async function inFolder(use) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-leave-"));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const name of ["pytorch-zip-state-dict", "onnx-pytorch-lstm", "pytorch-checkpoint-tokens"]) {
  test(`PyTorch writes on with ${name} as it was converted`, { skip }, () =>
    inFolder(async (folder) => {
      const { files } = readFolder(name);
      const { network, vocabulary } = await describe(files);
      writeFileSync(join(folder, "model.safetensors"), (await convert(files)).bytes);
      const once = program.replace("range(200)", "range(1)");
      assert.notEqual(once, program);
      const printed = JSON.parse(run(folder, `${once}print(logits.tolist())\n`).split("\n").at(-2));
      const state = newState(network);
      const ids = [..."he"].map((c) => vocabulary.tokens.indexOf(c));
      const logits = readOut(network, ids.map((id) => step(network, state, id)).at(-1));
      logits.forEach((x, i) =>
        assert.ok(Math.abs(x - printed[i]) < 1e-4, `${x} for ${printed[i]}`),
      );
    }),
  );
}

test("PyTorch computes the logits of a model of 4 bits", { skip }, () =>
  inFolder(async (folder) => {
    const bytes = fourBits();
    writeFileSync(join(folder, "model.safetensors"), bytes);
    const once = program.replace("range(200)", "range(1)");
    const printed = JSON.parse(run(folder, `${once}print(logits.tolist())\n`).split("\n").at(-2));
    const onnx = await exportOnnx(bytes); // which reads it as floats, too
    const { network, vocabulary } = await describe([{ name: "model.onnx", bytes: onnx }]);
    const state = newState(network);
    const ids = [..."he"].map((c) => vocabulary.tokens.indexOf(c));
    const logits = readOut(network, ids.map((id) => step(network, state, id)).at(-1));
    logits.forEach((x, i) => assert.ok(Math.abs(x - printed[i]) < 1e-4, `${x} for ${printed[i]}`));
  }),
);

/** A model of ours whose embedding is its read-out's matrix, too; and one with counts beside it. */
function tied(more = {}) {
  const metadata = { format: "inkling", task: "generator", level: "char", cell: "gru", tied: "on" };
  const sizes = { cell: "gru", hidden: 8, embed: 8, vocabulary: [..."ehlo"] };
  const { "fc.weight": _, ...tensors } = makeTensors(sizes);
  const { header, data } = layOut({ ...tensors, ...more }, metadata);
  return writeFile(header, data);
}

test("PyTorch runs a tied read-out, and the network beside counts", { skip }, () =>
  inFolder(async (folder) => {
    const bytes = tied();
    const once = program.replace("range(200)", "range(1)");
    const onnx = await exportOnnx(bytes);
    const { network, vocabulary } = await describe([{ name: "model.onnx", bytes: onnx }]);
    const state = newState(network);
    const ids = [..."he"].map((c) => vocabulary.tokens.indexOf(c));
    const logits = readOut(network, ids.map((id) => step(network, state, id)).at(-1));
    const counts = { "counts.sums": { dtype: "U32", shape: [2], data: new Uint8Array(8) } };
    for (const file of [bytes, tied(counts)]) {
      writeFileSync(join(folder, "model.safetensors"), file);
      const printed = JSON.parse(run(folder, `${once}print(logits.tolist())\n`).split("\n").at(-2));
      logits.forEach((x, i) =>
        assert.ok(Math.abs(x - printed[i]) < 1e-4, `${x} for ${printed[i]}`),
      );
    }
  }),
);

test("PyTorch writes on with a model of ours, of 8 bits", { skip }, () =>
  inFolder(async (folder) => {
    copyFileSync(path("models/names.safetensors"), join(folder, "model.safetensors"));
    const text = run(folder, program);
    assert.match(text, /^he[a-z\n]{200}\n$/);
    assert.ok(text.split("\n").length > 8, "names end");
  }),
);
