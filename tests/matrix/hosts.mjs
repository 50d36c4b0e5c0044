// Where the package is tried: each host takes a project and gives what use.js found there.

import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import { findPackage } from "./project.mjs";

const PAGE = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8" /><title>Inkling</title></head>
  <body><script type="module" src="./page.js"></script></body>
</html>
`;

const bin = async (name) => (await findPackage(name)).bin;
/** Puts what the module loads at run time beside a bundle that does not have it. */
async function copyBeside(project, folder) {
  const from = join(project.installed, "dist");
  for (const name of await readdir(from)) {
    if (/\.(js|wasm)$/.test(name)) await cp(join(from, name), join(project.folder, folder, name));
  }
}

const fromCommand = (output) => JSON.parse(output.trim().split("\n").at(-1));

const TYPESCRIPT = `import { load, train, InklingError, type Progress } from "inkling";
import { use } from "./use.js";

const text = "she sells sea shells by the sea shore\\n".repeat(50);
const run = train(text, { hidden: 8, nchars: 10, batch: 4, steps: 3 });
const losses: Progress[] = [];
for await (const progress of run) losses.push(progress);
const file = new Blob([await run.save()]);
const model = await load(file);
try {
  const written: string = await model.complete("she", { length: 3, temperature: 0.5 });
  for await (const piece of model.generate("she", { stop: ["\\n"] })) void (piece satisfies string);
  void written;
} catch (error) {
  if (error instanceof InklingError) console.error(error.code);
  throw error;
}
model.free();
console.log(JSON.stringify(await use("names.safetensors")));
`;

/** Compiles a program in the strictest way, and runs it. */
const typescript = (compiler, module, moduleResolution) => async (project) => {
  const compilerOptions = {
    ...{ module, moduleResolution, target: "es2022", lib: ["es2022", "dom", "dom.asynciterable"] },
    ...{ strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ allowJs: true, checkJs: false, types: [], outDir: "out" },
  };
  await project.write({
    "main.ts": TYPESCRIPT,
    "tsconfig.json": JSON.stringify({ compilerOptions, files: ["main.ts", "use.js"] }),
  });
  await project.addModel();
  await project.node(await bin(compiler));
  return fromCommand(await project.node("out/main.js"));
};

const node = (name) => async (project) => {
  await project.addModel();
  const { path } = await findPackage(name);
  return fromCommand(await project.run(join(path, "bin/node"), ["command.js"]));
};

const TEST = `test("the package works", async () => {
  console.log("RESULT" + JSON.stringify(await use("names.safetensors")) + "END");
}, 60000);
`;
const fromTest = (output) => JSON.parse(output.match(/RESULT(.*)END/)[1]);

export const HOSTS = [
  {
    name: "Vite, dev",
    packages: ["vite"],
    inCI: true,
    async use(project) {
      await project.write({ "index.html": PAGE });
      await project.addModel("public");
      const { createServer } = await import("vite");
      const server = await createServer({
        root: project.folder,
        logLevel: "silent",
        server: { host: "127.0.0.1", port: 0 },
      });
      try {
        await server.listen();
        return await project.openAt(server.resolvedUrls.local[0]);
      } finally {
        await server.close();
      }
    },
  },
  {
    name: "Vite, build",
    packages: ["vite"],
    inCI: true,
    async use(project) {
      await project.write({ "index.html": PAGE });
      await project.addModel("public");
      await project.node(await bin("vite"), "build", "--base", "./", "--outDir", "out");
      return project.open("out");
    },
  },
  {
    name: "webpack",
    packages: ["webpack"],
    inCI: true,
    needs: "`performance: { hints: false }`, or it warns that what trains is larger than 244 KiB",
    async use(project) {
      const { default: webpack } = await import("webpack");
      const stats = await new Promise((resolve, reject) => {
        const path = join(project.folder, "out");
        const options = { mode: "production", context: project.folder, entry: "./page.js" };
        const performance = { hints: false };
        webpack({ ...options, performance, output: { path } }, (error, stats) =>
          error ? reject(error) : resolve(stats),
        );
      });
      if (stats.hasErrors() || stats.hasWarnings())
        throw new Error(stats.toString("errors-warnings"));
      await project.write({
        "out/index.html": PAGE.replace('type="module" src="./page.js"', 'src="main.js"'),
      });
      await project.addModel("out");
      return project.open("out");
    },
  },
  {
    name: "esbuild",
    packages: ["esbuild"],
    inCI: true,
    needs: "`dist/*.js` and `dist/*.wasm` copied beside the bundle",
    async use(project) {
      const { build } = await import("esbuild");
      const options = { bundle: true, format: "esm", logLevel: "silent" };
      await build({
        ...options,
        entryPoints: [join(project.folder, "page.js")],
        outdir: join(project.folder, "out"),
      });
      await copyBeside(project, "out");
      await project.write({ "out/index.html": PAGE });
      await project.addModel("out");
      return project.open("out");
    },
  },
  {
    name: "Rollup",
    packages: ["rollup", "@rollup/plugin-node-resolve"],
    needs: "`@rollup/plugin-node-resolve`; `dist/*.js` and `dist/*.wasm` copied beside the bundle",
    async use(project) {
      const { rollup } = await import("rollup");
      const { nodeResolve } = await import("@rollup/plugin-node-resolve");
      const bundle = await rollup({
        input: join(project.folder, "page.js"),
        plugins: [nodeResolve({ browser: true })],
      });
      await bundle.write({ dir: join(project.folder, "out"), format: "es" });
      await bundle.close();
      await copyBeside(project, "out");
      await project.write({ "out/index.html": PAGE });
      await project.addModel("out");
      return project.open("out");
    },
  },
  {
    name: "Parcel",
    packages: ["parcel"],
    needs:
      '`"@parcel/resolver-default": { "packageExports": true }` and ' +
      '`"@parcel/bundler-default": { "disableSharedBundles": true }` in package.json',
    async use(project) {
      const settings = {
        "@parcel/resolver-default": { packageExports: true },
        // Its workers do not load the bundles that they share with the page.
        "@parcel/bundler-default": { disableSharedBundles: true },
      };
      await project.write({
        "index.html": PAGE,
        "package.json": JSON.stringify(settings),
        "package-lock.json": "{}", // by which it knows the root of a project
      });
      const cache = ["--no-cache", "--cache-dir", "cache"];
      const options = ["--dist-dir", "out", "--public-url", "./", ...cache];
      await project.node(await bin("parcel"), "build", "index.html", ...options);
      await project.addModel("out");
      return project.open("out");
    },
  },
  ...[
    ["node16", "node16"],
    ["nodenext", "nodenext"],
    ["es2022", "bundler"],
  ].flatMap(([module, resolution]) => [
    {
      name: `tsc, ${resolution}`,
      packages: ["typescript"],
      inCI: true,
      use: typescript("typescript", module, resolution),
    },
  ]),
  {
    name: "Next.js, build",
    packages: ["next", "react", "react-dom"],
    async use(project) {
      await project.write({
        "package.json": JSON.stringify({ private: true }),
        "next.config.mjs": `import { resolve } from "node:path";
          process.env.NEXT_TELEMETRY_DISABLED = "1";
          const turbopack = { root: resolve("../..") };
          export default { output: "export", distDir: "out", turbopack };`,
        "app/layout.js": `export default function Layout({ children }) {
          return <html lang="en"><body>{children}</body></html>; }`,
        "app/page.js": `"use client";
          import { useEffect } from "react";
          import { use } from "../use.js";
          export default function Page() {
            useEffect(() => void use(new URL("names.safetensors", location.href))
              .then((result) => (window.result = result)), []);
            return <p>Inkling</p>;
          }`,
      });
      await project.addModel("public");
      await project.node(await bin("next"), "build");
      return project.open("out");
    },
  },
  {
    name: "Jest",
    packages: ["jest"],
    needs: "`node --experimental-vm-modules`, as Jest's modules do",
    async use(project) {
      await project.write({ "use.test.js": `import { use } from "./use.js";\n${TEST}` });
      await project.addModel();
      const jest = [await bin("jest"), "--rootDir", project.folder, "--forceExit=false"];
      const args = ["--experimental-vm-modules", "--no-warnings", ...jest, "--silent=false"];
      return fromTest(await project.node(...args));
    },
  },
  {
    name: "Vitest",
    packages: ["vitest"],
    async use(project) {
      const test = `import { test } from "vitest";\nimport { use } from "./use.js";\n${TEST}`;
      await project.write({ "use.test.js": test });
      await project.addModel();
      const vitest = [await bin("vitest"), "run", "--root", project.folder];
      return fromTest(await project.node(...vitest));
    },
  },
  {
    name: "Bun",
    packages: ["bun"],
    async use(project) {
      await project.addModel();
      const { path } = await findPackage("bun");
      return fromCommand(await project.run(join(path, "bin/bun.exe"), ["run", "command.js"]));
    },
  },
  {
    name: "Deno",
    packages: ["deno"],
    needs: "`--allow-read`",
    async use(project) {
      await project.addModel();
      return fromCommand(
        await project.node(await bin("deno"), "run", "--allow-read", "command.js"),
      );
    },
  },
  { name: "Node 18", packages: ["node18"], use: node("node18") },
  {
    name: "Node",
    version: process.versions.node,
    packages: [],
    inCI: true,
    async use(project) {
      await project.addModel();
      return fromCommand(await project.node("command.js"));
    },
  },
  { name: "Node 22", packages: ["node22"], use: node("node22") },
  {
    name: "No bundler, an extension's policy",
    version: "",
    packages: [],
    inCI: true,
    async use(project) {
      const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'";
      const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      await project.write({ "index.html": PAGE.replace("<title>", `${meta}<title>`) });
      await copyBeside(project, ".");
      const { readFile } = await import("node:fs/promises");
      const use = await readFile(join(project.folder, "use.js"), "utf8");
      await project.write({ "use.js": use.replace('"inkling"', '"./inkling.js"') });
      await project.addModel();
      return project.open(".");
    },
  },
];
