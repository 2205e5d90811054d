/**
 * Whether a progress visit fits with what is known of its house around that day. The same as
 * fieldapp/housing/sequence.py, where the words are explained; both are held to tests/cases/sequence.json.
 */

const REPAIR = "sua_chua";

/** `[{word, question, day}]`, of the answers of a visit, those of the `others` to the same work, and a day or null. */
export function misfits(visit, others, approvedOn) {
  const { visited_on: day } = visit;
  return day ? [...early(day, others, approvedOn), ...lessDone(visit, day, others)] : [];
}

function early(day, others, approvedOn) {
  if (approvedOn && day < approvedOn) return [{ word: "before_approval", question: "visited_on", day: approvedOn }];
  const last = others.map((other) => other.visited_on ?? "").sort().at(-1) ?? "";
  return day < last ? [{ word: "before_last", question: "visited_on", day: last }] : [];
}

function lessDone(visit, day, others) {
  const { need_type: work } = visit;
  if (!work || visit.went_back_reason) return [];
  const found = visit[milestone(work)];
  if (found == null) return [];
  const isFurther = (other) => isOf(other, work) && (other[milestone(work)] ?? "") > found;
  const further = others.filter((other) => (other.visited_on ?? "9") <= day && isFurther(other)).map((other) => other.visited_on);
  return further.length ? [{ word: "less_done", question: milestone(work), day: further.sort().at(-1) }] : [];
}

function milestone(work) {
  return work === REPAIR ? "milestone_repair" : "milestone_new";
}

function isOf({ need_type: kind }, work) {
  return kind != null && (kind === REPAIR) === (work === REPAIR);
}
