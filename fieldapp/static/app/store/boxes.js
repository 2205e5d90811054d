/** Rows as they are encrypted on the disk: decrypted with the key, and those that are damaged restored from the second copy. */

import { Locked } from "./errors.js";
import { STORES, joined, parted, placeOf, unpacked } from "./stores.js";

/** `lost`: rows that open nowhere: where each lies -> `{name, row, sure}`, of the row its open fields. */
export class Boxes {
  constructor(store) {
    this.store = store;
    this.lost = new Map();
  }

  /**
   * A row that lay so on the disk, whole. One without a box is of an earlier version, or has nothing to hide. One that
   * does not open was damaged on the disk: it stops nobody where it comes again, or is work of which the rest can go on;
   * then undefined. Throws Locked.
   */
  async opened(name, row) {
    if (!row.box) return row;
    if (!this.store.vault) throw new Locked();
    try {
      return await this.#unboxed(name, row);
    } catch (error) {
      const { again, copied, key } = STORES[name];
      if (copied) return this.#mended(name, row);
      if (!again) throw error;
      await this.store.write([name], (rows) => rows(name).delete(row[key]));
      return undefined;
    }
  }

  async #unboxed(name, row) {
    return joined(name, row, unpacked(name, await this.store.vault.unbox(row.box, placeOf(name, row))));
  }

  // What was made here comes back from the second copy, as does who the tablet is. What opens there neither stays as it
  // lies, and is noted.
  async #mended(name, row) {
    const known = this.lost.get(placeOf(name, row))?.sure;
    const boxes = known ? [] : await this.store.copy.boxesOf(name, row).catch(() => null);
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
    await this.store.write([name], (rows) => rows(name).amend(whole[STORES[name].key], fields));
    return { ...whole, ...more };
  }

  // Not `sure` while the copy cannot be read: then it is asked again, and must not be written over.
  async #giveUp(name, row, sure) {
    const { key, closed } = STORES[name];
    const noted = closed?.(row) ?? {};
    this.lost.set(placeOf(name, row), { name, row: { ...parted(name, row).lying, ...noted }, sure });
    if (Object.keys(noted).some((field) => noted[field] !== row[field])) await this.store.write([name], (rows) => rows(name).amend(row[key], noted));
  }
}
