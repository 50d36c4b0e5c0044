// The package as users get it: packed, installed in an empty folder, imported by its name.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { root, run, temporaryFolder } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

test("the packed package works in an empty folder", async (t) => {
  const folder = await temporaryFolder(t);
  const pack = ["pack", "--ignore-scripts", "--pack-destination", folder];
  await run("npm", pack, { cwd: root });
  const [tarball] = await readdir(folder);
  assert.match(tarball, /^inkling-.*\.tgz$/);
  const install = ["install", tarball, "--offline", "--no-audit", "--no-fund"];
  await run("npm", install, { cwd: folder });

  const installed = join(folder, "node_modules/inkling");
  const { exports } = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  const types = await readFile(join(installed, exports["."].types), "utf8");
  assert.match(types, /export function load/);

  const bytes = makeModel();
  await writeFile(join(folder, "model.safetensors"), bytes);
  const script = `
    import { createRequire } from "node:module";
    import { load } from "inkling";
    const { resolve } = createRequire(import.meta.url);
    const shipped = await load(resolve("inkling/models/names.safetensors"));
    process.stdout.write(shipped.info.vocabulary.length + "|");
    shipped.free();
    for (const worker of [false, true]) {
      const model = await load("model.safetensors", { worker });
      process.stdout.write(await model.complete("abc", { length: 30, seed: 2 }) + "|");
      model.free();
    }
  `;
  await writeFile(join(folder, "use.mjs"), script);
  const { stdout } = await run(process.execPath, ["use.mjs"], { cwd: folder });
  const model = await load(bytes);
  const expected = await model.complete("abc", { length: 30, seed: 2 });
  model.free();
  assert.equal(stdout, `27|${expected}|${expected}|`);
});
