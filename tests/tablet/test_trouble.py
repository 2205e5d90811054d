"""What goes wrong on the line, with a clock or with the app, and what a person is told of it; nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from playwright.sync_api import BrowserContext, Route, expect

from fieldapp.db import db
from fieldapp.surveys import SURVEYS
from sync import Journal
from tests.again import a_walk, asked_by
from tests.conftest import Server
from tests.tablet.acts import PUSH, correct_a_household, fill_in_a_correction, start_a_need_at_its_photos
from tests.tablet.conftest import Tablet, a_photo
from tests.tablet.inside import inside


@asked_by(
    "tests/sync/test_browser_lives.py::test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does"
)
def test_a_lost_response_is_healed_by_sending_again_and_counts_once(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    row = fill_in_a_correction(tablet)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    tablet.context.route(PUSH, lose)
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    tablet.until(lambda: bool(tablet.rows("changes")[0].get("tried_at")))
    assert tablet.rows("changes")[0]["receipt"] is None
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator(".badges").first).to_contain_text("Đã gửi, chưa có biên nhận")

    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    [change] = tablet.delivered()
    assert change["receipt"]["verdict"] == "duplicate"
    with tablet.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]


def test_a_line_that_breaks_after_the_server_has_answered_is_not_called_no_network(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    correct_a_household(tablet)
    tablet.context.route(PUSH, lambda route: route.abort("connectionreset"))
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.locator("main")).to_contain_text("Đường truyền bị đứt giữa chừng")
    expect(tablet.page.locator("main")).not_to_contain_text("Hiện không có mạng")


def test_a_login_page_that_answers_everything_with_200_is_told_as_one_and_nothing_counts_as_sent(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    tablet.offline()
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    told = tablet.page.locator("#sync-state")
    expect(told).to_have_text("Không có mạng")
    page_of_a_hotel = "<!doctype html><title>Wi-Fi</title><form>Đăng nhập Wi-Fi</form>"
    tablet.context.route("**/sync/v1/**", lambda route: route.fulfill(body=page_of_a_hotel, content_type="text/html"))
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(told).to_have_text("Chưa tới được máy chủ")
    correct_a_household(tablet)
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text("Có mạng, nhưng nơi khác trả lời thay máy chủ")
    assert [change["receipt"] for change in tablet.rows("changes")] == [None]
    tablet.page.reload()
    expect(tablet.page.locator("h1")).to_have_text("Đồng bộ")


@asked_by("tests/tablet/test_new_shell.py::test_a_clock_two_days_behind_is_told_and_the_work_comes_in_its_order")
def test_a_clock_two_days_wrong_is_told_and_the_work_is_kept(tablet: Tablet) -> None:
    tablet.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=2))
    tablet.enrol()
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Đồng hồ của máy chạy nhanh 2 ngày.")
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    [change] = tablet.rows("changes")
    assert change["receipt"]["verdict"] == "clock_ahead"
    tablet.go("#/sync")
    today = datetime.now(timezone(timedelta(hours=7)))
    expect(tablet.page.locator("main")).to_contain_text(re.compile(rf"Đồng bộ lần cuối lúc \S+ {today:%d/%m/%Y}"))


def test_a_file_that_is_no_photo_is_refused_with_a_sentence_and_the_form_goes_on(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.enrol()
    start_a_need_at_its_photos(tablet)
    letter = tmp_path / "thu.jpg"
    letter.write_text("Không phải ảnh")
    box = tablet.question("housing_need", "photo_front")
    box.locator("input[type=file]").last.set_input_files(letter)
    expect(box).to_contain_text("Tệp này không phải ảnh mà máy mở được.")
    tablet.add_photo("housing_need", "photo_front", a_photo(tmp_path))


def test_an_emptied_store_without_its_copy_is_told_as_a_loss_and_not_as_a_new_tablet(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.page.goto("about:blank")
    tablet.page.goto(f"{tablet.server.url}/app/manifest.webmanifest")
    gone = "new Promise((done) => { indexedDB.deleteDatabase('fieldapp').onsuccess = () => done(true); })"
    assert tablet.page.evaluate(gone)
    tablet.page.evaluate("navigator.storage.getDirectory().then((top) => top.removeEntry('copy', { recursive: true }))")
    tablet.open()
    expect(tablet.page.locator("h1")).to_have_text("Dữ liệu trên máy này đã mất")


@asked_by(
    "tests/sync/test_browser_lives.py::test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does"
)
def test_a_server_put_back_to_an_earlier_day_is_offered_everything_again(tablet: Tablet) -> None:
    tablet.enrol()
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    with tablet.server.app.app_context():
        Journal(db.session.connection()).new_epoch()
        db.session.commit()
    tablet.sync()
    [change] = tablet.delivered()
    assert change["earlier"]["verdict"] in ("stored", "duplicate")
    assert change["receipt"]["verdict"] == "duplicate"
    assert all(cursor["whole"] for cursor in tablet.rows("cursors"))


def test_a_half_shell_is_never_kept(visit: Callable[..., BrowserContext], server: Server) -> None:
    tablet = Tablet(visit(), server)
    tablet.context.route("**/app/icon-512.png", lambda route: route.fulfill(body="<html>", content_type="text/html"))
    tablet.open()
    tablet.page.locator("#code").wait_for()
    tablet.page.wait_for_timeout(500)
    state = "navigator.serviceWorker.getRegistration('/app/').then((found) => Boolean(found?.active))"
    assert not tablet.page.evaluate(state)
    assert tablet.page.evaluate("caches.keys()") == []


def test_a_form_open_in_two_windows_is_written_in_one(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.fill_part("household")
    address = tablet.page.url
    other = tablet.watch(tablet.context.new_page())
    other.goto(address)
    expect(other.locator("h1")).to_have_text("Phiếu này đang mở ở cửa sổ khác")
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    other.reload()
    expect(other.locator("h1")).to_have_text("Thêm hộ mới")


NO_LONG_WAITS = """() => {
  const { setTimeout } = window;
  window.setTimeout = (work, ms, ...more) => (ms < 5000 ? setTimeout(work, ms, ...more) : 0);
}"""


@a_walk
def test_a_window_that_waits_for_the_sync_of_another_says_so_and_goes_on_as_soon_as_that_ends(tablet: Tablet) -> None:
    tablet.enrol()
    other = tablet.watch(tablet.context.new_page())
    other.goto(f"{tablet.server.url}/app/#/sync")
    expect(other.locator("main")).to_contain_text("Dữ liệu đã mới nhất")
    other.evaluate(NO_LONG_WAITS)
    tablet.go("#/sync")
    tablet.context.route("**/sync/v1/hello*", lambda route: None)
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    expect(tablet.page.get_by_role("button", name="Dừng")).to_be_visible()
    other.get_by_role("button", name="Đồng bộ ngay").click()
    expect(other.locator("main")).to_contain_text("Đang đồng bộ ở cửa sổ khác.")
    expect(other.locator("#sync-state")).to_have_text("Đang đồng bộ…")
    tablet.context.unroute("**/sync/v1/hello*")
    tablet.page.close()
    tablet.page = other
    expect(other.locator("main")).to_contain_text("Dữ liệu đã mới nhất")


def test_a_page_that_cannot_be_drawn_takes_the_keyboard_and_leads_on(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.page.evaluate(
        inside(
            """
            const { Store } = await load("store/store.js");
            const { get } = Store.prototype;
            Store.prototype.get = () => Promise.reject(new Error("unreadable"));
            window.mend = () => { Store.prototype.get = get; };
            """
        )
    )
    tablet.go(f"#/record/{row['id']}")
    heading = tablet.page.locator("h1")
    expect(heading).to_have_text("Có trục trặc")
    expect(heading).to_be_focused()
    tablet.page.evaluate("window.mend()")
    tablet.page.get_by_role("button", name="Việc cần làm").click()
    expect(heading).to_have_text("Việc cần làm")
    tablet.go(f"#/record/{row['id']}")
    expect(heading).to_have_text(row["values"]["head_name"])
