/** What stands under the bar until a person has seen to it. */

import { _, ngettext } from "./i18n.js";
import { lossText, unreadable } from "./losses.js";
import { renew } from "./renew.js";
import { CLOCK_WRONG_MS } from "./sync.js";
import { banner } from "./views/parts.js";

/** Everything that needs a person just now. */
export function banners(tablet, damaged) {
  const { session, store, sync } = tablet;
  const seen = () => session.keep({ loss: { ...session.loss, seen: true } }).then(() => tablet.tellState());
  const wrong = sync.state !== "offline" && Math.abs(session.offset) > CLOCK_WRONG_MS;
  const unread = unreadable(store, damaged);
  const read = () => session.keep({ unread_seen: unread.n }).then(() => tablet.tellState());
  return [
    unread?.n > (session.unread_seen ?? 0) && banner("danger", "warning", unread.text, _("I have read it"), read),
    session.loss && !session.loss.seen && banner("warning", "warning", lossText(session.loss), _("I have read it"), seen),
    store.low && banner("warning", "warning", LOW()),
    session.revoked && banner("danger", "warning", REVOKED(), _("Connect again"), () => (location.hash = "#/connect")),
    session.outdated && banner("warning", "sync", session.outdated, _("Update the app"), renew),
    wrong && banner("warning", "clock", clockText(session.offset)),
  ].filter(Boolean);
}

const LOW = () =>
  _("The tablet's storage is nearly full. What you typed is saved. Finish this form, then delete photos or films from the tablet, and sync.");
const REVOKED = () =>
  _("The server no longer takes data from this tablet. Everything you filled in stays here; what is finished is handed in for an administrator to decide. You can go on working. To send as usual, ask your administrator for a new code, then connect again.");

function clockText(offset) {
  const minutes = Math.round(Math.abs(offset) / 60_000);
  const days = Math.round(minutes / 1440);
  const much = days ? ngettext("%(n)s day", "%(n)s days", days) : ngettext("%(n)s minute", "%(n)s minutes", minutes);
  if (offset > 0) return BEHIND(much);
  return AHEAD(much);
}

const AHEAD = (much) =>
  _("The clock of this tablet is %(much)s ahead. Set date and time to automatic in its settings. Nothing is lost.", { much });
const BEHIND = (much) =>
  _("The clock of this tablet is %(much)s behind. Set date and time to automatic in its settings. Nothing is lost.", { much });
