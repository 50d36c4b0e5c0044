// `npm test`: install what is missing, build, and run every test: the format and types of the sources; the C
// tests twice, the second time under AddressSanitizer and UBSan; the module in Node; the page in
// Chromium, and the gist of it in Firefox and WebKit too; the package in bundlers. A suite that ran
// no test has failed.

import { execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { build, cmake } from "./build.mjs";
import { root, succeeds } from "./run.mjs";
import { isHere, setup } from "./setup.mjs";

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

// Passes the output on and reads from the closing lines how many tests passed.
function nodeTest(folder) {
  const isTest = (name) => name.endsWith(".test.mjs");
  const files = readdirSync(join(root, folder)).filter(isTest).sort();
  if (files.length === 0) return false;
  const args = ["--test", ...files.map((name) => join(folder, name))];
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

setup({ forTests: true });
await build();
if (isHere("mpicc")) cmake("mpi", { options: ["-DINK_MPI=ON"], target: "inkling-command" });
cmake("sanitize", { options: ["-DINK_SANITIZE=ON", "-DCMAKE_BUILD_TYPE=Debug"] });

const suites = {
  Style: style,
  C: () => ctest("build/native"),
  "C, sanitized": () => ctest("build/sanitize"),
  Node: () => nodeTest("tests/node"),
  Converters: () => nodeTest("tests/convert"),
  Browser: () => nodeTest("tests/browser"),
  Engines: () => nodeTest("tests/engines"),
  Bundlers: () => nodeTest("tests/matrix"),
};
const results = [];
for (const [name, suite] of Object.entries(suites)) {
  console.log(`\n---- ${name} ----`);
  results.push([name, await suite()]);
}
console.log();
for (const [name, passed] of results) console.log(`${passed ? "passed" : "FAILED"}  ${name}`);
process.exit(results.every(([, passed]) => passed) ? 0 : 1);
