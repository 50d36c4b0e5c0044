// What keeps a training run of the command from being lost: checkpoints by time, a lock, signals,
// and no checkpoint overwritten without a word.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { replaced } from "../node/helpers.mjs";
import { file, folder, inkling, run } from "./doors.mjs";

const text = file("The owl and the fox went to sea, in a pea-green boat.\n".repeat(60));
const SHAPE = "--hidden 12 --batch 4 --nchars 16 --layers 1 --threads 1 --embed 0".split(" ");
const at = (name) => join(folder, name);
const KILLS = Number(process.env.INKLING_KILLS ?? 6);

/** A training run that goes on until it is told to stop. */
function begin(out, ...more) {
  const shape = replaced(SHAPE, ...more);
  const args = ["train", "--text", text, "--out", out, ...shape, "--steps", "100000000"];
  const child = spawn(inkling, args, { stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  child.stderr.on("data", (part) => (stderr += part));
  const ended = new Promise((resolve) =>
    child.on("close", (status, signal) => resolve({ status, signal, stderr })),
  );
  return { child, ended, said: () => stderr };
}
async function waitFor(condition, what) {
  for (let i = 0; !condition(); i++) {
    assert.ok(i < 400, what);
    await sleep(25);
  }
}
const stepOf = (path) => Number(JSON.parse(run(["info", path, "--json"]).stdout).metadata.step);

test("a checkpoint is written every so many seconds, with nothing held out too", async () => {
  const out = at("timed");
  const { child, ended } = begin(out, "--validation", "0", "--checkpoint-every", "0.1");
  await waitFor(() => existsSync(`${out}.checkpoint`), "a checkpoint");
  const first = stepOf(`${out}.checkpoint`);
  await waitFor(() => stepOf(`${out}.checkpoint`) > first, "another");
  child.kill("SIGKILL");
  await ended;
});

test("--checkpoint-every 0 writes none until a signal", async () => {
  const out = at("untimed");
  const { child, ended } = begin(out, "--validation", "0", "--checkpoint-every", "0");
  await sleep(500);
  assert.ok(!existsSync(`${out}.checkpoint`));
  child.kill("SIGTERM");
  assert.equal((await ended).status, 1);
  assert.ok(existsSync(`${out}.checkpoint`));
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  test(`${signal} saves the run, and says how to go on`, async () => {
    const out = at(`run-${signal}`);
    const { child, ended } = begin(out, "--validation", "0", "--checkpoint-every", "0.05");
    await waitFor(() => existsSync(`${out}.checkpoint`), "the first step");
    child.kill(signal);
    const { status, stderr } = await ended;
    assert.equal(status, 1);
    assert.match(stderr, /interrupted at step \d+; go on with --resume/);
    assert.ok(existsSync(`${out}.checkpoint`) && !existsSync(`${out}.lock`));
  });
}

test("a second signal ends the run at once", async () => {
  const out = at("twice");
  // One step takes seconds.
  const { child, ended } = begin(out, "--validation", "0", "--hidden", "1500", "--layers", "3");
  await waitFor(() => existsSync(`${out}.lock`), "the lock");
  await sleep(1500);
  child.kill("SIGINT");
  await sleep(50);
  const second = Date.now();
  child.kill("SIGINT");
  const { status, signal } = await ended;
  assert.ok(status === 130 || signal === "SIGINT" || status === 1, `${status} ${signal}`);
  assert.ok(Date.now() - second < 1000);
});

test("two runs of one model are refused the second time", async () => {
  const out = at("locked");
  const { child, ended } = begin(out, "--validation", "0", "--checkpoint-every", "0");
  await waitFor(() => existsSync(`${out}.lock`), "the lock");
  const second = run(["train", "--text", text, "--out", out, ...SHAPE, "--steps", "2"]);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another run is training this model/);
  child.kill("SIGKILL");
  await ended;
  // A lock whose run was killed holds nobody up.
  assert.equal(run(["train", "--text", text, "--out", out, ...SHAPE, "--steps", "2"]).status, 0);
  assert.ok(!existsSync(`${out}.lock`));
});

test("the checkpoint of an unfinished run is not overwritten without a word", async () => {
  const out = at("unfinished");
  const { child, ended } = begin(out, "--validation", "0", "--checkpoint-every", "0.05");
  await waitFor(() => existsSync(`${out}.checkpoint`), "a checkpoint");
  child.kill("SIGKILL");
  await ended;
  const before = readFileSync(`${out}.checkpoint`);
  const again = ["train", "--text", text, "--out", out, ...SHAPE, "--steps", "2"];
  const refused = run(again);
  assert.equal(refused.status, 1);
  assert.match(
    refused.stderr,
    /has not finished: go on with --resume .* or give it up with --over/,
  );
  const misnamed = run([...again, "--resume", at("absent")]);
  assert.equal(misnamed.status, 1);
  assert.match(misnamed.stderr, /^inkling: cannot open \S+absent: [^\n]+\n$/);
  assert.ok(readFileSync(`${out}.checkpoint`).equals(before));
  assert.equal(run([...again, "--overwrite"]).status, 0);
  assert.ok(!existsSync(`${out}.checkpoint`));
});

test("a run that goes on refuses other options, and takes the same", async () => {
  const out = at("options");
  const { child, ended } = begin(out, "--learning-rate", "0.003", "--checkpoint-every", "0.05");
  await waitFor(() => existsSync(`${out}.checkpoint`), "a checkpoint");
  child.kill("SIGINT");
  await ended;
  const checkpoint = file(readFileSync(`${out}.checkpoint`));
  const step = stepOf(checkpoint);
  const resume = (...more) =>
    run(["train", "--text", text, "--out", at("resumed"), "--resume", checkpoint, ...more]);
  const others = {
    hidden: 16,
    cell: "gru",
    layers: 2,
    "learning-rate": 0.1,
    batch: 8,
    nchars: 20,
    dropout: 0.5,
    seed: 9,
    level: "word",
    validation: 0.2,
  };
  for (const [name, value] of Object.entries(others)) {
    const { status, stderr } = resume(`--${name}`, `${value}`);
    assert.equal(status, 2, name);
    assert.match(stderr, new RegExp(`--${name} is ${value}.* which stays`));
  }
  const same = ["--hidden", "12", "--learning-rate", "0.0030", "--threads", "2"];
  assert.equal(resume(...same, "--steps", `${step + 5}`).status, 0);
});

test("a run is not made shorter than it is; one with all its steps writes its model", async () => {
  const out = at("finished");
  const { child, ended } = begin(out, "--checkpoint-every", "0.05");
  await waitFor(() => existsSync(`${out}.checkpoint`), "a checkpoint");
  await waitFor(() => stepOf(`${out}.checkpoint`) > 100, "more than an epoch");
  child.kill("SIGINT");
  await ended;
  const args = ["train", "--text", text, "--out", out, "--resume", `${out}.checkpoint`];
  const made = stepOf(`${out}.checkpoint`);
  for (const fewer of ["--steps", "--epochs"]) {
    const { status, stderr } = run([...args, fewer, "1"]);
    assert.equal(status, 2, stderr);
    assert.match(stderr, new RegExp(`${fewer} is 1, but this run .* --steps ${made} ends it here`));
  }
  const { status, stderr } = run([...args, "--steps", `${made}`]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /has made all its steps/);
  assert.equal(run(["info", out]).status, 0);
});

test("a run whose words are all too rare says so, and ends although it writes nothing", () => {
  const words = file(Array.from({ length: 60 }, (_, i) => `word${i}\n`).join(""));
  const args = ["train", "--text", words, "--out", at("rare"), "--level", "word", "--lines"];
  const { status, stderr } = run([...args, ...SHAPE, "--min-count", "2", "--steps", "200"]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, /no word of the text occurs 2 times.*lower --min-count/);
});

test("a model that cannot be written for a while does not end the run", async () => {
  // The checkpoint's folder goes away and comes back.
  const { mkdirSync, renameSync } = await import("node:fs");
  mkdirSync(at("going"));
  const out = at("going/m");
  const { child, ended, said } = begin(out, "--validation", "0", "--checkpoint-every", "0.05");
  await waitFor(() => existsSync(`${out}.checkpoint`), "a checkpoint");
  renameSync(at("going"), at("gone"));
  await waitFor(() => said().includes("cannot write"), "a word about it");
  renameSync(at("gone"), at("going"));
  const before = statSync(`${out}.checkpoint`).mtimeMs;
  await waitFor(() => statSync(`${out}.checkpoint`).mtimeMs > before, "another checkpoint");
  child.kill("SIGINT");
  const { stderr } = await ended;
  assert.match(stderr, /cannot write .*checkpoint/);
  assert.match(stderr, /go on with --resume/);
});

test(`kill -9 at ${KILLS} random moments: whole files, and the run ends as if it had not been`, async () => {
  const steps = 3000 + 600 * KILLS;
  const args = [
    "train",
    "--text",
    text,
    ...SHAPE,
    "--steps",
    `${steps}`,
    "--validate-every",
    "500",
  ];
  const more = ["--trained-on", "x", "--checkpoint-every", "0.02"];
  assert.equal(run([...args, ...more, "--out", at("whole")]).status, 0);
  const out = at("killed");
  let kills = 0;
  for (; kills < KILLS; kills++) {
    const resumed = existsSync(`${out}.checkpoint`) ? ["--resume", `${out}.checkpoint`] : [];
    const child = spawn(inkling, [...args, ...more, "--out", out, ...resumed], { stdio: "ignore" });
    const ended = new Promise((resolve) => child.on("close", (status) => resolve(status)));
    const killed = await Promise.race([ended, sleep(20 + Math.random() * 250)]);
    if (killed === 0) break; // it was quicker
    child.kill("SIGKILL");
    await ended;
    for (const path of [out, `${out}.checkpoint`]) {
      if (existsSync(path)) assert.equal(run(["info", path]).status, 0, `${path} is whole`);
    }
  }
  const last = existsSync(`${out}.checkpoint`) ? ["--resume", `${out}.checkpoint`] : [];
  if (last.length > 0 || !existsSync(out)) {
    assert.equal(run([...args, ...more, "--out", out, ...last]).status, 0);
  }
  assert.ok(
    readFileSync(out).equals(readFileSync(at("whole"))),
    `the same model after ${kills} kills`,
  );
  console.log(`killed ${kills} times in ${steps} steps`);
  const left = readdirSync(folder).filter((name) => /^killed\..*(part|lock)$/.test(name));
  assert.deepEqual(left, []);
});
