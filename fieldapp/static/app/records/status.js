/** Where a record stands: how far it has travelled, and what was decided about it. Always words, never colour alone. */

import { _, moment, ngettext } from "../ground/i18n.js";
import { stateFrom, stateWords } from "../twins/states.js";
import { about, idsOf } from "./records.js";
import { isAnswered, repliedTo } from "./replies.js";
import { taken } from "./unsent.js";

/**
 * How far the work on a record has travelled: `{key, label, detail}` with key draft, tablet, sent, held, refused,
 * received or server. `changes`: those made here; `photos`: those taken here.
 */
export function journey({ draft = null, changes = [], photos = [] }) {
  if (draft) return { key: "draft", label: _("Draft"), detail: _("Not finished; on this tablet only") };
  const stages = unanswered(changes).map(stage);
  const stopped = stages.filter(({ key }) => key === "held" || key === "refused").at(-1);
  const open = ["tablet", "sent"].map((key) => stages.find((one) => one.key === key)).find(Boolean);
  if (stopped || open) return stopped ?? open;
  const harmed = photos.find(({ state }) => state === "damaged");
  if (harmed) return photoStage(harmed);
  if (changes.length) return { key: "received", label: _("Received by the server"), detail: photosLeft(photos) };
  return { key: "server", label: _("From the server"), detail: "" };
}

/**
 * What became of one change: `{key, label, detail}` with key tablet, sent, received, held or refused. Nothing is sent
 * without a receipt, and what an administrator decided after it counts more than the receipt.
 */
export function stage(change) {
  const { receipt } = change;
  if (!receipt && change.damaged) return { key: "refused", label: _("Damaged on this tablet"), detail: DAMAGED() };
  if (!receipt) return change.tried_at ? SENT() : WAITS();
  const detail = receipt.message ?? "";
  if (receipt.fate === "refused") return { key: "refused", label: _("Refused"), detail };
  if (receipt.fate === "excluded") return { key: "refused", label: _("Taken out again"), detail };
  const heldAgain = receipt.fate === "held" && taken(change); // its release was undone
  if (taken(change) && !heldAgain) return { key: "received", label: _("Received by the server"), detail };
  const held = heldAgain || receipt.verdict === "held";
  return { key: held ? "held" : "refused", label: held ? _("Held") : _("Needs attention"), detail };
}

/** What became of a photo taken here: the same. */
export function photoStage({ state, sent, received_at: at, refused }) {
  if (state === "stored") return { key: "received", label: _("Received by the server"), detail: at ? moment(at) : "" };
  if (state === "not_a_photo") return { key: "refused", label: _("Received, but it cannot be shown"), detail: refused?.message ?? "" };
  if (state === "damaged") return { key: "refused", label: _("Damaged on this tablet"), detail: TAKE_AGAIN() };
  if (refused) return { key: "refused", label: _("Refused"), detail: NOT_TAKEN(refused.message) };
  return sent ? { key: "sent", label: _("Sent in part, no receipt yet"), detail: "" } : WAITS();
}

/** Changes without those that were refused, or taken out, before a later change of the same record was made. */
export function unanswered(changes) {
  return changes.filter((change, i) => !change.receipt?.fate || change.receipt.fate === "held" || i === changes.length - 1);
}

const WAITS = () => ({ key: "tablet", label: _("On this tablet only"), detail: _("Finished; waiting to be sent") });
const SENT = () => {
  return { key: "sent", label: _("Sent, no receipt yet"), detail: _("Will be sent again until the receipt is here") };
};
const DAMAGED = () =>
  _("What the tablet has kept of it is not what was typed, so it is not sent. Save a backup file and show it to your administrator; then fill in these answers again.");
const TAKE_AGAIN = () => _("What the tablet has kept of it is not what was taken, so it is not sent. Take the photo again.");

const NOT_TAKEN = (reason) => _("The server did not take this photo: %(reason)s It stays on this tablet and is tried again once a day.", { reason });

function photosLeft(photos) {
  const left = photos.filter((photo) => photo.state === "waiting").length;
  return left ? ngettext("%(n)s photo still to be sent", "%(n)s photos still to be sent", left) : "";
}

/**
 * The newest decision about a record: `{key, label, decision, replies}`, the key a state
 * of those in `twins/states.js`; null when nothing was decided. A decision names the exact heads it saw. `replies`: to whatever
 * was decided, the oldest first.
 */
export async function review(store, row) {
  const rows = (await about(store, row.id)).sort((one, other) => (one.changed < other.changed ? -1 : 1));
  const of = (survey) => rows.filter((other) => other.survey === survey && other.values.subject === row.id);
  return reviewFrom(row, of("decision").at(-1), of("reply"));
}

/** The same, from the newest decision about the record and the replies about it. */
export function reviewFrom(row, decision, replies = []) {
  if (!decision) return null;
  const same = sawAll(row, decision.values.seen ?? []);
  const replied = isAnswered(decision.values.pinned, repliedTo(decision, replies));
  const key = stateFrom({ verdict: decision.values.verdict, same, replied });
  return { key, label: stateWords(key), decision, replies };
}

function sawAll(row, seen) {
  const heads = new Set(idsOf(row));
  return heads.size === seen.length && seen.every((id) => heads.has(id));
}

/** Everything a page says about where a record stands. */
export async function standing(store, row) {
  const [drafts, changes, photos, decided] = await Promise.all([
    store.all("drafts", { index: "record", only: row.id }),
    store.all("changes", { index: "record", only: row.id }),
    store.bare("photos"),
    review(store, row),
  ]);
  changes.sort((one, other) => (one.stamp < other.stamp ? -1 : 1));
  const [draft = null] = drafts;
  const travelled = journey({ draft, changes, photos: photos.filter((photo) => photo.record === row.id) });
  const alerts = { contested: Object.keys(row.conflicts).length > 0, news: Boolean(row.news) };
  return { journey: travelled, review: decided, draft, changes, ...alerts };
}
