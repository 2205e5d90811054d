/** What belongs to a household: what was begun, its forms, the people who live there, what else it was given. */

import { _, ngettext } from "../ground/i18n.js";
import { show } from "../twins/format.js";
import { standing } from "../records/status.js";
import { h } from "../kit/dom.js";
import { badges, buttonLink, card, cards, quiet } from "../kit/parts.js";
import { draftCard, membersNote, nameOf, naming, person } from "../kit/words.js";

/** The forms that are filled about a household and reviewed. */
export const FORMS = ["housing_need", "progress_visit"];

/** So many members are shown at once; a longer list folds open. */
const MOST_PEOPLE = 6;

/** `rows`: every record about the household. */
export async function belongings(tablet, row, rows) {
  const of = (survey) => rows.filter((other) => other.survey === survey);
  const forms = rows.filter((other) => FORMS.includes(other.survey)).sort(newestFirst);
  const begun = (draft) => draft.answers.household === row.id && !draft.given.values.household;
  const drafts = (await tablet.store.all("drafts")).filter(begun);
  return h("div", {},
    cards(_("Drafts to finish"), drafts.map((draft) => cardOf(tablet, draft))),
    cards(_("Forms of this household"), await Promise.all(forms.map((other) => formCard(tablet, other)))),
    members(tablet, row, of("household_member")),
    await support(tablet, row, of("other_support").sort(newestFirst)),
  );
}

function newestFirst(one, other) {
  return one.changed < other.changed ? 1 : -1;
}

async function formCard(tablet, row, ...lines) {
  return card(`#/record/${row.id}`, nameOf(tablet, row), ...lines, badges(await standing(tablet.store, row)));
}

function cardOf(tablet, draft) {
  return draftCard(`#/fill/${draft.id}`, nameOf(tablet, { survey: draft.survey, values: naming(tablet, draft) }), draft);
}

function members(tablet, row, rows) {
  const line = (one) => h("li", {}, h("a", { class: "person", href: `#/record/${one.id}` }, person(tablet, one)));
  const list = rows.length > 0 && h("ol", { class: "people" }, rows.map(line));
  const folded = rows.length > MOST_PEOPLE;
  const all = () => ngettext("Show %(n)s member", "Show all %(n)s members", rows.length);
  return h("section", { class: "block" },
    h("h2", {}, _("Members of the household")),
    membersNote(row, rows.length),
    folded ? h("details", {}, h("summary", {}, all()), list) : list,
    !rows.length && quiet(_("Nobody is listed yet. The list is not required.")),
    buttonLink("outline-primary wide", "plus", _("Add or change members"), `#/members/${row.id}`),
  );
}

async function support(tablet, row, rows) {
  const { questions } = tablet.forms.surveys.other_support;
  const said = (values, ...names) => names.map((name) => show(questions[name], values[name])).filter(Boolean);
  const facts = ({ values }) => [said(values, "quantity", "unit").join(" "), ...said(values, "amount", "source")].filter(Boolean);
  const list = await Promise.all(rows.map((one) => formCard(tablet, one, facts(one).join(" · "))));
  return h("section", { class: "block" },
    h("h2", {}, _("Other support")),
    list.length > 0 && h("ul", { class: "cards" }, list),
    buttonLink("outline-primary wide", "plus", _("Add other support"), `#/new/other_support/${row.id}`),
  );
}
