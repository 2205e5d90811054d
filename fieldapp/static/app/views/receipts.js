/** What became of everything made on this tablet, day by day, beside the server's own count of it. */

import { _, day as dayText, moment, ngettext, number } from "../ground/i18n.js";
import { compared, totalsOf, workByDay } from "../records/receipts.js";
import { photoStage, review, stage } from "../records/status.js";
import { h } from "../kit/dom.js";
import { backLink, badge, buttonLink, card, notice, quiet, text } from "../kit/parts.js";
import { nameOf, namesGiven, villageText } from "../kit/words.js";

export async function draw(tablet) {
  const days = await workByDay(tablet.store);
  const [newest, ...earlier] = days;
  return {
    title: _("Receipts"),
    body: [
      text(WHAT()),
      days.length ? countedText(tablet) : notice("plain", text(_("Nothing has been made on this tablet yet."))),
      newest && [summary(tablet, newest, { listed: true }), await list(tablet, newest)],
      earlier.map((each) => summary(tablet, each, { listed: false })),
    ],
  };
}

/** Everything made on one day. */
export async function drawDay(tablet, { day }) {
  const found = (await workByDay(tablet.store)).find((each) => each.day === day);
  if (!found) return draw(tablet);
  return {
    title: _("Receipts of %(day)s", { day: dayText(day) }),
    body: [
      backLink("#/receipts", _("Receipts")),
      countedText(tablet),
      summary(tablet, found, { listed: true }),
      await list(tablet, found),
    ],
  };
}

const WHAT = () =>
  _("Every change made on this tablet, with what the server answered. Nothing counts as sent without a receipt.");

/** Of when the server's count is. */
export function countedText({ session }) {
  if (!session.counts) return quiet(_("The server's own count is not here yet: it comes with the next sync."));
  return quiet(_("The server's own count: as of %(when)s.", { when: moment(session.counts.at) }));
}

// --- a day in numbers ---

function summary(tablet, each, { listed }) {
  const { day } = each;
  const links = [
    !listed && buttonLink("quiet", "list", _("All receipts of this day"), `#/receipts/${day}`),
    buttonLink("outline-primary", "receipt", _("Show as proof"), `#/proof/${day}`),
  ];
  return h("section", { class: "block day" },
    h("h2", {}, dayText(day)),
    tally(each, tablet.session.counts),
    difference(each, tablet.session.counts),
    h("div", { class: "actions" }, links),
  );
}

/** The numbers of a day: what was made here, what has a receipt, and what the server counts. */
export function tally(each, counts) {
  const found = totalsOf(each);
  const told = compared(each, counts);
  const row = (label, read) => {
    const cell = (kind) => h("td", {}, read(kind) ?? "–");
    return h("tr", {}, h("th", { scope: "row" }, label), cell("changes"), cell("photos"));
  };
  const some = (key) => found.changes[key] + found.photos[key] > 0;
  return h("table", { class: "tally" },
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, _("Changes")), h("th", { scope: "col" }, _("Photos")))),
    h("tbody", {},
      row(_("Made on this tablet"), (kind) => number(found[kind].made)),
      row(_("Received, with a receipt"), (kind) => number(found[kind].received)),
      some("held") && row(_("Held"), (kind) => number(found[kind].held)),
      some("refused") && row(_("Needs attention"), (kind) => number(found[kind].refused)),
      some("left") && row(_("Not received yet"), (kind) => number(found[kind].left)),
      row(_("The server's own count"), (kind) => told && number(told[kind])),
    ),
  );
}

/** What to do where tablet and server do not agree; null where they do. */
export function difference(each, counts) {
  const told = compared(each, counts);
  if (!told) return null;
  const { missing, more } = told;
  const lacking = [
    missing.changes && ngettext("%(n)s change", "%(n)s changes", missing.changes),
    missing.photos && ngettext("%(n)s photo", "%(n)s photos", missing.photos),
  ].filter(Boolean);
  if (lacking.length) return notice("danger", text(LACKING(lacking.join(", "))));
  return more > 0 ? notice("plain", text(MORE(more))) : null;
}

const LACKING = (what) =>
  _("The server counts fewer than this tablet has receipts for: %(what)s. Open “Sync” and press “Check again”: what is missing is sent again. If this stays, show this page to your administrator.", { what });
const MORE = (n) =>
  ngettext("The server holds %(n)s more change of this day, which is no longer on this tablet. Nothing is missing.", "The server holds %(n)s more changes of this day, which are no longer on this tablet. Nothing is missing.", n);

// --- a day, change by change ---

async function list(tablet, { day, changes, photos }) {
  return h("section", { class: "block" },
    h("h2", {}, _("Made on %(day)s", { day: dayText(day) })),
    h("ul", { class: "cards receipts" }, await Promise.all(changes.map((change) => line(tablet, change, photos)))),
  );
}

async function line(tablet, lying, photos) {
  const { id } = lying;
  const change = (await tablet.store.get("changes", id)) ?? lying;
  const row = await tablet.store.get("records", change.record);
  const { key, label, detail } = stage(change);
  const decided = row && (await review(tablet.store, row));
  return card(`#/record/${change.record}`,
    await titleOf(tablet, change),
    h("span", { class: "badges" }, badge(key, label), decided?.key === "returned" && badge("returned", decided.label)),
    !row && (await goneText(tablet, change)),
    change.receipt && detail,
    _("Made %(when)s", { when: moment(change.made_at) }),
    change.receipt && receiptText(change),
    ...photoTexts(photos.filter((photo) => photo.change === id || (!photo.change && photo.record === change.record))),
  );
}

/** What a change is about, for people: its record, and before it what that is about in turn. */
export async function titleOf(tablet, change) {
  const names = [];
  let row = await knownOf(tablet, change.record);
  while (row) {
    names.unshift(isNameless(row) ? tablet.forms.surveys[row.survey].title : nameOf(tablet, row));
    const { subject, household } = row.values;
    row = (subject ?? household) && (await knownOf(tablet, subject ?? household));
  }
  return names.length ? names.join(" – ") : (tablet.forms.surveys[change.survey]?.title ?? change.survey);
}

// A record that is here, or of one that is here no more what was said of it on this tablet; undefined where nothing was.
async function knownOf({ store, forms }, id) {
  const row = await store.get("records", id);
  if (row) return row;
  const own = (await store.all("changes", { index: "record", only: id })).filter(({ damaged, survey }) => !damaged && forms.surveys[survey]);
  const said = own.toSorted((one, other) => (one.stamp < other.stamp ? -1 : 1)).map(({ text: whole }) => JSON.parse(whole).answers);
  return own.length ? { survey: own[0].survey, gone: true, values: Object.assign({}, ...said) } : undefined;
}

// Not that it has no name: the name was never said here.
function isNameless({ survey, gone, values }) {
  return gone && survey === "household" && !values.head_name;
}

// Of a record that is here no more: where it lay, and what was said of it.
async function goneText(tablet, { record, survey, text: whole, damaged }) {
  if (!whole || damaged || !tablet.forms.surveys[survey]) return _("No longer on this tablet.");
  const { village } = (await knownOf(tablet, record)).values;
  const questions = namesGiven(tablet.forms.surveys[survey], JSON.parse(whole).answers).join(", ");
  const what = _("No longer on this tablet. Given here: %(questions)s.", { questions });
  return village ? `${villageText(tablet, village)}. ${what}` : what;
}

// "2 photos: received by the server", a line for each state they are in.
function photoTexts(photos) {
  const groups = Map.groupBy(photos, (photo) => photoStage(photo).label);
  return [...groups].map(([label, some]) => {
    return _("%(photos)s: %(state)s", { photos: ngettext("%(n)s photo", "%(n)s photos", some.length), state: label });
  });
}

/** The number of a receipt: what people read out to each other. */
export function numberOf({ id }) {
  return id.slice(0, 8).toUpperCase();
}

function receiptText(change) {
  const { batch, at } = change.receipt;
  const values = { number: numberOf(change), when: moment(at), batch };
  if (!batch) return _("Receipt %(number)s, %(when)s", values);
  return _("Receipt %(number)s, batch %(batch)s, %(when)s", values);
}
