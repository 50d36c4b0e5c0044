// Other projects' model files → a model of ours. Files are told apart by their first bytes and by
// what lies beside them; each format is loaded only when one of its files comes.

import { checkOptions, filesOf } from "./given.js";
import { decodeText, isOldPickle, isPickle, looksJson, parseJson, startsWith } from "./bytes.js";
import { settleWindow } from "./network.js";
import { describeNetwork } from "./network-words.js";
import { fileName, isInside, isRefusal, natural, refusal, shown } from "./refuse.js";
import { findLabels } from "./labels.js";
import { modelFile, readHeader } from "./safetensors.js";
import { findVocabulary } from "./vocabulary.js";

/** @typedef {{ name: string, bytes: Uint8Array }} NamedFile */

const jsonFormats = new WeakMap(); // a file's bytes → its format: large ones are parsed once

function jsonFormat({ bytes }) {
  if (!jsonFormats.has(bytes)) jsonFormats.set(bytes, jsonFormatOf(bytes));
  return jsonFormats.get(bytes);
}

/** JSON that is more than a vocabulary: by the keys that a format always writes. */
function jsonFormatOf(bytes) {
  if (bytes.length > 2 ** 29 || !looksJson(bytes)) return null;
  const json = parseJson(bytes);
  if (json === null || typeof json !== "object") return null;
  if (json.modelTopology || json.weightsManifest) return "tfjs";
  // A type is a class's name: RNN, LSTM, GRU and others, or what a minifier made of it.
  const isNet = typeof json.type === "string" && Array.isArray(json.hiddenLayers);
  const isCrossed = Boolean(json.avgs && json.sets); // CrossValidate's
  if (isNet || isCrossed || (Array.isArray(json.sizes) && json.layers)) return "brainjs";
  if (json.model?.Wil && json.model.Whd) return "recurrentjs";
  const shapes = Object.values(json);
  if (shapes.length > 0 && shapes.every((v) => v && typeof v.filename === "string" && v.shape))
    return "ml5";
  if (json.class_name && json.config && json.keras_version) return "topology";
  const isGraph = (json.neurons || json.nodes) && Array.isArray(json.connections);
  const isChain = Array.isArray(json.layers) && json.layers.some((one) => one?.layer_type);
  if (isGraph || isChain) return "numbers";
  return holdsMatrices(json) ? "arrays" : null;
}

/** Are there lists of lists of numbers among the values, or in one of them? */
function holdsMatrices(json, depth = 0) {
  const isMatrix = (one) => Array.isArray(one) && Array.isArray(one[0]) && isNumber(one[0][0]);
  const values = Object.values(json).slice(0, 1000);
  const isMap = (one) => one !== null && typeof one === "object" && !Array.isArray(one);
  const inside = (one) => depth < 2 && isMap(one) && holdsMatrices(one, depth + 1);
  return values.filter(isMatrix).length > 2 || values.some(inside);
}

const isNumber = (x) => typeof x === "number";

/** An ONNX file is a protobuf message: field 1, the version of its format, then field 2 or more. */
const looksOnnx = ({ name, bytes }) =>
  /\.onnx$/i.test(name) ||
  (bytes[0] === 0x08 && bytes[1] >= 1 && bytes[1] <= 20 && [0x12, 0x3a, 0x42].includes(bytes[2]));

/** Safetensors that are not ours already. */
const isForeign = ({ bytes }) => {
  const header = readHeader(bytes);
  return header !== null && header.json.__metadata__?.format !== "inkling";
};

/** In binary, or in text: a number for the kind of the first value, then its index. */
const looksTorch7 = ({ bytes }) =>
  ([1, 2, 3, 4].includes(bytes[0]) && bytes[1] === 0 && bytes[2] === 0 && bytes[3] === 0) ||
  /^[34]\n\d+\n/.test(decodeText(bytes.subarray(0, 16)));

/** In MessagePack a map of a few, whose first key is a word. */
const looksMsgpack = ({ name, bytes }) =>
  /\.(msgpack|mpk)$/i.test(name) ||
  (bytes[0] > 0x80 &&
    bytes[0] < 0x90 &&
    /^.[\xa0-\xbf][a-z]\w+[\x80-\xff]/s.test(beginningOf(bytes, 40)));

/** @typedef {(file: NamedFile) => boolean} Look */

const begins =
  (magic) =>
  ({ bytes }) =>
    startsWith(bytes, magic);
const isJson = (format) => (file) => jsonFormat(file) === format;
const torch = () => import("./pytorch.js");

/**
 * In this order: a name, what looks at one file, and what imports the format, whose read() gets the
 * file and all files and returns a network.
 * @type {[string, Look, () => Promise<any>][]}
 */
const FORMATS = [
  ["refused", (file) => refusedKind(file) !== null, () => import("./refused.js")],
  ["keras-h5", begins("\x89HDF\r\n\x1a\n"), () => import("./keras-h5.js")],
  ["gzip", begins("\x1f\x8b"), () => import("./gzip.js")],
  ["zip", begins("PK\x03\x04"), () => import("./archive.js")],
  ["tensorflow1", isTensorFlow1, () => import("./tensorflow1.js")],
  ["tfjs", isJson("tfjs"), () => import("./tfjs.js")],
  ["brainjs", isJson("brainjs"), () => import("./brainjs.js")],
  ["recurrentjs", isJson("recurrentjs"), () => import("./recurrentjs.js")],
  ["ml5", isJson("ml5"), () => import("./ml5.js")],
  ["msgpack", looksMsgpack, () => import("./msgpack.js")],
  ["pytorch", (file) => isPickle(file.bytes) || looksTar(file), torch],
  ["safetensors", isForeign, () => import("./safetensors-read.js")],
  ["numpy", begins("\x93NUMPY"), () => import("./numpy-file.js")],
  ["mxnet", begins(`\x12\x01${"\0".repeat(14)}`), () => import("./mxnet.js")],
  ["torch7", looksTorch7, () => import("./torch7.js")],
  ["onnx", looksOnnx, () => import("./onnx.js")],
  ["pickle", ({ bytes }) => isOldPickle(bytes), torch],
  ["arrays", isJson("arrays"), () => import("./json-arrays.js")],
];

function isTensorFlow1({ name, bytes }) {
  const magic = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
  return (
    bytes.length >= 48 &&
    magic.every((byte, i) => bytes[bytes.length - 8 + i] === byte) &&
    name !== undefined
  );
}

/** The kind of a file that is known and cannot be opened, or null. @param {NamedFile} file */
function refusedKind({ name, bytes }) {
  const begin = beginningOf(bytes, 400);
  const known = KNOWN.find(([, named, begins]) => named?.test(name) || begins?.test(begin));
  if (known) return known[0];
  if (isLlama2c({ name, bytes })) return "transformer";
  if (jsonFormat({ bytes }) === "numbers") return "numbers";
  return looksTar({ bytes }) && !isTorchTar(bytes) ? "archive" : null;
}

/**
 * Files that are known and not opened, by their names or by what they begin with.
 * @type {[string, ?RegExp, RegExp?][]}
 */
const KNOWN = [
  ["transformer", null, /^(GGUF|lmgg|fmgg|tjgg)/],
  ["tflite", null, /^[^]{4}TFL3/],
  ["runtime", /\.(ort|mnn|param|caffemodel|prototxt)$/i, /^([^]{4}ORTM|<\?xml[^<]*<net )/],
  ["coreml", /\.mlmodel$|\.mlpackage|\.mlmodelc/i],
  ["savedmodel", /(^|\/)saved_model\.pb(txt)?$/i],
  ["graph", /\.pb$/i],
  ["meta", /\.meta$/i],
  ["paddle", /\.pd(model|iparams)$/i],
  ["part", /-\d{5}-of-\d{5}\.(bin|safetensors)$/i],
  ["unnamed", /\.eqx$|(^|\/)_CHECKPOINT_METADATA$/i],
  ["julia", /\.(bson|jld2)$/i],
  ["matlab", /\.mat$/i, /^MATLAB /],
  ["r", /\.(rds|rda|rdata)$/i, /^RD[AX][23]\n/],
  ["dynet", null, /^#(Lookup)?Parameter# /],
  ["rnnlm", null, /^version: \d+\nfile format: \d/],
  ["counts", /\.arpa$/i, /^\s*\\data\\|^\{"state_size": ?\d/],
  ["vectors", null, /^\xba\x16\x4f\x2f|^\d{2,8} \d{2,4}\n\S+ -?\d+\.\d+ -?\d/],
  ["java", null, /^\xac\xed\0\x05/],
  ["darknet", null, /^\0{4}[\x01\x02]\0{7}/], // its version, then how much it has seen
  ["cntk", /\.(cntk|dnn)$/i],
  ["archive", null, /^(BZh|7z\xbc\xaf|\xfd7zXZ|Rar!|\x28\xb5\x2f\xfd)/],
];

/** Seven numbers: widths, layers, heads, tokens and the length of a text. */
function isLlama2c({ name, bytes }) {
  if (!/\.bin$/i.test(name) || bytes.length < 256) return false;
  if (startsWith(bytes, "24ka")) return true; // its later versions
  const view = new DataView(bytes.buffer, bytes.byteOffset, 28);
  const sizes = Array.from({ length: 7 }, (_, i) => Math.abs(view.getInt32(4 * i, true)));
  const [width, inner, layers, heads, shared] = sizes;
  const isDivided = width % heads === 0 && heads % shared === 0 && inner > width;
  return isDivided && layers < 200 && sizes.every((size) => size > 0 && size < 2 ** 20);
}

/** PyTorch's own archive of 2016, by the name of its first file. */
const isTorchTar = (bytes) =>
  /^(\.\/)?(sys_info|pickle|storages|tensors)\0/.test(decodeText(bytes.subarray(0, 32)));

const looksTar = ({ bytes }) => startsWith(bytes, "ustar", 257);

/**
 * Does a file or do files hold a model that convert() may open? Our own model files are not among
 * them.
 * @param {NamedFile[]} files
 */
export const canConvert = (files) => findModel(filesOf(files)) !== null;

/** The name of the file that holds the model, the others being what lies beside it; or null. */
export const nameOfModel = (files) => findModel(filesOf(files))?.file.name ?? null;

/** Files in which an ONNX model keeps its weights: the values of `location` in its tensors. */
function outsideOnnx(bytes) {
  const text = new TextDecoder("latin1").decode(bytes.subarray(0, 2 ** 24));
  const found = [...text.matchAll(/\x0a\x08location\x12([\x01-\x7f])/g)].map((match) => {
    const from = match.index + match[0].length;
    return decodeText(bytes.subarray(from, from + match[1].charCodeAt(0)));
  });
  return [...new Set(found)].filter(isInside).slice(0, 16);
}

/** What an index of TensorFlow's calls its data, by the number of files at its beginning. */
function shardsOf({ name, bytes }) {
  const count = bytes[3] === 0x08 && bytes[4] < 128 ? bytes[4] : 1;
  const base = fileName(name).replace(/\.index$/, "");
  const five = (n) => String(n).padStart(5, "0");
  return Array.from({ length: count }, (_, i) => `${base}.data-${five(i)}-of-${five(count)}`);
}

/**
 * The names of the files that a manifest refers to, beside it: what to fetch besides its address.
 * @param {NamedFile} file
 * @returns {string[]}
 */
export function neighboursOf(file) {
  const format = jsonFormat(file);
  if (format === "tfjs") {
    const manifest = parseJson(file.bytes).weightsManifest ?? [];
    return manifest.flatMap(({ paths }) => paths ?? []).filter(isInside);
  }
  if (format === "ml5") {
    const variables = Object.values(parseJson(file.bytes)).filter(({ shape }) => shape.length > 0);
    return [...variables.map(({ filename }) => filename).filter(isInside), "vocab.json"];
  }
  if (/(^|\/)saved_model\.pb$/i.test(file.name))
    return ["keras_metadata.pb", "variables/variables.index"];
  if (looksOnnx(file)) return outsideOnnx(file.bytes);
  return isTensorFlow1(file) && /\.index$/.test(file.name) ? shardsOf(file) : [];
}

const latest = (a, b) => natural(b.name, a.name);

const isOptimiser = ({ name }) => /optim/i.test(fileName(name));

/** Is a file an archive of NumPy's arrays, of texts as numbers as well as of weights? */
function isArrays({ bytes }) {
  const length = bytes[26] + 256 * bytes[27];
  return startsWith(bytes, "PK") && /\.npy$/.test(decodeText(bytes.subarray(30, 30 + length)));
}

/**
 * The large ones first, which are no vocabularies, of those the latest; an optimiser's last, and
 * what a network was trained on.
 */
function largest(files) {
  const isOther = (file) => isOptimiser(file) || isArrays(file);
  const sizes = files.map((file) => (isOther(file) ? 0 : file.bytes.length));
  const most = Math.max(...sizes);
  const isLarge = (file) => !isOther(file) && file.bytes.length > most * 0.8;
  const large = files.filter(isLarge).sort(latest);
  const rest = files.filter((file) => !isLarge(file));
  return [...large, ...rest.sort((a, b) => b.bytes.length - a.bytes.length)];
}

/** Of several checkpoints the last is taken first. */
function inOrder(name, files) {
  if (name === "pytorch" || name === "zip") return largest(files);
  const isNumbered = /^(keras-h5|tensorflow1|onnx|safetensors|mxnet)$/.test(name);
  return isNumbered ? [...files].sort(latest) : files;
}

function findModel(files) {
  let second = null;
  for (const [name, is, load] of FORMATS) {
    for (const file of inOrder(name, files)) {
      if (file.bytes.length === 0 || !is(file)) continue;
      const found = { is, load, file };
      if (name === "refused") second ??= found;
      else if (refusedKind(file)) continue;
      else if (isVocabularyPickle(name, file, files)) second ??= found;
      else return found;
    }
  }
  return second;
}

/** A small pickle beside other files is a vocabulary, not a network. */
function isVocabularyPickle(format, { name, bytes }, files) {
  if (!/^(pytorch|pickle)$/.test(format) || /\.(pth?|pt\.tar|tar|bin|model)$/i.test(name))
    return false;
  return files.length > 1 && bytes.length < 2 ** 20;
}

/**
 * Opens a model of another project.
 * @param {NamedFile[]} files a model and whatever lies beside it: shards, vocabularies
 * @param {{ vocabulary?: string[] | Record<string, unknown> | Uint8Array, vocabularyOf?: string,
 *   lower?: boolean, labels?: string[], window?: number }} [options] a vocabulary that is in no
 *   file, or the text that it was trained on, whose sorted characters are the vocabulary; and in
 *   what windows
 * @returns {Promise<{ bytes: Uint8Array, understood: string }>} our model file, and one sentence on
 *   what was read. Throws an InklingError: "format" or "vocabulary" and one line.
 */
export async function convert(files, options = {}) {
  checkOptions(options);
  const { network, vocabulary } = await describe(filesOf(files), options);
  return { bytes: modelFile(network, vocabulary), understood: understood(network, vocabulary) };
}

/** The same up to the neutral description: what the network is, and its vocabulary. */
export async function describe(files, options = {}) {
  try {
    const network = await readNetwork(files);
    settleWindow(network, options.window);
    const neighbours = network.neighbours ?? files.filter(({ bytes }) => bytes !== network.bytes);
    const vocabulary = await findVocabulary(network, neighbours, options);
    network.level ??= vocabulary.level;
    network.labels = await findLabels(network, neighbours, vocabulary, options.labels);
    return { network, vocabulary };
  } catch (error) {
    if (isRefusal(error)) throw error;
    // A parser that met what it did not expect: the file is damaged, and where is of no use.
    throw refusal(`the file is damaged (${shown(error?.message ?? error)})`, { cause: error });
  }
}

/** The network in the files. @param {NamedFile[]} files */
export async function readNetwork(files) {
  const found = findModel(files);
  if (!found) throw unknown(files);
  const { read, refusalOf } = await found.load();
  if (refusalOf) throw refusalOf(refusedKind(found.file));
  const network = await read(found.file, files, readNetwork);
  network.bytes ??= found.file.bytes;
  const { length } = files.filter((file) => isAlike(file, found));
  if (length > 1)
    network.notes.push(`of ${length} such files, ${shown(fileName(found.file.name))} is taken`);
  return network;
}

/** Might another file have been taken in the place of one: is it of its format and its size? */
const isAlike = ({ name, bytes }, { is, file }) =>
  is({ name, bytes }) &&
  !isOptimiser({ name }) &&
  bytes.length > file.bytes.length * 0.8 &&
  bytes.length < file.bytes.length * 1.25;

const beginningOf = (bytes, count) => String.fromCharCode(...bytes.subarray(0, count));

/** @type {[Look, string][]} */
const NO_MODELS = [
  [
    begins("version https://git-lfs"),
    "is a pointer of Git LFS, not the model: fetch the file itself",
  ],
  [
    ({ bytes }) => /^\s*<(!doctype|html)/i.test(beginningOf(bytes, 32)),
    "is a web page, not a model: download the file itself",
  ],
  [
    ({ bytes }) => /"format":\s*"inkling"/.test(beginningOf(bytes, 4096)),
    "is a model of Inkling's own: use it as it is",
  ],
  [
    ({ name }) => /shard\d+of\d+|\.data-\d+-of-\d+$/i.test(name),
    "holds weights only: add the file that lists them (model.json or .index)",
  ],
];

function unknown(files) {
  if (files.length === 0) return refusal("no file is given");
  const names = files
    .slice(0, 3)
    .map(({ name }) => shown(fileName(name)))
    .join(", ");
  for (const [isOne, what] of NO_MODELS) {
    const file = files.find(isOne);
    if (file) return refusal(`${shown(fileName(file.name))} ${what}`);
  }
  return refusal(
    `${names}: not a model of a kind that is read here, which are Keras (.h5, .keras), PyTorch, ` +
      "Torch7, MXNet, checkpoints of TensorFlow 1 and 2, ONNX, TF.js, ml5 charRNN, brain.js, recurrentjs, " +
      "safetensors and NumPy's arrays",
  );
}

function understood(network, vocabulary) {
  const parts = [
    `${network.format}, ${describeNetwork(network)}`,
    `vocabulary from ${vocabulary.from}`,
  ];
  return [...parts, ...network.notes, ...vocabulary.notes].join("; ");
}
