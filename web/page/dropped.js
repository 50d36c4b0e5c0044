// What was dropped on the page: files, and those in folders, as a model of several files lies.

const MOST = 1000; // files of folders

/** @param {FileSystemEntry} entry @returns {Promise<File | null>} null: it cannot be read */
const fileOf = (entry) =>
  new Promise((resolve) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, () => resolve(null)),
  );

/** What is in a folder; a reader gives some at a time. @param {FileSystemEntry} folder */
async function entriesOf(folder) {
  const reader = /** @type {FileSystemDirectoryEntry} */ (folder).createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return all.sort((a, b) => (a.name < b.name ? -1 : 1));
    all.push(...some);
  }
}

/** @param {FileSystemEntry[]} entries @returns {Promise<File[]>} */
async function filesIn(entries) {
  /** @type {File[]} */
  const files = [];
  const queue = [...entries];
  for (let entry; files.length < MOST && (entry = queue.shift());) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) queue.push(...(await entriesOf(entry)));
    else files.push(...[await fileOf(entry)].filter((file) => file !== null));
  }
  return files;
}

/**
 * The files of a drop. What it holds must be asked for before anything is waited for.
 *
 * @param {DataTransfer} dataTransfer
 * @returns {Promise<File[]>}
 */
export function filesDropped({ items, files }) {
  const found = [...items].map((item) => item.kind === "file" && item.webkitGetAsEntry?.());
  const entries = found.filter((entry) => !!entry);
  const isOfFolders = entries.some((entry) => entry.isDirectory);
  return isOfFolders ? filesIn(entries) : Promise.resolve([...files]);
}
