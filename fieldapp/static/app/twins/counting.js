/**
 * Which housing survey of a household counts, and how far its house is; as fieldapp/facts/counting.py, both held to
 * tests/cases/counting.json. `last` are the last milestones, as the forms bring them.
 */

const REPAIR = "sua_chua";

/** Of the housing surveys of one household the one that counts: the newest by its date of visit, then by its stamp; or null. */
export function thatCounts(needs) {
  return needs.reduce((one, other) => (one && !isNewer(other, one) ? one : other), null);
}

/** How far the house of one household is: `not_started`, `building` or `complete`, by the visits to the work in question. */
export function howFar(visits, needType, last) {
  const stages = visits.filter((visit) => isAbout(visit, needType)).map((visit) => stage(visit, last));
  return ["complete", "building"].find((one) => stages.includes(one)) ?? "not_started";
}

/** The survey that counts of each household, by its id. */
export function needsThatCount(needs) {
  const groups = Map.groupBy(needs.filter(({ values }) => values.household), ({ values }) => values.household);
  return new Map([...groups].map(([household, some]) => [household, thatCounts(some)]));
}

function isNewer(one, other) {
  const [a, b] = [one, other].map(({ id, changed, values }) => [values.visited_on ?? "", changed, id]);
  const i = a.findIndex((part, place) => part !== b[place]);
  return i >= 0 && a[i] > b[i];
}

function isAbout({ values }, needType) {
  return !needType || !values.need_type || (values.need_type === REPAIR) === (needType === REPAIR);
}

function stage({ values }, last) {
  const { need_type: type, milestone_new: built, milestone_repair: mended } = values;
  const milestone = type ? (type === REPAIR ? mended : built) : (built ?? mended);
  if (milestone == null) return null;
  if (milestone === "0") return "not_started";
  const work = type === REPAIR || built == null ? "repair" : "new";
  return milestone === last[work] ? "complete" : "building";
}
