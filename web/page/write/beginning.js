// What a text in the manner of another begins with.

/** The first words of a text, as far as a model knows its characters. */
function beginningOf(text, { level, vocabulary }) {
  const words = text.trim().split(/\s+/, 3).join(" ").slice(0, 40);
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
