// What a model does not know of a text, for its reader.

import { spoken, tokensOf } from "./tokens.js";
import { counted } from "./words.js";

const NAMED = 4; // tokens by name; "others" stands for more
const ASKED = 1000; // tokens at most, of a long text

/** @typedef {import("../../inkling.js").Model} Model */

/** Of the distinct tokens of a text those that a model does not know, and none look like them. */
async function strange(/** @type {Model} */ model, text, most = Infinity) {
  const unknown = [];
  if ((await model.lacks(text)).unknown === 0) return unknown;
  const known = new Set(model.info.vocabulary);
  const tokens = new Set(tokensOf(text, model.info.level === "word"));
  for (const token of [...tokens].filter((token) => token && !known.has(token)).slice(0, ASKED)) {
    if ((await model.lacks(token)).unknown > 0) unknown.push(token);
    if (unknown.length === most) break;
  }
  return unknown;
}

/** The unknown that are to be named, and one more where there are others. */
export const unknownIn = (model, text) => strange(model, text, NAMED + 1);

/** A text whose letters with accents that a model of characters lacks are those below these. */
export function withoutAccents(text, { vocabulary }) {
  const known = new Set(vocabulary);
  return text.replace(/[^\x00-\x7f]/gu, (character) => {
    const [letter] = character.normalize("NFD");
    const isKnown = known.has(letter) || known.has(letter.toLowerCase());
    return isKnown && !known.has(character) ? letter : character;
  });
}

/** A text without the characters that are unknown; of letters, without accents where these are. */
export async function withoutUnknown(model, text) {
  const plain = withoutAccents(text, model.info);
  const unknown = new Set(await strange(model, plain));
  return [...plain].filter((character) => !unknown.has(character)).join("");
}

/** What a model of characters writes with. */
export function alphabetOf({ vocabulary }) {
  const visible = vocabulary.filter((token) => token.trim() !== "");
  if (visible.every((token) => /^\p{Ll}$/u.test(token))) return "small letters";
  if (visible.every((token) => /^\p{L}$/u.test(token))) return "letters";
  return `its ${counted(vocabulary.length, "character")}`;
}

/** “a”, “b” and “c”; the space and “d”; “e”, “f”, “g”, “h” and others. */
export function named(tokens) {
  const names = tokens.slice(0, NAMED).map((token) => {
    const name = spoken(token);
    return token.trim() === "" && name !== token ? `the ${name}` : `“${name}”`;
  });
  if (tokens.length > NAMED) names.push("others");
  const last = names.pop();
  return names.length > 0 ? `${names.join(", ")} and ${last}` : last;
}
