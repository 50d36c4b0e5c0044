// The WebAssembly core, and all that is known about its memory: how text, bytes, structs and errors
// cross the boundary of src/inkling.h. Pointers and handles are numbers on this side.

/** @import { ErrorCode, Evaluation, Lacks } from "./inkling.js" */
/** @import { Exports } from "./core.js" */
/** @import { Build } from "./assets.js" */
/** @import { Struct } from "./structs.js" */

import { compile } from "./assets.js";
import { InklingError, encode, encodeComposed, reasonOf } from "./platform.js";
import { EVALUATION, LACKS, NOTE_BYTES, PAIR } from "./structs.js";

// ink_error: a status and a message.
const ERROR_BYTES = 260;
const ERROR_MESSAGE = 4;

// A byte order mark is a character like any other: it may be one of a model's.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Strings, each ended by a NUL byte, as the core takes lists of them. @param {string[]} texts */
export const joined = (texts) => encode(texts.map((text) => `${text}\0`).join(""));

/** One instance of the core. Any number of models live in it. */
export class Core {
  #error; // calls are synchronous, so one of each is enough
  #out;

  /** @param {Exports} exports */
  constructor(exports) {
    this.c = exports;
    this.c._initialize?.();
    this.#error = this.allocate(ERROR_BYTES);
    this.#out = this.allocate(PAIR.bytes);
  }

  // The buffer is another one whenever memory has grown, so views are never kept.
  get bytes() {
    return new Uint8Array(this.c.memory.buffer);
  }
  get view() {
    return new DataView(this.c.memory.buffer);
  }

  /** @param {number} size */
  allocate(size) {
    const address = this.c.ink_allocate(Math.max(size, 1)) >>> 0;
    if (address === 0) throw new InklingError("memory", `no memory for ${size} bytes`);
    return address;
  }

  /** Copies bytes in. The caller gives the address to ink_release(). @param {Uint8Array} bytes */
  put(bytes) {
    const address = this.allocate(bytes.length);
    this.bytes.set(bytes, address);
    return address;
  }

  /**
   * Calls `use` with the addresses of copies of these bytes, which last as long as the call; of
   * undefined it is 0.
   *
   * @template T
   * @param {(Uint8Array | undefined)[]} all
   * @param {(...addresses: number[]) => T} use
   */
  with(all, use) {
    /** @type {number[]} */
    const addresses = [];
    try {
      for (const bytes of all) addresses.push(bytes ? this.put(bytes) : 0);
      return use(...addresses);
    } finally {
      for (const address of addresses) this.c.ink_release(address);
    }
  }

  /** @param {number} address @param {number} size */
  text(address, size) {
    return decoder.decode(this.bytes.subarray(address, address + size));
  }

  /** NUL-terminated UTF-8. @param {number} address */
  string(address) {
    const bytes = this.bytes;
    return decoder.decode(bytes.subarray(address, bytes.indexOf(0, address)));
  }

  /** Bytes that we are to give back, copied. @param {number} address @param {number} size */
  take(address, size) {
    try {
      return this.bytes.slice(address, address + size);
    } finally {
      this.c.ink_release(address);
    }
  }

  /** @param {number} address @param {number} count */
  floats(address, count) {
    return new Float32Array(this.c.memory.buffer, address, count).slice();
  }

  /**
   * Calls a function that takes an ink_error last, and throws what it reports.
   *
   * @param {`ink_${string}`} name
   * @param {(number | bigint)[]} values
   */
  call(name, ...values) {
    const status = this.c[name](...values, this.#error);
    if (status === 0) return;
    const code = /** @type {ErrorCode} */ (this.string(this.c.ink_status_name(status)));
    throw new InklingError(code, this.string(this.#error + ERROR_MESSAGE));
  }

  /**
   * Calls a function that gives a handle, an address or an id through its last out-parameter.
   *
   * @param {`ink_${string}`} name
   * @param {(number | bigint)[]} values
   */
  make(name, ...values) {
    this.call(name, ...values, this.#out);
    return PAIR.read(this.view, this.#out).first;
  }

  /**
   * Calls a function that gives two of them through its last two out-parameters.
   *
   * @param {`ink_${string}`} name
   * @param {(number | bigint)[]} values
   * @returns {[number, number]}
   */
  pair(name, ...values) {
    this.call(name, ...values, this.#out, this.#out + 4);
    const { first, second } = PAIR.read(this.view, this.#out);
    return [first, second];
  }

  /**
   * Calls `use` with the address of a struct, and gives what that then holds.
   *
   * @template {string} Name
   * @param {Struct<Name>} struct
   * @param {(address: number) => void} use
   */
  read(struct, use) {
    const address = this.allocate(struct.bytes);
    try {
      use(address);
      return struct.read(this.view, address);
    } finally {
      this.c.ink_release(address);
    }
  }

  /**
   * Calls `use` with the address of a struct of these values, zeros where there is none.
   *
   * @template {string} Name
   * @template T
   * @param {Struct<Name>} struct
   * @param {Partial<Record<Name, number>>} values
   * @param {(address: number) => T} use
   */
  given(struct, values, use) {
    return this.with([new Uint8Array(struct.bytes)], (address) => {
      struct.write(this.view, address, values);
      return use(address);
    });
  }

  /**
   * Tokens in memory, as [id, log-probability].
   *
   * @param {number} ids
   * @param {number} logProbabilities
   * @param {number} count
   * @returns {[number, number][]}
   */
  tokens(ids, logProbabilities, count) {
    const { view } = this;
    return Array.from({ length: count }, (_, i) => [
      view.getUint32(ids + 4 * i, true),
      view.getFloat64(logProbabilities + 8 * i, true),
    ]);
  }

  /** The tokens that a generation's last call wrote, where it keeps them. @param {number} generation */
  generationTokens(generation) {
    const count = this.c.ink_generation_tokens(generation, this.#out, this.#out + 4);
    const { first, second } = PAIR.read(this.view, this.#out);
    return this.tokens(first, second, count);
  }

  /**
   * How much the next token of a session looks at each place of its source; null without one.
   *
   * @param {number} session
   */
  attention(session) {
    const address = this.c.ink_session_attention(session, this.#out);
    return address === 0 ? null : this.floats(address, PAIR.read(this.view, this.#out).first);
  }

  /**
   * What network and counts of a session's model say of the next token.
   *
   * @param {number} session
   * @param {number} count
   */
  parts(session, count) {
    this.c.ink_session_parts(session, this.#out, this.#out + 4);
    const { first, second } = PAIR.read(this.view, this.#out);
    return [this.floats(first, count), this.floats(second, count)];
  }

  /**
   * What `use` puts into an evaluation; only a model with counts has the nats of its parts.
   *
   * @param {(address: number) => void} use
   * @returns {Evaluation}
   */
  evaluation(use) {
    const { networkNats, countsNats, ...whole } = this.read(EVALUATION, use);
    return Number.isNaN(countsNats) ? whole : { ...whole, networkNats, countsNats };
  }

  /**
   * @param {number} model
   * @param {string} text
   * @returns {Lacks}
   */
  lacks(model, text) {
    const bytes = encodeComposed(text);
    return this.with([bytes], (address) => {
      const out = this.allocate(LACKS.bytes + NOTE_BYTES);
      try {
        this.call("ink_model_lacks", model, address, bytes.length, out);
        return { ...LACKS.read(this.view, out), note: this.string(out + LACKS.bytes) };
      } finally {
        this.c.ink_release(out);
      }
    });
  }

  /**
   * @param {number} model
   * @param {string} text
   * @param {number} reset
   */
  evaluate(model, text, reset) {
    const bytes = encodeComposed(text);
    return this.with([bytes], (address) =>
      this.evaluation((out) => this.call("ink_evaluate", model, address, bytes.length, reset, out)),
    );
  }
}

/** @typedef {"" | "counts" | "tasks" | "train"} Kind of a build, each with all that is before it. */

/** @type {Record<string, `ink_${string}`>} What a kind of build has that those before it lack. */
const OWN = { counts: "ink_session_parts", tasks: "ink_source_text", train: "ink_trainer_new" };

/**
 * Whether these are the exports of a core, with what a build of this kind has.
 *
 * @param {unknown} exports
 * @param {Build} build
 * @returns {exports is Exports}
 */
const isCore = (exports, build) =>
  typeof exports === "object" &&
  exports !== null &&
  (OWN[build.split("-")[0]] ?? "ink_model_load") in exports;

/**
 * A core of its own from what compileBuild() gave.
 *
 * @param {WebAssembly.Module} module
 * @param {Build} build
 */
export async function newCore(module, build) {
  let instance;
  try {
    const imports = { env: { emscripten_notify_memory_growth() {} } };
    instance = await WebAssembly.instantiate(module, imports);
  } catch (error) {
    const message = `the core cannot be started: ${reasonOf(error)}`;
    throw new InklingError("network", message, { cause: error });
  }
  const { exports } = instance;
  if (isCore(exports, build)) return new Core(exports);
  throw new InklingError("network", `the core is not the build that is needed, inkling-${build}`);
}

/**
 * The promise under `key`, made once; one that fails is made again by the next call.
 *
 * @template T
 * @param {Map<string, Promise<T>>} promises
 * @param {string} key
 * @param {() => Promise<T>} make
 */
function once(promises, key, make) {
  let promise = promises.get(key);
  if (!promise) {
    promise = make();
    promises.set(key, promise);
    promise.catch(() => promises.delete(key));
  }
  return promise;
}

/** @type {Map<string, Promise<WebAssembly.Module>>} By build and address. */
const modules = new Map();

/** @type {Map<string, Promise<Core>>} By build: the cores that all models of this thread share. */
const cores = new Map();

/**
 * The build, compiled; a worker may be sent it.
 *
 * @param {Build} build
 * @param {string | URL} [wasmURL]
 */
export const compileBuild = (build, wasmURL) =>
  once(modules, `${build} ${wasmURL ?? ""}`, () => compile(build, wasmURL));

/**
 * The core of a build, which somebody may have compiled already.
 *
 * @param {Build} build
 * @param {Promise<WebAssembly.Module> | WebAssembly.Module} [compiled]
 */
export function openCore(build, compiled) {
  return once(cores, build, async () => newCore(await (compiled ?? compileBuild(build)), build));
}
