/** What there is to do, from what this tablet holds: it needs no server for that. */

import { every } from "./records.js";
import { reviewFrom } from "./status.js";

/** A house that was visited in the last days can wait. */
const REST_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * Everything there is to do: `returned` to be corrected, `awaiting` a progress visit (approved needs, the longest
 * unvisited first), `unsurveyed` households, by given name. Each is `{row, area}`, with `decision` or `visit` where there
 * is one; `row` of the unsurveyed is their line of the list of households.
 */
export async function todo(tablet, today = new Date()) {
  const { store } = tablet;
  const surveys = ["housing_need", "progress_visit", "decision"];
  const [needs, visits, decisions] = await Promise.all(surveys.map((survey) => every(store, survey)));
  const drafts = await store.all("drafts");
  const decided = newestBy(decisions, (row) => row.values.subject, (row) => row.changed);
  return {
    returned: await returned(store, decided),
    awaiting: awaiting({ needs, visits, decided, drafts }, today),
    unsurveyed: await unsurveyed(tablet, needs, drafts),
  };
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

async function returned(store, decided) {
  const sentBack = [...decided.values()].filter(({ values }) => values.verdict === "return");
  const rows = await Promise.all(sentBack.map(({ values }) => store.get("records", values.subject)));
  const open = (row, i) => row && !row.withdrawn && reviewFrom(row, sentBack[i]).key === "returned";
  return rows.map((row, i) => open(row, i) && { row, area: row.area, decision: sentBack[i] }).filter(Boolean);
}

function awaiting({ needs, visits, decided, drafts }, today) {
  const last = lastVisits(visits);
  const begun = new Set(drafts.filter(({ survey }) => survey === "progress_visit").map(({ answers }) => answers.need));
  const due = needs.filter((row) => reviewFrom(row, decided.get(row.id))?.key === "approved" && !begun.has(row.id));
  const found = due.map((row) => ({ row, area: row.area, visit: last.get(row.id) ?? null }));
  const open = found.filter(({ visit }) => !visit || (!isComplete(visit) && daysSince(visit, today) > REST_DAYS));
  return open.sort((one, other) => (seenOrNever(one) < seenOrNever(other) ? -1 : 1));
}

/** The last of these visits for each need, by the need's id. */
export function lastVisits(visits) {
  return newestBy(visits, ({ values }) => values.need, lastSeen);
}

/** Whether a visit found the house complete. */
export function isComplete({ values }) {
  if (values.need_type === "sua_chua") return values.milestone_repair === "3";
  return values.milestone_new === "5";
}

function daysSince(visit, today) {
  return (today - new Date(lastSeen(visit))) / DAY_MS;
}

function lastSeen({ values }) {
  return values.visited_on ?? "";
}

function seenOrNever({ visit }) {
  return visit ? lastSeen(visit) : "";
}

async function unsurveyed(tablet, needs, drafts) {
  const begun = drafts.filter(({ survey }) => survey === "housing_need").map(({ answers }) => answers.household);
  const served = new Set([...needs.map(({ values }) => values.household), ...begun]);
  const households = await tablet.households.all();
  return households.filter(({ id }) => !served.has(id)).map((row) => ({ row, area: row.area }));
}
