// How much of what was written stands in the text that it was to be like.

const NAMED = 8; // items of a list
const QUOTED = 80; // characters
const LARGEST = 1e6; // characters of a list
const WORK = 5e7; // characters of a text times those written: so many are compared at once

const key = (/** @type {string} */ line) => line.trim().toLowerCase();

/** Of a list: which items are in it. */
function listed(written, text) {
  const items = written.split("\n").filter((item) => item.trim());
  const own = new Set(text.split(/\r?\n/).map(key));
  const old = items.filter((item) => own.has(key(item)));
  if (old.length === 0) return `New: none of these ${items.length} is in your list.`;
  const names = [...new Set(old)];
  const more = names.length > NAMED ? " …" : "";
  const said = names.slice(0, NAMED).join(" · "); // items may have commas
  const fresh = `New: ${items.length - old.length} of these ${items.length}.`;
  return `${fresh} In your list already: ${said}${more}`;
}

/** Of a running text: the longest piece that is in it. */
function longest(written, text) {
  let best = "";
  for (let at = 0; at + best.length < written.length; at++)
    while (at + best.length < written.length) {
      const piece = written.slice(at, at + best.length + 1);
      if (!text.includes(piece)) break;
      best = piece;
    }
  const characters = [...best.trim().replace(/\s+/g, " ")];
  const cut = characters.length > QUOTED ? "…" : "";
  const quoted = characters.slice(0, QUOTED).join("");
  const what = `“${quoted}${cut}”, ${characters.length} characters`;
  return `The longest piece that your text has too: ${what}.`;
}

/** In words; `isList` says that the text is a list, and so is what was written. */
export function copiedFrom(text, written, isList) {
  const most = isList ? LARGEST : WORK / Math.max(written.length, 1);
  if (written.trim() === "" || text.length > most) return "";
  return (isList ? listed : longest)(written, text);
}
