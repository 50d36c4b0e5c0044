// How well a first classifier of few texts does: `inkling train` with nothing but so many lines of
// each label, scored on others, beside naive Bayes counted from the same lines.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const command = fileURLToPath(new URL("../build/native/inkling", import.meta.url));
const EACH = [10, 30, 100, 400]; // lines of a label
const DRAWS = 4;
const HELD_OUT = 500; // lines of a draw that are scored

/** Numbers in [0,1) of a seed (Marsaglia's xorshift). */
function random(seed) {
  let state = 0x9e3779b9 ^ seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

function shuffled(lines, next) {
  const list = [...lines];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}

/** The first so many lines of each label. */
function some(lines, each) {
  const counts = new Map();
  return lines.filter((line) => {
    const label = line.split("\t", 1)[0];
    counts.set(label, (counts.get(label) ?? 0) + 1);
    return counts.get(label) <= each;
  });
}

/** One draw: { own, bayes, seconds }, the first two shares of right answers. */
async function draw(lines, each, seed) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-labelled-"));
  try {
    const [taught, others, model] = ["taught", "others", "m"].map((name) => join(folder, name));
    const order = shuffled(lines, random(seed));
    writeFileSync(taught, some(order.slice(HELD_OUT), each).join("\n"));
    writeFileSync(others, order.slice(0, HELD_OUT).join("\n"));
    const began = performance.now();
    await run(command, ["train", "--text", taught, "--out", model, "--task", "classifier"]);
    const seconds = (performance.now() - began) / 1000;
    const score = ["evaluate", model, "--text", others, "--naive-bayes", taught, "--json"];
    const { accuracy, naiveBayes } = JSON.parse((await run(command, score)).stdout);
    return { own: accuracy, bayes: naiveBayes.accuracy, seconds };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Rows as learn() gives them, of the means over all draws of a file's lines: label, tab, text. */
export async function labelled(path, { quick, say }) {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const rows = [];
  for (const each of quick ? EACH.slice(0, 1) : EACH) {
    const text = `${each} lines of each label`;
    say(text);
    const draws = [];
    for (let seed = 1; seed <= (quick ? 1 : DRAWS); seed++) {
      draws.push(await draw(lines, each, seed));
    }
    const mean = (key) => draws.reduce((sum, one) => sum + one[key], 0) / draws.length;
    const percent = (key) => `${(100 * mean(key)).toFixed(1)} %`;
    const said = `${percent("own")} (naive Bayes ${percent("bayes")})`;
    rows.push({ text, program: "inkling", said, seconds: mean("seconds") });
  }
  return rows;
}
