/** Asks about a position far from every other house of its village, when it is given: the mend is cheap only then. */

import { _ } from "../ground/i18n.js";
import { FAR_M, bulk, distance } from "../ground/plan.js";
import { houses, length } from "../kit/village_plan.js";

const ENOUGH = 3; // of so few houses nobody can tell where the village is

/**
 * `look(point)`, for a point just given or null, done when it was told. `about()` tells `{village, household}`, the ids of
 * both; `onDoubt(doubt)` is told what is to be asked back, or null; `onWrong` follows where the position is not right.
 */
export function lookingFar(tablet, { about, onDoubt, onWrong }) {
  let looks = 0;
  const deny = { label: _("No, remove this position"), act: onWrong };
  const doubt = (metres) => ({ message: FAR(length(metres)), deny });
  return async (point) => {
    looks += 1;
    const mine = looks;
    onDoubt(null);
    const metres = point ? await farFromOthers(tablet, about(), [Number(point.lat), Number(point.lon)]) : 0;
    if (mine === looks) onDoubt(metres > FAR_M ? doubt(metres) : null); // or another was given
  };
}

const FAR = (length) => _("This position is %(length)s from the other houses of the village. Is that right?", { length });

// Metres to the nearest other house of the village; 0 where there are too few to tell.
async function farFromOthers(tablet, { village, household }, here) {
  const others = (await houses(tablet)).filter(({ row, point }) => point && row.area === village && row.id !== household);
  const points = others.map(({ point }) => point);
  const together = bulk(points).near; // one that is astray itself vouches for nobody
  return together.length < ENOUGH ? 0 : Math.min(...together.map((i) => distance(here, points[i])));
}
