"""A tablet whose storage is full says so, keeps what was typed, and goes on once there is room."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.again import asked_by
from tests.tablet.acts import send_back, start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import inside
from tests.tablet.on_disk import BALLAST, FULL, USED, a_grainy_photo, on_disk

__all__ = ["on_disk"]


def test_a_full_tablet_says_so_before_the_form_is_left_and_keeps_the_text(
    on_disk: Callable[[], Tablet], tmp_path: Path
) -> None:
    tablet = on_disk()
    tablet.enrol()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    used = tablet.page.evaluate(USED)

    tablet = on_disk()
    devtools = tablet.context.new_cdp_session(tablet.page)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url, "quotaSize": used + 700_000})
    tablet.open()
    start_a_need_at_its_photos(tablet)
    box, told = tablet.question("housing_need", "photo_front"), tablet.page.locator(".notice-danger")
    while not told.is_visible():
        box.locator("input[type=file]").last.set_input_files(a_grainy_photo(tmp_path))
        box.locator(".point-said", has_text="Đang lưu").wait_for(state="detached")
    expect(told).to_contain_text("Bộ nhớ của máy đã đầy: ảnh chưa được lưu.")
    kept = box.locator(".thumb").count()
    tablet.page.locator("#housing_need-remarks").fill("Nhà cuối dốc")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"].get("remarks") == "Nhà cuối dốc")
    expect(told).to_be_hidden()
    [draft] = tablet.rows("drafts")
    assert len(draft["answers"]["photo_front"] or []) == kept == len(tablet.rows("photos"))

    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url})
    tablet.add_photo("housing_need", "photo_inside", a_photo(tmp_path))


@asked_by("tests/tablet/test_full.py::test_a_full_tablet_says_so_before_the_form_is_left_and_keeps_the_text")
def test_a_reply_that_does_not_fit_is_told_and_stays_written(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    page = tablet.page
    tablet.go(f"#/reply/{row['id']}")
    page.locator("#reply-").fill("Đã đếm lại, đúng 4 khẩu.")
    tablet.until(lambda: page.evaluate(BALLAST) > 0)
    page.evaluate(FULL)
    save = page.get_by_role("button", name="Lưu trả lời")
    save.click()
    told = page.get_by_role("alert").filter(has_text="Bộ nhớ của máy đã đầy: chưa lưu được.")
    expect(told).to_be_in_viewport()
    assert page.evaluate(BALLAST) == 0
    assert not page.evaluate(inside("return store.low;"))  # else it would be told that all is saved
    page.locator("#lock").click()
    expect(page.locator("main .notice-danger", has_text="Bộ nhớ của máy đã đầy")).to_be_in_viewport()
    expect(page.locator("#reply-")).to_have_value("Đã đếm lại, đúng 4 khẩu.")
    page.evaluate("window.makeRoom()")
    save.click()
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")


def test_a_form_that_a_full_tablet_cannot_open_says_what_to_do_and_opens_once_there_is_room(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(FULL)
    tablet.go(f"#/edit/{row['id']}")
    heading = tablet.page.locator("h1")
    expect(heading).to_have_text("Bộ nhớ của máy đã đầy")
    expect(heading).to_be_focused()
    expect(tablet.page.locator("main")).to_contain_text("Hãy xóa bớt ảnh hoặc phim trên máy")
    tablet.page.get_by_role("button", name="Việc cần làm").click()
    expect(heading).to_have_text("Việc cần làm")
    tablet.go(f"#/edit/{row['id']}")
    expect(heading).to_have_text("Bộ nhớ của máy đã đầy")
    tablet.page.evaluate("window.makeRoom()")
    tablet.page.get_by_role("button", name="Thử lại").click()
    tablet.page.locator(".part:visible").wait_for()


@asked_by("tests/tablet/test_full.py::test_a_full_tablet_says_so_before_the_form_is_left_and_keeps_the_text")
def test_a_member_a_full_tablet_cannot_take_off_stays_and_so_does_what_was_typed(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    row = next(row for row in tablet.rows("records") if row["survey"] == "household_member")
    tablet.go(f"#/members/{row['values']['household']}/{row['id']}")
    tablet.answer("household_member", "birth_year", "1999")
    tablet.until(lambda: bool(tablet.rows("drafts")))
    page.evaluate(FULL)
    page.on("dialog", lambda dialog: dialog.accept())
    take_off = page.get_by_role("button", name="Đưa khỏi danh sách")
    take_off.click()
    told = page.get_by_role("alert").filter(has_text="Bộ nhớ của máy đã đầy: chưa lưu được.")
    expect(told).to_be_in_viewport()
    expect(tablet.question("household_member", "birth_year").locator("input")).to_have_value("1999")
    assert [draft["answers"]["birth_year"] for draft in tablet.rows("drafts")] == [1999]
    page.evaluate("window.makeRoom()")
    take_off.click()
    expect(page.locator(".saved").filter(has_text="Đã đưa khỏi danh sách")).to_be_visible()
    expect(told).to_have_count(0)
    assert tablet.rows("drafts") == []
    tablet.sync()  # none that begins later draws the next page anew

    other = next(row for row in tablet.rows("records") if row["survey"] == "household_member" and not row["withdrawn"])
    tablet.go(f"#/record/{other['id']}")
    page.evaluate(FULL)
    page.get_by_role("button", name="Nhập trùng hoặc nhập nhầm").click()
    expect(told).to_be_in_viewport()
