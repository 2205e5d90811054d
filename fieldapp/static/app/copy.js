/**
 * The second copy of work that has no receipt yet, outside the store: a store that breaks comes back empty, as on a new
 * tablet. It follows what the store has written and never stands in its way: what could not be copied is noted in
 * `problem`, and is caught up on when the copy is next tidied.
 */

import { alone } from "./records.js";
import { whole } from "./photos.js";

const WORKER = new URL("copier.js", import.meta.url);
const TIDY_AFTER = 1_000_000; // bytes of drafts written over and over
const PATIENCE_MS = 5000; // a frozen window may hold the files: nobody waits for it

export class Copy {
  constructor(store) {
    this.store = store;
    this.problem = null;
    this.worker = null;
    this.number = 0;
    this.asked = new Map();
    this.drafts = new Set();
    this.following = null;
    this.tidied = 0;
    this.onGrown = () => {};
  }

  /** A finished change is in the store: it goes here too, before anybody is told that it is saved. */
  async change(change, { area, draft = null }) {
    await this.#add([{ change, area, draft }]);
  }

  /** A draft was written, or thrown away. Comes soon, and only as it is by then. */
  draft(id) {
    this.drafts.add(id);
    this.following ??= this.#quietly(() => this.#follow()).finally(() => (this.following = null));
    return this.following;
  }

  /** A photo was written. */
  async photo(sha256) {
    await this.#quietly(() =>
      alone(async () => {
        const row = await this.store.get("photos", sha256);
        const bytes = row && (await whole(this.store, row));
        if (!bytes) return;
        await this.#ask("keepPhoto", sha256, bytes);
        await this.#ask("add", [{ photo: lean(row) }]);
      }),
    );
  }

  /** Everything in it: `{entries, damaged}`; nothing where there can be none. */
  async read() {
    return (await this.#quietly(() => this.#ask("read"))) ?? { entries: [], damaged: 0 };
  }

  /** The bytes of a photo, or null. */
  async bytes(sha256) {
    return (await this.#quietly(() => this.#ask("photo", sha256))) ?? null;
  }

  /**
   * Put these entries, and the bytes of these photos, in the place of all there was. The caller is `alone`.
   * Gives how many lines had been damaged.
   */
  async replace(entries, photos) {
    return this.#quietly(async () => {
      const { size, damaged } = await this.#ask("rewrite", entries);
      const [here, wanted] = [new Map(await this.#ask("photos")), new Set(photos.map(({ sha256 }) => sha256))];
      await this.#ask("forgetPhotos", [...here.keys()].filter((sha256) => !wanted.has(sha256)));
      for (const row of photos) if (here.get(row.sha256) !== row.bytes) await this.#keep(row);
      this.problem = null;
      this.tidied = size;
      return damaged;
    });
  }

  async #keep(row) {
    const bytes = await whole(this.store, row);
    if (bytes) await this.#ask("keepPhoto", row.sha256, bytes);
  }

  // One round at a time: while one is written, any number of answers may follow.
  async #follow() {
    while (this.drafts.size) {
      await alone(async () => {
        const ids = [...this.drafts];
        this.drafts.clear();
        const rows = await Promise.all(ids.map((id) => this.store.get("drafts", id)));
        await this.#add(rows.map((draft, i) => (draft ? { draft } : { done: ids[i] })));
      });
    }
  }

  async #add(entries) {
    const size = await this.#quietly(() => this.#ask("add", entries));
    if (size > 2 * this.tidied + TIDY_AFTER) this.onGrown();
  }

  async #quietly(work) {
    try {
      return await work();
    } catch (error) {
      this.problem = String(error);
      console.info("second copy:", this.problem);
      return null;
    }
  }

  #ask(job, ...values) {
    this.worker ??= this.#start();
    this.number += 1;
    this.worker.postMessage({ number: this.number, job, values });
    return new Promise((resolve, reject) => {
      this.asked.set(this.number, { resolve, reject });
      setTimeout(() => reject(new Error("no answer")), PATIENCE_MS);
    });
  }

  #start() {
    const worker = new Worker(WORKER, { type: "module" });
    worker.onmessage = ({ data: { number, result, problem } }) => {
      const { resolve, reject } = this.asked.get(number); // in vain when nobody waits any more
      this.asked.delete(number);
      if (problem) reject(new Error(problem));
      else resolve(result);
    };
    worker.onerror = () => {
      this.worker = null;
      for (const { reject } of this.asked.values()) reject(new Error("no worker"));
      this.asked.clear();
    };
    return worker;
  }
}

/** The row of a photo as a line can hold it: its small picture can be drawn anew. */
export function lean({ thumb, ...row }) {
  return row;
}
