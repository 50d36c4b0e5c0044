// Finding the loop in which a greedy text ends.

/**
 * The loop that a text ends in: { from, length }, the shortest that fills at least its last third
 * and is there twice; else undefined. Linear in the text for each length: texts are short.
 */
export function loopOf(text) {
  const n = text.length;
  for (let length = 1; length <= n / 3; length++) {
    let from = n - length;
    while (from > 0 && text[from - 1] === text[from - 1 + length]) from--;
    if (n - from >= Math.max(2 * length, n / 3)) return { from, length };
  }
  return undefined;
}
