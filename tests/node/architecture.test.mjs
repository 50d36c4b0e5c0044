// What docs/architecture.md claims of the sources, counted.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./helpers.mjs";

const sources = readdirSync(join(root, "src"), { recursive: true })
  .map((name) => name.replaceAll("\\", "/"))
  .filter((name) => /\.[ch]$/.test(name));
const read = (name) => readFileSync(join(root, "src", name), "utf8");
const code = (name) => read(name).replace(/\/\*[^]*?\*\//g, (text) => text.replace(/[^\n]/g, ""));

const includesOf = (name) =>
  [...read(name).matchAll(/^\s*#\s*include\s*"([^"]+)"/gm)].map(([, included]) => included);

// A file and its header are one.
const unit = (name) => name.replace(/(\.fma)?(\.isa)?\.[ch]$/, "");
const isPublic = (name) => /^inkling/.test(name);

function includes() {
  const graph = new Map();
  for (const name of sources) {
    const to = graph.get(unit(name)) ?? new Set();
    for (const included of includesOf(name)) {
      if (!isPublic(included) && unit(included) !== unit(name)) to.add(unit(included));
    }
    graph.set(unit(name), to);
  }
  // A header without a file of its own is part of the files that include it.
  const implemented = new Set(sources.filter((name) => name.endsWith(".c")).map(unit));
  for (const [name, to] of graph) {
    if (implemented.has(name)) continue;
    for (const next of to) if (graph.get(next)?.has(name)) to.delete(next);
  }
  return graph;
}

test("no files include each other in a circle", () => {
  const graph = includes();
  const done = new Set();
  const visit = (name, path) => {
    assert.ok(!path.includes(name), [...path, name].join(" → "));
    if (done.has(name)) return;
    for (const next of graph.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of graph.keys()) visit(name, []);
  assert.ok(done.size > 50);
});

test("the command goes through the public headers, and stands on base/ as all floors do", () => {
  // The bench times kernels by themselves, and generations that no text may end.
  const measured = { "cli/bench.c": ["write/model.h"], "cli/bench_networks.h": [] };
  for (const list of Object.values(measured)) list.push("kernels/kernels.h");
  const command = sources.filter((name) => name.startsWith("cli/"));
  assert.ok(command.length > 20);
  for (const name of command) {
    const others = includesOf(name).filter(
      (included) =>
        !isPublic(included) &&
        !/^(base|cli)\//.test(included) &&
        !measured[name]?.includes(included),
    );
    assert.deepEqual(others, [], name);
  }
});

test("shared code hardly asks which task it serves", () => {
  const shared = sources.filter((name) => /^(write|train)\//.test(name));
  const tests = shared
    .filter((name) => !name.startsWith("train/recipe."))
    .flatMap((name) => code(name).match(/\bINK_TASK_\w+/g) ?? []);
  assert.ok(tests.length > 0 && tests.length <= 10, `${tests.length}`);
});

test("a kind of network is named in its own file, and hardly elsewhere", () => {
  const elsewhere = sources.filter((name) => !/^(networks|parts|cli)\//.test(name));
  const naming = elsewhere.filter((name) => /captioner/i.test(read(name)));
  assert.ok(naming.length <= 6, naming.join(", "));
});

test("the core stays small enough to be read", () => {
  const core = sources.filter((name) => !/^(scores|cli)\//.test(name));
  const lines = core.flatMap((name) =>
    code(name)
      .split("\n")
      .filter((line) => line.trim()),
  );
  assert.ok(lines.length > 10_000 && lines.length <= 17_630, `${lines.length} lines of code`);
});

test("no function is longer than 50 lines, and no file than 450", () => {
  const long = [];
  for (const name of sources) {
    const lines = read(name).split("\n");
    if (lines.length > 451) long.push(`${name}: ${lines.length - 1} lines`);
    let start;
    lines.forEach((line, i) => {
      if (/^[a-z].*\) \{$|^ .*\) \{$/.test(line) && start === undefined) {
        start = /^[a-z]/.test(line) || !/^[a-z]/.test(lines[i - 1] ?? "") ? i : i - 1;
        if (/^ /.test(line) && !/^[a-z]/.test(lines[start])) start = undefined;
      } else if (line === "}" && start !== undefined) {
        if (i - start + 1 > 50) long.push(`${name}: ${lines[start]} ${i - start + 1} lines`);
        start = undefined;
      }
    });
  }
  assert.deepEqual(long, []);
});
