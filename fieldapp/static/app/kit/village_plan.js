/** What a plan of a village shows: its houses, what to measure with, and where north is. */

import { _, number } from "../ground/i18n.js";
import { SIZE } from "../ground/plan.js";
import { needsThatCount } from "../twins/counting.js";
import { svg } from "./dom.js";

/** Every household with its position: its own, or that of its housing need that counts. */
export async function houses(tablet) {
  const needs = await tablet.lists.of("housing_need");
  const found = new Map([...needsThatCount(needs)].map(([household, { values }]) => [household, pointOf(values)]));
  const households = await tablet.households.all();
  return households.map((row) => ({ row, surveyed: found.has(row.id), point: row.point ?? found.get(row.id) ?? null }));
}

function pointOf({ location }) {
  return location ? [Number(location.lat), Number(location.lon)] : null;
}

/** A house on the plan. @param {{house: any, at: number[]}} where */
export function spot({ house: { surveyed }, at: [cx, cy] }) {
  return svg("circle", { class: surveyed ? "map-house map-surveyed" : "map-house", cx, cy, r: 9 });
}

/** A length in metres or kilometres. */
export function length(metres) {
  return metres < 1000 ? `${number(Math.round(metres))} m` : `${number(Math.round(metres / 100) / 10)} km`;
}

/** What to measure with on the plan. */
export function scaleBar({ metres, width }) {
  return svg("g", { class: "map-bar" },
    svg("path", { d: `M20 ${SIZE - 34}v14h${width}v-14` }),
    svg("text", { x: 26, y: SIZE - 30 }, length(metres)),
  );
}

/** Where north is on the plan. */
export function north() {
  const [x, y] = [SIZE - 26, SIZE - 12];
  const letter = svg("text", { x: x - 32, y: y - 4, "text-anchor": "middle" }, _("N"));
  return svg("g", { class: "map-bar" }, svg("path", { d: `M${x} ${y}v-32l-9 13M${x} ${y - 32}l9 13` }), letter);
}
