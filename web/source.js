// Where a model's bytes come from: everything that load() takes, read with progress and abort.

/** @import { Source } from "./inkling.js" */
/** @import { Kind } from "./wasm.js" */

import { argument } from "./options.js";
import {
  InklingError,
  bytesOf,
  inNode,
  joinBytes,
  kindOf,
  nodeModule,
  onAbort,
  reasonOf,
} from "./platform.js";

/**
 * Where chunks come from, and how many bytes they are in all; 0 while unknown.
 *
 * @typedef {object} Opened
 * @property {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} chunks
 * @property {number} total
 */

/**
 * The chunks of a web stream. Not every browser can iterate one yet.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @param {AbortSignal} [signal]
 */
async function* chunksOf(stream, signal) {
  const reader = stream.getReader();
  // A read that waits then ends. A stream that has failed says so in the read, not here.
  const cancel = () => void reader.cancel().catch(() => {});
  const forget = onAbort(signal, cancel);
  try {
    for (let part; !(part = await reader.read()).done;) yield part.value;
  } finally {
    forget();
    cancel();
  }
}

/** @param {string | URL} path @param {AbortSignal} [signal] @returns {Promise<Opened>} */
async function openFile(path, signal) {
  const { createReadStream, promises } = await nodeModule("fs");
  const { size } = await promises.stat(path);
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  onAbort(signal, () => stream.destroy());
  return { chunks: stream, total: size };
}

/** @param {Response} response @param {AbortSignal} [signal] @returns {Opened} */
function openResponse(response, signal) {
  const { ok, status, statusText, headers, body, bodyUsed } = response;
  const from = response.url || "the response";
  if (!ok) throw new InklingError("network", `${from}: ${status} ${statusText}`.trim());
  if (bodyUsed) throw new InklingError("network", `${from} has been read already`);
  // The length of a compressed body is not that of what comes out of it.
  const total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length") ?? 0);
  return { chunks: body ? chunksOf(body, signal) : [], total };
}

// Where others keep models: `hf:owner/repository/file` and `gh:owner/repository/file`, with
// `@revision` behind it where that is not the latest.
const SHORT = /^(hf|gh):([^/@]+\/[^/@]+)\/([^@]+?)(?:@([^@]+))?$/;
const KEPT = {
  hf: (/** @type {string} */ repository, /** @type {string} */ file, revision = "main") =>
    `https://huggingface.co/${repository}/resolve/${revision}/${file}`,
  gh: (/** @type {string} */ repository, /** @type {string} */ file, revision = "HEAD") =>
    `https://raw.githubusercontent.com/${repository}/${revision}/${file}`,
};

/** The address for which such a short one stands; any other as it is. @param {string} source */
export function addressOf(source) {
  if (!/^(hf|gh):/.test(source)) return source;
  const match = SHORT.exec(source);
  if (!match)
    throw argument(
      `${source} is not of the form ${source.slice(0, 2)}:owner/repository/file@revision`,
    );
  const [, where, repository, file, revision] = match;
  return KEPT[/** @type {"hf" | "gh"} */ (where)](repository, file, revision);
}

/**
 * @param {Blob | Response | Request | string | URL} source
 * @param {AbortSignal} [signal]
 * @returns {Promise<Opened>}
 */
async function open(source, signal) {
  if (isOf(source, "Blob"))
    return { chunks: chunksOf(source.stream(), signal), total: source.size };
  if (isOf(source, "Response")) return openResponse(source, signal);
  if (inNode && !isOf(source, "Request")) {
    if (!/^(https?|data|blob|file):/i.test(String(source))) return openFile(String(source), signal);
    const url = new URL(source);
    if (url.protocol === "file:") return openFile(url, signal);
  }
  const own = new AbortController();
  const forget = onAbort(signal, () => own.abort());
  try {
    return openResponse(await fetch(source, { signal: own.signal }), signal);
  } finally {
    forget();
  }
}

/** @typedef {{ Blob: Blob, File: File, Response: Response, Request: Request }} Kinds */

/**
 * Whether a value is one of the platform's objects, of this window or another.
 *
 * @template {keyof Kinds} Kind
 * @param {unknown} value
 * @param {Kind} kind
 * @returns {value is Kinds[Kind]}
 */
const isOf = (value, kind) =>
  kindOf(value) === kind || (kind === "Blob" && kindOf(value) === "File");

/**
 * The chunks as they arrive. Whatever goes wrong is the signal's reason or an InklingError.
 *
 * @param {Blob | Response | Request | string | URL} source
 * @param {string} name
 * @param {AbortSignal} [signal]
 */
async function* read(source, name, signal) {
  try {
    signal?.throwIfAborted();
    const { chunks, total } = await open(source, signal);
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      yield { chunk, total };
    }
    signal?.throwIfAborted();
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof InklingError) throw error;
    const message = `cannot read ${name}: ${reasonOf(error)}`;
    throw new InklingError("network", message, { cause: error });
  }
}

/**
 * @typedef {object} ReadOptions
 * @property {(loaded: number, total: number) => void} [onProgress]
 * @property {(first: Uint8Array) => void} [onFirst] is called with the first bytes to arrive
 * @property {AbortSignal} [signal]
 * @property {boolean} [cache]
 * @property {string} [integrity]
 */

/**
 * @param {Blob | Response | Request | string | URL} source
 * @param {ReadOptions} options
 * @returns {Promise<Uint8Array>}
 */
async function readAll(source, { onProgress, onFirst, signal }) {
  const name = isOf(source, "Request") || isOf(source, "Response") ? source.url : String(source);
  const shown = isOf(source, "File") ? source.name : name;
  const chunks = [];
  let size = 0;
  for await (const { chunk, total } of read(source, shown, signal)) {
    if (size === 0) onFirst?.(chunk);
    chunks.push(chunk);
    size += chunk.length;
    onProgress?.(size, total);
  }
  return joinBytes(chunks);
}

/**
 * All the bytes of a source, and whether they are the caller's own memory.
 *
 * @param {Source} source
 * @param {ReadOptions} options
 */
export async function readSource(source, options) {
  options.signal?.throwIfAborted();
  let bytes = bytesOf(source);
  const theirs = bytes !== undefined;
  bytes ??= await readKept(source, options);
  // Memory that threads share may change under us, and decoders refuse it.
  if (kindOf(bytes.buffer) === "SharedArrayBuffer") bytes = new Uint8Array(bytes);
  if (options.integrity) await (await import("./cache.js")).verify(bytes, options.integrity);
  return { bytes, theirs };
}

/** @param {Source} source @param {ReadOptions} options */
async function readKept(source, options) {
  const isURL = typeof source === "string" || kindOf(source) === "URL";
  const known =
    isURL || isOf(source, "Request") || isOf(source, "Response") || isOf(source, "Blob");
  if (!known) {
    throw argument(
      "not a URL, Request, Response, Blob, File or bytes: of a loaded model take its file",
    );
  }
  const from = typeof source === "string" ? addressOf(source) : source;
  const address = isURL ? String(from) : undefined;
  const isPath = inNode && address !== undefined && !/^https?:/i.test(address);
  if (!options.cache || address === undefined || isPath) return readAll(readable(from), options);
  return (await import("./cache.js")).readCached(address, options, readAll);
}

/** @param {Source} source */
const readable = (source) => /** @type {Exclude<Source, ArrayBuffer | ArrayBufferView>} */ (source);

/**
 * The header of a model file, and its metadata; nothing of what is none.
 *
 * @param {Uint8Array} bytes
 * @returns {{ text: string, metadata: Record<string, string> }}
 */
export function headerOf(bytes) {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = Math.min(Number(view.getBigUint64(0, true)), 2 ** 20); // more is none
    const text = new TextDecoder().decode(bytes.subarray(8, 8 + size));
    return { text, metadata: JSON.parse(text).__metadata__ ?? {} };
  } catch {
    return { text: "", metadata: {} };
  }
}

/**
 * The kind of build that the task of a model file, its cell, its read-out or its counts need. What
 * is no model file, the core then refuses.
 *
 * @param {Uint8Array} bytes of it, or the first of them
 * @returns {Kind}
 */
export function kindNeeded(bytes) {
  const { text, metadata } = headerOf(bytes);
  const { task = "generator", cell = "rnn", reads, dense, head } = metadata;
  const more = Boolean(reads || dense || head) || /"rnn\.([hc]0_l|\w+_reverse")/.test(text);
  const small = !more && task === "generator" && /^(rnn|gru|lstm)$/.test(cell);
  if (!small) return "tasks";
  return text.includes('"counts.') ? "counts" : "";
}
