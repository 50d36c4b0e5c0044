// What the core makes of converted models: the bits that the plain forward pass gives, with the
// state carried from token to token. Models that run in windows or have parts of their own are left
// out.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert, describe } from "../../web/convert/convert.js";
import { folders, readFolder } from "./helpers.mjs";
import { bitsCarried } from "./reference.mjs";

const inkling = fileURLToPath(new URL("../../build/native/inkling", import.meta.url));

/** Does a network go on token by token, with nothing but a table, layers and a read-out? */
const isPlain = (n) =>
  n.task === "generator" &&
  n.reads === "top" &&
  n.dense.length === 0 &&
  n.head.activation === "softmax" &&
  n.layers.every(({ reverse, initialH, initialC }) => !reverse && !initialH && !initialC);

/** A text of the model's own tokens, long enough to tell networks apart. */
function textOf(tokens, without) {
  const usable = tokens.flatMap((token, id) => (without.includes(token) ? [] : [id]));
  return Array.from({ length: 60 }, (_, i) => usable[(i * i + 3 * i) % usable.length]);
}

function bitsOfCore(bytes, text) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-core-"));
  try {
    writeFileSync(join(folder, "model.safetensors"), bytes);
    writeFileSync(join(folder, "text.txt"), text);
    const args = ["evaluate", "model.safetensors", "--text", "text.txt", "--json"];
    return JSON.parse(execFileSync(inkling, args, { cwd: folder, encoding: "utf8" })).bits;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const cells = new Set();

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused !== undefined) continue;
  const { network, vocabulary } = await describe(files, expected.options ?? {});
  if (!isPlain(network)) continue;
  const [{ cell }] = network.layers;
  cells.add(cell);
  test(`the core scores a text as ${name} does (${cell})`, async () => {
    const { start, end, padding, tokens } = vocabulary;
    const ids = textOf(tokens, [start, end, padding]);
    const text = ids.map((id) => tokens[id]).join("");
    const { bytes } = await convert(files, expected.options ?? {});
    const { bits } = bitsCarried(network, ids); // evaluate scores the text alone, without its start
    const found = bitsOfCore(bytes, text);
    assert.ok(Math.abs(found - bits) < 1e-4 * Math.max(1, bits), `${found} bits for ${bits}`);
  });
}

test("every cell that files bring is among those", () => {
  const wanted = ["brain-lstm", "gru", "gru-before", "gru-before-hard", "gru-hard", "lstm"];
  const more = ["lstm-hard", "lstm-peephole", "rnn", "rnn-relu"];
  assert.deepEqual([...cells].sort(), [...wanted, ...more].sort());
});
