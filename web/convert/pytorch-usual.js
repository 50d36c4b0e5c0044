// Vocabularies of PyTorch's programs that always have the same, and write it in no file.

import { STRINGS } from "./literal.js";

const { ascii_letters: LETTERS, printable: PRINTABLE } = STRINGS;

/** The vocabulary of a program that always has the same, if the network is that program's. */
export function usualVocabulary({ inputs, outputs, start }, { others, isTutorial, categories }) {
  const isCharRnn = ["encoder.weight", "decoder.weight", "decoder.bias"].every((end) =>
    others.some((name) => name.endsWith(end)),
  );
  if (isCharRnn && inputs === 100 && outputs === 100) {
    return { tokens: [...PRINTABLE], from: "char-rnn.pytorch's own, Python's string.printable" };
  }
  if (start === 0 && inputs === 27)
    return { tokens: [".", ...LETTERS.slice(0, 26)], from: "makemore's names, a to z" };
  // Of 2024 on it has an nn.RNN, and "_" for characters that it does not know.
  if (inputs === 58 && others.includes("h2o.weight"))
    return { tokens: [...LETTERS, ..." .,;'_"], from: "PyTorch's tutorial on names" };
  if (isTutorial && inputs === 57)
    return { tokens: [...LETTERS, ..." .,;'"], from: "PyTorch's tutorial on names" };
  if (categories > 0 && categories <= 20 && inputs - categories === 59) {
    const circled = Array.from({ length: categories }, (_, k) => String.fromCodePoint(0x2460 + k));
    const tokens = [...LETTERS, ..." .,;'-", "<EOS>", ...circled];
    return { tokens, from: "PyTorch's tutorial on names, with ① for its first category" };
  }
  return null;
}
