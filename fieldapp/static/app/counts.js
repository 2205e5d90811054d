/**
 * The server's own count of this tablet's work, day by day, and the changes that it has and that do not count. Kept, so
 * that a person can compare without network.
 */

import { alone } from "./alone.js";
import { taken } from "./outbox.js";

const OLD_SERVER = new Set([404, 405]);

/** Ask, and keep what is told: `session.counts` is `{at, days: {"2026-08-01": {changes, photos}}}`. */
export async function readCounts({ store, session }, wire) {
  const devices = new Set((await store.bare("changes")).map(({ stamp }) => stamp.slice(20)));
  if (!devices.size) return;
  const where = new URLSearchParams([["tz", zone()], ...[...devices].map((device) => ["device", device])]);
  const answer = await wire.ask(`counts?${where}`).catch(unknownThere);
  if (!answer) return;
  await alone(() => keepFates(store, answer));
  await session.keep({ counts: { at: answer.now, days: answer.days } });
}

// A server that does not know this question yet is no trouble: then there is nothing to compare with.
function unknownThere(error) {
  if (OLD_SERVER.has(error.status)) return null;
  throw error;
}

/** The day something was made, as both sides name it: `2026-08-01`. */
export function dayOf(moment) {
  const date = new Date(moment);
  return new Date(date.getTime() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
}

/** How far the clock of this tablet is ahead of UTC: `+07:00`. */
export function zone() {
  const minutes = -new Date().getTimezoneOffset();
  const two = (value) => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

// What an administrator has decided since the receipt: refused, taken out again, or released.
async function keepFates(store, { devices, fates, now }) {
  const asked = new Set(devices);
  const known = (await store.bare("changes")).filter(({ receipt, stamp }) => receipt && asked.has(stamp.slice(20)));
  const news = known.filter(({ id, receipt }) => isNews(receipt, fates[id]));
  const changes = (await store.some("changes", news.map(({ id }) => id))).filter(Boolean);
  if (!changes.length) return;
  await store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").put({ ...change, receipt: decided(change, fates[change.id], now) });
  });
}

// Only what the server says outright makes a held change a received one.
function isNews(receipt, told) {
  if (told?.fate === "released") return !taken({ receipt }) || Boolean(receipt.fate);
  if (told) return told.fate !== (receipt.fate ?? receipt.verdict);
  return Boolean(receipt.fate) && taken({ receipt });
}

function decided({ receipt }, told, now) {
  const { fate: _before, message: _said, ...rest } = receipt;
  if (told?.fate === "released") return { ...rest, verdict: "stored", reason: null, at: taken({ receipt }) ? receipt.at : now };
  return told ? { ...rest, fate: told.fate, message: told.message } : rest;
}
