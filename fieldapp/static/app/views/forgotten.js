/** A forgotten PIN: the server gives the key back to whoever has a code of an administrator, and a new PIN is chosen. */

import { unbase64 } from "../ground/bytes.js";
import { _ } from "../ground/i18n.js";
import { Vault } from "../store/vault.js";
import { UNLOCKING_AS } from "../wire/codes.js";
import { Wire } from "../wire/wire.js";
import { trying } from "../kit/attempts.js";
import { h } from "../kit/dom.js";
import { button, notice, text } from "../kit/parts.js";
import { saverOf } from "../kit/saver.js";
import { choosing, why } from "../form/pin.js";
import { UNTYPED, codeField } from "./enrol.js";

/** Show what somebody can do who has forgotten the PIN; `screen` is the lock screen, `onBack()` goes back. */
export function forgotten(screen, person, onBack) {
  const { harmed, sealed } = person.lock;
  const [title, why, never] = harmed ? [_("The tablet's key was damaged"), [HARMED()], KEPT()] : [_("Forgotten PIN"), [], NEVER_TOLD()];
  const back = button("quiet", "back", harmed ? _("Somebody else") : _("Back"), onBack);
  const ways = h("div", { class: "block" }, back, saverOf(() => [person.store.copy], "quiet"));
  if (!sealed) return screen.show(title, notice("warning", [...why, never].map((line) => text(line))), ways);
  return screen.show(title, h("div", { class: "block" }, [...why, ...FORGOTTEN()].map((line) => text(line))), asking(screen, person), ways);
}

function asking(screen, person) {
  const { error, code } = codeField();
  const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Go on"));
  const work = async () => renew(screen, person, await recovered(screen, person, code.value.trim()));
  const onsubmit = trying({ work, submit, error, field: code, untyped: UNTYPED() });
  return h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
    h("label", { class: "question-label", for: "code" }, _("Connection code")),
    h("p", { class: "hint", id: "code-hint" }, _("You need the network this one time.")),
    error,
    code,
    submit,
  );
}

async function recovered({ language }, person, code) {
  const [courier, node] = await Promise.all(["courier", "node"].map((name) => person.store.rawOne("meta", name)));
  const wire = new Wire({ courier: courier.value, node: node?.value, language });
  const { key } = await wire.ask("unlock", { body: { code, sealed: person.lock.sealed, try: UNLOCKING_AS } });
  return Vault.of(unbase64(key));
}

async function renew(screen, person, vault) {
  const session = await person.enter(vault);
  const chosen = async (pin) => {
    await session.lockWith(pin, person.label);
    person.lock = session.lock;
    await screen.open(person, vault);
  };
  screen.show(_("Choose a new PIN"), why(), choosing({ action: _("Keep this PIN and go on") }, chosen));
}

const HARMED = () =>
  _("What your PIN opens was damaged on this tablet, and in its second copy too. Your PIN was not wrong, and nothing was deleted.");
const KEPT = () => _("Save a backup file, keep the tablet, and tell your administrator.");
const FORGOTTEN = () => [
  _("Ask your administrator for a code, the same as for connecting a tablet. Everything on this tablet stays."),
  _("The administrator sees that the tablet was unlocked with a code."),
];
const NEVER_TOLD = () =>
  _("This tablet has not been in touch with the server since it was encrypted, so only its PIN opens it. Nothing is deleted: keep the tablet, and try the PINs you use.");
