// The captioning panel: a picture, chosen, drawn or opened, and the words that the network finds
// for it, each with where it looked and what else it considered.

import { button, nextFrame, onFilesChosen, tellInView } from "./dom.js";
import { leftOut, strangers } from "./link.js";
import { Newest } from "./newest.js";
import { createBars } from "./parts/bars.js";
import { isPicture, notOpened } from "./parts/kinds.js";
import { createModels } from "./parts/models.js";
import { createPad, padHtml } from "./parts/pad.js";
import { PICTURES, drawSquare, paintedPictures, readPictures } from "./parts/pictures.js";
import { createShape } from "./parts/shape.js";
import { sign } from "./parts/tokens.js";
import { sentence } from "./parts/words.js";
import { picturesOf } from "./train/captions.js";

const LENGTH = 60; // words at most
const CANDIDATES = 8;
const SIDE = 256; // pixels; what is larger is shrunk to it
const TAUGHT = 8; // pictures that are offered of those that a model was taught
const UNLINKED = "A picture of your own stays on this device, so no link can carry it.";

export const html = /* HTML */ `
  <div class="column">
    <section id="captioners" class="models" data-part="model"></section>
    <section aria-labelledby="pictures-title" class="choosing-picture">
      <div class="bar">
        <h2 id="pictures-title">Picture</h2>
        <p class="open-hint hint">Choose one, draw one, drop one, or</p>
        <button type="button" class="open-picture">Open a picture…</button>
        <input type="file" accept="image/*" aria-label="A picture’s file" hidden />
      </div>
      <div class="pictures" role="group" aria-labelledby="pictures-title"></div>
      <details class="draw">
        <summary>Draw one</summary>
        ${padHtml("caption")}
      </details>
      <p class="alert" role="alert"></p>
    </section>
    <section class="own-task" data-part="train"></section>
    <section class="its-shape" data-part="shape"></section>
  </div>
  <div class="column">
    <section aria-labelledby="caption-title" class="captioning">
      <h2 id="caption-title">Caption</h2>
      <div class="captioned">
        <div class="seen">
          <canvas
            class="picture"
            width="256"
            height="256"
            role="img"
            aria-label="The picture"
          ></canvas>
          <canvas class="overlay" aria-hidden="true"></canvas>
        </div>
        <p class="written" role="group" aria-labelledby="caption-title" translate="no"></p>
      </div>
      <p class="unseen said" role="status"></p>
      <p class="hint">
        Point at a word, or choose it, to see what else was considered there, and where in the
        picture it looked: the rest is dimmed.
      </p>
    </section>
    <section aria-labelledby="words-title" data-part="candidates">
      <h2 id="words-title">Candidates</h2>
      <table></table>
    </section>
  </div>
`;

export function createPanel(root, page) {
  const find = (selector) => root.querySelector(selector);
  const picture = find("canvas.picture");
  const overlay = find(".overlay");
  const written = find(".written");
  const said = find(".said");
  const alert = find(".choosing-picture > .alert");
  const drawShape = createShape(find(".its-shape"));
  const showBars = createBars(find("table"), {
    what: "Word",
    caption: "The likeliest words at this place",
  });
  const context = picture.getContext("2d", { willReadFrequently: true });
  const newest = new Newest(); // the caption under way
  let model;
  let session; // a promise
  let words = []; // of the caption: { token, candidates, attention, button }
  let fields; // what a link says of the picture, or null when none can carry it
  let examples; // by name, canvases
  let asked; // the name of a link's picture, which may come with its model
  let standIn = false; // whether what is shown only stands in for that
  let taught; // of the model that comes next, some pictures by their words

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
    for (const other of words) other.button.setAttribute("aria-pressed", String(other === word));
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
    const isEnd = word.token === end();
    const className = /^[.,:;!?’')]/.test(word.token) ? "word close" : "word";
    word.button = button(isEnd ? "■" : word.token, () => show(word), { className, dir: "auto" });
    if (isEnd) word.button.setAttribute("aria-label", "end");
    for (const type of ["pointerenter", "focus"])
      word.button.addEventListener(type, () => show(word));
    word.button.addEventListener(
      "pointerleave",
      ({ pointerType }) => (overlay.hidden = pointerType === "mouse"),
    );
    word.button.addEventListener("blur", () => (overlay.hidden = true));
    words.push(word);
    written.append(word.button);
    show(word);
  }

  async function caption() {
    if (!model) return;
    const signal = newest.begin();
    words = [];
    written.replaceChildren();
    overlay.hidden = true;
    said.textContent = "";
    const unlinked = models.unlinked ?? (fields ? undefined : UNLINKED);
    page.keep({ model: models.current.name, ...fields }, unlinked);
    const { data, width, height } = context.getImageData(0, 0, picture.width, picture.height);
    try {
      const writing = await session;
      await writing.start({ data, width, height });
      while (words.length < LENGTH && !signal.aborted) {
        const [candidates, attention, token] = await Promise.all([
          writing.distribution({ count: CANDIDATES }),
          writing.attention(),
          writing.sample({ temperature: 0 }),
        ]);
        await nextFrame();
        if (signal.aborted) return;
        add({ candidates, attention, token });
        if (token === end()) break;
      }
      if (signal.aborted) return;
      const tokens = words.map(({ token }) => token).filter((token) => token !== end());
      said.textContent = tokens.join(" ");
      picture.setAttribute("aria-label", `The picture: ${tokens.join(" ")}`);
      drawShape(model.info, { written: words.map(({ token }) => token) });
      show(words[0], false);
    } catch (error) {
      if (!signal.aborted) alert.textContent = sentence(error);
    }
  }

  // ---- Pictures ----

  /** Shows what was painted as the network sees it. */
  function take(source, from) {
    fields = from;
    standIn = false;
    const side = Math.min(Math.max(source.width, source.height), SIDE);
    drawSquare(picture, source, side);
    picture.classList.toggle("small", side < 64);
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
    models.quiet();
    return then();
  };

  async function openPicture(file, more = "") {
    try {
      const image = await createImageBitmap(file);
      await goOn(() => take(image, null));
      image.close();
      tellInView(alert, more);
    } catch {
      models.quiet();
      tellInView(alert, `${file.name} is no picture that this browser reads.`);
    }
  }

  /** Offers pictures, a map from name to canvas. */
  function offer(pictures) {
    examples = pictures;
    const buttons = [...pictures].map(([name, canvas]) => {
      const made = button("", () => goOn(() => takeExample(name)), {
        value: name,
        title: name,
        "aria-label": name,
        "aria-pressed": String(name === fields?.picture),
      });
      made.append(canvas);
      return made;
    });
    find(".pictures").replaceChildren(...buttons);
  }
  offer(paintedPictures());
  const pad = createPad(find(".pad"), { onDrawn: () => goOn(takeDrawing) });
  onFilesChosen(find(".open-picture"), find(".open-picture + input"), ([file]) =>
    openPicture(file),
  );

  function fillIn(/** @type {any} */ { picture: name, drawing }) {
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
    newest.forget();
    model?.free(); // with its session
    model = newModel;
    session = model.session();
    drawShape(model.info);
    const own = taught;
    taught = undefined;
    if (own) offer(own);
    if (own || (!pictures && fields === undefined)) return takeExample([...examples.keys()][0]);
    if (!pictures) return caption();
    try {
      const shipped = await readPictures(pictures);
      if (model !== newModel) return;
      offer(new Map([...shipped, ...paintedPictures()]));
      if (standIn && asked !== undefined && !examples.has(asked))
        models.complain(
          `The link asks for a picture “${asked}”, which is not here; this is another.`,
        );
      if (standIn) return takeExample(examples.has(asked) ? asked : [...shipped.keys()][0]);
    } catch (error) {
      alert.textContent = `The model's pictures cannot be read: ${error.message}.`;
    }
    return caption();
  }

  const models = createModels(find(".models"), "captioner", { page, onModel: use });
  find(".own-task").append(
    button("Teach it pictures of your own…", () =>
      page.goTo("train", { fields: { task: "captioner" } }),
    ),
  );

  return {
    async openLink({ model: name, ...asked }) {
      const wrong = strangers(asked, ["picture", "drawing"]);
      await goOn(() => fillIn(asked)); // it is seen before there is a model
      await models.openNamed(name);
      models.complain(leftOut(wrong));
    },
    seeTaught(material) {
      taught = picturesOf(material, TAUGHT);
    },
    openFile(file, files) {
      if (file && isPicture(file)) return openPicture(file, notOpened(files ?? [file]));
      alert.textContent = "";
      return models.openFile(file, files);
    },
    drops: {
      picture: "Drop a picture to caption it",
      model: "Drop a picture to caption it, or a .safetensors file",
    },
  };
}
