// Stands in for assets.js where the whole page is one file, which has the page that exportPage()
// fills, too.

export { compile } from "./inline.js";

export async function pageTemplate() {
  const { textContent } = document.getElementById("inkling-page.html");
  return (await fetch(`data:text/html;base64,${textContent}`)).text();
}
