// How well a first run learns: `inkling train` with nothing but a text and a place for the model,
// or a time beside them; and, on the same text and one thread, PyTorch in the same seconds.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const PYTHON = "/usr/bin/python3";

/** One run: { loss, ngram, seconds, processor }; these are its own clock and its threads'. */
async function train(text, options) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-learn-"));
  try {
    const args = ["train", "--text", text, "--out", join(folder, "m"), "--json", ...options];
    const began = performance.now();
    const maxBuffer = 1 << 28;
    const { stdout } = await run(file("../build/native/inkling"), args, { maxBuffer });
    const seconds = (performance.now() - began) / 1000;
    const lines = stdout.trimEnd().split("\n");
    const { bestLoss: loss, ngramLoss: ngram } = JSON.parse(lines.at(-1));
    return { loss, ngram, seconds, chosen: JSON.parse(lines[0]).chosen };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The goals, with what is run for each; `shakespeare` is the path of that text, or undefined. */
function works(shakespeare, folder, quick) {
  const alice = file("../samples/alice.txt");
  const short = join(folder, "alice-20000.txt");
  writeFileSync(short, readFileSync(alice).subarray(0, 20000)); // which end with a character
  const brief = quick ? ["--steps", "20"] : [];
  const one = ["--threads", "1", ...brief];
  return [
    { text: "alice.txt", path: alice, options: one, goal: 1.4, within: 60 },
    {
      text: "names.txt",
      path: file("../samples/names.txt"),
      options: brief,
      goal: 1.8,
      within: 15,
    },
    { text: "alice.txt, 20,000 bytes", path: short, options: brief, goal: 1.68, within: 20 },
    {
      text: "tiny Shakespeare, --minutes 3",
      path: shakespeare,
      options: ["--minutes", quick ? "0.05" : "3", "--threads", "2"],
      goal: 1.5,
      within: 180,
    },
  ];
}

const said = ({ loss, ngram }) => `${loss.toFixed(4)} (n-gram ${ngram.toFixed(4)})`;

async function peer(settings, seconds) {
  const args = [file("pytorch_learn.py"), file("../samples/alice.txt"), settings, ...seconds];
  const { stdout } = await run(PYTHON, args.map(String));
  return JSON.parse(stdout);
}

/** Alice in so many seconds on one thread: ours, told how long it has, and PyTorch's. */
async function race(seconds, { quick, withPeers, say }) {
  const rows = [];
  const row = (program, at, result) =>
    rows.push({ text: `alice.txt in ${at} s`, program, ...result });
  for (const at of seconds) {
    say(`alice.txt in ${at} s`);
    const options = ["--threads", "1", "--minutes", String(at / 60)];
    row("inkling", at, await train(file("../samples/alice.txt"), options));
  }
  if (!withPeers) return rows;
  for (const [settings, name] of [
    ["char-rnn", "PyTorch, char-rnn's settings"],
    ["same", "PyTorch, the recipe's network"],
  ]) {
    say(name);
    try {
      const { losses } = await peer(settings, seconds);
      seconds.forEach((at, i) => row(name, at, { loss: losses[i], seconds: at }));
    } catch {
      rows.push({ text: "alice.txt", program: name, missing: "not installed: python3-torch" });
      if (quick) break;
    }
  }
  return rows;
}

/** All rows: { text, program, loss, seconds, goal, within } or { missing }. */
export async function learn({ shakespeare, quick, withPeers, say }) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-learn-"));
  const rows = [];
  try {
    for (const { text, path, options, goal, within } of works(shakespeare, folder, quick)) {
      const row = { text, program: "inkling", goal, within };
      if (path === undefined || !existsSync(path)) {
        rows.push({
          ...row,
          missing: "its text is no part of this repository: --shakespeare FILE",
        });
        continue;
      }
      say(text);
      rows.push({ ...row, ...(await train(path, options)) });
    }
    rows.push(...(await race(quick ? [1, 2] : [10, 30, 60], { quick, withPeers, say })));
  } finally {
    rmSync(folder, { recursive: true });
  }
  return rows;
}

/** A row as a line for people. */
export function learnt({ text, program, missing, goal, within, seconds, ...result }) {
  const head = `${text.padEnd(30)}  ${program.padEnd(29)}`;
  if (missing) return `${head}  ${missing}`;
  const loss = result.said ?? (result.ngram === undefined ? result.loss.toFixed(4) : said(result));
  const aim = within === undefined ? "" : `  goal ${goal ? `${goal} ` : ""}within ${within} s`;
  return `${head}  ${loss.padEnd(23)}  ${seconds.toFixed(1).padStart(6)} s${aim}`;
}
