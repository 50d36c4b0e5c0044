// PyTorch's files: the zip of today, the legacy stream of pickles before it; a state_dict, a
// checkpoint that holds one, or a whole module, of which only names and numbers are looked at.

import { Reader, isOldPickle, isPickle } from "./bytes.js";
import { readKerasShapes } from "./keras-shapes.js";
import { readLasagne } from "./lasagne.js";
import { NumpyArray } from "./numpy.js";
import { PickledObject, Named, readPickle, readPickleAt } from "./pickle.js";
import { networkOfTensors } from "./pytorch-network.js";
import { natural, refusal, shown } from "./refuse.js";
import { bytesOf, NUMPY_KINDS, readStrided } from "./tensor.js";
import { mayHold, withKey } from "./vocabulary-read.js";
import { Zip } from "./zip.js";

/** The kinds of numbers by PyTorch's names of storages and types. @type {Record<string, string>} */
const KINDS = {
  float: "f32",
  double: "f64",
  half: "f16",
  bfloat16: "bf16",
  long: "i64",
  int: "i32",
  short: "i16",
  char: "i8",
  byte: "u8",
  ...NUMPY_KINDS,
};
const storageKind = ({ name }) => KINDS[name.replace(/Storage$/, "").toLowerCase()];

/** A tensor as the pickle describes it: a part of a storage, with strides. */
export class TorchTensor {
  constructor(storage, offset, shape, strides, kind) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
    this.kind = kind ?? storage?.kind;
  }

  /** Its values row by row. @returns {import("./tensor.js").Tensor} */
  read(name) {
    if (!this.kind) throw refusal(`the tensor ${shown(name)} is of a type that no model here has`);
    return readStrided(this.storage.bytes(), this, name);
  }
}

const dtypeKind = (value) => (value instanceof Named ? KINDS[value.name] : undefined);

const rebuild = ([storage, offset, shape, strides, ...more]) => {
  const dtype = more.map(dtypeKind).find(Boolean);
  return new TorchTensor(storage, Number(offset), shape, strides, dtype);
};

const first = ([value]) => value;

const refuseQuantised = () => {
  throw refusal("the PyTorch model is quantised or sparse: save it before that, as float32");
};

const CALLS = {
  "torch._utils._rebuild_tensor": rebuild,
  "torch._utils._rebuild_tensor_v2": rebuild,
  "torch._utils._rebuild_tensor_v3": rebuild,
  "torch._utils._rebuild_parameter": first,
  "torch._utils._rebuild_parameter_with_state": first,
  "torch.nn.parameter.Parameter": first,
  "torch.nn.parameter.Buffer": first,
  "torch._tensor._rebuild_from_type_v2": ([, , args]) => rebuild(args),
  "torch._utils._rebuild_qtensor": refuseQuantised,
  "torch._utils._rebuild_sparse_tensor": refuseQuantised,
  "torch.Size": ([items]) => items,
  "torch.jit._pickle.restore_type_tag": first,
  // pickle.dump() of tensors wraps each storage in a file of its own.
  "torch.storage._load_from_bytes": ([bytes]) =>
    readLegacy(bytes instanceof Uint8Array ? bytes : new Uint8Array(0)),
};

/** ("storage", class, key, where it lay, number of values [, view]) */
function storageOf(id, find) {
  if (!Array.isArray(id)) throw refusal("the PyTorch file refers to something outside it");
  if (id[0] === "module") {
    if (id[1] instanceof Named && typeof id[3] === "string") id[1].source = id[3];
    return id[1];
  }
  const [tag, type, key, , count, view] = id;
  if (tag !== "storage" || !(type instanceof Named)) throw refusal("the PyTorch file is damaged");
  const storage = find(String(key), storageKind(type), Number(count));
  if (!Array.isArray(view)) return storage;
  const [own, offset] = view; // of version 0.1: a part of another storage
  return find(String(own), storageKind(type), Number(count), Number(offset));
}

/** @param {import("./zip.js").Zip} zip @param {import("./convert.js").NamedFile[]} files */
export const readZip = (zip, files) =>
  networkOfValue(valueOfZip(zip), "PyTorch", files, codeIn(zip));

/**
 * The programs in TorchScript's archive: "__torch__.torch.nn.modules.rnn" → its text, in which a
 * constant that is one number stands as that.
 */
function codeIn(zip) {
  const names = zip.names.filter((name) => /(^|\/)code\/.*\.py$/.test(name));
  const isThere = names.length > 0 && zip.names.some((name) => /(^|\/)constants\.pkl$/.test(name));
  const constants = isThere ? valueOfZip(zip, "constants") : [];
  const numberOf = (found, i) => {
    const one = constants[Number(i)];
    return one instanceof TorchTensor && one.shape.every((side) => side === 1)
      ? String(one.read(found).data[0])
      : found;
  };
  return new Map(
    names.slice(0, LIMIT).map((name) => {
      const [, path] = /(?:^|\/)code\/(.*)\.py$/.exec(name) ?? [];
      const text = zip.text(name) ?? "";
      return [path.replaceAll("/", "."), text.replace(/\bCONSTANTS\.c(\d+)\b/g, numberOf)];
    }),
  );
}

/** What was pickled in an archive. @param {import("./zip.js").Zip} zip */
function valueOfZip(zip, own = "data") {
  const isOwn = (name) => new RegExp(`(^|/)${own}\\.pkl$`).test(name);
  const root = zip.names.find(isOwn).slice(0, -`${own}.pkl`.length);
  if (zip.text(`${root}byteorder`)?.trim() === "big")
    throw refusal("the PyTorch file is big-endian: save it on another machine");
  const storages = new Map();
  const find = (key, kind) => {
    const name = `${root}${own}/${key}`;
    if (!zip.entries.has(name))
      throw refusal(`the PyTorch file has no ${shown(name)}: it is damaged`);
    if (!storages.has(name)) storages.set(name, { kind, bytes: () => zip.read(name) });
    return storages.get(name);
  };
  const pickle = zip.read(`${root}${own}.pkl`);
  return readPickle(pickle, { ...optionsFor(pickle), persistent: (id) => storageOf(id, find) });
}

const MAGIC = 0x1950a86a20f9469cfc6cn;

/** The value of a legacy file: magic, protocol, system, pickle, keys, and every storage in turn. */
function readLegacy(bytes) {
  let at = 0;
  const next = (options) => {
    const { value, end } = readPickleAt(bytes, at, options);
    at = end;
    return value;
  };
  if (next({}) !== MAGIC) throw refusal("a file of PyTorch without its magic number");
  if (next({}) !== 1001) throw refusal("a legacy PyTorch file of a protocol that is unknown here");
  const system = next({});
  if (system instanceof Map && system.get("little_endian") === false)
    throw refusal("the PyTorch file is big-endian");
  const storages = new Map();
  const find = (key, kind, count, offset = 0) => {
    if (!storages.has(key)) storages.set(key, { kind, count, data: null });
    const whole = storages.get(key);
    const from = offset * (kind ? bytesOf(kind) : 1);
    return {
      kind,
      bytes: () => {
        if (!whole.data)
          throw refusal("the PyTorch file ends before all of its storages: it is cut short");
        return whole.data.subarray(from);
      },
    };
  };
  const options = optionsFor(bytes.subarray(at));
  const value = next({ ...options, persistent: (id) => storageOf(id, find) });
  const keys = next({});
  if (!Array.isArray(keys)) throw refusal("the PyTorch file is damaged");
  const r = new Reader(bytes, "the PyTorch file");
  r.skip(at);
  for (const key of keys) {
    const storage = storages.get(String(key));
    const count = r.i64();
    const kind = storage?.kind;
    if (!kind && keys.length > storages.size) throw refusal("the PyTorch file is damaged");
    const data = r.take(count * bytesOf(kind ?? "u8"));
    if (storage) storage.data = data;
  }
  return value;
}

const startsLegacy = (bytes) => {
  // PROTO 2, LONG1 of ten bytes; without it the file is one plain pickle.
  return bytes[0] === 0x80 && bytes[2] === 0x8a && bytes[3] === 0x0a;
};

/** Whatever torch.save() or pickle wrote; undefined: an archive of something else. */
export function valueIn(bytes) {
  if (startsLegacy(bytes)) return readLegacy(bytes);
  if (isPickle(bytes)) return readPickle(bytes, { calls: CALLS });
  const zip = new Zip(bytes);
  return zip.names.some((name) => /(^|\/)data\.pkl$/.test(name)) ? valueOfZip(zip) : undefined;
}

/**
 * How a pickle is read: of a Learner that fastai exported, what its own functions would build is
 * left as a description, and its modules and its vocabulary are there all the same.
 */
const optionsFor = (bytes) =>
  /fastai2?\W(learner|basic_train|text)/.test(String.fromCharCode(...bytes.subarray(0, 512)))
    ? { calls: CALLS, inert: /^(fastai2?|fastcore|fastprogress|builtins\.(getattr|print))(\.|$)/ }
    : { calls: CALLS };

/** Does a pickle begin with what builds a Keras model? Its Tokenizer is a vocabulary. */
function isKeras(bytes) {
  const names = String.fromCharCode(...bytes.subarray(0, 512));
  return /(keras|tensorflow)\b/.test(names) && !/Tokenizer|preprocessing/.test(names);
}

/**
 * @param {import("./convert.js").NamedFile} file
 * @param {import("./convert.js").NamedFile[]} files
 */
export function read({ bytes }, files) {
  if (bytes[0] !== 0x80 && !isOldPickle(bytes)) {
    throw refusal("a PyTorch file of 2016, in a tar archive: open it in PyTorch and save it again");
  }
  if (isKeras(bytes)) {
    throw refusal(
      "a pickle of a Keras model, which only Keras can read: load it there, and save it with " +
        'model.save("model.keras")',
    );
  }
  if (startsLegacy(bytes)) return networkOfValue(readLegacy(bytes), "PyTorch (legacy file)", files);
  return networkOfValue(readPickle(bytes, optionsFor(bytes)), "Python pickle", files);
}

const OPTIMISER =
  /optim(?!izedLSTM)|(^|_)opt(_state)?$|scheduler|scaler|grad|loss|history|^(exp_avg|square_avg|momentum_buffer)/i;
const LIMIT = 20000; // things to look at
const WINDOW = /^(seq(uence)?_?(len(gth)?|size)|n_steps|num_steps|window(_size)?|max_?len(gth)?)$/i;

/**
 * Every tensor in the value with its dotted name, every module's class, and the rest, in which a
 * vocabulary may be. A tensor's holder is the dictionary or the outermost module that has it.
 */
function collect(value) {
  const tensors = new Map();
  const holders = new Map(); // a tensor's name → its holder's
  const modules = new Map();
  const rest = new Map();
  const seen = new Set();
  let window; // tokens of a training step, where a checkpoint notes them
  const noteWindow = (map) => {
    for (const [key, value] of map)
      if (WINDOW.test(String(key)) && Number.isInteger(value) && value > 1) window ??= value;
  };
  const note = (path, item, holder) => {
    const isFloat = item instanceof NumpyArray && /f[248]$/.test(item.type?.dtype ?? "");
    if (item instanceof TorchTensor) tensors.set(path, item);
    else if (isFloat && item.size > 0) tensors.set(path, numpyTensor(item));
    else if (item !== null && typeof item === "object") visit(path, item, holder);
    else if (/^(string|boolean)$/.test(typeof item)) rest.set(path, item);
    if (tensors.has(path) && !holders.has(path)) holders.set(path, holder);
  };
  const visit = (path, item, outer) => {
    if (seen.has(item) || item instanceof Named || item instanceof Uint8Array) return;
    seen.add(item);
    if (seen.size > LIMIT) throw refusal("the PyTorch file holds more objects than any model");
    const join = (key) => (path ? `${path}.${key}` : String(key));
    const module = item instanceof PickledObject ? moduleOf(item) : null;
    if (module) {
      modules.set(path, module);
      const holder = outer ?? path;
      for (const part of ["_parameters", "_buffers", "_modules"]) {
        const inner = module.state.get(part);
        if (inner instanceof Map) for (const [key, one] of inner) note(join(key), one, holder);
      }
      for (const [key, one] of module.state) if (!/^_/.test(key)) rest.set(join(key), one);
    } else if (item instanceof Map) {
      noteWindow(item);
      if (holdsTensors(item))
        for (const [key, one] of item)
          !OPTIMISER.test(String(key)) && note(join(key), one, isTensor(one) ? path : undefined);
      else rest.set(path, item);
    } else if (Array.isArray(item) && item.length < 100) {
      if (item.some((one) => one instanceof Map || one instanceof PickledObject || isTensor(one)))
        item.forEach((one, i) => note(join(i), one, isTensor(one) ? path : undefined));
      else rest.set(path, item);
    } else {
      rest.set(path, item);
      const isOptimiser = /^torch\.optim\./.test(item.type?.path ?? "");
      if (item instanceof PickledObject && item.state && !isOptimiser) visit(path, item.state);
    }
  };
  note("", value);
  return { tensors: withoutStrays(tensors, holders), modules, rest, window };
}

const isWeight = (name) => /(^|[._])(weight|bias)(_\w+)?$/.test(name);

/**
 * A checkpoint keeps other tensors beside its network: the state of a generator of random numbers,
 * a hidden state, what was trained on. Where one holder has recurrent weights, they are none of it.
 */
function withoutStrays(tensors, holders) {
  const names = [...tensors.keys()];
  const recurrent = new Set(
    names.filter((name) => /weight_hh/.test(name)).map((n) => holders.get(n)),
  );
  const isStray = (name) =>
    !isWeight(name) && (/^[iu]/.test(tensors.get(name).kind) || !recurrent.has(holders.get(name)));
  if (recurrent.size > 0) for (const name of names) if (isStray(name)) tensors.delete(name);
  return tensors;
}

/** A module of a whole saved model; TorchScript keeps parameters and modules as attributes. */
function moduleOf(item) {
  if (item.state?.get("_modules")) return item;
  if (!item.state || !/^__torch__\./.test(item.type?.path ?? "")) return null;
  const of = (isOne) => new Map([...item.state].filter(([, one]) => isOne(one)));
  const module = new PickledObject(item.type, []);
  module.state = new Map(item.state).set("_parameters", of(isTensor)).set(
    "_modules",
    of((one) => one instanceof PickledObject && one.state),
  );
  return module;
}

const isTensor = (one) => one instanceof TorchTensor || one instanceof NumpyArray;

/** Does a map hold tensors or modules, at most some levels down? */
function holdsTensors(map, depth = 0) {
  return [...map.values()].some(
    (one) =>
      isTensor(one) ||
      (one instanceof PickledObject && moduleOf(one)) ||
      (Array.isArray(one) && one.some(isTensor)) ||
      (one instanceof Map && depth < 4 && holdsTensors(one, depth + 1)),
  );
}

const numpyTensor = (array) => ({
  shape: array.shape,
  dtype: array.type.dtype,
  read: () => ({ shape: array.shape, data: Float32Array.from(array.values()) }),
});

/** What a pickle is that holds no network. */
function withoutTensors(value) {
  const what = value instanceof PickledObject ? value.type?.path : undefined;
  const pairs = value instanceof Map ? [...value] : [];
  const isToken = ([key, id]) => typeof key === "string" && Number.isInteger(id);
  const ids = new Set(pairs.map(([, id]) => id));
  if (pairs.length > 5 && pairs.every(isToken) && ids.size === pairs.length)
    return refusal("the pickle is a vocabulary, it seems: add the file of the model itself");
  if (/^__torch__\./.test(what ?? ""))
    return refusal(
      "a TorchScript without tensors, whose weights stand in its program: it was frozen " +
        "(torch.jit.freeze), so save it before that, or its state_dict()",
    );
  if (what) return refusal(`the pickle holds a ${shown(what)}, and no tensors: it is no network`);
  return refusal("there are no tensors in the pickle: it is no model");
}

/** The network of whatever a file unpickled to; its program may be among the files, or its code. */
export function networkOfValue(value, format, files = [], code = new Map()) {
  const { tensors, modules, rest, window } = collect(value);
  if (tensors.size === 0) throw withoutTensors(value);
  const names = [...tensors.keys()].sort(natural);
  const holders = new Set(names.map((name) => name.replace(/(^|\.)\d+$/, "")));
  if (holders.size === 1 && names.every((name) => /(^|\.)\d+$/.test(name))) {
    const list = names.map((name) => ({
      shape: tensors.get(name).shape,
      kind: tensors.get(name).dtype,
      tensor: () => tensors.get(name).read(name),
    }));
    const network =
      readLasagne(list, `${format} of Lasagne`) ?? readKerasShapes(list, format, files);
    const vocabulary = [...rest].filter(([key]) => mayHold(key)).map(withKey);
    if (network) return Object.assign(network, { vocabulary, named: rest });
  }
  return networkOfTensors({ tensors, modules, rest, window, format, files, code });
}
