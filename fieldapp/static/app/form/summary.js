/** The answers that are still to be mended, told at the head of a form with a way to each. */

import { ngettext } from "../ground/i18n.js";
import { h } from "../kit/dom.js";
import { confirming } from "./inputs.js";

/** More answers to mend than these are told by part. */
const MOST_LINES = 8;

export class Summary {
  /** `steps`: the parts of the form of a survey; `onVisit(question)` follows when somebody goes to an answer. */
  constructor(steps, survey, onVisit) {
    this.steps = steps;
    this.survey = survey;
    this.onVisit = onVisit;
    this.box = h("div", { class: "error-summary", role: "alert", tabindex: "-1", hidden: true });
  }

  hide() {
    this.box.hidden = true;
  }

  /** Tell what is wrong, `[{question, message}]`, where it cannot be overlooked. */
  tell(wrong) {
    const lines = wrong.length > MOST_LINES ? this.#parts(wrong) : wrong.map((finding) => this.#line(finding));
    this.#show("error-summary", ngettext("%(n)s answer to mend", "%(n)s answers to mend", wrong.length), lines);
  }

  /** Ask back what the `judging` asks, each to be confirmed here by a press or corrected at its place; then `onDone()`. */
  ask(judging, onDone) {
    const { open } = judging;
    const confirm = (finding) => {
      judging.confirm(finding);
      if (judging.open.length) return this.ask(judging, onDone);
      this.hide();
      return onDone();
    };
    const line = (finding) => h("li", {}, this.#line(finding).firstChild, confirming(finding, () => confirm(finding)));
    const title = ngettext("Is this right? %(n)s answer to look at", "Is this right? %(n)s answers to look at", open.length);
    this.#show("error-summary asking", title, open.map(line));
  }

  #show(look, title, lines) {
    this.box.className = look;
    this.box.replaceChildren(h("h2", {}, title), h("ul", {}, lines));
    this.box.hidden = false;
    this.box.focus({ preventScroll: true });
    this.box.scrollIntoView({ block: "start" });
  }

  // A form hardly begun has dozens of empty answers: then each part has one line.
  #parts(wrong) {
    const groups = Map.groupBy(wrong, ({ question }) => this.steps.partOf(question));
    return [...groups].map(([part, [first, ...rest]]) => {
      const title = part.querySelector(".part-title").textContent;
      const message = ngettext("%(title)s: %(n)s answer", "%(title)s: %(n)s answers", rest.length + 1, { title });
      return this.#line({ question: first.question, message });
    });
  }

  #line({ question, message }) {
    const visit = (event) => {
      event.preventDefault();
      this.onVisit(question);
    };
    return h("li", {}, h("a", { href: `#${this.survey}-${question}`, onclick: visit }, message));
  }
}
