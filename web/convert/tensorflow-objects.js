// What TensorFlow 2 writes beside a checkpoint's numbers: the graph of Python's objects, which has
// the name that every variable had, and in a SavedModel Keras's configuration of every layer.

import { Reader, parseJson } from "./bytes.js";
import { lookedUp } from "./keras-names.js";
import { all, one, readMessage, readVarint, textOf } from "./protobuf.js";
import { fileName } from "./refuse.js";

const WHAT = "the TensorFlow model";

/** The key under which a checkpoint keeps the graph. */
export const OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";

/** A text as a checkpoint's data has it: its length, a checksum of that, and its bytes. */
function textBytes(bytes) {
  const r = new Reader(bytes, WHAT);
  const size = readVarint(r);
  r.skip(4);
  return r.take(size);
}

/**
 * A variable's key in the checkpoint → its own name, "gru/gru_cell/kernel". The key is a way
 * through the objects, which a SavedModel takes through lists: "variables/1".
 *
 * @param {Uint8Array} bytes TrackableObjectGraph as the data file has it
 * @returns {Map<string, string>}
 */
export function namesOfObjects(bytes) {
  const names = new Map();
  for (const node of all(readMessage(textBytes(bytes), WHAT), 1)) {
    for (const value of all(readMessage(node, WHAT), 2)) {
      const attribute = readMessage(value, WHAT);
      const name = textOf(attribute, 2);
      if (name) names.set(textOf(attribute, 3), name);
    }
  }
  return names;
}

/** What Keras notes of each object: JSON, in a file of its own or, before 2.5, in the graph. */
function* metadataIn({ name, bytes }) {
  const messages = (value, field) => all(readMessage(value, WHAT), field);
  if (/^keras_metadata\.pb$/i.test(fileName(name))) {
    for (const node of messages(bytes, 1)) yield one(readMessage(node, WHAT), 5);
  } else if (/^saved_model\.pb$/i.test(fileName(name))) {
    for (const graph of messages(bytes, 2)) {
      const objects = one(readMessage(graph, WHAT), 7);
      for (const node of objects instanceof Uint8Array ? messages(objects, 1) : []) {
        const own = one(readMessage(node, WHAT), 4); // SavedUserObject
        if (own instanceof Uint8Array) yield one(readMessage(own, WHAT), 3);
      }
    }
  }
}

/**
 * The configuration of the model in a SavedModel, and the tokens of a layer that looks text up.
 *
 * @param {import("./convert.js").NamedFile[]} files
 * @returns {{ topology: ?object, version: string, tokens: ?string[] }}
 */
export function kerasOf(files) {
  const found = { topology: null, version: "", tokens: null };
  for (const file of files) {
    for (const bytes of metadataIn(file)) {
      const json = bytes instanceof Uint8Array ? parseJson(bytes) : undefined;
      const topology = json?.model_config ?? json;
      if (Array.isArray(topology?.config?.layers)) found.topology ??= topology;
      found.version ||= String(json?.keras_version ?? "");
      if (/Lookup|Vectorization/.test(json?.class_name))
        found.tokens ??= lookedUp(json.class_name, json.config);
    }
  }
  return found;
}
