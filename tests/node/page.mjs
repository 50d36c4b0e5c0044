// A module of the page for a test: the build bundles them, under names that none can know.

import { build } from "esbuild";
import { join } from "node:path";
import { root } from "./helpers.mjs";

/** The code of web/page/NAME.js with all it imports, but for the package, which is at `inkling`. */
export async function bundleOfPage(name, inkling) {
  const outside = ({ onResolve }) =>
    onResolve({ filter: /\/inkling\.js$/ }, () => ({ path: inkling, external: true }));
  const { outputFiles } = await build({
    entryPoints: [join(root, "web/page", `${name}.js`)],
    ...{ bundle: true, format: "esm", write: false },
    plugins: [{ name: "outside", setup: outside }],
  });
  return outputFiles[0].text;
}
