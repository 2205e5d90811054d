/**
 * A survey's form brought to life: what is asked, what was answered, what is wrong. It draws nothing of its own;
 * the HTML comes from the server's macro, and the rules are those of the survey.
 */

import { vietnamDay } from "../ground/today.js";
import { Unreadable, read } from "../twins/read.js";
import { asked } from "../twins/asked_if.js";
import { still } from "../kit/press.js";
import { fill, shown, taken } from "./inputs.js";
import { Judging } from "./judging.js";

const PAUSE_MS = 300;
const FOCUSABLE = "input:not([type=hidden]), select, textarea, fieldset";

/**
 * Fires `typed` whenever something is typed, `answer` once an answer has settled, `given` when it is left or chosen, and
 * `at` when another question is entered; `detail` is the question.
 * `answers` are canonical; what cannot be read stays in `typed` as it was typed, with its sentence in `unreadable`. The
 * `judging` knows what is wrong with them.
 */
export class LiveForm extends EventTarget {
  /**
   * `root` holds the questions; `survey` is its description; `known` what `begin` takes; `today()`
   * gives the ISO day, or null where nobody knows it.
   * @param {any} root @param {any} survey
   * @param {Record<string, any>} known
   */
  constructor(root, survey, { today = () => vietnamDay(Date.now()), ...known } = {}) {
    super();
    this.root = root;
    this.survey = survey;
    this.today = today;
    this.pause = null;
    this.judging = new Judging(this);
    this.begin(known);
    this.#listen();
  }

  /**
   * Begin anew with other answers, in the fields there are; `confirmed` and `given` as the `judging` takes them.
   * @param {Record<string, any>} known
   */
  begin({ answers = {}, typed = {}, ...known } = {}) {
    clearTimeout(this.pause);
    this.answers = { ...answers };
    this.typed = { ...typed };
    this.unreadable = {};
    this.composing = null;
    this.judging.begin(known);
    this.#fill();
    this.ask();
    this.judging.tell();
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
    this.judging.tell();
    this.given(name);
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

  /** What is to be kept of it, `{answers, typed, confirmed}`: a word that is still being put together as it stands. */
  get state() {
    const unfinished = this.composing && { [this.composing]: this.#takenFrom(this.composing) };
    return { answers: { ...this.answers }, typed: { ...this.typed, ...unfinished }, confirmed: [...this.judging.confirmed] };
  }

  #takenFrom(name) {
    return taken(this.element(name), this.survey.questions[name]);
  }

  /** The answer to every question, none where it is not asked: what the record is to say. */
  final() {
    const answer = (name) => (this.wanted.has(name) ? (this.answers[name] ?? null) : null);
    return Object.fromEntries(this.survey.order.map((name) => [name, answer(name)]));
  }

  /** Put the keyboard where a question is answered. */
  focus(name) {
    const question = this.element(name);
    const field = question?.querySelector("input:checked") ?? question?.querySelector(FOCUSABLE);
    field?.focus({ preventScroll: true });
    question?.scrollIntoView({ block: "center" });
  }

  /** Put the keyboard where something that is asked back is confirmed. */
  focusAsked(name) {
    const question = this.element(name);
    question?.querySelector(".ask-back button")?.focus({ preventScroll: true });
    question?.scrollIntoView({ block: "center" });
  }

  #fill() {
    for (const name of this.survey.order) {
      const element = this.element(name);
      const question = this.survey.questions[name];
      if (!element) continue;
      fill(element, this.typed[name] ?? shown(question, this.answers[name] ?? null));
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
    if (!pause) this.given(name);
  }

  #read(name) {
    this.#take(name, this.#takenFrom(name));
    this.judging.tell();
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

  /** Tell that a question was answered, or what was asked back about it. */
  given(name) {
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
    this.judging.left.add(name);
    still(() => this.judging.tell());
  }
}

function nameOf(element) {
  return element?.closest?.("[data-question]")?.dataset.question ?? null;
}
