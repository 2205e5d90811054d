/**
 * When the store is lost: told apart from a new tablet, made again from the second copy, and told to the person and to
 * the server.
 */

import { cut, thumbOf } from "./photos.js";
import { lean } from "./copy.js";
import { waiting, waitingPhotos } from "./outbox.js";
import { alone, refolded } from "./records.js";

/** What of `meta` makes a tablet this one. */
const WHO = ["device", "account", "areas", "node", "epoch", "server_key", "revoked", "seq", "prev", "clock", "loss"];

/**
 * Write the second copy afresh from the store: who this tablet is, and all that has no receipt. What was damaged, or
 * could not be copied before, is whole again afterwards. Never throws: it is done again after the next sync.
 */
export function tidy(tablet) {
  return alone(() => afresh(tablet)).catch((error) => console.info("second copy:", error));
}

async function afresh({ store, session }) {
  const known = await store.all("meta");
  const who = Object.fromEntries(known.filter(({ name }) => WHO.includes(name)).map((row) => [row.name, row.value]));
  if (!who.device) return;
  const [changes, drafts] = await Promise.all([waiting(store), store.all("drafts")]);
  const areas = await Promise.all(changes.map(async ({ record }) => (await store.get("records", record))?.area ?? ""));
  const photos = await unsentPhotos(store);
  const entries = [
    { tablet: who },
    ...changes.map((change, i) => ({ change, area: areas[i], draft: null })),
    ...drafts.map((draft) => ({ draft })),
    ...photos.map((row) => ({ photo: lean(row) })),
  ];
  const damaged = await store.copy.replace(entries, photos);
  if (damaged) await session.keep({ copy_damaged: { at: new Date().toISOString(), damaged } });
}

/** Photos whose bytes are on this tablet alone: those of finished forms, then those of drafts. */
export async function unsentPhotos(store) {
  const kept = (await store.all("photos")).filter((photo) => photo.state === "kept");
  return [...(await waitingPhotos(store)), ...kept];
}

/**
 * Bring back from the second copy what the store has lost: everything when it came up empty, else the finished changes
 * it no longer has. Gives what was lost, which is also kept as "loss", or null when nothing was.
 */
export function recover(store) {
  return alone(async () => {
    const { entries, damaged } = await store.copy.read();
    const copied = gathered(entries);
    if (!copied.who) return null;
    return (await store.known("device")) ? missing(store, copied, damaged) : everything(store, copied, damaged);
  });
}

/** What the lines say in the end: later ones take the place of earlier ones. */
export function gathered(entries) {
  const found = { who: null, changes: new Map(), drafts: new Map(), photos: new Map() };
  for (const { tablet, change, area, draft, photo, done } of entries) {
    if (tablet) found.who = tablet;
    if (change) found.changes.set(change.id, { change, area });
    if (change || done) found.drafts.delete(change ? draft : done);
    else if (draft) found.drafts.set(draft.id, draft);
    if (photo) found.photos.set(photo.sha256, photo);
  }
  return found;
}

async function everything(store, { who, changes, drafts, photos }, damaged) {
  const named = new Set([...changes.values()].flatMap(({ change }) => change.text.match(/[0-9a-f]{64}/g) ?? []));
  const back = [];
  for (const row of photos.values()) if (await photoBack(store, row, named)) back.push(row);
  const loss = lossOf({ changes, drafts, photos: back.length, missing: photos.size - back.length, damaged });
  await restore(store, [...changes.values()], { ...who, loss }, [...drafts.values()]);
  return loss;
}

// Changes are in the store before they are copied: one that is here only was lost there.
async function missing(store, { changes }, damaged) {
  const known = new Set((await store.all("changes")).map(({ id }) => id));
  const gone = [...changes.values()].filter(({ change }) => !known.has(change.id));
  if (!gone.length) return null;
  const loss = lossOf({ changes: { size: gone.length }, damaged });
  const [device, seq, prev, clock] = await Promise.all(["device", "seq", "prev", "clock"].map((name) => store.known(name)));
  await restore(store, gone, { device, seq, prev, clock, loss });
  return loss;
}

function lossOf({ changes, drafts = { size: 0 }, photos = 0, missing = 0, damaged }) {
  const at = new Date().toISOString();
  return { at, changes: changes.size, drafts: drafts.size, photos, missing, damaged, told: false, seen: false };
}

async function photoBack(store, row, named) {
  const bytes = await store.copy.bytes(row.sha256);
  if (!bytes) return false;
  const state = named.has(row.sha256) ? "waiting" : row.state; // its form was finished after it was copied
  const thumb = await thumbOf(bytes);
  await store.write(["photos", "parts"], (rows) => {
    rows("photos").put({ ...row, state, thumb });
    cut(bytes).forEach((part, i) => rows("parts").put({ sha256: row.sha256, i, bytes: part }));
  });
  return true;
}

async function restore(store, copied, who, drafts = []) {
  const records = [];
  for (const [id, some] of Map.groupBy(copied, ({ change }) => change.record)) {
    records.push(await refolded(store, id, { also: some.map(({ change }) => change), area: some.at(-1).area }));
  }
  const known = { ...who, ...chainAfter(who, copied.map(({ change }) => change)) };
  await store.write(["meta", "changes", "drafts", "records"], (rows) => {
    for (const { change } of copied) rows("changes").put({ ...change, receipt: null });
    for (const draft of drafts) rows("drafts").put(draft);
    for (const record of records) rows("records").put(record);
    for (const [name, value] of Object.entries(known)) rows("meta").put({ name, value });
  });
}

// What is made next follows the last change there is, in number and in time.
function chainAfter({ device, seq = 0, prev = null, clock = null }, changes) {
  const own = changes.filter(({ stamp }) => stamp.endsWith(device.id));
  const last = own.reduce((best, each) => (each.seq > best.seq ? each : best), { seq, id: prev });
  const stamps = own.map(({ stamp }) => stamp);
  return { seq: last.seq, prev: last.id, clock: [clock, ...stamps].filter(Boolean).sort().at(-1) ?? null };
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
