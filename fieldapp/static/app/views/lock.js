/**
 * What stands before the app: whose tablet this is, and the page that each of its people meets. What is finished is sent
 * from here too.
 */

import { _, ngettext } from "../ground/i18n.js";
import { another, everybody } from "../person/people.js";
import { summed } from "../store/vault.js";
import { h, icon } from "../kit/dom.js";
import { button, notice, quiet, text } from "../kit/parts.js";
import { connect, encrypt } from "./first_pin.js";
import { askPin } from "./unlock.js";

// What the page with the PIN does not need is not waited for.
const COURIER = () => import("../wire/courier.js");

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
      button("outline-primary wide", "tablet", _("Connect %(label)s again", { label }), () => connect(this, person)),
      button("quiet", null, _("This person no longer works on this tablet"), forget),
    );
  }

  addButton() {
    const add = async () => connect(this, await another(this.options));
    return button("outline-primary wide", "plus", _("Add another person to this tablet"), add);
  }

  meet(person) {
    if (!person.enrolled) return connect(this, person);
    return person.lock ? askPin(this, person) : encrypt(this, person);
  }

  /** The key of this person is here: the wrong PINs are forgiven, and what came back from a second copy is folded. */
  async open(person, vault) {
    const forgiven = person.keepLock(await summed({ ...person.lock, tries: 0, until: 0 }));
    const [session] = await Promise.all([person.enter(vault, (...done) => this.progress(...done)), forgiven]);
    session.lock = person.lock;
    await this.enterFolded(person, session);
  }

  async enterFolded(person, session) {
    if (session.refold?.length) await (await import("../records/recovery.js")).refoldLost({ store: person.store, session });
    this.enter(person, session);
  }

  enter(person, session) {
    const others = this.locked().filter((each) => each.lock && each !== person);
    this.opened({ store: person.store, session, others: others.map(({ store }) => store) });
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

const LOST_OF = (values) =>
  _("The data of %(label)s on this tablet are lost: they were cleared, or broke. What had not been sent is no longer here. If a backup file was saved, keep it. Tell your administrator, and ask for a new code to go on.", values);

function WAITING(changes, photos) {
  const parts = [
    changes && ngettext("%(n)s finished form", "%(n)s finished forms", changes),
    photos && ngettext("%(n)s photo", "%(n)s photos", photos),
  ];
  return _("Waiting to be sent: %(what)s. They are sent by themselves when there is network, also while the app is locked.", {
    what: parts.filter(Boolean).join(", "),
  });
}
