// Torch7's checkpoints: torch-rnn's (a list of modules) and char-rnn's (a graph of linear layers
// and gates).

import { activation, normalised } from "./activations.js";
import { makeJoint, makeLayer } from "./layers.js";
import { compose } from "./network.js";
import { refusal, shown } from "./refuse.js";
import { expect, negated, reorder, stack, tensor, transpose } from "./tensor.js";
import { TorchObject, readTorch7 } from "./torch7-reader.js";

/** A Lua table of 1 … n as a list. */
function listOf(table) {
  const list = [];
  for (let i = 1; table instanceof Map && table.has(i); i++) list.push(table.get(i));
  return list;
}

/** @returns {value is TorchObject} */
const isObject = (value, type) => value instanceof TorchObject && (!type || type.test(value.type));

function tensorOf(object, field) {
  const found = object.get(field);
  if (!found?.read)
    throw refusal(`the ${field} of ${shown(object.type)} is missing from the Torch7 file`);
  return found.read(`${object.type}.${field}`);
}

const maybe = (object, field) => (object.get(field)?.read ? tensorOf(object, field) : null);

/** id (from 0) → token, of a table either way round. */
function vocabularyOf(table) {
  if (!(table instanceof Map) || table.size < 2) return null;
  const pairs = [...table].map(([key, value]) =>
    typeof key === "number" ? [key, value] : [value, key],
  );
  const isFine = pairs.every(([id, token]) => Number.isInteger(id) && typeof token === "string");
  const least = Math.min(...pairs.map(([id]) => id));
  return isFine ? new Map(pairs.map(([id, token]) => [id - least, token])) : null;
}

/** @param {import("./convert.js").NamedFile} file */
export function read({ bytes }) {
  const value = readTorch7(bytes);
  if (!(value instanceof Map || value instanceof TorchObject))
    throw refusal("the Torch7 file holds no model");
  const get = (name) => value.get(name);
  const model = isObject(value, /LanguageModel$/) ? value : get("model");
  if (isObject(model, /LanguageModel$/)) return torchRnn(model);
  const protos = get("protos") ?? get("model");
  const graph = protos instanceof Map ? protos.get("rnn") : protos;
  if (isObject(graph, /gModule$/))
    return charRnn(graph, vocabularyOf(get("vocab")), get("opt"), protos);
  const net = [value, model, graph].find((one) => isObject(one, /Sequential$/));
  if (net) return ofModules(net, null, "Torch7");
  throw refusal(
    `the Torch7 file holds ${isObject(value) ? shown(value.type) : "a table"} of no kind known here: ` +
      "char-rnn's and torch-rnn's checkpoints open",
  );
}

// ---- torch-rnn ------------------------------------------------------------------------------

const torchRnn = (model) => {
  const vocabulary =
    vocabularyOf(model.get("idx_to_token")) ?? vocabularyOf(model.get("token_to_idx"));
  return ofModules(model.get("net"), vocabulary, "Torch7, torch-rnn");
};

const PASSED = /^nn\.(Dropout|View|Reshape|Copy|Identity|Contiguous|Transpose|Squeeze|Unsqueeze)$/;

function ofModules(net, vocabulary, format) {
  if (!isObject(net, /Sequential$/)) throw refusal("the torch-rnn model has no list of modules");
  const steps = [];
  for (const module of listOf(net.get("modules"))) {
    if (!isObject(module)) throw refusal("the Torch7 file is damaged");
    if (PASSED.test(module.type)) continue;
    const make = MODULES[module.type];
    if (!make)
      throw refusal(
        `the Torch7 model has a ${shown(module.type)}, which is no part of a recurrent text model`,
      );
    steps.push(...make(module));
  }
  return compose(steps, { format, vocabulary, notes: [] });
}

/** A weight [D + H, G·H], first what is read, then the state; gates in `order`. */
function fused(module, cell, gates, order) {
  const weight = transpose(expect(tensorOf(module, "weight"), [-1, -1], module.type));
  const bias = tensorOf(module, "bias");
  const hidden = weight.shape[0] / gates;
  const input = weight.shape[1] - hidden;
  if (!Number.isInteger(hidden) || input < 1)
    throw refusal(`the weight of ${shown(module.type)} is of no size that it can have`);
  const layer = makeJoint(module.type, {
    cell,
    weight: reorder(weight, order),
    bias: reorder(tensor([bias.data.length], bias.data), order),
  });
  return [{ kind: "recurrent", layer, sequences: true }];
}

const MODULES = {
  "nn.LookupTable": (module) => [{ kind: "embedding", table: tensorOf(module, "weight") }],
  "nn.LSTM": (module) => fused(module, "lstm", 4, [0, 1, 3, 2]), // i f o g
  "nn.GRU": (module) => fused(module, "gru-before", 3, [1, 0, 2]), // u r c
  "nn.VanillaRNN": (module) => fused(module, "rnn", 1, [0]),
  "nn.Linear": (module) => [{ kind: "dense", ...linear(module) }],
  "nn.LogSoftMax": () => [activation("softmax")],
  "nn.SoftMax": () => [activation("softmax")],
  "nn.Tanh": () => [activation("tanh")],
  "nn.ReLU": () => [activation("relu")],
  "nn.Sigmoid": () => [activation("sigmoid")],
  "nn.BatchNormalization": normalisation,
};

function normalisation(module) {
  const mean = tensorOf(module, "running_mean").data;
  const variance = maybe(module, "running_var")?.data;
  // Old files have one over the deviation.
  const deviation = variance ? null : tensorOf(module, "running_std").data;
  const epsilon = module.get("eps") ?? 1e-5;
  const [gamma, beta] = [maybe(module, "weight")?.data, maybe(module, "bias")?.data];
  const scale = mean.map(
    (_, i) =>
      (gamma ? gamma[i] : 1) * (variance ? 1 / Math.sqrt(variance[i] + epsilon) : deviation[i]),
  );
  return [normalised(mean, scale, beta)];
}

// ---- char-rnn -------------------------------------------------------------------------------

/** What a node of the graph reads: the data of other nodes, in order. */
const inputsOf = (data) => listOf(data?.get("mapindex"));
const moduleOf = (data) => data?.get("module");
const isOf = (data, type) => data instanceof Map && isObject(moduleOf(data), type);

/**
 * Sums of two linear layers, of which one reads what comes in and one the state: { input, state }
 */
function sumsOf(graph) {
  const nodes = listOf(graph.get("forwardnodes")).map((node) =>
    node instanceof TorchObject ? node.get("data") : node?.get?.("data"),
  );
  return nodes
    .filter((data) => isOf(data, /^nn\.CAddTable$/))
    .flatMap((data) => {
      const parts = inputsOf(data);
      const isSum = parts.length === 2 && parts.every((part) => isOf(part, /^nn\.Linear$/));
      return isSum
        ? [{ data, input: moduleOf(parts[0]), state: moduleOf(parts[1]), stateData: parts[1] }]
        : [];
    });
}

const linear = (module) => ({
  weight: expect(tensorOf(module, "weight"), [-1, -1], "nn.Linear"),
  bias: maybe(module, "bias"),
});

function layerOf(cell, sum, order) {
  const [input, state] = [linear(sum.input), linear(sum.state)];
  const sorted = (whole) => whole && reorder(whole, order);
  return makeLayer(cell, {
    cell,
    weightIh: sorted(input.weight),
    weightHh: sorted(state.weight),
    biasIh: sorted(input.bias),
    biasHh: sorted(state.bias),
  });
}

/**
 * Three sums a layer: update, reset, candidate, whose state has gone through the reset gate. The
 * new
 * state is update·candidate + (1 - update)·state, so our z is the sigmoid of minus its update.
 */
function gruLayers(sums) {
  const gates = new Map(sums.map((sum) => [sum.data, sum]));
  const candidates = sums.filter(({ stateData }) =>
    inputsOf(stateData).some((from) => isOf(from, /^nn\.CMulTable$/)),
  );
  return candidates.map((candidate) => {
    const product = inputsOf(candidate.stateData).find((from) => isOf(from, /^nn\.CMulTable$/));
    const sigmoid = inputsOf(product).find((from) => isOf(from, /^nn\.Sigmoid$/));
    const reset = gates.get(inputsOf(sigmoid)[0]);
    const at = sums.indexOf(candidate);
    const update = sums
      .slice(0, at)
      .filter((sum) => sum !== reset && !candidates.includes(sum))
      .at(-1);
    if (!reset || !update)
      throw refusal("the char-rnn graph has a GRU whose gates cannot be told apart");
    const parts = [reset, update, candidate].map((sum) => [linear(sum.input), linear(sum.state)]);
    const both = (side, field) =>
      stack(parts.map((part, k) => (k === 1 ? negated(part[side][field]) : part[side][field])));
    return makeLayer("GRU", {
      cell: "gru-before",
      weightIh: both(0, "weight"),
      weightHh: both(1, "weight"),
      biasIh: both(0, "bias"),
      biasHh: both(1, "bias"),
    });
  });
}

function charRnn(graph, vocabulary, opt, protos) {
  const sums = sumsOf(graph);
  if (sums.length === 0) throw refusal("the char-rnn graph has no recurrent layers");
  const [rows, hidden] = linear(sums[0].state).weight.shape;
  const gates = rows / hidden;
  const kind = opt instanceof Map ? opt.get("model") : null;
  const isGru =
    kind === "gru" ||
    sums.some(({ stateData }) => inputsOf(stateData).some((from) => isOf(from, /^nn\.CMulTable$/)));
  let layers;
  if (gates === 4)
    layers = sums.map((sum) => layerOf("lstm", sum, [0, 1, 3, 2])); // i f o g
  else if (isGru) layers = gruLayers(sums);
  else layers = sums.map((sum) => layerOf("rnn", sum, [0]));
  const used = new Set(sums.flatMap(({ input, state }) => [input, state]));
  const modules = listOf(graph.get("modules"));
  const heads = modules.filter((module) => isObject(module, /^nn\.Linear$/) && !used.has(module));
  if (heads.length !== 1)
    throw refusal(
      `the char-rnn graph has ${heads.length} layers behind the recurrent ones instead of one`,
    );
  const steps = [];
  const lookup = [...modules, protos instanceof Map ? protos.get("embed") : null].find((module) =>
    isObject(module, /^nn\.LookupTable$/),
  );
  if (lookup) steps.push(...MODULES["nn.LookupTable"](lookup));
  for (const layer of layers) steps.push({ kind: "recurrent", layer, sequences: true });
  steps.push(...MODULES["nn.Linear"](heads[0]));
  return compose(steps, { format: "Torch7, char-rnn", vocabulary, notes: [] });
}
