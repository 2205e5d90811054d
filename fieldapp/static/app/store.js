/**
 * The tablet's own store. What a person made is written with durability "strict", and counts as saved in `oncomplete`
 * only. What there is to write is made ready first; then one short transaction writes all of it.
 */

import { cast } from "./ballast.js";
import { Copy } from "./copy.js";
import { VERSION, parted, upgrade } from "./stores.js";

const NAME = "fieldapp";

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
    this.turn = Promise.resolve();
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
   * Write in one transaction. `work(store)` asks for what there is to write: `store("drafts").put(row)`; see `Asking`.
   * Resolves when the disk has it. Rejects with StorageFull or StorageBroken, and then nothing was written.
   */
  async write(names, work, durability = "strict") {
    const asked = [];
    work((name) => new Asking(name, asked));
    const begun = this.turn.then(() => this.#begin(names, asked, durability)); // in the order in which it was asked for
    this.turn = begun.catch(() => {});
    return (await begun).done;
  }

  // `done` is inside: whoever comes next waits for this transaction to begin, not for it to end.
  async #begin(names, asked, durability) {
    const database = await this.open();
    const done = new Promise((resolve, reject) => {
      const transaction = database.transaction(names, "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(reason(transaction.error));
      try {
        for (const { name, doing } of asked) doing(transaction.objectStore(name));
      } catch (error) {
        transaction.abort();
        reject(reason(error));
      }
    });
    return { done };
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

  /** The same rows with their open fields only: ids, states, moments. Nothing has to be decrypted for them. */
  async bare(name, { index = null, only = undefined } = {}) {
    return (await this.all(name, { index, only })).map((row) => parted(name, row).lying);
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

/** What a write asks for. */
class Asking {
  constructor(name, asked) {
    Object.assign(this, { name, asked });
  }

  /** Keep this row, as it is now. */
  put(row) {
    const value = structuredClone(row);
    this.#ask((store) => store.put(value));
  }

  /** Forget the row with this key, or all of a range. */
  delete(key) {
    this.#ask((store) => store.delete(key));
  }

  /** Alter open fields of a row that is there; the rest of it stays untouched, and need not be known. */
  amend(key, fields) {
    this.#ask((store) => {
      const request = store.get(key);
      request.onsuccess = () => request.result && store.put({ ...request.result, ...fields });
    });
  }

  #ask(doing) {
    this.asked.push({ name: this.name, doing });
  }
}

function reason(error) {
  if (error?.name === "QuotaExceededError") return new StorageFull();
  if (error?.name === "VersionError") return new StorageNewer();
  return new StorageBroken(error ? `${error.name}: ${error.message}` : "aborted");
}
