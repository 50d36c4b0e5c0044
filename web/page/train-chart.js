// The chart of the losses, drawn by uPlot: for every network a thin line for what it trains on and
// a thick one for what was held out, all over epochs; and dashed what an n-gram reaches without a
// network.

import uPlot from "../vendor/uPlot.esm.js";

const container = document.querySelector("#progress .chart");
const MOST = 2000; // points; beyond, two neighbours become one
const HEIGHT = 280;

/**
 * The losses of one run as curves that never grow beyond MOST points, whatever the number of steps.
 */
export class Curve {
  constructor({ every = 1, epochs = [], losses = [], validations = [] } = {}) {
    Object.assign(this, { every, epochs, losses, validations });
    this.sum = 0;
    this.count = 0;
    this.validation = null;
  }

  add({ epoch, loss }, validation) {
    this.sum += loss;
    this.count++;
    if (validation !== null) this.validation = validation;
    if (this.count < this.every) return;
    this.epochs.push(epoch);
    this.losses.push(this.sum / this.count);
    this.validations.push(this.validation);
    this.sum = this.count = 0;
    this.validation = null;
    if (this.epochs.length >= MOST) this.#halve();
  }

  #halve() {
    const pairs = (list, merge) => {
      const merged = [];
      for (let i = 1; i < list.length; i += 2) merged.push(merge(list[i - 1], list[i]));
      return merged;
    };
    this.epochs = pairs(this.epochs, (a, b) => b);
    this.losses = pairs(this.losses, (a, b) => (a + b) / 2);
    this.validations = pairs(this.validations, (a, b) => b ?? a);
    this.every *= 2;
  }

  get plain() {
    const { every, epochs, losses, validations } = this;
    return { every, epochs, losses, validations };
  }
}

const style = (name) => getComputedStyle(container).getPropertyValue(name).trim();

export function createChart() {
  let plot;
  let shown = []; // [{ name, curve }]
  let level = null; // of the n-gram

  function series({ name }) {
    const stroke = style(`--${name}`);
    return [
      { stroke, alpha: 0.55, width: 1, points: { show: false } },
      { stroke, width: 2.5, spanGaps: true, points: { show: true, size: 6, fill: stroke } },
    ];
  }

  function build() {
    plot?.destroy();
    container.replaceChildren();
    const axis = {
      stroke: style("--soft"),
      font: `12px ${style("--sans")}`,
      grid: { stroke: style("--line"), width: 1 },
      ticks: { stroke: style("--line"), width: 1 },
    };
    plot = new uPlot(
      {
        width: container.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false } },
        axes: [
          { ...axis, label: "epochs", labelSize: 20, labelFont: axis.font, size: 34 },
          { ...axis, size: 44 },
        ],
        series: [
          {},
          ...shown.flatMap(series),
          {
            stroke: style("--soft"),
            width: 1.5,
            dash: [6, 5],
            spanGaps: true,
            points: { show: false },
          },
        ],
      },
      data(),
      container,
    );
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", "The losses over the epochs; the figures are below");
  }

  // Every curve has its own epochs, which uPlot joins into one axis.
  function data() {
    const tables = shown.map(({ curve }) => [curve.epochs, curve.losses, curve.validations]);
    const last = Math.max(0.001, ...shown.map(({ curve }) => curve.epochs.at(-1) ?? 0));
    tables.push([
      [0, last],
      [level, level],
    ]);
    return uPlot.join(tables);
  }

  new ResizeObserver(() => plot?.setSize({ width: container.clientWidth, height: HEIGHT })).observe(
    container,
  );
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot && build());

  return {
    show(curves) {
      shown = curves;
      build();
    },
    /** Where the n-gram's line is; null takes it away. */
    set level(nats) {
      level = nats;
      this.refresh();
    },
    refresh() {
      plot?.setData(data());
    },
  };
}
