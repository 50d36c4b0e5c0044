// `npm test`: install what is missing, build, and run every test: the format and types of the
// sources; the C tests, and again under AddressSanitizer and UBSan of gcc and of clang, which see
// different things; some seconds of fuzzing; the doors; the module in Node; the page in Chromium,
// and the gist of it in Firefox and WebKit too; the package in bundlers. A suite that ran no test
// has failed.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { build, cmake } from "./build.mjs";
import { root, succeeds } from "./run.mjs";
import { installPackages, isHere, setup } from "./setup.mjs";

const filesOf = (...patterns) =>
  execFileSync("git", ["ls-files", ...patterns], { cwd: root, encoding: "utf8" })
    .trim()
    .split("\n");

const C_FILES = ["src", "tests", "examples"].map((folder) => `${folder}/*.[ch]`);

// C and JavaScript as their formatters write them, and the module as its types say.
function style() {
  const c = ["--dry-run", "-Werror", ...filesOf(...C_FILES)];
  const passed = [
    succeeds("clang-format", c),
    succeeds("npx", ["prettier", "--check", "--log-level", "warn", "."]),
    succeeds("npx", ["tsc", "--project", "."]),
    succeeds("npx", ["tsc", "--project", "tsconfig.page.json"]),
  ];
  return passed.every(Boolean);
}

const ctest = (folder) =>
  succeeds("ctest", ["--test-dir", folder, "--output-on-failure", "--no-tests=error", "-j2"]);

// Passes the output on and reads from the closing lines how many tests passed. As many files at
// once as there are cores: a test of a page waits for it half of the time.
function nodeTest(folder) {
  const isTest = (name) => name.endsWith(".test.mjs");
  const files = readdirSync(join(root, folder)).filter(isTest).sort();
  if (files.length === 0) return false;
  const args = [
    "--test",
    `--test-concurrency=${availableParallelism()}`,
    ...files.map((name) => join(folder, name)),
  ];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
    });
    child.on("close", (status) => resolve(status === 0 && /^\S+ pass [1-9]/m.test(output)));
  });
}

// Every fuzz target for some seconds, from the kept corpus, as many at once as there are cores.
// docs/reliability.md has longer ones.
const FUZZ_SECONDS = 8;
async function fuzz() {
  const folder = join(root, "build/fuzz");
  const targets = readdirSync(folder).filter((name) => /^fuzz_\w+$/.test(name));
  const found = mkdtempSync(join(tmpdir(), "inkling-fuzz-"));
  const passed = [];
  const next = async () => {
    for (let name = targets.pop(); name; name = targets.pop())
      passed.push(await fuzzTarget(folder, name, found));
  };
  try {
    await Promise.all(Array.from({ length: availableParallelism() }, next));
    return passed.length > 0 && passed.every(Boolean);
  } finally {
    rmSync(found, { recursive: true });
  }
}
async function fuzzTarget(folder, name, found) {
  const kept = join(root, "tests/fuzz/corpus", name.slice("fuzz_".length));
  const limits = [`-max_total_time=${FUZZ_SECONDS}`, "-timeout=20", "-rss_limit_mb=4096"];
  const seed = ["-seed=1", "-verbosity=0", `-artifact_prefix=${join(root, "build/fuzz")}/`];
  const own = join(found, name);
  mkdirSync(own);
  const args = [...limits, ...seed, own, kept];
  const child = spawn(join(folder, name), args, { cwd: root, stdio: "inherit" });
  const [status] = await once(child, "close");
  return status === 0;
}

setup({ forTests: true });
if (process.env.CI) installPackages("bench"); // of which onnxruntime-web runs what is exported
await build();
if (isHere("mpicc")) cmake("mpi", { options: ["-DINK_MPI=ON"], target: "inkling-command" });
const sanitized = ["-DINK_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug"];
cmake("sanitize", { options: sanitized });
cmake("fuzz", { options: [...sanitized, "-DCMAKE_C_COMPILER=clang", "-DINK_FUZZ=ON"] });

const suites = {
  Style: style,
  C: () => ctest("build/native"),
  "C, sanitized by gcc": () => ctest("build/sanitize"),
  "C, sanitized by clang": () => ctest("build/fuzz"),
  Fuzz: fuzz,
  Doors: () => nodeTest("tests/doors"),
  Node: () => nodeTest("tests/node"),
  Converters: () => nodeTest("tests/convert"),
  Browser: () => nodeTest("tests/browser"),
  Engines: () => nodeTest("tests/engines"),
  Bundlers: () => nodeTest("tests/matrix"),
};
const results = [];
for (const [name, suite] of Object.entries(suites)) {
  console.log(`\n---- ${name} ----`);
  const start = Date.now();
  results.push([name, await suite(), Math.round((Date.now() - start) / 1000)]);
}
console.log();
for (const [name, passed, seconds] of results)
  console.log(`${passed ? "passed" : "FAILED"}  ${name}, ${seconds} s`);
process.exit(results.every(([, passed]) => passed) ? 0 : 1);
