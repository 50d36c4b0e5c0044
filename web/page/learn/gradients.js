// Step 9: training. A plain RNN and an LSTM learn to close a bracket that was opened long before;
// how far back the gradient reaches says which of them can.

import { button, element, nextFrame } from "../dom.js";
import { CELLS, LONGEST, STEPS, fits, influence, learn } from "./brackets.js";
import { createCurves } from "./curves.js";
import { numeral } from "./fill.js";
import { decimal, newSeed, numbers, percent } from "./parts.js";

const LOOK_EVERY = 100; // steps
const SMOOTH = 0.95; // of the losses shown, which jump from window to window
const DISTANCES = [0, 1, 2, 5, 10, 20];
const LOSSES = { from: 1, y: 2.1 }; // nats a character: the letters between the brackets are random
const LEAST = -4; // of the gradients shown, as a power of ten
const RIGHT = 0.9; // a network that closes so many as it should has learnt it

/** The ends of an axis that holds the losses whole, those above or below the usual ones too. */
function endsOf(curves) {
  const losses = curves.flat().map(([, loss]) => loss);
  const [least, most] = [Math.min(LOSSES.from, ...losses), Math.max(LOSSES.y, ...losses)];
  return { from: Math.floor(10 * least) / 10, y: Math.ceil(10 * most) / 10 };
}

export async function createFigure(place, step) {
  const { texts, fill, work } = step;
  let seed = Math.floor(step.number("seed", { min: 0, max: 1e6, value: 1 }));
  let runs = [];
  let isAnswered = false; // before, the shares are not shown: they are the answer
  let trained; // a promise of the shares that each closes rightly, in the end
  const told = element("p", { className: "finding" });
  const losses = createCurves({
    label: texts.losses,
    classes: CELLS,
    showX: (x) => `${x}`,
    showY: (y) => decimal(y, 1),
  });
  const reach = createCurves({
    label: texts.reach,
    classes: CELLS,
    showX: (x) => fill(texts.back, { n: x }),
    showY: (y) => `${numeral(10 ** (y + 2))}%`,
  });
  const table = numbers({ caption: texts.reach, heads: [texts.distance, ...DISTANCES] });
  const shares = Object.fromEntries(
    CELLS.map((cell) => {
      const name = element("h3", { className: cell, textContent: texts.cells[cell] });
      const share = element("p", { className: "share", textContent: texts.hidden });
      return [cell, { share, box: element("div", { className: "closes" }, name, share) }];
    }),
  );

  function showReach(all) {
    const points = CELLS.map((cell) =>
      (all[cell] ?? []).map((move, back) => [back, Math.log10(move)]),
    );
    reach.show(points, { x: LONGEST, y: 0, from: LEAST });
    table.show(
      CELLS.filter((cell) => all[cell]).map((cell) => [
        cell.toUpperCase(),
        ...DISTANCES.map((back) => percent(all[cell][back])),
      ]),
    );
  }

  function showShares(found) {
    for (const [cell, share] of Object.entries(found))
      shares[cell].share.textContent = isAnswered
        ? fill(texts.closes, { percent: percent(share) })
        : texts.hidden;
  }

  async function trainAnew() {
    for (const run of runs) run.stop();
    const mine = (runs = CELLS.map((cell) => learn(cell, seed)));
    const isOver = () => step.signal.aborted || runs !== mine;
    step.keep({ seed });
    const curves = CELLS.map(() => []);
    const start = {};
    const found = {};
    let at = 0;

    async function one(cell, i) {
      let smooth = NaN;
      for await (const { step: now, loss } of mine[i]) {
        if (isOver()) return void mine[i].stop();
        smooth = Number.isNaN(smooth) ? loss : SMOOTH * smooth + (1 - SMOOTH) * loss;
        if (now % 10 === 0 || now === 1) curves[i].push([now, smooth]);
        at = Math.max(at, now);
        if (now !== 1 && now % LOOK_EVERY !== 0) continue;
        const model = await mine[i].model({ best: false, trace: true });
        found[cell] = await fits(model);
        if (now === 1) start[cell] = await influence(model);
        model.free();
        if (isOver()) return void mine[i].stop();
        showShares(found);
        if (now === 1) showReach(start);
      }
      return undefined;
    }

    async function draw() {
      while (!isOver() && at < STEPS) {
        losses.show(curves, { x: STEPS, ...endsOf(curves) });
        told.textContent = fill(texts.running, { step: at, steps: STEPS });
        await nextFrame();
      }
    }

    await Promise.all([...CELLS.map(one), draw()]);
    if (isOver()) return undefined;
    losses.show(curves, { x: STEPS, ...endsOf(curves) });
    told.textContent = fill(texts.finished, { steps: STEPS });
    step.say(told.textContent);
    return { found, start };
  }

  const begin = () => {
    trained = work(trainAnew);
    return trained;
  };
  const again = button(
    texts.train,
    () => {
      seed = newSeed(1000);
      begin();
    },
    { className: "primary" },
  );
  step.signal.addEventListener("abort", () => runs.forEach((run) => run.stop()));
  const picture = (title, { drawing }) =>
    element("div", {}, element("h3", { textContent: title }), drawing);
  place.append(
    element("p", { className: "task", textContent: texts.task, translate: false }),
    element("div", { className: "row" }, again, told),
    element("div", { className: "sides" }, ...CELLS.map((cell) => shares[cell].box)),
    element(
      "div",
      { className: "sides charts" },
      picture(texts.losses, losses),
      picture(texts.reach, reach),
    ),
    table.table,
  );
  step.ask({
    async right() {
      const { found, start } = (await trained) ?? {};
      if (!found) return undefined;
      const [rnn, lstm] = CELLS.map((cell) => found[cell] > RIGHT);
      const values = {
        rnn: percent(found.rnn),
        lstm: percent(found.lstm),
        rnnBack: percent(start.rnn[10]),
        lstmBack: percent(start.lstm[10]),
      };
      isAnswered = true;
      showShares(found);
      return { right: rnn && lstm ? 2 : rnn ? 0 : lstm ? 1 : 3, values };
    },
  });
  await begin();
}
