// The chart of the losses, drawn by uPlot: for every network a thin line for what it trains on and
// a thick one for what was held out, all over epochs; and dashed what an n-gram reaches without a
// network.

import { addStyle } from "../files.js";

const HEIGHT = 220;

/** uPlot, which asks for the browser's language: that may be one which browsers themselves refuse. */
async function loadPlot() {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en", configurable: true });
  }
  const style = addStyle("vendor/uPlot.min.css");
  const [{ default: uPlot }] = await Promise.all([import("uplot"), style]);
  return uPlot;
}

export async function createChart(container) {
  const uPlot = await loadPlot();
  const style = (name) => getComputedStyle(container).getPropertyValue(name).trim();
  const empty = [...container.childNodes]; // what stands there until there is a point
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
    plot = undefined;
    container.replaceChildren();
    if (shown.every(({ curve }) => curve.epochs.length === 0))
      return container.replaceChildren(...empty);
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
      if (plot) plot.setData(data());
      else build();
    },
  };
}
