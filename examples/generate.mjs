import { createRequire } from "node:module";
import { load } from "inkling";

const model = await load(
  createRequire(import.meta.url).resolve("inkling/models/names.safetensors"),
);
for await (const piece of model.generate("em", { temperature: 0.8, seed: 1 })) {
  process.stdout.write(piece);
}
model.free();
