/** What several views are made of. */

import { attempting } from "../attempts.js";
import { WITHDRAWN } from "../change.js";
import { h, icon } from "../dom.js";
import { show } from "../format.js";
import { _, language } from "../i18n.js";

const BADGES = {
  draft: "pencil",
  tablet: "tablet",
  sent: "sent",
  received: "check",
  held: "hold",
  refused: "warning",
  returned: "comment",
  answered: "pencil",
  replied: "comment",
  approved: "check",
  changed: "warning",
  reopened: "comment",
  contested: "warning",
  news: "warning",
};

/** A state in words, with a drawing. */
export function badge(key, label) {
  return h("span", { class: `badge-state state-${key}` }, BADGES[key] ? icon(BADGES[key]) : null, label);
}

/** The states of a record, worth saying first. */
export function badges({ journey, review, ...row }) {
  return h("p", { class: "badges" },
    journey.key !== "server" && badge(journey.key, journey.label),
    review && badge(review.key, review.label),
    alerts(row),
  );
}

/** What stands under the bar until a person has seen to it; `kind`: plain, warning or danger. */
export function banner(kind, drawing, text, action = null, onclick = null) {
  return h("div", { class: `banner banner-${kind}`, role: kind === "plain" ? "status" : "alert" },
    icon(drawing),
    h("p", {}, text),
    action && h("button", { class: "btn btn-light", type: "button", onclick: attempting(onclick) }, action),
  );
}

/** What somebody must know before editing: answers that differ, and what others changed since. */
export function alerts({ contested, news }) {
  return [
    contested && badge("contested", _("Two answers differ")),
    news && badge("news", _("Changed by somebody else")),
  ];
}

/** A paragraph. */
export function text(...children) {
  return h("p", {}, children);
}

/** A paragraph of less weight. */
export function quiet(...children) {
  return h("p", { class: "quiet" }, children);
}

/**
 * A button; `look`: primary, outline-primary, light or quiet, with `wide` for the whole width. What `onclick` does may
 * fail: it is told at the button.
 */
export function button(look, drawing, label, onclick) {
  return h("button", { class: classesOf(look), type: "button", onclick: attempting(onclick) }, drawing && icon(drawing), label);
}

/** A link that looks like a button. */
export function buttonLink(look, drawing, label, href) {
  return h("a", { class: classesOf(look), href }, drawing && icon(drawing), label);
}

function classesOf(look) {
  return ["btn", ...look.split(" ").map((word) => `btn-${word}`)].join(" ");
}

/** A link back, with the name of where it leads. */
export function backLink(href, label) {
  return h("a", { class: "back", href }, icon("back"), label);
}

/** A card that is one big link. `lines`: what stands below the title. */
export function card(href, title, ...lines) {
  return h("li", { class: "card-item" }, h("a", { class: "card-link", href },
    h("span", { class: "card-title" }, title),
    lines.filter(Boolean).map((line) => (line instanceof Node ? line : h("span", { class: "card-line" }, line))),
  ));
}

/** A list of cards under a heading, or nothing at all. */
export function cards(title, items) {
  return items.length > 0 && h("section", { class: "block" }, h("h2", {}, title), h("ul", { class: "cards" }, items));
}

/** A box that says something; `kind`: good, warning, danger or plain. */
export function notice(kind, ...children) {
  return h("div", { class: `notice notice-${kind}` }, children);
}

/**
 * What names a record: of a household its head, of a member the name, of support what it was for; of anything else its
 * survey and the day of the visit.
 */
export function nameOf(tablet, row) {
  const survey = tablet.forms.surveys[row.survey];
  const names = (survey?.named_by ?? []).map((name) => show(survey.questions[name], row.values[name])).filter(Boolean);
  if (row.survey === "household") return names[0] ?? _("Household without a name yet");
  if (names.length) return names.join(" ");
  const day = row.values.visited_on && show(survey.questions.visited_on, row.values.visited_on, language());
  return day ? `${survey?.title ?? row.survey} ${day}` : (survey?.title ?? row.survey);
}

/** A member of a household on one line: the name, then who that is. */
export function person(tablet, row) {
  const { questions } = tablet.forms.surveys.household_member;
  const { relationship, relationship_other: which, sex, birth_year: born } = row.values;
  const kin = relationship === "khac" && which ? which : show(questions.relationship, relationship);
  const facts = [kin, show(questions.sex, sex), born && _("born %(year)s", { year: born })];
  return [
    h("span", { class: "person-name" }, nameOf(tablet, row)),
    h("span", { class: "person-line" }, facts.filter(Boolean).join(" · ")),
    Object.keys(row.conflicts).length > 0 && badge("contested", _("Two answers differ")),
  ];
}

/** What does not fit between the form of a household and the list of its members; it never stops anybody. */
export function membersNote({ values }, listed) {
  const { members: said } = values;
  if (!listed || said == null || said === listed) return null;
  return notice("plain", _("The form of the household says %(said)s people, and %(listed)s are listed. Please look which is right.", { said, listed }));
}

/** An answer for people, villages and other records by name. */
export async function answerText(tablet, question, value) {
  if (value === null || value === undefined) return _("not answered");
  if (question.kind === "village") return villageText(tablet, value);
  if (question.kind !== "reference") return show(question, value, language());
  const row = await tablet.store.get("records", value);
  return row ? nameOf(tablet, row) : _("A record that is not on this tablet yet");
}

/** What a change gave answers to, each as people call it; one this version does not know by its name. */
export function namesGiven(questions, answers) {
  const nameOfOne = (name) => (name === WITHDRAWN ? fateWords(answers[name]) : (questions[name]?.short ?? name));
  return Object.keys(answers).map(nameOfOne);
}

/** What is said of a record as a whole: that it goes, or that it stays. */
export function fateWords(gone) {
  return gone ? _("Withdraw the record") : _("Keep the record");
}

/** A village by its name and commune. */
export function villageText(tablet, id) {
  const village = tablet.session.village(id);
  return village ? `${village.name}, ${village.commune}` : id;
}
