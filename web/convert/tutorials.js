// The networks of PyTorch's tutorials on names, written with linear layers alone:
//   i2h and i2o read [x, h] and h is not squashed; o2o reads [h', o]; i2h + h2h under tanh, then
//   h2o. Many who follow them squash h too, which only their program says.

import { makeLayer, SQUASHED } from "./layers.js";
import { firstJoined, squashing } from "./program.js";
import { refusal } from "./refuse.js";
import { columnsOf, expect, padded, rowsOf, stack, tensor, transpose, zeros } from "./tensor.js";

// What the layers are called, there and by others.
const LAYERS = {
  i2h: "i2h|in(put)?2hid(den)?|in(put)?_to_hidden",
  i2o: "i2o|in(put)?2out(put)?|in(put)?_to_output",
  o2o: "o2o",
  h2h: "h2h|hid(den)?2hid(den)?|hidden_to_hidden",
  h2o: "h2[o0]|hid(den)?2out(put)?|hidden_to_output",
};
// Names that say less: two layers that read the same.
const HIDDEN = "hid(den)?(_(fc|layer|linear))?|(fc|linear)_hid(den)?";
const OUTPUT = "out(put)?(_(fc|layer|linear))?|(fc|linear)_out(put)?";
const HEAD = `${OUTPUT}|fc|decoder|linear|head|lm_head`;

class Layers {
  constructor(reader) {
    this.reader = reader;
    this.used = new Set(); // prefixes
  }

  nameOf(pattern) {
    const matches = new RegExp(`(^|\\.)(${pattern})\\.weight$`);
    return this.reader.others.find((one) => matches.test(one)) ?? null;
  }

  /** { weight, bias } of the layer of this name, or null. */
  get(pattern) {
    const found = this.nameOf(pattern);
    if (!found) return null;
    const bias = found.replace(/weight$/, "bias");
    this.used.add(found.replace(/weight$/, ""));
    const weight = expect(this.reader.read(found), [-1, -1], found);
    const { tensors } = this.reader;
    return { weight, bias: tensors.has(bias) ? this.reader.read(bias) : zeros(weight.shape[0]) };
  }

  /** The layers by their usual names, or two of others that read one and the same. */
  all() {
    const found = Object.fromEntries(
      Object.entries(LAYERS).map(([part, pattern]) => [part, this.get(pattern)]),
    );
    if (found.i2h && !found.i2o && !found.h2o) {
      const head = this.get(HEAD);
      const reads = head?.weight.shape[1];
      return reads === found.i2h.weight.shape[0] ? { ...found, h2o: head } : found;
    }
    if (found.i2h) return found;
    const [i2h, i2o] = [this.get(HIDDEN), this.get(OUTPUT)];
    const [hidden, reads] = i2h?.weight.shape ?? [];
    const isPair = i2h && i2o && i2o.weight.shape[1] === reads && reads > hidden;
    return isPair ? { i2h, i2o, o2o: null, h2h: null, h2o: null } : null;
  }
}

/** The steps of such a network, or null. @param {any} reader of pytorch-network.js */
export function tutorialSteps(reader) {
  const found = new Layers(reader);
  const layers = found.all();
  if (!layers) return null;
  const { i2h, i2o, h2h, h2o } = layers;
  const hidden = i2h.weight.shape[0];
  const isApart = h2h && h2o;
  if (isApart ? h2h.weight.shape[0] !== h2h.weight.shape[1] : !i2o && !h2o) return null;
  const input = i2h.weight.shape[1] - (isApart ? 0 : hidden);
  if (input < 1)
    throw refusal(
      "the layer i2h reads less than its own state: it is no network of PyTorch's tutorials",
    );
  const others = new Map([...reader.groups()].filter(([prefix]) => !found.used.has(prefix)));
  const table = reader.takeEmbedding(others, input);
  const isLeft = [...others.values()].some((group) => reader.shapeOf(group, "weight"));
  if (isLeft) return null;
  reader.isTutorial = !table;
  return [{ kind: "embedding", table }, ...stepsOf(reader, layers, input)];
}

/** The steps behind what is read. */
function stepsOf(reader, layers, input) {
  const { h2h, i2o, h2o } = layers;
  if (h2h && h2o) return squashed(reader, layers.i2h, h2h, h2o);
  const [i2h, out] = [layers.i2h, i2o].map((layer) => layer && inOrder(reader, layer, input));
  const hidden = i2h.weight.shape[0];
  const squash = squashOf(reader);
  if (i2o || !squash || squash === "linear")
    return linear(reader, { ...layers, i2h, i2o: out }, input);
  const parts = { weight: columnsOf(i2h.weight, 0, input), bias: i2h.bias };
  const state = { weight: columnsOf(i2h.weight, input, input + hidden), bias: null };
  return squashed(reader, parts, state, h2o);
}

/** A layer that reads [x, h], where its program joins [h, x]. */
function inOrder(reader, layer, input) {
  const first = reader.answer("first", ["input", "state"], () => firstJoined(reader.text));
  if (first !== "state" || layer.weight.shape[1] <= input) return layer;
  const width = layer.weight.shape[1];
  const columns = [
    [width - input, width],
    [0, width - input],
  ].map(([from, to]) => transpose(columnsOf(layer.weight, from, to)));
  return { ...layer, weight: transpose(stack(columns)) };
}

/** What squashes the state, by a whole module's layers or its program; null: nothing says so. */
function squashOf(reader) {
  const kinds = [...reader.modules.values()].map((module) => module.type?.name?.toLowerCase());
  const usual = () =>
    kinds.find((kind) => kind in SQUASHED && kind !== "linear") ?? squashing(reader.text);
  return reader.answer("squash", Object.keys(SQUASHED), usual);
}

/** h' = φ(i2h x + h2h h), o = h2o h'. */
function squashed(reader, i2h, h2h, h2o) {
  const found = squashOf(reader);
  if (!found) reader.note("its activation is taken to be tanh");
  const squash = found ?? "tanh";
  const layer = makeLayer("i2h", {
    cell: SQUASHED[squash],
    weightIh: i2h.weight,
    weightHh: h2h.weight,
    biasIh: i2h.bias,
    biasHh: h2h.bias,
  });
  return [
    { kind: "recurrent", layer, sequences: false },
    { kind: "dense", ...h2o },
  ];
}

/** The state and what reads beside it as units of one linear layer. */
function linear(reader, layers, input) {
  const { i2h, i2o, o2o, h2o } = layers;
  const hidden = i2h.weight.shape[0];
  if (i2o) refuseSquashed(reader);
  const rows = i2o
    ? stack([i2h.weight, expect(i2o.weight, [-1, input + hidden], "i2o")])
    : i2h.weight;
  const bias = i2o ? stack([i2h.bias, i2o.bias]) : i2h.bias;
  if (!squashOf(reader))
    reader.note(
      "the state is taken to be linear, as in PyTorch's tutorial: if its program has tanh, add " +
        "that (.py)",
    );
  const units = rows.shape[0];
  const outputs = units - hidden;
  const head = o2o ?? h2o ?? { weight: lastOf(outputs, units), bias: zeros(outputs) };
  if (o2o && input > outputs)
    return withCategories(reader, { rows, bias, head, count: input - outputs, hidden });
  return linearSteps(
    {
      weightIh: columnsOf(rows, 0, input),
      weightHh: padded(columnsOf(rows, input, input + hidden), units, units),
      biasIh: bias,
    },
    head,
  );
}

const linearSteps = (weights, head) => [
  {
    kind: "recurrent",
    layer: makeLayer("i2h", { cell: "linear", biasHh: null, ...weights }),
    sequences: false,
  },
  { kind: "dense", ...head },
];

const NEVER = -1e4; // a logit of what is only read
const MOST_CATEGORIES = 256;

/**
 * The generator of the tutorial, which reads [category, x, h], as one that is told its category by
 * a token of its own in front: that sets a unit which stays, and leaves h as it is before a text.
 */
function withCategories(reader, { rows, bias, head, count, hidden }) {
  if (count > MOST_CATEGORIES)
    throw refusal(`it is fed one of ${count} categories at every step beside the letter`);
  const height = rows.shape[0];
  const outputs = height - hidden;
  const units = height + count;
  const letters = columnsOf(rows, count, count + outputs);
  const columns = columnsOf(rows, count + outputs, count + outputs + hidden);
  const weightIh = padded(letters, units, outputs + count);
  const weightHh = padded(columns, units, units);
  for (let k = 0; k < count; k++) {
    for (let r = 0; r < height; r++) {
      weightIh.data[r * (outputs + count) + outputs + k] = -bias.data[r];
      weightHh.data[r * units + height + k] = rows.data[r * rows.shape[1] + k];
    }
    weightIh.data[(height + k) * (outputs + count) + outputs + k] = 1;
    weightHh.data[(height + k) * units + height + k] = 1;
  }
  const read = expect(head.weight, [outputs, height], "o2o");
  const isTurned = firstJoined(reader.text) === "input"; // o2o reads [o, h']
  const weight = isTurned
    ? transpose(
        stack([rowsOf(transpose(read), outputs, height), rowsOf(transpose(read), 0, outputs)]),
      )
    : read;
  const whole = padded(weight, outputs + count, units);
  const headBias = padded(head.bias, outputs + count).data.map((x, i) => (i < outputs ? x : NEVER));
  reader.categories = count;
  reader.note(`its last ${count} tokens are its categories, one of which begins a text`);
  return linearSteps(
    { weightIh, weightHh, biasIh: padded(bias, units) },
    { weight: whole, bias: tensor([outputs + count], headBias) },
  );
}

/** With a tanh in the program the state is not linear, and the output reads what was before it. */
function refuseSquashed(reader) {
  if (["tanh", "relu", "sigmoid"].includes(squashOf(reader) ?? "linear")) {
    throw refusal(
      "its program squashes the state beside an output that reads what was before it, which no " +
        "cell here does",
    );
  }
}

/** [n, width] that picks the last n values. */
function lastOf(n, width) {
  const out = zeros(n, width);
  for (let i = 0; i < n; i++) out.data[i * width + width - n + i] = 1;
  return out;
}
