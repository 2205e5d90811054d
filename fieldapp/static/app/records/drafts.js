/** Unfinished forms. Each answer is on the disk before the next is asked. */

import { trueMoment } from "../ground/today.js";
import { newRecordId } from "../twins/change.js";
import { rows as photoRows } from "../store/photos.js";
import { StorageFull } from "../store/errors.js";
import { differing, forgetPhoto, photosOf } from "./records.js";

/**
 * The draft of a record, new or the one begun before. `record`: an existing record to change, or null for a new one;
 * `answers`: what is known already, such as the household.
 */
export async function begin(tablet, what) {
  const { store } = tablet;
  const { record = null } = what;
  const [begun] = record ? await store.all("drafts", { index: "record", only: record.id }) : [];
  if (begun) return begun;
  const draft = blank(tablet, what);
  await store.keep(["drafts"], (row) => row("drafts").put(draft));
  return draft;
}

/** The same draft, on no disk yet. */
export function blank({ session }, { survey, record = null, area = "", answers = {} }) {
  return {
    id: newRecordId(Date.now()),
    record: record?.id ?? newRecordId(Date.now()),
    survey,
    area: record?.area ?? area,
    author: session.device.author,
    given: { values: record?.values ?? {}, heads: record?.heads ?? {} },
    preset: answers,
    answers: { ...record?.values, ...answers },
    typed: {},
    at: null,
    changed_at: trueMoment(session),
  };
}

/** Whether anything was answered since a draft was begun. */
export function isTouched({ answers, typed, given, preset = {} }) {
  return Object.keys(differing(answers, { ...given.values, ...preset })).length > 0 || Object.keys(typed).length > 0;
}

/** Keep what was answered so far, and where. */
export async function save({ store, session }, draft) {
  draft.changed_at = trueMoment(session);
  await store.keep(["drafts"], (rows) => rows("drafts").put(draft));
}

/**
 * Keep a photo with the draft that names it, in one transaction. `answers()` gives those of that moment, the photo among
 * them. Throws StorageFull when it does not fit; the draft is then kept as it was, without the photo.
 */
export async function addPhoto(tablet, draft, taken, answers) {
  const { store, session } = tablet;
  const at = trueMoment(session);
  const { photo, parts } = await photoRows(taken, draft.record, at, await store.known("sealing_key"));
  const known = await store.get("photos", photo.sha256); // chosen before: its bytes are here, perhaps on their way
  const isHere = known && known.state !== "damaged";
  try {
    await store.write(["drafts", "photos", "parts"], (rows) => {
      rows("drafts").put({ ...draft, answers: answers(), changed_at: at });
      if (!isHere) rows("photos").put(inPlaceOf(known, photo));
      if (!isHere) for (const part of parts) rows("parts").put(part);
    });
  } catch (error) {
    if (error instanceof StorageFull) await save(tablet, draft);
    throw error;
  }
}

// Of one that was damaged after its form was finished the whole one goes to the server as well.
function inPlaceOf(damaged, photo) {
  return damaged?.change ? { ...photo, record: damaged.record, change: damaged.change, state: "waiting" } : photo;
}

/** Throw a draft away, with the photos that nothing else names. */
export async function discard(store, draft) {
  const { idle } = await photosOf(store, draft, {});
  await store.write(["drafts", "photos", "parts"], (rows) => {
    rows("drafts").delete(draft.id);
    for (const photo of idle) forgetPhoto(rows, photo);
  });
}
