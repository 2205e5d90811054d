/**
 * Replying to a supervisor, comment by comment or to the whole, where the answers are right as they are. What is written
 * is a draft like any other until it is saved.
 */

import { _ } from "../ground/i18n.js";
import * as drafts from "../records/drafts.js";
import { begun, reply, repliedTo } from "../records/replies.js";
import { review } from "../records/status.js";
import { h } from "../kit/dom.js";
import { backLink, button, notice, quiet, text } from "../kit/parts.js";
import { answerText, nameOf } from "../kit/words.js";
import { Keeping, hold, openElsewhere } from "../form/keeping.js";

export async function draw(tablet, { id }) {
  const row = await tablet.store.get("records", id);
  const decided = row && (await review(tablet.store, row));
  const draft = await begun(tablet.store, id);
  if (decided?.key !== "returned") return nothing(tablet, id, draft);
  const release = await hold(`reply ${id}`);
  return release ? new Replying(tablet, row, decided, { draft, release }).page() : openElsewhere();
}

// What was written meanwhile can still be read, and told in another way.
function nothing(tablet, id, draft) {
  const throwAway = async () => {
    if (!window.confirm(_("Throw this draft away? What was filled in here will be gone."))) return;
    await drafts.discard(tablet.store, draft);
    await tablet.again();
  };
  return {
    title: _("There is nothing to reply to"),
    body: [
      text(_("Nobody waits for a reply about this record.")),
      draft && [h("h2", {}, _("What you had written")), Object.values(draft.typed).map((said) => text(said))],
      draft && button("quiet", null, _("Throw this draft away"), throwAway),
      backLink(`#/record/${id}`, _("Back to the record")),
    ],
  };
}

class Replying {
  constructor(tablet, row, { decision, replies }, { draft, release }) {
    this.tablet = tablet;
    this.row = row;
    this.decision = decision;
    this.release = release;
    this.draft = draft ?? drafts.blank(tablet, { survey: "reply", area: row.area, answers: { subject: row.id } });
    this.keeping = new Keeping(tablet, () => this.#keep());
    const done = repliedTo(decision, replies);
    const pinned = (decision.values.pinned ?? []).filter(({ question }) => !done.has(question));
    this.asked = [...pinned, { question: "", text: decision.values.comment }];
    this.fields = new Map(this.asked.map(({ question }) => [question, this.#field(question)]));
    this.said = h("p", { class: "error", role: "alert", hidden: true });
  }

  async page() {
    const { tablet, row } = this;
    await this.#goOn();
    const boxes = await Promise.all(this.asked.map((each) => (each.question ? this.#pinned(each) : this.#whole(each))));
    return {
      title: _("Reply to the supervisor"),
      body: [
        backLink(`#/record/${row.id}`, nameOf(tablet, row)),
        quiet(_("For answers that are right as they are. What is wrong is corrected in the form.")),
        this.keeping.trouble,
        boxes,
        this.said,
        h("div", { class: "actions" }, button("primary wide", "check", _("Save the reply"), () => this.#save())),
      ],
      leave: () => this.#leave(),
      now: () => this.keeping.now(),
      unsaved: () => this.keeping.unsaved,
    };
  }

  // --- keeping ---

  #keep() {
    const typed = this.#written().map(({ question, text: said }) => [question, said]);
    Object.assign(this.draft, { typed: Object.fromEntries(typed), stored: true });
    return this.keeping.keep(this.draft);
  }

  // What an earlier version of the app kept apart when it was locked becomes a draft too.
  async #goOn() {
    const { store } = this.tablet;
    const earlier = (await store.known(`reply ${this.row.id}`)) ?? [];
    for (const { question, text: said } of earlier) this.draft.typed[question] ??= said;
    for (const [question, field] of this.fields) field.value = this.draft.typed[question] ?? "";
    if (earlier.length) await this.#keep().then(() => store.learn(`reply ${this.row.id}`, []));
  }

  async #leave() {
    await this.keeping.settled();
    if (this.keeping.unsaved) await this.#keep();
    if (this.keeping.unsaved) return false;
    if (!this.#written().length) await this.#forget();
    this.release();
    return true;
  }

  async #forget() {
    this.keeping.end();
    if (this.draft.stored) await drafts.discard(this.tablet.store, this.draft);
  }

  #field(question) {
    const kept = { oninput: () => this.keeping.soon(), onchange: () => this.#keep() };
    const { rules } = this.tablet.forms.surveys.reply.questions.text;
    const maxlength = rules.find(({ word }) => word === "longest").arg;
    return h("textarea", { class: "form-control", id: `reply-${question}`, rows: 2, maxlength, ...kept });
  }

  async #pinned({ question, text: asked }) {
    const { tablet, row } = this;
    const known = tablet.forms.surveys[row.survey].questions[question];
    const answer = known && (await answerText(tablet, known, row.values[question]));
    return h("section", { class: "question" },
      h("h2", {}, known?.short ?? question),
      notice("warning", h("strong", {}, _("The supervisor asks:")), " ", asked),
      answer && text(_("Your answer: %(answer)s", { answer })),
      this.#labelled(question, _("Reply to this comment")),
    );
  }

  #whole({ text: asked }) {
    return h("section", { class: "question" },
      asked && notice("warning", h("strong", {}, _("The supervisor asks:")), " ", asked),
      this.#labelled("", this.asked.length > 1 ? _("Or reply to the whole") : _("Reply")),
    );
  }

  #labelled(question, label) {
    return [h("label", { class: "question-label", for: `reply-${question}` }, label), this.fields.get(question)];
  }

  // Question and text of what was written.
  #written() {
    const all = [...this.fields].map(([question, field]) => ({ question, text: field.value.trim() }));
    return all.filter((each) => each.text);
  }

  async #save() {
    const written = this.#written();
    this.said.hidden = true;
    await this.keeping.settled();
    if (!written.length) return this.#nothingWritten();
    for (const each of written) {
      await reply(this.tablet, this.row, { decision: this.decision, ...each });
      this.fields.get(each.question).value = ""; // should the next one not fit, this one is not written twice
    }
    await this.#forget();
    this.release();
    await this.tablet.leaveTo(`#/record/${this.row.id}`, _("Saved on this tablet. It will be sent when there is network."));
    this.tablet.sync.nudge();
    return null;
  }

  #nothingWritten() {
    this.said.textContent = _("Write a reply first.");
    this.said.hidden = false;
    this.said.scrollIntoView({ block: "nearest" });
    this.fields.values().next().value.focus();
  }
}
