/** What a write asks of the store: rows to put, alter or delete, sealed in their boxes before the transaction opens. */

import { Locked } from "./errors.js";
import { STORES, packed, parted, placeOf } from "./stores.js";

/** Each request is made ready at once, and done when the transaction is open. */
export class Asking {
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
