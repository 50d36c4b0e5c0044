// The libraries that the bench compares with, when `npm ci --prefix bench` has put them here.

import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onnxruntime } from "./page/peers/onnxruntime.mjs";
import { tfjsCell, tfjsWindow } from "./page/peers/tfjs.mjs";

const folder = fileURLToPath(new URL("node_modules/", import.meta.url));
const require = createRequire(import.meta.url);

// What a browser needs of each.
const ORT = "onnxruntime-web/dist";
const TF = "@tensorflow/tfjs/dist";
const TF_WASM = "@tensorflow/tfjs-backend-wasm/dist";
const FILES = [
  [ORT, /^(ort\.wasm\.min\.mjs|ort-wasm-simd-threaded\.(mjs|wasm))$/],
  [TF, /^tf\.min\.js$/],
  [TF_WASM, /^(tf-backend-wasm\.min\.js|tfjs-backend-wasm.*\.wasm)$/],
];

/** { peers, missing } as in page/browser.mjs, for Node. */
export async function openPeers() {
  const peers = [];
  const missing = [];
  if (existsSync(join(folder, ORT))) {
    const ort = await import(join(folder, ORT, "ort.wasm.min.mjs"));
    peers.push(onnxruntime(ort, (await import("../dist/inkling.js")).exportOnnx));
  } else {
    missing.push("onnxruntime-web");
  }
  if (existsSync(join(folder, TF_WASM))) {
    const tf = require("@tensorflow/tfjs");
    require("@tensorflow/tfjs-backend-wasm").setThreadsCount(1);
    if (!(await tf.setBackend("wasm"))) throw new Error("tfjs has no wasm backend here");
    peers.push(tfjsWindow(tf), tfjsCell(tf));
  } else {
    missing.push("tfjs");
  }
  return { peers, missing };
}

/** Puts what is here into a folder for browsers. */
export function copyPackages(to) {
  mkdirSync(to, { recursive: true });
  for (const [from, pattern] of FILES) {
    if (!existsSync(join(folder, from))) continue;
    const names = readdirSync(join(folder, from)).filter((name) => pattern.test(name));
    for (const name of names) cpSync(join(folder, from, name), join(to, name));
  }
}
