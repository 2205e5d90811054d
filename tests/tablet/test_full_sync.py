"""A sync on a full tablet: what was made reaches the server, nothing is lost, and it goes on by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import CDPSession, expect

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from tests.again import a_walk, again
from tests.tablet.acts import correct_a_household, fill_in_a_correction
from tests.tablet.conftest import Tablet, counted
from tests.tablet.on_disk import BALLAST, FULL, USED, on_disk

__all__ = ["on_disk"]

NOTE = ("Cán bộ xã đã gọi điện cho hộ này. " * 14).strip()


def note_in_the_office(tablet: Tablet) -> set[str]:
    """The supervisor writes a note in every household of the tablet; gives their ids."""
    homes = [row["id"] for row in tablet.rows("records") if row["survey"] == "household" and not row["withdrawn"]]
    with tablet.server.app.app_context():
        begin_writing()
        binh = people.find_account("binh")
        for home in homes:
            intake.save("household", home, {"remarks": NOTE}, account=binh)
        db.session.commit()
        db.session.remove()
    return set(homes)


def noted(tablet: Tablet) -> set[str]:
    """The households of which this tablet knows the note."""
    return {row["id"] for row in tablet.rows("records") if row["values"].get("remarks") == NOTE}


def with_room(tablet: Tablet, devtools: CDPSession, bytes_: int | None) -> None:
    """What the browser lets the app have from now on; None for as much as there is."""
    quota = {} if bytes_ is None else {"quotaSize": bytes_}
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": tablet.server.url, **quota})


@a_walk
@pytest.mark.parametrize(
    "left", [again(-1_000_000, id="but for the ballast"), pytest.param(-6_000_000, id="altogether")]
)
def test_from_a_full_tablet_a_sync_sends_what_was_made_and_it_receives_what_is_new_once_there_is_room(
    on_disk: Callable[[], Tablet], left: int
) -> None:
    tablet = on_disk()
    tablet.enrol()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    tablet.offline()
    row = correct_a_household(tablet)
    [made] = tablet.rows("changes")
    used = tablet.page.evaluate(USED)
    homes = note_in_the_office(tablet)

    tablet = on_disk()
    devtools = tablet.context.new_cdp_session(tablet.page)
    with_room(tablet, devtools, used + left)
    tablet.open()
    told = tablet.page.locator("#banners", has_text="Bộ nhớ của máy đã đầy")
    expect(told).to_contain_text("mọi điều anh/chị đã nhập vẫn được giữ")
    expect(tablet.page.locator("#sync-state")).not_to_contain_text("Đã gửi hết")
    tablet.until(lambda: counted(tablet.server, row["id"], made["id"]) == 1)
    assert noted(tablet) == set()
    assert [change["id"] for change in tablet.rows("changes")] == [made["id"]]
    expect(tablet.page.locator("#main h1")).to_have_text("Việc cần làm")

    with_room(tablet, devtools, None)
    tablet.until(lambda: noted(tablet) == homes)  # nobody presses anything
    expect(told).to_have_count(0)
    tablet.delivered(made["id"])
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)


@a_walk
def test_on_a_full_tablet_the_form_in_hand_is_finished_though_much_is_new_on_the_server(
    on_disk: Callable[[], Tablet],
) -> None:
    tablet = on_disk()
    tablet.enrol()
    tablet.until(lambda: tablet.page.evaluate(BALLAST) > 0)
    used = tablet.page.evaluate(USED)
    note_in_the_office(tablet)

    tablet = on_disk()
    with_room(tablet, tablet.context.new_cdp_session(tablet.page), used - 1_000_000)
    tablet.open()
    told = tablet.page.locator("#banners", has_text="Bộ nhớ của máy đã đầy")
    told.wait_for()
    fill_in_a_correction(tablet)
    [made] = tablet.rows("changes")
    tablet.until(lambda: counted(tablet.server, made["record"], made["id"]) == 1)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    tablet.delivered(made["id"])
    told.wait_for()
    assert noted(tablet) == set()


def test_the_page_of_the_sync_says_that_the_tablet_is_full_and_not_that_the_app_is_broken(tablet: Tablet) -> None:
    tablet.enrol()
    note_in_the_office(tablet)
    tablet.page.evaluate(FULL)
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    main = tablet.page.locator("main")
    expect(main).to_contain_text("Đồng bộ chưa xong: bộ nhớ của máy đã đầy.")
    expect(main).not_to_contain_text("Đóng ứng dụng")
    tablet.page.evaluate("window.makeRoom()")
    tablet.sync()
    expect(tablet.page.locator("#banners")).to_be_empty()
