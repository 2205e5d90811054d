"""The lists of villages: never stale, whoever wrote; and not made again while nothing was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.tablet.bare import bare_page

BEGIN = """async () => {
  const [{ Store }, { Vault }, { Lists }] = await Promise.all(
    ["store/store", "store/vault", "records/lists"].map((name) => import(`/${name}.js`)),
  );
  const vault = await Vault.create();
  const forms = { surveys: { household: { named_by: ["head_name"], searched_by: [] } } };
  const fresh = (build = "one") => new Lists({ store: window.store, forms, build });
  const household = (id, area, name, more = {}) => ({
    id, area, survey: "household", survey_area: `household ${area}`, refs: [],
    values: { head_name: name, village: area }, heads: { head_name: ["c1"] }, conflicts: {}, withdrawn: false,
    changed: "1", ...more,
  });
  const put = (...rows) =>
    window.store.write(["records"], (store) => rows.forEach((row) => store("records").put(row)), "relaxed");
  const told = async (lists) => (await lists.of("household")).map(({ area, name }) => `${area} ${name}`).sort();
  const open = () => { window.store = new Store({ vault }); };
  Object.assign(window, { fresh, household, put, told, open });
  open();
  await put(household("1", "a", "Lan"), household("2", "a", "Bình"), household("3", "b", "Dung"));
  window.lists = fresh();
  await lists.of("household");
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        made.evaluate(BEGIN)
        yield made


@pytest.mark.parametrize(
    ("write", "left"),
    [
        ("put(household('1', 'a', 'Liên'))", ["a Bình", "a Liên", "b Dung"]),
        ("put(household('4', 'c', 'Quân'))", ["a Bình", "a Lan", "b Dung", "c Quân"]),
        ("put(household('1', 'b', 'Lan'))", ["a Bình", "b Dung", "b Lan"]),
        ("put(household('1', 'a', 'Lan', { withdrawn: true }))", ["a Bình", "b Dung"]),
        ("store.write(['records'], (rows) => rows('records').delete('1'))", ["a Bình", "b Dung"]),
        ("store.write(['records'], (rows) => rows('records').amend('1', { withdrawn: true }))", ["a Bình", "b Dung"]),
        ("store.write(['records'], (rows) => rows('records').delete(IDBKeyRange.bound('1', '2')))", ["b Dung"]),
    ],
    ids=["changed", "new", "moved", "withdrawn", "evicted", "amended", "evicted with others"],
)
def test_whatever_is_written_the_next_look_shows_it_in_memory_and_after_a_new_start(
    page: Page, write: str, left: list[str]
) -> None:
    found = page.evaluate(f"async () => {{ await {write}; return [await told(lists), await told(fresh())]; }}")
    assert found == [left, left]


def test_nothing_is_read_or_made_again_while_nothing_was_written(page: Page) -> None:
    same, read = page.evaluate("""async () => {
      const before = await lists.of("household");
      const all = store.all.bind(store);
      const read = [];
      store.all = (name, which) => (read.push(which.only), all(name, which));
      const same = (await lists.of("household")) === before;
      await fresh().of("household");
      await put(household("3", "b", "Dũng"));
      await lists.of("household");
      return [same, read];
    }""")
    assert same
    assert read == ["household b"]


def test_a_record_that_is_written_while_its_list_is_made_is_on_the_next_one(page: Page) -> None:
    found: list[Any] = page.evaluate("""async () => {
      await put(household("1", "a", "Liên"));
      const all = store.all.bind(store);
      store.all = async (...asked) => {
        const rows = await all(...asked);
        store.all = all;
        await put(household("1", "a", "Loan"));
        return rows;
      };
      return [await told(lists), await told(lists), await told(fresh())];
    }""")
    assert found == [["a Bình", "a Liên", "b Dung"], *[["a Bình", "a Loan", "b Dung"]] * 2]


def test_what_is_made_of_lists_is_made_again_when_one_of_them_the_day_or_the_build_is_another(page: Page) -> None:
    made = page.evaluate("""async () => {
      const made = [];
      const ask = (lists, day, why) => {
        const make = async () => (made.push(why), (await lists.of("household")).map(({ name }) => name).sort().join());
        return lists.derived("work", ["household", "housing_need"], day, make);
      };
      const told = [await ask(lists, "1", "first"), await ask(lists, "1", "again"), await ask(fresh(), "1", "new")];
      await put(household("1", "a", "Liên"));
      told.push(await ask(lists, "1", "written"), await ask(lists, "2", "a day later"));
      await ask(fresh("two"), "2", "another build");
      return { made, told };
    }""")
    assert made["made"] == ["first", "written", "a day later", "another build"]
    assert made["told"] == [*["Bình,Dung,Lan"] * 3, *["Bình,Dung,Liên"] * 2]


def test_another_build_makes_its_own_lists(page: Page) -> None:
    found = page.evaluate("""async () => {
      const [list] = await store.all("lists");
      await store.write(["lists"], (rows) => rows("lists").put({ ...list, lines: [] }));
      return [await told(fresh("one")), await told(fresh("two")), await told(fresh("one"))];
    }""")
    assert found == [["b Dung"], *[["a Bình", "a Lan", "b Dung"]] * 2]


def test_a_store_of_the_version_before_has_its_households_on_the_list(page: Page) -> None:
    found = page.evaluate("""async () => {
      (await store.open()).close();
      await new Promise((done) => (indexedDB.deleteDatabase("fieldapp").onsuccess = done));
      const request = indexedDB.open("fieldapp", 1);
      request.onupgradeneeded = () => {
        const records = request.result.createObjectStore("records", { keyPath: "id" });
        records.createIndex("survey_area", "survey_area");
        for (const row of [household("1", "a", "Lan"), household("2", "b", "Bình")]) records.put(row);
      };
      await new Promise((done) => (request.onsuccess = done));
      request.result.close();
      open();
      const before = await told(fresh());
      await put(household("1", "b", "Lan"));
      return [before, await told(fresh())];
    }""")
    assert found == [["a Lan", "b Bình"], ["b Bình", "b Lan"]]


def test_a_record_that_moves_while_all_is_downloaded_for_the_first_time_is_on_one_list(page: Page) -> None:
    looked, before, after = page.evaluate("""async () => {
      const [{ pull }, { Store }] = [await import("/wire/pull.js"), await import("/store/store.js")];
      const store = new Store({ vault: window.store.vault, name: "fieldapp-2" });
      const lists = new (window.lists.constructor)({ store, forms: window.lists.forms, build: "one" });
      const stamp = "000000000001-000000-0123456789abcdef";
      const said = (value) => ({ value, heads: ["c1"], stamps: [stamp] });
      const of = (record, village, name) => ({
        record, survey: "household", form_version: 1, answers: { head_name: said(name), village: said(village) },
      });
      const pages = { a: [of("1", "a", "Lan"), of("2", "a", "Bình")], b: [of("1", "b", "Lan"), of("3", "b", "Dung")] };
      let before = null;
      const ask = async (path) => {
        const area = new URLSearchParams(path.split("?")[1]).get("area");
        if (path.startsWith("pull")) return { changes: [], evicted: [], next: 1, more: false };
        if (area === "b") before = await told(lists);
        return { records: pages[area], position: 1, next_page: null };
      };
      const looked = [];
      const { getAll } = IDBObjectStore.prototype;
      IDBObjectStore.prototype.getAll = function (...asked) {
        if (this.name === "records") looked.push(asked[0]);
        return getAll.apply(this, asked);
      };
      const session = { areas: [{ id: "a" }, { id: "b" }], device: { id: "0123456789abcdef" }, epoch: "e" };
      await pull({ store, session }, { ask });
      return [looked, before, await told(lists)];
    }""")
    assert before == ["a Bình", "a Lan"]
    assert after == ["a Bình", "b Dung", "b Lan"]
    assert looked == ["1"], "only what came twice is looked for"


def test_what_is_found_letter_by_letter_is_what_is_found_at_once(page: Page) -> None:
    different = page.evaluate("""async () => {
      const { Search } = await import("/records/households.js");
      let seed = 7;
      const next = () => (seed = (seed * 48271) % 2147483647);
      const draw = (from) => from[Math.floor((next() / 2147483647) * from.length)];
      const text = (length) => Array.from({ length }, () => draw("aan n1 2")).join("");
      const row = (i) => ({ id: i, name: "", area: draw("xyz"), key: ` ${text(9).trim()}` });
      const rows = Array.from({ length: 200 }, (_row, i) => row(i));
      const one = new Search(rows);
      const different = [];
      let typed = "";
      for (let step = 0; step < 2000; step += 1) {
        typed = typed.length > 5 || draw("aaab") === "b" ? typed.slice(0, -draw([1, 2, 9])) : typed + draw("an 12");
        const area = step % 7 ? "" : draw(["", "x", "y"]);
        const ids = (search) => search.find(typed, area).map(({ id }) => id).join();
        if (ids(one) !== ids(new Search(rows))) different.push([typed, area]);
      }
      return different;
    }""")
    assert different == []


def test_a_record_without_a_name_is_told_by_its_day_or_its_programme(page: Page) -> None:
    named = page.evaluate("""async () => {
      const { nameOf } = await import("/kit/words.js");
      const day = { kind: "date", rules: [] };
      const visit = { title: "Visit", questions: { visited_on: day } };
      const surveys = { support_case: { title: "Case", questions: {} }, visit };
      const tablet = { forms: { surveys }, session: { programmes: { p: "New houses" } } };
      const name = (survey, values) => nameOf(tablet, { survey, values });
      const cases = [{ programme: "p" }, {}].map((values) => name("support_case", values));
      return [...cases, name("visit", { visited_on: "2026-08-01" })];
    }""")
    assert named == ["Case · New houses", "Case", "Visit 01/08/2026"]


def test_who_is_called_so_is_found_before_who_only_lives_there(page: Page) -> None:
    found = page.evaluate("""async () => {
      const { Search } = await import("/records/households.js");
      const row = (id, name, key) => ({ id, area: "x", name, key });
      const search = new Search([
        row("lives there", "Phùng Thị Chài", " phung thi chai duong len doi"),
        row("called so", "Dương Thị Hương", " duong thi huong"),
      ]);
      const ids = (text) => search.find(text).map(({ id }) => id);
      return [ids("duong"), ids("duong thi"), ids("duong thi ch"), ids("")];
    }""")
    both = ["called so", "lives there"]
    assert found == [both, both, ["lives there"], ["lives there", "called so"]]


def test_of_every_survey_of_the_forms_it_is_a_thing_to_do_where_two_answers_differ(page: Page) -> None:
    alerts = page.evaluate("""async () => {
      const { Work } = await import("/records/todo.js");
      const names = ["household", "housing_need", "progress_visit", "decision", "reply", "garden", "household_member"];
      const form = { named_by: [], searched_by: [], questions: {} };
      const forms = { surveys: Object.fromEntries(names.map((name) => [name, form])), last_milestones: {} };
      const lists = new (window.lists.constructor)({ store, forms, build: "two" });
      const contested = (survey) => household(survey, "a", "Lan", {
        survey, survey_area: `${survey} a`, values: { village: "a" }, conflicts: { size: ["1", "2"] },
      });
      await put(...["garden", "household_member"].map(contested));
      const session = { offset: 0, told_at: new Date().toISOString() };
      const households = { all: () => lists.of("household"), merged: async () => new Map() };
      const work = new Work({ store, lists, forms, session, households });
      return (await work.all()).alerts.map(({ id }) => id);
    }""")
    assert alerts == ["garden", "household_member"]


GATHERED = """async () => {
  const { gathered } = await import("/ground/pause.js");
  const begun = [];
  let [n, inside, most] = [0, 0, 0];
  const ask = gathered(async () => {
    const one = (n += 1);
    most = Math.max(most, (inside += 1));
    await new Promise((done) => setTimeout(done));
    inside -= 1;
    if (one === 1) throw new Error("one");
    return one;
  });
  const answers = [ask(), ask(), ask()].map((answer) => answer.catch((error) => error.message));
  return [await Promise.all(answers), await ask(), most];
}"""


def test_what_is_asked_for_again_and_again_is_done_once_more_for_all_who_asked_meanwhile(page: Page) -> None:
    assert page.evaluate(GATHERED) == [["one", 2, 2], 3, 1]


ASKED = """async () => {
  const { tally } = await import("/records/unsent.js");
  let n = 0;
  const { transaction } = IDBDatabase.prototype;
  IDBDatabase.prototype.transaction = function (...given) { n += 1; return transaction.apply(this, given); };
  const counted = async (work) => { n = 0; await work(); return n; };
  const surveys = ["household", ...Array.from({ length: 12 }, (_none, i) => `survey_${i}`)];
  const derive = () => lists.derived("work", surveys, "today", async () => "made");
  await derive();
  const found = [await counted(derive), await counted(() => tally(store))];
  IDBDatabase.prototype.transaction = transaction;
  return found;
}"""


def test_what_is_to_do_and_what_waits_are_asked_of_the_store_in_one_go_each(page: Page) -> None:
    """Every time it is asked costs a slow tablet milliseconds, and an opening asks for both again and again."""
    assert page.evaluate(ASKED) == [1, 1]
