// What the core makes of converted models: the bits that the plain forward pass gives, with the
// state carried from token to token, or over windows where the network needs them; and of
// classifiers the same classes.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { convert, describe } from "../../web/convert/convert.js";
import { rereads } from "../../web/convert/network.js";
import { folders, readFolder } from "./helpers.mjs";
import { bitsCarried, bitsInWindows, logSoftmax, windowLogits } from "./reference.mjs";

const inkling = fileURLToPath(new URL("../../build/native/inkling", import.meta.url));

/** A text of the model's own tokens, long enough to tell networks apart, with no space around. */
function textOf(tokens, without) {
  const usable = tokens.flatMap((token, id) =>
    without.includes(token) || /^\p{Co}$/u.test(token) ? [] : [id],
  );
  const ids = Array.from({ length: 60 }, (_, i) => usable[(i * i + 3 * i) % usable.length]);
  const isText = (id) => tokens[id].trim() !== "";
  return ids.slice(ids.findIndex(isText), ids.findLastIndex(isText) + 1);
}

/** The object that the command prints of a model and a text. */
function core(verb, bytes, text) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-core-"));
  try {
    writeFileSync(join(folder, "model.safetensors"), bytes);
    writeFileSync(join(folder, "text.txt"), text);
    const given = verb === "evaluate" ? ["--text", "text.txt"] : ["--top", "99", text];
    const args = [verb, "model.safetensors", "--json", ...given];
    return JSON.parse(execFileSync(inkling, args, { cwd: folder, encoding: "utf8" }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function checkBits(network, ids, bytes, text) {
  // evaluate scores the text alone, without its start
  const wanted = rereads(network)
    ? bitsInWindows(network, ids, network.window, 1)
    : bitsCarried(network, ids);
  const { bits } = core("evaluate", bytes, text);
  assert.ok(
    Math.abs(bits - wanted.bits) < 1e-4 * Math.max(1, wanted.bits),
    `${bits}: ${wanted.bits}`,
  );
}

/** What is read of a text: where it is read anew, its last window, filled on its left. */
function windowOf(network, ids) {
  if (!rereads(network)) return ids;
  const last = ids.slice(-network.window);
  const missing = network.padsLeft ? network.window - last.length : 0;
  return [...new Array(missing).fill(0), ...last];
}

function checkClasses(network, ids, bytes, text) {
  const wanted = logSoftmax(network, windowLogits(network, windowOf(network, ids))).map(Math.exp);
  const classes = core("classify", bytes, text);
  assert.equal(classes.length, wanted.length);
  for (const { label, probability } of classes) {
    const p = wanted[network.labels.indexOf(label)];
    assert.ok(Math.abs(probability - p) < 1e-4, `${label}: ${probability} for ${p}`);
  }
}

const cells = new Set();

for (const name of folders()) {
  const { files, expected } = readFolder(name);
  if (expected.refused !== undefined) continue;
  const { network, vocabulary } = await describe(files, expected.options ?? {});
  const [{ cell }] = network.layers;
  cells.add(cell);
  test(`the core makes of a text what ${name} does (${cell})`, async () => {
    const { start, end, padding, tokens } = vocabulary;
    const ids = textOf(tokens, [start, end, padding]);
    const text = ids.map((id) => tokens[id]).join(vocabulary.level === "word" ? " " : "");
    const { bytes } = await convert(files, expected.options ?? {});
    const check = network.task === "classifier" ? checkClasses : checkBits;
    check(network, ids, bytes, text);
  });
}

test("every cell that files bring is among those", () => {
  const wanted = ["brain-lstm", "gru", "gru-before", "gru-before-hard", "gru-hard", "linear"];
  const more = ["lstm", "lstm-hard", "lstm-peephole", "rnn", "rnn-relu"];
  assert.deepEqual([...cells].sort(), [...wanted, ...more].sort());
});
