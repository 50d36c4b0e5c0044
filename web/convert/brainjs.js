// brain.js's recurrent networks, as toJSON() writes them. Its RNN is a ReLU layer and its GRU has
// the reset in front of the product; its LSTM is its own: the forget gate multiplies the last
// output, since there is no cell state.
//
// Token 0 starts and ends a text; a character's id is its index in the data formatter and one.

import { parseJson } from "./bytes.js";
import { makeLayer } from "./layers.js";
import { compose } from "./network.js";
import { refusal, shown } from "./refuse.js";
import { expect, sizeOf, stack, tensor } from "./tensor.js";

// Gates in PyTorch's order, by the first word of their matrices' names.
const KINDS = {
  RNN: { cell: "rnn-relu", parts: [["weight", "transition", "bias"]] },
  GRU: {
    cell: "gru-before",
    parts: ["resetGate", "updateGate", "cellWrite"].map((gate) => [
      `${gate}InputMatrix`,
      `${gate}HiddenMatrix`,
      `${gate}Bias`,
    ]),
  },
  LSTM: {
    cell: "brain-lstm",
    parts: ["input", "forget", "cellActivation", "output"].map((gate) => [
      `${gate}Matrix`,
      `${gate}Hidden`,
      `${gate}Bias`,
    ]),
  },
};

/** Of a matrix { rows, columns, weights }, where weights is a list or has its indices as keys. */
export function matrixOf(json, name, program = "brain.js") {
  const { rows, columns, weights } = json ?? {};
  const values = Array.isArray(weights)
    ? weights
    : weights && typeof weights === "object"
      ? Object.values(weights)
      : null;
  if (!values) throw refusal(`the ${program} network has no ${shown(name)}: it is cut short`);
  if (values.length !== sizeOf([rows, columns], name)) {
    throw refusal(`${shown(name)} has ${values.length} numbers where ${rows}×${columns} belong`);
  }
  return tensor([rows, columns], Float32Array.from(values, Number));
}

const vector = (json, name) => {
  const matrix = matrixOf(json, name);
  return tensor([matrix.data.length], matrix.data);
};

function layerOf(json, { cell, parts }, i) {
  const name = (part) => `hiddenLayers[${i}].${part}`;
  const [inputs, states, biases] = [0, 1, 2].map((k) => parts.map((names) => names[k]));
  return makeLayer(`hiddenLayers[${i}]`, {
    cell,
    weightIh: stack(inputs.map((part) => matrixOf(json?.[part], name(part)))),
    weightHh: stack(states.map((part) => matrixOf(json?.[part], name(part)))),
    biasIh: stack(biases.map((part) => vector(json?.[part], name(part)))),
  });
}

/** id → token, and what stands between an input and its answer. */
function vocabularyOf(options) {
  const formatter = options?.dataFormatter;
  const table = formatter?.indexTable;
  if (!table || typeof table !== "object") return { vocabulary: null, afterPrompt: null };
  const tokens = new Map([[0, "<end>"]]);
  for (const [token, index] of Object.entries(table)) {
    const isSpecial = ["stop-input", "start-output", "unrecognized"].includes(token);
    if (Number.isInteger(index)) tokens.set(index + 1, isSpecial ? `<${token}>` : token);
  }
  const between = ["stop-input", "start-output"].map((token) => table[token]);
  return {
    vocabulary: tokens,
    afterPrompt: between.every(Number.isInteger) ? between.map((index) => index + 1) : null,
  };
}

/** The network's kind by its layers' matrices: the type is a class's name, which minifiers change. */
const kindOf = ({ type, hiddenLayers: [first] }) =>
  Object.hasOwn(KINDS, type) ? type : Object.keys(KINDS).find((k) => KINDS[k].parts[0][0] in first);

/** @param {import("./convert.js").NamedFile} file */
export function read({ bytes }) {
  const json = parseJson(bytes);
  const isOfNumbers = json.sizes || json.sets || /TimeStep|Neural|Forward/.test(json.type);
  if (isOfNumbers || (json.hiddenLayers.length > 0 && !json.input)) {
    const type = json.type ?? (json.sets ? "CrossValidate" : "NeuralNetwork");
    throw refusal(
      `a brain.js network of the type ${shown(type)} works on numbers: ` +
        "brain.recurrent's RNN, GRU and LSTM write text",
    );
  }
  if (!Array.isArray(json.hiddenLayers) || json.hiddenLayers.length === 0)
    throw refusal("the brain.js network has no hidden layers");
  const name = kindOf(json);
  const kind = KINDS[name];
  if (!kind) throw refusal("the brain.js network's layers are of no kind that is known here");
  /** @type {object[]} */
  const steps = [{ kind: "embedding", table: matrixOf(json.input, "input") }];
  json.hiddenLayers.forEach((layer, i) =>
    steps.push({ kind: "recurrent", layer: layerOf(layer, kind, i), sequences: true }),
  );
  const weight = expect(
    matrixOf(json.outputConnector, "outputConnector"),
    [-1, -1],
    "outputConnector",
  );
  steps.push({ kind: "dense", weight, bias: vector(json.output, "output"), activation: "softmax" });
  const { vocabulary, afterPrompt } = vocabularyOf(json.options);
  const isOfWords = [...(vocabulary?.values() ?? [])].some((token) => /^[^<].+/s.test(token));
  return compose(steps, {
    format: `brain.js ${name}`,
    vocabulary,
    afterPrompt,
    start: 0,
    end: 0,
    level: isOfWords ? "word" : "char",
    notes: [],
  });
}
