// How the lesson and the lens feel: how soon the first figure lives, at home and over a slow line,
// and how long the page's own thread is taken at once while one steps, zooms and looks inside, on a
// slowed processor. Tasks are told by the processor's time as well, which hardly changes with what
// else the machine does; frames are counted by the clock, and do change.

import { median } from "./page/measure.mjs";
import { POOR, slowLine } from "./slow-line.mjs";

const FIRST = ".step-1 .guess"; // has been guessed by the network
const CATEGORIES = ["toplevel", "disabled-by-default-devtools.timeline"];

/** In the page: marks when what the selector says is there. */
function markWhenThere(selector) {
  const look = () => {
    if (!document.querySelector(selector)) return;
    performance.mark("alive");
    watcher.disconnect();
  };
  const watcher = new MutationObserver(look);
  watcher.observe(document, { childList: true, subtree: true });
}

/** In the page: bytes that came for it, but for the core: the module, its .wasm and the model. */
function bytesBeside() {
  const core = /\.(wasm|safetensors)$|\/(inkling|shared|worker|model|chunk-\w+)\.js$/;
  const entries = [
    ...performance.getEntriesByType("navigation"),
    ...performance.getEntriesByType("resource"),
  ];
  const own = entries.filter(({ name }) => !core.test(new URL(name).pathname));
  return own.reduce((sum, { transferSize }) => sum + transferSize, 0);
}

/** { milliseconds, beside } from the navigation to the lesson's first figure. */
async function firstFigure(browser, url) {
  const context = await browser.newContext({ locale: "en-US" });
  try {
    const page = await context.newPage();
    await page.addInitScript(markWhenThere, FIRST);
    await page.goto(`${url}#tab=learn&step=1`, { waitUntil: "commit" });
    const mark = await page.waitForFunction(
      () => performance.getEntriesByName("alive")[0]?.startTime,
    );
    return { milliseconds: await mark.jsonValue(), beside: await page.evaluate(bytesBeside) };
  } finally {
    await context.close();
  }
}

async function soon({ browser, url }, rounds) {
  const [slow, here] = [[], []];
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    const line = await slowLine(url, POOR);
    try {
      slow.push(await firstFigure(browser, line.url));
      bytes = Math.max(bytes, line.bytes());
    } finally {
      await line.close();
    }
    here.push(await firstFigure(browser, url));
  }
  const times = (all) => median(all.map(({ milliseconds }) => milliseconds));
  const beside = Math.max(...slow.map((one) => one.beside));
  return { milliseconds: times(here), slowMilliseconds: times(slow), bytes, beside };
}

const frames = () =>
  new Promise((resolve) => {
    const times = [];
    const note = (now) => {
      times.push(now);
      if (now - times[0] < 700) return void requestAnimationFrame(note);
      resolve((1000 * (times.length - 1)) / (now - times[0]));
    };
    requestAnimationFrame(note);
  });

/** What is done, by name; each leaves the page as the next expects it. */
const DOINGS = [
  ...[2, 3, 4, 5, 6, 7, 8, 10, 12].map((step) => [
    `to step ${step}`,
    async (page) => {
      await page.locator(".steps a").getByText(String(step), { exact: true }).click();
      await page.locator(`.step-${step} .figure-place > *, .figure-place > *`).first().waitFor();
      await page.waitForTimeout(1500);
    },
  ]),
  [
    "back to step 4",
    async (page) => {
      await page.locator(".steps a").getByText("4", { exact: true }).click();
      await page.locator(".step-4 .cells-drawing .one").first().waitFor();
    },
  ],
  ...["Chain", "Cell", "Text"].map((zoom) => [
    `zoom to ${zoom.toLowerCase()}`,
    async (page) => {
      await page.locator(".step-4 .segments").getByText(zoom, { exact: true }).click();
      return page.evaluate(frames);
    },
  ]),
];

const LENS = [
  [
    "opening the lens",
    async (page) => {
      await page.locator(".lens > summary").click();
      await page.locator(".lens .inside:visible").waitFor();
    },
  ],
  ["choosing a pattern", (page) => page.locator(".lens .patterns button").nth(1).click()],
  [
    "thirty characters by keys",
    async (page) => {
      for (let i = 0; i < 30; i++) await page.locator(".strip").press("ArrowRight");
    },
  ],
  ["a row", (page) => page.locator(".lens .keep").click()],
  [
    "setting a state",
    async (page) => {
      await page.locator(".onward > summary").click();
      for (const value of ["0.5", "0.6", "-0.6"]) await page.locator(".sweep").fill(value);
      await page.waitForTimeout(300);
    },
  ],
  [
    "writing on",
    async (page) => {
      await page.locator(".write-on").click();
      await page.locator(".apart:not(:empty)").waitFor();
    },
  ],
];

/** The longest task of the thread that runs the page: by the clock, and by the processor. */
function longestTask(trace) {
  const { traceEvents } = JSON.parse(trace.toString("utf8"));
  const isMain = ({ name, args }) => name === "thread_name" && args.name === "CrRendererMain";
  const mains = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid}/${tid}`));
  const tasks = traceEvents.filter(
    ({ ph, name, pid, tid }) => ph === "X" && /RunTask$/.test(name) && mains.has(`${pid}/${tid}`),
  );
  const most = (key) => Math.max(0, ...tasks.map((task) => (task[key] ?? 0) / 1000));
  return { milliseconds: most("dur"), processor: most("tdur") };
}

async function steady({ browser, url }, { slower, say }) {
  const rows = [];
  const measure = async (hash, before, doings) => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, locale: "en-US" });
    try {
      await page.goto(url + hash);
      await before(page);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      for (const [name, work] of doings) {
        say(name);
        await browser.startTracing(page, { categories: CATEGORIES });
        const rate = await work(page);
        rows.push({ name, frames: rate ?? undefined, ...longestTask(await browser.stopTracing()) });
      }
    } finally {
      await page.close();
    }
  };
  await measure("#tab=learn&step=1", (page) => page.locator(FIRST).first().waitFor(), DOINGS);
  const text = "#model=shakespeare-int8&prompt=ROMEO:&length=594&seed=1&temperature=0.8";
  const write = async (page) => {
    await page.locator("#generate:enabled").click();
    await page.locator("#stop:disabled").waitFor();
  };
  await measure(text, write, LENS);
  return rows;
}

/** Everything of it; `chromium` is what openChromium() gives, slowed so many times. */
export async function lesson(chromium, { rounds, slower, say }) {
  const first = await soon(chromium, rounds);
  return { soon: first, slower, steady: await steady(chromium, { slower, say }) };
}

/** The lines that say it. */
export function lived({ soon, slower, steady: rows }) {
  const { milliseconds, slowMilliseconds, bytes, beside } = soon;
  const ms = (value) => `${value.toFixed(0)} ms`;
  return [
    `The lesson's first figure, nothing cached: ${ms(milliseconds)} after navigation; over 1.6`,
    `Mbit/s with 150 ms, ${ms(slowMilliseconds)} and ${bytes} bytes, of which ${beside} beside the`,
    "core and the model.",
    `Longest task of the page's thread, slowed ${slower} times, by the clock and by the processor:`,
    ...rows.map(({ name, milliseconds: clock, processor, frames: rate }) => {
      const drawn = rate === undefined ? "" : `, ${rate.toFixed(0)} frames a second`;
      return `  ${name}: ${ms(clock)}, ${ms(processor)}${drawn}`;
    }),
  ].join("\n");
}
