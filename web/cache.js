// Models that the browser keeps, in its Cache API, and digests by which a file is known.

/** @import { CachedModel } from "./inkling.js" */
/** @import { ReadOptions } from "./source.js" */

import { argument } from "./options.js";
import { InklingError, absolute, nodeModule, reasonOf, warnOnce } from "./platform.js";

const NAME = "inkling-models";

/** Where they are kept; undefined where nothing can be. */
async function openStore() {
  try {
    return await caches.open(NAME);
  } catch (error) {
    warnOnce(`models cannot be kept here, and are read anew: ${reasonOf(error)}`);
    return undefined;
  }
}

/** @returns {Promise<CachedModel[]>} */
export async function list() {
  const store = await openStore();
  const models = [];
  for (const { url } of (await store?.keys()) ?? []) {
    const response = await store?.match(url);
    if (response) models.push({ url, bytes: Number(response.headers.get("content-length")) });
  }
  return models;
}

/** @param {string | URL} [url] */
export async function clear(url) {
  const store = await openStore();
  if (!store) return 0;
  const all = url === undefined ? await store.keys() : [absolute(url).href];
  const removed = await Promise.all(all.map((key) => store.delete(key)));
  return removed.filter(Boolean).length;
}

/**
 * The bytes at an address, from the store when it has them and they are the right ones, else read,
 * and kept if that can be done.
 *
 * @param {string} address
 * @param {ReadOptions} options
 * @param {(source: string | Response, options: ReadOptions) => Promise<Uint8Array>} readAll
 */
export async function readCached(address, options, readAll) {
  const store = await openStore();
  const url = absolute(address).href;
  const kept = await store?.match(url);
  if (kept) {
    const bytes = await readAll(kept, options);
    if (!options.integrity || (await isIntact(bytes, options.integrity))) return bytes;
    await store?.delete(url);
  }
  const bytes = await readAll(url, options);
  if (options.integrity) await verify(bytes, options.integrity);
  try {
    const headers = { "content-length": String(bytes.length) };
    await store?.put(url, new Response(new Uint8Array(bytes), { headers }));
  } catch (error) {
    warnOnce(`${url} is too much to be kept, and is read anew: ${reasonOf(error)}`);
  }
  return bytes;
}

/** @param {Uint8Array} bytes @param {string} integrity */
async function isIntact(bytes, integrity) {
  const [, algorithm, wanted] = /^\s*sha(256|384|512)-([\w+/]+=*)\s*$/.exec(integrity) ?? [];
  const { subtle } = globalThis.crypto ?? (await nodeModule("crypto")).webcrypto;
  if (!subtle) throw argument("integrity needs a page of https, or of this machine");
  const digest = await subtle.digest(`SHA-${algorithm}`, new Uint8Array(bytes));
  return btoa(String.fromCharCode(...new Uint8Array(digest))) === wanted;
}

/** Refuses a file that is not the one meant. @param {Uint8Array} bytes @param {string} integrity */
export async function verify(bytes, integrity) {
  if (await isIntact(bytes, integrity)) return;
  throw new InklingError("format", "the file is not the one that its integrity names");
}
