// The house rules that no compiler checks: folders are floors, and no file makes sense only on the
// machine where it was written.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path) => readFileSync(join(root, path), "utf8");

// From the ground up. A file includes its own floor and lower ones.
const FLOORS = [
  "base",
  "kernels",
  "layers",
  "text",
  "file",
  "parts",
  "networks",
  "write",
  "train",
  "scores",
  "inkling.c",
  "cli",
];

// What anyone may include: inkling.h holds types and declarations only, and includes nothing of
// ours.
const PUBLIC = readdirSync(join(root, "src")).filter((name) => name.endsWith(".h"));
const LIBRARIES = ["jsmn.h"];

function sources(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sources(path);
    return /\.[ch]$/.test(entry.name) ? [path] : [];
  });
}

const floorOf = (path) => FLOORS.indexOf(path.split("/")[0]);

// Every #include "…" of a file, as a path from src/.
const includes = (text) => [...text.matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map((m) => m[1]);

function wrongIncludes(path, text) {
  return includes(text).filter((included) => {
    if (PUBLIC.includes(path)) return !PUBLIC.includes(included);
    if (PUBLIC.includes(included) || LIBRARIES.includes(included)) return false;
    const floor = floorOf(included);
    return floor < 0 || floor > floorOf(path) || !existsSync(join(root, "src", included));
  });
}

test("a file of src/ includes its own floor and lower ones", () => {
  const files = sources("src").map((path) => path.slice("src/".length));
  assert.ok(files.length > 10, "the sources are in src/");
  for (const path of files) {
    if (!PUBLIC.includes(path)) assert.ok(floorOf(path) >= 0, `src/${path} is on no floor`);
    assert.deepEqual(wrongIncludes(path, read(`src/${path}`)), [], `src/${path} includes upward`);
  }
});

test("an upward, a missing and a relative include are found", () => {
  const text = [
    '"base/status.h"',
    '"train/train.h"',
    '"base/none.h"',
    '"../base/status.h"',
    "<math.h>",
  ]
    .map((name) => `#include ${name}\n`)
    .join("");
  const wrong = ["train/train.h", "base/none.h", "../base/status.h"];
  assert.deepEqual(wrongIncludes("layers/cell.c", text), wrong);
  assert.deepEqual(wrongIncludes("inkling.h", '#include "base/status.h"\n'), ["base/status.h"]);
});

// Long strings that a formatter leaves alone, and addresses, are not text that one reads.
const TEXT = /\.(c|h|js|mjs|ts|css|html|py|txt|cmake)$/;
const LONG = /^ *\/.*\/[a-z]*[,;]?$|https?:\/\/\S{60}|"[^"]{60,}"|`[^`]{60,}|\bd="M/;

test("lines end by column 100", () => {
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" })
    .split("\0")
    .filter((name) => TEXT.test(name) && existsSync(join(root, name)));
  assert.ok(files.length > 100);
  for (const name of files) {
    read(name)
      .split("\n")
      .forEach((line, index) => {
        const fits = [...line].length <= 100 || LONG.test(line);
        assert.ok(fits, `${name}:${index + 1}: ${line}`);
      });
  }
});

// Folders of one machine, and hosts of package registries. Written so that this file has none of
// them.
const LOCAL = [
  /\/(work|tmp|home\/\w+|root|Users\/\w+)\//,
  /\.\.\/shared\b/,
  /\b(registry\.npmjs|registry\.yarnpkg|deb\.debian|pypi\.org|snapshot\.debian)/,
];

test("no file names a folder of one machine or a package registry", () => {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const names = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  const files = names.filter((name) => name && existsSync(join(root, name)));
  assert.ok(files.includes("package.json"), "git lists the files of this project");
  for (const name of files) {
    const text = readFileSync(join(root, name), "latin1"); // models too: they carry metadata
    for (const pattern of LOCAL) assert.equal(text.match(pattern)?.[0], undefined, name);
  }
});
