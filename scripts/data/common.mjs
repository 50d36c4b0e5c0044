// What the data sets share: reading lines, and chance that is the same in every run.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The lines of a file that are not blank; spaces of any kind become plain ones, and none ends a
 * line.
 */
export async function readLines(...path) {
  const text = await readFile(join(...path), "utf8");
  const plain = (line) => line.replace(/[^\S\t]/g, " ").trim();
  return text.split(/\r?\n/).map(plain).filter(Boolean);
}

/** A source of random whole numbers: next(n) is one of 0 .. n - 1. Marsaglia's xorshift (2003). */
export function random(seed) {
  let x = seed;
  const step = () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  for (let i = 0; i < 16; i++) step(); // small seeds begin with small numbers
  return (n) => Math.floor((step() / 2 ** 32) * n);
}

/** A shuffled copy (Fisher and Yates), the same one for the same rows and seed. */
export function shuffled(rows, seed = 1) {
  const next = random(seed);
  const copy = [...rows];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = next(i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
