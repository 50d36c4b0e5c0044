// The captioning tab: a picture, chosen, drawn or opened, and the words that the network finds for
// it, each with where it looked and what else it considered.

import { createBars } from "./bars.js";
import { readTabLink } from "./link.js";
import { createModels } from "./models.js";
import { createPad } from "./pad.js";
import { PICTURES, paintedPictures, readPictures } from "./pictures.js";
import { drawShape } from "./shape.js";
import { sign } from "./tokens.js";

const LENGTH = 60; // words at most
const CANDIDATES = 8;
const SIDE = 256; // pixels; what is larger is shrunk to it

const panel = document.querySelector("#captioning");
const find = (selector) => panel.querySelector(selector);
const picture = find("canvas.picture");
const overlay = find(".overlay");
const written = find(".written");
const said = find(".said");
const alert = find(".models + section > .alert");
const fileInput = find(".open-picture + input");

const frame = () => new Promise(requestAnimationFrame);

/** `onFields(fields)` is told what is filled in, for the address. */
export function createCaptioning({ entries, onFields }) {
  const showBars = createBars(find("table"));
  const context = picture.getContext("2d", { willReadFrequently: true });
  let model;
  let session; // a promise
  let latest = 0; // numbers the captions; only the newest is shown
  let words = []; // of the caption: { token, candidates, attention, button }
  let fields; // what a link says of the picture, or null when none can carry it
  let examples; // by name, canvases
  let asked; // the name of a link's picture, which may come with its model
  let standIn = false; // whether what is shown only stands in for that

  // ---- Where it looked ----

  function showAttention(attention) {
    const side = Math.round(Math.sqrt(attention.length));
    overlay.width = overlay.height = side;
    const most = Math.max(...attention);
    const c = overlay.getContext("2d");
    attention.forEach((share, i) => {
      // What it did not look at is dimmed.
      c.fillStyle = `rgb(18 21 27 / ${0.7 * (1 - share / most)})`;
      c.fillRect(i % side, Math.floor(i / side), 1, 1);
    });
    overlay.hidden = false;
  }

  function show(word, looking = true) {
    for (const { button } of words)
      button.setAttribute("aria-pressed", String(button === word.button));
    showBars(
      word.candidates.map(({ token, probability }) => ({
        name: token === end() ? "(end)" : sign(token),
        probability,
        isChosen: token === word.token,
      })),
    );
    if (looking) showAttention(word.attention);
    else overlay.hidden = true;
  }

  // ---- Writing ----

  const end = () => model.info.metadata.end;

  function add(word) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = /^[.,:;!?’')]/.test(word.token) ? "word close" : "word";
    button.textContent = word.token === end() ? "■" : word.token;
    if (word.token === end()) button.setAttribute("aria-label", "end");
    word.button = button;
    for (const type of ["pointerenter", "focus", "click"])
      button.addEventListener(type, () => show(word));
    button.addEventListener(
      "pointerleave",
      ({ pointerType }) => (overlay.hidden = pointerType === "mouse"),
    );
    button.addEventListener("blur", () => (overlay.hidden = true));
    words.push(word);
    written.append(button);
    show(word);
  }

  async function caption() {
    if (!model) return;
    const mine = ++latest;
    const isOld = () => mine !== latest;
    words = [];
    written.replaceChildren();
    overlay.hidden = true;
    said.textContent = "";
    onFields(models.current.own || !fields ? null : { model: models.current.name, ...fields });
    const { data, width, height } = context.getImageData(0, 0, picture.width, picture.height);
    try {
      const writing = await session;
      await writing.start({ data, width, height });
      while (words.length < LENGTH && !isOld()) {
        const [candidates, attention, token] = await Promise.all([
          writing.distribution({ count: CANDIDATES }),
          writing.attention(),
          writing.sample({ temperature: 0 }),
        ]);
        await frame();
        if (isOld()) return;
        add({ candidates, attention, token });
        if (token === end()) break;
      }
      if (isOld()) return;
      const tokens = words.map(({ token }) => token).filter((token) => token !== end());
      said.textContent = tokens.join(" ");
      picture.setAttribute("aria-label", `The picture: ${tokens.join(" ")}`);
      drawShape(find(".shape"), model.info, { written: words.map(({ token }) => token) });
      show(words[0], false);
    } catch (error) {
      if (!isOld()) alert.textContent = `${error.message}.`;
    }
  }

  // ---- Pictures ----

  /** Shows what was painted, in a square and over white as the network sees it. */
  function take(source, from) {
    fields = from;
    standIn = false;
    const { width, height } = source;
    const side = Math.min(Math.max(width, height), SIDE);
    const scale = side / Math.max(width, height);
    const [w, h] = [width * scale, height * scale];
    picture.width = picture.height = side;
    picture.classList.toggle("small", side < 64);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, side, side);
    context.imageSmoothingQuality = "high";
    context.drawImage(source, (side - w) / 2, (side - h) / 2, w, h);
    for (const button of find(".pictures").children) {
      button.setAttribute("aria-pressed", String(button.value === from?.picture));
    }
    return caption();
  }

  const takeExample = (name) => take(examples.get(name), { picture: name });
  const takeDrawing = () => take(pad.canvas, { drawing: pad.code });

  // What was wrong is forgotten when the reader goes on, not when a model that was loading has
  // come.
  const goOn = (then) => {
    alert.textContent = "";
    return then();
  };

  async function openPicture(file) {
    try {
      const image = await createImageBitmap(file);
      await goOn(() => take(image, null));
      image.close();
    } catch {
      const why = "it is neither a picture that this browser reads nor a .safetensors file";
      alert.textContent = `${file.name} cannot be opened: ${why}.`;
    }
  }

  /** Offers pictures, a map from name to canvas. */
  function offer(pictures) {
    examples = pictures;
    const buttons = [...pictures].map(([name, canvas]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", value: name, title: name });
      button.setAttribute("aria-label", name);
      button.setAttribute("aria-pressed", String(name === fields?.picture));
      button.append(canvas);
      button.addEventListener("click", () => goOn(() => takeExample(name)));
      return button;
    });
    find(".pictures").replaceChildren(...buttons);
  }
  offer(paintedPictures());
  const pad = createPad(find(".pad"), { onDrawn: () => goOn(takeDrawing) });
  find(".open-picture").addEventListener("click", () => fileInput.click());
  fileInput.addEventListener("change", () => {
    if (fileInput.files.length > 0) openPicture(fileInput.files[0]);
    fileInput.value = ""; // the same file may be chosen again
  });

  function fillIn({ picture: name, drawing }) {
    if (drawing !== undefined) {
      pad.code = drawing;
      find("details").open = true;
      return takeDrawing();
    }
    if (examples.has(name)) return takeExample(name);
    const taken = takeExample(PICTURES[0]);
    [asked, standIn] = [name, true];
    return taken;
  }

  // ---- Models ----

  async function use(newModel, { pictures }) {
    latest++;
    model?.free(); // with its session
    model = newModel;
    session = model.session();
    drawShape(find(".shape"), model.info);
    if (!pictures) return caption();
    try {
      const shipped = await readPictures(pictures);
      if (model !== newModel) return;
      offer(new Map([...shipped, ...paintedPictures()]));
      if (standIn) return takeExample(examples.has(asked) ? asked : [...shipped.keys()][0]);
    } catch (error) {
      alert.textContent = `The model's pictures cannot be read: ${error.message}.`;
    }
    return caption();
  }

  const models = createModels(find(".models"), "captioner", { onModel: use });
  models.list(entries);

  return {
    async openLink(hash) {
      const { model: name, ...asked } = readTabLink(hash);
      await goOn(() => fillIn(asked)); // it is seen before there is a model
      if (!model || (name !== undefined && name !== models.current.name))
        await models.openNamed(name);
    },
    openFile(file) {
      if (!file || /\.safetensors$/i.test(file.name)) return models.openFile(file);
      return openPicture(file);
    },
  };
}
