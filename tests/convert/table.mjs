// The table of formats in docs/formats.md, from what the tests open and refuse. Written anew by
//   node tests/convert/table.mjs

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { convert } from "../../web/convert/convert.js";
import { folders, readFolder } from "./helpers.mjs";

const page = fileURLToPath(new URL("../../docs/formats.md", import.meta.url));
const BEGIN = "<!-- made by tests/convert/table.mjs -->\n";
const END = "<!-- end -->\n";

// Which folders are of a format, what others made of it that was opened, and what of it is refused.
const FORMATS = [
  [
    "Keras HDF5",
    /^keras-[012]-/,
    "Keras 2.0.9, 2.2.4",
    "branches, Lambda, convolutions, attention, several dense layers in weights alone, without their program",
  ],
  ["Keras archive (`.keras`)", /^keras-3-/, "Keras 3.7", "the same"],
  ["textgenrnn", /^textgenrnn/, "its own weights (Keras 2.1.5)", "–"],
  ["TF.js layers", /^tfjs-/, "converted from Keras 2.1.5", "graph models"],
  ["ml5 charRNN", /^ml5-/, "its Shakespeare", "vocabularies that can be mended in two ways"],
  [
    "PyTorch",
    /^pytorch-/,
    "0.3 (legacy), 2 (zip), whole modules",
    "encoder and decoder, projections, layer normalisation, several linear layers in a state_dict without its program, a program that is not understood, quantised, any call of a program",
  ],
  ["safetensors", /^safetensors-/, "–", "the same"],
  ["Torch7", /^torch7-/, "torch-rnn", "other models"],
  [
    "TensorFlow checkpoint, SavedModel",
    /^tensorflow\d-/,
    "TensorFlow 0.12 (V2)",
    "partitioned variables, encoder and decoder, any layer beside the recurrent ones, the embedding and the read-out",
  ],
  [
    "ONNX",
    /^onnx-/,
    "ONNX's own node tests",
    "Loop, Scan, quantised nodes, `clip`, fixed `sequence_lens`, steps other than the last, a cell's state",
  ],
  [
    "NumPy (`.npz`, `.npy`, pickles)",
    /^numpy-/,
    "–",
    "arrays by other names than a known program's",
  ],
  ["Chainer (`.npz`)", /^chainer-/, "–", "peepholes"],
  ["MXNet (`.params`)", /^mxnet-/, "–", "fused cells, encoder and decoder"],
  ["Flax, Haiku", /^(flax|haiku)-/, "–", "MGUCell, orbax's folders, nnx"],
  ["PaddlePaddle (`.pdparams`)", /^paddle-/, "–", "programs for inference (`.pdmodel`)"],
  ["recurrentjs", /^recurrentjs-/, "–", "–"],
  ["brain.js", /^brainjs-/, "two of version 1, version 2", "networks of numbers (time steps)"],
];

/** The table, as lines of Markdown. */
export async function makeTable() {
  const rows = [
    "| format | seen from others | networks in the tests | refused, with the reason |",
    "|---|---|---|---|",
  ];
  for (const [name, pattern, seen, refused] of FORMATS) {
    const kinds = new Set();
    for (const folder of folders().filter((one) => pattern.test(one))) {
      const { files, expected } = readFolder(folder);
      if (expected.refused !== undefined) continue;
      await convert(files, expected.options ?? {}); // what does not open is no row
      kinds.add(expected.network);
    }
    rows.push(`| ${name} | ${seen} | ${[...kinds].join("; ")} | ${refused} |`);
  }
  const others =
    "TensorFlow Lite, Core ML, frozen graphs, GGUF, darknet, CNTK, Deeplearning4j, Caffe, OpenVINO, ncnn, MNN, Equinox, orbax, burn, Julia, R, MATLAB, DyNet, RNNLM, llama2.c, n-grams, vectors of words";
  rows.push(`| ${others} | – | – | all, with what to export instead |`);
  return `${rows.join("\n")}\n`;
}

const parts = (text) => {
  const from = text.indexOf(BEGIN) + BEGIN.length;
  return [text.slice(0, from), text.slice(from, text.indexOf(END)), text.slice(text.indexOf(END))];
};

/** The table that stands in the page. */
export const tableInPage = () => parts(readFileSync(page, "utf8"))[1];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [before, , after] = parts(readFileSync(page, "utf8"));
  writeFileSync(page, before + (await makeTable()) + after);
}
