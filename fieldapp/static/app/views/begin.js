/** The way into a form: a new one, one to change a record, or the one begun before. The address then names the draft. */

import { _ } from "../ground/i18n.js";
import { howFar, thatCounts } from "../twins/counting.js";
import { show } from "../twins/format.js";
import * as drafts from "../records/drafts.js";
import { about } from "../records/records.js";
import { review } from "../records/status.js";
import { h } from "../kit/dom.js";
import { backLink, badge, buttonLink, card, text } from "../kit/parts.js";
import { draftCard, nameOf } from "../kit/words.js";

/** A new form of a household, unless one is open already: then going on with that one is offered first. */
export async function draw(tablet, { survey, household = null }) {
  const there = household ? await open(tablet, survey, household) : { begun: [], needs: [] };
  return there.begun.length || there.needs.length ? offer(tablet, survey, household, there) : fresh(tablet, { survey, household });
}

/** A new form, whatever else there is. */
export async function fresh(tablet, { survey, household = null }) {
  const parent = household && (await tablet.store.get("records", household));
  const answers = household ? { household, ...(await needOf(tablet, survey, household)) } : {};
  const draft = await drafts.begin(tablet, { survey, area: parent?.area ?? "", answers });
  return tablet.replace(`#/fill/${draft.id}`);
}

/** The form of a record that is there, or the draft of it that was begun before. */
export async function edit(tablet, { record }) {
  const row = await tablet.store.get("records", record);
  if (!row) return { title: _("This record is not on this tablet"), body: [backLink("#/", _("What to do next"))] };
  const draft = await drafts.begin(tablet, { survey: row.survey, record: row });
  draft.at ??= await firstPinned(tablet, row);
  await drafts.save(tablet, draft);
  return tablet.replace(`#/fill/${draft.id}`);
}

// A visit is about the need that counts, and of its kind of work.
async function needOf({ store }, survey, household) {
  if (survey !== "progress_visit") return {};
  const counting = thatCounts(await about(store, household, "housing_need"));
  if (!counting) return {};
  const { id: need, values } = counting;
  const { need_type } = values;
  return { need, ...(await caseOf(store, need)), ...(need_type && { need_type }) };
}

// Of the one case that an office has made of the need; of several, the office tells which.
async function caseOf(store, need) {
  const cases = await about(store, need, "support_case");
  return cases.length === 1 ? { case: cases[0].id } : {};
}

// A correction begins where the supervisor asked for one.
async function firstPinned({ store }, row) {
  const decided = await review(store, row);
  return decided?.key === "returned" ? (decided.decision.values.pinned?.[0]?.question ?? null) : null;
}

// --- what is open already ---

/** What is open of a household: drafts of this survey that were `begun`, and `needs` whose house is not complete. */
async function open({ store, forms }, survey, household) {
  const ofIt = (draft) => draft.survey === survey && draft.answers.household === household && !draft.given.values.household;
  const begun = (await store.all("drafts")).filter(ofIt);
  return { begun, needs: survey === "housing_need" ? openNeeds(await about(store, household), forms.last_milestones) : [] };
}

/** Of the records about a household, the housing needs whose work is not complete, the newest first. */
export function openNeeds(rows, milestones) {
  const [needs, visits] = ["housing_need", "progress_visit"].map((survey) => rows.filter((row) => row.survey === survey));
  const isOpen = ({ values }) => howFar(visits, values.need_type, milestones) !== "complete";
  return needs.filter(isOpen).sort((one, other) => (one.changed < other.changed ? 1 : -1));
}

async function offer(tablet, survey, household, { begun, needs }) {
  const { store, forms } = tablet;
  const row = await store.get("records", household);
  const isNeed = survey === "housing_need";
  return {
    title: isNeed ? _("There is a housing need form already") : _("A form was begun already"),
    body: [
      backLink(`#/record/${household}`, nameOf(tablet, row)),
      text(isNeed ? ONE_IS_ENOUGH() : GO_ON()),
      h("ul", { class: "cards" },
        begun.map((draft) => goOnCard(forms, draft)),
        await Promise.all(needs.map((need) => needCard(tablet, need))),
      ),
      h("div", { class: "actions" },
        buttonLink("outline-primary wide", "plus", _("Begin another one all the same"), `#/another/${survey}/${household}`),
      ),
    ],
  };
}

const ONE_IS_ENOUGH = () =>
  _("One household has one open housing need. Go on with it: open it to read or change it. A second form is right only when the first was about another house or another programme.");
const GO_ON = () => _("Go on with what was begun, so that nothing is filled in twice.");

function goOnCard({ surveys }, draft) {
  return draftCard(`#/fill/${draft.id}`, _("Go on: %(form)s", { form: surveys[draft.survey].title }), draft);
}

async function needCard(tablet, need) {
  const decided = await review(tablet.store, need);
  const { need_type: type } = tablet.forms.surveys.housing_need.questions;
  const wanted = show(type, need.values.need_type);
  return card(`#/record/${need.id}`, nameOf(tablet, need), decided && badge(decided.key, decided.label), wanted);
}
