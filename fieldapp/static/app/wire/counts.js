/**
 * The server's own count of this tablet's work, day by day, and the changes that it has and that do not count. Kept, so
 * that a person can compare without network.
 */

import { alone } from "../ground/alone.js";
import { dayClock } from "../records/records.js";
import { putRight } from "../twins/change.js";
import { taken } from "../records/unsent.js";

const VIETNAM = "+07:00"; // both sides count by its days, whatever zone the tablet is set to
const OLD_SERVER = new Set([404, 405]);

/** Ask, and keep what is told: `session.counts` is `{at, right, days: {"2026-08-01": {changes, photos}}}`. */
export async function readCounts({ store, session }, wire) {
  const devices = new Set((await store.bare("changes")).map(({ stamp }) => stamp.slice(20)));
  if (!devices.size) return;
  const where = new URLSearchParams([["tz", VIETNAM], ...[...devices].map((device) => ["device", device])]);
  const answer = await wire.ask(`counts?${where}`).catch(unknownThere);
  if (!answer) return;
  await alone(() => keepFates(store, answer));
  const right = Boolean(answer.right); // told where a clock was wrong: then these are the days
  if (right && !session.counts?.right) await alone(() => putDaysRight(store));
  await session.follow({ counts: { at: answer.now, right, days: answer.right ?? answer.days } });
}

// An earlier version told of its changes, as the server did, what a wrong clock had shown.
async function putDaysRight(store) {
  const told = (await store.all("changes")).map(({ id, made_at, text }) => ({ id, made_at, says: JSON.parse(text) }));
  const wrong = told.filter(({ made_at, says }) => putRight(says) !== null && dayClock(says) !== made_at);
  await store.write(["changes"], (rows) => {
    for (const { id, says } of wrong) rows("changes").amend(id, { made_at: dayClock(says) });
  });
}

// A server that does not know this question yet is no trouble: then there is nothing to compare with.
function unknownThere(error) {
  if (OLD_SERVER.has(error.status)) return null;
  throw error;
}

// What an administrator has decided since the receipt: refused, taken out again, or released.
async function keepFates(store, { devices, fates, now }) {
  const asked = new Set(devices);
  const known = (await store.bare("changes")).filter(({ receipt, stamp }) => receipt && asked.has(stamp.slice(20)));
  const news = known.filter(({ id, receipt }) => isNews(receipt, fates[id]));
  const changes = (await store.some("changes", news.map(({ id }) => id))).filter(Boolean);
  if (!changes.length) return;
  await store.keep(["changes"], (rows) => {
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
