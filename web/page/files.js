// The files that belong to the page: its models, samples and styles. In the page that is one file,
// files-within.js stands in for this.

import { element } from "./dom.js";

/** What load() takes for a file of the page, and fetchOk() too. */
export const addressOf = (path) => new URL(path, document.baseURI).href;

/** Fetches a file of the page; whatever else is answered than that is an error. */
export async function fetchOk(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response;
}

/** Adds a style that comes with a part of the page; without it the part is plain, but all there. */
export function addStyle(path) {
  const href = addressOf(path);
  if (document.querySelector(`link[href="${href}"]`)) return undefined;
  const link = element("link", { rel: "stylesheet", href });
  const arrived = new Promise((resolve) => (link.onload = link.onerror = resolve));
  document.head.append(link);
  return arrived;
}
