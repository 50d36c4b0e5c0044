// `npx inkling export`: a model as an ONNX file, and as a page; and what the command itself says of
// the verbs and files that are npx's.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { exportOnnx, load } from "../../dist/inkling.js";
import { filesFolder } from "../convert/helpers.mjs";
import { inkling, npx, root, runIn, temporaryFolder } from "./helpers.mjs";

const names = join(root, "models/names.safetensors");

const native = (cwd, ...args) => runIn(cwd, inkling, ...args);

test("a model leaves as ONNX, and one of another program's too", async (t) => {
  const here = await temporaryFolder(t);
  assert.deepEqual(await npx(here, "export", names, "--onnx", "names.onnx"), {
    status: 0,
    stdout: "",
    stderr: "",
  });
  const written = await readFile(join(here, "names.onnx"));
  assert.ok(written.equals(await exportOnnx(names)));
  const archive = join(filesFolder, "keras-3-archive");
  const [model] = (await readdir(archive)).filter((name) => /\.keras$/.test(name));
  const { status, stderr } = await npx(here, "export", join(archive, model), "--onnx", "gru.onnx");
  assert.match(stderr, /^inkling: .*vocabulary.*\n$/); // which lies in a file of its own
  assert.equal(status, 1);
  assert.deepEqual(await readdir(here), ["names.onnx"]);
});

test("a model leaves as a page, with its settings", async (t) => {
  const here = await temporaryFolder(t);
  const given = ["--title", "Names", "--prompt", "em", "--temperature", "0.5", "--top-k", "5"];
  const { status, stderr } = await npx(here, "export", names, "--html", "names.html", ...given);
  assert.equal(status, 0, stderr);
  const page = await readFile(join(here, "names.html"), "utf8");
  assert.match(page, /<title>Names</);
  assert.match(page, /"prompt":"em","temperature":0.5,"topK":5/);
});

test("a page of a model without a name is headed by its text", async (t) => {
  const here = await temporaryFolder(t);
  await writeFile(join(here, "towns.txt"), "Darkfield\nOldburn\nWindcombe\n".repeat(30));
  const run = ["--text", "towns.txt", "--out", "own.safetensors", "--steps", "2"];
  assert.equal((await native(here, "train", ...run)).status, 0);
  const { stdout } = await npx(here, "export", "own.safetensors", "--html", "-");
  assert.match(stdout, /<title>towns</);
});

test("a page that nobody reads to its end ends quietly", async (t) => {
  const here = await temporaryFolder(t);
  const run = '"$0" "$1" export "$2" --html - | head -c 100; echo " ${PIPESTATUS[0]}"';
  const program = join(root, "bin/inkling.js");
  const { stdout, stderr } = await runIn(here, "bash", "-c", run, process.execPath, program, names);
  assert.equal(stderr, "");
  assert.match(stdout, /^<!doctype html>[^]* 1\n$/i);
});

test("what is wrong is one line, and nothing is written", async (t) => {
  const here = await temporaryFolder(t);
  const classifier = join(root, "models/languages.safetensors");
  for (const [status, message, ...args] of [
    [2, /one model/, "--onnx", "a"],
    [2, /--html FILE or --onnx FILE/, names],
    [2, /--html and --onnx make a file each/, names, "--onnx", "a", "--html", "b"],
    [2, /--prompt goes with --html/, names, "--onnx", "a", "--prompt", "b"],
    [2, /--seed is to be a number/, names, "--html", "a", "--seed", "b"],
    [
      2,
      /^inkling export: unknown option "--json"; see npx inkling export --help\n/,
      names,
      "--json",
    ],
    [2, /--html needs a value/, names, "--html"],
    [1, /topP must be/, names, "--html", "a", "--top-p", "2"],
    [1, /classifier/, classifier, "--onnx", "a"],
    [1, /none\.safetensors/, "none.safetensors", "--onnx", "a"],
  ]) {
    const result = await npx(here, "export", ...args);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, message);
    assert.match(result.stderr, /^inkling.*\n$/);
  }
  await writeFile(join(here, "own.safetensors"), await readFile(names));
  const over = await npx(here, "export", "own.safetensors", "--onnx", "./own.safetensors");
  assert.match(over.stderr, /would be overwritten/);
  assert.deepEqual(await readdir(here), ["own.safetensors"]);
  (await load(join(here, "own.safetensors"))).free();
});

test("a page goes to standard output, and every verb says what it takes", async (t) => {
  const here = await temporaryFolder(t);
  const { stdout } = await npx(here, "export", names, "--html", "-");
  assert.match(stdout, /^<!doctype html>[^]*<\/html>\n$/);
  assert.deepEqual(await readdir(here), []);
  for (const [verb, option] of Object.entries({ convert: "window", export: "onnx", serve: "port" }))
    for (const args of [
      [verb, "--help"],
      [verb, "-h"],
      ["help", verb],
    ]) {
      const help = await npx(here, ...args);
      assert.equal(help.status, 0);
      assert.match(help.stdout, RegExp(`^inkling ${verb} [^]*--${option}`));
    }
});

test("the command names the line of npx for its verbs, and for other programs' files", async (t) => {
  const here = await temporaryFolder(t);
  for (const verb of ["convert", "export", "serve"]) {
    const { status, stderr } = await native(here, verb, "model.h5");
    assert.equal(status, 2);
    assert.match(stderr, RegExp(`npx inkling ${verb}\n$`));
  }
  for (const file of ["keras-1-per-gate/model.h5", "pytorch-legacy-double/model.pt"]) {
    const path = join(filesFolder, file);
    const { status, stderr } = await native(here, "generate", path);
    assert.equal(status, 1);
    assert.ok(stderr.endsWith(`npx inkling convert ${path} --out MODEL\n`), stderr);
  }
});
