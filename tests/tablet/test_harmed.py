"""What says whose a tablet is came to harm on the disk: that is no wrong PIN, costs nothing, and there is a way on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.again import a_walk, at_once
from tests.tablet.conftest import Tablet, code_for
from tests.tablet.inside import copied
from tests.tablet.locking import ANOTHER_PIN, WRONG, choose, lock, lying, type_pin, unlock
from tests.tablet.test_damage import CORRECT_FOUR, HARM_META
from tests.tablet.test_second_copy import WRITE, enrolled

HARM_LOCK = """async (how) => {
  const database = await new Promise((resolve) => {
    const request = indexedDB.open("fieldapp");
    request.onsuccess = () => resolve(request.result);
  });
  const transaction = database.transaction("meta", "readwrite");
  const meta = transaction.objectStore("meta");
  meta.get("lock").onsuccess = ({ target: { result: { value } } }) => {
    const other = (text) => text.slice(0, 9) + (text[9] === "A" ? "B" : "A") + text.slice(10);
    if (how === "gone") meta.delete("lock");
    else meta.put({ name: "lock", value: { ...value, [how]: how === "n" ? value.n + 1 : other(value[how]) } });
  };
  await new Promise((done) => { transaction.oncomplete = done; });
  database.close();
}"""
HARMS = at_once(["wrapped", "salt", "n", "gone"], "wrapped".__eq__)


def tries(tablet: Tablet) -> list[int]:
    return [row["value"].get("tries", 0) for row in lying(tablet, "meta") if row["name"] == "lock"]


@pytest.mark.parametrize("how", HARMS)
def test_a_damaged_key_comes_back_from_the_second_copy_and_its_pin_opens_the_tablet(locked: Tablet, how: str) -> None:
    enrolled(locked)
    draft = locked.page.evaluate(CORRECT_FOUR)[-1]
    lock(locked)
    type_pin(locked, WRONG)
    expect(locked.page.locator("#pin-error")).to_contain_text("Mã PIN không đúng")
    locked.page.evaluate(HARM_LOCK, how)
    locked.page.reload()
    locked.page.locator("#pin").wait_for()
    assert tries(locked) == ([0] if how == "gone" else [1]), "no try more than was made, and none less"
    unlock(locked)
    locked.go(f"#/fill/{draft}")
    expect(locked.question("household", "village")).to_be_visible()


@pytest.mark.parametrize("how", HARMS)
def test_a_key_damaged_in_the_copy_too_is_no_wrong_pin_and_a_code_gives_it_back_with_all_that_lies_here(
    locked: Tablet, how: str
) -> None:
    enrolled(locked)
    *_records, draft = locked.page.evaluate(CORRECT_FOUR)
    lock(locked)
    sealed = [row["value"]["sealed"] for row in lying(locked, "meta") if row["name"] == "lock"]
    locked.page.evaluate(HARM_LOCK, how)
    locked.page.evaluate(WRITE, "")
    locked.page.reload()
    expect(locked.page.locator("h1")).to_have_text("Khóa của máy bị hỏng")
    expect(locked.page.locator("main")).to_contain_text("Mã của anh/chị không sai, và không có gì bị xóa")
    expect(locked.page.get_by_role("button", name="Lưu tệp dự phòng")).to_be_visible()
    expect(locked.page.locator("#pin")).to_have_count(0)
    if how == "gone":
        expect(locked.page.locator("#code")).to_have_count(0)  # what the server would open went with it
        return
    assert sealed != [None]
    assert tries(locked) == [0]
    locked.offline(False)
    locked.page.locator("#code").fill(code_for(locked.server))
    locked.page.locator("main form button[type=submit]").click()
    choose(locked, ANOTHER_PIN)
    locked.page.locator("#tabs a").first.wait_for()
    locked.until(lambda: all(change["receipt"] for change in locked.rows("changes")))
    locked.go(f"#/fill/{draft}")
    expect(locked.question("household", "village")).to_be_visible()
    lock(locked)
    unlock(locked, ANOTHER_PIN)


def test_a_key_that_is_damaged_while_the_app_is_open_is_whole_again_once_the_copy_is_written(locked: Tablet) -> None:
    enrolled(locked)
    locked.page.evaluate(HARM_LOCK, "wrapped")
    before = [row["value"]["wrapped"] for row in lying(locked, "meta") if row["name"] == "lock"]
    locked.offline(False)
    locked.until(lambda: [r["value"]["wrapped"] for r in lying(locked, "meta") if r["name"] == "lock"] != before)
    lock(locked)
    unlock(locked)


@a_walk
def test_a_tablet_that_forgot_which_device_it_is_opens_with_its_drafts_and_is_connected_again_by_its_person(
    tablet: Tablet,
) -> None:
    enrolled(tablet)
    *_records, draft = tablet.page.evaluate(CORRECT_FOUR)
    tablet.until(lambda: len(copied(tablet, "tablet")) > 0)
    assert "device" in tablet.page.evaluate(HARM_META, [])
    tablet.page.evaluate(WRITE, "")
    tablet.page.reload()
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Dấu hiệu để máy chủ nhận ra máy này đã bị hỏng")
    tablet.go(f"#/fill/{draft}")
    expect(tablet.question("household", "village")).to_be_visible()
    tablet.go("#/")
    tablet.offline(False)
    tablet.go("#/connect")
    for who, told in (("binh", "Chưa có gì thay đổi"), ("lan", "")):
        tablet.page.locator("#code").fill(code_for(tablet.server, who))
        tablet.page.locator("main form button[type=submit]").click()
        if told:
            expect(tablet.page.locator("#enrol-error")).to_contain_text(told)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    receipts = [change["receipt"] for change in tablet.rows("changes")]
    assert [(one["verdict"], one["reason"]) for one in receipts] == [("held", "author_not_on_device")] * 3
    expect(banner).not_to_contain_text("đã bị hỏng")
    assert [row["id"] for row in tablet.rows("drafts")] == [draft]
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
