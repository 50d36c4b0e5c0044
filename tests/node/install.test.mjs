// `cmake --install`: a program is built against what lies in the prefix, found by pkg-config and by
// CMake, shared and static; and the manual page knows what the command's help knows.

import assert from "node:assert/strict";
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { load } from "../../dist/inkling.js";
import { root, run, temporaryFolder } from "./helpers.mjs";

const program = join(root, "examples/write.c");
const model = join(root, "models/names.safetensors");
const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));

async function install(t) {
  const prefix = await temporaryFolder(t);
  await run("cmake", ["--install", join(root, "build/native"), "--prefix", prefix]);
  return prefix;
}

/** A model that opens, and whose logits are infinite. */
async function writeVast(path) {
  const bytes = await readFile(model);
  const size = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.toString("utf8", 8, 8 + size));
  delete header.__metadata__.digest;
  const [from, to] = header["fc.weight.scale"].data_offsets;
  for (let at = from; at < to; at += 4) bytes.writeFloatLE(3e38, 8 + size + at);
  bytes.fill(" ", 8, 8 + size).write(JSON.stringify(header), 8);
  await writeFile(path, bytes);
  return path;
}

async function assertWrites(executable, env) {
  const names = await load(model);
  const expected = await names.complete("em", { temperature: 1, length: 200 });
  names.free();
  const { stdout } = await run(executable, [model, "em"], { env: { ...process.env, ...env } });
  assert.equal(stdout, expected);
  await assert.rejects(run(executable, [program, "em"], { env: { ...process.env, ...env } }), {
    code: 1,
    stderr: /safetensors/,
  });
  const failing = run(executable, [await writeVast(`${executable}-vast`), "em"], {
    env: { ...process.env, ...env },
  });
  await assert.rejects(failing, { code: 1, stderr: /no finite number/ });
  const bare = run(executable, [], { env: { ...process.env, ...env } });
  await assert.rejects(bare, { code: 2, stderr: /^usage: write MODEL PROMPT\n$/ });
  const absent = run(executable, ["absent", "em"], { env: { ...process.env, ...env } });
  await assert.rejects(absent, { code: 1, stderr: /^absent: No such file/ });
}

test("pkg-config finds it, and a program links with it, shared and static", async (t) => {
  const prefix = await install(t);
  const env = { ...process.env, PKG_CONFIG_PATH: join(prefix, "lib/pkgconfig") };
  const flags = async (...args) =>
    (await run("pkg-config", [...args, "inkling"], { env })).stdout.trim().split(/\s+/);
  assert.deepEqual(await flags("--modversion"), [version]);
  const warnings = ["-std=c11", "-Wall", "-Wextra", "-Werror"];
  const shared = join(prefix, "write-shared");
  await run("cc", [...warnings, program, ...(await flags("--cflags", "--libs")), "-o", shared]);
  await assertWrites(shared, { LD_LIBRARY_PATH: join(prefix, "lib") });

  const fixed = join(prefix, "write-static");
  const libraries = (await flags("--libs", "--static")).map((flag) =>
    flag === "-linkling" ? "-l:libinkling.a" : flag,
  );
  await run("cc", [...warnings, program, ...(await flags("--cflags")), ...libraries, "-o", fixed]);
  await assertWrites(fixed, {});
});

test("CMake finds it as inkling::inkling and inkling::static", async (t) => {
  const prefix = await install(t);
  const folder = await temporaryFolder(t);
  await writeFile(
    join(folder, "CMakeLists.txt"),
    `cmake_minimum_required(VERSION 3.25)
     project(use LANGUAGES C)
     find_package(inkling ${version.replace(/\.\d+$/, "")} REQUIRED)
     foreach(kind inkling static)
       add_executable(use-\${kind} ${program})
       target_link_libraries(use-\${kind} inkling::\${kind})
     endforeach()`,
  );
  const build = join(folder, "build");
  await run("cmake", ["-G", "Ninja", "-S", folder, "-B", build, `-DCMAKE_PREFIX_PATH=${prefix}`]);
  await run("cmake", ["--build", build]);
  await assertWrites(join(build, "use-inkling"), {}); // with the path to the library inside
  await assertWrites(join(build, "use-static"), {});
});

test("the shared library has a version, and shows what the header declares", async (t) => {
  const prefix = await install(t);
  const library = join(prefix, "lib/libinkling.so");
  const { stdout: dynamic } = await run("readelf", ["-d", library]);
  assert.match(dynamic, new RegExp(`SONAME.*\\[libinkling\\.so\\.${version.split(".")[0]}\\]`));
  const { stdout: symbols } = await run("nm", ["-D", "--defined-only", library]);
  const shown = [...symbols.matchAll(/ (\w+)$/gm)].map(([, name]) => name);
  const include = join(prefix, "include");
  const headers = (await readdir(include)).map((name) => readFile(join(include, name), "utf8"));
  const code = (await Promise.all(headers)).join("").replace(/\/\*[^]*?\*\//g, "");
  const declared = [...code.matchAll(/\b(ink_\w+)\s*\([^;]*?\);/g)].map(([, name]) => name);
  assert.ok(declared.length > 50);
  assert.deepEqual(shown.sort(), declared.sort());
});

test("the command and its manual page are there, and the page has every option", async (t) => {
  const prefix = await install(t);
  const command = join(prefix, "bin/inkling");
  const { stdout: overview } = await run(command, ["--help"]);
  const page = (await readFile(join(prefix, "share/man/man1/inkling.1"), "utf8"))
    .replaceAll("\\-", "-")
    .replace(/\\f[BIR]/g, "");

  // Of each verb, in the order of both: its options.
  const options = (text) => [...new Set(text.match(/--[a-z][a-z0-9-]*/g))].sort();
  const verbs = [...overview.matchAll(/^inkling ([a-z]+) /gm)].map(([, verb]) => verb);
  assert.ok(verbs.includes("train") && verbs.includes("bench"));
  const general = options(page.slice(page.indexOf(".SS With every"), page.indexOf(".SS train")));
  assert.ok(general.includes("--json") && general.includes("--kernel"));
  const own = (text) => options(text).filter((option) => !general.includes(option));
  for (const verb of verbs) {
    const { stdout: help } = await run(command, ["help", verb]);
    const wanted = own(help.split("\nWith every verb")[0]);
    const [section] = page.split(`\n.SS ${verb}\n`)[1].split(/\n\.S[SH] /);
    assert.deepEqual(own(section), wanted, `options of ${verb}`);
  }
});
