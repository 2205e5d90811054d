"""A first download, module by module: pages overlap on their way to the disk, and none is passed over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.tablet.bare import bare_page

BEGIN = """async () => {
  const load = (name) => import(`/${name}.js`);
  const [{ pull }, { Store }, { Vault }] = await Promise.all(["wire/pull", "store/store", "store/vault"].map(load));
  const stamp = "000000000001-000000-0123456789abcdef";
  const said = (value, head) => ({ value, heads: [head], stamps: [stamp] });
  const of = (record) => ({
    record, survey: "household", form_version: 1,
    answers: { head_name: said("Lan", `a${record}`), members: said(4, `b${record}`), village: said("a", `a${record}`) },
  });
  const session = { areas: [{ id: "a" }, { id: "b" }], device: { id: "0123456789abcdef" }, epoch: "e" };
  const asked = [];
  const ask = async (path) => {
    asked.push(path);
    const { searchParams: given } = new URL(path, "http://modules.localhost/");
    if (path.startsWith("pull")) return { changes: [], evicted: [], next: Number(given.get("after")), more: false };
    const page = Number(given.get("page") ?? 0);
    const records = [0, 1].map((n) => of(`${given.get("area")}${page}${n}`));
    return { records, position: 7 + page, next_page: page < 3 ? String(page + 1) : null };
  };
  const store = new Store({ vault: await Vault.create() });
  Object.assign(window, { pull, store, session, asked, ask, Store });
}"""
PULL = "() => pull({ store, session }, { ask }).then(() => null, (error) => error.name || error.message)"
CURSORS = "async () => (await store.all('cursors')).map((row) => [row.area, row.position, row.page, row.whole])"
IDS = "async () => (await store.bare('records')).map(({ id }) => id)"
FAIL_ON = """(bad) => {
  const { put } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.put = function (row, ...key) {
    const request = put.call(this, row, ...key);
    if (row.id === bad) request.onsuccess = () => this.transaction.abort();
    return request;
  };
  window.mend = () => { IDBObjectStore.prototype.put = put; };
}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as made:
        faults: list[str] = []
        made.on("pageerror", lambda error: faults.append(str(error)))
        made.evaluate(BEGIN)
        yield made
        assert not faults


def test_all_pages_of_all_areas_are_kept_with_the_position_of_the_first(page: Page) -> None:
    assert page.evaluate(PULL) is None
    assert page.evaluate(IDS) == [f"{area}{n}{i}" for area in "ab" for n in range(4) for i in range(2)]
    assert page.evaluate(CURSORS) == [["a", 7, None, True], ["b", 7, None, True]]


@pytest.mark.parametrize("bad", ["a00", "a10", "a31", "b00"])
def test_after_a_page_that_could_not_be_kept_none_is_and_the_next_download_goes_on_from_there(
    page: Page, bad: str
) -> None:
    page.evaluate(FAIL_ON, bad)
    assert page.evaluate(PULL) == "Error"  # StorageBroken
    page.evaluate("mend()")
    everything = [f"{area}{n}{i}" for area in "ab" for n in range(4) for i in range(2)]
    before = everything[: everything.index(bad[:2] + "0")]
    assert page.evaluate(IDS) == before
    page.evaluate("asked.length = 0")
    assert page.evaluate(PULL) is None
    assert page.evaluate(IDS) == everything
    asked = [path for path in page.evaluate("asked") if path.startswith("snapshot")]
    assert len(asked) == (len(everything) - len(before)) / 2, "what was kept is not asked for again"


def test_what_is_written_beside_a_download_comes_after_what_has_begun_to_be_written(page: Page) -> None:
    order = page.evaluate("""async () => {
      let free;
      const after = new Promise((resolve) => { free = resolve; });
      const order = [];
      const put = (value) => (rows) => rows("meta").put({ name: "clock", value });
      const first = store.begin(["meta"], put("1"), { after }).then(({ done }) => done).then(() => order.push("first"));
      const second = store.write(["meta"], put("2")).then(() => order.push("second"));
      free();
      await Promise.all([first, second]);
      return [...order, await store.known("clock")];
    }""")
    assert order == ["first", "second", "2"]


def test_the_clock_follows_what_was_downloaded_and_never_goes_back(page: Page) -> None:
    later = "00ff00000000-000000-0123456789abcdef"[:36]
    page.evaluate("(value) => store.write(['meta'], (rows) => rows('meta').put({ name: 'clock', value }))", later)
    page.evaluate(PULL)
    assert page.evaluate("store.known('clock')") == later


def test_a_row_of_an_earlier_version_still_says_its_heads(page: Page) -> None:
    page.evaluate(PULL)
    assert page.evaluate("store.get('records', 'a00').then(({ heads, ids }) => [heads, ids])") == [
        {"head_name": ["aa00"], "members": ["ba00"], "village": ["aa00"]},
        ["aa00", "ba00"],
    ]
    found = page.evaluate("""async () => {
      const { idsOf } = await import("/records/records.js");
      const { box: _box, ids: _ids, ...lying } = await store.rawOne("records", "a00");
      const old = { ...lying, id: "old", heads: { head_name: ["x"], members: ["x", "y"] } };
      await store.write(["records"], (rows) => rows("records").lay(old));
      const row = await store.get("records", "old");
      return [row.heads, idsOf(row)];
    }""")
    assert found == [{"head_name": ["x"], "members": ["x", "y"]}, ["x", "y"]]
