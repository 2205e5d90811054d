/**
 * Drafts kept on the disk while they are filled in: within a second of the first key that is not there yet, however the
 * typing goes on. It says so, and says it loudly where it did not work.
 */

import { _ } from "../ground/i18n.js";
import { StorageFull } from "../store/errors.js";
import * as drafts from "../records/drafts.js";
import { h } from "../kit/dom.js";
import { backLink, button, text } from "../kit/parts.js";
import { still } from "../kit/press.js";

const SOON_MS = 600; // with the writing, within a second

export class Keeping {
  /** `save()` gives `keep` the draft as it is by then. `trouble` and `saved` are to be shown on the page. */
  constructor(tablet, save) {
    this.tablet = tablet;
    this.save = save;
    this.saving = Promise.resolve();
    this.others = new Set();
    this.late = false;
    this.last = null;
    this.due = null;
    this.problem = h("p", {});
    const again = button("primary", null, _("Try again"), () => this.save());
    this.trouble = h("div", { class: "notice notice-danger", role: "alert", hidden: true }, this.problem, again);
    this.saved = h("p", { class: "saved" }, _("Draft kept on this tablet")); // not read out at each key; trouble is
  }

  /** Whether something is not on the disk yet. */
  get unsaved() {
    return this.late || this.others.size > 0;
  }

  /** Something was typed: it is written soon. */
  soon() {
    this.due ??= setTimeout(() => this.now(), SOON_MS);
    this.#tell();
  }

  /** What was typed and is not on its way to the disk yet goes there at once. */
  now() {
    if (this.due) this.save();
  }

  /** Nothing is due any more: it is being written, or the draft is at its end. */
  end() {
    clearTimeout(this.due);
    this.due = null;
  }

  /** Wait for all that is to be written. */
  async settled() {
    this.now();
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
    this.end();
    this.late = true;
    this.#tell();
    const written = this.inTurn(() => drafts.save(this.tablet, draft));
    this.last = written;
    this.saving = written.then(() => this.#kept(written), (error) => this.notKept(error));
    return this.saving;
  }

  /** `work()` once all that was to be written before is written: two writers of one draft would undo each other. */
  inTurn(work) {
    const done = this.saving.then(work);
    this.saving = done.catch(() => {});
    return done;
  }

  // Another that came after it may still be on its way.
  #kept(written) {
    if (written === this.last) this.late = false;
    this.#tell();
    still(() => (this.trouble.hidden = true));
    if (this.tablet.store.low) this.tablet.tellState();
  }

  // That it is kept is said only while all that was typed is on the disk.
  #tell() {
    this.saved.textContent = this.late || this.due ? _("Saving…") : _("Draft kept on this tablet");
  }

  /** Say that something was not written. */
  notKept(error) {
    console.error(error);
    this.saved.textContent = _("Not saved");
    this.alarm(error instanceof StorageFull ? FULL() : BROKEN());
  }

  /** Say what is wrong, where it cannot be overlooked. */
  alarm(message) {
    still(() => {
      this.problem.textContent = message;
      this.trouble.hidden = false;
      this.trouble.scrollIntoView({ block: "center" });
    });
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
