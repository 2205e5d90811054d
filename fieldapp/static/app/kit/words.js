/** Records, answers and people in words, as several views say them. */

import { _, moment } from "../ground/i18n.js";
import { WITHDRAWN } from "../twins/change.js";
import { show } from "../twins/format.js";
import { h } from "./dom.js";
import { badge, card, notice } from "./parts.js";

/**
 * What names a record: of a household its head, of a member the name, of support what it was for; of anything else its
 * survey and the day of the visit, or the programme.
 */
export function nameOf(tablet, row) {
  const survey = tablet.forms.surveys[row.survey];
  const names = (survey?.named_by ?? []).map((name) => show(survey.questions[name], row.values[name])).filter(Boolean);
  if (row.survey === "household") return householdText(names[0]);
  if (names.length) return [row.values.of_list && survey.title, ...names].filter(Boolean).join(" ");
  const day = row.values.visited_on && show(survey.questions.visited_on, row.values.visited_on);
  const programme = tablet.session?.programmes?.[row.values.programme];
  return [survey?.title ?? row.survey, day || (programme && `· ${programme}`)].filter(Boolean).join(" ");
}

/** What a draft is named by: of a name that was still being typed, what there is of it. */
export function naming({ forms }, { survey, answers, typed = {} }) {
  const { named_by: names = [], questions } = forms.surveys[survey] ?? {};
  const begun = names.filter((name) => typed[name] && questions[name].kind === "text");
  return { ...answers, ...Object.fromEntries(begun.map((name) => [name, typed[name]])) };
}

/** A household by the name of its head, of which nothing may have been said yet. */
export function householdText(head) {
  return head || _("Household without a name yet");
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
  return notice("plain", _("People by the form of the household: %(said)s; listed: %(listed)s. Please look which is right.", { said, listed }));
}

/** An answer for people, villages and other records by name. */
export async function answerText(tablet, question, value) {
  if (value === null || value === undefined) return _("not answered");
  if (question.kind === "village") return villageText(tablet, value);
  if (question.kind !== "reference") return show(question, value);
  const row = await tablet.store.get("records", value);
  return row ? nameOf(tablet, row) : _("A record that is not on this tablet yet");
}

/**
 * What a change gave answers to, each as people call it, in the order of the form; those this version does not know come
 * last, by their names.
 */
export function namesGiven({ questions, order }, answers) {
  const known = order.filter((name) => name in answers);
  const nameOfOne = (name) => (name === WITHDRAWN ? fateWords(answers[name]) : (questions[name]?.short ?? name));
  const others = Object.keys(answers).filter((name) => !questions[name]);
  return [...known, ...others].map(nameOfOne);
}

/** What is said of a record as a whole: that it goes, or that it stays. */
export function fateWords(gone) {
  return gone ? _("Withdraw the record") : _("Keep the record");
}

/** The way back into a draft: what it is of, more lines about it, and when it was last changed. */
export function draftCard(href, name, { changed_at: at }, ...lines) {
  return card(href, name, badge("draft", _("Draft")), ...lines, _("Last changed %(when)s", { when: moment(at) }));
}

/** A village by its name and commune. */
export function villageText(tablet, id) {
  const village = tablet.session.nameOf(id);
  return village ? `${village.name}, ${village.commune}` : id;
}
