/** Filling in a form, part by part. Each answer is on the disk before the next is asked. */

import { _ } from "../ground/i18n.js";
import { today } from "../ground/today.js";
import * as drafts from "../records/drafts.js";
import { finish } from "../records/records.js";
import { drawn, h } from "../kit/dom.js";
import { backLink, button, buttonLink } from "../kit/parts.js";
import { still } from "../kit/press.js";
import { answerText } from "../kit/words.js";
import { enliven, offerVillages } from "../form/fields.js";
import { LiveForm } from "../form/form.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";
import { Place } from "../form/place.js";
import { drawRemarks } from "../form/remarks.js";
import { watchSequence } from "../form/sequence.js";
import { Steps } from "../form/steps.js";
import { Summary } from "../form/summary.js";
import { Alike } from "./alike.js";
import { drawLastVisit } from "./last_visit.js";
import { mergedNote } from "./merged.js";
import { notYoursNote } from "./not_yours.js";

export async function draw(tablet, { id }) {
  const draft = await tablet.store.get("drafts", id);
  if (!draft) return gone();
  if (draft.survey === "reply") return tablet.replace(`#/reply/${draft.answers.subject}`);
  if (draft.survey === "list_line") return tablet.replace(`#/meeting/${draft.answers.of_list}`);
  if (draft.survey === "household_member") return tablet.replace(`#/members/${draft.answers.household}`);
  const release = await hold(`record ${draft.record}`);
  return release ? new Filling(tablet, draft, release).page() : openElsewhere();
}

function gone() {
  return { title: _("This draft is no longer here"), body: [backLink("#/", _("What to do next"))] };
}

class Filling {
  constructor(tablet, draft, release) {
    this.tablet = tablet;
    this.draft = draft;
    this.release = release;
    this.finishing = null;
    this.survey = tablet.forms.surveys[draft.survey];
    this.keeping = new Keeping(tablet, () => this.save());
    this.root = h("div", { class: "form" });
    this.root.append(drawn(this.survey.html));
    this.alike = this.isNewHousehold ? new Alike(tablet, draft, () => this.save()) : null;
    this.#bringToLife();
    this.summary = new Summary(this.steps, draft.survey, (question) => this.visit(question));
    this.place = new Place(this.steps, { onStep: (by) => this.step(by), onGo: (part) => this.go(part), onDone: () => this.finish() });
  }

  #bringToLife() {
    const { tablet, draft, root, survey } = this;
    offerVillages(root, survey, tablet.session.areas);
    this.form = new LiveForm(root, survey, { ...draft, today: () => today(tablet.session) });
    this.steps = new Steps(this.form);
    enliven(tablet, this.form, draft, this.keeping);
    this.form.addEventListener("typed", () => this.keeping.soon());
    this.form.addEventListener("answer", () => this.answeredOne());
    this.form.addEventListener("given", () => this.save());
    this.form.addEventListener("at", (/** @type {CustomEvent} */ { detail }) => this.entered(detail));
  }

  async page() {
    const subject = await this.subject();
    await drawRemarks(this.tablet, this.form, this.draft);
    await watchSequence(this.tablet, this.form, this.draft);
    await this.alike?.look(this.form.answers);
    this.show(this.steps.partOf(this.draft.at) ?? this.steps.there[0]);
    return {
      title: this.title,
      body: [
        subject && h("p", { class: "lead-line" }, subject),
        await mergedNote(this.tablet, this.draft.record),
        notYoursNote(this.tablet, this.draft.answers.village ?? this.draft.area),
        await drawLastVisit(this.tablet, this.draft, this.form),
        this.place.progress,
        this.keeping.trouble,
        this.summary.box,
        this.place.contents,
        this.root,
        this.alike?.box,
        this.place.buttons,
        this.keeping.saved,
        this.wayOut(),
      ],
      focus: () => this.resume(),
      leave: () => this.mayLeave(),
      now: () => this.keeping.now(),
      unsaved: () => this.keeping.unsaved,
    };
  }

  get title() {
    return this.isNewHousehold ? _("Add a new household") : this.survey.title;
  }

  // Where a form is filled in that belongs to a meeting.
  get meeting() {
    const { of_list: list } = this.draft.answers;
    return list ? `#/meeting/${list}` : null;
  }

  get isNewHousehold() {
    return this.isNew && this.draft.survey === "household";
  }

  get isNew() {
    return !Object.keys(this.draft.given.values).length;
  }

  async subject() {
    const { household, head_name: head } = this.draft.answers;
    return household ? answerText(this.tablet, { kind: "reference" }, household) : head;
  }

  wayOut() {
    const record = this.draft.answers.household ?? (this.isNew ? null : this.draft.record);
    const away = this.meeting ?? (record ? `#/record/${record}` : "#/");
    return h("div", { class: "leave-line" },
      buttonLink("outline-primary", null, _("Leave and go on later"), away),
      button("quiet", null, _("Throw this draft away"), () => this.discard()),
    );
  }

  // --- parts ---

  show(part) {
    this.steps.show(part);
    this.place.tell();
  }

  step(direction) {
    const wrong = direction > 0 ? this.form.judging.judge(this.answered()) : [];
    const part = this.steps.neighbour(direction);
    if (wrong.length) this.summary.tell(wrong);
    else if (part) this.go(part); // else what was just answered has made this part the last
  }

  // What is still empty is asked for at the end, so that the person may go back and forth.
  answered() {
    const { answers, unreadable } = this.form;
    return this.steps.questions().filter((name) => answers[name] != null || unreadable[name]);
  }

  go(part) {
    this.summary.hide();
    this.show(part);
    this.steps.focus();
    [this.draft.at] = this.steps.asked();
    this.save();
  }

  // One of the answers that are to be mended.
  visit(question) {
    this.show(this.steps.partOf(question));
    this.form.focus(question);
  }

  resume() {
    if (!this.form.wanted.has(this.draft.at)) return false;
    this.form.focus(this.draft.at);
    return true;
  }

  // --- keeping ---

  answeredOne() {
    still(() => this.place.tell());
    this.alike?.look(this.form.answers).catch((error) => console.error(error));
  }

  // The camera may end the app: where the person was is kept before it opens.
  entered(name) {
    if (this.draft.at === name) return;
    this.draft.at = name;
    this.save();
  }

  save() {
    Object.assign(this.draft, this.form.state);
    if (this.draft.survey === "household") this.draft.area = this.form.answers.village ?? this.draft.area;
    return this.keeping.keep(this.draft);
  }

  // Whoever only looked at a form leaves no draft behind.
  async mayLeave() {
    await this.keeping.settled();
    await this.save();
    if (this.keeping.unsaved) return false;
    if (this.isLeft && !drafts.isTouched(this.draft)) await drafts.discard(this.tablet.store, this.draft);
    this.release();
    return true;
  }

  get isLeft() {
    return location.hash !== `#/fill/${this.draft.id}`;
  }

  async discard() {
    if (!window.confirm(_("Throw this draft away? What was filled in here will be gone."))) return;
    await this.keeping.settled();
    await drafts.discard(this.tablet.store, this.draft);
    this.release();
    this.tablet.leaveTo("#/");
  }

  // --- finishing ---

  // Only once, however often it is pressed.
  finish() {
    this.finishing ??= this.finishOnce().finally(() => (this.finishing = null));
  }

  async finishOnce() {
    await this.keeping.settled();
    const wrong = this.form.judging.judge(this.survey.order);
    if (wrong.length) return this.summary.tell(wrong);
    if (this.form.judging.open.length) return this.summary.ask(this.form.judging, () => this.finish());
    if (this.keeping.unsaved) await this.save();
    if (await this.alike?.look(this.form.answers)) return this.alike.focus();
    await this.keeping.settled(); // what was answered to that, or entered meanwhile, may be on its way
    return this.keeping.unsaved ? null : this.hand().catch((error) => this.keeping.notKept(error));
  }

  async hand() {
    const change = await finish(this.tablet, this.draft, this.form.final());
    this.keeping.end();
    this.release();
    const shown = this.survey.reviewed ? this.draft.record : this.draft.answers.household;
    await this.tablet.leaveTo(this.meeting ?? `#/record/${shown}`, change ? SAVED() : SAME());
    this.tablet.sync.nudge();
  }
}

const SAVED = () => _("Saved on this tablet. It will be sent when there is network.");
const SAME = () => _("Nothing was different, so nothing is to be sent.");
