/** All there is to do of one kind: returned, changed by others, awaiting a visit, or not yet surveyed; in one village or in all. */

import { _, ngettext, number } from "../ground/i18n.js";
import { today } from "../ground/today.js";
import { show } from "../twins/format.js";
import { stateWords } from "../twins/states.js";
import { countsOf } from "../records/households.js";
import { h } from "../kit/dom.js";
import { alerts, backLink, badge, button, card, text } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { tellCounts, villageChoice } from "../kit/village_choice.js";
import { answerText, householdText, nameOf, villageText } from "../kit/words.js";

const AT_ONCE = 60;

const TITLES = {
  returned: () => _("Returned to you"),
  refused: () => _("Refused by the supervisor"),
  alerts: () => _("Differing answers and changes by others"),
  meetings: () => _("Village meetings"),
  assigned: () => _("To be visited by you"),
  awaiting: () => _("Awaiting a progress visit"),
  unsurveyed: () => _("Not yet surveyed"),
};

const WHAT = {
  returned: () => _("A supervisor asks for something to be corrected."),
  refused: () => _("The reason stands with each. Where it rests on a wrong answer, correct that: it goes back to the supervisor."),
  alerts: () => _("Open each to see what differs, or what was changed."),
  meetings: () => _("Lists that a village votes on."),
  assigned: () => _("A supervisor asks you to visit these households. The earliest day stands first."),
  awaiting: () => _("Approved houses: those late to begin first, then those not visited for longest."),
  unsurveyed: () => _("Households without a housing need form."),
};

/** The name of a kind of work. */
export function titleOf(kind) {
  return TITLES[kind]();
}

export async function draw(tablet, { kind, village = "" }) {
  const { noted } = tablet;
  const area = villageChoice(tablet, noted.area ?? village);
  const result = h("p", { class: "quiet", role: "status" });
  const list = h("ul", { class: "cards" });
  let all;
  const read = async () => {
    all = (await tablet.work.all())[kind];
    tellCounts(tablet, area, countsOf(all));
  };
  const refresh = (most = AT_ONCE) => {
    Object.assign(noted, { area: area.value, most });
    return fill(tablet, kind, all.filter((one) => !area.value || one.area === area.value), { list, result }, noted);
  };
  area.addEventListener("change", () => refresh());
  await read();
  await refresh(noted.most);
  return {
    title: titleOf(kind),
    came: () => read().then(() => afterPress(() => refresh(noted.most))),
    body: [
      backLink("#/", _("What to do next")),
      text(WHAT[kind]()),
      h("div", { class: "block" }, h("label", { class: "question-label", for: "village" }, _("Village")), area),
      result,
      list,
    ],
  };
}

async function fill(tablet, kind, chosen, { list, result }, noted) {
  result.textContent = chosen.length ? ngettext("%(n)s to do", "%(n)s to do", chosen.length) : _("Nothing to do here.");
  list.replaceChildren(...(await cardsOf(tablet, kind, chosen.slice(0, noted.most))));
  const more = () => {
    noted.most += AT_ONCE;
    return fill(tablet, kind, chosen, { list, result }, noted);
  };
  if (chosen.length > noted.most) list.append(h("li", {}, button("outline-primary wide", null, _("Show more"), more)));
}

/** A card for each. */
export async function cardsOf(tablet, kind, some) {
  const made = await Promise.all(some.map((one) => CARDS[kind](tablet, one)));
  return made.filter(Boolean);
}

const CARDS = { returned: saidCard("returned"), refused: saidCard("refused"), alerts: alertCard, assigned: assignedCard, meetings: meetingCard, awaiting: awaitingCard, unsurveyed: unsurveyedCard };

// What a supervisor decided, with the reason.
function saidCard(state) {
  return async (tablet, { row, decision }) => {
    const { comment, pinned } = decision.values;
    const said = comment || pinned?.[0]?.text;
    const whole = await tablet.store.get("records", row.id);
    if (!whole) return null; // it has moved to another village meanwhile
    const name = await fullName(tablet, whole);
    return card(`#/record/${row.id}`, name, badge(state, stateWords(state)), said && `“${said}”`, ...alerts(row));
  };
}

async function alertCard(tablet, { id }) {
  const row = await tablet.store.get("records", id);
  if (!row) return null; // it has moved to another village meanwhile
  const found = { contested: Object.keys(row.conflicts).length > 0, news: row.news };
  return card(`#/record/${id}`, await fullName(tablet, row), ...alerts(found));
}

function meetingCard(tablet, { id, area, row, n, counted }) {
  const done = _("Households voted on: %(counted)s of %(all)s", { counted: number(counted), all: number(n) });
  return card(`#/meeting/${id}`, villageText(tablet, area), listText(tablet, row), done, ...alerts(row));
}

/** Which list it is: its programme, year and turn. */
export function listText({ session }, { values }) {
  const which = _("List no. %(turn)s of %(year)s", { turn: values.turn, year: values.list_year });
  return [which, session.programmes?.[values.programme]].filter(Boolean).join(" · ");
}

async function assignedCard(tablet, { id, row, area }) {
  const home = await tablet.households.one(id);
  if (!home) return null; // it has moved to another village meanwhile
  return card(`#/record/${id}`, householdText(home.name), villageText(tablet, area), ...visitLines(tablet, row), ...alerts(home));
}

/** By when a household is to be visited, whether that day is past, and what is to be looked at there. */
export function visitLines(tablet, { values: { due_on: due, note } }) {
  const { questions } = tablet.forms.surveys.assignment;
  const isLate = due < (today(tablet.session) ?? "");
  return [_("By %(day)s", { day: show(questions.due_on, due) }), isLate && badge("returned", _("late")), note && `“${note}”`].filter(Boolean);
}

function elsewhereBadge(elsewhere) {
  return elsewhere && badge("draft", _("Somebody else is to visit it"));
}

async function awaitingCard(tablet, { row, visit, area, late, elsewhere }) {
  const name = await answerText(tablet, { kind: "reference" }, row.values.household);
  const tardy = late !== null && badge("returned", _("Late: not begun; days since the approval: %(days)s", { days: late }));
  const lines = [villageText(tablet, area), visitText(tablet, visit), nextText(tablet, row, visit), tardy, elsewhereBadge(elsewhere), ...alerts(row)].filter(Boolean);
  return card(`#/record/${row.values.household}`, name, ...lines);
}

// What is looked for next: the milestone after the one that was seen last.
function nextText({ forms }, { values: { need_type: type } }, visit) {
  const stage = stageOf(visit?.values.need_type ?? type);
  const { choices } = forms.surveys.progress_visit.questions[stage];
  const next = choices[choices.findIndex(({ code }) => code === (visit?.values[stage] ?? "0")) + 1];
  return next && _("Next: %(milestone)s", { milestone: next.label });
}

function stageOf(type) {
  return type === "sua_chua" ? "milestone_repair" : "milestone_new";
}

/** The day of a visit and how far the work was. */
export function visitText(tablet, visit) {
  if (!visit) return _("Not visited since the approval");
  const { questions } = tablet.forms.surveys.progress_visit;
  const { values } = visit;
  const stage = stageOf(values.need_type);
  const day = show(questions.visited_on, values.visited_on);
  return _("Last visit %(day)s: %(stage)s", { day, stage: show(questions[stage], values[stage]) });
}

async function unsurveyedCard(tablet, { id, elsewhere }) {
  const row = await tablet.households.one(id);
  if (!row) return null; // it has moved to another village meanwhile
  const born = row.year && _("born %(year)s", { year: row.year });
  const where = [villageText(tablet, row.area), born].filter(Boolean).join(" · ");
  return card(`#/record/${row.id}`, householdText(row.name), where, elsewhereBadge(elsewhere), ...alerts(row));
}

/** What names a record where others stand beside it: of a household its village too, of a form its household. */
export async function fullName(tablet, row) {
  const name = nameOf(tablet, row);
  if (!row.values.household) return row.area ? `${name} – ${villageText(tablet, row.area)}` : name;
  const household = await answerText(tablet, { kind: "reference" }, row.values.household);
  return `${household} – ${name}`;
}
