/**
 * The tablet's own store. What a person made is written with durability "strict", and counts as saved in `oncomplete`
 * only.
 *
 * The store `changes` is never altered after version 1: later versions add stores, and drop none.
 */

import { cast } from "./ballast.js";
import { Copy } from "./copy.js";

const NAME = "fieldapp";
const VERSION = 1;

/** Store -> key path, and its indexes: name -> [key path, many values in one row]. */
const STORES = {
  meta: { key: "name" }, // one row for each thing known: the device, the account, the areas, the clock …
  changes: { key: "id", indexes: { seq: ["seq"], record: ["record"] } }, // made here; each with its receipt
  drafts: { key: "id", indexes: { record: ["record"] } }, // unfinished forms
  photos: { key: "sha256" }, // taken here: what is known of each
  // Their bytes, at most 60 KB a row: larger values become loose files, which cleaner apps delete.
  parts: { key: ["sha256", "i"] },
  pulled: { key: "id", indexes: { record: ["record"] } }, // changes made elsewhere since the first download
  records: { key: "id", indexes: { survey_area: ["survey_area"], refs: ["refs", true] } }, // folded; made again at will
  cursors: { key: "area" }, // how far each area was read
  thumbs: { key: "sha256" }, // small pictures of photos taken elsewhere
};

/** There is no room left on the tablet; nothing of this write was kept. */
export class StorageFull extends Error {}

/** The store could not be opened or written for another reason than room. */
export class StorageBroken extends Error {}

/** Another tab still holds an older version of the store. */
export class StorageBlocked extends Error {}

/** The store was made by a newer version of the app. */
export class StorageNewer extends Error {}

export class Store {
  /** `onOutdated` is called when a newer version of the app wants the store; it is closed right after. */
  constructor({ onOutdated = () => {} } = {}) {
    this.onOutdated = onOutdated;
    this.opening = null;
    this.low = false;
    this.copy = new Copy(this);
  }

  /** Open it, or give what is open. */
  async open() {
    this.opening ??= this.#connect().catch((error) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  #connect() {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => upgrade(request.result);
      request.onblocked = () => reject(new StorageBlocked());
      request.onerror = () => reject(reason(request.error));
      request.onsuccess = () => resolve(this.#watch(request.result));
    });
  }

  #watch(database) {
    database.onversionchange = () => {
      this.onOutdated();
      database.close();
      this.opening = null;
    };
    database.onclose = () => (this.opening = null);
    return database;
  }

  /**
   * Write in one transaction. `work(store)` asks for its requests at once: `store("drafts").put(row)`.
   * Resolves when the disk has it. Rejects with StorageFull or StorageBroken, and then nothing was written.
   */
  async write(names, work, durability = "strict") {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(names, "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(reason(transaction.error));
      try {
        work((name) => transaction.objectStore(name));
      } catch (error) {
        transaction.abort();
        reject(reason(error));
      }
    });
  }

  /** Like `write`, for what a person typed: when the tablet is full, the ballast goes first. `low` then says so. */
  async keep(names, work) {
    try {
      await this.write(names, work);
    } catch (error) {
      if (!(error instanceof StorageFull) || !(await cast())) throw error;
      this.low = true;
      await this.write(names, work);
    }
  }

  /** One row, or undefined. */
  async get(name, key) {
    return this.#ask(name, (store) => store.get(key));
  }

  /** Rows in the order of the key, or of an index: `all("changes", {index: "record", only: id})`. */
  async all(name, { index = null, only = undefined } = {}) {
    const range = only === undefined ? null : IDBKeyRange.only(only);
    return this.#ask(name, (store) => (index ? store.index(index) : store).getAll(range));
  }

  /** The rows of an index between two values. */
  async within(name, index, range) {
    return this.#ask(name, (store) => store.index(index).getAll(range));
  }

  /** How many rows. */
  async count(name, { index = null, only = undefined } = {}) {
    const range = only === undefined ? undefined : IDBKeyRange.only(only);
    return this.#ask(name, (store) => (index ? store.index(index) : store).count(range));
  }

  /** The value kept under a name, or `otherwise`. */
  async known(name, otherwise = null) {
    return (await this.get("meta", name))?.value ?? otherwise;
  }

  /** Keep a value under a name. */
  async learn(name, value, durability = "strict") {
    await this.write(["meta"], (store) => store("meta").put({ name, value }), durability);
  }

  async #ask(name, question) {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const request = question(database.transaction(name).objectStore(name));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(reason(request.error));
    });
  }
}

function upgrade(database) {
  for (const [name, { key, indexes = {} }] of Object.entries(STORES)) {
    if (database.objectStoreNames.contains(name)) continue;
    const store = database.createObjectStore(name, { keyPath: key });
    for (const [index, [path, many]] of Object.entries(indexes)) {
      store.createIndex(index, path, { multiEntry: Boolean(many) });
    }
  }
}

function reason(error) {
  if (error?.name === "QuotaExceededError") return new StorageFull();
  if (error?.name === "VersionError") return new StorageNewer();
  return new StorageBroken(error ? `${error.name}: ${error.message}` : "aborted");
}
