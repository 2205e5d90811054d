/** The first page of the day: what to do next. */

import { h, icon } from "../dom.js";
import { _, moment, ngettext } from "../i18n.js";
import { waiting, waitingPhotos } from "../outbox.js";
import { review } from "../status.js";
import { answerText, badge, card, cards, nameOf, notice, villageText } from "./parts.js";

export async function draw(tablet) {
  const [returned, drafts, unsent] = await Promise.all([returnedCards(tablet), draftCards(tablet), unsentNotice(tablet)]);
  const areas = tablet.session.areas;
  return {
    title: _("What to do next"),
    body: [
      h("p", { class: "lead-line" }, _("Hello, %(name)s.", { name: tablet.session.account.name })),
      firstDownload(tablet),
      cards(_("Returned to you"), returned),
      cards(_("Drafts to finish"), drafts),
      unsent,
      returned.length + drafts.length === 0 && !unsent && notice("good", h("p", {}, _("Nothing is left undone. You can go on with the next household."))),
      h("div", { class: "actions" },
        h("a", { class: "btn btn-primary btn-wide", href: "#/households" }, icon("list"), _("Find a household")),
        h("a", { class: "btn btn-outline-primary btn-wide", href: "#/new/household" }, icon("plus"), _("Add a new household")),
      ),
      h("p", { class: "quiet" }, ngettext("You look after %(n)s village.", "You look after %(n)s villages.", areas.length)),
    ],
  };
}

function firstDownload(tablet) {
  if (tablet.session.synced_at) return null;
  return notice("plain", h("p", {}, _("Your villages are being downloaded. Stay where there is network until it says “Everything is up to date”.")));
}

async function returnedCards(tablet) {
  const decisions = await tablet.every("decision");
  const subjects = new Set(decisions.map((row) => row.values.subject));
  const found = [];
  for (const id of subjects) {
    const row = await tablet.store.get("records", id);
    const decided = row && !row.withdrawn ? await review(tablet.store, row) : null;
    if (decided?.key === "returned") found.push(await returnedCard(tablet, row, decided.decision));
  }
  return found;
}

async function returnedCard(tablet, row, decision) {
  const pins = decision.values.pinned ?? [];
  const said = decision.values.comment || pins[0]?.text;
  return card(`#/record/${row.id}`, await fullName(tablet, row), badge("returned", _("Returned to be corrected")), said && `“${said}”`);
}

async function draftCards(tablet) {
  const drafts = (await tablet.store.all("drafts")).sort((one, other) => (one.changed_at < other.changed_at ? 1 : -1));
  return Promise.all(drafts.map(async (draft) => {
    const row = { survey: draft.survey, values: draft.answers, area: draft.area };
    return card(`#/fill/${draft.id}`, await fullName(tablet, row), badge("draft", _("Draft")), _("Last changed %(when)s", { when: moment(draft.changed_at) }));
  }));
}

async function fullName(tablet, row) {
  const name = nameOf(tablet, row);
  if (row.survey === "household") return row.area ? `${name} – ${villageText(tablet, row.area)}` : name;
  const household = await answerText(tablet, { kind: "reference" }, row.values.household);
  return `${household} – ${name}`;
}

async function unsentNotice({ store, sync, session }) {
  const [changes, photos] = await Promise.all([waiting(store), waitingPhotos(store)]);
  if (!changes.length && !photos.length) return null;
  return notice("plain",
    h("h2", {}, _("Waiting to be sent")),
    h("p", {}, [
      ngettext("%(n)s change", "%(n)s changes", changes.length),
      ngettext("%(n)s photo", "%(n)s photos", photos.length),
    ].join(", ")),
    h("p", { class: "quiet" }, session.synced_at ? _("Last sync %(when)s", { when: moment(session.synced_at) }) : _("Not synced yet")),
    h("button", { class: "btn btn-primary", type: "button", onclick: () => sync.run() }, icon("sync"), _("Sync now")),
  );
}
