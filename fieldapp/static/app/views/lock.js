/**
 * What stands before the app: whose tablet this is, and the PIN. Here a tablet is also connected the first time, given
 * one more person, opened after a forgotten PIN, and a store of an earlier version is encrypted.
 */

import { unbase64 } from "../ground/bytes.js";
import { _, ngettext } from "../ground/i18n.js";
import { fingerprint } from "../twins/seal.js";
import { Vault, WrongPin, tried, waitOf } from "../store/vault.js";
import { Wire } from "../wire/wire.js";
import { another, everybody } from "../person/people.js";
import { Session } from "../person/session.js";
import { trying } from "../kit/attempts.js";
import { h, icon } from "../kit/dom.js";
import { button, notice, quiet, text } from "../kit/parts.js";
import { saverOf } from "../kit/saver.js";
import { choosing, errorLine, pinField, showing, waitText, why } from "../form/pin.js";
import { codeField, codeForm, firstWords } from "./enrol.js";

// What the page with the PIN does not need is not waited for.
const COURIER = () => import("../wire/courier.js");

async function refold({ store }, session) {
  if (session.refold?.length) await (await import("../records/recovery.js")).refoldLost({ store, session });
}

export class LockScreen {
  /** `options`: what each store is opened with. `shown` is kept once there is something to see. */
  constructor({ main, language, options = {} }) {
    this.main = main;
    this.language = language;
    this.options = options;
    this.people = [];
    this.opened = null;
    this.ticking = null;
    this.shown = new Promise((resolve) => (this.drawn = resolve));
  }

  /** Until somebody is in: `{store, session, others}`, the last the stores of the other people. */
  async pass() {
    this.people = await everybody(this.options);
    const stop = this.carry();
    try {
      return await new Promise((opened, failed) => {
        this.opened = opened;
        this.first().catch(failed);
      });
    } finally {
      await stop();
      clearInterval(this.ticking);
    }
  }

  // What is finished is sent while the app is locked; the page comes first. Gives what ends that.
  carry() {
    const stores = this.locked().map(({ store }) => store);
    const begun = this.shown.then(async () => (await COURIER()).carrying(stores, this.language, () => this.tellWaiting()));
    begun.catch((error) => console.error(error));
    return () => begun.then((stop) => stop()).catch(() => {});
  }

  locked() {
    return this.people.filter(({ lock }) => lock);
  }

  /** Whoever works on this tablet, those whose data are lost as well. */
  known() {
    return this.people.filter(({ enrolled, isLost }) => enrolled || isLost);
  }

  async first() {
    const [one = this.people[0], ...others] = this.known();
    return others.length ? this.choose() : this.meet(one);
  }

  show(title, ...body) {
    clearInterval(this.ticking);
    const heading = h("h1", { tabindex: "-1" }, title);
    document.title = _("Housing survey");
    this.main.replaceChildren(heading, ...body.flat(Infinity).filter(Boolean));
    window.scrollTo(0, 0);
    heading.focus({ preventScroll: true });
    this.drawn();
  }

  // --- who ---

  async choose() {
    const one = (person) => {
      const label = person.lock?.label ?? _("Not encrypted yet");
      return h("li", { class: "card-item" }, button("outline-primary wide", "tablet", label, () => this.meet(person)));
    };
    const [there, lost] = [({ enrolled }) => enrolled, ({ isLost }) => isLost].map((which) => this.people.filter(which));
    this.show(
      _("Who are you?"),
      h("ul", { class: "cards" }, there.map(one)),
      lost.map((person) => this.lossOf(person)),
      this.addButton(),
    );
    await this.tellWaiting();
  }

  // Somebody is not simply missing from the list. What is lost is told until that person has connected, or left for good.
  lossOf(person) {
    const label = person.label || _("another person");
    const forget = () => {
      person.forget();
      return this.first();
    };
    return notice("danger",
      text(LOST_OF({ label })),
      button("outline-primary wide", "tablet", _("Connect %(label)s again", { label }), () => this.connect(person)),
      button("quiet", null, _("This person no longer works on this tablet"), forget),
    );
  }

  addButton() {
    const add = async () => this.connect(await another(this.options));
    return button("outline-primary wide", "plus", _("Add another person to this tablet"), add);
  }

  meet(person) {
    if (!person.enrolled) return this.connect(person);
    return person.lock ? this.ask(person) : this.encrypt(person);
  }

  enter(person, session) {
    const others = this.locked().filter((each) => each.lock && each !== person);
    this.opened({ store: person.store, session, others: others.map(({ store }) => store) });
  }

  // --- the PIN ---

  async ask(person) {
    const { field, parts } = pinField({ id: "pin", label: _("PIN"), digits: person.lock.digits });
    const error = errorLine("pin-error");
    field.setAttribute("aria-describedby", "pin-error");
    const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Unlock"));
    const form = { field, error, submit };
    const onsubmit = (event) => {
      event.preventDefault();
      this.unlock(person, form).catch((problem) => this.cannot(problem, form));
    };
    this.show(
      _("The app is locked"),
      h("p", { class: "who-line" }, person.lock.label),
      h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
        parts,
        error,
        h("div", { class: "choices" }, showing([field])),
        submit,
      ),
      h("div", { class: "block" },
        button("quiet", null, _("I have forgotten the PIN"), () => this.forgotten(person)),
        button("quiet", null, _("Somebody else"), () => this.choose()),
        saverOf(() => [person.store.copy], "quiet"),
      ),
      h("div", { id: "carried" }),
    );
    field.focus({ preventScroll: true });
    this.hold(person, form);
    await this.tellWaiting();
  }

  async unlock(person, form) {
    const { field, submit } = form;
    if (submit.disabled || !field.value) return;
    submit.disabled = true;
    const pin = field.value;
    await person.refresh(); // another window may have tried as well
    if (this.hold(person, form)) return;
    const opening = Vault.open(person.lock, pin);
    opening.catch(() => {}); // it is looked at once the try is on the disk: before that nobody learns what came of it
    await person.keepLock(tried(person.lock));
    try {
      await this.in(person, await opening);
    } catch (problem) {
      if (!(problem instanceof WrongPin)) throw problem;
      this.wrong(person, form);
    }
  }

  wrong(person, form) {
    const { field, error, submit } = form;
    submit.disabled = false;
    field.value = "";
    field.setAttribute("aria-invalid", "true");
    error.textContent = WRONG();
    error.hidden = false;
    field.focus();
    this.hold(person, form);
  }

  // After many wrong PINs: nothing can be tried for a while, and how long is told as it passes.
  hold(person, { field, error, submit }) {
    clearInterval(this.ticking);
    const tell = () => {
      const wait = waitOf(person.lock);
      submit.disabled = wait > 0;
      if (wait > 0) {
        error.textContent = WAIT({ wait: waitText(wait) });
        error.hidden = false;
      } else {
        clearInterval(this.ticking);
        error.hidden = error.textContent !== WRONG();
      }
      return wait > 0;
    };
    const waits = tell();
    if (waits) this.ticking = setInterval(tell, 1000);
    else field.removeAttribute("disabled");
    return waits;
  }

  cannot(problem, { error, submit }) {
    console.error(problem);
    submit.disabled = false;
    error.textContent = CANNOT();
    error.hidden = false;
  }

  async in(person, vault) {
    const forgiven = person.keepLock({ ...person.lock, tries: 0, until: 0 });
    const [session] = await Promise.all([person.enter(vault, (...done) => this.progress(...done)), forgiven]);
    session.lock = person.lock;
    await refold(person, session);
    this.enter(person, session);
  }

  // --- a forgotten PIN ---

  async forgotten(person) {
    const back = button("quiet", "back", _("Back"), () => this.ask(person));
    const ways = h("div", { class: "block" }, back, saverOf(() => [person.store.copy], "quiet"));
    if (!person.lock.sealed) return this.show(_("Forgotten PIN"), notice("warning", text(NEVER_TOLD())), ways);
    const { error, code } = codeField();
    const submit = h("button", { class: "btn btn-primary btn-wide", type: "submit" }, _("Go on"));
    const work = async () => this.renew(person, await this.recovered(person, code.value.trim()));
    const onsubmit = trying({ work, submit, error, field: code });
    return this.show(
      _("Forgotten PIN"),
      h("div", { class: "block" }, FORGOTTEN().map((line) => text(line))),
      h("form", { class: "block", novalidate: true, autocomplete: "off", onsubmit },
        h("label", { class: "question-label", for: "code" }, _("Code")),
        h("p", { class: "hint", id: "code-hint" }, _("You need the network this one time.")),
        error,
        code,
        submit,
      ),
      ways,
    );
  }

  async recovered(person, code) {
    const [courier, node] = await Promise.all(["courier", "node"].map((name) => person.store.rawOne("meta", name)));
    const wire = new Wire({ courier: courier.value, node: node?.value, language: this.language });
    const { key } = await wire.ask("unlock", { body: { code, sealed: person.lock.sealed } });
    return Vault.of(unbase64(key));
  }

  async renew(person, vault) {
    const session = await person.enter(vault);
    const chosen = async (pin) => {
      await session.lockWith(pin, session.lock.label);
      person.lock = session.lock;
      await this.in(person, vault);
    };
    this.show(_("Choose a new PIN"), why(), choosing({ action: _("Keep this PIN and go on") }, chosen));
  }

  // --- the first time ---

  async connect(person) {
    const session = new Session(person.store, {});
    const onCode = async (code, name) => this.choosePin(person, session, await session.connect(code, name, this.language));
    this.show(
      session.lost ? _("This tablet has lost its data") : _("Connect this tablet"),
      firstWords(session.lost),
      codeForm(onCode),
      this.known().some((each) => each !== person) && button("quiet", "back", _("Back"), () => this.choose()),
    );
  }

  // Nothing of the answer is on the disk before there is a PIN.
  choosePin(person, session, answer) {
    const label = answer.account?.name?.split(" ").at(-1) ?? "";
    const key = answer.sealing_key;
    const chosen = async (pin, called) => {
      await session.lockWith(pin, called);
      await session.settle(answer);
      person.lock = session.lock;
      history.replaceState(null, "", "#/");
      this.enter(person, session);
    };
    this.show(
      _("Connected. Now choose a PIN"),
      why(),
      choosing({ label, action: _("Keep this PIN and begin") }, chosen),
      key && quiet(_("Key of the province, to compare with what an administrator sees: %(key)s", { key: fingerprint(key) })),
    );
  }

  async encrypt(person) {
    const account = (await person.store.rawOne("meta", "account"))?.value;
    const chosen = async (pin, called) => {
      const session = await person.close(pin, called, (...done) => this.progress(...done));
      person.lock = session.lock;
      await refold(person, session);
      this.enter(person, session);
    };
    const label = account?.name?.split(" ").at(-1) ?? "";
    this.show(_("This app now needs a PIN"), text(NEW_HERE()), why(), choosing({ label, action: _("Encrypt this tablet") }, chosen));
  }

  progress(_store, done, total) {
    const line = document.getElementById("carried") ?? this.main.appendChild(h("div", { id: "carried" }));
    line.replaceChildren(quiet(_("Encrypting: %(done)s of %(total)s", { done, total })));
  }

  // --- what waits ---

  // It is sent although the app is locked; somebody who is about to hand the tablet in can see that.
  async tellWaiting() {
    const place = document.getElementById("carried");
    if (!place) return;
    const { carriable } = await COURIER();
    const all = await Promise.all(this.locked().map(({ store }) => carriable(store)));
    const [changes, photos] = ["changes", "photos"].map((each) => all.reduce((sum, found) => sum + found[each], 0));
    const line = changes + photos ? WAITING(changes, photos) : null;
    place.replaceChildren(...(line ? [h("p", { class: "quiet" }, icon("tablet"), line)] : []));
  }
}

const WRONG = () => _("This is not the PIN. Nothing was lost; try again.");
const WAIT = (values) => _("Too many wrong PINs. You can try again in %(wait)s. Nothing is lost or deleted.", values);
const CANNOT = () => _("The app could not read the tablet's storage. Nothing was deleted. Close the app and open it again.");
const FORGOTTEN = () => [
  _("Ask your administrator for a code, the same as for connecting a tablet. Everything on this tablet stays."),
  _("The administrator sees that the tablet was unlocked with a code."),
];
const LOST_OF = (values) =>
  _("The data of %(label)s on this tablet are lost: they were cleared, or broke. What had not been sent is no longer here. If a backup file was saved, keep it. Tell your administrator, and ask for a new code to go on.", values);
const NEVER_TOLD = () =>
  _("This tablet has not been in touch with the server since it was encrypted, so only its PIN opens it. Nothing is deleted: keep the tablet, and try the PINs you use.");
const NEW_HERE = () =>
  _("From now on everything on this tablet is encrypted. Choose a PIN once; what is here already is encrypted with it, and nothing is lost.");

function WAITING(changes, photos) {
  const parts = [
    changes && ngettext("%(n)s finished form", "%(n)s finished forms", changes),
    photos && ngettext("%(n)s photo", "%(n)s photos", photos),
  ];
  return _("Waiting to be sent: %(what)s. They are sent by themselves when there is network, also while the app is locked.", {
    what: parts.filter(Boolean).join(", "),
  });
}
