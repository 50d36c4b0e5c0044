// Step 10: counts against network. A small network learns names, the core counts their letters
// beside it, and the slider mixes both; names that were kept aside say which share is best.

import { element } from "../dom.js";
import { fetchOk } from "../files.js";
import { load, train } from "../../inkling.js";
import { createCurves } from "./curves.js";
import { after, decimal, field, lackingNote, named, numbers, percent, slider } from "./parts.js";
import { PLAIN } from "./plain.js";

const STEPS = 300;
const ORDER = 5;
const ASIDE = 20; // every so manieth name is kept aside
const MOST = 300; // names kept aside at most
const SHOWN = 7;
const WEIGHTS = Array.from({ length: 21 }, (_, i) => i / 20);

const teach = (text) =>
  train(text, {
    ...PLAIN,
    cell: "gru",
    hidden: 64,
    embed: 16,
    batch: 32,
    nchars: 32,
    lines: true,
    steps: STEPS,
    learningRate: 0.01,
    seed: 1,
  });

const asText = (names) => `\n${names.join("\n")}\n`;

export async function createFigure(place, step) {
  const { texts, fill } = step;
  let typed = step.text("text", "jo", 16);
  let weight = step.number("weight", { min: 0, max: 1, value: 0.5 });
  let model; // with counts
  let session;
  let losses; // on what was kept aside: [weight, nats] for each of WEIGHTS
  let letters; // how many were kept aside

  const told = element("p", { className: "finding" });
  const { note, readable } = lackingNote(step);
  const loss = element("p", { className: "finding", role: "status" });
  const table = numbers({
    caption: texts.table,
    heads: [texts.character, texts.network, texts.counts, texts.mixture],
  });
  table.table.classList.add("mixing");
  const chart = createCurves({
    label: texts.lossChart,
    classes: ["lstm"],
    showX: (x) => `λ ${x}`,
    showY: (y) => decimal(y),
  });

  // ---- Learning and counting ----

  /** Trains on some names, and gives the network with counts of the same ones. */
  async function learn(text) {
    const run = teach(text);
    step.signal.addEventListener("abort", () => run.stop());
    for await (const { step: at } of run) {
      told.textContent = fill(texts.training, { step: at, steps: STEPS });
    }
    step.signal.throwIfAborted();
    const network = await run.model({ best: false });
    try {
      return await step.holds(load(await network.count(text, { order: ORDER, weight })));
    } finally {
      network.free();
    }
  }

  async function prepare() {
    const all = (await (await fetchOk("samples/names.txt")).text()).trim().split("\n");
    const begun = performance.now();
    model = await learn(asText(all.filter((_, i) => i % ASIDE !== 0)));
    told.textContent = fill(texts.trained, {
      seconds: decimal((performance.now() - begun) / 1000, 1),
      parameters: model.info.parameters.toLocaleString(step.language),
      order: ORDER,
    });
    step.say(told.textContent);
    const aside = asText(all.filter((_, i) => i % ASIDE === 0).slice(0, MOST));
    const evaluations = WEIGHTS.map((countsWeight) => model.evaluate(aside, { countsWeight }));
    const found = await Promise.all(evaluations);
    letters = found[0].tokens;
    losses = found.map(({ nats }, i) => [WEIGHTS[i], nats]);
    session = await step.holds(model.session());
  }

  // ---- What comes next ----

  /** A figure with its bar. */
  function barred(p, className) {
    const bar = element("span", { className: `bar ${className}` });
    bar.style.transform = `scaleX(${p.toFixed(4)})`;
    return element("div", {}, bar, element("span", { textContent: percent(p) }));
  }

  async function grant() {
    const found = await after(session, `\n${readable(typed, model)}`, {
      countsWeight: weight,
      count: SHOWN,
    });
    if (step.signal.aborted) return true;
    table.show(
      found.map(({ token, networkProbability, countsProbability, modelProbability }) => [
        named(token),
        barred(networkProbability, ""),
        barred(countsProbability, ""),
        barred(modelProbability, "both"),
      ]),
    );
    showLoss();
    step.keep({ text: typed, weight });
    return true;
  }

  function showLoss() {
    const nats = losses.map(([, loss]) => loss);
    const [least, most] = [Math.min(...nats), Math.max(...nats)];
    const best = WEIGHTS[nats.indexOf(least)];
    const name = fill(texts.chart, { best: decimal(best) });
    chart.show([losses], { x: 1, y: most + 0.03, from: least - 0.03, at: weight, name });
    const here = nats[Math.round(weight * (WEIGHTS.length - 1))];
    loss.textContent = fill(texts.losses, { n: letters, mixed: decimal(here, 3) });
    step.ask({
      right: best === 0 ? 0 : best === 1 ? 2 : 1,
      values: {
        network: decimal(nats[0], 3),
        counts: decimal(nats.at(-1), 3),
        mixed: decimal(least, 3),
        best: decimal(best),
      },
      reveal() {
        mixing.set((weight = best));
        wishes.ask(weight);
      },
    });
  }

  const wishes = step.latest(grant);
  const mixing = slider({
    label: texts.weight,
    min: 0,
    max: 1,
    step: 0.05,
    value: weight,
    show: (value) => decimal(value),
    onInput(value) {
      weight = value;
      if (session) wishes.ask(value);
    },
  });
  const typing = field({
    label: texts.field,
    value: typed,
    longest: 16,
    onInput(now) {
      typed = now;
      if (session) wishes.ask(now);
    },
  });
  place.append(
    told,
    element("div", { className: "row top" }, typing, mixing),
    note,
    table.table,
    loss,
    chart.drawing,
  );
  await prepare();
  wishes.ask(typed);
}
