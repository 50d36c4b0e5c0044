// Opens models that other people trained and compares what they score with references made
// beforehand:
//   node scripts/check-elsewhere.mjs MODELS DATA
// MODELS has a folder a model, DATA the texts. Neither is part of the project; a folder that is
// not there is passed over. Figures are bits a token within 0.002, or log-probabilities within
// 0.001. Of generators it also says what the core makes of the one of two texts that they know
// better, and what 8 bits cost it.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as reference from "../tests/convert/reference.mjs";
import { convert, describe } from "../web/convert/convert.js";
import { readTensor } from "../web/convert/onnx-constants.js";
import { readGraph } from "../web/convert/onnx-graph.js";
import { recurrentLayer } from "../web/convert/onnx-recurrent.js";

const [models, data] = process.argv.slice(2);
if (!models || !data) {
  console.error("node scripts/check-elsewhere.mjs MODELS DATA");
  process.exit(2);
}

const read = (...path) => new Uint8Array(readFileSync(join(...path)));
const slice = (file, from, to) =>
  [...readFileSync(join(data, file), "utf8")].slice(from, to).join("");
const play = slice("tinyshakespeare/input.txt", 1003854, 1008854);
const book = slice("books/alice-wonderland.txt", 2000, 7000);
const names = slice("names-nationality/English.txt", 0, 5000);
const spaced = play.replaceAll("\n", " ");

let failures = 0;

function report(what, found, wanted, tolerance) {
  const fits = wanted === undefined || Math.abs(found - wanted) <= tolerance;
  if (!fits) failures++;
  const reference = wanted === undefined ? "no reference" : `reference ${wanted}`;
  console.log(`  ${fits ? "ok    " : "WRONG "} ${what}: ${found.toFixed(6)} (${reference})`);
}

const carried =
  (text, bits) =>
  ({ network, ids }) =>
    report("carried", reference.bitsCarried(network, ids(text)).bits, bits, 0.002);

const windows =
  (text, size, bits) =>
  ({ network, ids }) =>
    report(
      `windows of ${size}`,
      reference.bitsInWindows(network, ids(text), size).bits,
      bits,
      0.002,
    );

const fromStart =
  (text, bits) =>
  ({ network, vocabulary, ids }) => {
    const start = vocabulary.tokens.indexOf(vocabulary.start);
    report(
      text,
      reference.bitsInWindows(network, [start, ...ids(text)], network.window, 1).bits,
      bits,
      0.002,
    );
  };

const classes =
  (text, ...wanted) =>
  ({ network, ids }) => {
    const found = reference.logSoftmax(
      network,
      reference.windowLogits(network, typeof text === "string" ? ids(text) : text),
    );
    wanted.forEach((x, i) =>
      report(`${String(text).slice(0, 20)}, class ${i}`, found[i], x, 0.001),
    );
  };

const logit =
  (ids, z) =>
  ({ network }) =>
    report(`${ids.length} ids`, reference.windowLogits(network, ids)[1], z, 0.001);

/** brain.js: the text after the start token, and the likeliest beginnings of the answer. */
const answer =
  (text, bits, beginnings) =>
  ({ network, vocabulary, ids }) => {
    const read = [0, ...ids(text)];
    report(text, reference.bitsCarried(network, read).bits, bits, 0.002);
    const found = reference.logSoftmax(
      network,
      reference.windowLogits(network, [...read, ...network.afterPrompt]),
    );
    for (const [token, x] of Object.entries(beginnings))
      report(`  ${token}`, found[vocabulary.tokens.indexOf(token)], x, 0.001);
  };

const padded = (ids) => [...new Array(500 - ids.length).fill(0), ...ids];
const upTo = (n) => Array.from({ length: n }, (_, i) => i + 1);

/** folder, the files of it (all if none are named), options, checks; or what a refusal must say. */
const CASES = [
  [
    "keras-h5-onehot-shakespeare",
    null,
    {},
    carried(spaced, 3.858067),
    windows(spaced, 10, 3.387603),
  ],
  [
    "keras-h5-classifier-imdb",
    null,
    {},
    logit([1, 2, 3], -0.77498),
    logit(padded([1, 2, 3]), 4.85641),
    logit(upTo(200), -1.191297),
    logit(padded(upTo(200)), 1.102826),
    logit([1, 14, 22, 16, 6, 530, 5, 728, 65, 19, 87, 116], 2.639177),
    logit([1, 6, 394, 437, 7, 58, 4, 249, 20, 13, 28, 126, 110], -5.127907),
  ],
  [
    "keras-h5-textgenrnn",
    null,
    {},
    fromStart("What is the best way to learn how to play the guitar?"),
  ],
  [
    "keras3-zip-shakespeare",
    null,
    { vocabularyOf: "abcdefghijklmnopqrstuvwxyz!?.,;:'-& \n$3" },
    carried(play.toLowerCase()),
  ],
  ["tfjs-layers-nietzsche", null, {}, windows(book.toLowerCase().slice(0, 1000), 40)],
  ["ml5-charRNN-shakespeare", null, {}, carried(play)],
  ["pytorch-zip-module-gru", null, {}, carried(play, 1.753566), carried(book, 2.852291)],
  ...["baseline", "bigger", "deeper"].map((name) => [
    "pytorch-zip-charrnn-gru",
    [`${name}.pt`],
    {},
    carried(play),
  ]),
  [
    "pytorch-legacy-classifier",
    null,
    {},
    classes("the people of this country", -0.802398, -0.594665),
    classes("la storia di questo paese", -0.29294, -1.370683),
    classes("Abandonato", -0.860991, -0.549468),
    classes("Kowalski", -0.628006, -0.76283),
    classes("She had never seen such a thing in all her life.", -0.479196, -0.965694),
  ],
  ["torch7-torchrnn-placenames", null, {}, carried(names, 2.836067), carried(book, 5.739023)],
  [
    "tf1-checkpoint-v2",
    ["model.ckpt-500.index", "model.ckpt-500.data-00000-of-00001", "chars_vocab.pkl", "config.pkl"],
    {},
    carried(play, 2.766115),
    carried(book, 3.118238),
  ],
  [
    "tf1-checkpoint-v2",
    ["model.ckpt-46499.index", "model.ckpt-46499.data-00000-of-00001", "artclasses-vocab.pkl"],
    {},
    carried(play, 8.130876),
    carried(book, 7.547742),
  ],
  [
    "tf1-checkpoint-v2",
    ["model.ckpt-46499.index", "model.ckpt-46499.data-00000-of-00001", "chars_vocab.pkl"],
    {},
    /65 tokens.*reads 67/,
  ],
  [
    "brainjs-lstm",
    ["network.json"],
    {},
    answer("the data betwween 1880 and 2659", 4.811449, {
      g: -2.341136,
      t: -2.643096,
      v: -3.020538,
    }),
    answer("give me the data betwween 1900 and 2000", 4.77514, { g: -2.363159, t: -2.62153 }),
    answer("the data", 4.486679, { g: -2.361333 }),
  ],
  [
    "brainjs-lstm",
    ["chatbot.json"],
    {},
    answer("favorite food", 0.54797, { p: -0.013324, n: -4.359352, s: -8.746989 }),
    answer("favorite city", 0.562749, { b: -0.006511, m: -5.325308 }),
    answer("What is the meaning of life?", 1.167151, { A: -0.245024, C: -1.654981, d: -3.935161 }),
  ],
];

const command = fileURLToPath(new URL("../build/native/inkling", import.meta.url));

/** What the core makes of the better known of texts, as it is and of 8 bits, in bits a token. */
function tellCore(bytes, texts) {
  const folder = mkdtempSync(join(tmpdir(), "inkling-elsewhere-"));
  const inFolder = (...args) => execFileSync(command, args, { cwd: folder, encoding: "utf8" });
  const bits = (model, text) =>
    JSON.parse(inFolder("evaluate", model, "--text", text, "--json")).bits;
  try {
    writeFileSync(join(folder, "model"), bytes);
    inFolder("quantize", "model", "--out", "small");
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
    const found = Object.keys(texts).map((name) => ({ name, whole: bits("model", name) }));
    const { name, whole } = found.reduce((a, b) => (b.whole < a.whole ? b : a));
    const cost = (bits("small", name) - whole).toFixed(4);
    console.log(`  core, ${name}: ${whole.toFixed(4)} bits, 8 bits cost ${cost}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function checkCase([folder, given, options, ...checks]) {
  const path = join(models, folder);
  if (!existsSync(path)) return;
  const list = given ?? readdirSync(path).filter((name) => !/^(SOURCE|LICENSE)/.test(name));
  const files = list.map((name) => ({ name, bytes: read(path, name) }));
  console.log(`${folder}${given ? `: ${given[0]}` : ""}`);
  try {
    const { bytes, understood } = await convert(files, options);
    console.log(`  ${understood}`);
    const { network, vocabulary } = await describe(files, options);
    const ids = (text) => reference.encode(vocabulary.tokens, text);
    for (const check of checks) check({ network, vocabulary, ids });
    const { tokens } = vocabulary;
    const known = (text) => {
      const cased = tokens.includes("A") ? text : text.toLowerCase();
      return ids(cased).map((id) => tokens[id]);
    };
    if (network.task === "generator")
      tellCore(bytes, { play: known(play).join(""), book: known(book).join("") });
  } catch (error) {
    const expected = checks[0] instanceof RegExp && checks[0].test(error.message);
    if (!expected) failures++;
    console.log(`  ${expected ? "ok    " : "WRONG "} ${error.code}: ${error.message}`);
  }
}

/** A single node of ONNX's own tests: its inputs are files, and its last state must be theirs. */
function checkNode(folder) {
  const { nodes, inputs, outputs } = readGraph(read(folder, "model.onnx"));
  const [node] = nodes;
  const file = (name) => readTensor(read(folder, "test_data_set_0", name));
  const given = new Map(inputs.map(({ name }, i) => [name, file(`input_${i}.pb`)]));
  const x = given.get(node.inputs[0]);
  const byBatch = node.attributes.get("layout")?.i === 1;
  const [batch, steps] = byBatch ? x.shape : [x.shape[1], x.shape[0]];
  const lengths = given.get(node.inputs[4])?.data;
  const alone = { ...node, inputs: node.inputs.map((name, i) => (i === 4 ? "" : name)) };
  const { layer } = recurrentLayer(
    alone,
    (name) => given.get(name) ?? null,
    () => true,
  );
  const last = [];
  for (let n = 0; n < batch; n++) {
    let state = reference.zeroState(layer);
    for (let t = 0; t < (lengths?.[n] ?? steps); t++) {
      const at = (byBatch ? n * steps + t : t * batch + n) * x.shape[2];
      state = reference.layerStep(layer, x.data.subarray(at, at + x.shape[2]), state);
    }
    last.push(...state.h);
  }
  const wanted = file(`output_${outputs.indexOf(node.outputs[1])}.pb`).data;
  report(
    `${folder.split("/").at(-1)} (${layer.cell}), largest error`,
    Math.max(...last.map((h, i) => Math.abs(h - wanted[i]))),
    0,
    1e-5,
  );
}

for (const one of CASES) await checkCase(one);
const nodes = join(models, "onnx-node-tests");
if (existsSync(nodes)) {
  console.log("onnx-node-tests");
  for (const name of readdirSync(nodes).filter((one) => one.startsWith("test_")))
    checkNode(join(nodes, name));
}
console.log(failures === 0 ? "all as they should be" : `${failures} wrong`);
process.exit(failures === 0 ? 0 : 1);
