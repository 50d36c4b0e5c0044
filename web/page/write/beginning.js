// What a text in the manner of another begins with.

// Of scripts that put no blanks between words some characters are a few words.
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmr}\p{sc=Mymr}]/u;
const FEW = /^.{0,4}\p{M}*/su;

/** The first words of a text, as far as a model knows its characters; a line of signs is none. */
function beginningOf(text, { level, vocabulary }) {
  const letter = Math.max(0, text.search(/[\p{L}\p{N}]/u));
  const before = text.slice(0, letter).split(/\s/).at(-1);
  const from = text.slice(letter - before.length);
  const first = from.trim().split(/\s+/, 3).join(" ").slice(0, 40);
  const words = UNSPACED.test(first) ? FEW.exec(first)[0].trim() : first;
  if (level === "word") return words;
  const known = new Set(vocabulary);
  return [...words].filter((character) => known.has(character)).join("");
}

/**
 * The first words of a text, but of a list, whose items begin by themselves, what is `suggested`
 * where one of them begins so.
 */
export function beginningLike(text, suggested, info) {
  if (info.metadata.end === undefined) return beginningOf(text, info);
  const items = text.toLowerCase().split("\n");
  const begins = suggested.toLowerCase();
  return items.some((item) => item.trim().startsWith(begins)) ? suggested : "";
}
