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

/** The same as a sentence of its own; what is no word, such as an address, keeps its first letter. */
export const sentence = (error) =>
  `${plain(error)}.`.replace(/^[a-z]+(?=[ ,])/, (word) => word[0].toUpperCase() + word.slice(1));

/** How many of something there are: "1 run", "2,000 runs". */
export const counted = (count, one, many = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** How many bytes there are. */
export function size(bytes) {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Letters of scripts that are read from the right. */
export const FROM_THE_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A text amid another, whose order it does not change where it is read from the right. */
export const apart = (text) => (FROM_THE_RIGHT.test(text) ? `\u2068${text}\u2069` : text);
