// Step 11: the four shapes as one picture that rewires itself. All boxes and arrows are always
// there; a shape is which of them are lit. Each shape runs with its shipped model.

import { button, element, svg } from "../dom.js";
import { drawSquare, paintedPictures, readPictures } from "../parts/pictures.js";
import { fit, short } from "../parts/shape.js";
import { sentence } from "../parts/words.js";
import { field, named, percent, segments, sign } from "./parts.js";

const COLUMNS = 8;
const STEP = 46;
const BOX = { width: 36, height: 28 };
const ROWS = { output: 24, state: 84, input: 144 };
const SIDE = 256; // pixels of a picture, at most

const ALL = Array.from({ length: COLUMNS }, (_, i) => i);
const columns = (from, count) => ALL.slice(from, from + count);

/**
 * By shape: its model, the most tokens that are shown as read and as written, what is read at
 * first, and which columns are used for so many of each.
 */
const SHAPES = {
  generator: {
    ...{ model: "names", most: [COLUMNS, COLUMNS], example: "em", back: true },
    wire: (read, written) => ({ input: columns(0, read), output: columns(0, written) }),
  },
  captioner: {
    ...{ model: "emoji", most: [1, COLUMNS], example: "umbrella on ground", back: false },
    wire: (read, written) => ({ input: columns(0, read), output: columns(0, written) }),
  },
  classifier: {
    ...{ model: "languages", most: [COLUMNS, 1], example: "Kowalczyk", back: false },
    wire: (read, written) => ({ input: columns(0, read), output: columns(read - 1, written) }),
  },
  translator: {
    ...{ model: "dates", most: [COLUMNS / 2, COLUMNS / 2], example: "7.11.88", back: false },
    wire: (read, written) => ({ input: columns(0, read), output: columns(read, written) }),
  },
};
const KINDS = Object.keys(SHAPES);

function createPicture(label) {
  const parts = [];
  const add = (name, attributes, lit) => {
    const made = svg(name, attributes);
    parts.push({ made, lit });
    return made;
  };
  const x = (i) => 24 + i * STEP;
  const arrow = (x1, y1, x2, y2, lit, kind = "") =>
    add("path", { class: `line ${kind}`, d: `M ${x1} ${y1} L ${x2} ${y2}` }, lit);
  const labels = { input: [], output: [] };
  for (const i of ALL) {
    if (i > 0)
      arrow(x(i - 1) + 18, ROWS.state, x(i) - 20, ROWS.state, ({ last }) => i <= last, "along");
    arrow(x(i), ROWS.input - 14, x(i), ROWS.state + 16, ({ input }) => input.includes(i), "along");
    arrow(
      x(i),
      ROWS.state - 14,
      x(i),
      ROWS.output + 16,
      ({ output }) => output.includes(i),
      "along",
    );
    // What was written is read next.
    if (i > 0) {
      const middle = x(i) - STEP / 2;
      const d = `M ${x(i - 1) + 18} ${ROWS.output} H ${middle} V ${ROWS.input} H ${x(i) - 20}`;
      add("path", { class: "line fed-back along", d }, ({ back, last }) => back && i <= last);
    }
  }
  for (const [kind, y] of Object.entries(ROWS)) {
    for (const i of ALL) {
      const lit = (wiring) => (kind === "state" ? i <= wiring.last : wiring[kind].includes(i));
      const place = { x: x(i) - BOX.width / 2, y: y - BOX.height / 2, rx: 5, ...BOX };
      add("rect", { class: kind, ...place }, lit);
      if (kind !== "state") labels[kind].push(add("text", { x: x(i), y: y + 4 }, lit));
    }
  }
  const marker = svg("marker", {
    id: "learn-head",
    viewBox: "0 0 6 6",
    refX: 5,
    refY: 3,
    markerWidth: 6,
    markerHeight: 6,
    orient: "auto",
  });
  marker.append(svg("path", { class: "head", d: "M 0 0 L 6 3 L 0 6 Z" }));
  const title = svg("title", {}, label);
  const drawing = svg(
    "svg",
    { viewBox: `0 0 ${24 + COLUMNS * STEP} 168`, role: "img", class: "rewiring" },
    title,
    marker,
    ...parts.map(({ made }) => made),
  );
  return {
    drawing,
    /** Shows a shape that reads and writes these tokens; without any with all its boxes. */
    show(shape, description, read = undefined, written = undefined) {
      const shown = [read, written].map((tokens, i) => tokens && fit(tokens, shape.most[i]));
      const counts = shown.map((tokens, i) => tokens?.length ?? shape.most[i]);
      const wiring = shape.wire(...counts);
      const last = Math.max(...wiring.input, ...wiring.output);
      for (const { made, lit } of parts)
        made.classList.toggle("out", !lit({ ...wiring, last, back: shape.back }));
      ["input", "output"].forEach((kind, i) => {
        for (const one of labels[kind]) one.textContent = "";
        wiring[kind].forEach((at, k) => {
          labels[kind][at].textContent = sign(shown[i]?.[k] ?? "");
        });
      });
      title.textContent = description;
    },
  };
}

/** By task: what a model makes of the input: { read, written, said }, tokens and a sentence. */
const RUN = {
  async generator(model, text) {
    const written = await model.complete(text, { temperature: 0.5, seed: 1, length: 20 });
    const all = [...text, ...written];
    // What stands in the last box is the end of the name.
    return { read: all, written: [...all.slice(1), "↵"], said: `${text}${written}` };
  },
  async classifier(model, text) {
    const [{ label, probability }] = await model.classify(text);
    return { read: [...text], written: [short(label)], said: `${label}, ${percent(probability)}` };
  },
  async translator(model, text) {
    const written = await model.complete("", { source: text });
    return { read: [...text], written: [...written], said: written };
  },
  async captioner(model, picture) {
    const written = await model.complete("", { source: picture });
    const words = written.split(" ");
    return { read: ["▣"], written: [...words.map(short), "■"], said: written };
  },
};

export async function createFigure(place, step) {
  const { texts, fill } = step;
  let kind = step.choice("shape", KINDS);
  let input = step.text("text", SHAPES[kind].example, 24);
  let pictures;
  const picture = createPicture(texts.shapes[kind]);
  const inputs = element("div", { className: "input-of" });
  const result = element("p", { className: "finding", role: "status", translate: false });
  const caption = element("p", { className: "hint" });

  const described = () => `${texts.shapes[kind]}: ${texts.about[kind]}`;

  function wire() {
    picture.show(SHAPES[kind], described());
    caption.textContent = texts.about[kind];
  }

  const readPicturesOf = async (model) =>
    new Map([...paintedPictures(), ...(await readPictures(model.entry.pictures))]);

  function pixelsOf(name) {
    const canvas = element("canvas");
    const source = pictures.get(name);
    drawSquare(canvas, source, Math.min(SIDE, Math.max(source.width, source.height)));
    return canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  }

  function offerPictures() {
    if (!pictures.has(input)) [input] = pictures.keys();
    if (inputs.querySelector(".pictures")) return;
    const buttons = [...pictures].slice(0, 12).map(([name, canvas]) => {
      const one = button("", () => wishes.ask((input = name)), { title: name, "aria-label": name });
      one.append(canvas);
      return one;
    });
    inputs.replaceChildren(element("div", { className: "pictures" }, ...buttons));
  }

  function offerField() {
    const typing = field({
      label: texts.input,
      value: input,
      longest: 24,
      onInput: (now) => wishes.ask((input = now)),
    });
    inputs.replaceChildren(typing);
  }

  async function grant() {
    const asked = kind;
    const shape = SHAPES[asked];
    const model = await step.model(shape.model);
    if (asked === "captioner") pictures ??= await readPicturesOf(model);
    if (asked !== kind) return false; // another shape was chosen meanwhile
    if (asked === "captioner") offerPictures();
    const given = input;
    let made;
    try {
      made = await RUN[asked](model, asked === "captioner" ? pixelsOf(given) : given);
    } catch (error) {
      if (!["vocabulary", "text"].includes(error.code)) throw error;
      if (asked === kind) result.textContent = sentence(error);
      return true;
    }
    if (step.signal.aborted || asked !== kind) return true;
    picture.show(shape, described(), made.read, made.written);
    const before = asked === "captioner" ? named(given) : given;
    result.textContent = fill(texts.result, { before, after: made.said });
    for (const one of inputs.querySelectorAll(".pictures button"))
      one.setAttribute("aria-pressed", String(/** @type {any} */ (one).title === given));
    step.keep({ shape: asked, text: given });
    return true;
  }
  const wishes = step.latest(grant);

  function choose(next) {
    kind = next;
    input = SHAPES[kind].example;
    switching.set(next);
    result.textContent = "";
    if (kind === "captioner") inputs.replaceChildren();
    else offerField();
    wire();
    wishes.ask(kind);
  }

  const switching = segments({
    label: texts.which,
    options: KINDS.map((value) => ({ value, label: texts.shapes[value] })),
    value: kind,
    onChange: choose,
  });
  place.append(
    switching,
    element("div", { className: "shape" }, picture.drawing),
    caption,
    inputs,
    result,
  );
  step.ask({ right: 2, reveal: () => choose("classifier") });
  if (kind !== "captioner") offerField();
  wire();
  wishes.ask(kind);
}
