// The module as pages of any kind use it: the examples as they are, from another origin, under
// strict policies, from a file, as an element, and as a page that holds its model.

import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { exportPage, load } from "../../dist/inkling.js";
import { findProgram } from "../../scripts/run.mjs";
import { dist, root } from "../node/helpers.mjs";

const NAMES = join(dist, "models/names.safetensors");
const ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"];
const TYPES = { ".js": "text/javascript", ".html": "text/html", ".wasm": "application/wasm" };

let folder; // dist/ with the examples beside
let browser;
let site; // the page's own origin
let cdn; // another
const servers = [];
const asked = []; // paths, of both

/** Serves the folder at an origin of its own, and pages that a test has put under /pages/. */
async function serve(headers = {}) {
  const pages = new Map();
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://x");
    asked.push(pathname);
    const page = pathname === "/favicon.ico" ? { html: "" } : pages.get(pathname);
    try {
      const body = page?.html ?? (await readFile(join(folder, pathname)));
      const type = TYPES[extname(pathname)] ?? (page ? "text/html" : "application/octet-stream");
      response.writeHead(200, { "content-type": type, ...headers, ...page?.headers }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  servers.push(server);
  return { url: `http://127.0.0.1:${server.address().port}`, pages };
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "inkling-"));
  await cp(dist, folder, { recursive: true });
  await cp(join(root, "examples"), folder, { recursive: true });
  site = await serve();
  cdn = await serve({ "access-control-allow-origin": "*" });
  browser = await chromium.launch({ executablePath: findProgram("chromium"), args: ARGUMENTS });
});

after(async () => {
  await browser?.close();
  for (const server of servers) (server.closeAllConnections(), server.close());
  await rm(folder, { recursive: true, force: true });
});

/** A page at an address, with what it said on the console, and what went wrong. */
async function open(t, address, before = () => {}) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(before);
  page.setDefaultTimeout(60_000);
  const said = [];
  page.on("console", (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => said.push(`error: ${error.stack}`));
  await page.goto(address);
  return { page, said };
}

async function inNode(prompt, options, source = NAMES) {
  const model = await load(source);
  try {
    return await model.complete(prompt, options);
  } finally {
    model.free();
  }
}

let made = 0;

/** A page of this body at the site. */
function page(t, body, headers = {}) {
  const path = `/pages/${++made}.html`;
  site.pages.set(path, { html: `<!doctype html>${body}`, headers });
  return open(t, site.url + path);
}

const script = (code) => `<output></output><script type="module">
  const show = (text) => { document.querySelector("output").textContent = text; };
  try { ${code} } catch (error) { show([error.name, error.code, error.message].join("|")); }
</script>`;

async function shown({ page }) {
  const output = page.locator("output");
  await page.waitForFunction(() => document.querySelector("output").textContent !== "");
  return output.textContent();
}

const writing = (from, options = "{}") =>
  script(`
    const { load } = await import("${from}/inkling.js");
    const model = await load("${from}/models/names.safetensors", ${options});
    show(await model.complete("em", { seed: 1, temperature: 0.8 }));
  `);

// ---- The examples -------------------------------------------------------------------------------

test("every example of the module is at most 15 lines", async () => {
  for (const name of await readdir(join(root, "examples"))) {
    if (name.endsWith(".c")) continue; // which has errors to hand on
    const text = await readFile(join(root, "examples", name), "utf8");
    assert.ok(text.trimEnd().split("\n").length <= 15, name);
  }
});

test("the example of a page that imports the module", async (t) => {
  const { page, said } = await open(t, `${site.url}/cdn.html`);
  const expected = await inNode("em", { seed: 1 });
  await page.waitForFunction(
    (text) => document.querySelector("output").textContent === text,
    expected,
  );
  assert.equal(page.workers().length, 1);
  assert.deepEqual(said, []);
});

test("the example of a script tag works from a file, too", async (t) => {
  const expected = await inNode("em", { temperature: 0.8, seed: 1 });
  for (const address of [site.url, pathToFileURL(folder).href]) {
    const { page, said } = await open(t, `${address}/script-tag.html`);
    await page.locator("input").setInputFiles(NAMES);
    assert.equal(await shown({ page }), expected);
    assert.equal(page.workers().length, 1, address);
    assert.deepEqual(said, []);
    const classes = join(dist, "models/languages.safetensors");
    const label = await page.evaluate(
      async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        const model = await window.inkling.load(bytes);
        return (await model.classify("Kowalski"))[0].label;
      },
      await readFile(classes, "base64"),
    );
    assert.equal(label, "Polish");
    const untrained = page.evaluate(() => window.inkling.train("abc").next());
    await assert.rejects(untrained, /in inkling-train\.iife\.js/);
  }
});

test("the example of training by a script tag", async (t) => {
  const { page, said } = await open(t, `${pathToFileURL(folder).href}/train.html`);
  await page.locator("textarea").fill("the quick brown fox jumps over the lazy dog\n".repeat(80));
  await page.getByRole("button").click();
  await page.waitForFunction(() =>
    /^[a-z \n]{5,}$/.test(document.querySelector("output").textContent),
  );
  assert.deepEqual(said, []);
});

test("the example of the element: a field of a form, with a button of one's own", async (t) => {
  const { page, said } = await open(t, `${site.url}/element.html`);
  const expected = await inNode("em", { seed: 1 });
  await page.evaluate(() => {
    window.heard = [];
    for (const name of ["inkling-piece", "inkling-done", "inkling-error"])
      document.addEventListener(name, ({ detail }) => window.heard.push([name, detail]));
  });
  await page.getByRole("button", { name: "Invent a name" }).click();
  await page.waitForFunction(() => window.heard.at(-1)?.[0] === "inkling-done");
  const heard = await page.evaluate(() => window.heard);
  assert.deepEqual(heard.at(-1), ["inkling-done", expected]);
  const pieces = heard.slice(0, -1).map(([, piece]) => piece);
  assert.equal(pieces.join(""), expected);
  const value = () => page.evaluate(() => new FormData(document.forms[0]).get("child"));
  assert.equal(await value(), `em${expected}`);
  await page.evaluate(() => document.forms[0].reset());
  assert.equal(await value(), "");
  const text = await page.evaluate(async () => {
    const element = document.querySelector("inkling-text");
    element.setAttribute("prompt", "ol");
    element.setAttribute("temperature", "0");
    const text = await element.generate();
    return [text, element.value];
  });
  const greedy = await inNode("ol", { temperature: 0 });
  assert.deepEqual(text, [greedy, `ol${greedy}`]);
  const wrong = await page.evaluate(async () => {
    const element = document.createElement("inkling-text");
    document.body.append(element);
    await element.generate();
    return element.shadowRoot.querySelector("[part=error]").textContent;
  });
  assert.match(wrong, /needs a model/);
  assert.deepEqual(said, []);
});

test("the documentation's HTML shows an element that writes", async (t) => {
  const text = await readFile(join(root, "docs/module.md"), "utf8");
  const all = [...text.matchAll(/^```html\n([^]*?)^```$/gm)].map(([, html]) => html);
  const html = all.find((html) => html.includes("<inkling-text"));
  await writeFile(join(folder, "documented.html"), `<!doctype html>${html}`);
  const { page, said } = await open(t, `${site.url}/documented.html`);
  const [, temperature, prompt] = html.match(/temperature="([^"]*)" prompt="([^"]*)"/);
  const expected = await inNode(prompt, { temperature: Number(temperature), seed: 1 });
  await page.evaluate(() => {
    const element = document.querySelector("inkling-text");
    element.setAttribute("seed", "1");
    element.addEventListener("inkling-done", ({ detail }) => (window.done = detail));
  });
  await page.getByRole("button", { name: "Generate" }).click();
  await page.waitForFunction(() => window.done !== undefined);
  assert.equal(await page.evaluate(() => window.done), expected);
  assert.equal(
    await page.evaluate(() => document.querySelector("inkling-text").value),
    prompt + expected,
  );
  assert.deepEqual(said, []);
});

// ---- Other origins and policies -----------------------------------------------------------------

test("from another origin it runs in a worker", async (t) => {
  const { page: there, said } = await page(t, writing(cdn.url));
  assert.equal(await shown({ page: there }), await inNode("em", { seed: 1, temperature: 0.8 }));
  assert.equal(there.workers().length, 1);
  assert.deepEqual(said, []);
});

test("training from another origin, in two workers", async (t) => {
  const { page: there } = await page(
    t,
    script(`
      const { train } = await import("${cdn.url}/inkling.js");
      const run = train("abcabd\\n".repeat(900), { steps: 3, hidden: 8, workers: 2 });
      let losses = 0;
      for await (const { loss } of run) losses += loss > 0;
      show(losses);
    `),
  );
  assert.equal(await shown({ page: there }), "3");
});

test("every build trains the same to rounding, and this browser takes relaxed SIMD", async (t) => {
  const { page: there } = await page(
    t,
    script(`
      const { train } = await import("${cdn.url}/inkling.js");
      const finish = async (kernel) => {
        const options = { steps: 9, hidden: 20, seed: 1, workers: 1, kernel };
        const run = train("abcabd\\n".repeat(900), options);
        let last;
        for await (const { loss } of run) last = loss;
        return [(await run.info()).kernel, last];
      };
      const all = [];
      for (const kernel of ["auto", "relaxed", "simd", "scalar"]) all.push(await finish(kernel));
      show(JSON.stringify(all));
    `),
  );
  const all = JSON.parse(await shown({ page: there }));
  assert.deepEqual(
    all.map(([kernel]) => kernel),
    ["relaxed", "relaxed", "simd", "scalar"],
  );
  assert.equal(all[0][1], all[1][1]);
  for (const [kernel, loss] of all) assert.ok(Math.abs(loss / all[0][1] - 1) < 1e-4, kernel);
});

const POLICY = `script-src 'unsafe-inline' 'self' 'wasm-unsafe-eval' http://127.0.0.1:*`;

test("where a policy forbids workers, it says so once and works on the page's thread", async (t) => {
  const policy = { "content-security-policy": `${POLICY}; worker-src 'none'` };
  const expected = await inNode("em", { seed: 1, temperature: 0.8 });
  for (const from of [cdn.url, site.url]) {
    const code = writing(from).replace(
      "const model",
      "await load(`${document.title}data:,`).catch(() => {}); const model",
    );
    const { page: there, said } = await page(t, code, policy);
    assert.equal(await shown({ page: there }), expected);
    assert.equal(there.workers().length, 0);
    const warnings = said.filter((text) => text.startsWith("warning: Inkling"));
    assert.equal(warnings.length, 1, said.join("\n"));
    assert.match(warnings[0], /own thread/);
    const asked = await page(t, writing(from, "{ worker: true }"), policy);
    assert.match(await shown(asked), /^InklingError\|network\|the worker cannot be started/);
  }
});

test("under a strict policy the worker is found where workerURL says", async (t) => {
  const policy = { "content-security-policy": `${POLICY}; worker-src 'self'` };
  const options = `{ worker: true, workerURL: "/worker.js", wasmURL: "/" }`;
  const opened = await page(t, writing(cdn.url, options), policy);
  assert.equal(await shown(opened), await inNode("em", { seed: 1, temperature: 0.8 }));
  assert.equal(opened.page.workers().length, 1);
  for (const missing of ["/none.js", `${cdn.url}/none.js`]) {
    const wrong = await page(t, writing(cdn.url, `{ workerURL: "${missing}" }`));
    assert.match(await shown(wrong), /^InklingError\|network\|the worker cannot be started/);
  }
});

test("where a policy forbids WebAssembly, that is said", async (t) => {
  const policy = { "content-security-policy": "script-src 'unsafe-inline' 'self'" };
  const opened = await page(t, writing(site.url), policy);
  assert.match(await shown(opened), /^InklingError\|network\|the core .* cannot be used/);
});

// ---- Keeping models -----------------------------------------------------------------------------

test("a model is kept, listed, checked and forgotten", async (t) => {
  const use = `
    const { load, cache } = await import("${site.url}/inkling.js");
    const url = "/models/names.safetensors";
    const once = async (options) => (await load(url, { cache: true, ...options })).free();
  `;
  asked.length = 0;
  const opened = await page(
    t,
    script(`${use}
      await once(); await once();
      const listed = await cache.list();
      const wrong = await once({ integrity: "sha256-AAAA" }).catch(({ code }) => code);
      const after = (await cache.list()).length;
      await once();
      show(JSON.stringify([listed, wrong, after, await cache.clear(url), await cache.list()]));
    `),
  );
  const bytes = (await readFile(NAMES)).length;
  const url = `${site.url}/models/names.safetensors`;
  assert.deepEqual(JSON.parse(await shown(opened)), [[{ url, bytes }], "format", 0, 1, []]);
  assert.equal(asked.filter((path) => path === "/models/names.safetensors").length, 3);
});

test("where the browser has no room, the model is read all the same", async (t) => {
  const opened = await page(
    t,
    script(`
      Cache.prototype.put = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
      const { load } = await import("${site.url}/inkling.js");
      const model = await load("/models/names.safetensors", { cache: true });
      show(model.info.cell);
    `),
  );
  assert.equal(await shown(opened), "lstm");
  assert.match(opened.said.join("\n"), /^warning: Inkling: .*names\.safetensors.*full$/);
});

// ---- A page to keep -----------------------------------------------------------------------------

test("an exported page opens from a file and writes what Node writes", async (t) => {
  const path = join(folder, "names.html");
  const options = { prompt: "em", temperature: 0.5, seed: 7 };
  await writeFile(path, await exportPage(NAMES, options));
  const { page: kept, said } = await open(t, pathToFileURL(path).href);
  const requests = [];
  kept.on("request", (request) => requests.push(request.url()));
  const isWritten = async (seed) => {
    const expected = `em${await inNode("em", { temperature: 0.5, seed, length: 400 })}`;
    const isShown = (text) => document.querySelector("#text").textContent === text;
    await kept.waitForFunction(isShown, expected);
  };
  await isWritten(7); // at once
  await kept.locator("#candidates li").first().waitFor();
  await kept.getByRole("button", { name: "Generate" }).click();
  await isWritten(8);
  assert.match(await kept.locator("footer").textContent(), /^\s*Trained on .*\./);
  assert.match(await kept.title(), /First names/);
  assert.equal(await kept.title(), await kept.locator("h1").textContent());
  assert.deepEqual(
    requests.filter((url) => !/^(blob|data|file):/.test(url)),
    [],
  );
  assert.deepEqual(said, []);
});

test("an exported page in a low frame shows what it writes, without scrolling", async (t) => {
  const path = join(folder, "low.html");
  await writeFile(path, await exportPage(NAMES, { prompt: "em", samples: 20 }));
  const { page: kept } = await open(t, pathToFileURL(path).href);
  for (const width of [320, 600]) {
    await kept.setViewportSize({ width, height: 320 });
    const { y } = await kept.locator("#text").boundingBox();
    assert.ok(y < 240, `the text begins at ${y} of 320 in a width of ${width}`);
    const { width: track } = await kept.getByRole("slider").boundingBox();
    assert.ok(track > 80, `a temperature can be chosen on ${track} pixels`);
  }
});

test("where the system forces its colours, an exported page's bars and button are seen", async (t) => {
  const path = join(folder, "forced.html");
  await writeFile(path, await exportPage(NAMES, { prompt: "em" }));
  const { page: kept } = await open(t, pathToFileURL(path).href);
  await kept.emulateMedia({ forcedColors: "active" });
  const bar = kept.locator("#candidates i").first();
  await bar.waitFor();
  const paper = await kept.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.notEqual(await bar.evaluate((one) => getComputedStyle(one).backgroundColor), paper);
  const border = await kept
    .getByRole("button")
    .evaluate((one) => getComputedStyle(one).borderWidth);
  assert.equal(border, "1px");
});

test("an exported page writes for who does not wait until its model is open", async (t) => {
  const path = join(folder, "early.html");
  await writeFile(path, await exportPage(NAMES, { temperature: 0.5, seed: 7, length: 60 }));
  const { page: kept, said } = await open(t, pathToFileURL(path).href, () =>
    document.addEventListener("DOMContentLoaded", () => {
      document.querySelector("textarea").value = "em";
      document.querySelector("button").click();
      document.querySelector("button").click();
    }),
  );
  await kept.locator("#candidates li").first().waitFor();
  const expected = await inNode("em", { temperature: 0.5, seed: 8, length: 60 });
  assert.equal(await kept.locator("#text").textContent(), `em${expected}`);
  assert.deepEqual(said, []);
});

test("the page that models are exported into says that it has none", async (t) => {
  const { page: empty } = await open(t, pathToFileURL(join(dist, "inkling-page.html")).href);
  await empty.getByRole("alert").getByText("No model is in this page yet").waitFor();
});

test("an exported classifier and an exported translator do what they do", async (t) => {
  for (const [file, prompt, expected] of [
    ["languages", "Kowalski", "Polish"],
    ["dates", "3 May 1979", "1979-05-03"],
  ]) {
    const path = join(folder, `${file}.html`);
    await writeFile(path, await exportPage(join(dist, `models/${file}.safetensors`), { prompt }));
    const { page: kept, said } = await open(t, pathToFileURL(path).href);
    const isShown = (text) => document.querySelector("#text").textContent === text;
    await kept.waitForFunction(isShown, expected); // at once
    await kept.getByRole("textbox").fill("王小明");
    await kept.getByRole("button", { name: file === "dates" ? "Translate" : "Classify" }).click();
    await kept.getByRole("alert").getByText("王").waitFor();
    await kept.waitForFunction(isShown, "");
    assert.deepEqual(said, []);
  }
});
