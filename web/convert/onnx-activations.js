// The activations among ONNX's nodes, step by step.

import { activation, clipped, hardSigmoid, leaky } from "./activations.js";
import { refusal, shown } from "./refuse.js";

const near = (a, b) => Math.abs(a - b) < 1e-6;
const unusual = (type) => refusal(`the ONNX graph's ${type} is of another form than any here`);

/**
 * What a node that is an activation does; null: it is none.
 * @param {any} node
 * @param {(name: string) => ?import("./tensor.js").Tensor} constant
 */
export function activationSteps({ type, inputs, attributes }, constant) {
  if (/^(Log)?Softmax$/.test(type)) return [activation("softmax")];
  if (/^(Tanh|Relu|Sigmoid|Softplus|Softsign)$/.test(type)) return [activation(type.toLowerCase())];
  const number = (name, otherwise) => attributes.get(name)?.f ?? otherwise;
  const bound = (place, name) =>
    number(name, inputs[place] ? (constant(inputs[place])?.data[0] ?? NaN) : null);
  if (type === "PRelu") {
    const slope = constant(inputs[1]);
    if (slope?.data.length !== (slope?.shape.at(-1) ?? 1)) throw unusual("PRelu");
    return [leaky([...slope.data])];
  }
  if (type === "LeakyRelu") return [leaky(number("alpha", 0.01))];
  if (type === "HardSigmoid") return hardSigmoid(number("alpha", 0.2), number("beta", 0.5));
  if (type === "Clip") {
    const steps = clipped(bound(1, "min"), bound(2, "max"));
    if (!steps) throw unusual("Clip");
    return steps;
  }
  if (type === "Elu") {
    if (!near(number("alpha", 1), 1)) throw unusual(`Elu of ${shown(number("alpha", 1))}`);
    return [activation("elu")];
  }
  if (type === "Selu") {
    const isUsual =
      near(number("alpha", 1.67326), 1.67326) && near(number("gamma", 1.0507), 1.0507);
    if (!isUsual && !near(number("alpha", 0), 1.6732632)) throw unusual("Selu");
    return [activation("selu")];
  }
  return null;
}
