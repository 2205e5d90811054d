/** Where a PIN is typed: once to unlock, twice to choose one. */

import { _, ngettext } from "../ground/i18n.js";
import { PASSPHRASE_CHARACTERS, PIN_DIGITS, weakness } from "../store/vault.js";
import { trying } from "../kit/attempts.js";
import { h } from "../kit/dom.js";
import { text } from "../kit/parts.js";

/** A PIN that will not do; the message says why. */
class Unfit extends Error {}

/** One field, with its label and the means to see what was typed: `{field, parts}`. */
export function pinField({ id, label, digits = true, hint = null }) {
  const field = h("input", {
    ...{ class: "form-control code", id, type: "password", required: true, spellcheck: "false", autocapitalize: "none" },
    ...{ autocomplete: "one-time-code", inputmode: digits ? "numeric" : "text", "aria-describedby": hint?.id },
  });
  return { field, parts: [h("label", { class: "question-label", for: id }, label), hint, field] };
}

/** A box to tick that shows what stands in these fields. */
export function showing(fields) {
  const show = ({ target }) => fields.forEach((field) => (field.type = target.checked ? "text" : "password"));
  return tick("pin-shown", _("Show what I type"), show);
}

function tick(id, label, onchange) {
  const box = h("input", { class: "form-check-input", type: "checkbox", id, autocomplete: "off", onchange });
  return h("label", { class: "choice", for: id }, box, h("span", {}, label));
}

/** Where something is told that went wrong. */
export function errorLine(id) {
  return h("p", { class: "error", id, role: "alert", hidden: true });
}

/**
 * A form to choose a PIN: `onChosen(pin, label)` does the rest, and what it throws is told. `label`: what the lock screen
 * is to call the person, or null where that is known already; `before`: what is asked before the PIN.
 */
export function choosing({ label = null, action, before = [] }, onChosen) {
  const hint = h("p", { class: "hint", id: "pin-hint" }, HINT());
  const one = pinField({ id: "pin-new", label: _("New PIN"), hint });
  const two = pinField({ id: "pin-again", label: _("The same PIN again") });
  const named = label === null ? null : labelField(label);
  const words = ({ target }) => [one, two].forEach(({ field }) => (field.inputMode = target.checked ? "text" : "numeric"));
  const error = errorLine("pin-error");
  const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, action);
  const work = async () => {
    check(one.field.value, two.field.value);
    await onChosen(one.field.value, named?.field.value.trim() || label || _("Without a name"));
  };
  const onsubmit = trying({ work, submit, error, field: one.field });
  return h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
    before,
    one.parts,
    two.parts,
    error,
    h("div", { class: "choices" },
      tick("pin-words", _("I use words in place of digits"), words),
      showing([one.field, two.field]),
    ),
    named?.parts,
    submit,
  );
}

function check(one, two) {
  const weak = weakness(one);
  if (weak === "short") throw new Unfit(SHORT());
  if (weak === "spaced") throw new Unfit(_("A PIN of digits has no spaces. Type the digits one right after the other."));
  if (weak === "easy") throw new Unfit(_("This PIN is too easy to guess. Choose digits that follow no order."));
  if (one !== two) throw new Unfit(_("The two are not the same. Type the PIN again."));
}

function labelField(label) {
  const hint = h("p", { class: "hint", id: "label-hint" }, LABEL_HINT());
  const field = h("input", {
    ...{ class: "form-control", id: "pin-label", type: "text", maxlength: "40", value: label },
    ...{ autocomplete: "off", "aria-describedby": "label-hint" },
  });
  return { field, parts: [h("label", { class: "question-label", for: "pin-label" }, _("Name on the lock screen")), hint, field] };
}

/** Why there is a PIN, in plain words. */
export function why() {
  return h("div", { class: "block" }, WHY().map((line) => text(line)));
}

const WHY = () => [
  _("Everything on this tablet is encrypted with your PIN: whoever finds or steals the tablet cannot read about the households."),
  _("If you forget the PIN, nothing is lost: an administrator gives you a code, and you choose a new one."),
];
const HINT = () =>
  _("At least %(digits)s digits, or a sentence of at least %(characters)s letters. No birthday, and no telephone number.", {
    digits: PIN_DIGITS,
    characters: PASSPHRASE_CHARACTERS,
  });
const SHORT = () =>
  _("This PIN is too short. It needs at least %(digits)s digits, or at least %(characters)s letters.", {
    digits: PIN_DIGITS,
    characters: PASSPHRASE_CHARACTERS,
  });
const LABEL_HINT = () => _("Anybody who holds the tablet can read it. A given name or initials are enough.");

/** How long to wait, in words. */
export function waitText(ms) {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return ngettext("%(n)s second", "%(n)s seconds", seconds);
  return ngettext("%(n)s minute", "%(n)s minutes", Math.ceil(seconds / 60));
}
