/** One record: where it stands, what was asked about it, its answers, its photos, its history. */

import { _, moment } from "../ground/i18n.js";
import { WITHDRAWN, byMoment, momentOf } from "../twins/change.js";
import { kept } from "../twins/fold.js";
import { asked } from "../twins/asked_if.js";
import { toVisit } from "../records/assigned.js";
import { about, lastOf, latestOf, markSeen, same, saidOf, settle } from "../records/records.js";
import { journey, review, stage, standing } from "../records/status.js";
import { h } from "../kit/dom.js";
import { backLink, badge, badges, button, buttonLink, notice, quiet, text } from "../kit/parts.js";
import { picture, showWhole } from "../kit/pictures.js";
import { answerText, nameOf, namesGiven, villageText } from "../kit/words.js";
import { openNeeds } from "./begin.js";
import { FORMS, belongings } from "./belongings.js";
import { contested } from "./contested.js";
import { fateNotice, photoCaptions, stoppedNotices } from "./fate.js";
import { mergedNote } from "./merged.js";
import { notYoursNote } from "./not_yours.js";
import { visitLines } from "./todo.js";

/** What is said about a record is shown on the page of that record. */
const SAID = ["decision", "reply"];

export async function draw(tablet, { id }) {
  const { store } = tablet;
  const row = await store.get("records", id);
  if (!row) return missing(tablet, id);
  if (SAID.includes(row.survey)) return tablet.replace(`#/record/${row.values.subject}`);
  const where = await standing(store, row);
  const isHousehold = row.survey === "household";
  const rows = isHousehold ? await about(store, id) : [];
  if (row.news) markSeen(store, row).catch((error) => console.error(error));
  return {
    title: nameOf(tablet, row),
    body: [
      await backTo(tablet, row),
      h("p", { class: "lead-line" }, villageText(tablet, row.area)),
      badges(where),
      isHousehold && (await mergedNote(tablet, id)),
      notYoursNote(tablet, row.area),
      isHousehold && visitNote(tablet, rows),
      ["held", "refused"].includes(where.journey.key) ? null : where.journey.detail && quiet(where.journey.detail),
      stoppedNotices(tablet, row, where),
      await decided(tablet, row, where),
      await contested(tablet, row),
      await changedElsewhere(tablet, row, where),
      row.withdrawn ? withdrawn(where) : await doable(tablet, row, where, rows),
      isHousehold && (await belongings(tablet, row, rows)),
      isHousehold && earlierPhotos(tablet, rows),
      await answers(tablet, row),
      await history(tablet, row, where),
    ],
  };
}

// Whom a supervisor wants to visit the household; what was begun here before is kept all the same.
function visitNote(tablet, rows) {
  const of = (survey) => rows.filter((other) => other.survey === survey);
  const [given] = toVisit(of("assignment"), of("housing_need"), of("progress_visit")).values();
  if (!given) return null;
  const isMine = given.values.person === tablet.session.device.author;
  const said = isMine ? _("You are to visit this household.") : _("Somebody else is to visit this household. What you have filled in is kept, and counts when it is sent.");
  return notice("plain", text(said), visitLines(tablet, given).map((line) => text(line)));
}

async function missing({ store, forms }, id) {
  const why = _("It may have moved to another village, or it has not been downloaded yet.");
  const back = backLink("#/households", _("Households"));
  const made = await store.all("changes", { index: "record", only: id });
  const fates = made.sort((one, other) => (one.stamp < other.stamp ? -1 : 1)).map((change) => fateNotice(forms, change));
  return { title: _("This record is not on this tablet"), body: [text(why), fates, back] };
}

async function backTo(tablet, row) {
  const { of_list: list } = row.values;
  if (list) return backLink(`#/meeting/${list}`, _("Village meeting"));
  if (row.survey === "household") return backLink("#/households", _("Households"));
  const name = await answerText(tablet, { kind: "reference" }, row.values.household);
  return backLink(`#/record/${row.values.household}`, name);
}

// What was begun before that is still to be ended, one way or the other.
function withdrawn({ draft }) {
  const begun = () => [
    text(_("What you had begun is still here. Finish it if the record is to stay: then the supervisor decides. If not, throw the draft away.")),
    buttonLink("outline-primary wide", "pencil", _("Open the draft"), `#/fill/${draft.id}`),
  ];
  return notice("plain", text(_("The record was withdrawn. Its history stays.")), draft && begun());
}

function doable(tablet, row, where, rows) {
  return row.survey === "household" ? householdActions(tablet, row, where, rows) : actions(tablet, row, where);
}

// What a supervisor reviews is withdrawn in the office; what nobody approves, by whoever finds it twice.
function actions(tablet, row, where) {
  const { reviewed, html } = tablet.forms.surveys[row.survey];
  if (!html || row.values.of_list) return null; // it is filled in by an office, or at the meeting
  return h("div", { class: "actions" },
    edit(row, where, "primary wide"),
    !reviewed && button("quiet", "cross", _("Entered twice or by mistake: withdraw it"), () => withdraw(tablet, row)),
  );
}

async function withdraw(tablet, row) {
  if (!window.confirm(_("Withdraw this entry? The office can bring it back."))) return;
  await settle(tablet, row, { [WITHDRAWN]: true });
  await tablet.leaveTo(`#/record/${row.values.household}`, _("Withdrawn. It will be sent when there is network."));
  tablet.sync.nudge();
}

// First what is most likely next: a correction, the visit to an approved house, the need there is, or the first need;
// nothing where the work is done.
async function householdActions({ store, forms }, row, where, rows) {
  const needs = rows.filter(({ survey }) => survey === "housing_need");
  const [open = null] = openNeeds(rows, forms.last_milestones);
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
  return buttonLink(look, "list", _("Open the housing need form"), `#/record/${need.id}`);
}

function newNeedLink(row, look) {
  return buttonLink(look, "plus", _("New housing need form"), `#/new/housing_need/${row.id}`);
}

function visitLink(row, look) {
  return buttonLink(look, "plus", _("New progress visit"), `#/new/progress_visit/${row.id}`);
}

function edit(row, { draft, review }, look) {
  if (draft) return buttonLink(look, "pencil", _("Go on with the draft"), `#/fill/${draft.id}`);
  const form = row.survey === "household_member" ? `#/members/${row.values.household}/${row.id}` : `#/edit/${row.id}`;
  const change = buttonLink(look, "pencil", _("Change the answers"), form);
  const warning = _("What is changed after approval goes back to the supervisor.");
  return review?.key === "approved" ? [change, quiet(warning)] : change;
}

// --- what was decided ---

async function decided(tablet, row, { review }) {
  if (!review) return null;
  const { comment, pinned } = review.decision.values;
  if (review.key === "approved" && !comment) return null;
  const kind = ["returned", "refused", "changed_since_approval"].includes(review.key) ? "warning" : "plain";
  return notice(kind,
    h("h2", {}, review.label),
    quiet(moment(momentOf(latestOf(review.decision)))),
    comment && text(comment),
    await replies(tablet, review, ""),
    pinned && h("ul", {}, await Promise.all(pinned.map((pin) => pinLine(tablet, row, review, pin)))),
    review.key === "returned" && [quiet(HOW_TO_ANSWER()), replyLink(row)],
    review.key === "refused" && quiet(WHERE_WRONG()),
  );
}

const WHERE_WRONG = () => _("Where this rests on a wrong answer, correct that: the record goes back to the supervisor then.");
const HOW_TO_ANSWER = () => _("Correct what is asked. Where an answer is right as it is, reply and say why: nothing has to be changed for that.");

function replyLink(row) {
  return buttonLink("outline-primary wide", "comment", _("Reply without changing an answer"), `#/reply/${row.id}`);
}

async function pinLine(tablet, row, review, { question, text: said }) {
  const { questions } = tablet.forms.surveys[row.survey];
  const asked = [h("strong", {}, questions[question]?.short ?? question), ": ", said];
  return h("li", {}, asked, await replies(tablet, review, question));
}

// What was replied to a comment, or to the whole ("").
async function replies(tablet, { decision, replies: all }, question) {
  const own = all.filter(({ values }) => values.decision === decision.id && (values.question ?? "") === question);
  return own.length > 0 && h("ul", { class: "replies" }, await Promise.all(own.map((one) => replyLine(tablet, one))));
}

async function replyLine({ store }, { id, values }) {
  const changes = await store.all("changes", { index: "record", only: id });
  const { key, label } = journey({ changes });
  return h("li", {}, h("strong", {}, _("Reply:")), " ", values.text, " ", key !== "server" && badge(key, label));
}

// --- what others did ---

// Somebody who worked on a record is told what became of it since, before they change it again.
async function changedElsewhere(tablet, row, { changes }) {
  const mine = lastOf(changes.map(saidOf));
  if (!mine) return null;
  const survey = tablet.forms.surveys[row.survey];
  const others = [...(await pulledOf(tablet, row, changes)), ...downloadedOf(row, changes)].filter((change) => byMoment(saidOf(change), mine) > 0);
  const later = others.map((change) => step(change, survey, _("Elsewhere")));
  const isNews = row.news || row.seen === latestOf(row).stamp; // looked at a moment ago, it is still to be read
  const lines = later.length || !isNews ? later : [{ ...latestOf(row), said: _("Elsewhere") }];
  if (!lines.length) return null;
  const outcomes = await outcomesOf(tablet, row, changes, others);
  return notice("warning",
    h("h2", {}, _("Somebody else has changed this since you did")),
    h("ul", {}, lines.map((line) => h("li", {}, `${moment(momentOf(line))} – ${line.said}`))),
    outcomes.length > 0 && h("ul", { class: "outcomes" }, outcomes.map((told) => h("li", {}, told))),
  );
}

// Of what was answered here and otherwise by others since: which answer holds. What is still in dispute is told beside it.
async function outcomesOf(tablet, row, changes, others) {
  const { questions } = tablet.forms.surveys[row.survey];
  const inOrder = changes.toSorted((one, other) => (one.stamp < other.stamp ? -1 : 1));
  const mine = Object.assign({}, ...inOrder.map((change) => saidOf(change).answers));
  const names = [...new Set(others.flatMap((change) => Object.keys(saidOf(change).answers)))];
  const differs = (name) => others.some((change) => name in saidOf(change).answers && !same(saidOf(change).answers[name], mine[name]));
  const both = names.filter((name) => name in mine && questions[name] && !(name in row.conflicts) && differs(name));
  return Promise.all(both.map((name) => outcome(tablet, questions[name], row.values[name], mine[name])));
}

async function outcome(tablet, question, now, mine) {
  const [answer, before] = await Promise.all([now, mine].map((value) => answerText(tablet, question, value)));
  const values = { question: question.short, answer, before };
  if (same(now, mine)) return _("%(question)s: your answer holds, “%(answer)s”.", values);
  return _("%(question)s: “%(answer)s” holds now. You had answered “%(before)s”.", values);
}

async function pulledOf(tablet, row, changes) {
  const own = new Set(changes.map((change) => change.id));
  return (await tablet.store.all("pulled", { index: "record", only: row.id })).filter(({ id }) => !own.has(id));
}

// What came with a download has no steps, only what still counts of each: its answers and its moment.
function downloadedOf({ snapshot }, changes) {
  const own = new Set(changes.map((change) => change.stamp));
  const by = Map.groupBy(snapshot ? kept(snapshot).claims : [], ({ stamp }) => stamp);
  const all = (claims) => Object.assign({}, ...claims.map((claim) => claim.answers));
  return [...by].filter(([stamp]) => !own.has(stamp)).map(([, claims]) => ({ ...claims[0], answers: all(claims) }));
}

// --- earlier photos ---

/** So many earlier forms show their photos on the page of their household. */
const MOST_FORMS = 4;

function earlierPhotos(tablet, rows) {
  const forms = rows.filter(({ survey }) => FORMS.includes(survey));
  const dated = forms.sort((one, other) => ((one.values.visited_on ?? "") < (other.values.visited_on ?? "") ? 1 : -1));
  const shown = dated.map((other) => [other, photosIn(tablet, other)]).filter(([, list]) => list.length);
  if (!shown.length) return null;
  const group = ([other, list]) => [h("h3", {}, nameOf(tablet, other)), photos(tablet, list)];
  return h("section", { class: "block" }, h("h2", {}, _("Earlier photos")), shown.slice(0, MOST_FORMS).map(group));
}

function photosIn({ forms }, { survey, values }) {
  const { questions, order } = forms.surveys[survey];
  const names = order.filter((name) => questions[name].kind === "photo");
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
  const survey = tablet.forms.surveys[row.survey];
  const pulled = await pulledOf(tablet, row, changes);
  const lines = [
    ...changes.map((change) => step(change, survey, _("On this tablet"), receiptText(change))),
    ...pulled.map((change) => step(change, survey, _("Elsewhere"))),
    ...downloaded(row),
    ...(review ? decisionSteps(review) : []),
  ];
  if (!lines.length) return null;
  lines.sort((one, other) => byMoment(other, one));
  return h("section", { class: "block" },
    h("h2", {}, _("History")),
    h("ol", { class: "history" }, lines.map(historyLine)),
  );
}

function decisionSteps({ decision, replies: all }) {
  const { verdict, comment } = decision.values;
  const own = all.filter(({ values }) => values.decision === decision.id);
  return [
    { ...latestOf(decision), said: DECIDED[verdict]?.() ?? verdict, detail: comment },
    ...own.map((row) => ({ ...latestOf(row), said: _("Reply to the supervisor"), detail: row.values.text })),
  ];
}

const DECIDED = {
  approve: () => _("Approved"),
  return: () => _("Returned to be corrected"),
  refuse: () => _("Refused"),
  reopen: () => _("Opened again for review"),
};

// What came before the first download is one line: its steps are on the server.
function downloaded({ snapshot }) {
  const last = snapshot && lastOf(kept(snapshot).claims);
  return last ? [{ ...last, said: _("Elsewhere: as it was when it was downloaded") }] : [];
}

function historyLine(line) {
  return h("li", {},
    h("strong", {}, moment(momentOf(line))),
    h("span", {}, line.said),
    line.detail && h("span", { class: "quiet" }, line.detail),
  );
}

function step(change, survey, where, detail = null) {
  const { answers: given, stamp, made_at } = saidOf(change);
  const names = namesGiven(survey, given);
  const short = { first: names.slice(0, 3).join(", "), n: names.length - 3 };
  const list = names.length > 4 ? _("%(first)s and %(n)s more", short) : names.join(", ");
  return { stamp, made_at, said: `${where}: ${list}`, detail };
}

function receiptText(change) {
  const { key, label, detail } = stage(change);
  if (key === "received") return _("Received by the server %(when)s", { when: moment(change.receipt.at) });
  return change.receipt ? `${label}: ${detail}` : label;
}
