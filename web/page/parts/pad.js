// A pad to draw on: 32 by 32 squares in a few colours, by pointer or by keyboard.

import { element } from "../dom.js";

export const SIDE = 32;
const COLOURS = {
  white: "#ffffff",
  black: "#22252b",
  red: "#df2f3a",
  orange: "#f58a1f",
  yellow: "#fcc21b",
  green: "#3f9a48",
  blue: "#2f7fd0",
  purple: "#8a4fbd",
  brown: "#7a4a28",
  pink: "#f59ab5",
};
const NAMES = Object.keys(COLOURS);

/** The markup of a pad; `id` begins the ids in it. */
export const padHtml = (id) => /* HTML */ `
  <div class="pad">
    <div class="surface">
      <canvas
        width="32"
        height="32"
        tabindex="0"
        role="application"
        aria-label="Drawing, 32 by 32 squares: arrow keys move, space draws"
      ></canvas>
    </div>
    <div class="tools">
      <div class="colours" role="radiogroup" aria-label="Colour"></div>
      <div class="row">
        <label for="${id}-pen">Pen</label>
        <select id="${id}-pen" class="pen">
          <option value="1">1 square</option>
          <option value="2" selected>2 squares</option>
          <option value="4">4 squares</option>
        </select>
        <button type="button" class="clear">Clear</button>
      </div>
      <p class="draw-where hint" role="status"></p>
    </div>
  </div>
`;

/** `onDrawn()` is called whenever a stroke has ended. */
export function createPad(panel, { onDrawn }) {
  const canvas = panel.querySelector("canvas");
  const where = panel.querySelector(".draw-where");
  const pen = panel.querySelector(".pen");
  const context = canvas.getContext("2d");
  let cells = new Uint8Array(SIDE * SIDE); // indices of colours
  let colour = NAMES.indexOf("red");
  let cursor = [16, 16];
  let stroke; // the last square of the stroke under way
  let keyed = false; // whether the cursor is seen, which keys move

  function show() {
    cells.forEach((index, i) => {
      context.fillStyle = COLOURS[NAMES[index]];
      context.fillRect(i % SIDE, Math.floor(i / SIDE), 1, 1);
    });
    canvas.parentElement.style.setProperty("--x", cursor[0] / SIDE);
    canvas.parentElement.style.setProperty("--y", cursor[1] / SIDE);
    canvas.parentElement.classList.toggle("keyed", keyed);
  }

  function dot(/** @type {number[]} */ [x, y]) {
    const size = Number(pen.value);
    const from = -Math.floor((size - 1) / 2);
    for (let dy = from; dy < from + size; dy++) {
      for (let dx = from; dx < from + size; dx++) {
        const [px, py] = [x + dx, y + dy];
        if (px >= 0 && px < SIDE && py >= 0 && py < SIDE) cells[py * SIDE + px] = colour;
      }
    }
  }

  function line(/** @type {number[]} */ [x0, y0], /** @type {number[]} */ [x1, y1]) {
    const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
    const between = (from, to, i) => Math.round(from + ((to - from) * i) / steps);
    for (let i = 0; i <= steps; i++) dot([between(x0, x1, i), between(y0, y1, i)]);
  }

  function squareAt({ clientX, clientY }) {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return [
      Math.floor(((clientX - left) / width) * SIDE),
      Math.floor(((clientY - top) / height) * SIDE),
    ];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    keyed = false;
    stroke = squareAt(event);
    line(stroke, stroke);
    show();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const next = squareAt(event);
    line(stroke, next);
    stroke = next;
    show();
  });
  for (const type of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(type, () => {
      if (stroke) onDrawn();
      stroke = undefined;
    });
  }

  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
      event.key
    ];
    if (!step && event.key !== " ") return;
    event.preventDefault();
    keyed = true;
    if (step) cursor = cursor.map((at, i) => Math.max(0, Math.min(SIDE - 1, at + step[i])));
    else {
      dot(cursor);
      onDrawn();
    }
    const there = NAMES[cells[cursor[1] * SIDE + cursor[0]]];
    where.textContent = `Column ${cursor[0] + 1}, row ${cursor[1] + 1}: ${there}`;
    show();
  });
  canvas.addEventListener("blur", () => {
    keyed = false;
    show();
  });

  const swatches = NAMES.map((name, i) => {
    const radio = element("input", {
      type: "radio",
      name: "colour",
      value: name,
      checked: i === colour,
      "aria-label": name,
    });
    radio.addEventListener("change", () => (colour = i));
    const label = element("label", { className: "swatch", title: name }, radio);
    label.style.setProperty("--colour", COLOURS[name]);
    return label;
  });
  panel.querySelector(".colours").append(...swatches);
  panel.querySelector(".clear").addEventListener("click", () => {
    cells.fill(0);
    show();
    onDrawn();
  });
  show();

  return {
    canvas,
    /** The drawing as letters and numbers, a run at a time: "a12c3…", a the first colour. */
    get code() {
      const runs = String.fromCharCode(...cells.map((index) => 97 + index)).match(/(.)\1*/g);
      return runs.map((run) => run[0] + (run.length > 1 ? run.length : "")).join("");
    },
    /** Takes such a code; what is wrong in it stays white. */
    set code(code) {
      const drawn = [];
      for (const [, letter, count] of code.matchAll(/([a-j])(\d{0,4})/g)) {
        const run = Array(Number(count || 1)).fill(letter.charCodeAt(0) - 97);
        if (drawn.length < SIDE * SIDE) drawn.push(...run);
      }
      cells = Uint8Array.from({ length: SIDE * SIDE }, (_, i) => drawn[i] ?? 0);
      show();
    },
  };
}
