// `npx inkling convert`: another program's model file → a model of ours.

import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { convert, neighboursOf } from "../dist/convert/convert.js";
import { readOptions } from "./arguments.js";
import { checkOut, open, write } from "./files.js";

export const HELP = `inkling convert FILES --out MODEL opens another program's model, with what lies beside it
  --vocabulary FILE: which characters or words its ids stand for, where no file says so
  --vocabulary-of TEXT: they are the sorted characters of this file
  --labels FILE: the names of a classifier's classes, one a line in the order of their ids
  --window N: predict from the last N tokens, read anew, as it was trained
`;

const OPTIONS = ["out", "vocabulary", "vocabulary-of", "labels", "window"];

export function readArguments(args) {
  const { positionals, values } = readOptions(args, OPTIONS);
  if (positionals.length === 0) throw new Error("a file to convert is missing");
  if (values.out === undefined) throw new Error("--out is missing");
  if (values.vocabulary !== undefined && values["vocabulary-of"] !== undefined)
    throw new Error("--vocabulary and --vocabulary-of do not go together");
  const { window: tokens = "1" } = values;
  if (!/^\d+$/.test(tokens) || Number(tokens) < 1 || Number(tokens) > 4096)
    throw new Error("--window is a number of tokens, 1 to 4096");
  return { paths: positionals, values };
}

const isFile = async (path) => (await stat(path).catch(() => null))?.isFile() ?? false;

const read = async (path) => ({ name: basename(path), bytes: await open(path) });

const isSaved = ({ name }) => name === "saved_model.pb";
const isIndex = ({ name }) => name === "variables.index";

/** The files to which one refers, by the folder in which it lies, and those of a SavedModel's index. */
async function readBeside(file, folder) {
  const found = [];
  for (const path of neighboursOf(file).map((name) => join(folder, name))) {
    if (!(await isFile(path))) continue;
    const one = await read(path);
    found.push(one);
    if (isSaved(file) && isIndex(one)) found.push(...(await readBeside(one, dirname(path))));
  }
  return found;
}

/** The files of a path: all of a folder; a file with those beside it that it refers to. */
async function readFiles(path) {
  if ((await stat(path).catch(() => null))?.isDirectory()) {
    const paths = (await readdir(path)).sort().map((name) => join(path, name));
    const areFiles = await Promise.all(paths.map(isFile));
    const files = await Promise.all(paths.filter((_, i) => areFiles[i]).map(read));
    const beside = await Promise.all(files.map((file) => readBeside(file, path)));
    return [...files, ...beside.flat()];
  }
  // TensorFlow calls a checkpoint by what its files have in common.
  const isPrefix = !(await isFile(path)) && (await isFile(`${path}.index`));
  const file = await read(isPrefix ? `${path}.index` : path);
  return [file, ...(await readBeside(file, dirname(path)))];
}

const linesOf = (bytes) => new TextDecoder().decode(bytes).trimEnd().split(/\r?\n/);

export async function run({ paths, values }) {
  const inputs = [values.vocabulary, values["vocabulary-of"], values.labels];
  const given = inputs.filter((path) => path !== undefined);
  await checkOut(values.out, [...paths, ...given]);
  const named = new Map(); // a file may be given, and be beside another one
  for (const path of paths) {
    for (const file of await readFiles(path)) if (!named.has(file.name)) named.set(file.name, file);
  }
  const options = {};
  if (values.vocabulary) options.vocabulary = await open(values.vocabulary);
  if (values["vocabulary-of"])
    options.vocabularyOf = new TextDecoder().decode(await open(values["vocabulary-of"]));
  if (values.labels) options.labels = linesOf(await open(values.labels));
  if (values.window) options.window = Number(values.window);
  const { bytes, understood } = await convert([...named.values()], options).catch((error) => {
    if (error.code !== "vocabulary") throw error;
    const message = `${error.message} (--vocabulary FILE, or --vocabulary-of TEXT)`;
    throw new Error(message, { cause: error });
  });
  await write(values.out, bytes);
  console.error(`inkling: ${understood}`);
  return 0;
}
