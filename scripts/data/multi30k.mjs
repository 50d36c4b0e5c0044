// Multi30k's captions, English and German, in the official split; the test is test_2016_flickr.

import { readLines } from "./common.mjs";

// Some lines of the set have two spaces in a row.
const single = (line) => line.replace(/ +/g, " ");

export default async function multi30k(folder) {
  const read = async (part) => {
    const [english, german] = [
      await readLines(folder, `${part}.en`),
      await readLines(folder, `${part}.de`),
    ];
    if (english.length !== german.length) throw new Error(`${part}: the languages differ in lines`);
    return english.map((line, i) => [single(line), single(german[i])]);
  };
  return {
    train: await read("train"),
    validation: await read("val"),
    test: await read("test_2016_flickr"),
  };
}
