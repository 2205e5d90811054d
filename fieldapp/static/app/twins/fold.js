/**
 * The fold: from the changes of one record, in any order and any number of times, to its state. Pure.
 * The same as sync/fold.py, where the words are explained; both are held to tests/cases/fold.json.
 */

import { WITHDRAWN, byMoment, putRight, sameAs } from "./change.js";

/**
 * The state of one record: `{record, survey, answers: {question: {value, heads, contested}}, withdrawn, withdrawals,
 * conflicts: {question: [values]}, form_version, created, changed, latest}`; the first head of an answer is the one shown.
 * `created` and `changed` are by the order of stamps, `latest` is what was made last by clocks put right.
 *
 * `ahead`: ids of the changes with stamps too far in the future; they lose to others. With a `snapshot` (a record as
 * the first download gives it, or what `kept` makes of that) the changes are those that came after it. Throws without
 * any change.
 */
export function fold(changes, ahead = [], snapshot = null) {
  const each = [...new Map(changes.map((change) => [change.id, change])).values()];
  const marked = new Set([...ahead, ...(snapshot?.ahead ?? [])]);
  const claims = [...(snapshot ? kept(snapshot).claims : []), ...each];
  if (!claims.length) throw new Error("a record without any change has no state");
  const heads = headsOf(claims, marked, snapshot?.awaited ?? {});
  const withdrawals = heads[WITHDRAWN] ?? [];
  delete heads[WITHDRAWN];
  const answers = mapped(heads, answerOf);
  const withdrawn = withdrawals.some(isTrue) && agreed(withdrawals, answers, claims);
  const conflicts = withdrawn ? {} : conflictsOf(answers);
  if (!withdrawn && withdrawals.some(isTrue)) conflicts[WITHDRAWN] = [true, false];
  return { ...marksOf(claims, marked), answers, withdrawn, withdrawals, conflicts };
}

/** The ids of the heads of each question, the withdrawal among them: what a new change names in its base. */
export function headIds(state) {
  const found = mapped(state.answers, (answer) => answer.heads.map((head) => head.id));
  if (state.withdrawals.length) found[WITHDRAWN] = state.withdrawals.map((head) => head.id);
  return found;
}

/** The value shown for each question. */
export function valuesOf(state) {
  return mapped(state.answers, (answer) => answer.value);
}

function headsOf(claims, ahead, awaited) {
  const made = new Map();
  const replaced = new Map(Object.entries(awaited).map(([question, ids]) => [question, new Set(ids)]));
  for (const claim of claims) {
    for (const question of Object.keys(claim.answers)) {
      at(made, question, () => []).push(claim);
      for (const id of seen(claim, question)) at(replaced, question, () => new Set()).add(id);
    }
  }
  const found = [];
  for (const question of [...made.keys()].sort()) {
    const gone = replaced.get(question);
    const left = gone ? made.get(question).filter((claim) => !gone.has(claim.id)) : made.get(question);
    const heads = left.length > 1 ? ranked(left, ahead) : left;
    if (heads.length) found.push([question, heads.map((claim) => headOf(claim, question))]);
  }
  return Object.fromEntries(found);
}

// The greatest first, each once: the heads of a snapshot may come again as changes.
function ranked(claims, ahead) {
  const once = [...new Map(claims.map((claim) => [claim.id, claim])).values()];
  return once.sort((one, other) => order(other, one, (claim) => !ahead.has(claim.id)));
}

// A question may be called "constructor", which every object has.
function seen(claim, question) {
  return Object.hasOwn(claim.base, question) ? claim.base[question] : [];
}

function at(map, key, make) {
  if (!map.has(key)) map.set(key, make());
  return map.get(key);
}

function order(one, other, flag) {
  const [a, b] = [one, other].map((claim) => `${Number(flag(claim))} ${claim.stamp} ${claim.id}`);
  return a < b ? -1 : Number(a > b);
}

function headOf(claim, question) {
  return { id: claim.id, value: claim.answers[question], ...markOf(claim) };
}

function answerOf(heads) {
  return { value: heads[0].value, heads, contested: heads.length > 1 && differing(heads).length > 1 };
}

function differing(heads) {
  return [...new Map(heads.map((head) => [sameAs(head.value), head.value])).values()];
}

function conflictsOf(answers) {
  const contested = Object.entries(answers).filter(([, answer]) => answer.contested);
  return Object.fromEntries(contested.map(([question, answer]) => [question, differing(answer.heads)]));
}

function isTrue(head) {
  return head.value === true;
}

// Whether every answer knew of every withdrawal, or was known to it: only then is the record gone.
function agreed(withdrawals, answers, claims) {
  if (!withdrawals.every(isTrue)) return false;
  const pairs = reconciled(claims);
  return Object.entries(answers).every(([question, { heads }]) =>
    heads.every((head) =>
      withdrawals.every(({ id }) => head.id === id || pairs.has(`${question} ${head.id} ${id}`)),
    ),
  );
}

function reconciled(claims) {
  const found = new Set();
  for (const { id, answers, base } of claims) {
    for (const question of Object.keys(answers)) {
      for (const withdrawal of base[WITHDRAWN] ?? []) found.add(`${question} ${id} ${withdrawal}`);
    }
    if (answers[WITHDRAWN] !== true) continue;
    for (const [question, heads] of Object.entries(base)) {
      for (const head of heads) found.add(`${question} ${head} ${id}`);
    }
  }
  return found;
}

function marksOf(claims, ahead) {
  const first = claims.reduce((one, other) => (order(other, one, (claim) => ahead.has(claim.id)) < 0 ? other : one));
  const last = claims.reduce((one, other) => (order(other, one, (claim) => !ahead.has(claim.id)) > 0 ? other : one));
  return {
    record: first.record,
    survey: first.survey,
    form_version: Math.max(...claims.map((claim) => claim.form_version)),
    created: markOf(first),
    changed: markOf(last),
    latest: markOf(latestOf(claims, ahead)),
  };
}

// A stamp too far in the future is believed no time, unless the clock behind it was known to be wrong.
function latestOf(claims, ahead) {
  const believed = claims.filter((claim) => !ahead.has(claim.id) || putRight(claim) !== null);
  return (believed.length ? believed : claims).toSorted(byMoment).at(-1);
}

function markOf({ stamp, author, device, made_at }) {
  return { stamp, author, device, made_at };
}

/** What there is to keep of a snapshot, and smaller than that: stand-in changes for its heads, `claims`. */
export function kept(snapshot) {
  const { claims = claimsOf(snapshot), ahead = [], awaited = {} } = snapshot;
  return { claims, ahead, awaited };
}

// One for each head that only claims answers; where a head knew or covers others, one for each of its answers.
function claimsOf({ record, survey, form_version, answers, made_at = {} }) {
  const found = new Map();
  for (const [question, { value, heads, stamps, conflict, knew, covers }] of Object.entries(answers)) {
    for (const [place, id] of heads.entries()) {
      const base = { ...(knew ? { [WITHDRAWN]: knew[place] } : {}), ...(covers?.[place] ?? {}) };
      const [stamp, key] = [stamps[place], knew || covers ? `${id} ${question}` : id];
      const known = { id, record, survey, form_version, base, stamp, device: stamp.slice(20), author: "", made_at: made_at[id] };
      const made = () => ({ ...known, answers: {} });
      at(found, key, made).answers[question] = conflict ? conflict[place] : value;
    }
  }
  return [...found.values()];
}

function mapped(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
