// `npx inkling export`: a model as a page of its own, or as an ONNX file.

import { exportOnnx, exportPage } from "../dist/inkling.js";
import { readOptions } from "./arguments.js";
import { checkOut, write } from "./files.js";

const FORMATS = ["html", "onnx"];
const TEXTS = ["title", "prompt"]; // of the page
const NUMBERS = [
  ...["temperature", "length", "seed", "samples", "top-k", "top-p", "min-p"],
  ...["repetition-penalty", "repetition-window", "counts-weight", "max-copy"],
];

export const HELP = `inkling export MODEL --html FILE         a page of its own, which opens by double click
  --title S  --prompt S: how that page starts
  --temperature X  --length N  --seed N  --samples N  --top-k N  --top-p X  --min-p X
  --repetition-penalty X  --repetition-window N  --counts-weight X  --max-copy N
inkling export MODEL --onnx FILE         one step of a generator, for programs that run ONNX
`;

/** @param {string} name */
const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

export function readArguments(args) {
  const { positionals, values } = readOptions(args, [...FORMATS, ...TEXTS, ...NUMBERS]);
  if (positionals.length !== 1) throw new Error("one model is to be given");
  const formats = FORMATS.filter((name) => values[name] !== undefined);
  if (formats.length === 0) throw new Error("--html FILE or --onnx FILE is to be given");
  if (formats.length > 1) throw new Error("--html and --onnx make a file each: give one of them");
  const [format] = formats;
  const { [format]: out, ...options } = values;
  if (format === "onnx" && Object.keys(options).length > 0)
    throw new Error(`--${Object.keys(options)[0]} goes with --html`);
  for (const name of NUMBERS.filter((one) => options[one] !== undefined)) {
    const number = Number(options[name] || NaN);
    if (!Number.isFinite(number)) throw new Error(`--${name} is to be a number`);
    delete options[name];
    options[camel(name)] = number;
  }
  return { path: positionals[0], format, out, options };
}

export async function run({ path, format, out, options }) {
  await checkOut(out, [path]);
  const made = format === "onnx" ? await exportOnnx(path) : await exportPage(path, options);
  await write(out, made);
  return 0;
}
