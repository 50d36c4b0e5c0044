// `npm run build`: the command at build/native/inkling, and in dist/ the page and the package, as
// any static host can serve them, with the command for npx. Run again, it does only what has
// changed.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { root, run } from "./run.mjs";
import { writeServiceWorker } from "./offline.mjs";
import { setup } from "./setup.mjs";

// Emscripten's optimiser is a Node program whose libraries Debian keeps here, where a Node that is
// not Debian's own does not look.
const NODE_PATH = ["/usr/share/nodejs", process.env.NODE_PATH].filter(Boolean).join(delimiter);
const env = { ...process.env, NODE_PATH };

/**
 * Configures once (Ninja repeats it when CMakeLists.txt changes) and builds in build/<name>, all or
 * one target.
 */
export function cmake(name, { wrapper = [], options = [], target = "all" } = {}) {
  const folder = join("build", name);
  if (!existsSync(join(root, folder, "build.ninja"))) {
    const [command, ...args] = [...wrapper, "cmake", "-G", "Ninja", "-B", folder, ...options];
    run(command, args, { env });
  }
  run("cmake", ["--build", folder, "--target", target], { env });
}

const web = join(root, "web");
const dist = join(root, "dist");

// What bundlers are to leave alone is told to them by comments, which minifying drops.
const LEFT_ALONE = ["import(`node:", "import(/* webpackIgnore: true */ /* @vite-ignore */`node:"];

const MINIFIED = { bundle: true, target: "es2022", minify: true, write: false };

/**
 * The module, minified: a file for each entry, and one for each part that several of them, or only
 * some callers, load. Gives the files that inkling.js and its worker import at once.
 */
async function bundle() {
  const esbuild = await import("esbuild"); // setup() may have to install it first
  const build = (names, options) =>
    esbuild.build({
      entryPoints: names.map((name) => join(web, `${name}.js`)),
      outdir: dist,
      chunkNames: "[name]-[hash]",
      ...{ ...MINIFIED, format: "esm", splitting: true, ...options },
    });
  const entries = ["inkling", "worker", "wasm", "convert/convert"];
  const { outputFiles, metafile } = await build(entries, { metafile: true });
  const element = await build(["element"], { external: ["./inkling.js"] });
  for (const { path, text } of [...outputFiles, ...element.outputFiles]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text.replaceAll(...LEFT_ALONE));
  }
  const importsOf = (name) =>
    metafile.outputs[relative(process.cwd(), join(dist, name))].imports
      .filter(({ kind }) => kind === "import-statement")
      .map(({ path }) => basename(path));
  return [...new Set(["inkling.js", ...["inkling.js", "worker.js"].flatMap(importsOf)])];
}

/**
 * All of a module and the core that it needs as one classic script. Its workers run the same code,
 * which therefore is a function that is called with the core.
 */
async function single(entry, build, { training = false } = {}) {
  const esbuild = await import("esbuild");
  const stands = {
    "./assets.js": "inline.js",
    "./workers.js": "inline.js",
    "./foreign.js": "unconverted.js",
  };
  if (!training)
    Object.assign(stands, { "./train.js": "untrained.js", "./trainer.js": "untrained.js" });
  const standIn = {
    name: "stand-in",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\/(assets|foreign|workers|train|trainer)\.js$/ }, ({ path }) => ({
        path: join(web, stands[path] ?? path),
      })),
  };
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(web, entry)],
    ...{ ...MINIFIED, format: "iife", globalName: "inkling" },
    plugins: [standIn],
  });
  const code = outputFiles[0].text.replace('"use strict";', "");
  const core = readFileSync(join(dist, `inkling-${build}.wasm`));
  const wasm = gzipSync(core, { level: 9 }).toString("base64");
  const start = `function inklingStart(inklingWasm,inklingInWorker){"use strict";${code}return inkling}`;
  return `var inkling=(${start})("${wasm}");\n`;
}

/** The page into which exportPage() puts a model. */
async function exportTemplate() {
  const read = (name) => readFileSync(join(web, "export", name), "utf8");
  const script = await single("export/start.js", "tasks-simd");
  // In the code these would begin and end other things.
  const fill = {
    style: read("page.css"),
    script: script.replaceAll(/<(?=\/script|!--)/g, "\\x3c"),
  };
  return Object.entries(fill).reduce(
    (page, [what, text]) => page.replace(`/*${what}*/`, () => text),
    read("page.html"),
  );
}

/** Has a page fetch modules all at once and not step by step. */
function preload(page, base, modules) {
  const links = modules.map((name) => `<link rel="modulepreload" href="${base}${name}" />`);
  const path = join(dist, page);
  const html = readFileSync(path, "utf8");
  writeFileSync(path, html.replace("<!-- modules -->", links.join("\n    ")));
}

export async function assemble() {
  rmSync(dist, { recursive: true, force: true });
  const bundled = ["export", "convert", "vendor/jsfive", "vendor/fflate.js"];
  const isBuilt = (path) =>
    bundled.some((name) => path === join(web, name)) ||
    (dirname(path) === web && /\.js$|core\.d\.ts$/.test(path));
  cpSync(web, dist, { recursive: true, filter: (path) => !isBuilt(path) });
  const modules = await bundle();
  cpSync(join(web, "convert/convert.d.ts"), join(dist, "convert/convert.d.ts"));
  const copy = (from, to, pattern) => {
    for (const name of readdirSync(join(root, from)).filter((file) => pattern.test(file))) {
      cpSync(join(root, from, name), join(dist, to, name));
    }
  };
  // So that Node reads a copy of this folder as modules wherever it lies.
  writeFileSync(join(dist, "package.json"), '{ "type": "module" }\n');
  copy("build/wasm", ".", /\.wasm$/);
  copy("build/wasi", ".", /\.wasm$/);
  const write = (name, text) => writeFileSync(join(dist, name), text);
  const names = "InklingError, cache, exportOnnx, exportPage, load, train, version";
  for (const [name, build, options] of [
    ["inkling", "tasks-simd"],
    ["inkling-train", "train-simd", { training: true }],
  ]) {
    const script = await single("single.js", build, options);
    write(`${name}.iife.js`, script);
    write(`${name}.single.js`, `${script}export const { ${names} } = inkling;\n`);
    write(`${name}.single.d.ts`, 'export * from "./inkling.js";\n');
  }
  write("inkling-page.html", await exportTemplate());
  copy("samples", "samples", /\.(txt|json|md)$/);
  copy("models", "models", /\.(safetensors|png)$/);
  // What the page lists are the models that are there, with the sizes that its progress needs.
  const listed = JSON.parse(readFileSync(join(root, "models/index.json"), "utf8"));
  const index = listed
    .filter(({ file }) => existsSync(join(dist, "models", file)))
    .map((entry) => ({ ...entry, bytes: statSync(join(dist, "models", entry.file)).size }));
  writeFileSync(join(dist, "models/index.json"), JSON.stringify(index));
  cpSync(join(root, "bench/page"), join(dist, "bench"), { recursive: true });
  preload("bench/start.html", "../", modules);
  preload("index.html", "", modules);
  copy("build/wasm/bench", "bench", /\.wasm$/);
  writeServiceWorker(dist);
}

export async function build() {
  cmake("native");
  cmake("wasm", { wrapper: ["emcmake"] });
  cmake("wasi", { options: ["-DCMAKE_TOOLCHAIN_FILE=cmake/wasi.cmake"] });
  await assemble();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  await build();
}
