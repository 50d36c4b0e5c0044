// Loading the WebAssembly core, and all that is known about its memory: how text, bytes, structs
// and errors cross the boundary of src/inkling.h. Pointers and handles are numbers on this side.

export class InklingError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = "InklingError";
    this.code = code;
  }
}

export const inNode = globalThis.process?.versions?.node !== undefined;

/** A module of Node's own, by a name that no bundler for the browser tries to resolve. */
export const nodeModule = (name) =>
  import(/* webpackIgnore: true */ /* @vite-ignore */ `node:${name}`);

// A module whose one function returns i8x16.splat(0): valid only where there is WebAssembly SIMD.
const SIMD_MODULE = new Uint8Array([
  0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00, 0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03,
  0x02, 0x01, 0x00, 0x0a, 0x08, 0x01, 0x06, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x0b,
]);

// Scratch memory of an instance, in bytes from its start. Calls are synchronous, so one is enough.
const ERROR = 0; // ink_error: i32 status, char message[256]
const ERROR_MESSAGE = 4;
const OUT = 264; // two 4-byte out-parameters
const EVALUATION = 272; // ink_evaluation: four doubles
const SCRATCH_BYTES = 304;

const encoder = new TextEncoder();
// A byte order mark is a character like any other: it may be one of a model's.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

export const encode = (text) => encoder.encode(text);

/** One instance of the core. Any number of models live in it. */
export class Core {
  #names = new Map(); // of options, to their addresses
  #structs = {}; // of options, by kind

  constructor(instance) {
    this.c = instance.exports;
    this.c._initialize?.();
    this.scratch = this.allocate(SCRATCH_BYTES);
    this.out = this.scratch + OUT;
  }

  // The buffer is another one whenever memory has grown, so views are never kept.
  get bytes() {
    return new Uint8Array(this.c.memory.buffer);
  }
  get view() {
    return new DataView(this.c.memory.buffer);
  }

  allocate(size) {
    const address = this.c.ink_allocate(Math.max(size, 1)) >>> 0;
    if (address === 0) throw new InklingError("memory", `no memory for ${size} bytes`);
    return address;
  }

  /** Copies bytes in. The caller gives the address to ink_release(). */
  put(bytes) {
    const address = this.allocate(bytes.length);
    this.bytes.set(bytes, address);
    return address;
  }

  text(address, size) {
    return decoder.decode(this.bytes.subarray(address, address + size));
  }

  /** NUL-terminated UTF-8. */
  string(address) {
    const bytes = this.bytes;
    return decoder.decode(bytes.subarray(address, bytes.indexOf(0, address)));
  }

  /** Calls a function that takes an ink_error last, and throws what it reports. */
  call(name, ...values) {
    const status = this.c[name](...values, this.scratch + ERROR);
    if (status === 0) return;
    const code = this.string(this.c.ink_status_name(status));
    throw new InklingError(code, this.string(this.scratch + ERROR + ERROR_MESSAGE));
  }

  /** Calls a function that gives a handle, an address or an id through its last out-parameter. */
  make(name, ...values) {
    this.call(name, ...values, this.out);
    return this.view.getUint32(this.out, true);
  }

  /** "topK" as the core has it: "top-k", in memory for good. */
  #nameOf(option) {
    let address = this.#names.get(option);
    if (address === undefined) {
      const name = option.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`);
      address = this.put(encode(`${name}\0`));
      this.#names.set(option, address);
    }
    return address;
  }

  /**
   * A struct of options by name: ink_<kind>_default(), then ink_<kind>_set() of those that are
   * given. Good until the next call for the same kind.
   */
  options(kind, options) {
    const { c } = this;
    const address = (this.#structs[kind] ??= this.allocate(c[`ink_${kind}_size`]()));
    c[`ink_${kind}_default`](address);
    for (const [name, value] of Object.entries(options)) {
      if (value !== undefined) this.call(`ink_${kind}_set`, address, this.#nameOf(name), value);
    }
    return address;
  }

  sampling(options) {
    return this.options("sampling", options);
  }

  /** Tokens in memory, as [id, log-probability]. */
  tokens(ids, logProbabilities, count) {
    const { view } = this;
    return Array.from({ length: count }, (_, i) => [
      view.getUint32(ids + 4 * i, true),
      view.getFloat64(logProbabilities + 8 * i, true),
    ]);
  }

  /** The tokens that a generation's last call wrote, where it keeps them. */
  generationTokens(generation) {
    const { out } = this;
    const count = this.c.ink_generation_tokens(generation, out, out + 4);
    const { view } = this;
    return this.tokens(view.getUint32(out, true), view.getUint32(out + 4, true), count);
  }

  evaluate(model, text, size, reset) {
    const address = this.scratch + EVALUATION;
    this.call("ink_evaluate", model, text, size, reset, address);
    const [nats, bits, perplexity, tokens] = new Float64Array(this.c.memory.buffer, address, 4);
    return { nats, bits, perplexity, tokens };
  }
}

/** The build at this address, compiled. */
async function compile(url) {
  if (inNode) {
    const { readFile } = await nodeModule("fs/promises");
    return WebAssembly.compile(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new InklingError("network", `${url} answered ${response.status}`);
  // Browsers compile while it arrives, but only when the server names the type.
  const streaming = response.headers.get("content-type")?.startsWith("application/wasm");
  return streaming
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());
}

/** A core of its own from what compile() gave. */
export async function newCore(module) {
  const imports = { env: { emscripten_notify_memory_growth() {} } };
  return new Core(await WebAssembly.instantiate(module, imports));
}

const BUILDS = {
  scalar: new URL("./inkling-scalar.wasm", import.meta.url),
  simd: new URL("./inkling-simd.wasm", import.meta.url),
  "train-scalar": new URL("./inkling-train-scalar.wasm", import.meta.url),
  "train-simd": new URL("./inkling-train-simd.wasm", import.meta.url),
};

/**
 * Which build that is: "auto" takes SIMD where it is; without `everything` one of generators alone.
 */
export function chooseBuild(kernel, everything = false) {
  const simd = WebAssembly.validate(SIMD_MODULE);
  if (kernel === "simd" && !simd) {
    throw new InklingError("argument", 'kernel "simd" needs WebAssembly SIMD, which is not here');
  }
  return (everything ? "train-" : "") + (kernel === "auto" ? (simd ? "simd" : "scalar") : kernel);
}

/** The promise under `key`, made once; one that fails is made again by the next call. */
function once(promises, key, make) {
  if (!promises.has(key)) {
    const promise = make();
    promises.set(key, promise);
    promise.catch(() => promises.delete(key));
  }
  return promises.get(key);
}

const modules = new Map(); // build → promise of it compiled
const cores = new Map(); // build → promise of the Core that all its models share

/** The build, compiled; a worker may be sent it. */
export const compileBuild = (build) => once(modules, build, () => compile(BUILDS[build]));

/** The core of a build, which somebody may have compiled already. */
export function openCore(build, compiled = compileBuild(build)) {
  return once(cores, build, async () => newCore(await compiled));
}
