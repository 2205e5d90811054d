"""Photos taken earlier and elsewhere: their small pictures are here before the network goes, and hold up nothing."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.again import a_walk
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside

THUMBS = "**/blob/*size=thumb"
SEEN = "(all) => all.map((image) => image.complete && image.naturalWidth > 0)"
MANY = """async () => {
  const request = indexedDB.open("fieldapp");
  const database = await new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const transaction = database.transaction("thumbs", "readwrite");
  for (let i = 0; i < 300; i += 1) transaction.objectStore("thumbs").put({ sha256: String(i).padStart(64, "0") });
  await new Promise((resolve) => (transaction.oncomplete = resolve));
  database.close();
}"""


STAYS_LOW = inside('Object.defineProperty(store, "low", { get: () => true, set: () => {}, configurable: true });')
"""No room, though the tablet tries to make some after each sync."""


def named(tablet: Tablet) -> set[str]:
    """The photos that the records of this tablet name."""
    rows = tablet.rows("records")
    answers = [answer for row in rows for answer in row["values"].values() if isinstance(answer, list)]
    return {each["sha256"] for answer in answers for each in answer if isinstance(each, dict) and "sha256" in each}


def thumbs(tablet: Tablet) -> set[str]:
    return {row["sha256"] for row in tablet.rows("thumbs")}


def visited(tablet: Tablet) -> dict[str, Any]:
    rows = tablet.rows("records")
    return next(row for row in rows if row["survey"] == "progress_visit" and row["values"].get("photos"))


def test_earlier_photos_are_seen_without_network_though_nobody_has_opened_their_record(tablet: Tablet) -> None:
    tablet.enrol_by_hand()
    tablet.until(lambda: thumbs(tablet) == named(tablet) != set())
    tablet.offline()
    tablet.go(f"#/record/{visited(tablet)['values']['household']}")
    earlier = tablet.page.locator("section", has=tablet.page.locator("h2", has_text="Ảnh đã chụp trước đây"))
    expect(earlier.locator("img.picture").first).to_be_visible()
    tablet.until(lambda: all(earlier.locator("img.picture").evaluate_all(SEEN)))
    expect(earlier).not_to_contain_text("ở máy chủ")


@a_walk
def test_pictures_of_earlier_photos_hold_up_neither_a_sync_nor_the_next_and_can_be_stopped(tablet: Tablet) -> None:
    asked: list[str] = []
    tablet.context.route(THUMBS, lambda route: asked.append(route.request.url))  # never answered
    tablet.enrol_by_hand()
    tablet.until(lambda: bool(asked))
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text("Ảnh đã chụp trước đây, để xem khi không có mạng: 0/")
    expect(tablet.page.locator("main h2").first).to_have_text("Dữ liệu đã mới nhất")
    tablet.page.get_by_role("button", name="Dừng").click()
    expect(tablet.page.locator("main h2").first).to_contain_text("Đã dừng")
    expect(tablet.page.get_by_role("button", name="Dừng")).to_be_hidden()
    before = len(asked)
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    tablet.page.wait_for_timeout(300)
    assert len(asked) == before
    tablet.context.unroute(THUMBS)
    tablet.sync()
    tablet.until(lambda: thumbs(tablet) == named(tablet))


@a_walk
def test_where_photos_wait_to_be_asked_for_or_there_is_no_room_none_is_fetched(tablet: Tablet) -> None:
    tablet.context.route(THUMBS, lambda route: route.abort())
    tablet.enrol_by_hand()
    tablet.go("#/sync")
    tablet.page.get_by_label("Chỉ khi tôi bấm nút").check()
    tablet.context.unroute(THUMBS)
    tablet.sync()
    tablet.page.evaluate(STAYS_LOW)
    tablet.page.get_by_label("Cứ có mạng là gửi").check()
    tablet.sync()
    tablet.page.wait_for_timeout(500)
    assert thumbs(tablet) == set()
    tablet.page.evaluate(inside("delete store.low; store.low = false;"))
    tablet.sync()
    tablet.until(lambda: thumbs(tablet) == named(tablet))


@a_walk
def test_no_more_than_three_hundred_pictures_are_kept_and_those_of_the_newest_records_stay(tablet: Tablet) -> None:
    tablet.context.route(THUMBS, lambda route: route.abort())
    tablet.enrol_by_hand()
    tablet.page.evaluate(MANY)
    tablet.context.unroute(THUMBS)
    tablet.sync()
    tablet.until(lambda: named(tablet) <= thumbs(tablet))
    assert len(thumbs(tablet)) == 300
