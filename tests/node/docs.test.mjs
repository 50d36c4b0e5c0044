// What the documentation shows runs, as it stands, in a folder into which the package was
// installed, with the native command on the path and a few small files beside.

import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, test } from "node:test";
import { dist, root, run } from "./helpers.mjs";

let folder;
let env;

/** The files that the examples name. */
async function putFiles() {
  const put = (name, content) => writeFile(join(folder, name), content);
  const sample = (name) => readFile(join(root, "samples", name), "utf8");
  const names = (await sample("names.txt")).split("\n").slice(0, 600);
  await put("names.txt", `${names.join("\n")}\n`);
  await put("prose.txt", (await sample("alice.txt")).slice(0, 8_000));
  const labelled = names.map((name) => `${/[ai]$/.test(name) ? "Italian" : "Polish"}\t${name}\n`);
  await put("labelled.tsv", labelled.join(""));
  const mails = labelled.map((line, i) => `${i},"${line.replace("\t", '",').trim()}\n`);
  await put("table.csv", `id,category,body\n${mails.join("")}`);
  const turned = names.map((name) => `${name}\t${[...name].reverse().join("")}\n`);
  await put("pairs.tsv", turned.join(""));
  const grey = (value) => [Buffer.from("P6 4 4 255\n"), Buffer.alloc(48, value)];
  const pictures = Array.from({ length: 40 }, (_, i) => (i % 2 ? 255 : 0));
  await put("captions.txt", pictures.map((value) => (value ? "white\n" : "black\n")).join(""));
  await put("pictures.ppm", Buffer.concat(pictures.flatMap(grey)));
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkling-"));
  const installed = join(folder, "node_modules/inkling");
  await mkdir(installed, { recursive: true });
  await cp(join(root, "package.json"), join(installed, "package.json"));
  await cp(dist, join(installed, "dist"), { recursive: true });
  await cp(join(dist, "models"), join(folder, "models"), { recursive: true });
  await mkdir(join(folder, "new"));
  await symlink(join(folder, "node_modules"), join(folder, "new/node_modules"));
  await mkdir(join(folder, "bin"));
  await symlink(join(root, "build/native/inkling"), join(folder, "bin/inkling"));
  env = { ...process.env, PATH: join(folder, "bin") + delimiter + process.env.PATH };
  await putFiles();
});
after(() => rm(folder, { recursive: true, force: true }));

async function runs(name, code, cwd = folder) {
  await writeFile(join(cwd, name), code);
  const { stdout, stderr } = await run(process.execPath, [name], { cwd });
  assert.ok(!/[Ee]rror/.test(stderr), stderr);
  return stdout;
}

/** The blocks of a language in a page: each { under, code }, under the heading that is given. */
async function examplesOf(page, language) {
  const text = await readFile(join(root, page), "utf8");
  const found = [];
  let under = "";
  for (const [, title, of, code] of text.matchAll(/^## (.*)|^```(\w*)\n([^]*?)^```$/gm))
    if (title) under = title;
    else if (of === language) found.push({ under, code });
  return found;
}

// ---- JavaScript ---------------------------------------------------------------------------------

const examples = await examplesOf("docs/module.md", "js");

test("the page has an example of every call", () => {
  assert.ok(examples.length >= 10);
  const code = examples.map(({ code }) => code).join("\n");
  const calls = ["generate", "complete", "beam", "translate", "caption", "classify", "evaluate"];
  const others = ["sourceTokens", "session", "feed", "fork", "save", "restore", "reset", "free"];
  const more = ["distribution", "sample", "checkpoint", "exportPage", "list", "clear", "train"];
  const inside = ["trace", "state", "setState", "units", "saliency", "exportOnnx"];
  for (const name of [...calls, ...others, ...more, ...inside])
    assert.match(code, RegExp(`\\b${name}\\(`));
});

for (const page of ["README.md", "docs/module.md"])
  for (const [i, { under, code }] of (await examplesOf(page, "js")).entries())
    test(`${page}, ${under}: example ${i + 1} runs`, async () => {
      // Who arrives by the README has the package and nothing else.
      const cwd = page === "README.md" ? join(folder, "new") : folder;
      assert.notEqual(await runs(`example-${i}.mjs`, code, cwd), "");
    });

test("examples/ run in Node", async () => {
  const files = (await readdir(join(root, "examples"))).filter((name) => name.endsWith(".mjs"));
  assert.ok(files.length >= 3);
  for (const name of files) await runs(name, await readFile(join(root, "examples", name), "utf8"));
  assert.match(await readFile(join(folder, "names.html"), "utf8"), /^<!doctype html>/);
  assert.ok((await readFile(join(folder, "fox.safetensors"))).length > 1000);
});

test("the page of the README is that of examples/", async () => {
  const [{ code }] = await examplesOf("README.md", "html");
  assert.equal(code, await readFile(join(root, "examples/cdn.html"), "utf8"));
});

// ---- The command --------------------------------------------------------------------------------

const commands = await examplesOf("docs/command.md", "sh");

test("the command's page has an example of every verb, and no option that there is not", async () => {
  const npx = join(root, "bin/inkling.js");
  const { stdout: overview } = await run(process.execPath, [npx, "--help"]);
  const verbs = [...overview.matchAll(/^inkling ([a-z]+) /gm)].map(([, verb]) => verb);
  assert.ok(verbs.includes("train") && verbs.includes("serve"), overview);
  const ofVerb = (verb) => run(process.execPath, [npx, "help", verb]);
  const help = (await Promise.all(verbs.map(ofVerb))).map(({ stdout }) => stdout).join("");
  const page = await readFile(join(root, "docs/command.md"), "utf8");
  const code = commands.map(({ code }) => code).join("\n");
  const { stdout: native } = await run(join(root, "build/native/inkling"), ["--help"]);
  for (const [, verb] of native.matchAll(/^inkling ([a-z]+) /gm))
    assert.match(code, RegExp(`\\binkling ${verb} `), verb);
  const options = new Set(help.match(/--[a-z][a-z0-9-]*/g));
  const others = ["--help", "--install", "--prefix", "--signal"]; // of cmake and timeout, and this
  for (const option of page.match(/--[a-z][a-z0-9-]*/g))
    assert.ok(options.has(option) || others.includes(option), option);
});

// In the order of the page, as what one makes the next ones use.
for (const { under, code } of commands)
  for (const line of code.trim().split("\n"))
    test(`docs/command.md, ${under}: ${line.replace(/ +#.*/, "")}`, async () => {
      const { stdout, stderr } = await run("bash", ["-ec", line], { cwd: folder, env });
      if (!line.includes("> ")) assert.notEqual(stdout + stderr, "");
    });

// ---- C ------------------------------------------------------------------------------------------

test("docs/c.md: its examples compile and run", async () => {
  const [{ code: frame }, ...bodies] = await examplesOf("docs/c.md", "c");
  assert.ok(bodies.length >= 4);
  const parts = bodies.map(({ code }, i) =>
    frame
      .replace(/#include[^]*?(?=static int example)/, i === 0 ? "$&" : "")
      .replace("example(", `example_${i}(`)
      .replace("/* ... */", () => code),
  );
  const calls = bodies.map((_, i) => `example_${i}(text, model, size)`).join(" || ");
  const main = `int main(void) {
  static uint8_t model[1 << 20];
  static char text[1 << 16];
  FILE *file = fopen("models/names.safetensors", "rb");
  size_t size = fread(model, 1, sizeof model, file);
  fclose(file);
  file = fopen("names.txt", "rb");
  fread(text, 1, sizeof text - 1, file);
  fclose(file);
  return ${calls};
}
`;
  await writeFile(join(folder, "examples.c"), parts.join("\n") + main);
  const warnings = ["-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-unused-result", "-Werror"];
  const library = [`-I${join(root, "src")}`, join(root, "build/native/libinkling.a"), "-lm"];
  const options = ["-std=c11", ...warnings, "examples.c", ...library, "-o", "examples"];
  const onPath = { cwd: folder, env };
  try {
    await run("cc", [...options, "-lutf8proc", "-lpthread"], onPath);
  } catch (error) {
    assert.fail(error.stderr);
  }
  const { stdout } = await run(join(folder, "examples"), [], { cwd: folder });
  assert.match(stdout, /.*, of which the logit was .*\n.* nats a token.*\nstep 1, [^]*a model of/);
});
