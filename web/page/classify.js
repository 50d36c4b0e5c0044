// The classifying tab: the probabilities of the classes after every character that is typed. The
// session stays where the text ends, so only what is new is read.

import { createBars } from "./bars.js";
import { showExamples } from "./examples.js";
import { readTabLink } from "./link.js";
import { createModels } from "./models.js";
import { drawShape } from "./shape.js";
import { percent, tokensOf } from "./tokens.js";

const ROWS = 8;
const SAY_MS = 800; // after the last character, so that a screen reader is not flooded

const panel = document.querySelector("#classifying");
const find = (selector) => panel.querySelector(selector);
const field = find("textarea");
const problem = find("#classify-problem");
const verdict = find(".verdict");

/** Reads a text that changes, and tells the probabilities at its end. */
class Classifying {
  #session; // a promise
  #read = ""; // what the session has read
  #words;
  #wanted; // the latest text
  #busy = false;
  #freed = false;
  #on;

  constructor(model, on) {
    this.#session = model.session();
    this.#words = model.info.level === "word";
    this.#on = on;
  }

  read(text) {
    this.#wanted = text;
    if (!this.#busy) this.#work();
  }

  free() {
    this.#freed = true;
    this.#session.then(
      (session) => session.free(),
      () => {},
    ); // a model freed before has freed it
  }

  async #work() {
    this.#busy = true;
    for (let text; (text = this.#wanted) !== undefined && !this.#freed;) {
      this.#wanted = undefined;
      try {
        const classes = await this.#classify(await this.#session, text);
        if (!this.#freed) this.#on.onClasses(text, classes);
      } catch (error) {
        if (this.#freed) return;
        this.#read = undefined; // somewhere in the middle
        this.#on.onError(error);
      }
    }
    this.#busy = false;
  }

  // A word is whole only once something follows it, so the last one is read by a copy of the
  // session.
  async #classify(session, text) {
    const whole = this.#words ? text.slice(0, text.search(/\S*$/)) : text;
    if (this.#read === undefined || !whole.startsWith(this.#read)) {
      await session.reset();
      this.#read = "";
    }
    if (whole !== this.#read) {
      await session.feed(whole.slice(this.#read.length), { skipUnknown: true });
      this.#read = whole;
    }
    if (whole === text) return session.distribution();
    const copy = await session.fork();
    try {
      await copy.feed(text.slice(whole.length), { skipUnknown: true });
      return await copy.distribution();
    } finally {
      copy.free();
    }
  }
}

/** `onFields(fields)` is told what is filled in, for the address. */
export function createClassifying({ entries, onFields }) {
  const showBars = createBars(find("table"));
  let model;
  let classifying;
  let sayTimer;
  let best; // the likeliest class of what is shown

  function keep() {
    const { own, name } = models.current;
    onFields(own ? null : { model: name, text: field.value });
  }

  function showShape() {
    const read = tokensOf(field.value.slice(0, 100), model.info.level === "word");
    drawShape(find(".shape"), model.info, { read, written: [best] });
  }

  function say(text) {
    clearTimeout(sayTimer);
    sayTimer = setTimeout(() => {
      verdict.textContent = text;
      showShape();
    }, SAY_MS);
  }

  const on = {
    onClasses(text, classes) {
      problem.textContent = "";
      const [first] = classes;
      best = text.trim() ? first.token : undefined;
      // Few classes keep their places; of many the likeliest are shown.
      const { labels } = model.info;
      const inPlace = (label) => classes.find(({ token }) => token === label);
      const order = labels.length > ROWS ? classes : labels.map(inPlace);
      const shown = order.slice(0, ROWS).map(({ token, probability }) => {
        return { name: token, probability, isChosen: token === best };
      });
      if (order.length > ROWS) {
        const rest = order.slice(ROWS);
        const probability = rest.reduce((sum, other) => sum + other.probability, 0);
        shown.push({ name: `${rest.length} others`, probability });
      }
      showBars(shown);
      const unknown = model.info.level === "char" ? unknownIn(text) : [];
      const left =
        unknown.length > 0 ? ` It has never seen ${unknown.join(" ")}, which it leaves out.` : "";
      const nothing = "Type something: this is what it expects before having read anything.";
      say(best ? `${best}: ${percent(first.probability)}.${left}` : nothing);
    },
    onError(error) {
      problem.textContent = `${error.message}.`;
    },
  };

  function unknownIn(text) {
    const known = new Set(model.info.vocabulary);
    return [...new Set(text)].filter((character) => !known.has(character));
  }

  function changed() {
    classifying?.read(field.value);
    if (model) keep();
  }

  function use(newModel, { examples = [] }) {
    classifying?.free();
    model?.free();
    model = newModel;
    best = undefined;
    const untouched = field.value === "" || field.value === field.dataset.example;
    if (untouched && examples.length > 0) field.value = field.dataset.example = examples[0];
    showExamples(find(".examples"), examples, (text) => {
      field.value = field.dataset.example = text;
      changed();
    });
    classifying = new Classifying(model, on);
    showShape();
    changed();
  }

  const models = createModels(find(".models"), "classifier", { onModel: use });
  models.list(entries);
  field.addEventListener("input", changed);

  return {
    async openLink(hash) {
      const { model: name, text } = readTabLink(hash);
      if (text !== undefined) field.value = text;
      if (model && (name === undefined || name === models.current.name)) changed();
      else await models.openNamed(name);
    },
    openFile: models.openFile,
  };
}
