/** Sending what waits, and keeping what became of it. Nothing counts as sent without a receipt. */

import { _ } from "../ground/i18n.js";
import { changeId } from "../twins/change.js";
import { momentOf } from "../store/moment.js";
import { whereFull } from "../store/errors.js";
import { wholeOrMended } from "../store/mending.js";
import { partOf } from "../store/pieces.js";
import { goingPhotos, waiting } from "../records/unsent.js";
import { sealedChanges, sendSealed } from "./sealed.js";
import { amendPhoto, markRefused, upload } from "./upload.js";
import { NoNetwork, Refused } from "./wire.js";

const MOST_CHANGES = 100;
const MOST_CHARACTERS = 100_000;
const LEAST_CHARACTERS = 4000;
// What cannot be read here any more, the province can: it was sealed when it was finished.
async function closed(store) {
  const readable = new Set((await waiting(store)).map(({ id }) => id));
  return (await sealedChanges(store)).filter(({ id }) => !readable.has(id));
}

/**
 * What is known of the line: what one request may carry of text, less after each that did not get through and more after
 * each that did; and whether it `breaks`.
 */
export class Load {
  characters = MOST_CHARACTERS;
  breaks = false;

  passed() {
    this.characters = Math.min(MOST_CHARACTERS, this.characters * 2);
  }

  lost(changes) {
    this.characters = Math.max(LEAST_CHARACTERS, Math.floor(Math.min(this.characters, sizeOf(changes)) / 2));
  }
}

/**
 * Send what waits, in parts the network can carry; every change gets its receipt. `onStep(n)` follows each part.
 * The order is that in which it was made: the server then sees no gaps in the numbers of this tablet, and all the text
 * of a day is smaller than one photo. A server for which this app is too old stores everything, and only then is that
 * thrown.
 * @param {(n: number) => void} onStep
 */
export async function push(store, wire, onStep = () => {}, load = new Load()) {
  let most = MOST_CHANGES;
  let outdated = null;
  for (let left = await sendable(store); left.length; left = await sendable(store)) {
    const some = await sound(store, portion(left, most, load.characters));
    if (!some.length) continue;
    await markTried(store, some);
    try {
      const answer = await wire.ask("push", { body: { changes: some.map((change) => change.text) } });
      await keepReceipts(store, some, answer);
    } catch (error) {
      if (error instanceof Refused && error.outdated && error.answer?.results) {
        await keepReceipts(store, some, error.answer);
        outdated = error;
      } else if (error instanceof Refused && error.status === 413 && most > 1) {
        most = Math.max(1, Math.floor(some.length / 2));
      } else {
        if (error instanceof NoNetwork) load.lost(some);
        throw error;
      }
    }
    load.passed();
    onStep(some.length);
  }
  await sendSealed(store, wire, closed);
  if (outdated) throw outdated;
}

/**
 * Hand in what waits and is sound although this tablet was switched off: the server keeps it for an administrator, and
 * tells nothing else. Gives the number of changes; throws Refused when it has never heard of this tablet.
 */
export async function salvage(store, wire) {
  let count = 0;
  for (let left = await sendable(store); left.length; left = await sendable(store)) {
    const some = await sound(store, portion(left, MOST_CHANGES));
    if (!some.length) continue;
    const { received, now } = await wire.ask("salvage", { body: { changes: some.map((change) => change.text) } });
    if (received !== some.length) throw new Error("an answer without receipts");
    const results = some.map(({ id }) => ({ id, verdict: "held", reason: "revoked", message: HANDED_IN() }));
    await keepReceipts(store, some, { results, now });
    count += some.length;
  }
  return count;
}

const HANDED_IN = () => _("Handed in after this tablet was switched off. An administrator decides.");

// Of what waits, all but what is known to be damaged.
async function sendable(store) {
  return (await waiting(store)).filter((change) => !change.damaged);
}

// Those of these changes that still say what they said when they were made. The others are marked, and never sent.
async function sound(store, changes) {
  const ids = await Promise.all(changes.map(({ text }) => changeId(text)));
  const damaged = changes.filter(({ id }, i) => ids[i] !== id);
  if (!damaged.length) return changes;
  await store.write(["changes"], (rows) => {
    for (const { id } of damaged) rows("changes").amend(id, { damaged: true });
  });
  return changes.filter((change) => !damaged.includes(change));
}

function portion(changes, most, characters = MOST_CHARACTERS) {
  let sum = 0;
  const fits = changes.slice(0, most).filter(({ text }) => (sum += text.length) <= characters);
  return fits.length ? fits : changes.slice(0, 1);
}

function sizeOf(changes) {
  return changes.reduce((sum, { text }) => sum + text.length, 0);
}

async function markTried(store, changes) {
  const now = await momentOf(store);
  const noted = store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").amend(change.id, { tried_at: now });
  });
  await noted.catch(whereFull(() => {})); // without room for the note it goes all the same
}

async function keepReceipts(store, changes, { results, now, batch = null }) {
  const verdicts = new Map(results.map((result) => [result.id, result]));
  const receipted = changes.filter((change) => verdicts.has(change.id));
  if (!receipted.length) throw new Error("an answer without receipts");
  await store.keep(["changes"], (rows) => {
    for (const change of receipted) {
      const { verdict, reason = null, message = null } = verdicts.get(change.id);
      rows("changes").put({ ...change, sealed: null, receipt: { verdict, reason, message, at: now, batch } });
    }
  });
}

/**
 * Send what the server lacks of each waiting photo, the newest first. `onStep(bytes, fresh)` follows each part: `fresh`
 * unless the server had it before. `between()` is awaited before each photo: text that was finished meanwhile goes first.
 * One that the server refuses is marked with the reason, stops no other, and is tried only `again`.
 */
export async function pushPhotos(store, wire, how = {}) {
  const { onStep = () => {}, between = async () => {}, load = new Load(), again = false } = how;
  const tried = new Set();
  const next = async () => (await goingPhotos(store, again)).find(({ sha256 }) => !tried.has(sha256));
  for (let photo = await next(); photo; photo = await next()) {
    tried.add(photo.sha256);
    await between();
    await pushPhoto(store, wire, photo, { onStep, load }).catch((error) => {
      load.breaks ||= error instanceof NoNetwork;
      return markRefused(store, photo, error);
    });
  }
}

// A photo goes as it lies, under its own key, so that it can be gone on with while the app is locked. In the clear goes
// only what this server cannot open.
async function pushPhoto(store, wire, photo, how) {
  try {
    await pushWhole(store, wire, photo, how);
  } catch (error) {
    if (!photo.sealed || error.code !== "unopened") throw error;
    await amendPhoto(store, photo, { sealed: null });
    await pushWhole(store, wire, { ...photo, sealed: null }, how);
  }
}

async function pushWhole(store, wire, photo, how) {
  const whole = await wholeOrMended(store, photo);
  if (!whole) return amendPhoto(store, photo, { state: "damaged" });
  return upload(store, wire, photo, { ...how, ...(photo.sealed ? {} : { part: (i) => partOf(whole, i) }) });
}

function unsent(change) {
  return { ...change, receipt: null, settled: false, earlier: change.receipt ?? change.earlier };
}

/** The server lacks changes it has given a receipt for: offer them again. Gives their number. */
export async function offerLost(store, lost) {
  const changes = (await store.all("changes")).filter(({ id }) => lost.has(id));
  await store.write(["changes"], (rows) => {
    for (const change of changes) rows("changes").put(unsent(change));
  });
  return changes.length;
}

/** The server was put back to an earlier day: offer again everything it may have lost. */
export async function offerAgain(store) {
  const changes = await store.all("changes");
  const photos = (await store.bare("photos")).filter(({ state, let_go: gone }) => state === "stored" && !gone);
  await store.write(["changes", "photos"], (rows) => {
    for (const change of changes) rows("changes").put(unsent(change));
    for (const { sha256 } of photos) rows("photos").amend(sha256, { state: "waiting", sent: 0, refused: null });
  });
}
