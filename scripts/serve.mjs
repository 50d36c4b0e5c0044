// A static server for one directory, on this machine only.

import { createReadStream } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, sep } from "node:path";
import { pipeline } from "node:stream";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".md": "text/plain; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".safetensors": "application/octet-stream",
  ".svg": "image/svg+xml",
  ".ts": "text/plain; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};

const HERE = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

const NOT_THERE = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE"];

// How files that lie packed beside the plain ones end, by what browsers call it; smallest first.
const PACKED = { br: ".br", gzip: ".gz" };

/** A file under root, or undefined where there is none: nothing outside of root ever is one. */
async function lookUp(root, path) {
  try {
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep)) return undefined; // a link may lead anywhere
    const status = await stat(file);
    const tag = `"${status.size.toString(36)}-${Math.round(status.mtimeMs).toString(36)}"`;
    return status.isFile() ? { file, size: status.size, tag } : undefined;
  } catch (error) {
    if (NOT_THERE.includes(error.code)) return undefined;
    throw error;
  }
}

/** What a request asks for, packed where that is there and the browser can unpack it. */
async function find(root, { url, headers }) {
  let path;
  try {
    path = decodeURIComponent(url.replace(/[?#].*/s, ""));
  } catch {
    return undefined; // it is no text
  }
  if (path.endsWith("/")) path += "index.html";
  const plain = await lookUp(root, path);
  const accepted = (headers["accept-encoding"] ?? "").split(/\s*,\s*/);
  for (const [encoding, ending] of Object.entries(PACKED)) {
    const packed = plain && accepted.includes(encoding) && (await lookUp(root, path + ending));
    if (packed) return { ...packed, name: plain.file, encoding };
  }
  return plain && { ...plain, name: plain.file };
}

async function answer(root, request, response) {
  const end = (status, headers = {}) => {
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...headers });
    response.end(request.method === "HEAD" ? undefined : `${status}\n`);
  };
  // Another site's name that was made to mean this machine is not ours to answer.
  if (!HERE.test(request.headers.host ?? "")) return end(421);
  if (request.method !== "GET" && request.method !== "HEAD")
    return end(405, { allow: "GET, HEAD" });
  const found = await find(root, request);
  if (!found) return end(404);
  const { file, name, size, tag, encoding } = found;
  const headers = { "cache-control": "no-cache", etag: tag, vary: "accept-encoding" };
  if (request.headers["if-none-match"] === tag) return response.writeHead(304, headers).end();
  response.writeHead(200, {
    "content-type": TYPES[extname(name)] ?? "application/octet-stream",
    "content-length": size,
    ...(encoding && { "content-encoding": encoding }),
    ...headers,
  });
  if (request.method === "HEAD") return response.end();
  // When the browser leaves early, or the file is cut short meanwhile, the connection just ends.
  pipeline(createReadStream(file), response, () => {});
}

/** Serves a directory. Port 0 is any free one; a port that is taken rejects with EADDRINUSE. */
export async function serve(directory, port = 0) {
  const root = await realpath(directory);
  const server = createServer((request, response) => {
    answer(root, request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

const FIRST_PORT = 8080;
const LAST_PORT = 8099;

/** Serves it on the port given, else on the first free one of a few. */
export async function serveOnFreePort(directory, { port } = {}) {
  if (port !== undefined) return serve(directory, port);
  for (let tried = FIRST_PORT; ; tried++) {
    try {
      return await serve(directory, tried);
    } catch (error) {
      if (error.code !== "EADDRINUSE" || tried === LAST_PORT) throw error;
    }
  }
}
