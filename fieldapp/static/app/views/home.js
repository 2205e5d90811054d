/** The first page of the day: what to do next. */

import { _, moment, ngettext, number } from "../ground/i18n.js";
import { countsOf } from "../records/households.js";
import { waiting, waitingPhotos } from "../records/unsent.js";
import { h } from "../kit/dom.js";
import { button, buttonLink, card, cards, notice, quiet, text } from "../kit/parts.js";
import { draftCard, naming, villageText } from "../kit/words.js";
import { cardsOf, fullName, titleOf } from "./todo.js";
import { explainAgain, welcome } from "./welcome.js";

/** So many of a kind stand on the page; the rest has a page of its own. */
const AT_MOST = 5;

export async function draw(tablet) {
  const counting = [tablet.work.soon(() => tablet.refresh()), draftCards(tablet), unsentNotice(tablet)];
  const [work, drafts, unsent] = await Promise.all(counting);
  const left = !work || drafts.length || unsent || Object.values(work).some((kind) => kind.length);
  return {
    title: _("What to do next"),
    body: [
      h("p", { class: "lead-line" }, _("Hello, %(name)s.", { name: tablet.session.account.name })),
      firstDownload(tablet, !unsent),
      leftBehind(tablet),
      welcome(tablet),
      work && (await section(tablet, "returned", work.returned)),
      work?.refused.length > 0 && (await section(tablet, "refused", work.refused)),
      work?.assigned.length > 0 && (await section(tablet, "assigned", work.assigned)),
      work?.alerts.length > 0 && (await section(tablet, "alerts", work.alerts)),
      work?.meetings.length > 0 && (await section(tablet, "meetings", work.meetings)),
      cards(counted(_("Drafts to finish"), drafts.length), drafts),
      work ? await section(tablet, "awaiting", work.awaiting) : quiet(_("Counting what is to do…")),
      work && (await unsurveyed(tablet, work.unsurveyed)),
      unsent,
      !left && (await nothingLeft(tablet)),
      h("div", { class: "actions" },
        buttonLink("primary wide", "list", _("Find a household"), "#/households"),
        buttonLink("outline-primary wide", "plus", _("Add a new household"), "#/new/household"),
      ),
      villages(tablet),
      explainAgain(tablet),
    ],
  };
}

function counted(title, n) {
  return `${title} (${number(n)})`;
}

async function section(tablet, kind, all) {
  const items = await cardsOf(tablet, kind, all.slice(0, AT_MOST));
  if (all.length > AT_MOST) items.push(allLink(kind, all.length));
  return cards(counted(titleOf(kind), all.length), items);
}

function allLink(kind, n) {
  const label = ngettext("Show all %(n)s", "Show all %(n)s", n);
  return h("li", {}, buttonLink("outline-primary wide", "next", label, `#/todo/${kind}`));
}

// A list of hundreds is no plan for a day: a village is.
async function unsurveyed(tablet, all) {
  const counts = countsOf(all);
  if (all.length <= AT_MOST || counts.size < 2) return section(tablet, "unsurveyed", all);
  const there = tablet.session.areas.filter(({ id }) => counts.has(id));
  const line = ({ id }) => {
    const n = counts.get(id);
    const many = ngettext("%(n)s household", "%(n)s households", n);
    return card(`#/todo/unsurveyed/${id}`, villageText(tablet, id), many);
  };
  return cards(counted(titleOf("unsurveyed"), all.length), there.map(line));
}

async function nothingLeft(tablet) {
  if (!tablet.session.synced_at || !tablet.session.areas.length) return null;
  const none = !(await tablet.households.all()).length;
  const said = none
    ? _("No household of your villages is known yet. Add the first one.")
    : _("Nothing is left undone. You can go on with the next household.");
  return notice("good", text(said));
}

function villages({ session }) {
  const n = session.areas.length;
  if (n) return quiet(ngettext("You look after %(n)s village.", "You look after %(n)s villages.", n));
  return notice("warning", text(_("No village has been given to you yet. Ask your administrator, then sync.")));
}

// Who was told to wait for a sentence gets to read it here.
function firstDownload(tablet, isAllSent) {
  const { session, sync } = tablet;
  tablet.isAwaited ||= !session.synced_at;
  if (!session.synced_at) return notice("plain", text(STAY()));
  return tablet.isAwaited && isAllSent && sync.state === "idle" && notice("good", text(_("Everything is up to date")));
}

// Whoever begins anew on another tablet, or on an emptied one, is told what of the work before never arrived.
function leftBehind(tablet) {
  const { left_behind: left } = tablet.session;
  if (!left) return null;
  const read = () => tablet.session.keep({ left_behind: null }).then(() => tablet.again());
  const { changes, name, seen } = left;
  const said = [LEFT(changes, { name, when: moment(seen) }), LEFT_TO_DO()];
  return notice("warning", said.map((line) => text(line)), button("primary", "check", _("I have read it"), read));
}

const LEFT = (n, values) =>
  ngettext("%(n)s change of your tablet “%(name)s” has not reached the server. It was last in touch at %(when)s.", "%(n)s changes of your tablet “%(name)s” have not reached the server. It was last in touch at %(when)s.", n, values);
const LEFT_TO_DO = () =>
  _("If you still have that tablet, sync it, or save a backup file on it. If its data are lost, fill in the work of those days again.");
const STAY = () =>
  _("Your villages are being downloaded. Stay where there is network until it says “Everything is up to date”.");

async function draftCards(tablet) {
  const drafts = await tablet.store.all("drafts");
  drafts.sort((one, other) => (one.changed_at < other.changed_at ? 1 : -1));
  return Promise.all(drafts.map((draft) => cardOf(tablet, draft)));
}

async function cardOf(tablet, draft) {
  if (draft.survey === "reply") return replyCard(tablet, draft);
  const name = await fullName(tablet, { survey: draft.survey, values: naming(tablet, draft), area: draft.area });
  return draftCard(`#/fill/${draft.id}`, name, draft);
}

async function replyCard(tablet, draft) {
  const { subject } = draft.answers;
  const row = await tablet.store.get("records", subject);
  const name = row ? await fullName(tablet, row) : _("A record that is not on this tablet yet");
  return draftCard(`#/reply/${subject}`, name, draft, _("Reply to the supervisor"));
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
