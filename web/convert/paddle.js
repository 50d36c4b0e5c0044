// PaddlePaddle's state_dict: PyTorch's names, but a linear layer's matrix multiplies rows, x W, and
// a recurrent layer's weights stand there twice, as its own and as its cells'. A table beside them
// says which parameter is under a name: "linear_0.w_0".

import { transpose } from "./tensor.js";

const TABLE = "StructuredToParameterName@@";

/** Is a name one of a linear layer's matrix, where its parameter has a name of its own? */
const isLinear = (name, parameter) =>
  /^linear_/.test(parameter) ||
  !(/^(embedding|lstm|gru|simple_rnn)/.test(parameter) || /emb|weight_[ih]h/i.test(name));

/**
 * The tensors as PyTorch has them, if there is Paddle's table; or null.
 * @param {Map<string, any>} tensors @param {Map<string, any>} rest
 */
export function fromPaddle(tensors, rest) {
  const table = rest.get(TABLE);
  if (!(table instanceof Map)) return null;
  const renamed = new Map();
  const seen = new Set();
  for (const [name, one] of tensors) {
    const parameter = String(table.get(name) ?? name);
    if (seen.has(parameter)) continue;
    seen.add(parameter);
    const turned = { shape: [...one.shape].reverse(), read: () => transpose(one.read(name)) };
    renamed.set(name, one.shape.length === 2 && isLinear(name, parameter) ? turned : one);
  }
  return { tensors: renamed, format: "PaddlePaddle" };
}
