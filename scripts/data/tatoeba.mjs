// English sentences and their French translations (Tatoeba by way of ManyThings.org, fra.tsv).
// Split by the English side, shuffled with seed 1: sentences that differ only in case and
// punctuation go the same way. Of the test every English sentence is one row with all its
// translations, of the rest every pair.

import { readLines, shuffled } from "./common.mjs";

const TEST = 2000;
const VALIDATION = 1000;

const fold = (sentence) => sentence.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
const tidy = (sentence) => sentence.replace(/’/g, "'").replace(/ +/g, " ").trim();

export default async function tatoeba(
  folder,
  { testSize = TEST, validationSize = VALIDATION } = {},
) {
  const groups = new Map(); // folded English -> English -> its translations
  for (const line of await readLines(folder, "fra.tsv")) {
    const [english, french] = line.split("\t").map(tidy);
    const key = fold(english);
    if (!groups.has(key)) groups.set(key, new Map());
    const sentences = groups.get(key);
    if (!sentences.has(english)) sentences.set(english, new Set());
    sentences.get(english).add(french);
  }
  const order = shuffled([...groups.values()]);
  const take = (sentences) => {
    const rows = [];
    while (rows.length < sentences) {
      if (order.length === 0) throw new Error("fra.tsv has too few sentences");
      for (const [english, french] of order.pop()) rows.push([english, ...french]);
    }
    return rows;
  };
  const pairs = (rows) =>
    rows.flatMap(([english, ...french]) => french.map((one) => [english, one]));
  const test = take(testSize);
  const validation = pairs(take(validationSize));
  const rest = order.flatMap((sentences) =>
    [...sentences].map(([english, french]) => [english, ...french]),
  );
  return { train: pairs(rest), validation, test };
}
