// Weights that a program wrote as JSON: lists in lists under the names that it has for them.

import { parseJson } from "./bytes.js";
import { networkOfTensors } from "./pytorch-network.js";
import { refusal, shown } from "./refuse.js";
import { expect } from "./tensor.js";

const DEEPEST = 8;

/** The sides of lists in lists; null: of anything else than numbers. */
function shapeOf(value) {
  const shape = [];
  for (let one = value; Array.isArray(one); one = one[0]) shape.push(one.length);
  const [first] = value.flat(shape.length - 1);
  return typeof first === "number" ? shape : null;
}

function tensorOf(value, shape, name) {
  const list = value.flat(shape.length - 1);
  if (list.length !== shape.reduce((a, b) => a * b, 1) || !list.every(Number.isFinite))
    throw refusal(`the lists of ${shown(name)} are not all as long, or not of numbers`);
  const tensor = { shape, data: Float32Array.from(list) };
  return { shape, read: () => expect(tensor, shape, name) };
}

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const tensors = new Map();
  const rest = new Map();
  const visit = (path, value, depth) => {
    const shape = Array.isArray(value) && value.length > 0 ? shapeOf(value) : null;
    const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
    if (shape) tensors.set(path, tensorOf(value, shape, path));
    else if (!isMap || depth > DEEPEST || isVocabulary(value)) rest.set(path, value);
    else
      for (const [key, inner] of Object.entries(value))
        visit(path ? `${path}.${key}` : key, inner, depth + 1);
  };
  visit("", parseJson(bytes), 0);
  return networkOfTensors({ tensors, modules: new Map(), rest, format: "JSON", files });
}

/** Is a map of texts and numbers alone, as a vocabulary is? */
const isVocabulary = (map) =>
  Object.values(map).every((one) => one === null || typeof one !== "object");
