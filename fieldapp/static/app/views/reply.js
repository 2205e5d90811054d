/** Replying to a supervisor, comment by comment or to the whole, where the answers are right as they are. */

import { notDone } from "../attempts.js";
import { h } from "../dom.js";
import { _ } from "../i18n.js";
import { reply, repliedTo } from "../replies.js";
import { review } from "../status.js";
import { backLink, button, notice, quiet, text } from "./parts.js";
import { answerText, nameOf } from "./words.js";

const LONGEST = 500;

export async function draw(tablet, { id }) {
  const row = await tablet.store.get("records", id);
  const decided = row && (await review(tablet.store, row));
  if (decided?.key !== "returned") return nothing(id);
  return new Replying(tablet, row, decided).page();
}

function nothing(id) {
  const back = backLink(`#/record/${id}`, _("Back to the record"));
  return { title: _("There is nothing to reply to"), body: [text(_("Nobody waits for a reply about this record.")), back] };
}

class Replying {
  constructor(tablet, row, { decision, replies }) {
    Object.assign(this, { tablet, row, decision });
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
        boxes,
        this.said,
        h("div", { class: "actions" }, button("primary wide", "check", _("Save the reply"), () => this.#save())),
      ],
      leave: () => !this.#written().length || window.confirm(_("Leave without saving the reply?")),
      keep: () => this.#keep(),
      unsaved: () => this.#written().length > 0,
    };
  }

  // What was written when the app was locked is there again afterwards.
  async #keep() {
    try {
      await this.#put(this.#written());
      return true;
    } catch (error) {
      this.#tell(notDone(error));
      return false;
    }
  }

  async #put(value) {
    await this.tablet.store.keep(["meta"], (rows) => rows("meta").put({ name: `reply ${this.row.id}`, value }));
  }

  #tell(problem) {
    this.said.textContent = problem;
    this.said.hidden = false;
    this.said.scrollIntoView({ block: "nearest" });
  }

  async #goOn() {
    const { store } = this.tablet;
    const kept = (await store.known(`reply ${this.row.id}`)) ?? [];
    for (const { question, text: said } of kept) if (this.fields.has(question)) this.fields.get(question).value = said;
    if (kept.length) await this.#put([]).catch((error) => console.info(error)); // they stay kept: that harms nobody
  }

  #field(question) {
    return h("textarea", { class: "form-control", id: `reply-${question}`, rows: 2, maxlength: LONGEST });
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
    if (!written.length) return this.#nothingWritten();
    for (const each of written) {
      await reply(this.tablet, this.row, { decision: this.decision, ...each });
      this.fields.get(each.question).value = ""; // should the next one not fit, this one is not written twice
    }
    await this.tablet.leaveTo(`#/record/${this.row.id}`, _("Saved on this tablet. It will be sent when there is network."));
    this.tablet.sync.nudge();
    return null;
  }

  #nothingWritten() {
    this.#tell(_("Write a reply first."));
    this.fields.values().next().value.focus();
  }
}
