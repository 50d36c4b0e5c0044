// What the core says, in the words of the page: it names its options, which have labels here, and
// ways out, which are buttons here.

const WORDS = [
  [/: leave it out, or ask to skip unknown (characters|words)/, ""],
  [/\bor ask to skip unknown (characters|words)/, ""],
  [/\bnchars-start\b/g, "the first window"],
  [/\bnchars\b/g, "the window"],
  [/\bbatch\b/g, "the streams"],
  [/\blearningRate\b/g, "the learning rate"],
  [/\bhidden\b(?= (?:is|must|of))/g, "units a layer"],
];

/** The message of an error. */
export const plain = ({ message }) =>
  WORDS.reduce((text, [from, to]) => text.replace(from, to), message);
