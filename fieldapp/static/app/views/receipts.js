/** What became of everything made on this tablet, day by day: a page to show as proof. */

import { h } from "../dom.js";
import { _, day, moment, ngettext } from "../i18n.js";
import { taken } from "../outbox.js";
import { badge, card, nameOf, notice, text } from "./parts.js";

export async function draw(tablet) {
  const changes = await tablet.store.all("changes", { index: "seq" });
  const photos = (await tablet.store.all("photos")).filter((photo) => photo.state !== "kept");
  const days = Map.groupBy(changes.reverse(), (change) => day(change.made_at));
  const sections = await Promise.all([...days].map(([date, list]) => section(tablet, date, list, photos)));
  return {
    title: _("Receipts"),
    body: [
      text(WHAT()),
      photos.length > 0 && text(photoText(photos)),
      sections.length ? sections : notice("plain", text(_("Nothing has been made on this tablet yet."))),
    ],
  };
}

const WHAT = () =>
  _("Every change made on this tablet, with what the server answered. Nothing counts as sent without a receipt.");

function photoText(photos) {
  const stored = photos.filter((photo) => photo.state === "stored").length;
  return _("Photos: %(stored)s of %(all)s received by the server.", { stored, all: photos.length });
}

async function section(tablet, date, changes, photos) {
  const received = changes.filter(taken).length;
  const left = changes.length - received;
  const totals = [
    ngettext("%(n)s change", "%(n)s changes", changes.length),
    _("%(n)s received", { n: received }),
    left > 0 && _("%(n)s not received yet", { n: left }),
  ];
  return h("section", { class: "block" },
    h("h2", {}, date),
    h("p", { class: "total" }, totals.filter(Boolean).join(" · ")),
    h("ul", { class: "cards receipts" }, await Promise.all(changes.map((change) => line(tablet, change, photos)))),
  );
}

async function line(tablet, change, photos) {
  const row = await tablet.store.get("records", change.record);
  const own = photos.filter((photo) => photo.record === change.record);
  return card(`#/record/${change.record}`,
    row ? await title(tablet, row) : tablet.forms.surveys[change.survey].title,
    badge(...verdict(change)),
    change.receipt?.message,
    _("Made %(when)s", { when: moment(change.made_at) }),
    change.receipt && receiptText(change),
    own.length > 0 && photoText(own),
  );
}

async function title(tablet, row) {
  const household = row.values.household && (await tablet.store.get("records", row.values.household));
  return household ? `${nameOf(tablet, household)} – ${nameOf(tablet, row)}` : nameOf(tablet, row);
}

function verdict(change) {
  if (taken(change)) return ["received", _("Received by the server")];
  if (change.receipt?.verdict === "held") return ["held", _("Held")];
  if (change.receipt) return ["refused", _("Needs attention")];
  return change.tried_at ? ["sent", _("Sent, no receipt yet")] : ["tablet", _("On this tablet only")];
}

function receiptText({ receipt, id }) {
  const values = { number: id.slice(0, 8).toUpperCase(), when: moment(receipt.at), batch: receipt.batch };
  if (!receipt.batch) return _("Receipt %(number)s, %(when)s", values);
  return _("Receipt %(number)s, batch %(batch)s, %(when)s", values);
}
