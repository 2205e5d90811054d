/** Asks about a position far from every other house of its village, when it is given: the mend is cheap only then. */

import { _ } from "../ground/i18n.js";
import { FAR_M, bulk, distance } from "../ground/plan.js";
import { h } from "../kit/dom.js";
import { button } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { houses, length } from "../kit/village_plan.js";

const ENOUGH = 3; // of so few houses nobody can tell where the village is

/**
 * `{element, look}`: what asks, and `look(point)`, for a point just given or null. `about()` tells `{village, household}`,
 * the ids of both; `onWrong` is called where the person says that the position is not right.
 */
export function farQuestion(tablet, about, onWrong) {
  const element = h("div", { role: "status" });
  let looks = 0;
  const clear = () => element.replaceChildren();
  const wrong = () => {
    clear();
    onWrong();
  };
  const ask = (metres) => [
    h("p", { class: "warning" }, _("This position is %(length)s from the other houses of the village. Is that right?", { length: length(metres) })),
    h("div", { class: "actions" },
      button("outline-primary", "check", _("Yes, keep it"), clear),
      button("outline-primary", "cross", _("No, remove this position"), wrong),
    ),
  ];
  const look = async (point) => {
    looks += 1;
    const mine = looks;
    const metres = point ? await farFromOthers(tablet, about(), [Number(point.lat), Number(point.lon)]) : 0;
    afterPress(() => mine === looks && element.replaceChildren(...(metres > FAR_M ? ask(metres) : []))); // or another was given
  };
  return { element, look };
}

// Metres to the nearest other house of the village; 0 where there are too few to tell.
async function farFromOthers(tablet, { village, household }, here) {
  const others = (await houses(tablet)).filter(({ row, point }) => point && row.area === village && row.id !== household);
  const points = others.map(({ point }) => point);
  const together = bulk(points).near; // one that is astray itself vouches for nobody
  return together.length < ENOUGH ? 0 : Math.min(...together.map((i) => distance(here, points[i])));
}
