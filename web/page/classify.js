// The classifying panel: the probabilities of the classes after every character that is typed. The
// session stays where the text ends, so only what is new is read.

import { button } from "./dom.js";
import { leftOut, strangers } from "./link.js";
import { Wishes } from "./newest.js";
import { createBars } from "./parts/bars.js";
import { showExamples, suggestExample } from "./parts/examples.js";
import { createModels } from "./parts/models.js";
import { createShape } from "./parts/shape.js";
import { percent, tokensOf } from "./parts/tokens.js";
import { named, unknownIn } from "./parts/unknown.js";
import { apart, counted, sentence } from "./parts/words.js";

const ROWS = 8;
const TRIED = 4; // classes of what was taught that an example is shown of
const EXAMPLE = 100; // characters of one, which stands on a button
const MOST_ROWS = 20_000; // of what was taught that are looked through
const SAY_MS = 800; // after the last character, so that a screen reader is not flooded

export const html = /* HTML */ `
  <div class="column">
    <section id="classifiers" class="models" data-part="model"></section>
    <section class="asking">
      <label for="classify-text">Text to classify</label>
      <textarea
        id="classify-text"
        rows="2"
        spellcheck="false"
        autocomplete="off"
        autocapitalize="off"
        dir="auto"
        aria-describedby="classify-hint classify-problem"
      ></textarea>
      <p id="classify-hint" class="hint">
        It reads along and weighs the classes anew after every character.
      </p>
      <p id="classify-problem" class="alert" role="alert"></p>
      <div class="examples row"></div>
    </section>
    <section aria-labelledby="classes-title">
      <h2 id="classes-title">What it thinks this is</h2>
      <table></table>
      <p class="verdict hint"></p>
      <p class="unseen said" role="status"></p>
    </section>
  </div>
  <div class="column">
    <section class="its-shape" data-part="shape"></section>
    <section class="own-task" data-part="train"></section>
  </div>
`;

/** Reads a text that changes, and tells the probabilities at its end. */
class Classifying {
  #session; // a promise
  #read = ""; // what the session has read
  #words;
  #wishes; // texts

  constructor(model, on) {
    this.#session = model.session();
    this.#words = model.info.level === "word";
    const grant = async (text) => {
      const classes = await this.#classify(await this.#session, text);
      const { tokens, unknown } = await model.lacks(text);
      const strange = unknown > 0 ? await unknownIn(model, text) : [];
      const isUnread = tokens === 0 && unknown > 0;
      if (!this.#wishes.freed) on.onClasses(text, classes, { strange, isUnread });
      return true;
    };
    this.#wishes = new Wishes(grant, (error) => {
      this.#read = undefined; // somewhere in the middle
      on.onError(error);
    });
  }

  read(text) {
    this.#wishes.ask(text);
  }

  /** The session goes with the model, which is freed next. */
  free() {
    this.#wishes.free();
    this.#session.catch(() => {}); // it may not have come yet
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

/** Of what a model was taught, an example of each of its first classes. */
function examplesOf({ bytes }) {
  const rows = new TextDecoder().decode(bytes).split("\n", MOST_ROWS);
  const first = new Map();
  for (const [label, text = ""] of rows.map((row) => row.split("\t")))
    if (text !== "" && text.length <= EXAMPLE && !first.has(label)) first.set(label, text);
  return [...first.values()].slice(0, TRIED);
}

export function createPanel(root, page) {
  const find = (selector) => root.querySelector(selector);
  const field = find("textarea");
  const problem = find("#classify-problem");
  const verdict = find(".verdict");
  const said = find(".said");
  const showBars = createBars(find("table"), { what: "Class", caption: "The likeliest classes" });
  const drawShape = createShape(
    find(".its-shape"),
    "The network keeps what it has read in its state. What you add at the end is one more step each, " +
      "and nothing is read again, unless you edit in the middle.",
  );
  let model;
  let classifying;
  let sayTimer;
  let best; // the likeliest class of what is shown
  let taught; // examples of what the next model was taught here

  function keep() {
    const { name } = models.current;
    page.keep({ model: name, text: field.value }, models.unlinked);
  }

  function showShape() {
    const read = tokensOf(field.value.slice(0, 100), model.info.level === "word");
    drawShape(model.info, { read, written: [best] });
  }

  function say(text) {
    verdict.textContent = text;
    showShape();
    clearTimeout(sayTimer);
    sayTimer = setTimeout(() => (said.textContent = text), SAY_MS);
  }

  const on = {
    onClasses(text, classes, { strange, isUnread }) {
      problem.textContent = "";
      const [first] = classes;
      best = text.trim() && !isUnread ? first.token : undefined;
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
        shown.push({ name: counted(rest.length, "other"), probability });
      }
      showBars(shown);
      const never = `It has never seen ${named(strange)}`;
      const left = model.info.level === "char" ? ", which it leaves out" : "";
      const nothing = "this is what it expects before having read anything.";
      if (isUnread) say(`${never}, and nothing else is there: ${nothing}`);
      else if (!best) say(`Type something: ${nothing}`);
      else
        say(
          `${apart(best)}: ${percent(first.probability)}.${strange.length > 0 ? ` ${never}${left}.` : ""}`,
        );
    },
    onError(error) {
      problem.textContent = sentence(error);
    },
  };

  function changed() {
    classifying?.read(field.value);
    if (model) keep();
  }

  function use(newModel, { examples = taught ?? [] }) {
    taught = undefined;
    classifying?.free();
    model?.free();
    model = newModel;
    best = undefined;
    suggestExample(field, examples);
    showExamples(find(".examples"), examples, { field, onPick: changed });
    classifying = new Classifying(model, on);
    showShape();
    changed();
  }

  const models = createModels(find(".models"), "classifier", { page, onModel: use });
  field.addEventListener("input", changed);
  find(".own-task").append(
    button("Teach it classes of your own…", () =>
      page.goTo("train", { fields: { task: "classifier" } }),
    ),
  );

  return {
    async openLink({ model: name, text, ...others }) {
      if (text !== undefined) field.value = text;
      if ((await models.openNamed(name)) === "already") changed();
      models.complain(leftOut(strangers(others, [])));
    },
    seeTaught(material) {
      taught = examplesOf(material);
    },
    openFile: models.openFile,
    drops: { model: "Drop a model’s files to classify with it" },
  };
}
