// What surrounds a model: where it and the core come from, digests, signals, other realms, limits,
// and what is left to the garbage collector.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { InklingError, cache, exportPage, load, train } from "../../dist/inkling.js";
import { chooseBuild, openCore } from "../../dist/shared.js";
import { dist, pause, root, run, temporaryFolder } from "./helpers.mjs";
import { makeModel } from "./make-model.mjs";

const file = makeModel({ hidden: 40 });
const good = await load(file);
const expected = await good.complete("abc");
const FOREVER = 4_000_000_000;

const refuses = (promise, code, message) =>
  assert.rejects(promise, (error) => {
    assert.ok(error instanceof InklingError, error.stack);
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });

async function writes(model) {
  assert.equal(await model.complete("abc"), expected);
  model.free();
}

async function serve(t, answer) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${server.address().port}/`;
}

test("hf: and gh: are addresses of files there", async (t) => {
  const asked = [];
  const url = await serve(t, (request, response) => {
    asked.push(request.url);
    response.end(file);
  });
  const { fetch } = globalThis;
  t.after(() => (globalThis.fetch = fetch));
  globalThis.fetch = (address, options) => fetch(String(address).replace("https://", url), options);
  for (const source of [
    "hf:someone/names/model.safetensors",
    "hf:someone/names/deep/model.safetensors@v1.2",
    "gh:someone/names/models/model.safetensors",
    "gh:someone/names/model.safetensors@0123abc",
  ]) {
    await writes(await load(source));
  }
  assert.deepEqual(asked, [
    "/huggingface.co/someone/names/resolve/main/model.safetensors",
    "/huggingface.co/someone/names/resolve/v1.2/deep/model.safetensors",
    "/raw.githubusercontent.com/someone/names/HEAD/models/model.safetensors",
    "/raw.githubusercontent.com/someone/names/0123abc/model.safetensors",
  ]);
  for (const source of ["hf:", "hf:names", "gh:a/b", "gh:a/b/c@"]) {
    await refuses(load(source), "argument", /is not of the form (hf|gh):/);
  }
});

test("a file other than the one that integrity names is refused", async () => {
  for (const algorithm of ["sha256", "sha384", "sha512"]) {
    const digest = createHash(algorithm).update(file).digest("base64");
    await writes(await load(file, { integrity: `${algorithm}-${digest}` }));
    const changed = file.slice();
    changed[file.length - 1] ^= 1;
    const integrity = `${algorithm}-${digest}`;
    await refuses(load(changed, { integrity }), "format", /not the one that its integrity names/);
  }
  await refuses(load(file, { integrity: "md5-abc" }), "argument", /integrity must be a digest/);
});

test("where nothing can be kept, that is said once and the model read", async (t) => {
  const url = await serve(t, (request, response) => response.end(file));
  const said = t.mock.method(console, "warn", () => {});
  for (let i = 0; i < 2; i++) await writes(await load(url, { cache: true }));
  await writes(await load(file, { cache: true }));
  assert.deepEqual(await cache.list(), []);
  assert.equal(await cache.clear(), 0);
  assert.equal(said.mock.callCount(), 1);
  assert.match(said.mock.calls[0].arguments[0], /^Inkling: models cannot be kept here/);
});

test("the core and the worker may be elsewhere", async (t) => {
  const folder = await temporaryFolder(t);
  await cp(dist, join(folder, "elsewhere"), { recursive: true });
  const elsewhere = `${pathToFileURL(join(folder, "elsewhere"))}/`;
  for (const worker of [false, true]) {
    await writes(await load(file, { worker, wasmURL: elsewhere }));
    await writes(await load(file, { worker, wasmURL: `${elsewhere}inkling-simd.wasm` }));
  }
  await writes(await load(file, { worker: true, workerURL: `${elsewhere}worker.js` }));
  const run = train("abc\n".repeat(900), { steps: 1, hidden: 4, wasmURL: elsewhere });
  for await (const { loss } of run) assert.ok(loss > 0);

  const missing = load(file, { wasmURL: `${elsewhere}none/` });
  await refuses(missing, "network", /the core file:.*inkling-simd\.wasm cannot be used: ENOENT/);
  const dates = join(dist, "models/dates.safetensors");
  const small = load(dates, { wasmURL: `${elsewhere}inkling-simd.wasm` });
  await refuses(small, "network", /not the build that is needed, inkling-tasks-simd/);
  const html = await serve(t, (request, response) => {
    response.setHeader(
      "content-type",
      request.url === "/a.wasm" ? "text/html" : "application/wasm",
    );
    response.end("<!doctype html><title>404</title>");
  });
  const page = load(file, { wasmURL: `${html}a.wasm` });
  await refuses(page, "network", /a\.wasm cannot be used: it answered with a page/);
  await refuses(load(file, { wasmURL: `${html}b.wasm` }), "network", /b\.wasm cannot be used/);
  const gone = await serve(t, (request, response) => response.writeHead(404).end());
  await refuses(load(file, { wasmURL: gone }), "network", /answered 404/);
  const none = load(file, { worker: true, workerURL: `${elsewhere}none.js` });
  await refuses(none, "network", /the worker cannot be started/);
  await writes(await load(file, { wasmURL: elsewhere }));
});

test("bytes of another realm, shared ones and parts of larger ones are read; gone ones refused", async () => {
  const foreign = runInNewContext("new Uint8Array(size)", { size: file.length });
  foreign.set(file);
  const shared = new Uint8Array(new SharedArrayBuffer(file.length));
  shared.set(file);
  for (const source of [foreign, foreign.buffer, shared, shared.buffer, Buffer.from(file)]) {
    for (const worker of [false, true]) await writes(await load(source, { worker }));
  }
  const dates = new Uint8Array(
    new SharedArrayBuffer((await readFile(join(dist, "models/dates.safetensors"))).length),
  );
  dates.set(await readFile(join(dist, "models/dates.safetensors")));
  const translator = await load(dates);
  assert.equal(translator.info.task, "translator");
  translator.free();
  const gone = file.slice();
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  await refuses(load(gone), "argument", /transferred/);
  await refuses(train(gone).next(), "argument", /transferred/);
  await refuses(train("abc", { resume: gone }).next(), "argument", /transferred/);
  const session = await good.session();
  await refuses(session.restore(gone), "argument", /transferred/);
  session.free();
});

test("twenty calls on one signal warn of nothing", async (t) => {
  const warned = [];
  const listen = (warning) => warned.push(warning);
  process.on("warning", listen);
  t.after(() => process.off("warning", listen));
  const url = await serve(t, (request, response) => setTimeout(() => response.end(file), 50));
  const { signal } = new AbortController();
  await Promise.all(
    Array.from({ length: 20 }, async (_, i) => {
      const model = await load(i % 2 ? url : file, { signal, worker: i < 4 });
      await model.complete("abc", { signal });
      model.free();
      await train("abc\n".repeat(900), { steps: 1, hidden: 4, signal }).next();
    }),
  );
  await pause(10);
  assert.deepEqual(warned, []);
});

test("so many texts at once that memory is in doubt are refused", async () => {
  const prompts = Array(100).fill("a");
  const texts = await good.complete(prompts, { samples: 40, length: 1 });
  assert.equal(texts.length, 4000);
  await refuses(good.complete(prompts, { samples: 41 }), "argument", /100 prompts × 41 .* 4096/);
});

test("a long sample neither blocks its thread nor outlives its run", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const sample = { validation: 0.1, validateEvery: 1, sampleLength: FOREVER };
  const options = { hidden: 8, steps: 4, lines: false, ...sample, signal };
  const run = train("abc\n".repeat(900), options);
  const waiting = run.next();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  setTimeout(() => controller.abort(new Error("enough")), 300);
  await assert.rejects(waiting, /enough/);
  clearInterval(timer);
  assert.ok(ticks > 5, `${ticks} ticks of a timer`);
  const model = await run.model({ best: false });
  assert.equal(model.info.metadata.step, "1");
  model.free();
});

test("what a run is asked for is checked", async () => {
  const run = train("abc\n".repeat(900), { steps: 1, hidden: 4 });
  await refuses(run.model(null), "argument", /options must be an object/);
  await refuses(run.save({ best: 1 }), "argument", /best must be true or false/);
  await refuses(run.save({ bets: true }), "argument", /unknown option "bets"/);
  await refuses(run.model({ bets: true }), "argument", /unknown option "bets"/);
  await refuses(run.ngram({ order: -1 }), "argument", /order/);
  run.stop();
});

test("a run whose worker ends says so", async (t) => {
  const folder = await temporaryFolder(t);
  await cp(dist, folder, { recursive: true });
  const unsound = `import "./sound.js"; setTimeout(() => { throw new Error("bang"); }, 400);`;
  await cp(join(folder, "worker.js"), join(folder, "sound.js"));
  await writeFile(join(folder, "worker.js"), unsound);
  const copy = await import(pathToFileURL(join(folder, "inkling.js")));
  const run = copy.train("the quick brown fox\n".repeat(900), {
    workers: 2,
    steps: 1e6,
    hidden: 64,
  });
  const ended = { code: "freed", message: "the run's worker has ended: bang" };
  await assert.rejects(async () => {
    for await (const step of run) assert.ok(step);
  }, ended);
});

test("sessions and generations that are forgotten give their memory back", async () => {
  const script = `
    import { load } from "./dist/inkling.js";
    import { chooseBuild, openCore } from "./dist/shared.js";
    import { makeModel } from "./tests/node/make-model.mjs";
    const model = await load(makeModel({ hidden: 1000 }));
    const core = await openCore(chooseBuild("auto"));
    const rest = () => new Promise((resolve) => setTimeout(resolve, 20));
    const round = async () => {
      for (let i = 0; i < 50; i++) {
        await (await model.session()).feed("abc");
        await model.generate("abc", { length: 4e9 }).next();
      }
      for (let i = 0; i < 5; i++) { globalThis.gc(); await rest(); }
    };
    await round();
    const before = core.c.memory.buffer.byteLength;
    for (let i = 0; i < 8; i++) await round();
    console.log(core.c.memory.buffer.byteLength <= 1.3 * before);
    model.free();
  `;
  const options = ["--expose-gc", "--input-type=module", "-e", script];
  const { stdout } = await run(process.execPath, options, { cwd: root });
  assert.equal(stdout, "true\n");
});

test("a model becomes a page, whose texts are no markup", async () => {
  const metadata = { name: "</title><script>alert(1)</script>", license: "<b>none</b>" };
  const bytes = makeModel({ metadata });
  const page = await exportPage(bytes, { prompt: "</script><script>alert(2)//", temperature: 0.5 });
  assert.match(page, /^<!doctype html>/);
  assert.ok(!page.includes("<script>alert("));
  assert.doesNotMatch(page, /<script[^>]+src|<link|<img|@import|url\(/);
  assert.equal(page.split("&#60;/title&#62;").length, 3, "as title and as heading");
  const names = await exportPage(join(dist, "models/names.safetensors"));
  assert.ok(names.length <= 526_000, `${names.length} bytes`);
  await refuses(exportPage(bytes, { nonsense: 1 }), "argument", /nonsense/);
  await refuses(exportPage(new Uint8Array(100)), "format", /\w/);
  const classifier = join(dist, "models/languages.safetensors");
  await refuses(
    exportPage(classifier, { samples: 3 }),
    "argument",
    /classifier has no use for samples/,
  );
});

test("where there is no page, the element can be imported and does nothing", async () => {
  const { InklingText } = await import("../../dist/element.js");
  assert.equal(typeof InklingText, "function");
});

test("the files for a script tag are as small as promised", async () => {
  const { gzipSync } = await import("node:zlib");
  const size = async (name) => gzipSync(await readFile(join(dist, name)), { level: 9 }).length;
  assert.ok((await size("inkling.iife.js")) <= 64_360);
  assert.ok((await size("inkling-train.iife.js")) <= 118_170);
});

test(
  "timers that a test fakes hold up neither writing nor training",
  { timeout: 20_000 },
  async (t) => {
    const { setImmediate, setTimeout } = globalThis;
    const free = () => Object.assign(globalThis, { setImmediate, setTimeout });
    t.after(free);
    Object.assign(globalThis, { setImmediate: () => 1, setTimeout: () => 1 });
    const awake = setInterval(() => {}, 1000); // else Node would end, with everything waiting
    t.after(() => clearInterval(awake));
    const model = await load(join(dist, "models/names.safetensors"));
    const length = (await model.complete("em", { seed: 1, samples: 20 })).length;
    model.free();
    let steps = 0;
    const run = train("the quick brown fox\n".repeat(100), { hidden: 8, steps: 5, batch: 2 });
    for await (const { step } of run) steps = step;
    assert.deepEqual([length, steps], [20, 5]);
  },
);
