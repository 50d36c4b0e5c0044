// A network from TensorFlow's variables: what a checkpoint keeps, or ml5's charRNN. Names are
// those of the scopes in which TensorFlow's own cells make them, in every version.
//
// BasicLSTMCell and LSTMCell: one matrix [in + H, 4H], gates i j f o (j the candidate); 1 is added
// to the forget gate when it runs and is not in the bias. GRUCell: gates [in + H, 2H] r u,
// candidate [in + H, H], the reset in front of the product.

import { WEIGHTS, byLayer, layerOfName } from "./keras-names.js";
import { readKerasShapes } from "./keras-shapes.js";
import { listedLayers, readKeras } from "./keras.js";
import { cellName, makeJoint } from "./layers.js";
import { compose } from "./network.js";
import { programIn } from "./program.js";
import { fileName, natural, refusal, shown } from "./refuse.js";
import { expect, reorder, stack, transpose, zeros } from "./tensor.js";

/** @typedef {{ shape: number[], read: (name: string) => import("./tensor.js").Tensor }} Variable */

// What an optimiser keeps beside a variable, and counters.
const SLOTS =
  "Adam Adagrad Adadelta RMSProp Momentum Ftrl ExponentialMovingAverage beta\\d_power global_step " +
  "learning_rate lr epoch";
const SLOT = new RegExp(`(^|/)(${SLOTS.split(" ").join("|")})(_\\d+)?$`, "i");
const SKIPPED = /optimizer|OPTIMIZER_SLOT|^_CHECKPOINTABLE|save_counter/i;
const SCOPE = /(^|\/)(Adam|RMSProp|Adagrad|Momentum|train|OptimizeLoss)(_\d+)?\//i;
const isSkipped = (name) => [SLOT, SKIPPED, SCOPE].some((pattern) => pattern.test(name));

const KERNEL = /\/(kernel|weights|Matrix|W_0|w)$/;
const BIAS = /\/(bias|biases|Bias|B|b)$/;
const CELL = /(basic_?lstm|lstm|lstm_fused|gru|basic_?rnn|rnn|nas)_?cell|gates|candidate/i;
const NORM = /(^|\/)(gamma|beta|moving_(mean|variance)|scale|offset)$/i;

/**
 * @param {Map<string, Variable>} variables
 * @param {string} format
 * @param {{ names?: Map<string, string>, topology?: ?object, version?: string, tokens?: ?string[],
 *   files?: import("./convert.js").NamedFile[] }} [keras] what TensorFlow 2 writes beside the
 *   numbers (tensorflow-objects.js), and files in which its program may be
 */
export function networkOfVariables(variables, format, keras = {}) {
  const used = new Map([...variables].filter(([name]) => !isSkipped(name)));
  const names = [...used.keys()];
  if (names.some((name) => END.test(name))) return ofKeras(used, keras);
  if (names.some((name) => /\/recurrent_kernel$/.test(name))) return ofKeras1(used);
  return new VariableReader(used, format, programIn(keras.files ?? [])).network();
}

// ---- Keras's own checkpoints ----------------------------------------------------------------

const END = /\/\.ATTRIBUTES\/VARIABLE_VALUE$/;

/**
 * save_weights(), tf.train.Checkpoint and SavedModel:
 * "layer_with_weights-1/cell/kernel/.ATTRIBUTES/VARIABLE_VALUE"
 */
function ofKeras(variables, keras) {
  const { names = new Map(), topology = null, version = "", tokens = null, files = [] } = keras;
  const keys = [...variables.keys()].filter((key) => variables.get(key).shape.length > 0);
  const isWeight = (name) => WEIGHTS.includes(fileName(name).replace(/_\d+$/, ""));
  // "variables/1" says nothing, and a configuration only has the names.
  const named = topology || keys.some((key) => /(^|\/)variables\/\d+\/\./.test(key));
  const nameOf = (key) => (named && names.get(key)) || key.replace(END, "");
  const weights = keys
    .map((key) => ({ name: nameOf(key), tensor: () => variables.get(key).read(key) }))
    .filter(({ name }) => isWeight(name) && !isSkipped(name));
  if (weights.length === 0) return ofNumbers(keys, variables);
  const listed = new Set((topology ? listedLayers(topology) : []).map(({ config }) => config.name));
  const layers = byLayer(weights, (name) => layerOfName(name, listed));
  const has = ({ weights }, part) => weights.some(({ name }) => fileName(name).startsWith(part));
  const rank = (layer) => (has(layer, "embeddings") ? 0 : has(layer, "recurrent_kernel") ? 1 : 2);
  const isNumbered = layers.every(({ name }) => /layer_with_weights-\d+/.test(name));
  layers.sort((a, b) => (isNumbered ? 0 : rank(a) - rank(b)) || natural(a.name, b.name));
  const network = readKeras({
    topology,
    layers,
    version: version || "2.4.0-tf",
    program: "",
    files,
  });
  network.format = `TensorFlow 2 ${topology ? `model of Keras ${version}` : "checkpoint"}`;
  network.vocabulary ??= tokens;
  return network;
}

/** tf.keras of TensorFlow 1, saved by its Saver: "lstm/recurrent_kernel". */
function ofKeras1(variables) {
  const network = ofKeras(variables, { version: "2.2.4" });
  network.format = "TensorFlow 1 checkpoint of Keras";
  if (/-hard$/.test(network.layers[0].cell))
    network.notes.push("its gates are taken to be hard sigmoids, as Keras had them then");
  return network;
}

/** What Keras 3 exports: "variables/1", and no name says more. */
function ofNumbers(keys, variables) {
  const numbered = keys.filter((key) => /(^|\/)variables\/\d+\/\./.test(key)).sort(natural);
  const list = numbered.map((key) => ({
    shape: variables.get(key).shape,
    tensor: () => variables.get(key).read(key),
  }));
  const network = readKerasShapes(list, "TensorFlow 2 checkpoint");
  if (network) return network;
  throw refusal(
    "the checkpoint has no names for its variables, and their shapes are of no recurrent text model: " +
      'save the Keras model with model.save("model.keras")',
  );
}

// ---- Cells of TensorFlow 1 ------------------------------------------------------------------

const FORGET = "1 is taken to be added to the forget gates, as TensorFlow's cells do by themselves";

/** What all matches in a program say; undefined: there are none, or of several kinds. */
function onlyOne(program, pattern) {
  const said = new Set([...program.matchAll(pattern)].map((match) => match[1]));
  return said.size === 1 ? [...said][0] : undefined;
}

class VariableReader {
  constructor(variables, format, program) {
    this.program = program;
    this.variables = variables;
    this.format = format;
    this.notes = [];
    this.left = new Set(variables.keys());
  }

  take(name) {
    this.left.delete(name);
    return this.variables.get(name).read(name);
  }

  network() {
    const names = [...this.variables.keys()];
    const kernels = names.filter((name) => KERNEL.test(name) && CELL.test(name)).sort(natural);
    if (kernels.length === 0) {
      const some = names.slice(0, 3).map(shown).join(", ");
      throw refusal(
        `the checkpoint has no recurrent cell of TensorFlow's among its variables (${some || "none"})`,
      );
    }
    if (kernels.some((name) => /(^|\/)(fw|bw)\//.test(name)))
      throw refusal(
        "the checkpoint's network reads from both ends, which of TensorFlow 1 is not opened here: " +
          "of Keras and PyTorch it is",
      );
    const stray = kernels.find((name) => /nas_cell|layer_norm|projection|attention/i.test(name));
    if (stray) throw refusal(`the cell of ${shown(stray)} is no model of ours`);
    const scopes = kernels.map((name) => name.replace(/\/(encoder|decoder)\//i, "/"));
    if (new Set(scopes).size < scopes.length)
      throw refusal("the checkpoint is of an encoder and a decoder, trained on pairs");
    const layers = this.layersOf(kernels);
    const steps = this.steps(layers);
    this.checkLeft();
    // char-rnn-tensorflow's characters, the most frequent first; of equal ones any.
    const byCount = names.some((name) => /(^|\/)rnnlm\//.test(name));
    return compose(steps, { format: this.format, notes: this.notes, byCount });
  }

  /** What has no part in the steps may be any layer between them. */
  checkLeft() {
    const shapeOf = (name) => (this.variables.get(name).shape ?? []).filter((side) => side > 1);
    const isLayer = (name) => shapeOf(name).length > 1 || NORM.test(name);
    const stray = [...this.left].find(isLayer);
    if (stray === undefined) return;
    throw refusal(
      `the checkpoint has ${shown(stray)} (${shown(shapeOf(stray).join("×"))}) beside its recurrent ` +
        "layers and its soft-max layer, and what that does only its program says",
    );
  }

  layersOf(kernels) {
    const layers = [];
    for (let i = 0; i < kernels.length; i++) {
      const name = kernels[i];
      if (/gru/i.test(name) || /gates|candidate/i.test(name))
        layers.push(this.gru(kernels[i], kernels[++i]));
      else if (/lstm/i.test(name)) layers.push(this.lstm(name));
      else layers.push(this.rnn(name));
    }
    return layers;
  }

  biasOf(kernel) {
    const scope = kernel.replace(KERNEL, "");
    const name = [...this.variables.keys()].find(
      (one) =>
        one.startsWith(`${scope}/`) && BIAS.test(one) && !one.slice(scope.length + 1).includes("/"),
    );
    return name ? this.take(name) : null;
  }

  /** The matrix as [out, in + H], and its size. */
  kernel(name, gates) {
    const matrix = transpose(expect(this.take(name), [-1, -1], name));
    const hidden = matrix.shape[0] / gates;
    const input = matrix.shape[1] - hidden;
    if (!Number.isInteger(hidden) || input < 1) {
      throw refusal(
        `the matrix ${shown(name)} is ${matrix.shape[1]}×${matrix.shape[0]}, which its cell cannot have`,
      );
    }
    return { matrix, hidden, input };
  }

  lstm(name) {
    const { matrix, hidden } = this.kernel(name, 4);
    const bias = this.biasOf(name) ?? zeros(4 * hidden);
    const order = [0, 2, 1, 3]; // i j f o
    const sorted = reorder(expect(bias, [4 * hidden], name), order);
    const forget = this.forgetBias(name);
    for (let i = hidden; i < 2 * hidden; i++) sorted.data[i] += forget;
    const peephole = this.peepholes(name, hidden);
    return makeJoint(name, {
      cell: peephole ? "lstm-peephole" : this.cell("lstm"),
      weight: reorder(matrix, order),
      bias: sorted,
      peephole,
    });
  }

  /** What is added to the forget gate: CuDNN's cell adds nothing, all others what they are told. */
  forgetBias(name) {
    if (/cudnn/.test(name)) return 0;
    const told = onlyOne(this.program, /\bforget_bias\s*=\s*(\d+(?:\.\d+)?)/g);
    if (told !== undefined) return Number(told);
    const scopes = [...this.variables.keys()];
    if (scopes.some((one) => /^Model\//.test(one))) return 0; // of the Penn Treebank tutorial
    const isKnown = scopes.some((one) => /(^|\/)rnnlm\//.test(one)); // char-rnn-tensorflow
    if (!isKnown && !this.notes.includes(FORGET)) this.notes.push(FORGET);
    return 1;
  }

  /** A cell with the activation that its program names. */
  cell(kind, before = false) {
    const pattern = /Cell\([^()]{0,200}\bactivation\s*=\s*(?:[a-z]{1,10}\.){0,3}(\w+)/g;
    return cellName(kind, { activation: onlyOne(this.program, pattern), before });
  }

  peepholes(kernel, hidden) {
    const scope = kernel.replace(KERNEL, "");
    const names = ["i", "f", "o"].map((gate) =>
      [...this.variables.keys()].find(
        (one) => one.toLowerCase() === `${scope}/w_${gate}_diag`.toLowerCase(),
      ),
    );
    if (names.some((one) => !one)) return null;
    return stack(names.map((one) => expect(this.take(one), [hidden], one)));
  }

  /** Sorted by name, the candidate comes before the gates. */
  gru(candidateName, gatesName) {
    if (!/candidate/i.test(candidateName) || !/gates/i.test(gatesName ?? "")) {
      throw refusal(`the GRU of ${shown(candidateName)} has not its gates and candidate`);
    }
    const { matrix: gates, hidden, input } = this.kernel(gatesName, 2);
    const { matrix: candidate } = this.kernel(candidateName, 1);
    expect(candidate, [hidden, input + hidden], candidateName);
    const biases = [this.biasOf(gatesName), this.biasOf(candidateName)];
    return makeJoint(candidateName, {
      cell: this.cell("gru", true),
      weight: stack([gates, candidate]),
      bias: biases.every(Boolean) ? stack(biases) : null,
    });
  }

  rnn(name) {
    const { matrix } = this.kernel(name, 1);
    return makeJoint(name, { cell: this.cell("rnn"), weight: matrix, bias: this.biasOf(name) });
  }

  /** The embedding and the soft-max layer, by their shapes among what is left. */
  steps(layers) {
    const width = layers.at(-1).hidden;
    const matrices = [...this.left].filter((name) => this.variables.get(name).shape?.length === 2);
    const side = (name, axis) => this.variables.get(name).shape[axis];
    const isTable = (name) =>
      side(name, 1) === layers[0].input && /embed|lookup|vec|input/i.test(name);
    const table = matrices.find(isTable) ?? null;
    const heads = matrices.filter((name) => name !== table && side(name, 0) === width);
    const head =
      heads.find((name) => /softmax|out|logit|dense|fc|full|proj|pred/i.test(name)) ??
      (heads.length === 1 ? heads[0] : null);
    if (!head)
      throw refusal(
        `the checkpoint has ${heads.length} matrices that might be its soft-max layer: ${shown(heads.join(", ")) || "none"}`,
      );
    const weight = transpose(this.take(head));
    const plain = (name) =>
      name !== head && side(name, 0) === weight.shape[0] && side(name, 1) === layers[0].input;
    const rows = table ?? matrices.find(plain) ?? null; // an embedding without a name of its own
    const biases = [...this.left].filter(
      (name) => this.variables.get(name).shape?.length === 1 && side(name, 0) === weight.shape[0],
    );
    const scope = head.replace(/\/?[^/]*$/, "");
    const bias =
      biases.find((name) => scope && name.startsWith(`${scope}/`)) ??
      biases.find((name) => /softmax|b(ias)?$/i.test(name)) ??
      biases[0];
    /** @type {object[]} */
    const steps = [{ kind: "embedding", table: rows && this.take(rows) }];
    for (const layer of layers) steps.push({ kind: "recurrent", layer, sequences: true });
    steps.push({
      kind: "dense",
      weight,
      bias: bias ? this.take(bias) : null,
      activation: "softmax",
    });
    return steps;
  }
}
