// The few things that every panel does with the document.

import { usable } from "./parts/kinds.js";

/**
 * Makes an element. `properties` are set as properties (`className`, `textContent`, `type`), but
 * for what is spelt as in HTML (`role`, `aria-…`, `data-…`), which is set as an attribute.
 */
export function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role" || key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element of a drawing, by its attributes, with a text or with children. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

/** A button that does something and never sends a form. */
export function button(textContent, onClick, properties = {}) {
  const made = element("button", { type: "button", textContent, ...properties });
  made.addEventListener("click", onClick);
  return made;
}

/** Says something in place of what stood there, with a way on where there is one. */
export function tell(place, message, ...ways) {
  place.replaceChildren(message);
  for (const way of ways) place.append(" ", way);
}

/** The same where the reader may look elsewhere, of a dropped file say: it comes into view. */
export function tellInView(place, message, ...ways) {
  tell(place, message, ...ways);
  if (message) place.scrollIntoView({ block: "nearest" });
}

/** Hands a file to the browser to keep. */
export function save(file) {
  const link = element("a", { href: URL.createObjectURL(file), download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** Puts text into the clipboard; tells whether the browser let it. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calls `onFiles(files)`, see usable(), with what is chosen by a button that stands for a hidden
 * file input.
 */
export function onFilesChosen(opener, input, onFiles) {
  opener.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const files = [...input.files];
    input.value = ""; // the same file may be chosen again
    if (files.length > 0) onFiles(await usable(files));
  });
}

export const nextFrame = () => new Promise(requestAnimationFrame);
