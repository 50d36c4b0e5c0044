// Python's pickle read as data. A pickle is a program that builds objects; here it builds only
// lists, maps, text, numbers, tensors, and inert descriptions of whatever else it names. Nothing
// that it names is ever called: the few functions that data needs are known by name below, a class
// is a label, and a call of anything else is refused.
//
//   dict, OrderedDict → Map      list, tuple → Array      bytes → Uint8Array
//   str → string      Python 2's non-ASCII str → Uint8Array      set → { set }
//   object → PickledObject

import { Reader, decodeText } from "./bytes.js";
import { plainText } from "./literal.js";
import { NumpyArray, asBytes } from "./numpy.js";
import { refusal, shown } from "./refuse.js";

/** An object of a class that only has a name here. `state` is its attributes, where it had any. */
export class PickledObject {
  constructor(type, args) {
    this.type = type;
    this.args = args;
    this.state = null;
    this.items = new Map(); // of a dict's subclass
    this.list = []; // of a list's subclass
  }
}

/** A class or function that a pickle names: "torch.nn.modules.rnn.LSTM". */
export class Named {
  constructor(module, name) {
    this.module = module;
    this.name = name;
    this.source = ""; // the program of a class, where a legacy file of PyTorch has it
    this.path = `${module}.${name}`
      .replace(/^__builtin__\./, "builtins.")
      .replace(/^numpy\._core\./, "numpy.core.");
  }
}

const oneOf = (names) => new RegExp(`^(${names.trim().split(/\s+/).join("|")})(\\.|$)`);

// Modules whose mention alone is no model's business.
const FORBIDDEN = oneOf(`
  os posix nt ntpath posixpath subprocess sys shutil socket ctypes importlib runpy pty commands
  webbrowser code codeop pickle cPickle marshal shelve platform multiprocessing asyncio threading
  signal requests urllib http ftplib smtplib tempfile io inspect timeit pdb bdb cProfile profile
  trace nturl2path pip _posixsubprocess operator functools types`);
const SAFE_BUILTINS = oneOf(`
  set frozenset list dict tuple str unicode bytes bytearray int long float bool complex object slice
  range xrange NoneType type`);
// Where a call builds a mere value that is of no use here.
const INERT = oneOf(`
  torch numpy collections datetime pathlib decimal uuid torchtext sklearn pandas keras
  keras_preprocessing tensorflow argparse copyreg copy_reg enum fractions scipy spacy nltk`);
const HARMLESS = /^(types\.SimpleNamespace|functools\.partial)$/;
const NEVER_CALLED =
  /(^|\.)(_?loads?|_load_from_bytes|hub|cpp_extension|system|eval|exec|compile|getattr)$/;

const OPCODES = 5e6;

const pairsOf = (value) => {
  if (value instanceof Map) return [...value];
  if (Array.isArray(value)) return value.filter((pair) => Array.isArray(pair) && pair.length === 2);
  return [];
};

// What the known functions make of their arguments.
const CALLS = {
  "collections.OrderedDict": ([pairs]) => new Map(pairsOf(pairs)),
  "collections.defaultdict": ([, pairs]) => new Map(pairsOf(pairs)),
  "collections.Counter": ([pairs]) => new Map(pairsOf(pairs)),
  "builtins.dict": ([pairs]) => new Map(pairsOf(pairs)),
  "builtins.set": ([items]) => ({ set: Array.isArray(items) ? items : [] }),
  "builtins.frozenset": ([items]) => ({ set: Array.isArray(items) ? items : [] }),
  "builtins.list": ([items]) => (Array.isArray(items) ? items.slice() : []),
  "builtins.tuple": ([items]) => (Array.isArray(items) ? items.slice() : []),
  "builtins.bytearray": ([text]) => asBytes(text ?? ""),
  "builtins.bytes": ([items]) =>
    Array.isArray(items) ? Uint8Array.from(items) : asBytes(items ?? ""),
  "builtins.int": ([value]) => Number(value ?? 0),
  "builtins.float": ([value]) => Number(value ?? 0),
  "builtins.str": ([value]) => String(value ?? ""),
  "_codecs.encode": ([text]) => asBytes(text),
  "numpy.core.multiarray._reconstruct": () => new NumpyArray(),
  "numpy.core.numeric._frombuffer": ([data, type, shape, order]) =>
    new NumpyArray().fill(shape, type, order === "F", data),
  "numpy.core.multiarray.scalar": ([type, data]) =>
    new NumpyArray().fill([1], type, false, data).values()[0],
  "jax._src.array._reconstruct_array": ([, , [, shape, type, isFortran, data]]) =>
    new NumpyArray().fill(shape, type, isFortran, data),
  "numpy.dtype": ([name]) => ({ dtype: String(name), order: "<" }),
};

const MARK = Symbol("mark");

class Machine {
  /** @param {Uint8Array} bytes @param {{ persistent?: any, calls?: any, inert?: RegExp }} options */
  constructor(bytes, { persistent, calls, inert = /^$/ }) {
    this.inert = inert;
    this.r = new Reader(bytes, "the pickle");
    this.stack = [];
    this.memo = new Map();
    this.persistent = persistent;
    this.calls = { ...CALLS, ...calls };
  }

  run() {
    for (let count = 0; count < OPCODES; count++) {
      const opcode = this.r.u8();
      if (opcode === 0x2e) return this.pop();
      const act = ACTIONS[opcode];
      if (!act)
        throw refusal(
          `the pickle has an instruction (${opcode}) that no model needs: it is damaged`,
        );
      act(this);
    }
    throw refusal("the pickle is longer than that of any model");
  }

  push(value) {
    this.stack.push(value);
  }

  pop() {
    if (this.stack.length === 0 || this.stack.at(-1) === MARK)
      throw refusal("the pickle is damaged");
    return this.stack.pop();
  }

  top() {
    if (this.stack.length === 0) throw refusal("the pickle is damaged");
    return this.stack.at(-1);
  }

  /** Everything above the last mark. */
  popMark() {
    const at = this.stack.lastIndexOf(MARK);
    if (at < 0) throw refusal("the pickle is damaged");
    const items = this.stack.splice(at);
    items.shift();
    return items;
  }

  line() {
    const end = this.r.bytes.indexOf(0x0a, this.r.at);
    if (end < 0) throw refusal("the pickle ends too early: it is cut short or damaged");
    const text = this.r.text(end - this.r.at);
    this.r.skip(1);
    return text;
  }

  /** A line of Latin-1. */
  latinLine() {
    const from = this.r.at;
    this.line();
    const bytes = this.r.bytes.subarray(from, this.r.at - 1);
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }

  global(module, name) {
    if (typeof module !== "string" || typeof name !== "string")
      throw refusal("the pickle is damaged");
    const isBuiltin = /^(builtins|__builtin__)$/.test(module);
    const harmful = isBuiltin
      ? !SAFE_BUILTINS.test(name)
      : FORBIDDEN.test(module) && !HARMLESS.test(`${module}.${name}`);
    const named = new Named(module, name);
    if (harmful && !this.inert.test(named.path)) {
      throw refusal(
        `the pickle names ${shown(`${module}.${name}`)}, which no model needs: where Python ` +
          "opens it, it may run a program. It was not run here; do not open it elsewhere",
      );
    }
    this.push(named);
  }

  call(callee, args) {
    if (!(callee instanceof Named))
      throw refusal("the pickle calls what is no function: it is damaged");
    const { path } = callee;
    if (Object.hasOwn(this.calls, path))
      return this.calls[path](Array.isArray(args) ? args : [], this);
    if (path === "copyreg._reconstructor" || path === "copy_reg._reconstructor") {
      return this.object(args[0], []);
    }
    const isInert = [INERT, HARMLESS].some((one) => one.test(path)) && !NEVER_CALLED.test(path);
    if (!isInert && !this.inert.test(path)) {
      throw refusal(
        `the pickle calls ${shown(path)}, which is none of the functions that a model needs: it is not ` +
          "run here. Save the weights alone (torch.save(model.state_dict(), ...))",
      );
    }
    return new PickledObject(callee, args);
  }

  /** A new object of a class, which stays a description unless it is one of Python's containers. */
  object(type, args) {
    if (!(type instanceof Named))
      throw refusal("the pickle makes an object of no class: it is damaged");
    const container =
      /^(builtins\.(dict|list|set|tuple)|collections\.(OrderedDict|defaultdict|Counter))$/;
    if (container.test(type.path)) return this.calls[type.path](args ?? [], this);
    return new PickledObject(type, args);
  }

  build(target, state) {
    if (target instanceof NumpyArray) {
      const [, shape, type, isFortran, data] = state ?? [];
      if (Array.isArray(shape)) target.fill(shape, type, isFortran, data);
    } else if (target?.dtype && Array.isArray(state)) {
      target.order = state[1];
    } else if (target instanceof PickledObject) {
      const parts = Array.isArray(state) ? state : [state];
      target.state = parts.find((part) => part instanceof Map) ?? target.state;
      if (!target.state && parts.length > 1) append(target, parts); // what its class alone reads
    }
  }
}

function append(target, items) {
  if (Array.isArray(target)) for (const item of items) target.push(item);
  else if (target instanceof PickledObject) for (const item of items) target.list.push(item);
  else if (target?.set) for (const item of items) target.set.push(item);
  else throw refusal("the pickle is damaged");
}

function setItems(target, items) {
  const map =
    target instanceof Map ? target : target instanceof PickledObject ? target.items : null;
  if (!map) throw refusal("the pickle is damaged");
  for (let i = 0; i + 1 < items.length; i += 2) map.set(items[i], items[i + 1]);
}

/** Python 2's str: text if it is ASCII, else bytes that might be anything. */
const oldString = (bytes) => (bytes.every((byte) => byte < 128) ? decodeText(bytes) : bytes);

function bigInteger(bytes) {
  if (bytes.length > 64) throw refusal("the pickle has a number larger than any model's");
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  if (bytes.length > 0 && bytes.at(-1) & 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function integerLine(text) {
  if (text === "00") return false;
  if (text === "01") return true;
  const digits = text.replace(/L$/, "");
  if (!/^-?\d{1,100}$/.test(digits)) throw refusal("the pickle is damaged");
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : BigInt(digits);
}

/** The text of protocol 0's quoted strings. */
const unquote = (text) => oldString(asBytes(plainText(text.trim())));

/** Text of protocol 0: Latin-1, and what is not in that as \\uXXXX or \\UXXXXXXXX. */
const rawUnicode = (text) =>
  text.replace(/\\(?:u([0-9a-fA-F]{4})|U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4}))/g, (_, a, b) =>
    String.fromCodePoint(parseInt(a ?? b, 16)),
  );

const size8 = (m) => {
  const size = m.r.i64();
  return size >= 0 ? size : m.r.left + 1;
};
const put = (m, index) => {
  m.memo.set(index, m.top());
};
const get = (m, index) => {
  if (!m.memo.has(index)) throw refusal("the pickle is damaged");
  m.push(m.memo.get(index));
};
const persist = (m, id) => {
  if (!m.persistent) throw refusal("the pickle refers to something outside it");
  m.push(m.persistent(id));
};
const noExtension = () => {
  throw refusal("the pickle uses an extension of its writer's");
};
const tuple = (m, size) => {
  const items = [];
  for (let i = 0; i < size; i++) items.unshift(m.pop());
  m.push(items);
};

// By opcode, as Python's pickletools lists them.
const ACTIONS = {
  0x80: (m) => m.r.u8(), // PROTO
  0x95: (m) => m.r.skip(8), // FRAME
  0x28: (m) => m.push(MARK),
  0x30: (m) => m.stack.pop(), // POP, of a mark as well
  0x31: (m) => m.popMark(),
  0x32: (m) => m.push(m.top()), // DUP
  0x4e: (m) => m.push(null),
  0x88: (m) => m.push(true),
  0x89: (m) => m.push(false),
  0x4b: (m) => m.push(m.r.u8()), // BININT1
  0x4d: (m) => m.push(m.r.u16()),
  0x4a: (m) => m.push(m.r.i32()),
  0x49: (m) => m.push(integerLine(m.line())), // INT
  0x4c: (m) => m.push(integerLine(m.line())), // LONG
  0x8a: (m) => m.push(bigInteger(m.r.take(m.r.u8()))), // LONG1
  0x8b: (m) => m.push(bigInteger(m.r.take(m.r.u32()))),
  0x46: (m) => m.push(Number(m.line())), // FLOAT
  0x47: (m) => m.push(m.r.view.getFloat64(m.r.skip(8))), // BINFLOAT, big-endian
  0x53: (m) => m.push(unquote(m.line())), // STRING
  0x54: (m) => m.push(oldString(m.r.take(m.r.u32()))), // BINSTRING
  0x55: (m) => m.push(oldString(m.r.take(m.r.u8()))),
  0x56: (m) => m.push(rawUnicode(m.latinLine())), // UNICODE
  0x58: (m) => m.push(m.r.text(m.r.u32())), // BINUNICODE
  0x8c: (m) => m.push(m.r.text(m.r.u8())),
  0x8d: (m) => m.push(m.r.text(size8(m))),
  0x42: (m) => m.push(m.r.take(m.r.u32())), // BINBYTES
  0x43: (m) => m.push(m.r.take(m.r.u8())),
  0x8e: (m) => m.push(m.r.take(size8(m))),
  0x96: (m) => m.push(m.r.take(size8(m))), // BYTEARRAY8
  0x5d: (m) => m.push([]),
  0x6c: (m) => m.push(m.popMark()), // LIST
  0x29: (m) => m.push([]), // EMPTY_TUPLE
  0x74: (m) => m.push(m.popMark()),
  0x85: (m) => tuple(m, 1),
  0x86: (m) => tuple(m, 2),
  0x87: (m) => tuple(m, 3),
  0x7d: (m) => m.push(new Map()),
  0x64: (m) => {
    const map = new Map();
    setItems(map, m.popMark());
    m.push(map);
  },
  0x8f: (m) => m.push({ set: [] }),
  0x91: (m) => m.push({ set: m.popMark() }),
  0x90: (m) => {
    const items = m.popMark();
    append(m.top(), items);
  },
  0x61: (m) => {
    const item = m.pop();
    append(m.top(), [item]);
  },
  0x65: (m) => {
    const items = m.popMark();
    append(m.top(), items);
  },
  0x73: (m) => {
    const value = m.pop();
    const key = m.pop();
    setItems(m.top(), [key, value]);
  },
  0x75: (m) => {
    const items = m.popMark();
    setItems(m.top(), items);
  },
  0x70: (m) => put(m, Number(m.line())), // PUT
  0x71: (m) => put(m, m.r.u8()),
  0x72: (m) => put(m, m.r.u32()),
  0x94: (m) => put(m, m.memo.size), // MEMOIZE
  0x67: (m) => get(m, Number(m.line())),
  0x68: (m) => get(m, m.r.u8()),
  0x6a: (m) => get(m, m.r.u32()),
  0x50: (m) => persist(m, m.line()), // PERSID
  0x51: (m) => persist(m, m.pop()),
  0x63: (m) => {
    const module = m.line();
    m.global(module, m.line());
  },
  0x93: (m) => {
    const name = m.pop();
    m.global(m.pop(), name);
  },
  0x52: (m) => {
    const args = m.pop();
    m.push(m.call(m.pop(), args));
  },
  0x81: (m) => {
    const args = m.pop();
    m.push(m.object(m.pop(), args));
  },
  0x92: (m) => {
    m.pop();
    const args = m.pop();
    m.push(m.object(m.pop(), args));
  },
  0x69: (m) => {
    const module = m.line();
    m.global(module, m.line());
    const type = m.pop();
    m.push(m.object(type, m.popMark())); // INST
  },
  0x6f: (m) => {
    const [type, ...args] = m.popMark();
    m.push(m.object(type, args)); // OBJ
  },
  0x62: (m) => {
    const state = m.pop();
    m.build(m.top(), state);
  },
  0x82: noExtension,
  0x83: noExtension,
  0x84: noExtension,
};

/**
 * The value of a pickle.
 * @param {Uint8Array} bytes
 * @param {{ persistent?: (id: unknown) => unknown, calls?: Record<string, (args: unknown[]) =>
 *  unknown>, inert?: RegExp }}
 *   [options] what stands for references to the outside, functions that a format knows besides, and
 *   those whose calls are nothing but descriptions
 */
export const readPickle = (bytes, options = {}) => new Machine(bytes, options).run();

/** The same, with the place behind the pickle's end. */
export function readPickleAt(bytes, from, options = {}) {
  const machine = new Machine(bytes.subarray(from), options);
  const value = machine.run();
  return { value, end: from + machine.r.at };
}
