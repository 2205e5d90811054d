/** What is to be told of the answers of a form: what is wrong, and what is asked back until it is said to be right. */

import { askedBack, keyOf, toldOnce, unconfirmed } from "../twins/telling.js";
import { problems } from "../twins/rules.js";
import { still } from "../kit/press.js";
import { showFindings } from "./inputs.js";

export class Judging {
  /** `form`: the LiveForm whose answers are judged. */
  constructor(form) {
    this.form = form;
    this.begin({});
  }

  /** Begin anew. `confirmed`: what was said to be right before; `given`: the record as it came. */
  begin({ confirmed = [], given = null }) {
    this.confirmed = new Set(confirmed);
    this.given = given?.values ?? {};
    this.doubts = {};
    this.left = new Set();
    this.whole = new Set();
  }

  /** Judge questions as finished: write what is wrong beside each, and give the errors. */
  judge(names) {
    for (const name of names) this.whole.add(name);
    this.tell();
    return this.#errors(names);
  }

  /** Write beside each question what is to be told of it by now. */
  tell() {
    const { form, shown } = this;
    for (const name of form.survey.order) {
      const element = form.element(name);
      if (element) showFindings(element, shown.filter(({ question }) => question === name), (finding) => this.confirm(finding));
    }
  }

  /**
   * Ask back about an answer, or no longer; `doubt`: `{message, deny}` or null, with another way out as `deny`, `{label, act}`.
   * @param {string} name @param {{message: string, deny?: {label: string, act: () => void}} | null} doubt
   */
  doubt(name, doubt) {
    if (doubt?.message === this.doubts[name]?.message) return;
    Object.assign(this.doubts, { [name]: doubt });
    still(() => this.tell());
  }

  /** A person says that what is asked back is right. */
  confirm({ key, question }) {
    this.confirmed.add(key);
    this.tell();
    this.form.given(question);
  }

  /** All that is to be told, in the order of the questions. */
  get told() {
    const { survey, wanted } = this.form;
    const answers = this.form.final();
    const found = survey.order.filter((name) => wanted.has(name)).flatMap((name) => this.#of(name, answers));
    const told = toldOnce(unconfirmed(found, this.form.answers, this.confirmed), survey.order);
    return told.map((each) => ({ ...each, key: keyOf(each, this.form.answers) }));
  }

  /** What is told while the form is filled in: of questions that were left; that one is empty only once it was judged. */
  get shown() {
    const isDue = ({ by, word }) => this.whole.has(by) || word === "doubt" || (this.left.has(by) && word !== "required");
    return this.told.filter(isDue);
  }

  /** What is asked back and has no answer yet; answers that stand as they came were asked about when they were given. */
  get open() {
    return askedBack(this.told, this.form.answers, this.given);
  }

  // Of these questions, or of others that contradict them.
  #errors(names) {
    const isOfThem = ({ by, question, others }) => [by, question, ...others].some((name) => names.includes(name));
    return this.told.filter((finding) => finding.level === "error" && isOfThem(finding));
  }

  #of(name, answers) {
    const message = this.form.unreadable[name];
    if (message) return [{ question: name, word: "kind", level: "error", message, others: [], by: name }];
    const found = problems(this.form.survey, name, answers[name], answers, this.form.today());
    if (this.doubts[name]) found.push({ question: name, word: "doubt", level: "warning", others: [], by: name, ...this.doubts[name] });
    return found;
  }
}
