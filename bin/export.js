// `npx inkling export`: a model as a page of its own, or as an ONNX file.

import { exportOnnx, exportPage } from "../dist/inkling.js";
import { readOptions } from "./arguments.js";
import { checkOut, write } from "./files.js";

const FORMATS = ["html", "onnx"];
const TEXTS = ["title", "prompt"]; // of the page
const NUMBERS = ["temperature", "length", "seed"];

export const HELP = `inkling export MODEL --onnx FILE         one step of a generator, for programs that run ONNX
inkling export MODEL --html FILE         a page of its own, which opens by double click
  --title S  --prompt S  --temperature X  --length N  --seed N: how that page starts
`;

export function readArguments(args) {
  const { positionals, values } = readOptions(args, [...FORMATS, ...TEXTS, ...NUMBERS]);
  if (positionals.length !== 1) throw new Error("one model is to be given");
  const formats = FORMATS.filter((name) => values[name] !== undefined);
  if (formats.length !== 1) throw new Error("--html FILE or --onnx FILE is to be given");
  const [format] = formats;
  const { [format]: out, ...options } = values;
  if (format === "onnx" && Object.keys(options).length > 0)
    throw new Error(`--${Object.keys(options)[0]} goes with --html`);
  for (const name of NUMBERS.filter((one) => options[one] !== undefined)) {
    options[name] = Number(options[name] || NaN);
    if (!Number.isFinite(options[name])) throw new Error(`--${name} is to be a number`);
  }
  return { path: positionals[0], format, out, options };
}

export async function run({ path, format, out, options }) {
  await checkOut(out, [path]);
  const made = format === "onnx" ? await exportOnnx(path) : await exportPage(path, options);
  await write(out, made);
  return 0;
}
