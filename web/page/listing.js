// The models that ship with the page.

import { addressOf, fetchOk } from "./files.js";

let listing; // a promise of them

async function list() {
  const response = await fetchOk("models/index.json");
  return (await response.json()).map((entry) => ({
    task: "generator",
    ...entry,
    name: entry.file.replace(/\.safetensors$/, ""),
    source: addressOf(`models/${entry.file}`),
  }));
}

/** As models/index.json lists them; asked for again once that has failed. */
export function shippedModels() {
  listing ??= list();
  listing.catch(() => (listing = undefined));
  return listing;
}
