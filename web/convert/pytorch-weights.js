// Weights that PyTorch keeps in two parts, as a network has them when it runs.

import { mapped } from "./tensor.js";

/** v with its rows scaled to the lengths g, or all of it to the length g. */
function scaledTo(g, v) {
  const width = v.data.length / g.data.length;
  const lengths = g.data.map((_, r) =>
    Math.sqrt(v.data.subarray(r * width, (r + 1) * width).reduce((sum, x) => sum + x * x, 0)),
  );
  const factor = (i) => g.data[Math.floor(i / width)] / lengths[Math.floor(i / width)];
  return mapped(v, (x, i) => x * factor(i));
}

/**
 * Weights in two parts as the network has them when it runs: weight_norm's g · v / |v|, under
 * either of PyTorch's names for them; and a weight that was dropped at random from what is _raw.
 */
export function wholeWeights(tensors) {
  const whole = new Map(tensors);
  for (const name of tensors.keys()) joinOriginal(whole, name);
  for (const name of tensors.keys()) {
    const [, old] = /^(.*weight\w*)_g$/.exec(name) ?? [];
    const [, path, part] = /^(.*\.)parametrizations\.(\w+)\.original0$/.exec(name) ?? [];
    const [, outer, inner = "", raw] = /^(.*?)(module\.)?(weight_hh_l\d+)_raw$/.exec(name) ?? [];
    const [g, v] = [name, old ? `${old}_v` : name.replace(/0$/, "1")];
    const isPair = (old || part) && whole.has(v);
    const { shape } = isPair ? tensors.get(v) : tensors.get(name);
    if (isPair) {
      const read = () => scaledTo(tensors.get(g).read(g), tensors.get(v).read(v));
      [g, v].forEach((one) => whole.delete(one));
      whole.set(old ?? path + part, { shape, read });
    } else if (raw) {
      whole.delete(name);
      const beside = tensors.has(`${outer}module.weight_ih_l0`) ? "module." : inner;
      whole.set(outer + beside + raw, { shape, read: () => tensors.get(name).read(name) });
    }
  }
  return whole;
}

/** A weight as pruning and spectral_norm leave it: weight_orig with its mask, or over its norm. */
function joinOriginal(whole, name) {
  const [, stem] = /^(.*\w)_orig$/.exec(name) ?? [];
  const has = (part) => whole.has(stem + part);
  if (!stem || !whole.has(name)) return;
  const original = whole.get(name);
  const { shape } = original;
  const parts = has("_mask") ? ["_mask"] : has("_u") && has("_v") ? ["_u", "_v"] : null;
  if (!parts || shape.length !== 2) return;
  const others = new Map(parts.map((part) => [part, whole.get(stem + part)]));
  const value = (part) => others.get(part).read(stem + part).data;
  whole.delete(name);
  for (const part of parts) whole.delete(stem + part);
  whole.set(stem, {
    shape,
    read: () =>
      parts.length === 1
        ? masked(original.read(name), value("_mask"))
        : overNorm(original.read(name), value),
  });
}

const masked = (whole, mask) => mapped(whole, (x, i) => x * mask[i]);

/** W / (u · W v) */
function overNorm(whole, value) {
  const [u, v] = [value("_u"), value("_v")];
  const width = v.length;
  const norm = whole.data.reduce(
    (sum, x, i) => sum + u[Math.floor(i / width)] * x * v[i % width],
    0,
  );
  return mapped(whole, (x) => x / norm);
}

/**
 * Tensors without what AdaGrad and Adam keep beside each by its name, mWxh, dWxh, and without the
 * state that a program left off in.
 */
export function withoutMemory(tensors) {
  const isMemory = (name) => {
    if (/^[hc]_?prev$/i.test(name)) return true;
    const [, path, own] = /^(.*\.)?(?:d?[mvdg]_?)([WUVEb]\w*)$/.exec(name) ?? [];
    const base = own && tensors.get((path ?? "") + own);
    return base && String(base.shape) === String(tensors.get(name).shape);
  };
  return new Map([...tensors].filter(([name]) => !isMemory(name)));
}
