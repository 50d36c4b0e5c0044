// Where training runs are kept between visits: IndexedDB. A transaction is all or nothing, so what
// was kept before stays until the next is complete, whenever the page is closed. Every run has an
// id and a place of its own, so that two windows never write over each other's.

const DATABASE = "inkling-training";
const STORES = ["runs", "materials", "states"]; // each by a run's id
const DRAFTS = "drafts"; // what is not learnt yet, by its task

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** What an earlier version of this page kept: one run, as "text" and "state". */
function takeOver(database, transaction) {
  const old = transaction.objectStore("run");
  old.get("text").onsuccess = ({ target: { result: bytes } }) => {
    old.get("state").onsuccess = ({ target: { result: state } }) => {
      if (bytes && state) {
        const put = (store, value) => transaction.objectStore(store).put(value, "earlier");
        put("runs", { name: state.name, task: "generator", at: Date.now() });
        put("materials", { name: state.name, bytes });
        put("states", state);
      }
      database.deleteObjectStore("run");
    };
  };
}

// A private window, or a browser that was told so, has no such place, or shuts it.
const NOTHING = "the browser lets a page keep nothing here, as in a private window";
const OWN_REASON = ["QuotaExceededError", "VersionError"];

async function open() {
  try {
    return await openDatabase();
  } catch (error) {
    throw OWN_REASON.includes(error?.name) ? error : new Error(NOTHING, { cause: error });
  }
}

async function openDatabase() {
  const request = indexedDB.open(DATABASE, 3);
  request.onupgradeneeded = () => {
    const { result: database, transaction } = request;
    for (const name of [...STORES, DRAFTS])
      if (!database.objectStoreNames.contains(name)) database.createObjectStore(name);
    if (database.objectStoreNames.contains("run")) takeOver(database, transaction);
  };
  const database = await settled(request);
  database.onversionchange = () => database.close();
  return database;
}

/** Runs `use(stores)` in one transaction, waits until it is complete, and gives its results. */
async function transact(mode, use) {
  const database = await open();
  try {
    const transaction = database.transaction([...STORES, DRAFTS], mode, { durability: "strict" });
    const complete = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
      transaction.onerror = () => reject(transaction.error);
    });
    const [runs, materials, states] = STORES.map((name) => transaction.objectStore(name));
    const drafts = transaction.objectStore(DRAFTS);
    const results = use({ runs, materials, states, drafts }).map(settled);
    const values = await Promise.all([complete, ...results]);
    return values.slice(1);
  } finally {
    database.close();
  }
}

/**
 * Keeps a run: `summary` is { name, task, at } for a list, `state` all that it is, and `material`
 * what it learns, which is put where it is not there: that is large, and stays the same.
 */
export const keepRun = (id, { summary, state, material }) =>
  transact("readwrite", ({ runs, materials, states }) => {
    const found = materials.getKey(id);
    found.addEventListener("success", () => {
      if (found.result === undefined) materials.put(material, id);
    });
    return [found, runs.put(summary, id), states.put(state, id)];
  });

/** [{ id, name, task, at }], the newest first. */
export async function keptRuns() {
  const [ids, all] = await transact("readonly", ({ runs }) => [runs.getAllKeys(), runs.getAll()]);
  return all.map((run, i) => ({ id: ids[i], ...run })).sort((a, b) => b.at - a.at);
}

/** { material, state }, or undefined when there is no such run. */
export async function keptRun(id) {
  const [material, state] = await transact("readonly", ({ materials, states }) => [
    materials.get(id),
    states.get(id),
  ]);
  return material && state ? { material, state } : undefined;
}

/** Deletes a run; gives what keepRun() takes, to have it back. */
export async function takeRun(id) {
  const [summary, state, material] = await transact("readwrite", (stores) => {
    const all = [stores.runs, stores.states, stores.materials];
    return [...all.map((store) => store.get(id)), ...all.map((store) => store.delete(id))];
  });
  return { summary, state, material };
}

/** Keeps what is typed for a task, or forgets it. */
export const keepDraft = (task, draft) =>
  transact("readwrite", ({ drafts }) => [draft ? drafts.put(draft, task) : drafts.delete(task)]);

/** [task, draft] of all that are kept. */
export async function keptDrafts() {
  const [tasks, all] = await transact("readonly", ({ drafts }) => [
    drafts.getAllKeys(),
    drafts.getAll(),
  ]);
  return tasks.map((task, i) => [task, all[i]]);
}

const lockOf = (id) => `inkling-run-${id}`;

/** Claims a run for this window; gives what gives it back, or undefined when another one has it. */
export function claimRun(id) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockOf(id), { ifAvailable: true }, (lock) =>
        lock ? new Promise((release) => resolve(release)) : resolve(undefined),
      )
      .catch(reject);
  });
}
