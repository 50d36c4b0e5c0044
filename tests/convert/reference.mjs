// A plain forward pass over the neutral description (web/convert/network.js): 64-bit floats, one
// loop a line, no shared code with the core. It is what converted models are checked against.

const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const hard = (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1);
const relu = (x) => Math.max(x, 0);
const ACTIVATIONS = {
  tanh: Math.tanh,
  relu,
  relu6: (x) => Math.min(relu(x), 6),
  sigmoid,
  linear: (x) => x,
  hard_sigmoid: hard,
  swish: (x) => x * sigmoid(x),
  elu: (x) => (x > 0 ? x : Math.exp(x) - 1),
};

/** W·x + b. @returns {number[]} */
function affine({ shape: [rows, columns], data }, x, bias) {
  return Array.from({ length: rows }, (_, r) => {
    let sum = bias ? bias.data[r] : 0;
    for (let c = 0; c < columns; c++) sum += data[r * columns + c] * x[c];
    return sum;
  });
}

/** The state of a layer before anything was read. */
export function zeroState(layer) {
  const initial = (tensor) => (tensor ? Array.from(tensor.data) : new Array(layer.hidden).fill(0));
  return { h: initial(layer.initialH), c: initial(layer.initialC) };
}

/** One step of a layer. Formulas: docs/formats.md, "Cells". */
export function layerStep(layer, x, { h, c }) {
  const { cell, hidden: H, peephole } = layer;
  const words = cell.split("-");
  const gate = words.includes("hard") ? hard : sigmoid;
  const candidate = words.includes("relu") ? relu : Math.tanh;
  const a = affine(layer.weightIh, x, layer.biasIh);
  const b = affine(layer.weightHh, h, layer.biasHh);
  const z = a.map((value, i) => value + b[i]);
  const at = (g, j) => z[g * H + j];
  const units = Array.from({ length: H }, (_, j) => j);
  if (words.includes("gru")) {
    const r = units.map((j) => gate(at(0, j)));
    const before = words.includes("before");
    const reset =
      before &&
      affine(
        layer.weightHh,
        h.map((value, j) => value * r[j]),
        layer.biasHh,
      );
    return {
      h: units.map((j) => {
        const i = 2 * H + j;
        const n = candidate(a[i] + (before ? reset[i] : r[j] * b[i]));
        const u = gate(at(1, j));
        return (1 - u) * n + u * h[j];
      }),
      c,
    };
  }
  if (words.includes("brain") && words.includes("lstm")) {
    return {
      h: units.map((j) => {
        const [i, f, o] = [0, 1, 3].map((g) => sigmoid(at(g, j)));
        return o * Math.tanh(f * h[j] + i * Math.tanh(at(2, j)));
      }),
      c,
    };
  }
  if (words.includes("lstm")) {
    const peep = (k, j, value) => (peephole ? peephole.data[k * H + j] * value : 0);
    const next = units.map((j) => {
      const f = gate(at(1, j) + peep(1, j, c[j]));
      const i = gate(at(0, j) + peep(0, j, c[j]));
      return f * c[j] + i * candidate(at(2, j));
    });
    return {
      h: units.map((j) => gate(at(3, j) + peep(2, j, next[j])) * candidate(next[j])),
      c: next,
    };
  }
  if (words.includes("linear")) return { h: z, c };
  if (words.includes("sigmoid")) return { h: z.map(sigmoid), c };
  if (words.includes("relu")) return { h: z.map(relu), c };
  return { h: z.map(Math.tanh), c };
}

const inputOf = (n, id) => {
  if (n.table) {
    const width = n.table.shape[1];
    return Array.from(n.table.data.subarray(id * width, (id + 1) * width));
  }
  const x = new Array(n.inputs).fill(0);
  x[id] = 1;
  return x;
};

/** Logits of what the head reads. */
export function readOut(n, features) {
  let x = features;
  for (const { weight, bias, activation } of n.dense) {
    x = affine(weight, x, bias).map(ACTIVATIONS[activation]);
  }
  return affine(n.head.weight, x, n.head.bias);
}

export const newState = (n) => n.layers.map(zeroState);

/** Reads one token and returns what the head would read; changes the state. */
export function step(n, state, id) {
  let x = inputOf(n, id);
  const all = [x];
  if (n.masksZero && id === 0)
    return n.reads === "all" ? all.concat(state.map(({ h }) => h)).flat() : state.at(-1).h;
  n.layers.forEach((layer, l) => {
    state[l] = layerStep(layer, x, state[l]);
    x = state[l].h;
    all.push(x);
  });
  return n.reads === "all" ? all.flat() : x;
}

/** The outputs of all layers over a window, bidirectional ones included: [steps][values read]. */
export function windowOutputs(n, ids) {
  let x = ids.map((id) => inputOf(n, id));
  const all = [x];
  for (const layer of n.layers) {
    const run = (one, inputs) => {
      let state = zeroState(one);
      return inputs.map((input) => (state = layerStep(one, input, state)).h);
    };
    const forward = run(layer, x);
    const back = layer.reverse && run(layer.reverse, [...x].reverse()).reverse();
    x = forward.map((h, t) => (back ? [...h, ...back[t]] : h));
    all.push(x);
  }
  if (n.reads === "all") return ids.map((_, t) => all.flatMap((outputs) => outputs[t]));
  return x;
}

/** Logits after a window read from the zero state, as the network was trained. */
export function windowLogits(n, window) {
  const ids = n.reversed ? [...window].reverse() : window;
  const kept = n.masksZero ? ids.filter((id) => id !== 0) : ids;
  const outputs = windowOutputs(n, kept.length > 0 ? kept : ids.slice(-1));
  if (n.attention) {
    const scores = outputs.map((x) =>
      x.reduce((sum, value, i) => sum + value * n.attention.data[i], 0),
    );
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((a, b) => a + b) + 1e-7; // Keras's epsilon
    return readOut(
      n,
      outputs[0].map((_, i) => outputs.reduce((sum, x, t) => sum + (x[i] * weights[t]) / total, 0)),
    );
  }
  const width = outputs[0].length;
  const pools = {
    last: () => outputs.at(-1),
    // The backward half has read everything at the first step.
    ends: () => {
      const { hidden } = n.layers.at(-1);
      return [...outputs.at(-1).slice(0, hidden), ...outputs[0].slice(hidden)];
    },
    mean: () =>
      Array.from(
        { length: width },
        (_, i) => outputs.reduce((sum, x) => sum + x[i], 0) / outputs.length,
      ),
    max: () => Array.from({ length: width }, (_, i) => Math.max(...outputs.map((x) => x[i]))),
    pooled: () => [...pools.ends(), ...pools.mean(), ...pools.max()],
  };
  return readOut(n, pools[n.pool]());
}

/** Log-probabilities (natural) of logits. */
export function logSoftmax(n, logits) {
  if (n.head.activation === "sigmoid") {
    const p = logits.map(sigmoid);
    const total = Math.log(p.reduce((a, b) => a + b));
    return p.map((value) => Math.log(value) - total);
  }
  const most = Math.max(...logits);
  const total = Math.log(logits.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most;
  return logits.map((x) => x - total);
}

/** Bits a token over ids, the state carried from zero: { bits, predictions } */
export function bitsCarried(n, ids) {
  const state = newState(n);
  let sum = 0;
  for (let t = 0; t + 1 < ids.length; t++) {
    sum -= logSoftmax(n, readOut(n, step(n, state, ids[t])))[ids[t + 1]];
  }
  return { bits: sum / Math.LN2 / (ids.length - 1), predictions: ids.length - 1 };
}

/** Bits a token where each is predicted from a window of `size` in front of it. */
export function bitsInWindows(n, ids, size, from = size) {
  let sum = 0;
  for (let t = from; t < ids.length; t++) {
    const window = ids.slice(Math.max(0, t - size), t);
    while (n.padsLeft && window.length < size) window.unshift(0);
    sum -= logSoftmax(n, windowLogits(n, window))[ids[t]];
  }
  return { bits: sum / Math.LN2 / (ids.length - from), predictions: ids.length - from };
}

/** The ids of a text; what is not in the vocabulary is left out. */
export function encode(tokens, text) {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  return [...text].flatMap((c) => ids.get(c) ?? []);
}
