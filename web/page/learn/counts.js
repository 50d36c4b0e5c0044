// Step 10: counts against network. A small network learns names, their letters are counted, and the
// slider mixes both; names that were kept aside say which share of each is best.

import { element, fetchOk } from "../dom.js";
import { train } from "../../inkling.js";
import { createCurves } from "./curves.js";
import { decimal, field, known, named, percent, slider } from "./parts.js";
import { count, predict } from "./tally.js";

const STEPS = 300;
const ORDER = 5;
const ASIDE = 20; // every so manieth name is kept aside
const MOST = 300; // names kept aside at most
const SHOWN = 7;
const WEIGHTS = Array.from({ length: 21 }, (_, i) => i / 20);

const teach = (text) =>
  train(text, {
    cell: "gru",
    hidden: 64,
    layers: 1,
    embed: 16,
    batch: 32,
    nchars: 32,
    lines: true,
    steps: STEPS,
    learningRate: 0.01,
    schedule: "cosine",
    dropout: 0,
    weightDrop: 0,
    average: 0,
    validation: 0,
    sampleEvery: 0,
    seed: 1,
  });

export async function createFigure(place, step) {
  const { texts, fill } = step;
  let typed = step.text("text", "jo", 16);
  let weight = step.number("weight", { min: 0, max: 1, value: 0.5 });
  let model;
  let session;
  let table; // the counts
  let aside; // of the names kept aside: the probabilities that network and counts gave each letter

  const told = element("p", { className: "finding", role: "status" });
  const note = element("p", { className: "hint note" });
  const loss = element("p", { className: "finding", role: "status" });
  const body = element("tbody");
  const heads = [texts.character, texts.network, texts.counts, texts.mixture];
  const rows = element(
    "table",
    { className: "numbers mixing" },
    element("caption", { className: "unseen", textContent: texts.table }),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        ...heads.map((textContent) => element("th", { scope: "col", textContent })),
      ),
    ),
    body,
  );
  const chart = createCurves({
    label: texts.lossChart,
    classes: ["lstm"],
    showX: (x) => `λ ${x}`,
    showY: (y) => y.toFixed(2),
    marked: true,
  });

  // ---- Learning and counting ----

  async function learn() {
    const all = (await (await fetchOk("samples/names.txt")).text()).trim().split("\n");
    const kept = all.filter((_, i) => i % ASIDE === 0).slice(0, MOST);
    const taught = all.filter((_, i) => i % ASIDE !== 0);
    const text = `\n${taught.join("\n")}\n`;
    table = count(text, ORDER);
    const begun = performance.now();
    const run = teach(text);
    step.signal.addEventListener("abort", () => run.stop());
    for await (const { step: at } of run) {
      told.textContent = fill(texts.training, { step: at, steps: STEPS });
    }
    step.signal.throwIfAborted();
    model = await run.model({ best: false, trace: true });
    step.signal.addEventListener("abort", () => model.free());
    session = await model.session();
    told.textContent = fill(texts.trained, {
      seconds: ((performance.now() - begun) / 1000).toFixed(1),
      parameters: model.info.parameters.toLocaleString(step.language),
      order: ORDER,
    });
    aside = await judge(`\n${kept.join("\n")}\n`);
  }

  /** What network and counts made of each letter of a text but the first. */
  async function judge(text) {
    const { tokens, nats } = await model.trace(text);
    const { vocabulary } = model.info;
    const places = [];
    for (let i = 1; i < tokens.length; i++) {
      const before = text.slice(Math.max(0, i - ORDER), i);
      const counted = predict(table, before, vocabulary).get(tokens[i]);
      places.push([Math.exp(-nats[i]), counted]);
      if (i % 200 === 0) await new Promise((done) => setTimeout(done)); // the page stays awake
    }
    return places;
  }

  /** The mean loss on what was kept aside, in nats a letter. */
  function lossAt(λ) {
    const sum = aside.reduce((all, [p, q]) => all - Math.log((1 - λ) * p + λ * q), 0);
    return sum / aside.length;
  }

  // ---- What comes next ----

  async function grant() {
    const { text, lacking } = known(typed, model.info.vocabulary);
    note.textContent = lacking ? fill(step.common.lacking, { characters: lacking }) : "";
    await session.reset();
    await session.feed(`\n${text}`);
    const found = await session.distribution();
    if (step.signal.aborted) return true;
    const counted = predict(table, `\n${text}`.slice(-ORDER + 1), model.info.vocabulary);
    const all = found
      .map(({ token, modelProbability: network }) => {
        const counts = counted.get(token);
        return { token, network, counts, both: (1 - weight) * network + weight * counts };
      })
      .sort((a, b) => b.both - a.both);
    body.replaceChildren(
      ...all.slice(0, SHOWN).map(({ token, network, counts, both }) => {
        const cells = [network, counts, both].map((p, i) => {
          const made = element("td", { className: i === 2 ? "both" : "" });
          const bar = element("span", { className: "bar" });
          bar.style.transform = `scaleX(${p.toFixed(4)})`;
          made.append(bar, element("span", { className: "p", textContent: percent(p) }));
          return made;
        });
        return element(
          "tr",
          {},
          element("th", { scope: "row", textContent: named(token) }),
          ...cells,
        );
      }),
    );
    showLoss();
    step.keep({ text: typed, weight });
    return true;
  }

  function showLoss() {
    const losses = WEIGHTS.map((λ) => lossAt(λ));
    const best = WEIGHTS[losses.indexOf(Math.min(...losses))];
    const points = WEIGHTS.map((λ, i) => [λ, losses[i]]);
    const [from, y] = [Math.min(...losses) - 0.03, Math.max(...losses) + 0.03];
    const name = fill(texts.chart, { best: best.toFixed(2) });
    chart.show([points], { x: 1, y, from, at: weight, name });
    const values = { n: aside.length, mixed: decimal(lossAt(weight), 3) };
    loss.textContent = fill(texts.losses, values);
    const all = {
      network: decimal(losses[0], 3),
      counts: decimal(losses.at(-1), 3),
      mixed: decimal(Math.min(...losses), 3),
      best: best.toFixed(2),
    };
    step.ask({
      right: best === 0 ? 0 : best === 1 ? 2 : 1,
      values: all,
      reveal() {
        mixing.set((weight = best));
        wishes.ask(weight);
      },
    });
  }

  const wishes = step.latest(grant);
  step.signal.addEventListener("abort", () => session?.free());
  const mixing = slider({
    label: texts.weight,
    min: 0,
    max: 1,
    step: 0.05,
    value: weight,
    show: (value) => value.toFixed(2),
    onInput(value) {
      weight = value;
      if (aside) wishes.ask(value);
    },
  });
  const typing = field({
    label: texts.field,
    value: typed,
    longest: 16,
    onInput(now) {
      typed = now;
      if (aside) wishes.ask(now);
    },
  });
  place.append(
    told,
    element("div", { className: "row top" }, typing, mixing),
    note,
    rows,
    loss,
    chart.drawing,
  );
  await learn();
  wishes.ask(typed);
}
