// How a rate is measured: subjects take turns, so that whatever else the machine does meets them
// alike, and each one's median counts.

export function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

/**
 * Calls run(seconds) of every subject in turn, `rounds` times after one that warms up, and gives
 * the median of what each returned, in the order of the subjects.
 */
export async function takeTurns(subjects, { rounds, seconds }) {
  const rates = subjects.map(() => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, subject] of subjects.entries()) {
      const rate = await subject.run(seconds);
      if (round >= 0) rates[i].push(rate);
    }
  }
  return rates.map(median);
}

/** Calls `work` for at least so many seconds; how much of it was done a second. */
export async function rateOf(work, seconds) {
  const began = performance.now();
  let done = 0;
  let elapsed;
  do {
    done += await work();
    elapsed = (performance.now() - began) / 1000;
  } while (elapsed < seconds);
  return done / elapsed;
}

/**
 * The bound of generation: how often a second a plain SIMD sum, src/kernels/roofline.fma.isa.c in
 * WebAssembly, reads so many bytes. `module` is roofline.wasm.
 */
export async function readingSubject(module, bytes) {
  const { instance } = await WebAssembly.instantiate(module, {});
  const { memory, ink_read_simd: read } = instance.exports;
  const PAGE = 65536;
  const start = memory.buffer.byteLength;
  memory.grow(Math.ceil(bytes / PAGE));
  const floats = Math.floor(bytes / 4);
  new Float32Array(memory.buffer, start, floats).fill(1);
  const burst = Math.max(1, Math.floor(2e7 / bytes)); // so that the clock is not what is measured
  return {
    run: (seconds) =>
      rateOf(() => {
        for (let i = 0; i < burst; i++) read(start, floats);
        return burst;
      }, seconds / 4),
  };
}

/** Draws an id from logits at a temperature, for programs that give no more than logits. */
export function makeSampler(random, temperature) {
  let weights = new Float64Array(0);
  return (logits) => {
    if (weights.length !== logits.length) weights = new Float64Array(logits.length);
    let largest = -Infinity;
    for (let i = 0; i < logits.length; i++) if (logits[i] > largest) largest = logits[i];
    let sum = 0;
    for (let i = 0; i < logits.length; i++) {
      sum += weights[i] = Math.exp((logits[i] - largest) / temperature);
    }
    let left = (random() / 2 ** 32) * sum;
    for (let i = 0; i < logits.length; i++) {
      left -= weights[i];
      if (left < 0) return i;
    }
    return logits.length - 1;
  };
}

/** log of the softmax. */
export function logProbabilities(logits) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const sum = logits.reduce((total, x) => total + Math.exp(x - largest), 0);
  return Array.from(logits, (x) => x - largest - Math.log(sum));
}
