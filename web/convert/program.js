// What weights do not say, and the program that trained them does: in which order it joins what it
// reads, what it squashes. A program is a text here, in a .py or .ipynb beside the weights or in a
// legacy file of PyTorch: it is searched, never run, and what is not found is null.
//
// In every pattern what repeats has an end, lest a hostile file be searched for ever.

import { TORCH } from "./activations.js";
import { decodeText, parseJson } from "./bytes.js";
import { refusal } from "./refuse.js";

const LARGEST = 2 ** 22; // a notebook with its pictures

/** The text of the programs among files, without its comments. */
export function programIn(files) {
  return files
    .filter(({ name, bytes }) => /\.(py|ipynb)$/i.test(name) && bytes.length <= LARGEST)
    .map(({ name, bytes }) => {
      const notebook = /\.ipynb$/i.test(name) ? parseJson(bytes) : undefined;
      return withoutComments(notebook ? linesIn(notebook) : decodeText(bytes));
    })
    .join("\n");
}

const withoutComments = (text) => text.replace(/#.*$/gm, "");

const joined = (lines) => [lines ?? []].flat().join("");
const programsIn = ({ cells }) =>
  (Array.isArray(cells) ? cells : []).filter((one) => one?.cell_type !== "markdown");

/** The program of a notebook, without what is for the notebook itself: %matplotlib, !pip. */
function linesIn(notebook) {
  const lines = programsIn(notebook).flatMap(({ source }) => joined(source).split("\n"));
  return lines.filter((line) => !/^\s*[%!]/.test(line)).join("\n");
}

/** The program of a notebook, and each text that it printed. */
export const textIn = (notebook) => [
  linesIn(notebook),
  ...programsIn(notebook)
    .flatMap(({ outputs }) => outputs ?? [])
    .map((one) => joined(one?.text ?? one?.data?.["text/plain"])),
];

// Names that a state, and names that a candidate for the next one, mostly has.
const STATE =
  /^(self\.)?(h|s|hx|h_?0|h_?t|state|[hs]_?t?_?(prev|in|old|1)\w*|prev\w*|hidden\w*|pre\w*h)$/i;
const CANDIDATE = /tild[ea]|hat|cand|bar|new|next|^[ncg]_?t?$|^h_?(n|c|h)$/i;

const isState = (name) => STATE.test(name) && !CANDIDATE.test(name);

/** What most of the answers to all matches say, or null. */
function most(text, patterns, answer) {
  const answers = patterns
    .flatMap((pattern) => [...text.matchAll(pattern)].map(answer))
    .filter((one) => one !== null);
  const count = (value) => answers.filter((one) => one === value).length;
  const kinds = [...new Set(answers)].sort((a, b) => count(b) - count(a));
  const isTie = kinds.length > 1 && count(kinds[0]) === count(kinds[1]);
  return kinds.length === 0 || isTie ? null : kinds[0];
}

const PART = String.raw`([^,()[\]]{1,80})`;
const NAME = String.raw`\b([\w.]{1,60})`;
const TIMES = String.raw`\s?\*\s?`;

const JOINED = new RegExp(
  String.raw`(?:cat|concat\w{0,9}|[vh]stack)\(\s{0,9}[[(]${PART},${PART}`,
  "gi",
);

/** "state" or "input": which of the two stands first where they are joined. */
export function firstJoined(text) {
  const hasState = (expression) => expression.split("*").some((part) => isState(part.trim()));
  return most(text, [JOINED], ([, a, b]) => {
    const [first, second] = [a, b].map(hasState);
    return first === second ? null : first ? "state" : "input";
  });
}

const ONE = String.raw`(?:1|1\.0?|[\w.]{0,12}ones\w{0,9}\([^()]{0,40}\))`;
const UPDATES = [
  String.raw`\(${ONE}\s?-\s?[\w.]{1,60}\)${TIMES}${NAME}`,
  String.raw`${NAME}\s?\+\s?[\w.]{1,60}${TIMES}\([\w.]{1,60}\s?-\s?\1\)`,
].map((pattern) => new RegExp(pattern, "g")); // (1 - z) * n, n + z * (h - n)

/** Does the update gate of a GRU say how much of the old state stays? */
export const updateKeeps = (text) =>
  most(text, UPDATES, ([, name]) => (CANDIDATE.test(name) ? true : isState(name) ? false : null));

const RESET = String.raw`(?:\w{0,30}reset\w{0,30}|r|r_?t)`;
const RESETS = [
  String.raw`\b${RESET}${TIMES}${NAME}\s?(\(?)`,
  String.raw`${NAME}${TIMES}${RESET}\b()`,
].map((pattern) => new RegExp(pattern, "gi"));

/** Does a GRU's reset gate multiply the state, not what was made of it? */
export const resetsState = (text) => most(text, RESETS, ([, name, call]) => !call && isState(name));

// "i, f, g, o = gates.chunk(4, 1)", in one line or two.
const NAMED = String.raw`[\w.]{1,40}(?:[ \t]*,[ \t]*[\w.]{1,40}){2,3}`;
const GIVEN = String.raw`[^\n]{0,300}(?:\n[^\n=]{0,300})?`;
const CUT = new RegExp(String.raw`^[ \t]*\(?(${NAMED})\)?[ \t]*=(${GIVEN})`, "gm");
const GATES = [
  ["i", /^(i|in|input|inp|ig)$/],
  ["f", /^(f|forget|fg)$/],
  ["o", /^(o|out|output|og)$/],
  ["g", /^(g|c|n|a|cell|cand|candidate|new|update|tilde|chat|ghat|ctilde|cbar|cg)$/],
];
const GATES_OF_GRU = [
  ["r", /^(r|reset)$/],
  ["z", /^(z|u|i|update|input|in)$/],
  ["n", /^(n|h|g|c|new|cand|candidate|tilde|htilde|hhat)$/],
];

/** What a name calls a gate: the letter of "self.i_t", "forget_gate", "x_f"; or "". */
function letterOf(name, letters) {
  const words = name
    .toLowerCase()
    .replace(/^self\./, "")
    .replace(/_?gates?|_(t|lin|pre|act)(?=_|$)|\d/g, "");
  const ways = [
    words,
    words.replace(/^[a-z]_(?=[a-z]$)/, ""),
    words.replace(/_/g, ""),
    words.replace(/t$/, ""),
  ];
  for (const way of ways) {
    const found = letters.find(([, pattern]) => pattern.test(way));
    if (found) return found[0];
  }
  return "";
}

/**
 * In which order a program has the gates in one matrix, by the line that cuts them apart: "ifgo";
 * "" where it does so under names that say nothing; null: it does not.
 */
export function gateOrder(text, count) {
  const letters = count === 4 ? GATES : GATES_OF_GRU;
  const orders = [...text.matchAll(CUT)]
    .filter(([, , cut]) => /\b(chunk|\w*split|unbind)\(/.test(cut))
    .map(([, names]) => names.split(","))
    .filter((names) => names.length === count)
    .map((names) => names.map((name) => letterOf(name.trim(), letters)).join(""));
  const whole = orders.filter((order) => new Set(order).size === count && order.length === count);
  const kinds = new Set(whole);
  if (orders.length === 0) return null;
  return kinds.size === 1 && whole.length === orders.length ? whole[0] : "";
}

const CALLS = /\b(\w{2,16})\(/g;
const SLOPE = /leaky_?relu\([^()]{0,60}?(0?\.\d{1,9})/i;

// Activations that no layer here has.
const OTHERS = "gelu mish glu prelu rrelu hardtanh hardswish hardsigmoid logsigmoid tanhshrink";

const isModel = (text) => /def forward\b/.test(text);

/** The activations that a program calls or makes, by their names in small letters. */
function activationsIn(text) {
  const calls = [...text.matchAll(CALLS)].map(([, name]) => name.toLowerCase().replace(/_/g, ""));
  return [...Object.keys(TORCH), "leakyrelu", ...OTHERS.split(" ")].filter((name) =>
    calls.includes(name),
  );
}

/**
 * What stands between linear layers, by the line of a program that is lost: { kind, activation,
 * slope }. Where its cells are its own, tanh is theirs.
 */
export function activationBetween(text, hasOwnCells) {
  const found = activationsIn(text).filter((name) => !(hasOwnCells && name === "tanh"));
  const [kind] = found;
  if (isModel(text) || found.length !== 1) return null;
  if (kind !== "leakyrelu") return TORCH[kind] ? { kind, activation: TORCH[kind] } : null;
  return {
    kind: "a leaky ReLU",
    activation: "linear",
    slope: Number(SLOPE.exec(text)?.[1] ?? 0.01),
  };
}

const RNN = /\bRNN(?:Cell)?\(((?:[^()]|\([^()]{0,200}\)){0,600})\)/g;

/** By what a program has its nn.RNN squash: "tanh", "relu", "open", or null where it makes none. */
export function nonlinearity(text) {
  const answers = [...text.matchAll(RNN)].map(([, given]) => {
    const has = (name) => new RegExp(String.raw`["']${name}\\?["']`).test(given);
    if (has("relu") !== has("tanh") && !/ if /.test(given)) return has("relu") ? "relu" : "tanh";
    return /nonlinearity|\*\*|relu/.test(given) ? "open" : "tanh";
  });
  const bare = /nonlinearity\s?=\s?\\?["'](relu|tanh)/.exec(text)?.[1] ?? null;
  const kinds = [...new Set(answers)];
  return kinds.length === 0 ? bare : kinds.length === 1 ? kinds[0] : "open";
}

const HELD = /\bclamp(_min)?_?\(\s?(min\s?=\s?)?0(\.0?)?\s?\)|maximum\(\s?(0|[^()]{1,99},\s?0)/;

/** What squashes the state of an RNN: "tanh", "relu", "sigmoid", "linear", or null. */
export function squashing(text) {
  const found = ["tanh", "relu", "sigmoid"].filter(
    (name) =>
      new RegExp(String.raw`\b${name}\b`, "i").test(text) || (name === "relu" && HELD.test(text)),
  );
  const [other] = activationsIn(text).filter((name) => !["tanh", "relu", "sigmoid"].includes(name));
  if (found.length === 0 && other)
    throw refusal(`its program has ${other} in a cell of its own, which no cell here does`);
  if (found.length === 0) return isModel(text) ? "linear" : null;
  return found.length === 1 ? found[0] : null;
}
