/** The PIN of somebody, typed to open what is theirs. After many wrong ones nothing can be tried for a while. */

import { _ } from "../ground/i18n.js";
import { Vault, WrongPin, tried, waitOf } from "../store/vault.js";
import { h } from "../kit/dom.js";
import { isResting, setResting } from "../kit/keyboard.js";
import { button } from "../kit/parts.js";
import { saverOf } from "../kit/saver.js";
import { errorLine, pinField, showing, waitText } from "../form/pin.js";
import { forgotten } from "./forgotten.js";

/** Show where the PIN is typed; `screen` is the lock screen. */
export async function askPin(screen, person) {
  if (person.lock.harmed) return forgotten(screen, person, () => screen.choose());
  return new Unlocking(screen, person).ask();
}

class Unlocking {
  constructor(screen, person) {
    this.screen = screen;
    this.person = person;
    const { field, parts } = pinField({ id: "pin", label: _("PIN"), digits: person.lock.digits });
    field.setAttribute("aria-describedby", "pin-error");
    this.field = field;
    this.parts = parts;
    this.error = errorLine("pin-error");
    this.submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Unlock"));
  }

  async ask() {
    const { screen, person, field, parts, error, submit } = this;
    const onsubmit = (event) => {
      event.preventDefault();
      this.#unlock().catch((problem) => this.#cannot(problem));
    };
    screen.show(
      _("The app is locked"),
      h("p", { class: "who-line" }, person.lock.label),
      h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
        parts,
        error,
        h("div", { class: "choices" }, showing([field])),
        submit,
      ),
      h("div", { class: "block" },
        button("quiet", null, _("I have forgotten the PIN"), () => forgotten(screen, person, () => askPin(screen, person))),
        button("quiet", null, _("Somebody else"), () => screen.choose()),
        saverOf(() => [person.store.copy], "quiet"),
      ),
      h("div", { id: "carried" }),
    );
    field.focus({ preventScroll: true });
    this.#hold();
    await screen.tellWaiting();
  }

  async #unlock() {
    const { screen, person, field, submit } = this;
    if (isResting(submit)) return;
    if (!field.value) return this.#tell(UNTYPED());
    setResting(submit, true);
    const pin = field.value;
    await person.refresh(); // another window may have tried as well
    if (person.lock.harmed) return askPin(screen, person);
    if (this.#hold()) return;
    const opening = Vault.open(person.lock, pin);
    opening.catch(() => {}); // it is looked at once the try is on the disk: before that nobody learns what came of it
    await person.keepLock(tried(person.lock));
    try {
      await screen.open(person, await opening);
    } catch (problem) {
      if (!(problem instanceof WrongPin)) throw problem;
      this.#wrong();
    }
  }

  #wrong() {
    const { field, submit } = this;
    setResting(submit, false);
    field.value = "";
    this.#tell(WRONG());
    this.#hold();
  }

  #tell(sentence) {
    this.field.setAttribute("aria-invalid", "true");
    this.error.textContent = sentence;
    this.error.hidden = false;
    this.field.focus();
  }

  // How long nothing can be tried is told as it passes. Gives whether that is so.
  #hold() {
    clearInterval(this.screen.ticking);
    const waits = this.#tellWait();
    if (waits) this.screen.ticking = setInterval(() => this.#tellWait(), 1000);
    else this.field.removeAttribute("disabled");
    return waits;
  }

  #tellWait() {
    const { error, submit } = this;
    const wait = waitOf(this.person.lock);
    setResting(submit, wait > 0);
    if (wait > 0) {
      error.textContent = WAIT({ wait: waitText(wait) });
      error.hidden = false;
    } else {
      clearInterval(this.screen.ticking);
      error.hidden = error.textContent !== WRONG();
    }
    return wait > 0;
  }

  #cannot(problem) {
    console.error(problem);
    setResting(this.submit, false);
    this.error.textContent = CANNOT();
    this.error.hidden = false;
  }
}

const UNTYPED = () => _("Type your PIN first.");
const WRONG = () => _("This is not the PIN. Nothing was lost; try again.");
const WAIT = (values) => _("Too many wrong PINs. You can try again in %(wait)s. Nothing is lost or deleted.", values);
const CANNOT = () => _("The app could not read the tablet's storage. Nothing was deleted. Close the app and open it again.");
