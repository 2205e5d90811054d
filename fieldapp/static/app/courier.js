/**
 * Sending what is finished without its key: while the app is locked, or while somebody else works on this tablet. Only
 * what was sealed for the province goes this way, and only verdicts come back.
 */

import { photosMayGo } from "./line.js";
import { waitingPhotos } from "./outbox.js";
import { Wire } from "./wire.js";

const MOST_CHANGES = 100;
const MOST_CHARACTERS = 100_000;
const EVERY_MS = 2 * 60_000;

/** Send what waits in a store. Gives whether there was anything to send. Throws NoNetwork or Refused. */
export async function carry(store, language) {
  const [courier, node, photosGo] = await Promise.all(["courier", "node", "photos_go"].map((name) => valueOf(store, name)));
  if (!courier) return false;
  const wire = new Wire({ courier, node, language });
  return navigator.locks.request(`courier ${store.name}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return false;
    const sent = await carryChanges(store, wire);
    return (photosMayGo(photosGo) && (await carryPhotos(store, wire))) || sent;
  });
}

async function valueOf(store, name) {
  return (await store.rawOne("meta", name))?.value;
}

/** What a store could send while it is locked: how many changes, how many photos. */
export async function carriable(store) {
  const photos = (await waitingPhotos(store)).filter(({ sealed }) => sealed);
  return { changes: (await sealedChanges(store)).length, photos: photos.length };
}

async function sealedChanges(store) {
  const changes = await store.bare("changes", { index: "seq" });
  return changes.filter(({ receipt, sealed, damaged }) => !receipt && sealed && !damaged);
}

async function carryChanges(store, wire) {
  const all = await sealedChanges(store);
  for (let left = all; left.length; left = await sealedChanges(store)) {
    const some = portion(left);
    await keep(store, some, await handIn(wire, some));
  }
  return all.length > 0;
}

// A tablet that was switched off hands in what it has: it is held, and only a number comes back.
async function handIn(wire, changes) {
  const body = { changes: [], sealed: changes.map(({ id, sealed }) => ({ id, ...sealed })) };
  try {
    return await wire.ask("push", { body });
  } catch (error) {
    if (error.status !== 401) throw error;
    const { received, unopened = [], now } = await wire.ask("salvage", { body });
    const there = changes.filter(({ id }) => !unopened.includes(id)).slice(0, received);
    return { results: there.map(({ id }) => ({ id, verdict: "held", reason: "revoked" })), unopened, now };
  }
}

function portion(changes) {
  let characters = 0;
  const fits = changes.slice(0, MOST_CHANGES).filter(({ sealed }) => (characters += sealed.box.length) <= MOST_CHARACTERS);
  return fits.length ? fits : changes.slice(0, 1);
}

// What the server could not open waits for its person, and then goes in the clear.
async function keep(store, changes, { results, unopened = [], now, batch = null }) {
  const verdicts = new Map(results.map((result) => [result.id, result]));
  const told = changes.filter(({ id }) => verdicts.has(id) || unopened.includes(id));
  if (!told.length) throw new Error("an answer without receipts");
  await amend(store, told, ({ id }) => {
    if (!verdicts.has(id)) return { sealed: null };
    const { verdict, reason = null } = verdicts.get(id);
    return { sealed: null, receipt: { verdict, reason, at: now, batch } };
  });
}

async function amend(store, changes, fieldsOf) {
  await store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").amend(change.id, fieldsOf(change));
  });
}

async function carryPhotos(store, wire) {
  const photos = (await waitingPhotos(store)).filter(({ sealed }) => sealed);
  for (const photo of photos) await carryPhoto(store, wire, photo).catch((error) => unopened(store, photo, error));
  return photos.length > 0;
}

async function unopened(store, { sha256 }, error) {
  if (error.code !== "unopened") throw error;
  await store.write(["photos"], (rows) => rows("photos").amend(sha256, { sealed: null }));
}

async function carryPhoto(store, wire, photo) {
  const path = `blob/${photo.sha256}`;
  let answer = await wire.ask(`${path}/missing?parts=${photo.count}`);
  for (const i of answer.missing) {
    const part = await store.rawOne("parts", [photo.sha256, i]);
    if (!part) return; // its person is told when the app is unlocked
    answer = await wire.put(`${path}/${i}?parts=${photo.count}`, part.bytes, photo.type, photo.sealed.box);
  }
  if (answer.state !== "stored" && answer.state !== "not_a_photo") return;
  const fields = { state: answer.state, sent: photo.bytes, received_at: answer.now };
  await store.write(["photos"], (rows) => rows("photos").amend(photo.sha256, fields));
}

/**
 * Carry for these stores: now, when the network comes back, and every few minutes; `onCarried()` follows what was sent.
 * Gives what ends it.
 */
export function carrying(stores, language, onCarried = () => {}) {
  const round = async () => {
    for (const store of stores) if (await carry(store, language)) onCarried();
  };
  const go = () => document.visibilityState === "visible" && round().catch((error) => console.info("courier:", error));
  const timer = setInterval(go, EVERY_MS);
  window.addEventListener("online", go);
  go();
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", go);
  };
}
