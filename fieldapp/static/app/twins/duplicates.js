/**
 * Households that look like one another. Nobody is refused for it: a person compares, and decides. Names repeat in a
 * village, so that a name alone is no likeness; a year of birth, a telephone or a place beside it is.
 */

import { distance } from "../ground/plan.js";
import { searchKey } from "./format.js";

/** Metres between two positions that may be one house. */
const NEAR_M = 60;

/** What each likeness counts, and what speaks against it; from LIKELY on, a person is asked. */
const COUNTS = {
  citizen_id: 10, nearly_id: 2, name: 3, nearly_name: 3, year: 3, phone: 3, near: 3, village: 1, other_year: -1, other_id: -1,
};
const LIKELY = 6;
const MOST = 3;

/** What of a household is compared: `{names, year, citizen_id, phone, area, point}`. */
export function traits(values, area = values.village) {
  const names = [values.head_name, values.other_name].map((name) => searchKey(name ?? "")).filter(Boolean);
  const point = values.location ? [Number(values.location.lat), Number(values.location.lon)] : null;
  return { names, year: values.birth_date?.slice(0, 4) ?? "", citizen_id: values.citizen_id ?? "", phone: values.phone ?? "", area, point };
}

/** The households most like this one, the likeliest first: `{row, what, metres}`. `rows`: lines of households, which have their traits. */
export function likely(one, rows) {
  const found = rows.map((row) => ({ row, ...likeness(one, row) })).filter(({ points }) => points >= LIKELY);
  return found.sort((a, b) => b.points - a.points).slice(0, MOST);
}

/** How much two households are alike: `points`, `what` of them is, and the `metres` between them, null if unknown. */
export function likeness(one, other) {
  const metres = one.point && other.point ? distance(one.point, other.point) : null;
  const otherId = one.citizen_id && other.citizen_id && one.citizen_id !== other.citizen_id;
  const is = {
    nearly_id: otherId && oneSlip(one.citizen_id, other.citizen_id),
    phone: one.phone && one.phone === other.phone,
    citizen_id: one.citizen_id && one.citizen_id === other.citizen_id,
    name: one.names.some((name) => other.names.includes(name)),
    year: one.year && one.year === other.year,
    near: metres !== null && metres <= NEAR_M,
    village: one.area && one.area === other.area,
    other_year: one.year && other.year && one.year !== other.year,
  };
  is.other_id = otherId && !is.nearly_id;
  // The dearest comparison comes last, and only where it could matter.
  is.nearly_name = !is.name && is.year && (is.village || is.near || is.phone) && nearlyOneOf(one.names, other.names);
  const what = Object.keys(COUNTS).filter((word) => is[word]);
  const isAbout = is.citizen_id || is.name || is.nearly_name;
  return { points: isAbout ? what.reduce((sum, word) => sum + COUNTS[word], 0) : 0, what, metres };
}

function nearlyOneOf(names, others) {
  return names.some((name) => others.some((other) => oneSlip(name, other)));
}

/** Whether two texts differ by one letter: changed, left out or put in; or by two neighbours that changed places. */
function oneSlip(one, other) {
  if (Math.abs(one.length - other.length) > 1) return false;
  let start = 0;
  while (start < one.length && one[start] === other[start]) start += 1;
  const [rest, otherRest] = [one.slice(start), other.slice(start)];
  if (rest.slice(0, 2) === otherRest[1] + otherRest[0] && rest.slice(2) === otherRest.slice(2)) return true;
  const ends = [[rest.slice(1), otherRest.slice(1)], [rest, otherRest.slice(1)], [rest.slice(1), otherRest]];
  return ends.some(([a, b]) => a === b);
}
