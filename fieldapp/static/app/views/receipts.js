/** What became of everything made on this tablet, day by day: a page to show as proof. */

import { h } from "../dom.js";
import { _, day, moment, ngettext } from "../i18n.js";
import { taken } from "../outbox.js";
import { badge, nameOf, notice } from "./parts.js";

export async function draw(tablet) {
  const [changes, photos] = await Promise.all([tablet.store.all("changes", { index: "seq" }), tablet.store.all("photos")]);
  const sent = photos.filter((photo) => photo.state !== "kept");
  const days = Map.groupBy(changes.reverse(), (change) => day(change.made_at));
  const sections = await Promise.all([...days].map(([date, list]) => section(tablet, date, list, sent)));
  return {
    title: _("Receipts"),
    body: [
      h("p", {}, _("Every change made on this tablet, with what the server answered. Nothing counts as sent without a receipt.")),
      photoLine(sent),
      sections.length ? sections : notice("plain", h("p", {}, _("Nothing has been made on this tablet yet."))),
    ],
  };
}

function photoLine(photos) {
  if (!photos.length) return null;
  const stored = photos.filter((photo) => photo.state === "stored").length;
  return h("p", {}, _("Photos: %(stored)s of %(all)s received by the server.", { stored, all: photos.length }));
}

async function section(tablet, date, changes, photos) {
  const received = changes.filter(taken).length;
  const lines = await Promise.all(changes.map((change) => line(tablet, change, photos)));
  return h("section", { class: "block" },
    h("h2", {}, date),
    h("p", { class: "total" }, [
      ngettext("%(n)s change", "%(n)s changes", changes.length),
      _("%(n)s received", { n: received }),
      changes.length > received && _("%(n)s not received yet", { n: changes.length - received }),
    ].filter(Boolean).join(" · ")),
    h("ul", { class: "cards" }, lines),
  );
}

async function line(tablet, change, photos) {
  const row = await tablet.store.get("records", change.record);
  const own = photos.filter((photo) => photo.record === change.record);
  return h("li", { class: "card-item receipt" },
    h("a", { class: "card-link", href: `#/record/${change.record}` },
      h("span", { class: "card-title" }, row ? await title(tablet, row) : tablet.forms.surveys[change.survey]?.title),
      badge(...verdict(change)),
      change.receipt?.message && h("span", { class: "card-line" }, change.receipt.message),
      h("span", { class: "card-line" }, _("Made %(when)s", { when: moment(change.made_at) })),
      change.receipt && h("span", { class: "card-line" }, receiptText(change)),
      own.length > 0 && h("span", { class: "card-line" }, _("Photos: %(stored)s of %(all)s received by the server.", { stored: own.filter((photo) => photo.state === "stored").length, all: own.length })),
    ));
}

async function title(tablet, row) {
  const household = row.values.household && (await tablet.store.get("records", row.values.household));
  return household ? `${nameOf(tablet, household)} – ${nameOf(tablet, row)}` : nameOf(tablet, row);
}

function verdict(change) {
  if (taken(change)) return ["received", _("Received by the server")];
  if (change.receipt) return change.receipt.verdict === "held" ? ["held", _("Held")] : ["refused", _("Needs attention")];
  return change.tried_at ? ["sent", _("Sent, no receipt yet")] : ["tablet", _("On this tablet only")];
}

function receiptText({ receipt, id }) {
  const number = id.slice(0, 8).toUpperCase();
  const values = { number, when: moment(receipt.at), batch: receipt.batch };
  return receipt.batch ? _("Receipt %(number)s, batch %(batch)s, %(when)s", values) : _("Receipt %(number)s, %(when)s", values);
}
