/** The households that a village votes on, as a list: one line each with what came of its vote, and how many there are. */

import { _, number } from "../ground/i18n.js";
import { voteOf } from "../twins/voting.js";
import { h } from "../kit/dom.js";
import { badge } from "../kit/parts.js";
import { afterPress } from "../kit/press.js";
import { householdText } from "../kit/words.js";

const VOTES = {
  passes: () => _("Put forward"),
  fails: () => _("Does not pass"),
  too_many: () => _("More than were present"),
};
const LOOKS = { passes: "approved", fails: "returned", too_many: "refused" };

/** What came of a vote that is not open, in a word. */
export function voteBadge(vote) {
  return badge(LOOKS[vote], VOTES[vote]());
}

export class VoteList {
  /**
   * `rows`: the lines of the list, in the order of the law; `homes`: the record of each household by its id; `present`: how
   * many may vote, or null; `isBegun(id)`: whether a draft says something of this line; `onChoose(row)` follows a tap.
   */
  constructor({ rows, homes, present, isBegun, onChoose }) {
    this.homes = homes;
    this.present = present;
    this.isBegun = isBegun;
    this.onChoose = onChoose;
    this.rows = new Map(rows.map((row) => [row.id, row]));
    this.lines = new Map(rows.map(({ id }) => [id, h("li", {})]));
    this.tally = h("p", { role: "status" });
    for (const row of rows) this.put(row);
  }

  /** What stands on the page. */
  get body() {
    return [this.tally, h("ol", { class: "people" }, [...this.lines.values()])];
  }

  /** The line whose vote was begun, else the first that nobody has counted yet. */
  next() {
    const rows = [...this.rows.values()];
    return rows.find(({ id }) => this.isBegun(id)) ?? rows.find(({ values }) => values.agreed == null);
  }

  /** Whose household it is. */
  name({ values }) {
    return householdText(this.homes.get(values.household)?.values.head_name);
  }

  /** A line has another vote. */
  put(row) {
    this.rows.set(row.id, row);
    this.draw(row.id);
  }

  /** Draw a line anew. */
  draw(id) {
    const choose = () => this.onChoose(this.rows.get(id));
    const line = h("button", { class: "person", type: "button", onclick: choose }, this.#said(this.rows.get(id)));
    afterPress(() => this.lines.get(id).replaceChildren(line));
  }

  #said(row) {
    const { values, conflicts, id } = row;
    const vote = voteOf(values.agreed, this.present);
    const differ = Object.keys(conflicts).length > 0;
    const counted = values.agreed != null && this.present != null && _("%(agreed)s of %(present)s agree", { agreed: number(values.agreed), present: number(this.present) });
    return [
      h("span", { class: "person-name" }, this.name(row)),
      h("span", { class: "person-line" }, [counted, values.objections].filter(Boolean).join(" · ") || _("Not voted on yet")),
      this.isBegun(id) && badge("draft", _("Draft")),
      vote !== "open" && !differ && voteBadge(vote),
      differ && badge("contested", _("Two answers differ")),
    ];
  }

  /** Tell how many are voted on, and how many of them pass. */
  tell() {
    const rows = [...this.rows.values()];
    const counted = rows.filter(({ values }) => values.agreed != null).length;
    const passing = rows.filter(({ values }) => voteOf(values.agreed, this.present) === "passes").length;
    const all = { counted: number(counted), all: number(rows.length), passing: number(passing) };
    this.tally.textContent = _("Households voted on: %(counted)s of %(all)s; put forward: %(passing)s.", all);
  }
}
