// What the command writes: never over what it reads, never anything but a file replaced, whole or
// not at all.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { file, folder, inkling, run } from "./doors.mjs";

const text = "Never odd or even, said the fox to the owl.\n".repeat(40);
const TINY = "--steps 4 --hidden 4 --batch 2 --nchars 8 --layers 1 --threads 1".split(" ");
const trainTo = (out, ...more) =>
  run(["train", "--text", file(text), "--out", out, ...TINY, ...more]);
const at = (name) => join(folder, name);
const opens = (path) => run(["info", path]).status === 0;

const refuses = (result, pattern, status = 1) => {
  assert.equal(result.status, status, result.stderr);
  assert.match(result.stderr, pattern);
};

// ---- Inputs are not outputs ----

for (const input of ["text", "pictures", "from", "resume"]) {
  for (const way of ["the same name", "a symbolic link", "another way to it"]) {
    test(`--out that is --${input}, by ${way}, is refused and left as it is`, () => {
      const read = file("what must stay");
      let out = read;
      if (way === "a symbolic link") symlinkSync(read, (out = `${read}.link`));
      if (way === "another way to it")
        out = join(folder, "..", folder.split("/").at(-1), read.split("/").at(-1));
      const more = { text: [], pictures: ["--task", "captioner"], from: [], resume: [] }[input];
      const options =
        input === "text" ? ["--text", read] : ["--text", file(text), `--${input}`, read];
      refuses(run(["train", ...options, "--out", out, ...TINY, ...more]), /is read/);
      assert.equal(readFileSync(read, "utf8"), "what must stay");
    });
  }
}

test("a checkpoint's name that is the text's is refused", () => {
  writeFileSync(at("m.checkpoint"), text);
  const args = ["train", "--text", at("m.checkpoint"), "--out", at("m"), ...TINY, "--overwrite"];
  refuses(run(args), /is read/);
  assert.equal(readFileSync(at("m.checkpoint"), "utf8"), text);
});

test("a model that is there and will be replaced is named before training", () => {
  assert.doesNotMatch(trainTo(at("again")).stderr, /will be replaced/);
  assert.match(
    trainTo(at("again")).stderr,
    /again is there, and will be replaced\n.*training takes/,
  );
});

test("quantize refuses to write what it reads", () => {
  assert.equal(trainTo(at("q")).status, 0);
  const before = readFileSync(at("q"));
  refuses(run(["quantize", at("q"), "--out", at("q")]), /is read/);
  assert.ok(readFileSync(at("q")).equals(before));
});

// ---- What is no regular file ----

test("a directory is refused before anything is read", () => {
  mkdirSync(at("directory"));
  refuses(
    run(["train", "--text", at("not there"), "--out", at("directory"), ...TINY]),
    /directory/i,
  );
});

test("a folder that is not there is refused before training", () => {
  refuses(trainTo(at("no/such/folder/m")), /No such file/);
});

test("a character device is written to, and stays one", () => {
  assert.equal(trainTo("/dev/null").status, 0);
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
  assert.equal(run(["quantize", at("q"), "--out", "/dev/null"]).status, 0);
  assert.ok(lstatSync("/dev/null").isCharacterDevice());
});

test("a full device is said, and fails", () => {
  refuses(trainTo("/dev/full"), /\/dev\/full: No space left/);
  assert.ok(lstatSync("/dev/full").isCharacterDevice());
});

test("a pipe gets the model, once, and stays one", async () => {
  const pipe = at("pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const reader = spawn("cat", [pipe], { stdio: ["ignore", "pipe", "ignore"] });
  const parts = [];
  reader.stdout.on("data", (part) => parts.push(part));
  const ended = new Promise((resolve) => reader.on("close", resolve));
  assert.equal(trainTo(pipe, "--validate-every", "1").status, 0);
  await ended;
  assert.ok(lstatSync(pipe).isFIFO());
  assert.ok(opens(file(Buffer.concat(parts))));
  assert.ok(!existsSync(`${pipe}.checkpoint`) && !existsSync(`${pipe}.lock`));
});

test("- is standard output", () => {
  const { status, stdout } = trainTo("-");
  assert.equal(status, 0);
  assert.ok(opens(file(stdout)));
  const smaller = run(["quantize", file(stdout), "--out", "-"]);
  assert.ok(opens(file(smaller.stdout)));
  assert.ok(!existsSync("-") && !existsSync("-.checkpoint"));
  refuses(trainTo("-", "--json"), /both take standard output/, 2);
});

test("a link is followed, and stays one", () => {
  writeFileSync(at("target"), "old");
  mkdirSync(at("elsewhere"));
  symlinkSync("../target", at("elsewhere/link"));
  assert.equal(trainTo(at("elsewhere/link")).status, 0);
  assert.ok(lstatSync(at("elsewhere/link")).isSymbolicLink());
  assert.ok(opens(at("target")));
});

test("a link to nothing makes what it names", () => {
  symlinkSync("made", at("dangling"));
  assert.equal(trainTo(at("dangling")).status, 0);
  assert.ok(lstatSync(at("dangling")).isSymbolicLink() && opens(at("made")));
});

test("a link to itself is refused", () => {
  symlinkSync("loop", at("loop"));
  refuses(trainTo(at("loop")), /cannot write/);
});

for (const mode of [0o600, 0o640, 0o666]) {
  test(`the mode ${mode.toString(8)} of a file that is replaced stays`, () => {
    const out = file("old");
    chmodSync(out, mode);
    assert.equal(trainTo(out).status, 0);
    assert.equal(statSync(out).mode & 0o777, mode);
  });
}

test("a new file has the mode that the user's mask leaves", () => {
  const script = `umask 027; exec "$0" "$@"`;
  const args = [
    "-c",
    script,
    inkling,
    "train",
    "--text",
    file(text),
    "--out",
    at("masked"),
    ...TINY,
  ];
  assert.equal(spawnSync("sh", args).status, 0);
  assert.equal(statSync(at("masked")).mode & 0o777, 0o640);
});

test("unfinished files of runs that were killed are removed, and nothing else", () => {
  const out = at("stale.safetensors");
  const dead = spawnSync("true").pid;
  const kept = [
    `${out}.${process.pid}.part`,
    `${out}.x.part`,
    `${at("other")}.${dead}.part`,
    `${out}.part`,
  ];
  for (const path of [`${out}.${dead}.part`, ...kept]) writeFileSync(path, "");
  assert.equal(trainTo(out).status, 0);
  assert.ok(!existsSync(`${out}.${dead}.part`));
  for (const path of kept) assert.ok(existsSync(path), path);
});

test("nothing is left beside a model that is done", () => {
  mkdirSync(at("clean"));
  assert.equal(trainTo(at("clean/m")).status, 0);
  assert.deepEqual(readdirSync(at("clean")), ["m"]);
});

// ---- Standard output ----

for (const verb of ["info", "generate", "evaluate", "--help", "--version"]) {
  for (const json of verb.startsWith("--") ? [false] : [false, true]) {
    test(`${verb}${json ? " --json" : ""} to a full device fails and says so`, () => {
      const args = {
        info: ["info", at("q")],
        generate: ["generate", at("q")],
        evaluate: ["evaluate", at("q"), "--text", file(text)],
      }[verb] ?? [verb];
      const script = `exec "$0" "$@" > /dev/full`;
      const result = spawnSync("sh", ["-c", script, inkling, ...args, ...(json ? ["--json"] : [])]);
      assert.equal(result.status, 1);
      assert.match(result.stderr.toString(), /cannot write standard output/);
    });
  }
}

// ---- Bits ----

test("a model in which any one bit of its tensors is other is refused", () => {
  const bytes = readFileSync(at("q"));
  const start = 8 + Number(bytes.readBigUInt64LE());
  const step = Math.ceil((bytes.length - start) / 100);
  for (let at = start; at < bytes.length; at += step) {
    const other = Buffer.from(bytes);
    other[at] ^= 1 << (at % 8);
    refuses(run(["info", file(other)]), /the file is damaged/);
  }
});
