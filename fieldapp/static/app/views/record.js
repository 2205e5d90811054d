/** One record: where it stands, what was asked about it, its answers, its photos, its history. */

import { h, icon } from "../dom.js";
import { asked } from "../rules.js";
import { _, moment } from "../i18n.js";
import { picture, showWhole } from "../pictures.js";
import { about, momentOf, settle } from "../records.js";
import { standing } from "../status.js";
import { answerText, backLink, badge, badges, card, cards, nameOf, notice, villageText } from "./parts.js";

export async function draw(tablet, { id }) {
  const row = await tablet.store.get("records", id);
  if (!row) return missing();
  const where = await standing(tablet.store, row);
  const household = row.survey === "household";
  return {
    title: nameOf(tablet, row),
    body: [
      await backTo(tablet, row),
      h("p", { class: "lead-line" }, villageText(tablet, row.area)),
      badges(where),
      where.journey.detail && h("p", { class: "quiet" }, where.journey.detail),
      returned(tablet, row, where),
      await contested(tablet, row),
      actions(row, where),
      household && (await belongings(tablet, row)),
      await answers(tablet, row),
      await history(tablet, row, where),
    ],
  };
}

function missing() {
  return { title: _("This record is not on this tablet"), body: [h("p", {}, _("It may have moved to another village, or it has not been downloaded yet.")), backLink("#/households", _("Households"))] };
}

async function backTo(tablet, row) {
  if (row.survey === "household") return backLink("#/households", _("Households"));
  const name = await answerText(tablet, { kind: "reference" }, row.values.household);
  return backLink(`#/record/${row.values.household}`, name);
}

function actions(row, { draft }) {
  const edit = draft ? `#/fill/${draft.id}` : `#/edit/${row.id}`;
  const label = draft ? _("Go on with the draft") : _("Change the answers");
  return h("div", { class: "actions" },
    row.survey === "household" && h("a", { class: "btn btn-primary btn-wide", href: `#/new/housing_need/${row.id}` }, icon("plus"), _("New housing need form")),
    row.survey === "household" && h("a", { class: "btn btn-outline-primary btn-wide", href: `#/new/progress_visit/${row.id}` }, icon("plus"), _("New progress visit")),
    h("a", { class: `btn btn-wide ${row.survey === "household" ? "btn-outline-primary" : "btn-primary"}`, href: edit }, icon("pencil"), label),
  );
}

// --- what was decided ---

function returned(tablet, row, { review }) {
  if (!review) return null;
  const { comment, pinned = [] } = review.decision.values;
  const kind = review.key === "returned" || review.key === "changed" ? "warning" : "plain";
  const { questions } = tablet.forms.surveys[row.survey];
  return notice(kind,
    h("h2", {}, review.label),
    h("p", { class: "quiet" }, moment(momentOf(review.decision.changed))),
    comment && h("p", {}, comment),
    pinned?.length > 0 && h("ul", {}, pinned.map(({ question, text }) => h("li", {}, h("strong", {}, questions[question]?.short ?? question), ": ", text))),
  );
}

// --- answers that differ ---

async function contested(tablet, row) {
  const { questions } = tablet.forms.surveys[row.survey];
  const boxes = await Promise.all(Object.entries(row.choices).filter(([name]) => questions[name]).map(([name, choices]) => choice(tablet, row, name, questions[name], choices)));
  return boxes.length > 0 && notice("warning",
    h("h2", {}, _("Two answers differ")),
    h("p", {}, _("Two people answered differently without knowing of each other. Both answers are kept. Choose the right one if you know it; otherwise a supervisor decides.")),
    boxes,
  );
}

async function choice(tablet, row, name, question, choices) {
  const lines = await Promise.all(choices.map(async ({ value, stamp, device }) => {
    const text = await answerText(tablet, question, value);
    const here = device === tablet.session.device.id ? _("made on this tablet") : _("made elsewhere");
    const take = async () => {
      await settle(tablet, row, { [name]: value });
      tablet.households.forget();
      await tablet.again(_("Settled on this tablet. It will be sent when there is network."));
      tablet.sync.run();
    };
    return h("li", {}, h("strong", {}, text), h("span", { class: "quiet" }, ` ${here}, ${moment(momentOf(stamp))} `),
      h("button", { class: "btn btn-outline-primary", type: "button", onclick: take }, _("“%(answer)s” is right", { answer: text })));
  }));
  return h("div", { class: "contested" }, h("h3", {}, question.short), h("ul", { class: "rivals" }, lines));
}

// --- what belongs to a household ---

async function belongings(tablet, row) {
  const rows = (await about(tablet.store, row.id)).filter((other) => ["housing_need", "progress_visit"].includes(other.survey));
  const unfinished = (await tablet.store.all("drafts")).filter((draft) => draft.answers.household === row.id && !draft.given.values.household);
  const newest = rows.sort((one, other) => (one.changed < other.changed ? 1 : -1));
  const items = await Promise.all(newest.map(async (other) => card(`#/record/${other.id}`, nameOf(tablet, other), badges(await standing(tablet.store, other)))));
  return h("div", {},
    cards(_("Drafts to finish"), unfinished.map((draft) => card(`#/fill/${draft.id}`, tablet.forms.surveys[draft.survey].title, badge("draft", _("Draft")), _("Last changed %(when)s", { when: moment(draft.changed_at) })))),
    cards(_("Forms of this household"), items),
  );
}

// --- answers ---

async function answers(tablet, row) {
  const survey = tablet.forms.surveys[row.survey];
  const wanted = asked(survey, row.values);
  const parts = await Promise.all(survey.sections.map((section) => part(tablet, row, survey, section, wanted)));
  return h("div", { class: "answers" }, parts.filter(Boolean));
}

async function part(tablet, row, survey, { title, questions }, wanted) {
  const names = questions.filter((name) => wanted.has(name) && row.values[name] != null && name !== "household");
  if (!names.length) return null;
  const pairs = await Promise.all(names.map((name) => pair(tablet, survey.questions[name], row.values[name])));
  return h("details", { class: "answer-part", open: true }, h("summary", {}, h("h2", {}, title)), h("dl", {}, pairs));
}

async function pair(tablet, question, value) {
  const shown = question.kind === "photo" ? photos(tablet, value) : await answerText(tablet, question, value);
  return [h("dt", {}, question.short), h("dd", {}, shown)];
}

function photos(tablet, list) {
  return h("ul", { class: "thumbs" }, list.map((photo, i) => {
    const label = _("Photo %(number)s", { number: i + 1 });
    return h("li", { class: "thumb" }, h("button", { class: "thumb-open", type: "button", onclick: () => showWhole(tablet, photo, label) }, picture(tablet, photo, label)));
  }));
}

// --- history ---

async function history(tablet, row, { changes, review }) {
  const { questions } = tablet.forms.surveys[row.survey];
  const pulled = await tablet.store.all("pulled", { index: "record", only: row.id });
  const own = new Set(changes.map((change) => change.id));
  const lines = [
    ...changes.map((change) => line(change, questions, _("On this tablet"), receipt(change))),
    ...pulled.filter((change) => !own.has(change.id)).map((change) => line(change, questions, _("Elsewhere"), null)),
    ...(review ? [{ stamp: review.decision.changed, text: review.label, detail: review.decision.values.comment ?? null }] : []),
  ].sort((one, other) => (one.stamp < other.stamp ? 1 : -1));
  if (!lines.length) return null;
  return h("section", { class: "block" }, h("h2", {}, _("History")), h("ol", { class: "history" }, lines.map(({ stamp, text, detail }) =>
    h("li", {}, h("strong", {}, moment(momentOf(stamp))), h("span", {}, text), detail && h("span", { class: "quiet" }, detail)))));
}

function line(change, questions, where, detail) {
  const { answers: given, stamp } = JSON.parse(change.text);
  const names = Object.keys(given).map((name) => questions[name]?.short ?? name);
  const list = names.length > 4 ? _("%(first)s and %(n)s more", { first: names.slice(0, 3).join(", "), n: names.length - 3 }) : names.join(", ");
  return { stamp, text: `${where}: ${list}`, detail };
}

function receipt({ receipt, tried_at: tried }) {
  if (receipt) return receipt.message ?? _("Received by the server %(when)s", { when: moment(receipt.at) });
  return tried ? _("Sent, no receipt yet") : _("On this tablet only");
}
