// The writing panel: its parts are modules of their own, and here is what happens between them.

import { button, copyText, tellInView } from "../dom.js";
import { asSaid, leftOut, strangers, takes } from "../link.js";
import { Newest } from "../newest.js";
import { isText } from "../parts/kinds.js";
import { createModels, fileNameOf, nameOf } from "../parts/models.js";
import { sentence } from "../parts/words.js";
import { createShape } from "../parts/shape.js";
import { tokensOf } from "../parts/tokens.js";
import { alphabetOf, named, unknownIn, withoutUnknown } from "../parts/unknown.js";
import { beginningLike } from "./beginning.js";
import { createBeside } from "./beside.js";
import { createCandidates } from "./candidates.js";
import { DEFAULTS, createControls, optionsOf } from "./controls.js";
import { createCopies } from "./copies.js";
import { createLost } from "./lost.js";
import { createOpener } from "./opener.js";
import { createOutput } from "./output.js";
import { createMeter, paced } from "./pace.js";
import { createTake } from "./take.js";

const LISTED = 20; // texts to begin with, of a model whose texts end by themselves
const BESIDE = ["countsWeight", "maxCopy", "mixWeight"]; // of a link, as numbers
const LINKED = "what the link asks for"; // is to be as it was where it was made
const ALWAYS = ["temperature", "length", "seed"]; // said in a link even at their defaults

const NUMBERS = [...Object.keys(DEFAULTS), ...BESIDE]; // of a link, and fields of the page
const FIELDS = ["model", "prompt", "mix", "rows", ...NUMBERS];

/** What stands in the panel is in index.html. */
export const html = undefined;

export function createPanel(root, page) {
  const find = (selector) => root.querySelector(selector);
  const form = find("#write");
  const prompt = find("#prompt");
  const problem = find("#prompt-problem");
  const note = find("#prompt-note");
  const generateButton = find("#generate");
  const stopButton = find("#stop");
  const copyButton = find("#copy");
  const speed = find(".speed");
  const copied = find("#copied");
  const copies = createCopies(find(".copies"));

  let model; // the one in use
  const newest = new Newest(); // the generation under way
  let onSheet = false; // whether the candidates are those of a text on the sheet, or of the prompt
  let starts = [0]; // where the texts on the sheet begin, each in a line of its own
  let shown = 0; // of them the place of the one whose candidates are shown
  let following = true; // the candidates are those of what is being written
  const suggested = { prompt: "", options: {} }; // what a model's entry has filled in
  let opening; // what a link wants to be filled in once its model has opened
  let awaited = false; // whether another model is being opened

  const controls = createControls(find("#controls"), {
    same: find("#same"),
    onChange() {
      candidates.refresh();
      keep();
    },
  });
  const output = createOutput(find("#output"), {
    onPick(position) {
      onSheet = true;
      look(position, { dock: true });
    },
  });
  const candidates = createCandidates(find("#candidates"), {
    onPick: (position) => look(Math.min(shown + position, output.text.length || position)),
    onChoose(beginning) {
      prompt.value = beginning;
      promptChanged();
      form.requestSubmit();
    },
    sampling() {
      return { ...controls.sampling, ...beside.counts };
    },
  });
  const beside = createBeside(find("#beside"), {
    page,
    models: () => models,
    /** What writes has changed: it is another model, or how much each has to say. */
    onChange({ model: isOther }) {
      if (isOther) {
        stopWriting();
        candidates.use(beside.model, beside.options);
        coolDown();
      }
      showReady();
      candidates.refresh();
      keep();
    },
    /** Writes on after the first words of one's own text, unless there is a prompt of one's own. */
    onReady(text) {
      if (prompt.value === suggested.prompt) {
        suggested.prompt = prompt.value = beginningLike(text, suggested.prompt, model.info);
        promptChanged();
      }
      form.requestSubmit();
    },
  });
  const drawShape = createShape(find(".its-shape"));
  const take = createTake(find(".take"), {
    given() {
      const { own, name, title, source } = models.current;
      const { countsWeight, maxCopy } = beside.counts;
      const defaults = { ...DEFAULTS, countsWeight: beside.model?.info.counts?.weight };
      const { seed, ...options } = controls.options;
      const said = Object.entries({ ...options, countsWeight, maxCopy }).filter(
        ([option, value]) =>
          ["temperature", "length"].includes(option) || value !== defaults[option],
      );
      if (controls.isSame) said.push(["seed", seed]);
      return {
        file: beside.file?.name ?? (own ? fileNameOf(title) : `${name}.safetensors`),
        source: beside.file ?? source,
        title: nameOf({ title }),
        prompt: prompt.value,
        seed,
        options: Object.fromEntries(said),
        blended: beside.blended,
      };
    },
  });
  const lens = createOpener(find(".lens"), {
    shipped: () => page.models().catch(() => []), // there then is nothing to compare with
    given: () => ({
      source: models.current?.source,
      text: newest.running ? "" : output.text || prompt.value,
      words: model?.info.level === "word",
      options: controls.options,
      counts: beside.counts,
      besides: output.text ? beside.besides : undefined,
    }),
    onKeep: () => keep(),
  });
  const models = createModels(find("#models"), "generator", {
    page,
    onModel: use,
    onOpening(is) {
      awaited = is;
      showReady();
    },
  });

  const lost = createLost(find("#models"), { goToTrain: () => page.goTo("train") });

  // ---- Models ----

  /** Fills in what the model and its entry suggest, but over nothing that came from elsewhere. */
  function suggest(
    /** @type {any} */ { own, prompt: text = own ? "" : undefined, options = suggested.options },
  ) {
    if (opening?.options) {
      controls.options = opening.options;
      suggested.options = undefined;
    } else if (suggested.options) {
      const now = controls.options;
      const untouched = Object.keys(suggested.options).every(
        (name) => now[name] === suggested.options[name],
      );
      if (untouched) {
        const { seed, ...defaults } = DEFAULTS;
        const ends = model.info.metadata.end !== undefined;
        suggested.options = { ...defaults, ...options, samples: ends ? LISTED : 1 };
        controls.options = suggested.options;
      }
    }
    if (opening?.prompt !== undefined) {
      prompt.value = opening.prompt;
    } else if (text !== undefined && prompt.value === suggested.prompt) {
      suggested.prompt = text;
      prompt.value = text;
    }
    opening = undefined;
  }

  const coolDown = () =>
    controls.cool(beside.file && model.info.level === "char", suggested.options?.temperature);

  /** What is asked for is of the model that was chosen: until that has come, nothing is begun. */
  function showReady() {
    generateButton.disabled = !model || awaited || beside.blending;
  }

  function stopWriting() {
    if (!newest.running) return;
    newest.forget();
    finish();
  }

  /** Has a model write, alone after a link; else a text of one's own goes with it, too. */
  function writeWith(it, name, without) {
    stopWriting();
    candidates.use(it);
    beside.use(it, { name, without });
    coolDown();
  }

  let alone; // what the next model is of, where no text is to be beside it

  function use(newModel, entry) {
    const { besides } = opening ?? {};
    writeWith(newModel, entry.name, opening ? LINKED : alone);
    copies.use();
    alone = undefined;
    model?.free();
    model = newModel;
    lost.used(entry);
    suggest(entry);
    if (besides) beside.fill(besides);
    output.clear();
    starts = [0];
    speed.textContent = "";
    showReady();
    copyButton.disabled = true;
    const token = model.info.level === "word" ? "word" : "character";
    find("#output-hint").textContent =
      `Click any ${token}, or use the arrow keys, to see what else was considered there.`;
    showShape();
    promptChanged();
    lens.refresh();
  }

  /** With the beginning of the prompt, and of what has been written after it, in its boxes. */
  function showShape(written = "") {
    const words = model.info.level === "word";
    const read = tokensOf(prompt.value.slice(-60), words).slice(-3);
    drawShape(model.info, { read, written: tokensOf(written, words) });
  }

  /** Keeps what is on the panel in the address. */
  function keep() {
    if (opening || !model) return; // what the address asks for is still to come
    take.refresh();
    const { options } = controls;
    const said = Object.entries(options).filter(
      ([name, value]) => ALWAYS.includes(name) || value !== DEFAULTS[name],
    );
    const { name } = models.current;
    const more = { ...Object.fromEntries(said), ...beside.fields, rows: lens.field };
    page.keep({ model: name, prompt: prompt.value, ...more }, models.unlinked ?? beside.unlinked);
  }

  async function openLink(asked) {
    const fields = { ...asked };
    const wrong = strangers(asked, FIELDS);
    for (const name of NUMBERS.filter((name) => name in asked)) {
      if (takes(find(`#${name}`), asked[name])) continue;
      wrong.push(asSaid(name, asked[name]));
      delete fields[name];
    }
    const options = optionsOf(fields);
    const { countsWeight, maxCopy, mix, mixWeight } = fields;
    const besides = { countsWeight, maxCopy, mix, mixWeight };
    opening = { prompt: fields.prompt, options, besides };
    if (fields.prompt !== undefined) prompt.value = fields.prompt;
    if (options) controls.options = options;
    if (options || !model) controls.openSeed(fields.seed);
    if (fields.rows !== undefined) lens.fill(fields.rows);
    if (!model) lost.tell(fields.model);
    const opened = await models.openNamed(fields.model);
    if (!opened) {
      if (model) opening = undefined;
      return;
    }
    if (opened === "already") {
      suggest({});
      writeWith(model, models.current.name, LINKED);
      beside.fill(besides);
      promptChanged();
    }
    models.complain(leftOut(wrong));
  }

  // ---- Writing ----

  async function leaveOutUnknown() {
    prompt.value = await withoutUnknown(model, prompt.value);
    promptChanged();
    prompt.focus();
  }

  function complain(message, ...ways) {
    prompt.setAttribute("aria-invalid", String(message !== ""));
    tellInView(problem, message, ...ways);
  }

  /** Says which characters of the prompt the model does not know, with ways on. */
  async function complainOfUnknown(unknown) {
    const { name, title } = models.current;
    const all = await page.models().catch(() => []); // there then is no other one to offer
    const knowing = all.find(
      (entry) =>
        entry.name !== name && [...prompt.value].every((one) => entry.characters?.includes(one)),
    );
    const writeWithIt = async () => {
      if (await models.openNamed(knowing.name)) form.requestSubmit();
    };
    complain(
      `${title} does not know ${named(unknown)}: ` +
        `it has learnt to write with ${alphabetOf(model.info)}.`,
      button("Leave them out", leaveOutUnknown),
      ...(knowing ? [button(`Write with ${knowing.title}`, writeWithIt)] : []),
    );
  }

  function promptChanged() {
    complain("");
    note.textContent = "";
    keep();
    if (newest.running) return;
    onSheet = false;
    look(prompt.value.length);
  }

  /** Lets the candidates know the text that they are of, which may have grown. */
  function follow() {
    const next = starts[starts.indexOf(shown) + 1] ?? Infinity;
    const text = onSheet ? output.text.slice(shown, next - 1) : prompt.value;
    candidates.follow(text, { isRunning: newest.running });
  }

  /** Looks at a place on the sheet, or in the prompt. */
  function look(position, how) {
    shown = onSheet ? starts.findLast((start) => start <= position) : 0;
    following = !onSheet || position >= output.text.length;
    follow();
    candidates.stand(position - shown, how);
    output.mark(onSheet ? position : -1);
  }

  async function generate() {
    const signal = newest.begin();
    complain("");
    stopButton.disabled = false;
    const typed = prompt.value;
    let unknown = [];
    try {
      unknown = await unknownIn(model, typed);
    } catch (error) {
      if (newest.end(signal)) finish(error);
      return;
    }
    if (!newest.is(signal)) return; // another one has begun, or the model is another
    if (unknown.length > 0 && model.info.level === "char") {
      newest.end(signal);
      finish();
      return complainOfUnknown(unknown); // what has been written stays
    }
    note.textContent = unknown.length > 0 ? `It does not know ${named(unknown)}.` : "";
    copied.textContent = "";
    speed.textContent = "";
    controls.nextSeed();
    keep();
    copyButton.disabled = false;
    copies.clear();
    output.begin(typed);
    output.show();
    starts = [0];
    onSheet = true;
    look(output.text.length);
    const meter = createMeter(speed);
    const hand = (characters) => {
      output.write(characters);
      follow();
      meter.count(characters);
    };
    const pacing = { signal, hand, controls };
    let wrong;
    try {
      // The first text is seen to grow; the others, which are written beside it, come after it.
      const others = Array(controls.options.samples - 1).fill("");
      const options = { ...controls.options, ...beside.options, signal };
      for await (const { index, text } of beside.model.generate(typed, options)) {
        if (index === 0) await paced(text, pacing);
        else others[index - 1] += text;
      }
      for (const text of others) {
        output.beginNext(typed);
        starts.push(output.text.length - typed.length);
        if (following) shown = starts.at(-1);
        await paced(text, pacing);
      }
    } catch (error) {
      if (!signal.aborted) wrong = error;
    }
    if (!newest.end(signal)) return; // another one has begun, or the model is another
    const isEmpty = !wrong && !signal.aborted && output.text === typed;
    if (isEmpty) speed.textContent = "It ended at once: it has nothing to add.";
    else meter.show();
    finish(wrong);
  }

  function finish(wrong) {
    output.end();
    copies.tell({ text: output.text, typed: prompt.value, own: beside.text, info: model.info });
    showShape(output.text.slice(prompt.value.length, prompt.value.length + 80));
    follow();
    complain(wrong ? sentence(wrong) : "");
    lens.refresh();
    if (document.activeElement === stopButton) generateButton.focus();
    stopButton.disabled = true;
  }

  // ---- Buttons and keys ----

  copyButton.addEventListener("click", async () => {
    if (await copyText(output.text)) return void (copied.textContent = "Text copied.");
    output.select();
    copied.textContent = "The browser does not let this page copy; the text is selected instead.";
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!generateButton.disabled) generate();
  });
  stopButton.addEventListener("click", () => newest.abort());
  prompt.addEventListener("input", promptChanged);
  prompt.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    form.requestSubmit();
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape" && !root.hidden) newest.abort(); // wherever the focus is
  });

  return {
    openLink,
    seeTaught({ bytes }) {
      alone = "what you have taught";
      copies.taught(bytes);
    },
    openFile(file, files) {
      // A text beside a model, or when that was asked for, is its vocabulary, or what it learnt.
      if (file && !models.asks && isText(file) && (files ?? []).every(isText)) {
        models.keep(file);
        return beside.openFiles(files ?? [file]);
      }
      beside.quiet();
      return models.openFile(file, files);
    },
    drops: {
      model: "Drop a model’s files to write with it",
      text: "Drop a text to write in its manner",
    },
  };
}
