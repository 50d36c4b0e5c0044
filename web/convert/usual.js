// Vocabularies that a program always has and writes in no file: of programs that are told by their
// sizes alone, in whatever framework they were run.

const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)); // space to ~

/**
 * @param {import("./network.js").Network} network
 * @returns {{ tokens: (string | undefined)[], from: string } | null}
 */
export function usualVocabulary({ inputs, outputs, fed, table, layers }) {
  if (inputs !== 98 || outputs !== 98) return null;
  const isGru = layers.every(({ cell }) => /^gru/.test(cell));
  if (fed === "one-hot" && isGru)
    return { tokens: [undefined, "\t", ...ASCII, "\n"], from: "tensorflow-rnn-shakespeare's own" };
  if (fed === "embedding" && table.shape[1] === 32)
    return { tokens: [undefined, "\t", "\n", ...ASCII], from: "char-rnn-text-generation's own" };
  return null;
}

const DATA_SETS = { 88584: "IMDB", 30979: "Reuters" }; // words in them
const FRONT = ["<pad>", "<start>", "<unknown>", "<unused>"];

/**
 * Keras's data sets have their words by rank, from 1 on, in get_word_index(); what a network reads
 * is the rank and 3, since load_data() keeps ids for a text's beginning and for what is rare.
 *
 * @param {Map<number, string>} ranks id → word
 * @returns {{ entries: Map<number, string>, from: string } | null} by the ids that are read
 */
export function wordsOfDataSet(ranks) {
  const name = ranks.get(1) === "the" && DATA_SETS[ranks.size];
  if (!name) return null;
  return { entries: shifted(ranks, 3), from: `Keras's data set ${name}` };
}

/** Words by rank with what stands in front of them. @param {Map<number, string>} ranks */
export function shifted(ranks, by) {
  const words = [...ranks].map(
    ([rank, word]) => /** @type {[number, string]} */ ([rank + by, word]),
  );
  return new Map([...FRONT.slice(0, by + 1).entries(), ...words]);
}
