/**
 * The people who share this tablet. Each has a store of their own, with a device id, a key and a second copy of their
 * own: what belongs to one can never come to lie with another's.
 */

import { alone } from "../ground/alone.js";
import { StorageFull } from "../store/errors.js";
import { partRows } from "../store/pieces.js";
import { FIRST, Store } from "../store/store.js";
import { STORES, parted } from "../store/stores.js";
import { isWhole } from "../store/vault.js";
import { Session, courierProof, markOf } from "./session.js";

const AT_ONCE = 200; // rows boxed in one transaction

export class Person {
  /** `lock`: what of the key lies on the disk; null for a store of an earlier version, which lies open. */
  constructor(store, { lock = null, enrolled = false } = {}) {
    this.store = store;
    this.lock = lock;
    this.enrolled = enrolled;
  }

  /** What can be known of somebody before unlocking. A store that came up empty is brought back first. */
  static async meet(store) {
    await store.open();
    if (!(await store.rawOne("meta", "device"))) await recovered(store).catch((error) => console.error(error));
    const device = await store.rawOne("meta", "device");
    const person = new Person(store, { enrolled: Boolean(device) });
    if (device?.box) await person.refresh();
    if (person.lock?.label) localStorage.setItem(labelOf(store.name), person.lock.label); // so that it can be said whose store was lost
    return person;
  }

  /** The store came up empty though it was somebody's, and its second copy is gone as well. */
  get isLost() {
    return !this.enrolled && Boolean(localStorage.getItem(markOf(this.store.name)));
  }

  /** What the lock screen calls this person; "" where that is not known. */
  get label() {
    return this.lock?.label ?? localStorage.getItem(labelOf(this.store.name)) ?? "";
  }

  /** Nobody waits for what was lost here any more. */
  forget() {
    for (const key of [markOf(this.store.name), labelOf(this.store.name)]) localStorage.removeItem(key);
  }

  /** Unlocked: the session, with everything that waited for the key done. */
  async enter(vault, onProgress = () => {}) {
    this.store.vault = vault;
    const session = await Session.load(this.store);
    if (session.boxing) await boxAll(session, onProgress);
    return session;
  }

  /** Give a store of an earlier version its lock, and box what lies open in it. */
  async close(pin, label, onProgress = () => {}) {
    const session = await Session.load(this.store);
    await session.lockWith(pin, label);
    await session.keep({ boxing: true, courier: courierOf(session, await courierProof(session.device.token)) });
    await boxAll(session, onProgress);
    return session;
  }

  /** Read the lock again. One that came to harm comes back from the second copy, or is `harmed`. */
  async refresh() {
    const lying = (await this.store.rawOne("meta", "lock"))?.value;
    const isSound = await isWhole(lying);
    this.lock = isSound ? lying : await (await import("../records/recovery.js")).lockAgain(this.store, lying, lying?.label ?? this.label);
  }

  /** Keep what of the lock has changed. A full tablet must open all the same: room can only be made inside. */
  async keepLock(lock) {
    this.lock = lock;
    try {
      await this.store.write(["meta"], (rows) => rows("meta").put({ name: "lock", value: lock }));
    } catch (error) {
      if (!(error instanceof StorageFull)) throw error;
    }
  }
}

function labelOf(name) {
  return `${name}-label`;
}

function courierOf({ device }, proof) {
  return { device: device.id, proof };
}

// Seldom needed: no start waits for what it takes.
async function recovered(store) {
  const { recover } = await import("../records/recovery.js");
  return recover(store);
}

/** Everybody who has a store on this tablet, and the first store in any case. `options` as for a store. */
export async function everybody(options) {
  const names = (await storeNames()).sort((one, other) => numberOf(one) - numberOf(other));
  return Promise.all(names.map((name) => Person.meet(new Store({ ...options, name }))));
}

/** A store for one more person. */
export async function another(options) {
  const last = Math.max(...(await storeNames()).map(numberOf));
  return new Person(new Store({ ...options, name: `${FIRST}-${last + 1}` }));
}

/** The names of their stores. One may have been lost as a whole: its mark tells that it was there. */
export async function storeNames() {
  const there = (await indexedDB.databases?.()) ?? [];
  const marked = Object.keys(localStorage).filter((key) => key === markOf(key.replace(markOf(""), "")));
  const names = [...there.map(({ name }) => name), ...marked.map((mark) => mark.slice(0, -markOf("").length))];
  return [...new Set([FIRST, ...names.filter((name) => new RegExp(`^${FIRST}(-\\d+)?$`).test(name))])];
}

function numberOf(name) {
  return Number(name.split("-")[1] ?? 1);
}

// --- an earlier version's store ---

// A portion at a time, each whole: whoever is cut off goes on where it ended.
async function boxAll(session, onProgress) {
  const { store } = session;
  for (const name of Object.keys(STORES).filter((each) => each !== "parts")) {
    const keys = (await store.raw(name)).filter((row) => lies(name, row)).map((row) => row[STORES[name].key]);
    for (let start = 0; start < keys.length; start += AT_ONCE) {
      const some = keys.slice(start, start + AT_ONCE);
      await (name === "photos" ? boxPhotos(store, some) : boxRows(store, name, some));
      onProgress(name, start + some.length, keys.length);
    }
  }
  await store.copy.forgetEvidence();
  await session.keep({ boxing: false });
}

function lies(name, row) {
  return !row.box && (name === "photos" || Object.keys(parted(name, row).rest).length > 0);
}

function boxRows(store, name, keys) {
  return alone(async () => {
    const rows = await Promise.all(keys.map((key) => store.rawOne(name, key)));
    const open = rows.filter((row) => row && lies(name, row));
    await store.write([name], (asking) => open.forEach((row) => asking(name).put(row)));
  });
}

async function boxPhotos(store, keys) {
  for (const sha256 of keys) await alone(() => boxPhoto(store, sha256));
}

async function boxPhoto(store, sha256) {
  const photo = await store.rawOne("photos", sha256);
  const { closed } = await import("../store/photos.js");
  const { key, kept } = await closed(sha256, await partRows(store, photo));
  await store.write(["photos", "parts"], (rows) => {
    rows("photos").put({ ...photo, key });
    for (const part of kept) rows("parts").put(part);
  });
}
