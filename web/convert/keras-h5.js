// Keras's HDF5 files: whole models and weights alone, of Keras 0.x to 2 and of tf.keras, with what
// textgenrnn adds; and the weights files of Keras 3.

import { Hdf5 } from "./hdf5.js";
import { readKeras } from "./keras.js";
import { readTree } from "./keras-zip.js";
import { refusal } from "./refuse.js";
import { decodeText, parseJson, parseText } from "./bytes.js";
import { parseYaml } from "./yaml.js";

/** Attributes of more than 64 kB are cut into name0, name1, ... */
function list(file, path, name) {
  const whole = file.attribute(path, name);
  if (whole !== undefined) return [].concat(whole ?? []);
  const parts = [];
  for (let i = 0; file.attribute(path, name + i) !== undefined; i++) {
    parts.push(...[].concat(file.attribute(path, name + i)));
  }
  return parts;
}

/** The weights of every layer, in their order: { name, weights: [{ name, tensor() }] } */
function layersOf(file, at) {
  const count = Number(file.attribute(at, "nb_layers") ?? 0);
  const names = list(file, at, "layer_names");
  if (names.length === 0 && count > 0 && count < 1000) {
    for (let i = 0; i < count; i++) names.push(`layer_${i}`); // before Keras 1
  }
  return names.map((name) => {
    const path = at ? `${at}/${name}` : name;
    let weights = list(file, path, "weight_names");
    if (weights.length === 0)
      weights = file.names(path).filter((inner) => /^param_\d+$/.test(inner));
    return {
      name,
      weights: weights.map((weight) => ({
        name: weight,
        tensor: () => file.tensor(`${path}/${weight}`),
      })),
    };
  });
}

const text = (value) => (typeof value === "string" ? value : undefined);

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const file = new Hdf5(bytes);
  if (file.isGroup("layers") || file.isGroup("_layer_checkpoint_dependencies")) {
    return readTree(file, topologyBeside(files), "3", files);
  }
  // Of a model that is a class of one's own, Keras 3 names the groups as the class its attributes.
  if (file.names("").some((name) => file.isGroup(`${name}/vars`) || file.isGroup(`${name}/cell`)))
    return readTree(file, null, "3", files);
  const at = file.isGroup("model_weights") ? "model_weights" : "";
  const layers = layersOf(file, at);
  if (layers.length === 0) {
    throw refusal("an HDF5 file without Keras's layer_names: it is no model of Keras");
  }
  const version =
    text(file.attribute(at, "keras_version")) ?? text(file.attribute("", "keras_version"));
  const config = text(file.attribute("", "model_config"));
  const topology = config ? parseText(config) : topologyBeside(files);
  if (config && !topology) throw refusal("the Keras model's configuration is damaged");
  return readKeras({ topology, layers, version: version ?? "", program: "Keras", files });
}

/** What model.to_json() or to_yaml() wrote, in a file beside the weights. */
function topologyBeside(files) {
  for (const { name, bytes } of files) {
    if (!/\.(json|ya?ml)$/i.test(name) || bytes.length > 2 ** 22) continue;
    const json = parseJson(bytes) ?? parseYaml(decodeText(bytes));
    if (json?.class_name && json.config) return json;
  }
  return null;
}
