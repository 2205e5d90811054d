/** The list of households, kept in memory while the app is open: found by any part of a name, sorted by given name. */

import { traits } from "./duplicates.js";
import { searchKey, sortKey, sought } from "./format.js";
import { every } from "./records.js";

export class Households {
  constructor({ store, forms }) {
    Object.assign(this, { store, survey: forms.surveys.household });
    this.rows = null;
  }

  /** Read them again before the next use. */
  forget() {
    this.rows = null;
  }

  /** All of them, by given name. */
  async all() {
    this.rows ??= (await every(this.store, "household")).map((row) => this.#line(row)).sort(byOrder);
    return this.rows;
  }

  /** Those with every word of `text` at the head of a word of their names or numbers, in one village or in all. */
  async find(text, area = "") {
    const words = sought(text);
    const rows = await this.all();
    return rows.filter((row) => (!area || row.area === area) && words.every((word) => ` ${row.key}`.includes(word)));
  }

  /** How many there are in each village. */
  async counts() {
    const found = new Map();
    for (const { area } of await this.all()) found.set(area, (found.get(area) ?? 0) + 1);
    return found;
  }

  #line({ id, area, values, conflicts }) {
    const { named_by: names, searched_by: others } = this.survey;
    const given = (questions) => questions.map((question) => values[question]).filter(Boolean);
    const [name = ""] = given(names);
    return {
      id,
      area,
      name,
      born: values.birth_date?.slice(0, 4) ?? "",
      traits: traits(values, area),
      poverty: values.poverty_class,
      contested: Object.keys(conflicts).length > 0,
      key: searchKey(given([...names, ...others]).join(" ")),
      order: sortKey(name),
    };
  }
}

function byOrder(one, other) {
  return one.order < other.order ? -1 : Number(one.order > other.order);
}
