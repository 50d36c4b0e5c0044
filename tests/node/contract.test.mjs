// The header, the lists of exports, the builds, the module and its types agree.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as inkling from "../../dist/inkling.js";
import { openCore } from "../../dist/shared.js";
import { dist, haveRelaxed, modulesOf, root } from "./helpers.mjs";

const read = (path) => readFile(join(root, path), "utf8");
const kinds = { "": ["exports"], "counts-": ["exports", "exports-counts"] };
kinds["tasks-"] = [...kinds["counts-"], "exports-tasks"];
kinds["train-"] = [...kinds["tasks-"], "exports-train"];
const builds = Object.keys(kinds).flatMap((kind) =>
  ["scalar", "simd", "relaxed"].map((isa) => kind + isa),
);
haveRelaxed();

async function compiled(build) {
  return new WebAssembly.Module(await readFile(join(dist, `inkling-${build}.wasm`)));
}

test("the builds export what the module calls, all of it declared in the header", async () => {
  const names = (await readdir(join(root, "src"))).filter((name) => name.endsWith(".h"));
  const headers = names.map((name) => read(`src/${name}`));
  const header = (await Promise.all(headers)).join("").replace(/\/\*[^]*?\*\//g, "");
  const declared = [...header.matchAll(/\b(ink_\w+)\s*\([^;]*?\);/g)].map(([, name]) => name);
  const lists = {};
  for (const name of kinds["train-"]) {
    lists[name] = (await read(`src/${name}.txt`)).trim().split("\n");
    assert.deepEqual(lists[name], [...lists[name]].sort());
    for (const one of lists[name]) assert.ok(declared.includes(one), `${one} is in no header`);
  }
  const all = Object.values(lists).flat();
  const files = (await readdir(join(root, "web"))).filter((name) => name.endsWith(".js"));
  const code = (await Promise.all(files.map((name) => read(`web/${name}`)))).join("\n");
  const options = [...code.matchAll(/"(ink_\w*?(?:sampling|options))"/g)].flatMap(([, struct]) =>
    ["default", "set", "size"].map((name) => `${struct}_${name}`),
  );
  const called = [...code.matchAll(/(?:\bc\.|")(ink_[a-z_]+)/g)].map(([, name]) => name);
  const isFunction = (name) => declared.includes(name);
  const needed = new Set([...called.filter(isFunction), ...options, "ink_version"]);
  assert.deepEqual([...all].sort(), [...needed].sort());
  for (const build of builds) {
    const exported = WebAssembly.Module.exports(await compiled(build))
      .map(({ name }) => name)
      .filter((name) => name.startsWith("ink_"))
      .sort();
    const listed = kinds[build.replace(/\w+$/, "")].flatMap((name) => lists[name]).sort();
    assert.deepEqual(exported, listed, `inkling-${build}.wasm`);
  }
});

test("the modules import nothing but the note that memory has grown", async () => {
  for (const build of builds) {
    const imported = WebAssembly.Module.imports(await compiled(build)).map(({ name }) => name);
    assert.deepEqual(imported, ["emscripten_notify_memory_growth"]);
  }
});

test("what inkling.js exports is what inkling.d.ts declares", async () => {
  const types = await read("web/inkling.d.ts");
  const declared = [...types.matchAll(/^export (?:declare )?(?:class|function|const) (\w+)/gm)];
  assert.deepEqual(Object.keys(inkling).sort(), declared.map(([, name]) => name).sort());
  assert.equal(inkling.InklingError.name, "InklingError"); // as Node shows one that nobody catches
});

test("the version is the package's and the core's", async () => {
  const { version } = JSON.parse(await read("package.json"));
  assert.equal(inkling.version, version);
  for (const build of builds) {
    const core = await openCore(build);
    assert.equal(core.string(core.c.ink_version()), version);
  }
});

test("what a generator takes, module and core, stays small when compressed", async () => {
  const { gzipSync } = await import("node:zlib");
  const files = modulesOf("inkling", "worker", "model");
  assert.ok(
    files.length > 3 &&
      !files.some((name) => /^(tasks|trainer|cache|export|mixing|session)/.test(name)),
  );
  // As they lie in dist/ for a server to send; what is tiny is not packed there.
  const sizeOf = async (file) => {
    const path = join(dist, file);
    const packed = await readFile(`${path}.gz`).catch(() => undefined);
    return (packed ?? gzipSync(await readFile(path))).length;
  };
  let module = 0;
  for (const file of files) module += await sizeOf(file);
  for (const isa of ["simd", "relaxed"]) {
    const alone = module + (await sizeOf(`inkling-${isa}.wasm`));
    const counted = module + (await sizeOf(`inkling-counts-${isa}.wasm`));
    assert.ok(alone <= 39_300, `${alone} bytes`);
    assert.ok(counted <= 43_500, `${counted} bytes with counts`);
  }
});
