/** The addresses of the views: which view stands at which, and what may be done with it. */

import * as begin from "../views/begin.js";
import * as enrol from "../views/enrol.js";
import * as fill from "../views/fill.js";
import * as home from "../views/home.js";
import * as households from "../views/households.js";
import * as map from "../views/map.js";
import * as meeting from "../views/meeting.js";
import * as people from "../views/people.js";
import * as proof from "../views/proof.js";
import * as receipts from "../views/receipts.js";
import * as record from "../views/record.js";
import * as reply from "../views/reply.js";
import * as roster from "../views/roster.js";
import * as sync from "../views/sync.js";
import * as todo from "../views/todo.js";

/** Address -> view. What stands in brackets is handed to the view by name. @type {[RegExp, Function][]} */
const ROUTES = [
  [/^$/, home.draw],
  [/^todo\/(?<kind>returned|refused|alerts|assigned|meetings|awaiting|unsurveyed)$/, todo.draw],
  [/^todo\/(?<kind>returned|refused|alerts|assigned|meetings|awaiting|unsurveyed)\/(?<village>.+)$/, todo.draw],
  [/^households$/, households.draw],
  [/^households\/(?<village>.+)$/, households.draw],
  [/^map$/, map.draw],
  [/^record\/(?<id>[^/]+)$/, record.draw],
  [/^new\/(?<survey>\w+)$/, begin.draw],
  [/^new\/(?<survey>\w+)\/(?<household>[^/]+)$/, begin.draw],
  [/^another\/(?<survey>\w+)\/(?<household>[^/]+)$/, begin.fresh],
  [/^edit\/(?<record>[^/]+)$/, begin.edit],
  [/^fill\/(?<id>[^/]+)$/, fill.draw],
  [/^members\/(?<household>[^/]+)$/, roster.draw],
  [/^members\/(?<household>[^/]+)\/(?<member>[^/]+)$/, roster.draw],
  [/^meeting\/(?<id>[^/]+)$/, meeting.draw],
  [/^reply\/(?<id>[^/]+)$/, reply.draw],
  [/^sync$/, sync.draw],
  [/^receipts$/, receipts.draw],
  [/^receipts\/(?<day>[\d-]+)$/, receipts.drawDay],
  [/^proof\/(?<day>[\d-]+)$/, proof.draw],
  [/^people$/, people.draw],
  [/^connect$/, enrol.draw],
];

/** Views that may be drawn anew under a person's eyes when something came in. @type {Set<Function>} */
export const LIVE = new Set([home.draw, households.draw, todo.draw, record.draw, receipts.draw, receipts.drawDay]);

/** Views whose title tells of nobody: the browser notes the titles of pages in the clear. @type {Set<Function>} */
export const TITLED = new Set([home.draw, households.draw, map.draw, receipts.draw, sync.draw, people.draw, enrol.draw]);

/** The view of the address, and what stands in it: `{view, params}`. Elsewhere is the first page. */
export function route() {
  const path = location.hash.replace(/^#\/?/, "");
  for (const [pattern, view] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return { view, params: { ...found.groups } };
  }
  return { view: home.draw, params: {} };
}
