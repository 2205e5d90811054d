/** PIN and people: whose session this is, another PIN, and how somebody else gets to work on this tablet. */

import { _ } from "../ground/i18n.js";
import { fingerprint } from "../twins/seal.js";
import { Vault, WrongPin } from "../store/vault.js";
import { h } from "../kit/dom.js";
import { backLink, button, quiet, text } from "../kit/parts.js";
import { choosing, pinField } from "../form/pin.js";

export async function draw(tablet) {
  const { lock, sealing_key: key } = tablet.session;
  return {
    title: _("PIN and people"),
    body: [
      backLink("#/sync", _("Sync")),
      h("section", { class: "block" },
        h("h2", {}, _("This tablet is unlocked for %(label)s", lock)),
        text(LOCKS_ITSELF()),
        button("primary wide", "lock", _("Lock now"), () => tablet.lock()),
      ),
      h("section", { class: "block" },
        h("h2", {}, _("Somebody else works on this tablet")),
        text(SOMEBODY_ELSE()),
        button("outline-primary wide", "list", _("Lock, and let somebody else in"), () => tablet.lock()),
      ),
      h("section", { class: "block" }, h("h2", {}, _("Another PIN")), change(tablet)),
      key && quiet(_("Key of the province, to compare with what an administrator sees: %(key)s", { key: fingerprint(key) })),
    ],
  };
}

function change(tablet) {
  const { session } = tablet;
  const old = pinField({ id: "pin-old", label: _("The PIN you have now"), digits: session.lock.digits });
  return choosing({ action: _("Change the PIN"), before: old.parts }, async (pin) => {
    await Vault.open(session.lock, old.field.value).catch(asSentence);
    await session.lockWith(pin, session.lock.label);
    await tablet.tidy();
    tablet.again(_("The PIN was changed."));
  });
}

function asSentence(problem) {
  throw problem instanceof WrongPin ? new Error(_("The PIN you have now is not this one.")) : problem;
}

const LOCKS_ITSELF = () =>
  _("It locks itself after 15 minutes untouched. What is finished is sent all the same, and a draft stays where it is.");
const SOMEBODY_ELSE = () =>
  _("Each person has a PIN and forms of their own, and sees only these. A new person needs a code of an administrator; what others have finished is still sent.");
