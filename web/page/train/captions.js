// What to name: pictures, dropped, opened or drawn, each with the words for it.

import { button, element, onFilesChosen } from "../dom.js";
import { SIDE, createPad, padHtml } from "../parts/pad.js"; // what the network sees is as large
import { drawSquare } from "../parts/pictures.js";
import { counted } from "../parts/words.js";
import { createExample, pictures } from "./examples.js";
import { asField } from "./table.js";

const EXAMPLE = "Example pictures";
const MOST = 500; // pictures

export const html = /* HTML */ `
  <p class="hint">Drop pictures here, open them or draw them, and say what each one shows.</p>
  <ul class="captions"></ul>
  <div class="row">
    <button type="button" class="open-text">Open pictures…</button>
    <button type="button" class="example"></button>
    <input type="file" accept="image/*,.zip" multiple aria-label="Files of pictures" hidden />
  </div>
  <details class="draw">
    <summary>Draw one</summary>
    ${padHtml("teach")}
    <div class="row"><button type="button" class="add">Add the drawing</button></div>
  </details>
  <p class="facts" role="status"></p>
`;

const HEAD = new TextEncoder().encode(`P6\n${SIDE} ${SIDE}\n255\n`);
const PPM_BYTES = HEAD.length + 3 * SIDE * SIDE;

/** A picture as a binary PPM file. */
function ppmOf(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, SIDE, SIDE);
  const bytes = new Uint8Array(PPM_BYTES);
  bytes.set(HEAD);
  for (let i = 0; i < SIDE * SIDE; i++)
    bytes.set(data.subarray(4 * i, 4 * i + 3), HEAD.length + 3 * i);
  return bytes;
}

/** The picture of what ppmOf() gave. */
function canvasOf(ppm) {
  const image = new ImageData(SIDE, SIDE);
  image.data.fill(255);
  for (let i = 0; i < SIDE * SIDE; i++)
    image.data.set(ppm.subarray(HEAD.length + 3 * i, HEAD.length + 3 * i + 3), 4 * i);
  const canvas = element("canvas", { width: SIDE, height: SIDE });
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** The first pictures of what read() gave, each once, by their words. */
export function picturesOf({ bytes, pictures: all }, most) {
  const words = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  const ppm = (i) => all.subarray(i * PPM_BYTES, (i + 1) * PPM_BYTES);
  const places = new Map(words.map((caption, i) => [caption, i]));
  return new Map([...places].slice(0, most).map(([caption, i]) => [caption, canvasOf(ppm(i))]));
}

const wordsOf = (name) => asField(name.replace(/\.[^.]*$/, "").replace(/[_\W]+|\d+/g, " "));

export function createMaterial(root, { onChange, onLost, complain }) {
  const find = (selector) => root.querySelector(selector);
  const list = find(".captions");
  const pad = createPad(find(".pad"), { onDrawn: () => {} });

  function add(source, caption) {
    const canvas = drawSquare(element("canvas"), source, SIDE);
    const words = element("input", {
      type: "text",
      value: caption,
      placeholder: "what it shows",
      "aria-label": "What it shows",
    });
    const item = element("li", {}, canvas, words);
    const remove = button("✕", () => removeItem(item), { className: "quiet", title: "Remove it" });
    remove.setAttribute("aria-label", "Remove the picture");
    item.append(remove);
    list.append(item);
    return words;
  }

  /** The pictures are others now, and none of the example. */
  function count() {
    const { length } = list.children;
    find(".facts").textContent = length > 0 ? counted(length, "picture") : "";
    example.shown = false;
    onChange();
  }

  function clear() {
    list.replaceChildren();
    count();
  }

  const fill = (all) => {
    list.replaceChildren();
    for (const [caption, canvas] of all) add(canvas, caption);
    count();
  };
  const example = createExample(find(".example"), {
    show() {
      lost("The example took the place of your pictures.");
      fill(pictures(SIDE));
    },
    clear,
    onChange,
  });

  /** What is there of one's own, undefined when nothing is. */
  function draftNow() {
    if (example.shown || list.children.length === 0) return undefined;
    const all = [...list.children].map((item) => [
      item.querySelector("input").value,
      ppmOf(item.querySelector("canvas")),
    ]);
    return { pictures: all };
  }

  function lost(message) {
    const draft = draftNow();
    if (draft) onLost(draft, message);
  }

  function removeItem(item) {
    lost("The picture is removed.");
    item.remove();
    find(".open-text").focus();
    count();
  }

  async function openFiles(files) {
    complain("");
    if (example.shown) clear();
    for (const file of files) {
      if (list.children.length >= MOST) return complain(`${MOST} pictures are the most.`);
      try {
        const image = await createImageBitmap(file);
        add(image, wordsOf(file.name));
        count();
        image.close();
      } catch {
        complain(`${file.name} is no picture that this browser reads.`);
      }
    }
  }

  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);
  find(".add").addEventListener("click", () => {
    if (example.shown) clear();
    const words = add(pad.canvas, "");
    count();
    find(".clear").click();
    words.focus();
  });

  list.addEventListener("input", () => {
    example.shown = false;
    onChange();
  });

  let isNew = true;
  return {
    openLink() {
      if (isNew && list.children.length === 0) example.show();
      isNew = false;
    },
    openFiles,
    show({ name, bytes, pictures: all }) {
      lost(`${name} took the place of your pictures.`);
      const words = new TextDecoder().decode(bytes).split("\n");
      const ppm = (i) => all.subarray(i * PPM_BYTES, (i + 1) * PPM_BYTES);
      fill(words.slice(0, -1).map((caption, i) => [caption, canvasOf(ppm(i))]));
      example.shown = name === EXAMPLE;
    },
    get draft() {
      return draftNow();
    },
    restore: ({ pictures: all }) => fill(all.map(([caption, ppm]) => [caption, canvasOf(ppm)])),
    fields: {},
    get missing() {
      return example.shown ? "" : "Pictures of your own stay on this device: they are not in it.";
    },
    async read() {
      const items = [...list.children].map((item) => ({
        canvas: item.querySelector("canvas"),
        caption: asField(item.querySelector("input").value),
      }));
      if (items.length < 2) throw new Error("There must be two pictures at least");
      const bare = items.findIndex(({ caption }) => caption === "");
      if (bare >= 0) throw new Error(`Picture ${bare + 1} has no words yet`);
      const files = items.map(({ canvas }) => ppmOf(canvas));
      return {
        name: example.shown ? EXAMPLE : "Pictures of your own",
        bytes: new TextEncoder().encode(items.map(({ caption }) => `${caption}\n`).join("")),
        options: { level: "word" },
        pictures: new Uint8Array(await new Blob(files).arrayBuffer()),
      };
    },
  };
}
