// Stands in for files.js in the page that is one file: every other file is an element of it, whose
// id is the path, in base64. Styles are all there from the beginning.

const OCTETS = "data:application/octet-stream;base64,";

/** What load() takes for a file of the page, and fetchOk() too. */
export function addressOf(path) {
  const text = document.getElementById(path)?.textContent;
  if (text === undefined) throw new Error(`${path} is not in this page`);
  return OCTETS + text;
}

export const fetchOk = (path) => fetch(path.startsWith(OCTETS) ? path : addressOf(path));

export const addStyle = () => {};
