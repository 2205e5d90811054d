/** The first page of the day: what to do next. */

import { h } from "../dom.js";
import { _, moment, ngettext } from "../i18n.js";
import { waiting, waitingPhotos } from "../outbox.js";
import { review } from "../status.js";
import * as parts from "./parts.js";

const { answerText, badge, button, buttonLink, card, cards, nameOf, notice, quiet, text, villageText } = parts;

export async function draw(tablet) {
  const work = [returnedCards(tablet), draftCards(tablet), unsentNotice(tablet)];
  const [returned, drafts, unsent] = await Promise.all(work);
  const villages = tablet.session.areas.length;
  return {
    title: _("What to do next"),
    body: [
      h("p", { class: "lead-line" }, _("Hello, %(name)s.", { name: tablet.session.account.name })),
      firstDownload(tablet),
      installOffer(tablet),
      cards(_("Returned to you"), returned),
      cards(_("Drafts to finish"), drafts),
      unsent,
      !returned.length && !drafts.length && !unsent && nothingLeft(),
      h("div", { class: "actions" },
        buttonLink("primary wide", "list", _("Find a household"), "#/households"),
        buttonLink("outline-primary wide", "plus", _("Add a new household"), "#/new/household"),
      ),
      quiet(ngettext("You look after %(n)s village.", "You look after %(n)s villages.", villages)),
    ],
  };
}

function nothingLeft() {
  return notice("good", text(_("Nothing is left undone. You can go on with the next household.")));
}

function firstDownload({ session }) {
  return session.synced_at ? null : notice("plain", text(STAY()));
}

const STAY = () =>
  _("Your villages are being downloaded. Stay where there is network until it says “Everything is up to date”.");

function installOffer({ install }) {
  if (!install) return null;
  const why = _("Put the app on the home screen: it opens faster, and the browser keeps its data more safely.");
  return notice("plain", text(why), button("outline-primary", "tablet", _("Install the app"), install));
}

async function returnedCards(tablet) {
  const decisions = await tablet.every("decision");
  const subjects = [...new Set(decisions.map((row) => row.values.subject))];
  return (await Promise.all(subjects.map((id) => returnedCard(tablet, id)))).filter(Boolean);
}

async function returnedCard(tablet, id) {
  const row = await tablet.store.get("records", id);
  const decided = row && !row.withdrawn ? await review(tablet.store, row) : null;
  if (decided?.key !== "returned") return null;
  const { comment, pinned } = decided.decision.values;
  const said = comment || pinned?.[0]?.text;
  const name = await fullName(tablet, row);
  return card(`#/record/${id}`, name, badge(decided.key, decided.label), said && `“${said}”`);
}

async function draftCards(tablet) {
  const drafts = await tablet.store.all("drafts");
  drafts.sort((one, other) => (one.changed_at < other.changed_at ? 1 : -1));
  return Promise.all(drafts.map((draft) => draftCard(tablet, draft)));
}

async function draftCard(tablet, draft) {
  const name = await fullName(tablet, { survey: draft.survey, values: draft.answers, area: draft.area });
  const when = _("Last changed %(when)s", { when: moment(draft.changed_at) });
  return card(`#/fill/${draft.id}`, name, badge("draft", _("Draft")), when);
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
  const counts = [
    ngettext("%(n)s change", "%(n)s changes", changes.length),
    ngettext("%(n)s photo", "%(n)s photos", photos.length),
  ];
  const last = session.synced_at ? _("Last sync %(when)s", { when: moment(session.synced_at) }) : _("Not synced yet");
  return notice("plain",
    h("h2", {}, _("Waiting to be sent")),
    text(counts.join(", ")),
    quiet(last),
    button("primary", "sync", _("Sync now"), () => sync.run()),
  );
}
