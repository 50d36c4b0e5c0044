// `npm run build`: the command at build/native/inkling, and in dist/ the page and the package, as
// any static host can serve them, with the command for npx. Run again, it does only what has
// changed.

import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import { basename, delimiter, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root, run } from "./run.mjs";
import { writeServiceWorker } from "./offline.mjs";
import { setup } from "./setup.mjs";

// Emscripten's optimiser is a Node program whose libraries Debian keeps here, where a Node that is
// not Debian's own does not look.
const NODE_PATH = ["/usr/share/nodejs", process.env.NODE_PATH].filter(Boolean).join(delimiter);

/** What Emscripten's tools see. */
const forEmscripten = () => ({ EMSDK_PYTHON: python(), ...process.env, NODE_PATH });

// Emscripten starts Python for every file. Where python3 is a script that looks for it, as pyenv
// has one, that takes longer than the compiler.
function python() {
  const ask = ["-c", "import sys; print(sys.executable)"];
  try {
    return execFileSync("python3", ask, { encoding: "utf8" }).trim();
  } catch {
    return "python3"; // which Emscripten then says is missing
  }
}

/**
 * Configures once (Ninja repeats it when CMakeLists.txt changes) and builds in build/<name>, all or
 * one target.
 */
export function cmake(name, { wrapper = [], options = [], target = "all" } = {}) {
  const folder = join("build", name);
  const env = wrapper.includes("emcmake") ? forEmscripten() : process.env;
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

/** What `make(content)` makes, which takes long, of content: it is kept for the next time. */
async function remembered(content, ending, make) {
  const name = createHash("sha256").update(content).digest("hex");
  const path = join(root, "build/remembered", name + ending);
  if (!existsSync(path)) {
    mkdirSync(dirname(path), { recursive: true });
    const made = await make(content);
    writeFileSync(`${path}.part`, made);
    renameSync(`${path}.part`, path);
  }
  return readFileSync(path);
}

/**
 * A script that esbuild has minified, smaller still, in lines that are not too long to be shown:
 * Node prints the whole line of an error that nobody catches.
 */
async function smaller(code, { module }) {
  const { minify } = await import("terser"); // setup() may have to install it first
  const format = { max_line_len: 1000 };
  const options = { module, ecma: 2022, compress: { passes: 3 }, format };
  const make = async () => (await minify(code, options)).code;
  return (await remembered(code + format.max_line_len, module ? ".mjs" : ".js", make)).toString();
}

/** Bytes gzipped as small as can be. */
const zopfli = (bytes) =>
  remembered(bytes, ".gz", () => {
    const path = join(root, "build/remembered/unpacked");
    writeFileSync(path, bytes);
    return execFileSync("zopfli", ["-c", path]);
  });

/** The static imports of some outputs of esbuild and of what these import, themselves included. */
function withImports(metafile, paths) {
  const all = new Set(paths);
  for (const path of all)
    for (const { kind, path: other, external } of metafile.outputs[path]?.imports ?? [])
      if (kind === "import-statement") all.add(external ? join("dist", other) : other);
  return [...all].map((path) => relative("dist", path));
}

/** The output that a module has become. */
const outputOf = ({ outputs }, entry) =>
  Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === entry)[0];

/** Bundles modules and writes what comes of it. Gives esbuild's metafile, of paths from root. */
async function bundleModules(names, options) {
  const esbuild = await import("esbuild"); // setup() may have to install it first
  const { outputFiles, metafile } = await esbuild.build({
    // In one folder, where what they import is; but for the converters, which callers import.
    entryPoints: names.map((name) => ({
      in: join(web, `${name}.js`),
      out: name === "convert/to-onnx" ? basename(name) : name,
    })),
    ...{
      absWorkingDir: root,
      outdir: dist,
      outbase: web,
      chunkNames: "[name]-[hash]",
      metafile: true,
    },
    ...{ ...MINIFIED, format: "esm", splitting: true, ...options },
  });
  for (const { path, text } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const code = await smaller(text, { module: true });
    writeFileSync(path, code.replaceAll(...LEFT_ALONE));
  }
  return metafile;
}

// Files of several modules, which compress better together than each by itself: what the page and
// its worker both need at once, what the page alone does, and what the worker does, or the page
// that has none. A bundler that makes one file of a worker can have nothing there that is loaded
// later, which the page's own modules do.
const TOGETHER = {
  shared: ["platform", "options", "structs", "assets", "builds", "wasm", "serve"],
  main: ["inkling", "host", "workers", "source", "opening"],
  model: ["model", "writing"],
};

// What these load later, files of their own.
const LATER = ["session", "looking", "mixing", "tasks", "train", "cache", "export", "foreign"];
const ENTRIES = ["worker", "trainer", ...LATER, "convert/to-onnx", "convert/convert"];

const EXPORTED = "InklingError, cache, exportOnnx, exportPage, load, train, version";

/** In one of these files, or `undefined`, leaves modules that other files have to those. */
const toTogether = (/** @type {string | undefined} */ own) => ({
  name: "together",
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\/[\w/-]+\.js$/ }, ({ path, kind }) => {
      const name = basename(path, ".js");
      const isLater = kind === "dynamic-import" && own !== undefined;
      if (isLater) return { path: `./${name}.js`, external: true };
      const file = Object.keys(TOGETHER).find((one) => TOGETHER[one].includes(name));
      const isOther = kind === "import-statement" && file !== undefined && file !== own;
      return isOther ? { path: `./${file}.js`, external: true } : undefined;
    }),
});

/**
 * The module, minified: files of several modules, a file for each entry, and one for each part that
 * several of them, or only some callers, load. Gives the files that inkling.js imports at once, and
 * `session`, those that come with the first session.
 */
async function bundle() {
  for (const [file, modules] of Object.entries(TOGETHER))
    await bundleModules([], {
      entryPoints: undefined,
      stdin: {
        contents: modules.map((name) => `export * from "./${name}.js";`).join(""),
        ...{ resolveDir: web, sourcefile: `together/${file}.js` },
      },
      ...{ entryNames: file, splitting: false, plugins: [toTogether(file)] },
    });
  const metafile = await bundleModules(ENTRIES, { plugins: [toTogether(undefined)] });
  await bundleModules(["element"], { external: ["./inkling.js"] });
  // What main.js imports is named, so that both are fetched at once.
  const exported = `import"./shared.js";export{${EXPORTED.replaceAll(" ", "")}}from"./main.js";\n`;
  writeFileSync(join(dist, "inkling.js"), exported);
  return {
    modules: ["inkling.js", "main.js", "shared.js"],
    session: withImports(metafile, [outputOf(metafile, "web/session.js")]),
  };
}

/** In a module of the page: the package beside it stays that. */
const OF_THE_PAGE = {
  name: "of the page",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/(inkling|convert\/convert)\.js$/ }, ({ path }) => ({
      path: path.replace(/^(\.\.\/)+/, "../"),
      external: true,
    })),
};

/** The page's modules, likewise. Gives the files that its first tab needs. */
async function bundlePage() {
  const metafile = await bundleModules(["page/ahead", "page/main"], {
    ...{ chunkNames: "page/[name]-[hash]", plugins: [OF_THE_PAGE] },
  });
  const modules = ["ahead", "main", "write/write"].flatMap((name) =>
    withImports(metafile, [outputOf(metafile, `web/page/${name}.js`)]),
  );
  return modules.filter((path) => !path.startsWith(".."));
}

/** A style sheet with what it imports, minified. */
async function styleOf(path) {
  const esbuild = await import("esbuild");
  const options = { entryPoints: [join(web, path)], bundle: true, minify: true, write: false };
  return (await esbuild.build(options)).outputFiles[0].text;
}

/** The page's style sheets. */
async function bundleStyles() {
  for (const path of readdirSync(join(web, "page"), { recursive: true }))
    if (path.endsWith(".css"))
      writeFileSync(join(dist, "page", path), await styleOf(join("page", path)));
}

/**
 * All of a module and the core that it needs as one classic script. Its workers run the same code,
 * which therefore is a function that is called with the core.
 */
async function single(entry, build, { training = false, assets = "inline" } = {}) {
  const esbuild = await import("esbuild");
  const stands = { assets, workers: "inline", opening: "unconverted" };
  if (!training)
    for (const name of ["train", "trainer", "mixing", "mixture", "to-onnx"])
      stands[name] = "untrained";
  const standIn = {
    name: "stand-in",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.\.?\/[\w/-]+\.js$/ }, ({ path }) => {
        const stand = stands[basename(path, ".js")];
        return stand && { path: join(web, `${stand}.js`) };
      }),
  };
  const { outputFiles } = await esbuild.build({
    entryPoints: [join(web, entry)],
    ...{ ...MINIFIED, format: "iife", globalName: "inkling" },
    plugins: [standIn],
  });
  const script = await smaller(outputFiles[0].text, { module: false });
  const code = script.replace('"use strict";', "");
  const wasm = (await zopfli(readFileSync(join(dist, `inkling-${build}.wasm`)))).toString("base64");
  const start = `function inklingStart(inklingWasm,inklingInWorker){"use strict";${code}return inkling}`;
  return `var inkling=(${start})("${wasm}");\n`;
}

/** A script for an element: in its code these would begin and end other things. */
const withinHtml = (script) => script.replaceAll(/<(?=\/script|!--)/g, "\\x3c");

/** The page into which exportPage() puts a model. */
async function exportTemplate() {
  const read = (name) => readFileSync(join(web, "export", name), "utf8");
  const script = await single("export/start.js", "tasks-simd");
  const fill = { style: await styleOf("export/page.css"), script: withinHtml(script) };
  return Object.entries(fill).reduce(
    (page, [what, text]) => page.replace(`/*${what}*/`, () => text),
    read("page.html"),
  );
}

/** The page's modules as one, which takes the module from a script before it. */
async function pageScript() {
  const esbuild = await import("esbuild");
  const plugin = {
    name: "within",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /\/inkling\.js$/ }, () => ({ path: "inkling", namespace: "within" }));
      onLoad({ filter: /./, namespace: "within" }, () => ({
        contents: `export const { ${EXPORTED} } = globalThis.inkling;`,
      }));
      onResolve({ filter: /\/files\.js$/ }, () => ({ path: join(web, "page/files-within.js") }));
    },
  };
  const options = { entryPoints: [join(web, "page/main.js")], format: "esm", plugins: [plugin] };
  const { outputFiles } = await esbuild.build({ ...MINIFIED, ...options });
  return smaller(outputFiles[0].text, { module: true });
}

// What the page that is one file has within it, for every tab something.
const MODELS_WITHIN = ["names", "shakespeare-counts", "languages", "dates", "emoji"];

/** The paths in dist/ of the files below a folder of it that match. */
const distFiles = (folder, pattern) =>
  readdirSync(join(dist, folder), { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name.replaceAll(sep, "/")}`)
    .sort();

/**
 * The whole page as one file, which a double click opens: for a stick, or a class without a
 * network. `index` lists the models that there are.
 */
async function pageInOne(index) {
  const models = index.filter(({ file }) => MODELS_WITHIN.includes(basename(file, ".safetensors")));
  const files = new Map([["models/index.json", Buffer.from(JSON.stringify(models))]]);
  const names = models.map(({ file }) => `models/${file}`);
  const others = [...distFiles("models", /\.png$/), ...distFiles("samples", /\.(txt|json)$/)];
  for (const path of [...names, ...others, "inkling-page.html"])
    files.set(path, readFileSync(join(dist, path)));
  // The page's own first, and then, as there, those of its parts.
  const own = ["page/style.css", "page/panels.css"];
  const sheets = new Set([
    ...own,
    ...distFiles("page", /\.css$/),
    ...distFiles("vendor", /\.css$/),
  ]);
  const style = [...sheets].map((path) => readFileSync(join(dist, path), "utf8")).join("");
  const core = await single("single.js", "train-simd", { training: true, assets: "within" });
  const scripts = [core, await pageScript()].map(withinHtml);
  const hash = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${scripts.map(hash).join(" ")} 'wasm-unsafe-eval'`,
    `style-src ${hash(style)}`,
    "worker-src blob:",
    "connect-src data: blob:",
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  const elements = Array.from(files, ([path, bytes]) => {
    return `<script type="text/plain" id="${path}">${bytes.toString("base64")}</script>\n`;
  });
  elements.push(`<script>${scripts[0]}</script>\n<script type="module">${scripts[1]}</script>\n`);
  const notice = `<p>The page has not started: it takes JavaScript, of a browser of 2023 or later.</p>`;
  return readFileSync(join(web, "index.html"), "utf8")
    .replace(
      /(http-equiv="Content-Security-Policy"\s+content=")[^"]*/,
      (_, start) => start + policy,
    )
    .replaceAll(/ *<(link (?!rel="icon"|\n)[^>]*|script [^>]*src=[^>]*><\/script)>\n/g, "")
    .replaceAll(/ *<!--.*-->\n/g, "")
    .replace(/(id="not-started"[^>]*>)[^]*?(?=<\/div>)/, (_, start) => start + notice)
    .replace(/ *<p data-part="take">[^]*?<\/p>\n/, "")
    .replace("</head>", () => `<style>${style}</style></head>`)
    .replace("</body>", () => `${elements.join("")}</body>`);
}

const PACKED_FROM = 1400; // bytes; what is smaller comes in one packet either way
const LONG = 300_000; // bytes; to pack larger ones well takes long and gains little

/**
 * Puts beside files what a server may send in their place, where that is less by a twentieth:
 * FILE.gz and FILE.br.
 */
async function compress(paths) {
  for (const path of paths.map((name) => join(dist, name))) {
    const bytes = readFileSync(path);
    if (bytes.length < PACKED_FROM) continue;
    const put = (packed, ending) => {
      if (packed.length < 0.95 * bytes.length) writeFileSync(path + ending, packed);
    };
    if (bytes.length <= LONG) put(brotliCompressSync(bytes), ".br");
    put(bytes.length <= LONG ? await zopfli(bytes) : gzipSync(bytes, { level: 9 }), ".gz");
  }
}

/** Has a page fetch modules all at once and not step by step. */
function preload(page, base, modules) {
  const links = modules.map((name) => `<link rel="modulepreload" href="${base}${name}" />`);
  const path = join(dist, page);
  const html = readFileSync(path, "utf8");
  writeFileSync(path, html.replace("<!-- modules -->", links.join("\n    ")));
}

/** The characters that a generator knows; undefined of other models, and of words. */
function charactersOf(/** @type {Buffer} */ bytes) {
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, vocab } = JSON.parse(bytes.toString("utf8", 8, start));
  if (metadata.task !== "generator" || metadata.level !== "char") return undefined;
  const [from, to] = vocab.data_offsets.map((offset) => start + offset);
  return bytes.toString("utf8", from, to).replaceAll("\0", "");
}

export async function assemble() {
  rmSync(dist, { recursive: true, force: true });
  const served = /\.(html|css|d\.ts|png|svg|webmanifest)$|LICENSE$/; // as they are
  for (const path of readdirSync(web, { recursive: true }))
    if (served.test(path) && !/^export|^core\.d\.ts$/.test(path))
      cpSync(join(web, path), join(dist, path));
  const { modules, session } = await bundle();
  const pageModules = await bundlePage();
  await bundleStyles();
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
  for (const [name, build, options] of [
    ["inkling", "tasks-simd"],
    ["inkling-train", "train-simd", { training: true }],
  ]) {
    const script = await single("single.js", build, options);
    write(`${name}.iife.js`, script);
    write(`${name}.single.js`, `${script}export const { ${EXPORTED} } = inkling;\n`);
    write(`${name}.single.d.ts`, 'export * from "./inkling.js";\n');
  }
  write("inkling-page.html", await exportTemplate());
  copy("samples", "samples", /\.(txt|json|md)$/);
  copy("models", "models", /\.(safetensors|png)$/);
  // What the page lists are the models that are there, with the sizes that its progress needs and
  // the characters that a generator knows, so that it can offer one for a text.
  const listed = JSON.parse(readFileSync(join(root, "models/index.json"), "utf8"));
  const index = listed
    .filter(({ file }) => existsSync(join(dist, "models", file)))
    .map((entry) => {
      const bytes = readFileSync(join(dist, "models", entry.file));
      return { ...entry, bytes: bytes.length, characters: charactersOf(bytes) };
    });
  write("models/index.json", JSON.stringify(index));
  write("inkling-in-one-file.html", await pageInOne(index));
  cpSync(join(root, "bench/page"), join(dist, "bench"), { recursive: true });
  preload("bench/start.html", "../", modules);
  preload("index.html", "", [...new Set([...pageModules, ...modules, ...session])]);
  copy("build/wasm/bench", "bench", /\.wasm$/);
  await compress(writeServiceWorker(dist));
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
