/**
 * Once a day: do this tablet and the server hold the same, whatever cursors and receipts say? Only hashes are compared
 * at first. What differs is put right and noted for people to see; what is still on its way is no difference.
 */

import { inTurns } from "../ground/pause.js";
import { trueMoment } from "../ground/today.js";
import { changeId } from "../twins/change.js";
import { idsOf } from "../records/records.js";
import { taken } from "../records/unsent.js";
import { forget } from "./leaving.js";
import { offerLost, push } from "./outbox.js";
import { fetchAnew } from "./pull.js";

const DAY_MS = 86_400_000;
const IN_JOURNAL = new Set(["stored", "duplicate", "clock_ahead", "held", "fork"]);
const MOST_NOTED = 20;
const EVERYWHERE = "*";

/** Whether the last comparison was a day ago, or is said to be in the future. */
export function due(session, now = Date.parse(trueMoment(session))) {
  const { checked } = session;
  return !checked || Math.abs(now - Date.parse(checked.at)) >= DAY_MS;
}

/**
 * Compare, and put right. Keeps in the session when that was (`checked`: `{at, sent, fetched, removed}`) and what was
 * found before (`checks`: the same, newest first).
 */
export async function compare(tablet, wire) {
  const { store, session } = tablet;
  if (session.areas.some(({ id }) => id === EVERYWHERE)) return null; // who sees everything holds what no area has
  if (!session.checked && !(await store.count("changes"))) return justDownloaded(session);
  const own = await contents(store);
  const told = await wire.ask("compare", { body: await summary(store, session, own), seconds: 60 });
  const sent = await offerLost(store, lostOf(own.receipted, told.own));
  if (sent) await push(store, wire);
  const { lacking, gone } = differences(own, told);
  const fetched = await fetchAnew(tablet, wire, lacking);
  const found = { at: trueMoment(session), sent, fetched, removed: await forget(tablet, gone) };
  const noted = [found, ...(session.checks ?? [])].slice(0, MOST_NOTED);
  await session.keep(found.sent || found.fetched || found.removed ? { checked: found, checks: noted } : { checked: found });
  return found;
}

// All of it came a moment ago, and nothing was made here: there is nothing to compare.
async function justDownloaded(session) {
  const found = { at: trueMoment(session), sent: 0, fetched: 0, removed: 0 };
  await session.keep({ checked: found });
  return found;
}

// What this tablet holds: the version of each record; those with work that does not count on the server, or not yet;
// those with any work of its own; and the ids of its changes that the server has acknowledged, by device.
async function contents(store) {
  const [records, changes] = await Promise.all([recordsOf(store), store.bare("changes")]);
  const counted = await inTurns(records, async (row) => [row.id, await digest(idsOf(row))]);
  const pending = changes.filter((change) => !taken(change)).map(({ record }) => record);
  const evicted = records.filter((row) => row.evicted).map(({ id }) => id);
  const receipted = changes.filter(({ receipt }) => IN_JOURNAL.has(receipt?.verdict));
  return {
    versions: new Map(counted),
    busy: new Set([...pending, ...evicted]),
    touched: new Set(changes.map(({ record }) => record)),
    receipted: Map.groupBy(receipted, ({ stamp }) => stamp.slice(20)),
  };
}

// Village by village: all of them at once would hold up who touches the screen.
async function recordsOf(store) {
  const found = [];
  for (const { id } of await store.bare("marks")) {
    const rows = await store.raw("records", { index: "survey_area", only: id });
    found.push(...rows.map((row) => ({ id: row.id, ids: idsOf(row), evicted: row.evicted })));
  }
  return found;
}

async function summary(store, session, { versions, busy, receipted }) {
  const cursors = await store.all("cursors");
  const positions = cursors.filter(({ area }) => session.village(area)).map(({ area, position }) => [area, position]);
  const idle = [...versions].filter(([id]) => !busy.has(id));
  const items = Map.groupBy(idle, ([id]) => id.slice(-2));
  return {
    buckets: await hashed(BUCKETS.map((name) => [name, (items.get(name) ?? []).map((pair) => pair.join(" "))])),
    positions: Object.fromEntries(positions),
    without: [...busy],
    own: await hashed([...receipted].map(([device, changes]) => [device, changes.map(({ id }) => id)])),
  };
}

const BUCKETS = Array.from({ length: 256 }, (_each, number) => number.toString(16).padStart(2, "0"));

async function hashed(pairs) {
  return Object.fromEntries(await Promise.all(pairs.map(async ([name, items]) => [name, await digest(items)])));
}

// The first half of SHA-256 over the items, sorted, a line each; the same as in sync/compare.py.
async function digest(items) {
  return items.length ? changeId([...new Set(items)].sort().join("\n")) : "";
}

// Acknowledged changes that the server does not name among those it holds of a device.
function lostOf(receipted, told) {
  const lost = Object.entries(told).flatMap(([device, ids]) => {
    const there = new Set(ids);
    return (receipted.get(device) ?? []).filter(({ id }) => !there.has(id));
  });
  return new Set(lost.map(({ id }) => id));
}

// A record that is nowhere on the server's list may wait there for what it is about: own work stays.
function differences({ versions, busy, touched }, { differ, records, later }) {
  const left = new Set([...busy, ...later]);
  const lacking = Object.keys(records).filter((id) => !left.has(id) && records[id] !== versions.get(id));
  const buckets = new Set(differ);
  const strange = (id) => buckets.has(id.slice(-2)) && !(id in records) && !left.has(id) && !touched.has(id);
  return { lacking, gone: [...versions.keys()].filter(strange) };
}
