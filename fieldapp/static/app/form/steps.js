/** The parts of a form, one on the screen at a time; a part of which nothing is asked is passed over. */

export class Steps {
  /** `form` is a LiveForm whose root holds elements of class `part`. */
  constructor(form) {
    this.form = form;
    this.parts = [...form.root.querySelectorAll(".part")];
    this.shown = this.parts[0];
  }

  /** The names of the questions of a part. */
  questions(part = this.shown) {
    return [...part.querySelectorAll("[data-question]")].map((element) => element.dataset.question);
  }

  /** Those of them that are asked just now. */
  asked(part = this.shown) {
    return this.questions(part).filter((name) => this.form.wanted.has(name));
  }

  /** The parts there are just now. */
  get there() {
    return this.parts.filter((part) => this.asked(part).length);
  }

  /** The place of the part that is shown, from 0. */
  get place() {
    return this.there.indexOf(this.shown);
  }

  get isFirst() {
    return this.place <= 0;
  }

  get isLast() {
    return this.place === this.there.length - 1;
  }

  /** The part of a question. */
  partOf(name) {
    return this.parts.find((part) => this.questions(part).includes(name)) ?? null;
  }

  /** Show one part and hide the others. */
  show(part) {
    this.shown = part;
    for (const each of this.parts) each.hidden = each !== part;
  }

  /** The part before (-1) or after (1) the one that is shown. */
  neighbour(direction) {
    return this.there[this.place + direction];
  }

  /** Put the keyboard at the head of the part that is shown. */
  focus() {
    const title = this.shown.querySelector(".part-title");
    title.setAttribute("tabindex", "-1");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "start" });
  }
}
