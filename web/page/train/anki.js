// What Anki exports: rows below lines that say how these are to be read, as "#separator:tab".

const NOTES = /^(?:#.*(?:\r\n?|\n|$))+/;
const NAMED = { tab: "\t", comma: ",", semicolon: ";" };
const BLOCKS = /<\/?(?:br|div|p|li|tr|td)\b[^>]*>/gi;
const SOUND = /\[sound:[^\]]*\]/g;

/** A field without the marks of a page that it may be. */
function plain(field) {
  const text = field.replace(BLOCKS, " ").replace(SOUND, "");
  if (!/[<&]/.test(text)) return text.trim();
  const { body } = new DOMParser().parseFromString(text, "text/html");
  return body.textContent.trim();
}

/**
 * { rows, separator, fieldsOf } of what Anki exported, undefined of another text. fieldsOf(row) has
 * what stands on a card: not the columns of ids, kinds, decks and tags.
 */
export function ankiOf(text) {
  const [notes = ""] = /^#separator:/i.test(text) ? NOTES.exec(text) : [];
  const separator = NAMED[/^#separator:(\w+)/i.exec(notes)?.[1].toLowerCase()];
  if (!separator) return undefined;
  const others = [...notes.matchAll(/^#\w+ column:(\d+)/gm)].map(([, place]) => Number(place));
  const isPage = /^#html:true/m.test(notes);
  const fieldsOf = (row) =>
    row.filter((_, i) => !others.includes(i + 1)).map((field) => (isPage ? plain(field) : field));
  return { rows: text.slice(notes.length), separator, fieldsOf };
}
