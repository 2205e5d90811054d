/** What stands above and below every page: the tabs, how the sync stands, and what needs a person. */

import { _, ngettext } from "../ground/i18n.js";
import { tally } from "../records/unsent.js";
import { h, icon } from "../kit/dom.js";
import { afterPress, still } from "../kit/press.js";
import { banners } from "./banners.js";

/** Views that have no tab of their own. */
const WITHIN = { todo: "", meeting: "", map: "households", proof: "receipts", people: "sync" };

const TABS = () => [
  ["#/", "home", _("To do")],
  ["#/households", "list", _("Households")],
  ["#/sync", "sync", _("Sync")],
  ["#/receipts", "receipt", _("Receipts")],
];

/** The tabs, and which of them the address belongs to. */
export function drawTabs() {
  const [first] = location.hash.replace(/^#\/?/, "").split("/");
  const here = `#/${WITHIN[first] ?? first}`;
  const tabs = document.getElementById("tabs");
  if (!tabs.children.length) tabs.append(...TABS().map(([href, drawing, label]) => h("a", { class: "tab", href }, icon(drawing), label)));
  for (const tab of tabs.children) tab.toggleAttribute("aria-current", tab.getAttribute("href") === here);
  tabs.querySelector("[aria-current]")?.setAttribute("aria-current", "page");
}

/** How much waits, and what needs a person. */
export async function drawState(tablet) {
  const { store, session, sync } = tablet;
  const found = await tally(store);
  const damaged = found.damaged.changes + found.damaged.photos;
  const { waiting, drafts } = found;
  const told = { state: sync.state, reached: sync.reached, instead: sync.problem?.instead, synced: session.synced_at, waiting, damaged, drafts };
  still(() => document.getElementById("sync-state").replaceChildren(icon(stateIcon(told)), stateText(told)));
  afterPress(() => document.getElementById("banners").replaceChildren(...banners(tablet, found.damaged)));
}

const WARNED = new Set(["offline", "full"]);
const UNDER_WAY = new Set(["running", "elsewhere"]);

function stateText({ state, reached, instead, synced, waiting, damaged, drafts }) {
  if (UNDER_WAY.has(state)) return _("Syncing…");
  if (!synced) return _("Not synced yet");
  if (waiting) return ngettext("%(n)s waiting", "%(n)s waiting", waiting);
  if (damaged) return ngettext("%(n)s damaged", "%(n)s damaged", damaged);
  if (state === "full") return _("Storage full");
  if (state === "offline") return reached ? _("The line broke off") : instead ? _("Server not reached") : _("No network");
  return drafts ? ngettext("%(n)s draft", "%(n)s drafts", drafts) : _("All sent");
}

/** A tick only where everything is sent: without network or amid a sync it would promise too much. */
function stateIcon({ state, synced, waiting, damaged, drafts }) {
  if (UNDER_WAY.has(state)) return "sync";
  if (waiting) return "tablet";
  if (!synced || damaged || WARNED.has(state)) return "warning";
  return drafts ? "pencil" : "check";
}
