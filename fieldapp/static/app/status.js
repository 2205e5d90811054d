/** Where a record stands: how far it has travelled, and what was decided about it. Always words, never colour alone. */

import { _, ngettext } from "./i18n.js";
import { taken } from "./outbox.js";
import { about } from "./records.js";

/**
 * How far the work on a record has travelled: `{key, label, detail}` with key draft, tablet, sent, held, refused,
 * received or server. `changes`: those made here; `photos`: those taken here.
 */
export function journey({ draft = null, changes = [], photos = [] }) {
  const open = changes.filter((change) => !change.receipt);
  const stopped = changes.filter((change) => change.receipt && !taken(change)).at(-1);
  if (draft) return { key: "draft", label: _("Draft"), detail: _("Not finished; on this tablet only") };
  if (stopped?.receipt.verdict === "held") return { key: "held", label: _("Held"), detail: stopped.receipt.message };
  if (stopped) return { key: "refused", label: _("Needs attention"), detail: stopped.receipt.message };
  if (open.some((change) => !change.tried_at)) {
    return { key: "tablet", label: _("On this tablet only"), detail: _("Finished; waiting to be sent") };
  }
  if (open.length) {
    return { key: "sent", label: _("Sent, no receipt yet"), detail: _("Will be sent again until the receipt is here") };
  }
  if (changes.length) return { key: "received", label: _("Received by the server"), detail: photosLeft(photos) };
  return { key: "server", label: _("From the server"), detail: "" };
}

function photosLeft(photos) {
  const left = photos.filter((photo) => photo.state === "waiting").length;
  return left ? ngettext("%(n)s photo still to be sent", "%(n)s photos still to be sent", left) : "";
}

/**
 * The newest decision about a record: `{key, label, decision}` with key returned, answered, approved, changed or
 * reopened; null when nothing was decided. A decision names the exact heads it saw.
 */
export async function review(store, row) {
  const decisions = await about(store, row.id, "decision");
  return reviewFrom(row, decisions.sort((one, other) => (one.changed < other.changed ? -1 : 1)).at(-1));
}

/** The same, from the newest decision about the record. */
export function reviewFrom(row, decision) {
  if (!decision) return null;
  const same = sawAll(row, decision.values.seen ?? []);
  const [key, label] = wordsFor(decision.values.verdict, same);
  return { key, label, decision };
}

function wordsFor(verdict, same) {
  if (verdict === "return" && same) return ["returned", _("Returned to be corrected")];
  if (verdict === "return") return ["answered", _("Corrected after it was returned")];
  if (verdict === "approve" && same) return ["approved", _("Approved")];
  if (verdict === "approve") return ["changed", _("Changed since approval")];
  return ["reopened", _("Opened again for review")];
}

function sawAll(row, seen) {
  const heads = new Set(Object.values(row.heads).flat());
  return heads.size === seen.length && seen.every((id) => heads.has(id));
}

/** Everything a page says about where a record stands. */
export async function standing(store, row) {
  const [drafts, changes, photos, decided] = await Promise.all([
    store.all("drafts", { index: "record", only: row.id }),
    store.all("changes", { index: "record", only: row.id }),
    store.all("photos"),
    review(store, row),
  ]);
  const [draft = null] = drafts;
  const travelled = journey({ draft, changes, photos: photos.filter((photo) => photo.record === row.id) });
  const contested = Object.keys(row.conflicts).length > 0;
  return { journey: travelled, review: decided, draft, changes, contested };
}
