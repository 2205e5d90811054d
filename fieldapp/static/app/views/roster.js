/**
 * The members of a household, entered one after another. The form is drawn once and emptied after each; a member costs
 * the same however many there are already.
 */

import { _ } from "../ground/i18n.js";
import { today } from "../ground/today.js";
import { WITHDRAWN } from "../twins/change.js";
import * as drafts from "../records/drafts.js";
import { about, finish, settle } from "../records/records.js";
import { drawn, h } from "../kit/dom.js";
import { backLink, button } from "../kit/parts.js";
import { nameOf } from "../kit/words.js";
import { LiveForm } from "../form/form.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";
import { MemberList } from "./member_list.js";

const SURVEY = "household_member";

export async function draw(tablet, { household, member = null }) {
  const { store } = tablet;
  const home = await store.get("records", household);
  if (!home) return { title: _("This record is not on this tablet"), body: [backLink("#/households", _("Households"))] };
  const release = await hold(`roster ${household}`);
  if (!release) return openElsewhere();
  const begun = (await store.all("drafts")).filter(({ survey, answers }) => survey === SURVEY && answers.household === household);
  const roster = new Roster(tablet, { home, rows: await about(store, household, SURVEY), begun, release });
  return roster.page(member);
}

class Roster {
  constructor(tablet, { home, rows, begun, release }) {
    this.tablet = tablet;
    this.home = home;
    this.begun = begun;
    this.release = release;
    this.made = 0;
    this.list = new MemberList(tablet, home, rows, (row) => this.#choose(row));
    this.keeping = new Keeping(tablet, () => this.#keep());
    this.root = h("div", { class: "form roster-form" });
    const survey = tablet.forms.surveys[SURVEY];
    this.root.append(drawn(survey.html));
    this.form = new LiveForm(this.root, survey, { today: () => today(tablet.session) });
    this.form.addEventListener("typed", () => this.keeping.soon());
    this.form.addEventListener("answer", () => this.#lookForTwice());
    this.form.addEventListener("given", () => this.#keep());
    this.#drawAround();
  }

  #drawAround() {
    this.heading = h("h2", { tabindex: "-1" });
    this.done = h("p", { class: "saved", role: "status" });
    this.drop = button("quiet", null, _("Empty the form"), () => this.#drop());
    this.leaveIt = button("outline-primary wide", null, _("Leave as it was"), () => this.#drop());
    this.takeOff = button("quiet", "cross", _("Take off the list"), () => this.#takeOff());
    const save = button("primary wide", "check", _("Save and add the next one"), () => this.#save());
    this.buttons = h("div", { class: "actions" }, save, this.leaveIt, this.takeOff, this.drop);
  }

  async page(member) {
    if (member) await this.#open(member);
    else this.#next();
    return {
      title: _("Members of the household"),
      body: [
        backLink(`#/record/${this.home.id}`, nameOf(this.tablet, this.home)),
        this.keeping.trouble,
        this.done,
        this.heading,
        this.root,
        this.buttons,
        this.list.body,
      ],
      leave: () => this.#leave(),
      now: () => this.keeping.now(),
      unsaved: () => this.keeping.unsaved,
    };
  }

  // --- one member in the form ---

  // What was begun before comes first, then somebody new.
  #next() {
    const [draft = this.#somebodyNew()] = this.begun.splice(0, 1);
    this.#show(draft);
  }

  // The head is known already, and is the first on the list; the others are mostly of the same people.
  #somebodyNew() {
    const { id: household, values, area } = this.home;
    const { head_name: name, head_sex: sex, birth_date: born, ethnic_group } = values;
    const head = { name, sex, relationship: "chu_ho", ...(born && { birth_year: Number(born.slice(0, 4)) }) };
    const answers = { household, ...(ethnic_group && { ethnic_group }), ...(this.list.isEmpty && name ? head : {}) };
    return drafts.blank(this.tablet, { survey: SURVEY, area, answers });
  }

  #show(draft) {
    this.draft = draft;
    this.form.begin(draft);
    this.heading.textContent = this.isNew ? _("Add a member") : _("Change: %(name)s", { name: draft.given.values.name ?? "" });
    this.drop.hidden = !this.isNew;
    this.leaveIt.hidden = this.takeOff.hidden = this.isNew;
  }

  get isNew() {
    return !Object.keys(this.draft.given.values).length;
  }

  #keep() {
    Object.assign(this.draft, this.form.state, { stored: true });
    return this.keeping.keep(this.draft);
  }

  #lookForTwice() {
    const same = this.list.hasNamesake(this.form.answers.name ?? "", this.draft.record);
    this.form.judging.doubt("name", same ? { message: _("Somebody of this name is on the list already. Is this another person?") } : null);
  }

  // Somebody on whom two answers differ is settled on the own page, where both can be seen.
  async #choose({ id, conflicts }) {
    if (Object.keys(conflicts).length) location.hash = `#/record/${id}`;
    else await this.#open(id);
  }

  async #open(id) {
    const row = await this.tablet.store.get("records", id);
    if (!row) return this.#next();
    if (this.draft) await this.#putAside();
    const at = this.begun.findIndex(({ record }) => record === id);
    const [draft = drafts.blank(this.tablet, { survey: SURVEY, record: row })] = at < 0 ? [] : this.begun.splice(at, 1);
    this.#show(draft);
    return this.#focus();
  }

  // --- what becomes of it ---

  async #save() {
    const wrong = this.form.judging.judge(this.form.survey.order);
    if (wrong.length) return this.form.focus(wrong[0].question);
    const [open] = this.form.judging.open;
    if (open) return this.form.focusAsked(open.question);
    this.buttons.inert = true; // a second tap would save the next one, empty
    await this.#kept(() => finish(this.tablet, this.draft, this.form.final()));
    this.buttons.inert = false;
    return null;
  }

  async #kept(work) {
    try {
      await this.keeping.settled();
      await work();
      this.made += 1;
      this.list.put(await this.tablet.store.get("records", this.draft.record));
      this.#goOn(_("Saved: %(name)s", { name: this.form.answers.name }));
    } catch (error) {
      this.keeping.notKept(error);
    }
  }

  async #takeOff() {
    const name = this.draft.given.values.name ?? "";
    if (!window.confirm(_("Take %(name)s off the list? The office can bring the entry back.", { name }))) return;
    const row = await this.tablet.store.get("records", this.draft.record);
    await settle(this.tablet, row, { [WITHDRAWN]: true });
    await this.#putAside({ always: true }); // only now: what was typed stays should the tablet be full
    this.made += 1;
    this.list.takeOff(row.id);
    this.#goOn(_("Taken off the list: %(name)s", { name }));
  }

  async #drop() {
    await this.#putAside({ always: true });
    this.#goOn("");
  }

  #goOn(said) {
    this.done.textContent = said;
    this.#next();
    this.#focus();
  }

  // On a tablet the keyboard would hide what was saved: only the eyes go to the form.
  #focus() {
    this.heading.focus({ preventScroll: true });
    this.done.scrollIntoView({ block: "center" });
  }

  // A draft that says something waits for its turn; one that says nothing, or `always`, is gone.
  async #putAside({ always = false } = {}) {
    await this.keeping.settled();
    if (!always && drafts.isTouched(this.draft)) this.begun.push(this.draft);
    else if (this.draft.stored) await drafts.discard(this.tablet.store, this.draft);
  }

  async #leave() {
    await this.keeping.settled();
    if (this.keeping.unsaved) await this.#keep();
    if (this.keeping.unsaved) return false;
    if (this.draft.stored && !drafts.isTouched(this.draft)) await drafts.discard(this.tablet.store, this.draft);
    this.release();
    if (this.made) this.tablet.sync.nudge();
    return true;
  }
}
