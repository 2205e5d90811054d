/** The warning that a new household looks like one already known: what is alike, a way to it, and a way on. */

import { _, ngettext, number } from "../ground/i18n.js";
import { likely, traits } from "../twins/duplicates.js";
import { h } from "../kit/dom.js";
import { button } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { householdText, villageText } from "../kit/words.js";

const WORDS = {
  citizen_id: () => _("the same identity number"),
  nearly_id: () => _("nearly the same identity number"),
  phone: () => _("the same telephone"),
  name: () => _("the same name"),
  nearly_name: () => _("nearly the same name"),
  year: () => _("the same year of birth"),
  village: () => _("the same village"),
  other_year: () => _("another year of birth"),
  other_id: () => _("another identity number"),
};

/** Watches one draft of a new household. `onDistinct()` is called when a person says that it is another one. */
export class Alike {
  constructor(tablet, draft, onDistinct) {
    this.tablet = tablet;
    this.draft = draft;
    this.onDistinct = onDistinct;
    this.open = [];
    this.box = h("section", { class: "notice notice-warning", id: "alike", role: "status", tabindex: "-1", hidden: true });
  }

  /** Compare what was answered with the households known; those already told apart are not asked about again. */
  async look(answers) {
    const others = (await this.tablet.households.all()).filter(({ id }) => id !== this.draft.record);
    const found = likely(traits(answers), others);
    this.open = found.filter(({ row }) => !this.draft.distinct?.includes(row.id));
    afterPress(() => this.#draw());
    return this.open.length > 0;
  }

  #draw() {
    const shown = JSON.stringify(this.open.map(({ row, what }) => [row.id, what]));
    if (shown !== this.shown) this.box.replaceChildren(...(this.open.length ? this.#content() : []));
    this.shown = shown;
    this.box.hidden = !this.open.length;
  }

  /** Put the keyboard and the eyes there. */
  focus() {
    this.box.focus({ preventScroll: true });
    this.box.scrollIntoView({ block: "center" });
  }

  #content() {
    return [
      h("h2", {}, TITLE(this.open.length)),
      h("p", {}, ASK()),
      h("ul", { class: "cards" }, this.open.map((found) => h("li", { class: "card-item" }, this.#line(found)))),
      button("outline-primary wide", null, _("It is another household"), () => this.#tellApart()),
    ];
  }

  #line({ row, what, metres }) {
    return h("a", { class: "card-link", href: `#/record/${row.id}` },
      h("span", { class: "card-title" }, householdText(row.name)),
      h("span", { class: "card-line" }, [villageText(this.tablet, row.area), row.year && _("born %(year)s", { year: row.year })]
        .filter(Boolean).join(" · ")),
      h("span", { class: "card-line" }, _("Alike: %(what)s", { what: words(what.filter((word) => !DIFFERS.has(word)), metres) })),
      what.some((word) => DIFFERS.has(word)) &&
        h("span", { class: "card-line" }, _("But: %(what)s", { what: words(what.filter((word) => DIFFERS.has(word))) })),
    );
  }

  #tellApart() {
    this.draft.distinct = [...(this.draft.distinct ?? []), ...this.open.map(({ row }) => row.id)];
    this.open = [];
    this.box.hidden = true;
    this.onDistinct();
  }
}

const DIFFERS = new Set(["other_year", "other_id"]);

function words(what, metres) {
  const near = () => _("%(metres)s m apart", { metres: number(Math.round(metres)) });
  return what.map((word) => (word === "near" ? near() : WORDS[word]())).join(", ");
}

const TITLE = (n) =>
  ngettext("This looks like a household already known", "This looks like households already known", n);
const ASK = () =>
  _("Open it and compare. If it is the same household, go on with the one already known and throw this draft away.");
