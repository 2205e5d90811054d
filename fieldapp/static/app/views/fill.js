/** Filling in a form, part by part. Each answer is on the disk before the next is asked. */

import { h, icon } from "../dom.js";
import * as drafts from "../drafts.js";
import { enliven, offerVillages } from "../fields.js";
import { LiveForm } from "../form.js";
import { _, ngettext } from "../i18n.js";
import { finish } from "../records.js";
import { review } from "../status.js";
import { StorageFull } from "../store.js";
import { answerText, backLink, notice } from "./parts.js";

/** A new form of a survey about a household, or the draft begun before; the address then names the draft. */
export async function begin(tablet, { survey, household = null, record = null }) {
  const row = record && (await tablet.store.get("records", record));
  const parent = household && (await tablet.store.get("records", household));
  const answers = { ...(household ? { household } : {}), ...(await needOf(tablet, survey, household)) };
  const draft = await drafts.begin(tablet, { survey: row?.survey ?? survey, record: row, area: parent?.area ?? "", answers });
  tablet.replace(`#/fill/${draft.id}`);
}

// A visit is about the need there is; with several, the person chooses.
async function needOf({ store }, survey, household) {
  if (survey !== "progress_visit" || !household) return {};
  const rows = await store.all("records", { index: "refs", only: household });
  const needs = rows.filter((row) => row.survey === "housing_need" && !row.withdrawn);
  return needs.length === 1 ? { need: needs[0].id } : {};
}

export async function draw(tablet, { id }) {
  const draft = await tablet.store.get("drafts", id);
  if (!draft) return { title: _("This draft is no longer here"), body: [backLink("#/", _("What to do next"))] };
  const filling = new Filling(tablet, draft);
  return filling.page();
}

class Filling {
  constructor(tablet, draft) {
    Object.assign(this, { tablet, draft, survey: tablet.forms.surveys[draft.survey], saving: Promise.resolve(), unsaved: false });
    this.root = h("div", { class: "form" });
    this.root.append(document.getElementById(`form-${draft.survey}`).content.cloneNode(true));
    offerVillages(this.root, this.survey, tablet.session.areas);
    this.form = new LiveForm(this.root, this.survey, { answers: draft.answers, typed: draft.typed });
    enliven(tablet, this.form, draft, { onFull: (message) => this.alarm(message) });
    this.form.addEventListener("answer", () => this.save());
    this.form.addEventListener("at", ({ detail }) => this.entered(detail));
    this.parts = [...this.root.querySelectorAll(".part")];
    this.at = 0;
  }

  async page() {
    this.summary = h("div", { class: "error-summary", role: "alert", tabindex: "-1", hidden: true });
    this.trouble = h("div", { class: "notice notice-danger", role: "alert", hidden: true });
    this.saved = h("p", { class: "saved", role: "status" }, _("Draft kept on this tablet"));
    this.progress = h("p", { class: "progress-line" });
    this.bar = h("progress", { class: "progress-bar-line", "aria-hidden": "true" });
    this.buttons = h("div", { class: "step-buttons" });
    const subject = await this.subject();
    await this.pinComments();
    this.show(this.partOf(this.draft.at) ?? 0);
    return {
      title: this.title,
      body: [
        subject && h("p", { class: "lead-line" }, subject),
        h("div", { class: "progress-box" }, this.progress, this.bar),
        this.trouble,
        this.summary,
        this.contents(),
        this.root,
        this.buttons,
        this.saved,
        h("p", { class: "leave-line" },
          h("a", { class: "btn btn-outline-primary", href: this.back() }, _("Leave and go on later")),
          h("button", { class: "btn btn-quiet", type: "button", onclick: () => this.discard() }, _("Throw this draft away")),
        ),
      ],
      focus: () => this.resume(),
      leave: () => this.mayLeave(),
      unsaved: () => this.unsaved,
    };
  }

  get title() {
    const fresh = !Object.keys(this.draft.given.values).length;
    return fresh && this.draft.survey === "household" ? _("Add a new household") : this.survey.title;
  }

  async subject() {
    const { household } = this.draft.answers;
    if (household) return answerText(this.tablet, { kind: "reference" }, household);
    return this.draft.answers.head_name ?? null;
  }

  back() {
    const id = this.draft.answers.household ?? (Object.keys(this.draft.given.values).length ? this.draft.record : null);
    return id ? `#/record/${id}` : "#/";
  }

  // What the supervisor asked stands at the question it is about.
  async pinComments() {
    const row = await this.tablet.store.get("records", this.draft.record);
    const decided = row && (await review(this.tablet.store, row));
    if (decided?.key !== "returned") return;
    const { comment, pinned } = decided.decision.values;
    if (comment) this.root.prepend(notice("warning", h("h2", {}, _("The supervisor asks")), h("p", {}, comment)));
    for (const { question, text } of pinned ?? []) {
      this.form.element(question)?.prepend(h("p", { class: "pin" }, icon("comment"), h("strong", {}, _("The supervisor asks:")), " ", text));
    }
  }

  // --- parts ---

  questionsOf(part) {
    return [...part.querySelectorAll("[data-question]")].map((element) => element.dataset.question);
  }

  asked(part) {
    return this.questionsOf(part).some((name) => this.form.wanted.has(name));
  }

  partOf(name) {
    const found = this.parts.findIndex((part) => this.questionsOf(part).includes(name));
    return found < 0 ? null : found;
  }

  /** The parts there are just now: one of which nothing is asked is passed over. */
  get there() {
    return this.parts.filter((part) => this.asked(part));
  }

  show(index) {
    this.at = index;
    this.parts.forEach((part, i) => (part.hidden = i !== index));
    const place = Math.max(0, this.there.indexOf(this.parts[index]));
    this.progress.textContent = _("Part %(part)s of %(parts)s", { part: place + 1, parts: this.there.length });
    Object.assign(this.bar, { max: this.there.length, value: place + 1 });
    this.buttons.replaceChildren(...this.stepButtons(place));
  }

  stepButtons(place) {
    const back = h("button", { class: "btn btn-outline-primary", type: "button", onclick: () => this.step(-1) }, icon("back"), _("Back"));
    const next = h("button", { class: "btn btn-primary", type: "button", onclick: () => this.step(1) }, _("Next part"), icon("next"));
    const done = h("button", { class: "btn btn-primary", type: "button", onclick: () => this.finish() }, icon("check"), _("Finish this form"));
    return [place > 0 && back, place + 1 < this.there.length ? next : done].filter(Boolean);
  }

  contents() {
    const list = h("ol", {});
    const details = h("details", { class: "contents" }, h("summary", {}, _("All parts of this form")), list);
    details.addEventListener("toggle", () => {
      list.replaceChildren(...this.there.map((part) => {
        const go = () => ((details.open = false), this.go(this.parts.indexOf(part)));
        return h("li", {}, h("button", { class: "btn btn-quiet", type: "button", onclick: go }, part.querySelector(".part-title").textContent));
      }));
    });
    return details;
  }

  step(direction) {
    const answered = this.questionsOf(this.parts[this.at]).filter((name) => this.form.answers[name] != null || this.form.unreadable[name]);
    const errors = direction > 0 ? this.form.judge(answered) : [];
    if (errors.length) return this.tell(errors);
    const place = this.there.indexOf(this.parts[this.at]) + direction;
    return this.go(this.parts.indexOf(this.there[place]));
  }

  go(index) {
    this.summary.hidden = true;
    this.show(index);
    const title = this.parts[index].querySelector(".part-title");
    title.setAttribute("tabindex", "-1");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
    [this.draft.at] = this.questionsOf(this.parts[index]).filter((name) => this.form.wanted.has(name));
    this.save();
  }

  resume() {
    if (!this.draft.at || !this.form.wanted.has(this.draft.at)) return false;
    this.form.focus(this.draft.at);
    return true;
  }

  // --- keeping ---

  // The camera may end the app: where the person was is kept before it opens.
  entered(name) {
    if (this.draft.at === name) return;
    this.draft.at = name;
    this.save();
  }

  save() {
    this.unsaved = true;
    Object.assign(this.draft, { answers: { ...this.form.answers }, typed: { ...this.form.typed } });
    if (this.draft.survey === "household") this.draft.area = this.form.answers.village ?? this.draft.area;
    if (!this.there.includes(this.parts[this.at])) this.show(this.parts.indexOf(this.there[0]));
    const placed = this.draft;
    this.saving = this.saving.then(() => drafts.save(this.tablet.store, placed)).then(() => this.kept(), (error) => this.notKept(error));
    return this.saving;
  }

  kept() {
    this.unsaved = false;
    this.saved.textContent = _("Draft kept on this tablet");
    this.trouble.hidden = true;
    if (this.tablet.store.low) this.tablet.tellState();
  }

  notKept(error) {
    console.error(error);
    this.saved.textContent = _("Not saved");
    this.alarm(error instanceof StorageFull
      ? _("The tablet's storage is full: the last answer is not saved. Stay on this page. Delete photos or films from the tablet, then press “Try again”.")
      : _("The tablet could not save the last answer. Stay on this page and press “Try again”."));
  }

  alarm(message) {
    this.trouble.replaceChildren(
      h("p", {}, message),
      h("button", { class: "btn btn-primary", type: "button", onclick: () => this.save() }, _("Try again")),
    );
    this.trouble.hidden = false;
    this.trouble.scrollIntoView({ block: "center" });
  }

  async mayLeave() {
    await this.save();
    return !this.unsaved;
  }

  async discard() {
    if (!window.confirm(_("Throw this draft away? What was filled in here will be gone."))) return;
    await this.saving;
    await drafts.discard(this.tablet.store, this.draft);
    this.form = null;
    this.tablet.leaveTo("#/");
  }

  // --- finishing ---

  async finish() {
    const errors = this.form.judge(Object.keys(this.survey.questions));
    if (errors.length) return this.tell(errors);
    await this.save();
    if (this.unsaved) return null;
    try {
      return await this.hand();
    } catch (error) {
      return this.notKept(error);
    }
  }

  async hand() {
    const answers = this.form.final();
    const change = await finish(this.tablet, this.draft, answers);
    this.tablet.households.forget();
    const text = change ? _("Saved on this tablet. It will be sent when there is network.") : _("Nothing was different, so nothing is to be sent.");
    this.tablet.leaveTo(`#/record/${this.draft.record}`, text);
    this.tablet.sync.run();
  }

  tell(errors) {
    const links = errors.map((error) => h("li", {}, h("a", { href: `#${error.question}`, onclick: (event) => this.visit(event, error.question) }, error.message)));
    this.summary.replaceChildren(
      h("h2", {}, ngettext("%(n)s answer to mend", "%(n)s answers to mend", errors.length)),
      h("ul", {}, links),
    );
    this.summary.hidden = false;
    this.summary.focus({ preventScroll: true });
    this.summary.scrollIntoView({ block: "start" });
  }

  visit(event, question) {
    event.preventDefault();
    this.show(this.partOf(question));
    this.form.focus(question);
  }
}
