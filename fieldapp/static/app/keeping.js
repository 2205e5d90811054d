/** Drafts kept on the disk while they are filled in. It says so, and says it loudly where it did not work. */

import { h } from "./dom.js";
import * as drafts from "./drafts.js";
import { _ } from "./i18n.js";
import { StorageFull } from "./store.js";
import { backLink, button, text } from "./views/parts.js";

export class Keeping {
  /** `again()` is called when a person presses “Try again”. `trouble` and `saved` are to be shown on the page. */
  constructor(tablet, again) {
    Object.assign(this, { tablet, again });
    this.saving = Promise.resolve();
    this.others = new Set();
    this.late = false;
    this.trouble = h("div", { class: "notice notice-danger", role: "alert", hidden: true });
    this.saved = h("p", { class: "saved", role: "status" }, _("Draft kept on this tablet"));
  }

  /** Whether something is not on the disk yet. */
  get unsaved() {
    return this.late || this.others.size > 0;
  }

  /** Wait for all that is being written. */
  async settled() {
    await Promise.all([this.saving, ...this.others]);
    await this.saving;
  }

  /** Something else of this draft is being kept, such as a photo; it tells itself when it cannot be. */
  also(work) {
    this.others.add(work);
    work.finally(() => this.others.delete(work));
  }

  /** Write a draft, after those that were to be written before. */
  keep(draft) {
    this.late = true;
    const written = this.inTurn(() => drafts.save(this.tablet.store, draft));
    this.saving = written.then(() => this.#kept(), (error) => this.notKept(error));
    return this.saving;
  }

  /** `work()` once all that was to be written before is written: two writers of one draft would undo each other. */
  inTurn(work) {
    const done = this.saving.then(work);
    this.saving = done.catch(() => {});
    return done;
  }

  #kept() {
    this.late = false;
    this.saved.textContent = _("Draft kept on this tablet");
    this.trouble.hidden = true;
    if (this.tablet.store.low) this.tablet.tellState();
  }

  /** Say that something was not written. */
  notKept(error) {
    console.error(error);
    this.saved.textContent = _("Not saved");
    this.alarm(error instanceof StorageFull ? FULL() : BROKEN());
  }

  /** Say what is wrong, where it cannot be overlooked. */
  alarm(message) {
    this.trouble.replaceChildren(text(message), button("primary", null, _("Try again"), this.again));
    this.trouble.hidden = false;
    this.trouble.scrollIntoView({ block: "center" });
  }
}

/** One window at a time writes a record. Gives what lets go of it, or null when another window holds it. */
export function hold(name) {
  return new Promise((got) => {
    const keep = (lock) => (lock ? new Promise((release) => got(release)) : got(null));
    navigator.locks.request(name, { ifAvailable: true }, keep);
  });
}

/** The page where another window holds it. */
export function openElsewhere() {
  const why = _("Finish it there, or close that window and open the draft here again.");
  return { title: _("This form is open in another window"), body: [text(why), backLink("#/", _("What to do next"))] };
}

const FULL = () =>
  _("The tablet's storage is full: the last answer is not saved. Stay on this page. Delete photos or films from the tablet, then press “Try again”.");
const BROKEN = () => _("The tablet could not save the last answer. Stay on this page and press “Try again”.");
