import { writeFile } from "node:fs/promises";
import { train } from "inkling";

const text = "the quick brown fox jumps over the lazy dog\n".repeat(100);
const run = train(text, { hidden: 32, steps: 100, seed: 1 });
for await (const { step, loss } of run) if (step % 20 === 0) console.log(step, loss.toFixed(3));
await writeFile("fox.safetensors", await run.save());
