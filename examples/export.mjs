// Writes names.html: a page with the model inside, which opens by double click.
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { exportPage } from "inkling";

const model = createRequire(import.meta.url).resolve("inkling/models/names.safetensors");
await writeFile("names.html", await exportPage(model, { prompt: "em", temperature: 0.8 }));
