// What to name: pictures, dropped, opened or drawn, each with the words for it.

import { button, element, onFilesChosen } from "../dom.js";
import { SIDE, createPad, padHtml } from "../parts/pad.js"; // what the network sees is as large
import { drawSquare } from "../parts/pictures.js";
import { asField, optionsFor } from "./table.js";

const MOST = 500; // pictures

export const html = /* HTML */ `
  <p class="hint">Drop pictures here, open them or draw them, and say what each one shows.</p>
  <ul class="captions"></ul>
  <div class="row">
    <button type="button" class="open-text">Open pictures…</button>
    <input type="file" accept="image/*" multiple aria-label="Files of pictures" hidden />
  </div>
  <details class="draw">
    <summary>Draw one</summary>
    ${padHtml("teach")}
    <div class="row"><button type="button" class="add">Add the drawing</button></div>
  </details>
  <p class="facts" role="status"></p>
`;

/** A picture as a binary PPM file. */
function ppmOf(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, SIDE, SIDE);
  const head = new TextEncoder().encode(`P6\n${SIDE} ${SIDE}\n255\n`);
  const bytes = new Uint8Array(head.length + 3 * SIDE * SIDE);
  bytes.set(head);
  for (let i = 0; i < SIDE * SIDE; i++)
    bytes.set(data.subarray(4 * i, 4 * i + 3), head.length + 3 * i);
  return bytes;
}

const wordsOf = (name) => asField(name.replace(/\.[^.]*$/, "").replace(/[_\W]+|\d+/g, " "));

export function createMaterial(root, { onChange, complain }) {
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
    count();
    return words;
  }

  function count() {
    const { length } = list.children;
    find(".facts").textContent = length > 0 ? `${length} pictures` : "";
    onChange();
  }

  function removeItem(item) {
    item.remove();
    find(".open-text").focus();
    count();
  }

  async function openFiles(files) {
    complain("");
    for (const file of files) {
      if (list.children.length >= MOST) return complain(`${MOST} pictures are the most.`);
      try {
        const image = await createImageBitmap(file);
        add(image, wordsOf(file.name));
        image.close();
      } catch {
        complain(`${file.name} is no picture that this browser reads.`);
      }
    }
  }

  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);
  find(".add").addEventListener("click", () => {
    add(pad.canvas, "").focus();
    find(".clear").click();
  });

  return {
    openLink() {},
    openFiles,
    fields: {},
    async read() {
      const items = [...list.children].map((item) => ({
        canvas: item.querySelector("canvas"),
        caption: asField(item.querySelector("input").value),
      }));
      if (items.length < 2) throw new Error("There must be two pictures at least");
      const bare = items.findIndex(({ caption }) => caption === "");
      if (bare >= 0) throw new Error(`Picture ${bare + 1} has no words yet`);
      const pictures = items.map(({ canvas }) => ppmOf(canvas));
      return {
        name: "Pictures of your own",
        bytes: new TextEncoder().encode(items.map(({ caption }) => `${caption}\n`).join("")),
        options: { level: "word", ...optionsFor(items.length) },
        pictures: new Uint8Array(await new Blob(pictures).arrayBuffer()),
      };
    },
  };
}
