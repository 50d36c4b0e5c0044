// The bench, at a glance and without the libraries that it compares with: what it says, not how
// fast.

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  makeTensors,
  layOut,
  quantised,
  writeFile as safetensors,
} from "../../bench/page/random-model.mjs";
import { root, run, temporaryFolder } from "./helpers.mjs";

const bench = (...options) => run(process.execPath, [join(root, "bench/bench.mjs"), ...options]);
const command = join(root, "build/native/inkling");

const GENERATED = [
  "LSTM 1x128 V=84",
  "GRU 1x256 V=84",
  "LSTM 2x512 V=65",
  "LSTM 1x1024 V=96",
  "LSTM 1x256 V=10000",
];
const positive = (value) => Number.isFinite(value) && value > 0;

test("the bench in Node and natively gives a row for every network and every other task", async () => {
  const quick = ["--quick", "--json", "--without-peers"];
  const { stdout } = await bench(...quick, "--only", "native", "--only", "node");
  const { machine, quick: isQuick, rows } = JSON.parse(stdout);
  assert.equal(isQuick, true);
  assert.equal(machine.node, process.version);
  for (const where of ["native", "Node"]) {
    const own = rows.filter((row) => row.where === where && row.charactersPerSecond !== undefined);
    for (const weights of ["f32", "int8"]) {
      for (const streams of [1, 8]) {
        const same = own.filter(
          (row) => row.task === "generate" && row.weights === weights && row.streams === streams,
        );
        assert.deepEqual(
          same.map(({ network }) => network),
          GENERATED,
          `${where} ${weights} ${streams}`,
        );
      }
      const read = own.filter((row) => row.task === "read" && row.weights === weights);
      assert.deepEqual(
        read.map(({ network }) => network),
        GENERATED,
        `${where} ${weights}, prompts`,
      );
    }
    for (const row of own) {
      assert.match(row.program, /^inkling/);
      assert.ok(positive(row.charactersPerSecond) && positive(row.share), JSON.stringify(row));
    }
    const others = rows.filter((row) => row.where === where && row.examplesPerSecond !== undefined);
    assert.deepEqual(
      others.map(({ task, network }) => [task, network]),
      [
        ["classify", "languages"],
        ["classify", "topics"],
        ["translate", "dates"],
        ["translate", "english-french"],
        ["caption", "emoji"],
      ],
    );
    for (const { task, examplesPerSecond, encoder } of others) {
      assert.ok(positive(examplesPerSecond), task);
      // Nearly all of a caption's time is its encoder's, which Node measures apart: on a busy
      // machine a glance of it can come out longer than the whole.
      assert.ok(task === "classify" ? encoder === undefined : positive(encoder), task);
    }
  }
});

test("what the bench cannot do is said", async () => {
  await assert.rejects(bench("--only", "nothing"), { code: 2, stderr: /--only nothing/ });
  for (const [option, value] of [
    ["--network", "LSTM"],
    ["--task", "sing"],
    ["--runs", "0"],
    ["--runs", "101"],
    ["--seconds", "0"],
  ]) {
    const stderr = new RegExp(option);
    await assert.rejects(run(command, ["bench", option, value]), { code: 2, stderr });
  }
});

test("inkling bench measures one network's training, and one model file", async (t) => {
  const glance = ["--json", "--runs", "1", "--seconds", "0.02"];
  const training = ["--task", "train", "--network", "LSTM 1x128 V=84", "--threads", "1"];
  const { rows, kernels } = JSON.parse(
    (await run(command, ["bench", ...glance, ...training])).stdout,
  );
  assert.ok(kernels);
  assert.deepEqual(
    rows.map(({ task, threads }) => [task, threads]),
    [["train", 1]],
  );
  assert.ok(positive(rows[0].tokensPerSecond) && positive(rows[0].share));

  const { header, data } = layOut(makeTensors({ hidden: 20 }));
  const path = join(await temporaryFolder(t), "model.safetensors");
  await writeFile(path, safetensors(header, data));
  const ofFile = JSON.parse((await run(command, ["bench", path, ...glance])).stdout);
  assert.ok(ofFile.rows.length > 0);
  for (const row of ofFile.rows) assert.equal(row.network, path);
});

test("the bench's int8 models are those that inkling quantize makes", async (t) => {
  const folder = await temporaryFolder(t);
  const tensors = makeTensors({ cell: "gru", hidden: 20, seed: 5 });
  const write = (of) => {
    const { header, data } = layOut(of);
    return safetensors(header, data);
  };
  const [from, to] = ["f32", "int8"].map((name) => join(folder, `${name}.safetensors`));
  await writeFile(from, write(tensors));
  await run(command, ["quantize", from, "--out", to]);
  const file = await readFile(to);
  const size = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString("utf8", 8, 8 + size));
  for (const [name, { dtype, shape, data }] of Object.entries(quantised(tensors))) {
    assert.equal(header[name].dtype, dtype, name);
    assert.deepEqual(header[name].shape, shape, name);
    const [start, end] = header[name].data_offsets.map((offset) => 8 + size + offset);
    assert.deepEqual(new Uint8Array(file.subarray(start, end)), new Uint8Array(data), name);
  }
});
