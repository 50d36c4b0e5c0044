// The command as npx runs it, in WebAssembly, held against the native one: the same bytes on
// standard output and standard error, the same files, the same exit status.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "./helpers.mjs";

const NATIVE = [join(root, "build/native/inkling")];
const NPX = [process.execPath, join(root, "bin/inkling.js")];
const models = join(root, "models");

const folder = mkdtempSync(join(tmpdir(), "inkling-npx-"));
after(() => rmSync(folder, { recursive: true }));

function run([command, ...first], args, { input = "", cwd = models } = {}) {
  const { status, stdout, stderr } = spawnSync(command, [...first, ...args], { input, cwd });
  return { status, stdout: stdout.toString("latin1"), stderr: stderr.toString("latin1") };
}

/** Runs both, holds the one against the other, and gives what they wrote. */
function both(args, options) {
  const result = run(NATIVE, args, options);
  assert.deepEqual(run(NPX, args, options), result, args.join(" "));
  return result;
}

function succeed(args, options) {
  const { status, stdout, stderr } = both(args, options);
  assert.equal(status, 0, stderr);
  assert.notEqual(stdout, "");
  return stdout;
}

const pairs = "3 May 1979\t1979-05-03\n7.11.88\t1988-11-07\n21 June 2004\t2004-06-21\n";
const classes = "Greek\tPapadopoulos\nPolish\tKowalczyk\nJapanese\tNakamura\n";
const poem = "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate:\n";

before(() => {
  writeFileSync(join(folder, "pairs.tsv"), pairs);
  writeFileSync(join(folder, "classes.tsv"), classes);
  writeFileSync(join(folder, "poem.txt"), poem);
});

describe("a shipped model does what it does natively", () => {
  const at = (name) => join(folder, name);
  const CASES = [
    ["--version"],
    ["info", "emoji.safetensors", "--kernel", "simd"],
    ["info", "names.safetensors", "--json", "--kernel", "simd"],
    ["generate", "names.safetensors", "--prompt", "em", "--samples", "20", "--seed", "4"],
    ["generate", "shakespeare.safetensors", "--prompt", "ROMEO:", "--length", "1500", "--echo"],
    ["generate", "shakespeare-int8.safetensors", "--length", "1500", "--top-p", "0.9"],
    ["generate", "shakespeare-int8.safetensors", "--kernel", "scalar", "--length", "300"],
    ["generate", "alice.safetensors", "--prompt", "Alice was", "--temperature", "0.7", "--json"],
    ["generate", "names.safetensors", "--prompt", "em", "--beam", "5", "--samples", "5", "--json"],
    ["generate", "--ngram", at("poem.txt"), "--order", "4", "--seed", "7"],
    ["classify", "languages.safetensors", "Papadopoulos"],
    ["translate", "english-french.safetensors", "Where is the station?"],
    ["evaluate", "shakespeare-int8.safetensors", "--text", at("poem.txt"), "--json"],
    ["evaluate", "shakespeare.safetensors", "--text", at("poem.txt"), "--ngram", at("poem.txt")],
    ["evaluate", "dates.safetensors", "--text", at("pairs.tsv"), "--beam", "2"],
    ["evaluate", "languages.safetensors", "--text", at("classes.tsv"), "--json"],
  ];
  for (const args of CASES) test(args.join(" ").replaceAll(folder, ""), () => void succeed(args));

  test("lines of standard input, and paths up and down from the folder", () => {
    const input = "Kowalczyk\nNakamura\n";
    assert.match(succeed(["classify", "./languages.safetensors"], { input }), /Polish/);
    const cwd = join(models, "../tests/node");
    assert.match(
      succeed(["info", "../../models/dates.safetensors", "--kernel", "simd"], { cwd }),
      /translator/,
    );
    assert.match(
      succeed(["evaluate", "names.safetensors", "--text", "-"], { input: "emma\n" }),
      /nats/,
    );
  });

  test("pictures are captioned", () => {
    const square = (r, g, b) =>
      Buffer.concat([Buffer.from("P6\n8 8\n255\n"), Buffer.from(Array(64).fill([r, g, b]).flat())]);
    writeFileSync(at("two.ppm"), Buffer.concat([square(223, 47, 58), square(63, 154, 72)]));
    const captions = succeed(["caption", "emoji.safetensors", at("two.ppm"), "--json"]);
    assert.equal(JSON.parse(captions).captions.length, 2);
  });

  test("a model is stored with int8 weights in a file of the same bytes", () => {
    for (const [name, command] of Object.entries({ native: NATIVE, npx: NPX })) {
      const cwd = join(folder, name);
      mkdirSync(cwd);
      const args = [
        "quantize",
        join(models, "shakespeare.safetensors"),
        "--out",
        "small.safetensors",
      ];
      assert.equal(run(command, args, { cwd }).status, 0);
    }
    const [native, npx] = ["native", "npx"].map((name) => join(folder, name, "small.safetensors"));
    assert.ok(readFileSync(npx).equals(readFileSync(native)));
  });
});

test("texts in other encodings are read as natively", () => {
  const path = join(folder, "encoded.txt");
  const utf16 = (text) => Buffer.from(text, "utf16le");
  const bytes = (hex) => Buffer.from(hex, "hex");
  for (const [encoding, text, encoded] of [
    ["latin1", "Élodie au café", Buffer.from("Élodie au café", "latin1")],
    ["windows-1252", "“Zoë” – 5 €", bytes("935a6feb94209620352080")],
    ["utf-16le", "été 日本 😀", utf16("été 日本 😀")],
    ["utf-16be", "été 日本 😀", utf16("été 日本 😀").swap16()],
    ["utf-16", "emma and olivia", utf16("emma and olivia")],
    ["auto", "emma\nolivia", utf16("\ufeffemma\nolivia")],
    ["koi8-r", "Жизнь, ёлка", bytes("f6c9daced82c20a3cccbc1")],
    ["shift_jis", "日本語カタカナ", bytes("93fa967b8cea834a835e834a8369")],
  ]) {
    writeFileSync(path, encoded);
    const args = ["--novelty", path, "--text", path, "--encoding", encoding, "--json"];
    assert.equal(
      JSON.parse(succeed(["evaluate", ...args])).longestText,
      Buffer.from(text).toString("latin1"),
      encoding,
    );
  }
  const { status, stderr } = run(NPX, [
    "evaluate",
    "--novelty",
    path,
    "--text",
    path,
    "--encoding",
    "ibm037",
  ]);
  assert.equal(status, 1);
  assert.match(stderr, /^inkling: there is no encoding "ibm037" in WebAssembly; .+ converts .+\n$/);
});

test("what is wrong is said as natively", () => {
  for (const args of [
    ["write"],
    ["generate"],
    ["generate", "names.safetensors", "--length", "many"],
    ["generate", "names.safetensors", "--prompt", "É"],
    ["generate", "none.safetensors"],
    ["generate", "README.md"],
    ["train", "--text", "none.txt", "--out", join(folder, "none.safetensors")],
    ["train", "--text", join(folder, "poem.txt"), "--out", join(folder, "no/such/folder")],
    ["classify", "names.safetensors", "em"],
  ]) {
    const { status, stdout, stderr } = both(args);
    assert.ok(status === 1 || status === 2, `${args}: ${status}`);
    assert.equal(stdout, "");
    assert.match(stderr, /^inkling.*\n$/);
  }
});

test("a kernel that this build lacks is refused", () => {
  const { status, stderr } = run(NPX, ["info", "names.safetensors", "--kernel", "avx2"]);
  assert.equal(status, 2);
  assert.match(stderr, /no kernels/);
});

// Training adds up in the order that its kernels like best, so the last digits may differ.
test("a network is trained, and what WebAssembly lacks for it is said", () => {
  const input = "the quick brown fox jumps over the lazy dog.\n".repeat(100);
  const train = [..."train --text - --hidden 24 --batch 4 --nchars 25 --steps 400".split(" ")];
  train.push("--learning-rate", "0.01", "--threads", "1", "--out");
  const losses = { native: NATIVE, npx: NPX };
  for (const [name, command] of Object.entries(losses)) {
    const args = [...train, join(folder, `${name}.safetensors`), "--json"];
    const { status, stdout, stderr } = run(command, args, { input });
    assert.equal(status, 0, stderr);
    losses[name] = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).loss);
  }
  assert.equal(losses.npx.length, 400);
  losses.npx.forEach((loss, i) => {
    const off = Math.abs(loss - losses.native[i]);
    assert.ok(off < (i < 20 ? 1e-4 : 0.05), `step ${i + 1}: ${loss}, ${losses.native[i]}`);
  });
  const greedy = ["--prompt", "the quick", "--temperature", "0", "--length", "20"];
  const written = succeed(["generate", join(folder, "npx.safetensors"), ...greedy]);
  assert.equal(written, " brown fox jumps ove");

  const { stderr } = run(NPX, [...train, join(folder, "said.safetensors")], { input });
  assert.match(stderr, /in one thread; Ctrl-C leaves no checkpoint/);
});

test("serve serves the page, and says what is wrong with its options", async (t) => {
  const [node, script] = NPX;
  const child = spawn(node, [script, "serve", "--port", "0"], { cwd: folder });
  t.after(() => child.kill());
  const address = await new Promise((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(String(line).match(/http:\S+/)[0]));
    child.once("exit", () => reject(new Error("it ended")));
  });
  assert.match(await (await fetch(address)).text(), /<title>Inkling/);
  for (const args of [["--port", "65536"], ["--port"], ["--there"], ["here"]]) {
    const { status, stderr } = run(NPX, ["serve", ...args]);
    assert.equal(status, 2);
    assert.match(stderr, /^inkling serve: .+\n$/);
  }
  const help = run(NPX, ["--help"]);
  assert.match(help.stdout, /^inkling train [^]+^inkling serve .+address/m);
  assert.deepEqual(run(NPX, []), { ...help, status: 2 });
});
