// The libraries that the page and the converters load, copied from npm's packages to web/vendor/,
// where the files beside them find them in the source tree as in dist/.

import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.mjs";

const packages = join(root, "node_modules");
const vendored = join(root, "web/vendor");

function copy(from, to) {
  cpSync(join(packages, from), join(vendored, to));
}

/** fflate, whose types are not ours to check. */
function copyFflate() {
  const code = readFileSync(join(packages, "fflate/esm/browser.js"), "utf8");
  writeFileSync(join(vendored, "fflate.js"), `// @ts-nocheck\n${code}`);
  copy("fflate/LICENSE", "fflate-LICENSE");
}

/**
 * jsfive's own modules, without the copy of pako that its bundle has, since fflate inflates here,
 * and without what it prints.
 */
function copyJsfive() {
  mkdirSync(join(vendored, "jsfive"));
  for (const name of readdirSync(join(packages, "jsfive/esm"))) {
    const text = readFileSync(join(packages, "jsfive/esm", name), "utf8");
    const pako = /import \* as pako from '[^']*';/;
    const inflate =
      "import { unzlibSync as inflate } from '../fflate.js'; const pako = { inflate };";
    writeFileSync(
      join(vendored, "jsfive", name),
      text.replace(pako, inflate).replace(/console\.warn\(.*\);/g, ""),
    );
  }
  copy("jsfive/LICENSE.txt", "jsfive-LICENSE");
}

export function vendor() {
  rmSync(vendored, { recursive: true, force: true });
  mkdirSync(vendored, { recursive: true });
  copy("uplot/dist/uPlot.min.css", "uPlot.min.css"); // its code the build takes from the package
  copy("uplot/LICENSE", "uPlot-LICENSE");
  copyFflate();
  copyJsfive();
}
