// The names of a classifier's classes: as given, from the file itself, or from a file beside it.

import { refusal, shown, fileName, isRefusal } from "./refuse.js";
import { asVocabulary, NAMES_OF_CLASSES, pairsOf, readValues } from "./vocabulary-read.js";

export const FILES_OF_CLASSES = /label|class|categor|target/i;
const ALSO = /^(classes_|tags)$/i; // scikit-learn's, and chatbots', which may be of tokens as well
const LARGEST = 2 ** 20; // bytes of a file that may have them
const DEEPEST = 4;

/** As many names as there are classes, each another and each a text, or null. */
function usable(list, count) {
  const isText = (label) => typeof label === "string" && label !== "" && !label.includes("\0");
  const fits = Array.isArray(list) && list.length === count && new Set(list).size === count;
  return fits && list.every(isText) ? list : null;
}

/** A list, or a map either way round, as names by id; or null. */
function namesIn(value, count) {
  if (value === null || typeof value !== "object") return null;
  const entries = asVocabulary(value)?.entries;
  if (!entries || entries.size !== count) return null;
  return usable(
    Array.from({ length: count }, (_, id) => entries.get(id)),
    count,
  );
}

/** The names under a key that is called so, in what a file holds. */
function namesUnder(value, count, depth = 0) {
  if (value === null || typeof value !== "object" || depth > DEEPEST) return null;
  const pairs = (pairsOf(value) ?? []).slice(0, 1000);
  for (const [key, inner] of pairs) {
    const [own] = /[^.]*$/.exec(String(key)) ?? [];
    const isCalledSo = NAMES_OF_CLASSES.test(own) || ALSO.test(own);
    const found = isCalledSo ? namesIn(inner, count) : null;
    if (found) return found;
  }
  for (const [, inner] of pairs) {
    const found = namesUnder(inner, count, depth + 1);
    if (found) return found;
  }
  return null;
}

async function valuesIn({ name, bytes }) {
  if (bytes.length > LARGEST) return [];
  try {
    return await readValues(bytes, /\.(txt|csv|names)$/i.test(name));
  } catch (error) {
    if (isRefusal(error)) return []; // something else
    throw error;
  }
}

/** The names in a file beside the model: what is called so, or all that a file of classes has. */
async function namesBeside(file, count, vocabulary) {
  const isOfClasses = FILES_OF_CLASSES.test(fileName(file.name));
  for (const value of await valuesIn(file)) {
    // Several vocabularies in a list, as fastai keeps those of texts and of classes.
    const lists = Array.isArray(value) && value.every(Array.isArray) ? value : [];
    const inside = lists.map((one) => usable(one, count)).find(Boolean);
    const found = namesUnder(value, count) ?? namesIn(value, count) ?? inside;
    const isVocabulary = vocabulary.from.includes(shown(fileName(file.name)));
    if (found && (isOfClasses || !isVocabulary || found !== namesIn(value, count))) return found;
  }
  return null;
}

/**
 * @param {import("./network.js").Network} network
 * @param {import("./convert.js").NamedFile[]} neighbours
 * @param {{ from: string }} vocabulary what its tokens were taken from
 * @param {unknown} labels as given
 */
export async function findLabels(network, neighbours, vocabulary, labels) {
  if (network.task !== "classifier") return null;
  const count = network.outputs;
  const given = usable(labels, count);
  if (labels !== undefined && !given)
    throw refusal(`the network has ${count} classes: labels are to be as many different texts`);
  const own = given ?? usable(network.labels, count) ?? namesUnder(network.named ?? null, count);
  if (own) return own;
  const rank = ({ name }) => (FILES_OF_CLASSES.test(fileName(name)) ? 0 : 1);
  for (const file of [...neighbours].sort((a, b) => rank(a) - rank(b))) {
    const found = await namesBeside(file, count, vocabulary);
    if (!found) continue;
    if (rank(file) > 0) network.notes.push(`classes from ${shown(fileName(file.name))}`);
    return found;
  }
  if (network.isUnclear)
    throw refusal(
      `it reads ${network.inputs} tokens and gives ${count}: a classifier of ${count} classes if you ` +
        "give their names (labels), else a generator with a token for padding that it does not show",
    );
  network.notes.push("the names of its classes are in no file: they are numbered");
  return Array.from({ length: count }, (_, id) => `class ${id}`);
}
