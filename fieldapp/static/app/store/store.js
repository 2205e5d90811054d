/**
 * The tablet's own store. What a person made is written with durability "strict", and counts as saved in `oncomplete`
 * only. What there is to write is made ready first; then one short transaction writes all of it.
 */

import { Asking } from "./asking.js";
import { cast } from "./ballast.js";
import { Boxes } from "./boxes.js";
import { Copy } from "./copy.js";
import { StorageBlocked, StorageFull, reason } from "./errors.js";
import { marking } from "./marks.js";
import { VERSION, parted, upgrade } from "./stores.js";

/** The store of the first person on a tablet; that of the next is `fieldapp-2`. */
export const FIRST = "fieldapp";

export class Store {
  /**
   * `name`: whose it is; see people.js. `vault`: the key, or null while locked. `onOutdated` is called when a newer
   * version of the app wants the store; it is closed right after.
   */
  constructor({ name = FIRST, vault = null, onOutdated = () => {} } = {}) {
    this.name = name;
    this.vault = vault;
    this.onOutdated = onOutdated;
    this.opening = null;
    this.low = false;
    this.turn = Promise.resolve();
    this.copy = new Copy(this, name);
    this.boxes = new Boxes(this);
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
      const request = indexedDB.open(this.name, VERSION);
      request.onupgradeneeded = ({ oldVersion }) => upgrade(request.result, request.transaction, oldVersion);
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
   * Resolves when the disk has it, and the second copy what is on this tablet alone. Rejects with StorageFull,
   * StorageBroken or Locked, and then nothing was written.
   */
  async write(names, work, durability = "strict") {
    return (await this.begin(names, work, { durability })).done;
  }

  /**
   * The same, resolved as `{done}` when the transaction has begun: whoever reads or writes from then on comes after it.
   * It does not begin before `after` is resolved, and not at all if that is rejected.
   */
  async begin(names, work, { durability = "strict", after = null } = {}) {
    const asked = [];
    work((name) => new Asking(name, this.vault, asked));
    const ready = Promise.all([after, ...asked]);
    const begun = this.turn.then(() => this.#begin(names, ready, durability)); // in the order in which it was asked for
    this.turn = begun.then(() => {}, () => {});
    return begun;
  }

  // `done` is inside: whoever comes next waits for this transaction to begin, not for it to end.
  async #begin(names, ready, durability) {
    const [database, [, ...asked]] = await Promise.all([this.open(), ready]);
    const written = new Promise((resolve, reject) => {
      const listed = names.includes("records");
      const transaction = database.transaction(listed ? [...names, "marks"] : names, "readwrite", { durability });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(reason(transaction.error));
      try {
        const marks = listed && marking(transaction);
        for (const { name, key, row, isNew, doing } of asked) {
          if (name === "records") marks(key, row?.survey_area, isNew);
          doing(transaction.objectStore(name));
        }
      } catch (error) {
        transaction.abort();
        reject(reason(error));
      }
    });
    const done = written.then(() => this.copy.follow(asked));
    done.catch(() => {}); // told to whoever awaits it
    return { done };
  }

  /** Like `write`, for what a person typed: when the tablet is full, the ballast goes first. `low` then says so. */
  async keep(names, work) {
    try {
      await this.write(names, work);
    } catch (error) {
      if (!(error instanceof StorageFull) || !(await cast())) throw error;
      await this.write(names, work);
      this.low = true;
    }
  }

  /** One row, or undefined. Throws Locked, as do the others that give whole rows. */
  async get(name, key) {
    const row = await this.rawOne(name, key);
    return row && this.boxes.opened(name, row);
  }

  /** Rows in the order of the key, or of an index: `all("changes", {index: "record", only: id})`. */
  async all(name, which = {}) {
    return this.#allOpened(name, await this.raw(name, which));
  }

  /** The same rows with their open fields only: ids, states, moments. Nothing has to be decrypted for them. */
  async bare(name, which = {}) {
    return (await this.raw(name, which)).map((row) => parted(name, row).lying);
  }

  /** The same rows as they lie on the disk. */
  async raw(name, { index = null, only = undefined, range = only === undefined ? null : IDBKeyRange.only(only) } = {}) {
    return this.#ask(name, (store) => (index ? store.index(index) : store).getAll(range));
  }

  /** The row of each key, or undefined. All in one go. */
  async some(name, keys) {
    return this.whole(name, await this.#askAll(name, keys, (store, key) => store.get(key)));
  }

  /** Rows that lay so on the disk, or undefined, each whole. */
  async whole(name, rows) {
    return Promise.all(rows.map((row) => row && this.boxes.opened(name, row)));
  }

  /** For each of these values of an index all rows with it. Where there are few or none, they are not asked for one by one. */
  async groups(name, index, values) {
    const sorted = values.toSorted();
    const range = values.length > 1 && IDBKeyRange.bound(sorted[0], sorted.at(-1));
    if (!range || (await this.#ask(name, (store) => store.index(index).count(range))) > values.length) {
      const rows = await this.#askAll(name, values, (store, value) => store.index(index).getAll(value));
      return Promise.all(rows.map((some) => this.#allOpened(name, some)));
    }
    const found = Map.groupBy(await this.#ask(name, (store) => store.index(index).getAll(range)), (row) => row[index]);
    return Promise.all(values.map((value) => this.#allOpened(name, found.get(value) ?? [])));
  }

  /** One row as it lies on the disk, or undefined. */
  async rawOne(name, key) {
    return this.#ask(name, (store) => store.get(key));
  }

  async #allOpened(name, rows) {
    return (await Promise.all(rows.map((row) => this.boxes.opened(name, row)))).filter(Boolean);
  }

  /** How many rows. */
  async count(name, { index = null, only = undefined } = {}) {
    const range = only === undefined ? undefined : IDBKeyRange.only(only);
    return this.#ask(name, (store) => (index ? store.index(index) : store).count(range));
  }

  /** How tables stand at one moment: the answer to each `[table, question]`, as `["drafts", (all) => all.count()]`. */
  async atOnce(questions) {
    const names = questions.map(([name]) => name);
    return this.#answers(names, (of) => questions.map(([name, question]) => question(of(name))));
  }

  /** The value kept under a name, or `otherwise`. */
  async known(name, otherwise = null) {
    return (await this.get("meta", name))?.value ?? otherwise;
  }

  /** Keep a value under a name. */
  async learn(name, value, durability = "strict") {
    await this.write(["meta"], (store) => store("meta").put({ name, value }), durability);
  }

  async #askAll(name, keys, question) {
    return keys.length ? this.#answers([name], (of) => keys.map((key) => question(of(name), key))) : [];
  }

  async #answers(names, ask) {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(names);
      const requests = ask((name) => transaction.objectStore(name));
      transaction.oncomplete = () => resolve(requests.map((request) => request.result));
      transaction.onabort = () => reject(reason(transaction.error));
    });
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
