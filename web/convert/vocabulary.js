// Which text each id of a network stands for: from the file, from its neighbours, or as it is
// given.
//
// Read as one is what vocabulary-read.js finds in a file, and the sorted set of the characters of a
// training text.

import { decodeText } from "./bytes.js";
import { FILES_OF_CLASSES } from "./labels.js";
import { fileName, isRefusal, shown, vocabularyRefusal } from "./refuse.js";
import { programIn } from "./program.js";
import { usualVocabulary, wordsOfDataSet } from "./usual.js";
import { candidatesIn, ofText, plain, readVocabularies } from "./vocabulary-read.js";

/** Ids that no text stands for get characters of Unicode's private use, so that they stay apart. */
const PRIVATE = 0xe000;
const PRIVATE_END = 0xf8ff;

/** The core's own token for a word that a model of words does not know. */
const UNKNOWN = "<unk>";

const SPECIALS = {
  padding: /^(<|\[|_|\{)*(xx)?(pad|padding|blank)(>|\]|_|\})*$/i,
  start: /^(<|\[|_|\{)*(xx)?(s|sos|bos|go|start|begin)(>|\]|_|\})*$/i,
  end: /^(<|\[|_|\{)*(\/s|eos|end|eot|stop)(>|\]|_|\})*$/i,
  unknown: /^(<|\[|_|\{|@)*(xx)?(unk|unknown|oov)(>|\]|_|\}|@)*$/i,
};
const SPECIAL =
  /^(<.*>|\[[A-Z/]+\]|\{[A-Z]+\}|_[A-Z]+_|@@[A-Z]+@@|xx(unk|pad|bos)|PAD|UNK|OOV|EOS|SOS|BOS|GO)$/s;

const byCodePoint = (a, b) => a.codePointAt(0) - b.codePointAt(0);

const isOneCharacter = (token) => [...token].length === 1;

const ids = (candidate) => [...candidate.entries.keys()];

/** May its ids begin before its characters', as TensorFlow's layers have them from 2.4 on? */
const lacksFront = ({ fed, format }) =>
  fed === "embedding" && /^TensorFlow 2|^(tf\.)?keras (2\.([4-9]|1\d)|[3-9])/i.test(format);

/**
 * The tokens of a candidate for ids 0 to `count` - 1, undefined where there is none; or null.
 * `isSure`: as many as the network reads, or what is known to keep more or fewer.
 */
function fit(candidate, count, network, where) {
  const { entries, kind } = candidate;
  const all = ids(candidate);
  const least = all.reduce((a, b) => Math.min(a, b), Infinity);
  const most = all.reduce((a, b) => Math.max(a, b), 0);
  const at = (shift, isSure = true) => ({
    tokens: Array.from({ length: count }, (_, id) => entries.get(id + shift)),
    isSure,
  });
  if (entries.size === count && least === 0 && most === count - 1) return at(0);
  if (entries.size === count && least === 1 && most === count) return at(1);
  if (entries.size === count - 1 && least === 1 && most === count - 1) return at(0);
  const isOneShort = entries.size === count - 1 && most === count - 2;
  // Token 0 begins and ends a text (makemore), or fills it (AllenNLP), and is in no list.
  const isBehind = network.start === 0 || entries.get(0) === "@@UNKNOWN@@";
  if (isOneShort && isBehind) return at(-1);
  // A converter's last id is for what it does not know (hzy46's Char-RNN-TensorFlow).
  if (isOneShort && /converter/i.test(where)) return at(0);
  if (most >= count && entries.size > count && keepsMore(candidate, least, network)) return at(0);
  const front = count - entries.size; // StringLookup's ids for a mask and for what it does not know
  if (candidate.ofText && lacksFront(network) && (front === 1 || front === 2)) return at(-front);
  if (most < count && kind === "tokenizer") return at(0);
  // An embedding may have rows to spare, some of them.
  const spare = network.fed === "embedding" && network.task === "classifier";
  return spare && most < count && entries.size > count * SPARE ? at(0, false) : null;
}

const SPARE = 0.8; // of a network's tokens, at least, are in a vocabulary that is its own

/** Keras's Tokenizer and its word_index keep all words; a network reads the first num_words. */
function keepsMore({ kind, level, entries }, least, { format }) {
  if (kind === "tokenizer") return true;
  const isOfWords =
    level === "word" ||
    [...entries.values()].filter((token) => !isOneCharacter(token)).length > entries.size / 2;
  return isOfWords && least === 1 && /keras|tf\.js|tensorflow/i.test(format);
}

const PLURAL = (n, one) => `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;

function misfit(candidates, where, network) {
  const largest = candidates.reduce((a, b) => (b.entries.size > a.entries.size ? b : a));
  const { size } = largest.entries;
  if (size === network.inputs) {
    const found = new Set(ids(largest));
    const missing = [...Array(size).keys()].find((id) => !found.has(id));
    return vocabularyRefusal(
      `${where} has ${PLURAL(size, "token")}, as the model reads, but none for id ${missing}: its ` +
        `ids go from ${Math.min(...found)} to ${Math.max(...found)}`,
    );
  }
  return vocabularyRefusal(
    `${where} has ${PLURAL(size, "token")}, but the model ` +
      `reads ${network.inputs.toLocaleString("en")}: it is another model's vocabulary`,
  );
}

// English letters from the most frequent on; capitals are rarer than any small letter but z.
const BY_FREQUENCY = "etaoinshrldumwcfgypbvkxjqzITASWHBMCNFDPOLEGRYJUVKQZX";

/**
 * Vocabularies of characters that passed through a program which took u'u' for an empty string, or
 * lost other letters: mended where only one answer is possible.
 */
function mend(tokens, notes) {
  const isMask = (token, id) => id === 0 && token === ""; // of TextVectorization, say
  const broken = tokens.flatMap((token, id) =>
    token?.trim() === "" && !isOneCharacter(token) && !isMask(token, id) ? [id] : [],
  );
  if (broken.length === 0) return tokens;
  const whole = tokens.filter((token) => token !== undefined && isOneCharacter(token)).length;
  if (whole < tokens.length - 4) return tokens; // no vocabulary of characters
  const present = new Set(tokens);
  const missing = [...BY_FREQUENCY].filter((letter) => !present.has(letter));
  const us = missing.filter((letter) => letter === "u" || letter === "U");
  const answer =
    missing.length === broken.length ? missing : us.length === broken.length ? us : null;
  if (!answer) {
    throw vocabularyRefusal(
      `the vocabulary is damaged: ids ${broken.join(", ")} stand for nothing, and there is more ` +
        "than one way to mend it; give the right one",
    );
  }
  const mended = tokens.slice();
  const known = tokens.filter((_, id) => !broken.includes(id));
  const isSorted = known.every((t, i) => i === 0 || byCodePoint(known[i - 1], t) < 0);
  const order = isSorted ? [...answer].sort(byCodePoint) : answer;
  broken.forEach((id, i) => (mended[id] = order[i]));
  notes.push(
    `damaged tokens mended: ${broken.map((id) => `id ${id} is ${mended[id]}`).join(", ")}`,
  );
  return mended;
}

const WRITTEN = new Map([
  ...["space", "sp", "▁", "␣", "Ġ"].map((name) => [name, " "]),
  ...["newline", "nl", "Ċ"].map((name) => [name, "\n"]),
  ["tab", "\t"],
]);

/** Characters that nobody sees, where a vocabulary names them and has them nowhere else. */
function asCharacters(tokens) {
  const present = new Set(tokens);
  return tokens.map((token) => {
    const [, name = token] = /^<(\w+)>$/.exec(token ?? "") ?? [];
    const character = token === name && !isOneCharacter(token ?? "") ? null : WRITTEN.get(name);
    return character && !present.has(character) ? character : token;
  });
}

/** What a special token is for; one character is always a character. */
function roleOf(token) {
  if (token === undefined || isOneCharacter(token)) return null;
  const isSpecial = SPECIAL.test(token);
  const found = Object.entries(SPECIALS).find(([, pattern]) => isSpecial && pattern.test(token));
  return found ? found[0] : null;
}

// How programs mark a piece that begins a word, or goes on with one: BERT, GPT-2, SentencePiece
// and subword-nmt.
const PIECES = [/^##\S/, /^[ĠĊ]\S/, /^▁\S/, /\S@@$/];

/** Pieces of words: a text here is cut into whole ones, or into characters. */
function refusePieces(tokens) {
  const isMany = (found, others) => found.length > 1 && found.length * 50 > others.length;
  const isPart = (token) => !isOneCharacter(token) && !SPECIAL.test(token);
  for (const mark of PIECES) {
    const [marked, others] = [true, false].map((is) =>
      tokens.filter((token) => isPart(token) && mark.test(token) === is),
    );
    if (!isMany(marked, others) || others.length === 0) continue;
    throw vocabularyRefusal(
      `its vocabulary is of pieces of words (${shown(marked[0])}, ${shown(others[0])}), into which no ` +
        "text is cut here: only networks of whole words or of characters open",
    );
  }
}

/** Names every id, finds out the level and what the special tokens are for. */
function finish(found, candidate, from, network) {
  const notes = [...(candidate.notes ?? [])];
  let tokens = mend(found, notes);
  if (candidate.ofText && tokens[0] === undefined)
    notes.push("no character is taken to have id 0, as in TensorFlow's tutorial");
  const known = tokens.filter((token) => token !== undefined);
  refusePieces(known);
  const isLong = (token) => token !== "" && !isOneCharacter(token) && !SPECIAL.test(token);
  const long = known.filter(isLong);
  const asked = candidate.level ?? network.level;
  const level = asked ?? (long.length <= Math.min(16, known.length / 10) ? "char" : "word");
  if (level === "char") tokens = asCharacters(tokens);
  if (level === "char" && long.length > 0)
    notes.push(
      `no text is read as ${shown(JSON.stringify(long[0]))}, a token of several characters`,
    );
  const roles = {};
  const taken = new Set();
  const twice = [];
  const name = (token, id) => {
    const role = roleOf(token);
    if (role && role !== "unknown") roles[role] ??= id;
    if (role === "unknown" && level === "word" && !taken.has(UNKNOWN)) return UNKNOWN;
    const usable = token && !role && token.isWellFormed?.() !== false && !token.includes("\0");
    const fits = level === "word" || (usable && isOneCharacter(token));
    if (usable && fits && taken.has(token)) twice.push(token);
    if (usable && fits && !taken.has(token)) return token;
    return String.fromCodePoint(PRIVATE + id > PRIVATE_END ? 0xf0000 + id : PRIVATE + id);
  };
  tokens = tokens.map((token, id) => {
    const named = name(token, id);
    taken.add(named);
    return named;
  });
  if (known.some((token) => token.isWellFormed?.() === false))
    notes.push(
      "its tokens are halves of some characters (emoji), which it cannot read or write here",
    );
  if (twice.length > 0)
    notes.push(`it has ${JSON.stringify(twice[0])} twice, and no text is read as the second`);
  const result = { tokens, level, from, notes, lower: candidate.lower };
  for (const [role, id] of Object.entries(roles)) result[role] = tokens[id];
  for (const role of ["start", "end"]) {
    if (network[role] !== undefined) result[role] = tokens[network[role]];
  }
  if (network.padsLeft) result.padding = tokens[0];
  if (network.onlyStartsAndEnds && result.start && result.end === undefined)
    result.end = result.start;
  return result;
}

/** The first candidate that fits; `onlySure`: and surely. */
function choose(candidates, where, network, onlySure = false) {
  for (const candidate of candidates.filter(Boolean)) {
    const words = wordsOfDataSet(candidate.entries);
    const known = words && {
      ...candidate,
      entries: words.entries,
      lower: true,
      level: "word",
      kind: "tokenizer",
    };
    const from = words ? `${where}, the words of ${words.from}` : where;
    const found = fit(known ?? candidate, network.inputs, network, where);
    if (!found || (onlySure && !found.isSure)) continue;
    return finish(found.tokens, known ?? candidate, from, network);
  }
  return null;
}

const NAMES = /vocab|token|char|dict|index|idx|word|config|converter|meta|int2|2int/i;

/**
 * The vocabulary of a network.
 * @param {import("./network.js").Network} network
 * @param {{ name: string, bytes: Uint8Array }[]} neighbours the files that came with it
 * @param {{ vocabulary?: unknown, vocabularyOf?: string, lower?: boolean }} options
 */
export async function findVocabulary(network, neighbours, { vocabulary, vocabularyOf, lower }) {
  if (vocabulary !== undefined) {
    const isBytes = vocabulary instanceof Uint8Array;
    const candidates = isBytes
      ? await readVocabularies(vocabulary, { lines: true })
      : [...candidatesIn(vocabulary)];
    const usable = candidates.filter(Boolean);
    if (usable.length === 0) {
      throw vocabularyRefusal(
        "the vocabulary given is no list of tokens, no map of tokens to ids, and no token a line",
      );
    }
    const found = choose(usable, "the vocabulary given", network);
    if (found) return { ...found, lower: lower ?? found.lower };
    throw misfit(usable, "the vocabulary given", network);
  }
  if (vocabularyOf !== undefined) return fromText(vocabularyOf, lower, network);
  const isKnown = (one) => !one?.ofText || !isUnordered(programIn(neighbours));
  const own = network.vocabulary ? [...candidatesIn(network.vocabulary)].filter(isKnown) : [];
  const sure = choose(own, "the file", network, true);
  return sure ?? fromNeighbours(network, neighbours, own);
}

/** What a text is as a vocabulary: TF.js's example and its many forks do not sort the characters. */
function textOf({ format, byCount }, text, lower) {
  if (byCount)
    throw vocabularyRefusal(
      "its program numbers the characters of a text by how often they come, which leaves some open: " +
        "add the file of its vocabulary that it saved (chars_vocab.pkl of char-rnn-tensorflow)",
    );
  return ofText(text, lower, /^TF\.js layers( \d|$)/.test(format));
}

/** A text's characters, `lower`: in lower case; where it is not said, as they fit. */
function fromText(text, lower, network) {
  const ways = lower === undefined ? [false, true] : [lower === true];
  for (const way of ways) {
    const found = choose([textOf(network, text, way)], "the characters of the text", network);
    if (found) return found;
  }
  const isOfWords = network.inputs > MOST_CHARACTERS;
  const words = isOfWords && wordsOf(text, network);
  if (words && words.entries.size === network.inputs)
    return choose([words], "the words of the text", network);
  const [{ size }, small] = [lower === true, true].map((way) => ofText(text, way).entries);
  const hint = lower === false && small.size === network.inputs ? "; in lower case it fits" : "";
  throw vocabularyRefusal(
    `the text has ${PLURAL(size, "different character")}, but the model reads ` +
      `${network.inputs.toLocaleString("en")}${hint}` +
      (words ? `, and ${PLURAL(words.entries.size, "different word")}: give its vocabulary` : ""),
  );
}

const MOST_CHARACTERS = 256; // of a vocabulary, but for scripts that have thousands

/**
 * The words of a text and <eos> for its line ends, as PyTorch's example of a language model has
 * them, in the order in which they come first; TensorFlow's has the most frequent first.
 */
function wordsOf(text, { format }) {
  const byCount = /^TensorFlow/.test(format);
  const counts = new Map();
  for (const line of text.replace(/\n$/, "").split("\n"))
    for (const word of [...line.split(/\s+/).filter(Boolean), "<eos>"])
      counts.set(word, (counts.get(word) ?? 0) + 1);
  const inOrder = (/** @type {[string, number]} */ a, /** @type {[string, number]} */ b) =>
    b[1] - a[1] || (a[0] < b[0] ? -1 : 1);
  const sorted = byCount ? [...counts].sort(inOrder) : [...counts];
  return { ...plain(new Map(sorted.map(([word], id) => [id, word]))), level: "word" };
}

/** May a file have the names of classes, and no vocabulary? */
const isOfClasses = (name) =>
  FILES_OF_CLASSES.test(fileName(name)) && !/vocab|token|char|word/i.test(fileName(name));

async function fromNeighbours(network, neighbours, own) {
  const rank = ({ name }) => (NAMES.test(name) ? 0 : 1);
  const others = neighbours.filter(({ name }) => !isOfClasses(name));
  const sorted = others.sort((a, b) => rank(a) - rank(b));
  const read = [];
  for (const file of sorted) {
    const candidates = await neighbourVocabularies(file.name, file.bytes);
    if (candidates.length > 0) read.push({ candidates, where: shown(fileName(file.name)) });
  }
  const sure = read.map(({ candidates, where }) => choose(candidates, where, network, true));
  const found = sure.filter(Boolean);
  if (found.length > 0) return oneOf(found);
  const near = [{ candidates: own, where: "the file" }, ...read];
  for (const { candidates, where } of near) {
    const likely = choose(candidates, where, network);
    if (likely) return { ...likely, notes: [...likely.notes, SPARES] };
  }
  const isNamed = ({ where }) => NAMES.test(where) && !/config/i.test(where); // of other numbers
  const nearMiss = read.find(isNamed);
  const usual = network.usual ?? usualVocabulary(network);
  if (usual && !nearMiss) {
    const entries = [...usual.tokens.entries()].filter(([, token]) => token !== undefined);
    return choose([plain(new Map(entries))], usual.from, network);
  }
  const program = programIn(neighbours);
  if (isUnordered(program)) throw unordered();
  network.byCount ||= COUNTS.test(program) && !SORTS.test(program);
  const text = nearMiss ? null : fromTextBeside(sorted, network);
  if (text) return text;
  throw nearMiss ? misfit(nearMiss.candidates, nearMiss.where, network) : missing(network);
}

const SPARES = "it has fewer tokens than the model reads, and the others are taken to be unused";

/** Of vocabularies that fit the first, and what is to be known of the others. */
function oneOf([first, ...others]) {
  const told = (one) => one.tokens.join("\0");
  const other = others.find((one) => told(one) !== told(first));
  if (!other) return first;
  const note = `${other.from} fits as well, and says otherwise: ${first.from} is taken`;
  return { ...first, notes: [...first.notes, note] };
}

// Texts about a model, whose characters may be as many as it reads by chance.
const ABOUT =
  /^(readme|licen[cs]e|copying|source|notice|authors|change(log|s)|requirements|cmakelists)\b/i;

const PARTS = [/train/i, /val|dev/i, /test/i]; // of a text, in the order in which words are counted

/** The texts beside a network, and behind them one of all parts that a text was cut into. */
function textsIn(files) {
  const isOne = ({ name, bytes }) =>
    /\.(txt|tokens)$/i.test(name) && bytes.length <= 64 * 2 ** 20 && !ABOUT.test(fileName(name));
  const texts = files
    .filter(isOne)
    .map(({ name, bytes }) => ({ name: fileName(name), text: decodeText(bytes) }));
  const parts = PARTS.map((part) => texts.find(({ name }) => part.test(name)));
  if (!parts.every(Boolean)) return texts;
  const joined = parts.map(({ text }) => text.replace(/\n?$/, "\n")).join("");
  return [...texts, { name: parts.map(({ name }) => name).join(", "), text: joined }];
}

/** Of the text that a model was trained on, which lies beside it: what fits. */
function fromTextBeside(files, network) {
  for (const { name, text } of textsIn(files)) {
    for (const lower of [false, true]) {
      const candidate = textOf(network, text, lower);
      if (text.length < 4 * candidate.entries.size) break; // too short to be one
      const found = choose([candidate], `the characters of ${shown(name)}`, network);
      if (found) return found;
    }
    const words = network.inputs > MOST_CHARACTERS ? wordsOf(text, network) : null;
    if (words?.entries.size !== network.inputs) continue;
    const found = choose([words], `the words of ${shown(name)}`, network);
    return { ...found, notes: [...found.notes, WORDS_AS_THEY_COME] };
  }
  return null;
}

const WORDS_AS_THEY_COME =
  "its ids are taken to be the words' as PyTorch's and TensorFlow's examples number them";

// The most frequent first, and the characters of a set in their order.
const COUNTS = /\bmost_common\(|\bkey ?= ?lambda (\w{1,20}): ?\(?-\1\[1\]/;
const SORTS = /\bsorted\((list\()?set\(/;

/** Does a program number the characters of a set as they come, which no other run does so? */
const isUnordered = (program) =>
  /\b(list|tuple|enumerate)\(set\(/.test(program) && !/\bsorted\(|\.sort\(/.test(program);

const unordered = () =>
  vocabularyRefusal(
    "its program numbers the characters in the order of list(set(text)), which is another in every " +
      "run: only what that run saved says it, as a file of its vocabulary",
  );

async function neighbourVocabularies(name, bytes) {
  if (bytes.length > 64 * 2 ** 20) return [];
  try {
    const lines =
      /vocab|char|token|label/i.test(name) && /\.(txt|vocab|tsv|csv|ya?ml)$/i.test(name);
    return (await readVocabularies(bytes, { lines })).filter(Boolean);
  } catch (error) {
    if (isRefusal(error)) return []; // a neighbour that is something else
    throw error;
  }
}

const missing = (network) =>
  vocabularyRefusal(
    `the model reads ${PLURAL(network.inputs, "token")}, and which text they stand for is in no file ` +
      "given: add its vocabulary, or the text that it was trained on",
  );
