// The neutral description between a format and a model of ours. A format lists what its network
// does to a token, step by step; compose() folds that into a network of the one shape that we run:
// a table or one-hot input, recurrent layers, dense layers if there are any, logits.
//
// What only concerns one token before the first recurrent layer (dense layers, activations,
// normalisation, the scalar id ÷ V) becomes rows of the table. What is linear behind a recurrent
// layer becomes part of the next weights. Both are exact.

import { ACTIVATIONS, behind, foldAffine, foldDense, scaledRows } from "./activations.js";
import { widthOf } from "./layers.js";
import { selection } from "./pools.js";
import { refusal, shown } from "./refuse.js";
import { expect, negated, product, stack, tensor, transpose, zeros } from "./tensor.js";

/**
 * @typedef {import("./tensor.js").Tensor} Tensor
 *
 * @typedef Layer One recurrent layer, its gates in PyTorch's order (gru: r z n, lstm: i f g o).
 * @property {string} cell      see docs/formats.md: "lstm", "gru-before-hard", "brain-lstm" ...
 * @property {number} input     values that it reads
 * @property {number} hidden    units
 * @property {Tensor} weightIh  [G·H, input]
 * @property {Tensor} weightHh  [G·H, H]
 * @property {?Tensor} biasIh   [G·H]
 * @property {?Tensor} biasHh   [G·H]
 * @property {?Tensor} peephole [3H]: i f o
 * @property {?Tensor} initialH [H], where it is not zero
 * @property {?Tensor} initialC [H]
 * @property {?Layer} reverse   the same layer from the end of the window to its beginning
 *
 * @typedef Dense { weight [out, in], bias [out] or null, activation }
 * @type {{ weight: Tensor, bias: ?Tensor, activation: string }}
 *
 * @typedef Network
 * @property {string} format    what wrote it: "Keras 2.0.9"
 * @property {"generator"|"classifier"} task
 * @property {number} inputs    different tokens that it reads
 * @property {number} outputs   logits
 * @property {string} fed       "one-hot", "embedding" or "scalar", for people
 * @property {?Tensor} table    [inputs, E]; null: one-hot
 * @property {Layer[]} layers
 * @property {"top"|"all"} reads what the head reads: the last layer's output, or the table's row
 *                              and every layer's output, one after another
 * @property {"last"|"ends"|"mean"|"max"|"pooled"} pool of the head's input over a text or window;
 *                              ends: of each direction what it gives when it has read everything;
 *                              pooled: the ends, the mean and the largest, one behind another
 * @property {?Tensor} attention [width of what is read]: the head reads the average of all steps,
 *                              weighted by the soft-max over time of attention · step (textgenrnn)
 * @property {Dense[]} dense    between the recurrent layers and the logits
 * @property {Dense} head
 * @property {number} window    tokens that it was trained on at a time, from the zero state; 0:
 *  none
 * @property {boolean} padsLeft shorter windows were filled with token 0 on the left
 * @property {boolean} masksZero token 0 is passed over: it leaves the state as it is, or no pool
 *                              has it
 * @property {boolean} reversed windows are read from their end
 * @property {boolean} [anew]   windows are read anew although a state could be carried
 * @property {unknown} vocabulary from inside the file, in any form that vocabulary.js reads
 * @property {?string[]} labels
 * @property {Map<string, unknown>} [named] what else the file holds, in which the classes'
 *   names may be
 * @property {?string} level    "char" or "word", where the file says so
 * @property {string[]} notes   what else a person should know
 * @property {{ tokens: string[], from: string }} [usual] what its program always has
 * @property {boolean} [isUnclear] it may be a generator that reads one token more than it writes
 * @property {boolean} [byCount] its program numbers the characters of a text by how often they come
 * @property {number} [start]   the id that stands before a text
 * @property {number} [end]     the id that ends it
 * @property {number[]} [afterPrompt] ids between an input and its answer
 * @property {boolean} [onlyStartsAndEnds] the start token also ends a text
 * @property {Uint8Array} [bytes] of the file that it was read from
 * @property {import("./convert.js").NamedFile[]} [neighbours] where a vocabulary may be
 */

const LAYERS = 16;
const WIDEST = 4096; // units that an activation squashes by themselves

const isSoftmax = (name) => name === "softmax" || name === "log_softmax";

/**
 * The network of a list of steps. Each is one of
 *   { kind: "embedding", table: [V, E] }   a table of null is none: one-hot rows, or id ÷ V
 *   { kind: "input", size }   rows of one-hot, where no layer says how many there are
 *   { kind: "recurrent", layer, sequences }   sequences: gives on every step, not the last alone,
 *     or of both directions what they give at their ends
 *   { kind: "dense", weight: [out, in], bias, activation }
 *   { kind: "activation", activation }
 *   { kind: "affine", scale: [n], shift: [n], spreads }   normalisation with fixed statistics;
 *     spreads: one value alone is for every unit
 *   { kind: "pools", parts }   "last", "ends", "mean" or "max", or several one behind another
 *   { kind: "attention", weight: [n] }   over what every layer gave, textgenrnn's
 * @param {object[]} steps
 * @param {Partial<Network>} facts what the format knows besides
 * @returns {Network}
 */
export function compose(steps, facts) {
  if (!steps.some(({ kind }) => kind === "recurrent"))
    throw refusal("there is no recurrent layer in it: only those write text here");
  const c = new Composer(facts);
  for (const step of steps) c[step.kind](step);
  return c.finish(steps);
}

class Composer {
  constructor(facts) {
    this.n = {
      task: null,
      inputs: 0,
      outputs: 0,
      fed: "",
      table: null,
      layers: [],
      reads: "top",
      pool: "last",
      attention: null,
      dense: [],
      head: null,
      window: 0,
      padsLeft: false,
      masksZero: false,
      reversed: false,
      vocabulary: null,
      labels: null,
      level: null,
      notes: [],
      ...facts,
    };
    this.width = 0; // of what the next step reads
    this.heads = []; // dense layers behind the last recurrent one
    this.affine_ = null; // { scale, shift } that waits for the next weights
    this.scalar = false;
  }

  get front() {
    return this.n.layers.length === 0;
  }

  input({ size }) {
    this.n.fed = "one-hot";
    this.n.inputs = size;
    this.width = size;
  }

  /** What the first layer is fed where there is no embedding, by how many values it reads. */
  feed(reads) {
    if (!this.front || this.n.fed) return;
    this.scalar = reads === 1;
    if (this.scalar) this.n.fed = "scalar";
    else this.input({ size: reads });
  }

  embedding({ table }) {
    if (table === null) return;
    if (!this.front || this.n.table) throw refusal("an embedding in the middle of the network");
    expect(table, [-1, -1], "embedding");
    this.n.fed = "embedding";
    this.n.table = table;
    this.n.inputs = table.shape[0];
    this.width = table.shape[1];
  }

  recurrent({ layer, sequences }) {
    this.feed(layer.input);
    const reads = this.scalar && this.front ? 1 : this.width;
    if (layer.input !== reads)
      throw refusal(
        `a recurrent layer reads ${layer.input} values where ${reads} come: its layers are no chain, ` +
          "as an encoder and a decoder are none, and only networks that go on with a text open here",
      );
    if (this.ended) throw refusal("a recurrent layer behind one that gives only its last output");
    if (this.n.layers.length > 0 && this.n.layers.at(-1).cell !== layer.cell) {
      const cells = `${this.n.layers.at(-1).cell} and ${layer.cell}`;
      throw refusal(`layers of different cells, ${cells}, are no model of ours`);
    }
    if (this.n.layers.length === LAYERS) throw refusal(`more than ${LAYERS} recurrent layers`);
    this.n.layers.push(this.withFolded(layer));
    this.ended = !sequences;
    this.n.pool = this.ended && layer.reverse ? "ends" : "last";
    this.width = widthOf(layer);
  }

  /** Takes dense layers and normalisation in front of this one into its weights. */
  withFolded(layer) {
    if (this.heads.length === 0 && !this.affine_) return layer;
    if (this.heads.some(({ activation }) => activation !== "linear") || this.heads.length > 1) {
      throw refusal(
        "a dense layer with an activation between recurrent layers is no model of ours",
      );
    }
    const fold = ({ weightIh, biasIh, reverse, ...rest }) => {
      let next = { weight: weightIh, bias: biasIh };
      if (this.affine_) next = foldAffine(this.affine_, next);
      if (this.heads.length > 0) next = foldDense(this.heads[0], next);
      const input = next.weight.shape[1];
      const other = reverse && fold(reverse);
      return { ...rest, input, weightIh: next.weight, biasIh: next.bias, reverse: other };
    };
    const folded = fold(layer);
    this.heads = [];
    this.affine_ = null;
    return folded;
  }

  dense({ weight, bias, activation = "linear" }) {
    this.feed(weight.shape[1]);
    if (weight.shape[1] !== this.width && !(this.scalar && this.front)) {
      throw refusal(`a dense layer reads ${weight.shape[1]} values where ${this.width} come`);
    }
    this.width = weight.shape[0];
    if (this.front) {
      if (this.scalar) throw refusal("a dense layer on a scalar input is no text model of ours");
      const rows = this.n.table ? product(this.n.table, transpose(weight)) : transpose(weight);
      this.setTable(rows, (x, i) => x + (bias ? bias.data[i] : 0));
      this.activation({ activation });
      return;
    }
    let next = { weight, bias, activation: "linear" };
    if (this.affine_) next = { ...foldAffine(this.affine_, next), activation: "linear" };
    this.affine_ = null;
    const before = this.heads.at(-1);
    if (before?.activation === "linear") {
      this.heads[this.heads.length - 1] = { ...foldDense(before, next), activation: "linear" };
    } else {
      this.heads.push(next);
    }
    this.activation({ activation });
  }

  activation({ activation }) {
    if (activation === "linear") return;
    if (!isSoftmax(activation) && !ACTIVATIONS[activation]) {
      throw refusal(`the activation ${shown(activation)} is none that this can run`);
    }
    if (this.front) {
      if (isSoftmax(activation)) throw refusal("a soft-max in front of the recurrent layers");
      this.setTable(this.n.table, ACTIVATIONS[activation]);
    } else {
      if (this.heads.at(-1)?.activation !== "linear") this.identity(activation);
      this.heads.at(-1).activation = activation;
    }
  }

  /** A layer that changes nothing, whose outputs an activation squashes. */
  identity(activation) {
    const { width } = this;
    if (isSoftmax(activation) || width > WIDEST)
      throw refusal(`the activation ${activation} behind no dense layer is no model of ours`);
    const weight = zeros(width, width);
    for (let i = 0; i < width; i++) weight.data[i * width + i] = 1;
    this.dense({ weight, bias: null });
  }

  /**
   * max(x, 0) + slope min(x, 0), by two units for every one: relu(x) - slope relu(-x). The slope is
   * a number, or a list of one for every unit.
   */
  leaky({ slope }) {
    const slopes = [slope].flat();
    const slopeOf = (i) => slopes[slopes.length === 1 ? 0 : i];
    if (this.front && this.n.table) {
      this.setTable(this.n.table, (x, i) => (x > 0 ? x : slopeOf(i) * x));
      return;
    }
    if (!this.front && this.heads.length === 0) this.identity("leaky");
    const before = this.heads.at(-1);
    if (this.front || before?.activation !== "linear")
      throw refusal("a leaky ReLU that is not behind a dense layer is no model of ours");
    const [width] = before.weight.shape;
    const join = zeros(width, 2 * width);
    for (let r = 0; r < width; r++) {
      join.data[r * 2 * width + r] = 1;
      join.data[r * 2 * width + width + r] = -slopeOf(r);
    }
    this.heads[this.heads.length - 1] = {
      weight: stack([before.weight, negated(before.weight)]),
      bias: before.bias && stack([before.bias, negated(before.bias)]),
      activation: "relu",
    };
    this.heads.push({ weight: join, bias: null, activation: "linear" });
  }

  affine({ spreads, ...step }) {
    if (this.front && !this.n.table)
      throw refusal("normalisation of a one-hot input is no model of ours");
    const [scale, shift] = [step.scale, step.shift].map((found) =>
      spreads && found.data.length === 1
        ? tensor([this.width], new Float32Array(this.width).fill(found.data[0]))
        : expect(found, [this.width], "normalisation"),
    );
    if (this.front) {
      this.setTable(this.n.table, (x, i) => x * scale.data[i] + shift.data[i]);
    } else if (this.heads.length > 0 && this.heads.at(-1).activation === "linear") {
      this.heads[this.heads.length - 1] = scaledRows(this.heads.at(-1), scale, shift);
    } else {
      this.affine_ = this.affine_ ? behind(this.affine_, scale, shift) : { scale, shift };
    }
  }

  /** One of the last step, the ends, the mean and the largest, or several one behind another. */
  pools({ parts }) {
    const [first] = parts;
    const isStep = parts.length === 1 && (first === "last" || first === "ends");
    const isLinear = this.heads.every(({ activation }) => activation === "linear");
    const isBare = this.heads.length === 0 && !this.affine_;
    // A step may be taken wherever: all before it is made of each step alone.
    if (this.front || !(isStep || (parts.length === 1 ? isLinear : isBare)))
      throw refusal("pooling that is not of a recurrent layer");
    const { reverse } = this.n.layers.at(-1);
    this.ended = true;
    if (parts.length === 1) {
      if (first === "max") this.checkLargest();
      this.n.pool = isStep && !reverse ? "last" : first; // which is the end of one direction
      return;
    }
    if (parts.includes("last") && reverse)
      throw refusal("both directions at the last token beside a mean or a largest over time");
    const { width } = this;
    this.n.pool = "pooled";
    this.width = 3 * width;
    this.dense({ weight: selection(parts, width), bias: null });
  }

  /** May the largest be taken before what is linear behind the layers? */
  checkLargest() {
    if (this.heads.length > 0)
      throw refusal("the largest over time of a sum of both ends, or of a dense layer's outputs");
    if (this.affine_?.scale.data.some((x) => x < 0))
      throw refusal("the largest of what a negative scale turned round is no model of ours");
  }

  attention({ weight }) {
    const width = this.n.table.shape[1] + this.n.layers.reduce((sum, l) => sum + widthOf(l), 0);
    expect(weight, [width], "attention");
    Object.assign(this.n, { attention: weight, reads: "all" });
    this.width = width;
    this.ended = true;
  }

  setTable({ shape, data }, change) {
    const width = shape[1];
    this.n.table = { shape, data: data.map((x, i) => change(x, i % width)) };
    this.width = width;
  }

  finish(steps) {
    const { n } = this;
    if (this.heads.length === 0 || this.affine_) {
      throw refusal("there is no dense layer behind the recurrent ones, so no logits");
    }
    const head = this.heads.pop();
    if (this.heads.some(({ activation }) => isSoftmax(activation)))
      throw refusal("a soft-max between its layers");
    n.dense = this.heads;
    n.outputs = head.weight.shape[0];
    n.head = head;
    if (this.scalar) {
      n.inputs = n.outputs;
      n.table = zeros(n.inputs, 1);
      n.table.data.forEach((_, id) => (n.table.data[id] = id / n.inputs));
    }
    n.task ??= n.inputs === n.outputs ? "generator" : "classifier";
    setHead(n);
    if (n.task === "classifier" && steps.at(-1).kind === "recurrent") throw refusal("no logits");
    if (n.task === "classifier" && n.attention)
      throw refusal("it is a classifier with attention over the text, which is no model of ours");
    const isAnew = rereads(n) || n.task === "classifier";
    if (n.masksZero && isAnew) n.padsLeft = false; // what fills a window is passed over
    return n;
  }
}

/**
 * Whether every prediction reads its window anew: the network reads from the end, too, or its head
 * sees more of it than the last output. A classifier can do the latter while it reads on, but where
 * something stands before a short text.
 * @param {Network} n
 */
export const rereads = (n) =>
  (n.task === "classifier" && n.padsLeft && n.window > 0) ||
  n.reads === "all" ||
  n.anew === true ||
  n.reversed ||
  n.layers.some(({ reverse }) => reverse) ||
  (n.task === "generator" && n.pool !== "last");

const WINDOW = { most: 4096, generator: 50, classifier: 1024 };

/** What no file says and cannot be done without: how many tokens are read anew. */
export function settleWindow(n, asked) {
  if (asked !== undefined) Object.assign(n, { window: asked, anew: true });
  // How many zeros stand in front leaves no mark on a last state, but on means and on what
  // reads from the end.
  if (!n.window) n.padsLeft &&= n.task === "classifier" && n.pool === "last" && !rereads(n);
  if (!n.window && (n.padsLeft || rereads(n))) {
    n.window = WINDOW[n.task];
    n.notes.push(`no file says in what windows it was trained: ${n.window} tokens are taken`);
  }
  if (!rereads(n)) return;
  if (n.padsLeft && n.task === "classifier")
    n.notes.push("shorter texts are filled with token 0 in front, as pad_sequences does");
  if (n.window > WINDOW.most) {
    n.notes.push(`of its windows of ${n.window} tokens the last ${WINDOW.most} are read`);
    n.window = WINDOW.most;
  }
}

/** One sigmoid is two classes with the logits 0 and z; every other end must be a soft-max. */
function setHead(n) {
  const { weight, bias, activation } = n.head;
  if (activation === "sigmoid" && n.outputs === 1) {
    const none = { shape: [1], data: new Float32Array(1) };
    n.head = {
      weight: stack([zeros(1, weight.shape[1]), weight]),
      bias: bias ? stack([none, bias]) : null,
      activation: "softmax",
    };
    n.outputs = 2;
    n.task = "classifier";
  } else if (activation === "sigmoid") {
    n.notes.push(
      "trained with one sigmoid an output: the probabilities are those, made to sum to 1",
    );
  } else if (activation !== "linear" && !isSoftmax(activation)) {
    throw refusal(`it ends in ${shown(activation)}, which gives no probabilities of tokens`);
  } else {
    n.head = { weight, bias, activation: "softmax" };
  }
  if (n.outputs < 2) throw refusal("it predicts one number, not text: it is a regression");
}
