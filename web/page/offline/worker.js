// The service worker: after one visit the page works without a network. The build puts it beside
// index.html and fills in what there is: VERSION, a digest of all of it; PAGE, what the page is
// made of, which comes together or not at all; LARGE, what is kept once it has been used: paths,
// with the beginning of the SHA-256 of each in hexadecimal digits; and RELAXED_MODULE, by which the
// page tells which of the builds that train it can use. A page that is open stays with the version
// that it began with.

/* global VERSION, PAGE, LARGE, RELAXED_MODULE */

const pageCache = `inkling-page-${VERSION}`;
const largeCache = "inkling-large";

const scope = new URL("./", self.location.href);
const addressOf = (path) => new URL(path, scope).href;
const keyOf = (path) => `${addressOf(path)}?${LARGE[path]}`; // another version is another key

/** The path of an address of ours, else undefined. */
function pathOf(address) {
  const url = new URL(address);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return undefined;
  return decodeURIComponent(url.pathname.slice(scope.pathname.length)) || "index.html";
}

async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A file of this version, and not of one that is being put in its place just now. */
async function fetchOf(path) {
  const response = await fetch(addressOf(path), { cache: "no-cache" });
  const bytes = await response.clone().arrayBuffer();
  if (!response.ok || !(await digest(bytes)).startsWith(PAGE[path]))
    throw new Error(`${path} is of another version`);
  return response;
}

const other = WebAssembly.validate(RELAXED_MODULE) ? "simd" : "relaxed"; // is not asked for

async function install() {
  const cache = await caches.open(pageCache);
  const paths = Object.keys(PAGE).filter((path) => !path.endsWith(`-${other}.wasm`));
  const responses = await Promise.all(paths.map(fetchOf));
  await Promise.all(paths.map((path, i) => cache.put(addressOf(path), responses[i])));
}

/** Leaves nothing of other versions behind. */
async function cleanUp() {
  for (const name of await caches.keys())
    if (name.startsWith("inkling-page-") && name !== pageCache) await caches.delete(name);
  const cache = await caches.open(largeCache);
  const keys = new Set(Object.keys(LARGE).map(keyOf));
  for (const { url } of await cache.keys()) if (!keys.has(url)) await cache.delete(url);
  await self.clients.claim();
}

async function fromPage(path, request) {
  const cache = await caches.open(pageCache);
  return (await cache.match(addressOf(path))) ?? fetch(request);
}

async function fromLarge(path, request) {
  const cache = await caches.open(largeCache);
  const kept = await cache.match(keyOf(path));
  if (kept) return kept;
  const response = await fetch(request);
  // Without room for it, it is merely not there the next time.
  if (response.ok) cache.put(keyOf(path), response.clone()).catch(() => {});
  return response;
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(cleanUp()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const path = request.method === "GET" ? pathOf(request.url) : undefined;
  if (Object.hasOwn(PAGE, path ?? "")) event.respondWith(fromPage(path, request));
  else if (Object.hasOwn(LARGE, path ?? "")) event.respondWith(fromLarge(path, request));
});

self.addEventListener("message", (event) => {
  const { change, used = [] } = event.data;
  if (change) self.skipWaiting();
  // What a page fetched before there was a service worker is kept as well.
  const paths = used.map(pathOf).filter((path) => Object.hasOwn(LARGE, path ?? ""));
  const kept = paths.map((path) => fromLarge(path, new Request(addressOf(path))));
  event.waitUntil(Promise.allSettled(kept));
});
