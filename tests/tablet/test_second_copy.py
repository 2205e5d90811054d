"""The second copy of work that was not sent: it holds what the store holds, and brings back what the store loses."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from fieldapp.db import db
from fieldapp.surveys import SURVEYS
from tests.again import a_walk, asked_by
from tests.pages import Page
from tests.tablet.acts import correct_a_household, start_a_need_at_its_photos
from tests.tablet.bare import MODULES, bare_page
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import READ, copied

WRITE = """async (log) => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("copy", { create: true });
  const writer = await (await folder.getFileHandle("log", { create: true })).createWritable();
  await writer.write(log);
  await writer.close();
}"""
LOSE_STORE = "new Promise((done) => { indexedDB.deleteDatabase('fieldapp').onsuccess = () => done(true); })"


def close_the_app(tablet: Tablet) -> None:
    """Another page of the same place stands in the window, with or without network."""
    app = str(tablet.page.evaluate("document.querySelector('script[type=module]').src"))
    tablet.page.goto("about:blank")
    tablet.page.goto(app.replace("shell/start.js", "words.vi.json"))


def lose_the_store(tablet: Tablet) -> None:
    close_the_app(tablet)
    assert tablet.page.evaluate(LOSE_STORE)


def enrolled(tablet: Tablet) -> Tablet:
    """Connected, without network, and the copy knows who the tablet is."""
    tablet.enrol()
    tablet.until(lambda: len(copied(tablet, "tablet")) == 1)
    tablet.offline()
    return tablet


def test_everything_not_sent_comes_back_after_the_store_is_lost_and_the_server_is_told(
    tablet: Tablet, tmp_path: Path, page: Callable[..., Page]
) -> None:
    enrolled(tablet)
    row = correct_a_household(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    tablet.until(lambda: len(copied(tablet, "photo")) == 1)
    [before], [photo] = tablet.rows("changes"), tablet.rows("photos")
    lose_the_store(tablet)

    tablet.open()
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("1 phiếu đã hoàn thành, 1 bản nháp, 1 ảnh")
    [change], [again], [draft] = tablet.rows("changes"), tablet.rows("photos"), tablet.rows("drafts")
    assert (change["id"], change["text"], change["receipt"]) == (before["id"], before["text"], None)
    assert (again["sha256"], again["state"], again["count"]) == (photo["sha256"], "kept", photo["count"])
    assert draft["answers"]["photo_front"][0]["sha256"] == photo["sha256"]
    tablet.go(f"#/fill/{draft['id']}")
    expect(tablet.question("housing_need", "photo_front").locator(".thumb img")).to_have_js_property("complete", True)

    tablet.offline(False)
    tablet.sync()
    assert len(tablet.delivered()) == 1
    banner.get_by_role("button", name="Tôi đã đọc").click()
    expect(banner).not_to_contain_text("bản nháp")
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]
    assert "Máy tính bảng này bị mất bộ nhớ lưu trữ" in page("/admin/devices", who="quan").text


@a_walk
def test_what_has_its_receipt_leaves_the_copy_and_no_number_the_server_knows_is_given_again(tablet: Tablet) -> None:
    enrolled(tablet)
    old = tablet.page.evaluate(READ)["log"]
    correct_a_household(tablet)
    assert len(copied(tablet, "change")) == 1
    tablet.offline(False)
    tablet.sync()
    tablet.until(lambda: not copied(tablet, "change"))
    lose_the_store(tablet)
    tablet.page.evaluate(WRITE, old)
    tablet.open()
    expect(tablet.page.locator("#banners")).to_contain_text("Không có gì đang chờ gửi")
    tablet.until(lambda: tablet.synced_at() > "")
    correct_a_household(tablet, "8")
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    assert [change["seq"] for change in tablet.delivered()] == [2]


def test_a_line_that_was_cut_off_costs_itself_alone_and_is_told(tablet: Tablet) -> None:
    enrolled(tablet)
    correct_a_household(tablet, "7")
    torn = tablet.page.evaluate(READ)["log"][:-40]
    tablet.page.evaluate(WRITE, torn)
    correct_a_household(tablet, "8")
    assert tablet.page.evaluate(READ)["log"].startswith(f"{torn}\n")
    lose_the_store(tablet)
    tablet.open()
    expect(tablet.page.locator("#banners")).to_contain_text("1 mục bị cắt dở")
    assert [change["seq"] for change in tablet.rows("changes")] == [2]
    correct_a_household(tablet, "9")
    assert [change["seq"] for change in copied(tablet, "change")] == [2, 3]


def test_a_copy_that_was_altered_is_told_and_written_anew_from_the_store(tablet: Tablet) -> None:
    enrolled(tablet)
    correct_a_household(tablet)
    log = tablet.page.evaluate(READ)["log"]
    close_the_app(tablet)
    tablet.page.evaluate(WRITE, log.replace('"seq":1', '"seq":9'))
    tablet.open("#/sync")
    tablet.until(lambda: [change["seq"] for change in copied(tablet, "change")] == [1])
    assert "damaged" in tablet.page.evaluate(READ)["names"]
    tablet.page.reload()
    expect(tablet.page.locator("main")).to_contain_text("Bản sao từng bị hỏng và đã được ghi lại")
    assert [change["seq"] for change in tablet.rows("changes")] == [1]


def test_where_there_can_be_no_copy_the_work_goes_on_and_everybody_can_see_it(
    tablet: Tablet, page: Callable[..., Page]
) -> None:
    tablet.context.add_init_script("window.Worker = class { constructor() { throw new Error('none'); } }")
    tablet.enrol()
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.sync()
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text("Hiện chưa lưu được")
    assert "chưa lưu được bản sao thứ hai" in page("/admin/devices", who="quan").text


LOSE_ROWS = """async (names) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction(names, "readwrite");
  for (const name of names) transaction.objectStore(name).clear();
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""
WORK = ["changes", "drafts", "photos", "parts"]


@asked_by(
    "tests/tablet/test_second_copy.py::test_everything_not_sent_comes_back_after_the_store_is_lost_and_the_server_is_told"
)
def test_a_store_that_lost_its_work_and_still_knows_its_tablet_gets_all_of_it_back(
    tablet: Tablet, tmp_path: Path
) -> None:
    enrolled(tablet)
    correct_a_household(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    tablet.until(lambda: len(copied(tablet, "photo")) == 1)
    before = {name: [row.get("id") or row["sha256"] for row in tablet.rows(name)] for name in WORK}
    close_the_app(tablet)
    tablet.page.evaluate(LOSE_ROWS, WORK)
    tablet.open()
    expect(tablet.page.locator("#banners")).to_contain_text("1 phiếu đã hoàn thành, 1 bản nháp, 1 ảnh")
    assert {name: [row.get("id") or row["sha256"] for row in tablet.rows(name)] for name in WORK} == before
    assert [name for name in tablet.page.evaluate(READ)["names"] if name.startswith("photo-")], "nor is the copy gone"


@a_walk
def test_what_was_thrown_away_on_purpose_does_not_come_back(tablet: Tablet, tmp_path: Path) -> None:
    enrolled(tablet)
    start_a_need_at_its_photos(tablet)
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))
    tablet.until(lambda: len(copied(tablet, "photo")) == 1)
    tablet.page.on("dialog", lambda dialog: dialog.accept())
    tablet.page.get_by_role("button", name="Bỏ bản nháp này").click()
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    tablet.until(lambda: not copied(tablet, "draft"))
    assert [tablet.rows(name) for name in WORK] == [[], [], [], []]
    expect(tablet.page.locator("#banners")).not_to_contain_text("bộ nhớ")


FOLLOWED = """async () => {
  const [{ Store }, { Vault }] = await Promise.all([import("/store/store.js"), import("/store/vault.js")]);
  const store = new Store({ name: "fieldapp", vault: await Vault.create() });
  const draft = { id: "d", record: "r", survey: "household", changed_at: "", answers: { members: 3 } };
  const change = { id: "c", record: "r", survey: "household", seq: 1, text: "…", receipt: null };
  const photo = { sha256: "ab", record: "r", state: "kept", bytes: 2, count: 1, key: "…" };
  await store.write(["drafts", "photos", "parts"], (rows) => {
    rows("drafts").put(draft);
    rows("photos").put(photo);
    rows("parts").put({ sha256: "ab", i: 0, bytes: new Uint8Array([1, 2]).buffer });
  });
  const kinds = async () => (await store.copy.read()).entries.map((entry) => Object.keys(entry).sort().join());
  while ((await kinds()).length < 2) await new Promise((done) => setTimeout(done, 20));
  const soon = (await kinds()).sort();
  await store.write(["changes", "drafts", "photos"], (rows) => {
    rows("changes").put(change);
    rows("photos").amend("ab", { change: "c", state: "waiting" });
    rows("drafts").delete("d");
  });
  const { change: row, draft: ended, photos } = (await store.copy.read()).entries.at(-1);
  await store.write(["changes", "drafts"], (rows) => {
    rows("changes").put({ ...change, receipt: { verdict: "stored" } });
    rows("drafts").delete("e");
  });
  const done = (await store.copy.read()).entries.slice(3);
  return { soon, made: [row.id, "box" in row, ended, photos], done };
}"""


def test_whoever_writes_work_into_the_store_writes_it_into_the_copy(browser: Browser) -> None:
    with bare_page(browser) as page:
        told = page.evaluate(FOLLOWED)
    assert told == {"soon": ["draft", "photo"], "made": ["c", True, "d", ["ab"]], "done": [{"done": "e"}]}


def test_no_module_outside_the_store_tells_the_copy_what_was_written() -> None:
    asked = {"read", "bytes", "replace", "problem", "onGrown", "forgetEvidence"}
    paths = [path for path in MODULES.rglob("*.js") if path.parent.name != "store"]
    found = {name for path in paths for name in re.findall(r"\bcopy\.(\w+)", path.read_text(encoding="utf-8"))}
    assert found - {"js"} == asked
