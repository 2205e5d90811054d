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
import { backLink, button, buttonLink, notice, quiet, text } from "../kit/parts.js";
import { still } from "../kit/press.js";
import { villageText } from "../kit/words.js";
import { LiveForm } from "../form/form.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";
import { listText } from "./todo.js";
import { VoteList, voteBadge } from "./vote_list.js";

const SURVEY = "list_line";
const ASKED = ["agreed", "objections"];

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
    this.begun = new Map(begun.map((draft) => [draft.record, draft]));
    this.lines = new VoteList({ rows: lines, homes, present: this.present, isBegun: (id) => this.begun.has(id), onChoose: (row) => this.#choose(row) });
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
  }

  get present() {
    return this.meeting.values.present ?? null;
  }

  async page() {
    this.box = h("section", { class: "block", hidden: true }, this.heading, this.about, this.root, this.buttons, this.keeping.saved);
    const first = this.lines.next();
    if (first && this.present != null) await this.#show(first);
    this.lines.tell();
    const isBegun = this.present != null;
    return {
      title: _("Village meeting"),
      body: [
        backLink("#/", _("What to do next")),
        h("p", { class: "lead-line" }, villageText(this.tablet, this.list.area)),
        quiet(listText(this.tablet, this.list)),
        this.list.values.state === "signed" && notice("warning", text(SIGNED())),
        !isBegun && whoIsThere(this.tablet, this.meeting),
        this.keeping.trouble,
        this.done,
        this.box,
        h("section", { class: "block" }, h("h2", {}, _("Households in the order of the law")), this.lines.body),
        isBegun && whoIsThere(this.tablet, this.meeting),
      ],
      leave: () => this.#leave(),
      now: () => this.keeping.now(),
      unsaved: () => this.keeping.unsaved,
    };
  }

  // --- one household ---

  async #show({ id }) {
    const row = await this.tablet.store.get("records", id);
    this.draft = this.begun.get(id) ?? drafts.blank(this.tablet, { survey: SURVEY, record: row });
    this.begun.delete(id);
    this.form.begin(this.draft);
    this.heading.textContent = `${row.values.number}. ${this.lines.name(row)}`;
    this.about.textContent = this.#facts(row);
    this.box.hidden = false;
    this.#judge();
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
    this.form.judging.doubt("agreed", vote === "too_many" ? { message: TOO_MANY({ n }) } : null);
    still(() => this.verdict.replaceChildren(...(vote in SAID ? [voteBadge(vote), SAID[vote]({ n })] : [])));
  }

  #keep() {
    this.#judge();
    Object.assign(this.draft, this.form.state, { stored: true });
    return this.keeping.keep(this.draft);
  }

  async #save() {
    const wrong = this.form.judging.judge(ASKED);
    if (wrong.length) return this.form.focus(wrong[0].question);
    if (this.form.answers.agreed == null) return this.form.focus("agreed");
    const [open] = this.form.judging.open;
    if (open) return this.form.focusAsked(open.question);
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
      this.done.textContent = _("Saved: %(name)s", { name: this.lines.name(row) });
      this.draft = null;
      await this.#goOn(row);
    } catch (error) {
      this.keeping.notKept(error);
    }
  }

  async #goOn(saved) {
    this.lines.put(saved);
    this.lines.tell();
    const next = this.lines.next();
    this.box.hidden = !next;
    if (next) await this.#show(next);
    this.#focus();
  }

  #focus() {
    this.heading.focus({ preventScroll: true });
    this.done.scrollIntoView({ block: "center" });
  }

  // What two people counted differently is settled on its own page, where both can be seen.
  async #choose({ id, conflicts }) {
    if (Object.keys(conflicts).length) {
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

  // A draft that says something waits for its turn; one that says nothing is gone.
  async #putAside() {
    const { draft } = this;
    if (!draft) return;
    await this.keeping.settled();
    if (drafts.isTouched(draft)) this.begun.set(draft.record, draft);
    else if (draft.stored) await drafts.discard(this.tablet.store, draft);
    this.draft = null;
    this.lines.draw(draft.record);
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

// Who is there, and the minutes.
function whoIsThere({ forms }, { values, conflicts, id }) {
  const { questions } = forms.surveys.village_meeting;
  const names = ["held_on", "present", "chair", "secretary"].filter((name) => values[name] != null);
  const fact = (name) => h("div", { class: "fact" }, h("dt", {}, questions[name].short), h("dd", {}, show(questions[name], values[name])));
  const photos = values.minutes?.length ?? 0;
  return h("section", { class: "block" },
    h("h2", {}, _("The meeting")),
    values.present == null && notice("warning", text(FIRST())),
    names.length > 0 && h("dl", { class: "facts" }, names.map(fact)),
    Object.keys(conflicts).length > 0 && buttonLink("outline-primary wide", "warning", _("Two people filled in the meeting differently"), `#/record/${id}`),
    quiet(photos ? ngettext("%(n)s photo of the minutes", "%(n)s photos of the minutes", photos) : _("There is no photo of the minutes yet.")),
    buttonLink(values.present == null ? "primary wide" : "outline-primary wide", "pencil", _("Who is there, and the minutes"), `#/edit/${id}`),
  );
}

const SAID = {
  passes: ({ n }) => _("more than half of the %(n)s present", { n }),
  fails: ({ n }) => _("not more than half of the %(n)s present", { n }),
};
const TOO_MANY = ({ n }) => _("Only %(n)s are present, and more are said to agree. Look at both numbers: are they right?", { n });
const FIRST = () => _("First say how many people with a vote are present: more than half of them must agree.");
const SIGNED = () => _("The list is signed off. What is changed here counts only if the office opens the list again.");
