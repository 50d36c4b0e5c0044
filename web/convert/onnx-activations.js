// The activations among ONNX's nodes, step by step.

import { activation, leaky, line } from "./activations.js";
import { refusal, shown } from "./refuse.js";

const PLAIN = {
  Softmax: "softmax",
  LogSoftmax: "softmax",
  Tanh: "tanh",
  Relu: "relu",
  Sigmoid: "sigmoid",
  Softplus: "softplus",
  Softsign: "softsign",
};

const near = (a, b) => Math.abs(a - b) < 1e-6;
const unusual = (type) => refusal(`the ONNX graph's ${type} is of another form than any here`);

/** alpha x + beta, held between 0 and 1. */
function hardSigmoid(number) {
  const [alpha, beta] = [number("alpha", 0.2), number("beta", 0.5)];
  return [line(5 * alpha, 5 * (beta - 0.5)), activation("hard_sigmoid")];
}

/** x held between two numbers; @param {(place: number, name: string) => ?number} bound */
function clip(bound) {
  const [least, most] = [bound(1, "min"), bound(2, "max")];
  if (least === 0 && most === null) return [activation("relu")];
  if (least === 0 && most === 6) return [activation("relu6")];
  if (least === null || most === null || !(most > least)) throw unusual("Clip");
  const width = most - least;
  const middle = (least + most) / 2;
  return [line(5 / width, (-5 * middle) / width), activation("hard_sigmoid"), line(width, least)];
}

/**
 * What a node that is an activation does; null: it is none.
 * @param {any} node
 * @param {(name: string) => ?import("./tensor.js").Tensor} constant
 */
export function activationSteps({ type, inputs, attributes }, constant) {
  if (Object.hasOwn(PLAIN, type)) return [activation(PLAIN[type])];
  const number = (name, otherwise) => attributes.get(name)?.f ?? otherwise;
  const bound = (place, name) =>
    number(name, inputs[place] ? (constant(inputs[place])?.data[0] ?? NaN) : null);
  if (type === "PRelu") {
    const slope = constant(inputs[1]);
    if (slope?.data.length !== (slope?.shape.at(-1) ?? 1)) throw unusual("PRelu");
    return [leaky([...slope.data])];
  }
  if (type === "LeakyRelu") return [leaky(number("alpha", 0.01))];
  if (type === "HardSigmoid") return hardSigmoid(number);
  if (type === "Clip") return clip(bound);
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
