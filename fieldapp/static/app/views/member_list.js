/** The members of a household as a list, one line each, and whether they are as many as the household has said. */

import { ngettext } from "../ground/i18n.js";
import { searchKey } from "../twins/format.js";
import { h } from "../kit/dom.js";
import { membersNote, person } from "../kit/words.js";

export class MemberList {
  /** `rows`: the records of the members; `onChoose(row)` follows a tap on one. */
  constructor(tablet, home, rows, onChoose) {
    this.tablet = tablet;
    this.home = home;
    this.onChoose = onChoose;
    this.note = h("div", { role: "status" });
    this.count = h("h2", {});
    this.rows = new Map(rows.map((row) => [row.id, row]));
    this.lines = new Map(rows.map((row) => [row.id, this.#line(row)]));
    this.list = h("ol", { class: "people" }, [...this.lines.values()]);
    this.#tellCount();
  }

  /** What stands on the page. */
  get body() {
    return [this.count, this.note, this.list];
  }

  get isEmpty() {
    return !this.rows.size;
  }

  /** Whether somebody else than this record has the name. */
  hasNamesake(name, id) {
    const key = searchKey(name);
    return Boolean(key) && [...this.rows.values()].some((row) => row.id !== id && searchKey(row.values.name ?? "") === key);
  }

  /** Somebody is new, or has other answers. */
  put(row) {
    const line = this.lines.get(row.id);
    this.rows.set(row.id, row);
    if (line) line.firstChild.replaceChildren(...person(this.tablet, row).filter(Boolean));
    else this.lines.set(row.id, this.list.appendChild(this.#line(row)));
    this.#tellCount();
  }

  /** Somebody is no member any more. */
  takeOff(id) {
    this.lines.get(id)?.remove();
    this.lines.delete(id);
    this.rows.delete(id);
    this.#tellCount();
  }

  #line(row) {
    const choose = () => this.onChoose(this.rows.get(row.id));
    return h("li", {}, h("button", { class: "person", type: "button", onclick: choose }, person(this.tablet, row)));
  }

  #tellCount() {
    this.count.textContent = ngettext("%(n)s member listed", "%(n)s members listed", this.rows.size);
    this.note.replaceChildren(...[membersNote(this.home, this.rows.size)].filter(Boolean));
  }
}
