// Verbs that answer standard input line by line, as the lines come.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { openSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { commandWith, inkling, root } from "./helpers.mjs";

const model = (name) => join(root, `models/${name}.safetensors`);

/** The command with its input open: ask() sends some of it and waits for an answer to match. */
function opened(program, ...args) {
  const child = spawn(program, args);
  let written = "";
  child.stdout.setEncoding("utf8").on("data", (piece) => (written += piece));
  const ended = new Promise((resolve) => child.on("close", resolve));
  return {
    async ask(input, pattern) {
      const before = written.length;
      child.stdin.write(input);
      while (!pattern.test(written.slice(before))) {
        assert.equal(child.exitCode, null);
        await new Promise((resolve) => child.stdout.once("data", resolve));
      }
    },
    async end(input = "") {
      const before = written.length;
      child.stdin.end(input);
      return { status: await ended, stdout: written.slice(before) };
    },
  };
}

for (const [name, ...command] of [
  ["the command", inkling],
  ["what npx runs", process.execPath, join(root, "bin/inkling.js")],
]) {
  test(
    `lines are answered while more are being written, by ${name}`,
    { timeout: 60_000 },
    async () => {
      const classes = opened(...command, "classify", model("languages"), "--top", "1");
      await classes.ask("Kowalski\r\nKow", /^Polish [\d.]+\n$/);
      await classes.ask("alski\n\n", /^Polish [\d.]+\n\n$/);
      const { status, stdout } = await classes.end("Rossini");
      assert.deepEqual([status, stdout.split(" ")[0]], [0, "Italian"]);
      const dates = opened(...command, "translate", model("dates"));
      await dates.ask("\ufeff3 May 1979\n", /^1979-05-03\n$/);
      await dates.ask("4 May 1980\n5 May 1980\n", /^1980-05-04\n1980-05-05\n$/);
      assert.deepEqual(await dates.end(), { status: 0, stdout: "" });
    },
  );
}

test("a line that is no text is named by its place, and ends it", { timeout: 60_000 }, async () => {
  const { call, fail } = commandWith(Buffer.from("M\xfcller\n", "latin1"));
  fail(
    1,
    /^inkling: standard input: the text is not UTF-8 at byte 1: .*--encoding WINDOWS-1252\n$/,
    ...["classify", model("languages")],
  );
  assert.match(call("classify", model("languages"), "--encoding", "auto").stdout, /^German /);
  const child = opened(inkling, "classify", model("languages"), "--json");
  await child.ask("Kowalski\nSmith\n", /\n.*\n$/);
  assert.deepEqual(await child.end(Buffer.from("M\xfcller\nKowalski\n", "latin1")), {
    status: 1,
    stdout: "",
  });
});

test("a text to classify is one, whatever breaks it has", async () => {
  const { call, succeed } = commandWith("");
  const classes = (text) => succeed("classify", model("topics"), text, "--json");
  const mail = "Dear all, \n\n  the team won the final\r\nof the cup.\n";
  const line = "Dear all, the team won the final of the cup.";
  assert.equal(classes(mail), classes(line));
  for (const name of ["topics", "languages"]) {
    const module = await load(model(name));
    assert.deepEqual(await module.classify(mail), await module.classify(line));
    module.free();
  }
  assert.equal(classes("\n\n"), "[]\n");
  const two = call("classify", model("languages"), "van\nGogh", "--json");
  assert.equal(two.stdout, succeed("classify", model("languages"), "van Gogh", "--json"));
  assert.equal(two.stderr, "");
  assert.equal(
    succeed("translate", model("dates"), "3 May 1979\n4 May 1980"),
    "1979-05-03\n1980-05-04\n",
  );
});

test("who cannot write says why", () => {
  const full = { stdio: ["pipe", openSync("/dev/full", "w"), "pipe"] };
  for (const args of [
    ["generate", model("names")],
    ["classify", model("languages"), "Kowalski"],
    ["translate", model("dates"), "3 May 1979"],
    ["info", model("names")],
  ]) {
    const { status, stderr } = spawnSync(inkling, args, full);
    assert.deepEqual(
      [status, String(stderr)],
      [1, "inkling: cannot write standard output: No space left on device\n"],
      args.join(" "),
    );
  }
});
