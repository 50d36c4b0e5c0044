// The candidates panel: what the network considers at one place of the text, as pairs of bars: its
// own probability above, and below it what temperature and cuts make of that; between them what
// counts say, where there are any beside the network. It follows the end of a growing text, or
// stands at the character that the reader has picked.

import { element } from "../dom.js";
import { Reader } from "../parts/reader.js";
import { sentence } from "../parts/words.js";
import { BLANKS, percent, sign, spoken, step, tokenAt } from "../parts/tokens.js";

const ROWS = 8;
const CONTEXT = 18; // characters shown before the place
const CATCH_UP = 32; // characters read along at once, at least, while more is being written

/** Among how many equally likely candidates one would be as unsure: e to the entropy. */
function breadth(probabilities) {
  const entropy = probabilities.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
  return Math.exp(entropy).toFixed(1);
}

/** A text with a further token; words have a space before them, marks have none. */
function withToken(text, token, words) {
  const isApart = words && /^[\p{L}\p{N}“‘(]/u.test(token) && /\S$/.test(text);
  return text + (isApart ? " " : "") + token;
}

/** `onChoose(token)` is called when the reader has the text go on with the row's. */
function createRow(body, onChoose) {
  let token;
  const glyph = element("span", {
    className: "glyph",
    translate: false,
    "aria-hidden": "true",
  });
  const name = element("span", { className: "unseen" });
  const choose = element(
    "button",
    { type: "button", title: "Write on with this one" },
    glyph,
    name,
  );
  const model = element("div", { className: "bar model" });
  const counts = element("div", { className: "bar counts" });
  const chosenBy = element("div", { className: "bar chosen-by" });
  const modelNumber = element("td", { className: "model" });
  const countsNumber = element("td", { className: "counts" });
  const number = element("td", { className: "chosen-by" });
  const row = element(
    "tr",
    { className: "none" },
    element("th", { scope: "row" }, choose),
    element("td", { className: "bars" }, model, counts, chosenBy),
    modelNumber,
    countsNumber,
    number,
  );
  body.append(row);
  row.addEventListener("click", () => !choose.disabled && onChoose(token));
  return {
    /** `cut` says whether a probability of 0 comes from a cut; `end` is the token that ends a text. */
    show({ token: shown, probability, ...its }, { written, cut, end }) {
      token = shown;
      choose.disabled = token === undefined || token === end;
      const { countsProbability = 0, networkProbability = its.modelProbability } = its;
      row.classList.remove("none");
      row.classList.toggle("written", written);
      row.classList.toggle("others", token === undefined);
      glyph.textContent = token === undefined ? "others" : sign(token);
      name.textContent = `${token === undefined ? "all others" : spoken(token)}${written ? ", written" : ""}`;
      model.style.transform = `scaleX(${networkProbability})`;
      counts.style.transform = `scaleX(${countsProbability})`;
      chosenBy.style.transform = `scaleX(${probability})`;
      modelNumber.textContent = percent(networkProbability);
      countsNumber.textContent = percent(countsProbability);
      number.textContent = cut && probability === 0 ? "cut" : percent(probability);
    },
    hide() {
      row.classList.add("none");
    },
  };
}

/**
 * `onPick(position)` is called when the reader moves the slider, Infinity when the panel is closed
 * on a small screen, `onChoose(text)` when a text is to go on after a token that the reader chose;
 * `sampling()` gives the options.
 */
export function createCandidates(panel, { onPick, onChoose, sampling }) {
  const find = (selector) => panel.querySelector(selector);
  const title = find("h2");
  const context = find(".context");
  const table = find("table");
  const choices = find(".choices-left");
  const slider = find("#place");
  const choose = (token) => onChoose(withToken(text.slice(0, place), token, words));
  const rows = Array.from({ length: ROWS + 1 }, () => createRow(find("tbody"), choose));
  let reader;
  let words = false; // whether the model's tokens are words
  let text = "";
  let end; // the token that ends a text, if one does
  let place = 0; // that the rows are of
  let position = 0;
  let following = true; // stays at the end of the text
  let running = false;
  let seen = 0; // length of the text when the reader was last sent after it
  let frame = 0;
  let changed = false; // something other than the text, since the reader was last asked

  function writtenAt(at) {
    if (at >= text.length) return undefined;
    const token = text.slice(at, tokenAt(text, at, words).end);
    return words && token !== "\n" ? token.trim() : token;
  }

  function showPlace(at) {
    const token = writtenAt(at);
    title.textContent = token === undefined ? "What comes next" : "What could have come";
    const before = [...text.slice(Math.max(0, at - 2 * CONTEXT), at)].slice(-CONTEXT).join("");
    context.replaceChildren();
    const line = element("span", { dir: "auto" });
    context.append(line);
    if (before.length < at) line.append("…");
    line.append(before.replace(/\s/g, (blank) => BLANKS[blank]?.[0] ?? blank));
    const isOpen = token === undefined;
    line.append(
      element("b", {
        className: isOpen ? "slot open" : "slot",
        textContent: isOpen ? "?" : sign(token),
      }),
    );
    slider.max = text.length;
    slider.value = at;
    slider.setAttribute(
      "aria-valuetext",
      token === undefined ? "the next one" : `${at + 1} of ${text.length}: ${spoken(token)}`,
    );
  }

  function show({ position: at, candidates }) {
    panel.classList.remove("waiting");
    place = at;
    showPlace(at);
    const written = writtenAt(at);
    const options = sampling();
    const cut = options.topK > 0 || options.topP < 1 || options.minP > 0 || options.maxCopy > 0;
    const shown = candidates.slice(0, ROWS);
    const rest = candidates.slice(ROWS);
    const sum = (key) => rest.reduce((total, candidate) => total + candidate[key], 0);
    rows.forEach((row, i) => {
      const how = { cut, end };
      if (shown[i]) row.show(shown[i], { ...how, written: shown[i].token === written });
      else if (i === ROWS && rest.length > 0) {
        const others = Object.keys(rest[0]).map((key) => [
          key,
          key === "token" ? undefined : sum(key),
        ]);
        const isWritten = rest.some(({ token }) => token === written);
        row.show(Object.fromEntries(others), { ...how, written: isWritten });
      } else row.hide();
    });
    table.hidden = false;
    const own = breadth(candidates.map((candidate) => candidate.modelProbability));
    const after = breadth(candidates.map((candidate) => candidate.probability));
    choices.replaceChildren(
      "As unsure as a draw from ",
      number(own),
      " equal choices; with your settings, from ",
      number(after),
      ".",
    );
  }

  const number = (textContent) => element("strong", { textContent });

  /** Speaks of characters or of words, as the model does. */
  function name(counted) {
    table.classList.toggle("counted", counted);
    const token = words ? "word" : "character";
    find("caption").textContent = `The likeliest ${token}s at this place`;
    find("thead .token").textContent = words ? "Word" : "Character";
    find("label").textContent = `Look at ${words ? "place" : "character"}`;
    table.classList.toggle("words", words);
  }

  function ask() {
    // While the network writes, reading along may cost it a part of its speed only, so the reader
    // may fall behind; the place that it shows is always one that it has read up to.
    let at = position;
    if (running && following) {
      const reached = reader.position || 0;
      at = Math.min(text.length, reached + Math.max(CATCH_UP, Math.ceil((text.length - seen) / 4)));
      at = step(text, at - 1, 1);
      seen = text.length;
    }
    changed = false;
    reader.text = text;
    reader.ask(at, sampling());
  }

  function askSoon() {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!reader) return;
      const chasing = running && following;
      if (!chasing || (reader.idle && (changed || reader.position !== text.length))) ask();
      if (chasing) askSoon();
    });
  }

  function refresh() {
    changed = true;
    askSoon();
  }

  slider.addEventListener("input", () => {
    const value = slider.valueAsNumber;
    if (words && value > position && value < text.length)
      onPick(tokenAt(text, position, words).end);
    else onPick(value > position ? step(text, value - 1, 1) : step(text, value + 1, -1));
  });

  find(".undock").addEventListener("click", () => onPick(Infinity));

  return {
    /** Another model, perhaps mixed with others: `mix` as for its session. */
    use(model, /** @type {{ mix?: any }} */ { mix } = {}) {
      reader?.free();
      words = model.info.level === "word";
      end = model.info.metadata.end;
      name(model.info.counts !== undefined);
      const predicting = mix && { mix };
      reader = new Reader(model, predicting, {
        onRead: show,
        onBehind({ position: at, wanted }) {
          panel.classList.add("waiting");
          choices.textContent = `Reading up to there: ${Math.floor((100 * at) / wanted)}%`;
        },
        onError(error) {
          table.hidden = true;
          context.textContent = "";
          choices.textContent =
            error.code === "vocabulary"
              ? "Nothing to show: the model does not know all that is typed."
              : sentence(error);
        },
      });
      refresh();
    },
    /** Takes a text, or what it has grown to, and shows its end unless it stands elsewhere. */
    follow(newText, { isRunning = false } = {}) {
      if (!newText.startsWith(text) || !running) seen = newText.length;
      text = newText;
      running = isRunning;
      if (following) position = text.length;
      slider.max = text.length;
      find(".place").hidden = text.length === 0;
      askSoon();
    },
    /**
     * Stands at a position; at the end of the text it follows again. Where there is little room it
     * then lies over the foot of the window, if it is to `dock`.
     */
    stand(at, { dock = false } = {}) {
      following = at >= text.length;
      if (dock || following) panel.classList.toggle("docked", dock && !following);
      position = following ? text.length : tokenAt(text, at, words).start;
      refresh();
    },
    /** The options have changed. */
    refresh,
  };
}
