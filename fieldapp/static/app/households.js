/** The list of households, kept in memory while the app is open: found by any part of a name, sorted by given name. */

import { traits } from "./duplicates.js";
import { searchKey, sortKey, sought } from "./format.js";
import { slices } from "./records.js";

export class Households {
  constructor({ store, session, forms }) {
    Object.assign(this, { store, session, survey: forms.surveys.household });
    this.reading = null;
  }

  /** Read them again before the next use. */
  forget() {
    this.reading = null;
  }

  /** All of them, by given name. */
  all() {
    this.reading ??= this.#read().catch((error) => {
      this.forget();
      throw error;
    });
    return this.reading;
  }

  async #read() {
    const lines = [];
    for await (const rows of slices(this.store, "household", this.session.areas)) {
      lines.push(...rows.map((row) => this.#line(row)));
    }
    return lines.sort(byOrder);
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
