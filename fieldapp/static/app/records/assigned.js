/** The visits that a supervisor wants somebody to make, as far as they are still to be made. */

const OPEN = "giao";

/**
 * Of each household what was said last about a visit still to be made, by the household's id. One is made when a survey
 * or a progress visit tells of a later day, or was written since on the same one, as fieldapp/review/assigning.py.
 * All are rows or lines of records: `{changed, values}`.
 */
export function toVisit(assignments, needs, visits) {
  const since = Map.groupBy([...needs, ...visits], ({ values }) => values.household);
  const open = new Map();
  for (const one of assignments) {
    const { household, state } = one.values;
    const isMade = (since.get(household) ?? []).some((form) => tells(form, one));
    if (state === OPEN && !isMade && !(open.get(household)?.changed > one.changed)) open.set(household, one);
  }
  return open;
}

function tells({ changed, values }, { changed: said, values: { given_on: day } }) {
  return values.visited_on > day || (values.visited_on === day && changed > said);
}
