// Finds out what is missing for building or testing, and installs it: Debian packages when we may,
// else it prints the one line to run; the packages of npm, of which the page has one, by `npm ci`.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram, root, run, succeeds } from "./run.mjs";
import { vendor } from "./vendor.mjs";

// What each Debian package is needed for: a command or a file.
const BUILD = {
  gcc: "cc",
  "libc6-dev": "/usr/include/stdio.h",
  "libjsmn-dev": "/usr/include/jsmn.h",
  "libutf8proc-dev": "/usr/include/utf8proc.h",
  cmake: "cmake",
  "ninja-build": "ninja",
  zopfli: "zopfli",
  emscripten: "emcc",
  "clang-19": "clang-19", // for relaxed SIMD
  clang: "clang",
  lld: "wasm-ld",
  "wasi-libc": "/usr/lib/wasm32-wasi/libc.a",
  "libclang-rt-dev-wasm32": "/usr/lib/llvm-14/lib/clang/14.0.6/lib/wasi",
};
const TEST = {
  chromium: "chromium",
  "chromium-headless-shell": "chromium-headless-shell",
  "clang-format": "clang-format",
  "pkg-config": "pkg-config",
  // of the sanitizers and of libFuzzer, for Debian 12's clang
  "libclang-rt-14-dev": "/usr/lib/clang/14/lib/linux",
};
// Installed where every test must run; elsewhere the tests that need it are skipped without it.
const CI = {
  "libopenmpi-dev": "mpicc",
  "openmpi-bin": "mpirun",
  "firefox-esr": "firefox-esr",
  "webkit2gtk-driver": "WebKitWebDriver",
  xvfb: "Xvfb",
};

export const isHere = (need) =>
  need.startsWith("/") ? existsSync(need) : findProgram(need) !== undefined;

function installDebian(packages) {
  const steps = [
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", ...packages],
  ];
  const silently = { stdio: "ignore" };
  const isRoot = process.getuid?.() === 0;
  const sudo = isHere("sudo") && spawnSync("sudo", ["-n", "true"], silently).status === 0;
  const prefix = isRoot ? [] : ["sudo"];
  if (isHere("apt-get") && (isRoot || sudo)) {
    console.log(`Installing ${packages.join(" ")}`);
    const env = ["env", "DEBIAN_FRONTEND=noninteractive"];
    const install = ([command, ...args]) => succeeds(command, args);
    if (steps.every((step) => install([...prefix, ...env, ...step]))) return;
  }
  const line = steps.map((step) => [...prefix, ...step].join(" ")).join(" && ");
  console.error(
    `\nMissing: ${packages.join(", ")}. On Debian this installs what is needed:\n\n  ${line}\n`,
  );
  process.exit(1);
}

/** Installs what a folder's package.json names, unless it is there. */
export function installPackages(folder = ".") {
  const read = (path) => JSON.parse(readFileSync(join(root, folder, path), "utf8"));
  const areHere = Object.entries(read("package.json").devDependencies).every(([name, version]) => {
    const path = `node_modules/${name}/package.json`;
    // An alias, "npm:name@version", ends with its version.
    return existsSync(join(root, folder, path)) && version.endsWith(read(path).version);
  });
  if (!areHere) run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund"]);
}

/** Makes sure that everything is there which building, or also testing, needs. */
export function setup({ forTests = false } = {}) {
  const needs = { ...BUILD, ...(forTests ? TEST : {}), ...(forTests && process.env.CI ? CI : {}) };
  const missing = Object.keys(needs).filter((name) => !isHere(needs[name]));
  if (missing.length > 0) installDebian(missing);
  installPackages();
  vendor();
}
