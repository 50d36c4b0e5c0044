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
