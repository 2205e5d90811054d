/** A day's work as proof, to be shown at arm's length or printed: who, which tablet, what, and the server's receipts. */

import { _, day as dayText, moment } from "../ground/i18n.js";
import { totalsOf, workByDay } from "../records/receipts.js";
import { stage } from "../records/status.js";
import { h } from "../kit/dom.js";
import { backLink, badge, button, notice, text } from "../kit/parts.js";
import { countedText, difference, numberOf, tally, titleOf } from "./receipts.js";

export async function draw(tablet, { day }) {
  const days = await workByDay(tablet.store);
  const found = days.find((each) => each.day === day);
  if (!found) return nothing();
  const { counts } = tablet.session;
  return {
    title: _("Work of %(day)s", { day: dayText(day) }),
    body: [
      h("div", { class: "not-printed" }, backLink("#/receipts", _("Receipts")), chooser(days, day)),
      h("div", { class: "proof" },
        who(tablet),
        verdict(found),
        tally(found, counts),
        countedText(tablet),
        difference(found, counts),
        h("ol", { class: "proof-list" }, await Promise.all(found.changes.map((change) => line(tablet, change)))),
      ),
      h("div", { class: "actions not-printed" }, button("primary wide", "save", _("Print, or keep as a file"), () => window.print())),
    ],
  };
}

function nothing() {
  return { title: _("Nothing was made on this day"), body: [backLink("#/receipts", _("Receipts"))] };
}

function chooser(days, day) {
  const options = days.map((each) => h("option", { value: each.day, selected: each.day === day }, dayText(each.day)));
  const go = (event) => (location.hash = `#/proof/${event.target.value}`);
  return h("label", { class: "day-chosen" }, _("Day"), h("select", { class: "form-select", onchange: go }, options));
}

function who({ session }) {
  const { device, account } = session;
  const facts = [
    [_("Made by"), account.username ? `${account.name} (${account.username})` : account.name],
    [_("Tablet"), device.name ? `${device.name} (${device.id})` : device.id],
    [_("Server"), location.host],
  ];
  const fact = ([label, value]) => h("div", { class: "fact" }, h("dt", {}, label), h("dd", {}, value));
  return h("dl", { class: "facts" }, facts.map(fact));
}

// The one sentence that counts, large. It promises nothing that has no receipt.
function verdict(found) {
  const { changes, photos } = totalsOf(found);
  const all = changes.received === changes.made && photos.received === photos.made;
  return notice(all ? "good" : "warning", h("p", { class: "proof-said" }, all ? WHOLE() : PARTLY(changes, photos)));
}

const WHOLE = () => _("The server has given a receipt for everything made on this day.");
const PARTLY = (changes, photos) =>
  _("What the server has received of this day: changes %(changes)s of %(all)s, photos %(photos)s of %(all_photos)s.", {
    changes: changes.received,
    all: changes.made,
    photos: photos.received,
    all_photos: photos.made,
  });

async function line(tablet, lying) {
  const change = (await tablet.store.get("changes", lying.id)) ?? lying;
  const { key, label } = stage(change);
  return h("li", {},
    h("strong", {}, await titleOf(tablet, change)),
    badge(key, label),
    change.receipt && h("span", { class: "proof-receipt" }, _("Receipt %(number)s", { number: numberOf(change) })),
    change.receipt && text(_("Server's time: %(when)s", { when: moment(change.receipt.at) })),
  );
}
