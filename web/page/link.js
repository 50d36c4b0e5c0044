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
