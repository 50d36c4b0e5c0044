// The doors that texts, pictures and models come through: the command and the module. Each does the
// same few things with bytes as somebody has them, and answers in the same form, so that a table of
// cases can go through all of them.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load, train } from "../../dist/inkling.js";

export const inkling = fileURLToPath(new URL("../../build/native/inkling", import.meta.url));

export const folder = mkdtempSync(join(tmpdir(), "inkling-doors-"));
process.on("exit", () => rmSync(folder, { recursive: true }));

let files = 0;
/** A new file of these bytes. */
export function file(bytes, ending = "") {
  const path = join(folder, `${files++}${ending}`);
  writeFileSync(path, bytes);
  return path;
}

/** Runs the command: { status, stdout, stderr }, stdout as bytes. */
export function run(args, options = {}) {
  const { status, signal, stdout, stderr } = spawnSync(inkling, args, {
    maxBuffer: 1 << 28,
    timeout: 60_000,
    ...options,
  });
  return { status: status ?? signal, stdout, stderr: stderr.toString() };
}

const dashed = (name) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const given = (options) =>
  Object.entries(options).flatMap(([name, value]) =>
    value === true
      ? [`--${dashed(name)}`]
      : value === false
        ? []
        : [`--${dashed(name)}`, `${value}`],
  );

/** What a door answered: { error } or { answer, note }. */
const answered = ({ status, stdout, stderr }, answer) =>
  status === 0 ? { answer: answer(stdout), note: stderr } : { error: stderr, stdout };

const lines = (stdout) => stdout.toString().replace(/\n$/, "").split("\n");

const command = {
  name: "command",
  async train(text, options, { pictures, encoding } = {}) {
    const out = file("");
    const more = [...(pictures ? ["--pictures", file(pictures)] : [])];
    if (encoding) more.push("--encoding", encoding);
    const paths = ["--text", file(text), "--out", out, "--trained-on", "x"];
    return answered(run(["train", ...paths, ...given(options), ...more, "--json"]), () =>
      readFileSync(out),
    );
  },
  async generate(model, prompt) {
    const args = ["generate", model, "--prompt", prompt, "--temperature", "0", "--length", "12"];
    return answered(run(args), (stdout) => stdout.toString());
  },
  async classify(model, texts) {
    return answered(run(["classify", model, "--json"], { input: texts.join("\n") + "\n" }), (out) =>
      lines(out).map((line) => JSON.parse(line)),
    );
  },
  async translate(model, texts) {
    const input = texts.join("\n") + "\n";
    return answered(run(["translate", model, "--length", "20"], { input }), lines);
  },
  async caption(model, pictures) {
    return answered(run(["caption", model, file(pictures), "--length", "8"]), lines);
  },
  async evaluate(model, text, { pictures } = {}) {
    const more = pictures ? ["--pictures", file(pictures)] : [];
    return answered(run(["evaluate", model, "--text", file(text), "--json", ...more]), (stdout) =>
      JSON.parse(stdout.toString()),
    );
  },
};

async function attempt(work) {
  try {
    const done = await work();
    return done.note === undefined ? { answer: done, note: "" } : done;
  } catch (error) {
    if (error.name !== "InklingError") throw error;
    return { error: error.message };
  }
}

async function withModel(path, use) {
  const model = await load(readFileSync(path), { worker: false });
  try {
    return await use(model);
  } finally {
    model.free();
  }
}

/** A binary PPM picture as the module takes one. */
function pixels(ppm) {
  const [, width, height] = /^P6\s+(\d+)\s+(\d+)\s+255\s/.exec(ppm.toString("latin1")).map(Number);
  return { data: new Uint8Array(ppm.subarray(ppm.length - 3 * width * height)), width, height };
}

const moduleDoor = {
  name: "module",
  train: (text, options, { pictures } = {}) =>
    attempt(async () => {
      const more = { trainedOn: "x", worker: false, ...(pictures ? { pictures } : {}) };
      const training = await train(text, { ...options, ...more });
      for await (const progress of training) void progress;
      const { note = "" } = await training.info();
      return { answer: Buffer.from(await training.save()), note };
    }),
  generate: (path, prompt) =>
    attempt(() =>
      withModel(path, (model) => model.complete(prompt, { temperature: 0, length: 12 })),
    ),
  classify: (path, texts) =>
    attempt(() =>
      withModel(path, (model) => Promise.all(texts.map((text) => model.classify(text)))),
    ),
  translate: (path, texts) =>
    attempt(() =>
      withModel(path, (model) =>
        Promise.all(
          texts.map((text) =>
            model.complete("", { source: text, beam: 4, lengthPenalty: 0.6, length: 20 }),
          ),
        ),
      ),
    ),
  caption: (path, ppm) =>
    attempt(() =>
      withModel(path, async (model) => [
        await model.complete("", { source: pixels(ppm), length: 8 }),
      ]),
    ),
  evaluate: (path, text) =>
    attempt(() => withModel(path, (model) => model.evaluate(new TextDecoder().decode(text)))),
};

export const doors = [command, moduleDoor];
