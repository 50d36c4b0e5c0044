// Running other programs, in the root of the project.

import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where a program is on the PATH, or undefined. */
export function findProgram(name) {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false; // not in this folder
      }
    });
}

/** With which Chromium runs for tests, measurements and pictures. */
export const CHROMIUM_ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
];

/** Runs a program on this terminal and tells whether it succeeded. */
export function succeeds(command, args, options = {}) {
  const { error, status } = spawnSync(command, args, { cwd: root, stdio: "inherit", ...options });
  if (error) console.error(`${command}: ${error.message}`);
  return status === 0;
}

/** The same, but a failure ends this process. */
export function run(command, args, options) {
  if (succeeds(command, args, options)) return;
  console.error(`\nfailed: ${[command, ...args].join(" ")}`);
  process.exit(1);
}
