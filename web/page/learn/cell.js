// Step 4: inside one cell. One drawing holds the text, the chain of cells over it and the inside of
// one cell; to go nearer is to look at less of it.

import { element, svg } from "../dom.js";
import {
  GATES,
  decimal,
  field,
  isStill,
  lackingNote,
  operand,
  segments,
  sign,
  slider,
  spoken,
} from "./parts.js";

const LONGEST = 12;
const STEP = 130; // from cell to cell
const BOX = { width: 104, height: 78 };
const INSIDE = { width: 416, height: 312 }; // the inside in units of its own, a quarter as large
const LETTER_Y = 150;
const ZOOM_MS = 700;
const PLACES = 3; // of what is reckoned with, so that it comes out right

const ease = (t) => (t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t));
const text = (x, y, className = "") => svg("text", { x, y, class: className });

/** A valve: the bar stands in the way of what flows upward when it is shut. */
function createValve(x, y, name) {
  const bar = svg("line", { class: "valve-bar", x1: 0, y1: -19, x2: 0, y2: 19 });
  const value = text(x + 30, y + 17, "value");
  const label = text(x + 30, y - 3, "label");
  label.append(name);
  const knob = svg("g", { transform: `translate(${x} ${y})` });
  knob.append(svg("circle", { class: "valve", r: 21 }), bar);
  const all = svg("g");
  all.append(knob, label, value);
  return {
    all,
    set(share) {
      bar.setAttribute("transform", `rotate(${(90 * (1 - share)).toFixed(1)})`);
      value.textContent = decimal(share);
    },
  };
}

/** The inside of a cell: the memory flows along the top; f, i, o are valves, g is what is new. */
function createInside(texts) {
  const all = svg("g", { class: "cell-inside" });
  const line = (d, className = "pipe") => all.append(svg("path", { class: className, d }));
  line("M 0 70 H 416"); // the memory
  line("M 90 180 V 88");
  line("M 215 180 V 88");
  line("M 340 70 V 160");
  line("M 340 202 V 262 H 416"); // the state
  line("M 0 262 H 290"); // the state before, and the letter, to all gates
  line("M 208 312 V 262");
  for (const x of [90, 190, 240]) line(`M ${x} 262 V ${x === 90 ? 202 : 236}`, "pipe thin");
  line("M 290 262 V 181 H 318", "pipe thin");
  for (const [x, sign] of [
    [90, "×"],
    [215, "+"],
  ]) {
    const operation = text(x, 77, "operation");
    operation.append(sign);
    all.append(svg("circle", { class: "joint", cx: x, cy: 70, r: 17 }), operation);
  }
  const valves = {
    f: createValve(90, 181, "f"),
    i: createValve(215, 181, "i"),
    o: createValve(340, 181, "o"),
  };
  const candidate = text(215, 232, "value middle");
  const memory = { before: text(8, 58, "value"), after: text(408, 58, "value end") };
  const state = text(408, 252, "value end");
  const names = [
    [8, 26, texts.memory, "label"],
    [408, 288, texts.state, "label end"],
  ].map(([x, y, name, kind]) => {
    const one = text(x, y, kind);
    one.append(name);
    return one;
  });
  all.append(...Object.values(valves).map((valve) => valve.all));
  all.append(candidate, memory.before, memory.after, state, ...names);
  return {
    all,
    show({ f, i, g, o, c, before, h }) {
      valves.f.set(f);
      valves.i.set(i);
      valves.o.set(o);
      candidate.textContent = `g ${decimal(g)}`;
      memory.before.textContent = decimal(before);
      memory.after.textContent = decimal(c);
      state.textContent = decimal(h);
    },
  };
}

export async function createFigure(place, step) {
  const { texts, fill } = step;
  const ZOOMS = Object.keys(texts.zooms);
  let typed = step.text("text", "olivia", LONGEST);
  let zoom = step.choice("zoom", ZOOMS);
  const model = await step.model("names", { trace: true });
  const { hidden: units } = model.info;
  let unit = Math.floor(step.number("unit", { min: 0, max: units - 1, value: 17 }));
  let at = Math.floor(step.number("at", { min: 1, max: LONGEST, value: 4 })) - 1;
  let letters = [];
  let trace;
  let view; // what is looked at: [x, y, width, height]
  let moving = 0; // the zoom under way

  const drawing = svg("svg", { class: "cells-drawing", role: "img" });
  const title = svg("title", {}, texts.drawing);
  const chain = svg("g");
  const inside = createInside(texts);
  drawing.append(title, chain, inside.all);
  const told = element("p", { className: "finding", role: "status" });
  const formula = element("p", { className: "hint" });
  const { note, readable } = lackingNote(step);

  function valuesAt(t) {
    const of = (values, t) => values[t * units + unit];
    const gates = Object.entries(GATES).map(([name, gate]) => [name, of(trace.gates[gate], t)]);
    const before = t > 0 ? of(trace.cell, t - 1) : 0;
    const both = { before, c: of(trace.cell, t), h: of(trace.hidden, t) };
    return { ...Object.fromEntries(gates), ...both };
  }

  /** What a zoom looks at: all letters, three cells, or one. */
  function viewOf(zoom) {
    const x = at * STEP;
    if (zoom === "cell") return [x - 60, -45, 120, 90];
    if (zoom === "chain") return [x - 1.62 * STEP, -62, 3.24 * STEP, 240];
    const width = Math.max(4, letters.length) * STEP;
    return [-STEP / 2, LETTER_Y - 20 - width / 6, width, width / 3];
  }

  function look(wanted) {
    view = wanted;
    drawing.setAttribute("viewBox", view.map((number) => number.toFixed(2)).join(" "));
  }

  function move() {
    const mine = ++moving;
    const [from, to] = [view, viewOf(zoom)];
    drawing.dataset.zoom = zoom;
    if (!from || isStill()) return look(to);
    const begun = performance.now();
    const go = (now) => {
      if (mine !== moving || step.signal.aborted) return;
      const part = Math.min(1, Math.max(0, now - begun) / ZOOM_MS);
      look(from.map((number, i) => number + (to[i] - number) * ease(part)));
      if (part < 1) requestAnimationFrame(go);
    };
    requestAnimationFrame(go);
    return undefined;
  }

  function drawChain() {
    const parts = letters.map((letter, t) => {
      const x = t * STEP;
      const group = svg("g", { class: t === at ? "one chosen" : "one" });
      const box = { x: x - BOX.width / 2, y: -BOX.height / 2, rx: 8, ...BOX };
      const glyph = text(x, LETTER_Y, "glyph-of");
      glyph.append(sign(letter));
      const { c, h } = valuesAt(t);
      const lines = [text(x, -4, "brief"), text(x, 20, "brief")];
      lines[0].append(`c ${decimal(c)}`);
      lines[1].append(`h ${decimal(h)}`);
      group.append(
        svg("rect", { class: "state", ...box }),
        svg("path", { class: "pipe", d: `M ${x} ${LETTER_Y - 42} V ${BOX.height / 2}` }),
        svg("path", { class: "pipe", d: `M ${x + BOX.width / 2} 0 h ${STEP - BOX.width}` }),
        ...lines,
        glyph,
      );
      group.addEventListener("click", () => {
        at = t;
        placing.set(t + 1);
        zoomTo(zoom === "text" ? "chain" : "cell");
      });
      return group;
    });
    chain.replaceChildren(...parts);
    const [x, y] = [at * STEP - BOX.width / 2, -BOX.height / 2];
    const scale = BOX.width / INSIDE.width;
    inside.all.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
  }

  function formulaOf({ before, g, ...others }) {
    const exact = Object.entries(others).map(([name, value]) => [name, decimal(value, PLACES)]);
    const factors = { before: operand(before, PLACES), g: operand(g, PLACES) };
    return fill(texts.formula, { ...Object.fromEntries(exact), ...factors });
  }

  function show() {
    if (!trace) return; // nothing that it knows was typed yet
    drawChain();
    const values = valuesAt(at);
    inside.show(values);
    const shown = Object.entries(values).map(([name, value]) => [name, decimal(value)]);
    const all = { unit, letter: spoken(letters[at]), ...Object.fromEntries(shown) };
    told.textContent = fill(texts.told, all);
    formula.textContent = formulaOf(values);
    title.textContent = `${texts.drawing}. ${told.textContent}`;
    step.keep({ text: typed, at: at + 1, unit, zoom });
    step.ask({ right: 0, values: all, reveal: () => zoomTo("cell") });
    move();
  }

  async function grant() {
    const read = readable(typed, model);
    if (read === "") return true; // what was there stays
    const found = await model.trace(read, { gates: true });
    if (step.signal.aborted) return true;
    trace = found;
    letters = trace.tokens;
    at = Math.min(at, letters.length - 1);
    placing.input.max = letters.length;
    placing.set(at + 1);
    show();
    return true;
  }
  const wishes = step.latest(grant);

  const zooming = segments({
    label: texts.zoom,
    options: ZOOMS.map((value) => ({ value, label: texts.zooms[value] })),
    value: zoom,
    onChange: (next) => zoomTo(next),
  });
  function zoomTo(next) {
    zoom = next;
    zooming.set(next);
    show();
  }
  const typing = field({
    label: texts.field,
    value: typed,
    longest: LONGEST,
    onInput: (now) => wishes.ask((typed = now)),
  });
  const placing = slider({
    label: texts.place,
    min: 1,
    max: LONGEST,
    step: 1,
    value: at + 1,
    show: (value) => (letters[value - 1] ? `${value}: ${sign(letters[value - 1])}` : String(value)),
    onInput(value) {
      at = value - 1;
      show();
    },
  });
  const choosing = slider({
    label: texts.unit,
    min: 0,
    max: units - 1,
    step: 1,
    value: unit,
    onInput(value) {
      unit = value;
      show();
    },
  });
  place.append(
    element("div", { className: "row top" }, zooming, typing),
    note,
    drawing,
    element("div", { className: "row top" }, placing, choosing),
    told,
    formula,
  );
  wishes.ask(typed);
}
