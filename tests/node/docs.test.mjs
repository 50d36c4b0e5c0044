// What the documentation shows runs, as it stands, in a folder into which the package was
// installed.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dist, root, run } from "./helpers.mjs";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkling-"));
  const installed = join(folder, "node_modules/inkling");
  await mkdir(installed, { recursive: true });
  await cp(join(root, "package.json"), join(installed, "package.json"));
  await cp(dist, join(installed, "dist"), { recursive: true });
  await cp(join(dist, "models"), join(folder, "models"), { recursive: true });
});
after(() => rm(folder, { recursive: true, force: true }));

async function runs(name, code) {
  await writeFile(join(folder, name), code);
  const { stdout, stderr } = await run(process.execPath, [name], { cwd: folder });
  assert.ok(!/[Ee]rror/.test(stderr), stderr);
  return stdout;
}

const page = await readFile(join(root, "docs/module.md"), "utf8");
const examples = [...page.matchAll(/^## (.*)|^```js\n([^]*?)^```$/gm)].reduce(
  ([list, under], [, title, code]) => (title ? [list, title] : [[...list, [under, code]], under]),
  [[], ""],
)[0];

test("the page has an example of every call", () => {
  assert.ok(examples.length >= 10);
  const code = examples.map(([, text]) => text).join("\n");
  const calls = ["generate", "complete", "beam", "translate", "caption", "classify", "evaluate"];
  const others = ["sourceTokens", "session", "feed", "fork", "save", "restore", "reset", "free"];
  const more = ["distribution", "sample", "checkpoint", "exportPage", "list", "clear", "train"];
  const inside = ["trace", "state", "setState", "units", "saliency", "exportOnnx"];
  for (const name of [...calls, ...others, ...more, ...inside])
    assert.match(code, RegExp(`\\b${name}\\(`));
});

for (const [i, [under, code]] of examples.entries()) {
  test(`docs/module.md, ${under}: example ${i + 1} runs`, async () => {
    assert.notEqual(await runs(`example-${i}.mjs`, code), "");
  });
}

test("examples/ run in Node", async () => {
  const files = (await readdir(join(root, "examples"))).filter((name) => name.endsWith(".mjs"));
  assert.ok(files.length >= 3);
  for (const name of files) await runs(name, await readFile(join(root, "examples", name), "utf8"));
  assert.match(await readFile(join(folder, "names.html"), "utf8"), /^<!doctype html>/);
  assert.ok((await readFile(join(folder, "fox.safetensors"))).length > 1000);
});
