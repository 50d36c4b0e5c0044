// The small files of other projects in files/, each folder with what must come of it.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeModel } from "../../bench/page/random-model.mjs";

export const filesFolder = fileURLToPath(new URL("files", import.meta.url));

export const folders = () => readdirSync(filesFolder).sort();

/** The files of a folder as convert() takes them, and expected.json. */
export function readFolder(name) {
  const folder = join(filesFolder, name);
  const names = readdirSync(folder).filter((file) => file !== "expected.json");
  const files = names.map((file) => ({
    name: file,
    bytes: new Uint8Array(readFileSync(join(folder, file))),
  }));
  return { files, expected: JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) };
}

/** A safetensors file as { metadata, tensors: name → { dtype, shape, bytes } }. */
export function readSafetensors(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = Number(view.getBigUint64(0, true));
  const { __metadata__: metadata, ...list } = JSON.parse(
    new TextDecoder().decode(bytes.subarray(8, 8 + size)),
  );
  const at = ([from, to]) => bytes.slice(8 + size + from, 8 + size + to);
  const tensors = Object.entries(list).map(([name, { dtype, shape, data_offsets: offsets }]) => [
    name,
    { dtype, shape, bytes: at(offsets) },
  ]);
  return { metadata, tensors: new Map(tensors) };
}

/** A generator of random numbers, in the alphabet from a to p, with weights of four bits. */
export function fourBits() {
  const folder = mkdtempSync(join(tmpdir(), "inkling-bits-"));
  const metadata = { format: "inkling", task: "generator", level: "char", cell: "gru" };
  const [from, to] = ["whole", "small"].map((name) => join(folder, name));
  const command = fileURLToPath(new URL("../../build/native/inkling", import.meta.url));
  try {
    writeFileSync(
      from,
      makeModel({ metadata, cell: "gru", hidden: 64, vocabulary: [..."abcdefghijklmnop"] }),
    );
    execFileSync(command, ["quantize", from, "--bits", "4", "--out", to]);
    return new Uint8Array(readFileSync(to));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const tokensOf = ({ bytes }) => new TextDecoder().decode(bytes).split("\0").slice(0, -1);

const numbers = (count, seed) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(7.3 * i + seed * 1.7) * 1.2);

/** Tensors by their names, of these shapes, with the same numbers every time. */
export function tensorsOf(shapes) {
  const made = Object.entries(shapes).map(([name, shape], i) => {
    const data = numbers(
      shape.reduce((a, b) => a * b, 1),
      i + 1,
    );
    return [name, { shape, data, read: () => ({ shape, data: data.slice() }) }];
  });
  return new Map(made);
}
