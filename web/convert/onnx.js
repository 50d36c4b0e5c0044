// ONNX: a graph of nodes. From the logits backwards to the tokens there must be one way, and on it
// only what compose() knows: recurrent nodes, matrix products, an embedding, and nodes that only
// turn shapes.

import { activationSteps } from "./onnx-activations.js";
import { factsOf, logitsOf, readBranch, readGraph } from "./onnx-graph.js";
import { beginning, embeddingOf, graphRows, tokensAsked, unchanging } from "./onnx-compute.js";
import { CUT, isFlip, nodesBetween, topBehind, withSigmoid } from "./onnx-read-out.js";
import { recurrentLayer } from "./onnx-recurrent.js";
import { activation, normalised, scaled, spread } from "./activations.js";
import { compose } from "./network.js";
import { mergedBy, readings } from "./pools.js";
import { isRefusal, refusal, shown } from "./refuse.js";
import { settled } from "./settled.js";
import { expect, mapped, transpose, zeros } from "./tensor.js";

const PASSED = /^(Identity|Cast|CastLike|Dropout|Reshape|Squeeze|Unsqueeze|Flatten|Transpose)$/;

// What a state may go through besides.
const SPREAD = new RegExp(`${PASSED.source}|^(Slice|Gather|Expand|Tile|Split)$`);

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const graph = readGraph(bytes, files);
  const output = logitsOf(graph);
  const make = (answers, asked) => {
    const walker = new Walker(graph, answers, asked);
    const steps = walker.stepsTo(output);
    const facts = {
      format: `ONNX${graph.producer ? ` of ${graph.producer}` : ""}`,
      notes: walker.notes,
      ...factsOf(graph.metadata),
    };
    if (walker.reversed) facts.reversed = true;
    return { network: compose(withSigmoid(steps, walker.notes), facts), reader: walker };
  };
  const { network } = settled({
    make,
    rowsOf: ({ network: found, reader }, ids) =>
      graphRows(graph, output, reader.tokens, found, ids),
    tokens: ({ reader }, ids) => tokensAsked(graph, reader.tokens, ids),
    tells: true,
    isBound: () => true,
    differs: "the ONNX graph gives other logits than a network here of its layers would",
  });
  return network;
}

// What nodes are only found in.
const PARTS = {
  Softmax: "attention over what its layers give",
  Erf: "a GELU",
  Sqrt: "layer normalisation",
};

class Walker {
  /**
   * @param {any} graph
   * @param {any} answers to what the graph leaves open @param {Map<string, any[]>} asked
   */
  constructor(graph, answers, asked) {
    this.graph = graph;
    this.answers = answers;
    this.asked = asked;
    this.tokens = ""; // the input of tokens
    this.makers = graph.constants.makers;
    this.notes = [];
    this.reversed = false;
    this.isCut = false; // what a read-out gives, by steps
    this.isFront = false; // of the last recurrent node
  }

  constant(name) {
    return this.graph.constants.get(name);
  }

  /** The steps from the tokens to a value, in the order in which they run. */
  stepsTo(name) {
    const steps = [];
    for (let at = name, i = 0; at !== null; i++) {
      if (i > this.graph.nodes.length) throw refusal("the ONNX graph goes in a circle");
      const node = this.makers.get(at);
      if (!node) {
        this.input(at);
        break;
      }
      const found = this.readOut(node, at, steps) ?? this.nodeOrTable(node, at);
      const { step, more, from } = found;
      if (more) steps.unshift(...more);
      if (step) steps.unshift(step);
      if (step?.kind === "embedding") {
        if (from) this.checkTokens(from);
        break;
      }
      at = from;
    }
    return steps;
  }

  /**
   * What a read-out sees of the last recurrent node, of all that it may be that which gives what
   * the graph gives; null: there is no such node behind, or it is not reached yet.
   */
  readOut(node, at, steps) {
    const top = this.isFront || this.isScale(node) ? null : topBehind(this.makers, at);
    if (!top) return null;
    this.isFront = true;
    const recurrent = this.recurrent(top);
    const { layer } = recurrent.step;
    const width = steps.find(({ kind }) => kind === "dense")?.weight.shape[1] ?? 0;
    const options = readings(layer, width);
    const between = nodesBetween(this.makers, at);
    const isPlain = !this.isCut && between.every(({ type }) => PASSED.test(type));
    const isLast = this.rootOf(at, PASSED) === top.outputs[0] || !layer.reverse;
    const usual = layer.reverse ? "last" : "ends";
    if (options.length > 0) this.asked.set("reads", options);
    const chosen =
      this.answers.reads ??
      (isPlain && isLast ? options.find(({ parts }) => parts[0] === usual) : null);
    if (!chosen)
      throw refusal(
        "the ONNX graph reads something else of its last layer than its last step, its ends, their " +
          `mean or the largest (${shown([...new Set(between.map(({ type }) => type))].join(", "))})`,
      );
    const { parts, merge } = chosen;
    const more = [recurrent.step, { kind: "pools", parts }];
    if (merge) more.push(mergedBy(merge, layer.hidden, parts.length));
    return { more, from: recurrent.from };
  }

  /**
   * What a node does; or, in front of the recurrent ones, where it is of no kind that is known,
   * what becomes of every token by itself: an embedding.
   */
  nodeOrTable(node, at) {
    try {
      return this.node(node, at);
    } catch (error) {
      const nodes = isRefusal(error) && this.isFront ? nodesBetween(this.makers, at) : [];
      const isRead = ({ name }) => nodes.some(({ inputs }) => inputs.includes(name));
      const input = this.graph.inputs.find(isRead);
      const tables = nodes
        .map(({ type, inputs }) => (type === "Gather" ? this.constant(inputs[0]) : null))
        .filter((one) => one?.shape.length === 2);
      const [count] = tables.map(({ shape }) => shape[0]).sort((a, b) => b - a);
      const table = input && count ? embeddingOf(this.graph, at, input, count) : null;
      if (!table) throw error;
      this.tokens = input.name;
      return { step: { kind: "embedding", table }, from: null };
    }
  }

  /** Is it a sum or a product with a constant, but of a sum over time, of which it makes a mean? */
  isScale({ type, inputs }) {
    if (!/^(Add|Sub|Mul|Div)$/.test(type)) return false;
    const other = inputs.find((name) => !this.constant(name));
    const isOne = inputs.some((name) => this.constant(name));
    return isOne && !/^Reduce/.test(this.makers.get(other)?.type ?? "");
  }

  /** Where the way ends: one-hot rows, or id ÷ V. */
  input(name) {
    if (!this.isInput(name))
      throw refusal(`the ONNX graph reads ${shown(name)}, which nothing makes`);
    this.tokens = name;
  }

  /** The way from token ids to an embedding only turns shapes. */
  checkTokens(name) {
    for (let at = name, i = 0; i < 64; i++) {
      const node = this.makers.get(at);
      if (!node) {
        if (!this.isInput(at)) throw refusal("the ONNX graph's embedding reads what is no input");
        this.tokens = at;
        return;
      }
      if (node.type === "Slice" && isFlip(node, this.graph.constants))
        this.reversed = !this.reversed;
      if (!PASSED.test(node.type) && node.type !== "Slice")
        throw refusal(`the ONNX graph's token ids come from a ${shown(node.type)}`);
      at = node.inputs[0];
    }
  }

  /** @returns {any} */
  node(node, output) {
    const { type, inputs } = node;
    if (node.domain && !/^(ai\.onnx|com\.microsoft)?$/.test(node.domain)) throw this.stray(node);
    if (/^(LSTM|GRU|RNN)$/.test(type) && output === node.outputs[0]) return this.recurrent(node);
    const more = activationSteps(node, (name) => this.constant(name));
    if (more) return { more, from: inputs[0] };
    const isCut = !this.isFront && CUT.test(type);
    if (isCut) this.isCut = true;
    if (isCut || PASSED.test(type)) return { step: null, from: inputs[0] };
    const make = this[type];
    if (!Object.hasOwn(Walker.prototype, type) || !/^[A-Z]/.test(type)) throw this.stray(node);
    return make.call(this, node);
  }

  stray({ type }) {
    return refusal(
      `the ONNX graph has a ${shown(type)} between tokens and logits, which is no part of a recurrent text model here`,
    );
  }

  layerOf(node) {
    return recurrentLayer(
      node,
      (name) => this.constant(name) ?? beginning(this.graph, name) ?? this.madeOfShapes(name),
      (name) => this.isOutside(name),
    );
  }

  /** A state that the graph makes of the shapes of its inputs alone: a learned one, spread. */
  madeOfShapes(name) {
    const isState = this.makers.get(name) && !this.isOutside(name);
    return isState ? unchanging(this.graph, name) : null;
  }

  recurrent(node) {
    const { layer, isReversed } = this.layerOf(node);
    if (isReversed) {
      if (this.reversed) throw refusal("several ONNX nodes read backwards");
      this.reversed = true;
    }
    return { step: { kind: "recurrent", layer, sequences: true }, from: node.inputs[0] };
  }

  /** Does a state come from an input of the graph, or is it zero? */
  isOutside(name) {
    const root = this.rootOf(name, SPREAD);
    const node = this.makers.get(root);
    if (node?.type === "ConstantOfShape") return this.graph.constants.fillOf(node) === 0;
    return this.isInput(root) || this.constant(root)?.data.every((x) => x === 0) === true;
  }

  Gemm({ type, inputs, attributes }) {
    const alpha = attributes.get("alpha")?.f ?? 1;
    const beta = attributes.get("beta")?.f ?? 1;
    if (attributes.get("transA")?.i)
      throw refusal(`the ONNX graph has a ${shown(type)} of the other side of its input`);
    const found = expect(this.constant(inputs[1]), [-1, -1], inputs[1] ?? type);
    const turned = attributes.get("transB")?.i ? found : transpose(found);
    const weight = alpha === 1 ? turned : mapped(turned, (x) => x * alpha);
    const bias = inputs[2] ? this.vector(inputs[2], weight.shape[0], beta) : null;
    return { step: { kind: "dense", weight, bias, activation: "linear" }, from: inputs[0] };
  }

  MatMul(node) {
    if (!this.constant(node.inputs[1]))
      throw refusal(
        "the ONNX graph multiplies two values that both change: attention, which is no model of ours",
      );
    return this.Gemm(node);
  }

  FusedMatMul(node) {
    return this.MatMul(node);
  }

  vector(name, size, factor) {
    const found = this.constant(name);
    if (!found || (found.data.length !== size && found.data.length !== 1))
      throw refusal(`the ONNX graph's ${shown(name)} is no bias`);
    return mapped(zeros(size), (_, i) => found.data[found.data.length === 1 ? 0 : i] * factor);
  }

  /** A constant beside what comes from the tokens: [constant, name] */
  beside({ type, inputs }) {
    for (const [a, b] of [
      [0, 1],
      [1, 0],
    ]) {
      const found = this.constant(inputs[a]);
      if (found) return [found, inputs[b], a];
    }
    const nodes = inputs.flatMap((name) => nodesBetween(this.makers, name));
    const part = Object.keys(PARTS).find((kind) => nodes.some((one) => one.type === kind));
    throw refusal(
      part
        ? `the ONNX graph has ${PARTS[part]}, which is no part of the networks here`
        : `the ONNX graph joins two ways by ${type}: it is no chain of layers`,
    );
  }

  Add(node) {
    const [found, from] = this.beside(node);
    if (found.data.every((x) => x === 0)) return { step: null, from };
    const ones = found.data.map(() => 1);
    return { step: spread(ones, found.data), from };
  }

  /** x - c, or c - x. */
  Sub(node) {
    const [{ data }, from, at] = this.beside(node);
    const sign = at === 0 ? -1 : 1;
    return {
      step: spread(
        data.map(() => sign),
        data.map((x) => -sign * x),
      ),
      from,
    };
  }

  Mul(node) {
    const swished = this.swished(node);
    if (swished) return { step: activation("swish"), from: swished };
    const [found, from] = this.beside(node);
    if (found.data.every((x) => x === 1)) return { step: null, from };
    return { step: scaled(found.data), from };
  }

  /** What a product with its own sigmoid is of; null: it is none. */
  swished({ inputs: [a, b] }) {
    const isSigmoidOf = (one, other) => {
      const node = this.makers.get(one);
      return node?.type === "Sigmoid" && node.inputs[0] === other;
    };
    return isSigmoidOf(a, b) ? b : isSigmoidOf(b, a) ? a : null;
  }

  Div(node) {
    const [found, from, at] = this.beside(node);
    if (at === 0) throw this.stray(node);
    // id ÷ V in the graph itself is what a scalar input is.
    if (found.data.length === 1 && this.isInput(this.rootOf(from, PASSED)))
      return { step: null, from };
    return { step: scaled(found.data.map((x) => 1 / x)), from };
  }

  BatchNormalization({ inputs, attributes }) {
    const [gamma, beta, mean, variance] = inputs
      .slice(1, 5)
      .map((name) => expect(this.constant(name), [-1], name).data);
    const epsilon = attributes.get("epsilon")?.f ?? 1e-5;
    const scale = gamma.map((g, i) => g / Math.sqrt(variance[i] + epsilon));
    return { step: normalised(mean, scale, beta), from: inputs[0] };
  }

  /** A row of a constant table is an embedding. */
  Gather(node) {
    const [name, from] = node.inputs;
    const table = this.constant(name);
    if (!table) throw this.stray(node);
    return { step: { kind: "embedding", table: expect(table, [-1, -1], name) }, from };
  }

  Slice(node) {
    if (!isFlip(node, this.graph.constants)) throw this.stray(node);
    this.reversed = !this.reversed;
    return { step: null, from: node.inputs[0] };
  }

  /** PyTorch's squeeze(1), which asks whether there is one: both ways give the same values. */
  If(node) {
    const ways = ["then_branch", "else_branch"].map((name) =>
      readBranch(node.attributes.get(name)?.graph)?.filter(({ type }) => type !== "Constant"),
    );
    const [first, second] = ways.map((nodes) => (nodes?.length === 1 ? nodes[0] : null));
    const isPassed = [first, second].every((one) => /^(Squeeze|Identity)$/.test(one?.type ?? ""));
    if (!isPassed || first.inputs[0] !== second.inputs[0]) throw this.stray(node);
    return { step: null, from: first.inputs[0] };
  }

  OneHot({ inputs }) {
    const depth = this.constant(inputs[1])?.data[0];
    if (!depth) throw refusal("the ONNX graph's OneHot has no fixed number of tokens");
    const [off, on] = this.constant(inputs[2])?.data ?? [0, 1];
    if (off !== 0 || on !== 1)
      throw refusal("the ONNX graph's OneHot has other numbers than 0 and 1");
    this.checkTokens(inputs[0]);
    const from = this.isInput(inputs[0]) ? inputs[0] : this.rootOf(inputs[0]);
    this.tokens = from;
    return { step: { kind: "input", size: depth }, from };
  }

  isInput(name) {
    return this.graph.inputs.some((input) => input.name === name);
  }

  /** Where a way back ends that only goes through such nodes. */
  rootOf(name, kinds = /./) {
    let at = name;
    for (let i = 0; i < 64; i++) {
      const node = this.makers.get(at);
      if (!node || !kinds.test(node.type)) break;
      at = node.inputs[0];
    }
    return at;
  }
}
