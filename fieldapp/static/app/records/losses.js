/** What a person is told of a loss. */

import { _, moment, ngettext } from "../ground/i18n.js";

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

/**
 * Work that was damaged on this tablet, so that it can be neither read nor sent: `{n, text}`, or null when there is none.
 * `changes` and `photos`: how many finished ones are.
 */
export function unreadable({ boxes }, { changes, photos }) {
  const drafts = [...boxes.lost.values()].filter(({ name }) => name === "drafts").length;
  const what = counted([
    changes && ngettext("%(n)s finished form", "%(n)s finished forms", changes),
    drafts && ngettext("%(n)s draft", "%(n)s drafts", drafts),
    photos && ngettext("%(n)s photo", "%(n)s photos", photos),
  ]);
  return what ? { n: changes + drafts + photos, text: UNREADABLE({ what }) } : null;
}

function counted(parts) {
  return parts.filter(Boolean).join(", ");
}

const BACK = (values) =>
  _("The app's storage was lost. From its second copy this came back at %(when)s: %(back)s.", values);
const NOTHING_WAITED = (values) =>
  _("The app's storage was lost and made again at %(when)s. Nothing was waiting to be sent.", values);
const GONE = (values) => _("This could not be brought back: %(gone)s. Look through your work of that day.", values);
const UNREADABLE = (values) =>
  _("Damaged on this tablet, and not to be read any more: %(what)s. Nothing was deleted. On the page “Sync” save a backup file and show it to your administrator; then fill it in again.", values);
