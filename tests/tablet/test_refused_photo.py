"""A photo the server does not take: told with its reason, kept, tried again, and in nobody's way."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.again import a_walk, asked_by
from tests.tablet.conftest import Tablet
from tests.tablet.locking import lock
from tests.tablet.test_line import WORK

REASON = "Phần ảnh này không đúng."


def known(tablet: Tablet) -> dict[str, Any]:
    return {row["name"]: row.get("value") for row in tablet.rows("meta")}


def refuse(tablet: Tablet, status: int, sha256: str = "*") -> None:
    """The server answers that it does not take this photo, or any."""
    answer(tablet, status, sha256, error={"code": "bad_part", "message": REASON})


def answer(tablet: Tablet, status: int, sha256: str = "*", **what: Any) -> None:
    """What the server says to whatever is asked about a photo."""
    meta = known(tablet)
    told = {"proto": 1, "node": meta["node"], "epoch": meta["epoch"], "now": "2026-08-01T00:00:00Z", **what}
    tablet.context.route(f"**/blob/{sha256}/*", lambda route: route.fulfill(status=status, json=told))


def two_photos(tablet: Tablet) -> list[dict[str, Any]]:
    """Two forms with a photo each that wait to be sent; the newest, which goes first, comes first."""
    tablet.offline()
    tablet.page.evaluate(WORK, {"records": 2, "photos": 2})
    return sorted(tablet.rows("photos"), key=lambda photo: str(photo["taken_at"]), reverse=True)


def states(tablet: Tablet) -> dict[str, str]:
    return {photo["sha256"]: photo["state"] for photo in tablet.rows("photos")}


def test_a_photo_the_server_refuses_stops_no_other_is_told_with_its_reason_and_can_be_tried_again(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    newest, other = two_photos(tablet)
    refuse(tablet, 400, newest["sha256"])
    checked = known(tablet)["checked"]["at"]
    tablet.offline(False)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Kiểm tra lại").click()
    tablet.until(lambda: states(tablet)[other["sha256"]] == "stored")
    tablet.until(lambda: known(tablet)["checked"]["at"] > checked)  # nor does it stop the daily comparison
    assert len(tablet.rows("parts")) >= newest["count"]
    box = tablet.page.locator(".photos-when .notice-warning")
    expect(box).to_contain_text("Máy chủ không nhận 1 ảnh")
    expect(box).to_contain_text(REASON)
    expect(tablet.page.locator("main")).to_contain_text("Đang chờ trên máy này: 0 thay đổi, 1 ảnh")
    tablet.go(f"#/record/{newest['record']}")
    expect(tablet.page.locator(".photo-stage", has_text=REASON)).to_have_count(1)

    asked: list[str] = []
    tablet.page.on("request", lambda request: asked.append(request.url))
    tablet.sync()
    assert not [url for url in asked if newest["sha256"] in url]  # a part of it each time would cost for nothing
    tablet.context.unroute_all(behavior="wait")
    box.get_by_role("button", name="Thử lại").click()
    tablet.until(lambda: set(states(tablet).values()) == {"stored"})
    expect(box).to_have_count(0)


@a_walk
def test_a_photo_that_is_kept_though_it_cannot_be_shown_says_why(tablet: Tablet) -> None:
    tablet.enrol()
    newest, other = two_photos(tablet)
    why = {"code": "broken_photo", "message": REASON}
    answer(tablet, 200, newest["sha256"], state="not_a_photo", missing=[], begun={}, broke=False, refused=why)
    tablet.offline(False)
    tablet.sync()
    tablet.until(lambda: states(tablet) == {newest["sha256"]: "not_a_photo", other["sha256"]: "stored"})
    tablet.go(f"#/record/{newest['record']}")
    expect(tablet.page.locator(".photo-stage", has_text=REASON)).to_have_count(1)


def test_an_answer_about_the_whole_server_is_no_refusal_of_a_photo(tablet: Tablet) -> None:
    tablet.enrol()
    photos = two_photos(tablet)
    refuse(tablet, 503)
    tablet.offline(False)
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text(REASON)
    assert [photo.get("refused") for photo in tablet.rows("photos")] == [None] * len(photos)


@asked_by(
    "tests/tablet/test_refused_photo.py::test_a_photo_the_server_refuses_stops_no_other_is_told_with_its_reason_and_can_be_tried_again"
)
def test_a_photo_refused_while_the_tablet_is_locked_stops_no_other(locked: Tablet) -> None:
    locked.enrol()
    newest, other = two_photos(locked)
    refuse(locked, 400, newest["sha256"])
    lock(locked)
    locked.offline(False)
    locked.until(lambda: states(locked)[other["sha256"]] == "stored")
    assert states(locked)[newest["sha256"]] == "waiting"
