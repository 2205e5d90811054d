/** A photo on its way, part by part: only what the server lacks of it, and of a part that broke off only the rest. */

import { momentOf } from "../store/moment.js";
import { partSize } from "../store/pieces.js";
import { Refused } from "./wire.js";

/**
 * Send what the server lacks of a photo, and note how that stands. `part(i)` gives the bytes of a part, by default as it
 * lies; where there are none, the rest stays here. `onStep(bytes, fresh)` follows each part: `fresh` unless the server had
 * it before. `load.breaks`: where the line breaks, each part asks for a connection of its own: when one breaks that was
 * used before, the browser sends all of the part again by itself. Throws NoNetwork or Refused.
 * @param {any} store @param {any} wire @param {any} photo
 * @param {{part?: (i: number) => any, onStep?: (bytes: number, fresh: boolean) => void, load?: {breaks: boolean}}} how
 */
export async function upload(store, wire, photo, { part = lying(store, photo), onStep = () => {}, load = { breaks: false } } = {}) {
  const path = `blob/${photo.sha256}`;
  const where = (more = {}) => new URLSearchParams({ parts: photo.count, ...(load.breaks ? { once: "1" } : {}), ...more });
  let answer = await wire.ask(`${path}/missing?${where()}`);
  const { missing, begun = {} } = answer;
  let sent = photo.bytes - missing.reduce((sum, i) => sum + partSize(photo, i) - (begun[i] ?? 0), 0);
  onStep(sent, sent > photo.sent);
  for (const i of missing) {
    await amendPhoto(store, photo, { sent });
    const bytes = await part(i);
    if (!bytes) return;
    const from = Math.min(begun[i] ?? 0, bytes.byteLength);
    answer = await wire.put(`${path}/${i}?${where(from ? { from } : {})}`, bytes.slice(from), photo.type, photo.sealed?.box);
    load.breaks ||= Boolean(answer.broke);
    sent += bytes.byteLength - from;
    onStep(bytes.byteLength - from, true);
  }
  await amendPhoto(store, photo, arrived(photo, answer) ?? { sent: 0 });
}

function lying(store, { sha256 }) {
  return async (i) => (await store.rawOne("parts", [sha256, i]))?.bytes;
}

// What is noted of a photo that is all on the server, kept there even if it cannot be shown; null while it is not.
function arrived({ bytes }, { state, now, refused = null }) {
  return state === "stored" || state === "not_a_photo" ? { state, sent: bytes, received_at: now, refused } : null;
}

/** Answers that are about the tablet, the app or the server as a whole: no other photo would fare better. */
const ABOUT_ALL = new Set([401, 426, 429, 503, 507]);

/** The server does not take this photo: it stays here as it is, with the reason. Throws what is about more than that. */
export async function markRefused(store, photo, error) {
  if (!(error instanceof Refused) || ABOUT_ALL.has(error.status)) throw error;
  const { code, message } = error;
  await amendPhoto(store, photo, { refused: { code, message, at: await momentOf(store) } });
}

/** Note something of a photo. */
export async function amendPhoto(store, { sha256 }, fields) {
  await store.keep(["photos"], (rows) => rows("photos").amend(sha256, fields));
}
