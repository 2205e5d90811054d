/**
 * The few fields of many records that lists, the plan of the houses and what is to do need. They are kept village by
 * village, each in one row of the store, and made anew from the records of a village when one of them was written.
 */

import { traits } from "./duplicates.js";
import { searchKey, sortKey } from "./format.js";

/** The lines of each survey that has lists, from whole rows. */
const LINES = {
  household: householdLine,
  housing_need: (row) => lineOf(row, ["household", "location"]),
  progress_visit: (row) => lineOf(row, ["need", "visited_on", "need_type", "milestone_new", "milestone_repair"]),
  decision: (row) => lineOf(row, ["subject", "verdict", "seen", "comment", "pinned"]),
  reply: (row) => lineOf(row, ["subject", "decision", "question"]),
};

export class Lists {
  /** `build`: another build of the app may need other fields, and makes its own lists. */
  constructor({ store, forms, build }) {
    Object.assign(this, { store, forms, build });
    this.known = new Map();
    this.turns = new Map();
  }

  /** The lines of all records of a survey; the same array as before while none of them has changed. */
  of(survey) {
    const before = this.turns.get(survey) ?? Promise.resolve();
    const turn = before.then(() => this.#look(survey));
    this.turns.set(survey, turn.catch(() => {}));
    return turn;
  }

  async #look(survey) {
    const { villages, lines } = this.known.get(survey) ?? { villages: new Map(), lines: null };
    const marks = await this.store.bare("marks", { range: IDBKeyRange.bound(`${survey} `, `${survey} \uffff`) });
    const stale = marks.filter(({ id, of }) => villages.get(id)?.of !== of);
    if (lines && !stale.length) return lines;
    const kept = await this.store.some("lists", stale.map(({ id }) => id));
    for (const [i, mark] of stale.entries()) villages.set(mark.id, await this.#village(survey, mark, kept[i]));
    const all = [...villages.values()].flatMap((village) => village.lines);
    this.known.set(survey, { villages, lines: all });
    return all;
  }

  // The mark is older than the records that are read: should one be written meanwhile, the list is not good for long.
  async #village(survey, { id, of }, kept) {
    if (kept?.of === of && kept.build === this.build) return kept;
    const rows = await this.store.all("records", { index: "survey_area", only: id });
    const made = rows.filter((row) => !row.withdrawn).map((row) => LINES[survey](row, this.forms.surveys[survey]));
    const village = { id, of, build: this.build, lines: made.sort(byOrder) };
    // Without room for it, it is made again next time.
    await this.store.write(["lists"], (lists) => lists("lists").put(village), "relaxed").catch(() => {});
    return village;
  }
}

/** By given name; lines of another survey stay in their order. */
export function byOrder(one, other) {
  return one.order < other.order ? -1 : Number(one.order > other.order);
}

function householdLine({ id, area, values, heads, conflicts, news }, { named_by: names, searched_by: others }) {
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
    news: Boolean(news),
    key: searchKey(given([...names, ...others]).join(" ")),
    order: sortKey(name),
    heads: seenOf(heads),
  };
}

/** Some values of a row, with what is needed to tell whether a decision saw all of it. */
function lineOf({ id, survey, area, values, heads, changed, conflicts, news }, questions) {
  const there = questions.filter((question) => question in values);
  const some = Object.fromEntries(there.map((question) => [question, values[question]]));
  const alerts = { contested: Object.keys(conflicts).length > 0, news: Boolean(news) };
  return { id, survey, area, changed, ...alerts, heads: seenOf(heads), values: some };
}

function seenOf(heads) {
  return [...new Set(Object.values(heads).flat())];
}
