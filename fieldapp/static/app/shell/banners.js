/** What stands under the bar until a person has seen to it. */

import { _, day, ngettext } from "../ground/i18n.js";
import { readClock } from "../ground/today.js";
import { lossText, unreadable } from "../records/losses.js";
import { banner } from "../kit/parts.js";
import { renew } from "./renew.js";

/** Everything that needs a person just now. */
export function banners(tablet, damaged) {
  const { session, store } = tablet;
  const seen = () => session.keep({ loss: { ...session.loss, seen: true } }).then(() => tablet.tellState());
  const clock = clockText(session);
  const unread = unreadable(store, damaged);
  const read = () => session.keep({ unread_seen: unread.n }).then(() => tablet.tellState());
  return [
    unread?.n > (session.unread_seen ?? 0) && banner("danger", "warning", unread.text, _("I have read it"), read),
    session.loss && !session.loss.seen && banner("warning", "warning", lossText(session.loss), _("I have read it"), seen),
    room(tablet),
    (session.harmed || session.revoked) && banner("danger", "warning", session.harmed ? HARMED() : REVOKED(), _("Connect again"), () => (location.hash = "#/connect")),
    session.outdated && banner("warning", "sync", session.outdated, _("Update the app"), renew),
    clock && banner("warning", "clock", clock),
  ].filter(Boolean);
}

function room({ store, sync }) {
  return sync.isFull ? banner("warning", "warning", FULL()) : store.low && banner("warning", "warning", LOW());
}

const FULL = () =>
  _("The tablet's storage is full: nothing new can be received, but all that you filled in is kept and sent. Delete photos or films from the tablet; do not clear this app's data.");
const LOW = () =>
  _("The tablet's storage is nearly full. What you typed is saved. Finish this form, then delete photos or films from the tablet, and sync.");
const REVOKED = () =>
  _("The server no longer takes data from this tablet. Everything you filled in stays here; what is finished is handed in for an administrator to decide. You can go on working. To send as usual, ask your administrator for a new code, then connect again.");
const HARMED = () =>
  _("What the server knows this tablet by was damaged. Everything you filled in stays here; you can go on working. To send it, ask your administrator for a new code, then connect again. To be safe, save a backup file under “Sync”.");

// Also without network: who fills in forms for days with a wrong date should hear of it before the first of them.
function clockText(session) {
  const { off, state } = readClock(session);
  if (state === "right") return null;
  if (state === "wrong") return off > 0 ? BEHIND(muchOf(off)) : AHEAD(muchOf(off));
  const days = { now: day(Date.now()), last: day(session.told_at) };
  return state === "set_back" ? SET_BACK(days) : DOUBTFUL(days);
}

function muchOf(off) {
  const minutes = Math.round(Math.abs(off) / 60_000);
  const days = Math.round(minutes / 1440);
  return days ? ngettext("%(n)s day", "%(n)s days", days) : ngettext("%(n)s minute", "%(n)s minutes", minutes);
}

const SET_BACK = (days) =>
  _("The clock of this tablet was set back to %(now)s; the last sync was on %(last)s. Set date and time in its settings. Until then type every date yourself: none is refused, and nothing is lost.", days);
const DOUBTFUL = (days) =>
  _("The clock of this tablet says that today is %(now)s, and the last sync was on %(last)s. If that is not so, set date and time in its settings. Nothing is lost.", days);
const AHEAD = (much) =>
  _("The clock of this tablet is %(much)s ahead. Set date and time to automatic in its settings. Nothing is lost.", { much });
const BEHIND = (much) =>
  _("The clock of this tablet is %(much)s behind. Set date and time to automatic in its settings. Nothing is lost.", { much });
