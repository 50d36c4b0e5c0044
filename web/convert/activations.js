// What activations, and scales and shifts, do to the values of a layer; and how what is linear
// becomes part of the weights beside it.

import { expect, multiply, product, tensor } from "./tensor.js";

const SELU = [1.0507009873554805, 1.6732632423543772];

/** What an activation does to one value; soft-max is none of one value. */
export const ACTIVATIONS = {
  linear: (x) => x,
  tanh: Math.tanh,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  hard_sigmoid: (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  selu: (x) => SELU[0] * (x > 0 ? x : SELU[1] * Math.expm1(x)),
  softplus: (x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0),
  softsign: (x) => x / (1 + Math.abs(x)),
  swish: (x) => x / (1 + Math.exp(-x)),
};

/** Those by PyTorch's names of them, in small letters and without what stands between. */
export const TORCH = {
  relu: "relu",
  relu6: "relu6",
  elu: "elu",
  celu: "elu",
  selu: "selu",
  silu: "swish",
  swish: "swish",
  softplus: "softplus",
  softsign: "softsign",
  tanh: "tanh",
  sigmoid: "sigmoid",
  expit: "sigmoid",
};

/** What scales and shifts every unit: lists of numbers. */
export const affine = (scale, shift) => ({
  kind: "affine",
  scale: tensor([scale.length], scale),
  shift: tensor([shift.length], shift),
});

/** The same, where one number alone is for every unit. */
export const spread = (scale, shift) => ({ ...affine(scale, shift), spreads: true });

/** scale · x of every unit, where one number alone is for all of them. */
export const scaled = (scale) =>
  spread(
    scale,
    scale.map(() => 0),
  );

/** scale · x + shift of every unit: two numbers. */
export const line = (scale, shift = 0) => spread(Float32Array.of(scale), Float32Array.of(shift));

export const activation = (name) => ({ kind: "activation", activation: name });
export const leaky = (slope) => ({ kind: "leaky", slope });

/** alpha x + beta, held between 0 and 1. */
export const hardSigmoid = (alpha, beta = 0.5) => [
  line(5 * alpha, 5 * (beta - 0.5)),
  activation("hard_sigmoid"),
];

/** x held between two numbers, of which null is none; null: by nothing that is known here. */
export function clipped(least, most) {
  if (least === 0 && most === null) return [activation("relu")];
  if (least === 0 && most === 6) return [activation("relu6")];
  if (least === null || most === null || !(most > least)) return null;
  const width = most - least;
  return [...hardSigmoid(1 / width, -least / width), line(width, least)];
}

/** Batch normalisation with running statistics; `scale` is gamma over the deviation. */
export const normalised = (mean, scale, beta) =>
  affine(
    scale,
    mean.map((m, i) => (beta ? beta[i] : 0) - m * scale[i]),
  );

/** y = W (s·x + t) + b as one dense layer. */
export function foldAffine({ scale, shift }, { weight, bias }) {
  const width = weight.shape[1];
  expect(scale, [width], "normalisation");
  const data = weight.data.map((x, i) => x * scale.data[i % width]);
  const moved = multiply(weight, shift.data, bias?.data);
  return { weight: { shape: weight.shape, data }, bias: { shape: [weight.shape[0]], data: moved } };
}

/** y = s·(a x + b) + t as one scale and shift. */
export const behind = (first, scale, shift) =>
  affine(
    first.scale.data.map((x, i) => x * scale.data[i]),
    first.shift.data.map((x, i) => x * scale.data[i] + shift.data[i]),
  );

/** y = s·(W x + b) + t as one dense layer. */
export function scaledRows({ weight, bias }, scale, shift) {
  const [rows, width] = weight.shape;
  const data = weight.data.map((x, i) => x * scale.data[Math.floor(i / width)]);
  const moved = shift.data.map((t, r) => t + (bias ? bias.data[r] : 0) * scale.data[r]);
  return {
    weight: { shape: weight.shape, data },
    bias: { shape: [rows], data: moved },
    activation: "linear",
  };
}

/** y = W (V x + a) + b as one dense layer. */
export function foldDense(first, { weight, bias }) {
  const folded = product(weight, first.weight);
  if (!first.bias) return { weight: folded, bias };
  const data = multiply(weight, first.bias.data, bias?.data);
  return { weight: folded, bias: { shape: [weight.shape[0]], data } };
}
