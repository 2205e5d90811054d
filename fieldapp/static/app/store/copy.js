/**
 * The second copy of work that has no receipt yet, outside the store: a store that breaks comes back empty, as on a new
 * tablet. It follows what the store has written, whoever wrote it, and never stands in its way: what could not be copied
 * is noted in `problem`, and is caught up on when the copy is next tidied. Rows are copied as they lie, boxed, and come back so: no
 * key is needed for it.
 */

import { joined } from "../ground/bytes.js";
import { PART, partRows } from "./pieces.js";
import { STORES } from "./stores.js";

const WORKER = new URL("copier.js", import.meta.url);
const TIDY_AFTER = 1_000_000; // bytes of drafts written over and over
const MORE = 28; // bytes by which a part of a photo is longer once it is boxed
const PATIENCE_MS = 5000; // a frozen window may hold the files: nobody waits for it

export class Copy {
  /** `name`: the name of the store it is the copy of. */
  constructor(store, name) {
    this.store = store;
    this.folder = name.replace(/^fieldapp/, "copy");
    this.problem = null;
    this.worker = null;
    this.number = 0;
    this.asked = new Map();
    this.drafts = new Set();
    this.following = null;
    this.tidied = 0;
    this.onGrown = () => {};
  }

  /**
   * What a transaction has written comes here too; `asked` is what it was asked for, see `Asking`. Changes without a
   * receipt and the end of a draft come before this resolves; drafts and photos soon, and as they are by then.
   */
  async follow(asked) {
    const { made, ended, begun, photos } = workIn(asked);
    for (const id of begun) this.#draft(id);
    for (const sha256 of photos) this.#photo(sha256);
    if (made.length || ended.length) await this.#quietly(() => this.#ordered(() => this.#finished(made, ended)));
  }

  // A finished form is one entry, its change with the end of its draft: a line that is torn must not leave half of that.
  async #finished(made, ended) {
    const changes = made.map(async ({ id, photos }, i) => {
      const change = await this.store.rawOne("changes", id);
      const area = (await this.store.rawOne("records", change.record))?.area ?? "";
      return { change, area, draft: ended[i] ?? null, photos };
    });
    await this.#add([...(await Promise.all(changes)), ...ended.slice(made.length).map((done) => ({ done }))]);
  }

  #draft(id) {
    this.drafts.add(id);
    this.following ??= this.#quietly(() => this.#drafts()).finally(() => (this.following = null));
  }

  async #photo(sha256) {
    await this.#quietly(() =>
      this.#ordered(async () => {
        const row = await this.store.rawOne("photos", sha256);
        if (!row || !(await this.#keep(row))) return;
        await this.#ask("add", [{ photo: row }]);
      }),
    );
  }

  // From reading what lies in the store until it lies here: what is newer there comes later here, over all tabs.
  #ordered(work) {
    return navigator.locks.request(`order of ${this.folder}`, work);
  }

  /** Everything in it: `{entries, damaged}`; nothing where there can be none. */
  async read() {
    return (await this.#quietly(() => this.#ask("read"))) ?? { entries: [], damaged: 0 };
  }

  /** What it has of a row that came to harm in the store: its boxes, the newest first. Throws when it cannot be read. */
  async boxesOf(name, row) {
    const { copied, key } = STORES[name];
    const { entries } = await this.#ask("read");
    const rows = entries.flatMap((entry) => entry[copied] ?? []).filter((each) => each?.box && each[key] === row[key]);
    return rows.map(({ box }) => box).reverse();
  }

  /** The bytes of a photo as they lie, its parts one after the other, or null. */
  async bytes(sha256) {
    return (await this.#quietly(() => this.#ask("photo", sha256))) ?? null;
  }

  /**
   * Put what `held()` then gives, `{entries, photos}`, and the bytes of these photos, in the place of all there was.
   * Gives how many lines had been damaged.
   */
  async replace(held) {
    return this.#quietly(() => this.#ordered(async () => this.#replace(await held())));
  }

  async #replace({ entries, photos }) {
    const { size, damaged } = await this.#ask("rewrite", entries);
    const [here, wanted] = [new Map(await this.#ask("photos")), new Set(photos.map(({ sha256 }) => sha256))];
    await this.#ask("forgetPhotos", [...here.keys()].filter((sha256) => !wanted.has(sha256)));
    for (const row of photos) if (here.get(row.sha256) !== lyingSize(row)) await this.#keep(row);
    this.problem = null;
    this.tidied = size;
    return damaged;
  }

  /** Let go of damaged lines that were set aside: those of an earlier version lie open. */
  async forgetEvidence() {
    await this.#quietly(() => this.#ask("forgetEvidence"));
  }

  async #keep(row) {
    const parts = await partRows(this.store, row);
    if (parts.length < row.count) return false;
    await this.#ask("keepPhoto", row.sha256, joined(...parts.map(({ bytes }) => bytes)));
    return true;
  }

  // One round at a time: while one is written, any number of answers may follow.
  async #drafts() {
    while (this.drafts.size) {
      await this.#ordered(async () => {
        const ids = [...this.drafts];
        this.drafts.clear();
        const rows = await Promise.all(ids.map((id) => this.store.rawOne("drafts", id)));
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
    this.worker.postMessage({ number: this.number, folder: this.folder, job, values });
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

/** Whether a photo may be on this tablet alone. That of one which is damaged here may be whole in the second copy. */
export function isHereAlone({ state }) {
  return state === "waiting" || state === "kept" || state === "damaged";
}

// Of what a transaction was asked for the work that is on this tablet alone: ids of changes made, each with its photos;
// of drafts that ended; of drafts written; hashes of photos. What is laid came out of the copy.
function workIn(asked) {
  const of = (name) => asked.filter((each) => each.name === name);
  const written = (name) => of(name).filter(({ row, laid }) => row && !laid);
  const open = written("changes").filter(({ row }) => !row.receipt);
  const named = (id) => of("photos").filter(({ fields }) => fields?.change === id).map(({ key }) => key);
  return {
    made: open.map(({ key }) => ({ id: key, photos: named(key) })),
    ended: of("drafts").filter(({ gone }) => gone).map(({ key }) => key),
    begun: written("drafts").map(({ key }) => key),
    photos: written("photos").filter(({ row }) => isHereAlone(row)).map(({ key }) => key),
  };
}

/** The bytes of a photo as its parts lie: each has its iv and its tag. A photo of an earlier version has neither. */
export function lyingSize({ bytes, count, box }) {
  return bytes + (box ? count * MORE : 0);
}

/** Those bytes as parts again; none where there are no bytes. */
export function lyingParts({ box }, bytes) {
  const size = PART + (box ? MORE : 0);
  const count = bytes ? Math.ceil(bytes.byteLength / size) : 0;
  return Array.from({ length: count }, (_none, i) => bytes.slice(i * size, (i + 1) * size));
}
