/**
 * The addresses of the views: which view stands at which, and what may be done with it. What the first page needs comes
 * with the app; each other view is read when somebody goes there, or a moment after the app has opened.
 */

import * as enrol from "../views/enrol.js";
import * as home from "../views/home.js";
import * as todo from "../views/todo.js";

/** @type {Record<string, () => any>} */
const VIEWS = {
  begin: () => import("../views/begin.js"),
  enrol: () => enrol,
  fill: () => import("../views/fill.js"),
  home: () => home,
  households: () => import("../views/households.js"),
  map: () => import("../views/map.js"),
  meeting: () => import("../views/meeting.js"),
  people: () => import("../views/people.js"),
  proof: () => import("../views/proof.js"),
  receipts: () => import("../views/receipts.js"),
  record: () => import("../views/record.js"),
  reply: () => import("../views/reply.js"),
  roster: () => import("../views/roster.js"),
  sync: () => import("../views/sync.js"),
  todo: () => todo,
};

/** Address -> view and what draws it. What stands in brackets is handed to that by name. @type {[RegExp, string][]} */
const ROUTES = [
  [/^$/, "home.draw"],
  [/^todo\/(?<kind>returned|refused|alerts|assigned|meetings|awaiting|unsurveyed)$/, "todo.draw"],
  [/^todo\/(?<kind>returned|refused|alerts|assigned|meetings|awaiting|unsurveyed)\/(?<village>.+)$/, "todo.draw"],
  [/^households$/, "households.draw"],
  [/^households\/(?<village>.+)$/, "households.draw"],
  [/^map$/, "map.draw"],
  [/^record\/(?<id>[^/]+)$/, "record.draw"],
  [/^new\/(?<survey>\w+)$/, "begin.draw"],
  [/^new\/(?<survey>\w+)\/(?<household>[^/]+)$/, "begin.draw"],
  [/^another\/(?<survey>\w+)\/(?<household>[^/]+)$/, "begin.fresh"],
  [/^edit\/(?<record>[^/]+)$/, "begin.edit"],
  [/^fill\/(?<id>[^/]+)$/, "fill.draw"],
  [/^members\/(?<household>[^/]+)$/, "roster.draw"],
  [/^members\/(?<household>[^/]+)\/(?<member>[^/]+)$/, "roster.draw"],
  [/^meeting\/(?<id>[^/]+)$/, "meeting.draw"],
  [/^reply\/(?<id>[^/]+)$/, "reply.draw"],
  [/^sync$/, "sync.draw"],
  [/^receipts$/, "receipts.draw"],
  [/^receipts\/(?<day>[\d-]+)$/, "receipts.drawDay"],
  [/^proof\/(?<day>[\d-]+)$/, "proof.draw"],
  [/^people$/, "people.draw"],
  [/^connect$/, "enrol.draw"],
];

/** Views that may be drawn anew under a person's eyes when something came in. */
export const LIVE = new Set(["home.draw", "households.draw", "todo.draw", "record.draw", "receipts.draw", "receipts.drawDay"]);

/** Views whose title tells of nobody: the browser notes the titles of pages in the clear. */
export const TITLED = new Set(["home", "households", "map", "receipts", "sync", "people", "enrol"].map((view) => `${view}.draw`));

/** The view of the address, its name, and what stands in the address: `{name, view, params}`. Elsewhere is the first page. */
export function route() {
  const path = location.hash.replace(/^#\/?/, "");
  const [pattern, name] = ROUTES.find(([each]) => each.test(path)) ?? ROUTES[0];
  const [module, draw] = name.split(".");
  const view = async (...given) => (await VIEWS[module]())[draw](...given);
  return { name, view, params: { ...pattern.exec(path)?.groups } };
}

/** Read what was not needed for the first page: whoever goes on waits for nothing then. */
export async function readOthers() {
  for (const read of Object.values(VIEWS)) await read();
}
