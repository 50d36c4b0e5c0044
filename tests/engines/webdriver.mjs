// A client of WebDriver (W3C Recommendation, plain JSON over HTTP), as much as a smoke test needs,
// and Debian's WebKitGTK behind it: WebKitWebDriver drives MiniBrowser on a screen of Xvfb.

import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findProgram } from "../../scripts/run.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // the standard's key of an element's id
const LIBRARIES = "/usr/lib";
const SCRIPT_MS = 60_000;
const ANSWER_MS = 90_000; // a driver whose browser has ended says nothing
// Now and then the browser does not come up, of which the driver says nothing either.
const START_MS = 30_000;
const STARTS = 3;

/** Debian keeps the browser in a folder of the architecture and of the library's version. */
function findMiniBrowser() {
  if (!existsSync(LIBRARIES)) return undefined;
  return readdirSync(LIBRARIES)
    .filter((name) => name.includes("-linux-"))
    .flatMap((name) => ["4.1", "4.0"].map((api) => join(LIBRARIES, name, `webkit2gtk-${api}`)))
    .map((folder) => join(folder, "MiniBrowser"))
    .find((path) => existsSync(path));
}

/** What WebKit needs and is not here. */
export function missingForWebKit() {
  const missing = ["Xvfb", "WebKitWebDriver"].filter((name) => !findProgram(name));
  return findMiniBrowser() ? missing : [...missing, "MiniBrowser"];
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A screen of its own: the server says the number that it took. */
async function startScreen() {
  const screen = ["-screen", "0", "1280x1024x24", "-nolisten", "tcp", "-displayfd", "3"];
  const child = spawn("Xvfb", screen, { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const display = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (status) => reject(new Error(`Xvfb ended with ${status}`)));
    child.stdio[3].once("data", (number) => resolve(`:${String(number).trim()}`));
  });
  return { display, child };
}

async function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await exit;
}

class Client {
  constructor(address) {
    this.address = address;
  }
  async send(method, path, body, patience = ANSWER_MS) {
    const options = method === "POST" ? { body: JSON.stringify(body ?? {}) } : {};
    const signal = AbortSignal.timeout(patience);
    const response = await fetch(this.address + path, { method, signal, ...options });
    const { value } = await response.json();
    if (!response.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }
  /** The id of a session, of a browser that it starts. */
  async start(alwaysMatch) {
    for (let tries = 1; ; tries++) {
      try {
        const capabilities = { alwaysMatch };
        return (await this.send("POST", "/session", { capabilities }, START_MS)).sessionId;
      } catch (error) {
        if (error.name !== "TimeoutError" || tries === STARTS) throw error;
      }
    }
  }
  /** Waits until the driver listens. */
  async ready() {
    for (let tries = 1; ; tries++) {
      try {
        return await this.send("GET", "/status");
      } catch (error) {
        if (tries === 100) throw error;
        await pause(100);
      }
    }
  }
}

/** A page of a browser started for it alone; see engines.mjs for what a page does. */
class Page {
  constructor(client, session) {
    this.client = client;
    this.path = `/session/${session}`;
  }
  #post(path, body) {
    return this.client.send("POST", this.path + path, body);
  }
  async #find(selector) {
    const element = await this.#post("/element", { using: "css selector", value: selector });
    return `/element/${element[ELEMENT]}`;
  }
  goto(url) {
    return this.#post("/url", { url });
  }
  reload() {
    return this.#post("/refresh");
  }
  async run(work, ...values) {
    // The last argument of an asynchronous script is the function that ends it.
    const script = `const done = arguments[arguments.length - 1];
      const values = [...arguments].slice(0, -1);
      (async () => (${work})(...values))().then((value) => done({ value }),
        (error) => done({ error: String(error?.stack ?? error) }));`;
    const { value, error } = await this.#post("/execute/async", { script, args: values });
    if (error) throw new Error(error);
    return value;
  }
  async click(selector) {
    return this.#post(`${await this.#find(selector)}/click`);
  }
  async type(selector, text) {
    return this.#post(`${await this.#find(selector)}/value`, { text });
  }
  /** The driver sends keys to what is seen alone, so a hidden field is shown for it. */
  async choose(selector, path) {
    await this.run((selector) => (document.querySelector(selector).hidden = false), selector);
    await this.type(selector, path);
  }
  close() {
    return this.client.send("DELETE", this.path);
  }
}

export async function openWebKit() {
  const { display, child: screen } = await startScreen();
  const port = await freePort();
  const env = {
    ...process.env,
    DISPLAY: display,
    GDK_BACKEND: "x11",
    LIBGL_ALWAYS_SOFTWARE: "1",
    LANG: "en_US.UTF-8",
    LANGUAGE: "en_US",
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1", // containers do not allow it
  };
  const driver = spawn("WebKitWebDriver", [`--port=${port}`], { env, stdio: "ignore" });
  const close = async () => {
    await ended(driver);
    await ended(screen);
  };
  const client = new Client(`http://127.0.0.1:${port}`);
  try {
    await client.ready();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    async page() {
      const options = { binary: findMiniBrowser(), args: ["--automation"] };
      const sessionId = await client.start({ "webkitgtk:browserOptions": options });
      const page = new Page(client, sessionId);
      await client.send("POST", `/session/${sessionId}/timeouts`, { script: SCRIPT_MS });
      return page;
    },
    close,
  };
}
