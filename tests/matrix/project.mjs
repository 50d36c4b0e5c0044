// The projects of the matrix: small ones that have the package as npm would have installed it.
// They lie in projects/, above which Node finds the tools of this folder and those of the root.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { CHROMIUM_ARGUMENTS, findProgram, root } from "../../scripts/run.mjs";
import { serve } from "../../scripts/serve.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const projects = join(here, "projects");
const unpacked = join(projects, "package");
const PATIENCE_MS = 60_000;

export const MODEL = join(root, "models/names.safetensors");
const execute = promisify(execFile);

/** Runs a program and gives its standard output; a failure tells what it wrote. */
export async function run(command, args, options) {
  try {
    const most = { maxBuffer: 1e8, timeout: 3 * PATIENCE_MS };
    const { NODE_ENV, ...env } = process.env; // which a tool in this process may have set
    return (await execute(command, args, { ...most, env, ...options })).stdout;
  } catch (error) {
    const said = `${error.stderr ?? ""}${error.stdout ?? ""}`.trim();
    throw new Error(said.slice(-2000) || error.message);
  }
}

/** Where a package is, of this folder or of the root; undefined when it is not installed. */
export async function findPackage(name) {
  for (const folder of [here, root]) {
    const path = join(folder, "node_modules", name);
    try {
      const { version, bin } = JSON.parse(await readFile(join(path, "package.json"), "utf8"));
      const [file] = typeof bin === "string" ? [bin] : Object.values(bin ?? {});
      return { version, path, bin: file && join(path, file) };
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }
  return undefined;
}

/** Packs the package and unpacks it, for the projects to have. */
export async function installPackage() {
  await rm(projects, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), "inkling-pack-"));
  const pack = ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder];
  await run("npm", pack, { cwd: root });
  const [tarball] = await readdir(folder);
  await run("tar", ["-xzf", join(folder, tarball), "-C", unpacked, "--strip-components=1"]);
  await rm(folder, { recursive: true });
}

export class Project {
  #browser;

  /** A folder with project/ and these files. */
  static async make(name, files = {}) {
    const project = new Project();
    project.name = name;
    project.folder = join(projects, name);
    await cp(join(here, "project"), project.folder, { recursive: true });
    project.installed = join(project.folder, "node_modules/inkling");
    await mkdir(dirname(project.installed));
    await run("cp", ["-al", unpacked, project.installed]);
    await project.write({ "package.json": JSON.stringify({ type: "module" }), ...files });
    return project;
  }
  async write(files) {
    for (const [name, text] of Object.entries(files)) {
      const path = join(this.folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, text);
    }
  }
  /** Copies the model into a folder of it, for the page to fetch. */
  async addModel(folder = ".") {
    await mkdir(join(this.folder, folder), { recursive: true });
    await cp(MODEL, join(this.folder, folder, "names.safetensors"));
  }
  run(command, args, options) {
    return run(command, args, { cwd: this.folder, ...options });
  }
  node(...args) {
    return this.run(process.execPath, args);
  }

  /** Opens a folder of it in a browser and gives what the page found. */
  async open(folder) {
    const server = await serve(join(this.folder, folder));
    try {
      return await this.openAt(server.url);
    } finally {
      await server.close();
    }
  }
  async openAt(url) {
    const executablePath = findProgram("chromium");
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
    try {
      const page = await browser.newPage();
      const wrong = [];
      let workers = 0;
      page.on("worker", () => workers++);
      page.on("pageerror", (error) => wrong.push(error.message));
      page.on("response", (answer) => {
        if (answer.status() >= 400 && !answer.url().endsWith("/favicon.ico"))
          wrong.push(`${answer.status()} for ${new URL(answer.url()).pathname}`);
      });
      await page.goto(url);
      try {
        await page.waitForFunction(() => window.result, null, { timeout: PATIENCE_MS });
      } catch {
        throw new Error(`the page gave no result: ${wrong.join("; ")}`);
      }
      return { ...(await page.evaluate(() => window.result)), workers, wrong };
    } finally {
      await browser.close();
    }
  }
}
