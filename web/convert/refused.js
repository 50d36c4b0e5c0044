// Files that are known here, and hold no model that can be opened: what each is, and what to do.

import { refusal } from "./refuse.js";

const INSTEAD =
  "save the weights from the program that made it, as Keras .h5 or .keras, PyTorch or ONNX";

const ARRAYS =
  "give its arrays the names of PyTorch's layers, and save them as NumPy's archive (numpy.savez)";

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
  transformer:
    "a large transformer, of llama.cpp or llama2.c: nothing recurrent is in it for this to run",
  runtime: `it is written for a runtime, with its layers taken apart: ${INSTEAD}`,
  paddle:
    "a program of PaddlePaddle's for inference: save the parameters where it was trained " +
    '(paddle.save(model.state_dict(), "model.pdparams"))',
  part:
    "one of several parts of a model: load all in PyTorch, and save one file " +
    '(torch.save(model.state_dict(), "model.pt"))',
  unnamed: `the arrays of Equinox and orbax stand in no order known here: ${ARRAYS}`,
  julia: `a file of Julia's, as Flux writes it: ${ARRAYS}`,
  matlab: `a file of MATLAB's (in Python, scipy.io.loadmat reads it): ${ARRAYS}`,
  r: 'a file of R: save a Keras model there with save_model_hdf5(model, "model.h5")',
  dynet: `a file of DyNet, whose parameters have no names: ${ARRAYS}`,
  rnnlm:
    "a network of the RNNLM toolkit, whose words come in classes, a soft-max for each: no model " +
    "here has that",
  counts: "counts of what follows what, and no network: train one here on the text instead",
  vectors: "vectors of words (word2vec, GloVe, fastText), and no network that reads or writes",
  java: `objects of a Java program: ${INSTEAD}`,
};

export const refusalOf = (kind) => refusal(KINDS[kind]);
