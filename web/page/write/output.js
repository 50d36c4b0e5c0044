// The output panel: the text as it grows, and a mark on the character that is looked at. Positions
// are UTF-16 offsets into typed + written text; the one behind the last character is what comes
// next.
//
// A text may become long, so it is kept in blocks that the browser lays out only while they are in
// view, and the page is touched once a frame at most. What is new stands in a tail that screen
// readers do not see, and joins the text before it about once a second, in whole words, so that
// they are not flooded.

import { element } from "../dom.js";
import { isFromTheRight, isLowSurrogate, step } from "../parts/tokens.js";
import { counted } from "../parts/words.js";

const BLOCK = 2000; // characters; the next line break after as many ends a block
const LONGEST = 8000; // a block without a line break ends here
const NEAR = 50; // characters on either side of where a caret would stand
const ANNOUNCE_MS = 1000;
const MOST_SAID = 300; // characters at once; of more only the number is said

const isIn = (rect, x, y) =>
  rect && x >= rect.left && x < rect.right && y >= rect.top && y < rect.bottom;

/** `onPick` is called with the position of a character that the reader has chosen. */
export function createOutput(panel, { onPick }) {
  const log = panel.querySelector(".log");
  const empty = panel.querySelector(".empty");
  const announcement = panel.querySelector("#announcement");
  let text = "";
  let blocks = []; // { element, start }
  let room; // what the open block holds: { kind, element, length }
  let waiting = ""; // written, and not on the page yet
  let frame = 0;
  let announced = 0; // time of the last joining
  let following = true; // the end is in view and shall stay there
  let marked = -1;

  let unsaid = 0; // characters written faster than anyone could listen

  const mark = element("span", { className: "mark", "aria-hidden": "true" });
  const tail = element("span", { "aria-hidden": "true" });

  // ---- Growing ----

  function openBlock(kind, start) {
    const block = element("div", { className: "block" });
    log.insertBefore(block, mark);
    blocks.push({ element: block, start });
    openPart(kind);
    room.length = 0;
  }

  // <kbd> is what was typed, <samp> what was written.
  function openPart(kind) {
    const part = element(kind, {}, tail);
    blocks.at(-1).element.append(part);
    room = { kind, length: room?.length ?? 0 };
  }

  /** Lets what is in the tail, up to its last whole word or all of it, be text like the rest. */
  function join(all) {
    const content = tail.textContent;
    const end = all ? content.length : content.search(/\s\S*$/) + 1;
    if (end === 0) return;
    if (end > MOST_SAID) {
      log.setAttribute("aria-live", "off");
      unsaid += end;
    }
    tail.before(content.slice(0, end));
    tail.textContent = content.slice(end);
    announced = performance.now();
  }

  /** Where to cut `piece`, of which the first characters go to the open block. */
  function cut(piece) {
    if (room.length + piece.length <= BLOCK) return piece.length;
    const lineBreak = piece.indexOf("\n", Math.max(0, BLOCK - room.length));
    if (lineBreak >= 0 && room.length + lineBreak < LONGEST) return lineBreak + 1;
    const most = LONGEST - room.length;
    if (piece.length <= most) return piece.length;
    const space = piece.lastIndexOf(" ", most);
    if (space >= 0) return space + 1;
    return isLowSurrogate(piece, most) ? most + 1 : most;
  }

  function put(kind, piece, start) {
    if (blocks.length === 0) openBlock(kind, start);
    else if (room.kind !== kind) {
      join(true);
      openPart(kind);
    }
    while (piece !== "") {
      const end = cut(piece);
      tail.append(piece.slice(0, end));
      room.length += end;
      start += end;
      const closes = end < piece.length || (room.length >= BLOCK && piece[end - 1] === "\n");
      piece = piece.slice(end);
      if (closes) {
        join(true);
        openBlock(kind, start);
      }
    }
  }

  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    if (waiting === "") return;
    put("samp", waiting, text.length - waiting.length);
    waiting = "";
    if (performance.now() - announced > ANNOUNCE_MS) join(false);
    if (following) log.scrollTop = log.scrollHeight;
  }

  // ---- Finding characters ----

  const texts = (part) => document.createTreeWalker(part, NodeFilter.SHOW_TEXT);

  /** The text node of a position, and the offset in it. */
  function place(position) {
    const block = blocks.findLast(({ start }) => start <= position);
    let left = position - block.start;
    const walker = texts(block.element);
    for (let node; (node = /** @type {Text} */ (walker.nextNode())); left -= node.length) {
      if (left < node.length) return { node, offset: left };
    }
    return undefined; // behind the end
  }

  function rectOf(position) {
    if (position >= text.length - waiting.length || position < 0) return undefined;
    const { node, offset } = place(position);
    const range = document.createRange();
    range.setStart(node, offset);
    range.setEnd(node, Math.min(step(text, position, 1) - position + offset, node.length));
    return [...range.getClientRects()].at(-1);
  }

  // A caret stands between two characters, and in a line of two directions where they meet: the
  // point is over one of those near it.
  const around = (position) =>
    Array.from({ length: 2 * NEAR }, (_, i) => position + (i % 2 ? -(i + 1) : i) / 2);

  /** The position of the character at a point of the window. */
  function positionAt(x, y) {
    let node;
    let offset;
    if (document.caretPositionFromPoint) {
      ({ offsetNode: node, offset } = document.caretPositionFromPoint(x, y) ?? {});
    } else {
      ({ startContainer: node, startOffset: offset } = document.caretRangeFromPoint(x, y) ?? {});
    }
    const block = blocks.find(({ element }) => element.contains(node));
    if (!block || node.nodeType !== Node.TEXT_NODE) return undefined;
    let position = block.start + offset;
    const walker = texts(block.element);
    for (let before; (before = walker.nextNode()) !== node;)
      position += /** @type {Text} */ (before).length;
    const hit = around(position).find((at) => !isLowSurrogate(text, at) && isIn(rectOf(at), x, y));
    if (hit !== undefined) return hit;
    const rect = rectOf(position);
    if (position > 0 && (!rect || x < rect.left || y < rect.top)) return step(text, position, -1);
    return position;
  }

  function placeMark() {
    const rect = rectOf(marked);
    mark.hidden = !rect;
    if (!rect) return;
    const origin = log.getBoundingClientRect();
    mark.style.left = `${rect.left - origin.left - log.clientLeft + log.scrollLeft}px`;
    mark.style.top = `${rect.top - origin.top - log.clientTop + log.scrollTop}px`;
    mark.style.width = `${Math.max(rect.width, 6)}px`; // a line break has no width
    mark.style.height = `${rect.height}px`;
  }

  /** Scrolls the log, and nothing else, until a position is in view with a line around it. */
  function reveal(position) {
    const block = blocks.findLast(({ start }) => start <= position)?.element;
    if (!block) return;
    const { scrollTop, clientHeight } = log;
    // A block far away is laid out only once it comes near.
    const near =
      block.offsetTop < scrollTop + clientHeight &&
      block.offsetTop + block.offsetHeight > scrollTop;
    if (!near) log.scrollTop = block.offsetTop;
    const rect = rectOf(position);
    if (!rect) return;
    const origin = log.getBoundingClientRect();
    const above = rect.top - rect.height - origin.top;
    const below = rect.bottom + rect.height - origin.bottom;
    if (above < 0) log.scrollTop += above;
    else if (below > 0) log.scrollTop += below;
  }

  /** The position one line up or down, or undefined at the edge of the text. */
  function lineStep(by) {
    reveal(marked);
    const rect = rectOf(marked);
    if (!rect) return undefined;
    const height = parseFloat(getComputedStyle(log).lineHeight);
    const found = positionAt(rect.left + 1, rect.top + rect.height / 2 + by * height);
    return found === marked ? undefined : found;
  }

  const MOVES = {
    ArrowLeft: () => step(text, marked, isFromTheRight(text, marked) ? 1 : -1),
    ArrowRight: () => step(text, marked, isFromTheRight(text, marked) ? -1 : 1),
    ArrowUp: () => lineStep(-1),
    ArrowDown: () => lineStep(1),
    Home: () => 0,
    End: () => text.length,
  };

  log.addEventListener("keydown", (event) => {
    const move = MOVES[event.key];
    if (!move || text === "" || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey)
      return;
    event.preventDefault();
    if (marked < 0) marked = text.length;
    const onEnd = marked === text.length && event.key.startsWith("Arrow");
    const position = onEnd ? step(text, marked, -1) : move();
    if (position !== undefined) onPick(position);
  });
  log.addEventListener("click", ({ clientX, clientY }) => {
    if (!getSelection().isCollapsed) return; // text was being selected
    const position = positionAt(clientX, clientY);
    if (position !== undefined) onPick(position);
  });
  log.addEventListener("scroll", () => {
    following = log.scrollTop + log.clientHeight >= log.scrollHeight - 40;
    log.classList.toggle("scrolled", log.scrollTop > 0);
  });
  // Selected text is copied as it is, without the breaks between blocks.
  log.addEventListener("copy", (event) => {
    const { startContainer, startOffset, endContainer, endOffset } = getSelection().getRangeAt(0);
    const before = document.createRange();
    before.selectNodeContents(log);
    before.setEnd(startContainer, startOffset);
    const start = before.toString().length;
    before.setEnd(endContainer, endOffset);
    event.clipboardData.setData("text/plain", text.slice(start, before.toString().length));
    event.preventDefault();
  });
  new ResizeObserver(placeMark).observe(log);

  function clear() {
    cancelAnimationFrame(frame);
    frame = 0;
    text = "";
    waiting = "";
    blocks = [];
    room = undefined;
    marked = -1;
    mark.hidden = true;
    following = true;
    announced = 0;
    unsaid = 0;
    announcement.textContent = "";
    log.setAttribute("aria-live", "polite");
    tail.textContent = "";
    log.replaceChildren(mark);
    empty.hidden = false;
  }

  clear();

  return {
    clear,
    /** Begins a new text with what was typed. */
    begin(typed) {
      clear();
      text = typed;
      if (typed !== "") {
        put("kbd", typed, 0);
        join(true);
      }
      empty.hidden = true;
      log.classList.add("running");
      log.classList.remove("scrolled");
      log.scrollTop = log.scrollHeight;
    },
    write(piece) {
      text += piece;
      waiting += piece;
      frame ||= requestAnimationFrame(flush);
    },
    /** Begins a further text, in a line of its own. */
    beginNext(typed) {
      this.write("\n");
      flush();
      const start = text.length;
      text += typed;
      if (typed !== "") put("kbd", typed, start);
    },
    end() {
      flush();
      join(true);
      log.classList.remove("running");
      if (unsaid === 0) return;
      const typed = [...log.querySelectorAll("kbd")].map(({ textContent }) => textContent).join("");
      const count = [...text].length - [...typed].length;
      announcement.textContent = `${counted(count, "character")} written.`;
      setTimeout(() => log.setAttribute("aria-live", "polite"), ANNOUNCE_MS);
    },
    /** Brings the panel into the window, on a phone say, where it begins further down. */
    show() {
      log.scrollIntoView({ block: "nearest" });
    },
    /** Marks the character at a position; the end of the text has no mark. */
    mark(position) {
      marked = position < text.length ? position : -1; // the end goes on when the text grows
      if (marked >= 0) reveal(marked);
      placeMark();
    },
    /** Selects all of it, for a reader whose browser does not let the page copy. */
    select() {
      getSelection().selectAllChildren(log);
    },
    get text() {
      return text;
    },
  };
}
