/**
 * Space on the tablet: of photos that the server has, the parts are let go of after some time. The small picture stays,
 * and the whole one comes from the server. Until then a server that was put back to an earlier day gets them again.
 */

import { partsOf } from "../store/pieces.js";

const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;
const KEPT_DAYS_WHEN_TIGHT = 2;
const TIGHT = 0.7; // of what the browser lets the app have
const AT_ONCE = 20;

/** Let go of what has been on the server for long, and sooner where room is tight. Gives how many photos that were. */
export async function makeSpace(store, { now = Date.now(), tight = isTight } = {}) {
  const days = (await tight()) ? KEPT_DAYS_WHEN_TIGHT : KEPT_DAYS;
  const before = new Date(now - days * DAY_MS).toISOString();
  const there = ({ state, received_at: at, let_go: gone }) => state === "stored" && !gone && at < before;
  const photos = (await store.bare("photos")).filter(there);
  for (let start = 0; start < photos.length; start += AT_ONCE) await letGo(store, photos.slice(start, start + AT_ONCE));
  return photos.length;
}

/** The tablet is full: let go of all that the server has, and that nobody works with. */
export async function makeMuchSpace(store) {
  await makeSpace(store, { tight: async () => true });
  await store.write(["thumbs"], (rows) => rows("thumbs").delete(IDBKeyRange.lowerBound("")), "relaxed");
}

async function letGo(store, photos) {
  await store.write(["photos", "parts"], (rows) => {
    for (const { sha256 } of photos) {
      rows("parts").delete(partsOf(sha256));
      rows("photos").amend(sha256, { let_go: true });
    }
  }, "relaxed");
}

async function isTight() {
  const { usage = 0, quota = Infinity } = (await navigator.storage?.estimate?.()) ?? {};
  return usage > TIGHT * quota;
}
