/**
 * A survey's form brought to life: what is asked, what was answered, what is wrong. It draws nothing of its own;
 * the HTML comes from the server's macro, and the rules are those of the survey.
 */

import { vietnamDay } from "../ground/today.js";
import { Unreadable, read } from "../twins/read.js";
import { asked, problems } from "../twins/rules.js";
import { still } from "../kit/press.js";
import { fill, showFindings, shown, taken } from "./inputs.js";

const PAUSE_MS = 300;
const FOCUSABLE = "input:not([type=hidden]), select, textarea, fieldset";

/**
 * Fires `typed` whenever something is typed, `answer` once an answer has settled, `given` when it is left or chosen, and
 * `at` when another question is entered; `detail` is the question.
 * `answers` are canonical; what cannot be read stays in `typed` as it was typed, with its sentence in `unreadable`.
 */
export class LiveForm extends EventTarget {
  /**
   * `root` holds the questions; `survey` is its description; `answers` and `typed` are what is known already; `today()`
   * gives the ISO day, or null where nobody knows it.
   * @param {any} root @param {any} survey
   * @param {{answers?: Record<string, any>, typed?: Record<string, any>, today?: () => string | null}} known
   */
  constructor(root, survey, { answers = {}, typed = {}, today = () => vietnamDay(Date.now()) } = {}) {
    super();
    this.root = root;
    this.survey = survey;
    this.today = today;
    this.pause = null;
    this.begin({ answers, typed });
    this.#listen();
  }

  /**
   * Begin anew with other answers, in the fields there are.
   * @param {{answers?: Record<string, any>, typed?: Record<string, any>}} known
   */
  begin({ answers = {}, typed = {} } = {}) {
    clearTimeout(this.pause);
    this.answers = { ...answers };
    this.typed = { ...typed };
    this.unreadable = {};
    this.composing = null;
    this.left = new Set();
    this.#fill();
    this.ask();
  }

  /** The element of a question. */
  element(name) {
    return this.root.querySelector(`[data-question="${name}"]`);
  }

  /** The answer of a question that is no plain field, such as photos; it takes the place of what was typed. */
  set(name, value) {
    delete this.unreadable[name];
    delete this.typed[name];
    this.answers[name] = value;
    if (!this.element(name).querySelector(".error").hidden) this.#judgeLeft(name);
    this.#given(name);
  }

  /** Show the questions that are asked, hide the others. */
  ask() {
    this.wanted = asked(this.survey, this.answers);
    still(() => this.#hideUnasked());
  }

  #hideUnasked() {
    for (const element of this.root.querySelectorAll("[data-question]")) {
      element.hidden = !this.wanted.has(element.dataset.question);
    }
  }

  /** What is to be kept of it, `{answers, typed}`: a word that is still being put together as it stands. */
  get state() {
    const unfinished = this.composing && { [this.composing]: this.#takenFrom(this.composing) };
    return { answers: { ...this.answers }, typed: { ...this.typed, ...unfinished } };
  }

  #takenFrom(name) {
    return taken(this.element(name), this.survey.questions[name]);
  }

  /** The answer to every question, none where it is not asked: what the record is to say. */
  final() {
    const answer = (name) => (this.wanted.has(name) ? (this.answers[name] ?? null) : null);
    return Object.fromEntries(this.survey.order.map((name) => [name, answer(name)]));
  }

  /** What is wrong with these questions, in their order: `[{question, word, level, message}]`. */
  findings(names = this.survey.order) {
    return names.filter((name) => this.wanted.has(name)).flatMap((name) => this.#findingsOf(name));
  }

  #findingsOf(name) {
    const message = this.unreadable[name];
    if (message) return [{ question: name, word: "kind", level: "error", message }];
    const asIfAsked = this.final();
    return problems(this.survey, name, this.answers[name] ?? null, asIfAsked, this.today());
  }

  /** Judge questions as finished: write what is wrong beside each, and give the errors. */
  judge(names) {
    for (const name of names) this.#show(name, this.findings([name]));
    return this.findings(names).filter((finding) => finding.level === "error");
  }

  /** Put the keyboard where a question is answered. */
  focus(name) {
    const question = this.element(name);
    const field = question?.querySelector("input:checked") ?? question?.querySelector(FOCUSABLE);
    field?.focus({ preventScroll: true });
    question?.scrollIntoView({ block: "center" });
  }

  #fill() {
    for (const name of this.survey.order) {
      const element = this.element(name);
      const question = this.survey.questions[name];
      if (!element) continue;
      fill(element, this.typed[name] ?? shown(question, this.answers[name] ?? null));
      this.#show(name, []);
    }
    for (const [name, text] of Object.entries(this.typed)) this.#take(name, text);
  }

  #listen() {
    this.root.addEventListener("input", (event) => this.#changed(event, PAUSE_MS));
    this.root.addEventListener("change", (event) => this.#changed(event, 0));
    this.root.addEventListener("compositionend", (event) => this.#changed(event, PAUSE_MS));
    this.root.addEventListener("focusin", (event) => this.#entered(nameOf(event.target)));
    this.root.addEventListener("focusout", (event) => this.#leaving(event));
  }

  // A word that an input method is still putting together, as Telex does, is no answer yet.
  #changed({ target, isComposing = false }, pause) {
    const name = nameOf(target);
    if (!name || !target.name || target.type === "file") return;
    clearTimeout(this.pause);
    this.composing = isComposing ? name : null;
    if (!isComposing) this.#read(name);
    this.#tell("typed", name);
    if (!isComposing && pause) this.pause = setTimeout(() => this.#settled(name), pause);
    if (!pause) this.#given(name);
  }

  #read(name) {
    this.#take(name, this.#takenFrom(name));
    if (this.left.has(name) || !this.element(name).querySelector(".error").hidden) this.#judgeLeft(name);
  }

  #take(name, text) {
    const question = this.survey.questions[name];
    delete this.unreadable[name];
    delete this.typed[name];
    try {
      this.answers[name] = this.#kept(question, name, read(question, text));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      Object.assign(this.unreadable, { [name]: error.message });
      Object.assign(this.typed, { [name]: text });
      this.answers[name] = null;
    }
  }

  // Typing nothing new over a satellite fix keeps its accuracy and moment.
  #kept(question, name, value) {
    const before = this.answers[name];
    if (question.kind !== "point" || !value || !before) return value;
    return value.lat === before.lat && value.lon === before.lon ? before : value;
  }

  #settled(name) {
    this.ask();
    this.#tell("answer", name);
  }

  #given(name) {
    this.#settled(name);
    this.#tell("given", name);
  }

  #tell(what, name) {
    this.dispatchEvent(new CustomEvent(what, { detail: name }));
  }

  #entered(name) {
    if (name) this.#tell("at", name);
  }

  #leaving({ target, relatedTarget }) {
    const name = nameOf(target);
    if (!name || nameOf(relatedTarget) === name) return;
    this.#judgeLeft(name);
  }

  // A question that was only passed by is not reproached for being empty.
  #judgeLeft(name) {
    this.left.add(name);
    still(() => this.#show(name, this.findings([name]).filter((finding) => finding.word !== "required")));
  }

  #show(name, findings) {
    showFindings(this.element(name), findings);
  }
}

function nameOf(element) {
  return element?.closest?.("[data-question]")?.dataset.question ?? null;
}
