/**
 * The tablet's own store. What a person made is written with durability "strict", and counts as saved in `oncomplete`
 * only. What there is to write is made ready first; then one short transaction writes all of it.
 */

import { cast } from "./ballast.js";
import { Copy } from "./copy.js";
import { marking } from "./marks.js";
import { STORES, VERSION, joined, packed, parted, placeOf, unpacked, upgrade } from "./stores.js";

/** There is no room left on the tablet; nothing of this write was kept. */
export class StorageFull extends Error {}

/** The store could not be opened or written for another reason than room. */
export class StorageBroken extends Error {}

/** Another tab still holds an older version of the store. */
export class StorageBlocked extends Error {}

/** The store was made by a newer version of the app. */
export class StorageNewer extends Error {}

/** The app is locked: what tells of a person can be neither read nor written. */
export class Locked extends Error {}

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
    this.lost = new Map(); // rows that open nowhere: where each lies -> `{name, row, sure}`, of the row its open fields
    this.turn = Promise.resolve();
    this.copy = new Copy(this, name);
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
    return row && this.#opened(name, row);
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
    return Promise.all(rows.map((row) => row && this.#opened(name, row)));
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

  /** The rows of an index between two values. */
  async within(name, index, range) {
    return this.#allOpened(name, await this.#ask(name, (store) => store.index(index).getAll(range)));
  }

  async #allOpened(name, rows) {
    return (await Promise.all(rows.map((row) => this.#opened(name, row)))).filter(Boolean);
  }

  // A row without a box is one of an earlier version, or one with nothing to hide. One that does not open was damaged on
  // the disk: it stops nobody where it comes again, or is work of which the rest can go on.
  async #opened(name, row) {
    if (!row.box) return row;
    if (!this.vault) throw new Locked();
    try {
      return await this.#unboxed(name, row);
    } catch (error) {
      const { again, copied, key } = STORES[name];
      if (copied) return this.#mended(name, row);
      if (!again) throw error;
      await this.write([name], (rows) => rows(name).delete(row[key]));
      return undefined;
    }
  }

  async #unboxed(name, row) {
    return joined(name, row, unpacked(name, await this.vault.unbox(row.box, placeOf(name, row))));
  }

  // What was made here comes back from the second copy. What opens there neither stays as it lies, and is noted.
  async #mended(name, row) {
    const known = this.lost.get(placeOf(name, row))?.sure;
    const boxes = known ? [] : await this.copy.boxesOf(name, row).catch(() => null);
    for (const box of boxes ?? []) {
      const whole = await this.#unboxed(name, { ...row, box }).catch(() => null);
      if (whole) return this.#layAgain(name, whole, { box, ...(row.damaged ? { damaged: false } : {}) });
    }
    await this.#giveUp(name, row, Boolean(boxes));
    return undefined;
  }

  async #layAgain(name, whole, fields) {
    const { box: _again, ...more } = fields;
    this.lost.delete(placeOf(name, whole));
    await this.write([name], (rows) => rows(name).amend(whole[STORES[name].key], fields));
    return { ...whole, ...more };
  }

  // Not `sure` while the copy cannot be read: then it is asked again, and must not be written over.
  async #giveUp(name, row, sure) {
    const { key, closed } = STORES[name];
    const noted = closed?.(row) ?? {};
    this.lost.set(placeOf(name, row), { name, row: { ...parted(name, row).lying, ...noted }, sure });
    if (Object.keys(noted).some((field) => noted[field] !== row[field])) await this.write([name], (rows) => rows(name).amend(row[key], noted));
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

  async #askAll(name, keys, question) {
    if (!keys.length) return [];
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(name);
      const requests = keys.map((key) => question(transaction.objectStore(name), key));
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

/** What a write asks for: each request is made ready at once, and done when the transaction is open. */
class Asking {
  constructor(name, vault, asked) {
    this.name = name;
    this.vault = vault;
    this.asked = asked;
  }

  /**
   * Keep this row, as it is now; what lies in its open fields is altered by nobody. `isNew`: the caller knows that there
   * was no row with this key.
   */
  put(row, { isNew = false } = {}) {
    const { lying, rest } = parted(this.name, row);
    const known = { row: lying, isNew };
    if (!Object.keys(rest).length) return this.#lay(lying, known);
    if (!this.vault) throw new Locked();
    const box = this.vault.box(packed(this.name, rest), placeOf(this.name, row));
    this.#ask(keyOf(this.name, row), box.then((made) => (store) => store.put({ ...lying, box: made })), known);
  }

  /** Forget the row with this key, or all of a range. */
  delete(key) {
    this.#ask(key, (store) => store.delete(key), { gone: true });
  }

  /** Alter open fields of a row that is there; the rest of it stays untouched, and need not be known. */
  amend(key, fields) {
    this.#ask(key, (store) => {
      const request = store.get(key);
      request.onsuccess = () => request.result && store.put({ ...request.result, ...fields });
    }, { fields });
  }

  /** Make a row that lies clear anew from what it is by then: `change(row)`, undefined where there is none. */
  alter(key, change) {
    this.#ask(key, (store) => {
      const request = store.get(key);
      request.onsuccess = () => store.put(change(request.result));
    });
  }

  /** Keep a row as it lay on the disk, or in the second copy. */
  lay(row) {
    this.#lay(row, { row, laid: true });
  }

  #lay(row, known) {
    const value = structuredClone(row);
    this.#ask(keyOf(this.name, row), (store) => store.put(value), known);
  }

  // `doing(store)`, or a promise of it; `known`: the open fields of a `row` that is put, or that is `laid`; the `fields`
  // that are amended; whether it is `gone`.
  #ask(key, doing, known = {}) {
    this.asked.push(Promise.resolve(doing).then((ready) => ({ name: this.name, key, ...known, doing: ready })));
  }
}

function keyOf(name, row) {
  return row[STORES[name].key];
}

function reason(error) {
  if (error?.name === "QuotaExceededError") return new StorageFull();
  if (error?.name === "VersionError") return new StorageNewer();
  return new StorageBroken(error ? `${error.name}: ${error.message}` : "aborted");
}
