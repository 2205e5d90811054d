/** What a person is told of a loss. */

import { _, moment, ngettext } from "./i18n.js";

/** What came back, and what did not: `{at, changes, drafts, photos, missing, damaged}` in words. */
export function lossText({ at, changes, drafts, photos, missing, damaged }) {
  const back = counted([
    changes && ngettext("%(n)s finished form", "%(n)s finished forms", changes),
    drafts && ngettext("%(n)s draft", "%(n)s drafts", drafts),
    photos && ngettext("%(n)s photo", "%(n)s photos", photos),
  ]);
  const gone = counted([
    missing && ngettext("%(n)s photo", "%(n)s photos", missing),
    damaged && ngettext("%(n)s entry that was cut off", "%(n)s entries that were cut off", damaged),
  ]);
  const when = moment(at);
  const first = back ? BACK({ when, back }) : NOTHING_WAITED({ when });
  return [first, gone && GONE({ gone })].filter(Boolean).join(" ");
}

function counted(parts) {
  return parts.filter(Boolean).join(", ");
}

const BACK = (values) =>
  _("The app's storage was lost. From its second copy this came back at %(when)s: %(back)s.", values);
const NOTHING_WAITED = (values) =>
  _("The app's storage was lost and made again at %(when)s. Nothing was waiting to be sent.", values);
const GONE = (values) => _("This could not be brought back: %(gone)s. Look through your work of that day.", values);
