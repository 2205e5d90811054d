/** One record: where it stands, what was asked about it, its answers, its photos, its history. */

import { h } from "../dom.js";
import { _, moment } from "../i18n.js";
import { picture, showWhole } from "../pictures.js";
import { about, momentOf, settle } from "../records.js";
import { asked } from "../rules.js";
import { review, stage, standing } from "../status.js";
import { openNeeds } from "./begin.js";
import { photoCaptions, stoppedNotices } from "./fate.js";
import * as parts from "./parts.js";

const { answerText, backLink, badge, badges, button, buttonLink, card, cards, nameOf, notice, quiet, text } = parts;
const OF_A_HOUSEHOLD = ["housing_need", "progress_visit"];

export async function draw(tablet, { id }) {
  const row = await tablet.store.get("records", id);
  if (!row) return missing();
  const where = await standing(tablet.store, row);
  const isHousehold = row.survey === "household";
  return {
    title: nameOf(tablet, row),
    body: [
      await backTo(tablet, row),
      h("p", { class: "lead-line" }, parts.villageText(tablet, row.area)),
      badges(where),
      ["held", "refused"].includes(where.journey.key) ? null : where.journey.detail && quiet(where.journey.detail),
      stoppedNotices(tablet, row, where),
      decided(tablet, row, where),
      await contested(tablet, row),
      await changedElsewhere(tablet, row, where),
      isHousehold ? await householdActions(tablet, row, where) : h("div", { class: "actions" }, edit(row, where, "primary wide")),
      isHousehold && (await belongings(tablet, row)),
      isHousehold && (await earlierPhotos(tablet, row)),
      await answers(tablet, row),
      await history(tablet, row, where),
    ],
  };
}

function missing() {
  const why = _("It may have moved to another village, or it has not been downloaded yet.");
  const back = backLink("#/households", _("Households"));
  return { title: _("This record is not on this tablet"), body: [text(why), back] };
}

async function backTo(tablet, row) {
  if (row.survey === "household") return backLink("#/households", _("Households"));
  const name = await answerText(tablet, { kind: "reference" }, row.values.household);
  return backLink(`#/record/${row.values.household}`, name);
}

// First what is most likely next: a correction, the visit to an approved house, the need there is, or the first need;
// nothing where the work is done.
async function householdActions({ store }, row, where) {
  const needs = await about(store, row.id, "housing_need");
  const [open = null] = await openNeeds(store, row.id);
  const decided = open && (await review(store, open));
  const links = {
    change: (look) => edit(row, where, look),
    visit: (look) => needs.length > 0 && visitLink(row, look),
    need: (look) => (needs.length ? open && needLink(open, look) : newNeedLink(row, look)),
  };
  const correct = where.review?.key === "returned";
  const done = needs.length > 0 && !open && !correct;
  const first = done ? null : firstOf(correct, decided?.key);
  const others = ["need", "visit", "change"].filter((name) => name !== first);
  return h("div", { class: "actions" },
    first && links[first]("primary wide"),
    others.map((name) => links[name]("outline-primary wide")),
    needs.length > 0 && buttonLink("quiet", null, _("A second housing need form"), `#/new/housing_need/${row.id}`),
  );
}

function firstOf(correct, decidedOfNeed) {
  if (correct) return "change";
  return decidedOfNeed === "approved" ? "visit" : "need";
}

function needLink(need, look) {
  return buttonLink(look, "list", _("Go on with the housing need form"), `#/record/${need.id}`);
}

function newNeedLink(row, look) {
  return buttonLink(look, "plus", _("New housing need form"), `#/new/housing_need/${row.id}`);
}

function visitLink(row, look) {
  return buttonLink(look, "plus", _("New progress visit"), `#/new/progress_visit/${row.id}`);
}

function edit(row, { draft, review }, look) {
  if (draft) return buttonLink(look, "pencil", _("Go on with the draft"), `#/fill/${draft.id}`);
  const change = buttonLink(look, "pencil", _("Change the answers"), `#/edit/${row.id}`);
  const warning = _("What is changed after approval goes back to the supervisor.");
  return review?.key === "approved" ? [change, quiet(warning)] : change;
}

// --- what was decided ---

function decided(tablet, row, { review }) {
  if (!review) return null;
  const { comment, pinned } = review.decision.values;
  if (review.key === "approved" && !comment) return null;
  const kind = ["returned", "changed"].includes(review.key) ? "warning" : "plain";
  return notice(kind,
    h("h2", {}, review.label),
    quiet(moment(momentOf(review.decision.changed))),
    comment && text(comment),
    pinned && h("ul", {}, pinned.map((pin) => pinLine(tablet, row, pin))),
    review.key === "returned" && quiet(HOW_TO_ANSWER()),
  );
}

const HOW_TO_ANSWER = () =>
  _("Correct what is asked. If an answer is right as it is, say why under “Remarks”: that sends the form back as answered.");

function pinLine(tablet, row, { question, text: said }) {
  const { questions } = tablet.forms.surveys[row.survey];
  return h("li", {}, h("strong", {}, questions[question]?.short ?? question), ": ", said);
}

// --- answers that differ ---

const WHY_BOTH = () =>
  _("Two people answered differently without knowing of each other. Both answers are kept. Choose the right one if you know it; otherwise a supervisor decides.");

async function contested(tablet, row) {
  const { questions } = tablet.forms.surveys[row.survey];
  const names = Object.keys(row.choices).filter((name) => questions[name]);
  if (!names.length) return null;
  const boxes = await Promise.all(names.map((name) => rivals(tablet, row, name, questions[name])));
  return notice("warning", h("h2", {}, _("Two answers differ")), text(WHY_BOTH()), boxes);
}

async function rivals(tablet, row, name, question) {
  const lines = await Promise.all(row.choices[name].map((choice) => rival(tablet, row, name, question, choice)));
  return h("div", { class: "contested" }, h("h3", {}, question.short), h("ul", { class: "rivals" }, lines));
}

async function rival(tablet, row, name, question, { value, stamp, device }) {
  const answer = await answerText(tablet, question, value);
  const take = () => choose(tablet, row, { [name]: value });
  const where = device === tablet.session.device.id ? _("made on this tablet") : _("made elsewhere");
  return h("li", {},
    h("strong", {}, answer),
    h("span", { class: "quiet" }, `${where}, ${moment(momentOf(stamp))}`),
    button("outline-primary", "check", _("“%(answer)s” is right", { answer }), take),
  );
}

async function choose(tablet, row, answer) {
  await settle(tablet, row, answer);
  await tablet.again(_("Settled on this tablet. It will be sent when there is network."));
  tablet.sync.nudge();
}

// --- what others did ---

// Somebody who worked on a record is told what became of it since, before they change it again.
async function changedElsewhere(tablet, row, { changes }) {
  const mine = changes.map((change) => change.stamp).sort().at(-1);
  if (!mine) return null;
  const { questions } = tablet.forms.surveys[row.survey];
  const later = (await pulledOf(tablet, row, changes)).map((change) => step(change, questions, _("Elsewhere")));
  const lines = later.filter(({ stamp }) => stamp > mine);
  if (!lines.length) return null;
  return notice("warning",
    h("h2", {}, _("Somebody else has changed this since you did")),
    h("ul", {}, lines.map(({ stamp, said }) => h("li", {}, `${moment(momentOf(stamp))} – ${said}`))),
  );
}

async function pulledOf(tablet, row, changes) {
  const own = new Set(changes.map((change) => change.id));
  return (await tablet.store.all("pulled", { index: "record", only: row.id })).filter(({ id }) => !own.has(id));
}

// --- what belongs to a household ---

async function belongings(tablet, row) {
  const { store } = tablet;
  const rows = (await about(store, row.id)).filter((other) => OF_A_HOUSEHOLD.includes(other.survey));
  rows.sort((one, other) => (one.changed < other.changed ? 1 : -1));
  const begun = (draft) => draft.answers.household === row.id && !draft.given.values.household;
  const drafts = (await store.all("drafts")).filter(begun);
  return h("div", {},
    cards(_("Drafts to finish"), drafts.map((draft) => draftCard(tablet, draft))),
    cards(_("Forms of this household"), await Promise.all(rows.map((other) => formCard(tablet, other)))),
  );
}

async function formCard(tablet, row) {
  return card(`#/record/${row.id}`, nameOf(tablet, row), badges(await standing(tablet.store, row)));
}

function draftCard({ forms }, draft) {
  const when = _("Last changed %(when)s", { when: moment(draft.changed_at) });
  return card(`#/fill/${draft.id}`, forms.surveys[draft.survey].title, badge("draft", _("Draft")), when);
}

/** So many earlier forms show their photos on the page of their household. */
const MOST_FORMS = 4;

async function earlierPhotos(tablet, row) {
  const rows = (await about(tablet.store, row.id)).filter(({ survey }) => OF_A_HOUSEHOLD.includes(survey));
  const dated = rows.sort((one, other) => ((one.values.visited_on ?? "") < (other.values.visited_on ?? "") ? 1 : -1));
  const shown = dated.map((other) => [other, photosIn(tablet, other)]).filter(([, list]) => list.length);
  if (!shown.length) return null;
  const group = ([other, list]) => [h("h3", {}, nameOf(tablet, other)), photos(tablet, list)];
  return h("section", { class: "block" }, h("h2", {}, _("Earlier photos")), shown.slice(0, MOST_FORMS).map(group));
}

function photosIn({ forms }, { survey, values }) {
  const { questions } = forms.surveys[survey];
  const names = Object.keys(questions).filter((name) => questions[name].kind === "photo");
  return names.flatMap((name) => values[name] ?? []);
}

// --- answers ---

async function answers(tablet, row) {
  const survey = tablet.forms.surveys[row.survey];
  const wanted = asked(survey, row.values);
  const captions = await photoCaptions(tablet, row);
  const draw = (section) => part(tablet, row, survey, section, { wanted, captions });
  const sections = await Promise.all(survey.sections.map(draw));
  return h("div", { class: "answers" }, sections.filter(Boolean));
}

async function part(tablet, row, survey, { title, questions }, { wanted, captions }) {
  const names = questions.filter((name) => wanted.has(name) && row.values[name] != null && name !== "household");
  if (!names.length) return null;
  const facts = await Promise.all(names.map((name) => fact(tablet, survey.questions[name], row.values[name], captions)));
  return h("details", { class: "answer-part", open: true },
    h("summary", {}, h("h2", {}, title)),
    h("dl", { class: "facts" }, facts),
  );
}

async function fact(tablet, question, value, captions) {
  const shown = question.kind === "photo" ? photos(tablet, value, captions) : await answerText(tablet, question, value);
  return h("div", { class: "fact" }, h("dt", {}, question.short), h("dd", {}, shown));
}

function photos(tablet, list, captions = new Map()) {
  const label = (i) => _("Photo %(number)s", { number: i + 1 });
  const item = (photo, i) => h("li", { class: "thumb" }, thumb(tablet, photo, label(i)), captions.get(photo.sha256)?.());
  return h("ul", { class: "thumbs" }, list.map(item));
}

function thumb(tablet, photo, label) {
  const onclick = () => showWhole(tablet, photo, label);
  return h("button", { class: "thumb-open", type: "button", onclick }, picture(tablet, photo, label));
}

// --- history ---

async function history(tablet, row, { changes, review }) {
  const { questions } = tablet.forms.surveys[row.survey];
  const pulled = await pulledOf(tablet, row, changes);
  const lines = [
    ...changes.map((change) => step(change, questions, _("On this tablet"), receiptText(change))),
    ...pulled.map((change) => step(change, questions, _("Elsewhere"))),
    ...downloaded(row),
    ...(review ? [{ stamp: review.decision.changed, said: review.label, detail: review.decision.values.comment }] : []),
  ];
  if (!lines.length) return null;
  lines.sort((one, other) => (one.stamp < other.stamp ? 1 : -1));
  return h("section", { class: "block" },
    h("h2", {}, _("History")),
    h("ol", { class: "history" }, lines.map(historyLine)),
  );
}

// What came before the first download is one line: its steps are on the server.
function downloaded({ snapshot }) {
  const stamp = Object.values(snapshot?.answers ?? {}).flatMap(({ stamps }) => stamps).sort().at(-1);
  return stamp ? [{ stamp, said: _("Elsewhere: as it was when it was downloaded") }] : [];
}

function historyLine({ stamp, said, detail }) {
  return h("li", {},
    h("strong", {}, moment(momentOf(stamp))),
    h("span", {}, said),
    detail && h("span", { class: "quiet" }, detail),
  );
}

function step(change, questions, where, detail = null) {
  const { answers: given, stamp } = JSON.parse(change.text);
  const names = Object.keys(given).map((name) => questions[name]?.short ?? name);
  const short = { first: names.slice(0, 3).join(", "), n: names.length - 3 };
  const list = names.length > 4 ? _("%(first)s and %(n)s more", short) : names.join(", ");
  return { stamp, said: `${where}: ${list}`, detail };
}

function receiptText(change) {
  const { key, label, detail } = stage(change);
  if (key === "received") return _("Received by the server %(when)s", { when: moment(change.receipt.at) });
  return change.receipt ? `${label}: ${detail}` : label;
}
