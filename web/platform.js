// What browsers and Node do differently, and what every part of the module needs: the one kind of
// error, bytes and texts in their many forms, signals, and waiting.

/** @import { ErrorCode } from "./inkling.js" */

export class InklingError extends Error {
  static name = "InklingError"; // also where the class is called otherwise, by a minifier

  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {ErrorOptions} [options]
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = "InklingError";
    this.code = code;
  }
}

export const inNode = !!globalThis.process?.versions?.node;

/**
 * A module of Node's own, by a name that no bundler for the browser tries to resolve.
 *
 * @param {string} name
 */
export const nodeModule = (name) =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`);

const encoder = new TextEncoder();

/** @param {string} text */
export const encode = (text) => encoder.encode(text);

/**
 * The same of a text that is read: with its characters composed, as the core leaves it to us.
 *
 * @param {string} text
 */
export const encodeComposed = (text) => encode(text.normalize());

/** What an error, or anything else that was thrown, says of itself. @param {unknown} error */
export function reasonOf(error) {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error; // Node's fetch() only says that it failed
  return cause instanceof Error ? cause.message : error.message;
}

/**
 * The kind of an object of the platform, "ArrayBuffer" or "Response", say, whichever window or
 * realm it comes from.
 *
 * @param {unknown} value
 */
export const kindOf = (value) => Object.prototype.toString.call(value).slice(8, -1);

/**
 * The bytes of a buffer or of a view of one; undefined of anything else.
 *
 * @param {unknown} value
 * @returns {Uint8Array | undefined}
 */
export function bytesOf(value) {
  const view = /** @type {ArrayBufferView} */ (value);
  const isView = ArrayBuffer.isView(value);
  if (!isView && !/^(Shared)?ArrayBuffer$/.test(kindOf(value))) return undefined;
  try {
    return isView
      ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      : new Uint8Array(/** @type {ArrayBuffer} */ (value));
  } catch {
    throw new InklingError("argument", "the bytes are gone: their buffer was transferred");
  }
}

/**
 * Bytes of our own to hand to a worker: those themselves, unless they are the caller's or part of
 * something larger.
 *
 * @param {Uint8Array} bytes
 * @param {boolean} theirs
 */
export const ownBytes = (bytes, theirs) =>
  theirs || bytes.byteLength < bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes;

/** Bytes behind one another, copied. @param {Uint8Array[]} parts */
export function joinBytes(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** An address as this page, or this process, means it. @param {string | URL} address */
export const absolute = (address) =>
  new URL(
    address,
    globalThis.document?.baseURI ?? globalThis.location?.href ?? `file://${process.cwd()}/`,
  );

/**
 * The WebAssembly at an address, compiled.
 *
 * @param {URL} address
 * @returns {Promise<WebAssembly.Module>}
 */
export async function compileAt(address) {
  try {
    if (inNode && address.protocol === "file:") {
      const { readFile } = await nodeModule("fs/promises");
      return await WebAssembly.compile(await readFile(address));
    }
    const response = await fetch(address);
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const type = response.headers.get("content-type") ?? "";
    if (/html/.test(type)) throw new Error("it answered with a page");
    // Browsers compile while it arrives, but only when the server names the type.
    return await (type.startsWith("application/wasm")
      ? WebAssembly.compileStreaming(response)
      : WebAssembly.compile(await response.arrayBuffer()));
  } catch (error) {
    const message = `the core ${address.href} cannot be used: ${reasonOf(error)}`;
    throw new InklingError("network", message, { cause: error });
  }
}

// ---- Waiting ------------------------------------------------------------------------------------

/**
 * A new task of the event loop, so that what else waits there comes first; by the timers of when
 * the module was read, for those that a test fakes stand still.
 *
 * @type {() => Promise<void>}
 */
export const nextTask = inNode
  ? (
      (later) => () =>
        new Promise(/** @type {any} */ (later))
    )(setImmediate)
  : () =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(port1.close());
        port2.postMessage(0);
      });

// What waits for each signal. One listener a signal: Node warns of a leak at the eleventh.
/** @type {WeakMap<AbortSignal, Set<() => void>>} */
const waiting = new WeakMap();

/**
 * Calls `callback` when the signal aborts, unless the function that it gives is called before.
 *
 * @param {AbortSignal | undefined} signal
 * @param {() => void} callback
 */
export function onAbort(signal, callback) {
  if (!signal) return () => {};
  let callbacks = waiting.get(signal);
  if (!callbacks) {
    const all = (callbacks = new Set());
    waiting.set(signal, all);
    signal.addEventListener("abort", () => all.forEach((call) => call()), { once: true });
  }
  callbacks.add(callback);
  return () => void waiting.get(signal)?.delete(callback);
}

/**
 * `promise`, or the signal's reason as soon as it aborts.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export function unlessAborted(promise, signal) {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    const forget = onAbort(signal, abort);
    promise.then(resolve, reject).finally(forget);
  });
}

/** @type {Set<string>} */
const warned = new Set();

/** Says something on the console, once. @param {string} message */
export function warnOnce(message) {
  if (warned.has(message)) return;
  warned.add(message);
  console.warn(`Inkling: ${message}`);
}

// ---- Workers ------------------------------------------------------------------------------------

/**
 * A worker of either kind, as its owner sees it.
 *
 * @typedef {object} Port
 * @property {(message: unknown, transfer: Transferable[]) => void} post
 * @property {(onMessage: (data: any) => void, onGone: (why: string) => void) => void} listen
 *   in place of whoever listened before
 * @property {() => void} terminate
 * @property {() => void} hold lets Node's process go on while an answer is awaited
 * @property {() => void} rest and end once nothing but idle workers is left
 */

/** @param {Worker} worker @returns {Port} */
export const webPort = (worker) => ({
  post: (message, transfer) => worker.postMessage(message, transfer),
  listen: (onMessage, onGone) => {
    worker.onmessage = ({ data }) => onMessage(data);
    worker.onerror = ({ message }) => onGone(message ?? "its script did not load");
  },
  terminate: () => worker.terminate(),
  hold: () => {},
  rest: () => {},
});
