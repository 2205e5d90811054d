/** Filling in a form, part by part. Each answer is on the disk before the next is asked. */

import { _, ngettext } from "../ground/i18n.js";
import { today } from "../ground/today.js";
import { WITHDRAWN } from "../twins/change.js";
import * as drafts from "../records/drafts.js";
import { about, finish, same } from "../records/records.js";
import { review } from "../records/status.js";
import { lastVisits } from "../records/todo.js";
import { drawn, h, icon } from "../kit/dom.js";
import { backLink, button, buttonLink, notice, text } from "../kit/parts.js";
import { still } from "../kit/press.js";
import { answerText, fateWords } from "../kit/words.js";
import { enliven, offerVillages } from "../form/fields.js";
import { LiveForm } from "../form/form.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";
import { Steps } from "../form/steps.js";
import { Alike } from "./alike.js";
import { visitText } from "./todo.js";

/** More answers to mend than these are told by part. */
const MOST_LINES = 8;

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
    this.#drawAround();
  }

  #bringToLife() {
    const { tablet, draft, root, survey } = this;
    offerVillages(root, survey, tablet.session.areas);
    this.form = new LiveForm(root, survey, { answers: draft.answers, typed: draft.typed, today: () => today(tablet.session) });
    this.steps = new Steps(this.form);
    enliven(tablet, this.form, draft, this.keeping);
    this.form.addEventListener("typed", () => this.keeping.soon());
    this.form.addEventListener("answer", () => this.answeredOne());
    this.form.addEventListener("given", () => this.save());
    this.form.addEventListener("at", (/** @type {CustomEvent} */ { detail }) => this.entered(detail));
  }

  #drawAround() {
    this.summary = h("div", { class: "error-summary", role: "alert", tabindex: "-1", hidden: true });
    this.progress = h("p", { class: "progress-line" });
    this.bar = h("progress", { class: "progress-bar-line", "aria-hidden": "true" });
    this.back = button("outline-primary", "back", _("Back"), () => this.step(-1));
    this.next = button("primary", "next", _("Next part"), () => this.step(1));
    this.done = button("primary", "check", _("Finish this form"), () => this.finish());
    this.buttons = h("div", { class: "step-buttons" }, this.back, this.next, this.done);
  }

  async page() {
    const subject = await this.subject();
    await this.pinComments();
    await this.alike?.look(this.form.answers);
    this.show(this.steps.partOf(this.draft.at) ?? this.steps.there[0]);
    return {
      title: this.title,
      body: [
        subject && h("p", { class: "lead-line" }, subject),
        await this.lastVisit(),
        h("div", { class: "progress-box" }, this.progress, this.bar),
        this.keeping.trouble,
        this.summary,
        this.contents(),
        this.root,
        this.alike?.box,
        this.buttons,
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

  // A visit is measured against the one before.
  async lastVisit() {
    const { survey, record, answers } = this.draft;
    if (survey !== "progress_visit" || !answers.need) return null;
    const visits = (await about(this.tablet.store, answers.need, survey)).filter(({ id }) => id !== record);
    const last = lastVisits(visits).get(answers.need);
    return last ? notice("plain", text(visitText(this.tablet, last))) : null;
  }

  wayOut() {
    const record = this.draft.answers.household ?? (this.isNew ? null : this.draft.record);
    const away = this.meeting ?? (record ? `#/record/${record}` : "#/");
    return h("div", { class: "leave-line" },
      buttonLink("outline-primary", null, _("Leave and go on later"), away),
      button("quiet", null, _("Throw this draft away"), () => this.discard()),
    );
  }

  // What others said stands at the question it is about.
  async pinComments() {
    const row = await this.tablet.store.get("records", this.draft.record);
    if (!row) return;
    await this.tellNews(row);
    await this.pinRivals(row);
    const decided = await review(this.tablet.store, row);
    if (decided?.key !== "returned") return;
    const { comment, pinned } = decided.decision.values;
    if (comment) this.root.prepend(notice("warning", h("h2", {}, _("The supervisor asks")), text(comment)));
    for (const { values } of decided.replies.filter((one) => one.values.decision === decided.decision.id)) {
      this.pin(values.question, "pencil", _("Reply:"), values.text);
    }
    for (const { question, text: said } of pinned ?? []) this.pin(question, "comment", _("The supervisor asks:"), said);
  }

  pin(question, drawing, heading, said) {
    this.form.element(question)?.prepend(h("p", { class: "pin" }, icon(drawing), h("strong", {}, heading), " ", said));
  }

  // Somebody else's newer answers are told before they are written over.
  async tellNews({ heads, values, withdrawn, conflicts }) {
    const { given } = this.draft;
    const { questions, order } = this.survey;
    const isNew = (name) => heads[name] && !same(heads[name], given.heads[name] ?? []);
    const news = [WITHDRAWN, ...order].filter(isNew);
    if (!news.length) return;
    const line = async (name) => {
      if (name === WITHDRAWN) return h("li", {}, fateWords(withdrawn || WITHDRAWN in conflicts));
      return h("li", {}, questions[name].short, ": ", await answerText(this.tablet, questions[name], values[name]));
    };
    const heading = h("h2", {}, _("Changed elsewhere since this draft was begun"));
    this.root.prepend(notice("warning", heading, h("ul", {}, await Promise.all(news.map(line)))));
  }

  // Where two answers differ, both are told: the one given here settles it.
  async pinRivals({ choices }) {
    const { questions, order } = this.survey;
    for (const name of order.filter((each) => choices[each])) {
      const said = choices[name].map(({ value }) => answerText(this.tablet, questions[name], value));
      this.pin(name, "warning", _("Two answers differ:"), (await Promise.all(said)).join(" / "));
    }
  }

  // --- parts ---

  show(part) {
    this.steps.show(part);
    this.tellPlace();
  }

  // An answer may add parts or take them away; a button that is being pressed stays, whatever becomes of it.
  tellPlace() {
    const { place, there, isFirst, isLast } = this.steps;
    this.progress.textContent = _("Part %(part)s of %(parts)s", { part: place + 1, parts: there.length });
    Object.assign(this.bar, { max: there.length, value: place + 1 });
    Object.assign(this.back, { hidden: isFirst });
    Object.assign(this.next, { hidden: isLast });
    Object.assign(this.done, { hidden: !isLast });
  }

  contents() {
    const list = h("ol", {});
    const details = h("details", { class: "contents" }, h("summary", {}, _("All parts of this form")), list);
    const line = (part) => {
      const go = () => {
        details.open = false;
        this.go(part);
      };
      return h("li", {}, button("quiet", null, part.querySelector(".part-title").textContent, go));
    };
    details.addEventListener("toggle", () => list.replaceChildren(...this.steps.there.map(line)));
    return details;
  }

  step(direction) {
    const wrong = direction > 0 ? this.form.judge(this.answered()) : [];
    const part = this.steps.neighbour(direction);
    if (wrong.length) this.tell(wrong);
    else if (part) this.go(part); // else what was just answered has made this part the last
  }

  // What is still empty is asked for at the end, so that the person may go back and forth.
  answered() {
    const { answers, unreadable } = this.form;
    return this.steps.questions().filter((name) => answers[name] != null || unreadable[name]);
  }

  go(part) {
    this.summary.hidden = true;
    this.show(part);
    this.steps.focus();
    [this.draft.at] = this.steps.asked();
    this.save();
  }

  resume() {
    if (!this.form.wanted.has(this.draft.at)) return false;
    this.form.focus(this.draft.at);
    return true;
  }

  // --- keeping ---

  answeredOne() {
    still(() => this.tellPlace());
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
    const wrong = this.form.judge(this.survey.order);
    if (wrong.length) return this.tell(wrong);
    if (this.keeping.unsaved) await this.save();
    if (await this.alike?.look(this.form.answers)) return this.alike.focus();
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

  tell(wrong) {
    const lines = wrong.length > MOST_LINES ? this.wrongParts(wrong) : wrong.map((finding) => this.wrongLine(finding));
    this.summary.replaceChildren(
      h("h2", {}, ngettext("%(n)s answer to mend", "%(n)s answers to mend", wrong.length)),
      h("ul", {}, lines),
    );
    this.summary.hidden = false;
    this.summary.focus({ preventScroll: true });
    this.summary.scrollIntoView({ block: "start" });
  }

  // A form hardly begun has dozens of empty answers: then each part has one line.
  wrongParts(wrong) {
    const groups = Map.groupBy(wrong, ({ question }) => this.steps.partOf(question));
    return [...groups].map(([part, [first, ...rest]]) => {
      const title = part.querySelector(".part-title").textContent;
      const message = ngettext("%(title)s: %(n)s answer", "%(title)s: %(n)s answers", rest.length + 1, { title });
      return this.wrongLine({ question: first.question, message });
    });
  }

  wrongLine({ question, message }) {
    const visit = (event) => {
      event.preventDefault();
      this.show(this.steps.partOf(question));
      this.form.focus(question);
    };
    return h("li", {}, h("a", { href: `#${this.draft.survey}-${question}`, onclick: visit }, message));
  }
}

const SAVED = () => _("Saved on this tablet. It will be sent when there is network.");
const SAME = () => _("Nothing was different, so nothing is to be sent.");
