// `npm run bench`: every figure that the README states, from one run on this machine. See --help.

import { existsSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { inPage, missingRow, openChromium, start, startPage } from "./chromium.mjs";
import { labelled } from "./labelled.mjs";
import { learn, learnt } from "./learn.mjs";
import { lesson, lived } from "./lesson.mjs";
import { nativeGeneration, nativeTasks, training } from "./native.mjs";
import { openPeers } from "./packages.mjs";
import { benchGeneration } from "./page/generation.mjs";
import { GENERATORS } from "./page/networks.mjs";
import { compare, compareWith, tableOf } from "./page/table.mjs";
import { benchTask, tasksOf } from "./page/tasks.mjs";
import { taught } from "./taught.mjs";

const PARTS = ["native", "node", "chromium", "start", "train"];
const ALSO = ["learn", "lesson"]; // of which the README states nothing
const HELP = `npm run bench -- [options]

Characters per second, generated and trained, and which share that is of what the machine could do:
generation of the time to read the weights once, training of its multiply-adds; and how many
examples of the other tasks the shipped models do in a second. Beside them, in turns and with the
same weights, what others reach: onnxruntime-web and tfjs once \`npm ci --prefix bench\` has
installed them, PyTorch (Debian: python3-torch and libopenblas0) for training. About ten minutes;
leave the machine alone.

  --only PART     native, node, chromium, start or train; may be repeated. Or learn, which is not
                  done unless asked for: how well first runs learn, with nothing given; ten minutes.
                  Or lesson: how soon its first figure lives, and how long the page is held up
  --shakespeare FILE   of learn: tiny Shakespeare, which is no part of this repository
  --labelled FILE      of learn: lines of a label, a tab and a text, of which few are learnt
  --without-peers the project's own figures alone
  --quick         a glance, to see that it works: figures are worth nothing
  --json          one JSON object on standard output
`;

function readOptions() {
  const options = {
    only: { type: "string", multiple: true, default: PARTS },
    shakespeare: { type: "string" },
    labelled: { type: "string" },
    "without-peers": { type: "boolean", default: false },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  };
  try {
    const { values } = parseArgs({ options });
    const parts = [...PARTS, ...ALSO];
    const wrong = values.only.find((part) => !parts.includes(part));
    if (wrong !== undefined) throw new Error(`--only ${wrong}: the parts are ${parts.join(", ")}`);
    return values;
  } catch (error) {
    console.error(`bench: ${error.message}`);
    process.exit(2);
  }
}

const { only, quick, json, help, shakespeare, ...others } = readOptions();
if (help) {
  console.log(HELP);
  process.exit(0);
}
const withPeers = !others["without-peers"];
const rounds = quick ? 1 : 5;
const say = (what) => console.error(`… ${what}`);
const file = (path) => fileURLToPath(new URL(path, import.meta.url));
const modelFile = (model) => file(`../models/${model.file}`);
const tasks = tasksOf(JSON.parse(readFileSync(file("../models/index.json"), "utf8")));

async function inNode() {
  const { load } = await import("../dist/inkling.js");
  const { peers, missing } = withPeers ? await openPeers() : { peers: [], missing: [] };
  const roofline = readFileSync(file("../dist/bench/roofline.wasm"));
  const rows = missing.map(missingRow);
  const seconds = quick ? 0.02 : 0.3;
  for (const network of GENERATORS) {
    say(`Node: ${network.name}`);
    rows.push(...(await benchGeneration(network, { load, roofline, peers, rounds, seconds })));
  }
  for (const asked of tasks) {
    say(`Node: ${asked.name}`);
    rows.push(await benchTask(asked, { load, source: modelFile(asked), rounds, seconds }));
  }
  return rows;
}

const SAME_GENERATION = ["task", "network"];
const SAME_TRAINING = ["network", "threads"];
const at = (where, rows) => rows.map((row) => ({ where, ...row }));

async function measure() {
  const result = {
    machine: { processor: cpus()[0].model, cores: cpus().length, node: process.version },
    quick,
    rows: [],
  };
  if (only.includes("native")) {
    say("native");
    const effort = { rounds, seconds: quick ? 0.02 : 0.4 };
    const generated = await nativeGeneration(effort);
    result.rows.push(
      ...at("native", [...generated, ...(await nativeTasks(tasks, modelFile, effort))]),
    );
  }
  if (only.includes("node")) {
    result.rows.push(...at("Node", compare(await inNode(), "onnxruntime-web", SAME_GENERATION)));
  }
  if (only.includes("train")) {
    const rows = await training({ rounds, seconds: quick ? 0.02 : 0.6, withPeers, say });
    result.rows.push(...at("native", compare(rows, "PyTorch", SAME_TRAINING)));
  }
  if (only.includes("learn")) {
    result.learn = await learn({ shakespeare, quick, withPeers, say });
    if (others.labelled) result.learn.push(...(await labelled(others.labelled, { quick, say })));
  }
  const teaches = only.includes("learn") && !quick; // a run of which is whole or nothing
  if (teaches || ["chromium", "start", "lesson"].some((part) => only.includes(part))) {
    const chromium = await openChromium({ withPeers });
    if (chromium.missing) {
      const row = { where: "Chromium", task: "generate", program: "inkling" };
      result.rows.push({ ...row, missing: chromium.missing });
      return result;
    }
    try {
      result.machine.chromium = chromium.version;
      if (only.includes("start")) {
        say("Chromium: from navigation to the first character");
        const some = { rounds: quick ? 1 : 9 };
        result.start = { ...(await start(chromium, some)), page: await startPage(chromium, some) };
      }
      if (teaches) result.learn.push(...(await taught(chromium, { say })));
      if (only.includes("lesson")) {
        const how = quick ? { rounds: 1, slower: 1 } : { rounds: 5, slower: 4 };
        result.lesson = await lesson(chromium, { ...how, say });
      }
      if (only.includes("chromium")) {
        const options = { rounds, seconds: quick ? 0.02 : 0.3, withPeers, say };
        const rows = await inPage(chromium, options);
        const trained = rows.filter(({ task }) => task === "train");
        const others = rows.filter(({ task }) => task !== "train");
        const native = result.rows.find(
          ({ where, task, threads, network }) =>
            where === "native" &&
            task === "train" &&
            threads === 1 &&
            network === trained[0]?.network,
        );
        result.rows.push(
          ...at("Chromium", compare(others, "onnxruntime-web", SAME_GENERATION)),
          ...at("Chromium", compareWith(trained, native, "native, one thread")),
        );
      }
    } finally {
      await chromium.close();
    }
  }
  return result;
}

function print({ machine, rows, start, learn: runs = [], lesson: live }) {
  const { processor, cores, node, chromium } = machine;
  const versions = [`Node ${node}`, chromium && `Chromium ${chromium}`].filter(Boolean);
  console.log(`${processor}, ${cores} cores, ${versions.join(", ")}\n`);
  const { headings, lines } = tableOf(rows);
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...lines.map((line) => line[i].length)),
  );
  const print = (line) =>
    console.log(
      line
        .map((text, i) => text.padEnd(widths[i]))
        .join("  ")
        .trimEnd(),
    );
  for (const line of rows.length > 0 ? [headings, ...lines] : []) print(line);
  for (const row of runs) console.log(learnt(row));
  if (live) console.log(lived(live));
  if (start) {
    const { milliseconds, scriptMilliseconds, files, bytes, gzipBytes, page } = start;
    console.log(
      `\nChromium, nothing cached: first character ${milliseconds.toFixed(0)} ms after navigation,`,
    );
    console.log(`a page's first script ${scriptMilliseconds.toFixed(0)} ms after it;`);
    console.log(`fetched ${bytes} bytes, ${gzipBytes} gzipped: ${files.join(" ")}`);
    const [slow, here] = [page.slowMilliseconds, page.milliseconds].map((ms) => ms.toFixed(0));
    console.log(
      `\nThe page, Generate pressed at once: over 1.6 Mbit/s with 150 ms, ${slow} ms and`,
    );
    console.log(`${page.bytes} bytes to the first character; from this machine, ${here} ms`);
  }
}

if (!existsSync(file("../build/native/inkling"))) {
  console.error("bench: not built: npm run build");
  process.exit(1);
}
const result = await measure();
if (json) console.log(JSON.stringify(result));
else print(result);
