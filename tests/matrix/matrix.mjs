// `npm run matrix`: the packed package in a project of each bundler, built, served and opened in
// Chromium, where it must generate in a worker and train a step. Prints a table; a row that fails
// fails the whole. The bundlers are pinned in package.json beside this file.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { chromium } from "playwright-core";
import { load } from "../../dist/inkling.js";
import { findProgram, root, run } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";

const here = join(root, "tests/matrix");
const bin = (name) => join(here, "node_modules/.bin", name);
const execute = promisify(execFile);

const app = (from, trainFrom = from) => `
  import { load } from "${from}";
  import { train } from "${trainFrom}";
  const show = (name, value) => { document.body.dataset[name] = String(value); };
  try {
    const model = await load("names.safetensors");
    show("text", await model.complete("em", { seed: 1 }));
    const run = train("abcabd\\n".repeat(900), { steps: 1, hidden: 4 });
    for await (const { loss } of run) show("loss", loss);
  } catch (error) { show("error", error.stack); }
  show("done", true);
`;
const HTML = '<!doctype html><body><script type="module" src="app.js"></script></body>';

const PACKAGE = {
  name: "app",
  type: "module",
  "@parcel/resolver-default": { packageExports: true }, // else it knows no "inkling/single"
};

/** How each builds app.js and index.html of a folder into out/. */
const BUNDLERS = {
  vite: {
    code: app("inkling"),
    // Its "optimised" copies of packages would leave worker and core behind.
    build: async (folder) => {
      const settings =
        'export default { base: "./", worker: { format: "es" }, build: { target: "es2022" } }';
      await writeFile(join(folder, "vite.config.mjs"), settings);
      await execute(bin("vite"), ["build", "--outDir", "out"], { cwd: folder });
    },
  },
  webpack: {
    code: app("inkling"),
    build: async (folder) => {
      const webpack = createRequire(join(here, "package.json"))("webpack");
      const output = { path: join(folder, "out"), filename: "app.js" };
      const options = { mode: "production", context: folder, entry: "./app.js", output };
      const stats = await promisify(webpack)(options);
      assert.ok(!stats.hasErrors(), stats.toString());
      await cp(join(folder, "index.html"), join(folder, "out/index.html"));
    },
  },
  rollup: {
    code: app("inkling/single", "inkling/single-train"),
    build: async (folder) => {
      const options = ["app.js", "-d", "out", "-p", "@rollup/plugin-node-resolve"];
      await execute(bin("rollup"), options, {
        cwd: folder,
        env: { ...process.env, NODE_PATH: join(here, "node_modules") },
      });
      await cp(join(folder, "index.html"), join(folder, "out/index.html"));
    },
  },
  esbuild: {
    code: app("inkling/single", "inkling/single-train"),
    build: async (folder) => {
      const options = ["app.js", "--bundle", "--format=esm", "--outdir=out"];
      await execute(join(root, "node_modules/.bin/esbuild"), options, { cwd: folder });
      await cp(join(folder, "index.html"), join(folder, "out/index.html"));
    },
  },
  parcel: {
    code: app("inkling/single", "inkling/single-train"),
    build: async (folder) => {
      const options = [
        "build",
        "index.html",
        "--dist-dir",
        "out",
        "--public-url",
        "./",
        "--no-cache",
      ];
      await execute(bin("parcel"), options, { cwd: folder });
    },
  },
};

async function tryOne(name, folder, browser, expected) {
  const { code, build } = BUNDLERS[name];
  await writeFile(join(folder, "package.json"), JSON.stringify(PACKAGE));
  await writeFile(join(folder, "index.html"), HTML);
  await writeFile(join(folder, "app.js"), code);
  await build(folder);
  await cp(join(root, "dist/models/names.safetensors"), join(folder, "out/names.safetensors"));
  const site = await serve(join(folder, "out"));
  try {
    const page = await browser.newPage();
    await page.goto(site.url);
    await page.locator("body[data-done]").waitFor({ state: "attached" });
    const { text, loss, error } = await page.evaluate(() => ({ ...document.body.dataset }));
    assert.equal(error, undefined);
    assert.equal(text, expected);
    assert.ok(Number(loss) > 0);
    assert.ok(page.workers().length >= 1, "it works in a worker");
    await page.close();
  } finally {
    await site.close();
  }
}

run("npm", ["install", "--no-audit", "--no-fund"], { cwd: here });
const versions = JSON.parse(await readFile(join(here, "package.json"), "utf8")).devDependencies;
const chosen = process.argv.slice(2);
const names = Object.keys(BUNDLERS).filter((name) => !chosen.length || chosen.includes(name));
const model = await load(join(root, "dist/models/names.safetensors"));
const expected = await model.complete("em", { seed: 1 });
model.free();
const work = await mkdtemp(join(tmpdir(), "inkling-"));
await execute("npm", ["pack", "--ignore-scripts", "--pack-destination", work], { cwd: root });
const [tarball] = await readdir(work);
const args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];
const browser = await chromium.launch({ executablePath: findProgram("chromium"), args });
const rows = [];
for (const name of names) {
  const folder = join(work, name);
  await mkdir(folder);
  let outcome = "generates in a worker, trains";
  try {
    const install = ["install", join(work, tarball), "--offline", "--no-audit", "--no-fund"];
    await execute("npm", install, { cwd: folder });
    await tryOne(name, folder, browser, expected);
  } catch (error) {
    outcome = `FAILED: ${error.stderr || error.stdout || error.message}`;
    process.exitCode = 1;
  }
  const { devDependencies: own } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  rows.push(`| ${name} ${versions[name] ?? own[name]} | ${outcome} |`);
}
await browser.close();
await rm(work, { recursive: true, force: true });
console.log(["| bundler | outcome |", "|---|---|", ...rows].join("\n"));
