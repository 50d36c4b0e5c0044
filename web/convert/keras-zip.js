// Keras 3's .keras archive: config.json, and model.weights.h5 with a tree of numbered variables.

import { parseJson } from "./bytes.js";
import { Hdf5 } from "./hdf5.js";
import { isModel, listedLayers, readKeras } from "./keras.js";
import { refusal } from "./refuse.js";

const ROOTS = ["layers", "_layer_checkpoint_dependencies"];

/** SimpleRNN → simple_rnn: Keras 3's name of a layer's folder, whatever the layer's own is. */
const snake = (name) =>
  name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

const byNumber = (a, b) =>
  Number(a.match(/(\d+)$/)?.[1] ?? 0) - Number(b.match(/(\d+)$/)?.[1] ?? 0);

/** Where parts of one layer lie in its folder, in the order of its weights. */
const PARTS = ["", "layer", "cell", "forward_layer", "backward_layer", "layers"];

/** The variables of a folder: [{ name, tensor }], cells and wrapped layers included. */
function variables(file, path, depth = 0) {
  const found = file
    .names(`${path}/vars`)
    .sort(byNumber)
    .map((name) => ({
      name: `${path}/vars/${name}`,
      tensor: () => file.tensor(`${path}/vars/${name}`),
    }));
  if (depth > 4) return found;
  const inner = file
    .names(path)
    .filter((name) => name !== "vars" && file.isGroup(`${path}/${name}`));
  inner.sort((a, b) => PARTS.indexOf(a) - PARTS.indexOf(b) || byNumber(a, b));
  return inner.reduce(
    (all, name) => all.concat(variables(file, `${path}/${name}`, depth + 1)),
    found,
  );
}

/** A file of Keras 2.12 to 2.15 on Windows, whose groups are named "layers\\lstm\\cell". */
class WithSlashes {
  constructor(file) {
    this.file = file;
    const pairs = file.names("").map((name) => [name.replaceAll("\\", "/"), name]);
    this.paths = pairs.sort(([a], [b]) => b.length - a.length); // those inside before those around
  }

  /** A path as the file has it. */
  own(path) {
    const found = this.paths.find(([slashed]) => `${path}/`.startsWith(`${slashed}/`));
    return found ? found[1] + path.slice(found[0].length) : path;
  }

  names(path) {
    const inside = this.paths.filter(([slashed]) => path === "" || slashed.startsWith(`${path}/`));
    const next = inside.map(([slashed]) => slashed.slice(path && path.length + 1).split("/")[0]);
    return [...new Set([...next, ...(path === "" ? [] : this.file.names(this.own(path)))])];
  }

  isGroup(path) {
    const isAround = this.paths.some(([slashed]) => slashed.startsWith(`${path}/`));
    return isAround || this.file.isGroup(this.own(path));
  }

  tensor(path) {
    return this.file.tensor(this.own(path));
  }
}

/** The network of a tree of variables and a configuration, or of the tree alone. */
export function readTree(found, topology, version, files = []) {
  const file = found.names("").some((name) => name.includes("\\")) ? new WithSlashes(found) : found;
  const root = ROOTS.find((name) => file.isGroup(name)) ?? "";
  const layers = topology ? matched(file, root, topology) : inChain(listed(file, root));
  return readKeras({ topology, layers, version, program: "Keras", files });
}

/** The folders that hold weights, but for the optimiser's. */
function listed(file, root) {
  const isOther = (name) => /^(optimizer|vars|metrics|loss|.*_metric|seed_generator.*)$/.test(name);
  const names = file.names(root).filter((name) => !isOther(name));
  return names
    .map((name) => ({ name, weights: named(variables(file, root ? `${root}/${name}` : name)) }))
    .filter(({ weights }) => weights.length > 0)
    .sort((a, b) => byNumber(a.name, b.name));
}

/**
 * Layers in an order in which each reads as many values as the one before it gives, the recurrent
 * ones before the dense: a tree lists them by name.
 */
function inChain(layers) {
  const sides = new Map(layers.map((layer) => [layer, sidesOf(layer)]));
  const chain = [];
  const left = new Set(layers);
  let width = 0;
  const take = (kind) => {
    const fits = [...left].filter((layer) => sides.get(layer).kind === kind);
    const next = fits.find((layer) => width === 0 || sides.get(layer).reads === width) ?? fits[0];
    if (!next) return false;
    left.delete(next);
    chain.push(next);
    width = sides.get(next).gives;
    return true;
  };
  for (const kind of ["embedding", "recurrent", "dense"]) while (take(kind));
  return chain;
}

/** What kind of layer it is, and how many values it reads and gives. */
function sidesOf({ name, weights }) {
  const shapes = weights.map((weight) => weight.tensor().shape);
  const [rows, columns] = shapes[0];
  if (weights.length >= 3 || /\/recurrent_kernel$/.test(weights[1]?.name)) {
    const directions = /\/backward_layer\//.test(weights.at(-1).name) ? 2 : 1;
    return { kind: "recurrent", reads: rows, gives: shapes[1][0] * directions };
  }
  const isTable = /emb/i.test(name) || (weights.length === 1 && !/dense|out|fc|head/i.test(name));
  return { kind: isTable ? "embedding" : "dense", reads: isTable ? 0 : rows, gives: columns };
}

/** Names of the older kind, by which weights without a configuration are told apart. */
const named = (weights) =>
  weights.map((weight, i) => ({
    ...weight,
    name: /\/(cell|forward_layer|backward_layer)\//.test(weight.name)
      ? `${weight.name}/${["kernel", "recurrent_kernel", "bias"][i % 3]}`
      : `${weight.name}/${["kernel", "bias"][i]}`,
  }));

/**
 * Every layer of the configuration with its folder, named by class and count, or by its own name;
 * those of a model inside the model lie in a tree of its own.
 */
function matched(file, root, topology) {
  const counts = new Map();
  const folders = file.names(root);
  return listedLayers(topology).flatMap((layer) => {
    const base = snake(layer.class_name);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const own = layer.config.name ?? layer.name;
    const name = count === 0 ? base : `${base}_${count}`;
    const folder = [name, own].find((one) => folders.includes(one));
    if (isModel(layer)) {
      const roots = ROOTS.map((inner) => `${root}/${folder}/${inner}`);
      return matched(file, roots.find((path) => file.isGroup(path)) ?? "", layer);
    }
    return [{ name: own, weights: folder ? variables(file, `${root}/${folder}`) : [] }];
  });
}

/**
 * @param {import("./zip.js").Zip} zip
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read(zip, files) {
  const topology = parseJson(zip.read("config.json"));
  if (!topology?.config) throw refusal("the .keras archive's config.json is damaged");
  const version = parseJson(zip.read("metadata.json"))?.keras_version ?? "3";
  // What TextVectorization and StringLookup have learnt stands in files of its own.
  const assets = zip.names
    .filter((name) => name.startsWith("assets/") && /vocabulary\.txt$/.test(name))
    .map((name) => ({ name, bytes: zip.read(name) }));
  const network = readTree(new Hdf5(zip.read("model.weights.h5")), topology, version);
  network.neighbours = [...assets, ...files.filter(({ bytes }) => bytes !== zip.bytes)];
  return network;
}
