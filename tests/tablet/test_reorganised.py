"""A tablet with a draft and unsent corrections comes back after its commune was merged and its person moved on."""

from __future__ import annotations

from playwright.sync_api import expect

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.people import outdated
from tests.reports.test_reorganised import YEAR, communes_with_villages, reorganise
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet

COMMUNE = "01930"


def give_the_old_commune(tablet: Tablet) -> None:
    with tablet.server.app.app_context():
        begin_writing()
        people.change_account(people.find_account("lan"), grants=[(2023, COMMUNE)])
        db.session.commit()


def merge(tablet: Tablet) -> str:
    """The commune goes into another one, which everybody who looked after it is given; the name of that."""
    with tablet.server.app.app_context():
        _here, other = communes_with_villages()
        reorganise(["is merged", "takes others in"])
        begin_writing()
        moved = outdated.move({each.account.id: each.shown for each in outdated.outdated()})
        db.session.commit()
        assert [each.become for each in moved if each.account.username == "lan"] == [[(YEAR, other.code)]]
        return other.name


def test_a_tablet_sends_what_it_had_goes_on_with_its_draft_and_names_the_new_commune_everywhere(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    give_the_old_commune(tablet)
    tablet.sync()
    known = {row["id"] for row in tablet.rows("records")}
    tablet.offline()
    row = correct_a_household(tablet)
    tablet.go("#/new/household")
    tablet.answer("household", "village", "2023.01930.004")
    tablet.until(lambda: len(tablet.rows("drafts")) == 1)
    name = merge(tablet)
    tablet.offline(False)
    tablet.sync()
    tablet.delivered()
    assert known < {each["id"] for each in tablet.rows("records")}, "nothing went, and the rest of the commune came"
    tablet.go(f"#/record/{row['id']}")
    main = tablet.page.locator("#main")
    expect(main.locator(".lead-line")).to_contain_text(name)
    expect(main).not_to_contain_text("không còn thuộc địa bàn")
    tablet.go("#/receipts")
    expect(main.locator(".receipts li")).to_contain_text("Máy chủ đã nhận")
    tablet.go("#/")
    main.locator("a[href^='#/fill/']").click()
    chosen = tablet.question("household", "village").locator("select option:checked")
    expect(chosen).to_contain_text(f"Thôn Kéo Slâu, {name}")
