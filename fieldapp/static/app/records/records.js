/** Records as this tablet knows them: folded from the first download, what came later, and what was made here. */

import { alone } from "../ground/alone.js";
import { readClock } from "../ground/today.js";
import { WITHDRAWN, byMoment, decode, encode, putRight, sameAs } from "../twins/change.js";
import { Clock } from "../twins/clock.js";
import { fold, headIds, kept, valuesOf } from "../twins/fold.js";
import { sealChange } from "../twins/seal.js";
import { partsOf } from "../store/pieces.js";
import { taken } from "./unsent.js";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Finish a form: its answers become a change, in one strict transaction with the end of the draft.
 * `draft` says the record, its area, and what its author saw when it was begun. Only answers that differ are in the
 * change. Gives the change's row, or null when nothing differs.
 */
export async function finish({ store, session, forms }, draft, answers) {
  const different = differing(answers, draft.given.values);
  return alone(async () => {
    const [change, [inputs], { named, idle }] = await Promise.all([
      Object.keys(different).length ? compose(store, session, forms, draft, different) : null,
      inputsOf(store, [draft.record]),
      photosOf(store, draft, answers),
    ]);
    const row = change && (await rowFrom(inputs, { also: [change], area: draft.area }));
    await store.keep(["changes", "records", "meta", "drafts", "photos", "parts"], (rows) => {
      if (change) keep(rows, change, row);
      const by = { record: draft.record, change: change?.id ?? null };
      for (const { sha256 } of named) rows("photos").amend(sha256, { ...by, state: "waiting" });
      for (const photo of idle) forgetPhoto(rows, photo);
      rows("drafts").delete(draft.id);
    });
    return change;
  });
}

/** Settle what is contested, or any answer, without a form: `answers` are what the person chose. */
export async function settle({ store, session, forms }, row, answers) {
  return alone(async () => {
    const { id: record, survey, values, heads } = row;
    const change = await compose(store, session, forms, { record, survey, given: { values, heads } }, answers);
    const folded = await refolded(store, row.id, { also: [change], area: row.area });
    await store.keep(["changes", "records", "meta"], (rows) => keep(rows, change, folded));
    return change;
  });
}

/**
 * The photos of unfinished forms that a draft's end concerns: `named` by the answers, and `idle`: taken for this draft
 * and named by nothing any more, neither here nor in another draft.
 */
export async function photosOf(store, draft, answers) {
  const [photos, drafts, begun] = await Promise.all([store.bare("photos"), store.all("drafts"), store.bare("drafts")]);
  const unread = begun.length > drafts.length; // what a damaged draft names is not known
  const kept = photos.filter((photo) => photo.state === "kept");
  const others = drafts.filter(({ id }) => id !== draft.id);
  const [here, elsewhere] = [hashesIn(answers), hashesIn(others)];
  const idle = ({ record, sha256 }) => !unread && record === draft.record && !here.has(sha256) && !elsewhere.has(sha256);
  return { named: kept.filter(({ sha256 }) => here.has(sha256)), idle: kept.filter(idle) };
}

function hashesIn(value) {
  return new Set(JSON.stringify(value).match(/[0-9a-f]{64}/g));
}

/** Take a photo off the tablet: its row and its parts. */
export function forgetPhoto(rows, { sha256 }) {
  rows("photos").delete(sha256);
  rows("parts").delete(partsOf(sha256));
}

function keep(rows, change, row) {
  rows("changes").put(change);
  rows("records").put(row);
  rows("meta").put({ name: "seq", value: change.seq });
  rows("meta").put({ name: "prev", value: change.id });
  rows("meta").put({ name: "clock", value: change.stamp });
}

async function compose(store, session, forms, { record, survey, given }, answers) {
  const [seq, prev, last] = await Promise.all([store.known("seq", 0), store.known("prev"), store.known("clock")]);
  const { id: device, author } = session.device;
  const made_at = { wall: new Date().toISOString(), tz: zone(), offset_ms: Math.round(readClock(session).off ?? 0) };
  const text = encode({
    survey,
    record,
    answers,
    base: baseOf(answers, given.heads),
    stamp: new Clock(device, Date.now, last).tick(),
    device,
    seq: seq + 1,
    prev,
    author,
    form_version: forms.surveys[survey].version,
    made_at,
  });
  const { id, stamp } = await decode(text);
  const sealed = await sealChange(session.sealing_key, { id, text }); // so that it can be sent while the app is locked
  return { id, text, record, survey, seq: seq + 1, stamp, made_at: dayClock({ made_at }), sealed, receipt: null, settled: false };
}

/** When a change was made, as tablet and server count days: by the clock it says, put right where that was known to be far off. */
export function dayClock({ made_at }) {
  return new Date(putRight({ made_at }) ?? made_at.wall).toISOString();
}

/** The time zone of the tablet: `+07:00`. */
function zone() {
  const minutes = -new Date().getTimezoneOffset();
  const two = (value) => String(Math.trunc(Math.abs(value))).padStart(2, "0");
  return `${minutes < 0 ? "-" : "+"}${two(minutes / 60)}:${two(minutes % 60)}`;
}

// An edit names every head its author saw of what it answers, and the withdrawals it knew; a withdrawal names them all.
function baseOf(answers, heads) {
  const about = WITHDRAWN in answers ? Object.keys(heads) : [...Object.keys(answers), WITHDRAWN];
  const names = about.filter((question) => heads[question]?.length);
  return Object.fromEntries(names.map((question) => [question, heads[question]]));
}

/** The answers that differ from those shown. */
export function differing(answers, shown) {
  const changed = Object.entries(answers).filter(([question, value]) => !same(value, shown[question]));
  return Object.fromEntries(changed);
}

/** Whether two answers are one: no answer and an emptied one are. */
export function same(one, other) {
  return sameAs(one ?? null) === sameAs(other ?? null);
}

/**
 * The row of a record, made again from what is here. `also`: rows of changes that are about to be written; `snapshot`:
 * a newer first download, which replaces what came before it; `anew`: so does what comes now, by the feed; `ahead`: ids
 * of changes newly known to lie in the future; `fed`: the area in which the server has it.
 */
export async function refolded(store, id, what = {}) {
  const [inputs] = await inputsOf(store, [id]);
  return rowFrom(inputs, what);
}

/**
 * What is here of some records, each `{id, row, pulled, made}`: all that `rowFrom` needs. Where the rows are to be
 * `replaced`, only those are read that somebody here has worked on: nothing depends on the others.
 */
export async function inputsOf(store, ids, { replaced = false } = {}) {
  const [pulled, made] = await Promise.all(["pulled", "changes"].map((name) => store.groups(name, "record", ids)));
  const needed = ids.filter((_id, i) => !replaced || made[i].length);
  const rows = new Map((await store.some("records", needed)).map((row, i) => [needed[i], row]));
  return ids.map((id, i) => ({ id, row: rows.get(id), pulled: pulled[i], made: made[i] }));
}

/** The row of a record from what `inputsOf` gave; the rest as for `refolded`. */
export async function rowFrom(inputs, { also = [], snapshot = null, anew = false, area = null, ahead = [], fed = inputs.row?.fed } = {}) {
  const replaced = Boolean(snapshot) || anew;
  const old = replaced ? { area: inputs.row?.area } : inputs.row;
  const pulled = replaced ? [] : inputs.pulled;
  const own = inputs.made.filter((change) => !included(change, replaced));
  const changes = await Promise.all([...pulled, ...own, ...also].map((change) => decode(change.text)));
  const marked = [...new Set([...(old?.ahead ?? []), ...ahead])];
  const base = snapshot ? kept(snapshot) : (old?.snapshot ?? null);
  const state = fold(changes, marked, base);
  const news = changedAfter(inputs, state.latest);
  const left = !replaced && inputs.row?.evicted ? { evicted: true } : {};
  return { ...rowOf(inputs.id, state, area ?? old?.area ?? ""), fed, snapshot: base, ahead: marked, news, seen: inputs.row?.seen, ...left };
}

// Whether somebody else has changed a record since this tablet did, and nobody has looked at it here since.
function changedAfter({ made, row }, latest) {
  const mine = lastOf(made.map(saidOf));
  return Boolean(mine) && byMoment(latest, mine) > 0 && latest.device !== mine.device && row?.seen !== latest.stamp;
}

/** What of some changes was made last; undefined of none. */
export function lastOf(changes) {
  return changes.toSorted(byMoment).at(-1);
}

/** What a change says: it lies here as its text, or as what a download told of it. */
export function saidOf(change) {
  return change.text ? JSON.parse(change.text) : change;
}

/** What was made last of a record; rows of an earlier version know only by which stamp. */
export function latestOf({ latest, changed }) {
  return latest ?? { stamp: changed };
}

/** Somebody has looked at what others changed: lists speak of it no more. */
export function markSeen(store, shown) {
  const seen = latestOf(shown).stamp;
  return alone(async () => {
    const row = await store.get("records", shown.id);
    if (row?.news && latestOf(row).stamp === seen) {
      await store.write(["records"], (rows) => rows("records").put({ ...row, news: false, seen }));
    }
  });
}

// What the server has taken is part of what replaces it here, perhaps already replaced there, or it does not count.
function included(change, replaced) {
  return change.settled || (replaced && taken(change));
}

function rowOf(id, state, area) {
  const [values, heads] = [valuesOf(state), headIds(state)];
  const place = values.village ?? area; // a household says itself where it is
  return {
    id,
    survey: state.survey,
    area: place,
    survey_area: `${state.survey} ${place}`,
    refs: Object.values(values).filter((value) => typeof value === "string" && UUID.test(value)),
    values,
    heads,
    ids: distinct(heads),
    choices: choicesOf(state),
    conflicts: state.conflicts,
    withdrawn: state.withdrawn,
    changed: state.changed.stamp,
    latest: told(state.latest),
  };
}

/** The ids of all heads of a row, each once. Rows of an earlier version have them by question only. */
export function idsOf({ ids, heads }) {
  return ids ?? distinct(heads);
}

function distinct(heads) {
  return [...new Set(Object.values(heads).flat())];
}

// What tells the moment of a change; what it says of a clock that was right is left out.
function told({ stamp, made_at }) {
  return putRight({ made_at }) === null ? { stamp } : { stamp, made_at };
}

// Of a contested answer, every value with its moment, for a person to compare; the same of a contested withdrawal.
function choicesOf(state) {
  const said = (head) => ({ value: head.value, device: head.device, ...told(head) });
  const sides = (question) => (question === WITHDRAWN ? fates(state) : state.answers[question].heads);
  return Object.fromEntries(Object.keys(state.conflicts).map((question) => [question, sides(question).map(said)]));
}

// Whoever answered without knowing of a withdrawal takes it that the record stays: the last answer stands for them.
function fates({ withdrawals, answers }) {
  if (!withdrawals.every(({ value }) => value)) return withdrawals;
  const given = Object.values(answers).flatMap(({ heads }) => heads);
  const last = given.reduce((one, other) => (other.stamp > one.stamp ? other : one));
  return [...withdrawals, { ...last, value: false }];
}

/** Follow the stamps of others, so that what is made here next comes after them: what becomes of the row "clock". */
export function following({ session }, stamps) {
  return (row) => {
    const clock = new Clock(session.device.id, Date.now, row?.value);
    for (const stamp of stamps) clock.see(stamp);
    return { name: "clock", value: clock.last };
  };
}

/** The records that name this one, or a household that is a part of it: needs and visits of a household, decisions about a need. */
export async function about(store, id, survey = null, known = new Set([id])) {
  const rows = (await store.all("records", { index: "refs", only: id })).filter((row) => !row.withdrawn);
  const parts = rows.filter((row) => isMerge(row) && row.values.household === id).map(({ values }) => values.other).filter((part) => !known.has(part));
  const all = [...known, ...parts];
  const more = await Promise.all(parts.map((part) => about(store, part, survey, new Set(all))));
  return [...rows.filter((row) => row.survey !== "pairing" && (!survey || row.survey === survey)), ...more.flat()];
}

/** Whether a record says that two households are one. */
export function isMerge({ survey, values }) {
  return survey === "pairing" && values.verdict === "same";
}
