// Inkling for browsers and Node: what `import … from "inkling"` gets. See inkling.d.ts for the
// types and the words. Options are checked here; the work is done by a Host (model.js), on this
// thread or in a worker, and the classes below differ in nothing between the two.

import { IN_WORKER, startHost, unlessAborted } from "./host.js";
import {
  FUNCTION,
  KERNEL,
  NUMBER,
  SEED,
  SIGNAL,
  WHOLE,
  YES_NO,
  argument,
  check,
  checkText,
  isText,
  isTexts,
  wholeFrom1,
} from "./options.js";
import { readSource, taskOf } from "./source.js";
import { InklingError, chooseBuild, compileBuild } from "./wasm.js";

export { InklingError };
export const version = "0.1.0";

// ---- Options: unknown names and wrong types end here; ranges are the core's to judge ------------

const SAMPLING = {
  repetitionPenalty: NUMBER,
  repetitionWindow: WHOLE,
  temperature: NUMBER,
  topK: WHOLE,
  topP: NUMBER,
  minP: NUMBER,
};
const DRAWING = { ...SAMPLING, seed: SEED };
const SKIP = { skipUnknown: YES_NO };
const SEARCH = {
  beam: wholeFrom1(16),
  lengthPenalty: NUMBER,
  length: WHOLE,
  stop: [
    (value) => [value].flat().every((text) => isText(text) && text !== ""),
    "a string or strings, none of them empty or with U+0000",
  ],
  ...SKIP,
  signal: SIGNAL,
  source: [() => true], // of tasks.js, which has what only some models need
  attention: YES_NO,
};
const GENERATE = {
  ...DRAWING,
  ...SEARCH,
  samples: wholeFrom1(4096),
  logProbabilities: YES_NO,
};
const LOAD = {
  worker: YES_NO,
  kernel: KERNEL,
  beam: YES_NO,
  vocabulary: [isTexts, "an array of strings without U+0000"],
  onProgress: FUNCTION,
  signal: SIGNAL,
};

// ---- The public classes -------------------------------------------------------------------------

// Pieces asked for before they are wanted, so that a worker has work while its last piece is used.
const LOOK_AHEAD = 2;

let lastId = 0; // of sessions and generations, in all models

/** What has no meaning together is said. */
function checkBeam({ beam, lengthPenalty, samples = 1, ...options }) {
  if (beam === undefined) {
    if (lengthPenalty !== undefined) throw argument("lengthPenalty goes with beam");
    return;
  }
  const drawing = Object.keys(DRAWING).find((name) => options[name] !== undefined);
  if (drawing) throw argument(`a beam draws nothing: leave ${drawing} out`);
  if (samples > beam) throw argument(`${samples} samples are more than a beam of ${beam}`);
}

/** Whether a generation is of many streams: its pieces then say of which one they are. */
const isMany = (prompt, options) =>
  options?.samples !== undefined || [prompt, options?.source].some(Array.isArray);

/** The Sources (tasks.js) of a model, which a generator does not have. */
function needSources(sources) {
  if (!sources)
    throw argument("the model is a generator, which writes after a prompt, from no source");
  return sources;
}

class Session {
  #host;
  #id;
  #sources;

  constructor(host, id, sources) {
    this.#host = host;
    this.#id = id;
    this.#sources = sources;
  }
  async #call(name, ...args) {
    if (!this.#host) throw new InklingError("freed", "the session was freed");
    return this.#host.call(name, this.#id, ...args);
  }
  async feed(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, SKIP);
    return this.#call("feed", text, skipUnknown);
  }
  async start(source, options = {}) {
    const { skipUnknown } = check(options, SKIP);
    return this.#call("start", needSources(this.#sources).check(source), skipUnknown);
  }
  async attention() {
    return this.#call("attention");
  }
  async distribution(options = {}) {
    const { count, ...sampling } = check(options, { ...SAMPLING, count: WHOLE });
    return this.#call("distribution", sampling, count);
  }
  async sample(options = {}) {
    const { seed, ...sampling } = check(options, { ...SAMPLING, seed: SEED });
    return this.#call("sample", sampling, seed);
  }
  async fork() {
    const id = ++lastId;
    const host = this.#host;
    if (!host) throw new InklingError("freed", "the session was freed");
    await host.call("fork", id, this.#id);
    return new Session(host, id, this.#sources);
  }
  async save() {
    return this.#call("save");
  }
  async restore(state) {
    if (!(state instanceof Uint8Array)) throw argument("the state must be a Uint8Array");
    return this.#call("restore", state);
  }
  async reset() {
    return this.#call("reset");
  }
  free() {
    this.#host?.release(this.#id);
    this.#host = undefined;
  }
}

class Model {
  #host;
  #sources;

  constructor(host, info, sources) {
    this.#host = host;
    this.info = info;
    this.#sources = sources;
  }

  async *#write(prompt, options) {
    let prompts = [prompt].flat();
    for (const text of prompts) checkText(text, "prompt");
    const checked = check(options, GENERATE, { length: 200, stop: [] });
    checkBeam(checked);
    const { signal, samples = 1, seed = 0, source, attention, ...more } = checked;
    let rest = more;
    if (this.#sources || source !== undefined || attention) {
      const sources = needSources(this.#sources);
      ({ prompts, ...rest } = sources.prepare(prompt, source, { attention, ...more }));
    }
    signal?.throwIfAborted();
    const host = this.#host;
    const id = ++lastId;
    const asked = [];
    const ask = (...call) => {
      const answer = host.call(...call);
      answer.catch(() => {}); // seen below, unless the loop was left before
      asked.push(answer);
    };
    try {
      ask("generate", id, prompts, { ...rest, samples, seed, stop: [rest.stop].flat() });
      for (let answer; !answer?.done;) {
        while (asked.length < LOOK_AHEAD) ask("next", id);
        answer = await unlessAborted(asked.shift(), signal);
        signal?.throwIfAborted();
        for (const piece of answer?.pieces ?? []) {
          yield piece;
          signal?.throwIfAborted();
        }
      }
    } finally {
      host.release(id);
    }
  }

  async *generate(prompt, options = {}) {
    const plain = !isMany(prompt, options) && !options?.logProbabilities && !options?.attention;
    for await (const piece of this.#write(prompt, options)) {
      if (!plain) yield piece;
      else if (piece.text !== "") yield piece.text;
    }
  }

  async complete(prompt, options = {}) {
    const written = [];
    for await (const { index, text, tokens = [] } of this.#write(prompt, options)) {
      const all = (written[index] ??= { text: "", tokens: [] });
      all.text += text;
      for (const token of tokens) all.tokens.push(token);
    }
    const { source, samples = 1, logProbabilities, attention } = options;
    const count = (Array.isArray(source) ? source : [prompt].flat()).length * samples;
    const texts = Array.from({ length: count }, (_, i) => {
      const { text, tokens } = written[i] ?? { text: "", tokens: [] };
      return logProbabilities || attention ? { text, tokens } : text;
    });
    return isMany(prompt, options) ? texts : texts[0];
  }

  async beam(prompt, options = {}) {
    checkText(prompt, "prompt");
    const { beam, ...rest } = check(options, SEARCH, { beam: 4 });
    if (Array.isArray(rest.source)) throw argument("a search writes from one source");
    const found = [];
    for await (const { index, ...text } of this.#write(prompt, { ...rest, beam, samples: beam })) {
      found[index] = text;
    }
    return found;
  }

  translate(text, options = {}) {
    return this.generate("", { ...options, source: text ?? null });
  }

  caption(picture, options = {}) {
    return this.generate("", { ...options, source: picture ?? null });
  }

  #need(task) {
    if (this.info.task !== task) throw argument(`the model is a ${this.info.task}, not a ${task}`);
  }

  async classify(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, SKIP);
    this.#need("classifier");
    return this.#host.call("classify", text, skipUnknown);
  }

  async sourceTokens(text, options = {}) {
    checkText(text, "text");
    const { skipUnknown } = check(options, SKIP);
    this.#need("translator");
    return this.#host.call("sourceTokens", text, skipUnknown);
  }

  async evaluate(text, options = {}) {
    checkText(text, "text");
    const { reset } = check(options, { reset: WHOLE }, { reset: 0 });
    this.#need("generator");
    return this.#host.call("evaluate", text, reset);
  }

  async session() {
    const id = ++lastId;
    await this.#host.call("session", id);
    return new Session(this.#host, id, this.#sources);
  }

  free() {
    this.#host.free();
  }
}

export async function load(source, options = {}) {
  const { worker, kernel, beam, vocabulary, onProgress, signal } = check(options, LOAD, {
    worker: IN_WORKER,
    kernel: "auto",
  });
  // Compiled while a worker starts and the model arrives: the core of a generator, as most models
  // are.
  // Seen below, unless something else fails first.
  compileBuild(chooseBuild(kernel, beam)).catch(() => {});
  const host = await startHost(worker);
  try {
    const bytes = await readSource(source, { onProgress, signal });
    // A worker is handed the bytes themselves, which must not be the caller's.
    const theirs = bytes.buffer === source || bytes.buffer === source.buffer;
    const own = worker && theirs ? bytes.slice() : bytes;
    const task = taskOf(bytes);
    const everything = beam || task !== "generator";
    const build = chooseBuild(kernel, everything);
    const compiled = await unlessAborted(compileBuild(build), signal);
    const kind = everything ? "task" : "generator";
    const opening = host.open(kind, [own, vocabulary, build, compiled], [own.buffer]);
    const info = await unlessAborted(opening, signal);
    const sources = task === "generator" ? undefined : (await import("./tasks.js")).sourcesOf(task);
    return new Model(host, info, sources);
  } catch (error) {
    host.free();
    throw error;
  }
}

// Training is another download: what it takes comes with the first call of train().
export function train(text, options = {}) {
  const opened = import("./train.js").then(({ Run }) => Run.open(text, options, load));
  opened.catch(() => {}); // whoever waits for the run is told
  const ask = (name) => async (value) => (await opened)[name](value);
  const tell = (name) => () =>
    void opened.then(
      (run) => run[name](),
      () => {},
    );
  return {
    info: async () => (await opened).info,
    next: ask("next"),
    return: ask("return"),
    model: ask("model"),
    save: ask("save"),
    checkpoint: ask("checkpoint"),
    ngram: ask("ngram"),
    pause: tell("pause"),
    resume: tell("resume"),
    stop: tell("stop"),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
