// Arbitrary arguments to everything that the module exports: whatever comes, it is an InklingError
// or it works; never a hang, a trap of WebAssembly, or a model that then writes something else.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { InklingError, cache, exportOnnx, exportPage, load, train } from "../../dist/inkling.js";
import { dist } from "./helpers.mjs";
import { makeModel, randomNumbers } from "./make-model.mjs";

const CALL_MS = 20_000; // a call that takes longer hangs, however busy the machine is

const CODES = [
  "memory",
  "argument",
  "format",
  "vocabulary",
  "text",
  "diverged",
  "network",
  "freed",
];

/** A generator of values: those that break things, and what an option may be. */
function generator(seed) {
  const random = randomNumbers(seed);
  const pick = (list) => list[random() % list.length];
  const thunks = [
    () => undefined,
    () => null,
    () => pick([true, false]),
    () => pick([0, -0, 1, -1, 2, 7, 0.5, 1e-9, 1e9, 2 ** 32, 2 ** 53, -(2 ** 31)]),
    () => pick([NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE]),
    () => pick(["", "a", "abc", "\n", "\0", "a\0b", "日本", "🦑", "\ud800", "é", "constructor"]),
    () => pick(["__proto__", "hf:x", "gh:a/b/c@", "data:,x", "sha256-AAAA", "auto", "simd"]),
    () => "abc".repeat(random() % 2000),
    () => pick([10n, Symbol("s"), () => 1, class {}, /x/, new Date(NaN), new Map(), new Set([1])]),
    () => Array.from({ length: random() % 4 }, () => value()),
    () => Object.fromEntries(Array.from({ length: random() % 4 }, () => [name(), value()])),
    () => Object.create(null),
    () => new Uint8Array(random() % 40).map(() => random()),
    () => pick([new ArrayBuffer(8), new DataView(new ArrayBuffer(9), 3), new Float64Array(3)]),
    () => ({ data: new Uint8ClampedArray(12), width: pick([1, 2, 3, -1]), height: 2 }),
    () => pick([new Blob([]), new Response("x"), new URL("data:,y"), new AbortController().signal]),
    () => structuredCloneDetached(),
  ];
  const value = () => pick(thunks)();
  const name = () => pick(NAMES);
  const options = () => {
    const all = Array.from({ length: random() % 5 }, () => [name(), value()]);
    return random() % 8 ? Object.fromEntries(all) : value();
  };
  const text = () => (random() % 3 ? pick(["", "a", "abc", "ab\ncab"]) : value());
  return { random, pick, value, options, text };
}

/** A buffer that has been handed to someone else. */
function structuredCloneDetached() {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

const NAMES = [
  ...["temperature", "topK", "topP", "minP", "repetitionPenalty", "repetitionWindow", "seed"],
  ...["length", "samples", "stop", "skipUnknown", "logProbabilities", "beam", "lengthPenalty"],
  ...["source", "attention", "signal", "count", "reset", "worker", "kernel", "vocabulary"],
  ...["onProgress", "cache", "integrity", "workerURL", "wasmURL", "task", "hidden", "steps"],
  ...["batch", "nchars", "resume", "pictures", "from", "workers", "sampleEvery", "best", "order"],
  ...["trace", "saliency", "gates", "logits", "cell", "place"],
  ...["__proto__", "toString", "title", "prompt", "nonsense", "sampleLength", "learningRate"],
];

/** What becomes of a call: it settles in time, and what it throws is ours. */
async function settles(what, call) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it hangs: ${what()}`)), CALL_MS);
  });
  try {
    await Promise.race([call(), late]);
  } catch (error) {
    const isOurs = error instanceof InklingError && CODES.includes(error.code);
    assert.ok(isOurs, `${what()}\n${error?.stack ?? String(error)}`);
    assert.ok(error.message && !error.message.includes("\n"), error.message);
  } finally {
    clearTimeout(timer);
  }
}

/** Lowers a number that only costs time. */
function atMost(options, name, most) {
  if (typeof options !== "object" || typeof options?.[name] !== "number") return;
  if (options[name] > most) options[name] = most;
}

/** Reads a few pieces, then leaves. */
async function some(iterator) {
  let count = 0;
  for await (const piece of iterator) if (piece === undefined || ++count > 3) break;
}

const describe = (method, args) => () =>
  `${method}(${args.map((value) => (typeof value === "object" ? inspect(value) : String(value)))})`;
const inspect = (value) => {
  try {
    return JSON.stringify(value, (_, inner) =>
      typeof inner === "bigint" || typeof inner === "symbol" ? String(inner) : inner,
    )?.slice(0, 300);
  } catch {
    return Object.prototype.toString.call(value);
  }
};

const file = makeModel({ hidden: 10 });
const models = {
  generator: [file, { beam: true }, (model) => model.complete("abc", { length: 40, seed: 1 })],
  "generator that looks inside": [
    file,
    { saliency: true },
    (model) => model.complete("abc", { length: 40, seed: 1 }),
  ],
  "small generator": [file, {}, (model) => model.complete("abc", { length: 40, seed: 1 })],
  translator: [
    join(dist, "models/dates.safetensors"),
    {},
    (model) => model.complete("", { source: "3 May 1979" }),
  ],
  classifier: [
    join(dist, "models/languages.safetensors"),
    {},
    async (model) => (await model.classify("Kowalski")).slice(0, 3),
  ],
};

for (const [kind, [source, given, sound]] of Object.entries(models)) {
  for (const worker of [false, true]) {
    test(`a ${kind} takes any arguments${worker ? ", in a worker" : ""}`, async (t) => {
      const model = await load(source, { ...given, worker });
      t.after(() => model.free());
      const expected = await sound(model);
      const { pick, value, options, text } = generator(worker ? 2 : 1);
      const methods = {
        complete: [text, options],
        generate: [text, options],
        beam: [text, options],
        translate: [text, options],
        caption: [value, options],
        classify: [text, options],
        sourceTokens: [text, options],
        evaluate: [text, options],
        trace: [text, options],
        saliency: [text, value, options],
        units: [text, value, options],
      };
      const inSession = {
        feed: [text, options],
        start: [text, options],
        distribution: [options],
        sample: [options],
        restore: [value],
        attention: [],
        save: [],
        trace: [text, options],
        state: [],
        setState: [options],
        reset: [],
      };
      const iterates = (method) => ["generate", "translate", "caption"].includes(method);
      for (let round = 0; round < 1000; round++) {
        const method = pick(Object.keys(methods));
        const args = methods[method].map((make) => make());
        // No text so long that time alone would be the reason.
        const [, last] = args;
        atMost(last, "length", 50);
        await settles(describe(method, args), () => {
          const result = model[method](...args);
          return iterates(method) ? some(result) : result;
        });
        if (round % 10) continue;
        const session = await model.session();
        for (let step = 0; step < 6; step++) {
          const name = pick(Object.keys(inSession));
          const own = inSession[name].map((make) => make());
          await settles(describe(`session.${name}`, own), () => session[name](...own));
        }
        (await session.fork()).free();
        session.free();
      }
      assert.deepEqual(await sound(model), expected, "the model is as it was");
    });
  }
}

test("loading, exporting and the cache take any arguments", async () => {
  const { random, value, options } = generator(13);
  for (let round = 0; round < 1000; round++) {
    const source = random() % 2 ? file : value();
    const given = options();
    if (given && typeof given === "object") delete given.signal;
    await settles(describe("load", [source, given]), async () => {
      (await load(source, given)).free();
    });
    if (round % 10 === 0) {
      await settles(describe("exportPage", [source, given]), () => exportPage(source, given));
      await settles(describe("exportOnnx", [source]), () => exportOnnx(source));
    }
  }
  for (const url of [undefined, "a", "http://x/", null, 3]) {
    await settles(describe("cache.clear", [url]), () => cache.clear(url));
  }
  await settles(
    () => "cache.list",
    () => cache.list(),
  );
});

test("training takes any arguments", async () => {
  const { random, value, options } = generator(4);
  const plain = "the quick brown fox jumps over the lazy dog\n".repeat(60);
  const small = { hidden: 8, batch: 2, nchars: 10, steps: 4, sampleEvery: 0 };
  for (let round = 0; round < 300; round++) {
    const text = random() % 3 ? plain : value();
    const own = options();
    const isOptions = own && typeof own === "object" && !Array.isArray(own);
    const given = isOptions ? { ...small, ...own } : own;
    atMost(given, "workers", 2);
    atMost(given, "sampleLength", 1000);
    const run = train(text, given);
    await settles(describe("train", [text, given]), () => some(run));
    for (const name of ["save", "model", "ngram"]) {
      const argument = value();
      await settles(describe(`run.${name}`, [argument]), async () =>
        (await run[name](argument))?.free?.(),
      );
    }
    run.pause();
    run.resume();
    run.stop();
  }
});
