/** What waits to be sent, and what became of it. Nothing counts as sent without a receipt. */

import { _ } from "./i18n.js";
import { whole } from "./photos.js";
import { Refused } from "./wire.js";

const MOST_CHANGES = 100;
const MOST_CHARACTERS = 100_000;
const TAKEN = new Set(["stored", "duplicate", "clock_ahead"]);

/** Did the server take this change into the record? */
export function taken(change) {
  return TAKEN.has(change.receipt?.verdict);
}

/** Changes without a receipt, oldest first. */
export async function waiting(store) {
  return (await store.all("changes", { index: "seq" })).filter((change) => !change.receipt);
}

/** Photos whose bytes the server does not have whole, newest work first. Those of drafts wait for their record. */
export async function waitingPhotos(store) {
  return (await store.all("photos")).filter((photo) => photo.state === "waiting").reverse();
}

/**
 * Send what waits, in parts the network can carry; every change gets its receipt. `onStep(n)` follows each part.
 * A server for which this app is too old stores everything, and only then is that thrown.
 */
export async function push(store, wire, onStep = () => {}) {
  let most = MOST_CHANGES;
  let outdated = null;
  for (let left = await waiting(store); left.length; left = await waiting(store)) {
    const some = portion(left, most);
    await markTried(store, some);
    try {
      const answer = await wire.ask("push", { body: { changes: some.map((change) => change.text) } });
      await keepReceipts(store, some, answer);
    } catch (error) {
      if (error instanceof Refused && error.outdated && error.answer?.results) {
        await keepReceipts(store, some, error.answer);
        outdated = error;
      } else if (error instanceof Refused && error.status === 413 && most > 1) {
        most = Math.max(1, Math.floor(some.length / 2));
      } else throw error;
    }
    onStep(some.length);
  }
  if (outdated) throw outdated;
}

/**
 * Hand in what waits although this tablet was switched off: the server keeps it for an administrator, and tells nothing
 * else. Gives the number of changes; throws Refused when it has never heard of this tablet.
 */
export async function salvage(store, wire) {
  let count = 0;
  for (let left = await waiting(store); left.length; left = await waiting(store)) {
    const some = portion(left, MOST_CHANGES);
    const { received, now } = await wire.ask("salvage", { body: { changes: some.map((change) => change.text) } });
    if (received !== some.length) throw new Error("an answer without receipts");
    const results = some.map(({ id }) => ({ id, verdict: "held", reason: "revoked", message: HANDED_IN() }));
    await keepReceipts(store, some, { results, now });
    count += some.length;
  }
  return count;
}

const HANDED_IN = () => _("Handed in after this tablet was switched off. An administrator decides.");

function portion(changes, most) {
  let characters = 0;
  const fits = changes.slice(0, most).filter(({ text }) => (characters += text.length) <= MOST_CHARACTERS);
  return fits.length ? fits : changes.slice(0, 1);
}

async function markTried(store, changes) {
  const now = new Date().toISOString();
  await store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").put({ ...change, tried_at: now });
  });
}

async function keepReceipts(store, changes, { results, now, batch }) {
  const verdicts = new Map(results.map((result) => [result.id, result]));
  const receipted = changes.filter((change) => verdicts.has(change.id));
  if (!receipted.length) throw new Error("an answer without receipts");
  await store.write(["changes"], (rows) => {
    for (const change of receipted) {
      const { verdict, reason = null, message = null } = verdicts.get(change.id);
      rows("changes").put({ ...change, receipt: { verdict, reason, message, at: now, batch: batch ?? null } });
    }
  });
}

/** Send the parts of each waiting photo that the server lacks. `onStep(bytes)` follows each part. */
export async function pushPhotos(store, wire, onStep = () => {}) {
  for (const photo of await waitingPhotos(store)) await pushPhoto(store, wire, photo, onStep);
}

async function pushPhoto(store, wire, photo, onStep) {
  const bytes = await whole(store, photo);
  if (!bytes) return settle(store, photo, "damaged");
  let answer = await wire.ask(`blob/${photo.sha256}/missing?parts=${photo.count}`);
  for (const i of answer.missing) {
    const part = await store.get("parts", [photo.sha256, i]);
    answer = await wire.put(`blob/${photo.sha256}/${i}?parts=${photo.count}`, part.bytes, photo.type);
    onStep(part.bytes.byteLength);
  }
  if (answer.state === "stored" || answer.state === "not_a_photo") await settle(store, photo, answer.state, answer.now);
}

async function settle(store, photo, state, at = null) {
  await store.write(["photos"], (rows) => rows("photos").put({ ...photo, state, received_at: at }));
}

function unsent(change) {
  return { ...change, receipt: null, settled: false, earlier: change.receipt ?? change.earlier };
}

/** The server lacks changes it has given a receipt for: offer them again. Gives their number. */
export async function offerLost(store, lost) {
  const changes = (await store.all("changes")).filter(({ id }) => lost.has(id));
  await store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").put(unsent(change));
  });
  return changes.length;
}

/** The server was put back to an earlier day: offer again everything it may have lost. */
export async function offerAgain(store) {
  const changes = await store.all("changes");
  const photos = (await store.all("photos")).filter((photo) => photo.state === "stored");
  await store.write(["changes", "photos"], (rows) => {
    for (const change of changes) rows("changes").put(unsent(change));
    for (const photo of photos) rows("photos").put({ ...photo, state: "waiting" });
  });
}
