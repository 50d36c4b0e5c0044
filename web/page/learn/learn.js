// The lesson: twelve steps, each a few sentences, a live figure and a question, with a quiz before
// and after. This is the frame of the steps: their order, the address, what is kept, languages,
// what a figure may use, and the sheet that is printed. The steps are listed in steps.js.

import { button, element, tell } from "../dom.js";
import { addStyle } from "../files.js";
import { readLink, writeLink } from "../link.js";
import { Wishes } from "../newest.js";
import { isPicture } from "../parts/kinds.js";
import { plain, size } from "../parts/words.js";
import { fill, numeral, writeIn } from "./fill.js";
import { createLibrary } from "./library.js";
import { keep as keepProgress, kept } from "./progress.js";
import { createQuestion } from "./question.js";
import { showQuiz } from "./quiz.js";
import { createSheet } from "./sheet.js";
import { STEPS } from "./steps.js";

const LANGUAGES = { en: "English", de: "Deutsch" };
// A browser says that there is a network somewhat before it can be used.
const SETTLED_MS = 10_000;
const AGAIN_MS = 1000;
const LAST = STEPS.length + 1; // the quiz after; 0 is the one before

/** The texts of a language. */
const textsOf = async (language) => (await import(`./texts.${language}.js`)).default;

function ownLanguage() {
  const wanted = [kept().language, ...navigator.languages.map((tag) => tag.slice(0, 2))];
  return wanted.find((one) => one in LANGUAGES) ?? "en";
}

/** Whether something did not come: the package says so by a code, the browser by a TypeError. */
const isUnfetched = (error) => error.code === "network" || error instanceof TypeError;

export const html = /* HTML */ `
  <div class="lesson-bar" hidden>
    <nav class="steps"><ol></ol></nav>
    <div class="row extras">
      <label class="unseen" for="learn-language">Language</label>
      <select id="learn-language"></select>
      <button type="button" class="print quiet"></button>
    </div>
  </div>
  <div class="lesson" hidden>
    <div class="words">
      <p class="number hint"></p>
      <h2 tabindex="-1"></h2>
      <div class="sentences"></div>
    </div>
    <div class="live" role="group" aria-labelledby="learn-title">
      <p class="alert" role="alert"></p>
      <div class="loading" hidden>
        <progress></progress>
        <span class="bytes"></span>
      </div>
      <div class="figure-place"></div>
      <p class="unseen said" role="status"></p>
    </div>
    <div class="asked"></div>
    <div class="row between"></div>
  </div>
`;

/** The lesson in `root`; `page` see main.js. */
export async function createPanel(root, page) {
  const find = (selector) => root.querySelector(selector);
  const title = find("h2");
  const place = find(".figure-place");
  const alert = find(".live > .alert");
  const loading = find(".loading");
  const said = find(".said");
  const languages = find("select");
  const library = createLibrary(page);
  const sheet = createSheet();
  /** @type {any} */
  let texts;
  let language;
  let linked; // whether links say the language
  let at = 1; // the step shown
  let left; // aborted when it is left
  let opened = false;
  let backAt = -Infinity; // when a network was last said to be there, in ms of the clock
  title.id = "learn-title";
  root.append(sheet.element);
  languages.append(...Object.entries(LANGUAGES).map(([tag, name]) => new Option(name, tag)));

  // ---- Languages ----

  async function speak(wanted) {
    if (wanted === language) return;
    texts = await textsOf(wanted);
    language = wanted;
    writeIn(wanted, texts);
    root.lang = wanted;
    languages.value = wanted;
    const { common } = texts;
    find("nav").setAttribute("aria-label", common.steps);
    find("[for=learn-language]").textContent = common.language;
    find(".print").textContent = common.print;
    find("progress").setAttribute("aria-label", common.loading);
    sheet.show(texts);
  }

  languages.addEventListener("change", async () => {
    linked = true;
    keepProgress({ language: languages.value });
    const { step, language: _, ...fields } = current;
    await speak(languages.value);
    show(at, fields);
  });
  find(".print").addEventListener("click", () => print());

  // ---- The way through ----

  const fieldsOf = (step, fields = {}) => ({
    step,
    ...fields,
    ...(linked ? { language } : {}),
  });
  let current = fieldsOf(1); // the fields in the address

  /** The first step whose question was not answered yet, or the very first. */
  const nextStep = () =>
    Math.max(
      0,
      STEPS.findIndex((_, i) => !kept().done[i + 1]),
    ) + 1;

  const nameOf = (step) => {
    if (step === 0) return texts.quiz.before;
    return step === LAST ? texts.quiz.after : texts.steps[step - 1].title;
  };

  function go(step) {
    page.step(fieldsOf(step));
    show(step, {});
    title.focus();
  }

  function linkTo(step, properties) {
    const link = element("a", { href: writeLink("learn", fieldsOf(step)), ...properties });
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      go(step);
    });
    return link;
  }

  function showWay() {
    const { common } = texts;
    const links = Array.from({ length: LAST + 1 }, (_, step) => {
      const isQuiz = step === 0 || step === LAST;
      const name = isQuiz ? nameOf(step) : `${step}: ${nameOf(step)}`;
      const done = kept().done[step] === true;
      const link = linkTo(step, {
        textContent: isQuiz ? "?" : String(step),
        title: name,
        className: done ? "done" : "",
        "aria-label": done ? `${name}, ${common.done}` : name,
        ...(step === at ? { "aria-current": "step" } : {}),
      });
      return element("li", {}, link);
    });
    find(".steps ol").replaceChildren(...links);
    const ways = [];
    if (at > 0) ways.push(linkTo(at - 1, { className: "way", textContent: `← ${nameOf(at - 1)}` }));
    if (at < LAST)
      ways.push(linkTo(at + 1, { className: "way on", textContent: `${nameOf(at + 1)} →` }));
    find(".between").replaceChildren(...ways);
  }

  root.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const to = { PageDown: at + 1, PageUp: at - 1 }[event.key];
    if (to === undefined || to < 0 || to > LAST) return;
    event.preventDefault();
    go(to);
  });

  // ---- What a figure may use ----

  function complain(text) {
    alert.append(element("span", { textContent: `${text} ` }));
  }

  function fail(error, step, fields) {
    loading.hidden = true;
    const isBack = performance.now() - backAt < SETTLED_MS;
    const isOffline = isUnfetched(error) && (!navigator.onLine || isBack);
    const { offline, failed } = texts.common;
    const text = isOffline ? offline : fill(failed, { why: plain(error) });
    if (isOffline && navigator.onLine) setTimeout(fetchAgain, AGAIN_MS);
    tell(
      alert,
      text,
      button(texts.common.again, () => show(step, fields)),
    );
  }

  function stepFor(at, fields, signal) {
    const own = texts.steps[at - 1];
    const { common } = texts;
    const wrong = (name, instead) =>
      complain(fill(common.badLink, { field: `${name}=${fields[name].slice(0, 40)}`, instead }));
    const ask = createQuestion(find(".asked"), {
      texts: own,
      common,
      onAnswered(isRight) {
        if (!isRight && kept().done[at]) return;
        keepProgress({ done: { ...kept().done, [at]: true } });
        showWay();
      },
    });
    const step = {
      texts: own,
      common,
      language,
      fill,
      signal,
      ask,
      complain,
      say: (text) => (said.textContent = text),
      number(name, { min, max, value }) {
        if (fields[name] === undefined) return value;
        const asked = fields[name].trim() === "" ? NaN : Number(fields[name]);
        if (asked >= min && asked <= max) return asked;
        wrong(name, value);
        return value;
      },
      text: (name, value, longest = 60) => [...(fields[name] ?? value)].slice(0, longest).join(""),
      choice(name, values) {
        if (fields[name] === undefined || values.includes(fields[name]))
          return fields[name] ?? values[0];
        wrong(name, values[0]);
        return values[0];
      },
      keep(now) {
        if (signal.aborted) return;
        current = fieldsOf(at, now);
        page.keep(current);
      },
      async model(name, { trace = false } = {}) {
        const onProgress = (bytes, total) => {
          if (signal.aborted) return;
          loading.hidden = false;
          const progress = loading.querySelector("progress");
          Object.assign(progress, { max: total || 1, value: Math.min(bytes, total) });
          const values = { bytes: numeral(size(bytes)), total: numeral(size(total)) };
          loading.querySelector(".bytes").textContent = fill(common.bytes, values);
        };
        const { model, entry } = await library.model(name, { trace, onProgress });
        if (!signal.aborted) loading.hidden = true;
        signal.throwIfAborted();
        return Object.assign(model, { entry });
      },
      async holds(opening) {
        const held = await opening;
        if (signal.aborted) held.free();
        signal.throwIfAborted();
        signal.addEventListener("abort", () => held.free());
        return held;
      },
      async work(task) {
        try {
          return await task();
        } catch (error) {
          if (!signal.aborted) fail(error, at, fields);
          return undefined;
        }
      },
      latest(grant) {
        const wishes = new Wishes(grant, (error) => step.work(() => Promise.reject(error)));
        signal.addEventListener("abort", () => wishes.free());
        return wishes;
      },
    };
    return step;
  }

  // ---- A step ----

  async function show(step, fields) {
    left?.abort();
    if (step !== at) library.tidy();
    left = new AbortController();
    const { signal } = left;
    at = step;
    current = fieldsOf(step, fields);
    alert.textContent = "";
    said.textContent = "";
    loading.hidden = true;
    const isQuiz = step === 0 || step === LAST;
    const { common, quiz } = texts;
    const own = isQuiz ? { sentences: [step === 0 ? quiz.why : quiz.again] } : texts.steps[at - 1];
    find(".number").textContent = isQuiz ? "" : fill(common.number, { n: step, of: STEPS.length });
    title.textContent = nameOf(step);
    find(".sentences").replaceChildren(
      ...own.sentences.map((textContent) => element("p", { textContent })),
    );
    find(".lesson").classList.toggle("is-quiz", isQuiz);
    place.replaceChildren();
    showWay();
    if (isQuiz) {
      page.keep(current);
      showQuiz(find(".asked"), step === 0 ? "before" : "after", { texts: quiz, common });
      if (step !== 0) return;
      const { createTeachers } = await import("./teachers.js");
      const told = await createTeachers(language, nameOf);
      if (!signal.aborted) find(".asked").append(told);
      return;
    }
    place.className = `figure-place step-${step}`;
    const made = stepFor(step, fields, signal);
    page.keep(current);
    await made.work(async () => {
      const { createFigure } = await STEPS[step - 1]();
      if (signal.aborted) return;
      await createFigure(place, made);
    });
  }

  // What could not be fetched without a network is fetched once there is one.
  const fetchAgain = () => alert.querySelector("button:not(.elsewhere)")?.click();
  addEventListener("online", () => {
    backAt = performance.now();
    fetchAgain();
  });

  const noFiles = (tab) => fill(texts.common.noFiles, { tab: page.titleOf(tab) });

  /** Says of a file where it can be used. */
  function openFile(file) {
    const tab = file && isPicture(file) ? "caption" : "write";
    const goThere = () => {
      alert.textContent = "";
      return page.goTo(tab, { file });
    };
    const title = fill(texts.common.openUnder, { tab: page.titleOf(tab) });
    tell(
      alert,
      noFiles(tab),
      ...(file ? [button(title, goThere, { className: "elsewhere" })] : []),
    );
  }

  // The first figure's module comes while the texts do.
  const { step: first = 1 } = /** @type {{ step?: string }} */ (readLink(location.hash));
  STEPS[Number(first) - 1]?.().catch(() => {}); // which is said when it is shown
  await Promise.all([addStyle("page/learn/learn.css"), speak(ownLanguage())]);
  for (const part of [".lesson-bar", ".lesson"]) find(part).hidden = false;

  return {
    async openLink(asking) {
      // One that is gone back to, say, stands as it was left.
      if (opened && writeLink("learn", asking) === writeLink("learn", current)) return;
      opened = true;
      const { step: wanted, language: asked, ...fields } = asking;
      if (asked in LANGUAGES) {
        linked = true;
        await speak(asked);
      }
      const step = wanted === undefined ? nextStep() : Number(wanted);
      const exists = Number.isInteger(step) && step >= 0 && step <= LAST && wanted?.trim() !== "";
      const showing = show(exists ? step : 1, exists ? fields : {});
      if (!exists) complain(fill(texts.common.noStep, { step: wanted.slice(0, 20) }));
      await showing;
    },
    openFile,
    get drops() {
      return { model: noFiles("write"), text: noFiles("write"), picture: noFiles("caption") };
    },
  };
}
