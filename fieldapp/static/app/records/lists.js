/**
 * The few fields of many records that lists, the plan of the houses and what is to do need. They are kept village by
 * village, each in one row of the store, and made anew from the records of a village when one of them was written.
 */

import { hex, utf8 } from "../ground/bytes.js";
import { pause } from "../ground/pause.js";
import { traits as traitsOf } from "../twins/duplicates.js";
import { searchKey, sortKey } from "../twins/format.js";
import { idsOf } from "./records.js";

/** The lines of a survey, from whole rows; of one that is not here, those that differ or that others changed. */
const LINES = {
  household: householdLine,
  housing_need: decidedOn(["household", "location", "visited_on", "need_type"]),
  progress_visit: decidedOn(["household", "need", "visited_on", "need_type", "milestone_new", "milestone_repair"]),
  decision: (row) => lineOf(row, ["subject", "verdict", "seen", "comment", "pinned"]),
  assignment: (row) => lineOf(row, ["household", "person", "given_on", "due_on", "note", "state"]),
  pairing: ({ id, changed, values }) => ({ id, changed, values }),
  reply: (row) => lineOf(row, ["subject", "decision", "question"]),
  support_case: (row) => lineOf(row, ["need", "state", "decision_on"]),
  support_list: (row) => lineOf(row, ["level", "state", "programme", "list_year", "turn"]),
  list_line: (row) => lineOf(row, ["of_list", "agreed"]),
};

/** Villages read at once: so much keeps nobody waiting who touches the screen. */
const AT_ONCE = 8;

export class Lists {
  /** `build`: another build of the app may need other fields, and makes its own lists. */
  constructor({ store, forms, build }) {
    this.store = store;
    this.forms = forms;
    this.build = build;
    this.known = new Map();
    this.made = new Map();
    this.turns = new Map();
  }

  /** The lines of all records of a survey; the same array as before while none of them has changed. */
  of(survey) {
    return this.#inTurn(survey, () => this.#look(survey));
  }

  /**
   * What `make()` makes of the lists of these surveys: made again only when one of them or `also` has changed, and until
   * then kept under `name`, for the next time the app is opened as well.
   */
  derived(name, surveys, also, make) {
    return this.#inTurn(name, async () => {
      const of = await this.#stateOf(surveys, also);
      if (this.made.get(name)?.of !== of) this.made.set(name, await this.#derive(name, of, make));
      return this.made.get(name).value;
    });
  }

  #inTurn(name, work) {
    const before = this.turns.get(name) ?? Promise.resolve();
    const turn = before.then(work);
    this.turns.set(name, turn.catch(() => {}));
    return turn;
  }

  // Read before the lists are: should something be written meanwhile, what is made of them is not good for long. The marks
  // of all surveys come in one go: to ask for each survey's takes longer than to read them.
  async #stateOf(surveys, also) {
    const marks = Map.groupBy(await this.store.bare("marks"), ({ id }) => id.split(" ", 1)[0]);
    const state = [also, ...surveys.flatMap((survey) => marks.get(survey) ?? []).map(({ id, of }) => `${id} ${of}`)].join("\n");
    return hex(await crypto.subtle.digest("SHA-256", utf8(state)));
  }

  async #derive(name, of, make) {
    const kept = await this.store.get("lists", name);
    if (kept?.of === of && kept.build === this.build) return kept;
    const made = { id: name, of, build: this.build, value: await make() };
    await this.#keep(made);
    return made;
  }

  // Without room for it, it is made again next time.
  async #keep(row) {
    await this.store.write(["lists"], (lists) => lists("lists").put(row), "relaxed").catch(() => {});
  }

  #marksOf(survey) {
    return this.store.bare("marks", { range: villagesOf(survey) });
  }

  async #look(survey) {
    const { villages, lines } = this.known.get(survey) ?? { villages: new Map(), lines: null };
    const marks = await this.#marksOf(survey);
    const stale = marks.filter(({ id, of }) => villages.get(id)?.of !== of);
    if (lines && !stale.length) return lines;
    const lying = lines ? null : await this.#lying(survey);
    for (let start = 0; start < stale.length; start += AT_ONCE) {
      const some = stale.slice(start, start + AT_ONCE);
      const kept = await this.#kept(some.map(({ id }) => id), lying);
      for (const [i, mark] of some.entries()) villages.set(mark.id, await this.#village(survey, mark, kept[i]));
      await pause();
    }
    const all = [...villages.values()].flatMap((village) => village.lines);
    this.known.set(survey, { villages, lines: all });
    return all;
  }

  // When the app is opened all are needed: to ask for them takes longer than to read them.
  async #lying(survey) {
    const rows = await this.store.raw("lists", { range: villagesOf(survey) });
    return new Map(rows.map((row) => [row.id, row]));
  }

  #kept(ids, lying) {
    return lying ? this.store.whole("lists", ids.map((id) => lying.get(id))) : this.store.some("lists", ids);
  }

  // The mark is older than the records that are read: should one be written meanwhile, the list is not good for long.
  async #village(survey, { id, of }, kept) {
    const area = id.slice(survey.length + 1);
    if (kept?.of === of && kept.build === this.build) return placed(kept, survey, area);
    const rows = await this.store.all("records", { index: "survey_area", only: id });
    const made = rows.filter((row) => !row.withdrawn).map((row) => (LINES[survey] ?? alerted)(row, this.forms.surveys[survey]));
    const village = { id, of, build: this.build, lines: made.filter(Boolean).sort(byOrder) };
    await this.#keep(village);
    return placed(village, survey, area);
  }
}

/** The keys of what is kept of a survey village by village: its lists, and their marks. */
export function villagesOf(survey) {
  return IDBKeyRange.bound(`${survey} `, `${survey} \uffff`);
}

// What all lines of a village have in common is not kept with each.
function placed(village, survey, area) {
  for (const line of village.lines) Object.assign(line, { survey, area });
  return village;
}

/** By given name; lines of another survey stay in their order. */
export function byOrder(one, other) {
  return one.order < other.order ? -1 : Number(one.order > other.order);
}

function householdLine({ id, area, values, conflicts, news }, { named_by: names, searched_by: others }) {
  const given = (questions) => questions.map((question) => values[question]).filter(Boolean);
  const [name = ""] = given(names);
  const { area: _area, ...traits } = traitsOf(values, area);
  return {
    id,
    name,
    ...traits,
    poverty: values.poverty_class,
    ...alertsOf(conflicts, news),
    key: ` ${searchKey(given([...names, ...others]).join(" "))}`,
    order: sortKey(name),
  };
}

/** Some values of a row. */
function lineOf({ id, values, changed, conflicts, news }, questions) {
  const there = questions.filter((question) => question in values);
  return { id, changed, ...alertsOf(conflicts, news), values: Object.fromEntries(there.map((each) => [each, values[each]])) };
}

/** The same, with what is needed to tell whether a decision saw all of it. */
function decidedOn(questions) {
  return (row) => ({ ...lineOf(row, questions), ids: idsOf(row) });
}

/** Of what no list shows, only those that somebody must look at. */
function alerted(row) {
  const line = lineOf(row, []);
  return line.contested || line.news ? line : null;
}

function alertsOf(conflicts, news) {
  return { contested: Object.keys(conflicts).length > 0, news: Boolean(news) };
}
