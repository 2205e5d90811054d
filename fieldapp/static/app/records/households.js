/** The list of households: found by any part of a name, sorted by given name. */

import { sought } from "../twins/format.js";
import { byOrder } from "./lists.js";
import { isMerge } from "./records.js";

export class Households {
  constructor({ lists }) {
    this.lists = lists;
    this.sorted = { lines: null, all: [], byId: null };
  }

  /** All of them, by given name. */
  async all() {
    const [lines, merged] = await Promise.all([this.lists.of("household"), this.merged()]);
    if (lines !== this.sorted.lines || merged !== this.sorted.merged)
      this.sorted = { lines, merged, all: lines.filter(({ id }) => !merged.has(id)).toSorted(byOrder), byId: null };
    return this.sorted.all;
  }

  /** The households that are a part of another, each with that one: the same map as before while none was compared. */
  async merged() {
    const pairs = await this.lists.of("pairing");
    if (pairs !== this.pairs?.lines) this.pairs = { lines: pairs, ends: endsOf(pairs.filter(isMerge)) };
    return this.pairs.ends;
  }

  /** The line of one of them, or undefined. */
  async one(id) {
    const all = await this.all();
    this.sorted.byId ??= new Map(all.map((line) => [line.id, line]));
    return this.sorted.byId.get(id);
  }
}

/** Of each merged household the one that is kept at the end of the chain. */
export function endsOf(pairs) {
  const inOrder = pairs.toSorted((one, other) => (one.changed < other.changed ? -1 : 1));
  const next = new Map(inOrder.map(({ values }) => [values.other, values.household]));
  const ends = new Map();
  for (const home of next.keys()) {
    const path = [home];
    while (next.has(path.at(-1)) && !path.includes(next.get(path.at(-1)))) path.push(next.get(path.at(-1)));
    const round = path.indexOf(next.get(path.at(-1)));
    const end = round < 0 ? path.at(-1) : path.slice(round).sort()[0];
    if (end !== home) ends.set(home, end);
  }
  return ends;
}

/** Searches some rows again and again, as a name is typed. */
export class Search {
  constructor(rows) {
    this.rows = rows;
    this.last = { words: [], area: "", found: rows };
  }

  /**
   * Those with every word of `text` at the head of a word of their names or numbers, in one village or in all; first those
   * called so, then those where it only stands in the address or a number.
   */
  find(text, area = "") {
    const words = sought(text);
    const fits = (row) => (!area || row.area === area) && words.every((word) => row.key.includes(word));
    this.last = { words, area, found: (this.#narrows(words, area) ? this.last.found : this.rows).filter(fits) };
    return words.length ? this.#namedFirst(words) : this.last.found;
  }

  #namedFirst(words) {
    const { found } = this.last; // the key of each begins with the name
    const isNamed = ({ key, name }) => words.every((word) => key.lastIndexOf(word, name.length) >= 0);
    return [...found.filter(isNamed), ...found.filter((row) => !isNamed(row))];
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
