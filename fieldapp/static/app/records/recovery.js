/**
 * When the store is lost: told apart from a new tablet, made again from the second copy, and told to the person and to
 * the server. Rows come back as they lay, boxed: the PIN that opened them before opens them again. What has to be read
 * for it waits until the app is unlocked.
 */

import { alone } from "../ground/alone.js";
import { trueMoment } from "../ground/today.js";
import { isHereAlone, lyingParts } from "../store/copy.js";
import { StorageBroken } from "../store/errors.js";
import { momentOf } from "../store/moment.js";
import { thumbOf } from "../store/photos.js";
import { STORES } from "../store/stores.js";
import { isWhole } from "../store/vault.js";
import { refolded } from "./records.js";
import { waitingPhotos } from "./unsent.js";

/** What of `meta` makes a tablet this one. */
const WHO = [
  ...["device", "account", "areas", "node", "epoch", "server_key", "sealing_key", "revoked", "seq", "prev", "clock"],
  ...["loss", "lock", "courier", "offset", "told_at"],
];

/**
 * Write the second copy afresh from the store: who this tablet is, and all that has no receipt. What was damaged, or
 * could not be copied before, is whole again afterwards. Never throws: it is done again after the next sync.
 */
export function tidy(tablet) {
  return alone(() => afresh(tablet)).catch((error) => console.info("second copy:", error));
}

async function afresh({ store, session }) {
  if (!(await store.rawOne("meta", "device"))) return;
  await mendFirst(store, session);
  const who = (await store.raw("meta")).filter(({ name }) => WHO.includes(name));
  const damaged = await store.copy.replace(() => workOf(store, who));
  if (damaged) await session.keep({ copy_damaged: { at: await momentOf(store), damaged } });
}

async function workOf(store, who) {
  const changes = (await store.raw("changes", { index: "seq" })).filter(({ receipt }) => !receipt);
  const areas = await Promise.all(changes.map(async ({ record }) => (await store.rawOne("records", record))?.area ?? ""));
  const photos = (await store.raw("photos")).filter(isHereAlone);
  const entries = [
    { tablet: who },
    ...changes.map((change, i) => ({ change, area: areas[i], draft: null })),
    ...(await store.raw("drafts")).map((draft) => ({ draft })),
    ...photos.map((photo) => ({ photo })),
  ];
  return { entries, photos };
}

// What lies damaged in the store is brought back from the copy before that is written over; a row that is read is mended.
async function mendFirst(store, session) {
  if (session.lock && !(await isWhole((await store.rawOne("meta", "lock"))?.value))) await session.keep({ lock: session.lock });
  const waits = { meta: ({ name }) => WHO.includes(name), changes: ({ receipt }) => !receipt, drafts: () => true, photos: isHereAlone };
  for (const [name, isWork] of Object.entries(waits)) {
    await store.some(name, (await store.bare(name)).filter(isWork).map((row) => row[STORES[name].key]));
  }
  if ([...store.boxes.lost.values()].some(({ sure }) => !sure)) throw new Error("it could not be read");
}

/** Photos whose bytes are on this tablet alone: those of finished forms, then those of drafts. */
export async function unsentPhotos(store) {
  const kept = (await store.bare("photos")).filter((photo) => photo.state === "kept");
  return [...(await waitingPhotos(store)), ...kept];
}

/**
 * Bring back from the second copy what the store has lost: everything when it came up empty, else the finished changes,
 * drafts and photos it no longer has. Gives what was lost, which is also kept as "loss", or null when nothing was. Works while locked.
 */
export function recover(store) {
  return alone(async () => {
    const { entries, damaged } = await store.copy.read();
    const copied = gathered(entries);
    if (!copied.who) return null;
    return (await store.rawOne("meta", "device")) ? missing(store, copied, damaged) : everything(store, copied, damaged);
  });
}

/** What the lines say in the end: later ones take the place of earlier ones. `who`: the rows of `meta`. */
export function gathered(entries) {
  const found = { who: null, changes: new Map(), drafts: new Map(), photos: new Map() };
  for (const { tablet, change, area, draft, photos = [], photo, done } of entries) {
    if (tablet) found.who = rowsOf(tablet);
    if (change) found.changes.set(change.id, { change, area, photos });
    if (change || done) found.drafts.delete(change ? draft : done);
    else if (draft) found.drafts.set(draft.id, draft);
    if (photo) found.photos.set(photo.sha256, photo);
  }
  return found;
}

// An earlier version wrote `{name: value}`.
function rowsOf(tablet) {
  return Array.isArray(tablet) ? tablet : Object.entries(tablet).map(([name, value]) => ({ name, value }));
}

async function everything(store, { who, changes, drafts, photos }, damaged) {
  return bringBack(store, { who, changes: [...changes.values()], drafts: [...drafts.values()], photos: [...photos.values()] }, {
    named: new Set([...changes.values()].flatMap(photosNamedBy)),
    damaged,
  });
}

async function bringBack(store, { who, changes, drafts, photos }, { named, damaged }) {
  const back = [];
  for (const row of photos) if (await photoBack(store, row, named)) back.push(row);
  const missing = photos.length - back.length;
  const loss = lossOf(who, { changes: changes.length, drafts: drafts.length, photos: back.length, missing, damaged });
  await restore(store, changes, { who, loss, drafts });
  return loss;
}

// A change of an earlier version lies open, and says itself what it names.
function photosNamedBy({ change, photos }) {
  return [...photos, ...(change.text?.match(/[0-9a-f]{64}/g) ?? [])];
}

// Whatever is copied was in the store before: what is here only was lost there. A photo that nothing names any more was
// let go of; which a draft names cannot be read while it is closed, but whose record it is.
async function missing(store, copied, damaged) {
  const named = new Set([...copied.changes.values()].flatMap(photosNamedBy));
  const changes = await absent(store, "changes", copied.changes);
  const drafts = await absent(store, "drafts", copied.drafts);
  const begun = new Set(drafts.map(({ record }) => record));
  const lost = await absent(store, "photos", copied.photos);
  const photos = lost.filter(({ sha256, record }) => named.has(sha256) || begun.has(record));
  if (!changes.length && !drafts.length && !photos.length) return null;
  return bringBack(store, { who: await store.raw("meta"), changes, drafts, photos }, { named, damaged });
}

async function absent(store, name, copied) {
  const known = new Set((await store.bare(name)).map((row) => row[STORES[name].key]));
  return [...copied].filter(([key]) => !known.has(key)).map(([, each]) => each);
}

function lossOf(who, counted) {
  const known = Object.fromEntries(who.map(({ name, value }) => [name, value]));
  return { at: trueMoment(known), ...counted, told: false, seen: false };
}

async function photoBack(store, row, named) {
  const bytes = await store.copy.bytes(row.sha256);
  if (!bytes) return false;
  const state = named.has(row.sha256) ? "waiting" : row.state; // its form was finished after it was copied
  const parts = lyingParts(row, bytes);
  const more = row.box ? {} : { thumb: await thumbOf(bytes) };
  await store.write(["photos", "parts"], (rows) => {
    rows("photos").lay({ ...row, ...more, state });
    parts.forEach((part, i) => rows("parts").lay({ sha256: row.sha256, i, bytes: part }));
  });
  return true;
}

async function restore(store, copied, { who, loss, drafts = [] }) {
  const changes = copied.map(({ change }) => change);
  const refold = [...new Map(copied.map(({ change, area }) => [change.record, area]))];
  const before = (await store.rawOne("meta", "refold"))?.value ?? [];
  const known = { ...chainAfter(who, changes), loss, refold: [...before, ...refold] };
  await store.write(["meta", "changes", "drafts"], (rows) => {
    for (const change of changes) rows("changes").lay({ ...change, receipt: null });
    for (const draft of drafts) rows("drafts").lay(draft);
    for (const row of who) rows("meta").lay(row);
    for (const [name, value] of Object.entries(known)) rows("meta").put({ name, value });
  });
}

// What is made next follows the last change there is, in number and in time.
function chainAfter(who, changes) {
  const known = Object.fromEntries(who.map(({ name, value }) => [name, value]));
  const { seq = 0, prev = null, clock = null, device, courier } = known;
  const own = changes.filter(({ stamp }) => stamp.endsWith(courier?.device ?? device.id));
  const last = own.reduce((best, each) => (each.seq > best.seq ? each : best), { seq, id: prev });
  const stamps = own.map(({ stamp }) => stamp);
  return { seq: last.seq, prev: last.id, clock: [clock, ...stamps].filter(Boolean).sort().at(-1) ?? null };
}

/** Once unlocked: show in the records what came back. */
export async function refoldLost({ store, session }) {
  if (!session.refold?.length) return;
  await alone(async () => {
    const rows = [];
    for (const [id, area] of session.refold) rows.push(await refolded(store, id, { area }));
    await store.write(["meta", "records"], (asking) => {
      for (const row of rows) asking("records").put(row);
      asking("meta").put({ name: "refold", value: [] });
    });
  });
  session.refold = [];
}

/** What the server is told of a loss it has not heard of: parts of the address of hello. */
export function lossReport({ loss }) {
  if (!loss || loss.told) return {};
  const { at, changes, drafts, photos, missing, damaged } = loss;
  return { lost: at, changes, drafts, photos, missing, damaged };
}

/**
 * The server has heard of the loss. Numbers it knows and this tablet does not are not given out a second time: their
 * changes are there already.
 */
export async function lossTold({ store, session }, { last_seq: last = 0 }) {
  const { loss } = session;
  if (!loss || loss.told) return;
  await alone(async () => {
    const behind = (await store.known("seq", 0)) < last;
    await session.keep({ loss: { ...loss, told: true }, ...(behind ? { seq: last, prev: null } : {}) });
  });
}

// --- rows that say whose this store is, and came to harm ---

/**
 * The lock that the second copy has, laid again; `lying` is what stands in its place. Where there is none, one that no PIN
 * opens, `harmed`: the server gives the key back to whoever has a code, if it was `sealed` for the province.
 */
export async function lockAgain(store, lying, label) {
  const { who } = gathered((await store.copy.read()).entries);
  const copied = who?.find(({ name }) => name === "lock")?.value;
  const { tries = 0, until = 0 } = lying ?? copied ?? {};
  if (!(await isWhole(copied))) return { label, tries, until, sealed: lying?.sealed ?? copied?.sealed ?? null, harmed: true };
  const lock = { ...copied, tries, until };
  await store.write(["meta"], (rows) => rows("meta").put({ name: "lock", value: lock }));
  return lock;
}

/**
 * Which device this is, as far as other rows know it: enough to go on working, and to be connected again by the same
 * person, with no word for the server. Throws StorageBroken where nothing says whose the work is.
 */
export async function deviceAgain(store, { account, courier }) {
  const made = [...(await store.all("drafts")), ...(await store.all("changes")).map(({ text }) => JSON.parse(text))];
  const author = account?.id ?? made[0]?.author;
  if (!courier || !author) throw new StorageBroken("device");
  return { id: courier.device, token: null, author, name: "" };
}
