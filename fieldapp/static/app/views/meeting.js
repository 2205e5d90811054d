/**
 * The meeting of a village about its list: who is there, then the votes, household by household, without network. Each
 * vote is a draft while it is typed and a change once it is saved; what two people counted differently stays for a person.
 */

import { _, ngettext, number } from "../ground/i18n.js";
import { today } from "../ground/today.js";
import { show } from "../twins/format.js";
import { voteOf } from "../twins/voting.js";
import * as drafts from "../records/drafts.js";
import { meetingOf } from "../records/meetings.js";
import { finish } from "../records/records.js";
import { drawn, h } from "../kit/dom.js";
import { backLink, badge, button, buttonLink, notice, quiet, text } from "../kit/parts.js";
import { afterPress, still } from "../kit/press.js";
import { villageText } from "../kit/words.js";
import { LiveForm } from "../form/form.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";
import { listText } from "./todo.js";

const SURVEY = "list_line";
const ASKED = ["agreed", "objections"];

const VOTES = {
  passes: () => _("Put forward"),
  fails: () => _("Does not pass"),
  too_many: () => _("More than were present"),
};
const LOOKS = { passes: "approved", fails: "returned", too_many: "refused" };

export async function draw(tablet, { id }) {
  const { store } = tablet;
  const list = await store.get("records", id);
  const { meeting, lines } = await meetingOf(store, id);
  if (!list || !meeting) return { title: _("This record is not on this tablet"), body: [backLink("#/", _("What to do next"))] };
  const release = await hold(`meeting ${id}`);
  if (!release) return openElsewhere();
  const begun = (await store.all("drafts")).filter(({ survey, answers }) => survey === SURVEY && answers.of_list === id);
  const homes = new Map((await store.some("records", lines.map(({ values }) => values.household))).map((row) => [row?.id, row]));
  const needs = new Map((await needsOf(store, lines)).map((row) => [row.values.household, row]));
  return new Voting(tablet, { list, meeting, lines, homes, needs, begun, release }).page();
}

async function needsOf(store, lines) {
  const cases = (await store.some("records", lines.map(({ values }) => values.case))).filter(Boolean);
  return (await store.some("records", cases.map(({ values }) => values.need))).filter(Boolean);
}

class Voting {
  constructor(tablet, { list, meeting, lines, homes, needs, begun, release }) {
    this.tablet = tablet;
    this.list = list;
    this.meeting = meeting;
    this.homes = homes;
    this.needs = needs;
    this.release = release;
    this.made = 0;
    /** @type {any} */
    this.draft = null;
    this.rows = new Map(lines.map((row) => [row.id, row]));
    this.begun = new Map(begun.map((draft) => [draft.record, draft]));
    this.keeping = new Keeping(tablet, () => this.#keep());
    this.root = h("div", { class: "form voting-form" });
    const survey = tablet.forms.surveys[SURVEY];
    this.root.append(drawn(survey.html));
    this.form = new LiveForm(this.root, survey, { today: () => today(tablet.session) });
    this.form.addEventListener("typed", () => this.#typed());
    this.form.addEventListener("given", () => this.#keep());
    this.#drawAround();
  }

  #drawAround() {
    this.heading = h("h2", { tabindex: "-1" });
    this.about = h("p", { class: "quiet" });
    this.verdict = h("p", { class: "badges", role: "status" });
    this.done = h("p", { class: "saved", role: "status" });
    const step = (by) => this.#count(() => Math.max(0, (this.form.answers.agreed ?? 0) + by));
    const steps = h("div", { class: "voting-steps" },
      button("outline-primary", "minus", _("One less"), () => step(-1)),
      button("outline-primary", "plus", _("One more"), () => step(1)),
      this.present != null && button("outline-primary", null, _("All %(n)s", { n: number(this.present) }), () => this.#count(() => this.present)),
    );
    this.form.element("agreed").append(steps, this.verdict);
    this.buttons = h("div", { class: "actions" }, button("primary wide", "check", _("Save, then the next household"), () => this.#save()));
    this.tally = h("p", { role: "status" });
    this.lines = new Map([...this.rows.keys()].map((id) => [id, h("li", {})]));
    for (const id of this.rows.keys()) this.#put(id);
  }

  get present() {
    return this.meeting.values.present ?? null;
  }

  async page() {
    this.box = h("section", { class: "block", hidden: true }, this.heading, this.about, this.root, this.buttons, this.keeping.saved);
    const first = this.#next();
    if (first && this.present != null) await this.#show(first);
    this.#tell();
    const isBegun = this.present != null;
    return {
      title: _("Village meeting"),
      body: [
        backLink("#/", _("What to do next")),
        h("p", { class: "lead-line" }, villageText(this.tablet, this.list.area)),
        quiet(listText(this.tablet, this.list)),
        this.list.values.state === "signed" && notice("warning", text(SIGNED())),
        !isBegun && this.#meeting(),
        this.keeping.trouble,
        this.done,
        this.box,
        h("section", { class: "block" }, h("h2", {}, _("Households in the order of the law")), this.tally, h("ol", { class: "people" }, [...this.lines.values()])),
        isBegun && this.#meeting(),
      ],
      leave: () => this.#leave(),
      now: () => this.keeping.now(),
      unsaved: () => this.keeping.unsaved,
    };
  }

  // --- who is there ---

  #meeting() {
    const { values, conflicts, id } = this.meeting;
    const { questions } = this.tablet.forms.surveys.village_meeting;
    const names = ["held_on", "present", "chair", "secretary"].filter((name) => values[name] != null);
    const fact = (name) => h("div", { class: "fact" }, h("dt", {}, questions[name].short), h("dd", {}, show(questions[name], values[name])));
    const photos = values.minutes?.length ?? 0;
    return h("section", { class: "block" },
      h("h2", {}, _("The meeting")),
      this.present == null && notice("warning", text(FIRST())),
      names.length > 0 && h("dl", { class: "facts" }, names.map(fact)),
      Object.keys(conflicts).length > 0 && buttonLink("outline-primary wide", "warning", _("Two people filled in the meeting differently"), `#/record/${id}`),
      quiet(photos ? ngettext("%(n)s photo of the minutes", "%(n)s photos of the minutes", photos) : _("There is no photo of the minutes yet.")),
      buttonLink(this.present == null ? "primary wide" : "outline-primary wide", "pencil", _("Who is there, and the minutes"), `#/edit/${id}`),
    );
  }

  // --- one household ---

  // The one whose vote was begun, else the first that nobody has counted yet.
  #next() {
    const rows = [...this.rows.values()];
    return rows.find(({ id }) => this.begun.has(id)) ?? rows.find(({ values }) => values.agreed == null);
  }

  async #show({ id }) {
    const row = await this.tablet.store.get("records", id);
    this.draft = this.begun.get(id) ?? drafts.blank(this.tablet, { survey: SURVEY, record: row });
    this.begun.delete(id);
    this.form.begin(this.draft);
    this.heading.textContent = `${row.values.number}. ${this.#name(row)}`;
    this.about.textContent = this.#facts(row);
    this.box.hidden = false;
    this.#judge();
  }

  #name({ values }) {
    return this.homes.get(values.household)?.values.head_name ?? _("Household without a name yet");
  }

  #facts({ values: { household } }) {
    const { household: home, housing_need: need } = this.tablet.forms.surveys;
    const [about, asked] = [this.homes.get(household)?.values ?? {}, this.needs.get(household)?.values ?? {}];
    const people = about.members && ngettext("%(n)s person", "%(n)s people", about.members);
    const facts = [show(home.questions.poverty_class, about.poverty_class), people, show(need.questions.need_type, asked.need_type)];
    return facts.filter(Boolean).join(" · ");
  }

  #count(many) {
    const field = this.form.element("agreed").querySelector("input");
    field.value = String(many());
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  #typed() {
    this.keeping.soon();
    this.#judge();
  }

  #judge() {
    const vote = voteOf(this.form.answers.agreed, this.present);
    const n = number(this.present ?? 0);
    still(() => this.verdict.replaceChildren(...(vote === "open" ? [] : [badge(LOOKS[vote], VOTES[vote]()), SAID[vote]({ n })])));
  }

  #keep() {
    this.#judge();
    Object.assign(this.draft, this.form.state, { stored: true });
    return this.keeping.keep(this.draft);
  }

  async #save() {
    const wrong = this.form.judge(ASKED);
    if (wrong.length) return this.form.focus(wrong[0].question);
    if (this.form.answers.agreed == null) return this.form.focus("agreed");
    this.buttons.inert = true; // a second tap would save the next one, empty
    await this.#kept();
    this.buttons.inert = false;
    return null;
  }

  async #kept() {
    const { draft, form, tablet } = this;
    try {
      await this.keeping.settled();
      await finish(tablet, draft, form.final());
      this.made += 1;
      const row = await tablet.store.get("records", draft.record);
      this.rows.set(row.id, row);
      this.done.textContent = _("Saved: %(name)s", { name: this.#name(row) });
      this.draft = null;
      await this.#goOn(row.id);
    } catch (error) {
      this.keeping.notKept(error);
    }
  }

  async #goOn(saved) {
    this.#put(saved);
    this.#tell();
    const next = this.#next();
    this.box.hidden = !next;
    if (next) await this.#show(next);
    this.#focus();
  }

  #focus() {
    this.heading.focus({ preventScroll: true });
    this.done.scrollIntoView({ block: "center" });
  }

  // --- the list ---

  #put(id) {
    const row = this.rows.get(id);
    const vote = voteOf(row.values.agreed, this.present);
    const differ = Object.keys(row.conflicts).length > 0;
    const counted = row.values.agreed != null && this.present != null && _("%(agreed)s of %(present)s agree", { agreed: number(row.values.agreed), present: number(this.present) });
    const states = [
      this.begun.has(id) && badge("draft", _("Draft")),
      vote !== "open" && !differ && badge(LOOKS[vote], VOTES[vote]()),
      differ && badge("contested", _("Two answers differ")),
    ];
    const said = [
      h("span", { class: "person-name" }, this.#name(row)),
      h("span", { class: "person-line" }, [counted, row.values.objections].filter(Boolean).join(" · ") || _("Not voted on yet")),
      ...states,
    ];
    const line = h("button", { class: "person", type: "button", onclick: () => this.#choose(id) }, said);
    afterPress(() => this.lines.get(id).replaceChildren(line));
  }

  // What two people counted differently is settled on its own page, where both can be seen.
  async #choose(id) {
    if (Object.keys(this.rows.get(id).conflicts).length) {
      location.hash = `#/record/${id}`;
      return;
    }
    if (this.present == null) return;
    await this.#putAside();
    this.done.textContent = "";
    await this.#show({ id });
    this.heading.focus({ preventScroll: true });
    this.heading.scrollIntoView({ block: "start" });
  }

  #tell() {
    const rows = [...this.rows.values()];
    const counted = rows.filter(({ values }) => values.agreed != null).length;
    const passing = rows.filter(({ values }) => voteOf(values.agreed, this.present) === "passes").length;
    const all = { counted: number(counted), all: number(rows.length), passing: number(passing) };
    this.tally.textContent = _("%(counted)s of %(all)s households are voted on; %(passing)s are put forward.", all);
  }

  // A draft that says something waits for its turn; one that says nothing is gone.
  async #putAside() {
    const { draft } = this;
    if (!draft) return;
    await this.keeping.settled();
    if (drafts.isTouched(draft)) this.begun.set(draft.record, draft);
    else if (draft.stored) await drafts.discard(this.tablet.store, draft);
    this.draft = null;
    this.#put(draft.record);
  }

  async #leave() {
    await this.keeping.settled();
    if (this.draft && this.keeping.unsaved) await this.#keep();
    if (this.keeping.unsaved) return false;
    await this.#putAside();
    this.release();
    if (this.made) this.tablet.sync.nudge();
    return true;
  }
}

const SAID = {
  passes: ({ n }) => _("more than half of the %(n)s present", { n }),
  fails: ({ n }) => _("not more than half of the %(n)s present", { n }),
  too_many: ({ n }) => _("only %(n)s are present: look at both numbers", { n }),
};
const FIRST = () => _("First say how many people with a vote are present: more than half of them must agree.");
const SIGNED = () => _("The list is signed off. What is changed here counts only if the office opens the list again.");
