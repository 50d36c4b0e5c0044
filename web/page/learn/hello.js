// Step 2: HELLO unrolled. A network of four units learns the word while one watches; every number
// in the diagram leads to the formula that it came from.

import { button, element, nextFrame, svg } from "../dom.js";
import { STEPS, UNITS, WORD, listen, spell, tensorsOf } from "./spelling.js";
import { decimal, isStill, newSeed, operand, pause, percent } from "./parts.js";

const SHOW_EVERY = 15; // steps
const PACE_MS = 50; // between two showings
const PLACES = 3; // of what is reckoned with, so that it comes out right
const LETTERS = [...WORD].slice(0, -1);

/** The loss over the steps, as a line. */
function createCurve(label) {
  const line = svg("polyline", { class: "curve" });
  const drawing = svg("svg", { viewBox: "0 0 300 60", role: "img", class: "loss-curve" });
  drawing.append(
    svg("title", {}, label),
    svg("path", { class: "axis", d: "M 0.5 0 V 59.5 H 300" }),
    line,
  );
  drawing.setAttribute("preserveAspectRatio", "none");
  return {
    drawing,
    show(losses) {
      const most = Math.max(...losses, 1.5);
      const points = losses.map((loss, i) => `${i},${(58 - (56 * loss) / most).toFixed(1)}`);
      line.setAttribute("points", points.join(" "));
    },
  };
}

const exact = (value) => decimal(value, PLACES);
/** What something comes to, which may be said as a bound. */
const comesTo = (figure) => (/^[<>]/.test(figure) ? figure : `≈ ${figure}`);

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let seed = Math.floor(step.number("seed", { min: 0, max: 1e6, value: 1 }));
  let chosen = step.text("number", "", 12); // which number is explained: "state-1-0", say
  let run;
  let now; // { vocabulary, heard, trace, tensors } of the network as it is shown
  const curve = createCurve(texts.lossChart);
  const told = element("p", { className: "finding" }); // too much of it to be read out
  const formula = element("div", { className: "formula", role: "status" });
  const cells = new Map(); // name to button
  let explained; // what stands in the formula

  // ---- The diagram ----

  function cell(name, label) {
    const made = button("", () => choose(name), { className: "cell", "aria-label": label });
    cells.set(name, made);
    return made;
  }

  const kinds = { output: texts.output, state: texts.state, input: texts.input };
  const columns = LETTERS.map((letter, t) => {
    const boxes = Object.entries(kinds).map(([kind, title]) => {
      const numbers = Array.from({ length: UNITS }, (_, i) =>
        cell(`${kind}-${t}-${i}`, `${title}, ${letter}`),
      );
      const name = element("span", { className: "kind", textContent: title });
      const label = kind === "input" ? `${title}: ${letter}` : `${title}, ${letter}`;
      const grid = element("div", { className: "cells-of", translate: false }, ...numbers);
      const group = { className: `unit-box ${kind}`, role: "group", "aria-label": label };
      return element("div", group, name, grid);
    });
    return element("div", { className: "unrolled-column" }, ...boxes);
  });
  const diagram = element("div", { className: "unrolled", role: "group" }, ...columns);
  diagram.setAttribute("aria-label", texts.diagram);

  /** What stands at a number, from the core: its text, its share of colour, its name. */
  function valueOf(kind, t, i) {
    const { vocabulary, heard, trace } = now;
    const token = vocabulary[i];
    if (kind === "state") {
      const value = trace.hidden[t * UNITS + i];
      return { text: decimal(value), value, name: `h${i + 1}` };
    }
    if (kind === "input") {
      const value = token === LETTERS[t] ? 1 : 0;
      return { text: `${token} ${value}`, value, name: token };
    }
    const p = heard[t].p.get(token);
    return { text: `${token} ${percent(p)}`, value: p, name: token, best: token === heard[t].said };
  }

  function draw() {
    for (const [name, made] of cells) {
      const [kind, t, i] = name.split("-");
      const { text, value, best } = valueOf(kind, Number(t), Number(i));
      made.textContent = text;
      made.setAttribute("aria-label", `${kinds[kind]}, ${LETTERS[t]}: ${text}`);
      made.style.setProperty("--value", Math.abs(value).toFixed(3));
      made.classList.toggle("negative", value < 0);
      made.classList.toggle("best", best === true);
      made.setAttribute("aria-pressed", String(name === chosen));
    }
  }

  // ---- Formulas ----

  const terms = (weights, values) =>
    [...weights]
      .map((weight, i) =>
        fill(texts.times, {
          weight: i > 0 ? operand(weight, PLACES) : exact(weight),
          value: operand(values[i], PLACES),
        }),
      )
      .join(" + ");

  function explainState(t, unit) {
    const { vocabulary, trace, tensors } = now;
    const at = vocabulary.indexOf(LETTERS[t]);
    const input = tensors["rnn.weight_ih_l0"].values[unit * UNITS + at];
    const bias = tensors["rnn.bias_ih_l0"].values[unit] + tensors["rnn.bias_hh_l0"].values[unit];
    const row = tensors["rnn.weight_hh_l0"].values.slice(unit * UNITS, (unit + 1) * UNITS);
    const before = t > 0 ? trace.hidden.slice((t - 1) * UNITS, t * UNITS) : new Float32Array(UNITS);
    const sum = row.reduce((all, weight, i) => all + weight * before[i], input + bias);
    const value = trace.hidden[t * UNITS + unit];
    const letter = LETTERS[t];
    const lines = [
      fill(texts.isState, { unit: unit + 1, letter, sum: exact(sum), value: exact(value) }),
      fill(texts.stateTerms, { letter, input: exact(input), bias: exact(bias) }),
      t > 0 ? terms(row, before) : texts.firstState,
    ];
    return lines;
  }

  function explainOutput(t, i) {
    const { vocabulary, heard, trace, tensors } = now;
    const token = vocabulary[i];
    const size = vocabulary.length;
    const logits = trace.logits.slice(t * size, (t + 1) * size);
    const total = logits.reduce((all, logit) => all + Math.exp(logit), 0);
    const row = tensors["fc.weight"].values.slice(i * UNITS, (i + 1) * UNITS);
    const bias = exact(tensors["fc.bias"].values[i]);
    const state = trace.hidden.slice(t * UNITS, (t + 1) * UNITS);
    return [
      fill(texts.isOutput, {
        token,
        logit: exact(logits[i]),
        total: exact(total),
        value: comesTo(percent(heard[t].p.get(token))),
      }),
      fill(texts.outputTerms, { bias }),
      terms(row, state),
    ];
  }

  function explain() {
    const [kind, t, i] = (cells.has(chosen) ? chosen : "none").split("-");
    const lines = {
      none: () => [texts.choose],
      input: () => [fill(texts.isInput, { letter: LETTERS[t] })],
      state: () => explainState(Number(t), Number(i)),
      output: () => explainOutput(Number(t), Number(i)),
    }[kind]();
    const text = lines.join("\n");
    if (explained === text) return; // so it is not read out again
    explained = text;
    formula.replaceChildren(...lines.map((textContent) => element("p", { textContent })));
  }

  function choose(name) {
    chosen = name;
    if (!now) return;
    draw();
    explain();
    step.keep({ seed, number: chosen || undefined });
  }

  // ---- Training ----

  async function look(of) {
    const [model, bytes] = await Promise.all([
      of.model({ best: false, trace: true, worker: false }), // it is tiny
      of.save({ best: false }),
    ]);
    try {
      const [heard, trace] = await Promise.all([
        listen(model),
        model.trace(LETTERS.join(""), { logits: true }),
      ]);
      const { vocabulary } = model.info;
      return { vocabulary, heard, trace, tensors: tensorsOf(bytes) };
    } finally {
      model.free();
    }
  }

  function ask() {
    const { hidden } = now.trace;
    const [first, second] = [2, 3].map((t) => hidden.slice(t * UNITS, (t + 1) * UNITS));
    const apart = Math.max(...first.map((h, i) => Math.abs(h - second[i])));
    step.ask({
      right: apart > 0 ? 1 : 0,
      values: { apart: decimal(apart) },
      reveal: () => choose("state-3-0"),
    });
  }

  async function trainAnew() {
    run?.stop();
    const mine = (run = spell(seed));
    const losses = [];
    pausing.textContent = texts.pause;
    pausing.disabled = false;
    step.keep({ seed, number: chosen || undefined });
    const begun = performance.now();
    let paused = 0;
    for await (const { step: at, loss } of mine) {
      losses.push(loss);
      if (step.signal.aborted || mine !== run) break;
      if (at % SHOW_EVERY !== 0 && at !== 1) continue;
      now = await look(mine);
      if (step.signal.aborted || mine !== run) break;
      told.textContent = fill(texts.training, { step: at, steps: STEPS, loss: decimal(loss, 3) });
      curve.show(losses);
      draw();
      explain();
      await (isStill() ? nextFrame() : pause(PACE_MS));
      const since = performance.now();
      while (held && mine === run && !step.signal.aborted) await pause(100);
      paused += performance.now() - since;
    }
    if (step.signal.aborted || mine !== run) return void mine.stop();
    pausing.disabled = true;
    const said = now.heard.map((one) => one.said).join("");
    const seconds = decimal((performance.now() - begun - paused) / 1000, 1);
    const values = { said, seconds, steps: STEPS, loss: decimal(losses.at(-1), 3) };
    told.textContent = fill(said === WORD.slice(1) ? texts.learnt : texts.failedToLearn, values);
    step.say(told.textContent);
    ask();
  }

  let held = false;
  const pausing = button(texts.pause, () => {
    held = !held;
    pausing.textContent = held ? texts.resume : texts.pause;
  });
  const again = button(
    texts.train,
    () => {
      seed = newSeed(1000);
      held = false;
      work(trainAnew);
    },
    { className: "primary" },
  );
  step.signal.addEventListener("abort", () => run?.stop());
  place.append(
    element("div", { className: "row" }, again, pausing, curve.drawing),
    told,
    diagram,
    formula,
  );
  await trainAnew();
}
