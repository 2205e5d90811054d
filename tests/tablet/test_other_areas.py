"""Whose areas change gets the new villages and lets go of the others, once what was done there has been sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.sample.people import LAN_VILLAGES
from tests.again import a_walk, again
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet


def give(tablet: Tablet, *villages: str) -> None:
    """What an administrator does on the page of a person."""
    with tablet.server.app.app_context():
        begin_writing()
        people.change_account(people.find_account("lan"), grants=[(2023, village) for village in villages])
        db.session.commit()


def areas(tablet: Tablet) -> set[str]:
    return {str(row["area"]) for row in tablet.rows("records")}


@a_walk
def test_a_tablet_sends_what_it_has_then_lets_go_of_villages_lost_and_gets_them_anew_when_given_again(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    before = {row["id"]: row["area"] for row in tablet.rows("records")}
    tablet.offline()
    lost = str(correct_a_household(tablet)["area"])
    kept = [village for village in LAN_VILLAGES if village != lost]
    give(tablet, *kept)
    tablet.offline(False)
    tablet.sync()
    [sent] = tablet.rows("changes")
    assert (sent["receipt"]["verdict"], sent["receipt"]["reason"]) == ("held", "outside_area")
    assert areas(tablet) == {area for area in before.values() if area != lost}
    assert {row["area"] for row in tablet.rows("cursors")} == set(kept)
    give(tablet, *LAN_VILLAGES)
    tablet.sync()
    assert {row["id"]: row["area"] for row in tablet.rows("records")} == before


def test_a_form_of_a_village_taken_away_meanwhile_says_so_names_it_and_tells_what_became_of_it(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    tablet.go(f"#/edit/{row['id']}")
    tablet.answer("household", "address_detail", "Bên kia suối")
    tablet.until(lambda: len(tablet.rows("drafts")) == 1)
    give(tablet, *[village for village in LAN_VILLAGES if village != row["area"]])
    tablet.sync()
    [name] = {area["name"] for area in former(tablet)}

    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator("#main .lead-line")).to_contain_text(name)
    expect(tablet.page.locator("#main")).not_to_contain_text(str(row["area"]))
    told = tablet.page.locator("#main .notice", has_text="không còn thuộc địa bàn của anh/chị")
    expect(told).to_contain_text("vẫn được gửi")
    tablet.page.get_by_role("link", name="Làm tiếp bản nháp").click()
    expect(told).to_be_visible()
    chosen = tablet.question("household", "village").locator("select option:checked")
    expect(chosen).to_contain_text(name)

    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    tablet.until(lambda: bool(tablet.rows("changes")[0]["receipt"]))
    tablet.go("#/")
    tablet.until(lambda: row["id"] not in [each["id"] for each in tablet.rows("records")])
    tablet.go(f"#/record/{row['id']}")
    fate = tablet.page.locator("#main .fate")
    expect(fate).to_contain_text("Tạm giữ")
    expect(fate).to_contain_text("Đường vào nhà")


@pytest.mark.parametrize("named", [True, again(False)])
def test_receipts_tell_of_a_record_that_left_what_was_said_of_it_here(tablet: Tablet, named: bool) -> None:
    tablet.enrol()
    more = {"head_name": "Nông Văn Mới"} if named else {}
    row = correct_a_household(tablet, "7", **more)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    give(tablet, *[village for village in LAN_VILLAGES if village != row["area"]])
    tablet.sync()
    tablet.until(lambda: row["area"] not in areas(tablet))
    tablet.go("#/receipts")
    told = tablet.page.locator(".receipts li")
    expect(told).to_contain_text("Không còn trên máy này")
    expect(told).to_contain_text("Số khẩu")
    expect(told).to_contain_text("Nông Văn Mới" if named else "Hộ gia đình")
    expect(told).not_to_contain_text("chưa có tên")


def former(tablet: Tablet) -> list[dict[str, str]]:
    """The villages that were given before, as the tablet keeps them."""
    return [area for kept in tablet.rows("meta", "former") for area in kept["value"].values()]
