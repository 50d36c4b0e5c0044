// The steps of a network in the order in which its program has them, each with its tensors.

import { activation, leaky, line } from "./activations.js";
import { notUnderstood } from "./forward.js";
import { frontOf } from "./own-settled.js";
import { widthOf } from "./layers.js";
import { mergedBy, readings } from "./pools.js";
import { normalisation, unknown } from "./pytorch-head.js";
import { isRefusal, refusal, shown } from "./refuse.js";
import { expect, transpose } from "./tensor.js";

const UNKNOWN = "export it as ONNX instead (torch.onnx.export)";

class Steps {
  /** @param {any} reader of pytorch-network.js @param {import("./forward.js").Chain} chain */
  constructor(reader, chain) {
    this.reader = reader;
    this.chain = chain;
    this.steps = [];
    this.width = 0; // of what comes
    this.isBehind = false; // of the recurrent layers
    this.isWorkedOut = false; // what is in front of them
    this.used = new Set(); // names of tensors that are in no module's group
  }

  add(step) {
    this.steps.push(step);
    return step;
  }

  all() {
    const { items } = this.chain;
    this.layers = this.byPath(items.filter(({ kind }) => kind === "rnn"));
    this.groups = this.reader.groups();
    const begins = items.findIndex(({ kind }) => kind === "rnn");
    this.front(items, begins);
    for (let i = begins; i < items.length; i++) this[items[i].kind](items[i], items.slice(i + 1));
    this.end();
    return this.steps;
  }

  /** What is in front of the recurrent layers: as it stands, or what it makes of every token. */
  front(items, begins) {
    const front = items.slice(0, begins);
    try {
      if (this.chain.rest !== null) throw notUnderstood(this.chain);
      if (!front.some(({ kind }) => kind === "layer" || kind === "matrix")) this.feed();
      front.forEach((item, i) => this[item.kind](item, items.slice(i + 1)));
    } catch (error) {
      const table = isRefusal(error) ? frontOf(this.reader, this.chain) : null;
      if (!table) throw error;
      this.isWorkedOut = true;
      this.steps = [];
      this.table(table);
    }
  }

  /** The layers of each recurrent module, with the states that they begin in. */
  byPath(items) {
    const stacks = items.map(({ path, by }) => this.reader.stackAt(path, by));
    const whole = this.reader.withInitial(stacks.flat());
    let at = 0;
    return new Map(items.map(({ path }, i) => [path, whole.slice(at, (at += stacks[i].length))]));
  }

  /** What the program does not show: its embedding, or rows of one-hot. */
  feed() {
    const [{ input }] = [...this.layers.values()][0];
    const table = this.reader.takeEmbedding(this.groups, input);
    if (table) this.table(table);
  }

  table(table) {
    this.add({ kind: "embedding", table });
    this.width = table.shape[1];
  }

  layer({ path }, next) {
    const prefix = path ? `${path}.` : "";
    const group = this.groups.get(prefix);
    if (!group) throw refusal(`its program reads ${shown(path)} twice: ${UNKNOWN}`);
    this.groups.delete(prefix);
    if (group.has("running_mean")) {
      this.add(normalisation(this.reader, group, this.width));
      return;
    }
    const shape = this.reader.shapeOf(group, "weight");
    if (this.isSlope(path, shape)) {
      this.add(leaky([...this.reader.read(group.get("weight")).data]));
      return;
    }
    if (shape?.length !== 2) throw unknown(this.reader, prefix, group);
    const weight = this.reader.read(group.get("weight"));
    const bias = group.has("bias") ? this.reader.read(group.get("bias")) : null;
    if (!this.isBehind && this.width === 0) {
      this.table(this.isEmbedding(path, group, shape, next) ? weight : rowsOf(weight, bias));
      return;
    }
    this.add({ kind: "dense", weight, bias });
    this.width = shape[0];
  }

  /** Is a module PyTorch's PReLU, whose slope is learned? */
  isSlope(path, shape) {
    const kind = this.reader.module(path)?.type?.name ?? this.reader.program.kindOf(path);
    return kind === "PReLU" && shape?.length === 1 && [1, this.width].includes(shape[0]);
  }

  /** A product with a tensor of the file: the embedding again, or a matrix without a module. */
  matrix({ weight: name, bias: other, turned }) {
    const found = this.reader.read(name);
    if (found.shape.length !== 2) throw notUnderstood({ ...this.chain, rest: name });
    const weight = turned ? found : transpose(found);
    const bias = other ? expect(this.reader.read(other), [weight.shape[0]], other) : null;
    this.used.add(name).add(other);
    if (!this.isBehind && this.width === 0) {
      this.table(rowsOf(weight, bias));
      return;
    }
    this.add({ kind: "dense", weight, bias });
    this.width = weight.shape[0];
  }

  /** Steps from their end, which is the order of all that is behind. */
  flip() {
    if (this.isBehind) throw notUnderstood({ ...this.chain, rest: "a flip behind its layers" });
    this.reader.facts.reversed = !this.reader.facts.reversed;
  }

  /** What a read-out sees of the recurrent layers: that in which a network does as its program. */
  unclear(_, next) {
    const top = [...this.layers.values()].at(-1).at(-1);
    const options = readings(top, this.readBy(next));
    const usual = () => {
      throw notUnderstood(this.chain);
    };
    if (options.length === 0) usual();
    const { parts, merge } = this.reader.answer("reads", options, usual);
    this.reader.pool = parts.length > 1 ? "pooled" : parts[0];
    this.add({ kind: "pools", parts });
    this.width *= parts.length;
    const step = merge && mergedBy(merge, top.hidden, parts.length);
    if (!step) return;
    this.add(step);
    this.width = step.weight.shape[0];
  }

  /** How many values the next module with weights reads. */
  readBy(next) {
    const item = next.find(({ kind }) => kind === "layer" || kind === "matrix");
    if (item?.kind === "matrix") {
      const { shape } = this.reader.tensors.get(item.weight);
      return item.turned ? shape[1] : shape[0];
    }
    const group = this.groups.get(item?.path ? `${item.path}.` : "");
    const shape = group && this.reader.shapeOf(group, "weight");
    return shape ? shape.at(-1) : 0;
  }

  /** Is a matrix an embedding, a row a token, not a linear layer? */
  isEmbedding(path, group, shape, next) {
    const kind = this.reader.module(path)?.type?.name ?? this.reader.program.kindOf(path);
    if (/^Embedding/.test(kind ?? "")) return true;
    if (group.has("bias") || kind === "Linear") return false;
    const then = next.find(({ path: other }) => other !== undefined);
    const reads = this.layers.get(then?.path)?.[0].input;
    return reads === undefined || shape[1] === reads;
  }

  rnn({ path }) {
    const layers = this.layers.get(path);
    layers.forEach((layer) => this.add({ kind: "recurrent", layer, sequences: true }));
    this.width = widthOf(layers.at(-1));
    this.isBehind = true;
  }

  pool({ pool }) {
    const isTold = this.steps.some(({ kind }) => kind === "pools"); // by numbers
    if (!isTold || /^(mean|max)$/.test(pool)) this.add({ kind: "pools", parts: [pool] });
  }

  softmax(_, next) {
    if (next.some(({ path }) => path !== undefined))
      throw refusal(`its program has a soft-max between its layers: ${UNKNOWN}`);
  }

  affine({ scale, shift }) {
    this.add(line(scale, shift));
  }

  activation({ activation: name, slope }) {
    this.add(name === "leaky" ? leaky(slope) : activation(name));
  }

  end() {
    const isUsed = (group) => [...group.values()].every((name) => this.used.has(name));
    for (const [prefix, group] of this.groups)
      if (!this.isWorkedOut && !isUsed(group))
        this.reader.note(
          `${shown(prefix.replace(/\.$/, ""))} has no part in what its program gives`,
        );
    const last = this.steps.findLast(({ kind }) => kind !== "pools");
    if (this.width === 1 && last.kind !== "activation") this.add(activation("sigmoid"));
  }
}

/** The columns of a linear layer on one-hot rows, as an embedding. */
function rowsOf(weight, bias) {
  const rows = transpose(weight);
  const width = rows.shape[1];
  if (bias) rows.data.forEach((x, i) => (rows.data[i] = x + bias.data[i % width]));
  return rows;
}

/** @param {any} reader @param {import("./forward.js").Chain} chain */
export const stepsOf = (reader, chain) => new Steps(reader, chain).all();
