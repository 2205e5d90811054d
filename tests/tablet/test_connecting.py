"""Codes that connect a tablet, the first time or again; and what waits on one the server takes nothing from."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.people import Device
from tests.again import a_walk, again, asked_by
from tests.tablet.acts import PUSH, correct_a_household, tablets
from tests.tablet.conftest import PIN, Tablet, code_for
from tests.tablet.locking import choose, lock


@a_walk
def test_a_revoked_tablet_hands_in_what_is_finished_and_goes_on_after_connecting_again(tablet: Tablet) -> None:
    tablet.enrol()
    with tablet.server.app.app_context():
        for device in db.session.scalars(tablets()):
            people.revoke(device, datetime.now(UTC))
        db.session.commit()
    correct_a_household(tablet)
    banner = tablet.page.locator("#banners")
    expect(banner).to_contain_text("Mọi thứ anh/chị đã nhập vẫn nằm trên máy")
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    [change] = tablet.rows("changes")
    assert (change["receipt"]["verdict"], change["receipt"]["reason"]) == ("held", "revoked")
    with tablet.server.app.app_context():
        assert [each.held for each in intake.journal().held() if each.change.id == change["id"]] == ["revoked"]
    tablet.go("#/receipts")
    expect(tablet.page.locator(".receipts")).to_contain_text("Đã bàn giao sau khi máy này bị ngừng sử dụng")

    banner.get_by_role("button", name="Kết nối lại").click()
    expect(tablet.page.locator("h1")).to_have_text("Kết nối lại máy tính bảng")
    before = tablet.synced_at()
    tablet.page.locator("#code").fill(code_for(tablet.server))
    tablet.page.locator("main form button[type=submit]").click()
    tablet.wait_synced(before)
    expect(banner).not_to_contain_text("Máy chủ không còn nhận")
    correct_a_household(tablet, "8")
    tablet.until(lambda: all(each["receipt"] for each in tablet.rows("changes")))
    held, sent = sorted(tablet.rows("changes"), key=lambda each: bool(each["id"] != change["id"]))  # seq begins anew
    assert held["receipt"]["verdict"] == "held"
    tablet.delivered(sent["id"])


@pytest.mark.parametrize("asked", ["a server of today", again("an older one")])
def test_another_persons_code_changes_nothing_on_a_tablet_that_is_connected_again(tablet: Tablet, asked: str) -> None:
    tablet.enrol()
    tablet.context.route(PUSH, lambda route: route.abort())
    correct_a_household(tablet)
    before, code = kept(tablet), code_for(tablet.server, "binh")

    def as_before(route: Route) -> None:
        body: dict[str, str] = json.loads(route.request.post_data or "")
        body.pop("author")
        route.continue_(post_data=json.dumps(body))

    if asked == "an older one":
        tablet.context.route("**/sync/v1/enrol", as_before)
    tablet.go("#/connect")
    tablet.page.locator("#code").fill(code)
    tablet.page.locator("main form button[type=submit]").click()
    error = tablet.page.locator("#enrol-error")
    expect(error).to_contain_text("Dữ liệu trên máy này là của Hoàng Thị Lan")
    expect(error).to_contain_text("mở “Mã PIN và người dùng”")
    assert ("Mã này chưa bị dùng." in error.inner_text()) == (asked == "a server of today")
    assert kept(tablet) == before
    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    assert len(tablet.delivered()) == 1
    if asked == "a server of today":
        with tablet.server.app.app_context():
            assert people.enrol(code, "", datetime.now(UTC))[0].account.username == "binh"


def kept(tablet: Tablet) -> tuple[dict[str, Any], list[Any]]:
    """Whose a tablet is, and what of it waits."""
    who = {row["name"]: row["value"] for row in tablet.rows("meta")}
    waiting = [change["id"] for change in tablet.rows("changes") if not change["receipt"]]
    return {name: who[name] for name in ("account", "device", "areas", "courier")}, waiting


def test_a_tablet_the_server_never_heard_of_keeps_its_queue(tablet: Tablet) -> None:
    tablet.enrol()
    with tablet.server.app.app_context():
        db.session.execute(sa.update(Device).where(Device.kind == "tablet").values(token_hash=Device.id))
        db.session.commit()
    correct_a_household(tablet)
    expect(tablet.page.locator("#banners")).to_contain_text("Mọi thứ anh/chị đã nhập vẫn nằm trên máy")
    assert [change["receipt"] for change in tablet.rows("changes")] == [None]


def test_a_wrong_or_used_code_is_told_and_can_be_typed_again(tablet: Tablet) -> None:
    tablet.open()
    tablet.page.locator("#code").fill("AAAA-AAAA")
    tablet.page.locator("main form button[type=submit]").click()
    error = tablet.page.locator("#enrol-error")
    expect(error).to_be_visible()
    expect(tablet.page.locator("#code")).to_be_focused()
    assert len(error.inner_text()) > 20


def test_a_form_sent_empty_asks_for_what_is_missing_and_sends_nothing(locked: Tablet) -> None:
    page = locked.page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)

    def sent_empty(field: str, says: str) -> None:
        page.locator(field).wait_for()
        page.locator("main form button[type=submit]").click()
        expect(page.locator("main .error:visible")).to_have_text(re.compile(says))
        expect(page.locator(field)).to_be_focused()

    locked.open()
    sent_empty("#code", "^Hãy nhập mã trước")
    assert not asked
    page.locator("#code").fill(code_for(locked.server))
    page.locator("main form button[type=submit]").click()
    sent_empty("#pin-new", "quá ngắn")
    choose(locked, PIN)
    locked.wait_synced()
    locked.go("#/connect")
    sent_empty("#code", "^Hãy nhập mã trước")
    lock(locked)
    sent_empty("#pin", "^Hãy nhập mã PIN trước")
    page.get_by_role("button", name="Quên mã PIN").click()
    sent_empty("#code", "^Hãy nhập mã trước")
    assert not [url for url in asked if url.endswith("/unlock")]


def lose(route: Route) -> None:
    """The server has answered, and nobody hears it."""
    route.fetch()
    route.abort()


def test_a_code_whose_answer_got_lost_on_the_way_connects_this_tablet_all_the_same(locked: Tablet) -> None:
    """Also where the app was closed meanwhile; no second tablet is made of it."""
    before = known_to(locked)
    locked.context.route("**/sync/v1/enrol", lose, times=2)
    locked.open()
    code = code_for(locked.server)
    for _again in range(2):
        locked.page.locator("#code").fill(code)
        locked.page.locator("main form button[type=submit]").click()
        expect(locked.page.locator("#enrol-error")).to_contain_text("trên máy này mã vẫn còn dùng được")
        locked.page.reload()
    locked.page.locator("#code").fill(code)
    locked.page.locator("main form button[type=submit]").click()
    choose(locked, PIN)
    locked.page.locator("#tabs a").first.wait_for()
    assert known_to(locked) == before + 1
    assert locked.page.evaluate("localStorage.getItem('connecting')") is None


def known_to(tablet: Tablet) -> int:
    """How many tablets its server knows."""
    with tablet.server.app.app_context():
        return len(list(db.session.scalars(tablets())))


@asked_by(
    "tests/tablet/test_connecting.py::test_a_code_whose_answer_got_lost_on_the_way_connects_this_tablet_all_the_same"
)
def test_a_code_whose_answer_got_lost_unlocks_this_tablet_all_the_same(locked: Tablet) -> None:
    locked.enrol()
    lock(locked)
    locked.page.get_by_role("button", name="Quên mã PIN").click()
    locked.context.route("**/sync/v1/unlock", lose, times=1)
    locked.page.locator("#code").fill(code_for(locked.server))
    locked.page.locator("main form button[type=submit]").click()
    expect(locked.page.locator("#enrol-error")).to_contain_text("trên máy này mã vẫn còn dùng được")
    locked.page.locator("main form button[type=submit]").click()
    choose(locked, PIN)
    locked.page.locator("#tabs a").first.wait_for()
