/** The list of households: found by any part of a name, sorted by given name. */

import { sought } from "../twins/format.js";
import { byOrder } from "./lists.js";

export class Households {
  constructor({ lists }) {
    this.lists = lists;
    this.sorted = { lines: null, all: [], byId: null };
  }

  /** All of them, by given name. */
  async all() {
    const lines = await this.lists.of("household");
    if (lines !== this.sorted.lines) this.sorted = { lines, all: lines.toSorted(byOrder), byId: null };
    return this.sorted.all;
  }

  /** The line of one of them, or undefined. */
  async one(id) {
    const all = await this.all();
    this.sorted.byId ??= new Map(all.map((line) => [line.id, line]));
    return this.sorted.byId.get(id);
  }
}

/** Searches some rows again and again, as a name is typed. */
export class Search {
  constructor(rows) {
    this.rows = rows;
    this.last = { words: [], area: "", found: rows };
  }

  /** Those with every word of `text` at the head of a word of their names or numbers, in one village or in all. */
  find(text, area = "") {
    const words = sought(text);
    const fits = (row) => (!area || row.area === area) && words.every((word) => row.key.includes(word));
    this.last = { words, area, found: (this.#narrows(words, area) ? this.last.found : this.rows).filter(fits) };
    return this.last.found;
  }

  // With one more letter only what was found before can be found again.
  #narrows(words, area) {
    const { last } = this;
    const same = !last.area || last.area === area;
    return same && last.words.every((before) => words.some((word) => word.includes(before)));
  }
}

/** How many of these there are in each village. */
export function countsOf(rows) {
  const counts = new Map();
  for (const { area } of rows) counts.set(area, (counts.get(area) ?? 0) + 1);
  return counts;
}
