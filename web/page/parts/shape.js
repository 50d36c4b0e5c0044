// The picture of a network's shape, drawn from what the model says of itself: boxes for what is
// read, for the states of the recurrent layers and for what is written, and an arrow wherever one
// feeds another. Time goes to the right. After "The Unreasonable Effectiveness of Recurrent Neural
// Networks" (Karpathy 2015).

import { element, svg } from "../dom.js";
import { counted } from "./words.js";

const BOX = { width: 34, height: 26 };
const COLUMN = 48; // from box to box
const ROW = 50;
const EDGE = 3; // room for strokes
const MOST_LAYERS = 4; // drawn; of more, the rest is said
const STEPS = 4;

let drawn = 0; // so that ids are unique

/** A token that has room in a box. */
export const short = (token) => {
  const characters = [...({ " ": "␣", "\n": "↵" }[token] ?? token).trim()];
  return characters.length > 4 ? `${characters.slice(0, 3).join("")}…` : characters.join("");
};

/** Draws into an SVG; positions are in columns and rows, a box's place its middle. */
class Drawing {
  #parts = [];
  left = 0;
  top = 0;
  right = 0;
  bottom = 0;

  #grow(x0, y0, x1, y1) {
    this.left = Math.min(this.left, x0);
    this.top = Math.min(this.top, y0);
    this.right = Math.max(this.right, x1);
    this.bottom = Math.max(this.bottom, y1);
  }
  box(kind, x, y, label = "", { width = BOX.width, height = BOX.height } = {}) {
    const [left, top] = [x - width / 2, y - height / 2];
    this.#parts.push(svg("rect", { class: kind, x: left, y: top, width, height, rx: 5 }));
    if (label) this.#parts.push(svg("text", { x, y: y + 4 }, label));
    this.#grow(left, top, left + width, top + height);
    return { x, y, left, top, right: left + width, bottom: top + height };
  }
  /** A line through points, with a head at the last. */
  arrow(points, kind = "") {
    const [[x0, y0], [x1, y1]] = points.slice(-2);
    const length = Math.hypot(x1 - x0, y1 - y0);
    const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
    const line = points.map(([x, y]) => `${x} ${y}`).join(" L ");
    const head = `M ${x1} ${y1} l ${-6 * dx - 3 * dy} ${-6 * dy + 3 * dx} l ${6 * dy} ${-6 * dx} Z`;
    this.#parts.push(svg("path", { class: `line ${kind}`, d: `M ${line}` }));
    this.#parts.push(svg("path", { class: `head ${kind}`, d: head }));
    for (const [x, y] of points) this.#grow(x, y, x, y);
  }
  line([[x1, y1], [x2, y2]]) {
    this.#parts.push(svg("line", { class: "line", x1, y1, x2, y2 }));
  }
  up(from, to) {
    this.arrow([
      [from.x, from.top - 1],
      [from.x, to.bottom + 1],
    ]);
  }
  along(from, to) {
    const forward = from.x < to.x;
    this.arrow(
      forward
        ? [
            [from.right + 1, from.y],
            [to.left - 1, to.y],
          ]
        : [
            [from.left - 1, from.y],
            [to.right + 1, to.y],
          ],
    );
  }
  /** From an output to the input of the next step, down through the gap between their columns. */
  back(from, to) {
    const gap = (from.right + to.left) / 2 - 2;
    this.arrow(
      [
        [from.right + 1, from.y],
        [gap, from.y],
        [gap, to.y],
        [to.left - 1, to.y],
      ],
      "fed-back",
    );
  }
  svg(title, description) {
    const [width, height] = [this.right - this.left + 2 * EDGE, this.bottom - this.top + 2 * EDGE];
    const viewBox = [this.left - EDGE, this.top - EDGE, width, height].join(" ");
    const ids = ["title", "description"].map((what) => `shape-${what}-${++drawn}`);
    const names = { role: "img", "aria-labelledby": ids[0], "aria-describedby": ids[1] };
    const made = svg("svg", { viewBox, width, height, ...names });
    made.append(
      svg("title", { id: ids[0] }, title),
      svg("desc", { id: ids[1] }, description),
      ...this.#parts,
    );
    return made;
  }
}

/**
 * A row of states for each layer, the lowest first; `backwards(layer)` says which read from the
 * right.
 */
function states(drawing, x, count, layers, bottom, backwards = (/** @type {number} */ _) => false) {
  const rows = [];
  for (let layer = 0; layer < layers; layer++) {
    const row = Array.from({ length: count }, (_, i) =>
      drawing.box("state", x + i * COLUMN, bottom - layer * ROW),
    );
    for (let i = 1; i < count; i++)
      drawing.along(...(backwards(layer) ? [row[i], row[i - 1]] : [row[i - 1], row[i]]));
    if (layer > 0) row.forEach((box, i) => drawing.up(rows[layer - 1][i], box));
    rows.push(row);
  }
  return rows;
}

/** As many tokens as there are boxes, the last one of them among them. */
export const fit = (tokens, boxes) =>
  tokens.length > boxes ? [...tokens.slice(0, boxes - 2), "…", tokens.at(-1)] : tokens;

function inputs(drawing, tokens, x, y, above) {
  return above.map((state, i) => {
    const box = drawing.box("input", x + i * COLUMN, y, short(tokens[i] ?? ""));
    drawing.up(box, state);
    return box;
  });
}

/** States with inputs below and outputs above, each of which is the input of the next step. */
function decoder(drawing, x, layers, { first, outputs, through = 0 }) {
  const rows = states(drawing, x, STEPS, layers, -ROW);
  const again = outputs.map((token) => (token === "\n" ? "" : token)); // with the end it ends
  const read = inputs(drawing, [first, ...again], x, 0, rows[0]);
  const y = -ROW * (layers + 1) - through;
  const written = rows.at(-1).map((state, i) => {
    const box = drawing.box("output", x + i * COLUMN, y, short(outputs[i] ?? ""));
    if (through === 0) drawing.up(state, box);
    return box;
  });
  written.slice(0, -1).forEach((box, i) => drawing.back(box, read[i + 1]));
  return { rows, written };
}

/** The band over a row of what is remembered and of the states that look at it. */
function attention(drawing, remembered, { rows, written }, y) {
  const [left, right] = [Math.min(...remembered.map((box) => box.left)), rows[0].at(-1).right];
  const size = { width: right - left, height: BOX.height };
  const band = drawing.box("attention", (left + right) / 2, y, "attention", size);
  for (const box of [...remembered, ...rows.at(-1)]) drawing.up(box, band);
  for (const box of written) drawing.up({ ...box, top: band.top }, box);
}

const DRAW = {
  generator(drawing, layers, { read, written }) {
    // What is given comes in first; then each output is the next input.
    const tokens = [...read, ...written];
    const rows = states(drawing, 0, STEPS + 1, layers, -ROW);
    const given = inputs(drawing, tokens, 0, 0, rows[0]);
    rows.at(-1).forEach((state, i) => {
      // Of those given it is not asked.
      const label = i + 1 < read.length ? "" : short(tokens[i + 1] ?? "");
      const box = drawing.box("output", i * COLUMN, -ROW * (layers + 1), label);
      drawing.up(state, box);
      if (i < STEPS && i + 1 >= read.length) drawing.back(box, given[i + 1]);
    });
  },
  classifier(drawing, layers, { read, written }, { bag }) {
    const rows = states(drawing, 0, STEPS + 1, layers, -ROW);
    const tokens = inputs(drawing, fit(read, STEPS + 1), 0, 0, rows[0]);
    const middle = (STEPS * COLUMN) / 2;
    const size = { width: STEPS * COLUMN + BOX.width, height: BOX.height };
    const pool = drawing.box(
      "attention",
      middle,
      -ROW * (layers + 1),
      "last, mean and maximum",
      size,
    );
    for (const box of rows.at(-1)) drawing.up(box, pool);
    const label = drawing.box("output", middle, -ROW * (layers + 2), written[0] ?? "class", {
      ...BOX,
      width: 110,
    });
    drawing.up(pool, label);
    if (!bag) return;
    // What is counted has a way of its own, below the network and around it.
    const counted = drawing.box("bag", middle, ROW, "counted", size);
    for (const token of tokens)
      drawing.arrow([
        [token.x, token.bottom + 1],
        [token.x, counted.top - 1],
      ]);
    const around = counted.right + 12;
    const way = [
      [counted.right + 1, ROW],
      [around, ROW],
      [around, label.y],
      [label.right + 1, label.y],
    ];
    drawing.arrow(way);
  },
  translator(drawing, layers, { read, written }) {
    const backwards = (layer) => layer % 2 === 1;
    const encoder = states(drawing, 0, STEPS, layers, -ROW, backwards);
    inputs(drawing, fit(read, STEPS), 0, 0, encoder[0]);
    const decoded = decoder(drawing, STEPS * COLUMN, layers, {
      first: "↵",
      outputs: written,
      through: ROW,
    });
    encoder.forEach((row, layer) => {
      const to = decoded.rows[layer][0];
      if (!backwards(layer)) drawing.along(row.at(-1), to);
      else {
        // Its last state is the leftmost: under its row, and up into the decoder.
        const y = row[0].bottom + 8;
        drawing.arrow([
          [row[0].x - 9, row[0].bottom + 1],
          [row[0].x - 9, y],
          [to.x - 9, y],
          [to.x - 9, to.bottom + 1],
        ]);
      }
    });
    attention(drawing, encoder.at(-1), decoded, -ROW * (layers + 1));
  },
  captioner(drawing, layers, { read, written }, { blocks }) {
    const y = (-ROW * (layers + 1)) / 2;
    const picture = drawing.box("input", 0, y, read[0] ?? "picture", { width: 58, height: 58 });
    let before = picture;
    for (let i = 0; i < blocks; i++) {
      const height = 54 * 0.78 ** (i + 1);
      const block = drawing.box("convolution", before.right + 14, y, "", { width: 12, height });
      if (i === 0) drawing.along(before, block);
      before = block;
    }
    const map = drawing.box("state", before.right + 32, y, "", { width: 32, height: 32 });
    drawing.along(before, map);
    for (const at of [8, 16, 24]) {
      drawing.line([
        [map.left + at, map.top],
        [map.left + at, map.bottom],
      ]);
      drawing.line([
        [map.left, map.top + at],
        [map.right, map.top + at],
      ]);
    }
    const decoded = decoder(drawing, map.right + 26 + BOX.width / 2, layers, {
      first: "↵",
      outputs: written,
      through: ROW,
    });
    for (const [first] of decoded.rows) {
      const turn = map.right + 10;
      drawing.arrow([
        [map.right + 1, y],
        [turn, y],
        [turn, first.y],
        [first.left - 1, first.y],
      ]);
    }
    attention(drawing, [map], decoded, -ROW * (layers + 1));
  },
};

const NAMES = {
  generator: ["One to one, in step", "it reads one, guesses the next, and reads that in turn"],
  classifier: ["Many to one", "the whole text is read, and one answer is given"],
  translator: [
    "Many to many, after reading all",
    "the source is read to its end, then another text is written",
  ],
  captioner: ["One to many", "one picture is read, and a text is written"],
};

function kinds({ task, level, cell, layers, hidden, labels, bag }, blocks) {
  const token = level === "word" ? "a word" : "a character";
  const rows = layers > 1 ? `, in ${layers} rows` : "";
  const network = `${cell.toUpperCase()} states of ${hidden} numbers${rows}`;
  const backwards =
    task === "translator" && layers > 1 ? "; every other row of the reader goes backwards" : "";
  const all = {
    input: `read: ${task === "captioner" ? "a picture, and " : ""}${token} at a time`,
    convolution:
      task === "captioner" && `${blocks} blocks of convolutions, each halving the picture`,
    state: `${network}${backwards}`,
    attention: {
      classifier: "the states of all steps, brought together",
      translator: `how much of each state of the source goes into ${token}`,
      captioner: `how much of each place of the picture goes into ${token}`,
    }[task],
    bag:
      bag > 0 &&
      `${token}${bag > 1 ? ` or a run of up to ${bag}` : ""}, counted by class: naive Bayes`,
    output:
      task === "classifier"
        ? `the likeliest of ${counted(labels.length, "class", "classes")}${bag > 0 ? ", by the mean of both" : ""}`
        : `written: ${token} at a time`,
  };
  return Object.entries(all).filter(([, text]) => text);
}

let sections = 0; // made so far, for ids

/**
 * Makes a section in which the shape of a network is drawn, with a key and a `hint` below. Gives a
 * function that draws what `info`, a model's, tells of; `read` and `written` are tokens for the
 * boxes, as an example.
 */
export function createShape(section, hint) {
  const id = `shape-${++sections}`;
  const figure = element("figure", { className: "shape" });
  section.setAttribute("aria-labelledby", id);
  section.replaceChildren(element("h2", { id, textContent: "Its shape" }), figure);
  if (hint) section.append(element("p", { className: "hint", textContent: hint }));

  return (
    info,
    /** @type {{ read?: string[], written?: string[] }} */ { read = [], written = [] } = {},
  ) => {
    const drawing = new Drawing();
    const blocks = Number(info.metadata.blocks ?? 3);
    const layers = Math.min(info.layers, MOST_LAYERS);
    DRAW[info.task](drawing, layers, { read, written }, { blocks, bag: info.bag > 0 });
    const [title, how] = NAMES[info.task];
    const key = kinds(info, blocks);
    const description = `${how}. ${key.map(([kind, text]) => `${kind}: ${text}`).join("; ")}.`;
    const caption = element("figcaption", { textContent: `${title}: ${how}.` });
    const items = key.map(([className, textContent]) => element("li", { className, textContent }));
    const list = element("ul", { className: "key" }, ...items);
    figure.replaceChildren(caption, drawing.svg(title, description), list);
  };
}
