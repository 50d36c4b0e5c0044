// The header, the list of exports, the built modules, the module's names and its types agree.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as inkling from "../../dist/inkling.js";
import { openCore } from "../../dist/wasm.js";
import { dist, root } from "./helpers.mjs";

const read = (path) => readFile(join(root, path), "utf8");
const builds = ["scalar", "simd", "train-scalar", "train-simd"];

async function compiled(build) {
  return new WebAssembly.Module(await readFile(join(dist, `inkling-${build}.wasm`)));
}

const headers = ["src/inkling.h", "src/inkling_train.h", "src/inkling_scores.h"];

test("the modules export what JavaScript calls, which the headers declare", async () => {
  const header = (await Promise.all(headers.map(read))).join("").replace(/\/\*[^]*?\*\//g, "");
  const declared = [...header.matchAll(/\b(ink_\w+)\s*\([^;]*?\);/g)].map(([, name]) => name);
  assert.ok(declared.includes("ink_model_load") && declared.includes("ink_trainer_step"));
  const list = async (name) => (await read(`src/${name}.txt`)).trim().split("\n");
  const generating = await list("exports");
  const training = await list("exports-train");
  assert.deepEqual(generating, [...generating].sort());
  assert.deepEqual(training, [...training].sort());
  const modules = (await readdir(join(root, "web"))).filter((name) => name.endsWith(".js"));
  const called = (await Promise.all(modules.map((name) => read(`web/${name}`)))).join("");
  for (const name of [...generating, ...training]) {
    assert.ok(declared.includes(name), `${name} is in no header`);
    // The version is for whoever holds a build in hands; options are set by the kind's name.
    const byKind = /^ink_(sampling|beam_options)_(default|set|size)$/.test(name);
    assert.ok(name === "ink_version" || byKind || called.includes(name), `${name} is not called`);
  }
  for (const build of builds) {
    const exported = WebAssembly.Module.exports(await compiled(build))
      .map(({ name }) => name)
      .filter((name) => name.startsWith("ink_"))
      .sort();
    const needed = build.startsWith("train-") ? [...generating, ...training].sort() : generating;
    assert.deepEqual(exported, needed, `inkling-${build}.wasm`);
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
});

test("the version is the package's and the core's", async () => {
  const { version } = JSON.parse(await read("package.json"));
  assert.equal(inkling.version, version);
  for (const build of ["scalar", "simd"]) {
    const core = await openCore(build);
    assert.equal(core.string(core.c.ink_version()), version);
  }
});

test("without training, module and core together stay under 40 kB when compressed", async () => {
  const { gzipSync } = await import("node:zlib");
  const files = ["inkling", "host", "model", "options", "source", "wasm", "worker"].map(
    (name) => `${name}.js`,
  );
  let size = 0;
  for (const file of [...files, "inkling-simd.wasm"]) {
    size += gzipSync(await readFile(join(dist, file))).length;
  }
  assert.ok(size < 40_000, `${size} bytes`);
});
