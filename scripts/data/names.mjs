// Surnames of 18 languages, a file each (practical-pytorch's data/names): language and name. A pair
// that occurs twice is one; a name that two languages have is two pairs. Shuffled with seed 1,
// 80/10/10.

import { readdir } from "node:fs/promises";
import { basename } from "node:path";
import { readLines, shuffled } from "./common.mjs";

export default async function names(folder) {
  const pairs = new Map();
  for (const file of (await readdir(folder)).sort()) {
    // Files of languages begin with a capital letter and then have small ones.
    if (!/^[A-Z][a-z]+\.txt$/.test(file)) continue;
    const language = basename(file, ".txt");
    for (const name of await readLines(folder, file))
      pairs.set(`${language}\t${name}`, [language, name]);
  }
  const rows = shuffled([...pairs.values()]);
  const tenth = Math.floor(rows.length / 10);
  return {
    train: rows.slice(0, -2 * tenth),
    validation: rows.slice(-2 * tenth, -tenth),
    test: rows.slice(-tenth),
  };
}
