/** A record of a village that is given to somebody else by now: said where it is open, before anything is filled in. */

import { _ } from "../ground/i18n.js";
import { notice, text } from "../kit/parts.js";

/** What is said of it; null of a record in a village of this person. */
export function notYoursNote({ session }, area) {
  return session.looksAfter(area) ? null : notice("warning", text(NOT_YOURS()));
}

const NOT_YOURS = () =>
  _("This village is not one of yours any more. What you finish here is sent all the same; an administrator then decides whether it counts.");
