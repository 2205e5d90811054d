"""What the office did to a household while its form lay half filled in on a tablet: told where it is gone on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from fieldapp.review import assigning
from fieldapp.surveys import Household
from fieldapp.today import today
from tests.again import a_walk, again
from tests.tablet.conftest import Tablet
from tests.tablet.test_work import section


def begun(tablet: Tablet, apart: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """Two households of one village, or ``apart``; the form of the first is half filled in, without network."""
    tablet.enrol()
    rows = [row for row in tablet.rows("records") if row["survey"] == "household" and not row["withdrawn"]]
    rows.sort(key=lambda row: str(row["area"]), reverse=apart)  # what joins a village that is read before its own
    home = rows[0]
    other = next(row for row in rows[1:] if (row["area"] != home["area"]) == apart)
    tablet.offline()
    tablet.go(f"#/edit/{home['id']}")
    tablet.page.locator(".part:visible").wait_for()
    tablet.answer("household", "address_detail", "Bên kia suối")
    tablet.go("#/")
    expect(section(tablet, "Bản nháp")).to_contain_text(home["values"]["head_name"])
    return home, other


def in_the_office(tablet: Tablet, act: Callable[[Account], object]) -> None:
    """The supervisor does something, and the tablet hears of it."""
    with tablet.server.app.app_context():
        begin_writing()
        act(people.find_account("binh"))
        db.session.commit()
        db.session.remove()
    tablet.offline(False)
    tablet.sync()


def draft_of(tablet: Tablet) -> str:
    return str(tablet.rows("drafts")[0]["id"])


@pytest.mark.parametrize(("where", "apart"), [("record", False), again("fill", False), again("record", True)])
def test_who_fills_in_a_household_that_was_joined_to_another_is_told_which_entry_counts(
    tablet: Tablet, where: str, apart: bool
) -> None:
    home, kept = begun(tablet, apart)

    def join(binh: Account) -> None:
        one, other = db.session.get_one(Household, kept["id"]), db.session.get_one(Household, home["id"])
        review.pairs.say(one, other, "same", account=binh, seen=[])

    in_the_office(tablet, join)
    tablet.go(f"#/record/{home['id']}" if where == "record" else f"#/fill/{draft_of(tablet)}")
    told = tablet.page.locator(".notice", has_text="được nhập hai lần")
    told.get_by_role("link", name=f"Mở bản được tính: {kept['values']['head_name']}").click()
    expect(tablet.page.locator("#main h1")).to_have_text(kept["values"]["head_name"])
    expect(told).to_have_count(0)


@a_walk
def test_a_household_that_is_joined_to_one_of_another_village_and_taken_apart_again_stays_on_the_tablet(
    tablet: Tablet,
) -> None:
    """The server has it in the village of the other one, and the village that it names tells that it has left."""
    home, kept = begun(tablet, apart=True)
    tablet.go(f"#/fill/{draft_of(tablet)}")
    tablet.page.once("dialog", lambda dialog: dialog.accept())
    tablet.page.get_by_role("button", name="Bỏ bản nháp").click()
    tablet.until(lambda: not tablet.rows("drafts"))
    areas = []
    for verdict in ("same", "open"):

        def again_said(binh: Account, verdict: str = verdict) -> None:
            say(home, kept, verdict, binh)
            areas.append(db.session.get_one(Household, home["id"]).area)

        in_the_office(tablet, again_said)
        tablet.go(f"#/record/{home['id']}")
        expect(tablet.page.locator("#main h1")).to_have_text(home["values"]["head_name"])
        told = tablet.page.locator(".notice", has_text="được nhập hai lần")
        expect(told).to_have_count(1 if verdict == "same" else 0)
    assert areas == [kept["area"], home["area"]]


@a_walk
@pytest.mark.parametrize("apart", [True, again(False)])
def test_a_form_begun_before_its_household_was_joined_given_away_and_taken_apart_again_counts_for_that_household(
    tablet: Tablet, apart: bool
) -> None:
    """The join is undone while the form is open; it is finished afterwards, and lies where it was begun."""
    home, kept = begun(tablet, apart)
    in_the_office(tablet, lambda binh: say(home, kept, "same", binh))
    in_the_office(tablet, lambda binh: give_away(home, binh))
    tablet.go(f"#/fill/{draft_of(tablet)}")
    tablet.page.locator(".part:visible").wait_for()
    before = tablet.synced_at()
    with tablet.server.app.app_context():
        begin_writing()
        say(home, kept, "open", people.find_account("binh"))
        db.session.commit()
        db.session.remove()
    tablet.page.evaluate("window.dispatchEvent(new Event('online'))")
    tablet.wait_synced(before)
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    tablet.until(lambda: bool(tablet.rows("changes")) and bool(tablet.rows("changes")[0]["receipt"]))
    [sent] = tablet.delivered()
    assert sent["record"] == home["id"]
    with tablet.server.app.app_context():
        row = db.session.get_one(Household, home["id"])
        assert (row.address_detail, row.area, row.contested) == ("Bên kia suối", home["area"], False)
        db.session.remove()
    tablet.go("#/households")
    tablet.page.locator("main").get_by_text(home["values"]["head_name"], exact=True).first.click()
    expect(tablet.page.locator("#main")).to_contain_text("Bên kia suối")
    assert tablet.rows("drafts") == []


def say(home: dict[str, Any], kept: dict[str, Any], verdict: str, binh: Account) -> None:
    """Whether two entries are one household, after all that was said of it before."""
    one, other = db.session.get_one(Household, kept["id"]), db.session.get_one(Household, home["id"])
    pairing = review.pairs.pairing_of(kept["id"], home["id"])
    review.pairs.say(one, other, verdict, account=binh, seen=review.pairs.heads_of(pairing) if pairing else [])


def give_away(home: dict[str, Any], binh: Account) -> None:
    """Somebody else is to go there."""
    homes = assigning.homes_of([home["id"]], None)
    assigning.give(homes, binh.id, "2099-12-05", account=binh, today=today(), note="")


def test_a_form_begun_in_a_record_that_was_withdrawn_is_reached_from_that_record(tablet: Tablet) -> None:
    home, _other = begun(tablet)
    in_the_office(tablet, lambda binh: intake.save("household", home["id"], {"_withdrawn": True}, account=binh))
    tablet.go(f"#/record/{home['id']}")
    tablet.page.get_by_role("link", name="Mở bản nháp").click()
    expect(tablet.page.locator(".form .notice")).to_contain_text("Rút bản ghi")


def test_every_verdict_of_a_supervisor_has_a_name_in_the_history_on_the_tablet(tablet: Tablet) -> None:
    tablet.enrol()
    home = next(row for row in tablet.rows("records") if row["survey"] == "household")

    def refuse(binh: Account) -> None:
        record = db.session.get_one(Household, home["id"])
        review.decide(record, "refuse", account=binh, seen=review.heads_of(record), comment="Không thuộc diện")

    in_the_office(tablet, refuse)
    tablet.go(f"#/record/{home['id']}")
    history = tablet.page.locator(".history")
    expect(history).to_contain_text("Không thuộc diện")
    expect(history).not_to_contain_text("refuse")
