// Where a model's bytes come from: everything that load() takes, read with progress and abort.

import { InklingError, inNode, nodeModule } from "./wasm.js";

/** The chunks of a web stream. Not every browser can iterate one yet. */
async function* chunksOf(stream, signal) {
  const reader = stream.getReader();
  // A read that waits then ends. A stream that has failed says so in the read, not here.
  const cancel = () => reader.cancel().catch(() => {});
  signal?.addEventListener("abort", cancel);
  try {
    for (let part; !(part = await reader.read()).done;) yield part.value;
  } finally {
    signal?.removeEventListener("abort", cancel);
    cancel();
  }
}

async function openFile(path, signal) {
  const { createReadStream, promises } = await nodeModule("fs");
  const { size } = await promises.stat(path);
  return { chunks: createReadStream(path, { signal, highWaterMark: 1 << 20 }), total: size };
}

function openResponse(response, signal) {
  const { ok, status, statusText, headers, body, bodyUsed } = response;
  const from = response.url || "the response";
  if (!ok) throw new InklingError("network", `${from}: ${status} ${statusText}`.trim());
  if (bodyUsed) throw new InklingError("network", `${from} has been read already`);
  // The length of a compressed body is not that of what comes out of it.
  const total = headers.has("content-encoding") ? 0 : Number(headers.get("content-length") ?? 0);
  return { chunks: body ? chunksOf(body, signal) : [], total };
}

async function open(source, signal) {
  if (source instanceof Blob) {
    return { chunks: chunksOf(source.stream(), signal), total: source.size };
  }
  if (source instanceof Response) return openResponse(source, signal);
  if (inNode && !(source instanceof Request)) {
    const isUrl = source instanceof URL || /^(https?|data|blob|file):/i.test(source);
    if (!isUrl) return openFile(source, signal);
    const url = new URL(source);
    if (url.protocol === "file:") return openFile(url, signal);
  }
  return openResponse(await fetch(source, { signal }), signal);
}

// { chunk, total } as they arrive. Whatever goes wrong is the signal's reason or an InklingError.
async function* read(source, signal) {
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
    const from = source.url || source.name || String(source);
    const why = (error.cause ?? error).message; // Node's fetch() only says that it failed
    throw new InklingError("network", `cannot read ${from}: ${why}`, { cause: error });
  }
}

/** All the bytes of a source. */
export async function readSource(source, { onProgress, signal }) {
  signal?.throwIfAborted();
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) {
    return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  }
  const known = [URL, Request, Response, Blob].some((type) => source instanceof type);
  if (typeof source !== "string" && !known) {
    throw new InklingError(
      "argument",
      "load() needs a URL, a Request, a Response, a Blob, a File, or bytes",
    );
  }
  const chunks = [];
  let size = 0;
  for await (const { chunk, total } of read(source, signal)) {
    chunks.push(chunk);
    size += chunk.length;
    onProgress?.(size, total);
  }
  const bytes = new Uint8Array(size);
  let end = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, end);
    end += chunk.length;
  }
  return bytes;
}

const TASKS = ["classifier", "translator", "captioner"];

/**
 * The task of a model file, by its header; of anything else, which the core then refuses,
 * "generator".
 */
export function taskOf(bytes) {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const size = Math.min(Number(view.getBigUint64(0, true)), 2 ** 20); // more is none
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + size));
    const { task } = JSON.parse(header).__metadata__;
    return TASKS.includes(task) ? task : "generator";
  } catch {
    return "generator";
  }
}
