/** What of this tablet's work has no receipt yet. Nothing counts as sent without one. */

const TAKEN = new Set(["stored", "duplicate", "clock_ahead"]);

/** Did the server take this change into the record? */
export function taken(change) {
  return TAKEN.has(change.receipt?.verdict);
}

/** Changes without a receipt, oldest first; without those that were damaged on the disk. */
export async function waiting(store) {
  const open = (await store.bare("changes", { index: "seq" })).filter((change) => !change.receipt);
  return (await store.some("changes", open.map(({ id }) => id))).filter(Boolean);
}

/** Photos whose bytes the server does not have whole, newest work first. Those of drafts wait for their record. */
export async function waitingPhotos(store) {
  const photos = (await store.bare("photos")).filter((photo) => photo.state === "waiting");
  return photos.sort((one, other) => ((one.taken_at ?? "") < (other.taken_at ?? "") ? 1 : -1));
}

/** The same, without those the server has refused, unless they are to be tried `again`. */
export async function goingPhotos(store, again = false) {
  return (await waitingPhotos(store)).filter(({ refused }) => again || !refused);
}

/**
 * How much is `waiting` to be sent, and how much is `damaged` and never will be: numbers of changes and photos; and how
 * many `drafts` are still to be finished.
 */
export async function tally(store) {
  const all = (rows) => rows.getAll();
  const [changes, photos, drafts] = await store.atOnce([["changes", all], ["photos", all], ["drafts", (rows) => rows.count()]]);
  const open = changes.filter(({ receipt }) => !receipt);
  const [harmed, lost] = [open.filter(({ damaged }) => damaged), photos.filter(({ state }) => state === "damaged")];
  const unsent = photos.filter(({ state }) => state === "waiting");
  const damaged = { changes: harmed.length, photos: lost.length };
  return { waiting: open.length - harmed.length + unsent.length, damaged, drafts };
}
