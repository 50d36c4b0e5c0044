// The address as a place to keep what is on the page: #model=…&prompt=…&temperature=…&seed=… of the
// first tab, #tab=classify&model=…&text=… of the others.

/** The hash of a tab and what is filled in there. */
export function writeLink(tab, fields) {
  const all = tab === "write" ? fields : { tab, ...fields };
  const parts = Object.entries(all).filter(([, value]) => value !== undefined);
  return `#${parts.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&")}`;
}

/** { tab, …fields } of a hash, which may have anything in it. */
export function readLink(hash) {
  return { tab: "write", ...Object.fromEntries(new URLSearchParams(hash.slice(1))) };
}

const SAID = 40; // characters of a value that cannot be

/** A field of a link as it is named where it cannot be. */
export const asSaid = (name, value) => `${name}=${value.slice(0, SAID)}`;

/** Those fields of a link that a tab has none of, by the names that it has. */
export const strangers = (fields, known) =>
  Object.entries(fields)
    .filter(([name]) => !known.includes(name))
    .map(([name, value]) => asSaid(name, value));

/** Whether a field of the page may have a value that a link says. */
export function takes(field, value) {
  const copy = field.cloneNode(true);
  // A slider takes anything, and moves to the nearest that it has.
  if (copy.type === "range") Object.assign(copy, { type: "number", step: "any" });
  copy.disabled = false;
  copy.value = value.trim();
  return copy.value !== "" && copy.checkValidity();
}

/** What is said of what a link says in vain. */
export const leftOut = (wrong) =>
  wrong.length > 0
    ? `The link says ${wrong.join(", ")}, which is not possible here and left out.`
    : "";
