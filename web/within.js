// Stands in for assets.js where the whole page is one file, which has the page that exportPage()
// fills, too.

import { InklingError } from "./platform.js";

export { compile } from "./inline.js";

export async function pageTemplate() {
  const within = document.getElementById("inkling-page.html");
  if (!within) throw new InklingError("network", "inkling-page.html is not in this page");
  const bytes = Uint8Array.from(atob(within.textContent), (character) => character.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}
