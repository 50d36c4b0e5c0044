// A text whose tokens are coloured by a number each: blue above zero, amber below, the stronger the
// farther; and in rows below the letters by further ones. One of them is picked, by pointer or
// arrow keys, and a run of them may be marked.

import { element } from "../dom.js";
import { isFromTheRight } from "../parts/tokens.js";

const NO_SPACE_BEFORE = /^[\n.,;:!?)\]}’”'"]/;
const NO_SPACE_AFTER = /[\n([{‘“]$/;

export const ROWS = 4; // at most, below the letters: beyond, these are lost among them

const SLICE = 600; // tokens painted in a frame: of more, an eye sees the rest come

/** Whether there is a space between a word and the one before it. */
const isApart = (token, before = "\n") =>
  !NO_SPACE_BEFORE.test(token) && !NO_SPACE_AFTER.test(before);

/** The text of tokens; `before` is the one that they come after. */
export const joined = (tokens, words, before = undefined) =>
  tokens
    .map((token, t) => (words && isApart(token, tokens[t - 1] ?? before) ? ` ${token}` : token))
    .join("");

/**
 * `onLook(t)` is told which token the pointer or the focus is on, `onPick(t)` which one was chosen,
 * and `onRange()` that another run is marked.
 */
export function createStrip(container, { onLook, onPick, onRange }) {
  let spans = [];
  let picked = -1;
  let looked = -1; // the one that the pointer is on
  let anchor = -1; // where a run began that is marked by keys
  let range; // [from, to) of the run
  let scrolled = 0; // how far, without asking for a layout
  const frames = {}; // of what is being painted, by its name

  const indexOf = (node) => {
    const holder = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    const span = holder?.closest?.("[data-t]");
    return span && container.contains(span) ? Number(span.dataset.t) : -1;
  };

  /** Paints every token by `one(span, t)`, a slice a frame, what is in view first. */
  function paint(name, one) {
    cancelAnimationFrame(frames[name]);
    const isSeen = ({ offsetTop, offsetHeight }) => offsetTop + offsetHeight >= scrolled;
    const first = scrolled > 0 ? Math.max(0, spans.findIndex(isSeen)) : 0;
    let done = 0;
    const slice = () => {
      for (const end = Math.min(done + SLICE, spans.length); done < end; done++) {
        const t = (first + done) % spans.length;
        one(spans[t], t);
      }
      if (done < spans.length) frames[name] = requestAnimationFrame(slice);
    };
    slice();
  }

  function mark(next) {
    for (let t = range?.[0]; t < range?.[1]; t++) spans[t]?.classList.remove("within");
    range = next;
    for (let t = range?.[0]; t < range?.[1]; t++) spans[t]?.classList.add("within");
    onRange();
  }

  function pick(t) {
    spans[picked]?.classList.remove("picked");
    picked = t;
    spans[picked]?.classList.add("picked");
    if (picked >= 0) onPick(picked);
  }

  /** The token under or over the picked one, in the next line as it is shown. */
  function lineStep(by) {
    const { offsetTop, offsetLeft } = spans[picked];
    let found = -1;
    for (let t = picked + by; spans[t]; t += by) {
      const { offsetTop: top, offsetLeft: left } = spans[t];
      if (top === offsetTop) continue;
      if (found >= 0 && top !== spans[found].offsetTop) break;
      found = t;
      if (by < 0 ? left <= offsetLeft : left >= offsetLeft) break;
    }
    return found >= 0 ? found : picked;
  }

  /** By how many tokens a step to the right goes on. */
  function onward() {
    const before = document.createRange();
    before.selectNodeContents(container);
    before.setEndBefore(spans[picked]);
    return isFromTheRight(container.textContent, before.toString().length) ? -1 : 1;
  }

  const MOVES = {
    ArrowLeft: () => picked - onward(),
    ArrowRight: () => picked + onward(),
    ArrowUp: () => lineStep(-1),
    ArrowDown: () => lineStep(1),
    Home: () => 0,
    End: () => spans.length - 1,
  };

  container.addEventListener("scroll", () => (scrolled = container.scrollTop));
  container.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move || spans.length === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (picked < 0) return pick(event.key === "End" ? spans.length - 1 : 0);
    if (event.shiftKey && anchor < 0) anchor = picked;
    if (!event.shiftKey) anchor = -1;
    pick(Math.max(0, Math.min(spans.length - 1, move())));
    spans[picked].scrollIntoView({ block: "nearest" });
    if (anchor < 0) return mark(undefined);
    mark([Math.min(anchor, picked), Math.max(anchor, picked) + 1]);
  });
  container.addEventListener("pointermove", ({ target, movementX, movementY }) => {
    if (movementX === 0 && movementY === 0) return; // the text moved under the pointer
    const t = indexOf(target);
    if (t >= 0 && t !== looked) onLook((looked = t));
  });
  container.addEventListener("pointerleave", () => {
    looked = -1;
    if (picked >= 0) onLook(picked);
  });
  container.addEventListener("click", ({ target }) => {
    if (!getSelection().isCollapsed) return; // text was being selected
    const t = indexOf(target);
    if (t < 0) return;
    anchor = -1;
    if (range) mark(undefined);
    pick(t);
  });
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    if (selection.isCollapsed || !container.contains(selection.anchorNode)) return;
    const { startContainer, endContainer, endOffset } = selection.getRangeAt(0);
    const [from, to] = [indexOf(startContainer), indexOf(endContainer)];
    if (from >= 0) mark([from, to < 0 ? spans.length : to + (endOffset > 0 ? 1 : 0)]);
  });

  return {
    /** Shows a text; of words, there are spaces between them. */
    show(tokens, words) {
      for (const frame of Object.values(frames)) cancelAnimationFrame(frame);
      picked = anchor = -1;
      range = undefined;
      const shown = [];
      spans = tokens.map((token, t) => {
        const textContent = token === "\n" ? "↵\n" : token;
        const span = element("span", { textContent, "data-t": t });
        shown.push(...(words && isApart(token, tokens[t - 1]) ? [" ", span] : [span]));
        return span;
      });
      container.replaceChildren(...shown);
      onRange();
    },
    /** Colours every token by its value, `most` being the strongest; NaN has no colour. */
    colour(values, most) {
      paint("colour", (span, t) => {
        const value = Number.isNaN(values[t]) ? 0 : (values[t] ?? 0);
        span.style.setProperty("--share", Math.min(1, Math.abs(value) / most).toFixed(3));
        span.classList.toggle("below", value < 0);
      });
    },
    /** Colours rows below the letters, each { values, most }, from the top. */
    under(rows) {
      if (rows.length === 0 && container.dataset.rows === undefined) return;
      if (rows.length === 0) delete container.dataset.rows;
      else container.dataset.rows = String(rows.length);
      const ground = "var(--sheet)"; // between them
      const band = ({ values, most }, t) => {
        const share = (100 * Math.min(1, Math.abs(values[t]) / most)).toFixed(0);
        const side = `var(--${values[t] < 0 ? "below" : "above"})`;
        return `linear-gradient(${ground} 20%,color-mix(in srgb,${side} ${share}%,${ground}) 0)`;
      };
      const upwards = [...rows].reverse();
      paint("rows", (span, t) => {
        span.style.backgroundImage = upwards.map((row) => band(row, t)).join();
      });
    },
    pick,
    get picked() {
      return picked;
    },
    /** The run that is marked, [from, to), or undefined. */
    get range() {
      return range;
    },
  };
}
