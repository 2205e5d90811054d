/** Everything made on this tablet, day by day, and how that compares with what the server counts. */

import { vietnamDay } from "../ground/today.js";
import { photoStage, stage } from "./status.js";

const NOT_HERE = new Set(["bad", "too_big"]); // receipts for what the server keeps aside, and does not count

/** The days on which something was made, newest first: `{day, changes, photos}`, of each only its open fields. */
export async function workByDay(store) {
  const [changes, photos] = await Promise.all([store.bare("changes", { index: "seq" }), store.bare("photos")]);
  const days = new Map();
  const of = (day) => days.get(day) ?? days.set(day, { day, changes: [], photos: [] }).get(day);
  for (const change of changes.reverse()) of(vietnamDay(change.made_at)).changes.push(change);
  const made = new Map(changes.flatMap(({ id, record, made_at: at }) => [[id, at], [record, at]]));
  const finished = photos.filter((photo) => photo.state !== "kept" && made.has(photo.record));
  for (const photo of finished) of(vietnamDay(made.get(photo.change) ?? made.get(photo.record))).photos.push(photo);
  return [...days.values()].sort((one, other) => (one.day < other.day ? 1 : -1));
}

/** Of one day: how many there are, `made`, and how many have `received`; `held`, `refused` and `left` of the others. */
export function totals(items, stageOf) {
  const keys = items.map((item) => stageOf(item).key);
  const count = (...wanted) => keys.filter((key) => wanted.includes(key)).length;
  return { made: items.length, received: count("received"), held: count("held"), refused: count("refused"), left: count("tablet", "sent") };
}

/** The totals of a day's changes and photos. */
export function totalsOf({ changes, photos }) {
  return { changes: totals(changes, stage), photos: totals(photos, photoStage) };
}

/**
 * A day compared with the server's count, or null where there is none yet: `{changes, photos, missing, more}`. `missing`:
 * what has a receipt and is not counted; `more`: what is counted and was never here, or is here no more. What got its
 * receipt after the server counted is no difference.
 */
export function compared({ day, changes, photos }, counts) {
  if (!counts) return null;
  const told = counts.days[day] ?? { changes: 0, photos: 0 };
  const before = (at) => Boolean(at) && at <= counts.at;
  const due = {
    changes: changes.filter(({ receipt }) => receipt && before(receipt.at) && !NOT_HERE.has(receipt.verdict)).length,
    photos: photos.filter(({ received_at: at }) => before(at)).length,
  };
  const missing = { changes: Math.max(0, due.changes - told.changes), photos: Math.max(0, due.photos - told.photos) };
  return { ...told, missing, more: Math.max(0, told.changes - changes.length) };
}
