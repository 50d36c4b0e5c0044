// Files that are known here, and hold no model that can be opened: what each is, and what to do.

import { refusal } from "./refuse.js";

const INSTEAD =
  "save the weights from the program that made it, as Keras .h5 or .keras, PyTorch or ONNX";

const KINDS = {
  tflite: `a TensorFlow Lite file has its recurrent layers taken apart into many small steps: ${INSTEAD}`,
  coreml: `a Core ML file is for Apple's own runtime: ${INSTEAD}`,
  savedmodel:
    "a TensorFlow SavedModel has its weights in files of their own: add its folder variables " +
    "(variables.index and variables.data-00000-of-00001)",
  graph:
    "a frozen TensorFlow graph holds a program, not a list of layers: give the checkpoint it was made " +
    "from (.index and .data, or V1), or the Keras model",
  meta:
    "a .meta file holds only the graph of a TensorFlow checkpoint: add the .index and .data files " +
    "beside it, or the V1 checkpoint itself",
  archive:
    "the model is packed in an archive that is not read here: unpack it first (a .zip is read)",
  darknet:
    "a darknet network: its recurrent layers squash what comes from the input and what comes from " +
    "the state apart, which no cell here does",
  cntk:
    "a CNTK model is not read here: save it there as ONNX " +
    "(model.save(path, format=C.ModelFormat.ONNX))",
  deeplearning4j:
    "a Deeplearning4j model has all its weights in one list, which is not read here: save the " +
    "network in another program, as Keras .h5 or .keras, PyTorch or ONNX",
  numbers:
    "a network of synaptic, neataptic or convnetjs works on numbers: nothing in it writes text",
  gguf: "a GGUF file holds a large transformer: nothing recurrent is in it for this to run",
};

export const refusalOf = (kind) => refusal(KINDS[kind]);
