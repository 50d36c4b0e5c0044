// What a build of the core exports: the functions that src/exports.txt and its like list, whose
// declarations are in src/inkling.h. Pointers, handles, sizes and enums are numbers on this side.

export interface Exports {
  memory: WebAssembly.Memory;
  _initialize?: () => void;
  [name: `ink_${string}`]: (...values: (number | bigint)[]) => number;
}

declare global {
  /** In a single file: its core, and the function that all of it is. See inline.js. */
  const inklingWasm: string;
  const inklingStart: (wasm: string, inWorker?: boolean) => unknown;
  const inklingInWorker: boolean | undefined;
}
