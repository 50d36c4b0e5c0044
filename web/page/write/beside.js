// What writes beside the network: counts of a text of one's own, in whose manner it then writes at
// once, and another model. Both are told how much they have to say by a slider, and counts how much
// of their text may be said again in a row.

import { load } from "../../inkling.js";
import { button, element, onFilesChosen, save, tell, tellInView } from "../dom.js";
import { Newest } from "../newest.js";
import { withoutAccents } from "../parts/unknown.js";
import { counted, plain, size } from "../parts/words.js";

const ORDER = 8; // longest n-grams: what is written then holds together by them alone
const OWN_WEIGHT = 0.7; // at first: the text is to be heard, and the network to go on where it ends
const SAVED_AS = "in-my-manner.safetensors";
const LARGEST = 20e6; // bytes: counting holds 16 and more for every character
const UNSEEN = { char: 0.1, word: 0.3 }; // of a text, at most: else nothing like it comes out
const COMPARED = 100_000; // characters, by which another model is found
const FEWEST = { char: 20, word: 5 }; // tokens of a text that can be counted at all
const SHORT = { char: 2000, word: 400 }; // tokens below which what is written is hardly like it
const SHORTEST = { char: "2,000 characters and more", word: "400 words and more" };
const COOLER = "A temperature of 0.5 keeps it to words; a higher one makes more of them up.";
const NAMES = { char: "character", word: "word" };

const warning = (textContent) => element("strong", { textContent });

/** A slider that stays hidden while there is nothing to weigh; its label says how much it is. */
const weight = (id, value, step, least, most) => /* HTML */ `
  <div class="weight" hidden>
    <label for="${id}"></label>
    <input type="range" id="${id}" min="0" max="1" step="${step}" value="${value}" />
    <div class="scale" aria-hidden="true"><span>${least}</span><span>${most}</span></div>
  </div>
`;

const html = /* HTML */ `
  <div class="own-text">
    <label for="own-text">A text of yours</label>
    <textarea id="own-text" rows="3" spellcheck="false" autocomplete="off" dir="auto"></textarea>
    <div class="row">
      <button type="button" class="add">Write in its manner</button>
      <button type="button" class="open-text">Open text files…</button>
      <input
        type="file"
        accept="text/*,.txt,.md,.docx,.odt,.epub,.html,.zip"
        aria-label="Text files"
        multiple
        hidden
      />
      <p class="hint">or drop it anywhere; it stays on this device</p>
    </div>
  </div>
  <p class="beside-facts facts" role="status"></p>
  <p class="alert" role="alert"></p>
  ${weight("countsWeight", OWN_WEIGHT, "any", "the network", "the text")}
  <div class="field" hidden>
    <label for="maxCopy">Longest copy</label>
    <input
      type="number"
      form="write"
      id="maxCopy"
      min="0"
      max="255"
      step="1"
      value="0"
      required
      disabled
      aria-describedby="maxCopy-hint"
    />
    <p id="maxCopy-hint" class="hint"></p>
  </div>
  <div class="field">
    <label for="mix">Blend with another model</label>
    <select id="mix"></select>
  </div>
  ${weight("mixWeight", 0.3, 0.05, "this one", "the other")}
`;

/**
 * `page` lists the models, and `models` is the panel that opens them. `onChange({ model })` is
 * called when what writes has changed: when it is another model, or only how much each has to say;
 * `onReady(text)` when a text has been counted.
 */
export function createBeside(root, { page, models, onChange, onReady }) {
  root.append(element("div", { className: "beside", innerHTML: html }));
  const find = (selector) => root.querySelector(selector);
  const field = find("#own-text");
  const facts = find(".beside-facts");
  const alert = find(".alert");
  const counts = find("#countsWeight");
  const copy = find("#maxCopy"); // off where there is nothing to copy
  const choice = find("#mix");
  const share = find("#mixWeight");
  const counting = new Newest();
  const mixing = new Newest();
  let base; // the model that was chosen
  let baseName; // of a shipped one
  let typed = ""; // in the field, before a file took its place
  let own; // { model, file, name, text, unseen, isShort } with counts of one's own text
  let other; // { model, name } to be mixed with
  let entries = []; // the models that may be
  let listed; // a promise that these are of the model in use

  const using = () => own?.model ?? base;

  function showWeights() {
    const row = (input) => input.closest(".weight");
    const name = (input, text) => (row(input).querySelector("label").textContent = text);
    row(counts).hidden = copy.disabled = !using()?.info.counts;
    copy.closest(".field").hidden = copy.disabled;
    row(share).hidden = !other;
    const percent = (input) => `${Math.round(100 * input.valueAsNumber)}%`;
    name(counts, `${own ? "Your text" : "Its counts"}: ${percent(counts)}`);
    name(share, `${other?.title ?? "The other"}: ${percent(share)}`);
    counts.setAttribute("aria-valuetext", percent(counts));
    share.setAttribute("aria-valuetext", percent(share));
    const tokens = using()?.info.level === "word" ? "words" : "characters";
    find("#maxCopy-hint").textContent =
      `never more ${tokens} in a row that ${own ? "your" : "its"} text has; 0: any`;
  }

  function changed(how) {
    showWeights();
    onChange(how);
  }

  /** Says something here, or above where this is closed. */
  function say(message, ...ways) {
    tell(alert, "");
    models().say("");
    if (root.open) tellInView(alert, message, ...ways);
    else models().say(message, ...ways);
  }

  const complain = (what, error) => say(error ? `${what}: ${plain(error)}.` : "");

  // ---- A text of one's own ----

  /** What is said after why a text cannot be used. */
  const still = () => (own ? ` ${own.name} stays in use.` : "");

  function removeText() {
    counting.forget();
    own?.model.free();
    own = undefined;
    showOwn();
    const shipped = base.info.counts;
    if (shipped) counts.value = shipped.weight;
  }

  /** Ways on with a text that the model knows too little of. */
  async function waysOn(name, text) {
    const all = await page.models().catch(() => []); // there then is no other one to offer
    const characters = [...text.slice(0, COMPARED)];
    const knows = ({ characters: its }) => {
      const known = new Set(its);
      return characters.filter((one) => !known.has(one)).length <= UNSEEN.char * characters.length;
    };
    const other = all.find((entry) => entry.characters && knows(entry));
    const useOther = async () => {
      if (await models().openNamed(other.name)) await addText(name, text);
    };
    return [
      ...(other ? [button(`Write like it with ${other.title}`, useOther)] : []),
      wayToTrain(name, text),
    ];
  }

  /** `from` is a shipped model to begin with. */
  const wayToTrain = (name, text, from = undefined) =>
    button("Train on it", () => {
      say("");
      const fields = from && { from };
      return page.goTo("train", { file: new File([text], name), fields });
    });

  async function addText(name, text, { isNew = true } = {}) {
    const signal = counting.begin();
    complain();
    let model;
    let bytes;
    let unseen;
    let length;
    let read; // the text as the model can read it
    try {
      if (!base) throw new Error("there is no model yet");
      const { level } = base.info;
      read = level === "char" ? withoutAccents(text, base.info) : text;
      const { unknown, tokens } = await base.lacks(read);
      length = unknown + tokens;
      unseen = unknown / length;
      signal.throwIfAborted();
      if (length < FEWEST[level])
        throw new Error(`it has ${counted(length, NAMES[level])}, which is too little`);
      if (unseen > UNSEEN[base.info.level]) {
        const ways = await waysOn(name, text);
        if (!counting.end(signal)) return;
        const share = `${Math.round(100 * unseen)}% of ${name}`;
        return say(
          `${models().current.title} knows too little to write like it: ${share} are ` +
            `${NAMES[base.info.level]}s that it has never seen.${still()}`,
          ...ways,
        );
      }
      root.open = true;
      facts.textContent = `Counting ${name}…`;
      bytes = await base.count(read, { order: ORDER, weight: OWN_WEIGHT });
      model = await load(bytes, { signal });
      signal.throwIfAborted();
    } catch (error) {
      model?.free();
      if (!counting.end(signal)) return; // another text or model was chosen meanwhile
      showOwn();
      return say(`${name} cannot be written like: ${plain(error)}.${still()}`);
    }
    counting.end(signal);
    own?.model.free();
    const file = new File([bytes], SAVED_AS, { type: "application/octet-stream" });
    const isPlain = read !== text;
    own = { model, file, name, text, unseen, isPlain, isShort: length < SHORT[base.info.level] };
    counts.value = OWN_WEIGHT;
    showOwn();
    changed({ model: true });
    if (isNew) onReady(text);
    return true;
  }

  /** Another model is to write like the text that the one before did. */
  const countAgain = ({ name, text }) => addText(name, text, { isNew: false });

  /** Counts of little tell little; a network that begins with what this one knows learns more. */
  function showShort(name, text, level) {
    const who = baseName ? models().current.title : "a network";
    return [
      warning(`This is little to write like. Take ${SHORTEST[level]}, or have ${who} learn it:`),
      wayToTrain(name, text, baseName),
    ];
  }

  /** Says what has been counted, if anything has. */
  function showOwn() {
    if (!own) return void (facts.textContent = "");
    const { name, file, model, text, unseen, isPlain, isShort } = own;
    const { level, counts: of } = model.info;
    const unseenPercent = Math.round(100 * unseen);
    tell(
      facts,
      `${name}: ${counted(of.pairs, "run")} of up to ${ORDER} ${NAMES[level]}s.`,
      button("Remove", () => {
        removeText();
        showTyped();
        changed({ model: true });
      }),
      button("Save the model with it", () => save(file)),
      unseenPercent > 0
        ? `The model has never seen ${unseenPercent}% of it, which is left out.`
        : "",
      isPlain ? "Accents that the model lacks are left out." : "",
      level === "char" ? COOLER : "",
      ...(isShort ? showShort(name, text, level) : []),
    );
  }

  /** What is typed would not be what is in use. */
  function putAway() {
    typed = field.value || typed;
    field.value = "";
    field.placeholder = typed
      ? `${own.name} is in use. Remove it to have back what you typed.`
      : "";
  }

  function showTyped() {
    field.value ||= typed;
    typed = field.placeholder = "";
  }

  async function openFiles(files) {
    complain();
    try {
      const bytes = files.reduce((sum, file) => sum + file.size, 0);
      if (bytes > LARGEST) throw new Error(`${size(bytes)} is more than a page can count`);
      const { asOneText } = await import("../parts/encoding.js");
      const text = await asOneText(files, say);
      if (text && (await addText(text.name, await text.source.text()))) putAway();
    } catch (error) {
      complain(`${files[0].name} cannot be opened`, error);
    }
  }

  // ---- Another model ----

  function removeOther() {
    mixing.forget();
    other?.model.free();
    other = undefined;
    choice.value = "";
  }

  async function mixWith(name) {
    const entry = entries.find((one) => one.name === name);
    if (!entry) return void (removeOther(), changed({ model: true }));
    const signal = mixing.begin();
    choice.value = name;
    changed({});
    let model;
    try {
      model = await load(entry.source, { signal });
      // Whether the two mix is known once they have.
      await (await using().session({ mix: [{ model, weight: share.valueAsNumber }] })).free();
      signal.throwIfAborted();
    } catch (error) {
      model?.free();
      if (!mixing.end(signal)) return; // another one was chosen meanwhile
      removeOther();
      changed({ model: true });
      return complain(`${entry.title} cannot be blended in`, error);
    }
    mixing.end(signal);
    other?.model.free();
    other = { model, name, title: entry.title };
    changed({ model: true });
  }

  /** Lists what the model can be blended with: of its kind, but not itself, which changes nothing. */
  async function list() {
    const all = await page.models().catch(() => []); // what is wrong is said above
    const isOfKind = ({ task, characters }) =>
      task === "generator" && (characters === undefined) === (base.info.level === "word");
    entries = all.filter((entry) => isOfKind(entry) && entry.name !== baseName);
    choice.closest(".field").hidden = entries.length === 0;
    choice.replaceChildren(
      element("option", { value: "", textContent: "none" }),
      ...entries.map(({ name, title }) => element("option", { value: name, textContent: title })),
    );
  }

  find(".add").addEventListener("click", () => {
    if (field.value.trim() === "") return field.focus();
    return addText("Your text", field.value);
  });
  onFilesChosen(find(".open-text"), find("input[type=file]"), openFiles);
  counts.addEventListener("input", () => {
    counts.value = counts.valueAsNumber.toFixed(2); // a model's own weight may be finer
    changed({});
  });
  copy.addEventListener("input", () => copy.checkValidity() && changed({}));
  // A field that the browser complains about must be seen.
  copy.addEventListener("invalid", () => (root.open = true));
  share.addEventListener("input", () => changed({}));
  share.addEventListener("change", () => changed({ model: true }));
  choice.addEventListener("change", () => {
    complain();
    mixWith(choice.value);
  });

  return {
    /**
     * Another model has been chosen; what stood beside the one before goes with it, but a text of
     * one's own, which is counted anew unless the model is to be `without`: that says what it is.
     */
    use(model, { name, without }) {
      const before = own;
      base = model;
      baseName = name;
      copy.value = 0;
      removeText();
      removeOther();
      complain();
      listed = list();
      showWeights();
      if (!before) return;
      if (without) facts.textContent = `${before.name} is not in use with ${without}.`;
      else countAgain(before);
    },
    openFiles,
    /** What was said of a file before is over. */
    quiet: () => complain(),
    /** The model that writes. */
    get model() {
      return using();
    },
    /** Whether what is to be blended in has yet to come. */
    get blending() {
      return mixing.running;
    },
    /** The title of the model that is blended in. */
    get blended() {
      return other?.title;
    },
    /** What writes beside the network, in words; undefined where nothing does. */
    get besides() {
      const hasCounts = using()?.info.counts && counts.valueAsNumber > 0;
      const all = [hasCounts ? (own ? "your text" : "its counts") : undefined, other?.title];
      return all.filter(Boolean).join(" and ") || undefined;
    },
    /** One's own text, if there is any. */
    get text() {
      return own?.text;
    },
    /** The model's file with one's own text in it, if there is any. */
    get file() {
      return own?.file;
    },
    /** What the module is to be told of the counts, if there are any. */
    get counts() {
      if (!using()?.info.counts) return {};
      const most = copy.checkValidity() ? copy.valueAsNumber : 0;
      return { countsWeight: counts.valueAsNumber, ...(most > 0 ? { maxCopy: most } : {}) };
    },
    /** What the module is to be told. */
    get options() {
      return {
        ...this.counts,
        ...(other ? { mix: [{ model: other.model, weight: share.valueAsNumber }] } : {}),
      };
    },
    /** What a link carries, and fills in. */
    get fields() {
      const { counts: shipped } = base.info;
      const changedWeight = shipped && counts.valueAsNumber !== shipped.weight;
      return {
        ...(changedWeight && !own ? { countsWeight: counts.value } : {}),
        maxCopy: this.counts.maxCopy,
        ...(other ? { mix: other.name, mixWeight: share.value } : {}),
      };
    },
    async fill({ countsWeight, maxCopy, mix, mixWeight }) {
      if (countsWeight !== undefined && base.info.counts) counts.value = countsWeight;
      if (maxCopy !== undefined) copy.value = Number(maxCopy) || 0;
      if (mixWeight !== undefined) share.value = mixWeight;
      showWeights();
      await listed;
      if (mix !== undefined) {
        root.open = true;
        await mixWith(mix);
        if (!entries.some(({ name }) => name === mix))
          tell(alert, `The link asks to blend in a model “${mix}”, which cannot be done here.`);
      } else if (countsWeight !== undefined || maxCopy !== undefined) changed({});
    },
    /** Why no link can carry what is beside the model, else undefined. */
    get unlinked() {
      return own && "A text of your own stays on this device, so no link can carry it.";
    },
  };
}
