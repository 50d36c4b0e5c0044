// The native command's own figures, and its training in turns with PyTorch's.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "./page/measure.mjs";
import { NETWORKS } from "./page/networks.mjs";

const run = promisify(execFile);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const command = file("../build/native/inkling");
const PYTHON = "/usr/bin/python3"; // Debian's, which has Debian's PyTorch

async function inkling(options, ...model) {
  const words = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return JSON.parse((await run(command, ["bench", ...model, "--json", ...words])).stdout);
}

export async function nativeGeneration({ rounds, seconds }) {
  const { kernels, rows } = await inkling({ task: "generate", runs: rounds, seconds });
  return rows.map(({ task, network, weights, streams, tokensPerSecond, share }) => ({
    ...{ task, network, weights, streams, share },
    program: `inkling (${kernels})`,
    charactersPerSecond: tokensPerSecond,
  }));
}

/** The bytes of a Picture of three bytes a pixel as a binary PPM file. */
const ppm = ({ data, width, height }) =>
  Buffer.concat([Buffer.from(`P6 ${width} ${height} 255\n`), data]);

/** The rows of page/tasks.mjs by the command, whose models are the files `modelFile(task)`. */
export async function nativeTasks(tasks, modelFile, { rounds, seconds }) {
  const folder = await mkdtemp(join(tmpdir(), "inkling-bench-"));
  try {
    const rows = [];
    for (const each of tasks) {
      const { name, task, examples } = each;
      const path = join(folder, name);
      await writeFile(
        path,
        task === "caption" ? Buffer.concat(examples.map(ppm)) : examples.join("\n"),
      );
      const asked = { text: path, runs: rounds, seconds };
      const { kernels, rows: measured } = await inkling(asked, modelFile(each));
      const [{ examplesPerSecond, encoderShare }] = measured;
      const row = {
        task,
        network: name,
        program: `inkling (${kernels})`,
        weights: "int8",
        streams: 1,
      };
      const encoder = task === "classify" ? undefined : encoderShare;
      rows.push({ ...row, examplesPerSecond, encoder });
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * PyTorch in a process of its own: { version, rate(training), close() }, or undefined without it.
 */
async function openPytorch() {
  const child = spawn(PYTHON, [file("pytorch_train.py")], { stdio: ["pipe", "pipe", "ignore"] });
  const failed = new Promise((resolve) => child.once("error", () => resolve({ done: true })));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await Promise.race([lines.next(), failed]);
  if (first.done) return undefined; // no Python, or one without PyTorch
  return {
    version: JSON.parse(first.value).version,
    async rate(training) {
      child.stdin.write(`${JSON.stringify(training)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error("PyTorch's process has ended");
      return JSON.parse(value).charactersPerSecond;
    },
    close: () => child.kill("SIGKILL"),
  };
}

/**
 * Rows of training with one thread and two, ours and PyTorch's in turns. PyTorch has one thread:
 * with two it is no faster at these sizes, and now and then it does not come back.
 */
export async function training({ rounds, seconds, withPeers, say }) {
  const pytorch = withPeers ? await openPytorch() : undefined;
  const rows = [];
  try {
    for (const network of NETWORKS.filter(({ training }) => training)) {
      for (let threads = 1; threads <= Math.min(2, cpus().length); threads++) {
        say(`training ${network.name}, threads: ${threads}`);
        // PyTorch's has neither dropout nor an average.
        const peer = threads === 1 && !network.training.dropout ? pytorch : undefined;
        rows.push(...(await trainInTurns(network, { threads, pytorch: peer, rounds, seconds })));
      }
    }
  } finally {
    pytorch?.close();
  }
  if (withPeers && !pytorch) {
    const missing = "not installed: Debian's python3-torch and libopenblas0";
    rows.push({ task: "train", program: "PyTorch", missing });
  }
  return rows;
}

async function trainInTurns(network, { threads, pytorch, rounds, seconds }) {
  const { name, cell, layers, hidden, vocabulary, training } = network;
  const ours = [];
  const shares = [];
  const theirs = [];
  for (let round = 0; round < rounds; round++) {
    const { rows } = await inkling({ task: "train", network: name, threads, runs: 1, seconds });
    ours.push(rows[0].tokensPerSecond);
    shares.push(rows[0].share);
    const asked = { cell, layers, hidden, vocabulary: vocabulary.length, ...training };
    if (pytorch) theirs.push(await pytorch.rate({ ...asked, threads, seconds }));
  }
  const row = { task: "train", network: name, threads };
  const inklingRow = {
    ...row,
    program: "inkling",
    charactersPerSecond: median(ours),
    share: median(shares),
  };
  if (!pytorch) return [inklingRow];
  const program = "PyTorch";
  const { version } = pytorch;
  return [inklingRow, { ...row, program, version, charactersPerSecond: median(theirs) }];
}
