// A model as a page of its own: one HTML file with the module and the model inside. The template is
// web/export/, put together by scripts/build.mjs; what is put into it is text, never markup.

/** @import { PageOptions, Source, load } from "./inkling.js" */

import { pageTemplate } from "./assets.js";
import { GENERATE_OPTIONS, SAMPLING_OPTIONS, TEXT, argument, check } from "./options.js";
import { readModel } from "./opening.js";

const { length, seed, samples, countsWeight } = GENERATE_OPTIONS;
const WRITING = { ...SAMPLING_OPTIONS, length, seed, samples, countsWeight };
const OPTIONS = { title: TEXT, prompt: TEXT, ...WRITING };

/** @param {Uint8Array} bytes */
async function packed(bytes) {
  const stream = new Blob([new Uint8Array(bytes)]).stream();
  const gzip = await new Response(stream.pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  const small = new Uint8Array(gzip);
  let text = "";
  for (let i = 0; i < small.length; i += 0x8000) {
    text += String.fromCharCode(...small.subarray(i, i + 0x8000));
  }
  return btoa(text);
}

/** @param {string} text */
const escaped = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/**
 * @param {Source} source
 * @param {PageOptions | undefined} options
 * @param {typeof load} open
 */
export async function exportPage(source, options = {}, open) {
  const { title, ...settings } = check(options, OPTIONS);
  const { bytes } = await readModel(source, {});
  const model = await open(bytes, { worker: false }); // that it is one
  const { name, trained_on: text } = model.info.metadata;
  try {
    // That it can be asked for these: nothing is written yet.
    const { prompt, ...writing } = settings;
    const { task } = model.info;
    if (task === "generator") await model.complete("", { ...writing, length: 0 });
    const used = task === "classifier" ? [] : ["length", "seed"];
    const unused = Object.keys(writing).find((name) => !used.includes(name));
    if (task !== "generator" && unused) throw argument(`a ${task} has no use for ${unused}`);
  } finally {
    model.free();
  }
  const template = await pageTemplate();
  // A `<` could end the script element.
  const json = JSON.stringify(settings).replaceAll("<", "\\u003c");
  const fill = {
    title: escaped(title ?? name ?? text?.replace(/\.\w+$/, "") ?? "Inkling"),
    settings: json,
    model: await packed(bytes),
  };
  return Object.entries(fill).reduce(
    (page, [what, text]) => page.replaceAll(`<!--${what}-->`, () => text),
    template,
  );
}
