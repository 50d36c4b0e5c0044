// The network that a run hands over, as a file, and what it writes.

import { load, train } from "../../inkling.js";
import { TEMPERATURE } from "../../options.js";
import { taskOf } from "../../tasks.js";

const LENGTH = 200; // tokens of a sample
const LISTED = 12; // texts in a sample, where they end by themselves

/** The model of a run that goes on or has ended here, or of the checkpoint that was kept of one. */
export async function modelOf({ run, checkpoint, material, options }) {
  if (run) return run.save();
  const { bytes, pictures } = material;
  const { minutes, ...rest } = options; // it has begun
  const again = train(bytes, { ...rest, pictures, resume: checkpoint });
  try {
    return await again.save();
  } finally {
    again.stop();
  }
}

/** What a model writes, as the samples of its run are written; undefined where that fails. */
export async function sampleOf(file, { material, options }) {
  const { sampleTemperature = TEMPERATURE } = options;
  const task = taskOf(options.task);
  const sources = task?.samples({ text: material.bytes, pictures: material.pictures });
  if (sources?.length === 0) return undefined; // nothing is written
  let model;
  try {
    model = await load(file);
    const isList = !sources && model.info.metadata.end !== undefined;
    const how = sources
      ? { source: sources, temperature: 0 }
      : { temperature: sampleTemperature, samples: isList ? LISTED : 1 };
    const texts = [await model.complete("", { length: LENGTH, seed: 1, ...how })].flat();
    return texts.map((text, i) => task?.sample?.(sources[i], text) ?? text).join("\n");
  } catch {
    return undefined; // for want of memory, say: a sample is not worth a run
  } finally {
    model?.free();
  }
}
