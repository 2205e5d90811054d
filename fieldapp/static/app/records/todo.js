/** What there is to do, from what this tablet holds: it needs no server for that. */

import { pause } from "../ground/pause.js";
import { today } from "../ground/today.js";
import { howFar, needsThatCount } from "../twins/counting.js";
import { toVisit } from "./assigned.js";
import { momentOf } from "../twins/change.js";
import { latestOf } from "./records.js";
import { reviewFrom } from "./status.js";

/** A house that was visited in the last days can wait. */
const REST_DAYS = 7;
const DAY_MS = 86_400_000;

/** A refusal asks for nothing: so long it is told. */
const TOLD_DAYS = 30;

/** So long the first page waits for the whole; beyond, it shows what it has. */
const MOMENT_MS = 300;

/** The surveys of which there is more to do than to look at what differs: as `read` takes them. */
const NAMED = ["household", "housing_need", "progress_visit", "decision", "reply", "support_list", "list_line", "support_case", "assignment"];

/**
 * Everything there is to do: `returned` to be corrected, `refused` by the supervisor of late, `alerts` where answers differ or somebody else changed
 * something, `assigned`: households that this person is to visit, the earliest day first, `meetings` of villages whose list is open, `awaiting` a progress visit (approved needs, those late to begin
 * first, then the longest unvisited; `late`: how many days after the approval it should have begun, or null), `unsurveyed` households, by given name. Each is `{id, area}`; those of which there is more to say
 * have their line as `row`, with `decision` or `visit` where there is one; `elsewhere`: somebody else is to visit it. It is kept on the tablet: the
 * first page of the day waits for no lists.
 */
export class Work {
  constructor(tablet) {
    this.tablet = tablet;
    this.known = null;
  }

  /** All of it, without what is begun already. */
  async all() {
    return this.#withoutBegun(await this.#whole());
  }

  /** All of it if that takes a moment only; else what was known before, or null, and `onLater()` follows. */
  async soon(onLater) {
    const whole = this.#whole();
    const found = await Promise.race([whole, new Promise((resolve) => setTimeout(resolve, MOMENT_MS))]);
    const shown = found ?? this.known;
    if (!found) whole.then((later) => later !== shown && onLater()).catch((error) => console.error(error));
    return shown && this.#withoutBegun(shown);
  }

  // Made anew when a list has changed, or a day has gone by.
  async #whole() {
    const { lists, store, households, session, forms } = this.tablet;
    const [day, me] = [today(session) ?? "", session.device?.author ?? ""];
    const others = [...NAMED.slice(1), ...Object.keys(forms.surveys).filter((name) => !NAMED.includes(name))];
    const within = { spans: session.start_within ?? [], usual: forms.start_within_days };
    this.known = await lists.derived("work", [NAMED[0], ...others], `${day} ${me} ${JSON.stringify(within)}`, async () => {
      /** @type {any} */
      const some = await Promise.all([households.all(), ...others.map((survey) => lists.of(survey))]);
      const merged = await households.merged();
      const kept = merged.size ? some.map((rows) => rows.map((row) => keptIn(row, merged))) : some;
      return read(store, kept, { day, me, forms, within });
    });
    return this.known;
  }

  async #withoutBegun({ assigned, awaiting, unsurveyed, ...others }) {
    const drafts = await this.tablet.store.all("drafts");
    const begun = (survey, question) =>
      new Set(drafts.filter((draft) => draft.survey === survey).map(({ answers }) => answers[question]));
    const [visits, needs] = [begun("progress_visit", "need"), begun("housing_need", "household")];
    const visited = new Set([...needs, ...begun("progress_visit", "household")]);
    const open = (all, started) => all.filter(({ id }) => !started.has(id));
    return { ...others, assigned: open(assigned, visited), awaiting: open(awaiting, visits), unsurveyed: open(unsurveyed, needs) };
  }
}

// What names a merged household is work about the kept one.
function keptIn(row, merged) {
  const kept = merged.get(row.values?.household);
  return kept ? { ...row, values: { ...row.values, household: kept } } : row;
}

async function read(store, [households, needs, visits, decisions, replies, lists, votes, cases, assignments, ...others], { day, me, forms, within }) {
  const decided = newestBy(decisions, (row) => row.values.subject, (row) => row.changed);
  await pause();
  const here = new Map([...households, ...needs, ...visits].map((row) => [row.id, row]));
  await pause();
  const said = (verdict) => [...decided.values()].filter(({ values }) => values.verdict === verdict);
  const late = said("refuse").filter((row) => isOfLate(momentOf(latestOf(row)), day));
  const [sentBack, refused] = [await holding("returned", store, here, said("return"), replies), await holding("refused", store, here, late)];
  const due = awaiting({ needs, visits, decided, late: lateNeeds(cases, day, within) }, forms, day);
  await pause();
  const alerts = alertsAmong([households, needs, visits, lists, votes, cases, ...others].flat());
  const given = toVisit(assignments, needs, visits);
  const open = {
    awaiting: withoutMine(due, given, me, ({ row }) => row.values.household),
    unsurveyed: withoutMine(unsurveyed(households, needs), given, me, ({ id }) => id),
  };
  return { returned: sentBack, refused, alerts, assigned: assigned(given, here, me), meetings: meetings(lists, votes), ...open };
}

// What this person is to visit, as far as the household is here: it may have moved to another village meanwhile.
function assigned(given, here, me) {
  const mine = [...given].filter(([household, { values }]) => values.person === me && here.has(household));
  const found = mine.map(([id, row]) => ({ id, area: here.get(id).area, row }));
  return found.sort((one, other) => (one.row.values.due_on < other.row.values.due_on ? -1 : 1));
}

// What stands among the visits to make is not told twice; what somebody else is to visit is marked.
function withoutMine(all, given, me, householdOf) {
  const told = all.map((one) => [one, given.get(householdOf(one))?.values.person]);
  return told.filter(([, person]) => person !== me || !me).map(([one, person]) => (person ? { ...one, elsewhere: true } : one));
}

// What differs waits for a decision; what somebody changed waits to be seen.
function alertsAmong(rows) {
  const [differ, others] = [rows.filter(({ contested }) => contested), rows.filter(({ contested, news }) => news && !contested)];
  return [...differ, ...others].map(({ id, area }) => ({ id, area }));
}

// Of each key, the row that is newest by `order`.
function newestBy(rows, key, order) {
  const found = new Map();
  for (const row of rows) {
    const before = found.get(key(row));
    if (!before || order(before) < order(row)) found.set(key(row), row);
  }
  return found;
}

// Those of these decisions that hold for their record as it stands, in this state. Where the line does not tell what was
// seen, or there is none, the record is read: few are sent back.
async function holding(state, store, here, decisions, replies) {
  const found = await Promise.all(
    decisions.map(async (decision) => {
      const { subject } = decision.values;
      const line = here.get(subject);
      const row = line?.ids ? line : await store.get("records", subject);
      const open = row && !row.withdrawn && reviewFrom(row, decision, replies).key === state;
      return open && { id: row.id, area: row.area, row: line ?? row, decision };
    }),
  );
  return found.filter(Boolean);
}

function awaiting({ needs, visits, decided, late }, forms, day) {
  const [last, ofHousehold] = [lastVisits(visits), Map.groupBy(visits, ({ values }) => values.household)];
  const isDone = ({ values }) => howFar(ofHousehold.get(values.household) ?? [], values.need_type, forms.last_milestones) === "complete";
  const counting = [...needsThatCount(needs).values()];
  const due = counting.filter((row) => reviewFrom(row, decided.get(row.id))?.key === "approved" && !isDone(row));
  const lateOf = ({ id }, visit) => (isBegun(visit) ? null : late.get(id) ?? null);
  const found = due.map((row) => ({ id: row.id, area: row.area, row, visit: last.get(row.id) ?? null, late: lateOf(row, last.get(row.id)) }));
  const open = found.filter(({ visit }) => !visit || isLongAgo(visit, day));
  return open.sort((one, other) => Number(other.late !== null) - Number(one.late !== null) || (seenOrNever(one) < seenOrNever(other) ? -1 : 1));
}

// Of the needs approved so long ago that the work should have begun: after how many days that was, by need.
function lateNeeds(cases, day, within) {
  const approved = cases.map(({ values }) => values).filter(({ state, decision_on: on }) => day && on && state === "approved");
  const found = approved.map(({ need, decision_on: on }) => ({ need, on, days: daysToBegin(within, on) }));
  return new Map(found.filter(({ on, days }) => (Date.parse(day) - Date.parse(on)) / DAY_MS > days).map(({ need, days }) => [need, days]));
}

// By the rule in force on the day of the decision; of two that are, by the later one.
function daysToBegin({ spans, usual }, on) {
  const holding = spans.filter(({ from_on: from, to_on: to }) => (from ?? "") <= on && on <= (to ?? "9"));
  return holding.at(-1)?.days ?? usual;
}

function isBegun(visit) {
  return visit && ![visit.values.milestone_new, visit.values.milestone_repair].includes("0");
}

/** The last of these visits for each need, by the need's id. */
export function lastVisits(visits) {
  return newestBy(visits, ({ values }) => values.need, lastSeen);
}

// Where nobody knows the day, a house is rather visited too soon than forgotten.
function isLongAgo(visit, day) {
  return !day || (Date.parse(day) - Date.parse(lastSeen(visit))) / DAY_MS > REST_DAYS;
}

function isOfLate(millis, day) {
  return !day || (Date.parse(day) - millis) / DAY_MS < TOLD_DAYS;
}

function lastSeen({ values }) {
  return values.visited_on ?? "";
}

function seenOrNever({ visit }) {
  return visit ? lastSeen(visit) : "";
}

function unsurveyed(households, needs) {
  const served = new Set(needs.map(({ values }) => values.household));
  return households.filter(({ id }) => !served.has(id)).map(({ id, area }) => ({ id, area }));
}

// A list that is signed off is voted on no more, unless the office opens it again.
function meetings(lists, votes) {
  const of = Map.groupBy(votes, ({ values }) => values.of_list);
  const open = lists.filter(({ values }) => values.level === "village" && values.state !== "signed");
  return open.map((row) => {
    const all = of.get(row.id) ?? [];
    return { id: row.id, area: row.area, row, n: all.length, counted: all.filter(({ values }) => values.agreed != null).length };
  });
}
