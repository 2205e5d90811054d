/**
 * Removes what this tablet may keep no longer: records that moved out of its villages, and villages that were taken from
 * its person. Work that is on this tablet alone keeps its record here, as it is shown, until the server has that work.
 */

import { alone } from "../ground/alone.js";
import { inTurns } from "../ground/pause.js";
import { inputsOf, rowFrom } from "../records/records.js";
import { taken } from "../records/unsent.js";

const WRITTEN_AGAIN = "relaxed"; // the server can send all of this again
const EVERYWHERE = "*";

/** Forget records that are none of this tablet's any more, unless there is work on them. Gives how many went. */
export async function forget({ store }, ids) {
  return alone(async () => {
    const { gone } = await evictable(store, ids);
    await forgetThese(store, gone);
    return gone.length;
  });
}

/** @param {(rows: any) => void} also */
async function forgetThese(store, ids, also = () => {}) {
  const { settled, stale } = await replacedBy(store, ids);
  await store.write(["records", "changes", "pulled", "meta"], (rows) => {
    for (const id of ids) rows("records").delete(id);
    for (const { id } of settled) rows("changes").amend(id, { settled: true });
    for (const { id } of stale) rows("pulled").delete(id);
    also(rows);
  }, WRITTEN_AGAIN);
}

/**
 * Forget those of the records that stayed for somebody's work although they had left of which that work is the server's
 * now, or was thrown away. One that comes back comes whole.
 */
export async function forgetLeft({ store }) {
  await alone(async () => {
    const known = await store.known("evicted", []);
    const rows = (await Promise.all(known.map((id) => store.rawOne("records", id)))).filter((row) => row?.evicted);
    const done = await Promise.all(rows.map(({ id }) => isDone(store, id)));
    const gone = rows.filter((_row, i) => done[i]).map(({ id }) => id);
    if (!gone.length) return;
    const left = rows.filter((_row, i) => !done[i]).map(({ id }) => id);
    await forgetThese(store, gone, (rowsOf) => rowsOf("meta").put({ name: "evicted", value: left }));
  });
}

async function isDone(store, id) {
  const [own, begun] = await Promise.all([
    store.bare("changes", { index: "record", only: id }),
    store.count("drafts", { index: "record", only: id }),
  ]);
  return !begun && own.every(taken);
}

/**
 * Let go of the villages that are this person's no more: their records, except those with work that is on this tablet
 * alone, and how far they were read. Who is given one again downloads it anew. A record that is shown in such a village
 * only because of what the server holds is still in one of this person's there, and no feed would tell of it again.
 */
export async function letGo(tablet) {
  const { store, session } = tablet;
  if (session.village(EVERYWHERE)) return;
  const isLost = (area) => area !== "" && !session.village(area);
  const lists = (await store.bare("marks")).filter(({ id }) => isLost(id.slice(id.indexOf(" ") + 1)));
  const rows = await Promise.all(lists.map(({ id }) => store.raw("records", { index: "survey_area", only: id })));
  const ids = rows.flat().filter(({ area }) => isLost(area)).map(({ id }) => id);
  const places = await inTurns(await inputsOf(store, ids), placeThere);
  const gone = ids.filter((_id, i) => isLost(places[i]));
  if (gone.length) await forget(tablet, gone);
  const cursors = (await store.all("cursors")).filter(({ area }) => isLost(area));
  if (!cursors.length) return;
  await store.write(["cursors"], (named) => cursors.forEach(({ area }) => named("cursors").delete(area)), WRITTEN_AGAIN);
}

// The village in which the server has a record, for all this tablet knows; "" where it has none.
async function placeThere(inputs) {
  if (inputs.row.fed) return inputs.row.fed;
  const made = inputs.made.filter(taken);
  if (made.length === inputs.made.length) return inputs.row.area;
  const isKnown = made.length || inputs.pulled.length || inputs.row.snapshot;
  return isKnown ? (await rowFrom({ ...inputs, made })).area : "";
}

/**
 * Which of these records go: that left the area, or of which a change counts no more; what still counts of one here comes
 * after. One with work that is on this tablet alone is `kept` as it is shown until then.
 */
export async function evictable(store, ids, area = null) {
  const [gone, kept] = [[], []];
  for (const id of ids) {
    const row = await store.get("records", id);
    const own = await store.all("changes", { index: "record", only: id });
    const begun = await store.count("drafts", { index: "record", only: id });
    if (!row || (area !== null && (row.fed ?? row.area) !== area)) continue;
    if (begun || own.some((change) => !change.receipt)) kept.push(row);
    else gone.push(id);
  }
  return { gone, kept };
}

/** What this tablet held of records that are told anew: changes pulled before, and its own that the server has taken. */
export async function replacedBy(store, ids) {
  const [own, stale] = await Promise.all(["changes", "pulled"].map((name) => store.groups(name, "record", ids)));
  return { settled: own.flat().filter(taken), stale: stale.flat() };
}
