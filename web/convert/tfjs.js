// TF.js's layers models: model.json with the configuration and the list of shards, which hold the
// weights one behind another.

import { joinBytes } from "../platform.js";
import { parseJson } from "./bytes.js";
import { byLayer, layerOfName } from "./keras-names.js";
import { listedLayers, readKeras } from "./keras.js";
import { fileName, isInside, refusal, shown } from "./refuse.js";
import { bytesOf, NUMPY_KINDS, readFloats, sizeOf } from "./tensor.js";

/** The file of a path in the manifest: a name beside model.json, never a way out of its folder. */
function findShard(path, files) {
  const name = String(path);
  if (!isInside(name)) {
    throw refusal(`model.json names a shard outside its folder, ${shown(name)}`);
  }
  const last = fileName(name);
  const found =
    files.find((file) => file.name === name || file.name.endsWith(`/${name}`)) ??
    files.find((file) => fileName(file.name) === last);
  if (!found) throw refusal(`the shard ${shown(last)}, which model.json names, is missing: add it`);
  return found;
}

/** Every weight of the manifest by its name. */
function weightsOf(manifest, files) {
  const all = new Map();
  for (const group of manifest) {
    if (!Array.isArray(group?.paths) || !Array.isArray(group.weights))
      throw refusal("model.json's weightsManifest is damaged");
    const shards = group.paths.map((path) => findShard(path, files).bytes);
    const whole = shards.length === 1 ? shards[0] : joinBytes(shards);
    let at = 0;
    for (const { name, shape, dtype, quantization } of group.weights) {
      const kind = NUMPY_KINDS[quantization?.dtype ?? dtype];
      if (!kind || !Array.isArray(shape))
        throw refusal(`the weights ${shown(name)} are of type ${shown(dtype)}`);
      const count = sizeOf(shape, name);
      const size = count * bytesOf(kind);
      const from = at;
      at += size;
      if (at > whole.length) {
        throw refusal(
          `the shards of model.json end in the middle of ${shown(name)}: one is cut short`,
        );
      }
      const read = () => {
        const data = readFloats(whole.subarray(from, from + size), kind, count, name);
        const { scale = 1, min = 0 } =
          quantization?.dtype === "float16" ? {} : (quantization ?? {});
        return { shape, data: quantization ? data.map((x) => x * scale + min) : data };
      };
      all.set(String(name), read);
    }
  }
  return all;
}

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  const json = parseJson(bytes);
  if (json.format === "graph-model" || json.modelTopology?.node) {
    throw refusal(
      "a TF.js graph model is a program, not a list of layers: convert the Keras model itself " +
        "(tensorflowjs_converter --output_format=tfjs_layers_model)",
    );
  }
  if (!json.modelTopology)
    throw refusal("the model.json has weights but no modelTopology: it says no layers");
  if (!Array.isArray(json.weightsManifest))
    throw refusal("the model.json names no weights: save the model with them");
  const weights = weightsOf(json.weightsManifest, files);
  const topology = json.modelTopology.model_config ?? json.modelTopology;
  const version = String(json.modelTopology.keras_version ?? json.generatedBy ?? "");
  const list = [...weights].map(([name, tensor]) => ({ name, tensor }));
  const listed = new Set(listedLayers(topology).map(({ config }) => config.name));
  const layers = byLayer(list, (name) => layerOfName(name, listed));
  const number = version.match(/\d+(\.\d+)*/)?.[0] ?? "";
  const network = readKeras({
    topology,
    layers,
    version: "2",
    program: "",
    files,
  });
  network.format = /tfjs|TensorFlow\.js/i.test(version)
    ? `TF.js layers ${number}`
    : `TF.js layers of Keras ${number}`;
  return network;
}
