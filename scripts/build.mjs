// `npm run build`: the command at build/native/inkling, and in dist/ the page and the package, as
// any static host can serve them. Run again, it does only what has changed.

import {
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, run } from "./run.mjs";
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

function assemble() {
  const dist = join(root, "dist");
  rmSync(dist, { recursive: true, force: true });
  cpSync(join(root, "web"), dist, { recursive: true });
  const copy = (from, to, pattern) => {
    for (const name of readdirSync(join(root, from)).filter((file) => pattern.test(file))) {
      cpSync(join(root, from, name), join(dist, to, name));
    }
  };
  // So that Node reads a copy of this folder as modules wherever it lies.
  writeFileSync(join(dist, "package.json"), '{ "type": "module" }\n');
  copy("build/wasm", ".", /\.wasm$/);
  copy("samples", "samples", /\.(txt|json|md)$/);
  copy("node_modules/uplot/dist", "vendor", /^uPlot\.(esm\.js|min\.css)$/);
  cpSync(join(root, "node_modules/uplot/LICENSE"), join(dist, "vendor/uPlot-LICENSE"));
  copy("models", "models", /\.(safetensors|png)$/);
  // What the page lists are the models that are there, with the sizes that its progress needs.
  const listed = JSON.parse(readFileSync(join(root, "models/index.json"), "utf8"));
  const index = listed
    .filter(({ file }) => existsSync(join(dist, "models", file)))
    .map((entry) => ({ ...entry, bytes: statSync(join(dist, "models", entry.file)).size }));
  writeFileSync(join(dist, "models/index.json"), JSON.stringify(index));
  cpSync(join(root, "bench/page"), join(dist, "bench"), { recursive: true });
  copy("build/wasm/bench", "bench", /\.wasm$/);
}

export function build() {
  cmake("native");
  cmake("wasm", { wrapper: ["emcmake"] });
  assemble();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setup();
  build();
}
