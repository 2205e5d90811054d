/**
 * Sending what is finished without its key: while the app is locked, or while somebody else works on this tablet. Only
 * what was sealed for the province goes this way, and only verdicts come back.
 */

import { goingPhotos, waitingPhotos } from "../records/unsent.js";
import { photosMayGo } from "./line.js";
import { sealedChanges, sendSealed } from "./sealed.js";
import { amendPhoto, markRefused, upload } from "./upload.js";
import { onWoken } from "./wake.js";
import { Wire } from "./wire.js";

const EVERY_MS = 2 * 60_000;

/** Send what waits in a store. Gives whether there was anything to send. Throws NoNetwork or Refused. */
export async function carry(store, language) {
  const [courier, node, photosGo] = await Promise.all(["courier", "node", "photos_go"].map((name) => valueOf(store, name)));
  if (!courier) return false;
  const wire = new Wire({ courier, node, language });
  return navigator.locks.request(`courier ${store.name}`, { ifAvailable: true }, async (lock) => {
    if (!lock) return false;
    const sent = await sendSealed(store, wire);
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

async function carryPhotos(store, wire) {
  const photos = (await goingPhotos(store)).filter(({ sealed }) => sealed);
  for (const photo of photos) await upload(store, wire, photo).catch((error) => unopened(store, photo, error));
  return photos.length > 0;
}

async function unopened(store, photo, error) {
  if (error.code !== "unopened") return markRefused(store, photo, error);
  return amendPhoto(store, photo, { sealed: null });
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
  const deaf = onWoken(go);
  go();
  return () => {
    clearInterval(timer);
    deaf();
    window.removeEventListener("online", go);
  };
}
