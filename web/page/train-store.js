// Where a training run is kept between visits: IndexedDB. A transaction is all or nothing, so what
// was kept before stays until the next is complete, whenever the page is closed.

const DATABASE = "inkling-training";
const STORE = "run"; // "text" and "state" of the one run that is kept

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  const database = await settled(request);
  database.onversionchange = () => database.close();
  return database;
}

/** Runs `use(store)` in one transaction and waits until it is complete. */
async function transact(mode, use) {
  const database = await open();
  try {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const complete = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
    const results = use(transaction.objectStore(STORE)).map(settled);
    const values = await Promise.all([complete, ...results]);
    return values.slice(1);
  } finally {
    database.close();
  }
}

/** The text of a run together with its first state; later only the state is put. */
export const keepRun = (text, state) =>
  transact("readwrite", (store) => [store.put(text, "text"), store.put(state, "state")]);
export const keepState = (state) => transact("readwrite", (store) => [store.put(state, "state")]);

/** { text, state }, or undefined when nothing is kept. */
export async function keptRun() {
  const [text, state] = await transact("readonly", (store) => [
    store.get("text"),
    store.get("state"),
  ]);
  return text && state ? { text, state } : undefined;
}
