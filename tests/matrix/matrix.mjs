// `npm run matrix [NAME …]`: tries the packed package in every bundler and runtime of hosts.mjs, or
// in those whose names begin so, and, after all, writes what it found to docs/matrix.md.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "../../scripts/build.mjs";
import { root } from "../../scripts/run.mjs";
import { installPackages, setup } from "../../scripts/setup.mjs";
import { HOSTS } from "./hosts.mjs";
import { MODEL, Project, findPackage, installPackage } from "./project.mjs";

export const TRIED = ["generation", "worker", "training"];

/** What use.js finds where everything works. */
export async function wanted() {
  const { load } = await import("../../dist/inkling.js"); // once it has been built
  const model = await load(MODEL);
  const texts = await model.complete("em", { temperature: 0.8, seed: 5, samples: 3 });
  model.free();
  const text = texts.join(" ");
  return { generation: text, worker: text, training: "200 steps, sea shell" };
}

const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/** Tries one host: { versions, generation, worker, training }, each "yes" or what was wrong. */
export async function tryHost(host, expected) {
  const packages = await Promise.all(host.packages.map(findPackage));
  const missing = host.packages.filter((name, i) => !packages[i]);
  if (missing.length > 0) return { untested: `${missing.join(", ")} is not installed` };
  const row = { version: host.version ?? packages[0].version };
  try {
    const found = await host.use(await Project.make(slug(host.name)));
    for (const name of TRIED) row[name] = found[name] === expected[name] ? "yes" : found[name];
    // A page tells how many workers there were: one for the model, one for the training.
    if (found.workers < 2) row.worker = `no worker was started; ${found.wrong}`;
  } catch (error) {
    row.generation = row.worker = row.training = error.message;
  }
  return row;
}

const cell = (text) => text.replace(/\s+/g, " ").replaceAll("|", "\\|").slice(0, 100);

function table(rows) {
  const lines = rows.map(([{ name, needs }, row]) => {
    const found = row.untested
      ? ["", "", `untested: ${row.untested}`]
      : TRIED.map((tried) => cell(row[tried]));
    return `| ${[name, row.version ?? "", ...found, needs ?? ""].join(" | ")} |`;
  });
  return `# Where the package works

Made by \`npm run matrix\`, which packs the package and tries it in each of these: text is generated in the page's
own thread and in a worker, the same characters everywhere, and a small network is trained. What a
project is told beside \`import … from "inkling"\` stands in the last column.

| | version | ${TRIED.join(" | ")} | what it takes |
|---|---|---|---|---|---|
${lines.join("\n")}
`;
}

async function main(names) {
  setup();
  await build();
  installPackages("tests/matrix");
  const asked = ({ name }) =>
    names.length === 0 || names.some((part) => name.toLowerCase().startsWith(part.toLowerCase()));
  const expected = await wanted();
  await installPackage();
  const rows = [];
  for (const host of HOSTS.filter(asked)) {
    const row = await tryHost(host, expected);
    rows.push([host, row]);
    const result = row.untested ?? TRIED.map((name) => `${name}: ${row[name]}`).join(", ");
    console.log(`${host.name} ${row.version ?? ""}  ${result}`);
  }
  if (names.length === 0) await writeFile(join(root, "docs/matrix.md"), table(rows));
  const isGood = ([, row]) => row.untested || TRIED.every((name) => row[name] === "yes");
  process.exitCode = rows.every(isGood) ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
