// The package as users get it: packed, installed in an empty folder, imported by its name.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load, version } from "../../dist/inkling.js";
import { root, run, temporaryFolder } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

/** Packs the package and installs it in an empty folder. */
async function install(t) {
  const folder = await temporaryFolder(t);
  const pack = ["pack", "--ignore-scripts", "--pack-destination", folder];
  await run("npm", pack, { cwd: root });
  const [tarball] = await readdir(folder);
  assert.match(tarball, /^inkling-.*\.tgz$/);
  const options = ["--offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", tarball, ...options], { cwd: folder });
  return folder;
}

test("the packed package works in an empty folder", async (t) => {
  const folder = await install(t);
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

test("the packed package's command trains, writes and serves its page from an empty folder", async (t) => {
  const folder = await install(t);
  const inkling = async (...args) =>
    (await run("npx", ["--offline", "inkling", ...args], { cwd: folder })).stdout;
  assert.equal(await inkling("--version"), `${version}\n`);
  const shipped = "node_modules/inkling/dist/models/names.safetensors";
  const names = await load(join(root, "models/names.safetensors"));
  const options = { seed: 3, length: 40 };
  const expected = await names.complete("em", options);
  names.free();
  const args = ["--prompt", "em", "--seed", "3", "--length", "40"];
  assert.equal(await inkling("generate", shipped, ...args), expected);

  await writeFile(join(folder, "list.txt"), "ada\neve\nbob\n".repeat(200));
  const train = ["--hidden", "8", "--batch", "4", "--nchars", "8", "--steps", "20"];
  await inkling("train", "--text", "list.txt", "--out", "list.safetensors", ...train);
  assert.match(await inkling("info", "list.safetensors"), /generator, char level/);

  const script = join(folder, "node_modules/inkling/bin/inkling.js");
  const server = spawn(process.execPath, [script, "serve", "--port", "0"], { cwd: folder });
  t.after(() => server.kill());
  const [line] = await once(server.stdout, "data");
  const page = new URL(String(line).match(/http:\S+/)[0]);
  const there = async (path) => {
    const answer = await fetch(new URL(path, page));
    assert.equal(answer.status, 200, path);
    return answer;
  };
  const html = await (await there("")).text();
  for (const [, path] of html.matchAll(/(?:src|href)="([^":#]+)"/g)) await there(path);
  for (const { file } of await (await there("models/index.json")).json())
    await there(`models/${file}`);
});

const CONSUMER = `
import { InklingError, cache, exportPage, load, train } from "inkling";
import type { CachedModel, GenerateOptions, LoadOptions, Model, Progress, Token } from "inkling";
import { InklingText } from "inkling/element";

export async function use(options: LoadOptions): Promise<string> {
  const model: Model = await load(new Blob([new Uint8Array(3)]), options);
  for await (const piece of model.generate("a", { seed: 1 })) piece.toUpperCase();
  for await (const { index, text } of model.generate(["a", "b"])) text.at(index);
  const name: string = await model.complete("a");
  const names: string[] = await model.complete("a", { samples: 2 });
  const { tokens }: { tokens: Token[] } = await model.complete("a", { logProbabilities: true });
  const some: GenerateOptions = { seed: 1 };
  for await (const piece of model.generate("a", some)) {
    // @ts-expect-error it may be one of several texts
    piece.toUpperCase();
    if (typeof piece === "object") piece.text.at(piece.index);
  }
  // @ts-expect-error it may be several
  const perhaps: string = await model.complete("a", some);
  const session = await model.session();
  await session.restore(await session.save());
  const run = train("text", { cell: "gru", epochs: 2 });
  for await (const { loss, validationLoss } of run) (loss + (validationLoss ?? 0)).toFixed();
  const last: IteratorResult<Progress> = await run.next();
  const blob = new Blob([await run.save(), await run.checkpoint()]);
  const kept: CachedModel[] = await cache.list();
  const element: InklingText = document.createElement("inkling-text");
  try {
    return (await exportPage(blob, { title: name })) + names + tokens + last + kept + perhaps;
  } catch (error) {
    // @ts-expect-error a code that there is not
    if (error instanceof InklingError && error.code === "nonsense") throw error;
    return element.value;
  }
}
// @ts-expect-error an option that there is not
export const wrong = (model: Model) => model.generate("a", { temprature: 1 });
// @ts-expect-error the same
export const wronger = () => train("text", { stpes: 3 });
`;

test("TypeScript reads its types under every module resolution, strictly", async (t) => {
  const folder = await temporaryFolder(t);
  const installed = join(folder, "node_modules/inkling");
  await mkdir(join(installed, "dist"), { recursive: true });
  await copyFile(join(root, "package.json"), join(installed, "package.json"));
  for (const name of await readdir(join(root, "dist"))) {
    if (/\.(js|ts)$/.test(name))
      await copyFile(join(root, "dist", name), join(installed, "dist", name));
  }
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  await writeFile(join(folder, "use.ts"), CONSUMER);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--target", "es2022"];
  const libraries = ["--lib", "es2022,dom,dom.iterable", "use.ts"];
  for (const [module, resolution] of [
    ["node16", "node16"],
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const how = ["--module", module, "--moduleResolution", resolution];
    const command = [tsc, ...strict, ...how, ...libraries];
    await run(process.execPath, command, { cwd: folder }).catch(({ stdout }) =>
      assert.fail(stdout),
    );
  }
});
