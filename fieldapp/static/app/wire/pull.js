/** What others did: a first download of each area, then only what is new. A page and its cursor are one transaction. */

import { alone } from "../ground/alone.js";
import { inTurns } from "../ground/pause.js";
import { decode } from "../twins/change.js";
import { following, inputsOf, rowFrom } from "../records/records.js";
import { taken } from "../records/unsent.js";
import { evictable, replacedBy } from "./leaving.js";

const WRITTEN_AGAIN = "relaxed"; // the server can send all of this again
const AT_ONCE = 100; // so many records are asked for by name
const MOST_CHANGES = 200; // more in one page would hold up who touches the screen

/**
 * Bring every area up to date. `onStep({area, records})` follows each page. `round`: the areas that are up to date
 * already, when an earlier pull broke off; it is added to.
 * @param {(step: {area: string, records: number}) => void} onStep
 */
export async function pull(tablet, wire, onStep = () => {}, round = new Set()) {
  const first = new First((await tablet.store.count("records")) === 0);
  const left = tablet.session.areas.filter(({ id }) => !round.has(id));
  let before = { done: null };
  for await (const { from, cursor, answer } of pages(tablet, wire, left)) {
    if (from.whole) {
      await before.done;
      await keepNews(tablet, { from, cursor, answer }, { onStep, first });
    } else {
      before = await alone(() => keepPage(tablet, answer, cursor, { first, after: before.done }));
      onStep({ area: cursor.area, records: answer.records.length });
    }
    if (!cursor.more) round.add(cursor.area);
  }
}

// Page after page of each area as `{from, answer, cursor}`: where it was asked for, what came, and where reading goes on.
// The next one is on its way while one is folded and written.
async function* pages(tablet, wire, areas) {
  const rest = areas.values();
  const ask = async (cursor) => {
    const from = cursor.more ? cursor : await nextArea(tablet, rest);
    return from && [from, await wire.ask(addressOf(from), { seconds: 60 })];
  };
  let asked = ask({ more: false });
  for (let page = await asked; page; page = await asked) {
    const [from, answer] = page;
    const cursor = after(from, answer);
    asked = ask(cursor);
    asked.catch(() => {}); // told when it is awaited, if this page can be kept
    yield { from, answer, cursor };
  }
}

async function nextArea({ store, session }, areas) {
  const { value: area } = areas.next();
  return area && cursorOf(store, area.id, session.epoch);
}

/**
 * What is certain to be new while a tablet without records is filled for the first time: whatever has not come before. A
 * record that moves meanwhile comes twice, and work of this tablet's own has been here all the time.
 */
class First {
  constructor(isFirst) {
    this.isFirst = isFirst;
    this.come = new Set();
  }

  isNew({ id, made }) {
    return this.isFirst && !made.length && !this.come.has(id);
  }

  note(ids) {
    for (const id of ids) if (this.isFirst) this.come.add(id);
  }

  // What comes by the feed is looked at one by one.
  end() {
    this.isFirst = false;
    this.come.clear();
  }
}

async function cursorOf(store, area, epoch) {
  const known = await store.get("cursors", area);
  const fresh = { area, epoch, position: null, page: null, whole: false };
  return { ...(known?.epoch === epoch ? known : fresh), more: true };
}

function addressOf({ area, whole, page, position }) {
  if (whole) return `pull?${new URLSearchParams({ area, after: position, limit: String(MOST_CHANGES) })}`;
  return `snapshot?${new URLSearchParams({ area, ...(page ? { page } : {}) })}`;
}

// Where reading goes on after a page: of a first download to its end, then by the feed.
function after(cursor, { position, next_page: page, next, more }) {
  if (cursor.whole) return { ...cursor, position: next, more };
  // Of the first page: what changes meanwhile comes by the feed.
  return { ...cursor, position: cursor.position ?? position, page, whole: !page };
}

/** Get some records anew, as in a first download. Gives how many came. */
export async function fetchAnew(tablet, wire, ids) {
  let count = 0;
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const want = ids.slice(start, start + AT_ONCE);
    const { records, areas } = await wire.ask("compare", { body: { want }, seconds: 60 });
    await (await alone(() => keepSnapshot(tablet, records, (id) => areas[id]))).done;
    count += records.length;
  }
  return count;
}

// Of a first download one page is folded while the one before it is on its way to the disk.
async function keepPage(tablet, { records }, cursor, how) {
  return keepSnapshot(tablet, records, () => cursor.area, { cursor, ...how });
}

async function keepNews(tablet, { from, cursor, answer }, { onStep, first }) {
  const { changes, evicted } = answer;
  if (!changes.length && !evicted.length && cursor.position === from.position) return;
  if (changes.length) first.end();
  await alone(() => keepFeed(tablet, answer, cursor));
  onStep({ area: cursor.area, records: changes.length });
}

// Gives `{done}` once the writing has begun.
async function keepSnapshot(tablet, snapshots, areaOf, { cursor = null, first = new First(false), after = null } = {}) {
  const { store } = tablet;
  const inputs = await inputsOf(store, snapshots.map((snapshot) => snapshot.record), { replaced: true });
  const pairs = inputs.map((each, i) => [each, told(areaOf(each.id), { snapshot: snapshots[i] })]);
  const folded = await inTurns(pairs, ([each, what]) => rowFrom(each, what));
  const own = inputs.flatMap(({ made }) => made).filter((change) => change.receipt);
  const stale = inputs.flatMap(({ pulled }) => pulled);
  const names = ["records", "meta", ...(own.length ? ["changes"] : []), ...(stale.length ? ["pulled"] : []), "cursors"];
  const begun = await store.begin(names, (rows) => {
    rows("meta").alter("clock", following(tablet, folded.map((row) => row.changed)));
    for (const [i, row] of folded.entries()) rows("records").put(row, { isNew: first.isNew(inputs[i]) });
    for (const change of own) rows("changes").amend(change.id, { settled: taken(change) });
    for (const { id } of stale) rows("pulled").delete(id);
    if (cursor) rows("cursors").put(cursor);
  }, { durability: WRITTEN_AGAIN, after });
  first.note(inputs.map(({ id }) => id));
  return begun;
}

async function keepFeed(tablet, { changes, evicted, now, ahead = [] }, cursor) {
  const { store } = tablet;
  const decoded = await inTurns(changes, decode);
  const arrived = decoded.map(({ id, record, text }) => ({ id, record, text }));
  const news = Map.groupBy(arrived, ({ record }) => record);
  const inputs = await inputsOf(store, [...news.keys()]);
  const anew = awaiting(inputs);
  const folded = await inTurns(inputs, (each) =>
    rowFrom(each, told(cursor.area, { also: news.get(each.id), anew: anew.has(each.id), ahead })),
  );
  const { gone, kept } = await evictable(store, evicted, cursor.area);
  const { settled, stale } = await replacedBy(store, [...anew, ...gone]);
  const confirmed = await confirmedBy(store, arrived);
  await store.write(["records", "changes", "pulled", "cursors", "meta"], (rows) => {
    for (const { id } of settled) rows("changes").amend(id, { settled: true });
    for (const { id } of stale) rows("pulled").delete(id);
    for (const change of confirmed) rows("changes").put({ ...change, receipt: { verdict: "stored", at: now } });
    rows("meta").alter("clock", following(tablet, decoded.map((change) => change.stamp)));
    for (const change of arrived) rows("pulled").put(change);
    for (const row of folded) rows("records").put(row);
    for (const id of gone) rows("records").delete(id);
    for (const row of kept) rows("records").put({ ...row, evicted: true });
    if (kept.length) rows("meta").alter("evicted", alsoEvicted(kept));
    rows("cursors").put(cursor);
  }, WRITTEN_AGAIN);
}

// What is told of a record as one of this area. A household that was joined to another lies where that one does, though it
// says itself where it is: only the area that it was fed by may take it away.
function told(area, what) {
  return { ...what, area, fed: area };
}

// What the server hands out it has taken: the answer to a push may have been lost, or an administrator released it.
async function confirmedBy(store, arrived) {
  const own = await store.some("changes", arrived.map(({ id }) => id));
  return own.filter((change) => change && !taken(change));
}

function alsoEvicted(rows) {
  return (known) => ({ name: "evicted", value: [...new Set([...(known?.value ?? []), ...rows.map(({ id }) => id)])] });
}

// Records that were evicted while work on them was here alone, and of which the feed now tells what counts.
function awaiting(inputs) {
  return new Set(inputs.filter(({ row }) => row?.evicted).map(({ id }) => id));
}
