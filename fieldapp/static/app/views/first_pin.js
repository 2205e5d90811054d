/** The first PIN of somebody: after the tablet was connected, or where a store of an earlier version is not encrypted yet. */

import { _ } from "../ground/i18n.js";
import { fingerprint } from "../twins/seal.js";
import { Session } from "../person/session.js";
import { button, quiet, text } from "../kit/parts.js";
import { choosing, why } from "../form/pin.js";
import { codeForm, firstWords } from "./enrol.js";

/** Show how somebody who is not on this tablet yet, or has lost all of it, connects; `screen` is the lock screen. */
export async function connect(screen, person) {
  const session = new Session(person.store, {});
  const onCode = async (code, name) => choosePin(screen, person, session, await session.connect(code, name, screen.language));
  screen.show(
    session.lost ? _("This tablet has lost its data") : _("Connect this tablet"),
    firstWords(session.lost),
    codeForm(onCode),
    screen.known().some((each) => each !== person) && button("quiet", "back", _("Back"), () => screen.choose()),
  );
}

// Nothing of the answer is on the disk before there is a PIN.
function choosePin(screen, person, session, answer) {
  const key = answer.sealing_key;
  const chosen = async (pin, called) => {
    await session.lockWith(pin, called);
    await session.settle(answer);
    person.lock = session.lock;
    history.replaceState(null, "", "#/");
    screen.enter(person, session);
  };
  screen.show(
    _("Connected. Now choose a PIN"),
    why(),
    choosing({ label: givenName(answer.account), action: _("Keep this PIN and begin") }, chosen),
    key && quiet(_("Key of the province, to compare with what an administrator sees: %(key)s", { key: fingerprint(key) })),
  );
}

/** Show where a PIN is chosen for what lies here in the clear. */
export async function encrypt(screen, person) {
  const account = (await person.store.rawOne("meta", "account"))?.value;
  const chosen = async (pin, called) => {
    const session = await person.close(pin, called, (...done) => screen.progress(...done));
    person.lock = session.lock;
    await screen.enterFolded(person, session);
  };
  const choice = choosing({ label: givenName(account), action: _("Encrypt this tablet") }, chosen);
  screen.show(_("This app now needs a PIN"), text(NEW_HERE()), why(), choice);
}

// As people are called in Việt Nam: by the last word of the name.
function givenName(account) {
  return account?.name?.split(" ").at(-1) ?? "";
}

const NEW_HERE = () =>
  _("From now on everything on this tablet is encrypted. Choose a PIN once; what is here already is encrypted with it, and nothing is lost.");
