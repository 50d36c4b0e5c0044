// The bench in a browser, for the page and for whoever drives one: the module from the folder
// above, and other libraries when they are in packages/.

import * as inkling from "../inkling.js";
import { benchGeneration } from "./generation.mjs";
import { GENERATORS, NETWORKS } from "./networks.mjs";
import { onnxruntime } from "./peers/onnxruntime.mjs";
import { tfjsCell, tfjsWindow } from "./peers/tfjs.mjs";
import { benchTask, tasksOf } from "./tasks.mjs";
import { benchTraining } from "./training.mjs";

const here = (path) => new URL(path, import.meta.url).href;

async function isHere(path) {
  return (await fetch(here(path), { method: "HEAD" })).ok;
}

function runScript(path) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = here(path);
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${path} did not run`));
    document.head.append(script);
  });
}

/** { peers, missing }: what there is to compare with, and the names of what is not here. */
export async function openPeers() {
  const peers = [];
  const missing = [];
  if (await isHere("packages/ort.wasm.min.mjs")) {
    const ort = await import(here("packages/ort.wasm.min.mjs"));
    ort.env.wasm.wasmPaths = here("packages/");
    peers.push(onnxruntime(ort, inkling.exportOnnx));
  } else {
    missing.push("onnxruntime-web");
  }
  if (await isHere("packages/tf.min.js")) {
    await runScript("packages/tf.min.js");
    await runScript("packages/tf-backend-wasm.min.js");
    const { tf } = globalThis;
    tf.wasm.setWasmPaths(here("packages/"));
    tf.wasm.setThreadsCount(1);
    if (!(await tf.setBackend("wasm"))) throw new Error("tfjs has no wasm backend here");
    peers.push(tfjsWindow(tf), tfjsCell(tf));
  } else {
    missing.push("tfjs");
  }
  return { peers, missing };
}

export const generators = GENERATORS.map(({ name }) => name);

let listed;

/** The other tasks, as tasksOf(), of the models beside the page. */
export function tasks() {
  listed ??= fetch(here("../models/index.json")).then(async (answer) =>
    tasksOf(await answer.json()),
  );
  return listed;
}

/** The row of one of tasks(), by its name. */
export async function task(name, options) {
  const asked = (await tasks()).find((each) => each.name === name);
  return benchTask(asked, {
    load: inkling.load,
    source: here(`../models/${asked.file}`),
    ...options,
  });
}

/** Whether the module trains. */
export const trains = typeof inkling.train === "function";

/** The rows of one network's generation. */
export async function generation(name, { peers, rounds, seconds }) {
  const network = GENERATORS.find((each) => each.name === name);
  const roofline = await (await fetch(here("roofline.wasm"))).arrayBuffer();
  return benchGeneration(network, { load: inkling.load, roofline, peers, rounds, seconds });
}

/** The row of one network's training. */
export async function training(name, options) {
  const network = NETWORKS.find((each) => each.name === name);
  return benchTraining(network, { train: inkling.train, ...options });
}
