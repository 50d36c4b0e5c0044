// Our model file: safetensors, with the tensors named as PyTorch names them; and the header of any.

import { refusal } from "./refuse.js";
import { Reader, parseJson } from "./bytes.js";
import { bytesOf } from "./tensor.js";
import { widthOf, withEqualLayers } from "./layers.js";
import { rereads } from "./network.js";

const HEADER = 2 ** 20;

/** The header of a safetensors file, or null if it is none. */
export function readHeader(bytes) {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return null;
  const size = new Reader(bytes, "the safetensors file").i64();
  if (!(size > 1 && size <= HEADER && size + 8 <= bytes.length)) return null;
  const json = parseJson(bytes.subarray(8, 8 + size));
  return json && typeof json === "object" ? { json, at: 8 + size } : null;
}

/**
 * The bytes of a safetensors file.
 * @param {Map<string, { dtype, shape, bytes: Uint8Array }>} tensors
 */
function writeSafetensors(tensors, metadata) {
  const header = { __metadata__: metadata };
  let end = 0;
  for (const [name, { dtype, shape, bytes }] of tensors) {
    header[name] = { dtype, shape, data_offsets: [end, (end += bytes.length)] };
  }
  let json = JSON.stringify(header);
  let text = new TextEncoder().encode(json);
  json += " ".repeat((8 - (text.length % 8)) % 8); // the tensors begin aligned
  text = new TextEncoder().encode(json);
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let at = 8 + text.length;
  for (const { bytes } of tensors.values()) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

const F32 = ({ shape, data }) => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(data.buffer, data.byteOffset, data.length * bytesOf("f32")),
});

function tokensTensor(tokens) {
  const bytes = new TextEncoder().encode(tokens.map((token) => `${token}\0`).join(""));
  return { dtype: "U8", shape: [bytes.length], bytes };
}

function addLayers(tensors, prefix, layers, end = "") {
  layers.forEach((layer, i) => {
    if (!layer) return; // one that does not read from this end
    const at = (name) => `${prefix}rnn.${name}_l${i}${end}`;
    const add = (name, value) => value && tensors.set(at(name), F32(value));
    add("weight_ih", layer.weightIh);
    add("weight_hh", layer.weightHh);
    add("bias_ih", layer.biasIh);
    add("bias_hh", layer.biasHh);
    add("peephole", layer.peephole);
    add("h0", layer.initialH);
    add("c0", layer.initialC);
  });
}

/** The read-out reads [last, mean, largest] over time: its weights stand in their place. */
function overTime({ weight, bias, activation }, width, pool) {
  const out = {
    shape: [weight.shape[0], 3 * width],
    data: new Float32Array(weight.shape[0] * 3 * width),
  };
  const from = Math.max(0, ["last", "mean", "max"].indexOf(pool)) * width;
  for (let r = 0; r < weight.shape[0]; r++) {
    out.data.set(weight.data.subarray(r * width, (r + 1) * width), r * 3 * width + from);
  }
  return { weight: out, bias, activation };
}

/** What of a window that is read anew the read-out sees (src/parts/reread.h); null: of none. */
function readsOf(n) {
  if (!rereads(n)) return null;
  if (n.reads === "all") return "all";
  return /^(mean|max)$/.test(n.pool) ? "pooled" : n.pool;
}

/** A token that stands for no text, as that which is masked mostly is. @param {string} token */
const isPrivate = (token) => /^\p{Co}$/u.test(token);

/**
 * The model file of a network and its vocabulary.
 * @param {import("./network.js").Network} described
 * @param {{ tokens: string[], level: string, padding?: string, start?: string, end?: string,
 *   lower?: boolean }} vocabulary
 */
export function modelFile(described, vocabulary) {
  refuseMasked(described, vocabulary);
  const n = withEqualLayers(described);
  const classifies = n.task === "classifier";
  const prefix = classifies ? "encoder." : "";
  const tensors = new Map();
  if (n.table) tensors.set(`${prefix}embedding.weight`, F32(n.table));
  addLayers(tensors, prefix, n.layers);
  addLayers(
    tensors,
    prefix,
    n.layers.map(({ reverse }) => reverse),
    "_reverse",
  );
  if (n.attention) tensors.set("attention.average", F32(n.attention));
  let dense = [...n.dense, n.head];
  const reads = readsOf(n);
  const isParted = n.pool !== "pooled" && (reads === null ? classifies : reads === "pooled");
  if (isParted) {
    dense = [overTime(dense[0], widthOf(n.layers.at(-1)), n.pool), ...dense.slice(1)];
  }
  dense.forEach(({ weight, bias }, i) => {
    const name = i === dense.length - 1 ? "fc" : `dense.${i}`;
    tensors.set(`${name}.weight`, F32(weight));
    tensors.set(
      `${name}.bias`,
      F32(bias ?? { shape: [weight.shape[0]], data: new Float32Array(weight.shape[0]) }),
    );
  });
  tensors.set("vocab", tokensTensor(vocabulary.tokens));
  if (classifies) tensors.set("labels", tokensTensor(n.labels));
  const metadata = {
    format: "inkling",
    task: n.task,
    level: vocabulary.level,
    cell: n.layers[0].cell,
    hidden: String(n.layers[0].hidden),
    layers: String(n.layers.length),
    from: n.format,
  };
  if (vocabulary.lower) metadata["lower-case"] = "on";
  if (vocabulary.start !== undefined) metadata.start = vocabulary.start;
  if (vocabulary.end !== undefined) metadata.end = vocabulary.end;
  if (n.afterPrompt) {
    metadata["after-prompt"] = n.afterPrompt.map((id) => vocabulary.tokens[id]).join("");
  }
  if (n.window) metadata.window = String(n.window);
  if (n.padsLeft) metadata.padding = vocabulary.padding ?? vocabulary.tokens[0];
  if (reads) metadata.reads = reads;
  if (n.reversed) metadata.order = "reversed";
  if (n.head.activation === "sigmoid") metadata.head = "sigmoid";
  if (n.dense.length > 0) metadata.dense = n.dense.map(({ activation }) => activation).join(" ");
  return writeSafetensors(tensors, metadata);
}

/** Where token 0 stands for a text, passing over it is what no model here does. */
function refuseMasked({ masksZero }, { tokens }) {
  if (!masksZero || isPrivate(tokens[0])) return;
  throw refusal(
    `its token 0 is passed over (mask_zero=True, or by its program), and stands for ` +
      `${JSON.stringify(tokens[0])}: no model here passes over text`,
  );
}
