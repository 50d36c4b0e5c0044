// The static server: files of its folder and nothing else, for this machine and nobody else.

import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../../scripts/serve.mjs";

/** The status and text of an answer; fetch() would tidy the path and set the host. */
const ask = (url, path, headers = {}) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path, headers }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve([response.statusCode, text]));
    })
      .on("error", reject)
      .end();
  });

test("nothing outside of the folder is served, whatever leads there", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "inkling-serve-"));
  t.after(() => rm(folder, { recursive: true }));
  const site = join(folder, "site");
  await mkdir(join(site, "sub"), { recursive: true });
  await mkdir(join(site, "own"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(site, "index.html"), "page");
  await symlink(join(folder, "secret.txt"), join(site, "sub/index.html"));
  await symlink(join(folder, "secret.txt"), join(site, "link.txt"));
  await symlink(join(site, "index.html"), join(site, "own/index.html"));
  const server = await serve(site);
  t.after(() => server.close());
  const get = (path, headers) => ask(server.url, path, headers);
  assert.deepEqual(await get("/"), [200, "page"]);
  assert.deepEqual(await get("/own/"), [200, "page"], "a link within the folder");
  for (const path of ["/sub/", "/link.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/sub", "/%"])
    assert.equal((await get(path))[0], 404, path);
});

test("it answers to the names of this machine only", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "inkling-serve-"));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "index.html"), "page");
  const server = await serve(folder);
  t.after(() => server.close());
  const { port } = new URL(server.url);
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, "[::1]"])
    assert.equal((await ask(server.url, "/", { host }))[0], 200, host);
  for (const host of ["evil.example", `localhost.evil.example:${port}`, "127.0.0.1.evil.example"])
    assert.equal((await ask(server.url, "/", { host }))[0], 421, host);
});
