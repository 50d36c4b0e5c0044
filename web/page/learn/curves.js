// A small chart: a few lines over one axis, with the ends of both axes written.

import { svg } from "../dom.js";
import { numeral } from "./fill.js";

const SIZE = { width: 320, height: 170 };
const ROOM = { left: 42, right: 8, top: 10, bottom: 24 };

/**
 * Makes a chart named `label`, with a line for each class name. `show(lines, { x, y, from })` draws
 * [[x, y], …] for each line, up to the ends `x` and `y` of the axes, and from `from` on; the place
 * `at` is marked.
 *
 * @param {{ label: string, classes: string[], showX?: (x: number) => string,
 *   showY?: (y: number) => string }} options
 */
export function createCurves({ label, classes, showX = numeral, showY = numeral }) {
  const title = svg("title", {}, label);
  const lines = classes.map((name) => svg("polyline", { class: `curve ${name}` }));
  const text = (x, y, anchor) => svg("text", { x, y, "text-anchor": anchor });
  const right = SIZE.width - ROOM.right;
  const bottom = SIZE.height - ROOM.bottom;
  const ends = {
    top: text(ROOM.left - 5, ROOM.top + 8, "end"),
    bottom: text(ROOM.left - 5, bottom, "end"),
    left: text(ROOM.left, SIZE.height - 7, "start"),
    right: text(right, SIZE.height - 7, "end"),
  };
  const axes = `M ${ROOM.left} ${ROOM.top} V ${bottom} H ${right}`;
  const mark = svg("line", { class: "here", y1: ROOM.top, y2: bottom });
  const drawing = svg("svg", {
    viewBox: `0 0 ${SIZE.width} ${SIZE.height}`,
    role: "img",
    class: "curves",
  });
  drawing.append(title, svg("path", { class: "axis", d: axes }), ...Object.values(ends), ...lines);
  return {
    drawing,
    show(all, { x, y, from = 0, at = undefined, name = label }) {
      const toX = (value) => ROOM.left + ((right - ROOM.left) * value) / x;
      const toY = (value) => bottom - ((bottom - ROOM.top) * (value - from)) / (y - from);
      all.forEach((points, i) => {
        const places = points.map(([a, b]) => {
          const inside = Math.min(y, Math.max(from, b));
          return `${toX(a).toFixed(1)},${toY(inside).toFixed(1)}`;
        });
        lines[i].setAttribute("points", places.join(" "));
      });
      ends.top.textContent = showY(y);
      ends.bottom.textContent = showY(from);
      ends.left.textContent = showX(0);
      ends.right.textContent = showX(x);
      title.textContent = name;
      if (at === undefined) return;
      for (const end of ["x1", "x2"]) mark.setAttribute(end, String(toX(at)));
      drawing.append(mark);
    },
  };
}
